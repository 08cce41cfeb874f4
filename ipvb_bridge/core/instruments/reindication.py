"""The re-indication file: for whom care is structurally above the budget, and what supports asking for another profile.

Supporting material only: CIZ asks neither minutes nor money (CIZ, Overzicht benodigde aanvullende informatie; norms in
the documentation of this instrument). The one official link between care and an indication is how often help is given,
for impairments (COD827): 1-6 times a week scores 1, 1-2 times a day 2, 3 or more times a day 3. Limitations (COD828)
are scored on how far a task is taken over, which frequency does not tell: they get a frequency and no score.

Our reading: structurally is required above available in ``periods`` calculated periods in a row, the last included;
what stands between the classes of the scale (less than once a week, between 6 a week and once a day, between 2 and 3
a day) gets the lower score and is marked; frequencies of the agreements under one topic add up; help counts whoever
gives it but the resident self, for customary care counts with CIZ too; a year has 365 days.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments.ciz import TOPICS
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import Column, Table, Type

TOPIC_TABLE = Table(
    "ciz_topics",
    "Which CIZ topic an activity of the care file speaks about; one activity may speak about several",
    ("activity_code", "codelist", "topic"),
    (
        Column("activity_code", Type.TEXT, "activity, as the care file delivers it"),
        Column("codelist", Type.TEXT, "COD824 impairment, COD825 limitation", values=("COD824", "COD825")),
        Column("topic", Type.TEXT, "the topic's code", pattern=r"[0-9]{4}", form="0202"),
    ),
)
SEVENTHS = 7 * 12 * 365
"""Frequencies are kept as whole numbers of this part of one time a week, times ten thousand: exact for every `per`."""

_RESIDENT = {"resident_id": (pl.String(), "the resident")}
RESIDENTS = Result(
    "reindication_residents",
    "Residents whose care is structurally above the budget",
    ("resident_id",),
    {
        **_RESIDENT,
        "unit_id": (pl.String(), "where the resident is last"),
        "zzp": (pl.String(), "care profile of the period; null: none in force"),
        "periods_above": (pl.Int64(), "calculated periods in a row above the budget, the last included"),
        "first_period": (pl.String(), "the first of them"),
        "available_cents": (pl.Int64(), "available in the period"),
        "required_cents": (pl.Int64(), "required in the period"),
        "balance_cents": (pl.Int64(), "available less required"),
        "short_cents": (pl.Int64(), "what all those periods together are short"),
    },
)
PERIODS = Result(
    "reindication_periods",
    "The budget of these residents, a period at a time",
    ("resident_id", "period"),
    {
        **_RESIDENT,
        "period": (pl.String(), "calculated period"),
        "zzp": (pl.String(), "care profile of the period; null: none in force"),
        "available_cents": (pl.Int64(), "available"),
        "required_cents": (pl.Int64(), "required"),
        "balance_cents": (pl.Int64(), "available less required"),
    },
)
TREND = Result(
    "reindication_trend",
    "Agreed time of staff under the Wlz by care function, a period at a time",
    ("resident_id", "care_function", "period"),
    {
        **_RESIDENT,
        "care_function": (pl.String(), "care function"),
        "period": (pl.String(), "calculated period"),
        "milliminutes": (pl.Int64(), "time in the period"),
        "week_hours": (pl.Float64(), "hours a week, so that months of different length compare"),
    },
)
SCORES = Result(
    "reindication_scores",
    "How often help is given, by CIZ topic, on the period's last day",
    ("resident_id", "codelist", "topic"),
    {
        **_RESIDENT,
        "codelist": (pl.String(), "COD824 impairment, COD825 limitation"),
        "topic": (pl.String(), "code of the topic"),
        "group": (pl.String(), "group of the topic (Dutch)"),
        "name": (pl.String(), "the topic (Dutch)"),
        "agreements": (pl.Int64(), "agreements that speak about it"),
        "times_week": (pl.Float64(), "times a week help is given"),
        "score": (pl.Int64(), "0-3 for an impairment; null for a limitation, which frequency does not tell"),
        "between": (pl.Boolean(), "true: between two classes of the scale, scored as the lower"),
    },
)
AGREEMENTS = Result(
    "reindication_agreements",
    "The agreements behind it, in force on the period's last day",
    ("resident_id", "agreement_id"),
    {
        **_RESIDENT,
        "agreement_id": (pl.String(), "the agreement"),
        "description": (pl.String(), "what was agreed"),
        "care_function": (pl.String(), "care function"),
        "day_part": (pl.String(), "day part"),
        "level": (pl.String(), "level"),
        "performer": (pl.String(), "who gives it"),
        "times_week": (pl.Float64(), "times a week"),
        "agreed_on": (pl.Date(), "when it was agreed"),
        "start_date": (pl.Date(), "from when it holds"),
        "topics": (pl.String(), "codes of the CIZ topics; empty: no topic mapped"),
    },
)


def make(given: Given) -> Made:
    """See the module. Without enough earlier calculated periods nobody is above the budget structurally."""
    settings = given.settings.instruments.reindication
    known = [*given.history, str(given.period)]
    periods = known[-settings.periods :]
    budgets = pl.concat([_budget(given, period) for period in periods])
    above = _above(budgets, periods, settings.margin) if len(periods) >= settings.periods else budgets.clear()
    chosen = above.select("resident_id").unique()
    # All that is known of these residents, further back than what makes it structural.
    whole = pl.concat([_budget(given, period) for period in known]).join(chosen, on="resident_id", how="semi")
    trend = pl.concat([_trend(given, period, chosen) for period in known])
    agreements = _agreements(given, chosen)
    tables = {
        "reindication_residents": _residents(given, whole, known, settings.margin),
        "reindication_periods": PERIODS.of(whole),
        "reindication_trend": TREND.of(trend),
        "reindication_scores": _scores(agreements, given.own["ciz_topics"]),
        "reindication_agreements": _listed(agreements, given.own["ciz_topics"]),
    }
    return Made(tables, _findings(given, tables, agreements, len(periods)))


def _budget(given: Given, period: str) -> pl.DataFrame:
    """One row a resident, whatever the number of units: resident_id, period, zzp, available, required, balance."""
    tables = given.tables_of(period)
    money = ("available_cents", "required_cents", "balance_cents")
    profiles = tables["resident_network"].select("resident_id", "unit_id", "zzp")
    return (
        tables["resident_budgets"]
        .join(profiles, on=["resident_id", "unit_id"], how="left")
        # Of a resident who moved the profile of the unit with most days.
        .group_by("resident_id")
        .agg(pl.col("zzp").sort_by("held_days", "unit_id").drop_nulls().last(), pl.col(money).sum())
        .with_columns(period=pl.lit(period))
    )


def _is_above(margin: Fraction | object) -> pl.Expr:
    share = Fraction(str(margin))
    # Whole numbers: required > available x (1 + margin).
    return pl.col("required_cents") * share.denominator > pl.col("available_cents") * (
        share.denominator + share.numerator
    )


def _above(budgets: pl.DataFrame, periods: list[str], margin: object) -> pl.DataFrame:
    """The rows of residents who are above the budget in each of the periods."""
    over = budgets.filter(_is_above(margin))
    always = over.group_by("resident_id").len().filter(pl.col("len") == len(periods))
    return over.join(always, on="resident_id", how="semi")


def _residents(given: Given, whole: pl.DataFrame, known: list[str], margin: object) -> pl.DataFrame:
    order = pl.DataFrame({"period": known, "at": range(len(known))}, schema={"period": pl.String, "at": pl.Int64})
    rows = whole.join(order, on="period").with_columns(over=_is_above(margin))
    # In a row: after the last period that was not above, or that is missing.
    broken = rows.filter(~pl.col("over")).group_by("resident_id").agg(last=pl.col("at").max())
    run = (
        rows.join(broken, on="resident_id", how="left")
        .filter("over", pl.col("at") > pl.col("last").fill_null(-1))
        .sort("resident_id", "at", descending=[False, True])
        .with_columns(step=pl.int_range(pl.len()).over("resident_id"))
        .filter(pl.col("at") == len(known) - 1 - pl.col("step"))
    )
    newest = pl.col("at") == len(known) - 1
    places = (
        given.tables["resident_budgets"]
        .sort("held_days", "unit_id")
        .group_by("resident_id", maintain_order=True)
        .last()
    )
    made = run.group_by("resident_id").agg(
        periods_above=pl.len().cast(pl.Int64),
        first_period=pl.col("period").sort_by("at").first(),
        short_cents=-pl.col("balance_cents").sum(),
        **{
            name: pl.col(name).filter(newest).first()
            for name in ("zzp", "available_cents", "required_cents", "balance_cents")
        },
    )
    return RESIDENTS.of(made.join(places.select("resident_id", "unit_id"), on="resident_id", how="left"))


def _trend(given: Given, period: str, chosen: pl.DataFrame) -> pl.DataFrame:
    days = Period.parse(period).days
    return (
        given.tables_of(period)["lines"]
        .lazy()
        .filter(pl.col("performer") == "staff", pl.col("payer") == "wlz")
        .join(chosen.lazy(), on="resident_id", how="semi")
        .group_by("resident_id", "care_function")
        .agg(pl.col("milliminutes").sum())
        .collect(engine="streaming")
        .with_columns(period=pl.lit(period), week_hours=(pl.col("milliminutes") * 7 / (60_000 * days)).round(6))
    )


def _agreements(given: Given, chosen: pl.DataFrame) -> pl.DataFrame:
    """Agreements of these residents in force on the last day that someone else gives, with ``parts`` of a week."""
    day, times = given.period.end, pl.col("times")
    days = pl.col("weekdays").str.count_matches(r"[1-7]")
    per = pl.col("per")
    parts = (
        pl.when(pl.col("weekdays").is_not_null())
        .then(times * days * SEVENTHS)
        .when(per == "day")
        .then(times * 7 * SEVENTHS)
        .when(per == "week")
        .then(times * SEVENTHS)
        .when(per == "four_weeks")
        .then(times * (SEVENTHS // 4))
        .when(per == "month")
        .then(times * (SEVENTHS * 7 * 12 // 365))
        .when(per == "year")
        .then(times * (SEVENTHS * 7 // 365))
    )
    return (
        given.streams["care_agreements"]
        .lazy()
        .join(chosen.lazy(), on="resident_id", how="semi")
        .filter(
            pl.col("start_date") <= day,
            pl.col("end_date").is_null() | (pl.col("end_date") >= day),
            pl.col("performer") != "self",
        )
        .with_columns(parts=parts)
        .collect(engine="streaming")
    )


def _week() -> pl.Expr:
    return (pl.col("parts") / (SEVENTHS * 10_000)).round(6)


def _scores(agreements: pl.DataFrame, topics: pl.DataFrame) -> pl.DataFrame:
    once = 10_000 * SEVENTHS
    names = pl.DataFrame(
        [(codelist, topic, *name) for (codelist, topic), name in TOPICS.items()],
        schema=["codelist", "topic", "group", "name"],
        orient="row",
    )
    parts, impairment = pl.col("parts"), pl.col("codelist") == "COD824"
    made = (
        agreements.join(topics, on="activity_code")
        .group_by("resident_id", "codelist", "topic")
        .agg(agreements=pl.len().cast(pl.Int64), parts=parts.sum())
        .join(names, on=["codelist", "topic"], how="left")
        .with_columns(
            times_week=_week(),
            score=pl.when(impairment).then(
                pl.when(parts == 0).then(0).when(parts < 7 * once).then(1).when(parts < 21 * once).then(2).otherwise(3)
            ),
            between=impairment
            & (
                parts.is_between(0, once, closed="none")
                | parts.is_between(6 * once, 7 * once, closed="none")
                | parts.is_between(14 * once, 21 * once, closed="none")
            ),
        )
    )
    return SCORES.of(made)


def _listed(agreements: pl.DataFrame, topics: pl.DataFrame) -> pl.DataFrame:
    joined = (
        topics.sort("codelist", "topic")
        .group_by("activity_code", maintain_order=True)
        .agg(topics=pl.concat_str("codelist", "topic", separator=" ").str.join(", "))
    )
    return AGREEMENTS.of(
        agreements.join(joined, on="activity_code", how="left").with_columns(
            pl.col("topics").fill_null(""), times_week=_week()
        )
    )


def _findings(given: Given, tables: Mapping[str, pl.DataFrame], agreements: pl.DataFrame, periods: int) -> pl.DataFrame:
    settings, topics = given.settings.instruments.reindication, given.own["ciz_topics"]
    made = []
    if periods < settings.periods:
        made.append(
            Finding(
                "I58",
                "info",
                f"Er zijn {periods} berekende perioden; pas na {settings.periods} is te zeggen voor wie de zorg "
                "structureel boven het budget ligt.",
                "Bereken ook de maanden ervoor: ipvb-bridge calculate MAAND",
            )
        )
    unknown = [
        (codelist, topic)
        for codelist, topic in topics.select("codelist", "topic").unique().sort("codelist", "topic").iter_rows()
        if (codelist, topic) not in TOPICS
    ]
    if unknown:
        listed = ", ".join(f"{codelist} {topic}" for codelist, topic in unknown[:5])
        made.append(
            Finding(
                "I59",
                "warning",
                f"instruments/ciz_topics.csv noemt onderwerpen die de codelijst niet heeft: {listed}.",
                "Verbeter de code; de lijst staat in docs/instrumenten/reindication.md.",
            )
        )
    without = agreements.join(topics, on="activity_code", how="anti").height
    if without:
        made.append(
            Finding(
                "I60",
                "info",
                f"{without} afspraken van deze bewoners horen bij geen enkel CIZ-onderwerp.",
                "Vul instruments/ciz_topics.csv aan met hun activiteitcode.",
            )
        )
    return findings.frame(made)


INSTRUMENT = Instrument(
    "reindication",
    "For whom is care structurally above the budget, and what supports asking for another indication?",
    (RESIDENTS, PERIODS, TREND, SCORES, AGREEMENTS),
    make,
    (TOPIC_TABLE,),
)
