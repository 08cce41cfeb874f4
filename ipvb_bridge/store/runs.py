"""Run records: one for each pull of a connection's stream, each calculation, and each sending to a connection."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median_low
from typing import Any, Literal

import sqlalchemy as sa

from ipvb_bridge.base.errors import RunError
from ipvb_bridge.base.messages import Message
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.plugin.adapter import Scope
from ipvb_bridge.store import messages
from ipvb_bridge.store.database import Store, now
from ipvb_bridge.store.tables import findings as finding_rows
from ipvb_bridge.store.tables import runs, staged, staged_keys

RunKind = Literal["pull", "calculate", "reconcile", "publish"]
RunState = Literal["running", "green", "red"]

SILENT_MICROSECONDS = 15 * 60 * 1_000_000
"""A run on another machine that staged nothing for so long is taken for dead."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one pull: ``read = accepted + unchanged + quarantined``; ``closed`` counts rows gone or deleted.

    On a red run the delivery is held back as a whole: ``quarantined = read``.
    """

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    quarantined: int = 0
    closed: int = 0


@dataclass(frozen=True, slots=True)
class Sending:
    """Messages of one sending: ``planned`` were signed and open, ``sent`` went out, ``confirmed`` read back as signed,
    ``failed`` have a reason. What is in none of the last two waits, or is unknown until it is looked at again.
    """

    planned: int
    sent: int = 0
    confirmed: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A started run. ``started_at`` in epoch microseconds."""

    run_id: int
    kind: RunKind
    connection: str | None
    stream: str | None
    started_at: int


@dataclass(frozen=True, slots=True)
class Band:
    """Rows that a delivery may be expected to hold, both ends included; ``median`` of the last ``deliveries``."""

    low: int
    high: int
    median: int
    deliveries: int

    def holds(self, rows: int) -> bool:
        """True when a delivery of that many rows is usual."""
        return self.low <= rows <= self.high


def start_run(
    store: Store,
    kind: RunKind,
    connection: str | None = None,
    stream: str | None = None,
    *,
    sending: Sending | None = None,
    text: str = "",
) -> Run:
    """Open a run record in state running.

    For a pull: a run of the same connection and stream that is still running is marked red and its staged rows are
    removed when its process is dead, or on another machine and silent for 15 minutes; else ``RunError`` (busy).
    ``sending`` and ``text``: what a publish run sets out to do.
    """
    started = now()
    with store.write() as database:
        if kind == "pull":
            assert connection is not None, "a pull is of one connection"
            assert stream is not None, "a pull is of one stream"
            _take_over(database, connection, stream, started)
        values = {
            "kind": kind,
            "connection": connection,
            "stream": stream,
            "state": "running",
            "started_at": started,
            "alive_at": started,
            "host": socket.gethostname(),
            "process": os.getpid(),
            "code": "",
            "text": text,
            **asdict(Counts()),
            **(asdict(sending) if sending is not None else {}),
        }
        run_id = database.execute(sa.insert(runs).values(values).returning(runs.c.run_id)).scalar_one()
    return Run(run_id, kind, connection, stream, started)


def _take_over(database: sa.Connection, connection: str, stream: str, moment: int) -> None:
    """Replace a dead run of this connection and stream, with what it left behind."""
    running = database.execute(
        sa.select(runs).where(
            runs.c.kind == "pull",
            runs.c.connection == connection,
            runs.c.stream == stream,
            runs.c.state == "running",
        )
    ).one_or_none()
    if running is not None:
        if _alive(running, moment):
            raise RunError(messages.BUSY, seen=str(running.run_id), connection=connection, stream=stream)
        _end_dead(database, runs.c.run_id == running.run_id, messages.DIED, moment, quarantined=runs.c.read)
    drop_staged(database, stream, connection=connection)


def _end_dead(
    database: sa.Connection, dead: sa.ColumnElement[bool], why: Message, moment: int, **values: object
) -> None:
    """Mark runs red whose process is gone; ``values``: what more to set."""
    told = {"state": "red", "finished_at": moment, "code": why.code, "text": why.text("nl")}
    database.execute(sa.update(runs).where(dead).values(**told, **values))


