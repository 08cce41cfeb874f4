"""Rounding half to even and dividing by largest remainder."""

from __future__ import annotations

from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipvb_bridge.core.rounding import half_even, half_even_int, largest_remainder, whole_parts

WHOLE = st.integers(-(10**12), 10**12)


@given(st.lists(st.tuples(WHOLE, st.integers(1, 10**6)), min_size=1, max_size=30))
def test_a_column_rounds_as_exact_fractions_do(pairs: list[tuple[int, int]]) -> None:
    """half_even of a column equals Python's exact round of the fraction, also for halves and negatives."""
    frame = pl.DataFrame(pairs, schema={"n": pl.Int64, "d": pl.Int64}, orient="row")
    got = frame.select(half_even(pl.col("n"), pl.col("d")).alias("r"))
    assert got.schema["r"] == pl.Int64
    assert got["r"].to_list() == [round(Fraction(n, d)) for n, d in pairs]
    assert got["r"].to_list() == [half_even_int(n, d) for n, d in pairs]


def test_halves_go_to_even() -> None:
    """Exactly half goes to the even neighbour on both sides of zero, and null stays null."""
    frame = pl.DataFrame({"n": [-5, -3, -1, 1, 3, 5, None]})
    assert frame.select(half_even(pl.col("n"), 2))["n"].to_list() == [-2, -2, 0, 0, 2, 2, None]


def test_wide_numbers_stay_exact() -> None:
    """With Int128 a product far beyond 64 bits is divided exactly."""
    frame = pl.DataFrame({"n": [10**17]}, schema={"n": pl.Int128})
    assert frame.select(half_even(pl.col("n") * 10**6, 10**6))["n"].to_list() == [10**17]


@given(WHOLE, st.dictionaries(st.text("abcW123", min_size=1, max_size=3), st.integers(-50, 10**9), min_size=1))
def test_the_parts_add_up_and_are_near(total: int, weights: dict[str, int]) -> None:
    """The parts add up to the total, also of negatives; no part is a cent or more off its share."""
    whole = sum(weights.values())
    if whole == 0:
        with pytest.raises(ZeroDivisionError):
            largest_remainder(total, weights)
        return
    parts = largest_remainder(total, weights)
    assert sum(parts.values()) == total
    assert list(parts) == sorted(weights)
    for key, part in parts.items():
        assert abs(part - Fraction(total) * weights[key] / whole) < 1


def test_equal_remainders_go_in_key_order() -> None:
    """The left-over cent goes to the first key in ascending order, whatever the order of the input."""
    assert largest_remainder(100, {"c": 1, "a": 1, "b": 1}) == {"a": 34, "b": 33, "c": 33}
    assert largest_remainder(-100, {"c": 1, "a": 1, "b": 1}) == {"a": -33, "b": -33, "c": -34}


def test_parts_that_are_no_whole_are_refused() -> None:
    """whole_parts raises when its exact parts do not add up to a whole number."""
    with pytest.raises(ValueError, match="whole number"):
        whole_parts({"a": Fraction(1, 3)})
