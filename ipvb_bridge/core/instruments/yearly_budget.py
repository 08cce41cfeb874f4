"""The yearly budget (begroting): who lives where, what their contracts pay, what they cost, and the formation.

``result = revenue - care - private - outside - stay - unabsorbed``, by location and month; every figure is the sum of
its lines, so each table adds up to the cent. Revenue = days x day tariff x contract percentage (method section 5);
care = what residents of a profile ask a day x hourly price of the level; stay = days x day price of the component;
unabsorbed = staff beyond the agreed care (see yearly_budget_cost). Formation is in FTE (method section 6), and its
cost is that of care, private, outside and unabsorbed of the level: FTE times what an FTE costs at that hourly price.

The sources give no formula for a budget: all of this is our reading. Cost moves with the days: what a place that stays
empty costs on is not in it; the table ``yearly_budget_ledger`` shows how much of the ledger that leaves (see
yearly_budget_check). ``private`` is care that residents buy and ``outside`` care without ground; both cost and
bring no revenue here.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.instruments import yearly_budget_cost as cost
from ipvb_bridge.core.instruments import yearly_budget_mix as residents
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.locations import at_location
from ipvb_bridge.core.instruments.yearly_budget_check import CHECK, check
from ipvb_bridge.core.instruments.yearly_budget_prices import composition, factors
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.tariffs import PROFILE

KINDS = ("revenue", "care", "private", "outside", "stay", "unabsorbed")
"""The kinds of lines, in the order of the page; all but the first are cost."""

_UNIT = {"unit_id": (pl.String(), "the location; a unit without one stands for itself")}
_MONTH = {"month": (pl.String(), "calendar month")}

MONTHS = Result(
    "yearly_budget",
    "The budget by location and month; the costs and the revenue make the result",
    ("unit_id", "month"),
    {
        **_UNIT,
        **_MONTH,
        "residents": (pl.Float64(), "residents, on average over the month"),
        "fte": (pl.Float64(), "formation, on the base of [formation]"),
        **{f"{kind}_cents": (pl.Int64(), f"lines of kind {kind}") for kind in KINDS},
        "cost_cents": (pl.Int64(), "all cost"),
        "result_cents": (pl.Int64(), "revenue less cost"),
    },
)
ITEMS = Result(
    "yearly_budget_items",
    "The lines of the budget; revenue and cost are both positive",
    ("unit_id", "month", "kind", "item"),
    {
        **_UNIT,
        **_MONTH,
        "kind": (pl.String(), "revenue, care, private, outside, stay, unabsorbed"),
        "item": (pl.String(), "the care profile, the level, or the component"),
        "cents": (pl.Int64(), "the amount"),
    },
)
MIX = Result(
    "yearly_budget_residents",
    "The residents the budget counts on, by profile, and what their contracts pay",
    ("unit_id", "month", *PROFILE),
    {
        **_UNIT,
        **_MONTH,
        "zzp": (pl.String(), "care profile; null: no indication"),
        "delivery_form": (pl.String(), "delivery form"),
        "with_treatment": (pl.Boolean(), "includes treatment"),
        "with_day_care": (pl.Boolean(), "includes day care"),
        "residents": (pl.Float64(), "residents, on average over the month"),
        "resident_days": (pl.Int64(), "days with a place"),
        "tariff_days": (pl.Int64(), "of those the days that a tariff row pays"),
        "revenue_cents": (pl.Int64(), "tariff days x tariff x contract percentage"),
    },
)
FORMATION = Result(
    "yearly_budget_formation",
    "The formation and what it costs, by location, month and level",
    ("unit_id", "month", "level"),
    {
        **_UNIT,
        **_MONTH,
        "level": (pl.String(), "level of expertise"),
        "hours_week": (pl.Float64(), "hours a week that are paid for client-facing work"),
        "fte": (pl.Float64(), "of those hours, on the base of [formation]"),
        "cents": (pl.Int64(), "care, private, outside and unabsorbed of the level"),
    },
)
RESULTS = (MONTHS, ITEMS, MIX, FORMATION, CHECK)


@dataclass(frozen=True, slots=True)
class Budgeted:
    """A budget: ``tables`` by name, as declared, and ``findings``."""

    year: int
    tables: dict[str, pl.DataFrame]
    findings: pl.DataFrame


def make(given: Given) -> Made:
    """See the module. Raises ``CalculationError`` M03 when a level has demand and no direct share."""
    made = budgeted(given, budget_year(given))
    return Made(made.tables, made.findings)


def budget_year(given: Given) -> int:
    """The year of the setting, else that of the period's last day."""
    return given.settings.instruments.yearly_budget.year or given.period.end.year


