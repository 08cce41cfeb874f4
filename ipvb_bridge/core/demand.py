"""Q: the expected care of a period, one line an agreement and unit (method section 3).

The days of a calendar month are the bits of one whole number: the days on which a resident is present in a
unit, the days on which an agreement is valid, the days that fall on given weekdays. *D* is their intersection
(and), its size is the number of bits. So no day, and no part of a stay, needs a row of its own beside five
million agreements; and an agreement that holds all period long, on any weekday, takes its days from the
resident's, counted once.
"""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import math
import operator
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import SAFE, with_half_even
from ipvb_bridge.core.spans import EPOCH

LINE = ("agreement_id", "resident_id", "care_function", "day_part", "level", "performer", "payer", "unit_id")
NEEDED = ("minutes", "times", "day_part", "care_function", "performer", "payer")
WEEKDAYS = range(1, 8)


@dataclass(frozen=True, slots=True)
class Demand:
    """``lines`` lazily, in no particular order, and ``findings`` of core.findings.schema().

    Columns of ``lines``: agreement_id, resident_id, care_function, day_part, level, performer, payer, unit_id (text),
    milliminutes (int64), and two numbers (uint32) to group by: home, which stands for resident and unit, and
    unit_number. ``homes``: home, resident_id, unit_id, unit_number, for all who are present a day.
    """

    lines: pl.LazyFrame
    homes: pl.DataFrame
    findings: pl.DataFrame
    _spread: pl.LazyFrame

    def table(self) -> pl.DataFrame:
        """The lines for people: collected, without the numbers, sorted by agreement_id and unit_id."""
        return self.lines.drop("home", "unit_number").collect(engine="streaming").sort("agreement_id", "unit_id")

    def by_weekday(self) -> pl.DataFrame:
        """The staff lines by unit_id, day_part and level, each line over the weekdays of its days.

        Columns "1" to "7" (ISO weekdays) and ``denominator``: a cell's milliminutes on a weekday are the sum
        over its rows of that column / denominator, and those of the seven weekdays together are the lines'
        milliminutes exactly.
        """
        return self._spread.collect(engine="streaming").sort("unit_id", "day_part", "level", "denominator")


@dataclass(frozen=True, slots=True)
class _Month:
    """The part of a calendar month that lies in the period; bit 0 stands for ``start``."""

    name: str
    start: dt.date
    days: int
    in_month: int
    in_year: int

    def weekdays(self, chosen: Collection[int]) -> int:
        """The days that fall on the chosen weekdays (ISO) as bits."""
        return sum(1 << day for day in range(self.days) if (self.start + dt.timedelta(day)).isoweekday() in chosen)


def _months(period: Period) -> Iterator[_Month]:
    for text in period.months():
        year, month = int(text[:4]), int(text[5:])
        length = calendar.monthrange(year, month)[1]
        start = max(period.start, dt.date(year, month, 1))
        end = min(period.end, dt.date(year, month, length))
        yield _Month(text, start, (end - start).days + 1, length, 365 + calendar.isleap(year))


def demand(agreements: pl.DataFrame, segments: pl.DataFrame, period: Period) -> Demand:
    """The lines of ``period``: ``agreements`` mapped, ``segments`` of core.days for the same period.

    An agreement that lacks what a line needs is left out, with a finding that counts them; staff_count and
    group_size count as 1 where they are missing, with a finding.
    """
    start, end = pl.col("start_date"), pl.col("end_date")
    valid = agreements.lazy().filter((start <= period.end) & (end.is_null() | (end >= period.start)))
    complete = valid.filter(~functools.reduce(operator.or_, lacking().values()))
    occurrences = _Occurrences(list(_months(period)), agreements)
    presence = occurrences.presence(segments)
    present = presence.lazy()
    throughout = (start <= period.start) & (end.is_null() | (end >= period.end)) & pl.col("weekdays").is_null()
    lines = pl.concat(
        [
            complete.filter(throughout).join(present, on="resident_id").pipe(occurrences.of_the_resident),
            complete.filter(~throughout).join(present, on="resident_id").pipe(occurrences.day_by_day),
        ]
    ).pipe(occurrences.milliminutes)
    spread = (
        complete.filter(pl.col("performer") == "staff")
        .join(present, on="resident_id")
        .pipe(occurrences.day_by_day)
        .filter(pl.col("occurred") > 0)
        .pipe(occurrences.milliminutes)
        .with_columns(occurrences.weighed(day).alias(str(day)) for day in WEEKDAYS)
        .group_by("unit_id", "day_part", "level", denominator="occurred")
        .agg(pl.col(str(day)).sum() for day in WEEKDAYS)
    )
    return Demand(
        lines.select(*LINE, "milliminutes", "home", "unit_number"),
        presence.select("home", "resident_id", "unit_id", "unit_number"),
        _findings(valid),
        spread,
    )


