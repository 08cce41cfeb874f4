"""The content hash of a row: 64 bits of xxh3 over its values, the same on every machine and in every version."""

from __future__ import annotations

import polars as pl
import xxhash

from ipvb_bridge.core.records import Column, Table, Type

_BETWEEN = "\x1f"
_NOTHING = "\x00"


def content_hash(table: Table, frame: pl.DataFrame) -> pl.Series:
    """The hash of each row's declared columns, as a signed 64-bit number (what both stores can keep).

    A column that was added to the stream later counts only where it holds something, so rows stored before it existed
    keep their hash.
    """
    first = [column for column in table.columns if column.since == 1]
    texts = [_text(column).fill_null(_NOTHING) for column in first]
    plain = frame.select(pl.concat_str(texts, separator=_BETWEEN).alias("text"))["text"]
    # A value that holds the separator could make two rows look alike: such a row gets the lengths of its values behind.
    odd = plain.str.count_matches(_BETWEEN, literal=True) != len(texts) - 1
    if odd.any():
        lengths = pl.concat_str([text.str.len_bytes().cast(pl.String) for text in texts], separator=" ")
        plain = plain.zip_with(~odd, plain + frame.select((pl.lit(_BETWEEN) + lengths).alias("text"))["text"])
    for column in table.columns:
        if column.since > 1:
            added = pl.lit(f"{_BETWEEN}{column.name}{_BETWEEN}") + _text(column)
            plain = plain + frame.select(added.fill_null("").alias("text"))["text"]
    hashed = list(map(xxhash.xxh3_64_intdigest, plain.cast(pl.Binary).to_list()))
    return pl.Series("content_hash", hashed, pl.UInt64).reinterpret(signed=True)


def _text(column: Column) -> pl.Expr:
    """A value as text: numbers, days and moments as their whole number."""
    value = pl.col(column.name)
    if column.type is Type.FLAG:
        return value.cast(pl.Int8).cast(pl.String)
    if column.type in (Type.TEXT, Type.MONTH):
        return value
    if column.type is Type.DATE:
        return value.cast(pl.Int32).cast(pl.String)
    return value.cast(pl.Int64).cast(pl.String)
