"""The budget by location, cost category and month: the organisation's own file, else that of yearly_budget.

Where it follows from yearly_budget, the cost of a level or a component is divided over the categories of the ledger as
its price is made of them, indexed, by largest remainder: our reading. Support cost then stands where the residents
live, in the ledger where it is posted.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.instruments.locations import at_location
from ipvb_bridge.core.instruments.yearly_budget import budgeted
from ipvb_bridge.core.instruments.yearly_budget_mix import months
from ipvb_bridge.core.instruments.yearly_budget_prices import OTHER, composition, indexed
from ipvb_bridge.core.records import MONTH, Column, Table, Type

REVENUE = "revenue"
BUDGET = Table(
    "operations_budget",
    "The budget by location, cost category and month; without this file it follows from yearly_budget",
    ("unit_id", "category", "month"),
    (
        Column("unit_id", Type.TEXT, "the location or a unit under it; empty: of no location", nullable=True),
        Column("category", Type.TEXT, "revenue, or a cost category of mappings/accounts.csv"),
        Column("month", Type.MONTH, "calendar month", pattern=MONTH, form="2026-01"),
        Column("amount", Type.MONEY, "euros; revenue and cost are both positive"),
    ),
)
KEY = ("unit_id", "category", "month")
_SCALE = 10**12


def budget(given: Given, year: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """unit_id (location), category, month, budget_cents of a year, and findings (I98 and those of yearly_budget)."""
    own = given.own["operations_budget"]
    if own.is_empty():
        made = budgeted(given, year)
        lines = made.tables["yearly_budget_items"]
        parts = by_category(lines, _weights(given, year))
        told = findings.frame([_derived()])
        return parts, pl.concat([told, made.findings])
    usable = pl.col("month").str.starts_with(f"{year}-") & (pl.col("category") != "excluded")
    rows = (
        at_location(own.filter(usable), given.streams["units"])
        .group_by(KEY)
        .agg(budget_cents=pl.col("amount").sum())
        .sort(KEY, nulls_last=True)
    )
    return rows, findings.frame(_of_file(given, own, rows, own.height - own.filter(usable).height, year))


def _derived() -> Finding:
    return Finding(
        "I98",
        "info",
        "Er is geen instruments/operations_budget.csv. De begroting volgt nu uit het instrument yearly_budget van deze "
        "periode, en verandert dus mee met bewoners en prijzen.",
        "Leg de vastgestelde begroting vast in instruments/operations_budget.csv (unit_id, category, month, amount).",
    )


def _of_file(given: Given, own: pl.DataFrame, rows: pl.DataFrame, left_out: int, year: int) -> list[Finding]:
    told = []
    file = "instruments/operations_budget.csv"
    if left_out:
        told.append(
            Finding(
                "I98",
                "info",
                f"{left_out} regels van {file} zijn van een ander jaar dan {year} of van excluded; zij tellen niet.",
                f"Controleer maand en kostensoort in {file}.",
            )
        )
    missing = [str(month) for month in months(year) if str(month) not in set(rows["month"])]
    if missing:
        told.append(
            Finding(
                "I98",
                "warning",
                f"De begroting heeft geen regels voor {', '.join(missing)}; die maanden zijn begroot op "
                "nul, en verwacht is er het gemiddelde van de maanden tot nu toe.",
                f"Vul {file} aan voor deze maanden.",
            )
        )
    unknown = own.filter(pl.col("unit_id").is_not_null()).join(given.streams["units"], on="unit_id", how="anti")
    return told + [
        Finding(
            "I98",
            "warning",
            "De begroting noemt een locatie die niemand kent; zij staat apart.",
            f"Controleer unit_id in {file}.",
            unit_id=unit_id,
        )
        for unit_id in unknown["unit_id"].unique().sort()
    ]


def _weights(given: Given, year: int) -> pl.DataFrame:
    """kind (level, component), item, month, category, weight: of what each price is made in that month."""
    parts = indexed(composition(given.tables), given.settings.instruments.yearly_budget, year)
    weight = (pl.col("up").cast(pl.Int128) * _SCALE) // pl.col("down")
    key = ["price", "item", "month"]
    made = parts.select("month", "category", price="kind", item="key", weight=weight.cast(pl.Int64))
    # A price whose parts cancel out cannot divide anything.
    return made.filter(pl.col("weight").sum().over(key) > 0)


def by_category(lines: pl.DataFrame, weights: pl.DataFrame) -> pl.DataFrame:
    """Lines of yearly_budget_items as unit_id, category, month, budget_cents; adds up to the lines, to the cent.

    The cost of a level or component goes to categories by ``weights`` (largest remainder, equal remainders in the order
    of the category); what has no weights is ``other``.
    """
    price = pl.when(pl.col("kind") == "stay").then(pl.lit("component")).otherwise(pl.lit("level"))
    cost = (
        lines.filter(pl.col("kind") != REVENUE)
        .group_by("unit_id", "month", price.alias("price"), "item")
        .agg(pl.col("cents").sum())
        .filter(pl.col("cents") != 0)
    )
    group = ["unit_id", "month", "price", "item"]
    product = pl.col("cents").cast(pl.Int128) * pl.col("weight")
    divided = (
        cost.join(weights, on=["price", "item", "month"], how="left")
        .with_columns(pl.col("category").fill_null(OTHER), pl.col("weight").fill_null(1))
        .with_columns(whole=pl.col("weight").cast(pl.Int128).sum().over(group))
        .with_columns(floor=product // pl.col("whole"))
        .with_columns(rest=product - pl.col("floor") * pl.col("whole"))
        .sort(*group, "rest", "category", descending=[*(False for _ in group), True, False], nulls_last=True)
        .with_columns(
            rank=pl.int_range(pl.len()).over(group),
            left=pl.col("cents") - pl.col("floor").sum().over(group),
        )
        .with_columns(cents=pl.col("floor").cast(pl.Int64) + (pl.col("rank") < pl.col("left")).cast(pl.Int64))
    )
    revenue = lines.filter(pl.col("kind") == REVENUE).select("unit_id", "month", "cents", category=pl.lit(REVENUE))
    return (
        pl.concat([divided.select("unit_id", "month", "cents", "category"), revenue])
        .group_by(KEY)
        .agg(budget_cents=pl.col("cents").sum())
        .sort(KEY, nulls_last=True)
    )
