"""Many rows out of SQLite by columns: the same frame, whatever the texts, as fetching row by row gives."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipvb_bridge.core.records import STREAMS, Table, Type
from ipvb_bridge.store import bulk, columns
from ipvb_bridge.store.database import open_store
from ipvb_bridge.store.read import read_stream
from ipvb_bridge.store.tables import current, metadata
from tests.store.samples import cents, deliver, wages

# Whatever the gate lets through, and what it does not: the marks themselves, alone and inside a text. A NUL is left
# out: SQLite before 3.39 cuts a strung text off at it, and the gate holds such a row back.
_texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
    st.sampled_from(
        ["", columns.BETWEEN, columns.NOTHING, f"a{columns.BETWEEN}", "NULL", "a,b", '"', "a\r\nb", "0", "€"]
    ),
)
_values: dict[Type, st.SearchStrategy[Any]] = {
    Type.TEXT: _texts,
    Type.MONTH: _texts,
    Type.DATE: st.dates(),
    Type.MOMENT: st.datetimes(timezones=st.just(dt.UTC)),
    Type.FLAG: st.booleans(),
}
_whole = st.integers(-(2**63), 2**63 - 1)


def _rows(table: Table) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Up to nine rows; a third of the values that may be absent are."""
    values = {}
    for column in table.columns:
        value = _values.get(column.type, _whole)
        values[column.name] = st.one_of(st.none(), value, value) if column.nullable else value
    return st.lists(st.fixed_dictionaries(values), max_size=9)


@pytest.fixture(scope="module")
def engine() -> Iterator[sa.Engine]:
    """A database in memory with the tables of the store."""
    made = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    metadata.create_all(made)
    yield made
    made.dispose()


@pytest.fixture
def database(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction that leaves nothing behind."""
    with engine.connect() as connection, connection.begin() as transaction:
        yield connection
        transaction.rollback()


def _fill(
    database: sa.Connection, name: str, rows: list[dict[str, Any]]
) -> tuple[sa.Select[Any], dict[str, pl.DataType]]:
    """Make these the stream's rows; a query for them, and the schema of its columns."""
    table, stored = STREAMS[name], current[name]
    database.execute(sa.delete(stored))
    number = pl.int_range(len(rows), eager=True)
    beside = [
        pl.lit("één").alias("connection"),
        number.cast(pl.String).alias("source_id"),
        number.alias("content_hash"),
    ]
    frame = pl.DataFrame(rows, schema=table.schema()).with_columns(*beside, seen_from=pl.lit(1))
    bulk.append(database, stored, frame)
    schema = {**table.schema(), "source": pl.String(), "content_hash": pl.Int64()}
    query = sa.select(*(stored.c[each] for each in table.names), stored.c.connection, stored.c.content_hash)
    return query, schema


@pytest.mark.parametrize("name", STREAMS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_columns_are_what_rows_are(database: sa.Connection, name: str, data: st.DataObject) -> None:
    """Any stream: odd texts, the marks themselves, extreme numbers and days, nulls, in ranges of any size."""
    query, schema = _fill(database, name, data.draw(_rows(STREAMS[name])))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(columns, "RANGE", data.draw(st.integers(1, 10)))
        by_columns = columns.fetch(database, query, current[name].c.row_id, schema)
    by_rows = bulk.fetch(database, query, schema)
    assert by_columns.schema == schema
    assert by_columns.sort("content_hash").equals(by_rows.sort("content_hash"))


def _wages(*ids: str) -> list[dict[str, Any]]:
    same = {"contract_id": "c", "component": "gross", "relates_to": "2026-01", "paid_in": "2026-01", "amount": 1}
    return [{"wage_id": each, **same} for each in ids]


def _by_rows(patch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were fetched by rows, each time."""
    heights: list[int] = []
    real = bulk.fetch

    def counted(*arguments: Any) -> pl.DataFrame:
        frame = real(*arguments)
        heights.append(frame.height)
        return frame

    patch.setattr(bulk, "fetch", counted)
    return heights


def test_plain_rows_are_not_fetched_one_by_one(database: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a mark in a text every range comes by columns; with one, only the ranges that hold it come by rows."""
    heights = _by_rows(monkeypatch)
    monkeypatch.setattr(columns, "RANGE", 2)
    row_id = current["wages"].c.row_id
    plain, schema = _fill(database, "wages", _wages("a", "", "é", "d", "e"))
    assert columns.fetch(database, plain, row_id, schema).height == 5
    assert heights == []
    odd, schema = _fill(database, "wages", _wages("a", "b", columns.BETWEEN, "d", "e"))
    assert columns.fetch(database, odd, row_id, schema)["wage_id"].to_list() == ["a", "b", columns.BETWEEN, "d", "e"]
    assert heights == [2]


def test_more_text_than_sqlite_strings_together(database: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts that are too long to stand in one text together are fetched by rows, in the same transaction."""
    heights = _by_rows(monkeypatch)
    driver = database.connection.driver_connection
    assert driver is not None
    most = driver.setlimit(0, 2_000)  # 0: SQLITE_LIMIT_LENGTH
    try:
        query, schema = _fill(database, "wages", _wages("a" * 900, "b" * 900, "c" * 900))
        got = columns.fetch(database, query, current["wages"].c.row_id, schema)
    finally:
        driver.setlimit(0, most)
    assert got["wage_id"].str.len_chars().to_list() == [900, 900, 900]
    assert heights == [3]


def test_rows_with_gaps(database: sa.Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges in which nothing is left, or of which the query wants nothing, add nothing and cost no second reading."""
    heights = _by_rows(monkeypatch)
    monkeypatch.setattr(columns, "RANGE", 2)
    query, schema = _fill(database, "wages", _wages(*"abcdefghi"))
    wages = current["wages"]
    database.execute(sa.delete(wages).where(wages.c.wage_id.in_(["c", "d", "e", "f"])))
    got = columns.fetch(database, query.where(wages.c.wage_id != "i"), wages.c.row_id, schema)
    assert got["wage_id"].to_list() == ["a", "b", "g", "h"]
    assert heights == []


def test_merge_between_two_ranges(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A merge that another connection commits while the ranges of a stream are read is not half seen."""
    monkeypatch.setattr(columns, "RANGE", 1)
    real, merged = columns._one, []
    with open_store(f"sqlite:///{tmp_path / 'bridge.db'}") as store:
        deliver(store, "wages", wages(("a", 1), ("b", 1)))

        def interrupted(*arguments: Any) -> tuple[Any, ...] | None:
            row = real(*arguments)
            if not merged:
                merged.append(deliver(store, "wages", wages(("b", 2), ("c", 2))))
            return row

        monkeypatch.setattr(columns, "_one", interrupted)
        assert cents(read_stream(store, "wages")) == {"a": 1, "b": 1}
        assert merged[0].accepted == 2
        assert cents(read_stream(store, "wages")) == {"b": 2, "c": 2}
