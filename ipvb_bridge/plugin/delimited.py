"""Delimited files: text columns of a declared table, each row with its place in the file.

Encoding, delimiter, decimal sign and quote are stated, never guessed. Whole blocks go through polars; a block in
which anything is out of the ordinary (a short row, a stray quote, a blank line) goes once more through the ``csv``
module, which is slower and says exactly what is wrong and where.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.core.records import Table
from ipvb_bridge.plugin import messages, notation
from ipvb_bridge.plugin.pseudonyms import BsnColumn
from ipvb_bridge.plugin.textblocks import BLOCK, Block, blocks

POSITION = "_position"
_DELIMITERS = (",", ";", "\t", "|")


@dataclass(frozen=True, slots=True)
class Format:
    """How a delimited file is written. ``quote`` may be empty: then no character quotes."""

    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."
    quote: str = '"'


def read_table(
    path: Path, table: Table, *, format: Format = Format(), time_zone: ZoneInfo | None = None
) -> pl.DataFrame:
    """The whole file as one frame: the table's columns as text, and ``_position`` (``hours.csv:12``).

    Raises :class:`DataError` as :func:`read_batches`.
    """
    parts = list(read_batches(path, table, format=format, time_zone=time_zone))
    return pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys((*table.names, POSITION), pl.String))


def read_batches(
    path: Path,
    table: Table,
    *,
    format: Format = Format(),
    time_zone: ZoneInfo | None = None,
    name: str = "",
    where: str = "",
    block: int = BLOCK,
    bsn: BsnColumn | None = None,
) -> Iterator[pl.DataFrame]:
    """Frames of about 16 MB of text: the table's columns as text (empty is null) in its order, and ``_position``.

    ``_position`` is ``name:line``, the line on which the row begins, also where quoted fields hold line ends. Columns
    that may be absent (``Table.optional``, or added to the table after version 1) are null. Numbers with a decimal
    comma get a point when ``format.decimal`` says comma; moments without an offset are taken in ``time_zone``. The
    column ``bsn`` is one that the file has and the table does not: ``person_key`` comes of it, and it goes no further.

    Raises :class:`DataError`: no file, empty, wrong encoding, NUL characters, wrong delimiter, header that does not
    fit the table, rows with too few or too many fields, a file that is cut off. Rows before the fault may have been
    handed over by then: only a reading that ends without an error is whole.
    """
    name, where = name or path.name, where or str(path)
    if not path.exists():
        raise DataError(messages.FILE_MISSING, where=str(path.parent), seen=path.name, stream=table.name)
    columns: list[str] = []
    for each in blocks(path, encoding=format.encoding, quote=format.quote, where=where, size=block):
        part = each
        if not columns:
            part = _skip_blank_lines(each)
            if not part.text:
                continue
            columns, part = _header(part, table, format, where, bsn)
        frame, lines = _rows(part, columns, format, where)
        if frame.height:
            place = pl.concat_str(pl.lit(f"{name}:"), lines.cast(pl.String)).alias(POSITION)
            frame = frame.with_columns(place)
            if bsn is not None:
                frame = bsn.replaced(frame, POSITION)
            absent = [pl.lit(None, pl.String).alias(each) for each in table.names if each not in frame.columns]
            frame = frame.with_columns(absent).select(*table.names, POSITION)
            yield notation.canonical(frame, table, decimal=format.decimal, time_zone=time_zone)
    if not columns:
        raise DataError(messages.FILE_EMPTY, where=where)


def _skip_blank_lines(block: Block) -> Block:
    text = block.text.lstrip(b"\r\n")
    return Block(text, block.line + block.text.count(b"\n", 0, len(block.text) - len(text)), block.last)


def _header(block: Block, table: Table, format: Format, where: str, bsn: BsnColumn | None) -> tuple[list[str], Block]:
    """The column names of the first record, and the block behind it."""
    end = block.text.find(b"\n") + 1 or len(block.text)
    first = block.text[:end].decode().rstrip("\r\n")
    names = _split(first, format.delimiter, format.quote)
    known = set(table.names)
    if not known & set(names):
        for other in _DELIMITERS:
            if other != format.delimiter and len(known & set(_split(first, other, format.quote))) > 1:
                raise DataError(messages.DELIMITER, where=where, seen=_shown(other), delimiter=_shown(format.delimiter))
        # Without a header this line holds data of people: it is not shown.
        expected = format.delimiter.join(table.names)
        raise DataError(messages.HEADER_MISSING, where=where, table=table.name, expected=expected)
    twice = sorted({each for each in names if names.count(each) > 1})
    if twice:
        raise DataError(messages.HEADER_TWICE, where=where, seen=", ".join(twice))
    may_lack = {column.name for column in table.columns if column.since > 1} | table.optional
    of_bsn = [bsn.name] if bsn is not None else []
    if set(table.one_of) & {*names, *(["person_key"] if of_bsn else [])}:
        may_lack |= set(table.one_of)
    may_lack -= set(of_bsn)
    missing = [each for each in dict.fromkeys((*of_bsn, *table.names)) if each not in names and each not in may_lack]
    extra = [each for each in names if each not in known and each not in of_bsn]
    hint = _hint(extra, [each for each in table.names if each not in names])
    if missing:
        raise DataError(messages.COLUMN_MISSING, where=where, missing=", ".join(missing), hint=hint)
    if extra:
        shown = ", ".join(each or '""' for each in extra)
        raise DataError(messages.COLUMN_EXTRA, where=where, table=table.name, seen=shown, hint=hint)
    return names, Block(block.text[end:], block.line + 1, block.last)


def _split(line: str, delimiter: str, quote: str) -> list[str]:
    return next(csv.reader([line], **_dialect(Format(delimiter=delimiter, quote=quote), strict=False)), [])


def _dialect(format: Format, *, strict: bool = True) -> dict[str, Any]:
    if not format.quote:
        return {"delimiter": format.delimiter, "quoting": csv.QUOTE_NONE, "strict": strict}
    return {"delimiter": format.delimiter, "quotechar": format.quote, "strict": strict}


def _shown(delimiter: str) -> str:
    return '"\\t"' if delimiter == "\t" else f'"{delimiter}"'


def _hint(extra: Sequence[str], absent: Sequence[str]) -> str:
    """`` (minuts: minutes?)`` for each name that looks like one that is absent."""
    near = [(each, difflib.get_close_matches(each, absent, 1)) for each in extra]
    said = ", ".join(f"{each}: {match[0]}?" for each, match in near if match)
    return f" ({said})" if said else ""


def _rows(block: Block, columns: list[str], format: Format, where: str) -> tuple[pl.DataFrame, pl.Series]:
    """The block's rows and the line on which each begins."""
    text = block.text
    if block.last:
        text = text.rstrip(b"\r\n")
    if not text:
        return pl.DataFrame(schema=dict.fromkeys(columns, pl.String)), pl.Series([], dtype=pl.Int64)
    frame = _fast(text, columns, format)
    if frame is None or not _fits(frame, text, format):
        return _slow(Block(text, block.line, block.last), columns, format, where)
    lines = pl.int_range(block.line, block.line + frame.height, dtype=pl.Int64, eager=True)
    if not format.quote or format.quote.encode() not in text:
        return frame, lines
    if format.quote.encode() * 2 in text:
        frame = frame.with_columns(pl.when(pl.all() != "").then(pl.all()))
    if text.count(b"\n") + (not text.endswith(b"\n")) != frame.height:
        inside = pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True).fill_null(0))
        lines = lines + frame.select(inside.cum_sum().shift(1, fill_value=0)).to_series()
    return frame, lines


