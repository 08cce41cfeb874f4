"""What a calculation reads: the stored streams, the mapping and norm tables, and the settings of the method."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ipvb_bridge import __version__
from ipvb_bridge.base import configuration_messages, toml
from ipvb_bridge.base.errors import CalculationError, ConfigurationError, ConfigurationErrors, UsageError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.norm_records import FACTS, NORM_TABLES
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import MAPPINGS, STREAMS, Table
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.pipeline import messages

if TYPE_CHECKING:
    import polars as pl

    from ipvb_bridge.core.mapping import Mapped
    from ipvb_bridge.store.database import Store

FOLDERS: Mapping[str, Mapping[str, Table]] = {"mappings": MAPPINGS, "norms": NORM_TABLES}
"""The folders of tables beside bridge.toml."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files of a configuration folder that steer a calculation, read and checked."""

    settings: MethodSettings
    tables: Mapping[str, Mapping[str, pl.DataFrame]]
    """Folder (mappings, norms) -> table -> rows, typed."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything that goes into a calculation, with its fingerprint.

    ``parts`` holds the fingerprint of each part by name (``rows/hours``, ``mappings/accounts``, ``settings``,
    ``program``), so that two versions can say which part differs; ``as_of`` reads the same rows again.
    """

    mapped: Mapped
    norms: Mapping[str, pl.DataFrame]
    settings: MethodSettings
    as_of: int
    parts: Mapping[str, str]

    @property
    def fingerprint(self) -> str:
        """sha256 over the parts."""
        return _digest(json.dumps(dict(self.parts), sort_keys=True))


def read_files(configuration: Configuration) -> Files:
    """Read ``method.toml``, ``mappings/*.csv`` and ``norms/*.csv``. Raises :class:`ConfigurationErrors`."""
    problems: list[ConfigurationError] = []
    settings: MethodSettings | None = None
    try:
        settings = read_settings(configuration)
    except ConfigurationError as error:
        problems += [each for each in error.problems() if isinstance(each, ConfigurationError)]
    tables: dict[str, dict[str, pl.DataFrame]] = {}
    for folder in FOLDERS:
        try:
            tables[folder] = read_tables(configuration, folder)
        except ConfigurationError as error:
            problems += [each for each in error.problems() if isinstance(each, ConfigurationError)]
    if problems or settings is None:
        raise ConfigurationErrors(problems)
    return Files(settings, tables)


def read_tables(configuration: Configuration, folder: str) -> dict[str, pl.DataFrame]:
    """The tables of ``mappings/`` or ``norms/``, typed. Raises :class:`ConfigurationErrors`, all at once."""
    return read_declared(configuration, folder, FOLDERS[folder].values(), FOLDERS[folder])


def read_declared(
    configuration: Configuration, folder: str, tables: Iterable[Table], known: Iterable[str]
) -> dict[str, pl.DataFrame]:
    """Tables of a folder beside bridge.toml, typed; one that has no file is empty. ``known``: files that may be there.

    Raises :class:`ConfigurationErrors`, all at once.
    """
    problems = _strangers(configuration.folder / folder, known)
    read = {}
    for table in tables:
        try:
            read[table.name] = _read_table(configuration.folder / folder / f"{table.name}.csv", table)
        except ConfigurationError as error:
            problems += [each for each in error.problems() if isinstance(each, ConfigurationError)]
    if problems:
        raise ConfigurationErrors(problems)
    return read


def read_settings(configuration: Configuration) -> MethodSettings:
    """``method.toml``, checked. Raises :class:`ConfigurationError`, or several at once."""
    path = configuration.folder / "method.toml"
    if not path.is_file():
        raise ConfigurationError(configuration_messages.NO_METHOD, where=str(configuration.folder))
    return toml.load(MethodSettings, toml.read(path), path)


def parse_period(text: str) -> Period:
    """The period of a command. Raises :class:`UsageError` for what is none."""
    try:
        return Period.parse(text)
    except ValueError:
        raise UsageError(messages.NO_PERIOD, where="PERIOD", seen=text) from None


