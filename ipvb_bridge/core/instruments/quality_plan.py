"""The quality plan: extra personnel in fte and euros, the split of 85 and 15, and plan against realisation.

Source: the rule that at least 85 % of the quality money goes to personnel, that a deviation needs a motivation (May
2019) and that what is not spent is paid back, of the budgets of 2018 to 2020. The Kwaliteitskader behind it was
replaced on 2024-07-01 by the Generiek Kompas; the money is in the tariffs since 2022. The share is a setting, for plans
agreed since.

Our reading: the split is held against the norm exactly, before rounding; a deviation is motivated when each measure of
kind ``other`` has a motivation. A part of a measure is its part of the days. What is reported in
``quality_realised.csv`` wins; without a report of personnel, extra personnel is measured (:mod:`quality_plan_staff`).
Other spending cannot be measured, only reported.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from ipvb_bridge.core.findings import Finding, frame
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made
from ipvb_bridge.core.instruments.quality_plan_staff import Measured, measured
from ipvb_bridge.core.instruments.quality_plan_tables import INPUTS, MEASURES, RESULTS, SPLIT, STAFF
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import half_even, half_even_int

_SCALE = 10_000


def make(given: Given) -> Made:
    """See the module."""
    plan, realised = given.own["quality_plan"], given.own["quality_realised"]
    since = _since(plan, given.period.end)
    dated = _to_date(plan, given.period.end, since)
    reported = _reported(realised, plan, given.period.months()[-1])
    staff = measured(given, dated.filter(pl.col("kind") == "personnel"), since)
    split = _split(given, dated, reported, staff)
    tables = {
        SPLIT.name: SPLIT.of(split),
        MEASURES.name: MEASURES.of(dated.join(reported, on="measure_id", how="left")),
        STAFF.name: STAFF.of(staff.rows),
    }
    told = [*_rows(given, plan, realised), *_told(given, dated, split, staff, reported)]
    return Made(tables, frame(told))


def _since(plan: pl.DataFrame, end: dt.date) -> Period | None:
    """From the first day of the first measure to the period's end, or the end of the last measure; null: not begun."""
    if plan.is_empty():
        return None
    first, last = min(plan["start_date"].to_list()), min(end, max(plan["end_date"].to_list()))
    return Period(first, last) if first <= last else None


def _to_date(plan: pl.DataFrame, end: dt.date, since: Period | None) -> pl.DataFrame:
    """The plan with planned_fte, planned_cents, to_date_cents and mean_fte: over the days of ``since``."""
    start, stop, fte = pl.col("start_date"), pl.col("end_date"), pl.col("planned_fte")
    passed = _days(start, pl.min_horizontal(stop, pl.lit(end))).clip(0)
    days = since.days if since else 1
    return plan.with_columns(
        planned_cents="planned",
        to_date_cents=half_even(pl.col("planned") * passed, _days(start, stop)),
        mean_fte=(fte * passed / (days * _SCALE)).round(6),
        planned_fte=fte / _SCALE,
    )


