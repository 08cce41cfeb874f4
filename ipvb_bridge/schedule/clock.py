"""The planned moments of a rhythm, in the organisation's own time zone.

Two processes that look at the same clock find the same moments: that is what makes one row a moment possible. The
moments are reckoned here, for APScheduler's cron trigger (3.11.3) repeats the hour that an autumn night has twice
without end.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

from ipvb_bridge.base.schedule_settings import Rhythm

_DAY = dt.timedelta(days=1)


def moments(rhythm: Rhythm, zone: ZoneInfo, after: dt.datetime, until: dt.datetime) -> list[dt.datetime]:
    """The planned moments later than ``after`` and not later than ``until`` (both aware), in UTC, ascending.

    A clock time that a spring night skips is due as much later as the clock was moved; one that an autumn night has
    twice is due the first time, once.
    """
    if rhythm.minutes is not None:
        step = rhythm.minutes * 60
        first, last = int(after.timestamp() // step) + 1, int(until.timestamp() // step)
        return [dt.datetime.fromtimestamp(number * step, dt.UTC) for number in range(first, last + 1)]
    return [moment for moment in _on_the_clock(rhythm, zone, after, until) if after < moment <= until]


def next_moment(rhythm: Rhythm, zone: ZoneInfo, after: dt.datetime) -> dt.datetime:
    """The first planned moment later than ``after``, in UTC."""
    return moments(rhythm, zone, after, after + 33 * _DAY)[0]


def _on_the_clock(rhythm: Rhythm, zone: ZoneInfo, after: dt.datetime, until: dt.datetime) -> Iterator[dt.datetime]:
    assert rhythm.clock is not None
    date = after.astimezone(zone).date() - _DAY
    last = until.astimezone(zone).date()
    while date <= last:
        weekday_fits = rhythm.weekday is None or date.isoweekday() == rhythm.weekday
        if weekday_fits and (rhythm.month_day is None or date.day == rhythm.month_day):
            # fold 0: the first of two equal clock times, and a skipped one by the offset from before the change.
            yield dt.datetime.combine(date, rhythm.clock, zone).astimezone(dt.UTC)
        date += _DAY
