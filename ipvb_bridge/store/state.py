"""Summaries of the store for people: last runs, open quarantine, cursors."""

from __future__ import annotations

import polars as pl

from ipvb_bridge.store.database import Store


def last_runs(store: Store) -> pl.DataFrame:
    """The last run of each kind, connection and stream.

    Columns: run_id, kind, connection, stream, state, started_at, finished_at (moments), read, accepted, unchanged,
    quarantined, closed, code, text.
    """
    raise NotImplementedError


def deliveries(store: Store) -> pl.DataFrame:
    """Finished pulls, oldest first: the columns of :func:`last_runs` and mode. What R06 and R07 look at."""
    raise NotImplementedError


def delivery_findings(store: Store) -> pl.DataFrame:
    """Findings of the last green pull of each connection and stream: connection, stream, and the findings schema."""
    raise NotImplementedError
