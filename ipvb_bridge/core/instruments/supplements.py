"""Supplements beside the day tariff: toeslagen and meerzorg, their days and amounts, and the budget with them.

The organisation supplies the rows (``instruments/supplements.csv``, ``meerzorg.csv``, ``meerzorg_tariffs.csv``); no
amount is shipped. The calculation is not changed: what is available *with* supplements stands beside what is available,
and the balance with them beside the balance. The bridge is about cost, so supplements do not move it.

* Days: a supplement is not paid during absence (NZa BWBR0037175), and it comes on top of a day tariff: so it is paid on
  days that the resident has a stay, is present, and that the Wlz pays. That meerzorg follows the same rule is our
  reading, as is that any absence counts, a weekend too. A day without a tariff row has no day tariff to come on top of,
  but is counted here: the finding of the calculation (R04) tells of it.
* Toeslag: ``round_half_even(paid days x day amount x paid_share)``, a line each. Of rows of one code that overlap the
  last begun counts for the day, as with tariffs.
* Meerzorg: the day amount of :mod:`ipvb_bridge.core.instruments.meerzorg`, times the paid days.
* Meerzorg asks a need at least 25 % above the profile (Regeling zorgaanspraken AWBZ art. 1a): the extra hours as a part
  of the profile's hours, where these are given; a finding, no rule of payment. The texts of 2015 name no V&V profiles;
  a later code list marks 7VV and 8VV.
"""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made
from ipvb_bridge.core.instruments.meerzorg import FINEST, day_amounts
from ipvb_bridge.core.instruments.supplements_findings import findings
from ipvb_bridge.core.instruments.supplements_tables import (
    BUDGETS,
    LINES,
    MEERZORG,
    MEERZORG_DAYS,
    MEERZORG_TARIFFS,
    PARTS,
    RESULTS,
    SUPPLEMENTS,
    UNITS,
)
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import half_even

KEY = ("unit_id", "resident_id")


def make(given: Given) -> Made:
    """See the module."""
    period = given.period
    toeslagen = in_force(given.own["supplements"], ("resident_id", "code"), period)
    extra = in_force(given.own["meerzorg"], ("resident_id",), period)
    worked_out = day_amounts(extra, given.own["meerzorg_tariffs"], period.start, period.end)
    amounts = pl.concat(
        [
            toeslagen.select(
                "resident_id", "code", "cut", "next", kind=pl.lit("supplement"), day_cents=pl.col("day_amount")
            ),
            worked_out.select(
                "resident_id", "cut", "next", "day_cents", code=pl.lit("meerzorg"), kind=pl.lit("meerzorg")
            ),
        ],
        how="diagonal",
    )
    segments = _segments(given, amounts)
    lines = LINES.of(_lines(amounts, segments, Fraction(given.settings.instruments.supplements.paid_share)))
    budgets = _budgets(given, lines)
    tables = {
        BUDGETS.name: BUDGETS.of(budgets.filter("supplemented")),
        UNITS.name: UNITS.of(_units(budgets)),
        LINES.name: lines,
        MEERZORG_DAYS.name: MEERZORG_DAYS.of(_shown(worked_out)),
    }
    return Made(tables, findings(given, amounts, lines, tables[MEERZORG_DAYS.name], segments, (toeslagen, extra)))


def in_force(rows: pl.DataFrame, key: tuple[str, ...], period: Period) -> pl.DataFrame:
    """The rows with ``cut`` and ``next``: the parts of the period, as dates, on which each is the one that counts.

    Of rows of one key that overlap the one that started last counts; ``rivals`` is how many hold on the part.
    """
    after = pl.lit(period.end).dt.offset_by("1d")
    open_until = pl.col("end_date").dt.offset_by("1d").fill_null(after)
    spans = rows.with_columns(
        begin=pl.max_horizontal("start_date", pl.lit(period.start)), stop=pl.min_horizontal(open_until, after)
    ).filter(pl.col("begin") < pl.col("stop"))
    parts = (
        pl.concat([spans.select(*key, cut=side) for side in ("begin", "stop")])
        .unique()
        .sort(*key, "cut")
        .with_columns(next=pl.col("cut").shift(-1).over(key))
        .filter(pl.col("next").is_not_null())
    )
    return (
        parts.join(spans, on=key)
        .filter(pl.col("begin") <= pl.col("cut"), pl.col("stop") > pl.col("cut"))
        .with_columns(rivals=pl.len().over(*key, "cut"))
        .sort(*key, "cut", "start_date")
        .unique([*key, "cut"], keep="last", maintain_order=True)
        .drop("begin", "stop")
    )


