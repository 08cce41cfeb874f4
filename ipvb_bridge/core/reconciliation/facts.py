"""What a rule may look at, and how it writes amounts and hours in a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core.mapping import Mapped
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import half_even
from ipvb_bridge.core.settings import MethodSettings

DELIVERIES = pl.Schema(
    {
        "connection": pl.String(),
        "stream": pl.String(),
        "read": pl.Int64(),
        "expected_low": pl.Int64(),
        "expected_high": pl.Int64(),
    }
)
"""The last delivery of each stream and connection: records read and the band expected (empty: no band yet)."""

POSTED_LATER = pl.Schema({"company_id": pl.String(), "period": pl.String(), "amount": pl.Int64()})
"""Ledger lines of a closed period that are new, changed or gone since the last run; more columns may stand beside."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a rule compares. ``mapped`` of core.mapping, ``tables`` of core.calculate."""

    mapped: Mapped
    tables: Mapping[str, pl.DataFrame]
    settings: MethodSettings
    period: Period
    deliveries: pl.DataFrame
    posted_later: pl.DataFrame

    def stream(self, name: str) -> pl.DataFrame:
        """A mapped stream."""
        return self.mapped.streams[name]

    @property
    def window(self) -> Period:
        """The cost window of the period."""
        return self.settings.cost_price.window or self.period.window()


Rule = Callable[[Facts], pl.DataFrame]


def euros(cents: pl.Expr) -> pl.Expr:
    """Whole cents as text: ``€ 1.234,50``, ``-€ 0,05``."""
    whole = (cents.abs() // 100).cast(pl.String).str.reverse().str.replace_all(r"(\d{3})", "${1}.").str.reverse()
    rest = (cents.abs() % 100).cast(pl.String).str.zfill(2)
    return pl.format("{}€ {},{}", _minus(cents), whole.str.strip_chars_start("."), rest)


def hours(milliminutes: pl.Expr) -> pl.Expr:
    """Milliminutes as text in hours: ``12,50 uur``."""
    hundredths = half_even(milliminutes, 600)
    rest = (hundredths.abs() % 100).cast(pl.String).str.zfill(2)
    return pl.format("{}{},{} uur", _minus(hundredths), hundredths.abs() // 100, rest)


def _minus(number: pl.Expr) -> pl.Expr:
    return pl.when(number < 0).then(pl.lit("-")).otherwise(pl.lit(""))


def days_of(period: Period, stream: pl.DataFrame) -> pl.DataFrame:
    """The rows of a stream with start_date and end_date that touch the period, cut to it: ``first`` and ``last``."""
    return stream.with_columns(
        pl.max_horizontal("start_date", pl.lit(period.start)).alias("first"),
        pl.min_horizontal("end_date", pl.lit(period.end)).alias("last"),
    ).filter(pl.col("first") <= pl.col("last"))
