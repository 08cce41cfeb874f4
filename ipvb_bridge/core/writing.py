"""Typed rows back to the form of the canonical file: euros, minutes and decimals, dates and moments as text."""

from __future__ import annotations

import json
from collections.abc import Iterator

import polars as pl

from ipvb_bridge.core.records import SCALE, Table, Type

ZONE = "Europe/Amsterdam"


def as_file(table: Table, frame: pl.DataFrame, zone: str = ZONE) -> pl.DataFrame:
    """The table's columns as text, as they would stand in a canonical file; what is missing stays null.

    Money has two decimals; other decimals as many as they need.
    """
    return frame.select(_text(column.name, column.type, zone) for column in table.columns)


def as_json_lines(table: Table, frame: pl.DataFrame, zone: str = ZONE) -> Iterator[str]:
    """One JSON object a row. Numbers are written digit by digit, so no binary fraction touches them."""
    bare = {column.name for column in table.columns if column.type in SCALE or column.type is Type.FLAG}
    names = [json.dumps(name) for name in table.names]
    for row in as_file(table, frame, zone).iter_rows():
        values = (
            "null" if value is None else value if name in bare else json.dumps(value, ensure_ascii=False)
            for name, value in zip(table.names, row, strict=True)
        )
        yield "{" + ", ".join(f"{name}: {value}" for name, value in zip(names, values, strict=True)) + "}"


def _text(name: str, kind: Type, zone: str) -> pl.Expr:
    column = pl.col(name)
    if kind in SCALE:
        return _decimal(column, SCALE[kind], fixed=kind is Type.MONEY).alias(name)
    if kind is Type.MOMENT:
        # strftime writes +0100; the canonical file has +01:00.
        local = column.dt.convert_time_zone(zone).dt.strftime("%Y-%m-%dT%H:%M:%S%z")
        return (local.str.slice(0, 22) + pl.lit(":") + local.str.slice(22)).alias(name)
    if kind is Type.DATE:
        return column.dt.strftime("%Y-%m-%d").alias(name)
    return column.cast(pl.String).alias(name)


def _decimal(column: pl.Expr, scale: int, *, fixed: bool) -> pl.Expr:
    if scale == 0:
        return column.cast(pl.String)
    size = column.abs()
    whole = (size // 10**scale).cast(pl.String)
    decimals = (size % 10**scale).cast(pl.String).str.pad_start(scale, "0")
    if fixed:
        text = whole + pl.lit(".") + decimals
    else:
        short = decimals.str.strip_chars_end("0")
        text = pl.when(short == "").then(whole).otherwise(whole + pl.lit(".") + short)
    return pl.when(column < 0).then(pl.lit("-") + text).otherwise(text)
