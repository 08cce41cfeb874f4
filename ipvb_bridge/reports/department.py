"""A department's formation against what was worked: per level and day part, and per day of the week."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.reports import charts
from ipvb_bridge.reports.formation import Cell, formation
from ipvb_bridge.reports.numbers import figures
from ipvb_bridge.reports.rendering import environment
from ipvb_bridge.reports.terms import Language, terms

WEEK = range(1, 8)


@dataclass(frozen=True, slots=True)
class Week:
    """Hours on one such day: ``days`` by weekday and day part, their sums, and required hours by day part and level."""

    days: Sequence[tuple[str, Mapping[str, Cell], Cell]]
    detail: Sequence[tuple[str, str, Sequence[float]]]


def render_department(
    period: Period,
    tables: Mapping[str, pl.DataFrame],
    unit_id: str,
    name: str,
    settings: MethodSettings,
    organisation: str,
    *,
    version: str = "",
    language: Language = "nl",
) -> str:
    """The page of one unit's own rows of the result tables ``formation`` and ``formation_weekdays``."""
    words, written = terms(language), figures(language)
    tolerance = settings.reconciliation.hours_tolerance
    own = tables["formation_weekdays"].filter(pl.col("unit_id") == unit_id)
    week = _week(own, tolerance, language) if own.height else None
    chart = None
    if week is not None:
        chart = charts.weekdays(
            [whole.required for _, _, whole in week.days],
            [whole.actual for _, _, whole in week.days],
            [day for day, _, _ in week.days],
            words("department.weekdays"),
        )
    return (
        environment(language)
        .get_template("department.html.j2")
        .render(
            organisation=organisation,
            title=words("department.title", name=name),
            when=written.period_name(period),
            period=written.period_name(period),
            version=version,
            fictional=False,
            settings=settings,
            formation=formation(tables["formation"], [unit_id], tolerance, words),
            week=week,
            chart=chart,
        )
    )


def _week(own: pl.DataFrame, tolerance: Decimal | None, language: Language) -> Week:
    words, allowed = terms(language), float(tolerance or 0)

    def cell(rows: pl.DataFrame) -> Cell:
        required, actual = rows.select(pl.col("required_hours", "actual_hours").sum()).row(0)
        return Cell(required, actual, 0.0, 0.0, allowed)

    days = []
    for at in WEEK:
        rows = own.filter(pl.col("weekday") == at)
        parts = {str(part): cell(group) for (part,), group in rows.group_by("day_part")}
        if rows.height:
            days.append((words.weekdays[at - 1], parts, cell(rows)))
    needed = own.filter(pl.col("required_hours") > 0)
    hours = {(part, level, day): value for part, level, day, value in needed.select(
        "day_part", "level", "weekday", "required_hours"
    ).iter_rows()}  # fmt: skip
    order = list(words.day_parts)
    keys = sorted({(part, level) for part, level, _ in hours}, key=lambda key: (order.index(key[0]), key[1]))
    detail = [
        (words.day_parts[part], words.level(level), [hours.get((part, level, day), 0.0) for day in WEEK])
        for part, level in keys
    ]
    return Week(days, detail)
