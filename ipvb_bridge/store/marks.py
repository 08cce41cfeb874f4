"""The mark of a row: 128 bits over its values exactly as an adapter handed them over, before anything is read in them.

A row with the mark of a current row is that row: it passed the gate then, and would come out the same now. So typing,
checking and content hashing are for the other rows. A mark is a short cut and never the truth: it says yes only where
nothing that counts has changed since (the declared table, the gate, the program, the types of the delivered columns),
and a row it does not know is compared by content.

Why 128 bits: a row is looked up among all current rows, so every pair counts. With 64 bits a million current rows and
ten thousand changed rows a day would lose a change once in some 5,000 years of each such stream; with 128 never.
The content hash needs no more than 64: it is compared within one key.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

import polars as pl

from ipvb_bridge import __version__
from ipvb_bridge.core import validation
from ipvb_bridge.core.records import Table
from ipvb_bridge.store import content

MARKS: Mapping[str, pl.DataType] = MappingProxyType({"mark": pl.UInt64(), "mark_more": pl.UInt64()})
"""The two halves of a mark as columns. Both 0: no mark."""


def state(table: Table) -> str:
    """Changes when a row that was accepted could be held now, or come out otherwise.

    The program's version says too little in a checkout, so the code that judges is part of it. Hashes of polars are
    the same only within one version of it.
    """
    code = (inspect.getsource(validation), inspect.getsource(content))
    told = json.dumps([__version__, pl.__version__, dataclasses.asdict(table), code], default=_plain)
    return hashlib.sha256(told.encode()).hexdigest()


def can_mark(table: Table, frame: pl.DataFrame) -> bool:
    """True when the frame holds values of plain types in columns of the table; the gate has an answer to all others."""
    return all(
        name == validation.POSITION or (name in table.names and _is_plain(dtype))
        for name, dtype in frame.schema.items()
    )


def marked(table: Table, frame: pl.DataFrame, state: str) -> pl.DataFrame:
    """The frame with its rows' marks. The place of a row does not count, nor does the order of the columns."""
    values = frame.select(name for name in table.names if name in frame.columns)
    # In a frame without one filled cell a column has no type of its own.
    values = values.with_columns(pl.col(pl.Null).cast(pl.String))
    told = json.dumps([state, [(name, str(dtype)) for name, dtype in values.schema.items()]])
    seeds = hashlib.sha256(told.encode()).digest()
    half, more = (int.from_bytes(seeds[at : at + 8], "big") for at in (0, 8))
    # The columns once forwards and once backwards: what the one way of combining might mix up, the other does not.
    return frame.with_columns(
        values.hash_rows(half).alias("mark"),
        values.select(reversed(values.columns)).hash_rows(more).alias("mark_more"),
    )


def _is_plain(dtype: pl.DataType) -> bool:
    return dtype in (pl.String, pl.Boolean, pl.Date, pl.Null) or dtype.is_integer() or isinstance(dtype, pl.Datetime)


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, frozenset):
        return sorted(value)  # in whatever order this process holds them
    raise TypeError(type(value).__name__)
