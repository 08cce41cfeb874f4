"""Roll-ups: sums of budget rows over units and over groups of residents (method section 5)."""

from __future__ import annotations

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import messages

UNIT_BUDGET_COLUMNS = (
    "unit_id", "available_cents", "care_cents", "stay_cents", "required_cents", "balance_cents", "private_cents",
    "outside_cents", "freed_cents", "network_milliminutes", "paid_days", "held_days", "present_days",
)  # fmt: skip
"""Columns of the result table ``unit_budgets``; internally ``network_cost_cents`` follows."""

SUMS = (*UNIT_BUDGET_COLUMNS[1:], "network_cost_cents")

GROUP_BUDGET_COLUMNS = ("group", "key", *SUMS)
"""Columns of the result table ``group_budgets``: group is client_group, zzp or care_function."""


def unit_budgets(budgets: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """The budget rows summed for each unit and every unit above it, sorted by unit_id.

    A unit that no budget row lies under has no row. Raises ``CalculationError`` M02 when units lie above
    themselves.
    """
    parents = units.filter(pl.col("parent_id").is_not_null()).select("unit_id", "parent_id")
    own = budgets.group_by("unit_id").agg(pl.col(SUMS).sum())
    floors = [own]
    level = own
    # One turn a floor of the tree; a chain without a circle has no more floors than there are units.
    for _ in range(units.height + 1):
        level = (
            level.join(parents, on="unit_id")
            .select(pl.col("parent_id").alias("unit_id"), *SUMS)
            .group_by("unit_id")
            .agg(pl.col(SUMS).sum())
        )
        if level.is_empty():
            return pl.concat(floors).group_by("unit_id").agg(pl.col(SUMS).sum()).sort("unit_id")
        floors.append(level)
    listed = ", ".join(level["unit_id"].sort())
    raise CalculationError(messages.UNITS_IN_A_CIRCLE, seen=listed, listed=listed)


def group_budgets(budgets: pl.DataFrame, functions: pl.DataFrame, residents: pl.DataFrame) -> pl.DataFrame:
    """The budget rows summed by client_group, zzp and care_function: GROUP_BUDGET_COLUMNS, sorted by both keys.

    ``budgets`` of core.budget with its column zzp; ``functions`` of lines.LineTotals, sums of lines, so that
    what is no part of a line (available, stay, required, balance, freed, days) is null there; ``residents``
    the stream. A key is null for residents without a client group or an indication. A resident whose zzp
    changes counts, in each unit, with the last (our reading).
    """
    groups = residents.select("resident_id", "client_group")
    with_group = budgets.join(groups, on="resident_id", how="left")

    def summed(rows: pl.DataFrame, column: str) -> pl.DataFrame:
        return rows.group_by(pl.col(column).alias("key")).agg(pl.col(SUMS).sum()).with_columns(group=pl.lit(column))

    absent = [pl.lit(None, pl.Int64).alias(name) for name in SUMS if name not in functions.columns]
    by_function = functions.with_columns(*absent, key="care_function", group=pl.lit("care_function"))
    parts = [summed(with_group, "client_group"), summed(budgets, "zzp"), by_function]
    return pl.concat([part.select(GROUP_BUDGET_COLUMNS) for part in parts]).sort("group", "key")
