"""One delivery of one stream: staged batch by batch, then merged in one short transaction with its cursor.

A batch is compared with the current rows as soon as the delivery is large enough to make reading their hashes worth
while; what is found unchanged is not staged at all. The hashes come from the file that the last merge left in the
store's folder, or else from the database. The file also holds the rows' marks (:mod:`ipvb_bridge.store.marks`), by
which a row that was delivered in the same form before is passed over without the gate.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl
import sqlalchemy as sa

from ipvb_bridge.core import validation
from ipvb_bridge.core.records import Table
from ipvb_bridge.plugin.adapter import Cursor, Mode, Scope
from ipvb_bridge.store import bulk, marks, merging, quarantine, snapshots
from ipvb_bridge.store import scopes as scoping
from ipvb_bridge.store.content import content_hash
from ipvb_bridge.store.database import Store, now
from ipvb_bridge.store.keys import CONTENT, Keys
from ipvb_bridge.store.marks import MARKS
from ipvb_bridge.store.runs import Counts, Run, beat, drop_staged
from ipvb_bridge.store.tables import current, cursors, identity, runs, staged, staged_keys

COMPARE_FROM = 16
"""A delivery is compared before staging once it holds a sixteenth of the current rows (a 256th when a file has their
hashes); a smaller one is staged whole, because reading every current hash would cost more than it saves."""


def cursor(store: Store, connection: str, stream: str) -> Cursor | None:
    """What the last merged delivery asked to remember; None when there is none."""
    query = sa.select(cursors.c.cursor).where(cursors.c.connection == connection, cursors.c.stream == stream)
    with store.read() as database:
        found = database.execute(query).scalar()
    if found is None:
        return None
    remembered: Cursor = json.loads(found)
    return remembered


class Delivery:
    """Takes in a delivery. Nothing of it is current before ``merge``; a run that dies leaves rows that nobody reads.

    Use: ``stage``, ``hold`` and ``delete`` for each batch, look at ``read`` against :func:`runs.expected_band`, then
    ``merge``, or ``runs.finish_run(..., "red")`` to drop it.
    """

    def __init__(self, store: Store, run: Run, table: Table) -> None:
        assert run.stream == table.name, "the run of a pull of this stream"
        assert run.connection is not None, "a pull is of one connection"
        self.store = store
        self.run = run
        self.table = table
        self._connection: str = run.connection
        self._current = current[table.name]
        self._staged = staged[table.name]
        self._keys = Keys()
        self._state = marks.state(table)
        self._read = 0
        self._held = 0

    @property
    def read(self) -> int:
        """Rows taken in so far: staged, found unchanged, or held."""
        return self._read

    def skim(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Take in those rows, as delivered, that are current just so; the others, with their marks, for the gate.

        The frame is one that :func:`marks.can_mark` says yes to. Raises ``RunError`` as :meth:`stage`.
        """
        rows = marks.marked(self.table, rows, self._state)
        if self._keys.known is None:
            self._look_up(self._read + rows.height)
        same = self._keys.skim(rows)
        if not same.any():
            return rows
        self._read += int(same.sum())
        others = rows.filter(~same)
        if others.is_empty():
            # Else the run shows that it is alive when these are staged or held.
            with self.store.write() as database:
                beat(database, self.run, self._read)
        return others

    def stage(self, rows: pl.DataFrame) -> None:
        """Take in typed rows (``table.schema()``; optional ``_position``, ``changed_at``, marks) and commit them.

        Batches of 50,000 rows or a few times that. Raises ``RunError`` when another run has taken this one's place.
        """
        if rows.is_empty():
            return
        frame = self._prepared(rows)
        if self._keys.known is None:
            self._look_up(self._read + frame.height)
        fresh = self._keys.arrive(frame)
        with self.store.write() as database:
            beat(database, self.run, self._read + frame.height)
            bulk.append(database, self._staged, fresh.drop(MARKS))
        self._read += frame.height

    def hold(self, held: pl.DataFrame) -> None:
        """Take in rows that validation held back (frame ``Checked.held``, one entry a row)."""
        if held.is_empty():
            return
        with self.store.write() as database:
            beat(database, self.run, self._read + held.height)
            quarantine.add(database, self.run, held, self.store.folder)
        self._keys.hold(held["key"])
        self._read += held.height
        self._held += held.height

    def delete(self, source_ids: Sequence[str]) -> None:
        """Note keys that a change feed says are gone. A key delivered in a later batch of this delivery is not gone.

        Also when that row is held back: then its last good version stays, and the held row is shown.
        """
        self._keys.delete(source_ids)

    def merge(self, mode: Mode, *, scopes: Sequence[Scope] = (), cursor: Cursor | None = None) -> Counts:
        """Make the delivery current, move the cursor and mark the run green, in one short transaction.

        New rows start, changed rows close the old one, unchanged rows stay. Current rows that were not delivered are
        closed: inside the union of ``scopes``; without scopes, all rows of the connection (snapshot) or none (changes,
        period). A row whose key was held back is not gone: its last good version stays. All rows of a key that the
        delivery holds twice are held back. ``cursor`` None leaves the cursor as it is.

        Raises ``RunError`` when another run has taken this one's place, or a scope does not fit the stream.
        """
        complete = None if scoping.covers_nothing(mode, scopes) else scopes
        doubles = self._hold_doubles()
        gone = self._gone(complete)
        with self.store.write() as database:
            beat(database, self.run, self._read)
            moment = merging.moment_of_merge(database)
            accepted = closed = 0
            if self._keys.fresh:
                accepted = merging.renew(database, self.run, moment, first=self._keys.first)
            if len(gone):
                closed = merging.close_gone(database, self.run, moment)
            settled = _Settled(self._keys, doubles, gone)
            quarantine.settle(database, self.run, moment, settled, complete, self.store.folder)
            if cursor is not None:
                merging.move_cursor(database, self.run, cursor, moment)
            drop_staged(database, self.table.name, connection=self._connection)
            counts = Counts(self._read, accepted, self._read - self._held - accepted, self._held, closed)
            merging.mark_green(database, self.run, mode, scopes, counts, moment)
            # Asked for in the merge itself: once it is committed, another run may have changed the rows again.
            name, key = self._file(database)
        self._remember(name, key, doubles, gone, counts, moment)
        if self._keys.known is not None and counts.accepted * 10 > self._keys.known.height:
            with self.store.write() as database:
                merging.count_rows(database, self.run)
        return counts

    def unchanged(self, cursor: Cursor | None = None) -> Counts:
        """The payload is the one the cursor describes: mark the run green with zero counts, touch no row."""
        counts = Counts()
        with self.store.write() as database:
            beat(database, self.run, 0)
            if cursor is not None:
                merging.move_cursor(database, self.run, cursor, now())
            drop_staged(database, self.table.name, connection=self._connection)
            merging.mark_green(database, self.run, "unchanged", (), counts, None)
        return counts

    def _prepared(self, rows: pl.DataFrame) -> pl.DataFrame:
        optional = {
            "_position": pl.lit(None, pl.String),
            "changed_at": pl.lit(None, pl.Datetime("us", "UTC")),
            **{name: pl.lit(0, dtype) for name, dtype in MARKS.items()},
        }
        absent = [value.alias(name) for name, value in optional.items() if name not in rows.columns]
        return rows.with_columns(absent).select(
            pl.lit(self.run.run_id).alias("run_id"),
            validation.source_id(self.table).alias("source_id"),
            pl.col("_position").alias("position"),
            *self.table.names,
            "changed_at",
            content_hash(self.table, rows),
            *MARKS,
        )

    def _look_up(self, delivered: int) -> None:
        """Read the current keys, hashes and marks when the delivery is large enough, so far, for that to pay."""
        most = delivered * COMPARE_FROM
        mine = merging.current_of(self.run)
        with self.store.read() as database:
            name, key = self._file(database)
            kept = snapshots.load(self.store.folder, name, key, most=most * 16) if key else None
            if kept is not None:
                self._keys.know(kept[0])
                return
            some = sa.select(sa.literal(1)).select_from(self._current).where(mine).limit(most + 1).subquery()
            if database.execute(sa.select(sa.func.count()).select_from(some)).scalar_one() <= most:
                query = sa.select(self._current.c.source_id, self._current.c.content_hash).where(mine)
                rows = bulk.fetch(database, query, CONTENT)
                self._keys.know(rows.with_columns(pl.lit(0, dtype).alias(name) for name, dtype in MARKS.items()))

    def _file(self, database: sa.Connection) -> tuple[str, str]:
        """Name and key of the file with the current keys; the key is empty when no run has changed them."""
        name = f"keys-{self.table.name}-{hashlib.sha256(self._connection.encode()).hexdigest()[:8]}"
        last = database.execute(
            sa.select(runs.c.run_id, runs.c.merged_at, sa.select(identity.c.store_id).scalar_subquery())
            .where(
                runs.c.connection == self._connection,
                runs.c.stream == self.table.name,
                runs.c.state == "green",
                runs.c.accepted + runs.c.closed > 0,
            )
            .order_by(runs.c.run_id.desc())
            .limit(1)
        ).one_or_none()
        return name, snapshots.key("marks", self.table.version, *last) if last else ""

    def _remember(self, name: str, key: str, doubles: pl.Series, gone: pl.Series, counts: Counts, moment: int) -> None:
        """Leave the keys as they are after this merge for the next delivery, in the file of that state."""
        changed = self._keys.fresh or self._keys.renewed or counts.closed > 0
        after = self._keys.afterwards(doubles, gone) if changed and self.store.folder is not None else None
        if after is not None:
            snapshots.save(self.store.folder, name, key, after, str(moment))

    def _hold_doubles(self) -> pl.Series:
        """Send every row of a key that was delivered more than once to quarantine; the keys."""
        doubles = self._keys.doubles()
        if doubles.is_empty():
            return doubles
        schema = {"position": pl.String(), **self.table.schema()}
        keys = merging.keys_of(self.run, "double")
        here = (self._staged.c.run_id == self.run.run_id) & self._staged.c.source_id.in_(keys)
        with self.store.write() as database:
            beat(database, self.run, self._read)
            self._set_apart(database, doubles, "double")
            rows = bulk.fetch(database, sa.select(*(self._staged.c[name] for name in schema)).where(here), schema)
            database.execute(sa.delete(self._staged).where(here))
            # Rows that were found unchanged were not staged: they read as the current row does.
            times = self._keys.unchanged_times(doubles)
            if not times.is_empty():
                columns = [sa.null().label("position"), *(self._current.c[name] for name in self.table.names)]
                query = sa.select(*columns, self._current.c.source_id).where(
                    merging.current_of(self.run), self._current.c.source_id.in_(keys)
                )
                stored = bulk.fetch(database, query, {**schema, "source_id": pl.String()})
                stored = stored.rename({"source_id": "_key"}).join(times, left_on="_key", right_on="source_id")
                rows = pl.concat([rows, stored.select(pl.col(list(schema)).repeat_by("_times").explode())])
            held = validation.duplicates(self.table, rows.drop("position"), rows["position"])
            quarantine.add(database, self.run, held, self.store.folder)
        self._held += rows.height
        return doubles

    def _gone(self, scopes: Sequence[Scope] | None) -> pl.Series:
        """Keys to close: reported as deleted, or absent from what the delivery is complete for; set apart for it."""
        gone = self._keys.deleted()
        if scopes is not None:
            gone = pl.concat([gone, self._absent(scopes)]).unique()
        if not gone.is_empty():
            with self.store.write() as database:
                beat(database, self.run, self._read)
                self._set_apart(database, gone, "gone")
        return gone

    def _absent(self, scopes: Sequence[Scope]) -> pl.Series:
        if self._keys.known is not None and not scopes:
            return self._keys.absent()
        inside = scoping.condition(self.table, scopes, self._connection)
        query = sa.select(self._current.c.source_id).where(merging.current_of(self.run), inside)
        with self.store.read() as database:
            candidates = bulk.fetch(database, query, {"source_id": pl.String()})["source_id"]
        return self._keys.absent(candidates)

    def _set_apart(self, database: sa.Connection, keys: pl.Series, why: str) -> None:
        frame = keys.to_frame().with_columns(run_id=pl.lit(self.run.run_id), why=pl.lit(why))
        bulk.append(database, staged_keys, frame)


@dataclass(frozen=True, slots=True)
class _Settled:
    """The keys that a delivery has mended: they arrived well, once, or are gone."""

    delivered: Keys
    doubles: pl.Series
    gone: pl.Series

    def keys(self, asked: pl.Series) -> pl.Series:
        """Those of the keys that it has mended."""
        return self._mended(self.delivered.good(asked))

    def masked(self) -> pl.Series:
        """All that it has mended and in which a number stands that could be masked."""
        mended = self._mended(self.delivered.good())
        return mended.filter(mended.str.contains("[0-9]{9}"))

    def _mended(self, good: pl.Series) -> pl.Series:
        mended = pl.concat([good, self.gone])
        return mended.filter(~mended.is_in(self.doubles.implode()))
