"""How a column of a result table is written, by its name: money, care time, hours, FTE, shares, counts and dates.

The same notation for pages and workbooks; see :mod:`ipvb_bridge.core.instruments.contract`.
"""

from __future__ import annotations

from typing import Literal

import polars as pl

Unit = Literal["text", "date", "flag", "count", "decimal", "money", "time", "hours", "fte", "share", "score"]

_SUFFIXES: tuple[tuple[str, Unit], ...] = (
    ("cents", "money"),
    ("milliminutes", "time"),
    ("hours", "hours"),
    ("hours_week", "hours"),
    ("fte", "fte"),
    ("share", "share"),
    ("score", "score"),
    ("days", "count"),
)


def unit_of(name: str, kind: pl.DataType) -> Unit:
    """The unit of a column. Times and money are Int64; a share is a part of one."""
    if kind == pl.Boolean:
        return "flag"
    if kind == pl.Date:
        return "date"
    if not kind.is_numeric():
        return "text"
    for suffix, unit in _SUFFIXES:
        if name == suffix or name.endswith(f"_{suffix}"):
            return unit
    return "count" if kind.is_integer() else "decimal"
