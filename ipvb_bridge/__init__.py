"""ipvb-bridge joins a nursing home's ECD, payroll and ledger, and computes budgets and formation for iPVB."""

__version__ = "0.1.0"
