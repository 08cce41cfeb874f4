"""Rows that were held back, each with its reason, until a good row takes its place."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import polars as pl
import sqlalchemy as sa

from ipvb_bridge.plugin.adapter import Scope
from ipvb_bridge.store import bulk, masked
from ipvb_bridge.store.database import Store, now
from ipvb_bridge.store.runs import Run, scopes_from
from ipvb_bridge.store.tables import quarantine, runs

_TEXT = pl.String()
_NUMBER = pl.Int64()
LISTED = {
    "entry_id": _NUMBER,
    "run_id": _NUMBER,
    "connection": _TEXT,
    "stream": _TEXT,
    "source_id": _TEXT,
    "position": _TEXT,
    "column": _TEXT,
    "code": _TEXT,
    "seen": _TEXT,
    "record": _TEXT,
    "state": _TEXT,
    "held_at": pl.Datetime("us", "UTC"),
    "resolved_at": pl.Datetime("us", "UTC"),
}

_SAME = ["source_id", "column", "code", "record", "key_hash"]


class Settled(Protocol):
    """What a delivery has mended: rows that arrived well, once, or are gone."""

    def keys(self, asked: pl.Series) -> pl.Series:
        """Those of the keys that the delivery has mended."""

    def masked(self) -> pl.Series:
        """All keys that the delivery has mended and that a held row may show masked."""


def held_rows(
    store: Store,
    *,
    connection: str | None = None,
    stream: str | None = None,
    run_id: int | None = None,
    limit: int | None = None,
) -> pl.DataFrame:
    """Open entries; with ``run_id``, all that this run held, also when it turned red.

    Columns: entry_id, run_id, connection, stream, source_id, position, column, code, seen, record, state (staged: of a
    run that did not turn green, open, resolved), held_at, resolved_at.
    """
    wanted = [quarantine.c.state == "open"] if run_id is None else [quarantine.c.last_run_id == run_id]
    if connection is not None:
        wanted.append(quarantine.c.connection == connection)
    if stream is not None:
        wanted.append(quarantine.c.stream == stream)
    query = sa.select(*(quarantine.c[name] for name in LISTED)).where(*wanted).order_by(quarantine.c.entry_id)
    with store.read() as database:
        return bulk.fetch(database, query.limit(limit), LISTED)


def count_open(store: Store) -> pl.DataFrame:
    """Open entries per connection, stream and code. Columns: connection, stream, code, rows."""
    keys = (quarantine.c.connection, quarantine.c.stream, quarantine.c.code)
    query = (
        sa.select(*keys, sa.func.count().label("rows"))
        .where(quarantine.c.state == "open")
        .group_by(*keys)
        .order_by(*keys)
    )
    with store.read() as database:
        return bulk.fetch(database, query, {"connection": _TEXT, "stream": _TEXT, "code": _TEXT, "rows": _NUMBER})


def add(database: sa.Connection, run: Run, held: pl.DataFrame, folder: Path | None) -> None:
    """Keep held rows (frame ``Checked.held``) under a run; they open when the run is merged.

    ``folder``: of the store, where the key stands by which masked keys are told apart (:mod:`store.masked`).
    """
    is_masked = held["source_id"] != held["key"]
    hashed = pl.Series("key_hash", [None], pl.String).new_from_index(0, held.height)
    hashed = hashed.scatter(is_masked.arg_true(), masked.hashes(folder, held["key"].filter(is_masked)))
    bulk.append(
        database,
        quarantine,
        held.select(
            hashed.alias("key_hash"),
            pl.lit(run.run_id).alias("run_id"),
            pl.lit(run.run_id).alias("last_run_id"),
            pl.lit(run.connection).alias("connection"),
            pl.lit(run.stream).alias("stream"),
            # A row without a key has no id to be found by.
            pl.when(pl.col("source_id") != "").then("source_id").alias("source_id"),
            "position",
            "column",
            "code",
            "seen",
            "record",
            pl.lit("staged").alias("state"),
            pl.lit(now()).alias("held_at"),
        ),
    )


def settle(
    database: sa.Connection,
    run: Run,
    moment: int,
    settled: Settled,
    scopes: Sequence[Scope] | None,
    folder: Path | None,
) -> None:
    """Open what a merged run held and resolve what it mended.

    An entry that was held before is not doubled. An earlier entry that this delivery does not hold again is resolved
    when ``settled`` says so of its key (it arrived well, or is gone), or when the delivery is complete for what
    the entry's own delivery was complete for (``scopes``; empty: everything; None: nothing). A masked key is
    compared by its keyed hash, in ``folder`` as for :func:`add`.
    """
    schema = {"entry_id": _NUMBER, "run_id": _NUMBER, **dict.fromkeys(_SAME, _TEXT)}
    columns = [quarantine.c[name] for name in schema]
    of_stream = (quarantine.c.connection == run.connection, quarantine.c.stream == run.stream)
    mine = bulk.fetch(
        database,
        sa.select(*columns)
        .where(quarantine.c.run_id == run.run_id, quarantine.c.state == "staged")
        .order_by(quarantine.c.entry_id),
        schema,
    )
    old = bulk.fetch(
        database,
        sa.select(*columns).where(*of_stream, quarantine.c.state == "open").order_by(quarantine.c.entry_id),
        schema,
    )
    if not old.is_empty():
        _resolve(database, run, moment, mine, old, settled, scopes, folder)
    if not mine.is_empty():
        database.execute(
            sa.update(quarantine)
            .where(quarantine.c.run_id == run.run_id, quarantine.c.state == "staged")
            .values(state="open", held_at=moment)
        )
    # What red runs of this stream held is history now.
    database.execute(sa.delete(quarantine).where(*of_stream, quarantine.c.state == "staged"))


def _resolve(
    database: sa.Connection,
    run: Run,
    moment: int,
    mine: pl.DataFrame,
    old: pl.DataFrame,
    settled: Settled,
    scopes: Sequence[Scope] | None,
    folder: Path | None,
) -> None:
    # The same row may stand in a file twice: the first matches the first, the second the second.
    nth = pl.int_range(pl.len()).over(_SAME).alias("nth")
    again = old.with_columns(nth).join(
        mine.with_columns(nth), on=[*_SAME, "nth"], how="inner", nulls_equal=True, suffix="_new"
    )
    _each(database, sa.delete(quarantine), again["entry_id_new"])
    _each(database, sa.update(quarantine).values(last_run_id=run.run_id), again["entry_id"])
    rest = old.join(again, on="entry_id", how="anti")
    # A key that is held for another reason now stands in the quarantine anew. A masked one says nothing of its own.
    shown = pl.col("key_hash").is_null()
    known = pl.concat([_ids(mine.filter(shown)), settled.keys(_ids(rest.filter(shown)))])
    done = shown & pl.col("source_id").is_in(known.implode())
    if rest["key_hash"].count():
        hashed = pl.Series(masked.hashes(folder, settled.masked()), dtype=pl.String)
        same = pl.concat([mine["key_hash"].drop_nulls(), hashed])
        done = done | pl.col("key_hash").is_in(same.implode())
    if scopes is not None:
        done = done | pl.col("run_id").is_in(_covered(database, rest, scopes))
    mended = rest.filter(done.fill_null(False))["entry_id"]
    values = {"state": "resolved", "resolved_at": moment, "resolved_by": run.run_id}
    _each(database, sa.update(quarantine).values(values), mended)


def _ids(entries: pl.DataFrame) -> pl.Series:
    return entries["source_id"].drop_nulls()


def _covered(database: sa.Connection, entries: pl.DataFrame, scopes: Sequence[Scope]) -> list[int]:
    """The runs among the entries' that were complete for no more than ``scopes``."""
    covered: list[int] = []
    for part in bulk.in_parts(entries["run_id"].unique().to_list()):
        query = sa.select(runs.c.run_id, runs.c.scopes, runs.c.mode).where(runs.c.run_id.in_(part))
        for row in database.execute(query):
            earlier = scopes_from(row.scopes)
            if not scopes or (earlier and all(_inside(each, scopes) for each in earlier)):
                covered.append(row.run_id)
    return covered


def _inside(scope: Scope, wider: Sequence[Scope]) -> bool:
    return any(
        (each.first is None or (scope.first is not None and scope.first >= each.first))
        and (each.last is None or (scope.last is not None and scope.last <= each.last))
        and all(scope.equals.get(name) == value for name, value in each.equals.items())
        for each in wider
    )


def _each(database: sa.Connection, statement: sa.Update | sa.Delete, entries: pl.Series) -> None:
    for part in bulk.in_parts(entries.to_list()):
        database.execute(statement.where(quarantine.c.entry_id.in_(part)))
