"""Planned moments: both clock changes, weekdays, months, and rhythms that cannot be."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipvb_bridge.base.schedule_settings import Rhythm
from ipvb_bridge.schedule.clock import moments, next_moment

ZONE = ZoneInfo("Europe/Amsterdam")


def between(text: str, first: str, last: str) -> list[str]:
    start, end = (dt.datetime.fromisoformat(each).replace(tzinfo=ZONE) for each in (first, last))
    return [f"{each.astimezone(ZONE):%m-%d %H:%M%z}" for each in moments(Rhythm.parse(text), ZONE, start, end)]


def test_daily_moment_over_the_spring_change() -> None:
    """02:30 does not exist on 29 March 2026: it is due at 03:30 that night, and once."""
    assert between("02:30", "2026-03-28 00:00", "2026-03-30 12:00") == [
        "03-28 02:30+0100",
        "03-29 03:30+0200",
        "03-30 02:30+0200",
    ]


def test_daily_moment_over_the_autumn_change() -> None:
    """02:30 comes twice on 25 October 2026: the first counts, and there is one."""
    assert between("02:30", "2026-10-24 00:00", "2026-10-26 12:00") == [
        "10-24 02:30+0200",
        "10-25 02:30+0200",
        "10-26 02:30+0100",
    ]


def test_every_half_hour_goes_on_through_both_changes() -> None:
    """A rhythm in minutes has as many moments as the night has half hours: 46 in spring, 50 in autumn."""
    for day, count in (("2026-03-29", 46), ("2026-10-25", 50), ("2026-06-01", 48)):
        start = dt.datetime.fromisoformat(f"{day} 00:00").replace(tzinfo=ZONE)
        end = (start + dt.timedelta(days=1)).replace(tzinfo=ZONE)
        found = moments(Rhythm.parse("every 30m"), ZONE, start.astimezone(dt.UTC), end.astimezone(dt.UTC))
        assert len(found) == len(set(found)) == count


def test_weekly_and_monthly() -> None:
    """A weekday and a day of the month fall where the calendar says."""
    assert between("mon 06:00", "2026-01-01 00:00", "2026-01-13 00:00") == ["01-05 06:00+0100", "01-12 06:00+0100"]
    monthly = Rhythm(clock=dt.time(6), month_day=5)
    start = dt.datetime(2026, 1, 5, 6, tzinfo=ZONE)
    assert next_moment(monthly, ZONE, start) == dt.datetime(2026, 2, 5, 6, tzinfo=ZONE)


@pytest.mark.parametrize("text", ["25:00", "every 7m", "every 0m", "hourly", "zon 06:00", "2:30", "every 25h"])
def test_what_is_no_schedule_is_refused(text: str) -> None:
    """A schedule that cannot be read, or does not divide a day, is refused with the forms there are."""
    with pytest.raises(ValueError, match=r"02:30|day holds"):
        Rhythm.parse(text)


@given(
    st.integers(0, 365 * 24 * 60),
    st.integers(0, 5000),
    st.sampled_from(["02:30", "00:00", "sun 02:00", "every 15m", "every 2h"]),
)
def test_no_moment_is_lost_or_doubled_where_a_span_is_cut(start: int, minutes: int, text: str) -> None:
    """Looking twice at two halves finds exactly the moments of the whole: a restart loses and doubles nothing."""
    first = dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=start)
    middle, last = first + dt.timedelta(minutes=minutes), first + dt.timedelta(days=4)
    rhythm = Rhythm.parse(text)
    halves = moments(rhythm, ZONE, first, middle) + moments(rhythm, ZONE, middle, last)
    assert halves == moments(rhythm, ZONE, first, max(middle, last))
