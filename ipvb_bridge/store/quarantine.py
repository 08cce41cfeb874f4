"""Rows that were held back, each with its reason, until a good row takes its place."""

from __future__ import annotations

import polars as pl

from ipvb_bridge.store.database import Store


def held_rows(
    store: Store, *, connection: str | None = None, stream: str | None = None, run_id: int | None = None
) -> pl.DataFrame:
    """Open entries; with ``run_id``, all that this run held, also when it turned red.

    Columns: entry_id, run_id, connection, stream, source_id, position, column, code, seen, record, state.
    """
    raise NotImplementedError


def count_open(store: Store) -> pl.DataFrame:
    """Open entries per connection, stream and code. Columns: connection, stream, code, rows."""
    raise NotImplementedError
