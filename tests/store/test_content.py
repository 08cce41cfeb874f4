"""The content hash: stable, and different for rows that differ."""

from __future__ import annotations

import dataclasses
import datetime as dt

import polars as pl
import xxhash
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.core.records import STREAMS, Column, Table, Type
from ipvb_bridge.store.content import content_hash
from tests.store.samples import wages

_TEXTS = Table(
    "texts",
    "",
    ("a",),
    (Column("a", Type.TEXT, ""), Column("b", Type.TEXT, "", nullable=True), Column("c", Type.TEXT, "", nullable=True)),
)


def _hash(table: Table, *rows: tuple[object, ...]) -> list[int]:
    return content_hash(table, pl.DataFrame(rows, schema=table.schema(), orient="row")).to_list()


def test_value_is_fixed() -> None:
    """The hash is stored, so it stays what it is: xxh3 over the values between unit separators, signed."""
    text = "\x1f".join(["a", "c1", "gross", "2026-01", "2026-01", "-5"])
    expected = xxhash.xxh3_64_intdigest(text.encode())
    assert content_hash(STREAMS["wages"], wages(("a", -5))).to_list() == [expected - 2**64 * (expected >= 2**63)]
    assert content_hash(STREAMS["wages"], wages(("a", -5))).to_list() == [4466873371995691709]


def test_every_type_counts() -> None:
    """A change in any column, of any type, from or to nothing, gives another hash."""
    day, moment = dt.date(2026, 1, 1), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    kinds = {
        Type.TEXT: "x",
        Type.DATE: day,
        Type.MOMENT: moment,
        Type.FLAG: False,
        Type.MONEY: 0,
        Type.MONTH: "2026-01",
    }
    table = Table("all", "", ("TEXT",), tuple(Column(kind.name, kind, "", nullable=True) for kind in kinds))
    rows = [tuple(kinds.values())]
    others = ["y", dt.date(2026, 1, 2), moment + dt.timedelta(microseconds=1), True, 1, "2026-02"]
    for at, other in enumerate(others):
        for value in (other, None):
            rows.append((*rows[0][:at], value, *rows[0][at + 1 :]))
    hashes = _hash(table, *rows)
    assert len(set(hashes)) == len(rows)


_text = st.text(alphabet=st.sampled_from("ab\x1f0 1"), max_size=5)


@settings(deadline=None)
@given(st.lists(st.tuples(_text, st.none() | _text, st.none() | _text), min_size=2, max_size=40, unique=True))
def test_different_rows_differ(rows: list[tuple[str, str | None, str | None]]) -> None:
    """Rows whose values only look alike when put behind each other have different hashes."""
    assert len(set(_hash(_TEXTS, *rows))) == len(rows)


@settings(deadline=None)
@given(st.lists(st.tuples(_text, st.none() | _text, st.none() | _text), min_size=2, max_size=20))
def test_row_alone_decides(rows: list[tuple[str, str | None, str | None]]) -> None:
    """A row's hash does not depend on the rows around it."""
    assert _hash(_TEXTS, *rows) == [_hash(_TEXTS, row)[0] for row in rows]


def test_column_added_later_counts_when_filled() -> None:
    """A stream that grew keeps the hashes of rows without the new column, and sees it when it is filled."""
    added = (Column("d", Type.MONEY, "", nullable=True, since=2), Column("e", Type.MONEY, "", nullable=True, since=2))
    grown = dataclasses.replace(_TEXTS, columns=(*_TEXTS.columns, *added), version=2)
    (old,) = _hash(_TEXTS, ("a", "b", None))
    hashes = _hash(grown, *((("a", "b", None, *new)) for new in ((None, None), (1, None), (None, 1), (1, 1))))
    assert hashes[0] == old
    assert len(set(hashes)) == 4
