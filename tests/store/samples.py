"""Rows for the tests of the store, and a delivery of them in a few words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import polars as pl

from ipvb_bridge.core import validation
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.plugin.adapter import Cursor, Mode, Scope
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.load import Delivery
from ipvb_bridge.store.runs import Counts, start_run


def wages(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """Wage rows from (id, cents) or (id, cents, paid_in)."""
    return pl.DataFrame(
        [
            {
                "wage_id": row[0],
                "contract_id": "c1",
                "component": "gross",
                "relates_to": "2026-01",
                "paid_in": row[2] if len(row) > 2 else "2026-01",
                "amount": row[1],
            }
            for row in rows
        ],
        schema=STREAMS["wages"].schema(),
    )


def hours(count: int, *, offset: int = 0, paid: int = 480_000) -> pl.DataFrame:
    """Hours rows, one a minute from 1 January 2026, numbered from ``offset``."""
    start = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    number = pl.int_range(offset, offset + count, eager=True)
    begin = pl.select(pl.lit(start).cast(pl.Datetime("us", "UTC")) + pl.duration(minutes=number)).to_series()
    return pl.DataFrame(
        {
            "hours_id": number.cast(pl.String).str.zfill(8),
            "contract_id": "c" + (number % 500).cast(pl.String),
            "unit_id": ["u1"] * count,
            "level": ["3"] * count,
            "kind": ["worked"] * count,
            "start": begin,
            "end": begin.dt.offset_by("8h"),
            "paid_minutes": [paid] * count,
        },
        schema=STREAMS["hours"].schema(),
    )


def deliver(
    store: Store,
    stream: str,
    *batches: pl.DataFrame,
    connection: str = "one",
    mode: Mode = "snapshot",
    scopes: Sequence[Scope] = (),
    held: pl.DataFrame | None = None,
    deleted: Sequence[str] = (),
    cursor: Cursor | None = None,
) -> Counts:
    """A whole delivery from start to merge."""
    delivery = Delivery(store, start_run(store, "pull", connection, stream), STREAMS[stream])
    for batch in batches:
        delivery.stage(batch)
    if held is not None:
        delivery.hold(held)
    delivery.delete(deleted)
    return delivery.merge(mode, scopes=scopes, cursor=cursor)


def held(*keys: str, code: str = "D01", stream: str = "wages", seen: str = "") -> pl.DataFrame:
    """Held rows with these keys."""
    return pl.DataFrame(
        [
            {
                "position": f"{stream}.csv:{number}",
                "source_id": key,
                "column": "amount",
                "code": code,
                "seen": seen,
                "record": f'{{"wage_id": "{key}"}}',
                "key": key,
            }
            for number, key in enumerate(keys, 2)
        ],
        schema=validation.HELD,
    )


def cents(frame: pl.DataFrame) -> dict[str, int]:
    """Wage id -> cents."""
    return dict(frame.select("wage_id", "amount").sort("wage_id").iter_rows())
