"""Invented employees: contracts, and a year of shifts that roughly fills what the agreed care needs."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from zoneinfo import ZoneInfo

from ipvb_bridge.demo.house import DEPARTMENTS, FIRST, LAST, dice
from ipvb_bridge.demo.people import Row

DIRECT_SHARE = {"1": 0.80, "2": 0.78, "3": 0.74, "4": 0.70, "6": 0.66, "7": 0.66, "W": 0.80}
"""As in method.toml of the demo's configuration; a test keeps them equal."""
NET = 1440 / 1878
FUNCTION = {
    "1": "Zorghulp",
    "2": "Helpende plus",
    "3": "Verzorgende IG",
    "4": "Verpleegkundige mbo",
    "6": "Verpleegkundige hbo",
    "7": "Behandelaar",
    "W": "Medewerker welzijn",
}
WAGE = {"1": 1460, "2": 1620, "3": 1930, "4": 2200, "6": 2220, "7": 2380, "W": 1640}
"""Cents an hour, by level. Invented."""
SHARED = ("4", "6", "7")
"""Levels that work for a whole location."""
SUPPORT = (
    ("Bestuurder", 1, 36, 6200, "2001"),
    ("Controller", 1, 36, 4100, "2001"),
    ("Teammanager", 9, 32, 3100, "2001"),
    ("Administratief medewerker", 5, 28, 1850, "2001"),
    ("Praktijkopleider", 2, 32, 2600, "2003"),
    ("Technisch medewerker", 3, 36, 1900, "2002"),
    ("Receptionist", 4, 24, 1580, "2002"),
    ("Kok", 4, 32, 1850, "3002"),
    ("Medewerker keuken", 6, 24, 1480, "3002"),
    ("Medewerker schoonmaak", 6, 24, 1440, "3003"),
    ("Coördinator activiteiten", 2, 28, 1950, "3006"),
)
"""Function, number of people, hours a week, cents an hour, cost centre."""
_ZONE = ZoneInfo("Europe/Amsterdam")


@dataclass(frozen=True, slots=True)
class Shift:
    """A kind of shift: clock of its start, elapsed and paid minutes, irregularity in per cent of the wage."""

    start: dt.time
    elapsed: int
    paid: int
    allowance: int


SHIFTS = {
    "early": Shift(dt.time(7), 510, 480, 0),
    "morning": Shift(dt.time(7), 300, 300, 0),
    "afternoon": Shift(dt.time(12), 300, 300, 0),
    "late": Shift(dt.time(15), 480, 450, 14),
    "evening": Shift(dt.time(17), 360, 360, 18),
    "night": Shift(dt.time(23), 480, 480, 42),
}


@dataclass(slots=True)
class Contract:
    """A contract with what was worked on it: minutes and allowance (per cent times minutes) by month."""

    contract_id: str
    function: str
    level: str
    unit_id: str
    cost_centre: str
    hours_per_week: int
    employment: str
    wage: int
    client_facing: bool = True
    start: dt.date = dt.date(2021, 1, 1)
    end: dt.date | None = None
    minutes: int = 0
    days: set[dt.date] = field(default_factory=set)
    allowance: dict[str, int] = field(default_factory=dict)
    worked: dict[str, int] = field(default_factory=dict)


def contracts(needs: Mapping[tuple[str, str, str], float]) -> list[Contract]:
    """Contracts enough to work what is needed, with leave and sickness; then those of the supporting services."""
    made: list[Contract] = []
    for (team, level), minutes in sorted(_by_team(needs).items()):
        throw = dice("team", team, level)
        hours = minutes / 60 / NET
        while hours > 5:
            employment = "payroll"
            if level in ("3", "4") and throw.random() < 0.08:
                employment = "hired"
            elif level == "2" and throw.random() < 0.12:
                employment = "trainee"
            size = min(throw.choice((20, 24, 28, 28, 32, 32, 36)), max(8, 4 * math.ceil(hours / 4)))
            hours -= size
            made.append(_contract(len(made), team, level, size, employment))
    for function, people, size, wage, cost_centre in SUPPORT:
        for _ in range(people):
            number = len(made)
            pay = round(wage * dice("support", number).uniform(0.96, 1.04))
            made.append(
                Contract(
                    f"C{3001 + number}", function, "", "L1", cost_centre, size, "payroll", pay, client_facing=False
                )
            )
    return made


def _contract(number: int, team: str, level: str, size: int, employment: str) -> Contract:
    throw = dice("contract", number)
    home = next(each for each in DEPARTMENTS if team in (each.unit_id, each.location))
    wage = round(WAGE[level] * throw.uniform(0.95, 1.05))
    start = FIRST - dt.timedelta(days=throw.randint(20, 4000))
    function = "Leerling verzorgende" if employment == "trainee" else FUNCTION[level]
    return Contract(f"C{3001 + number}", function, level, team, home.cost_centre, size, employment, wage, start=start)


def _by_team(needs: Mapping[tuple[str, str, str], float]) -> dict[tuple[str, str], float]:
    """Worked minutes a week by team and level: a department, or a location for the levels it shares."""
    homes = {each.unit_id: each for each in DEPARTMENTS}
    sums: dict[tuple[str, str], float] = {}
    for (unit, part, level), minutes in _covered(needs).items():
        team = homes[unit].location if level in SHARED else unit
        sums[team, level] = sums.get((team, level), 0.0) + minutes * homes[unit].staffing
        del part
    return sums


def _covered(needs: Mapping[tuple[str, str, str], float]) -> dict[tuple[str, str, str], float]:
    """Worked minutes a week: direct minutes over the direct share, at night at least one helper in each department."""
    sums = {key: minutes / DIRECT_SHARE[key[2]] for key, minutes in needs.items()}
    for each in DEPARTMENTS:
        key = (each.unit_id, "night", "2")
        sums[key] = max(sums.get(key, 0.0), 7 * 480.0)
    return sums