def _alive(run: sa.Row[Any], moment: int) -> bool:
    if run.host != socket.gethostname():
        return bool(moment - run.alive_at < SILENT_MICROSECONDS)
    if run.process == os.getpid():
        # One process pulls a stream once at a time: what it started before was broken off.
        return False
    try:
        os.kill(run.process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return bool(moment - run.alive_at < SILENT_MICROSECONDS)


def end_of(store: Store, owner: str, connection: str | None = None) -> None:
    """Close the pulls of a process (``HOST:PID``) that lost its lease: whoever took its work up need not wait until it
    has been silent for long, on whatever machine it was. Should it go on after all, its next beat is refused.

    ``connection``: only those of this one.
    """
    host, _, process = owner.rpartition(":")
    lost = (runs.c.kind == "pull") & (runs.c.state == "running")
    lost &= (runs.c.host == host) & (runs.c.process == int(process))
    if connection is not None:
        lost &= runs.c.connection == connection
    with store.write() as database:
        _end_dead(database, lost, messages.DIED, now(), quarantined=runs.c.read)


def drop_staged(database: sa.Connection, stream: str, *, connection: str) -> None:
    """Remove what any run of this connection and stream has staged."""
    mine = sa.select(runs.c.run_id).where(runs.c.stream == stream, runs.c.connection == connection)
    database.execute(sa.delete(staged_keys).where(staged_keys.c.run_id.in_(mine)))
    rows = staged[stream]
    if database.dialect.name == "postgresql":
        # After this lock nobody stages rows of this stream before we commit, so whoever is not running now has none.
        database.execute(sa.text(f"LOCK TABLE {rows.name} IN ACCESS EXCLUSIVE MODE"))
    others = database.execute(
        sa.select(sa.func.count())
        .select_from(runs)
        .where(runs.c.stream == stream, runs.c.connection != connection, runs.c.state == "running")
    ).scalar_one()
    if others:
        database.execute(sa.delete(rows).where(rows.c.run_id.in_(mine)))
    elif database.dialect.name == "postgresql":
        database.execute(sa.text(f"TRUNCATE {rows.name}"))
    else:
        # Without a condition SQLite drops the pages instead of visiting each row.
        database.execute(sa.delete(rows))


def beat(database: sa.Connection, run: Run, read: int) -> None:
    """Say that the run is alive and how far it is. Raises ``RunError`` when a later run has taken its place."""
    touched = database.execute(
        sa.update(runs).where(runs.c.run_id == run.run_id, runs.c.state == "running").values(alive_at=now(), read=read)
    )
    if touched.rowcount != 1:
        raise RunError(messages.REPLACED, seen=str(run.run_id))


def finish_run(
    store: Store,
    run: Run,
    state: RunState,
    counts: Counts | None = None,
    *,
    code: str = "",
    text: str = "",
    sending: Sending | None = None,
) -> None:
    """Close a run record: a failed pull (red), or any other kind. A green pull is finished by ``Delivery.merge``.

    ``code`` and ``text`` are those of the error, without values of personal fields. A run that is already finished
    stays as it is. Without ``counts``, what was read so far counts as held back.
    """
    values: dict[str, Any] = {"state": state, "finished_at": now(), "code": code, "text": text}
    if state == "red":
        read = runs.c.read if counts is None else counts.read
        values |= {"read": read, "quarantined": read, "accepted": 0, "unchanged": 0, "closed": 0}
    elif counts is not None:
        values |= asdict(counts)
    if sending is not None:
        values |= asdict(sending)
    with store.write() as database:
        running = (runs.c.run_id == run.run_id) & (runs.c.state == "running")
        finished = database.execute(sa.update(runs).where(running).values(values))
        # A run that was replaced must not take away what the later run has staged.
        if finished.rowcount == 1 and run.connection is not None and run.stream is not None:
            drop_staged(database, run.stream, connection=run.connection)


def end_dead_sendings(store: Store) -> None:
    """Close publish runs that are still running, for whoever holds the right to send: their process is gone."""
    dead = (runs.c.kind == "publish") & (runs.c.state == "running")
    with store.write() as database:
        _end_dead(database, dead, messages.SENDING_DIED, now())


def expected_band(
    store: Store,
    connection: str,
    stream: str,
    scopes: Sequence[Scope] = (),
    *,
    shrink: int = 50,
    grow: int = 300,
    deliveries: int = 5,
) -> Band | None:
    """What a delivery should hold, from the median of the last green ones that spanned as many months.

    None before the first, and after one without rows. ``shrink`` and ``grow`` are
    percentages of the median. Deliveries of changes have no band.
    """
    with store.read() as database:
        earlier = database.execute(
            sa.select(runs.c.read, runs.c.scopes)
            .where(
                runs.c.kind == "pull",
                runs.c.connection == connection,
                runs.c.stream == stream,
                runs.c.state == "green",
                runs.c.mode.in_(["snapshot", "period"]),
            )
            .order_by(runs.c.run_id.desc())
            .limit(deliveries * 20)
        ).all()
    span = _span(scopes)
    rows = [row.read for row in earlier if _span(scopes_from(row.scopes)) == span][:deliveries]
    if not rows:
        return None
    # A green delivery far from those before it was accepted by a person: they are no measure any more.
    newest = rows[0]
    if not newest:
        return None  # nothing says how many rows are usual for a stream that was empty
    near = [each for each in rows if newest * shrink <= each * 100 <= newest * grow]
    usual = median_low(near)
    # Rounded towards the median, so that exactly the percentage is still usual.
    return Band(-(-usual * shrink // 100), usual * grow // 100, usual, len(near))


def _span(scopes: Sequence[Scope]) -> tuple[object, ...]:
    """What makes deliveries comparable: how many months, and which columns they are limited by."""
    months: set[tuple[str, int | None]] = set()
    for scope in scopes:
        equals = str(sorted(scope.equals.items()))
        if scope.first is None or scope.last is None:
            months.add((equals, None))
        else:
            span = range(_month_number(scope.first), _month_number(scope.last) + 1)
            months |= {(equals, month) for month in span}
    open_ended = any(month is None for _, month in months)
    return (len(months), open_ended, sorted({equals for equals, _ in months}))


def _month_number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:7])


def scopes_text(scopes: Sequence[Scope]) -> str:
    """Scopes as the run record keeps them."""
    return json.dumps([{"first": each.first, "last": each.last, "equals": dict(each.equals)} for each in scopes])


def scopes_from(text: str | None) -> list[Scope]:
    """The scopes of a run record; none for a whole delivery."""
    made: list[Mapping[str, Any]] = json.loads(text or "[]")
    return [Scope(each["first"], each["last"], each["equals"]) for each in made]


def add_findings(store: Store, run: Run, findings: Sequence[Finding]) -> None:
    """Keep what an adapter noticed (control totals) under its run."""
    if findings:
        with store.write() as database:
            database.execute(
                sa.insert(finding_rows), [{"run_id": run.run_id, **asdict(finding)} for finding in findings]
            )
