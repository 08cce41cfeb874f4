"""Collecting the ledger: cost by pool and category, and the money that has no place (method section 4, 1)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import messages
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import CATEGORIES
from ipvb_bridge.core.rounding import plain_euros
from ipvb_bridge.core.settings import CostPrice

NO_POOL = "none"
"""What mappings/cost_centres.csv says of a cost centre that belongs to no pool."""

LEDGER_TOTALS = pl.Schema({"category": pl.String(), "pool": pl.String(), "cents": pl.Int64()})
"""The ledger of the cost window; ``pool`` is empty for revenue and excluded money, which are shown, never dropped."""


@dataclass(frozen=True, slots=True)
class Collected:
    """``totals`` of :data:`LEDGER_TOTALS`, sorted; ``cost``: cents by pool and category, cost only."""

    totals: pl.DataFrame
    cost: dict[str, dict[str, int]]

    def pools(self) -> dict[str, int]:
        """Cents of each pool that has cost."""
        return {pool: sum(categories.values()) for pool, categories in self.cost.items()}


def collect(lines: pl.DataFrame, settings: CostPrice, window: Period) -> Collected:
    """Add up the mapped ledger lines whose accounting period lies in ``window`` (whole months).

    ``lines`` carry ``category`` and ``pool`` of core.mapping. Raises as :func:`refuse_unplaced`.
    """
    inside = lines.filter(pl.col("period").is_in(window.months()))
    refuse_unplaced(inside, settings.pools, window)
    pool = pl.when(~pl.col("category").is_in(CATEGORIES)).then(pl.col("pool"))
    totals = (
        inside.group_by("category", pool.alias("pool"))
        .agg(pl.col("amount").sum().alias("cents"))
        .select(pl.col(name).cast(dtype) for name, dtype in LEDGER_TOTALS.items())
        .sort("category", "pool", nulls_last=True)
    )
    cost: dict[str, dict[str, int]] = {}
    for category, name, cents in totals.filter(pl.col("pool").is_not_null()).sort("pool", "category").iter_rows():
        cost.setdefault(name, {})[category] = cents
    return Collected(totals, cost)


def ledger_cost(lines: pl.DataFrame, settings: CostPrice, period: Period) -> int:
    """Cost in cents of ``period``: by accounting period when it is whole months, else by the date of the line.

    The second half is our reading: the method speaks of whole months only. Raises as :func:`refuse_unplaced`, for a
    period outside the cost window too.
    """
    by_month = pl.col("period").is_in(period.months())
    by_date = pl.col("date").is_between(period.start, period.end)
    inside = lines.filter(by_month if period.whole_months else by_date)
    refuse_unplaced(inside, settings.pools, period)
    return int(inside.filter(~pl.col("category").is_in(CATEGORIES))["amount"].sum())


def refuse_unplaced(lines: pl.DataFrame, pools: Collection[str], window: Period) -> None:
    """Stop when money of ``lines`` has no place, and name the codes, their rows and their amount.

    Raises :class:`CalculationError`: M21 for an unmapped account or cost centre, also one of revenue or excluded
    accounts, and for a cost account on a cost centre that is mapped to no pool; M22 for a pool that the settings do
    not have.
    """
    no_category, no_centre = pl.col("category").is_null(), pl.col("pool").is_null()
    astray = (pl.col("pool") == NO_POOL) & ~pl.col("category").is_in(CATEGORIES)
    _refuse(
        lines.filter(no_category | no_centre | astray.fill_null(False)),
        [
            _places(lines.filter(no_category), "accounts", "account_id"),
            _places(lines.filter(no_centre), "cost_centres", "cost_centre_id"),
            _places(lines.filter(astray), "cost_centres", "cost_centre_id", "pool none, account ", "account_id"),
        ],
        window,
    )
    named = lines.filter(pl.col("pool").is_not_null(), pl.col("pool") != NO_POOL)["pool"].unique().sort()
    unknown = [name for name in named if name not in pools]
    if unknown:
        raise CalculationError(
            messages.UNKNOWN_POOL, where="mappings/cost_centres.csv", listed=", ".join(unknown), lines=unknown
        )


def _places(lines: pl.DataFrame, mapping: str, code: str, why: str = "", beside: str = "") -> pl.DataFrame:
    """place (the code in words), rows and cents of ``lines``."""
    place = pl.format(f"{mapping} {{}}", pl.col(code).fill_null("(empty)"))
    if beside:
        place = pl.concat_str(place, pl.lit(f" ({why}"), pl.col(beside), pl.lit(")"))
    return lines.group_by(place.alias("place")).agg(pl.len().alias("rows"), pl.col("amount").sum()).sort("place")


def _refuse(unplaced: pl.DataFrame, places: list[pl.DataFrame], window: Period) -> None:
    if unplaced.is_empty():
        return
    rows = pl.concat(places)
    lines = [f"{place}: {count} rows, {plain_euros(cents)}" for place, count, cents in rows.iter_rows()]
    raise CalculationError(
        messages.UNMAPPED_MONEY,
        where="mappings/accounts.csv, mappings/cost_centres.csv",
        seen=str(window),
        count=rows.height,
        amount=plain_euros(int(unplaced["amount"].sum())),
        listed="; ".join(lines[:5]) + (" ..." if len(lines) > 5 else ""),
        lines=lines,
    )