def _segments(given: Given, amounts: pl.DataFrame) -> pl.DataFrame:
    """The days of the residents with a supplement; see core.days."""
    names = amounts.select("resident_id").unique()

    def own(stream: str) -> pl.DataFrame:
        return given.streams[stream].join(names, on="resident_id", how="semi")

    return resident_days(own("stays"), own("absences"), own("indications"), given.period).segments


def _lines(amounts: pl.DataFrame, segments: pl.DataFrame, share: Fraction) -> pl.DataFrame:
    first, stop = (
        pl.max_horizontal("cut", "start_date"),
        pl.min_horizontal("next", pl.col("end_date").dt.offset_by("1d")),
    )
    days = (stop - first).dt.total_days()
    paid = pl.col("paid") & pl.col("present") & pl.col("day_cents").is_not_null()
    whole = pl.col("paid_days") * pl.col("day_cents").fill_null(0)
    part = half_even(whole.cast(pl.Int128) * share.numerator, pl.lit(share.denominator, pl.Int128)).cast(pl.Int64)
    return (
        amounts.join(segments.drop("days"), on="resident_id")
        .with_columns(held_days=days)
        .filter(pl.col("held_days") > 0)
        .group_by(*KEY, "kind", "code", "cut", "next", "day_cents")
        .agg(pl.col("held_days").sum(), paid_days=pl.col("held_days").filter(paid).sum())
        .with_columns(
            start_date="cut",
            end_date=pl.col("next").dt.offset_by("-1d"),
            amount_cents=pl.when(pl.col("kind") == "meerzorg").then(whole).otherwise(part),
        )
    )


def _budgets(given: Given, lines: pl.DataFrame) -> pl.DataFrame:
    """Every budget row with its supplements; ``supplemented``: it has a line, paid or not."""
    amount = pl.col("amount_cents")
    sums = lines.group_by(KEY).agg(
        supplement_cents=amount.filter(pl.col("kind") == "supplement").sum(),
        meerzorg_cents=amount.filter(pl.col("kind") == "meerzorg").sum(),
        supplemented=pl.lit(True),
    )
    beside = pl.col("supplement_cents") + pl.col("meerzorg_cents")
    return (
        given.tables["resident_budgets"]
        .select(*KEY, "available_cents", "required_cents", "balance_cents")
        .join(sums, on=KEY, how="left")
        .with_columns(
            pl.col("supplement_cents", "meerzorg_cents").fill_null(0), pl.col("supplemented").fill_null(False)
        )
        .with_columns(
            available_with_cents=pl.col("available_cents") + beside, balance_with_cents=pl.col("balance_cents") + beside
        )
    )


def _units(budgets: pl.DataFrame) -> pl.DataFrame:
    sums = [name for name in BUDGETS.columns if name.endswith("_cents")]
    return budgets.group_by("unit_id").agg(pl.col(sums).sum(), residents=pl.col("supplemented").sum())


def _shown(worked_out: pl.DataFrame) -> pl.DataFrame:
    extra = pl.sum_horizontal(f"{part}_hours" for part in PARTS)
    profile = pl.col("profile_hours")
    return worked_out.with_columns(
        start_date="cut",
        end_date=pl.col("next").dt.offset_by("-1d"),
        need_share=pl.when(profile > 0).then((extra * (FINEST // 100) / profile).round(6)),
        profile_hours=profile / FINEST,
        **{f"{part}_hours": pl.col(f"{part}_hours") / 100 for part in PARTS},
    )


INSTRUMENT = Instrument(
    "supplements",
    "What do toeslagen and meerzorg add to the budget of a resident, and what is the balance with them?",
    RESULTS,
    make,
    (SUPPLEMENTS, MEERZORG, MEERZORG_TARIFFS),
)
