"""A person's key beside residents and indications; an indication that has one may come without a resident."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NAME = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
WHOLE = sa.BigInteger()
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

INDICATION = (
    "indication_id", "resident_id", "basis", "zzp", "delivery_form", "with_treatment", "with_day_care", "start_date",
    "end_date",
)  # fmt: skip


def upgrade() -> None:
    """Add the columns, and let indications be without a resident."""
    for name in ("residents", "staged_residents"):
        op.add_column(name, sa.Column("person_key", sa.Text()))
    if op.get_bind().dialect.name == "postgresql":
        for name in ("indications", "staged_indications"):
            op.add_column(name, sa.Column("person_key", sa.Text()))
            op.alter_column(name, "resident_id", nullable=True)
        return
    # SQLite cannot drop NOT NULL: the rows move to a new table.
    own = (
        sa.Column("row_id", SERIAL, sa.Identity(), primary_key=True),
        sa.Column("connection", NAME, nullable=False),
        sa.Column("source_id", NAME, nullable=False),
    )
    seen = (sa.Column("seen_from", WHOLE, nullable=False), sa.Column("seen_until", WHOLE))
    _moved("indications", own, seen)
    op.create_index(
        "indications_current",
        "indications",
        ["connection", "source_id"],
        unique=True,
        sqlite_where=sa.text("seen_until IS NULL"),
    )
    delivery = (
        sa.Column("run_id", WHOLE, nullable=False),
        sa.Column("source_id", NAME, nullable=False),
        sa.Column("position", sa.Text()),
    )
    _moved("staged_indications", delivery, ())


def _moved(name: str, before: tuple[sa.Column[Any], ...], after: tuple[sa.Column[Any], ...]) -> None:
    flags = ("with_treatment", "with_day_care")
    dates = ("start_date", "end_date")
    op.create_table(
        f"{name}_0005",
        *before,
        *(
            sa.Column(
                each,
                sa.Boolean() if each in flags else sa.Date() if each in dates else sa.Text(),
                nullable=each in ("resident_id", "end_date"),
            )
            for each in INDICATION
        ),
        sa.Column("person_key", sa.Text()),
        sa.Column("changed_at", WHOLE),
        sa.Column("content_hash", WHOLE, nullable=False),
        *after,
    )
    kept = [column.name for column in before] + [*INDICATION, "changed_at", "content_hash"]
    kept += [column.name for column in after]
    columns = ", ".join(f'"{each}"' for each in kept)
    op.execute(f"INSERT INTO {name}_0005 ({columns}) SELECT {columns} FROM {name}")  # noqa: S608  # constants
    op.drop_table(name)
    op.rename_table(f"{name}_0005", name)
