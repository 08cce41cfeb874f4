"""Reading streams back as frames, as of a moment, from the database or a columnar snapshot of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ipvb_bridge.store.database import Store


@dataclass(frozen=True, slots=True)
class StreamState:
    """What was read of a stream. ``fingerprint``: sha256 over its rows, whatever their order."""

    rows: int
    fingerprint: str
    changed_by: Mapping[str, int]
    """Connection -> the last run that changed this stream."""


@dataclass(frozen=True, slots=True)
class ReadState:
    """What was read: ``as_of`` (epoch microseconds) reads the same rows again later."""

    as_of: int
    streams: Mapping[str, StreamState]


def read_stream(
    store: Store, stream: str, *, as_of: dt.datetime | int | None = None, connections: Sequence[str] | None = None
) -> pl.DataFrame:
    """The stream's rows (its schema, then text ``source``: the connection), current or as of a moment."""
    raise NotImplementedError


def read_streams(
    store: Store, names: Sequence[str], *, as_of: dt.datetime | int | None = None
) -> tuple[dict[str, pl.DataFrame], ReadState]:
    """Several streams from one consistent state; uses and refreshes the columnar snapshots in ``store.folder``."""
    raise NotImplementedError
