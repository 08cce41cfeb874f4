"""Amounts of an audit file: exact cents from text, whole columns; and cents as text for a Dutch reader."""

from __future__ import annotations

import re

import polars as pl

_PLAIN = r"^-?[0-9]{1,15}\.[0-9]{2}$"
_AMOUNT = r"^([+-]?)([0-9]{0,15})(?:\.([0-9]{0,2})0*)?$"
_ONE = re.compile(r"([+-]?)([0-9]{0,15})(?:\.([0-9]{0,2})0*)?")


def cents(text: pl.Series) -> pl.Series:
    """Euros as text (decimal point, at most 15 digits before it) to int64 cents; null where it is no such amount.

    More than two decimals are read only when the rest is zero: nothing is rounded.
    """
    if bool(text.str.contains(_PLAIN).all()):  # null counts as true here: what is null stays null
        return text.str.replace(".", "", literal=True).cast(pl.Int64)
    parts = text.str.extract_groups(_AMOUNT).struct
    sign, whole, part = parts.field("1"), parts.field("2"), parts.field("3").fill_null("")
    digits = (whole + part.str.pad_end(2, "0")).cast(pl.Int64, strict=False)
    value = digits * pl.select(pl.when(sign == "-").then(-1).otherwise(1)).to_series()
    some = (whole != "") | (part != "")
    return pl.select(pl.when(some).then(value)).to_series()


def cents_of(text: str | None) -> int | None:
    """As :func:`cents`, of one text."""
    match = _ONE.fullmatch((text or "").strip())
    if match is None or not (match[2] or match[3]):
        return None
    value = int((match[2] or "") + (match[3] or "").ljust(2, "0"))
    return -value if match[1] == "-" else value


def euros(value: int) -> str:
    """Cents as a reader writes euros: ``-1234.50``."""
    return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"
