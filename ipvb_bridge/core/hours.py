"""Worked hours of client-facing contracts, and how they fall into day parts and weekdays (method sections 1, 4, 6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.settings import MethodSettings

ZONE = ZoneInfo("Europe/Amsterdam")
MINUTE = 60_000_000
"""Microseconds in a minute."""
BY_DAY_PART = pl.Schema(
    {
        "unit_id": pl.String(),
        "weekday": pl.Int8(),
        "day_part": pl.String(),
        "level": pl.String(),
        "employment": pl.String(),
        "denominator": pl.Int64(),
        "numerator": pl.Int128(),
    }
)
"""What :func:`by_day_part` gives; a frame of it without rows is nobody at work."""


def worked(hours: pl.DataFrame, contracts: pl.DataFrame, span: Period) -> pl.DataFrame:
    """The worked rows of client-facing contracts whose start, on the clock in Amsterdam, lies in ``span``.

    ``hours.kind``, ``contracts.level`` are mapped. Columns: hours_id, contract_id, unit_id (of the hours record, else
    of the contract: our reading, and ``unit_assumed`` is true), level (of the hours record, else of the contract; null
    when neither has one), employment, start, end (UTC), day (Amsterdam, the day the shift belongs to), paid_minutes
    (milliminutes, int64), unit_assumed. Sorted by hours_id. Hours without a known contract are left out: reconciliation
    R05 names them.
    """
    day = pl.col("start").dt.convert_time_zone(ZONE.key).dt.date()
    mine = contracts.filter("client_facing").select(
        "contract_id", "employment", level_of_contract="level", unit_of_contract="unit_id"
    )
    return (
        hours.filter(pl.col("kind") == "worked")
        .with_columns(day=day)
        .filter(pl.col("day").is_between(span.start, span.end))
        .join(mine, on="contract_id")
        .select(
            "hours_id",
            "contract_id",
            pl.coalesce("unit_id", "unit_of_contract").alias("unit_id"),
            pl.coalesce("level", "level_of_contract").alias("level"),
            "employment",
            "start",
            "end",
            "day",
            "paid_minutes",
            unit_assumed=pl.col("unit_id").is_null() & pl.col("unit_of_contract").is_not_null(),
        )
        .sort("hours_id")
    )


def assumed_units(worked: pl.DataFrame) -> pl.DataFrame:
    """A finding (R05) a unit for the hours that do not say where they were worked and count at the contract's unit."""
    rows = worked.filter("unit_assumed").group_by("unit_id").agg(pl.col("paid_minutes").sum(), pl.len()).sort("unit_id")
    return findings.of_rows(
        rows,
        "R05",
        "info",
        pl.format("Gewerkte uren zonder eenheid (aantal: {}) tellen bij de eenheid van het contract.", "len"),
        "Vul de eenheid in de urenbron aan als er op een andere eenheid is gewerkt.",
        unit_id="unit_id",
        milliminutes="paid_minutes",
    )


def pieces(worked: pl.DataFrame, cuts: Sequence[dt.time]) -> pl.DataFrame:
    """Cut each shift where the clock in Amsterdam passes one of ``cuts``; elapsed time is real, over clock changes too.

    Gives the columns of :func:`worked` and: ``date`` (the Amsterdam date of the cut that opens the piece),
    ``clock`` (that cut, Time), ``denominator`` (Int64) and ``numerator`` (Int128): the piece's paid
    milliminutes are exactly numerator / denominator. A shift without length falls wholly at its start. For
    irregularity allowances give the allowance's clock bounds, midnight and the day parts' bounds together as
    cuts.
    """
    if worked.is_empty():
        table = _clock_table(dt.date(2000, 1, 1), dt.date(2000, 1, 1), cuts)
    else:
        # A day more on both sides: the last cut before a shift may stand on the day before it.
        first, last = worked.select(pl.col("start").min(), pl.col("end").max()).row(0)
        one = dt.timedelta(days=2)
        table = _clock_table(first.date() - one, last.date() + one, cuts)
    edges = table["opens"]
    shifts = worked.with_columns(
        first=edges.search_sorted(worked["start"], side="right").cast(pl.Int64) - 1,
        # The piece before the first cut at or after the end; a shift without length keeps the piece of its start.
        last=edges.search_sorted(worked["end"], side="left").cast(pl.Int64) - 1,
    )
    cut = shifts.with_columns(cut=pl.int_ranges("first", pl.max_horizontal("first", "last") + 1)).explode(
        "cut", empty_as_null=False
    )
    cut = cut.with_columns(table.select("date", "clock", "opens", "closes")[cut["cut"]])
    elapsed = pl.col("end") - pl.col("start")
    overlap = pl.min_horizontal("end", "closes") - pl.max_horizontal("start", "opens")
    whole = pl.col("first") >= pl.col("last")
    return (
        cut.with_columns(
            overlap=pl.when(whole).then(1).otherwise(overlap.dt.total_microseconds()),
            elapsed=pl.when(whole).then(1).otherwise(elapsed.dt.total_microseconds()),
        )
        .with_columns(_reduced())
        .with_columns(numerator=pl.col("paid_minutes").cast(pl.Int128) * pl.col("overlap"), denominator="elapsed")
        .select(*worked.columns, "date", "clock", "denominator", "numerator")
    )


