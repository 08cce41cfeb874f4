"""People on the payroll: who is in service when, who came, left and rose, and who was ill.

Population (KiK-V): PIL is who has an employment contract (``payroll``) or learns on the job (``trainee``: BBL, a fixed
term); PNIL is who is hired; interns and volunteers are no staff. A person is told by ``person_key``, else by
``employee_id``, else by the contract alone.

Our reading: the first reference date is the day before the span, the last its last day, so that spans that follow each
other lose nobody and start + inflow - outflow = end. Who comes and leaves inside the span counts in both flows. Inside
a unit a transfer from another unit is inflow. Who has several contracts is temporary when none of those that last
longest is permanent. A rise is a higher level (1 to 6) on the last reference date than on the first.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.hours import ZONE
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.spans import EPOCH, as_span

STAFF = ("payroll", "trainee")
PERSON = pl.coalesce(
    pl.lit("key ") + pl.col("person_key"),
    pl.lit("employee ") + pl.col("employee_id"),
    pl.lit("contract ") + pl.col("contract_id"),
)


def contracts_in(contracts: pl.DataFrame, span: Period) -> pl.DataFrame:
    """The contracts that hold on the day before the span or on a day of it.

    contract_id, person, unit_id, employment, level, temporary, hours_per_week, start and stop (days since 1970, stop
    not included, not cut), and days (contract days inside the span, calendar).
    """
    first, stop = bounds(span)
    inside = pl.min_horizontal("stop", stop) - pl.max_horizontal("start", first)
    columns = ("contract_id", "unit_id", "employment", "level", "temporary", "hours_per_week")
    return (
        as_span(contracts.with_columns(person=PERSON), stop, "person", *columns)
        .filter(pl.col("start") < stop, pl.col("stop") > first - 1, pl.col("stop") > pl.col("start"))
        .with_columns(days=inside.clip(0).cast(pl.Int64))
    )


def bounds(span: Period) -> tuple[int, int]:
    """First day and the day after the last, since 1970."""
    return (span.start - EPOCH).days, (span.end - EPOCH).days + 1


def thirty(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Days from ``first`` to ``last``, both included, by KiK-V's 30/360: 360 dY + 30 dM + min(dD, 29) + 1."""
    months = (last.dt.year() - first.dt.year()) * 12 + last.dt.month() - first.dt.month()
    days = last.dt.day().cast(pl.Int64) - first.dt.day().cast(pl.Int64)
    return months.cast(pl.Int64) * 30 + pl.min_horizontal(days, 29) + 1


def thirty_days(span: Period) -> int:
    """The days of a span by KiK-V's 30/360."""
    frame = pl.DataFrame({"first": [span.start], "last": [span.end]})
    return int(frame.select(thirty(pl.col("first"), pl.col("last"))).item())


def service(staff: pl.DataFrame, span: Period) -> pl.DataFrame:
    """One row a scope and person: who is in service when.

    ``staff``: rows of :func:`contracts_in` with ``scope``. Gives scope, person, before, during, after (flags: on the
    day before the span, on a day of it, on its last day), temporary (null: not known) and the levels before and after
    (Int8, null where not known or no level of 1 to 6).
    """
    first, stop = bounds(span)
    before = (pl.col("start") < first) & (pl.col("stop") >= first)
    after = pl.col("stop") >= stop
    fixed = (pl.col("employment") == "trainee") | pl.col("temporary")
    step = pl.when(pl.col("level").is_in(["1", "2", "3", "4", "5", "6"])).then("level").cast(pl.Int8)
    lasts = pl.min_horizontal("stop", stop)
    longest = (lasts == lasts.max().over("scope", "person")) & (pl.col("days") > 0)
    marked = staff.with_columns(before=before, after=after, fixed=fixed, step=step, longest=longest)
    of_last = pl.col("fixed").filter("longest")
    return marked.group_by("scope", "person").agg(
        pl.col("before", "after").any(),
        during=(pl.col("days") > 0).any(),
        # One that is known to be permanent decides; else one that is not known leaves the person unknown.
        temporary=pl.when((~of_last).any()).then(False).when(of_last.is_null().any()).then(None).otherwise(True),
        level_before=pl.col("step").filter("before").max(),
        level_after=pl.col("step").filter("after").max(),
    )


def reports(hours: pl.DataFrame, staff: pl.DataFrame, span: Period, gap: int) -> pl.DataFrame:
    """Reports of illness: contract_id, begin (day since 1970), sick_days (calendar days of it inside the span).

    Our reading, as sources deliver lines of sick hours, not reports: sick lines of one contract are one report when no
    day of work alone stands between them and at most ``gap`` days pass from one to the next; it lasts from its first
    day to its last. Reports without a day inside the span are left out.
    """
    first, stop = bounds(span)
    lines = (
        hours.lazy()
        .filter(pl.col("kind").is_in(["worked", "sick"]))
        .join(staff.lazy().select("contract_id").unique(), on="contract_id", how="semi")
        .select(
            "contract_id",
            sick=pl.col("kind") == "sick",
            start="start",
            opens=_day(pl.col("start")),
            # A line until midnight is of the day that ends there.
            closes=pl.max_horizontal(_day(pl.col("start")), _day(pl.col("end") - pl.duration(microseconds=1))),
        )
        # Who works part of a day and is ill the rest of it is still ill.
        .filter(pl.col("sick") | ~pl.col("sick").any().over("contract_id", "opens"))
        .sort("contract_id", "start", "sick", "closes")
        .with_columns(
            previous=pl.col("sick").shift(1).over("contract_id"),
            reached=pl.col("closes").cum_max().shift(1).over("contract_id"),
        )
    )
    goes_on = pl.col("previous").fill_null(False) & (pl.col("opens") - pl.col("reached") <= gap + 1)
    return (
        lines.filter("sick")
        .with_columns(report=(~goes_on.fill_null(False)).cum_sum())
        .group_by("contract_id", "report")
        .agg(begin=pl.col("opens").min(), end=pl.col("closes").max())
        .with_columns(
            sick_days=(pl.min_horizontal(pl.col("end") + 1, stop) - pl.max_horizontal("begin", first)).cast(pl.Int64)
        )
        .filter(pl.col("sick_days") > 0)
        .select("contract_id", "begin", "sick_days")
        .sort("contract_id", "begin")
        .collect()
    )


def _day(moment: pl.Expr) -> pl.Expr:
    return moment.dt.convert_time_zone(ZONE.key).dt.date().cast(pl.Int32)
