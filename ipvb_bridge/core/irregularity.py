"""Irregularity allowance (ORT): what the hours of each level and day part weigh (method section 4, 6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from ipvb_bridge.core import hours
from ipvb_bridge.core.dated import complete, contradictions, holds, refuse
from ipvb_bridge.core.records import NORMS
from ipvb_bridge.core.settings import MethodSettings

_DAY = 24 * 60

Cell = tuple[str, str]
"""(level, day part)."""


@dataclass(frozen=True, slots=True)
class DayPartHours:
    """Paid time of client-facing work by level and day part, exact.

    ``milliminutes``: paid time; ``weight``: paid time x ORT percentage (in ten-thousandths of a per cent);
    ``without_row``: paid time at a moment for which norms/ort.csv has no row, which counts as 0 per cent.
    """

    milliminutes: dict[Cell, Fraction]
    weight: dict[Cell, Fraction]
    without_row: Fraction


def day_part_hours(
    worked: pl.DataFrame, ort: pl.DataFrame, settings: MethodSettings, holidays: Collection[dt.date]
) -> DayPartHours:
    """Spread paid time over elapsed time, and weigh each piece with the allowance of its own day and clock.

    ``worked`` is core.hours.worked with a level in each row, ``ort`` the norm table, ``holidays`` the days that count
    as a Sunday. A row of the table from 22:00 to 06:00 holds for both ends of the same kind of day. The date of the
    piece decides, not the day the shift belongs to (our reading: the allowance follows the clock). Raises
    :class:`CalculationError` (M20) when two rows give another percentage for the same moment.
    """
    table = _minutes(complete(NORMS["ort"], ort))
    bounds = {clock.start for clock in settings.day_parts.values()}
    bounds |= {_clock(minute) for minute in (*table["first"], *(table["last"] + 1))}
    pieces = hours.pieces(worked, sorted(bounds | {dt.time(0)}))
    cells = (
        pieces.group_by("level", "date", "clock", "denominator")
        .agg(pl.col("numerator").sum())
        .join(_percentages(pieces, table, settings, holidays), on=["date", "clock"], how="left")
        .group_by("level", "day_part", "denominator", pl.col("percentage").is_null().alias("without_row"))
        .agg(
            pl.col("numerator").sum(),
            (pl.col("numerator") * pl.col("percentage").fill_null(0).cast(pl.Int128)).sum().alias("weighted"),
        )
    )
    return DayPartHours(
        milliminutes=cell_sums(cells.select("level", "day_part", "numerator", "denominator").iter_rows()),
        weight=cell_sums(cells.select("level", "day_part", "weighted", "denominator").iter_rows()),
        without_row=sum(
            (
                Fraction(top, bottom)
                for top, bottom in cells.filter("without_row").select("numerator", "denominator").iter_rows()
            ),
            Fraction(0),
        ),
    )


def cell_sums(rows: Iterable[tuple[str, str, int, int]]) -> dict[Cell, Fraction]:
    """Add up rows of (level, day part, numerator, denominator) by cell, exact, sorted."""
    found: dict[Cell, Fraction] = {}
    for level, day_part, numerator, denominator in rows:
        cell = (level, day_part)
        found[cell] = found.get(cell, Fraction(0)) + Fraction(numerator, denominator)
    return dict(sorted(found.items()))


def _minutes(table: pl.DataFrame) -> pl.DataFrame:
    """``first`` and ``last``: the clock bounds as minutes of the day, both included; over midnight makes two rows."""

    def minute(column: str) -> pl.Expr:
        hour = pl.col(column).str.slice(0, 2).cast(pl.Int64)
        return hour * 60 + pl.col(column).str.slice(3, 2).cast(pl.Int64)

    rows = table.with_columns(minute("from").alias("first"), (minute("to") - 1).alias("last"))
    over = pl.col("first") > pl.col("last")
    return pl.concat(
        [
            rows.filter(~over),
            rows.filter(over).with_columns(pl.lit(_DAY - 1, dtype=pl.Int64).alias("last")),
            rows.filter(over).with_columns(pl.lit(0, dtype=pl.Int64).alias("first")),
        ]
    ).filter(pl.col("first") <= pl.col("last"))


def _clock(minute: int) -> dt.time:
    return dt.time(minute // 60 % 24, minute % 60)


def _percentages(
    pieces: pl.DataFrame, table: pl.DataFrame, settings: MethodSettings, holidays: Collection[dt.date]
) -> pl.DataFrame:
    """date, clock, day_part, percentage (null: no row) of each moment at which a piece opens."""
    weekday = pl.col("date").dt.weekday()
    kind = (
        pl.when(pl.col("date").is_in(sorted(holidays)) | (weekday == 7))
        .then(pl.lit("sunday_holiday"))
        .when(weekday == 6)
        .then(pl.lit("saturday"))
        .otherwise(pl.lit("weekday"))
    )
    minute = pl.col("clock").dt.hour().cast(pl.Int64) * 60 + pl.col("clock").dt.minute()
    moments = (
        pieces.select("date", "clock")
        .unique()
        .with_columns(kind.alias("day_kind"), minute.alias("minute"), _day_part(minute, settings).alias("day_part"))
    )
    found = moments.join(table, on="day_kind").filter(
        holds(pl.col("date")), pl.col("first") <= pl.col("minute"), pl.col("minute") <= pl.col("last")
    )
    beside = {*table.columns, "minute", "day_part"} - {"percentage"}
    refuse(contradictions(found, ["date", "clock"], beside), "norms/ort.csv", NORMS["ort"])
    found = found.unique(["date", "clock"])
    return moments.select("date", "clock", "day_part").join(
        found.select("date", "clock", "percentage"), on=["date", "clock"], how="left"
    )


def _day_part(minute: pl.Expr, settings: MethodSettings) -> pl.Expr:
    """The day part of a minute of the day."""
    result = pl.lit(None, dtype=pl.String)
    for name, clock in settings.day_parts.items():
        first, last = (bound.hour * 60 + bound.minute for bound in (clock.start, clock.end))
        inside = (minute >= first) & (minute < last) if first < last else (minute >= first) | (minute < last)
        result = pl.when(inside).then(pl.lit(str(name))).otherwise(result)
    return result
