"""What the prices of the period are made of, and what they become in the months of the budget year.

The price of an hour or a day is made of own wages, hired staff and other cost (the breakdown of the cost price; what a
support pool passed on by what the ledger says of that pool). In a month it is the price of the period times
``sum(part x (1 + index of that part)) / sum(parts)``: our reading of "prices with an index".
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

import polars as pl

from ipvb_bridge.core.care_cost import HIRED, PAYROLL_PARTS, WAGES
from ipvb_bridge.core.instruments.yearly_budget_mix import months
from ipvb_bridge.core.instruments.yearly_budget_settings import YearlyBudget

OTHER = "other"
Composition = Mapping[tuple[str, str], Mapping[str, Fraction]]
"""(kind, key) of a cost price -> ledger category -> its part of the cost; the parts add up to one."""
_NEAR = 10**12
"""The most that stands below the line of a factor, so that products fit an Int128."""


def composition(tables: Mapping[str, pl.DataFrame]) -> Composition:
    """What each price is made of, by ledger category. A price whose parts cancel out is all ``other``."""
    pools: dict[str, dict[str, int]] = {}
    spent = tables["ledger_totals"].filter(pl.col("pool").is_not_null()).sort("pool", "category")
    for category, pool, cents in spent.iter_rows():
        pools.setdefault(pool, {})[category] = cents
    parts: dict[tuple[str, str], dict[str, Fraction]] = {}
    for kind, key, part, cents in tables["cost_breakdown"].sort("kind", "key", "part").iter_rows():
        own = parts.setdefault((kind, key), {})
        for category, share in _categories(part, pools).items():
            own[category] = own.get(category, Fraction(0)) + cents * share
    return {
        name: {category: amount / sum(own.values()) for category, amount in own.items()}
        if sum(own.values())
        else {OTHER: Fraction(1)}
        for name, own in parts.items()
    }


def _categories(part: str, pools: Mapping[str, Mapping[str, int]]) -> dict[str, Fraction]:
    if part in PAYROLL_PARTS:
        return {WAGES: Fraction(1)}
    prefix, colon, name = part.partition(":")
    if not colon:
        return {part: Fraction(1)}
    if prefix == "cost":
        return {name: Fraction(1)}
    spent = pools.get(name, {})
    whole = sum(spent.values())
    return {category: Fraction(cents, whole) for category, cents in spent.items()} if whole else {OTHER: Fraction(1)}


def indices(chosen: YearlyBudget, year: int) -> dict[str, dict[str, Fraction]]:
    """Month -> wages, hired, other -> what a euro of the cost window is then; steps multiply, each from its month."""
    made = {}
    for month in months(year):
        rises = [chosen, *(step for step in chosen.index_steps if step.start <= month.start)]
        made[str(month)] = {
            name: math.prod((Fraction(1 + getattr(rise, f"{field}_index")) for rise in rises), start=Fraction(1))
            for name, field in ((WAGES, "wage"), (HIRED, "hired"), (OTHER, "cost"))
        }
    return made


def indexed(parts: Composition, chosen: YearlyBudget, year: int) -> pl.DataFrame:
    """kind, key, month, category, up and down: the part of the price of the period that is this category's then.

    up / down (Int64) is exact up to twelve digits below the line; the categories of a price add up to its factor.
    """
    rows = []
    for month, index in indices(chosen, year).items():
        for (kind, key), own in parts.items():
            for category, share in own.items():
                exact = share * index.get(category, index[OTHER])
                near = exact.limit_denominator(_NEAR)
                rows.append((kind, key, month, category, near.numerator, near.denominator))
    kinds = {"kind": pl.String, "key": pl.String, "month": pl.String, "category": pl.String}
    return pl.DataFrame(rows, schema={**kinds, "up": pl.Int64, "down": pl.Int64}, orient="row")


def factors(parts: Composition, chosen: YearlyBudget, year: int) -> pl.DataFrame:
    """kind, key, month, up and down: what the price of the period is multiplied by in that month."""
    rows = []
    for month, index in indices(chosen, year).items():
        for (kind, key), own in parts.items():
            exact = sum((share * index.get(category, index[OTHER]) for category, share in own.items()), Fraction(0))
            near = exact.limit_denominator(_NEAR)
            rows.append((kind, key, month, near.numerator, near.denominator))
    kinds = {"kind": pl.String, "key": pl.String, "month": pl.String}
    return pl.DataFrame(rows, schema={**kinds, "up": pl.Int64, "down": pl.Int64}, orient="row")
