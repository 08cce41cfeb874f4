"""Versions: the results of a calculation, kept for good with the fingerprint of what went in.

Nothing here updates or deletes, and triggers in the database refuse an update by anyone.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa

from ipvb_bridge.base.errors import UsageError
from ipvb_bridge.store import counting, messages
from ipvb_bridge.store.database import Store, now
from ipvb_bridge.store.tables import version_tables
from ipvb_bridge.store.tables import versions as version_rows

_VERSION_LOCK = 4_927_220_119


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a period's results. ``number`` counts from 1 in its period; ``created_at`` epoch microseconds."""

    version_id: int
    period: str
    number: int
    fingerprint: str
    inputs: Mapping[str, Any]
    program_version: str
    created_at: int
    tables: Mapping[str, int]
    """Table name -> rows."""
    new: bool = False
    """True when :func:`save_version` just wrote it."""


def save_version(
    store: Store,
    period: str,
    fingerprint: str,
    inputs: Mapping[str, Any],
    program_version: str,
    tables: Mapping[str, pl.DataFrame],
) -> Version:
    """Keep results, as those that count now. With the same period and fingerprint as an earlier version: that one."""
    frames = {name: _parquet(frame) for name, frame in tables.items()}
    with store.write() as database:
        if store.postgresql:
            database.execute(sa.select(sa.func.pg_advisory_xact_lock(_VERSION_LOCK)))
        of_period = version_rows.c.period == period
        found = _read(database, of_period & (version_rows.c.fingerprint == fingerprint))
        if found:
            counting.count(database, period, found[0].version_id)
            return found[0]
        last = database.execute(sa.select(sa.func.max(version_rows.c.number)).where(of_period)).scalar()
        values = {
            "period": period,
            "number": (last or 0) + 1,
            "fingerprint": fingerprint,
            "inputs": json.dumps(inputs, sort_keys=True, ensure_ascii=False),
            "program_version": program_version,
            "created_at": now(),
        }
        insert = sa.insert(version_rows).values(values).returning(version_rows.c.version_id)
        version_id: int = database.execute(insert).scalar_one()
        rows = [
            {"version_id": version_id, "name": name, "rows": tables[name].height, "frame": frame}
            for name, frame in frames.items()
        ]
        if rows:
            database.execute(sa.insert(version_tables), rows)
        made = _read(database, version_rows.c.version_id == version_id)[0]
        counting.count(database, period, made.version_id)
    return Version(
        made.version_id,
        made.period,
        made.number,
        made.fingerprint,
        made.inputs,
        made.program_version,
        made.created_at,
        made.tables,
        new=True,
    )


def versions(store: Store, period: str | None = None) -> list[Version]:
    """Versions, oldest first; of one period or of all."""
    with store.read() as database:
        return _read(database, sa.true() if period is None else version_rows.c.period == period)


def current(store: Store, period: str) -> Version | None:
    """The version of a period that counts: that of the last calculation. None before the first."""
    with store.read() as database:
        return next(iter(_read(database, version_rows.c.version_id.in_(counting.chosen(period)))), None)


def make_current(store: Store, version: Version) -> None:
    """Let an earlier version count again: its inputs are back."""
    with store.write() as database:
        counting.count(database, version.period, version.version_id)


def load_table(store: Store, version: Version, name: str) -> pl.DataFrame:
    """A result table as it was saved. Raises ``UsageError`` when the version has no table of that name."""
    here = (version_tables.c.version_id == version.version_id) & (version_tables.c.name == name)
    with store.read() as database:
        frame = database.execute(sa.select(version_tables.c.frame).where(here)).scalar()
    if frame is None:
        raise UsageError(
            messages.NO_TABLE,
            seen=name,
            period=version.period,
            version=version.number,
            tables=", ".join(version.tables),
        )
    return pl.read_parquet(io.BytesIO(frame))


def _read(database: sa.Connection, wanted: sa.ColumnElement[bool]) -> list[Version]:
    query = sa.select(version_rows).where(wanted).order_by(version_rows.c.version_id)
    found = database.execute(query).all()
    sizes: dict[int, dict[str, int]] = {row.version_id: {} for row in found}
    names = sa.select(version_tables.c.version_id, version_tables.c.name, version_tables.c.rows)
    of_found = version_tables.c.version_id.in_(sa.select(version_rows.c.version_id).where(wanted))
    for version_id, name, rows in database.execute(names.where(of_found).order_by(version_tables.c.name)):
        sizes[version_id][name] = rows
    return [
        Version(
            row.version_id,
            row.period,
            row.number,
            row.fingerprint,
            json.loads(row.inputs),
            row.program_version,
            row.created_at,
            sizes[row.version_id],
        )
        for row in found
    ]


def _parquet(frame: pl.DataFrame) -> bytes:
    made = io.BytesIO()
    frame.write_parquet(made, compression="zstd")
    return made.getvalue()
