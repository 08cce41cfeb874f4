"""Resident-days: for each resident and unit the spans of days on which nothing changes.

Everything is interval arithmetic over the few rows of each resident; no day gets a row of its own. Inside
this module a span is ``start`` (included) to ``stop`` (not included), days since 1970.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.absences import AWAY_ELSEWHERE, ELSEWHERE_A_YEAR, over_the_year, too_long
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.core.spans import EPOCH, as_span

SEGMENTS = pl.Schema(
    {
        "resident_id": pl.String(),
        "unit_id": pl.String(),
        "start_date": pl.Date(),
        "end_date": pl.Date(),
        "days": pl.Int64(),
        "present": pl.Boolean(),
        "paid": pl.Boolean(),
        "indication_id": pl.String(),
        "zzp": pl.String(),
        "delivery_form": pl.String(),
        "with_treatment": pl.Boolean(),
        "with_day_care": pl.Boolean(),
    }
)
"""Days held by a resident in a unit, cut where something changes; ``days`` counts both ends.

``present`` is false during an absence. ``paid`` says that the day has a valid indication that is no pgb, and
that the absence rules leave it paid; whether a tariff row exists is asked later, by the budget. The
indication in force stands beside it, null where there is none.
"""


@dataclass(frozen=True, slots=True)
class ResidentDays:
    """``segments`` of :data:`SEGMENTS`, sorted by resident and day; ``findings`` (R04) of core.findings.schema().

    The findings: overlapping stays, overlapping indications of one basis, stay without indication, pgb days.
    Reconciliation R04 takes these over and does not look for them again.
    """

    segments: pl.DataFrame
    findings: pl.DataFrame


def resident_days(stays: pl.DataFrame, absences: pl.DataFrame, indications: pl.DataFrame, span: Period) -> ResidentDays:
    """Cut the days that residents hold a place inside ``span`` into segments.

    The frames are the streams, with ``indications.delivery_form`` mapped. Works for a month and for the cost
    window. Of overlapping stays, and of overlapping indications of one basis, the one that started last (then
    the greatest id) counts for the day; an assigned indication counts before an indicated one (method
    sections 3 and 5).
    """
    first, stop = (span.start - EPOCH).days, (span.end - EPOCH).days + 1
    held = as_span(stays, stop, "resident_id", "stay_id", "unit_id")
    granted = as_span(
        indications,
        stop,
        "resident_id",
        "indication_id",
        "basis",
        "zzp",
        "delivery_form",
        "with_treatment",
        "with_day_care",
    )
    long = too_long(absences, stop)
    used_up = _used_up(held, granted, absences, long, (dt.date(span.start.year, 1, 1) - EPOCH).days, stop)
    days = _days(held, granted, as_span(absences, stop, "resident_id"), pl.concat([long, used_up]), first, stop)
    return ResidentDays(_joined_up(days), _findings(days))


def _used_up(
    held: pl.DataFrame, granted: pl.DataFrame, absences: pl.DataFrame, long: pl.DataFrame, new_year: int, stop: int
) -> pl.DataFrame:
    """The days after the paid days elsewhere of a calendar year are used up, since ``new_year``."""
    elsewhere = as_span(absences.filter(pl.col("reason").is_in(AWAY_ELSEWHERE)), stop, "resident_id")
    length = pl.min_horizontal("stop", stop) - pl.max_horizontal("start", new_year)
    # Few residents are away that much, so only they are followed from the first of January.
    often = elsewhere.group_by("resident_id").agg(length.clip(0).sum()).filter(pl.col("stop") > ELSEWHERE_A_YEAR)

    def of_them(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.join(often, on="resident_id", how="semi")

    paid = _days(of_them(held), of_them(granted), of_them(elsewhere), of_them(long), new_year, stop).filter(
        "paid", ~pl.col("present")
    )
    return over_the_year(paid.select("resident_id", start="cut", stop="next"))


def _days(
    held: pl.DataFrame, granted: pl.DataFrame, away: pl.DataFrame, unpaid: pl.DataFrame, first: int, stop: int
) -> pl.DataFrame:
    """The parts of [first, stop) with a stay, and on each the stay and indication in force, present and paid."""
    inside = (pl.col("start") < stop) & (pl.col("stop") > first)
    held, granted, away, unpaid = (frame.filter(inside) for frame in (held, granted, away, unpaid))
    parts = _cut(held, granted, away, unpaid, first, stop)
    placed = _in_force(parts, held, ["start", "stay_id"], [])
    ranked = granted.with_columns(assigned=pl.col("basis") == "assigned")
    indicated = _in_force(
        parts.select("resident_id", "cut"), ranked, ["assigned", "start", "indication_id"], ["assigned"]
    )
    return placed.join(indicated, on=["resident_id", "cut"], how="left", suffix="_of_indication").with_columns(
        paid=pl.col("indication_id").is_not_null() & pl.col("delivery_form").ne_missing("pgb") & ~pl.col("unpaid"),
        present=~pl.col("away"),
        length=(pl.col("next") - pl.col("cut")).cast(pl.Int64),
    )


def _cut(
    held: pl.DataFrame, granted: pl.DataFrame, away: pl.DataFrame, unpaid: pl.DataFrame, first: int, stop: int
) -> pl.DataFrame:
    """The parts (resident_id, cut, next) of [first, stop) without a start or stop inside; flags away and unpaid."""
    residents = held.select("resident_id").unique()
    between = pl.concat(
        rows.select("resident_id", cut=side).filter((pl.col("cut") > first) & (pl.col("cut") < stop))
        for rows in (held, granted, away, unpaid)
        for side in ("start", "stop")
    )
    # Most residents have no change inside the span, so only the others are sorted and looked at one by one.
    eventful = between.join(residents, on="resident_id", how="semi").unique()
    moved = eventful.select("resident_id").unique()
    last_of_resident = pl.col("resident_id").ne_missing(pl.col("resident_id").shift(-1))
    cuts = (
        pl.concat([eventful, moved.with_columns(cut=pl.lit(first, pl.Int32))])
        .sort("resident_id", "cut")
        .with_columns(next=pl.when(last_of_resident).then(stop).otherwise(pl.col("cut").shift(-1)).cast(pl.Int32))
    )
    quiet = residents.join(moved, on="resident_id", how="anti").with_columns(
        cut=pl.lit(first, pl.Int32), next=pl.lit(stop, pl.Int32)
    )
    # How many rows cover a part is the sum of what started and stopped up to it: no row meets every part of a resident.
    covered = pl.concat(
        rows.select(
            "resident_id", cut=pl.col(side).clip(first, stop), away=pl.lit(n * is_away), unpaid=pl.lit(n - n * is_away)
        )
        for rows, is_away in ((away, 1), (unpaid, 0))
        for side, n in (("start", 1), ("stop", -1))
    )
    changes = covered.group_by("resident_id", "cut").agg(pl.col("away", "unpaid").sum())
    key, flags = ["resident_id", "cut"], pl.col("away", "unpaid")
    cuts = cuts.join(changes, on=key, how="left", maintain_order="left").with_columns(
        flags.fill_null(0).cum_sum().over("resident_id")
    )
    quiet = quiet.join(changes, on=key, how="left").with_columns(flags.fill_null(0))
    return pl.concat([cuts, quiet]).with_columns(flags > 0)


def _covering(parts: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Each part with each row of its resident that covers it."""
    return (
        parts.join(rows, on="resident_id")
        .filter((pl.col("start") <= pl.col("cut")) & (pl.col("stop") > pl.col("cut")))
        .drop("stop")
    )


