"""The gate: turns a frame of delivered rows into typed rows, and holds back each row that does not fit.

Column-wise: a row is held for its first failing column, in the table's order. Nothing is guessed, rounded or filled
in; an empty text is a missing value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.base.messages import Language, Message, language
from ipvb_bridge.core import gate
from ipvb_bridge.core.records import SCALE, Column, Table, Type

POSITION = "_position"
HELD = pl.Schema(
    {
        "position": pl.String(),
        "source_id": pl.String(),
        "column": pl.String(),
        "code": pl.String(),
        "seen": pl.String(),
        "record": pl.String(),
        "key": pl.String(),
    }
)
"""Columns of held rows: where the row stood, its key as it is shown, the failing column, the message code, what was
seen (never an identifying value), the row as JSON with identifying values blanked, and its key as delivered. In the
key that is shown a number that could be a BSN is masked; the one as delivered is compared with, and is not kept."""

_REASONS: dict[str, Message] = {each.code: each for each in vars(gate).values() if isinstance(each, Message)}
_MOMENT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})$"
_CANONICAL = (
    (0, 11, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T$"),
    (11, 8, r"^[0-9]{2}:[0-9]{2}:[0-9]{2}$"),
    (19, 6, r"^[+-]([01][0-9]|2[0-3]):[0-5][0-9]$"),
)
"""Place, length and form of the parts of a moment in seconds with its offset."""
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f]"
"""Everything below a space but tab and line ends. PostgreSQL refuses a NUL, XML all of them."""
_BLANK = "(not shown)"
_NINE_DIGITS = re.compile(r"(?<![0-9])[0-9]{9}(?![0-9])")


@dataclass(frozen=True, slots=True)
class Checked:
    """``rows``: typed rows with the table's columns, ``_position`` and what was carried.

    ``held``: the others, columns :data:`HELD`.
    """

    rows: pl.DataFrame
    held: pl.DataFrame


def source_id(table: Table) -> pl.Expr:
    """The key of a row as one text: its key columns joined by ``|``."""
    return pl.concat_str([pl.col(name) for name in table.key], separator="|", ignore_nulls=True)


def check(table: Table, frame: pl.DataFrame, *, first: int = 1, carried: Sequence[str] = ()) -> Checked:
    """Type and check a frame of text or typed columns. Each row is judged alone: no row depends on another.

    A column that is absent counts as empty. Rows without ``_position`` are numbered from ``first``. Columns named in
    ``carried`` are not looked at; they go along in ``rows``.
    Raises :class:`DataError` for a column the table does not know and for a numeric column of binary fractions.
    """
    beside = frame.select(carried)
    frame = _aligned(table, frame.drop(carried), first)
    values = [frame[POSITION]]
    failed = pl.Series("?", [None], dtype=pl.String).new_from_index(0, frame.height)
    for column in table.columns:
        value, failures = _column(column, frame[column.name])
        values.append(value.alias(column.name))
        failed = _noted(failed, failures)
    typed = pl.DataFrame(values)
    failed = _noted(failed, _later_rules(table, typed))
    typed = typed.hstack(beside)
    if failed.null_count() == typed.height:
        return Checked(typed, pl.DataFrame(schema=HELD))
    bad = failed.is_not_null()
    return Checked(typed.filter(~bad), _held(table, frame.filter(bad), failed.filter(bad)))


def explain(table: Table, code: str, column: str, seen: str, lang: Language | None = None) -> tuple[str, str]:
    """Why a row was held and what to do about it, from what the quarantine keeps."""
    spoken = lang or language()
    reason = _REASONS[code]
    fields = {
        "column": column,
        "seen": seen or "nothing",
        "allowed": _allowed(table, column, code),
        "table": table.name,
    }
    return reason.text(spoken, **fields), reason.next_step(spoken, **fields)


def duplicates(table: Table, frame: pl.DataFrame, positions: pl.Series) -> pl.DataFrame:
    """Held rows for typed rows whose key stands more than once in a delivery."""
    reason = pl.Series("?", [f"{gate.DUPLICATE_KEY.code} {','.join(table.key)}"] * frame.height, pl.String)
    return _held(table, frame.with_columns(positions.alias(POSITION)), reason)


def _aligned(table: Table, frame: pl.DataFrame, first: int) -> pl.DataFrame:
    extra = [name for name in frame.columns if name not in table.names and name != POSITION]
    if extra:
        raise DataError(gate.EXTRA_COLUMN, where=table.name, seen=", ".join(extra), table=table.name)
    frame = frame.with_columns(_fitting(table, name, dtype) for name, dtype in frame.schema.items())
    if POSITION not in frame.columns:
        frame = frame.with_row_index(POSITION, offset=first).with_columns(pl.col(POSITION).cast(pl.String))
    absent = [pl.lit(None, pl.String).alias(name) for name in table.names if name not in frame.columns]
    return frame.with_columns(absent).select(POSITION, *table.names)


Failure = tuple[pl.Series, Message, str]
"""Rows that fail (a mask), why, and in which column."""


def _noted(failed: pl.Series, failures: Iterable[Failure]) -> pl.Series:
    """Keep the first failure of each row, as ``CODE column``."""
    for mask, reason, column in failures:
        if mask.any():
            first = failed.is_null() & mask.fill_null(False)
            failed = failed.zip_with(~first, pl.Series([f"{reason.code} {column}"]).new_from_index(0, len(failed)))
    return failed


def _fitting(table: Table, name: str, dtype: pl.DataType) -> pl.Expr:
    """The column as text or in the table's type; raises :class:`DataError` for a type in which the value may differ."""
    wanted = pl.String() if name == POSITION else table.schema()[name]
    column = pl.col(name)
    if dtype in (pl.String, wanted):
        return column
    whole = dtype.is_integer() and (wanted.is_integer() or wanted == pl.String)
    instant = isinstance(dtype, pl.Datetime) and dtype.time_zone is not None and isinstance(wanted, pl.Datetime)
    if whole or instant or dtype == pl.Null:
        return column.cast(wanted)
    reason = gate.FLOAT_COLUMN if dtype.is_float() else gate.WRONG_TYPE
    raise DataError(reason, where=table.name, seen=str(dtype), column=f"{table.name}.{name}")


