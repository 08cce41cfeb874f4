"""Versions: the results of a calculation, kept for good with the fingerprint of what went in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from ipvb_bridge.store.database import Store


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a period's results. ``number`` counts from 1 within the period; ``created_at`` epoch microseconds."""

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
    """Keep results. With the same period and fingerprint as an earlier version: that one, and nothing is written."""
    raise NotImplementedError


def versions(store: Store, period: str | None = None) -> list[Version]:
    """Versions, oldest first; of one period or of all."""
    raise NotImplementedError


def load_table(store: Store, version: Version, name: str) -> pl.DataFrame:
    """A result table as it was saved. Raises ``UsageError`` when the version has no table of that name."""
    raise NotImplementedError