def _days(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    return (last - first).dt.total_days() + 1


def _reported(realised: pl.DataFrame, plan: pl.DataFrame, month: str) -> pl.DataFrame:
    return (
        realised.filter(pl.col("month") <= month)
        .join(plan, on="measure_id", how="semi")
        .group_by("measure_id")
        .agg(
            reported_fte=(pl.col("fte").sum() / (pl.col("fte").count() * _SCALE)), reported_cents=pl.col("spent").sum()
        )
        # A mean of nothing is not known.
        .with_columns(pl.col("reported_fte").fill_nan(None).round(6))
    )


def _split(given: Given, plan: pl.DataFrame, reported: pl.DataFrame, staff: Measured) -> pl.DataFrame:
    settings = given.settings.instruments.quality_plan
    known = plan.join(reported, on="measure_id", how="left")
    personnel, other = known.filter(pl.col("kind") == "personnel"), known.filter(pl.col("kind") == "other")
    motivated = not other["motivation"].fill_null("").str.strip_chars().eq("").any()
    fte = int((personnel["planned_fte"] * _SCALE).round().sum()) if personnel["planned_fte"].count() else None
    planned = int(plan["planned_cents"].sum())
    granted = planned if settings.granted is None else int(settings.granted * 100)
    rows: list[tuple[str, str | None, int | None, int | None]] = [
        (moment, "plan", int(personnel[column].sum()), int(other[column].sum()))
        for moment, column in (("plan", "planned_cents"), ("to_date", "to_date_cents"))
        if plan.height
    ]
    if plan.height:
        rows.append(("realised", *_realised(personnel, other, staff)))
    return pl.DataFrame(
        [_weighed(*row, settings.personnel_share, motivated, fte, granted) for row in rows],
        schema=SPLIT.schema(),
        orient="row",
    )


def _realised(
    personnel: pl.DataFrame, other: pl.DataFrame, staff: Measured
) -> tuple[str | None, int | None, int | None]:
    """Source, personnel and other, in cents; null where neither a report nor a measurement tells."""
    people, things = (_told_of(rows) for rows in (personnel, other))
    if people is not None:
        return "reported", people, things
    if staff.cents is None:
        return None, None, things
    return "measured" if things is None or not other.height else "mixed", staff.cents, things


def _told_of(rows: pl.DataFrame) -> int | None:
    """What is reported of measures; nought where there are none, null where there are and none is reported."""
    told = rows["reported_cents"]
    return None if rows.height and not told.count() else int(told.sum())


def _weighed(
    moment: str,
    source: str | None,
    people: int | None,
    things: int | None,
    norm: Decimal,
    motivated: bool,
    fte: int | None,
    granted: int,
) -> tuple[object, ...]:
    total = None if people is None or things is None else people + things
    # Held against the norm in whole numbers: 84.996 % is not 85 %.
    met = None if total is None or total <= 0 or people is None else people >= norm * total
    share = None if met is None or total is None or people is None else round(people / total, 6)
    # Only the whole plan has a price of a job: a job of part of the year is paid in part.
    each = half_even_int(people * _SCALE, fte) if moment == "plan" and fte and people is not None else None
    left = None if total is None else granted - total
    jobs = None if fte is None or moment != "plan" else fte / _SCALE
    return (
        moment, source, people, things, total, share, float(norm), met, motivated, jobs, each, granted, left,
    )  # fmt: skip


def _rows(given: Given, plan: pl.DataFrame, realised: pl.DataFrame) -> Iterator[Finding]:
    """I91: rows of the plan and its report that cannot be right."""
    if plan.is_empty():
        yield Finding(
            "I91",
            "info",
            "Er is nog geen kwaliteitsplan.",
            "Zet de maatregelen in instruments/quality_plan.csv; de kolommen staan in docs/instruments.md.",
        )
    units = given.streams["units"]["unit_id"]
    personnel = pl.col("kind") == "personnel"
    unknown = pl.col("unit_id").is_not_null() & ~pl.col("unit_id").is_in(units.implode())
    for wrong, told in (
        (unknown, "noemt een afdeling die niet bestaat; haar uren zijn er niet"),
        (personnel & pl.col("planned_fte").is_null(), "gaat over personeel, maar noemt geen fte"),
        (~personnel & pl.col("planned_fte").is_not_null(), "noemt fte, maar gaat niet over personeel; die tellen niet"),
    ):
        for row in plan.filter(wrong).sort("measure_id").iter_rows(named=True):
            yield Finding(
                "I91",
                "warning",
                f"Maatregel {row['measure_id']} {told}.",
                "Herstel de regel in instruments/quality_plan.csv.",
                unit_id=row["unit_id"],
                subject=row["measure_id"],
            )
    lost = realised.join(plan, on="measure_id", how="anti").group_by("measure_id").agg(pl.col("spent").sum())
    for row in lost.sort("measure_id").iter_rows(named=True):
        yield Finding(
            "I91",
            "warning",
            f"Maatregel {row['measure_id']} is wel verantwoord, maar staat niet in het plan; zij telt niet mee.",
            "Herstel de code in instruments/quality_realised.csv, of zet de maatregel in instruments/quality_plan.csv.",
            subject=row["measure_id"],
            amount_cents=row["spent"],
        )


def _told(
    given: Given, plan: pl.DataFrame, split: pl.DataFrame, staff: Measured, reported: pl.DataFrame
) -> Iterator[Finding]:
    """I89: a split that is not met; I90: money that is left; I92: what cannot be measured."""
    words = {"plan": "het plan", "realised": "de realisatie"}
    for row in split.filter(~pl.col("met"), pl.col("moment").is_in(list(words))).iter_rows(named=True):
        share = f"{row['personnel_share'] * 100:.2f}".replace(".", ",")
        norm = f"{row['norm_share'] * 100:g}".replace(".", ",")
        begin = f"Van {words[row['moment']]} gaat {share}% naar personeel, minder dan de {norm}% van de afspraak"
        if row["motivated"]:
            yield Finding(
                "I89", "info", f"{begin}; elke andere besteding heeft een motivering.", "Leg de motivering voor."
            )
        else:
            yield Finding(
                "I89",
                "warning",
                f"{begin}, en niet elke andere besteding heeft een motivering.",
                "Vul de kolom motivation in instruments/quality_plan.csv, of verander de verdeling.",
            )
    over = plan.height > 0 and given.period.end >= max(plan["end_date"].to_list())
    left = sum(split.filter(pl.col("moment") == "realised")["unspent_cents"].drop_nulls())
    if over and left:
        yield Finding(
            "I90",
            "warning",
            "Het plan is afgelopen en niet alles is besteed." if left > 0 else "Er is meer besteed dan toegekend.",
            "Een deel dat niet is besteed kan worden teruggevorderd: leg dit bedrag voor aan het zorgkantoor."
            if left > 0
            else "Ga na uit welke middelen het verschil is betaald.",
            amount_cents=left,
        )
    spoken = set(reported["measure_id"])
    silent = [kind for kind in ("personnel", "other") if _silent(plan, kind, spoken)]
    if "personnel" in silent:
        for reason in staff.reasons:
            yield Finding(
                "I92",
                "warning",
                f"Het extra personeel is niet te meten: {reason}.",
                "Verantwoord het in instruments/quality_realised.csv, of herstel dit.",
            )
    if "other" in silent:
        yield Finding(
            "I92",
            "warning",
            "Van de andere bestedingen is niets verantwoord; de verdeling van wat is besteed is daardoor niet bekend.",
            "Verantwoord ze in instruments/quality_realised.csv.",
        )


def _silent(plan: pl.DataFrame, kind: str, spoken: set[str]) -> bool:
    own = plan.filter(pl.col("kind") == kind)["measure_id"].to_list()
    return bool(own) and not spoken.intersection(own)


INSTRUMENT = Instrument(
    "quality_plan",
    "How much extra personnel does the quality plan bring, does its split hold, and what was done of it?",
    RESULTS,
    make,
    INPUTS,
)
