"""Q: the expected care of a period, one line an agreement and unit (method section 3).

The days of a calendar month are the bits of one whole number: the days on which a resident is present in a
unit, the days on which an agreement is valid, the days that fall on given weekdays. *D* is their intersection
(and), its size is the number of bits. So no day, and no part of a stay, needs a row of its own beside five
million agreements.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import SAFE, half_even
from ipvb_bridge.core.spans import EPOCH

LINE = ("agreement_id", "resident_id", "care_function", "day_part", "level", "performer", "payer", "unit_id")


WEEKDAYS = range(1, 8)


@dataclass(frozen=True, slots=True)
class Demand:
    """``lines`` lazily, in no particular order, and ``findings`` of core.findings.schema().

    Columns of ``lines``: agreement_id, resident_id, care_function, day_part, level, performer, payer, unit_id
    (text), milliminutes (int64). ``table()`` gives them collected and sorted by agreement and unit.
    """

    lines: pl.LazyFrame
    findings: pl.DataFrame
    _spread: pl.LazyFrame

    def table(self) -> pl.DataFrame:
        """The lines, collected, sorted by agreement_id and unit_id."""
        return self.lines.collect(engine="streaming").sort("agreement_id", "unit_id")

    def by_weekday(self) -> pl.DataFrame:
        """The staff lines by unit_id, weekday (ISO 1-7), day_part and level, each line over the weekdays of its days.

        ``numerator`` (Int128) and ``denominator`` (Int64): a cell's milliminutes are the sum over its rows of
        numerator / denominator, and those of the seven weekdays together are the lines' milliminutes exactly.
        Sorted.
        """
        keys = ["unit_id", "weekday", "day_part", "level", "denominator"]
        names = [str(day) for day in WEEKDAYS]
        return (
            self._spread.collect(engine="streaming")
            .unpivot(names, index=[key for key in keys if key != "weekday"], variable_name="weekday")
            .with_columns(pl.col("weekday").cast(pl.Int8), numerator=pl.col("value").cast(pl.Int128))
            .filter(pl.col("numerator") > 0)
            .select(*keys, "numerator")
            .sort(keys)
        )


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
    valid = agreements.lazy().filter(
        (pl.col("start_date") <= period.end) & (pl.col("end_date").is_null() | (pl.col("end_date") >= period.start))
    )
    lacking = _lacking()
    months = list(_months(period))
    occurrences = _Occurrences(months, agreements)
    made = (
        valid.filter(~pl.any_horizontal(lacking.values()))
        .join(presence(segments, months).lazy(), on="resident_id")
        .with_columns(occurrences.days())
        .filter(pl.any_horizontal(pl.col(month.name) != 0 for month in months))
        .with_columns(occurred=occurrences.count())
        .with_columns(milliminutes=occurrences.milliminutes())
    )
    spread = (
        made.filter((pl.col("performer") == "staff") & (pl.col("occurred") > 0))
        .group_by("unit_id", "day_part", "level", denominator="occurred")
        .agg(
            (pl.col("milliminutes").cast(occurrences.sum_kind) * occurrences.count({day})).sum().alias(str(day))
            for day in WEEKDAYS
        )
    )
    return Demand(made.select(*LINE, "milliminutes"), _findings(valid, lacking), spread)


def presence(segments: pl.DataFrame, months: list[_Month]) -> pl.DataFrame:
    """For each resident and unit with a day present: a column of bits for each month, named as the month."""
    present = segments.filter("present").select(
        "resident_id", "unit_id", start="start_date", stop=pl.col("end_date") + pl.duration(days=1)
    )
    # Segments of one resident never share a day, so their bits can be added.
    return present.group_by("resident_id", "unit_id").agg(
        _bits(month, pl.col("start"), pl.col("stop")).sum().alias(month.name) for month in months
    )


def _bits(month: _Month, start: pl.Expr, stop: pl.Expr) -> pl.Expr:
    """The days of the month from the date ``start`` up to the date ``stop`` as bits; open when null."""
    first = (month.start - EPOCH).days
    low, high = (
        (day.cast(pl.Int32) - first).clip(0, month.days).fill_null(otherwise).cast(pl.UInt8)
        for day, otherwise in ((start, 0), (stop, month.days))
    )
    two = pl.lit(2, pl.Int64)
    return two.pow(high) - two.pow(low)


class _Occurrences:
    """The expressions that count how often an agreement occurs, over rows of agreements joined with presence.

    A count is a whole number of ``unit``-ths: sevenths for care by the week, and for care by the month or
    year the least common multiple of the lengths of the months or years in the period.
    """

    def __init__(self, months: list[_Month], agreements: pl.DataFrame) -> None:
        self._months = months
        self._a_month = math.lcm(*(month.in_month for month in months))
        self._a_year = math.lcm(*(month.in_year for month in months))
        self._patterns = agreements["weekdays"].drop_nulls().unique().sort().to_list()
        most = agreements.select(pl.col("minutes", "times", "staff_count").max().fill_null(1)).row(0)
        often = sum(max(month.days, self._a_month, month.days * self._a_year // month.in_year) for month in months)
        longest = math.prod(most) * often
        self.kind: type[pl.DataType] = pl.Int64 if longest < SAFE else pl.Int128
        # A line's milliminutes are its product divided by at least 10^5; a sum over weekdays weighs them once more.
        weighed = (longest // 100_000 + 1) * often * max(agreements.height, 1)
        self.sum_kind: type[pl.DataType] = pl.Int64 if weighed < SAFE else pl.Int128

    def days(self) -> list[pl.Expr]:
        """Of each month the days in D, under the month's name: presence and validity together."""
        start, stop = pl.col("start_date"), pl.col("end_date") + pl.duration(days=1)
        return [pl.col(month.name) & _bits(month, start, stop) for month in self._months]

    def count(self, on: Collection[int] = WEEKDAYS) -> pl.Expr:
        """Occurrences, for times = 1, on the days in D that fall on the weekdays ``on``."""
        counts = []
        for month in self._months:
            days = pl.col(month.name)
            if len(on) < len(WEEKDAYS):
                days = days & month.weekdays(on)
            if self._patterns:
                bits = [month.weekdays({int(digit) for digit in pattern.split()}) for pattern in self._patterns]
                every = (1 << month.days) - 1
                days = days & pl.col("weekdays").replace_strict(
                    self._patterns, bits, default=every, return_dtype=pl.Int64
                )
            counts.append(days.bitwise_count_ones().cast(pl.Int64))
        pairs = list(zip(counts, self._months, strict=True))
        return (
            pl.when(self._by("month"))
            .then(pl.sum_horizontal(count * (self._a_month // month.in_month) for count, month in pairs))
            .when(self._by("year"))
            .then(pl.sum_horizontal(count * (self._a_year // month.in_year) for count, month in pairs))
            .otherwise(pl.sum_horizontal(counts))
        )

    def milliminutes(self) -> pl.Expr:
        """1000 x minutes x times x occurrences x staff_count / group_size, rounded half to even."""
        unit = (
            pl.when(self._by("week"))
            .then(7)
            .when(self._by("four_weeks"))
            .then(28)
            .when(self._by("month"))
            .then(self._a_month)
            .when(self._by("year"))
            .then(self._a_year)
            .otherwise(1)
        )
        # minutes and times are ten-thousandths: 10^4 x 10^4 / 1000 = 10^5.
        numerator = (
            pl.col("minutes").cast(self.kind)
            * pl.col("times")
            * pl.col("occurred")
            * pl.col("staff_count").fill_null(1)
        )
        denominator = unit.cast(self.kind) * 100_000 * pl.col("group_size").fill_null(1)
        return half_even(numerator, denominator).cast(pl.Int64)

    @staticmethod
    def _by(per: str) -> pl.Expr:
        """Whether times counts in this ``per``; with weekdays it is always the day."""
        return (pl.col("per") == per) & pl.col("weekdays").is_null()


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
