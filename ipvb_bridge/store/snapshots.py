"""Columnar files beside the database, which save reading it again: rows as last read, keys as last merged.

A file is named after the state it shows, so it can be stale for nobody; only the newest of each name is kept. It holds
what the database holds and gets the same rights: this user alone. Losing a file costs only time.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import polars as pl

FORM = 1
"""Goes up when what a file holds changes meaning."""


def key(*state: object) -> str:
    """A short name for a state, from JSON values that tell it from every other."""
    return hashlib.sha256(json.dumps([FORM, *state]).encode()).hexdigest()[:32]


def load(folder: Path | None, name: str, key: str, *, most: int | None = None) -> tuple[pl.DataFrame, str] | None:
    """The rows and the note saved with them; None when that state is not kept, or has more than ``most`` rows."""
    if folder is None:
        return None
    path = folder / f"{name}-{key}.parquet"
    try:
        about = pl.read_parquet_metadata(path)
        if most is not None and int(about["rows"]) > most:
            return None
        return pl.read_parquet(path), about["note"]
    except (OSError, KeyError, ValueError, pl.exceptions.PolarsError):
        return None


def save(folder: Path | None, name: str, key: str, rows: pl.DataFrame, note: str = "") -> None:
    """Keep the rows in place of the earlier ones of that name. A full disk costs only the file."""
    if folder is None:
        return
    part = folder / f"{name}-{key}.{os.getpid()}.part"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.touch(mode=0o600)
        # No statistics: they serve a reader that skips rows, and this file is read whole.
        about = {"note": note, "rows": str(rows.height)}
        rows.write_parquet(part, compression="lz4", statistics=False, metadata=about)
        earlier = [path for path in folder.glob(f"{name}-*.parquet") if key not in path.name]
        # Renamed when whole: another process never reads half a file.
        part.replace(folder / f"{name}-{key}.parquet")
        for path in earlier:
            path.unlink(missing_ok=True)
    except (OSError, pl.exceptions.PolarsError):
        part.unlink(missing_ok=True)
