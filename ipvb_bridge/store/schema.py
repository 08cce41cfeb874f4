"""The schema's revision: what a database has, what this program knows, and the way from one to the other."""

from __future__ import annotations

import time
import uuid

import sqlalchemy as sa

HEAD = "0007"
"""The newest revision. Stands here so that an up-to-date database opens without importing Alembic (half a second)."""

KNOWN = ("0001", "0002", "0003", "0004", "0005", "0006", "0007")
"""Every revision this program can upgrade from, oldest first."""

VERSION_TABLE = "ipvb_bridge_schema"

_UPGRADE_LOCK = 4_927_220_117


def revision(connection: sa.Connection) -> str | None:
    """The revision of a database; None for one that was never upgraded."""
    if not sa.inspect(connection).has_table(VERSION_TABLE):
        return None
    found = connection.exec_driver_sql(f"SELECT version_num FROM {VERSION_TABLE}").scalar()  # noqa: S608  # a constant
    return None if found is None else str(found)


def upgrade(connection: sa.Connection) -> None:
    """Bring the database to :data:`HEAD`, in the transaction of ``connection``; harmless when it is there already."""
    from alembic import command
    from alembic.config import Config

    if connection.dialect.name == "postgresql":
        # Two programs that open a new database at once: the second waits and finds nothing to do.
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
    config = Config()
    config.set_main_option("script_location", "ipvb_bridge.store:migrations")
    config.attributes["connection"] = connection
    config.attributes["version_table"] = VERSION_TABLE
    command.upgrade(config, "head")
    if not connection.exec_driver_sql("SELECT count(*) FROM identity").scalar():
        connection.execute(
            sa.text("INSERT INTO identity (store_id, created_at) VALUES (:id, :at)"),
            {"id": uuid.uuid4().hex, "at": time.time_ns() // 1000},
        )
