"""What the lines cost, and their sums for budgets, formation and groups (method section 5)."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import messages
from ipvb_bridge.core.records import DAY_PARTS, LEVELS
from ipvb_bridge.core.rounding import SAFE, with_half_even

LINE_COLUMNS = (
    "agreement_id", "resident_id", "care_function", "day_part", "level", "performer", "payer", "unit_id",
    "milliminutes", "cost_cents",
)  # fmt: skip
"""Columns of the result table ``lines``."""

NETWORK = ("network", "volunteer", "self")
PAYERS_OF = {"care_cents": "wlz", "private_cents": "resident", "outside_cents": "none"}
"""Staff lines of which payer make up which figure."""
MOST_MILLIMINUTES = 1_440_000 * 100 * 100 * 3_700
"""The longest line there can be: all day, a hundred times a day, a hundred carers, ten years."""


@dataclass(frozen=True, slots=True)
class LineTotals:
    """What budgets and formation need of the lines, summed in one pass.

    ``residents``: resident_id, unit_id, care_cents, private_cents, outside_cents, network_milliminutes,
    network_cost_cents. ``cells``: unit_id, day_part, level, milliminutes, cost_cents of all staff lines, whoever pays
    (the bridge sums cost_cents by level). ``functions``: care_function with the same sums as ``residents``.
    """

    residents: pl.DataFrame
    cells: pl.DataFrame
    functions: pl.DataFrame


def priced(lines: pl.LazyFrame, levels: pl.DataFrame) -> pl.LazyFrame:
    """Add ``cost_cents`` (staff, whoever pays; other performers 0) and ``network_cost_cents``.

    ``levels``: level, day_part (null: holds for each day part), hourly_price_cents. ``network_cost_cents`` is what time
    of network, volunteer or self would have cost at that level's price, 0 where it has none. A staff line without a
    price gets a null cost here; :func:`line_totals` refuses it.
    """
    dearest = int(levels.select(pl.col("hourly_price_cents").max().fill_null(0)).item())
    kind = pl.Int64 if dearest * MOST_MILLIMINUTES < SAFE else pl.Int128
    return (
        lines.with_columns(price=_price(levels), staff=pl.col("performer") == "staff", network=_is_network())
        .pipe(with_half_even, "price", pl.col("milliminutes").cast(kind) * pl.col("price"), 30_000)
        .with_columns(
            cost_cents=pl.when("staff").then("price").otherwise(0),
            network_cost_cents=pl.when("network").then(pl.col("price").fill_null(0)).otherwise(0),
        )
        .drop("price", "staff", "network")
    )


def _is_network() -> pl.Expr:
    return functools.reduce(operator.or_, (pl.col("performer") == performer for performer in NETWORK))


def _price(levels: pl.DataFrame) -> pl.Expr:
    """The hourly price of a line: of its level and day part, else of its level; null when there is none."""
    price: Any = pl
    for level, day_part, cents in (
        levels.select("level", "day_part", "hourly_price_cents").sort("day_part", "level", nulls_last=True).iter_rows()
    ):
        here = pl.col("level") == level
        price = price.when(here if day_part is None else here & (pl.col("day_part") == day_part)).then(cents)
    return pl.lit(None, pl.Int64) if price is pl else price.otherwise(None).cast(pl.Int64)


def line_totals(lines: pl.LazyFrame, homes: pl.DataFrame, levels: pl.DataFrame) -> LineTotals:
    """Price the lines and sum them in one pass.

    ``lines`` and ``homes`` of demand.Demand, ``levels`` as for :func:`priced`. Raises ``CalculationError`` M01 when a
    staff line's level (and day part) has no price, with the lines of each.
    """
    staff, cost = pl.col("performer") == "staff", pl.col("cost_cents")
    # Numbers stand for resident, unit, day part and level: grouping by text would take twice the time of all the rest.
    cell = pl.col("unit_number") * len(DAY_PARTS) + _place("day_part", DAY_PARTS)
    full = priced(lines, levels).with_columns(
        network_milliminutes=pl.when(_is_network()).then("milliminutes").otherwise(0),
        cell=pl.when(staff).then(cell * len(LEVELS) + _place("level", LEVELS)),
        **{
            name: pl.when(staff & (pl.col("payer") == payer)).then(cost).otherwise(0)
            for name, payer in PAYERS_OF.items()
        },
    )
    sums = pl.col(*PAYERS_OF, "network_milliminutes", "network_cost_cents").sum()
    residents, cells, functions = pl.collect_all(
        [
            full.group_by("home").agg(sums),
            full.filter(staff)
            .group_by("cell")
            .agg(pl.col("milliminutes", "cost_cents").sum(), unpriced=cost.null_count()),
            full.group_by("care_function").agg(sums),
        ],
        engine="streaming",
    )
    named = _named(cells, homes)
    _refuse_unpriced(named)
    return LineTotals(
        homes.join(residents, on="home").drop("home", "unit_number").sort("resident_id", "unit_id"),
        named.drop("unpriced").sort("unit_id", "day_part", "level"),
        functions.sort("care_function"),
    )


def _place(column: str, values: Sequence[str]) -> pl.Expr:
    """The place of a column's text among ``values``, null when it is none of them."""
    place: Any = pl
    for number, value in enumerate(values):
        place = place.when(pl.col(column) == value).then(pl.lit(number, pl.UInt32))
    return place.otherwise(None)  # type: ignore[no-any-return]  # a chain of when and then has no single type


def _named(cells: pl.DataFrame, homes: pl.DataFrame) -> pl.DataFrame:
    """``cell`` turned back into unit_id, day_part and level."""
    if cells["cell"].null_count():
        raise ValueError("a staff line has a level or day part that the records do not know")
    cell, parts, levels = pl.col("cell"), pl.Series(DAY_PARTS), pl.Series(LEVELS)
    return (
        cells.with_columns(
            unit_number=cell // (len(DAY_PARTS) * len(LEVELS)),
            day_part=pl.lit(parts).gather(cell // len(LEVELS) % len(DAY_PARTS)),
            level=pl.lit(levels).gather(cell % len(LEVELS)),
        )
        .join(homes.select("unit_number", "unit_id").unique(), on="unit_number")
        .select("unit_id", "day_part", "level", "milliminutes", "cost_cents", "unpriced")
    )


def _refuse_unpriced(cells: pl.DataFrame) -> None:
    """Raise when there are staff lines without a price."""
    without = (
        cells.group_by("level", "day_part")
        .agg(pl.col("unpriced").sum())
        .filter(pl.col("unpriced") > 0)
        .sort("level", "day_part")
    )
    if without.is_empty():
        return
    lines = [f"{level} {day_part}: {count}" for level, day_part, count in without.iter_rows()]
    levels = without.group_by("level", maintain_order=True).agg(pl.col("unpriced").sum())
    listed = ", ".join(f"{level} ({count})" for level, count in levels.iter_rows())
    raise CalculationError(messages.LEVEL_WITHOUT_PRICE, seen=listed, lines=lines, listed=listed)
