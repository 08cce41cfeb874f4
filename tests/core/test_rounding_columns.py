"""Rounding of millions of rows in steps gives what Python's exact fractions give."""

from __future__ import annotations

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipvb_bridge.core.rounding import with_half_even

TOP = st.integers(0, 2**61) | st.integers(0, 1000)


@given(st.lists(st.tuples(TOP, st.integers(1, 10**9) | st.integers(1, 12)), min_size=1, max_size=40))
def test_by_a_column(rows: list[tuple[int, int]]) -> None:
    """Any numerator up to 2**61 over twice any half, ties to the even number, all in whole numbers."""
    frame = pl.LazyFrame(rows, schema={"top": pl.Int64, "half": pl.Int64}, orient="row")
    found = frame.pipe(with_half_even, "rounded", pl.col("top"), "half").collect(engine="streaming")
    assert found.columns == ["top", "half", "rounded"]
    assert found["rounded"].to_list() == [round(Fraction(top, 2 * half)) for top, half in rows]


@pytest.mark.parametrize("kind", [pl.Int64, pl.Int128])
def test_by_a_number(kind: type[pl.DataType]) -> None:
    """Over 60,000: 30,000 ties to 0, 90,000 to 2; one more or less goes to the nearest; null stays null."""
    values = [0, 29_999, 30_000, 30_001, 89_999, 90_000, 90_001, 2**61 + 1, None]
    frame = pl.LazyFrame({"top": values}, schema={"top": kind}).pipe(with_half_even, "rounded", pl.col("top"), 30_000)
    expected = [None if value is None else round(Fraction(value, 60_000)) for value in values]
    assert frame.collect()["rounded"].to_list() == expected
    assert frame.collect().schema["rounded"] == pl.Int64
