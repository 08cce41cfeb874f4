"""Intervals and effect sizes of means, for whole columns of groups at once; Student's t from scipy (extra analysis)."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import polars as pl

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.core import messages

TINY = 1e-12
"""A variance below this is none: what is left of equal numbers after adding them up."""


def _variance(column: str) -> pl.Expr:
    return pl.when(pl.col(column) > TINY).then(pl.col(column)).otherwise(pl.col(column) * 0)


def _student() -> ModuleType:
    try:
        from scipy import special  # type: ignore[import-untyped]  # the library has no types
    except ImportError:
        raise ConfigurationError(messages.NEEDS_ANALYSIS, where="scipy", seen="scipy") from None
    return special  # type: ignore[no-any-return]  # the library has no types


def single(groups: pl.DataFrame, level: float) -> pl.DataFrame:
    """The interval of each mean. ``groups``: people, mean, variance (of a sample; null for one person).

    Adds mean_mark, spread_mark, low_mark, high_mark (six decimals); bounds are null for fewer than two people.
    """
    error = (_variance("variance") / pl.col("people")).sqrt()
    made = groups.with_columns(error=error, freedom=(pl.col("people") - 1).cast(pl.Float64))
    half = _quantile(made["freedom"], level) * made["error"]
    return made.select(
        pl.exclude("mean", "variance", "error", "freedom"),
        mean_mark=pl.col("mean").round(6),
        spread_mark=_variance("variance").sqrt().round(6),
        low_mark=(pl.col("mean") - half).round(6),
        high_mark=(pl.col("mean") + half).round(6),
    )


def paired(groups: pl.DataFrame, level: float) -> pl.DataFrame:
    """The change of the same people. ``groups``: pairs, change (mean), change_variance, pair_before, pair_after.

    Adds way, baseline_mark, mean_mark, change_mark, low_mark, high_mark, effect_mark, chance_share. Without
    spread the interval is the change itself, and effect and chance are null.
    """
    made = groups.with_columns(
        way=pl.lit("paired"),
        baseline_mark=pl.col("pair_before").round(6),
        mean_mark=pl.col("pair_after").round(6),
        error=(_variance("change_variance") / pl.col("pairs")).sqrt(),
        freedom=(pl.col("pairs") - 1).cast(pl.Float64),
        spread=_variance("change_variance").sqrt(),
    )
    return _told(made, level)


def unpaired(groups: pl.DataFrame, level: float) -> pl.DataFrame:
    """The change between two groups of people (Welch). ``groups``: before_/after_ people, mean and variance.

    Adds the same columns as :func:`paired`; a group with fewer than two people on a side has no change.
    """
    sides = [(pl.col(f"{side}_people"), _variance(f"{side}_variance")) for side in ("before", "after")]
    parts = [variance / people for people, variance in sides]
    error = parts[0] + parts[1]
    below = sum((part**2 / (people - 1) for part, (people, _) in zip(parts, sides, strict=True)), start=pl.lit(0.0))
    pooled = (sides[0][1] * (sides[0][0] - 1) + sides[1][1] * (sides[1][0] - 1)) / (sides[0][0] + sides[1][0] - 2)
    possible = (sides[0][0] > 1) & (sides[1][0] > 1)
    made = groups.with_columns(
        way=pl.when(possible).then(pl.lit("unpaired")),
        baseline_mark=pl.col("before_mean").round(6),
        mean_mark=pl.col("after_mean").round(6),
        change=pl.when(possible).then(pl.col("after_mean") - pl.col("before_mean")),
        error=pl.when(possible).then(error.sqrt()),
        freedom=pl.when(possible & (error > 0)).then(error**2 / below),
        spread=pl.when(possible).then(pooled.sqrt()),
    )
    return _told(made, level)


def _told(made: pl.DataFrame, level: float) -> pl.DataFrame:
    half = (_quantile(made["freedom"], level) * made["error"]).fill_null(0.0)
    spreads = pl.col("spread") > 0
    standard = made.select(pl.when(pl.col("error") > 0).then(pl.col("change").abs() / pl.col("error"))).to_series()
    return made.with_columns(
        change_mark=pl.col("change").round(6),
        low_mark=(pl.col("change") - half).round(6),
        high_mark=(pl.col("change") + half).round(6),
        effect_mark=pl.when(spreads).then((pl.col("change") / pl.col("spread")).round(6)),
        chance_share=_chance(made["freedom"], standard),
    )


def _quantile(freedom: pl.Series, level: float) -> pl.Series:
    """Student's t for a two-sided interval; null where there are no degrees of freedom."""
    return _apply(lambda student, known: student.stdtrit(known[0], (1 + level) / 2), freedom)


def _chance(freedom: pl.Series, standard: pl.Series) -> pl.Series:
    """How often chance alone gives a t at least this far from zero."""
    return _apply(lambda student, known: 2 * student.stdtr(known[0], -known[1]), freedom, standard).round(6)


def _apply(function: Any, *columns: pl.Series) -> pl.Series:
    known = pl.DataFrame([column.alias(str(at)) for at, column in enumerate(columns)])
    usable = known.select((pl.all_horizontal(pl.all().is_not_null()) & (pl.col("0") > 0)).fill_null(False)).to_series()
    rows = known.filter(usable)
    values = function(_student(), [rows[name].to_numpy() for name in rows.columns])
    places = usable.arg_true()
    return pl.Series([None] * len(usable), dtype=pl.Float64).scatter(places, pl.Series(values, dtype=pl.Float64))
