"""The formation of the coming months, when residents come, go or change profile.

Our reading: a resident asks of each day part and level what residents of the same profile in the same unit ask now, a
day on average; where the unit has none, what they ask over the whole organisation. Who lives in a unit on the period's
last day stays, unless ``instruments/forecast_residents.csv`` says otherwise. Minimum cover holds as now.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.formation import KEY, formation
from ipvb_bridge.core.hours import BY_DAY_PART
from ipvb_bridge.core.instruments.contract import Given, Result
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import ZZP, Column, Table, Type
from ipvb_bridge.core.rounding import half_even

CHANGES = Table(
    "forecast_residents",
    "Residents who will come, go or change profile",
    ("change_id",),
    (
        Column("change_id", Type.TEXT, "the change"),
        Column("date", Type.DATE, "first day in the unit, first day away, or first day of the new profile"),
        Column("change", Type.TEXT, "what happens", values=("comes", "goes", "changes")),
        Column("unit_id", Type.TEXT, "the unit"),
        Column(
            "zzp", Type.TEXT, "profile of who comes or goes; of a change the old one", pattern=ZZP, form="5VV, 9bVV"
        ),
        Column("new_zzp", Type.TEXT, "with changes: the new profile", nullable=True, pattern=ZZP, form="5VV, 9bVV"),
        Column("residents", Type.COUNT, "how many; empty: one", nullable=True, low=1, high=1000),
    ),
    optional=frozenset({"new_zzp", "residents"}),
)
FORECAST = Result(
    "proforma_forecast",
    "Required formation of the period and the coming months, by unit and level",
    ("unit_id", "level", "month"),
    {
        "unit_id": (pl.String(), "the unit"),
        "level": (pl.String(), "level of expertise"),
        "month": (pl.String(), "calendar month; the first is the period's last"),
        "residents": (pl.Float64(), "residents in the unit, on average over the month"),
        "required_hours_week": (pl.Float64(), "required hours a week"),
        "required_fte": (pl.Float64(), "required FTE on the base of [formation]"),
        "change_fte": (pl.Float64(), "against the period"),
    },
)


def forecast(given: Given, now: pl.DataFrame) -> tuple[pl.DataFrame, list[Finding]]:
    """The rows of :data:`FORECAST`, and what could not be told. ``now``: the table ``proforma`` of the period."""
    months = _months(given.period, given.settings.instruments.proforma.months)
    if not months:
        return FORECAST.empty(), []
    rates, notes = _rates(given), []
    made = [_of_month(now, given.period.months()[-1], _residents_now(given))]
    unknown: set[str] = set()
    nobody = pl.DataFrame(schema=BY_DAY_PART)
    for month in months:
        days = _days(given, month)
        cells, lost = _cells(days, rates)
        unknown |= set(lost)
        required = formation(cells, nobody, given.norms["minimum_cover"], given.settings, month).rows
        people = days.group_by("unit_id").agg(residents=(pl.col("days").sum() / month.days).round(6))
        made.append(_of_month(required, str(month), people))
    whole = pl.concat(made)
    first = pl.col("required_fte").filter(pl.col("month") == given.period.months()[-1]).first()
    whole = whole.with_columns(
        change_fte=(pl.col("required_fte") - first.over("unit_id", "level").fill_null(0.0)).round(6)
    )
    if unknown:
        notes.append(
            Finding(
                "I81",
                "warning",
                f"Van profiel {', '.join(sorted(unknown))} woont er nu niemand, dus wat zo'n bewoner vraagt is niet "
                "bekend; deze bewoners tellen wel als bewoner en vragen in de prognose niets.",
                "Kies een profiel dat er nu wel is, of bereken een maand waarin het er was.",
            )
        )
    notes += _odd(given, months)
    return whole, notes


def _months(period: Period, many: int) -> list[Period]:
    made, first = [], period.end + dt.timedelta(days=1)
    for _ in range(many):
        month = Period.parse(f"{first:%Y-%m}")
        made.append(month)
        first = month.end + dt.timedelta(days=1)
    return made


def _of_month(required: pl.DataFrame, month: str, people: pl.DataFrame) -> pl.DataFrame:
    return (
        required.group_by("unit_id", "level")
        .agg(pl.col("required_hours_week", "required_fte").sum().round(6))
        .join(people, on="unit_id", how="left")
        .select(
            "unit_id",
            "level",
            pl.lit(month).alias("month"),
            pl.col("residents").fill_null(0.0),
            "required_hours_week",
            "required_fte",
        )
    )


def _residents_now(given: Given) -> pl.DataFrame:
    budgets = given.tables["resident_budgets"]
    return budgets.group_by("unit_id").agg(residents=(pl.col("held_days").sum() / given.period.days).round(6))


def _rates(given: Given) -> pl.DataFrame:
    """What residents ask now: unit_id (null: everywhere), zzp, day_part, level, milliminutes, held (their days)."""
    profiles = given.tables["resident_network"].select("resident_id", "unit_id", "zzp")
    lines = (
        given.tables["lines"]
        .lazy()
        .filter(pl.col("performer") == "staff")
        .join(profiles.lazy(), on=["resident_id", "unit_id"], how="left")
    )
    days = given.tables["resident_budgets"].join(profiles, on=["resident_id", "unit_id"], how="left")
    asked = lines.group_by(*KEY, "zzp").agg(pl.col("milliminutes").sum()).collect(engine="streaming")
    made = []
    for unit in (pl.col("unit_id"), pl.lit(None, pl.String).alias("unit_id")):
        time = asked.with_columns(unit).group_by(*KEY, "zzp").agg(pl.col("milliminutes").sum())
        held = days.with_columns(unit).group_by("unit_id", "zzp").agg(held=pl.col("held_days").sum())
        made.append(held.join(time, on=["unit_id", "zzp"], how="left", nulls_equal=True))
    return pl.concat(made).filter(pl.col("held") > 0)


def _days(given: Given, month: Period) -> pl.DataFrame:
    """Resident days of a month: unit_id, zzp, days; those who live there on the last day, and the changes."""
    streams, last = given.streams, given.period.end
    here = resident_days(streams["stays"], streams["absences"], streams["indications"], Period(last, last)).segments
    stay = here.group_by("unit_id", "zzp").agg(days=pl.len().cast(pl.Int64) * month.days)
    many = pl.col("residents").fill_null(1)
    # From the change on, and never before the forecast begins.
    left = (pl.lit(month.end) - pl.max_horizontal("date", pl.lit(month.start))).dt.total_days() + 1
    change = given.own["forecast_residents"].filter(pl.col("date") <= month.end, pl.col("date") > last)
    change = change.with_columns(days=(left * many).cast(pl.Int64))
    parts = (
        change.filter(pl.col("change") == "comes").select("unit_id", "zzp", "days"),
        change.filter(pl.col("change") != "comes").select("unit_id", "zzp", days=-pl.col("days")),
        change.filter(pl.col("change") == "changes").select("unit_id", zzp="new_zzp", days="days"),
    )
    summed = pl.concat([stay, *parts]).group_by("unit_id", "zzp").agg(pl.col("days").sum())
    # More going than are there is told apart; nobody lives somewhere for less than no day.
    return summed.filter(pl.col("days") > 0)


def _cells(days: pl.DataFrame, rates: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Time asked in a month by unit, day part and level; and the profiles of which nothing is known."""
    own = rates.filter(pl.col("unit_id").is_not_null())
    every = rates.filter(pl.col("unit_id").is_null()).drop("unit_id")
    known = own.select("unit_id", "zzp").unique()
    here = days.join(own, on=["unit_id", "zzp"], nulls_equal=True)
    elsewhere = days.join(known, on=["unit_id", "zzp"], how="anti", nulls_equal=True)
    away = elsewhere.join(every, on="zzp", nulls_equal=True)
    lost = elsewhere.join(every, on="zzp", how="anti", nulls_equal=True)
    columns = ["unit_id", "day_part", "level", "milliminutes", "held", "days"]
    asked = pl.concat([here.select(columns), away.select(columns)]).filter(pl.col("milliminutes").is_not_null())
    time = half_even(pl.col("milliminutes").cast(pl.Int128) * pl.col("days"), pl.col("held").cast(pl.Int128))
    cells = asked.with_columns(milliminutes=time.cast(pl.Int64)).group_by(KEY).agg(pl.col("milliminutes").sum())
    return cells, lost["zzp"].fill_null("onbekend").to_list()


