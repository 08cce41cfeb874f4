"""The budget beside the ledger: what the cost window would cost over the budget year, and what the budget carries.

``year = sum over months of round_half_even(cost x days of the month / days of the window x factor of the month)``, by
price; ``difference = year - budget`` is what neither agreed care, nor staff beyond it, nor days with a resident carry:
staff and places that cost on. Our reading.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.cost_price import cost_window
from ipvb_bridge.core.instruments.contract import Given, Result
from ipvb_bridge.core.instruments.yearly_budget_mix import months
from ipvb_bridge.core.rounding import half_even

CHECK = Result(
    "yearly_budget_ledger",
    "The cost of the cost window over the budget year, with the indices, beside what the budget carries",
    ("price", "item"),
    {
        "price": (pl.String(), "level or component"),
        "item": (pl.String(), "the level or the component"),
        "window_cents": (pl.Int64(), "cost of the cost window; adds up to the ledger"),
        "year_cents": (pl.Int64(), "that cost over the days of the budget year, with the indices"),
        "budget_cents": (pl.Int64(), "cost in the budget"),
        "difference_cents": (pl.Int64(), "year less budget: what the budget does not carry"),
    },
)
KEY = ["price", "item"]


def check(given: Given, year: int, items: pl.DataFrame, factors: pl.DataFrame) -> pl.DataFrame:
    """Rows of :data:`CHECK`, unsorted. ``items``: the lines of the budget; ``factors`` of yearly_budget_prices."""
    days = cost_window(given.settings, given.period).days
    calendar = pl.DataFrame(
        {"month": [str(each) for each in months(year)], "days": [each.days for each in months(year)]},
        schema={"month": pl.String, "days": pl.Int64},
    )
    spent = (
        given.tables["cost_prices"]
        .filter(pl.col("kind") != "gink")
        .group_by(price="kind", item="key")
        .agg(window_cents=pl.col("cost_cents").sum())
    )
    amount = pl.col("window_cents").cast(pl.Int128) * pl.col("days") * pl.col("up")
    ahead = (
        spent.join(calendar, how="cross")
        .join(factors.rename({"kind": "price", "key": "item"}), on=[*KEY, "month"], how="left")
        .with_columns(pl.col("up", "down").fill_null(1))
        .with_columns(year_cents=half_even(amount, pl.col("down").cast(pl.Int128) * days).cast(pl.Int64))
        .group_by(KEY)
        .agg(pl.col("window_cents").first(), pl.col("year_cents").sum())
    )
    price = pl.when(pl.col("kind") == "stay").then(pl.lit("component")).otherwise(pl.lit("level"))
    carried = (
        items.filter(pl.col("kind") != "revenue")
        .group_by(price.alias("price"), "item")
        .agg(budget_cents=pl.col("cents").sum())
    )
    figures = ("window_cents", "year_cents", "budget_cents")
    return (
        ahead.join(carried, on=KEY, how="full", coalesce=True)
        .with_columns(pl.col(figures).fill_null(0))
        .with_columns(difference_cents=pl.col("year_cents") - pl.col("budget_cents"))
    )
