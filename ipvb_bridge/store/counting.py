"""Which version of a period counts: a pointer beside the versions, which themselves never change."""

from __future__ import annotations

import sqlalchemy as sa

from ipvb_bridge.store.database import now
from ipvb_bridge.store.tables import current_versions


def chosen(period: str) -> sa.Select[tuple[int]]:
    """The id of the version that counts, as a query of at most one row."""
    return sa.select(current_versions.c.version_id).where(current_versions.c.period == period)


def count(database: sa.Connection, period: str, version_id: int) -> None:
    """Let a version count from now on."""
    database.execute(sa.delete(current_versions).where(current_versions.c.period == period))
    values = {"period": period, "version_id": version_id, "calculated_at": now()}
    database.execute(sa.insert(current_versions).values(values))
