"""Which version of a period's results counts: that of the last calculation, new or found again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, with the newest version of each period that has any."""
    op.create_table(
        "current_versions",
        sa.Column("period", sa.Text(), primary_key=True),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("calculated_at", sa.BigInteger(), nullable=False),
    )
    op.execute(
        "INSERT INTO current_versions (period, version_id, calculated_at) "
        "SELECT period, max(version_id), max(created_at) FROM versions GROUP BY period"
    )
