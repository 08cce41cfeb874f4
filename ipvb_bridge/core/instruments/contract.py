"""What an instrument is: from the rows and results of a period to tables of its own, pure, with no I/O.

An instrument is a module of this package with a constant ``INSTRUMENT``. It computes from what a calculation read and
made; it never stores and never changes the results of the calculation.

Columns follow one notation, from which pages and workbooks know how to write them: ``..._cents`` is money in whole
cents, ``...milliminutes`` care time, ``..._hours`` hours, ``..._fte`` full-time equivalents, ``..._share`` a part of
one (0.85 is 85 %), ``..._days`` days, ``..._score`` a mark or an efficiency; any other number is a count when whole
and a decimal when not. Money and care time are Int64 and never pass through a float; what is no money or time
(shares, hours for people, scores) may be Float64 and is rounded to six decimals.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.mapping import Mapped
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import Table
from ipvb_bridge.core.settings import MethodSettings


@dataclass(frozen=True, slots=True)
class Result:
    """A table that an instrument makes. ``columns``: name -> (polars type, what it holds, with unit and null rule).

    ``key`` names the columns that identify a row and by which rows are sorted; no two rows share it.
    """

    name: str
    doc: str
    key: tuple[str, ...]
    columns: Mapping[str, tuple[pl.DataType, str]]

    def schema(self) -> pl.Schema:
        """The frame schema, columns in order."""
        return pl.Schema({name: kind for name, (kind, _) in self.columns.items()})

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The frame with exactly these columns and types, sorted by key; raises polars' errors where that fails."""
        kinds = self.schema()
        return frame.select(pl.col(name).cast(kind) for name, kind in kinds.items()).sort(self.key, nulls_last=True)

    def empty(self) -> pl.DataFrame:
        """The table without rows."""
        return pl.DataFrame(schema=self.schema())


@dataclass(frozen=True, slots=True)
class Given:
    """What an instrument may use.

    ``period`` is the period asked for; ``mapped`` the streams as the calculation read them, mappings applied; ``norms``
    the norm tables (each present, perhaps empty); ``tables`` the result tables of the calculation (lines,
    resident_budgets, ...); ``history`` the result tables of earlier calculated periods by period text, in order of
    time, read when looked at; ``own`` the instrument's own input tables (``instruments/NAME.csv``, each present,
    perhaps empty); ``holidays`` the public holidays of the years that the cost window and the period touch.
    ``version`` and ``fingerprint`` are those of the calculation; 0 and empty where it was never kept.
    """

    period: Period
    mapped: Mapped
    norms: Mapping[str, pl.DataFrame]
    settings: MethodSettings
    tables: Mapping[str, pl.DataFrame]
    history: Mapping[str, Mapping[str, pl.DataFrame]] = field(default_factory=dict)
    own: Mapping[str, pl.DataFrame] = field(default_factory=dict)
    holidays: frozenset[dt.date] = frozenset()
    version: int = 0
    fingerprint: str = ""

    def tables_of(self, period: str) -> Mapping[str, pl.DataFrame]:
        """The result tables of this period, or of an earlier one of ``history``. Raises ``KeyError`` for none."""
        return self.tables if period == str(self.period) else self.history[period]

    @property
    def streams(self) -> Mapping[str, pl.DataFrame]:
        """The streams, mappings applied."""
        return self.mapped.streams


@dataclass(frozen=True, slots=True)
class Made:
    """The tables of an instrument by name, in the order of its declaration, and what it has to say about them."""

    tables: Mapping[str, pl.DataFrame]
    findings: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=findings.schema()))


@dataclass(frozen=True, slots=True)
class Instrument:
    """An instrument. ``name`` is the module's; ``doc`` one English sentence: the question that it answers.

    ``results``: the tables it makes. ``inputs``: tables of its own that no source delivers, read from
    ``instruments/TABLE.csv`` in the configuration folder. ``make`` raises :class:`CalculationError` (M codes) only
    where no true answer can be given; whatever else is amiss is a finding.
    """

    name: str
    doc: str
    results: tuple[Result, ...]
    make: Callable[[Given], Made]
    inputs: tuple[Table, ...] = ()

    def run(self, given: Given) -> Made:
        """Make the tables, held against their declaration: columns, types, order and key.

        Raises ``ValueError`` for a table that is not as declared: a mistake of the instrument, not of the data.
        """
        made = self.make(given)
        names = [result.name for result in self.results]
        if list(made.tables) != names:
            raise ValueError(f"{self.name} made {list(made.tables)}, declared {names}")
        for result in self.results:
            frame = made.tables[result.name]
            if frame.schema != result.schema():
                raise ValueError(f"{self.name}: {result.name} has {frame.schema}, declared {result.schema()}")
            # Sorted by key, so rows with one key stand together.
            twice = pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(1)) for name in result.key)
            if frame.height > 1 and frame.select(twice.slice(1).any()).item():
                raise ValueError(f"{self.name}: {result.name} has two rows with one key")
        return made
