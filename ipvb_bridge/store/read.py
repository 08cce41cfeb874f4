"""Reading streams back as frames, as of a moment, from the database or a columnar snapshot of it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.store import bulk, columns, snapshots
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.tables import current, identity, runs

Moment = dt.datetime | int
_HASH = {"content_hash": pl.Int64()}


@dataclass(frozen=True, slots=True)
class StreamState:
    """What was read of a stream. ``fingerprint``: sha256 over its rows and their connections, whatever their order."""

    rows: int
    fingerprint: str
    changed_by: Mapping[str, int]
    """Connection -> the last run that changed this stream."""


@dataclass(frozen=True, slots=True)
class ReadState:
    """What was read: ``as_of`` (epoch microseconds) reads the same rows again later."""

    as_of: int
    streams: Mapping[str, StreamState]


def read_stream(
    store: Store, stream: str, *, as_of: Moment | None = None, connections: Sequence[str] | None = None
) -> pl.DataFrame:
    """The stream's rows (its schema, then text ``source``: the connection), current or as of a moment.

    A datetime needs its time zone; a number is epoch microseconds. The order of rows is not defined.
    """
    with store.read() as database:
        moment = None if as_of is None else _micros(as_of)
        return _rows(database, stream, moment, connections).drop("content_hash")


def read_streams(
    store: Store, names: Sequence[str], *, as_of: Moment | None = None
) -> tuple[dict[str, pl.DataFrame], ReadState]:
    """Several streams from one consistent state; uses and refreshes the columnar snapshots in ``store.folder``."""
    frames: dict[str, pl.DataFrame] = {}
    states: dict[str, StreamState] = {}
    with store.read() as database:
        last = database.execute(sa.select(sa.func.max(runs.c.merged_at))).scalar() or 0
        moment = last if as_of is None else min(_micros(as_of), last)
        store_id = database.execute(sa.select(identity.c.store_id)).scalar_one()
        changed = _changed_by(database, names, moment)
        for name in names:
            key = snapshots.key(store_id, name, STREAMS[name].version, changed[name])
            by = {connection: run_id for connection, (run_id, _) in changed[name].items()}
            kept = snapshots.load(store.folder, name, key)
            if kept is None:
                frame = _rows(database, name, None if moment == last else moment, None)
                fingerprint = _fingerprint(frame)
                kept = frame.drop("content_hash"), fingerprint
                if moment == last:
                    snapshots.save(store.folder, name, key, *kept)
            frames[name], fingerprint = kept
            states[name] = StreamState(frames[name].height, fingerprint, by)
    return frames, ReadState(moment, states)


def _micros(moment: Moment) -> int:
    if isinstance(moment, int):
        return moment
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return int((moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) / dt.timedelta(microseconds=1))


def _rows(database: sa.Connection, stream: str, moment: int | None, connections: Sequence[str] | None) -> pl.DataFrame:
    rows, table = current[stream], STREAMS[stream]
    schema = {**table.schema(), "source": pl.String(), **_HASH}
    query = sa.select(*(rows.c[name] for name in table.names), rows.c.connection.label("source"), rows.c.content_hash)
    by_columns = database.dialect.name == "sqlite"
    # The plus keeps SQLite from the index of current rows: it would walk all of it again for each range of rows.
    until: sa.ColumnElement[int] = sa.literal_column("+seen_until") if by_columns else rows.c.seen_until
    if moment is None:
        query = query.where(until.is_(None))
    else:
        query = query.where(rows.c.seen_from <= moment, until.is_(None) | (until > moment))
    if connections is not None:
        query = query.where(rows.c.connection.in_(connections))
    return columns.fetch(database, query, rows.c.row_id, schema) if by_columns else bulk.fetch(database, query, schema)


def _changed_by(database: sa.Connection, names: Sequence[str], moment: int) -> dict[str, dict[str, tuple[int, int]]]:
    """For each stream and connection the last run, until the moment, that changed a row, and when.

    The moment tells it from a run of the same number in a database that was put back from a copy.
    """
    query = (
        sa.select(runs.c.stream, runs.c.connection, sa.func.max(runs.c.run_id), sa.func.max(runs.c.merged_at))
        .where(runs.c.stream.in_(names), runs.c.merged_at <= moment, runs.c.accepted + runs.c.closed > 0)
        .group_by(runs.c.stream, runs.c.connection)
        .order_by(runs.c.stream, runs.c.connection)
    )
    found: dict[str, dict[str, tuple[int, int]]] = {name: {} for name in names}
    for stream, connection, run_id, merged_at in database.execute(query):
        found[stream][connection] = (run_id, merged_at)
    return found


def _fingerprint(frame: pl.DataFrame) -> str:
    """sha256 over the sorted content hashes of each connection."""
    digest = hashlib.sha256()
    for source in sorted(frame["source"].unique()):
        hashes = frame.filter(pl.col("source") == source)["content_hash"].sort()
        digest.update(f"{source}\n{len(hashes)}\n".encode())
        digest.update(hashes.to_frame().write_csv(include_header=False).encode())
    return digest.hexdigest()