def _fits(frame: pl.DataFrame, text: bytes, format: Format) -> bool:
    """Whether polars read what stands there: no row filled up or merged, every quote in its place.

    A row that is whole has one delimiter fewer than fields, apart from those inside its values. Where no value holds a
    quote, all quotes stood around fields; else the quotes themselves are looked at. Rows with too many fields polars
    refuses; so without quotes, a block in which every row has a last field needs no counting.
    """
    loose = b"\r" in text and text.count(b"\r") != text.count(b"\r\n")
    quoted = bool(format.quote) and format.quote.encode() in text
    if not (quoted or loose or frame.to_series(-1).null_count()):
        return True
    delimiters = text.count(format.delimiter.encode())
    if quoted:
        if loose or _count(frame, format.quote):
            outside = _outside_quotes(text, format)
            if outside is None or b"\r" in outside.replace(b"\r\n", b""):
                return False
            delimiters = outside.count(format.delimiter.encode())
        else:
            delimiters -= _count(frame, format.delimiter)
    elif loose:
        return False
    return delimiters == frame.height * (frame.width - 1)


def _count(frame: pl.DataFrame, character: str) -> int:
    """How often a character stands in the values of a frame of text."""
    return int(frame.select(pl.sum_horizontal(pl.all().str.count_matches(character, literal=True).sum())).item())


