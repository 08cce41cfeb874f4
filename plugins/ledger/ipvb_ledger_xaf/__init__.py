"""The adapter `xaf`: XML Auditfile Financieel."""
