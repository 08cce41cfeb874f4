"""The tables of the store, derived from the declared records: one per stream, one beside it for staged rows.

Everything is a whole number or text. A date is a DATE on PostgreSQL and ISO text on SQLite (which has no dates), a
moment is epoch microseconds in UTC, a month is ``2026-01``, a flag is BOOLEAN on PostgreSQL and 0 or 1 on SQLite.
The migrations create these tables and never import this module; a test finds drift between the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from ipvb_bridge.core.records import SCALE, STREAMS, Column, Table, Type

metadata = sa.MetaData()

# Byte order: the same on both stores, and PostgreSQL compares it several times faster than a language's order.
Name = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
Whole = sa.BigInteger()
# SQLite fills in a number itself only for a column of type INTEGER.
Serial = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def column_type(column: Column) -> sa.types.TypeEngine[Any]:
    """The SQL type of a declared column."""
    if column.type in SCALE or column.type is Type.MOMENT:
        return sa.BigInteger()
    if column.type is Type.DATE:
        return sa.Date()
    if column.type is Type.FLAG:
        return sa.Boolean()
    return sa.Text()


def _columns(table: Table) -> Iterator[sa.Column[Any]]:
    for column in table.columns:
        yield sa.Column(column.name, column_type(column), nullable=column.nullable)


def _stream(table: Table) -> sa.Table:
    return sa.Table(
        table.name,
        metadata,
        sa.Column("row_id", Serial, sa.Identity(), primary_key=True),
        sa.Column("connection", Name, nullable=False),
        sa.Column("source_id", Name, nullable=False),
        *_columns(table),
        sa.Column("changed_at", Whole),
        sa.Column("content_hash", Whole, nullable=False),
        sa.Column("seen_from", Whole, nullable=False),
        sa.Column("seen_until", Whole),
        sa.Index(
            f"{table.name}_current",
            "connection",
            "source_id",
            unique=True,
            sqlite_where=sa.text("seen_until IS NULL"),
            postgresql_where=sa.text("seen_until IS NULL"),
        ),
    )


def _staged(table: Table) -> sa.Table:
    return sa.Table(
        f"staged_{table.name}",
        metadata,
        sa.Column("run_id", Whole, nullable=False),
        sa.Column("source_id", Name, nullable=False),
        sa.Column("position", sa.Text()),
        *_columns(table),
        sa.Column("changed_at", Whole),
        sa.Column("content_hash", Whole, nullable=False),
    )


current: dict[str, sa.Table] = {name: _stream(table) for name, table in STREAMS.items()}
"""Stream name -> its table: rows are written once and only ever closed (``seen_until``)."""

staged: dict[str, sa.Table] = {name: _staged(table) for name, table in STREAMS.items()}
"""Stream name -> rows of deliveries that are under way; unlogged on PostgreSQL."""

staged_keys = sa.Table(
    "staged_keys",
    metadata,
    sa.Column("run_id", Whole, nullable=False),
    sa.Column("source_id", Name, nullable=False),
    sa.Column("why", sa.Text(), nullable=False),
)
"""Keys that a merge treats apart: ``gone`` (closed) or ``double`` (held back); unlogged on PostgreSQL."""

identity = sa.Table(
    "identity",
    metadata,
    sa.Column("store_id", sa.Text(), primary_key=True),
    sa.Column("created_at", Whole, nullable=False),
)
"""One row that tells this database from another, for what is kept outside it."""

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("run_id", Serial, sa.Identity(), primary_key=True),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("connection", Name),
    sa.Column("stream", Name),
    sa.Column("mode", sa.Text()),
    sa.Column("scopes", sa.Text()),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("started_at", Whole, nullable=False),
    sa.Column("alive_at", Whole, nullable=False),
    sa.Column("finished_at", Whole),
    sa.Column("merged_at", Whole),
    sa.Column("host", sa.Text(), nullable=False),
    sa.Column("process", Whole, nullable=False),
    sa.Column("read", Whole, nullable=False),
    sa.Column("accepted", Whole, nullable=False),
    sa.Column("unchanged", Whole, nullable=False),
    sa.Column("quarantined", Whole, nullable=False),
    sa.Column("closed", Whole, nullable=False),
    sa.Column("code", sa.Text(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("planned", Whole),
    sa.Column("sent", Whole),
    sa.Column("confirmed", Whole),
    sa.Column("failed", Whole),
    sa.CheckConstraint("state IN ('running', 'green', 'red')", name="runs_state"),
    sa.CheckConstraint(
        "state = 'running' OR kind <> 'pull' OR read = accepted + unchanged + quarantined", name="runs_add_up"
    ),
    sa.Index(
        "runs_one_pull",
        "connection",
        "stream",
        unique=True,
        sqlite_where=sa.text("state = 'running' AND kind = 'pull'"),
        postgresql_where=sa.text("state = 'running' AND kind = 'pull'"),
    ),
    sa.Index("runs_of_stream", "stream", "connection"),
)

cursors = sa.Table(
    "cursors",
    metadata,
    sa.Column("connection", Name, primary_key=True),
    sa.Column("stream", Name, primary_key=True),
    sa.Column("cursor", sa.Text(), nullable=False),
    sa.Column("run_id", Whole, nullable=False),
    sa.Column("moved_at", Whole, nullable=False),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("entry_id", Serial, sa.Identity(), primary_key=True),
    sa.Column("run_id", Whole, nullable=False),
    sa.Column("last_run_id", Whole, nullable=False),
    sa.Column("connection", Name, nullable=False),
    sa.Column("stream", Name, nullable=False),
    sa.Column("source_id", Name),
    sa.Column("position", sa.Text()),
    sa.Column("column", sa.Text(), nullable=False),
    sa.Column("code", sa.Text(), nullable=False),
    sa.Column("seen", sa.Text()),
    sa.Column("record", sa.Text(), nullable=False),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("held_at", Whole, nullable=False),
    sa.Column("resolved_at", Whole),
    sa.Column("resolved_by", Whole),
    sa.Column("key_hash", sa.Text()),
    sa.CheckConstraint("state IN ('staged', 'open', 'resolved')", name="quarantine_state"),
    sa.Index("quarantine_open", "connection", "stream", "state"),
)
"""Rows that were held back. ``key_hash``: the keyed hash of a key that ``source_id`` shows masked, else null."""

findings = sa.Table(
    "findings",
    metadata,
    sa.Column("finding_id", Serial, sa.Identity(), primary_key=True),
    sa.Column("run_id", Whole, nullable=False),
    sa.Column("rule", sa.Text(), nullable=False),
    sa.Column("severity", sa.Text(), nullable=False),
    sa.Column("unit_id", sa.Text()),
    sa.Column("subject", sa.Text()),
    sa.Column("amount_cents", Whole),
    sa.Column("milliminutes", Whole),
    sa.Column("explanation", sa.Text(), nullable=False),
    sa.Column("next_step", sa.Text(), nullable=False),
    sa.Index("findings_of_run", "run_id"),
)

versions = sa.Table(
    "versions",
    metadata,
    sa.Column("version_id", Serial, sa.Identity(), primary_key=True),
    sa.Column("period", sa.Text(), nullable=False),
    sa.Column("number", Whole, nullable=False),
    sa.Column("fingerprint", sa.Text(), nullable=False),
    sa.Column("inputs", sa.Text(), nullable=False),
    sa.Column("program_version", sa.Text(), nullable=False),
    sa.Column("created_at", Whole, nullable=False),
    sa.Index("versions_number", "period", "number", unique=True),
    sa.Index("versions_fingerprint", "period", "fingerprint", unique=True),
)

current_versions = sa.Table(
    "current_versions",
    metadata,
    sa.Column("period", sa.Text(), primary_key=True),
    sa.Column("version_id", Whole, nullable=False),
    sa.Column("calculated_at", Whole, nullable=False),
)
"""The version that counts: with the inputs of an earlier version back, it is that one, not the one with the highest
number."""

version_tables = sa.Table(
    "version_tables",
    metadata,
    sa.Column("version_id", Whole, primary_key=True),
    sa.Column("name", sa.Text(), primary_key=True),
    sa.Column("rows", Whole, nullable=False),
    sa.Column("frame", sa.LargeBinary(), nullable=False),
)
"""Result frames as compressed Parquet. Triggers refuse every update of these two tables."""

plans = sa.Table(
    "plans",
    metadata,
    sa.Column("plan_id", Serial, sa.Identity(), primary_key=True),
    sa.Column("period", sa.Text(), nullable=False),
    sa.Column("version", Whole, nullable=False),
    sa.Column("fingerprint", sa.Text(), nullable=False),
    sa.Column("maker", sa.Text(), nullable=False),
    sa.Column("made_at", Whole, nullable=False),
    sa.Column("items", Whole, nullable=False),
    sa.Column("summary", sa.Text(), nullable=False),
    sa.Column("content", sa.Text(), nullable=False),
    sa.Column("digest", sa.Text(), nullable=False),
    sa.Index("plans_of_period", "period", "plan_id"),
)
"""What would be written for a period. ``digest`` is what people sign. Triggers refuse every update of a plan, its items
and its signatures."""

plan_items = sa.Table(
    "plan_items",
    metadata,
    sa.Column("plan_id", Whole, primary_key=True),
    sa.Column("position", Whole, primary_key=True),
    sa.Column("target", Name, nullable=False),
    sa.Column("connection", Name, nullable=False),
    sa.Column("key", Name, nullable=False),
    sa.Column("kind", Name, nullable=False),
    sa.Column("subject", sa.Text(), nullable=False),
    sa.Column("unit_id", sa.Text()),
    sa.Column("location", sa.Text()),
    sa.Column("action", sa.Text(), nullable=False),
    sa.Column("before", sa.Text()),
    sa.Column("digest", sa.Text(), nullable=False),
    sa.Column("data", sa.Text(), nullable=False),
    sa.CheckConstraint("action IN ('new', 'changed', 'withdrawn')", name="plan_items_action"),
)
"""One thing to write, as canonical JSON; ``before`` is the digest of what was confirmed last, null when nothing was."""

signatures = sa.Table(
    "signatures",
    metadata,
    sa.Column("signature_id", Serial, sa.Identity(), primary_key=True),
    sa.Column("plan_id", Whole, nullable=False),
    sa.Column("signer", Name, nullable=False),
    sa.Column("method", sa.Text(), nullable=False),
    sa.Column("digest", sa.Text(), nullable=False),
    sa.Column("proof", sa.Text(), nullable=False),
    sa.Column("signed_at", Whole, nullable=False),
    sa.Column("valid_until", Whole, nullable=False),
    sa.CheckConstraint("method IN ('ssh', 'passphrase')", name="signatures_method"),
    sa.Index("signatures_once", "plan_id", "signer", unique=True),
)

sign_tries = sa.Table(
    "sign_tries",
    metadata,
    sa.Column("signer", Name, primary_key=True),
    sa.Column("wrong", Whole, nullable=False),
    sa.Column("last_at", Whole, nullable=False),
)
"""Wrong passphrases in a row: the next try has to wait the longer."""

_OPEN = sa.text("state IN ('waiting', 'sent', 'failed')")

outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("message_id", Serial, sa.Identity(), primary_key=True),
    sa.Column("plan_id", Whole, nullable=False),
    sa.Column("position", Whole, nullable=False),
    sa.Column("connection", Name, nullable=False),
    sa.Column("key", Name, nullable=False),
    sa.Column("kind", Name, nullable=False),
    sa.Column("digest", sa.Text(), nullable=False),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("attempts", Whole, nullable=False),
    sa.Column("reference", sa.Text()),
    sa.Column("code", sa.Text(), nullable=False),
    sa.Column("text", sa.Text(), nullable=False),
    sa.Column("next_step", sa.Text(), nullable=False),
    sa.Column("made_at", Whole, nullable=False),
    sa.Column("changed_at", Whole, nullable=False),
    sa.CheckConstraint(
        "state IN ('waiting', 'sent', 'confirmed', 'failed', 'withdrawn')",
        name="outbox_state",
    ),
    sa.Index("outbox_of_plan", "plan_id", "position", unique=True),
    sa.Index("outbox_open", "connection", "key", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)
"""Messages to other systems, made by the second signature. ``attempts`` above 0: it may stand there already."""

published = sa.Table(
    "published",
    metadata,
    sa.Column("connection", Name, primary_key=True),
    sa.Column("key", Name, primary_key=True),
    sa.Column("kind", Name, nullable=False),
    sa.Column("period", Name, nullable=False),
    sa.Column("subject", sa.Text(), nullable=False),
    sa.Column("unit_id", sa.Text()),
    sa.Column("location", sa.Text()),
    sa.Column("withdrawn", Whole, nullable=False),
    sa.Column("digest", sa.Text(), nullable=False),
    sa.Column("data", sa.Text(), nullable=False),
    sa.Column("reference", sa.Text(), nullable=False),
    sa.Column("plan_id", Whole, nullable=False),
    sa.Column("confirmed_at", Whole, nullable=False),
    sa.Index("published_of_period", "period", "kind"),
)
"""What the other systems hold, as read back: the last confirmed state of each key."""

moments = sa.Table(
    "moments",
    metadata,
    sa.Column("moment_id", Serial, sa.Identity(), primary_key=True),
    sa.Column("job", Name, nullable=False),
    sa.Column("planned_at", Whole, nullable=False),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("owner", sa.Text()),
    sa.Column("fence", Whole, nullable=False),
    sa.Column("lease_until", Whole),
    sa.Column("started_at", Whole),
    sa.Column("finished_at", Whole),
    sa.Column("code", sa.Text(), nullable=False),
    sa.Column("exit_code", Whole),
    sa.Column("text", sa.Text(), nullable=False),
    sa.CheckConstraint("state IN ('due', 'running', 'done', 'failed', 'skipped')", name="moments_state"),
    sa.Index("moments_once", "job", "planned_at", unique=True),
    sa.Index("moments_open", "state", "planned_at"),
)
"""Planned moments of the schedule: whoever sees one first enters it, whoever holds its lease runs it."""
