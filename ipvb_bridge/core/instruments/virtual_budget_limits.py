"""The limits of a virtual budget (binnen kaders): too often, too far below nothing, chosen by who has no budget."""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.dated import holds
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments.contract import Given

UNIT = {"money": "cents", "arrangements": "cents", "hours": "milliminutes", "points": "points"}
"""The form of an account -> the whole number that it counts in."""
SHOWN = 20
"""Findings of one kind that are named one by one."""


def limits(given: Given, lines: pl.DataFrame, accounts: pl.DataFrame) -> list[Finding]:
    """What goes beyond the frame (binnen kaders): too often, too far below nothing, and who is not known."""
    settings = given.settings.instruments.virtual_budget
    made = []
    most = given.own["virtual_catalogue"].filter(holds(pl.lit(given.period.end)), pl.col("most").is_not_null())
    often = (
        lines.filter(pl.col("kind").is_in(["spent", "committed"]))
        .group_by("resident_id", "subject")
        .agg(pl.col("times").sum())
        .join(most.select(subject="service_id", most="most", name="name"), on="subject")
        .filter(pl.col("times") > pl.col("most"))
        .sort("resident_id", "subject")
    )
    for row in often.head(SHOWN).iter_rows(named=True):
        made.append(
            Finding(
                "I73",
                "warning",
                f"{row['name']}: {row['times']} keer gekozen, en binnen de kaders past {row['most']} keer.",
                "Bespreek de keuze met de bewoner, of verruim de grens in instruments/virtual_catalogue.csv.",
                subject=row["resident_id"],
            )
        )
    unit = UNIT[settings.form]
    scale = {"cents": 100, "milliminutes": 60_000, "points": 1}[unit]
    bound = -int(settings.overdraft * scale)
    under = accounts.filter(pl.col(f"left_{unit}") < bound)
    if under.height:
        made.append(
            Finding(
                "I74",
                "warning",
                f"{under.height} rekeningen staan verder onder nul dan de kaders toestaan.",
                "Bespreek met deze bewoners wat zij anders willen; de tabel virtual_accounts noemt hen.",
                amount_cents=int(under["left_cents"].sum()) if unit == "cents" else None,
                milliminutes=int(under["left_milliminutes"].sum()) if unit == "milliminutes" else None,
            )
        )
    known = given.tables["resident_budgets"]["resident_id"]
    strangers = lines.filter(
        pl.col("kind").is_in(["spent", "committed"]), ~pl.col("resident_id").is_in(known.implode())
    )
    if strangers.height:
        made.append(
            Finding(
                "I75",
                "warning",
                f"{strangers['resident_id'].n_unique()} bewoners kozen iets en hebben in {given.period} geen budget.",
                "Controleer hun verblijf in het zorgdossier, of de bewoner in instruments/virtual_choices.csv.",
            )
        )
    return made
