"""Many rows in and out, by the driver's own fast path on SQLAlchemy's connection and in its transaction.

PostgreSQL: COPY of CSV text that polars writes and reads. SQLite: tuples through ``executemany``, rows in columns.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa

_CHUNK = 50_000
_DAY = "%Y-%m-%d"


def append(connection: sa.Connection, table: sa.Table, frame: pl.DataFrame) -> None:
    """Add the frame's rows to the table; its columns are columns of the table, in any order.

    A moment is stored as epoch microseconds, other types as they are.
    """
    if frame.is_empty():
        return
    frame = frame.with_columns(pl.col(pl.Datetime).dt.epoch("us"))
    quote = connection.dialect.identifier_preparer.quote
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        columns = ", ".join(quote(name) for name in frame.columns)
        with (
            driver.cursor() as cursor,
            cursor.copy(f"COPY {quote(table.name)} ({columns}) FROM STDIN (FORMAT csv)") as copy,
        ):
            copy.write(frame.write_csv(include_header=False).encode())
        return
    frame = frame.with_columns(pl.col(pl.Date).dt.to_string(_DAY), pl.col(pl.Boolean).cast(pl.Int8))
    # What is the same in every row stands in the statement: so much less to bind, which takes most of the time.
    values = {column.name: _only(column) for column in frame}
    columns, places = ", ".join(quote(name) for name in values), ", ".join(values.values())
    insert = f"INSERT INTO {quote(table.name)} ({columns}) VALUES ({places})"  # noqa: S608  # names of our own tables
    # Columns to lists and zip: far faster than asking the frame for its rows, or than holding all tuples at once.
    bound = [frame[name].to_list() for name, value in values.items() if value == "?"]
    driver.executemany(insert, zip(*bound, strict=True) if bound else itertools.repeat((), frame.height))


def _only(column: pl.Series) -> str:
    """The one value of a column, as it stands in a statement: nothing, or a whole number; else a place for values."""
    if column.null_count() == len(column):
        return "NULL"
    if column.dtype.is_integer() and not column.null_count() and column.min() == column.max():
        return str(column[0])
    return "?"


def fetch(connection: sa.Connection, query: sa.Select[Any], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The query's rows as a frame of ``schema``: names and types of its columns, in its order."""
    if connection.dialect.name == "postgresql":
        return typed(_copied(connection, query, schema), schema)
    return typed(_fetched(connection, query, schema), schema)


def _copied(connection: sa.Connection, query: sa.Select[Any], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    compiled = query.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    driver: Any = connection.connection.driver_connection
    text = io.BytesIO()
    # Parameters are filled in by the driver itself: COPY takes none on the wire.
    with (
        driver.cursor() as cursor,
        cursor.copy(f"COPY ({compiled}) TO STDOUT (FORMAT csv)", compiled.params) as copy,
    ):
        text.writelines(copy)
    if not text.tell():
        return pl.DataFrame(schema={name: raw(dtype) for name, dtype in schema.items()})
    text.seek(0)
    return pl.read_csv(
        text,
        has_header=False,
        schema={name: raw(dtype) for name, dtype in schema.items()},
        infer_schema=False,
    )


def _fetched(connection: sa.Connection, query: sa.Select[Any], schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    result = connection.execute(query)
    cursor: Any = result.cursor
    parts: list[pl.DataFrame] = []
    while rows := cursor.fetchmany(_CHUNK):
        columns = zip(schema.items(), zip(*rows, strict=True), strict=True)
        parts.append(
            pl.DataFrame(
                [
                    pl.Series(name, values, pl.Int64() if dtype == pl.Boolean else raw(dtype))
                    for (name, dtype), values in columns
                ]
            )
        )
    result.close()
    if not parts:
        return pl.DataFrame(schema={name: raw(dtype) for name, dtype in schema.items()})
    return pl.concat(parts, rechunk=False)


def raw(dtype: pl.DataType) -> pl.DataType:
    """How a value comes out of the driver: whole numbers, and text for everything else."""
    return pl.Int64() if dtype.is_integer() or isinstance(dtype, pl.Datetime) else pl.String()


def typed(frame: pl.DataFrame, schema: Mapping[str, pl.DataType]) -> pl.DataFrame:
    """The frame with its values, as :func:`raw` says they come out, in the types of the schema."""
    changes: list[pl.Expr] = []
    for name, dtype in schema.items():
        if dtype == pl.Date:
            changes.append(pl.col(name).str.to_date(_DAY))
        elif dtype == pl.Boolean:
            changes.append(pl.col(name).is_in(["t", "1"] if frame.schema[name] == pl.String else [1]))
        elif dtype != frame.schema[name]:
            changes.append(pl.col(name).cast(dtype))
    return frame.with_columns(changes)


def in_parts(values: Sequence[Any], size: int = 500) -> list[Sequence[Any]]:
    """A long list in parts that fit in one statement."""
    return [values[at : at + size] for at in range(0, len(values), size)]