class _Occurrences:
    """How often an agreement occurs, for rows of agreements joined with :meth:`presence`.

    ``occurred`` counts, for times = 1, in whole parts: days for care by the day, week or four weeks; for care
    by the month or year the least common multiple of the lengths of the months or years in the period makes
    one occurrence.
    """

    def __init__(self, months: Sequence[_Month], agreements: pl.DataFrame) -> None:
        self._months = months
        self._a_month = math.lcm(*(month.in_month for month in months))
        self._a_year = math.lcm(*(month.in_year for month in months))
        self._patterns = agreements["weekdays"].drop_nulls().unique().sort().to_list()
        most = agreements.select(pl.col("minutes", "times", "staff_count").max().fill_null(1)).row(0)
        often = sum(max(month.days, self._a_month, month.days * self._a_year // month.in_year) for month in months)
        longest = math.prod(most) * often
        self._kind: type[pl.DataType] = pl.Int64 if longest < SAFE else pl.Int128
        # A line's milliminutes are its product divided by at least 10^5; a sum over weekdays weighs them once more.
        weighed = (longest // 100_000 + 1) * often * max(agreements.height, 1)
        self._sum_kind: type[pl.DataType] = pl.Int64 if weighed < SAFE else pl.Int128

    def presence(self, segments: pl.DataFrame) -> pl.DataFrame:
        """For each resident and unit with a day present: for each month its days as bits, and what they count as."""
        present = segments.filter("present").select(
            "resident_id", "unit_id", start="start_date", stop=pl.col("end_date") + pl.duration(days=1)
        )
        bits = [_bits(month, pl.col("start"), pl.col("stop")).alias(month.name) for month in self._months]
        return (
            present.select("resident_id", "unit_id", *bits)
            .group_by("resident_id", "unit_id")
            # Segments of one resident never share a day, so their bits can be added.
            .agg(pl.col(month.name).sum() for month in self._months)
            .with_columns(
                days_present=self._count(self._bits_of_months(), "day"),
                months_present=self._count(self._bits_of_months(), "month"),
                years_present=self._count(self._bits_of_months(), "year"),
                unit_number=pl.col("unit_id").rank("dense").cast(pl.UInt32) - 1,
            )
            .sort("resident_id", "unit_id")
            .with_row_index("home")
        )

    def _bits_of_months(self, on: Collection[int] = WEEKDAYS) -> list[pl.Expr]:
        columns = [pl.col(month.name) for month in self._months]
        if len(on) == len(WEEKDAYS):
            return columns
        return [column & month.weekdays(on) for column, month in zip(columns, self._months, strict=True)]

    def _count(self, bits: list[pl.Expr], per: str) -> pl.Expr:
        """Days, or parts of a month or year, that the bits stand for."""
        weights = {
            "day": [1 for _ in self._months],
            "month": [self._a_month // month.in_month for month in self._months],
            "year": [self._a_year // month.in_year for month in self._months],
        }[per]
        return pl.sum_horizontal(
            days.bitwise_count_ones().cast(pl.Int64) * weight for days, weight in zip(bits, weights, strict=True)
        )

    def _by_per(self, day: pl.Expr, month: pl.Expr, year: pl.Expr) -> pl.Expr:
        """The count that the agreement's ``per`` asks for; with weekdays that is always the day."""
        if all(month.in_month == self._a_month and month.in_year == self._a_year for month in self._months):
            return day  # a day is one part of a month or year as well
        by = pl.col("per")
        any_day = pl.col("weekdays").is_null()
        return pl.when(any_day & (by == "month")).then(month).when(any_day & (by == "year")).then(year).otherwise(day)

    def of_the_resident(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Add ``occurred`` for agreements that hold throughout: on each day that the resident is present."""
        counts = (pl.col(f"{per}_present") for per in ("days", "months", "years"))
        return rows.with_columns(occurred=self._by_per(*counts))

    def day_by_day(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Add ``occurred``; what the agreement's own dates and weekdays leave stands as bits in the months' columns."""
        start, stop = pl.col("start_date"), pl.col("end_date") + pl.duration(days=1)
        within = [pl.col(month.name) & _bits(month, start, stop) for month in self._months]
        some_day = functools.reduce(operator.or_, (pl.col(month.name) != 0 for month in self._months))
        rows = rows.with_columns(within).filter(some_day)
        if self._patterns:
            rows = rows.with_columns(pl.col(month.name) & self._chosen(month) for month in self._months)
        bits = self._bits_of_months()
        return rows.with_columns(occurred=self._by_per(*(self._count(bits, per) for per in ("day", "month", "year"))))

    def _chosen(self, month: _Month) -> pl.Expr:
        """The days of the month on the agreement's weekdays as bits; every day when it has none."""
        bits = [month.weekdays({int(digit) for digit in pattern.split()}) for pattern in self._patterns]
        every = (1 << month.days) - 1
        return pl.col("weekdays").replace_strict(self._patterns, bits, default=every, return_dtype=pl.Int64)

    def weighed(self, weekday: int) -> pl.Expr:
        """Milliminutes times the part of ``occurred`` that falls on a weekday, after :meth:`day_by_day`."""
        bits = self._bits_of_months({weekday})
        part = self._by_per(*(self._count(bits, per) for per in ("day", "month", "year")))
        return pl.col("milliminutes").cast(self._sum_kind) * part

    def milliminutes(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Add 1000 x minutes x times x occurrences x staff_count / group_size, rounded half to even."""
        by, whole = pl.col("per"), pl.col("weekdays").is_not_null()
        parts = (
            pl.when(whole | (by == "day"))
            .then(1)
            .when(by == "week")
            .then(7)
            .when(by == "four_weeks")
            .then(28)
            .when(by == "month")
            .then(self._a_month)
            .otherwise(self._a_year)
        )
        product = (
            pl.col("minutes").cast(self._kind)
            * pl.col("times")
            * pl.col("occurred")
            * pl.col("staff_count").fill_null(1)
        )
        # minutes and times are ten-thousandths: 10^4 x 10^4 / 1000 = 10^5, of which this is half.
        half = parts.cast(self._kind) * 50_000 * pl.col("group_size").fill_null(1)
        return rows.with_columns(half=half).pipe(with_half_even, "milliminutes", product, "half")


def _bits(month: _Month, start: pl.Expr, stop: pl.Expr) -> pl.Expr:
    """The days of the month from the date ``start`` up to the date ``stop`` as bits; open when null."""
    first = (month.start - EPOCH).days
    low, high = (
        (day.cast(pl.Int32) - first).clip(0, month.days).fill_null(otherwise).cast(pl.UInt8)
        for day, otherwise in ((start, 0), (stop, month.days))
    )
    two = pl.lit(2, pl.Int64)
    return two.pow(high) - two.pow(low)


def lacking() -> dict[str, pl.Expr]:
    """What a line needs, and when a mapped agreement lacks it.

    ``per`` is not needed beside weekdays, and a level only of staff.
    """
    return {
        **{name: pl.col(name).is_null() for name in NEEDED},
        "per": pl.col("per").is_null() & pl.col("weekdays").is_null(),
        "level": pl.col("level").is_null() & (pl.col("performer") == "staff").fill_null(False),
    }


def _findings(valid: pl.LazyFrame) -> pl.DataFrame:
    """How many agreements are left out, a column at a time, and how many count as one carer or one resident."""
    lacks = lacking()
    assumed = {name: pl.col(name).is_null() for name in ("staff_count", "group_size")}
    counted = {**lacks, **assumed}
    counts = valid.select(condition.sum().alias(name) for name, condition in counted.items()).collect()
    rows = counts.unpivot(variable_name="column", value_name="count").filter(pl.col("count") > 0).sort("column")
    left_out = findings.of_rows(
        rows.filter(pl.col("column").is_in(list(lacks))),
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
