"""The whole calculation of a period: prices, lines, budgets, formation and the bridge, from frames to frames."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core import findings as found
from ipvb_bridge.core import hours
from ipvb_bridge.core.bridge import bridge
from ipvb_bridge.core.budget import COMPONENT_COLUMNS, RESIDENT_BUDGET_COLUMNS, resident_budgets
from ipvb_bridge.core.collect import ledger_cost
from ipvb_bridge.core.cost_price import CostPrice, cost_price, cost_window
from ipvb_bridge.core.days import component_days, resident_days
from ipvb_bridge.core.demand import demand
from ipvb_bridge.core.formation import formation, formation_weekdays
from ipvb_bridge.core.lines import LINE_COLUMNS, line_totals, priced
from ipvb_bridge.core.mapping import Mapped
from ipvb_bridge.core.people_join import findings_of
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import NORMS
from ipvb_bridge.core.rollup import UNIT_BUDGET_COLUMNS, group_budgets, unit_budgets
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.core.work_list import work_list


@dataclass(frozen=True, slots=True)
class Results:
    """The result tables of one calculation, by name, each sorted by its key.

    lines, resident_budgets, resident_components, resident_network, unit_budgets, group_budgets, cost_prices,
    cost_breakdown, ledger_totals, bridge, formation, formation_weekdays, findings, completeness, unmapped,
    unused_mappings, work_list.
    """

    tables: dict[str, pl.DataFrame]

    @property
    def findings(self) -> pl.DataFrame:
        """The findings of the calculation itself; reconciliation adds those of its rules."""
        return self.tables["findings"]


def calculate(
    mapped: Mapped,
    norms: Mapping[str, pl.DataFrame],
    settings: MethodSettings,
    period: Period,
    holidays: Collection[dt.date] = frozenset(),
) -> Results:
    """Calculate a period from streams that core.mapping has mapped.

    ``norms``: frames of ``NORMS[name].schema()``, one that is absent counts as empty; ``holidays``: the days that
    count as a Sunday for the irregularity allowance. Reordering rows of any input changes nothing.

    Raises :class:`CalculationError` (M codes) when the answer would be wrong: money without a place, cost that cannot
    be passed on or divided, a level without a price. The error's ``lines`` name the causes.
    """
    streams = mapped.streams
    tables = {name: norms.get(name, pl.DataFrame(schema=table.schema())) for name, table in NORMS.items()}
    stays = (streams["stays"], streams["absences"], streams["indications"])
    window = cost_window(settings, period)
    days = resident_days(*stays, period)
    in_window = days if window == period else resident_days(*stays, window)
    price = cost_price(streams, tables, component_days(in_window.segments, settings), settings, period, holidays)
    asked = demand(streams["care_agreements"], days.segments, period)
    # The lines are a result table anyway: worked out once, then priced and summed.
    lines = asked.lines.collect(engine="streaming").lazy()
    totals = line_totals(lines, asked.homes, price.levels)
    budgets = resident_budgets(
        days.segments, totals.residents, price.components, tables["tariffs"], streams["opt_outs"], settings
    )
    worked = hours.worked(streams["hours"], streams["contracts"], period)
    actual = hours.by_day_part(worked, settings)
    staff = formation(totals.cells, actual, tables["minimum_cover"], settings, period)
    ledger = ledger_cost(streams["ledger_lines"], settings.cost_price, period)
    notes = [price.findings, days.findings, asked.findings, budgets.findings, staff.findings]
    notes.append(findings_of(mapped.people.waiting, period))
    notes += [unused_levels(price, totals.cells, settings), unpriced_hours(price, worked), hours.assumed_units(worked)]
    return Results(
        {
            "lines": priced(lines, price.levels).select(LINE_COLUMNS).collect().sort("agreement_id", "unit_id"),
            "resident_budgets": budgets.rows.select(RESIDENT_BUDGET_COLUMNS),
            "resident_components": budgets.components.collect().sort(COMPONENT_COLUMNS[:3]),
            "resident_network": budgets.rows.select(
                "resident_id", "unit_id", "zzp", "network_milliminutes", "network_cost_cents"
            ),
            "unit_budgets": unit_budgets(budgets.rows, streams["units"]).select(UNIT_BUDGET_COLUMNS),
            "group_budgets": group_budgets(budgets.rows, totals.functions, streams["residents"]),
            "cost_prices": price.table,
            "cost_breakdown": price.breakdown,
            "ledger_totals": price.ledger,
            "bridge": bridge(ledger, budgets.rows, totals.cells, worked, price.levels, settings),
            "formation": staff.rows,
            "formation_weekdays": formation_weekdays(
                asked.by_weekday(), actual, tables["minimum_cover"], settings, period
            ),
            "findings": pl.concat(notes).sort(found.schema().names(), nulls_last=True),
            "completeness": mapped.completeness,
            "unmapped": mapped.unmapped,
            "unused_mappings": mapped.unused,
            "work_list": work_list(mapped, days.segments, period),
        }
    )


def unused_levels(price: CostPrice, cells: pl.DataFrame, settings: MethodSettings) -> pl.DataFrame:
    """A finding (R10) for each level with cost that no staff line and no GINK mix uses (method section 4, 6)."""
    used = {*cells["level"], *(str(level) for level in settings.gink_mix)}
    cost = (
        price.table.filter(pl.col("kind") == "level", ~pl.col("key").is_in(sorted(used)))
        .group_by("key")
        .agg(pl.col("cost_cents").sum())
        .filter(pl.col("cost_cents") != 0)
        .sort("key")
    )
    return found.frame(
        found.Finding(
            "R10",
            "info",
            f"Niveau {level} heeft kosten, maar geen enkele zorgafspraak en ook de GINK-mix gebruikt het niet.",
            "Controleer of dit niveau zorg aan bewoners geeft; zo niet, lever de contracten zonder client_facing aan.",
            subject=level,
            amount_cents=cents,
        )
        for level, cents in cost.iter_rows()
    )


def unpriced_hours(price: CostPrice, worked: pl.DataFrame) -> pl.DataFrame:
    """A finding (R10) for each level with hours in the period and no price: none were worked in the cost window.

    No line uses such a level, else the calculation had stopped; its cost stands in the bridge's price difference.
    """
    rows = (
        worked.filter(pl.col("level").is_not_null(), ~pl.col("level").is_in(price.levels["level"].unique().implode()))
        .group_by("level")
        .agg(pl.col("paid_minutes").sum())
        .sort("level")
    )
    return found.of_rows(
        rows,
        "R10",
        "warning",
        pl.format("Niveau {} heeft gewerkte uren in de periode en geen uurprijs uit het kostenvenster.", "level"),
        "Kies in method.toml een kostenvenster waarin dit niveau heeft gewerkt.",
        subject="level",
        milliminutes="paid_minutes",
    )
