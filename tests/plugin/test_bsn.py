"""The guard against BSNs: it stops columns of them, and leaves other numbers of nine digits alone."""

from __future__ import annotations

import random

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.plugin import bsn, messages

STAYS = STREAMS["stays"]


def passes(number: int) -> bool:
    """The eleven test, digit by digit."""
    digits = [int(each) for each in f"{number:09d}"]
    total = sum(weight * digit for weight, digit in zip(range(9, 1, -1), digits[:8], strict=True)) - digits[8]
    return number > 0 and total % 11 == 0


INVENTED = [each for each in range(999_990_000, 1_000_000_000) if passes(each)]
"""Numbers above the range that is given out."""


def texts(numbers: list[int]) -> pl.Series:
    return pl.Series([str(each) for each in numbers])


def test_a_column_of_bsns_is_found() -> None:
    """From twenty on, all of them counted."""
    assert bsn.found(texts(INVENTED[:20])) == 20
    assert bsn.found(texts(INVENTED[:19])) == 0


def next_bsn(number: int) -> int:
    return next(each for each in range(number, number + 100) if passes(each))


@given(numbers=st.lists(st.integers(10_000_000, 999_999_900).map(next_bsn), min_size=20, max_size=60, unique=True))
@settings(max_examples=50, deadline=None)
def test_any_column_of_bsns_is_found_also_without_its_leading_zero(numbers: list[int]) -> None:
    """Whatever the numbers, written with nine digits or as a spreadsheet leaves them."""
    assert bsn.found(texts(numbers)) == len(numbers)
    assert bsn.found(pl.Series([f"{each:09d}" for each in numbers])) == len(numbers)


def test_nearly_all_is_enough() -> None:
    """A few other values, repetitions and empty fields do not hide the rest."""
    assert bsn.found(pl.concat([texts(INVENTED[:40] * 3), pl.Series(["onbekend", "X1", None])]))


def test_writing_with_points_does_not_hide_them() -> None:
    """`1234.56.782` is the same number."""
    assert bsn.found(pl.Series([f"{str(each)[:4]}.{str(each)[4:6]}.{str(each)[6:]}" for each in INVENTED[:25]])) == 25


def test_other_numbers_of_nine_digits_are_left_alone() -> None:
    """Running and random numbers pass the test once in eleven times: that is no column of BSNs."""
    draw = random.Random(7)
    assert bsn.found(texts(list(range(100_000_000, 100_005_000)))) == 0
    assert bsn.found(texts([draw.randrange(10**8, 10**9) for _ in range(5000)])) == 0
    assert bsn.found(pl.Series(["000000000"] * 50)) == 0


def test_few_people_with_many_rows_are_judged_from_eight_on() -> None:
    """The same seven numbers a hundred times could be chance; eight could not."""
    assert bsn.found(texts(INVENTED[:7] * 100)) == 0
    assert bsn.found(texts(INVENTED[:8] * 1000)) == 8


def test_a_delivery_with_bsns_is_refused_without_showing_one() -> None:
    """The message names file, column and how many; no value."""
    frame = pl.DataFrame({name: texts(INVENTED[:30]) for name in STAYS.names}).with_columns(
        pl.lit("D1").alias("unit_id")
    )
    with pytest.raises(DataError) as caught:
        bsn.refuse(frame.with_columns(pl.lit("S").alias("stay_id")), STAYS, "stays.csv")
    error = caught.value
    assert error.message is messages.BSN
    assert error.fields["column"] == "stays.resident_id"
    assert not any(str(number) in repr(error.fields) + error.what("nl") for number in INVENTED[:30])
