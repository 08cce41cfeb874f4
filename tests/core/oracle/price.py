"""The integral cost price (method section 4, steps 1 and 4 to 7, and GINK)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from tests.core.oracle.allocation import allocated
from tests.core.oracle.numbers import Stopped, Unspecified, divided, rounded
from tests.core.oracle.reading import Organisation, Rows, cost_lines, every_day, holds, mapped_contracts
from tests.core.oracle.resident_days import ResidentDays
from tests.core.oracle.shifts import Shift, by_day_part, day_part_at, pieces, shifts

MILLIMINUTES_AN_HOUR = 60_000
SCALED = 10_000
PAYROLL_COST = ("gross", "irregularity", "employer_charges")

Weights = dict[str, Fraction]


@dataclass
class CostPrice:
    """Prices in cents; ``hourly`` by level and day part (None: any)."""

    collected: int
    final_pools: dict[str, int]
    level_cost: dict[str, int]
    client_hours: Weights
    hourly: dict[tuple[str, str | None], int]
    uniform: dict[str, int]
    component_days: dict[str, int]
    day_price: dict[str, int]
    gink: int | None

    def price(self, level: str, day_part: str) -> int:
        """Of an hour at a level in a day part. Raises ``Stopped`` for a level without client hours."""
        for key in ((level, day_part), (level, None)):
            if key in self.hourly:
                return self.hourly[key]
        raise Stopped(f"level {level} is used and has no client hours")


def hours_per_level(worked: Iterable[Shift]) -> Weights:
    result: Weights = defaultdict(Fraction)
    for shift in worked:
        result[shift.level] += shift.milliminutes
    return dict(result)


def _payroll(org: Organisation, components: tuple[str, ...]) -> Weights:
    """Payroll cost in cents per level of client-facing contracts that are not hired."""
    contracts = {row["contract_id"]: row for row in mapped_contracts(org)}
    months = org.window.months()
    result: Weights = defaultdict(Fraction)
    for row in org.rows("wages"):
        contract = contracts.get(row["contract_id"])
        if contract is None or not contract["client_facing"] or contract["employment"] == "hired":
            continue
        if row["component"] in components and row["relates_to"] in months:
            result[contract["level"]] += row["amount"]
    return dict(result)


def _client_hours(worked: Iterable[Shift], org: Organisation) -> Weights:
    return {
        level: value / MILLIMINUTES_AN_HOUR * org.direct_share[level]
        for level, value in hours_per_level(worked).items()
    }


def day_kind(day: dt.date, holidays: frozenset[dt.date]) -> str:
    if day.isoweekday() == 7 or day in holidays:
        return "sunday_holiday"
    return "saturday" if day.isoweekday() == 6 else "weekday"


def _clock(text: str) -> int:
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def _percentage(org: Organisation, day: dt.date, minute: int) -> int:
    """ORT percentage (ten-thousandths of a per cent) of a minute of the clock on a day; none stated is nought."""
    kind = day_kind(day, org.holidays)
    return sum(
        row["percentage"] for row in org.norms.get("ort", [])
        if row["day_kind"] == kind and holds(row, day) and _clock(row["from"]) <= minute < _clock(row["to"])
    )  # fmt: skip


def _irregular_weights(org: Organisation, worked: Iterable[Shift]) -> dict[str, Weights]:
    """Per level and day part: paid milliminutes times their ORT percentage."""
    result: dict[str, Weights] = defaultdict(lambda: defaultdict(Fraction))
    for shift in worked:
        for day, minute, share in pieces(shift.start, shift.end):
            percentage = _percentage(org, day, minute)
            if percentage:
                name = day_part_at(minute, org.settings)
                result[shift.level][name] += share * shift.milliminutes * percentage
    return result


def _irregular_prices(
    org: Organisation, worked: list[Shift], cost: dict[str, int], wages: dict[str, int], client_hours: Weights
) -> dict[tuple[str, str | None], int]:
    payroll, irregular = _payroll(org, PAYROLL_COST), _payroll(org, ("irregularity",))
    weights = _irregular_weights(org, worked)
    in_part: dict[str, Weights] = defaultdict(lambda: defaultdict(Fraction))
    for shift in worked:
        for name, value in by_day_part(shift, org.settings).items():
            share = org.direct_share[shift.level]
            in_part[shift.level][name] += value / MILLIMINUTES_AN_HOUR * share
    prices: dict[tuple[str, str | None], int] = {}
    for level, hours in client_hours.items():
        if hours == 0:
            continue
        extra = Fraction(0)
        if irregular.get(level):
            extra = Fraction(wages.get(level, 0)) * irregular[level] / payroll[level]
        total = sum(weights[level].values(), Fraction(0))
        if total == 0 and extra:
            raise Unspecified(f"level {level} has irregularity cost and no irregular hours")
        even = (cost.get(level, 0) - extra) / hours
        for name in org.settings.day_parts:
            own = in_part[level].get(name, Fraction(0))
            addition = extra * weights[level].get(name, Fraction(0)) / total / own if total and own else Fraction(0)
            prices[level, name] = rounded(even + addition)
    return prices


def _component_days(org: Organisation, resident_days: ResidentDays) -> dict[str, int]:
    return {
        component: sum(
            resident_days.charged(resident, day, component)
            for resident in resident_days.residents
            for day in every_day(org.window)
        )
        for component in org.settings.cost_price.components
    }


def _level_cost(
    org: Organisation, lines: Rows, care: int, worked: list[Shift]
) -> tuple[dict[str, int], dict[str, int]]:
    """Cost per level, and the part of it that the wages division gave."""
    direct = {
        category: sum(row["amount"] for row in lines if row["pool"] == "care" and row["category"] == category)
        for category in ("wages", "hired")
    }
    every = hours_per_level(worked)
    hired = hours_per_level(shift for shift in worked if shift.employment == "hired")
    wages_parts = divided(direct["wages"], _payroll(org, PAYROLL_COST), "wages of the care pool")
    hired_parts = divided(direct["hired"], hired or every, "hired")
    other_parts = divided(care - direct["wages"] - direct["hired"], every, "the rest of the care pool")
    cost: dict[str, int] = defaultdict(int)
    for parts in (wages_parts, hired_parts, other_parts):
        for level, cents in parts.items():
            cost[level] += cents
    return dict(cost), wages_parts


def cost_price(org: Organisation, resident_days: ResidentDays) -> CostPrice:
    """Every price of the cost window."""
    lines = cost_lines(org, org.window)
    collected: dict[str, int] = defaultdict(int)
    for row in lines:
        collected[row["pool"]] += row["amount"]
    final = allocated(org, collected)
    worked = shifts(org, org.window)
    cost, wages = _level_cost(org, lines, final["care"], worked)
    client_hours = _client_hours(worked, org)
    uniform = {level: rounded(cost.get(level, 0) / hours) for level, hours in client_hours.items() if hours}
    hourly: dict[tuple[str, str | None], int] = {(level, None): price for level, price in uniform.items()}
    if org.settings.cost_price.day_part_pricing == "irregularity":
        hourly = _irregular_prices(org, worked, cost, wages, client_hours)
    days = _component_days(org, resident_days)
    day_price = {}
    for component, count in days.items():
        if count:
            day_price[component] = rounded(Fraction(final[component], count))
        elif final[component]:
            raise Unspecified(f"component {component} has cost and no days")
    gink = None
    if org.settings.gink_mix:
        missing = sorted(set(org.settings.gink_mix) - set(uniform))
        if missing:
            raise Stopped(f"the GINK mix uses levels without client hours: {missing}")
        mix = org.settings.gink_mix.items()
        gink = rounded(sum((Fraction(share) * uniform[level] for level, share in mix), Fraction(0)))
    return CostPrice(
        sum(collected.values()), final, cost, client_hours, hourly, uniform, days, day_price, gink
    )  # fmt: skip
