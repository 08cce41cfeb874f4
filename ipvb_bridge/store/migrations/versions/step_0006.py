"""Runs of publishing: what was to be written, went out, was read back as signed, and was refused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the counts; empty on runs of another kind."""
    for name in ("planned", "sent", "confirmed", "failed"):
        op.add_column("runs", sa.Column(name, sa.BigInteger()))
