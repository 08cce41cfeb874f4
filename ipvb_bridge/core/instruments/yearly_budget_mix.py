"""Who lives where in the budget year, month by month, and what their contracts pay.

Our reading: who has a place on the period's last day keeps it all year, with the profile of that day, is never away
and is paid each day, unless ``instruments/budget_residents.csv`` says otherwise. A day has the tariff that
``norms/tariffs.csv`` states for it; one that has none brings nothing and is told: no amount is made up.
"""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import DELIVERY_FORMS, ZZP, Column, Table, Type
from ipvb_bridge.core.rounding import half_even
from ipvb_bridge.core.spans import EPOCH
from ipvb_bridge.core.tariffs import PROFILE, in_force, profile_in_words

CHANGES = Table(
    "budget_residents",
    "Residents who will come or go in the budget year; another profile is one who goes and one who comes",
    ("change_id",),
    (
        Column("change_id", Type.TEXT, "the change"),
        Column("date", Type.DATE, "first day in the unit, or first day away"),
        Column("change", Type.TEXT, "what happens", values=("comes", "goes")),
        Column("unit_id", Type.TEXT, "the unit"),
        Column("zzp", Type.TEXT, "care profile", pattern=ZZP, form="5VV, 9bVV"),
        Column("delivery_form", Type.TEXT, "delivery form", values=DELIVERY_FORMS),
        Column("with_treatment", Type.FLAG, "includes treatment"),
        Column("with_day_care", Type.FLAG, "includes day care"),
        Column("residents", Type.COUNT, "how many; empty: one", nullable=True, low=1, high=1000),
    ),
    optional=frozenset({"residents"}),
)
_CELL = ("unit_id", *PROFILE)


def months(year: int) -> list[Period]:
    """The twelve months of a year."""
    return [Period.month(year, month) for month in range(1, 13)]


def stretches(given: Given, year: int) -> pl.DataFrame:
    """unit_id, profile, month, start and stop (days since 1970, stop not included), ``residents`` on each of them.

    Cut at months and changes. ``astray``: how many were to go so far who were not there; they did not go.
    """
    streams, last = given.streams, given.period.end
    first, stop = ((dt.date(each, 1, 1) - EPOCH).days for each in (year, year + 1))
    here = resident_days(streams["stays"], streams["absences"], streams["indications"], Period(last, last)).segments
    many = pl.col("residents").fill_null(1)
    changes = coming(given, year).with_columns(
        at=pl.max_horizontal(pl.col("date").cast(pl.Int32), pl.lit(first, pl.Int32)),
        step=pl.when(pl.col("change") == "comes").then(many).otherwise(-many),
    )
    events = pl.concat(
        [
            here.group_by(_CELL).agg(at=pl.lit(first, pl.Int32), step=pl.len().cast(pl.Int64)),
            changes.select(*_CELL, "at", "step"),
        ]
    )
    calendar = pl.DataFrame(
        {"at": [(each.start - EPOCH).days for each in months(year)], "step": [0] * 12},
        schema={"at": pl.Int32, "step": pl.Int64},
    )
    cuts = pl.concat([events, events.select(_CELL).unique().join(calendar, how="cross")])
    return (
        cuts.group_by(*_CELL, "at")
        .agg(pl.col("step").sum())
        .sort(*_CELL, "at", nulls_last=True)
        .with_columns(
            people=pl.col("step").cum_sum().over(_CELL),
            stop=pl.col("at").shift(-1).over(_CELL).fill_null(stop),
            month=pl.col("at").cast(pl.Date).dt.strftime("%Y-%m"),
        )
        # Nobody goes who is not there: how far the sum has been below zero so far is how many did not go.
        .with_columns(astray=-pl.col("people").cum_min().over(_CELL).clip(upper_bound=0))
        .with_columns(residents=pl.col("people") + pl.col("astray"))
        .filter((pl.col("residents") > 0) | (pl.col("astray") > 0))
        .select(*_CELL, "month", "residents", "astray", "stop", start="at")
    )


def coming(given: Given, year: int) -> pl.DataFrame:
    """The changes that count: after the period, up to the end of the year."""
    return given.own["budget_residents"].filter(
        pl.col("date") > given.period.end, pl.col("date") <= dt.date(year, 12, 31)
    )


