"""The cost prices on the page, each with what is paid for: the parts of its cost, and of one hour or one day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl

from ipvb_bridge.core.rounding import whole_parts
from ipvb_bridge.reports.numbers import share
from ipvb_bridge.reports.terms import Terms


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a cost: its cents, its cents in one unit of the price, its width in the bar and its colour's number."""

    title: str
    cents: int
    in_price: int
    width: float
    colour: int


@dataclass(frozen=True, slots=True)
class Price:
    """A price in cents an hour or a day; ``units`` client hours or resident days; parts that add up to the price."""

    key: str
    title: str
    day_part: str
    cents: int
    cost: int
    units: Any
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Prices:
    """Hourly prices by level, day prices by component, the GINK, and the legend of the bars (title, colour)."""

    levels: Sequence[Price]
    components: Sequence[Price]
    gink: int | None
    legend: Sequence[tuple[str, int]]


def prices(table: pl.DataFrame, breakdown: pl.DataFrame, terms: Terms, components: Sequence[str] = ()) -> Prices:
    """The prices of the result tables ``cost_prices`` and ``cost_breakdown``.

    The parts of one price divide the rounded price in proportion to the parts of its cost, by largest remainder; they
    are made for the reader and feed nothing. ``components`` gives the order of the day prices.
    """
    named = breakdown.with_columns(pl.col("part").map_elements(terms.part, pl.String))
    totals = named.group_by("part").agg(pl.col("cents").sum()).sort("cents", "part", descending=[True, False])
    colours = {part: number for number, part in enumerate(totals["part"].to_list())}
    parts: dict[tuple[str, str], dict[str, int]] = {}
    for kind, key, part, cents in named.select("kind", "key", "part", "cents").iter_rows():
        own = parts.setdefault((kind, key), {})
        own[part] = own.get(part, 0) + cents
    made: dict[str, list[Price]] = {}
    gink = None
    for row in table.sort("kind", "key", "day_part", nulls_last=False).iter_rows(named=True):
        if row["kind"] == "gink":
            gink = row["price_cents"]
            continue
        title = terms.level(row["key"]) if row["kind"] == "level" else terms.pool(row["key"])
        made.setdefault(row["kind"], []).append(
            Price(
                row["key"],
                title,
                terms.day_parts.get(row["day_part"] or "", ""),
                row["price_cents"],
                row["cost_cents"],
                row["units"],
                _parts(row["price_cents"], parts.get((row["kind"], row["key"]), {}), colours),
            )
        )
    return Prices(
        made.get("level", []),
        sorted(made.get("component", []), key=lambda price: (*components, price.key).index(price.key)),
        gink,
        [(part, min(number, 14)) for part, number in colours.items()],
    )


def _parts(price: int, cents: Mapping[str, int], colours: Mapping[str, int]) -> list[Part]:
    cost = sum(cents.values())
    if not cost:
        return []
    single = whole_parts({part: Fraction(price * amount, cost) for part, amount in cents.items()})
    shown = sum(amount for amount in cents.values() if amount > 0)
    return [
        Part(part, cents[part], single[part], share(cents[part], shown), min(colours[part], 14))
        for part in sorted(cents, key=lambda part: colours[part])
        if cents[part]
    ]
