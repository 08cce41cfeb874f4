"""Planned moments: one row for each job and moment, whoever of several processes sees it first.

A process that runs a moment holds a lease on it and beats; a moment whose lease ran out is picked up by another, under
a higher fencing number, and what the first one still says of it is refused.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from ipvb_bridge.store import bulk
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.tables import moments

State = Literal["due", "running", "done", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A moment this process runs. ``planned_at`` in epoch microseconds; ``fence`` counts how often it was taken up.

    ``lost_by``: the owner whose lease ran out, where it was taken up before.
    """

    moment_id: int
    job: str
    planned_at: int
    fence: int
    lost_by: str = ""


MOMENTS: dict[str, pl.DataType] = {
    "job": pl.String(),
    "planned_at": pl.Int64(),
    "state": pl.String(),
    "owner": pl.String(),
    "fence": pl.Int64(),
    "lease_until": pl.Int64(),
    "started_at": pl.Int64(),
    "finished_at": pl.Int64(),
    "code": pl.String(),
    "exit_code": pl.Int64(),
    "text": pl.String(),
}
"""Columns of :func:`latest`: moments in epoch microseconds."""


def add(store: Store, job: str, planned: Sequence[int], state: Literal["due", "skipped"] = "due") -> int:
    """Enter planned moments of a job; one that is there already stays as it is. Gives how many are new."""
    if not planned:
        return 0
    with store.write() as database:
        known = set(
            database.scalars(
                sa.select(moments.c.planned_at).where(moments.c.job == job, moments.c.planned_at.in_(planned))
            )
        )
        new = [each for each in planned if each not in known]
        added = 0
        for each in new:
            # Another process may enter it between the look and here: the unique row decides.
            insert = _insert(database).values(job=job, planned_at=each, state=state, fence=0, code="", text="")
            entered = insert.on_conflict_do_nothing().returning(moments.c.moment_id)
            added += len(database.execute(entered).all())
    return added


def last_planned(store: Store, job: str) -> int | None:
    """The newest planned moment of a job, None when it has none."""
    with store.read() as database:
        found: int | None = database.scalar(sa.select(sa.func.max(moments.c.planned_at)).where(moments.c.job == job))
    return found


def claim(
    store: Store, owner: str, now: int, lease: int, *, alone: str, among: Collection[str] | None = None
) -> Claimed | None:
    """Take up the oldest moment that is due, or whose lease ran out; None when there is none.

    One moment of a job runs at a time, and the job ``alone`` runs only while no other does. ``lease`` in microseconds.
    """
    held = (moments.c.state == "running") & (moments.c.lease_until > now)
    with store.write() as database:
        if database.dialect.name == "postgresql":
            # Claims of several processes one after the other: what runs must not change between look and take.
            database.execute(sa.select(sa.func.pg_advisory_xact_lock(_CLAIM_LOCK)))
        else:
            # SQLite takes its write lock at the first write: take it before looking.
            database.execute(sa.update(moments).where(moments.c.moment_id == -1).values(fence=0))
        busy = set(database.scalars(sa.select(moments.c.job).where(held)))
        open_ones = (moments.c.state == "due") | ((moments.c.state == "running") & (moments.c.lease_until <= now))
        query = sa.select(moments).where(open_ones).order_by(moments.c.planned_at, moments.c.moment_id)
        for row in database.execute(query):
            wanted = among is None or row.job in among
            free = not busy if row.job == alone else row.job not in busy and alone not in busy
            if not (wanted and free):
                continue
            values = {"state": "running", "owner": owner, "lease_until": now + lease, "fence": row.fence + 1}
            database.execute(
                sa.update(moments).where(moments.c.moment_id == row.moment_id).values(started_at=now, **values)
            )
            return Claimed(row.moment_id, row.job, row.planned_at, row.fence + 1, row.owner or "")
    return None


def beat(store: Store, claimed: Claimed, now: int, lease: int) -> bool:
    """Hold on to a moment for another lease. False when another process has taken it up meanwhile."""
    return _update(store, claimed, lease_until=now + lease)


def finish(
    store: Store, claimed: Claimed, state: State, now: int, *, code: str = "", exit_code: int = 0, text: str = ""
) -> bool:
    """Say how a moment ended. False, and nothing is written, when another process has taken it up meanwhile."""
    return _update(
        store, claimed, state=state, finished_at=now, lease_until=None, code=code, exit_code=exit_code, text=text
    )


def latest(store: Store, states: Sequence[State] = ("done", "failed"), *, oldest: bool = False) -> pl.DataFrame:
    """The newest moment of each job among those states, or the oldest: columns :data:`MOMENTS`, sorted by job."""
    chosen = sa.func.min(moments.c.planned_at) if oldest else sa.func.max(moments.c.planned_at)
    found = (
        sa.select(moments.c.job, chosen.label("planned_at"))
        .where(moments.c.state.in_(states))
        .group_by(moments.c.job)
        .subquery()
    )
    query = (
        sa.select(*(moments.c[name] for name in MOMENTS))
        .join_from(moments, found, (moments.c.job == found.c.job) & (moments.c.planned_at == found.c.planned_at))
        .order_by(moments.c.job)
    )
    with store.read() as database:
        return bulk.fetch(database, query, MOMENTS)


_CLAIM_LOCK = 4_927_220_120


def _update(store: Store, claimed: Claimed, **values: object) -> bool:
    mine = (moments.c.moment_id == claimed.moment_id) & (moments.c.fence == claimed.fence)
    with store.write() as database:
        done = database.execute(sa.update(moments).where(mine, moments.c.state == "running").values(**values))
    return done.rowcount == 1


def _insert(database: sa.Connection) -> postgresql.Insert | sqlite.Insert:
    return postgresql.insert(moments) if database.dialect.name == "postgresql" else sqlite.insert(moments)