def mix(given: Given, year: int, parts: pl.DataFrame) -> pl.DataFrame:
    """unit_id, month, profile, resident_days, payable_days, tariff_days, revenue_cents. ``parts`` of stretches.

    Revenue is days x day_tariff x contract_percentage, all days of a unit, month and profile on one tariff row
    together, rounded half to even.
    """
    first, stop = ((dt.date(each, 1, 1) - EPOCH).days for each in (year, year + 1))
    share = Fraction(given.settings.budget.contract_percentage)
    there = parts.filter(pl.col("residents") > 0)
    length = (pl.col("stop") - pl.col("start")).cast(pl.Int64)
    payable = pl.col("zzp").is_not_null() & pl.col("delivery_form").ne_missing("pgb")
    key = ["unit_id", "month", *PROFILE]
    on_tariff = (pl.min_horizontal("stop", "next") - pl.max_horizontal("start", "cut")).cast(pl.Int64)
    amount = pl.col("tariff_days").cast(pl.Int128) * pl.col("day_tariff") * share.numerator
    paid = (
        there.filter(payable)
        .join(in_force(given.norms["tariffs"], first, stop), on=PROFILE)
        .with_columns(tariff_days=on_tariff)
        .filter(pl.col("tariff_days") > 0)
        .with_columns(tariff_days=pl.col("tariff_days") * pl.col("residents"))
        .group_by(*key, "since")
        .agg(pl.col("tariff_days").sum(), pl.col("day_tariff").first())
        .with_columns(revenue_cents=half_even(amount, pl.lit(share.denominator, pl.Int128)).cast(pl.Int64))
        .group_by(key)
        .agg(pl.col("tariff_days", "revenue_cents").sum())
    )
    return (
        there.group_by(key)
        .agg(resident_days=(length * pl.col("residents")).sum())
        .with_columns(payable_days=pl.when(payable).then("resident_days").otherwise(0))
        .join(paid, on=key, how="left", nulls_equal=True)
        .with_columns(pl.col("tariff_days", "revenue_cents").fill_null(0))
        .sort(key, nulls_last=True)
    )


def notes(given: Given, year: int, parts: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
    """What is amiss with residents and tariffs: I93, I94 and I95."""
    average = (pl.col("days") / Period(dt.date(year, 1, 1), dt.date(year, 12, 31)).days).round(1)
    unpaid = (
        made.group_by(PROFILE)
        .agg(days=(pl.col("payable_days") - pl.col("tariff_days")).sum())
        .filter(pl.col("days") > 0)
        .with_columns(profile=profile_in_words(), average=average)
        .sort("profile")
    )
    without = (
        made.filter(pl.col("payable_days") == 0)
        .group_by("unit_id")
        .agg(days=pl.col("resident_days").sum())
        .with_columns(average=average)
        .sort("unit_id")
    )
    short = (
        parts.group_by(_CELL)
        .agg(pl.col("astray").max())
        .filter(pl.col("astray") > 0)
        .with_columns(profile=profile_in_words())
        .sort("unit_id", "profile")
    )
    changes = given.own["budget_residents"]
    early = changes.filter(pl.col("date") <= given.period.end).select(count=pl.len()).filter(pl.col("count") > 0)
    after = changes.filter(pl.col("date") > dt.date(year, 12, 31)).select(count=pl.len()).filter(pl.col("count") > 0)
    unknown = (
        coming(given, year)
        .join(given.streams["units"], on="unit_id", how="anti")
        .group_by("unit_id")
        .agg(count=pl.len())
        .sort("unit_id")
    )
    file = "instruments/budget_residents.csv"
    return pl.concat(
        [
            findings.of_rows(
                unpaid,
                "I93",
                "warning",
                pl.format(
                    f"Geen tarief in {year} voor {{}}: {{}} dagen (gemiddeld {{}} bewoners) brengen in deze begroting "
                    "niets op.",
                    "profile",
                    "days",
                    _comma("average"),
                ),
                "Vul norms/tariffs.csv aan voor dit profiel en deze dagen, of lees de lijst in met tariffs import.",
                subject="profile",
            ),
            findings.of_rows(
                without,
                "I94",
                "warning",
                pl.format(
                    "{} dagen (gemiddeld {} bewoners) zonder indicatie of met een pgb: zij kosten wel en brengen in "
                    "deze begroting niets op.",
                    "days",
                    _comma("average"),
                ),
                "Leg in het ECD de indicatie vast, of controleer de leveringsvorm.",
                unit_id="unit_id",
            ),
            findings.of_rows(
                short,
                "I95",
                "warning",
                pl.format(
                    "Er gaan meer bewoners weg dan er wonen ({}, {} te veel); wie er niet woont gaat niet weg.",
                    "profile",
                    "astray",
                ),
                f"Controleer afdeling, profiel en datum in {file}.",
                unit_id="unit_id",
                subject="profile",
            ),
            findings.of_rows(
                early,
                "I95",
                "info",
                pl.format(
                    f"Wijzigingen op of voor {given.period.end} (aantal: {{}}) tellen niet: het zorgdossier kent ze.",
                    "count",
                ),
                f"Haal ze weg uit {file}.",
            ),
            findings.of_rows(
                after,
                "I95",
                "info",
                pl.format(f"Wijzigingen na {year} (aantal: {{}}) tellen niet in deze begroting.", "count"),
                "Begroot u een later jaar, kies dan year onder [instruments.yearly_budget] in method.toml.",
            ),
            findings.of_rows(
                unknown,
                "I95",
                "warning",
                pl.format("Wijzigingen (aantal: {}) noemen een afdeling die niemand kent.", "count"),
                f"Controleer de afdeling in {file}.",
                unit_id="unit_id",
            ),
        ]
    )


def _comma(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.String).str.replace(".", ",", literal=True)
