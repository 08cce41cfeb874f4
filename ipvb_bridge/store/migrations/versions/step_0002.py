"""Publishing: plans and their items, signatures, the outbox, and what other systems were confirmed to hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.BigInteger()
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

SIGNED_POSTGRESQL = """
CREATE FUNCTION ipvb_bridge_signed_never_updated() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'what people sign is never changed';
END $$
"""


def upgrade() -> None:
    """Make the tables of publishing."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    _plans()
    _signatures()
    _outbox()
    if postgresql:
        op.execute(SIGNED_POSTGRESQL)
    for name in ("plans", "plan_items", "signatures"):
        op.execute(
            f"CREATE TRIGGER {name}_never_updated BEFORE UPDATE ON {name} FOR EACH ROW "
            "EXECUTE FUNCTION ipvb_bridge_signed_never_updated()"
            if postgresql
            else f"CREATE TRIGGER {name}_never_updated BEFORE UPDATE ON {name} "
            "BEGIN SELECT RAISE(ABORT, 'what people sign is never changed'); END"
        )


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("plan_id", SERIAL, sa.Identity(), primary_key=True),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("version", WHOLE, nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("maker", sa.Text(), nullable=False),
        sa.Column("made_at", WHOLE, nullable=False),
        sa.Column("items", WHOLE, nullable=False),
        sa.Column("summary", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
    )
    op.create_index("plans_of_period", "plans", ["period", "plan_id"])
    op.create_table(
        "plan_items",
        sa.Column("plan_id", WHOLE, primary_key=True),
        sa.Column("position", WHOLE, primary_key=True),
        sa.Column("target", NAME, nullable=False),
        sa.Column("connection", NAME, nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text()),
        sa.Column("location", sa.Text()),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", sa.Text()),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.CheckConstraint("action IN ('new', 'changed', 'withdrawn')", name="plan_items_action"),
    )


def _signatures() -> None:
    op.create_table(
        "signatures",
        sa.Column("signature_id", SERIAL, sa.Identity(), primary_key=True),
        sa.Column("plan_id", WHOLE, nullable=False),
        sa.Column("signer", NAME, nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("signed_at", WHOLE, nullable=False),
        sa.Column("valid_until", WHOLE, nullable=False),
        sa.CheckConstraint("method IN ('ssh', 'passphrase')", name="signatures_method"),
    )
    op.create_index("signatures_once", "signatures", ["plan_id", "signer"], unique=True)
    op.create_table(
        "sign_tries",
        sa.Column("signer", NAME, primary_key=True),
        sa.Column("wrong", WHOLE, nullable=False),
        sa.Column("last_at", WHOLE, nullable=False),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("message_id", SERIAL, sa.Identity(), primary_key=True),
        sa.Column("plan_id", WHOLE, nullable=False),
        sa.Column("position", WHOLE, nullable=False),
        sa.Column("connection", NAME, nullable=False),
        sa.Column("key", NAME, nullable=False),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", WHOLE, nullable=False),
        sa.Column("reference", sa.Text()),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("next_step", sa.Text(), nullable=False),
        sa.Column("made_at", WHOLE, nullable=False),
        sa.Column("changed_at", WHOLE, nullable=False),
        sa.CheckConstraint("state IN ('waiting', 'sent', 'confirmed', 'failed', 'withdrawn')", name="outbox_state"),
    )
    op.create_index("outbox_of_plan", "outbox", ["plan_id", "position"], unique=True)
    unfinished = sa.text("state IN ('waiting', 'sent', 'failed')")
    op.create_index(
        "outbox_open",
        "outbox",
        ["connection", "key"],
        unique=True,
        sqlite_where=unfinished,
        postgresql_where=unfinished,
    )
    op.create_table(
        "published",
        sa.Column("connection", NAME, primary_key=True),
        sa.Column("key", NAME, primary_key=True),
        sa.Column("kind", NAME, nullable=False),
        sa.Column("period", NAME, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("unit_id", sa.Text()),
        sa.Column("location", sa.Text()),
        sa.Column("withdrawn", WHOLE, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("plan_id", WHOLE, nullable=False),
        sa.Column("confirmed_at", WHOLE, nullable=False),
    )
    op.create_index("published_of_period", "published", ["period", "kind"])
