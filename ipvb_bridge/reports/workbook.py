"""A workbook of result tables: a sheet a table, real numbers with their format, and no text that acts as a formula."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from ipvb_bridge.reports.units import Unit, unit_of

if TYPE_CHECKING:
    # The library has no types: these stand for the reader.
    from xlsxwriter import Workbook  # type: ignore[import-untyped]
    from xlsxwriter.format import Format  # type: ignore[import-untyped]
    from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

MOST_ROWS = 1_048_575
"""Rows under the heading that a sheet holds."""
FORMATS: Mapping[Unit, str] = {
    "money": "#,##0.00;[Red]-#,##0.00",
    "time": "#,##0.00",
    "hours": "#,##0.00",
    "fte": "#,##0.00",
    "share": "0.0%",
    "score": "0.000",
    "decimal": "#,##0.00####",
    "count": "#,##0",
    "date": "yyyy-mm-dd",
    "text": "@",
}
_DIVISORS: Mapping[Unit, int] = {"money": 100, "time": 60_000}
_HEADS: Mapping[Unit, tuple[str, str]] = {"money": ("cents", "euro"), "time": ("milliminutes", "hours")}


def write(
    path: Path | BytesIO,
    tables: Mapping[str, pl.DataFrame],
    heading: Callable[[str], str] | None = None,
    titles: Callable[[str], str] | None = None,
) -> None:
    """Write the tables to an .xlsx file; euros for cents, hours for milliminutes, formats by the column's name.

    ``heading`` gives a column's heading and ``titles`` a sheet's name; without them the columns are called by their
    name in the unit of the sheet (``cost_cents`` is ``cost_euro``). A text is written as text whatever it starts with,
    so that no value of a source can act as a formula or a link. A table longer than a sheet goes on in a next one.
    """
    from xlsxwriter import Workbook

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with Workbook(path if isinstance(path, BytesIO) else str(path), options) as book:
        formats = {unit: book.add_format({"num_format": form}) for unit, form in FORMATS.items()}
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        taken: set[str] = set()
        for name, frame in tables.items():
            for start in range(0, max(frame.height, 1), MOST_ROWS):
                part = frame.slice(start, MOST_ROWS)
                _sheet(
                    book, _free(titles(name) if titles else name, taken), part, heading or _plain(part), formats, head
                )


def _sheet(
    book: Workbook,
    title: str,
    frame: pl.DataFrame,
    heading: Callable[[str], str],
    formats: Mapping[Unit, Format],
    head: Format,
) -> None:
    sheet = book.add_worksheet(title)
    units = [unit_of(name, kind) for name, kind in frame.schema.items()]
    for at, (name, unit) in enumerate(zip(frame.columns, units, strict=True)):
        label = heading(name)
        wide = max(len(label) // 2, 44 if unit == "text" and "explanation" in name else 16 if unit == "text" else 12)
        sheet.set_column(at, at, min(wide, 60))
        sheet.write_string(0, at, label, head)
    sheet.freeze_panes(1, 0)
    if frame.height:
        sheet.autofilter(0, 0, frame.height, frame.width - 1)
    writers = [_writer(sheet, unit, formats.get(unit)) for unit in units]
    for row, values in enumerate(frame.iter_rows(), start=1):
        for at, value in enumerate(values):
            if value is not None:
                writers[at](row, at, value)


def _writer(sheet: Worksheet, unit: Unit, form: Format | None) -> Callable[[int, int, Any], object]:
    if unit == "text":
        return lambda row, at, value: sheet.write_string(row, at, _text(value), form)
    if unit == "flag":
        return sheet.write_boolean  # type: ignore[no-any-return]  # the library has no types
    if unit == "date":
        return lambda row, at, value: sheet.write_datetime(row, at, dt.datetime.combine(value, dt.time()), form)
    divisor = _DIVISORS.get(unit, 1)
    # The sheet's numbers are doubles: the nearest one to the exact decimal, made here and used for nothing else.
    return lambda row, at, value: sheet.write_number(row, at, float(Decimal(value) / divisor), form)


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else str(value)
    return "".join(each for each in text if each in "\t\n" or each >= " ")[:32_767]


def _plain(frame: pl.DataFrame) -> Callable[[str], str]:
    def label(name: str) -> str:
        unit = unit_of(name, frame.schema[name])
        return name.replace(*_HEADS[unit]) if unit in _HEADS else name

    return label


def _free(title: str, taken: set[str]) -> str:
    """A sheet's name that Excel accepts and no other sheet has: at most 31 signs, none of []:*?/\\."""
    clean = "".join("-" if each in "[]:*?/\\" else each for each in title).strip("'")[:31] or "-"
    name, number = clean, 2
    while name.lower() in taken:
        tail = f" {number}"
        name, number = clean[: 31 - len(tail)] + tail, number + 1
    taken.add(name.lower())
    return name