def _in_force(parts: pl.DataFrame, rows: pl.DataFrame, rank: list[str], alike: list[str]) -> pl.DataFrame:
    """For each part the covering row that ranks last, and ``rivals``: how many like it (``alike``) cover it."""
    key = ["resident_id", "cut"]
    covering = _covering(parts, rows)
    several = covering.group_by(key).len().filter(pl.col("len") > 1).drop("len")
    chosen = (
        covering.join(several, on=key, how="semi")
        .with_columns(rivals=pl.len().over(*key, *alike))
        .sort(*key, *rank)
        .unique(key, keep="last", maintain_order=True)
    )
    alone = covering.join(several, on=key, how="anti").with_columns(rivals=pl.lit(1, pl.UInt32))
    return pl.concat([alone, chosen.cast({"rivals": pl.UInt32})]).drop("start")


def _joined_up(days: pl.DataFrame) -> pl.DataFrame:
    """Parts that touch and do not differ become one segment."""
    apart = ["resident_id", "unit_id", "present", "paid", "indication_id"]
    about = ["zzp", "delivery_form", "with_treatment", "with_day_care"]
    return (
        days.sort("resident_id", "cut")
        .with_columns(gap=(pl.col("cut") != pl.col("next").shift(1)).fill_null(True).cum_sum())
        .group_by(pl.struct(*apart, "gap").rle_id().alias("run"), maintain_order=True)
        .agg(
            pl.col(*apart, *about).first(),
            pl.col("length").sum().alias("days"),
            pl.col("cut").min().cast(pl.Date).alias("start_date"),
            (pl.col("next").max() - 1).cast(pl.Date).alias("end_date"),
        )
        .select(pl.col(name).cast(kind) for name, kind in SEGMENTS.items())
    )


