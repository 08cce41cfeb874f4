"""ProForma whole: required and actual formation side by side, in persons, for the roster, and ahead.

Source: method section 6 for required and actual hours and FTE. A second FTE stands beside that of ``[formation]``: on
the base of KiK-V, 47 weeks of 36 hours (1,692 hours a year), unless ``other_net_year`` says otherwise; the page names
both. Hired staff are contracts of employment ``hired`` (KiK-V: PNIL), all others own.

Our reading: a contract of 28 hours a week is 28/36 of an FTE, so persons = FTE x 36 / 28; carers on a day part =
required hours of such a day divided by the clock hours of the day part.
"""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from ipvb_bridge.core import findings, hours
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.formation import KEY, formation
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.proforma_ahead import CHANGES, FORECAST, forecast
from ipvb_bridge.core.settings import MethodSettings

_UNIT = {"unit_id": (pl.String(), "the unit")}
_LEVEL = {"level": (pl.String(), "level of expertise")}
_CELL = {**_UNIT, "day_part": (pl.String(), "day part"), **_LEVEL}

FORMATION = Result(
    "proforma",
    "Required and actual hours a week and FTE, by unit, day part and level",
    KEY,
    {
        **_CELL,
        "direct_hours_week": (pl.Float64(), "agreed hours a week by staff, whoever pays"),
        "required_hours_week": (pl.Float64(), "with indirect time, or the minimum cover where that is more"),
        "by_cover": (pl.Boolean(), "true: the minimum cover sets what is required"),
        "required_fte": (pl.Float64(), "on the base of [formation]"),
        "required_other_fte": (pl.Float64(), "on the second base"),
        "own_hours_week": (pl.Float64(), "worked by own staff, in the day part"),
        "hired_hours_week": (pl.Float64(), "worked by hired staff, in the day part"),
        "actual_hours_week": (pl.Float64(), "worked by both, in the day part (by overlap)"),
        "started_hours_week": (pl.Float64(), "worked by both, by the day part in which the shift starts"),
        "actual_fte": (pl.Float64(), "of actual hours, on the base of [formation]"),
        "gap_hours_week": (pl.Float64(), "actual less required"),
        "gap_fte": (pl.Float64(), "actual less required"),
    },
)
PERSONS = Result(
    "proforma_persons",
    "Required formation as persons with one size of contract",
    ("unit_id", "level", "contract_hours"),
    {
        **_UNIT,
        **_LEVEL,
        "contract_hours": (pl.Float64(), "hours a week of the contract"),
        "required_fte": (pl.Float64(), "over all day parts"),
        "persons": (pl.Float64(), "persons with such a contract"),
        "persons_whole": (pl.Int64(), "rounded up to whole persons"),
    },
)
ROSTER = Result(
    "proforma_roster",
    "What the roster needs on one such day, by unit, weekday, day part and level",
    ("unit_id", "weekday", "day_part", "level"),
    {
        **_UNIT,
        "weekday": (pl.Int64(), "ISO 1-7"),
        "day_part": (pl.String(), "day part"),
        **_LEVEL,
        "required_hours": (pl.Float64(), "hours on one such day"),
        "carers": (pl.Float64(), "required hours divided by the clock hours of the day part"),
        "actual_hours": (pl.Float64(), "worked on one such day"),
    },
)


def make(given: Given) -> Made:
    """See the module. Raises ``CalculationError`` M03 when a level has demand and no direct share."""
    settings = given.settings
    now = _formation(given)
    months, notes = forecast(given, now)
    roster = given.tables["formation_weekdays"].with_columns(
        pl.col("weekday").cast(pl.Int64),
        carers=(pl.col("required_hours") / _nominal_hours(settings)).round(6),
    )
    tables = {
        "proforma": now,
        "proforma_persons": _persons(now, settings),
        "proforma_roster": ROSTER.of(roster),
        "proforma_forecast": FORECAST.of(months),
    }
    return Made(tables, findings.frame([*notes, *_notes(now)]))


