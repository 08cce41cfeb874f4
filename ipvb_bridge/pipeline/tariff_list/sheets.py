"""A CSV file or Excel workbook as sheets of cells, each with its place in the file.

Excel is read with openpyxl: pure Python, and of the readers the one that tells a cell's number format (a percentage
is not an amount), its merged ranges, and a formula beside its stored value. Macros and links are never followed.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.pipeline.tariff_list import messages

Value = str | Decimal | dt.date | bool | None
DELIMITERS = (";", ",", "\t", "|")
_LARGEST = 20 * 2**20
_UNPACKED = 200 * 2**20
_ROWS, _COLUMNS = 5_000, 60
_CENT = Decimal("0.01")
_NOISE = Decimal("1e-7")
FORMULA = "(formula without a stored value)"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its value (a formula's is the one that was stored with it), how it shows, and where it stands."""

    value: Value
    place: str
    percent: bool = False

    @property
    def text(self) -> str:
        """The value as text, without spaces around it; empty for nothing."""
        if self.value is None:
            return ""
        return " ".join(str(self.value).replace("\u00a0", " ").split())


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name ("" in a CSV file) and its rows of cells, empty rows included."""

    name: str
    rows: Sequence[Sequence[Cell]]


def read(path: Path, names: Sequence[str] = ()) -> list[list[Sheet]]:
    """The readings of a file, each a list of sheets: of a CSV file one for each delimiter, of a workbook one.

    ``names`` chooses sheets; without them every visible one is read. Raises :class:`ConfigurationError` (C66).
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise _unreadable(path)
        content = path.read_bytes()
    except OSError:
        raise _unreadable(path) from None
    if content[:2] == b"PK":
        return [_workbook(path, content, names)]
    text = _decoded(path, content)
    readings = [_records(path, text, delimiter) for delimiter in DELIMITERS]
    if not any(readings):
        raise _unreadable(path)
    return [[Sheet("", rows)] for rows in readings if rows]


def _unreadable(path: Path, what: str = "") -> ConfigurationError:
    return ConfigurationError(messages.UNREADABLE, where=str(path), seen=what or path.name)


def _decoded(path: Path, content: bytes) -> str:
    """Text of a CSV file: by its mark, else UTF-8, else what Excel on Windows writes."""
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16", "replace")
    if b"\x00" in content or not content.strip():
        raise _unreadable(path)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _records(path: Path, text: str, delimiter: str) -> list[list[Cell]]:
    """The rows with this delimiter; none where quotes do not fit it. A quote that nothing closes is a fault (C66)."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[Cell]] = []
    try:
        for fields in reader:
            if len(rows) > _ROWS:
                raise _unreadable(path)
            line = reader.line_num
            # The first line of Excel's own: which delimiter follows.
            own = line == 1 and fields[:1] and fields[0].lower().startswith("sep=")
            cells = [] if own else fields
            rows.append([Cell(_filled(value), f"{path.name}:{line}") for value in cells])
    except csv.Error as error:
        if "end of data" in str(error):
            raise _unreadable(path, f"{path.name}:{len(rows) + 1}") from None
        return []
    return rows


def _filled(value: str) -> str | None:
    return value if value.replace("\u00a0", " ").strip() else None


def _workbook(path: Path, content: bytes, names: Sequence[str]) -> list[Sheet]:
    import openpyxl

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            if sum(each.file_size for each in packed.infolist()) > _UNPACKED:
                raise _unreadable(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # extensions of Excel that say nothing about values
            stored, written = (
                openpyxl.load_workbook(io.BytesIO(content), data_only=values, keep_links=False)
                for values in (True, False)
            )
        known = {each.title: each for each in stored.worksheets}
        wanted = names or [name for name, each in known.items() if each.sheet_state == "visible"]
        strangers = [name for name in wanted if name not in known]
        if strangers:
            raise _unreadable(path, f"{strangers[0]} ({', '.join(known)})")
        return [Sheet(name, _cells(path, known[name], written[name])) for name in wanted]
    except ConfigurationError:
        raise
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, SyntaxError):
        # A damaged, protected or foreign file shows itself in many ways; none of them says more to a reader.
        raise _unreadable(path) from None


def _cells(path: Path, sheet: Any, written: Any) -> list[list[Cell]]:
    """The cells of a sheet; a merged range has its value in each of its cells."""
    if sheet.max_row > _ROWS or sheet.max_column > _COLUMNS:
        raise _unreadable(path, f"{path.name}, {sheet.title}")
    merged = {
        (row, column): (each.min_row, each.min_col)
        for each in sheet.merged_cells.ranges
        for row in range(each.min_row, min(each.max_row, _ROWS) + 1)
        for column in range(each.min_col, min(each.max_col, _COLUMNS) + 1)
    }
    rows = []
    for cells in sheet.iter_rows():
        row = []
        for cell in cells:
            at = merged.get((cell.row, cell.column), (cell.row, cell.column))
            source = sheet.cell(*at)
            value = _value(source.value)
            if value is None and written.cell(*at).value is not None:
                value = FORMULA
            place = f"{path.name}, {sheet.title}, {cell.coordinate}"
            row.append(Cell(value, place, "%" in str(source.number_format)))
        rows.append(row)
    return rows


def _value(value: object) -> Value:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
        if not exact.is_finite():
            return str(value)
        # A formula leaves noise far behind the cents (183.21000000000001): that is not in the amount.
        if exact == exact.to_integral_value() and abs(exact) < 10**12:
            return exact.to_integral_value()
        cents = exact.quantize(_CENT) if abs(exact) < 10**12 else exact
        return cents if abs(exact - cents) < _NOISE else exact
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    return None if value is None else _filled(str(value))
