"""Q: the expected care of a period, one line an agreement and unit (method section 3).

The days of a calendar month are the bits of one whole number: the days on which a resident is present in a unit, the days
on which an agreement is valid, the days that fall on given weekdays. *D* is their intersection (and), its size is the
number of bits. So no day, and no part of a stay, needs a row of its own beside five million agreements.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import SAFE, half_even
from ipvb_bridge.core.spans import EPOCH

LINE = ("agreement_id", "resident_id", "care_function", "day_part", "level", "performer", "payer", "unit_id")


@dataclass(frozen=True, slots=True)
class Demand:
    """``lines`` lazily, in no particular order, and ``findings`` of core.findings.schema().

    Columns of ``lines``: agreement_id, resident_id, care_function, day_part, level, performer, payer, unit_id (text),
    milliminutes (int64). ``table()`` gives them collected and sorted by agreement and unit.
    """

    lines: pl.LazyFrame
    findings: pl.DataFrame

    def table(self) -> pl.DataFrame:
        """The lines, collected, sorted by agreement_id and unit_id."""
        return self.lines.collect().sort("agreement_id", "unit_id")


@dataclass(frozen=True, slots=True)
class _Month:
    """The part of a calendar month that lies in the period; bit 0 stands for ``start``."""

    name: str
    start: dt.date
    days: int
    in_month: int
    in_year: int

    @property
    def offset(self) -> int:
        return (self.start - EPOCH).days


def _months(period: Period) -> Iterator[_Month]:
    for text in period.months():
        year, month = int(text[:4]), int(text[5:])
        length = calendar.monthrange(year, month)[1]
        start = max(period.start, dt.date(year, month, 1))
        end = min(period.end, dt.date(year, month, length))
        yield _Month(text, start, (end - start).days + 1, length, 365 + calendar.isleap(year))


def demand(agreements: pl.DataFrame, segments: pl.DataFrame, period: Period) -> Demand:
    """The lines of ``period``: ``agreements`` mapped, ``segments`` of core.days for the same period.

    An agreement that lacks what a line needs is left out, with a finding that counts them; staff_count and group_size
    count as 1 where they are missing, with a finding.
    """
    valid = agreements.lazy().filter(
        (pl.col("start_date") <= period.end) & (pl.col("end_date").is_null() | (pl.col("end_date") >= period.start))
    )
    lacking = _lacking()
    months = list(_months(period))
    lines = (
        valid.filter(~pl.any_horizontal(lacking.values()))
        .join(presence(segments, months).lazy(), on="resident_id")
        .pipe(_occurrences, agreements, months)
        .filter(pl.col("size") > 0)
        .pipe(_milliminutes, agreements, months)
        .select(*LINE, "milliminutes")
    )
    return Demand(lines, _findings(valid, lacking))


def presence(segments: pl.DataFrame, months: list[_Month]) -> pl.DataFrame:
    """For each resident and unit with a day present: a column of bits for each month, named as the month."""
    present = segments.filter("present").select(
        "resident_id",
        "unit_id",
        start=pl.col("start_date").cast(pl.Int32),
        stop=pl.col("end_date").cast(pl.Int32) + 1,
    )
    # Segments of one resident never share a day, so their bits can be added.
    return present.group_by("resident_id", "unit_id").agg(
        _bits(month, pl.col("start"), pl.col("stop")).sum().alias(month.name) for month in months
    )


def _bits(month: _Month, start: pl.Expr, stop: pl.Expr) -> pl.Expr:
    """The days of the month in [start, stop) as bits."""
    low, high = ((day - month.offset).clip(0, month.days).cast(pl.UInt8) for day in (start, stop))
    two = pl.lit(2, pl.Int64)
    return two.pow(high) - two.pow(low)


def _weekday_bits(month: _Month, weekdays: str) -> int:
    chosen = {int(digit) for digit in weekdays.split()}
    return sum(1 << day for day in range(month.days) if (month.start + dt.timedelta(day)).isoweekday() in chosen)


def _occurrences(lines: pl.LazyFrame, agreements: pl.DataFrame, months: list[_Month]) -> pl.LazyFrame:
    """Add ``size`` (days in D) and ``occurred`` (occurrences for times = 1, in units of 1 / ``unit``)."""
    per_month, per_year = _common(months)
    start, stop = pl.col("start_date").cast(pl.Int32), pl.col("end_date").cast(pl.Int32).fill_null(10**9) + 1
    patterns = agreements["weekdays"].drop_nulls().unique().sort().to_list()
    size, on_weekday, monthly, yearly = [], [], [], []
    for month in months:
        days = pl.col(month.name) & _bits(month, start, stop)
        count = days.bitwise_count_ones().cast(pl.Int64)
        size.append(count)
        monthly.append(count * (per_month // month.in_month))
        yearly.append(count * (per_year // month.in_year))
        if patterns:
            bits = pl.col("weekdays").replace_strict(
                patterns, [_weekday_bits(month, pattern) for pattern in patterns], default=None, return_dtype=pl.Int64
            )
            on_weekday.append((days & bits).bitwise_count_ones().cast(pl.Int64))
    whole = pl.sum_horizontal(size)
    occurred = (
        pl.when(pl.col("per") == "month")
        .then(pl.sum_horizontal(monthly))
        .when(pl.col("per") == "year")
        .then(pl.sum_horizontal(yearly))
        .otherwise(whole)
    )
    if patterns:
        occurred = pl.when(pl.col("weekdays").is_not_null()).then(pl.sum_horizontal(on_weekday)).otherwise(occurred)
    return lines.with_columns(size=whole, occurred=occurred)


def _common(months: list[_Month]) -> tuple[int, int]:
    """Common denominators for occurrences a month and a year."""
    return math.lcm(*(month.in_month for month in months)), math.lcm(*(month.in_year for month in months))


def _milliminutes(lines: pl.LazyFrame, agreements: pl.DataFrame, months: list[_Month]) -> pl.LazyFrame:
    """1000 x minutes x occurrences x staff_count / group_size, rounded half to even, in whole numbers."""
    per_month, per_year = _common(months)
    unit = (
        pl.when(pl.col("weekdays").is_not_null() | (pl.col("per") == "day"))
        .then(1)
        .otherwise(
            pl.col("per").replace_strict(
                {"week": 7, "four_weeks": 28, "month": per_month, "year": per_year}, default=1, return_dtype=pl.Int64
            )
        )
    )
    most = agreements.select(pl.col("minutes", "times", "staff_count").max().fill_null(1)).row(0)
    occurred = len(months) * max(per_month, per_year, 31)
    kind = pl.Int64 if most[0] * most[1] * max(most[2], 1) * occurred < SAFE else pl.Int128
    # minutes and times are ten-thousandths: 10^4 x 10^4 / 1000 = 10^5.
    numerator = pl.col("minutes").cast(kind) * pl.col("times") * pl.col("occurred") * pl.col("staff_count").fill_null(1)
    denominator = unit.cast(kind) * 100_000 * pl.col("group_size").fill_null(1)
    return lines.with_columns(milliminutes=half_even(numerator, denominator).cast(pl.Int64))


def _lacking() -> dict[str, pl.Expr]:
    """What a line needs, and when an agreement lacks it."""
    lacking = {
        name: pl.col(name).is_null() for name in ("minutes", "times", "day_part", "care_function", "performer", "payer")
    }
    lacking["per"] = pl.col("per").is_null() & pl.col("weekdays").is_null()
    lacking["level"] = pl.col("level").is_null() & (pl.col("performer") == "staff").fill_null(False)
    return lacking


def _findings(valid: pl.LazyFrame, lacking: dict[str, pl.Expr]) -> pl.DataFrame:
    """How many agreements are left out, a column at a time, and how many count as one carer or one resident."""
    assumed = {name: pl.col(name).is_null() for name in ("staff_count", "group_size")}
    counted = {**lacking, **assumed}
    counts = valid.select(condition.sum().alias(name) for name, condition in counted.items()).collect()
    rows = counts.unpivot(variable_name="column", value_name="count").filter(pl.col("count") > 0).sort("column")
    left_out = findings.of_rows(
        rows.filter(pl.col("column").is_in(list(lacking))),
        "R08",
        "error",
        pl.format(
            "Zorgafspraken zonder {} (aantal: {}) tellen niet mee in vraag, budget en formatie.", "column", "count"
        ),
        "Vul het gegeven aan in het ECD, in mappings/activities.csv of in mappings/agreements.csv.",
        subject="column",
    )
    as_one = findings.of_rows(
        rows.filter(pl.col("column").is_in(list(assumed))),
        "R08",
        "warning",
        pl.format("Zorgafspraken zonder {} (aantal: {}) tellen met 1.", "column", "count"),
        "Vul het gegeven aan in het ECD of in mappings/agreements.csv.",
        subject="column",
    )
    return pl.concat([left_out, as_one])
