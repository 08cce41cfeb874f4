"""The day amount of meerzorg, in the order of rounding that the regulation prescribes.

Source: NZa, BWBR0036806 (2016): day amount = (hours woonzorg x tariff + hours dagbesteding x tariff + hours
behandeling x tariff) / 7, with hours a week. Hours and tariffs have two decimals, each product is rounded to two, the
sum divided by seven to two, all *arithmetically*: half a cent goes up. This is the one place where the method does not
round half to even, because an official rule says otherwise.
"""

from __future__ import annotations

import datetime as dt
import itertools

import polars as pl

from ipvb_bridge.core.instruments.supplements_tables import PARTS

FINEST = 10_000
"""A decimal in a frame is ten-thousandths (core.records)."""


def half_up(numerator: pl.Expr, denominator: int) -> pl.Expr:
    """``numerator / denominator`` rounded arithmetically: half goes up. Whole numbers, not below zero."""
    return (2 * numerator + denominator) // (2 * denominator)


def day_amounts(hours: pl.DataFrame, tariffs: pl.DataFrame, start: dt.date, end: dt.date) -> pl.DataFrame:
    """The day amount of each span of days on which hours and tariffs do not change.

    ``hours``: resident_id, cut and next (first day and the day after the last), ``PART_hours`` and profile_hours in
    ten-thousandths; ``tariffs`` rows of the table. Gives for each span PART_hours (hundredths), PART_tariff_cents,
    PART_cents, week_cents and day_cents. A part with hours and without a tariff is null, and so are its sums; a part
    without hours needs none.
    """
    spans = _tariff_spans(tariffs, start, end)
    joined = (
        hours.join(spans, how="cross", suffix="_of_tariff")
        .with_columns(
            cut=pl.max_horizontal("cut", "cut_of_tariff"),
            next=pl.min_horizontal("next", "next_of_tariff"),
        )
        .filter(pl.col("cut") < pl.col("next"))
        .drop("cut_of_tariff", "next_of_tariff")
        .with_columns(
            **{f"{part}_hours": half_up(pl.col(f"{part}_hours"), FINEST // 100) for part in PARTS},
            **{f"{part}_tariff_cents": half_up(pl.col(f"{part}_tariff"), FINEST // 100) for part in PARTS},
        )
    )
    products = {part: pl.col(f"{part}_hours") * pl.col(f"{part}_tariff_cents") for part in PARTS}
    asked = {part: pl.col(f"{part}_hours") > 0 for part in PARTS}
    return (
        joined.with_columns(
            **{
                f"{part}_cents": pl.when(asked[part]).then(half_up(product, 100)).otherwise(0)
                for part, product in products.items()
            }
        )
        .with_columns(week_cents=sum((pl.col(f"{part}_cents") for part in PARTS[1:]), pl.col(f"{PARTS[0]}_cents")))
        .with_columns(day_cents=half_up(pl.col("week_cents"), 7))
        .drop(f"{part}_tariff" for part in PARTS)
        .sort("resident_id", "cut")
    )


def _tariff_spans(tariffs: pl.DataFrame, start: dt.date, end: dt.date) -> pl.DataFrame:
    """The period cut where a tariff changes: cut, next, ``PART_tariff``. Of rows that overlap the last begun counts.

    There are a handful of tariff rows, so a loop over them is no matter.
    """
    after = end + dt.timedelta(days=1)
    rows = [
        (part, begin, min(last + dt.timedelta(days=1), after) if last else after, tariff)
        for part, begin, last, tariff in tariffs.select("part", "start_date", "end_date", "hour_tariff").iter_rows()
    ]
    cuts = sorted({start, after, *(each for row in rows for each in row[1:3] if start < each < after)})
    found = []
    for cut, following in itertools.pairwise(cuts):
        holding = {part: (begin, tariff) for part, begin, stop, tariff in sorted(rows) if begin <= cut < stop}
        found.append((cut, following, *(holding[part][1] if part in holding else None for part in PARTS)))
    schema = {"cut": pl.Date, "next": pl.Date, **{f"{part}_tariff": pl.Int64 for part in PARTS}}
    return pl.DataFrame(found, schema=schema, orient="row")
