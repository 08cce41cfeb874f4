"""Worked shifts, cut at every whole minute of the clock in Amsterdam (method section 1)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from zoneinfo import ZoneInfo

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.settings import MethodSettings
from tests.core.oracle.reading import Organisation, mapped_contracts, mapped_hours

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True)
class Shift:
    """A shift of a client-facing contract; ``milliminutes`` are paid."""

    unit_id: str
    level: str
    employment: str
    start: dt.datetime
    end: dt.datetime
    milliminutes: int

    @property
    def day(self) -> dt.date:
        """The day on which it starts."""
        return self.start.astimezone(AMSTERDAM).date()


def shifts(org: Organisation, span: Period) -> list[Shift]:
    """Worked shifts of client-facing contracts that start in the span."""
    contracts = {row["contract_id"]: row for row in mapped_contracts(org)}
    result = []
    for row in mapped_hours(org):
        contract = contracts.get(row["contract_id"])
        if contract is None or not contract["client_facing"] or row["kind"] != "worked":
            continue
        level = row["level"] if row["level"] is not None else contract["level"]
        shift = Shift(
            row["unit_id"], level, contract["employment"], row["start"].astimezone(dt.UTC),
            row["end"].astimezone(dt.UTC), row["paid_minutes"],
        )  # fmt: skip
        if span.start <= shift.day <= span.end:
            result.append(shift)
    return result


@lru_cache(maxsize=4096)
def pieces(start: dt.datetime, end: dt.datetime) -> tuple[tuple[dt.date, int, Fraction], ...]:
    """The elapsed time of a shift as (local date, minute of the local clock, share of the elapsed time)."""
    return tuple(_pieces(start, end))


def _pieces(start: dt.datetime, end: dt.datetime) -> Iterator[tuple[dt.date, int, Fraction]]:
    if start == end:  # nothing to spread over: all of it where it starts
        local = start.astimezone(AMSTERDAM)
        yield local.date(), local.hour * 60 + local.minute, Fraction(1)
    elapsed = (end - start) // dt.timedelta(microseconds=1)
    current = start
    while current < end:
        following = min(current.replace(second=0, microsecond=0) + MINUTE, end)
        local = current.astimezone(AMSTERDAM)
        length = (following - current) // dt.timedelta(microseconds=1)
        yield local.date(), local.hour * 60 + local.minute, Fraction(length, elapsed)
        current = following


def day_part_at(minute: int, settings: MethodSettings) -> str:
    """The day part in which a minute of the clock falls."""
    for name, clock in settings.day_parts.items():
        first = clock.start.hour * 60 + clock.start.minute
        if (minute - first) % 1440 < clock.minutes:
            return name
    raise AssertionError(minute)


def by_day_part(shift: Shift, settings: MethodSettings, *, by_start: bool = False) -> dict[str, Fraction]:
    """Paid milliminutes in each day part: spread over the elapsed time, or all where the shift starts."""
    if by_start:
        local = shift.start.astimezone(AMSTERDAM)
        return {day_part_at(local.hour * 60 + local.minute, settings): Fraction(shift.milliminutes)}
    minutes: dict[int, Fraction] = {}
    for _, minute, share in pieces(shift.start, shift.end):
        minutes[minute] = minutes.get(minute, Fraction(0)) + share
    result: dict[str, Fraction] = {}
    for minute, share in minutes.items():
        name = day_part_at(minute, settings)
        result[name] = result.get(name, Fraction(0)) + share * shift.milliminutes
    return result
