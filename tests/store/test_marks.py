"""The mark of a delivered row: the same for the same row, and for no other."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import subprocess
import sys

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.store import marks
from ipvb_bridge.store.marks import MARKS, can_mark, marked, state

HOURS = STREAMS["hours"]
_STATE = state(HOURS)
_ROW = {
    "hours_id": "h1",
    "contract_id": "c1",
    "unit_id": "u1",
    "level": "3",
    "kind": "worked",
    "start": "2026-01-01T07:00:00+01:00",
    "end": "2026-01-01T15:00:00+01:00",
    "paid_minutes": "450.00",
}


def _marks(*rows: dict[str, object], how: str = _STATE) -> list[tuple[int, int]]:
    frame = pl.DataFrame(rows, schema=dict.fromkeys(rows[0], pl.String))
    return marked(HOURS, frame, how).select(*MARKS).rows()


@pytest.mark.parametrize("column", HOURS.names)
@pytest.mark.parametrize("value", [None, "", "other", " 3", "450"])
def test_every_value_counts(column: str, value: str | None) -> None:
    """A row that differs in one column, also where it means the same to the gate, has another mark in both halves."""
    (one, other) = _marks(_ROW, {**_ROW, column: value})
    assert one[0] != other[0]
    assert one[1] != other[1]


_cell = st.none() | st.text(alphabet="ab0 |", max_size=3)


@settings(deadline=None)
@given(st.lists(st.tuples(_cell, _cell, _cell), min_size=2, max_size=60, unique=True))
def test_different_rows_differ(rows: list[tuple[str | None, ...]]) -> None:
    """Values that move to another column, or flow into each other, give another mark."""
    names = HOURS.names[:3]
    made = _marks(*(dict(zip(names, row, strict=True)) for row in rows))
    assert len({each[0] for each in made}) == len(rows)
    assert len({each[1] for each in made}) == len(rows)


def test_row_alone_decides() -> None:
    """Neither the rows beside it, nor the order of the columns, nor the place in the file change a mark."""
    (alone,) = _marks(_ROW)
    assert _marks({**_ROW, "level": None}, _ROW)[1] == alone
    assert _marks(dict(reversed(_ROW.items()))) == [alone]
    placed = pl.DataFrame([{**_ROW, "_position": "hours.csv:7"}])
    assert marked(HOURS, placed, _STATE).select(*MARKS).rows() == [alone]


def test_type_of_a_column_counts() -> None:
    """The number 5 (cents) and the text 5 (euros) are two rows."""
    table = STREAMS["wages"]
    number, text = (marked(table, pl.DataFrame({"amount": [value]}), "").select(*MARKS).row(0) for value in (5, "5"))
    assert number[0] != text[0]
    assert number[1] != text[1]


def test_halves_are_two_hashes() -> None:
    """Bits out of both halves together collide as seldom as chance says: one half tells nothing about the other."""
    count = 1_000_000
    number = pl.int_range(count, eager=True).cast(pl.String)
    made = marked(HOURS, pl.DataFrame({"hours_id": "h" + number, "level": ["3"] * count}), _STATE)
    for bits in (
        made["mark"] % 2**32,
        made["mark_more"] % 2**32,
        made["mark"] % 2**16 * 2**16 + made["mark_more"] % 2**16,
    ):
        # By chance 116, give or take 11.
        assert 60 < count - bits.n_unique() < 180


def test_same_in_every_process() -> None:
    """Another process, which orders its sets otherwise, makes the same marks: they are kept in a file."""
    script = (
        "import polars as pl; from ipvb_bridge.core.records import STREAMS; from ipvb_bridge.store import marks as m;"
        "t = STREAMS['hours']; f = pl.DataFrame({'hours_id': ['h1'], 'level': [None], 'unit_id': ['u1 and longer than "
        "twelve']}, schema_overrides={'level': pl.String}); print(m.marked(t, f, m.state(t)).select(*m.MARKS).row(0))"
    )
    said = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(said) == 1


def test_state_tells_what_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of the table, another rule for a column, another program or other code of the gate: other
    marks, so every row goes through the gate again."""
    column = HOURS.columns[-1]
    other = {
        state(dataclasses.replace(HOURS, version=HOURS.version + 1)),
        state(dataclasses.replace(HOURS, columns=(*HOURS.columns[:-1], dataclasses.replace(column, high=1)))),
        state(dataclasses.replace(HOURS, not_before=())),
    }
    monkeypatch.setattr(marks, "__version__", "0.0.0")
    other.add(state(HOURS))
    monkeypatch.undo()
    monkeypatch.setattr(marks.inspect, "getsource", lambda module: "def check(): ...")
    other.add(state(HOURS))
    assert len(other - {_STATE}) == 5
    assert _marks(_ROW, how="one") != _marks(_ROW, how="other")


@pytest.mark.parametrize("odd", [1.5, b"x", [1], {"a": 1}, dt.time(7), "column"])
def test_what_the_gate_refuses_has_no_mark(odd: object) -> None:
    """A frame with a column the table does not know, or of a type that is not plain, goes to the gate as it is."""
    frame = pl.DataFrame({"colour" if odd == "column" else "level": [odd]})
    assert not can_mark(HOURS, frame)


def test_plain_types_have_marks() -> None:
    """Text, whole numbers, days, moments, flags and a column without any value."""
    frame = pl.DataFrame({"hours_id": ["h"], "level": [None], "paid_minutes": [5], "_position": [1]})
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    assert can_mark(HOURS, frame.with_columns(start=pl.lit(moment), end=pl.lit(moment.date()), kind=pl.lit(True)))
    text = frame.with_columns(pl.col("level").cast(pl.String))
    assert marked(HOURS, frame, "")["mark"].equals(marked(HOURS, text, "")["mark"])