def _odd(given: Given, months: list[Period]) -> list[Finding]:
    """Changes that cannot be: before the forecast, without a new profile, more going than are there."""
    changes = given.own["forecast_residents"]
    notes = []
    early = changes.filter(pl.col("date") <= given.period.end).height
    if early:
        notes.append(
            Finding(
                "I82",
                "info",
                f"{early} wijzigingen liggen op of voor {given.period.end} en tellen niet: het dossier weet ze al.",
                "Haal ze weg uit instruments/forecast_residents.csv.",
            )
        )
    bare = changes.filter(pl.col("change") == "changes", pl.col("new_zzp").is_null()).height
    if bare:
        notes.append(
            Finding(
                "I83",
                "warning",
                f"{bare} wijzigingen van profiel noemen geen nieuw profiel; die bewoners vragen in de prognose niets.",
                "Vul new_zzp in instruments/forecast_residents.csv.",
            )
        )
    streams, last = given.streams, given.period.end
    here = resident_days(streams["stays"], streams["absences"], streams["indications"], Period(last, last)).segments
    many = pl.col("residents").fill_null(1)
    ahead = changes.filter(pl.col("date") > last, pl.col("date") <= months[-1].end)
    balance = (
        pl.concat(
            [
                here.select("unit_id", "zzp", people=pl.lit(1, pl.Int64)),
                ahead.filter(pl.col("change") == "comes").select("unit_id", "zzp", people=many),
                ahead.filter(pl.col("change") != "comes").select("unit_id", "zzp", people=-many),
                ahead.filter(pl.col("change") == "changes").select("unit_id", zzp="new_zzp", people=many),
            ]
        )
        .group_by("unit_id", "zzp")
        .agg(pl.col("people").sum())
        .filter(pl.col("people") < 0)
        .sort("unit_id", "zzp")
    )
    return notes + [
        Finding(
            "I84",
            "warning",
            f"Er gaan {-people} bewoners met profiel {zzp} meer weg dan er op deze afdeling wonen.",
            "Controleer afdeling en profiel in instruments/forecast_residents.csv.",
            unit_id=unit_id,
        )
        for unit_id, zzp, people in balance.iter_rows()
    ]