def _findings(days: pl.DataFrame) -> pl.DataFrame:
    def found(condition: pl.Expr, explanation: str, next_step: str) -> pl.DataFrame:
        rows = (
            days.filter(condition)
            .group_by("resident_id", "unit_id")
            .agg(pl.col("length").sum())
            .sort("resident_id", "unit_id")
        )
        return findings.of_rows(
            rows,
            "R04",
            "warning",
            pl.format(explanation, pl.col("length")),
            next_step,
            unit_id="unit_id",
            subject="resident_id",
        )

    return pl.concat(
        [
            found(
                pl.col("rivals") > 1,
                "Verblijven overlappen (dagen: {}); het laatst begonnen verblijf telt.",
                "Beëindig in het ECD het verblijf dat niet meer geldt.",
            ),
            found(
                pl.col("rivals_of_indication") > 1,
                "Indicaties van dezelfde soort overlappen (dagen: {}); de laatst begonnen indicatie telt.",
                "Beëindig in het ECD de indicatie die niet meer geldt.",
            ),
            found(
                pl.col("indication_id").is_null(),
                "Verblijf zonder geldige indicatie (dagen: {}); deze dagen kosten wel en worden niet betaald.",
                "Leg in het ECD de indicatie vast of beëindig het verblijf.",
            ),
            found(
                pl.col("delivery_form") == "pgb",
                "Pgb (dagen: {}); deze dagen kosten wel en worden niet betaald: een pgb wordt hier niet begroot.",
                "Controleer de leveringsvorm van de indicatie.",
            ),
        ]
    )


def is_charged(component: str, settings: MethodSettings) -> pl.Expr:
    """On a frame of segments: whether the component is charged on the days of the segment (method section 4, 7).

    A day without an indication has no delivery form, so nothing is left out for it.
    """
    forms = [form for form, without in settings.cost_price.without.items() if component in without]
    charged = ~pl.col("delivery_form").is_in(forms).fill_null(False)
    return charged & pl.col("present") if settings.cost_price.components[component] == "present" else charged


def component_days(segments: pl.DataFrame, settings: MethodSettings) -> pl.DataFrame:
    """Resident-days on which each component of the settings is charged: component, days (int64), sorted, 0 included."""
    names = sorted(settings.cost_price.components)
    sums = segments.select(pl.col("days").filter(is_charged(name, settings)).sum().alias(name) for name in names)
    return pl.DataFrame(
        {"component": names, "days": [sums[name].item() for name in names]},
        schema={"component": pl.String(), "days": pl.Int64()},
    )