def _column(column: Column, raw: pl.Series) -> tuple[pl.Series, list[Failure]]:
    """The typed values of a column and its failures. Series, not expressions: finding nothing costs little."""
    name = column.name
    failures: list[Failure] = []
    value = raw
    if raw.dtype == pl.String:
        if column.type is not Type.TEXT:
            raw = raw.str.strip_chars()
        if (raw == "").any():
            raw = raw.set(raw == "", None)
        value = _parsed(column, raw, failures)
    if not column.nullable and raw.null_count():
        failures.append((raw.is_null(), gate.MISSING, name))
    if column.type is Type.TEXT and not column.pattern and (not column.values or column.mapped_by):
        failures.append((value.str.contains(_CONTROL), gate.CONTROL_CHARACTER, name))
    if column.values and not column.mapped_by:
        # A handful of distinct values: far fewer than rows.
        unknown = [each for each in value.unique().drop_nulls() if each not in column.values]
        if unknown:
            failures.append((value.is_in(unknown), gate.UNKNOWN_VALUE, name))
    if column.pattern:
        failures.append((~value.str.contains(f"^(?:{column.pattern})$"), gate.PATTERN, name))
    if column.type in SCALE:
        factor = 10 ** SCALE[column.type]
        if column.low is not None:
            failures.append((value < column.low * factor, gate.OUT_OF_BOUNDS, name))
        if column.high is not None:
            failures.append((value > column.high * factor, gate.OUT_OF_BOUNDS, name))
    return value, failures


def _parsed(column: Column, raw: pl.Series, failures: list[Failure]) -> pl.Series:
    if column.type in (Type.TEXT, Type.MONTH):
        return raw
    if column.type in SCALE:
        return _number(column, raw, failures)
    if column.type is Type.DATE:
        value, reason = (
            raw.set(raw.str.len_bytes() != 10, None).str.to_date("%Y-%m-%d", strict=False),
            gate.NOT_A_DATE,
        )
    elif column.type is Type.MOMENT:
        value, reason = _moment(raw), gate.NOT_A_MOMENT
    else:
        lower = raw.str.to_lowercase()
        value = (lower == "true").set(~lower.is_in(["true", "false"]), None)
        reason = gate.NOT_A_FLAG
    if value.null_count() > raw.null_count():
        failures.append((value.is_null() & raw.is_not_null(), reason, column.name))
    return value


def _moment(raw: pl.Series) -> pl.Series:
    size = raw.str.len_bytes()
    if size.min() == size.max() == 25 and all(_consists(raw, *part) for part in _CANONICAL):
        # The canonical form: fixed slices are three times faster than parsing the offset row by row.
        sign = raw.str.slice(19, 1)
        hours, minutes = (raw.str.slice(at, 2).cast(pl.Int64) for at in (20, 23))
        away = (hours * 3_600_000_000 + minutes * 60_000_000).cast(pl.Duration("us"))
        local = raw.str.slice(0, 19).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
        return (local - away).zip_with(sign == "+", local + away).dt.replace_time_zone("UTC")
    text = raw.set(~raw.str.contains(_MOMENT), None)
    text = text.str.replace("Z$", "+00:00").str.replace(" ", "T", literal=True)
    tried = [
        text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False)
        for form in ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z")
    ]
    return pl.select(pl.coalesce(tried)).to_series()


