"""The units that are compared and their measures: from a file, or built from the results of the period.

Amounts are whole ten-thousandths, exact, from file to linear program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import hours
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments import comparison_messages as messages
from ipvb_bridge.core.instruments.comparison_settings import Comparison
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.instruments.units_above import above
from ipvb_bridge.core.records import Column, Table, Type
from ipvb_bridge.core.rounding import half_even

SCALE = 10_000
FILE = Table(
    "comparison_units",
    "Units of the comparison and their measures, a row for each unit and measure",
    ("unit", "measure"),
    (
        Column("unit", Type.TEXT, "the unit: an organisation, a location, a department"),
        Column("name", Type.TEXT, "what the unit is called; on one of its rows is enough", nullable=True),
        Column("measure", Type.TEXT, "what is measured, by a name of your own"),
        Column("amount", Type.DECIMAL, "how much; empty: not known", nullable=True),
    ),
    optional=frozenset({"name"}),
)
_LONG = pl.Schema({"unit": pl.String, "measure": pl.String, "amount": pl.Int64})
_MILLIMINUTES = 60_000


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that is compared. ``amounts`` holds each measure of the settings that is known, in ten-thousandths."""

    unit: str
    name: str
    amounts: Mapping[str, int]

    def vector(self, measures: tuple[str, ...]) -> tuple[int, ...]:
        """The amounts of measures that are known."""
        return tuple(self.amounts[each] for each in measures)


def gather(given: Given, settings: Comparison) -> tuple[list[Unit], list[Finding]]:
    """The units that can be compared, sorted, and a finding for each that cannot be.

    Raises :class:`CalculationError` M111 when the settings name a measure that no unit has.
    """
    rows = given.own.get(FILE.name, pl.DataFrame(schema=FILE.schema()))
    kind = settings.units or ("file" if rows.height else "departments")
    filed = rows.select(_LONG.names())
    names = dict(
        rows.filter(pl.col("name").is_not_null()).group_by("unit").agg(pl.col("name").min()).sort("unit").iter_rows()
    )
    notes: list[Finding] = []
    if kind == "file":
        long = filed
    else:
        own = given.streams["units"].filter(pl.col("kind") == kind.removesuffix("s"))
        names = dict(own.select("unit_id", pl.coalesce("name", "unit_id")).sort("unit_id").iter_rows())
        strange = filed.filter(~pl.col("unit").is_in(list(names)))["unit"].unique().sort().to_list()
        if strange:
            notes.append(_strange(strange))
        # What the file says of a unit goes before what the results say.
        built = _built(given, list(names))
        long = pl.concat([filed.filter(pl.col("unit").is_in(list(names))), built]).unique(
            ["unit", "measure"], keep="first", maintain_order=True
        )
    known = set(long["measure"].unique())
    if long.height and (unknown := [each for each in settings.measures if each not in known]):
        listed, shown = ", ".join(unknown), ", ".join(sorted(known))
        raise CalculationError(
            messages.UNKNOWN_MEASURE, where="method.toml", seen=listed, listed=listed, known=shown, lines=unknown
        )
    amounts: dict[str, dict[str, int]] = {each: {} for each in sorted(set(long["unit"]))}
    wanted = long.filter(pl.col("measure").is_in(settings.measures), pl.col("amount").is_not_null())
    for unit, measure, amount in wanted.iter_rows():
        amounts[unit][measure] = amount
    units = [Unit(unit, names.get(unit, unit), own_amounts) for unit, own_amounts in amounts.items()]
    kept = []
    for unit_ in units:
        if found := _unfit(unit_, settings):
            notes.append(found)
        else:
            kept.append(unit_)
    return kept, notes