def budgeted(given: Given, year: int) -> Budgeted:
    """The budget of a year. Raises ``CalculationError`` M03 when a level has demand and no direct share."""
    units = given.streams["units"]
    prices = factors(composition(given.tables), given.settings.instruments.yearly_budget, year)
    parts = residents.stretches(given, year)
    mix = residents.mix(given, year, parts)
    days = mix.select("unit_id", "zzp", "delivery_form", "month", days="resident_days")
    by_zzp = days.group_by("unit_id", "zzp", "month").agg(pl.col("days").sum())
    care, time, unknown = cost.care(given, by_zzp, prices)
    beyond, formation, unpriced = cost.staff(given, year, time, prices)
    stay = cost.stay(given, days, prices)
    revenue = mix.filter(pl.col("tariff_days") > 0).select(
        "unit_id", "month", kind=pl.lit("revenue"), item="zzp", cents="revenue_cents"
    )
    lines = at_location(pl.concat([revenue, care, beyond, stay], how="diagonal"), units)
    items = lines.group_by("unit_id", "month", "kind", "item").agg(pl.col("cents").sum())
    people = (
        at_location(mix, units)
        .group_by("unit_id", "month", *PROFILE)
        .agg(pl.col("resident_days", "tariff_days", "revenue_cents").sum())
        .join(_calendar(year), on="month")
        .with_columns(residents=(pl.col("resident_days") / pl.col("month_days")).round(6))
    )
    staffed = at_location(formation, units).group_by("unit_id", "month", "level").agg(pl.col("hours_week", "fte").sum())
    tables = {
        "yearly_budget": MONTHS.of(_months(items, people, staffed)),
        "yearly_budget_items": ITEMS.of(items),
        "yearly_budget_residents": MIX.of(people),
        "yearly_budget_formation": FORMATION.of(_staff(items, staffed)),
        "yearly_budget_ledger": CHECK.of(check(given, year, items, prices)),
    }
    notes = [residents.notes(given, year, parts, mix), unknown, unpriced]
    return Budgeted(year, tables, pl.concat(notes).select(findings.schema().names()))


def _calendar(year: int) -> pl.DataFrame:
    every: list[Period] = residents.months(year)
    return pl.DataFrame(
        {"month": [str(each) for each in every], "month_days": [each.days for each in every]},
        schema={"month": pl.String, "month_days": pl.Int64},
    )


def _staff(items: pl.DataFrame, staffed: pl.DataFrame) -> pl.DataFrame:
    """The formation with its cost: the lines of staff, by level."""
    spent = (
        items.filter(pl.col("kind").is_in(["care", "private", "outside", "unabsorbed"]))
        .group_by("unit_id", "month", level="item")
        .agg(pl.col("cents").sum())
    )
    return staffed.join(spent, on=["unit_id", "month", "level"], how="full", coalesce=True).with_columns(
        pl.col("hours_week", "fte").fill_null(0.0).round(6), pl.col("cents").fill_null(0)
    )


def _months(items: pl.DataFrame, people: pl.DataFrame, staffed: pl.DataFrame) -> pl.DataFrame:
    key = ["unit_id", "month"]
    sums = items.group_by(key).agg(
        pl.col("cents").filter(pl.col("kind") == kind).sum().alias(f"{kind}_cents") for kind in KINDS
    )
    spent = pl.sum_horizontal(f"{kind}_cents" for kind in KINDS[1:])
    return (
        sums.join(people.group_by(key).agg(pl.col("residents").sum()), on=key, how="full", coalesce=True)
        .join(staffed.group_by(key).agg(pl.col("fte").sum()), on=key, how="full", coalesce=True)
        .with_columns(
            pl.col("residents", "fte").fill_null(0.0).round(6), pl.col([f"{kind}_cents" for kind in KINDS]).fill_null(0)
        )
        .with_columns(cost_cents=spent)
        .with_columns(result_cents=pl.col("revenue_cents") - pl.col("cost_cents"))
    )


INSTRUMENT = Instrument(
    "yearly_budget",
    "What will the year bring and cost, by location and month, with these residents, tariffs, prices and formation?",
    RESULTS,
    make,
    (residents.CHANGES,),
)
