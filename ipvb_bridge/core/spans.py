"""Spans of days as whole numbers: ``start`` included, ``stop`` not included, days since 1970-01-01."""

from __future__ import annotations

import datetime as dt

import polars as pl

from ipvb_bridge.core.periods import Period

EPOCH = dt.date(1970, 1, 1)


def as_span(rows: pl.DataFrame, open_until: int, *columns: str) -> pl.DataFrame:
    """``columns`` with start and stop (Int32) in place of start_date and end_date; an open end stops at ``open_until``.

    A row that starts on or after ``open_until`` and has no end gets ``stop`` <= ``start``: an empty span.
    """
    return rows.select(
        *columns,
        start=pl.col("start_date").cast(pl.Int32),
        stop=(pl.col("end_date").cast(pl.Int32) + 1).fill_null(open_until),
    )


def merged(spans: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """The union of each group's spans: overlapping and touching ones become one. Sorted by ``by`` and start."""
    reach = pl.col("stop").cum_max().shift(1).over(by)
    return (
        spans.filter(pl.col("stop") > pl.col("start"))
        .sort(*by, "start", "stop")
        .with_columns(run=(reach.is_null() | (pl.col("start") > reach)).cum_sum())
        .group_by(*by, "run", maintain_order=True)
        .agg(pl.col("start").min(), pl.col("stop").max())
        .drop("run")
    )


def touches(period: Period) -> pl.Expr:
    """Whether a row with start_date and end_date (null is open) holds on a day of the period."""
    started, ended = pl.col("start_date") <= period.end, pl.col("end_date") < period.start
    return started & ~ended.fill_null(False)
