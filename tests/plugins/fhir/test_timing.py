"""From a schedule to minutes, times, per, weekdays and day part: what stands there, or nothing."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.model import Repeat
from ipvb_ecd_fhir.timing import Clocks, Schedule, Schedules

STARTS = {"morning": "07:00", "afternoon": "12:00", "evening": "17:00", "night": "23:00"}


def read(**elements: Any) -> Schedule:
    return Schedules(Clocks.of(STARTS, {"HS": "evening"})).of(msgspec.convert(elements, Repeat))


def codes(schedule: Schedule) -> list[str]:
    return [each.code for each in schedule.notes]


@pytest.mark.parametrize(
    ("frequency", "period", "unit", "times", "per"),
    [
        (1, 1, "d", "1", "day"),
        (3, 1, "wk", "3", "week"),
        (1, 2, "d", "3.5", "week"),
        (1, 2, "wk", "2", "four_weeks"),
        (1, 4, "wk", "1", "four_weeks"),
        (2, 1, "mo", "2", "month"),
        (1, 3, "mo", "4", "year"),
        (1, 1, "a", "1", "year"),
        (1, 6, "h", "4", "day"),
        (2, 7, "d", "2", "week"),
    ],
)
def test_frequencies_are_exact(frequency: int, period: int, unit: str, times: str, per: str) -> None:
    """Each rhythm becomes the same number of times in a unit of ours, without rounding."""
    found = read(frequency=frequency, period=period, periodUnit=unit)
    assert (found.times, found.per, codes(found)) == (times, per, [])


def test_every_three_days_is_rounded_and_told() -> None:
    """28/3 in four weeks has no end of decimals: four of them, and a finding."""
    found = read(frequency=1, period=3, periodUnit="d")
    assert (found.times, found.per) == ("9.3333", "four_weeks")
    assert found.notes == (messages.ROUNDED,)


@pytest.mark.parametrize(
    "elements",
    [
        {"frequency": 1, "frequencyMax": 2, "period": 1, "periodUnit": "d"},
        {"frequency": 1, "period": 1, "periodMax": 2, "periodUnit": "d"},
        {"frequency": 1, "period": 1, "periodUnit": "fortnight"},
        {"count": 5},
        {"frequency": 2},
        {},
        {"frequency": 3, "timeOfDay": ["08:00:00"]},
        {"frequency": 3, "period": 1, "periodUnit": "d", "timeOfDay": ["08:00:00"]},
        {"frequency": 1, "period": 1, "periodUnit": "d", "timeOfDay": ["08:00:00", "20:00:00"]},
        {"frequency": 1, "period": 1, "periodUnit": "d", "when": ["MORN", "EVE"]},
        {"frequency": 2, "period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "tue"], "when": ["MORN", "EVE"]},
    ],
)
def test_what_is_no_rhythm_is_missing(elements: dict[str, Any]) -> None:
    """A range, a count, half a statement, a contradiction: times is missing and noted, never filled in."""
    found = read(**elements)
    assert (found.times, found.per) == (None, None)
    assert messages.TIMES_UNCLEAR in found.notes


@pytest.mark.parametrize(
    ("duration", "unit", "minutes"),
    [(15, "min", "15"), (90, "s", "1.5"), (0.5, "h", "30"), (20, "s", "0.3333"), (12.5, "min", "12.5")],
)
def test_minutes(duration: float, unit: str, minutes: str) -> None:
    """A duration becomes minutes with at most four decimals."""
    assert read(duration=duration, durationUnit=unit, frequency=1, period=1, periodUnit="d").minutes == minutes


@pytest.mark.parametrize("more", [{"durationMax": 20, "durationUnit": "min"}, {"durationUnit": "wk"}, {}])
def test_minutes_that_are_unclear_are_missing(more: dict[str, Any]) -> None:
    """A range of minutes, or a unit that is none, is missing and noted."""
    found = read(duration=10, frequency=1, period=1, periodUnit="d", **more)
    assert found.minutes is None
    assert messages.MINUTES_UNCLEAR in found.notes


@pytest.mark.parametrize(
    ("elements", "parts"),
    [
        ({"when": ["MORN"]}, ("morning",)),
        ({"when": ["NOON"]}, ("afternoon",)),
        ({"when": ["EVE.late"]}, ("evening",)),
        ({"when": ["HS"]}, ("evening",)),
        ({"timeOfDay": ["06:59:00"]}, ("night",)),
        ({"timeOfDay": ["07:00:00"]}, ("morning",)),
        ({"timeOfDay": ["23:30:00"]}, ("night",)),
        ({"when": ["MORN", "EVE"], "frequency": 2}, ("morning", "evening")),
        ({"timeOfDay": ["08:00:00", "20:00:00"]}, ("morning", "evening")),
        ({"when": ["ACM"]}, (None,)),
        ({"when": ["MORN", "EVE"], "frequency": 3}, (None,)),
        ({"timeOfDay": ["08:00:00", "09:00:00", "20:00:00"]}, (None,)),
    ],
)
def test_day_parts(elements: dict[str, Any], parts: tuple[str | None, ...]) -> None:
    """From codes and clock times; several equal ones give a row each; what does not divide is missing and noted."""
    found = read(**({"period": 1, "periodUnit": "d"} | elements))
    assert found.day_parts == parts
    assert (messages.DAY_PART_UNCLEAR in found.notes) == (parts == (None,))
    if len(parts) == 2:
        assert (found.times, found.per) == ("1", "day")


def test_weekdays() -> None:
    """Three a week on three days is once on each; a number that does not fit them leaves the days missing."""
    fits = read(frequency=3, period=1, periodUnit="wk", dayOfWeek=["fri", "mon", "wed"])
    assert (fits.times, fits.per, fits.weekdays) == ("1", "day", "1 3 5")
    alone = read(dayOfWeek=["sun"])
    assert (alone.times, alone.per, alone.weekdays) == ("1", "day", "7")
    odd = read(frequency=2, period=1, periodUnit="wk", dayOfWeek=["mon", "wed", "fri"])
    assert (odd.times, odd.per, odd.weekdays) == ("2", "week", None)
    assert messages.DAY_PART_UNCLEAR in odd.notes


def test_times_of_day_count() -> None:
    """Three clock times in one day part are three times a day there."""
    found = read(timeOfDay=["08:00:00", "09:00:00", "10:00:00"])
    assert (found.times, found.per, found.day_parts) == ("3", "day", ("morning",))


@pytest.mark.parametrize(
    ("elements", "times", "per", "weekdays"),
    [
        ({"period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "tue"], "timeOfDay": ["08:00"]}, "1", "day", "1 2"),
        ({"period": 1, "periodUnit": "wk", "dayOfWeek": ["mon", "thu"]}, "1", "day", "1 4"),
        ({"period": 2, "periodUnit": "wk", "dayOfWeek": ["mon", "thu"]}, "1", "week", None),
        ({"period": 2, "periodUnit": "d", "timeOfDay": ["08:00", "20:00"]}, "1", "day", None),
        ({"period": 1, "periodUnit": "wk"}, "1", "week", None),
    ],
)
def test_without_a_number_each_that_is_named_counts(
    elements: dict[str, Any], times: str, per: str, weekdays: str | None
) -> None:
    """Monday and Tuesday of every week is twice a week, and two clock times every other day twice in two days."""
    found = read(**elements)
    assert (found.times, found.per, found.weekdays) == (times, per, weekdays)
