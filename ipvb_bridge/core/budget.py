"""The budget of a resident in a unit: available, required and what stands beside it (method section 5)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core.demand import Demand
from ipvb_bridge.core.settings import MethodSettings

LINE_COLUMNS = (
    "agreement_id", "resident_id", "care_function", "day_part", "level", "performer", "payer", "unit_id",
    "milliminutes", "cost_cents",
)  # fmt: skip
"""Columns of the result table ``lines``."""

RESIDENT_BUDGET_COLUMNS = (
    "resident_id", "unit_id", "held_days", "present_days", "paid_days", "available_cents", "care_cents", "stay_cents",
    "required_cents", "balance_cents", "private_cents", "outside_cents", "freed_cents", "network_milliminutes",
)  # fmt: skip
"""Columns of the result table ``resident_budgets``; internally ``network_cost_cents`` follows."""


@dataclass(frozen=True, slots=True)
class LineTotals:
    """What budgets and formation need of the lines, summed in one pass.

    ``residents``: resident_id, unit_id, care_cents, private_cents, outside_cents, network_milliminutes,
    network_cost_cents. ``cells``: unit_id, day_part, level, milliminutes, cost_cents of all staff lines, whoever pays
    (the bridge sums cost_cents by level). ``functions``: care_function with the same sums as ``residents``.
    """

    residents: pl.DataFrame
    cells: pl.DataFrame
    functions: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Budgets:
    """``rows``: RESIDENT_BUDGET_COLUMNS and network_cost_cents, sorted by resident and unit; ``findings``."""

    rows: pl.DataFrame
    findings: pl.DataFrame


def priced(lines: pl.LazyFrame, levels: pl.DataFrame) -> pl.LazyFrame:
    """Add ``cost_cents`` (staff, whoever pays; else 0) and ``network_cost_cents`` (what network time would cost).

    ``levels``: level, day_part (null: holds for each day part), hourly_price_cents.
    Raises ``CalculationError`` M01 when a staff line's level (and day part) has no price; this looks at the lines.
    """
    raise NotImplementedError


def line_totals(lines: pl.LazyFrame, levels: pl.DataFrame) -> LineTotals:
    """Price the lines and sum them in one pass. Raises as :func:`priced`."""
    raise NotImplementedError


def resident_budgets(
    segments: pl.DataFrame,
    residents: pl.DataFrame,
    components: pl.DataFrame,
    tariffs: pl.DataFrame,
    opt_outs: pl.DataFrame,
    settings: MethodSettings,
) -> Budgets:
    """One row a resident and unit with a day held in the period.

    ``segments`` of core.days; ``residents`` of :class:`LineTotals`; ``components``: component, day_price_cents;
    ``tariffs`` the norm table; ``opt_outs`` the stream.
    """
    raise NotImplementedError
