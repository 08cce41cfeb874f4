"""Formation (ProForma): required and actual hours and FTE per unit, day part and level (method section 6)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.settings import MethodSettings

FORMATION_COLUMNS = (
    "unit_id", "day_part", "level", "direct_hours_week", "required_hours_week", "required_fte", "actual_hours_week",
    "actual_fte",
)  # fmt: skip
"""Columns of the result table ``formation``."""


@dataclass(frozen=True, slots=True)
class Formation:
    """``rows``: FORMATION_COLUMNS, sorted by unit, day part, level; hours and FTE as Float64 rounded to six decimals.

    ``weekdays``: unit_id, weekday (1-7), day_part, level, required_hours, actual_hours. ``findings``.
    """

    rows: pl.DataFrame
    weekdays: pl.DataFrame
    findings: pl.DataFrame


def formation(
    cells: pl.DataFrame, actual: pl.DataFrame, minimum_cover: pl.DataFrame, settings: MethodSettings, period: Period
) -> Formation:
    """One row for each unit, day part and level that has demand, cover or actual hours.

    ``cells`` of budget.LineTotals; ``actual`` of hours.by_day_part over the same period; ``minimum_cover`` the norm table,
    of which the rows valid on the period's last day count (our reading).
    """
    raise NotImplementedError
