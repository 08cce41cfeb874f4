"""R06: entries that do not balance, and postings in a closed period.

Control totals that differ are noticed by the adapter that reads them and stand among the adapters' findings.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.reconciliation.facts import Facts, euros


def ledger(facts: Facts) -> pl.DataFrame:
    """A finding for each journal entry whose lines do not add up to zero, and each period with later postings."""
    entries = (
        facts.stream("ledger_lines")
        .group_by("company_id", "entry_id")
        .agg(pl.col("amount").sum(), pl.col("period").min())
        .filter(pl.col("amount") != 0)
        .sort("company_id", "entry_id")
    )
    later = (
        facts.posted_later.group_by("company_id", "period")
        .agg(pl.len(), pl.col("amount").sum())
        .sort("company_id", "period")
    )
    return pl.concat(
        [
            findings.of_rows(
                entries,
                "R06",
                "error",
                pl.format(
                    "Boeking {} van administratie {} in {} is niet in evenwicht: debet en credit verschillen {}.",
                    "entry_id",
                    "company_id",
                    "period",
                    euros(pl.col("amount")),
                ),
                "Vraag de financiële administratie om een volledige uitvoer van deze boeking en lees die opnieuw in.",
                subject="entry_id",
                amount_cents="amount",
            ),
            findings.of_rows(
                later,
                "R06",
                "warning",
                pl.format(
                    "In de afgesloten periode {} van administratie {} is sinds de vorige berekening geboekt"
                    " (regels: {}, saldo {}).",
                    "period",
                    "company_id",
                    "len",
                    euros(pl.col("amount")),
                ),
                "Bereken de periode opnieuw en bekijk met `ipvb-bridge results --compare` wat er verschoof.",
                subject="period",
                amount_cents="amount",
            ),
        ]
    )
