"""Two calculations in one form: the product's and the slow exact one, so that a test can ask both the same thing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import calculate, mapping
from ipvb_bridge.core.records import MAPPINGS, NORMS, STREAMS, Table
from tests.core.oracle import Organisation, Stopped, compute

HOURS = ("direct_hours_week", "required_hours_week", "required_fte", "actual_hours_week", "actual_fte")


@dataclass
class Tables:
    """Results in one form. ``stopped`` is True, and all else empty, when the calculation stopped.

    ``prices`` by (kind, key, day part), ``costs`` in cents by (kind, key), ``formation`` by (unit, day part, level).
    Left out: rows of noughts only in ``costs``, ``formation`` and ``bridge``, the price of a component without days.
    """

    lines: list[dict[str, Any]]
    resident_budgets: list[dict[str, Any]]
    unit_budgets: list[dict[str, Any]]
    formation: dict[tuple[str, str, str], tuple[float, ...]]
    prices: dict[tuple[str, str, str | None], int]
    costs: dict[tuple[str, str], int]
    bridge: dict[tuple[str, str | None], int] | None
    stopped: bool = False


STOPPED = Tables([], [], [], {}, {}, {}, None, stopped=True)


def by_oracle(org: Organisation) -> Tables:
    """The slow exact calculation. Raises ``Unspecified`` where the method is silent."""
    try:
        outcome = compute(org)
    except Stopped:
        return STOPPED
    prices: dict[tuple[str, str, str | None], int] = {
        ("level", level, day_part): price for (level, day_part), price in outcome.prices.hourly.items()
    }
    prices |= {("component", name, None): price for name, price in outcome.prices.day_price.items()}
    if outcome.prices.gink is not None:
        prices["gink", "", None] = outcome.prices.gink
    costs = {("level", level): cents for level, cents in outcome.prices.level_cost.items()}
    costs |= {("component", name): cents for name, cents in outcome.prices.final_pools.items() if name != "care"}
    bridge: dict[tuple[str, str | None], int] | None = None
    if outcome.bridge is not None:
        flat: dict[tuple[str, str | None], int] = {
            (part, None): cents for part, cents in outcome.bridge.items() if part != "unabsorbed"
        }
        flat |= {("unabsorbed", level): cents for level, cents in outcome.bridge["unabsorbed"].items()}
        bridge = {key: cents for key, cents in flat.items() if cents}
    return Tables(
        outcome.lines,
        outcome.resident_budgets,
        outcome.unit_budgets,
        _formation(outcome.formation),
        prices,
        {key: cents for key, cents in costs.items() if cents},
        bridge,
    )


def _formation(rows: list[dict[str, Any]]) -> dict[tuple[str, str, str], tuple[float, ...]]:
    hours = {(row["unit_id"], row["day_part"], row["level"]): tuple(float(row[name]) for name in HOURS) for row in rows}
    return {key: values for key, values in hours.items() if any(abs(value) > 5e-7 for value in values)}


def frames(tables: Mapping[str, Table], rows: Mapping[str, list[dict[str, Any]]]) -> dict[str, pl.DataFrame]:
    """A frame for each declared table, empty where there are no rows."""
    return {
        name: pl.DataFrame(rows.get(name, []), schema=table.schema(), orient="row") for name, table in tables.items()
    }


def product_tables(org: Organisation) -> dict[str, pl.DataFrame]:
    """The product's result tables. Raises ``CalculationError``."""
    mapped = mapping.apply(frames(STREAMS, org.streams), frames(MAPPINGS, org.mappings))
    return calculate.calculate(mapped, frames(NORMS, org.norms), org.settings, org.period, org.holidays).tables


def by_product(org: Organisation) -> Tables:
    """The product's calculation."""
    try:
        tables = product_tables(org)
    except CalculationError:
        return STOPPED
    prices: dict[tuple[str, str, str | None], int] = {}
    costs: dict[tuple[str, str], int] = {}
    for row in tables["cost_prices"].to_dicts():
        key = "" if row["kind"] == "gink" else row["key"]
        costs[row["kind"], key] = costs.get((row["kind"], key), 0) + (row["cost_cents"] or 0)
        if row["price_cents"] is not None and (row["kind"], row["units"]) != ("component", 0):
            prices[row["kind"], key, row["day_part"]] = row["price_cents"]
    bridge = None
    if org.period.whole_months:
        bridge = {(row["part"], row["level"]): row["cents"] for row in tables["bridge"].to_dicts() if row["cents"]}
    return Tables(
        tables["lines"].to_dicts(),
        tables["resident_budgets"].to_dicts(),
        tables["unit_budgets"].to_dicts(),
        _formation(tables["formation"].to_dicts()),
        prices,
        {key: cents for key, cents in costs.items() if cents},
        bridge,
    )


def assert_equal(ours: Tables, exact: Tables) -> None:
    """Every figure equal: cents, milliminutes and days exactly, hours to a millionth."""
    assert ours.stopped == exact.stopped
    assert ours.lines == exact.lines
    assert ours.resident_budgets == exact.resident_budgets
    assert ours.unit_budgets == exact.unit_budgets
    assert ours.bridge == exact.bridge
    assert ours.prices == exact.prices
    assert ours.costs == exact.costs
    assert ours.formation.keys() == exact.formation.keys()
    for key, values in ours.formation.items():
        for name, value, other in zip(HOURS, values, exact.formation[key], strict=True):
            assert abs(Fraction(value) - Fraction(other)) <= Fraction(1, 1_000_000), (key, name, value, other)
