"""What is scheduled: a job for each connection with a schedule, sending what was signed, and the monthly cycle."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ipvb_bridge.base.schedule_settings import Rhythm
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.periods import Period
from ipvb_bridge.schedule import clock
from ipvb_bridge.store import moments
from ipvb_bridge.store.database import Store

CYCLE = "cycle"
SEND = "send"
PULL = "pull:"
ONCE_WITHIN = dt.timedelta(minutes=15)
"""A process that looks once (`serve --once`, every ten minutes) was not there at the moment itself: so late is in time.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """``name``: ``pull:CONNECTION``, ``send`` or ``cycle``."""

    name: str
    rhythm: Rhythm
    paused: bool = False


def jobs(configuration: Configuration) -> list[Job]:
    """Everything that bridge.toml schedules, connections first."""
    found = [
        Job(f"{PULL}{name}", connection.schedule, connection.paused)
        for name, connection in configuration.bridge.connections.items()
        if connection.schedule is not None
    ]
    if (send := configuration.bridge.schedule.send) is not None:
        found.append(Job(SEND, send))
    cycle = configuration.bridge.schedule.cycle
    return found if cycle is None else [*found, Job(CYCLE, cycle.rhythm)]


def cycle_period(planned: dt.datetime, zone: ZoneInfo) -> Period:
    """The period of a monthly cycle: the calendar month before its planned moment."""
    day_before = planned.astimezone(zone).date().replace(day=1) - dt.timedelta(days=1)
    return Period.month(day_before.year, day_before.month)


def enter(
    configuration: Configuration, store: Store, now: dt.datetime, since: dt.datetime, *, once: bool = False
) -> int:
    """Enter every moment up to ``now`` that has no row yet; gives how many came due.

    A job that was never seen starts at ``since``. Of several moments that were missed, [schedule] catch_up says which
    are run: the others are rows in state skipped. A paused connection misses nothing: its moments are skipped.
    ``once``: this process looks once, by a clock of somebody else's; what came due shortly before was not missed.
    """
    policy = configuration.bridge.schedule.catch_up
    due = 0
    for job in jobs(configuration):
        last = moments.last_planned(store, job.name)
        if last is None:
            # A row where the schedule begins: the next process, hours later, knows what it missed.
            moments.add(store, job.name, [_micros(since)], "skipped")
        after = since if last is None else dt.datetime.fromtimestamp(last / 1e6, dt.UTC)
        planned = clock.moments(job.rhythm, configuration.zone, after, now)
        run, skip = _chosen(planned, policy, since, now - ONCE_WITHIN if once else since)
        if job.paused:
            run, skip = [], planned
        moments.add(store, job.name, [_micros(each) for each in skip], "skipped")
        due += moments.add(store, job.name, [_micros(each) for each in run])
    return due


def _chosen(
    planned: list[dt.datetime], policy: str, since: dt.datetime, fresh: dt.datetime
) -> tuple[list[dt.datetime], list[dt.datetime]]:
    """Which of the planned moments are run and which are skipped. Those since this process began were not missed, nor
    is the latest later than ``fresh``.
    """
    missed = [each for each in planned if each <= since]
    present = [each for each in planned if each > since]
    if policy == "all":
        return planned, []
    if policy == "latest" or (missed and missed[-1] > fresh):
        # One run brings everything that is there now: with a moment of today at hand, yesterday's need not run.
        return (present, missed) if present else (missed[-1:], missed[:-1])
    return present, missed


def _micros(moment: dt.datetime) -> int:
    return int(moment.timestamp()) * 1_000_000