def _unfit(unit: Unit, settings: Comparison) -> Finding | None:
    """Why a unit cannot be compared, None when it can."""
    needed = [*settings.inputs, *settings.outputs, *settings.environment]
    missing = [each for each in needed if each not in unit.amounts]
    if missing:
        return Finding(
            "I10",
            "warning",
            f"Van {unit.unit} ontbreekt: {', '.join(missing)}; deze eenheid is niet vergeleken.",
            "Vul instruments/comparison_units.csv aan en maak de pagina opnieuw.",
            subject=unit.unit,
        )
    below = [each for each in (*settings.inputs, *settings.outputs) if unit.amounts[each] < 0]
    if below:
        return Finding(
            "I11",
            "warning",
            f"Van {unit.unit} is een maat lager dan nul ({', '.join(below)}); deze eenheid is niet vergeleken.",
            "Verbeter het getal bij de bron of in instruments/comparison_units.csv.",
            subject=unit.unit,
        )
    empty = [each for each in (settings.inputs, settings.outputs) if not any(unit.vector(each))]
    if empty:
        return Finding(
            "I11",
            "warning",
            f"Van {unit.unit} is alles nul bij: {'; '.join(', '.join(each) for each in empty)}. Wie niets inzet"
            " of niets levert, kan niet worden vergeleken.",
            "Kijk of deze eenheid in de vergelijking hoort, en verbeter anders de getallen.",
            subject=unit.unit,
        )
    return None


def _strange(units: list[str]) -> Finding:
    shown = ", ".join(units[:5]) + (f" en {len(units) - 5} meer" if len(units) > 5 else "")
    return Finding(
        "I10",
        "warning",
        f"instruments/comparison_units.csv noemt eenheden die hier niet worden vergeleken: {shown}.",
        'Verbeter de naam van de eenheid, of zet units = "file" onder [instruments.comparison] in method.toml.',
    )


def _built(given: Given, units: list[str]) -> pl.DataFrame:
    """The measures of own units from the results: a row for each unit and measure, zero where there is nothing.

    Of unit_budgets: available, care, stay, required, private, outside, freed (euros), network_hours, paid_days,
    held_days, present_days. Of formation: required_hours, actual_hours (a week), required_fte, actual_fte, and
    actual_hours_LEVEL. Of lines by staff: care_hours, and FUNCTION_hours. Of budgets with their profile: days_ZZP.
    staff_cost: worked hours in the period times direct share times the hourly price of the level, as on the bridge.
    """
    tables = given.tables
    parts = [_budgets(tables["unit_budgets"])]
    over = above(given.streams["units"]).select("unit_id", unit="above")
    parts += [
        rows.join(over, on="unit_id")
        .group_by("unit", "measure")
        .agg(pl.col("amount").sum())
        .select("unit", "measure", "amount")
        for rows in (
            _formation(given.tables["formation"]),
            _staff_cost(given),
            _care(tables["lines"]),
            _profiles(tables),
        )
    ]
    long = pl.concat(parts).filter(pl.col("unit").is_in(units))
    every = pl.DataFrame({"unit": units}, schema={"unit": pl.String}).join(long.select("measure").unique(), how="cross")
    return (
        every.join(long, on=["unit", "measure"], how="left")
        .select("unit", "measure", pl.col("amount").fill_null(0))
        .cast(_LONG)
        .sort("unit", "measure")
    )


def _hours(column: str) -> pl.Expr:
    return half_even(pl.col(column) * SCALE, _MILLIMINUTES)


