"""Budgets, roll-ups, bridge and formation, and the calculation as a whole (method sections 5 and 6)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tests.core.oracle.demand import demand_lines
from tests.core.oracle.numbers import rounded
from tests.core.oracle.price import MILLIMINUTES_AN_HOUR, SCALED, CostPrice, cost_price
from tests.core.oracle.reading import Organisation, Row, Rows, cost_lines, every_day, holds
from tests.core.oracle.resident_days import ResidentDays
from tests.core.oracle.shifts import by_day_part, shifts

NETWORK = ("network", "volunteer", "self")
SUMS = (
    "available_cents", "care_cents", "stay_cents", "required_cents", "balance_cents", "private_cents",
    "outside_cents", "freed_cents", "network_milliminutes", "paid_days", "held_days", "present_days",
)  # fmt: skip


@dataclass
class Outcome:
    """The result tables as rows; formation with exact fractions; ``bridge`` is None for an odd span."""

    lines: Rows
    resident_budgets: Rows
    unit_budgets: Rows
    formation: Rows
    prices: CostPrice
    bridge: dict[str, Any] | None


def _priced(lines: Rows, prices: CostPrice) -> Rows:
    """Only a line of staff uses its level's price, so only such a line can lack one."""
    result = []
    for line in lines:
        cost = 0
        if line["performer"] == "staff":
            price = prices.price(line["level"], line["day_part"])
            cost = rounded(Fraction(line["milliminutes"] * price, MILLIMINUTES_AN_HOUR))
        result.append({**line, "cost_cents": cost})
    return result


def _budget(org: Organisation, days: ResidentDays, prices: CostPrice, lines: Rows, resident: str, unit: str) -> Row:
    held = [day for day in every_day(org.period) if days.unit(resident, day) == unit]
    own = [line for line in lines if line["resident_id"] == resident and line["unit_id"] == unit]

    def staff(payer: str) -> int:
        return sum(line["cost_cents"] for line in own if line["performer"] == "staff" and line["payer"] == payer)

    charged = {
        component: [day for day in held if days.charged(resident, day, component)]
        for component in org.settings.cost_price.components
    }
    stay = sum(prices.day_price[component] * len(on) for component, on in charged.items() if on)
    freed = sum(
        prices.day_price[component] * sum(days.opted_out(resident, day, component) for day in on)
        for component, on in charged.items() if on
    )  # fmt: skip
    per_tariff: dict[int, int] = defaultdict(int)
    for day in held:
        tariff = days.tariff(resident, day)
        if tariff is not None and days.paid(resident, day):
            per_tariff[tariff] += 1
    percentage = Fraction(org.settings.budget.contract_percentage)
    available = sum(
        rounded(count * org.norms["tariffs"][tariff]["day_tariff"] * percentage) for tariff, count in per_tariff.items()
    )
    required = staff("wlz") + stay
    return {
        "resident_id": resident,
        "unit_id": unit,
        "held_days": len(held),
        "present_days": sum(not days.absent(resident, day) for day in held),
        "paid_days": sum(per_tariff.values()),
        "available_cents": available,
        "care_cents": staff("wlz"),
        "stay_cents": stay,
        "required_cents": required,
        "balance_cents": available - required,
        "private_cents": staff("resident"),
        "outside_cents": staff("none"),
        "freed_cents": freed,
        "network_milliminutes": sum(line["milliminutes"] for line in own if line["performer"] in NETWORK),
    }


def _resident_budgets(org: Organisation, days: ResidentDays, prices: CostPrice, lines: Rows) -> Rows:
    keys = {
        (resident, unit)
        for resident in days.residents
        for day in every_day(org.period)
        if (unit := days.unit(resident, day)) is not None
    }
    return [_budget(org, days, prices, lines, *key) for key in sorted(keys)]


