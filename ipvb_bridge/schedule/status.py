"""One line a job: is it on schedule, or does somebody have something to do?"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from ipvb_bridge.base.errors import SignatureNeeded
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.pipeline import planning, publish_messages
from ipvb_bridge.schedule import clock, dispatch, jobs
from ipvb_bridge.store import moments, outbox, plans
from ipvb_bridge.store.database import Store

State = Literal["on schedule", "running", "late", "failed", "action needed", "waits for signature", "paused", "by hand"]
GRACE = dt.timedelta(minutes=10)
"""A moment that nobody took up for this long is late."""
NEEDS_SOMEBODY = frozenset({2, 3, 4, dispatch.HELD_BACK})
"""Exit codes that do not pass by themselves: usage, configuration, credentials, data held back."""


@dataclass(frozen=True, slots=True)
class Line:
    """The status of a job. ``last`` and ``next``: planned moments or None; ``why``: its last message."""

    job: str
    state: State
    last: dt.datetime | None
    next: dt.datetime | None
    why: str = ""


def lines(configuration: Configuration, store: Store, now: dt.datetime) -> list[Line]:
    """The status of every connection, and of the monthly cycle where it is scheduled."""
    ended = _by_job(store, "done", "failed")
    started = _by_job(store, "running")
    waiting_since = _waiting_since(configuration, store, now)
    scheduled = {job.name: job for job in jobs.jobs(configuration)}
    failed = {row["connection"]: row for row in outbox.first_failed(store).iter_rows(named=True)}
    waiting, too_old = _unsigned(configuration, store, now)
    names = [f"{jobs.PULL}{name}" for name in configuration.bridge.connections]
    found = []
    for name in [*names, *(name for name in scheduled if name not in names)]:
        job, last = scheduled.get(name), ended.get(name)
        # A job of its own has no connection, whatever a connection is called.
        to = name.removeprefix(jobs.PULL) if name.startswith(jobs.PULL) else ""
        connection = configuration.bridge.connections.get(to)
        paused = connection is not None and connection.paused
        state: State = "paused" if paused else "by hand"
        if job is not None and not paused:
            state = _state(last, started.get(name), waiting_since.get(name), now)
        # That somebody has to sign is told where it goes to, and at the cycle that planned it, until it is signed.
        concerns = bool(waiting) if name == jobs.CYCLE else to in waiting
        if concerns and state in ("on schedule", "by hand"):
            state = "waits for signature"
        refused = failed.get(to) or (next(iter(too_old.values()), None) if name == jobs.CYCLE else too_old.get(to))
        if refused is not None and state in ("on schedule", "by hand", "waits for signature"):
            state = "action needed"
        coming = clock.next_moment(job.rhythm, configuration.zone, now) if job and not paused else None
        told = last if last and last["code"] else refused
        why = f"{told['code']} {told['text']}".strip() if told else ""
        found.append(Line(name, state, _moment(last), coming, why))
    return found


def _unsigned(
    configuration: Configuration, store: Store, now: dt.datetime
) -> tuple[set[str], dict[str, dict[str, Any]]]:
    """The connections to which a plan would write that can still be signed; and those of which it is too old, with why.

    Of the latter only the last plan that was made: an older one has been overtaken and asks nothing of anybody.
    """
    hours = configuration.bridge.publish.valid_hours
    young = pl.col("made_at") > int(now.timestamp() * 1e6) - hours * planning.HOUR
    found = plans.unsigned(store)
    why: dict[str, dict[str, Any]] = {}
    for row in found.filter(~young, "last").iter_rows(named=True):
        fields = {"seen": str(row["plan_id"]), "period": row["period"], "hours": hours}
        told = SignatureNeeded(publish_messages.TOO_OLD, where=row["period"], **fields)
        why[row["connection"]] = {"code": told.code, "text": told.what()}
    return set(found.filter(young)["connection"]), why


def _waiting_since(configuration: Configuration, store: Store, now: dt.datetime) -> dict[str, int]:
    """Of each scheduled job the first planned moment that nobody took up yet, in epoch microseconds.

    That is the oldest row that is due; and where the rows end, the moment after the last: a `serve` that is down enters
    none.
    """
    rows = moments.latest(store, ("due",), oldest=True)
    found = dict(zip(rows["job"].to_list(), rows["planned_at"].to_list(), strict=True))
    for job in jobs.jobs(configuration):
        last = moments.last_planned(store, job.name)
        if job.name not in found and last is not None:
            after = dt.datetime.fromtimestamp(last / 1e6, dt.UTC)
            found[job.name] = int(clock.next_moment(job.rhythm, configuration.zone, after).timestamp() * 1e6)
    return found


def _state(
    last: dict[str, Any] | None, started: dict[str, Any] | None, waiting_since: int | None, now: dt.datetime
) -> State:
    micros = int(now.timestamp() * 1e6)
    if started is not None and started["lease_until"] > micros:
        return "running"
    # A lease that ran out, or a moment that nobody took up: no process of serve is at work.
    since = started["planned_at"] if started is not None else waiting_since
    if since is not None and since < micros - GRACE / dt.timedelta(microseconds=1):
        return "late"
    if last is None or last["exit_code"] in (0, 7):
        return "on schedule"
    return "action needed" if last["exit_code"] in NEEDS_SOMEBODY else "failed"


def _by_job(store: Store, *states: moments.State) -> dict[str, dict[str, Any]]:
    return {row["job"]: row for row in moments.latest(store, states).iter_rows(named=True)}


def _moment(row: dict[str, Any] | None) -> dt.datetime | None:
    return None if row is None else dt.datetime.fromtimestamp(row["planned_at"] / 1e6, dt.UTC)
