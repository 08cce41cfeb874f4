"""What holds for every instrument, and what the frame refuses."""

from __future__ import annotations

import dataclasses
import pkgutil

import polars as pl
import pytest

from ipvb_bridge.base.errors import BridgeError
from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.contract import Instrument, Made, Result
from tests.core.instruments.given import given
from tests.core.small import small

RESULT = Result("one", "a table", ("key",), {"key": (pl.String(), "the key"), "cost_cents": (pl.Int64(), "cents")})
ROWS = pl.DataFrame({"key": ["b", "a"], "cost_cents": [2, 1]})


def made(frame: pl.DataFrame) -> Made:
    return Instrument("test", "?", (RESULT,), lambda _: Made({"one": frame})).run(given(small()))


def test_a_table_is_put_in_the_declared_form() -> None:
    """Columns in the declared order and type, rows in the order of the key; what is not declared is left out."""
    loose = ROWS.with_columns(pl.col("cost_cents").cast(pl.Int8), extra=pl.lit(1)).select("extra", "cost_cents", "key")
    assert RESULT.of(loose).rows() == [("a", 1), ("b", 2)]
    assert RESULT.of(loose).schema == RESULT.schema()
    assert RESULT.empty().schema == RESULT.schema()


def test_what_is_declared_passes() -> None:
    """A table as declared comes out as it is."""
    assert made(RESULT.of(ROWS)).tables["one"].rows() == [("a", 1), ("b", 2)]


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (ROWS.with_columns(pl.col("cost_cents").cast(pl.Float64)), "declared"),
        (ROWS.drop("cost_cents"), "declared"),
        (RESULT.of(pl.concat([ROWS, ROWS])), "two rows with one key"),
    ],
)
def test_what_is_not_as_declared_is_refused(frame: pl.DataFrame, says: str) -> None:
    """A float in place of cents, a missing column and a doubled key never leave an instrument."""
    with pytest.raises(ValueError, match=says):
        made(frame)


def test_a_table_that_is_missing_is_refused() -> None:
    """An instrument makes all its tables, each time."""
    with pytest.raises(ValueError, match="declared"):
        Instrument("test", "?", (RESULT,), lambda _: Made({})).run(given(small()))


def test_every_instrument_is_listed() -> None:
    """The list names the modules with an INSTRUMENT, each under its own name, and no other."""
    known = [name for name in instruments.NAMES if instruments.load(name).name == name]
    assert known == list(instruments.NAMES)
    modules = {each.name for each in pkgutil.iter_modules(instruments.__path__)}
    assert set(known) <= modules
    with pytest.raises(KeyError):
        instruments.load("contract")


@pytest.mark.parametrize("name", instruments.NAMES)
def test_every_instrument_survives_an_empty_month(name: str) -> None:
    """With nothing but units, an instrument gives tables as declared, with findings at most, or says why it cannot."""
    instrument = instruments.load(name)
    base = given(small(), inputs=instrument.inputs)
    empty = dataclasses.replace(
        base,
        mapped=dataclasses.replace(
            base.mapped,
            streams={stream: frame if stream == "units" else frame.clear() for stream, frame in base.streams.items()},
        ),
        tables={table: frame.clear() for table, frame in base.tables.items()},
        norms={table: frame.clear() for table, frame in base.norms.items()},
    )
    refused = None
    try:
        tables = instrument.run(empty).tables
    except BridgeError as error:
        refused, tables = error, {}
    assert refused.next_step() if refused else list(tables) == [result.name for result in instrument.results]


@pytest.mark.parametrize("name", instruments.NAMES)
def test_every_column_says_what_it_holds(name: str) -> None:
    """Each table and column of an instrument is described, keys are columns, and money and time are whole numbers."""
    instrument = instruments.load(name)
    assert instrument.doc
    for result in instrument.results:
        assert result.doc
        assert set(result.key) <= set(result.columns)
        for column, (kind, doc) in result.columns.items():
            assert doc, (result.name, column)
            if column.endswith(("cents", "milliminutes")):
                assert kind == pl.Int64, (result.name, column)
