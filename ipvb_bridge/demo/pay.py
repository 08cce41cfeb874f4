"""Invented payroll cost: what was paid on each contract, each month."""

from __future__ import annotations

from ipvb_bridge.demo.house import YEAR, dice
from ipvb_bridge.demo.people import Row
from ipvb_bridge.demo.staff import Contract

_RESERVED = 1.1633
"""Holiday pay and year-end bonus are booked with the month they are earned in."""
_CHARGES = 0.265
HIRED = {"3": 4700, "4": 5900}
"""Cents an hour that an agency asks."""
MONTHS = tuple(f"{YEAR}-{month:02d}" for month in range(1, 13))


def wages(people: list[Contract]) -> list[Row]:
    """The stream wages. Each month a few corrections are paid in the month after."""
    made: list[Row] = []
    for each in people:
        if each.employment == "hired":
            continue
        for at, month in enumerate(MONTHS):
            for component, cents in month_cost(each, month).items():
                made.append(_row(len(made), each, component, month, month, cents))
            throw = dice("correction", each.contract_id, month)
            if at < 11 and throw.random() < 0.02:
                made.append(_row(len(made), each, "irregularity", month, MONTHS[at + 1], throw.randint(1200, 9000)))
    return made


def month_cost(each: Contract, month: str) -> dict[str, int]:
    """Cents by component for one contract and month: gross from the contract's hours, irregularity from the shifts."""
    hours = each.hours_per_week * 52.18 / 12
    gross = round(hours * each.wage * _RESERVED)
    irregularity = round(each.allowance.get(month, 0) / 100 / 60 * each.wage)
    charges = round((gross + irregularity) * _CHARGES)
    return {
        name: cents
        for name, cents in (("gross", gross), ("irregularity", irregularity), ("employer_charges", charges))
        if cents
    }


def hired_cost(each: Contract, month: str) -> int:
    """Cents that the agency asks for a month's worked minutes."""
    return round(each.worked.get(month, 0) / 60 * HIRED[each.level])


def _row(number: int, each: Contract, component: str, month: str, paid_in: str, cents: int) -> Row:
    return {
        "wage_id": f"W{number + 1:05d}",
        "contract_id": each.contract_id,
        "component": component,
        "relates_to": month,
        "paid_in": paid_in,
        "amount": f"{cents // 100}.{cents % 100:02d}",
    }