def _budgets(unit_budgets: pl.DataFrame) -> pl.DataFrame:
    euros = ("available", "care", "stay", "required", "private", "outside", "freed")
    wide = unit_budgets.select(
        pl.col("unit_id").alias("unit"),
        *((pl.col(f"{each}_cents") * (SCALE // 100)).alias(each) for each in euros),
        *((pl.col(each) * SCALE).alias(each) for each in ("paid_days", "held_days", "present_days")),
        _hours("network_milliminutes").alias("network_hours"),
    )
    return wide.unpivot(index="unit", variable_name="measure", value_name="amount").cast(_LONG)


def _exact(column: str) -> pl.Expr:
    """A Float64 of six decimals as whole millionths."""
    return (pl.col(column) * 10**6).round().cast(pl.Int64)


def _formation(formation: pl.DataFrame) -> pl.DataFrame:
    rows = formation.with_columns(
        _exact(each).alias(each) for each in ("required_hours_week", "actual_hours_week", "required_fte", "actual_fte")
    )
    sums = {
        "required_hours": "required_hours_week",
        "actual_hours": "actual_hours_week",
        "required_fte": "required_fte",
        "actual_fte": "actual_fte",
    }
    whole = rows.group_by("unit_id").agg(half_even(pl.col(of).sum(), 100).alias(name) for name, of in sums.items())
    long = whole.unpivot(index="unit_id", variable_name="measure", value_name="amount")
    by_level = (
        rows.filter(pl.col("level").is_not_null())
        .group_by("unit_id", "level")
        .agg(amount=half_even(pl.col("actual_hours_week").sum(), 100))
        .select("unit_id", pl.format("actual_hours_{}", "level").alias("measure"), "amount")
    )
    return pl.concat([long, by_level])


def _staff_cost(given: Given) -> pl.DataFrame:
    """What the worked hours of a unit cost at the price of their level, in ten-thousandths of a euro: as on the bridge.

    Exact until the end: the hours of a shift over two day parts are fractions of a minute.
    """
    settings = given.settings
    prices = given.tables["cost_prices"].filter(pl.col("kind") == "level")
    price = {(level, part): cents for level, part, cents in prices.select("key", "day_part", "price_cents").iter_rows()}
    shares = {str(level): Fraction(share) for level, share in settings.direct_share.items()}
    worked = hours.worked(given.streams["hours"], given.streams["contracts"], given.period)
    cells = (
        hours.by_day_part(worked, settings, "by_overlap")
        .group_by("unit_id", "level", "day_part", "denominator")
        .agg(pl.col("numerator").sum())
        .sort("unit_id", "level", "day_part", "denominator", nulls_last=True)
    )
    sums: dict[str, Fraction] = {}
    rows = cells.select("unit_id", "level", "day_part", "numerator", "denominator").iter_rows()
    for unit, level, part, numerator, denominator in rows:
        cents = price.get((level, None), price.get((level, part), 0))
        if unit is not None and cents:
            sums[unit] = sums.get(unit, Fraction(0)) + Fraction(numerator * cents, denominator) * shares[level]
    made = [(unit, "staff_cost", round(value / _MILLIMINUTES * (SCALE // 100))) for unit, value in sums.items()]
    return pl.DataFrame(made, schema={"unit_id": pl.String, "measure": pl.String, "amount": pl.Int64}, orient="row")


def _care(lines: pl.DataFrame) -> pl.DataFrame:
    staff = lines.lazy().filter(pl.col("performer") == "staff")
    whole = staff.group_by("unit_id").agg(pl.col("milliminutes").sum()).with_columns(measure=pl.lit("care_hours"))
    by_function = (
        staff.group_by("unit_id", "care_function")
        .agg(pl.col("milliminutes").sum())
        .select("unit_id", "milliminutes", pl.format("{}_hours", pl.col("care_function")).alias("measure"))
    )
    return (
        pl.concat([whole, by_function])
        .filter(pl.col("measure").is_not_null())
        .select("unit_id", "measure", _hours("milliminutes").alias("amount"))
        .collect()
    )


def _profiles(tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    return (
        tables["resident_budgets"]
        .lazy()
        .select("resident_id", "unit_id", "held_days")
        .join(tables["resident_network"].lazy().select("resident_id", "unit_id", "zzp"), on=["resident_id", "unit_id"])
        .filter(pl.col("zzp").is_not_null())
        .group_by("unit_id", "zzp")
        .agg(amount=pl.col("held_days").sum().cast(pl.Int64) * SCALE)
        .select("unit_id", pl.format("days_{}", pl.col("zzp")).alias("measure"), "amount")
        .collect()
    )
