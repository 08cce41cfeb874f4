"""How a source writes numbers and times, turned column-wise into the canonical text.

A value that cannot be turned safely is left with a remark behind it, so that the gate holds its row and the reader
sees why; the reading goes on.
"""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl

from ipvb_bridge.core.records import SCALE, Table, Type

_NAIVE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?$"


def canonical(frame: pl.DataFrame, table: Table, *, decimal: str = ".", time_zone: ZoneInfo | None) -> pl.DataFrame:
    """Text columns of ``table`` with decimal points and with moments that carry their offset.

    ``decimal="."`` leaves numbers as they are (the gate holds ``12,50`` and names the setting); moments stay as they
    are when ``time_zone`` is None.
    """
    changed = []
    for column in table.columns:
        if column.name not in frame.columns or frame.schema[column.name] != pl.String:
            continue
        if column.type in SCALE and decimal == ",":
            changed.append(points(frame[column.name]))
        elif column.type is Type.MOMENT and time_zone is not None:
            changed.append(with_offset(frame[column.name], time_zone))
    return frame.with_columns(changed)


def points(numbers: pl.Series) -> pl.Series:
    """Numbers written with a decimal comma, written with a point.

    A value with a point in it is not a number of this notation: ``1.234`` might be a thousand or one and a bit. It
    keeps its text with ``(decimal = ",")`` behind it, and the gate holds the row.
    """
    pointed = numbers.str.contains(".", literal=True).fill_null(False)
    made = numbers.str.replace_all(",", ".", literal=True)
    return made.zip_with(~pointed, numbers + ' (decimal = ",")') if pointed.any() else made


def with_offset(moments: pl.Series, time_zone: ZoneInfo) -> pl.Series:
    """Moments without an offset, read as local time of ``time_zone`` and written in UTC; others stay as they are.

    A local time that the clock change gives twice counts as the first (summer time). One that it skips does not
    exist: it keeps its text with the time zone behind it, and the gate holds the row.
    """
    naive = moments.str.contains(_NAIVE).fill_null(False)
    if not naive.any():
        return moments
    text = moments.set(~naive, None).str.replace(" ", "T", literal=True)
    text = text.zip_with(text.str.len_bytes() != 16, text + ":00")
    local = text.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
    utc = local.dt.replace_time_zone(time_zone.key, ambiguous="earliest", non_existent="null")
    made = utc.dt.convert_time_zone("UTC").dt.to_string("%Y-%m-%dT%H:%M:%S%.f+00:00")
    skipped = local.is_not_null() & utc.is_null()
    if skipped.any():
        made = made.zip_with(~skipped, moments + f" (not in {time_zone.key})")
    return made.zip_with(made.is_not_null(), moments)


def months(values: pl.Series, type: Type, time_zone: ZoneInfo) -> pl.Series:
    """The month (``2026-01``) of canonical text: of a moment in ``time_zone``. Null where the text is no such value."""
    if type is Type.MOMENT:
        text = values.str.replace("Z$", "+00:00").str.replace(" ", "T", literal=True)
        forms = ("%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S%.f%z", "%Y-%m-%dT%H:%M%z")
        read = [text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False) for form in forms[:1]]
        if read[0].null_count() > values.null_count():
            read += [text.str.to_datetime(form, time_unit="us", time_zone="UTC", strict=False) for form in forms[1:]]
        moments = pl.select(pl.coalesce(read)).to_series()
        return moments.dt.convert_time_zone(time_zone.key).dt.to_string("%Y-%m")
    if type is Type.DATE:
        return values.str.to_date("%Y-%m-%d", strict=False).dt.to_string("%Y-%m")
    return values.str.extract(r"^([0-9]{4}-(?:0[1-9]|1[0-2]))$")
