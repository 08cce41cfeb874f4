"""Demand lines: what was agreed, in whole milliminutes (method section 3)."""

from __future__ import annotations

import calendar
import datetime as dt
from fractions import Fraction

from tests.core.oracle.numbers import rounded
from tests.core.oracle.reading import Organisation, Row, Rows, every_day, holds, mapped_agreements
from tests.core.oracle.resident_days import ResidentDays

SCALED = 10_000
KEPT = ("agreement_id", "resident_id", "care_function", "day_part", "level", "performer", "payer")


def occurrences(agreement: Row, days: list[dt.date]) -> Fraction:
    """Expected occurrences on the days on which the agreement is carried out."""
    times = Fraction(agreement["times"], SCALED)
    if agreement["weekdays"] is not None:
        weekdays = {int(digit) for digit in agreement["weekdays"].split()}
        return times * sum(day.isoweekday() in weekdays for day in days)
    match agreement["per"]:
        case "day":
            return times * len(days)
        case "week":
            return times * Fraction(len(days), 7)
        case "four_weeks":
            return times * Fraction(len(days), 28)
        case "month":
            return times * sum(Fraction(1, calendar.monthrange(day.year, day.month)[1]) for day in days)
        case "year":
            return times * sum(Fraction(1, 366 if calendar.isleap(day.year) else 365) for day in days)
    raise AssertionError(agreement["per"])


def demand_lines(org: Organisation, resident_days: ResidentDays) -> Rows:
    """One line for each agreement and unit with days, in the order of both."""
    lines = []
    for agreement in mapped_agreements(org):
        resident = agreement["resident_id"]
        by_unit: dict[str, list[dt.date]] = {}
        for day in every_day(org.period):
            unit = resident_days.unit(resident, day)
            if unit is not None and holds(agreement, day) and not resident_days.absent(resident, day):
                by_unit.setdefault(unit, []).append(day)
        for unit, days in by_unit.items():
            exact = (
                1000 * Fraction(agreement["minutes"], SCALED) * occurrences(agreement, days)
                * Fraction(agreement["staff_count"], agreement["group_size"])
            )  # fmt: skip
            kept = {name: agreement[name] for name in KEPT}
            lines.append({**kept, "unit_id": unit, "milliminutes": rounded(exact)})
    return sorted(lines, key=lambda line: (line["agreement_id"], line["unit_id"]))