def _formation(given: Given) -> pl.DataFrame:
    settings, period, streams = given.settings, given.period, given.streams
    worked = hours.worked(streams["hours"], streams["contracts"], period)
    overlap = hours.by_day_part(worked, settings, "by_overlap")
    started = hours.by_day_part(worked, settings, "by_start")
    cells = cells_of(given.tables["lines"])
    cover = given.norms["minimum_cover"]
    other = _with_net_year(settings, settings.instruments.proforma.other_net_year)
    hired = pl.col("employment") == "hired"

    def actual(rows: pl.DataFrame, name: str) -> pl.DataFrame:
        made = formation(cells, rows, cover, settings, period).rows
        return made.select(*KEY, pl.col("actual_hours_week").alias(name))

    base = formation(cells, overlap, cover, settings, period).rows
    only_cover = formation(cells.clear(), overlap.clear(), cover, settings, period).rows
    made = base.join(
        formation(cells, overlap.clear(), cover, other, period).rows.select(*KEY, required_other_fte="required_fte"),
        on=KEY,
        how="left",
    ).join(only_cover.select(*KEY, cover="required_hours_week"), on=KEY, how="left")
    for rows, name in (
        (overlap.filter(~hired), "own_hours_week"),
        (overlap.filter(hired), "hired_hours_week"),
        (started, "started_hours_week"),
    ):
        made = made.join(actual(rows, name), on=KEY, how="full", coalesce=True)
    figures = [
        name for name, (kind, _) in FORMATION.columns.items() if kind == pl.Float64 and not name.startswith("gap")
    ]
    return FORMATION.of(
        made.with_columns(pl.col(figures).fill_null(0.0)).with_columns(
            by_cover=(pl.col("cover") > 0).fill_null(False) & (pl.col("cover") >= pl.col("required_hours_week")),
            gap_hours_week=(pl.col("actual_hours_week") - pl.col("required_hours_week")).round(6),
            gap_fte=(pl.col("actual_fte") - pl.col("required_fte")).round(6),
        )
    )


def cells_of(lines: pl.DataFrame) -> pl.DataFrame:
    """Agreed time by staff: unit_id, day_part, level, milliminutes."""
    staff = lines.lazy().filter(pl.col("performer") == "staff")
    return staff.group_by(KEY).agg(pl.col("milliminutes").sum()).collect(engine="streaming")


def _with_net_year(settings: MethodSettings, net_year: Decimal) -> MethodSettings:
    return settings.model_copy(update={"formation": settings.formation.model_copy(update={"net_year": net_year})})


def _nominal_hours(settings: MethodSettings) -> pl.Expr:
    clock = {str(name): each.minutes / 60 for name, each in settings.day_parts.items()}
    return pl.col("day_part").replace_strict(clock, return_dtype=pl.Float64)


def _persons(now: pl.DataFrame, settings: MethodSettings) -> pl.DataFrame:
    sizes = pl.DataFrame(
        {"contract_hours": [float(size) for size in settings.instruments.proforma.contract_hours]},
        schema={"contract_hours": pl.Float64},
    )
    persons = (pl.col("required_fte") * 36 / pl.col("contract_hours")).round(6)
    return PERSONS.of(
        now.group_by("unit_id", "level")
        .agg(pl.col("required_fte").sum().round(6))
        .filter(pl.col("required_fte") > 0)
        .join(sizes, how="cross")
        .with_columns(persons=persons)
        .with_columns(persons_whole=pl.col("persons").ceil().cast(pl.Int64))
    )


def _notes(now: pl.DataFrame) -> list[Finding]:
    empty = (
        now.group_by("unit_id")
        .agg(pl.col("required_hours_week", "actual_hours_week").sum())
        .filter(pl.col("required_hours_week") > 0, pl.col("actual_hours_week") == 0)
        .sort("unit_id")
    )
    return [
        Finding(
            "I80",
            "warning",
            "Deze afdeling heeft zorg te geven en geen enkel gewerkt uur.",
            "Controleer of de uren van deze afdeling worden aangeleverd, en op welke afdeling zij staan.",
            unit_id=unit_id,
        )
        for unit_id in empty["unit_id"]
    ]


INSTRUMENT = Instrument(
    "proforma",
    "Which formation is required, which is there, in persons, for the roster, and in the coming months?",
    (FORMATION, PERSONS, ROSTER, FORECAST),
    make,
    (CHANGES,),
)
