"""Summaries of the store for people and for rules: runs, cursors, findings of deliveries."""

from __future__ import annotations

from typing import Any

import polars as pl
import sqlalchemy as sa

from ipvb_bridge.core import findings as found
from ipvb_bridge.store import bulk
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.tables import cursors, findings, runs

_TEXT = pl.String()
_NUMBER = pl.Int64()
_MOMENT = pl.Datetime("us", "UTC")

OF_SENDING = ("planned", "sent", "confirmed", "failed")
"""Columns of a publish run; see :class:`ipvb_bridge.store.runs.Sending`."""
RUNS: dict[str, pl.DataType] = {
    "run_id": _NUMBER,
    "kind": _TEXT,
    "connection": _TEXT,
    "stream": _TEXT,
    "mode": _TEXT,
    "state": _TEXT,
    "started_at": _MOMENT,
    "finished_at": _MOMENT,
    "read": _NUMBER,
    "accepted": _NUMBER,
    "unchanged": _NUMBER,
    "quarantined": _NUMBER,
    "closed": _NUMBER,
    "code": _TEXT,
    "text": _TEXT,
    **dict.fromkeys(OF_SENDING, _NUMBER),
}
"""Columns of run records. ``mode``: snapshot, changes, period, unchanged (the payload was known), or null.
Those of :data:`OF_SENDING` are null on runs of another kind.
"""


def last_runs(store: Store) -> pl.DataFrame:
    """The last run of each kind, connection and stream: columns :data:`RUNS`, ordered by connection and stream."""
    last = sa.select(sa.func.max(runs.c.run_id)).group_by(runs.c.kind, runs.c.connection, runs.c.stream)
    frame = _runs(store, runs.c.run_id.in_(last))
    return frame.sort("kind", "connection", "stream", descending=[True, False, False])


def all_runs(store: Store, *, connection: str | None = None, stream: str | None = None) -> pl.DataFrame:
    """Run records, oldest first: columns :data:`RUNS`. What R06 and R07 look at."""
    wanted: sa.ColumnElement[bool] = sa.true()
    if connection is not None:
        wanted &= runs.c.connection == connection
    if stream is not None:
        wanted &= runs.c.stream == stream
    return _runs(store, wanted)


def cursor_state(store: Store) -> pl.DataFrame:
    """Cursors: connection, stream, cursor (JSON), run_id, moved_at."""
    schema = {"connection": _TEXT, "stream": _TEXT, "cursor": _TEXT, "run_id": _NUMBER, "moved_at": _MOMENT}
    query = sa.select(*(cursors.c[name] for name in schema)).order_by(cursors.c.connection, cursors.c.stream)
    with store.read() as database:
        return bulk.fetch(database, query, schema)


def delivery_findings(store: Store) -> pl.DataFrame:
    """What adapters noticed in the last green delivery of each connection and stream.

    Columns: connection, stream, then those of :func:`ipvb_bridge.core.findings.schema`.
    """
    schema: dict[str, pl.DataType] = {"connection": _TEXT, "stream": _TEXT, **found.schema()}
    last = (
        sa.select(sa.func.max(runs.c.run_id))
        # A delivery that was found unchanged says nothing new: what was noticed in it still holds.
        .where(runs.c.kind == "pull", runs.c.state == "green", runs.c.mode != "unchanged")
        .group_by(runs.c.connection, runs.c.stream)
    )
    columns: list[Any] = [runs.c.connection, runs.c.stream, *(findings.c[name] for name in found.schema())]
    query = (
        sa.select(*columns)
        .join_from(runs, findings, runs.c.run_id == findings.c.run_id)
        .where(runs.c.run_id.in_(last))
        .order_by(runs.c.connection, runs.c.stream, findings.c.finding_id)
    )
    with store.read() as database:
        return bulk.fetch(database, query, schema)


def _runs(store: Store, wanted: sa.ColumnElement[bool]) -> pl.DataFrame:
    query = sa.select(*(runs.c[name] for name in RUNS)).where(wanted).order_by(runs.c.run_id)
    with store.read() as database:
        return bulk.fetch(database, query, RUNS)
