"""Make an instrument's tables from a calculated period: the rows that calculation read, and the results it gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ipvb_bridge.base.errors import BridgeError, UsageError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core import instruments
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.pipeline import inputs, messages, results
from ipvb_bridge.pipeline.calculate import holidays
from ipvb_bridge.store import versions
from ipvb_bridge.store.database import Store

if TYPE_CHECKING:
    import polars as pl

    from ipvb_bridge.core.instruments.contract import Given, Instrument, Made

FOLDER = "instruments"
"""Where the instruments' own input tables stand, beside ``mappings`` and ``norms``."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an instrument made, of which calculation; ``stale``: a file changed since that calculation."""

    instrument: Instrument
    version: versions.Version
    given: Given
    made: Made
    stale: bool


def find(name: str) -> Instrument:
    """The instrument of that name. Raises :class:`UsageError` for none."""
    from ipvb_bridge.base import toml

    try:
        return instruments.load(name)
    except KeyError:
        close = toml.nearest(name, list(instruments.NAMES))
        hint = f" ({close}?)" if close else ""
        raise UsageError(messages.NO_INSTRUMENT, where=name, seen=name, nearest=hint) from None


def make(configuration: Configuration, store: Store, period: Period, name: str) -> Answer:
    """Run an instrument over the calculation of a period that counts.

    Raises :class:`UsageError` for an unknown instrument or a period that was not calculated,
    :class:`ConfigurationErrors` for bad files, and what the instrument itself refuses.
    """
    instrument = find(name)
    given, version, stale = gather(configuration, store, period, (instrument,))
    return Answer(instrument, version, given, instrument.run(given), stale)


@dataclass(frozen=True, slots=True)
class Refused:
    """An instrument that cannot answer, and why: a setting, a file or a figure that it needs is not there."""

    instrument: Instrument
    error: BridgeError


def make_all(configuration: Configuration, store: Store, period: Period) -> Iterator[Answer | Refused]:
    """Run every instrument over the calculation of a period, one after another; what is read is read once.

    Raises :class:`UsageError` for a period that was not calculated and :class:`ConfigurationErrors` for bad files.
    """
    wanted = tuple(instruments.load(name) for name in instruments.NAMES)
    given, version, stale = gather(configuration, store, period, wanted)
    for instrument in wanted:
        own = replace(given, own={table.name: given.own[table.name] for table in instrument.inputs})
        try:
            made = instrument.run(own)
        except BridgeError as error:
            yield Refused(instrument, error)
        else:
            yield Answer(instrument, version, own, made, stale)


def gather(
    configuration: Configuration, store: Store, period: Period, wanted: tuple[Instrument, ...]
) -> tuple[Given, versions.Version, bool]:
    """What the instruments compute from; read once, however many they are."""
    from ipvb_bridge.core.instruments.contract import Given
    from ipvb_bridge.core.prepare import prepare
    from ipvb_bridge.store.read import read_streams

    version = results.find(store, period)
    files = inputs.read_files(configuration)
    known = [table.name for name in instruments.NAMES for table in instruments.load(name).inputs]
    declared = [table for each in wanted for table in each.inputs]
    own = inputs.read_declared(configuration, FOLDER, declared, known)
    # The rows of that calculation, not those that a pull may have brought since.
    frames, _ = read_streams(store, list(STREAMS), as_of=version.inputs["as_of"])
    given = Given(
        period,
        prepare(frames, files.tables["mappings"], period),
        files.tables["norms"],
        files.settings,
        _Tables(store, version),
        History(store, period),
        own,
        holidays(period, files.settings),
        version.number,
        version.fingerprint,
    )
    parts = inputs.file_parts(files)
    stale = any(version.inputs["parts"].get(part) != digest for part, digest in parts.items())
    return given, version, stale


class _Tables(Mapping[str, "pl.DataFrame"]):
    """The result tables of a version, each read when first looked at."""

    def __init__(self, store: Store, version: versions.Version) -> None:
        self._store, self._version = store, version
        self._read: dict[str, pl.DataFrame] = {}

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self._version.tables:
            raise KeyError(name)
        if name not in self._read:
            self._read[name] = versions.load_table(self._store, self._version, name)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._version.tables)

    def __len__(self) -> int:
        return len(self._version.tables)


class History(Mapping[str, Mapping[str, "pl.DataFrame"]]):
    """The calculated periods of the same kind before a period, oldest first: for a month the months before it.

    Each stands with the version that counts; its tables are read when looked at.
    """

    def __init__(self, store: Store, period: Period) -> None:
        same = {each.period for each in versions.versions(store)}
        spans = [(Period.parse(text), text) for text in same]
        length = len(period.months()) if period.whole_months else None
        self._store = store
        self._names = [
            text
            for span, text in sorted(spans, key=lambda each: each[0].start)
            if span.end < period.start and (len(span.months()) if span.whole_months else None) == length
        ]

    def __getitem__(self, name: str) -> Mapping[str, pl.DataFrame]:
        if name not in self._names:
            raise KeyError(name)
        version = versions.current(self._store, name)
        assert version is not None, "a calculated period has a version that counts"
        return _Tables(self._store, version)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
