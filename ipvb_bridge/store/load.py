"""One delivery of one stream: staged batch by batch, then merged in one short transaction with its cursor.

A batch is compared with the current rows by content hash as soon as the delivery is large enough to make reading
those hashes worth while; what is found unchanged is not staged at all. Keys and hashes of the delivery are kept in
memory (about 50 bytes a row); the rows themselves are not.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl
import sqlalchemy as sa

from ipvb_bridge.core import validation
from ipvb_bridge.core.records import Table
from ipvb_bridge.plugin.adapter import Cursor, Mode, Scope
from ipvb_bridge.store import bulk, quarantine
from ipvb_bridge.store import scopes as scoping
from ipvb_bridge.store.content import content_hash
from ipvb_bridge.store.database import Store, now
from ipvb_bridge.store.runs import Counts, Run, beat, drop_staged, scopes_text
from ipvb_bridge.store.tables import current, cursors, runs, staged, staged_keys

COMPARE_FROM = 16
"""A delivery is compared before staging once it holds a sixteenth of the current rows; a smaller one is staged whole,
because reading every current hash would cost more than it saves."""

_MERGE_LOCK = 4_927_220_118
_KEY = {"source_id": pl.String()}


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
        self._mine = (self._current.c.connection == run.connection) & self._current.c.seen_until.is_(None)
        self._read = 0
        self._held = 0
        self._first = False
        self._known: pl.DataFrame | None = None
        # One entry a batch, after an empty one: keys that were staged, keys of rows found unchanged, keys held back.
        self._arrived = [pl.Series("source_id", [], pl.String)]
        self._same = [pl.Series("source_id", [], pl.String)]
        self._held_keys = [pl.Series("source_id", [], pl.String)]
        self._deleted: dict[str, int] = {}

    @property
    def read(self) -> int:
        """Rows taken in so far: staged, found unchanged, or held."""
        return self._read

    def stage(self, rows: pl.DataFrame) -> None:
        """Take in typed rows (``table.schema()``; optional text ``_position``, moment ``changed_at``) and commit them.

        Batches of 50,000 to 100,000 rows. Raises ``RunError`` when another run has taken this one's place.
        """
        if rows.is_empty():
            return
        frame = self._prepared(rows)
        self._compare_from_now_on(frame.height)
        same = self._is_current(frame)
        fresh = frame.filter(~same)
        with self.store.write() as database:
            beat(database, self.run, self._read + frame.height)
            bulk.append(database, self._staged, fresh)
        self._read += frame.height
        self._arrived.append(fresh["source_id"])
        self._same.append(frame["source_id"].filter(same))

    def hold(self, held: pl.DataFrame) -> None:
        """Take in rows that validation held back (frame ``Checked.held``, one entry a row)."""
        if held.is_empty():
            return
        with self.store.write() as database:
            beat(database, self.run, self._read + held.height)
            quarantine.add(database, self.run, held)
        self._read += held.height
        self._held += held.height
        self._held_keys.append(held["source_id"].filter(held["source_id"] != ""))

    def delete(self, source_ids: Sequence[str]) -> None:
        """Note keys that a change feed says are gone. A key delivered in a later batch of this delivery is not gone."""
        self._deleted |= dict.fromkeys(source_ids, len(self._arrived))

    def merge(self, mode: Mode, *, scopes: Sequence[Scope] = (), cursor: Cursor | None = None) -> Counts:
        """Make the delivery current, move the cursor and mark the run green, in one short transaction.

        New rows start, changed rows close the old one, unchanged rows stay. Current rows that were not delivered are
        closed: inside the union of ``scopes``; without scopes, all rows of the connection (snapshot) or none (changes,
        period). A row whose key was held back is not gone: its last good version stays. All rows of a key that the
        delivery holds twice are held back. ``cursor`` None leaves the cursor as it is.

        Raises ``RunError`` when another run has taken this one's place, or a scope does not fit the stream.
        """
        nothing = scoping.covers_nothing(mode, scopes)
        doubles = self._hold_doubles()
        gone = pl.concat([self._reported_gone(), *([] if nothing else [self._absent(scopes)])]).unique()
        with self.store.write() as database:
            bulk.append(
                database,
                staged_keys,
                pl.DataFrame([gone]).with_columns(run_id=pl.lit(self.run.run_id), why=pl.lit("gone")),
            )
        with self.store.write() as database:
            beat(database, self.run, self._read)
            moment = self._moment(database)
            accepted = self._renew(database, moment)
            closed = self._close(database, moment)
            quarantine.settle(database, self.run, moment, self._settled(gone, doubles), None if nothing else scopes)
            if cursor is not None:
                self._move(database, cursor, moment)
            drop_staged(database, self.table.name, connection=self._connection)
            unchanged = self._read - self._held - accepted
            counts = Counts(self._read, accepted, unchanged, self._held, closed)
            self._green(database, mode, scopes, counts, moment)
        return counts

    def unchanged(self, cursor: Cursor | None = None) -> Counts:
        """The payload is the one the cursor describes: mark the run green with zero counts, touch no row."""
        counts = Counts()
        with self.store.write() as database:
            beat(database, self.run, 0)
            moment = now()
            if cursor is not None:
                self._move(database, cursor, moment)
            drop_staged(database, self.table.name, connection=self._connection)
            self._green(database, "unchanged", (), counts, None)
        return counts

    def _prepared(self, rows: pl.DataFrame) -> pl.DataFrame:
        optional = {"_position": pl.String(), "changed_at": pl.Datetime("us", "UTC")}
        absent = [pl.lit(None, dtype).alias(name) for name, dtype in optional.items() if name not in rows.columns]
        return rows.with_columns(absent).select(
            pl.lit(self.run.run_id).alias("run_id"),
            validation.source_id(self.table).alias("source_id"),
            pl.col("_position").alias("position"),
            *self.table.names,
            "changed_at",
            content_hash(self.table, rows),
        )

    def _compare_from_now_on(self, more: int) -> None:
        """Read the current keys and hashes, once the delivery is large enough for that to pay."""
        if self._known is not None or self._first:
            return
        most = (self._read + more) * COMPARE_FROM
        some = sa.select(sa.literal(1)).select_from(self._current).where(self._mine).limit(most + 1).subquery()
        query = sa.select(self._current.c.source_id, self._current.c.content_hash).where(self._mine)
        with self.store.read() as database:
            count = database.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
            self._first = count == 0
            if 0 < count <= most:
                known = bulk.fetch(database, query, {**_KEY, "content_hash": pl.Int64()})
                self._known = known.sort("content_hash")

    def _is_current(self, frame: pl.DataFrame) -> pl.Series:
        """Which rows are known to be current already."""
        if self._known is None:
            return pl.Series([False]).new_from_index(0, frame.height)
        hashes = self._known["content_hash"]
        # A binary search in the sorted hashes: unlike a join it builds nothing anew for each batch.
        at = hashes.search_sorted(frame["content_hash"]).clip(0, len(hashes) - 1)
        same = hashes.gather(at) == frame["content_hash"]
        return same & (self._known["source_id"].gather(at) == frame["source_id"])

    def _hold_doubles(self) -> pl.Series:
        """Send every row of a key that was delivered more than once to quarantine; the keys."""
        unchanged = pl.concat(self._same)
        arrived = pl.concat([*self._arrived, unchanged])
        good = arrived.filter(arrived.is_duplicated() | arrived.is_in(pl.concat(self._held_keys).implode())).unique()
        if good.is_empty():
            return good
        positions = pl.Schema({"position": pl.String(), **self.table.schema()})
        columns = [self._staged.c[name] for name in positions]
        current_columns = [sa.null().label("position"), *(self._current.c[name] for name in self.table.names)]
        with self.store.write() as database:
            beat(database, self.run, self._read)
            key = pl.DataFrame([good]).with_columns(run_id=pl.lit(self.run.run_id), why=pl.lit("double"))
            bulk.append(database, staged_keys, key)
            keys = sa.select(staged_keys.c.source_id).where(
                staged_keys.c.run_id == self.run.run_id, staged_keys.c.why == "double"
            )
            here = (self._staged.c.run_id == self.run.run_id) & self._staged.c.source_id.in_(keys)
            rows = bulk.fetch(database, sa.select(*columns).where(here), positions)
            database.execute(sa.delete(self._staged).where(here))
            # Rows that were found unchanged were not staged: they read as the current row does.
            times = unchanged.filter(unchanged.is_in(good.implode())).value_counts(name="_times")
            if not times.is_empty():
                query = sa.select(*current_columns).where(self._mine, self._current.c.source_id.in_(keys))
                stored = bulk.fetch(database, query, positions)
                stored = stored.with_columns(validation.source_id(self.table).alias("_key"))
                stored = stored.join(times, left_on="_key", right_on="source_id").drop("_key")
                rows = pl.concat([rows, stored.select(pl.exclude("_times").repeat_by("_times").explode())])
            held = validation.duplicates(self.table, rows.drop("position"), rows["position"])
            quarantine.add(database, self.run, held)
        self._held += rows.height
        return good

    def _reported_gone(self) -> pl.Series:
        """Keys reported as deleted and not delivered after that."""
        empty = pl.Series("source_id", [], pl.String)
        if not self._deleted:
            return empty
        told = pl.DataFrame(
            {"source_id": list(self._deleted), "batch": list(self._deleted.values())}, {**_KEY, "batch": pl.Int64}
        )
        later = [
            told["source_id"].filter((told["batch"] <= number) & told["source_id"].is_in(keys.implode()))
            for number, both in enumerate(zip(self._arrived, self._same, strict=True))
            for keys in both
        ]
        back = pl.concat([empty, *later])
        return told["source_id"].filter(~told["source_id"].is_in(back.implode()))

    def _absent(self, scopes: Sequence[Scope]) -> pl.Series:
        """Current keys inside the scopes that the delivery holds in no form, good or held."""
        if self._known is not None and not scopes:
            candidates = self._known.select("source_id")
        else:
            inside = scoping.condition(self.table, scopes, self._connection)
            with self.store.read() as database:
                query = sa.select(self._current.c.source_id).where(self._mine, inside)
                candidates = bulk.fetch(database, query, _KEY)
        if candidates.is_empty():
            return candidates["source_id"]
        delivered = pl.concat([*self._arrived, *self._held_keys, *self._same])
        return candidates.join(pl.DataFrame([delivered]), on="source_id", how="anti")["source_id"]

    def _settled(self, gone: pl.Series, doubles: pl.Series) -> pl.Series:
        good = pl.concat([*self._arrived, *self._same, gone])
        return good.filter(~good.is_in(doubles.implode())) if len(doubles) else good

    def _moment(self, database: sa.Connection) -> int:
        """The moment of this merge: later than every earlier one, also when the clock was set back."""
        if self.store.postgresql:
            # One merge at a time, so that moments are in the order in which merges become visible.
            database.execute(sa.select(sa.func.pg_advisory_xact_lock(_MERGE_LOCK)))
        last = database.execute(sa.select(sa.func.max(runs.c.merged_at))).scalar()
        return max(now(), (last or 0) + 1)

    def _renew(self, database: sa.Connection, moment: int) -> int:
        """Close rows that changed and insert what is new or changed; the number of rows inserted."""
        rows, fresh = self._current, self._staged
        mine = fresh.c.run_id == self.run.run_id
        if not self._first:
            database.execute(
                sa.update(rows)
                .where(
                    self._mine,
                    mine,
                    rows.c.source_id == fresh.c.source_id,
                    rows.c.content_hash != fresh.c.content_hash,
                )
                .values(seen_until=moment)
            )
            # What is still current under a staged key is unchanged.
            mine &= ~sa.exists().where(self._mine, rows.c.source_id == fresh.c.source_id)
        names = ["source_id", *self.table.names, "changed_at", "content_hash"]
        inserted = database.execute(
            sa.insert(rows).from_select(
                ["connection", "seen_from", *names],
                sa.select(sa.literal(self._connection), sa.literal(moment), *(fresh.c[name] for name in names)).where(
                    mine
                ),
            ),
            # Of an INSERT SQLAlchemy forgets the number of rows unless it is told not to.
            execution_options={"preserve_rowcount": True},
        )
        return int(inserted.rowcount)

    def _close(self, database: sa.Connection, moment: int) -> int:
        keys = sa.select(staged_keys.c.source_id).where(
            staged_keys.c.run_id == self.run.run_id, staged_keys.c.why == "gone"
        )
        closed = database.execute(
            sa.update(self._current).where(self._mine, self._current.c.source_id.in_(keys)).values(seen_until=moment)
        )
        return int(closed.rowcount)

    def _move(self, database: sa.Connection, cursor: Cursor, moment: int) -> None:
        here = (cursors.c.connection == self._connection) & (cursors.c.stream == self.table.name)
        database.execute(sa.delete(cursors).where(here))
        database.execute(
            sa.insert(cursors).values(
                connection=self._connection,
                stream=self.table.name,
                cursor=json.dumps(dict(cursor), sort_keys=True),
                run_id=self.run.run_id,
                moved_at=moment,
            )
        )

    def _green(
        self, database: sa.Connection, mode: str, scopes: Sequence[Scope], counts: Counts, moment: int | None
    ) -> None:
        database.execute(
            sa.update(runs)
            .where(runs.c.run_id == self.run.run_id)
            .values(
                state="green",
                mode=mode,
                scopes=scopes_text(scopes),
                finished_at=now(),
                merged_at=moment,
                read=counts.read,
                accepted=counts.accepted,
                unchanged=counts.unchanged,
                quarantined=counts.quarantined,
                closed=counts.closed,
            )
        )
