"""Columnar snapshots: the rows of a stream as last read, so that a second calculation reads no database.

A snapshot is named after the runs that last changed the stream, so it can be stale for nobody; only the newest of each
stream is kept. It holds what the database holds and gets the same rights: this user alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import polars as pl

FORM = 1
"""Goes up when what a snapshot holds changes meaning."""


def key(store_id: str, stream: str, version: int, changed_by: Mapping[str, int]) -> str:
    """The name of the state that a snapshot shows."""
    text = json.dumps([FORM, store_id, stream, version, sorted(changed_by.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def load(folder: Path | None, stream: str, key: str) -> tuple[pl.DataFrame, str] | None:
    """The rows and their fingerprint, None when that state is not kept or the file cannot be read."""
    if folder is None:
        return None
    path = folder / f"{stream}-{key}.parquet"
    try:
        fingerprint = pl.read_parquet_metadata(path)["fingerprint"]
        return pl.read_parquet(path), fingerprint
    except (OSError, KeyError, pl.exceptions.PolarsError):
        return None


def save(folder: Path | None, stream: str, key: str, rows: pl.DataFrame, fingerprint: str) -> None:
    """Keep the rows, in place of the stream's earlier snapshot. A full disk costs only the snapshot."""
    if folder is None:
        return
    part = folder / f"{stream}-{key}.{os.getpid()}.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.touch(mode=0o600)
        rows.write_parquet(part, compression="lz4", metadata={"fingerprint": fingerprint})
        earlier = [path for path in folder.glob(f"{stream}-*.parquet") if key not in path.name]
        # Renamed when whole: another process never reads half a snapshot.
        part.replace(folder / f"{stream}-{key}.parquet")
        for path in earlier:
            path.unlink(missing_ok=True)
    except (OSError, pl.exceptions.PolarsError):
        part.unlink(missing_ok=True)