def _consists(raw: pl.Series, at: int, size: int, form: str) -> bool:
    """Whether this part of every value has this form. Of days, times and offsets there are few different ones."""
    return bool(raw.str.slice(at, size).unique().drop_nulls().str.contains(form).all())


def _number(column: Column, raw: pl.Series, failures: list[Failure]) -> pl.Series:
    scale = SCALE[column.type]
    fraction = rf"(\.[0-9]{{1,{scale}}})?" if scale else ""
    fits = raw.str.contains(rf"^[+-]?[0-9]{{1,{15 - scale}}}{fraction}$")
    odd = ~fits
    if odd.any():
        name = column.name
        comma = odd & raw.str.contains(r"^[+-]?[0-9.]*,[0-9]+$")
        failures.append((comma, gate.DECIMAL_COMMA, name))
        failures.append((odd & raw.str.contains(r"^[+-]?[0-9]{1,15}\.[0-9]+$"), gate.TOO_PRECISE, name))
        failures.append((odd, gate.NOT_A_NUMBER, name))
        raw = raw.set(odd, None)
    # The text has at most `scale` decimals, so the decimal holds it exactly and times ten to the scale is whole.
    value: pl.Series = (raw.cast(pl.Decimal(18, scale)) * 10**scale).cast(pl.Int64)
    return value


def _later_rules(table: Table, typed: pl.DataFrame) -> Iterator[Failure]:
    """Rules over two columns, on the typed values."""
    for start, end in table.not_before:
        yield typed[end] < typed[start], gate.END_BEFORE_START, end
    if table.one_of:
        # Named by its first column: what stands in the others is a stand-in for it.
        none = typed.select(pl.all_horizontal(pl.col(table.one_of).is_null())).to_series()
        yield none, gate.NEITHER, table.one_of[0]
    if "weekdays" in table.names and "per" in table.names:
        yield typed["weekdays"].is_not_null() & (typed["per"] != "day"), gate.WEEKDAYS_PER, "per"


def _held(table: Table, frame: pl.DataFrame, reasons: pl.Series) -> pl.DataFrame:
    """Held rows are few: here, and only here, rows are visited one by one."""
    hidden = {column.name for column in table.columns if _is_hidden(column)}
    made = []
    for row, reason in zip(frame.iter_rows(named=True), reasons, strict=True):
        code, column = reason.split(" ", 1)
        position = row.pop(POSITION)
        record = {
            name: (_BLANK if name in hidden and value is not None else _masked(value)) for name, value in row.items()
        }
        shown, key = (
            "|".join(str(each[name]) for name in table.key if each[name] is not None) for each in (record, row)
        )
        seen = record.get(column)
        made.append(
            {
                "position": position,
                "source_id": shown,
                "column": column,
                "code": code,
                "seen": "" if seen is None else str(seen)[:80],
                "record": json.dumps(record, ensure_ascii=False),
                "key": key,
            }
        )
    return pl.DataFrame(made, schema=HELD)


def _is_hidden(column: Column) -> bool:
    """Names and dates of birth; and a pseudonym of a fixed form: what has another form may be what it stands for."""
    return column.personal == "identifying" or (column.personal == "pseudonymous" and column.pattern != "")


def _masked(value: object) -> object:
    """A value for the quarantine, where a number that could be a BSN (nine digits, eleven test) is masked."""
    if value is None or isinstance(value, bool | int):
        return value
    return _NINE_DIGITS.sub(lambda match: "#########" if passes_eleven(match[0]) else match[0], str(value))


def passes_eleven(digits: str) -> bool:
    """Whether nine digits could be a BSN."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11 == 0


def _allowed(table: Table, name: str, code: str) -> str:
    if code == gate.DUPLICATE_KEY.code:
        return ""
    column = table.column(name)
    if code == gate.NEITHER.code:
        return ", ".join(each for each in table.one_of if each != name)
    if code == gate.UNKNOWN_VALUE.code:
        return ", ".join(column.values)
    if code == gate.PATTERN.code:
        return column.form
    if code == gate.TOO_PRECISE.code:
        return str(SCALE[column.type])
    if code == gate.OUT_OF_BOUNDS.code:
        return f"{'' if column.low is None else column.low}..{'' if column.high is None else column.high}"
    if code == gate.END_BEFORE_START.code:
        return next(start for start, end in table.not_before if end == name)
    return ""
