"""From a schedule (Timing.repeat) to minutes, times, per, weekdays and day parts: what stands there, or nothing.

Nothing is filled in: a range, words, or a schedule that contradicts itself leaves the column missing and is noted.
Source: base FHIR R4 (repeat.duration, frequency, period, dayOfWeek, timeOfDay, when); how they combine is our reading.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from ipvb_bridge.base.messages import Message
from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.model import Quantity, Repeat

USUAL: Mapping[str, str] = {
    "MORN": "morning", "MORN.early": "morning", "MORN.late": "morning",
    "NOON": "afternoon", "AFT": "afternoon", "AFT.early": "afternoon", "AFT.late": "afternoon",
    "EVE": "evening", "EVE.early": "evening", "EVE.late": "evening",
    "NIGHT": "night",
}  # fmt: skip
"""FHIR's own codes that name a day part of ours. Meals and bedtime name none: the configuration may add them."""

_DAYS = {"mon": "1", "tue": "2", "wed": "3", "thu": "4", "fri": "5", "sat": "6", "sun": "7"}
_MINUTES = {"s": Fraction(1, 60), "min": Fraction(1), "h": Fraction(60), "d": Fraction(1440)}
# Days or months of the units in which a length of time is told.
_LONG: Mapping[str, int] = {"d": 1, "wk": 7}
_LONGER: Mapping[str, int] = {"mo": 1, "a": 12}
# Per unit of time: what we count in, and how often that fits in it, the exact one first.
_PER: Mapping[str, tuple[tuple[str, Fraction], ...]] = {
    "h": (("day", Fraction(24)),),
    "d": (("day", Fraction(1)), ("week", Fraction(7)), ("four_weeks", Fraction(28))),
    "wk": (("week", Fraction(1)), ("four_weeks", Fraction(4))),
    "mo": (("month", Fraction(1)), ("year", Fraction(12))),
    "a": (("year", Fraction(1)),),
}


@dataclass(frozen=True, slots=True)
class Schedule:
    """What a schedule says, as canonical text; None is missing. ``day_parts``: one entry for each row to make."""

    minutes: str | None = None
    times: str | None = None
    per: str | None = None
    weekdays: str | None = None
    day_parts: tuple[str | None, ...] = (None,)
    notes: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Clocks:
    """How a clock time and a code of `when` become a day part."""

    starts: tuple[tuple[str, str], ...]
    codes: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, starts: Mapping[str, str], codes: Mapping[str, str]) -> Clocks:
        """From the settings ``day_part_starts`` and ``day_parts``."""
        clocks = sorted((clock, part) for part, clock in starts.items())
        return cls(tuple(clocks), tuple(sorted({**USUAL, **codes}.items())))

    def at(self, clock: str) -> str:
        """The day part of a time of day: the last that has begun, round midnight."""
        begun = [part for start, part in self.starts if start <= clock[:5]]
        return (begun or [part for _, part in self.starts])[-1]


