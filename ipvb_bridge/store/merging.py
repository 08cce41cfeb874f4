"""The statements of a merge: staged rows become current rows, inside the one short transaction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import sqlalchemy as sa

from ipvb_bridge.plugin.adapter import Cursor, Scope
from ipvb_bridge.store.database import now
from ipvb_bridge.store.runs import Counts, Run, scopes_text
from ipvb_bridge.store.tables import current, cursors, runs, staged, staged_keys

_MERGE_LOCK = 4_927_220_118


def current_of(run: Run) -> sa.ColumnElement[bool]:
    """The current rows of the run's connection, in its stream's table."""
    rows = current[str(run.stream)]
    return (rows.c.connection == run.connection) & rows.c.seen_until.is_(None)


def keys_of(run: Run, why: str) -> sa.Select[Any]:
    """The keys that the run has set apart as ``gone`` or ``double``."""
    return sa.select(staged_keys.c.source_id).where(staged_keys.c.run_id == run.run_id, staged_keys.c.why == why)


def moment_of_merge(database: sa.Connection) -> int:
    """The moment of this merge: later than every earlier one, also when the clock was set back."""
    if database.dialect.name == "postgresql":
        # One merge at a time, so that moments are in the order in which merges become visible.
        database.execute(sa.select(sa.func.pg_advisory_xact_lock(_MERGE_LOCK)))
    last = database.execute(sa.select(sa.func.max(runs.c.merged_at))).scalar()
    return max(now(), (last or 0) + 1)


def renew(database: sa.Connection, run: Run, moment: int, *, first: bool) -> int:
    """Close the current rows that changed, insert the new and the changed ones; the number inserted.

    ``first``: the connection has no current rows, so there is nothing to look up.
    """
    if not first:
        _close_changed(database, run, moment)
    return _insert(database, run, moment, first=first)


def _close_changed(database: sa.Connection, run: Run, moment: int) -> None:
    """Close the current rows of which the run staged another content."""
    rows, fresh = current[str(run.stream)], staged[str(run.stream)]
    database.execute(
        sa.update(rows)
        .where(
            current_of(run),
            fresh.c.run_id == run.run_id,
            rows.c.source_id == fresh.c.source_id,
            rows.c.content_hash != fresh.c.content_hash,
        )
        .values(seen_until=moment)
    )


def _insert(database: sa.Connection, run: Run, moment: int, *, first: bool) -> int:
    """Make the staged rows current, except those whose key is still current: these are unchanged. How many."""
    rows, fresh = current[str(run.stream)], staged[str(run.stream)]
    names = [column.name for column in fresh.c if column.name not in ("run_id", "position")]
    query = sa.select(sa.literal(run.connection), sa.literal(moment), *(fresh.c[name] for name in names))
    query = query.where(fresh.c.run_id == run.run_id)
    if not first:
        query = query.where(~sa.exists().where(current_of(run), rows.c.source_id == fresh.c.source_id))
    inserted = database.execute(
        sa.insert(rows).from_select(["connection", "seen_from", *names], query),
        # Of an INSERT SQLAlchemy forgets the number of rows unless it is told not to.
        execution_options={"preserve_rowcount": True},
    )
    return int(inserted.rowcount)


def close_gone(database: sa.Connection, run: Run, moment: int) -> int:
    """Close the current rows whose keys were set apart as gone; their number."""
    rows = current[str(run.stream)]
    gone = sa.update(rows).where(current_of(run), rows.c.source_id.in_(keys_of(run, "gone")))
    return int(database.execute(gone.values(seen_until=moment)).rowcount)


def count_rows(database: sa.Connection, run: Run) -> None:
    """After many new rows: let PostgreSQL look at them now, not when it gets round to it.

    Without it the next merge was measured to scan a million rows for ten thousand changes.
    """
    if database.dialect.name == "postgresql":
        database.execute(sa.text(f"ANALYZE {run.stream} (connection, source_id, seen_until)"))


def move_cursor(database: sa.Connection, run: Run, cursor: Cursor, moment: int) -> None:
    """Remember the cursor of the run's connection and stream, in place of the earlier one."""
    here = (cursors.c.connection == run.connection) & (cursors.c.stream == run.stream)
    database.execute(sa.delete(cursors).where(here))
    database.execute(
        sa.insert(cursors).values(
            connection=run.connection,
            stream=run.stream,
            cursor=json.dumps(dict(cursor), sort_keys=True),
            run_id=run.run_id,
            moved_at=moment,
        )
    )


def mark_green(
    database: sa.Connection, run: Run, mode: str, scopes: Sequence[Scope], counts: Counts, moment: int | None
) -> None:
    """Finish the run. ``moment`` is that of its merge, None when it merged nothing."""
    values = {"state": "green", "mode": mode, "scopes": scopes_text(scopes), "finished_at": now(), "merged_at": moment}
    database.execute(sa.update(runs).where(runs.c.run_id == run.run_id).values(**values, **asdict(counts)))
