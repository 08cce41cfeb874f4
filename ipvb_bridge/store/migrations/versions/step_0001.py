"""The first schema: streams and their staged rows, runs, cursors, quarantine, findings, versions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

STREAMS = {
    "units": ("unit_id:text parent_id:text? kind:text name:text floor_area_m2:whole?"),
    "residents": ("resident_id:text client_group:text? name:text? date_of_birth:date?"),
    "stays": ("stay_id:text resident_id:text unit_id:text start_date:date end_date:date?"),
    "absences": ("absence_id:text resident_id:text reason:text start_date:date end_date:date?"),
    "indications": (
        "indication_id:text resident_id:text basis:text zzp:text delivery_form:text with_treatment:flag "
        "with_day_care:flag start_date:date end_date:date?"
    ),
    "care_agreements": (
        "agreement_id:text resident_id:text activity_code:text? care_function:text? description:text? "
        "day_part:text? level:text? performer:text? payer:text? ground:text? wellbeing:flag? "
        "minutes:whole? times:whole? per:text? weekdays:text? staff_count:whole? group_size:whole? "
        "agreed_on:date? start_date:date end_date:date?"
    ),
    "care_deliveries": (
        "delivery_id:text resident_id:text agreement_id:text? unit_id:text? start:whole minutes:whole "
        "level:text? care_function:text?"
    ),
    "opt_outs": ("opt_out_id:text resident_id:text component:text taken_over_by:text? start_date:date end_date:date?"),
    "conversations": ("conversation_id:text resident_id:text date:date with_whom:text? note:text?"),
    "profiles": ("resident_id:text section:text text:text"),
    "satisfaction": (
        "score_id:text resident_id:text? unit_id:text? date:date respondent:text respondent_key:text? "
        "question:text score:whole"
    ),
    "contracts": (
        "contract_id:text employee_id:text? person_key:text? function:text? level:text? unit_id:text? "
        "hours_per_week:whole? employment:text temporary:flag? client_facing:flag start_date:date "
        "end_date:date?"
    ),
    "hours": (
        "hours_id:text contract_id:text unit_id:text? level:text? kind:text start:whole end:whole paid_minutes:whole"
    ),
    "wages": ("wage_id:text contract_id:text component:text relates_to:text paid_in:text amount:whole"),
    "accounts": ("account_id:text name:text? rgs_code:text?"),
    "cost_centres": ("cost_centre_id:text name:text? unit_id:text?"),
    "ledger_lines": (
        "line_id:text company_id:text entry_id:text journal_type:text? date:date period:text "
        "account_id:text cost_centre_id:text? amount:whole"
    ),
}


NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.BigInteger()
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TYPES: dict[str, sa.types.TypeEngine[Any]] = {
    "text": sa.Text(),
    "date": sa.Date(),
    "flag": sa.Boolean(),
    "whole": WHOLE,
}

IMMUTABLE_POSTGRESQL = """
CREATE FUNCTION ipvb_bridge_never_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a version is never changed';
END $$
"""


def columns(declared: str) -> Iterator[sa.Column[Any]]:
    """Columns from ``name:type`` words; a question mark allows null."""
    for word in declared.split():
        name, kind = word.split(":")
        yield sa.Column(name, TYPES[kind.rstrip("?")], nullable=kind.endswith("?"))


def upgrade() -> None:
    """Make every table."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    # What is staged is worth nothing after a crash: PostgreSQL need not log it.
    unlogged = ["UNLOGGED"] if postgresql else []
    current = sa.text("seen_until IS NULL")
    for name, declared in STREAMS.items():
        op.create_table(
            name,
            sa.Column("row_id", SERIAL, sa.Identity(), primary_key=True),
            sa.Column("connection", NAME, nullable=False),
            sa.Column("source_id", NAME, nullable=False),
            *columns(declared),
            sa.Column("changed_at", WHOLE),
            sa.Column("content_hash", WHOLE, nullable=False),
            sa.Column("seen_from", WHOLE, nullable=False),
            sa.Column("seen_until", WHOLE),
        )
        op.create_index(
            f"{name}_current",
            name,
            ["connection", "source_id"],
            unique=True,
            sqlite_where=current,
            postgresql_where=current,
        )
        op.create_table(
            f"staged_{name}",
            sa.Column("run_id", WHOLE, nullable=False),
            sa.Column("source_id", NAME, nullable=False),
            sa.Column("position", sa.Text()),
            *columns(declared),
            sa.Column("changed_at", WHOLE),
            sa.Column("content_hash", WHOLE, nullable=False),
            prefixes=unlogged,
        )
    op.create_table(
        "staged_keys",
        sa.Column("run_id", WHOLE, nullable=False),
        sa.Column("source_id", NAME, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        prefixes=unlogged,
    )
    _runs()
    _quarantine()
    _versions()
    if postgresql:
        op.execute(IMMUTABLE_POSTGRESQL)
    for name in ("versions", "version_tables"):
        op.execute(
            f"CREATE TRIGGER {name}_never_updated BEFORE UPDATE ON {name} FOR EACH ROW "
            "EXECUTE FUNCTION ipvb_bridge_never_updated()"
            if postgresql
            else f"CREATE TRIGGER {name}_never_updated BEFORE UPDATE ON {name} "
            "BEGIN SELECT RAISE(ABORT, 'a version is never changed'); END"
        )


def _runs() -> None:
    op.create_table(
        "identity",
        sa.Column("store_id", sa.Text(), primary_key=True),
        sa.Column("created_at", WHOLE, nullable=False),
    )
    op.create_table(
        "runs",
        sa.Column("run_id", SERIAL, sa.Identity(), primary_key=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("connection", NAME),
        sa.Column("stream", NAME),
        sa.Column("mode", sa.Text()),
        sa.Column("scopes", sa.Text()),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", WHOLE, nullable=False),
        sa.Column("alive_at", WHOLE, nullable=False),
        sa.Column("finished_at", WHOLE),
        sa.Column("merged_at", WHOLE),
        sa.Column("host", sa.Text(), nullable=False),
        sa.Column("process", WHOLE, nullable=False),
        sa.Column("read", WHOLE, nullable=False),
        sa.Column("accepted", WHOLE, nullable=False),
        sa.Column("unchanged", WHOLE, nullable=False),
        sa.Column("quarantined", WHOLE, nullable=False),
        sa.Column("closed", WHOLE, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('running', 'green', 'red')", name="runs_state"),
        sa.CheckConstraint(
            "state = 'running' OR kind <> 'pull' OR read = accepted + unchanged + quarantined", name="runs_add_up"
        ),
    )
    running = sa.text("state = 'running' AND kind = 'pull'")
    op.create_index(
        "runs_one_pull",
        "runs",
        ["connection", "stream"],
        unique=True,
        sqlite_where=running,
        postgresql_where=running,
    )
    op.create_index("runs_of_stream", "runs", ["stream", "connection"])
    op.create_table(
        "cursors",
        sa.Column("connection", NAME, primary_key=True),
        sa.Column("stream", NAME, primary_key=True),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("run_id", WHOLE, nullable=False),
        sa.Column("moved_at", WHOLE, nullable=False),
    )


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("entry_id", SERIAL, sa.Identity(), primary_key=True),
        sa.Column("run_id", WHOLE, nullable=False),
        sa.Column("last_run_id", WHOLE, nullable=False),
        sa.Column("connection", NAME, nullable=False),
        sa.Column("stream", NAME, nullable=False),
        sa.Column("source_id", NAME),
        sa.Column("position", sa.Text()),
        sa.Column("column", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("seen", sa.Text()),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("held_at", WHOLE, nullable=False),
        sa.Column("resolved_at", WHOLE),
        sa.Column("resolved_by", WHOLE),
        sa.CheckConstraint("state IN ('staged', 'open', 'resolved')", name="quarantine_state"),
    )
    op.create_index("quarantine_open", "quarantine", ["connection", "stream", "state"])
    op.create_table(
        "findings",
        sa.Column("finding_id", SERIAL, sa.Identity(), primary_key=True),
        sa.Column("run_id", WHOLE, nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text()),
        sa.Column("subject", sa.Text()),
        sa.Column("amount_cents", WHOLE),
        sa.Column("milliminutes", WHOLE),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
    )
    op.create_index("findings_of_run", "findings", ["run_id"])


def _versions() -> None:
    op.create_table(
        "versions",
        sa.Column("version_id", SERIAL, sa.Identity(), primary_key=True),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("number", WHOLE, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("program_version", sa.Text(), nullable=False),
        sa.Column("created_at", WHOLE, nullable=False),
    )
    op.create_index("versions_number", "versions", ["period", "number"], unique=True)
    op.create_index("versions_fingerprint", "versions", ["period", "fingerprint"], unique=True)
    op.create_table(
        "version_tables",
        sa.Column("version_id", WHOLE, primary_key=True),
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("rows", WHOLE, nullable=False),
        sa.Column("frame", sa.LargeBinary(), nullable=False),
    )
