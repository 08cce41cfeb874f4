"""What the ledger says of the year so far: by location, cost category and accounting month.

A ledger line belongs to the unit of its cost centre, and so to a location; one without a cost centre, or on a cost
centre that has no unit, belongs to no location and is told (I97). Excluded accounts are left out, as everywhere.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.instruments.locations import at_location
from ipvb_bridge.core.instruments.operations_budget import KEY, REVENUE
from ipvb_bridge.core.periods import Period

UNMAPPED = "unmapped"
"""The category of a line whose account has none."""


def booked(given: Given, span: list[str]) -> pl.DataFrame:
    """Ledger lines of these accounting months: cost_centre_id, unit_id (location or null), pool, category, month, rows,
    amount (debit positive) and cents (revenue and cost both positive).
    """
    centres = given.streams["cost_centres"].select("cost_centre_id", "unit_id").unique("cost_centre_id")
    cents = pl.when(pl.col("category") == REVENUE).then(-pl.col("amount")).otherwise(pl.col("amount"))
    lines = (
        given.streams["ledger_lines"]
        .lazy()
        .filter(pl.col("period").is_in(span), pl.col("category").ne_missing("excluded"))
        .group_by("cost_centre_id", "pool", "category", month="period")
        .agg(pl.col("amount").sum(), rows=pl.len())
        .collect()
        .join(centres, on="cost_centre_id", how="left")
        .with_columns(pl.col("category").fill_null(UNMAPPED))
        .with_columns(cents=cents)
    )
    return at_location(lines, given.streams["units"])


def astray(lines: pl.DataFrame) -> pl.DataFrame:
    """A finding (I97) for each cost centre without a location, and one (I97) for accounts without a category."""
    homeless = (
        lines.filter(pl.col("unit_id").is_null())
        .group_by("cost_centre_id")
        .agg(pl.col("rows", "amount").sum())
        .sort("cost_centre_id", nulls_last=True)
        .with_columns(named=pl.col("cost_centre_id").fill_null("(leeg)"))
    )
    nameless = lines.filter(pl.col("category") == UNMAPPED).select(pl.col("rows", "amount").sum())
    nameless = nameless.filter(pl.col("rows") > 0)
    return pl.concat(
        [
            findings.of_rows(
                homeless,
                "I97",
                "info",
                pl.format(
                    "Kostenplaats {} hoort bij geen afdeling of locatie (grootboekregels: {}); dat geld staat apart, "
                    "zonder locatie.",
                    "named",
                    "rows",
                ),
                "Laat bij de kostenplaats de eenheid aanleveren, of laat het zo als het van de hele organisatie is.",
                subject="cost_centre_id",
                amount_cents="amount",
            ),
            findings.of_rows(
                nameless,
                "I97",
                "warning",
                pl.format("Grootboekregels zonder kostensoort (aantal: {}) staan apart.", "rows"),
                "Vul mappings/accounts.csv aan en bereken opnieuw.",
                amount_cents="amount",
            ),
        ]
    )


def available(given: Given, span: list[str]) -> pl.DataFrame:
    """What the calculations have as available: unit_id (location), month, cents; months that were calculated only."""
    made = []
    for month in span:
        tables = given.tables if month == str(given.period) else given.history.get(month)
        if tables is not None:
            made.append(
                tables["resident_budgets"]
                .group_by("unit_id")
                .agg(cents=pl.col("available_cents").sum())
                .with_columns(month=pl.lit(month))
            )
    if not made:
        return pl.DataFrame(schema={"unit_id": pl.String, "month": pl.String, "cents": pl.Int64})
    return (
        at_location(pl.concat(made), given.streams["units"])
        .group_by("unit_id", "month")
        .agg(pl.col("cents").sum())
        .sort("unit_id", "month", nulls_last=True)
    )


def calculated(given: Given, span: list[str]) -> list[str]:
    """The months of which there is a calculation."""
    return [month for month in span if month == str(given.period) or month in given.history]


def grouped(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines by location, category and month: KEY and ``cents``."""
    return lines.group_by(KEY).agg(pl.col("cents").sum())


def so_far(period: Period) -> list[str]:
    """The months of the calendar year up to the period."""
    return [str(Period.month(period.end.year, month)) for month in range(1, period.end.month + 1)]
