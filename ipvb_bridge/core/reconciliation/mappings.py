"""R08: codes seen without a mapping, and mappings never used."""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.reconciliation.facts import Facts


def mappings(facts: Facts) -> pl.DataFrame:
    """A finding for each unmapped code (warning) and each mapping row that no row of the data asks for (info)."""
    code = pl.when(pl.col("code") == "").then(pl.lit("(leeg)")).otherwise(pl.col("code"))
    return pl.concat(
        [
            findings.of_rows(
                facts.tables["unmapped"].sort("mapping", "code"),
                "R08",
                "warning",
                pl.format(
                    "Code {} heeft geen regel in mappings/{}.csv (regels met deze code: {}).", code, "mapping", "rows"
                ),
                "Voeg een regel toe; `ipvb-bridge mappings suggest` doet een voorstel.",
                subject="code",
                amount_cents="amount_cents",
            ),
            findings.of_rows(
                facts.tables["unused_mappings"].sort("mapping", "code"),
                "R08",
                "info",
                pl.format("De regel voor {} in mappings/{}.csv is nergens voor gebruikt.", code, "mapping"),
                "Verwijder de regel, of controleer de spelling van de code en de datums.",
                subject="code",
            ),
        ]
    )
