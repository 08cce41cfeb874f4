"""Roll-ups: sums of budget rows over units and over groups of residents (method section 5)."""

from __future__ import annotations

import polars as pl

UNIT_BUDGET_COLUMNS = (
    "unit_id", "available_cents", "care_cents", "stay_cents", "required_cents", "balance_cents", "private_cents",
    "outside_cents", "freed_cents", "network_milliminutes", "paid_days", "held_days", "present_days",
)  # fmt: skip
"""Columns of the result table ``unit_budgets``; internally ``network_cost_cents`` follows."""


def unit_budgets(budgets: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """The budget rows summed for each unit and every unit above it, sorted by unit_id.

    A unit without budget rows below it has no row. Raises ``CalculationError`` M02 when units are their own ancestors.
    """
    raise NotImplementedError


def group_budgets(
    budgets: pl.DataFrame, functions: pl.DataFrame, residents: pl.DataFrame, zzp: pl.DataFrame
) -> pl.DataFrame:
    """The budget rows summed by client_group, zzp and care_function: columns group, key, then UNIT_BUDGET_COLUMNS[1:].

    ``functions`` of LineTotals; ``residents`` the stream; ``zzp`` of :func:`main_zzp`.
    """
    raise NotImplementedError