def _rates(minutes: Mapping[str, float]) -> dict[str, float]:
    """Shifts a day that together give these minutes a week by day part."""
    day = {part: minutes.get(part, 0.0) / 7 for part in ("morning", "afternoon", "evening", "night")}
    early = min(day["morning"] / 282.35, 0.55 * day["afternoon"] / 197.65)
    late = min(0.35 * day["afternoon"] / 112.5, day["evening"] / 337.5)
    return {
        "early": early,
        "late": late,
        "morning": (day["morning"] - 282.35 * early) / 300,
        "afternoon": (day["afternoon"] - 197.65 * early - 112.5 * late) / 300,
        "evening": (day["evening"] - 337.5 * late) / 360,
        "night": day["night"] / 480,
    }


def hours(people: list[Contract], needs: Mapping[tuple[str, str, str], float]) -> Iterator[Row]:
    """The stream hours of the year: every shift goes to whoever of the team worked least for their contract."""
    number = 0
    for unit, level, team in _rosters(people, needs):
        parts = {part: value for (at, part, of), value in _covered(needs).items() if (at, of) == (unit, level)}
        factor = next(each.staffing for each in DEPARTMENTS if each.unit_id == unit)
        carry = {name: dice("carry", unit, level, name).random() for name in SHIFTS}
        rates = {name: rate * factor for name, rate in _rates(parts).items()}
        for offset in range((LAST - FIRST).days + 1):
            day = FIRST + dt.timedelta(days=offset)
            for name, rate in rates.items():
                carry[name] += rate
                # A shift for which nobody is left that day moves to the next.
                while carry[name] >= 1 and (free := [each for each in team if day not in each.days]):
                    carry[name] -= 1
                    number += 1
                    yield _shift(number, _least(free), unit, day, SHIFTS[name])
    for contract in people:
        for start, kind in _away(contract):
            number += 1
            yield _row(number, contract, contract.unit_id, kind, start, 480, 480)


def _rosters(
    people: list[Contract], needs: Mapping[tuple[str, str, str], float]
) -> Iterator[tuple[str, str, list[Contract]]]:
    levels = sorted({level for _, _, level in needs})
    for each in DEPARTMENTS:
        for level in levels:
            home = each.location if level in SHARED else each.unit_id
            team = [one for one in people if one.unit_id == home and one.level == level]
            if team:
                yield each.unit_id, level, team


def _least(free: list[Contract]) -> Contract:
    return min(free, key=lambda each: (each.minutes / each.hours_per_week, each.contract_id))


def _shift(number: int, contract: Contract, unit: str, day: dt.date, shift: Shift) -> Row:
    # A night counts its real hours: when the clock changes it is an hour longer or shorter, and paid so.
    start = _moment(day, shift.start)
    end_day, end_clock = _end(day, shift)
    change = round((_moment(end_day, end_clock) - start).total_seconds() / 60) - shift.elapsed
    paid = shift.paid + change
    month = f"{day:%Y-%m}"
    allowance = {5: 42, 6: 60}.get(day.weekday(), shift.allowance)
    contract.minutes += paid
    contract.days.add(day)
    contract.worked[month] = contract.worked.get(month, 0) + paid
    contract.allowance[month] = contract.allowance.get(month, 0) + paid * allowance
    return _row(number, contract, unit, "GEW", start, shift.elapsed + change, paid)


def _end(day: dt.date, shift: Shift) -> tuple[dt.date, dt.time]:
    end = dt.datetime.combine(day, shift.start) + dt.timedelta(minutes=shift.elapsed)
    return end.date(), end.time()


@cache
def _moment(day: dt.date, clock: dt.time) -> dt.datetime:
    return dt.datetime.combine(day, clock, _ZONE).astimezone(dt.UTC)


@cache
def _text(moment: dt.datetime) -> str:
    return moment.astimezone(_ZONE).isoformat()


def _row(number: int, contract: Contract, unit: str, kind: str, start: dt.datetime, elapsed: int, paid: int) -> Row:
    return {
        "hours_id": f"U{number:06d}",
        "contract_id": contract.contract_id,
        "unit_id": unit,
        "level": "",
        "kind": kind,
        "start": _text(start),
        "end": _text(start + dt.timedelta(minutes=elapsed)),
        "paid_minutes": paid,
    }


def _away(contract: Contract) -> Iterator[tuple[dt.datetime, str]]:
    """Days of leave, sickness and training, as this payroll writes them: VERL, ZIEK, SCH."""
    if contract.employment == "hired" or not contract.client_facing:
        return
    throw = dice("away", contract.contract_id)
    for month in range(1, 13):
        for kind, chance in (("VERL", 0.9), ("VERL", 0.6), ("ZIEK", 0.55), ("SCH", 0.12)):
            if throw.random() < chance * contract.hours_per_week / 28:
                yield _moment(dt.date(FIRST.year, month, throw.randint(1, 28)), dt.time(9)), kind


def rows(people: list[Contract]) -> list[Row]:
    """The stream contracts. The level is left to mappings/functions.csv, as most payrolls do not know it."""
    return [
        {
            "contract_id": each.contract_id,
            "employee_id": f"P{each.contract_id[1:]}",
            "person_key": "",
            "function": each.function,
            "level": "",
            "unit_id": each.unit_id,
            "hours_per_week": each.hours_per_week,
            "employment": each.employment,
            "temporary": str(each.employment == "trainee").lower(),
            "client_facing": str(each.client_facing).lower(),
            "start_date": each.start,
            "end_date": each.end or "",
        }
        for each in people
    ]
