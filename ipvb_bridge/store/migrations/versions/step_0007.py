"""What tells held rows with masked keys apart. Entries from before have none: a complete delivery resolves them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; empty for a row whose key is shown as it was delivered."""
    op.add_column("quarantine", sa.Column("key_hash", sa.Text()))
