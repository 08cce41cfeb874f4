"""Worked hours of client-facing contracts, and how they fall into day parts and weekdays (method sections 1, 4 and 6)."""

from __future__ import annotations

from collections.abc import Sequence
import datetime as dt

import polars as pl

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.settings import MethodSettings


def worked(hours: pl.DataFrame, contracts: pl.DataFrame, span: Period) -> pl.DataFrame:
    """The worked rows of client-facing contracts whose start, on the clock in Amsterdam, lies in ``span``.

    ``hours.kind`` and ``contracts.level`` are mapped. Columns: hours_id, contract_id, unit_id (of the hours record, else
    of the contract), level (of the hours record, else of the contract; null when neither has one), employment, start,
    end (UTC), day (Amsterdam, the day the shift belongs to), paid_minutes (milliminutes, int64). Sorted by hours_id.
    """
    raise NotImplementedError


def pieces(worked: pl.DataFrame, cuts: Sequence[dt.time]) -> pl.DataFrame:
    """Cut each shift where the clock in Amsterdam passes one of ``cuts``; elapsed time is real, over clock changes too.

    Gives the columns of :func:`worked` and: ``date`` (the Amsterdam date of the cut that opens the piece), ``clock``
    (that cut, Time), ``numerator`` (Int128) and ``denominator`` (Int64): the piece's paid milliminutes are exactly
    numerator / denominator. A shift without length falls wholly at its start. For irregularity allowances give the
    allowance's clock bounds, midnight and the day parts' bounds together as cuts.
    """
    raise NotImplementedError


def by_day_part(worked: pl.DataFrame, settings: MethodSettings, attribution: str | None = None) -> pl.DataFrame:
    """Paid time by unit, weekday, day part, level and employment, as exact fractions.

    Columns: unit_id, weekday (ISO 1-7, of the day the shift belongs to), day_part, level, employment, denominator
    (Int64), numerator (Int128); unique by all but the last: a cell's milliminutes are the sum over its rows of numerator
    / denominator. ``attribution`` is by_overlap or by_start, default the setting.
    """
    raise NotImplementedError
