"""Dated rows of mapping and norm tables: which hold on a day, which contradict each other, how long one holds.

An empty ``start_date`` means always so far, an empty ``end_date`` means open; the end date is included.
"""

from __future__ import annotations

from collections.abc import Collection

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import messages
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import Table


def complete(table: Table, given: pl.DataFrame | None) -> pl.DataFrame:
    """``given`` with every declared column of ``table`` (absent ones empty) and a row number ``row``."""
    schema = table.schema()
    rows = pl.DataFrame(schema=schema) if given is None else given
    return rows.select(
        pl.col(column) if column in rows.columns else pl.lit(None, dtype=dtype).alias(column)
        for column, dtype in schema.items()
    ).with_row_index("row")


def holds(day: pl.Expr) -> pl.Expr:
    """True where the row's dates contain ``day``."""
    started = pl.col("start_date").is_null() | (pl.col("start_date") <= day)
    return started & (pl.col("end_date").is_null() | (pl.col("end_date") >= day))


def days_in(span: Period) -> pl.Expr:
    """Number of days of ``span`` on which the row holds (Int64, never below 0)."""
    first = pl.max_horizontal(pl.col("start_date"), pl.lit(span.start))
    last = pl.min_horizontal(pl.col("end_date"), pl.lit(span.end))
    return ((last - first).dt.total_days() + 1).clip(lower_bound=0)


def contradictions(
    rows: pl.DataFrame, key: Collection[str], beside: Collection[str] = (), *, same_is_fine: bool = True
) -> pl.DataFrame:
    """Pairs of rows that hold on the same day for the same ``key`` (empty equals empty) and say different things.

    ``rows`` comes from :func:`complete`; ``beside`` names columns that only place a row. The second row's columns end
    in ``_2``. Rows that say the same twice do not contradict, unless ``same_is_fine`` is false (rows that add up).
    Sorted by the pair's columns, so the order of the input does not show.
    """
    crowded = rows.filter(pl.struct(*key).is_duplicated())
    right = crowded.select(pl.all().name.suffix("_2"))
    placing = {"row", "start_date", "end_date", *key, *beside}
    differs = pl.any_horizontal(
        pl.lit(not same_is_fine),
        *(pl.col(name).ne_missing(pl.col(f"{name}_2")) for name in rows.columns if name not in placing),
    )
    return (
        crowded.join(right, left_on=list(key), right_on=[f"{name}_2" for name in key], nulls_equal=True, coalesce=False)
        .filter(
            pl.col("row") < pl.col("row_2"),
            ~(pl.col("start_date") > pl.col("end_date_2")).fill_null(False),
            ~(pl.col("start_date_2") > pl.col("end_date")).fill_null(False),
            differs,
        )
        .sort(pl.exclude("row", "row_2"))
    )


def refuse(pairs: pl.DataFrame, where: str, table: Table) -> None:
    """Raise :class:`CalculationError` (M20) when :func:`contradictions` found a pair in the file ``where``."""
    if pairs.is_empty():
        return

    def shown(suffix: str) -> list[str]:
        rows = pairs.select(pl.col(f"{column}{suffix}").cast(pl.String) for column in table.names).iter_rows()
        return [",".join(value or "" for value in row) for row in rows]

    first, second = shown(""), shown("_2")
    raise CalculationError(
        messages.CONTRADICTING_ROWS,
        where=where,
        first=first[0],
        second=second[0],
        lines=[f"{one} / {other}" for one, other in zip(first, second, strict=True)],
    )