class Schedules:
    """Works schedules out; those that are equal but for their dates once."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._known: dict[object, Schedule] = {}

    def of(self, repeat: Repeat) -> Schedule:
        """What a schedule says."""
        key = (
            repeat.frequency, repeat.frequency_max, repeat.period, repeat.period_max, repeat.period_unit,
            repeat.duration, repeat.duration_max, repeat.duration_unit, repeat.day_of_week, repeat.time_of_day,
            repeat.when, repeat.count,
        )  # fmt: skip
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _schedule(repeat, self._clocks)
        return found


def _schedule(repeat: Repeat, clocks: Clocks) -> Schedule:
    notes: list[Message] = []
    minutes = _minutes(repeat, notes)
    codes = dict(clocks.codes)
    parts = [codes.get(each) for each in repeat.when] + [clocks.at(each) for each in repeat.time_of_day]
    weekdays = sorted({_DAYS.get(each, "") for each in repeat.day_of_week})
    often = _often(repeat, len(parts))
    if often is None:
        notes.append(messages.TIMES_UNCLEAR)
        return Schedule(minutes, None, None, None, _same(parts, notes), tuple(notes))
    times, unit, span = often
    on: str | None = None
    if weekdays:
        each_day = _on_days(times, unit, span, len(weekdays))
        if each_day is None or "" in weekdays:
            notes.append(messages.DAY_PART_UNCLEAR)
        else:
            times, unit, span, on = each_day, "d", Fraction(1), " ".join(weekdays)
    if unit == "d" and span == 1 and _contradicts(repeat, times):
        notes.append(messages.TIMES_UNCLEAR)
        return Schedule(minutes, None, None, None, _same(parts, notes), tuple(notes))
    distinct = list(dict.fromkeys(parts))
    day_parts: tuple[str | None, ...] = (None,)
    if parts and None not in parts and len(distinct) > 1 and unit == "d" and span == 1 and times % len(parts) == 0:
        # As often in each of them: a row for each.
        each_part = times / len(parts)
        if len(distinct) == len(parts):
            day_parts, times = tuple(distinct), each_part
        else:
            notes.append(messages.DAY_PART_UNCLEAR)
    else:
        day_parts = _same(parts, notes)
    number, per = _counted(times / span, unit, notes)
    return Schedule(minutes, number, per, on, day_parts, tuple(notes))


def _same(parts: list[str | None], notes: list[Message]) -> tuple[str | None, ...]:
    """One day part when all times lie in it; else it is missing."""
    if parts and len(set(parts)) == 1 and parts[0] is not None:
        return (parts[0],)
    if parts:
        notes.append(messages.DAY_PART_UNCLEAR)
    return (None,)


def _minutes(repeat: Repeat, notes: list[Message]) -> str | None:
    if repeat.duration is None:
        return None
    unit = _MINUTES.get(repeat.duration_unit)
    ranges = repeat.duration_max is not None and repeat.duration_max != repeat.duration
    if unit is None or ranges:
        notes.append(messages.MINUTES_UNCLEAR)
        return None
    return text(Fraction(repeat.duration) * unit)


def _often(repeat: Repeat, moments: int) -> tuple[Fraction, str, Fraction] | None:
    """Times, unit, and how many units it takes; None when the schedule does not say it exactly."""
    if repeat.count is not None:
        return None  # so many in all is no rhythm
    for low, high in ((repeat.frequency, repeat.frequency_max), (repeat.period, repeat.period_max)):
        if high is not None and high != low:
            return None
    if repeat.period is None and not repeat.period_unit:
        # Times of day or weekdays alone: each of them, every such day.
        if not moments and not repeat.day_of_week:
            return None
        times = repeat.frequency if repeat.frequency is not None else max(moments, 1)
        return (Fraction(times), "d", Fraction(1)) if times == max(moments, 1) else None
    if repeat.period is None or repeat.period <= 0 or repeat.period_unit not in _PER:
        return None
    count = repeat.frequency
    if count is None:
        # FHIR counts an absent frequency as once a period; several times of day, or weekdays, make it several times.
        count = _named(repeat, moments)
    return Fraction(count), repeat.period_unit, Fraction(repeat.period)


def _named(repeat: Repeat, moments: int) -> int:
    """How often something is done in a period that gives no number: at each moment, on each weekday that is named."""
    if repeat.period_unit == "d":
        return max(moments, 1)
    days = len(set(repeat.day_of_week))
    return days * max(moments, 1) if repeat.period_unit == "wk" and days else 1


def _contradicts(repeat: Repeat, times: Fraction) -> bool:
    """True when something is to be done another number of times a day than there are clock times for it, or less often
    than there are parts of the day.
    """
    clocks = len(repeat.time_of_day)
    return bool(clocks and times != clocks) or times < len(repeat.when)


def _on_days(times: Fraction, unit: str, span: Fraction, days: int) -> Fraction | None:
    """Times on each of the named weekdays; None when the schedule does not say."""
    if unit == "d" and span == 1:
        return times
    if unit == "wk" and span == 1 and times % days == 0:
        return times / days
    return None


def _counted(rate: Fraction, unit: str, notes: list[Message]) -> tuple[str, str]:
    """A rate per unit as a number of at most four decimals, exact where one of our units allows it.

    Of days, weeks and four weeks, which count alike, the shortest in which it happens at least once.
    """
    exact = [(per, rate * factor) for per, factor in _PER[unit] if (rate * factor * 10_000).denominator == 1]
    if exact:
        per, number = next((each for each in exact if each[1] >= 1 and each[0] != "year"), exact[0])
        if number < 1 and exact[-1][0] == "four_weeks":
            per, number = exact[-1]
        return text(number), per
    notes.append(messages.ROUNDED)
    per, factor = _PER[unit][-1]
    return text(rate * factor), per


def last_day(start: str | None, length: Quantity) -> str | None:
    """The last day of so many whole days, weeks, months or years that begin on a day; None when it cannot be said."""
    unit = length.code or length.unit
    if start is None or length.value is None or length.value <= 0 or length.value % 1 or unit not in (*_LONG, *_LONGER):
        return None
    first, number = dt.date.fromisoformat(start), int(length.value)
    try:
        if unit in _LONG:
            stop = first + dt.timedelta(days=number * _LONG[unit])
        else:
            month = first.year * 12 + first.month - 1 + number * _LONGER[unit]
            year, month = month // 12, month % 12 + 1
            # A month from the 31st on ends where the next month has no such day.
            stop = dt.date(year, month, min(first.day, calendar.monthrange(year, month)[1]))
    except (ValueError, OverflowError):
        return None
    return (stop - dt.timedelta(days=1)).isoformat()


def text(value: Fraction) -> str:
    """A fraction as canonical decimal text of at most four places, rounded half to even."""
    scaled = round(value * 10_000)
    number = Decimal(scaled).scaleb(-4).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    return f"{number:f}".rstrip("0").rstrip(".") or "0"
