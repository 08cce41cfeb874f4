"""The formation on the page: required against actual, per unit a table of levels by day parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ipvb_bridge.reports.budgets import Unit
from ipvb_bridge.reports.terms import Terms

_FIGURES = ("direct_hours_week", "required_hours_week", "required_fte", "actual_hours_week", "actual_fte")


@dataclass(frozen=True, slots=True)
class Cell:
    """Hours a week and FTE that are needed and that were worked."""

    required: float
    actual: float
    required_fte: float
    actual_fte: float
    tolerance: float

    @property
    def gap(self) -> float:
        """Actual minus required hours a week."""
        return self.actual - self.required

    @property
    def gap_fte(self) -> float:
        """Actual minus required FTE."""
        return self.actual_fte - self.required_fte

    @property
    def state(self) -> str:
        """``short``, ``over`` or ``even``: within the tolerance of the settings, or equal at two decimals."""
        if abs(self.gap) < 0.005 or abs(self.gap) <= self.tolerance * max(self.required, self.actual):
            return "even"
        return "short" if self.gap < 0 else "over"


@dataclass(frozen=True, slots=True)
class Formation:
    """One unit, or all: a row for each level with its cells by day part and its sum; the sum of the day parts; all."""

    levels: Sequence[tuple[str, Mapping[str, Cell], Cell]]
    day_parts: Mapping[str, Cell]
    total: Cell


def formation(
    frame: pl.DataFrame, unit_ids: Sequence[str] | None, tolerance: Decimal | None, terms: Terms
) -> Formation | None:
    """The formation of some units together, or of all. ``None`` when there is nothing in them."""
    chosen = frame if unit_ids is None else frame.filter(pl.col("unit_id").is_in(list(unit_ids)))
    if chosen.is_empty():
        return None
    sums = [pl.col(name).sum() for name in _FIGURES]
    allowed = float(tolerance or 0)

    def cell(row: Mapping[str, float]) -> Cell:
        return Cell(
            row["required_hours_week"], row["actual_hours_week"], row["required_fte"], row["actual_fte"], allowed
        )

    def cells(*keys: str) -> dict[tuple[str | None, ...], Cell]:
        grouped = chosen.group_by(*keys).agg(sums).sort(*keys, nulls_last=True)
        return {tuple(row[key] for key in keys): cell(row) for row in grouped.iter_rows(named=True)}

    single = cells("level", "day_part")
    levels = [
        (terms.level(level), {part or "": single[level, part] for key, part in single if key == level}, whole)
        for (level,), whole in cells("level").items()
    ]
    return Formation(
        levels,
        {part or "": whole for (part,), whole in cells("day_part").items()},
        cell(chosen.select(sums).row(0, named=True)),
    )


def by_unit(
    frame: pl.DataFrame, roots: Sequence[Unit], tolerance: Decimal | None, terms: Terms
) -> dict[str, Formation]:
    """The formation of each unit of the tree, with the units under it."""
    found: dict[str, Formation] = {}
    for root in roots:
        for unit in root.walk():
            made = formation(frame, [below.unit_id for below in unit.walk()], tolerance, terms)
            if made is not None:
                found[unit.unit_id] = made
    return found