def read_inputs(configuration: Configuration, store: Store, period: Period) -> Inputs:
    """Read everything from one state of the store, join people, and map it as of the period's last day.

    Raises :class:`ConfigurationErrors` for the files and :class:`CalculationError` when two connections deliver the
    same key, or when there are no agreements, stays and ledger lines at all.
    """
    from ipvb_bridge.core.prepare import prepare
    from ipvb_bridge.store.read import read_streams

    files = read_files(configuration)
    frames, state = read_streams(store, list(STREAMS))
    needed = ("units", "stays", "ledger_lines")
    empty = [name for name in needed if not frames[name].height]
    if empty:
        raise CalculationError(messages.NO_DATA, where=configuration.bridge.organisation.name, seen=", ".join(empty))
    for name, frame in frames.items():
        _one_source_a_key(STREAMS[name], frame)
    parts = {f"rows/{name}": each.fingerprint for name, each in state.streams.items()}
    parts |= file_parts(files)
    parts["program"] = __version__
    return Inputs(
        prepare(frames, files.tables["mappings"], period),
        files.tables["norms"],
        files.settings,
        state.as_of,
        parts,
    )


def file_parts(files: Files) -> dict[str, str]:
    """The fingerprints of the tables and the settings, by part."""
    parts = {
        # The day on which somebody looked at a norm again moves no result either.
        f"{folder}/{name}": fingerprint(frame.drop("last_checked", strict=False))
        for folder, tables in files.tables.items()
        for name, frame in tables.items()
        if folder != "norms" or name not in FACTS
    }
    # What only instruments use moves no result of the calculation.
    parts["settings"] = _digest(files.settings.model_dump_json(exclude={"period", "instruments"}))
    return parts


def read_mapped(configuration: Configuration, store: Store) -> Mapped:
    """The stored streams with the mappings applied: what is unmapped, unused and missing. Needs no method.toml."""
    from ipvb_bridge.core import mapping
    from ipvb_bridge.store.read import read_streams

    frames, _ = read_streams(store, list(STREAMS))
    plain = {name: frame.drop("source") for name, frame in frames.items()}
    return mapping.apply(plain, read_tables(configuration, "mappings"))


def suggest(configuration: Configuration, store: Store) -> pl.DataFrame:
    """Proposed mapping rows for the codes that have none; see :func:`ipvb_bridge.core.suggest.suggest`."""
    from ipvb_bridge.core import suggest as core

    mapped = read_mapped(configuration, store)
    return core.suggest(
        mapped.streams["accounts"],
        mapped.streams["cost_centres"],
        mapped.streams["contracts"],
        mapped.unmapped,
        read_tables(configuration, "mappings"),
        read_settings(configuration),
    )


def fingerprint(frame: pl.DataFrame) -> str:
    """sha256 over a frame's rows, whatever their order."""
    return _digest("\n".join(sorted(frame.write_csv(include_header=False).splitlines())))


def _one_source_a_key(table: Table, frame: pl.DataFrame) -> None:
    if frame["source"].n_unique() < 2:
        return
    twice = frame.filter(frame.select(table.key).is_duplicated())
    if twice.height:
        raise CalculationError(
            messages.SAME_KEY_TWICE,
            where=table.name,
            seen=", ".join(sorted(twice["source"].unique())),
            rows=twice.select(table.key).n_unique(),
            stream=table.name,
        )


def _read_table(path: Path, table: Table) -> pl.DataFrame:
    """A mapping or norm table, typed. A file that is absent is an empty table; a bad row is an error with its line."""
    import polars as pl

    from ipvb_bridge.base.errors import DataError
    from ipvb_bridge.core.validation import POSITION, check, duplicates, explain
    from ipvb_bridge.plugin.delimited import Format, read_table

    where = f"{path.parent.name}/{path.name}"
    if not path.is_file():
        return pl.DataFrame(schema=table.schema())
    try:
        checked = check(table, read_table(path, table, format=Format()))
    except DataError as error:
        raise ConfigurationError(error.message, **error.fields | {"where": where}) from error  # type: ignore[arg-type]  # fields carry where and seen
    held, rows = checked.held, checked.rows.drop(POSITION)
    doubled = rows.select(table.key).is_duplicated()
    if doubled.any():
        held = pl.concat([held, duplicates(table, rows.filter(doubled), checked.rows[POSITION].filter(doubled))])
    if held.height:
        first = held.row(0, named=True)
        what, _ = explain(table, first["code"], first["column"], first["seen"])
        raise ConfigurationError(
            messages.BAD_TABLE, where=f"{path.parent.name}/{first['position']}", seen=what, rows=held.height
        )
    return rows


def _strangers(folder: Path, declared: Iterable[str]) -> list[ConfigurationError]:
    """Files in the folder that no table has: a misspelt name would otherwise be an empty table."""
    found, known = [], set(declared)
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else []:
        if path.stem not in known:
            close = toml.nearest(path.stem, list(known))
            hint = f" ({close}.csv?)" if close else ""
            where = f"{folder.name}/{path.name}"
            found.append(ConfigurationError(messages.UNKNOWN_FILE, where=where, seen=path.name, nearest=hint))
    return found


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