def _reduced() -> list[pl.Expr]:
    """Overlap and elapsed in whole minutes where both are: few different denominators, small numbers."""
    minutes = (pl.col("overlap") % MINUTE == 0) & (pl.col("elapsed") % MINUTE == 0)
    return [
        pl.when(minutes).then(pl.col(name) // MINUTE).otherwise(pl.col(name)).alias(name)
        for name in ("overlap", "elapsed")
    ]


def _clock_table(first: dt.date, last: dt.date, cuts: Sequence[dt.time]) -> pl.DataFrame:
    """Each cut of each day as a moment: date, clock, opens, closes (UTC), ascending."""
    marks = []
    for number in range((last - first).days + 1):
        date = first + dt.timedelta(number)
        marks += [(_moment(date, clock), date, clock) for clock in sorted(set(cuts))]
        marks += _marks_passed_again(date, cuts)
    # Two cuts inside the hour that a spring night lacks fall on one moment: the later one opens the piece.
    moments = {moment: (date, clock) for moment, date, clock in marks}
    opens = sorted(moments)
    return pl.DataFrame(
        {
            "date": [moments[moment][0] for moment in opens],
            "clock": [moments[moment][1] for moment in opens],
            "opens": opens,
            "closes": [*opens[1:], None],
        },
        schema={
            "date": pl.Date(),
            "clock": pl.Time(),
            "opens": pl.Datetime("us", "UTC"),
            "closes": pl.Datetime("us", "UTC"),
        },
    )


def _moment(date: dt.date, clock: dt.time) -> dt.datetime:
    """The first moment at which the clock in Amsterdam stands at ``clock`` or has passed it on that date."""
    local = dt.datetime.combine(date, clock)
    moment = local.replace(tzinfo=ZONE, fold=1).astimezone(dt.UTC)
    while moment.astimezone(ZONE).replace(tzinfo=None) < local:  # the hour that a spring night lacks
        moment += dt.timedelta(minutes=1)
    earlier = local.replace(tzinfo=ZONE, fold=0).astimezone(dt.UTC)
    return earlier if earlier.astimezone(ZONE).replace(tzinfo=None) == local else moment


def _marks_passed_again(date: dt.date, cuts: Sequence[dt.time]) -> list[tuple[dt.datetime, dt.date, dt.time]]:
    """The cuts inside the hour that an autumn night has twice: what lies before them is in force again until then."""
    marks = []
    for clock in sorted(set(cuts)):
        again = dt.datetime.combine(date, clock).replace(tzinfo=ZONE, fold=1).astimezone(dt.UTC)
        if again <= _moment(date, clock):
            continue
        back = again
        while (back - dt.timedelta(minutes=1)).astimezone(ZONE).fold:
            back -= dt.timedelta(minutes=1)
        passed = [cut for cut in cuts if cut <= back.astimezone(ZONE).time()]
        in_force = (date, max(passed)) if passed else (date - dt.timedelta(days=1), max(cuts))
        marks += [(back, *in_force), (again, date, clock)]
    return marks


def by_day_part(worked: pl.DataFrame, settings: MethodSettings, attribution: str | None = None) -> pl.DataFrame:
    """Paid time by unit, weekday, day part, level and employment, as exact fractions.

    Columns: unit_id, weekday (ISO 1-7, of the day the shift belongs to), day_part, level, employment,
    denominator (Int64), numerator (Int128); unique by all but the last and sorted: a cell's milliminutes are
    the sum over its rows of numerator / denominator. ``attribution`` is by_overlap or by_start, default the
    setting.
    """
    names = {clock.start: name for name, clock in settings.day_parts.items()}
    rows = worked
    if (attribution or settings.formation.attribution) == "by_start":
        rows = worked.with_columns(end="start")  # a shift without length falls wholly at its start
    keys = ["unit_id", "weekday", "day_part", "level", "employment", "denominator"]
    return (
        pieces(rows, list(names))
        .with_columns(
            weekday=pl.col("day").dt.weekday(),
            day_part=pl.col("clock").replace_strict(list(names), list(names.values()), return_dtype=pl.String),
        )
        .group_by(keys)
        .agg(pl.col("numerator").sum())
        .sort(keys)
    )