def _outside_quotes(text: bytes, format: Format) -> bytes | None:
    """What stands outside quotes, or None when a quote stands where none can open or close a field.

    Split at the quotes, every second piece lies outside. Between two quoted pieces it is empty (a quote written
    twice) or holds the delimiters and line ends that part two fields; anything else is a stray quote.
    """
    pieces = text.split(format.quote.encode())
    if len(pieces) % 2 == 0:
        return None
    around = pieces[::2]
    ends = (format.delimiter, "\r", "\n")
    marks = tuple(each.encode() for each in ends)
    inner = set(around[1:-1])
    inner.discard(b"")
    if not all(piece.startswith(marks) and piece.endswith((marks[0], marks[2])) for piece in inner):
        return None
    if not (not around[0] or around[0].endswith((marks[0], marks[2]))):
        return None
    if not (not around[-1] or around[-1].startswith(marks)):
        return None
    return b"".join(around)


def _fast(text: bytes, columns: list[str], format: Format) -> pl.DataFrame | None:
    """The rows by polars, or None when it refuses. It fills short rows up with nulls: the caller counts delimiters."""
    try:
        return pl.read_csv(
            text,
            has_header=False,
            schema=dict.fromkeys(columns, pl.String),
            separator=format.delimiter,
            quote_char=format.quote or None,
            infer_schema=False,
        )
    except pl.exceptions.PolarsError:
        return None


def _slow(block: Block, columns: list[str], format: Format, where: str) -> tuple[pl.DataFrame, pl.Series]:
    """The rows by the ``csv`` module: blank lines are left out, whatever else does not fit is named with its line."""
    rows: list[list[str | None]] = []
    lines: list[int] = []
    odd: list[tuple[int, int]] = []
    reader = csv.reader(io.StringIO(block.text.decode(), newline="\n"), **_dialect(format))
    begin = block.line
    try:
        for row in reader:
            if len(row) == len(columns):
                rows.append([field or None for field in row])
                lines.append(begin)
            elif row:
                odd.append((begin, len(row)))
            begin = block.line + reader.line_num
    except csv.Error as error:
        if block.last and "unexpected end of data" in str(error):
            raise DataError(messages.TRUNCATED, where=f"{where}:{begin}") from None
        raise DataError(messages.QUOTING, where=f"{where}:{begin}", seen=str(error)) from None
    if odd:
        line, fields = odd[0]
        if block.last and len(odd) == 1 and fields < len(columns) and (not lines or line > lines[-1]):
            raise DataError(messages.TRUNCATED, where=f"{where}:{line}", seen=str(fields))
        shown = ", ".join(str(each) for each, _ in odd[:5]) + (" ..." if len(odd) > 5 else "")
        raise DataError(
            messages.FIELD_COUNT, where=f"{where}:{line}", seen=str(fields), expected=len(columns), lines=shown
        )
    frame = pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")
    return frame, pl.Series(lines, dtype=pl.Int64)
