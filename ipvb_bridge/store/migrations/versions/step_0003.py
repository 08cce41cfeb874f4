"""The schedule: planned moments, each a unique row of a job."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.BigInteger()
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Make the table of moments."""
    op.create_table(
        "moments",
        sa.Column("moment_id", SERIAL, sa.Identity(), primary_key=True),
        sa.Column("job", NAME, nullable=False),
        sa.Column("planned_at", WHOLE, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text()),
        sa.Column("fence", WHOLE, nullable=False),
        sa.Column("lease_until", WHOLE),
        sa.Column("started_at", WHOLE),
        sa.Column("finished_at", WHOLE),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("exit_code", WHOLE),
        sa.Column("text", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('due', 'running', 'done', 'failed', 'skipped')", name="moments_state"),
    )
    op.create_index("moments_once", "moments", ["job", "planned_at"], unique=True)
    op.create_index("moments_open", "moments", ["state", "planned_at"])