def _unit_budgets(org: Organisation, budgets: Rows) -> Rows:
    """Sums over a unit and all below it, for every unit that has a row beneath it."""
    parent = {row["unit_id"]: row["parent_id"] for row in org.rows("units")}
    sums: dict[str, Row] = {}
    for row in budgets:
        unit = row["unit_id"]
        while unit is not None:
            own = sums.setdefault(unit, {"unit_id": unit, **dict.fromkeys(SUMS, 0)})
            for name in SUMS:
                own[name] += row[name]
            unit = parent.get(unit)
    return [sums[unit] for unit in sorted(sums)]


def _bridge(org: Organisation, prices: CostPrice, lines: Rows, budgets: Rows) -> dict[str, Any] | None:
    if not org.period.whole_months:
        return None
    ledger = sum(row["amount"] for row in cost_lines(org, org.period))
    worked = shifts(org, org.period)
    staffed: dict[str, Fraction] = defaultdict(Fraction)
    for shift in worked:
        if shift.level not in prices.uniform:
            continue  # no price, so nothing to value these hours at: they are in the price difference
        share = org.direct_share[shift.level]
        for name, value in by_day_part(shift, org.settings).items():
            staffed[shift.level] += value / MILLIMINUTES_AN_HOUR * share * prices.price(shift.level, name)
    agreed: dict[str, int] = defaultdict(int)
    for line in lines:
        if line["performer"] == "staff":
            agreed[line["level"]] += line["cost_cents"]
    unabsorbed = {
        level: rounded(staffed.get(level, Fraction(0))) - agreed.get(level, 0) for level in sorted({*staffed, *agreed})
    }
    parts = {
        name: sum(row[f"{name}_cents"] for row in budgets) for name in ("care", "private", "outside", "stay")
    }  # fmt: skip
    return {
        "ledger_cost": ledger,
        **parts,
        "unabsorbed": unabsorbed,
        "price_difference": ledger - sum(parts.values()) - sum(unabsorbed.values()),
    }


def _formation(org: Organisation, lines: Rows) -> Rows:
    settings = org.settings
    direct: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    actual: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    cover: dict[tuple[str, str, str], Fraction] = defaultdict(Fraction)
    to_week = Fraction(7, MILLIMINUTES_AN_HOUR * org.period.days)
    for line in lines:
        if line["performer"] == "staff":
            direct[line["unit_id"], line["day_part"], line["level"]] += line["milliminutes"] * to_week
    by_start = settings.formation.attribution == "by_start"
    for shift in shifts(org, org.period):
        for name, value in by_day_part(shift, settings, by_start=by_start).items():
            actual[shift.unit_id, name, shift.level] += value * to_week
    for row in org.norms.get("minimum_cover", []):
        if holds(row, org.period.end):
            hours = Fraction(settings.day_parts[row["day_part"]].minutes, 60)
            cover[row["unit_id"], row["day_part"], row["level"]] = Fraction(row["persons"], SCALED) * hours * 7
    factor = Fraction(settings.formation.gross_year) / 36 / Fraction(settings.formation.net_year)
    rows = []
    for key in sorted({*direct, *actual, *cover}):
        required = cover.get(key, Fraction(0))
        if direct.get(key):
            required = max(required, direct[key] / org.direct_share[key[2]])
        rows.append(
            {
                **dict(zip(("unit_id", "day_part", "level"), key, strict=True)),
                "direct_hours_week": direct.get(key, Fraction(0)),
                "required_hours_week": required,
                "required_fte": required * factor,
                "actual_hours_week": actual.get(key, Fraction(0)),
                "actual_fte": actual.get(key, Fraction(0)) * factor,
            }
        )
    return rows


def compute(org: Organisation) -> Outcome:
    """The whole method. Raises ``Stopped`` where the method says so."""
    days = ResidentDays(org)
    prices = cost_price(org, days)
    lines = _priced(demand_lines(org, days), prices)
    budgets = _resident_budgets(org, days, prices, lines)
    return Outcome(
        lines,
        budgets,
        _unit_budgets(org, budgets),
        _formation(org, lines),
        prices,
        _bridge(org, prices, lines, budgets),
    )
