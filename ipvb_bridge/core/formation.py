"""Formation (ProForma): required and actual hours and FTE per unit, day part and level (method section 6)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import findings, messages
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import half_even
from ipvb_bridge.core.settings import MethodSettings

FORMATION_COLUMNS = (
    "unit_id", "day_part", "level", "direct_hours_week", "required_hours_week", "required_fte", "actual_hours_week",
    "actual_fte",
)  # fmt: skip
"""Columns of the result table ``formation``."""

KEY = ("unit_id", "day_part", "level")
MICRO = 10**6
"""Figures are rounded to six decimals: whole millionths of an hour or FTE, half to even."""
COVER = 600_000
"""Cover is persons in ten-thousandths times minutes: so many to an hour."""
RESOLUTION = 10**9
"""Parts of a milliminute in which the thirds and sevenths of spread hours are added up before that."""


@dataclass(frozen=True, slots=True)
class Formation:
    """``rows``: FORMATION_COLUMNS, sorted by unit, day part, level; hours and FTE as Float64 rounded to six decimals.

    ``findings``: hours that have no unit or no level and so have no place here.
    """

    rows: pl.DataFrame
    findings: pl.DataFrame


def formation(
    cells: pl.DataFrame, actual: pl.DataFrame, minimum_cover: pl.DataFrame, settings: MethodSettings, period: Period
) -> Formation:
    """One row for each unit, day part and level that has demand, cover or actual hours.

    ``cells`` of budget.LineTotals; ``actual`` of hours.by_day_part over the same period; ``minimum_cover`` the norm table,
    of which the rows valid on the period's last day count, of several the one that started last (our reading).
    Raises ``CalculationError`` M03 when a level has demand and no direct share.
    """
    _refuse_without_share(cells, settings)
    in_hours = Fraction(7 * MICRO, 60_000 * period.days)
    fte = Fraction(settings.formation.gross_year) / 36 / Fraction(settings.formation.net_year)
    shares = {str(level): Fraction(share) for level, share in settings.direct_share.items()}
    # Rounding keeps the order of figures, so the greatest of the rounded is the greatest, rounded.
    agreed, cover, paid = pl.col("milliminutes"), pl.col("cover"), pl.col("paid")
    figures = {
        "direct_hours_week": _times(agreed, in_hours),
        "required_hours_week": pl.max_horizontal(
            _by_level(agreed, in_hours, shares), _times(cover, Fraction(MICRO, COVER))
        ),
        "required_fte": pl.max_horizontal(
            _by_level(agreed, in_hours * fte, shares), _times(cover, MICRO * fte / COVER)
        ),
        "actual_hours_week": _times(paid, in_hours / RESOLUTION),
        "actual_fte": _times(paid, in_hours * fte / RESOLUTION),
    }
    rows = (
        cells.select(*KEY, "milliminutes")
        .join(_cover(minimum_cover, settings, period), on=KEY, how="full", coalesce=True)
        .join(_summed(actual), on=KEY, how="full", coalesce=True)
        .with_columns(pl.col("milliminutes", "cover", "paid").fill_null(0))
        .select(*KEY, *((figure.cast(pl.Float64) / MICRO).round(6).alias(name) for name, figure in figures.items()))
        .sort(KEY)
    )
    return Formation(rows, _homeless(actual))


def _times(column: pl.Expr, factor: Fraction) -> pl.Expr:
    """``column`` times ``factor``, rounded half to even.

    A factor with more than fifteen digits below the line (a setting of twelve decimals) is brought back to fifteen, so
    that the product of a whole organisation's time fits an Int128.
    """
    near = factor.limit_denominator(10**15)
    return half_even(column.cast(pl.Int128) * pl.lit(near.numerator, pl.Int128), pl.lit(near.denominator, pl.Int128))


def _by_level(column: pl.Expr, factor: Fraction, shares: dict[str, Fraction]) -> pl.Expr:
    """``column`` times ``factor`` divided by the level's direct share; 0 for a level without one."""
    return pl.coalesce(
        *(pl.when(pl.col("level") == level).then(_times(column, factor / share)) for level, share in shares.items()),
        pl.lit(0, pl.Int128),
    )


def _cover(minimum_cover: pl.DataFrame, settings: MethodSettings, period: Period) -> pl.DataFrame:
    """Hours a week of minimum cover: unit_id, day_part, level, ``cover`` (whole, COVER to an hour)."""
    minutes = {str(name): clock.minutes for name, clock in settings.day_parts.items()}
    starts, ends = pl.col("start_date"), pl.col("end_date")
    return (
        minimum_cover.filter((starts.is_null() | (starts <= period.end)) & (ends.is_null() | (ends >= period.end)))
        .sort(*KEY, "start_date", nulls_last=False)
        .unique(KEY, keep="last", maintain_order=True)
        .select(
            *KEY,
            cover=pl.col("persons") * pl.col("day_part").replace_strict(minutes, return_dtype=pl.Int64) * 7,
        )
    )


def _summed(actual: pl.DataFrame) -> pl.DataFrame:
    """Paid time: unit_id, day_part, level, ``paid`` (milliminutes times RESOLUTION, Int128)."""
    return (
        actual.drop_nulls(["unit_id", "level"])
        .group_by(*KEY, "denominator")
        .agg(pl.col("numerator").sum())
        .with_columns(
            paid=half_even(pl.col("numerator") * pl.lit(RESOLUTION, pl.Int128), pl.col("denominator").cast(pl.Int128))
        )
        .group_by(KEY)
        .agg(pl.col("paid").sum())
    )


def _refuse_without_share(cells: pl.DataFrame, settings: MethodSettings) -> None:
    used = cells.filter(pl.col("milliminutes") > 0)["level"].unique().sort().to_list()
    missing = ", ".join(level for level in used if level not in settings.direct_share)
    if missing:
        raise CalculationError(messages.DEMAND_WITHOUT_DIRECT_SHARE, where="method.toml", seen=missing, listed=missing)


def _homeless(actual: pl.DataFrame) -> pl.DataFrame:
    """A finding a unit for paid time that has no unit or no level."""
    rows = (
        actual.filter(pl.col("unit_id").is_null() | pl.col("level").is_null())
        .with_columns(milliminutes=(pl.col("numerator") // pl.col("denominator")).cast(pl.Int64))
        .group_by("unit_id")
        .agg(pl.col("milliminutes").sum())
        .sort("unit_id")
    )
    return findings.of_rows(
        rows,
        "R05",
        "warning",
        "Gewerkte uren zonder eenheid of niveau staan niet in de formatie.",
        "Vul de eenheid in de urenbron of het niveau in mappings/functions.csv aan.",
        unit_id="unit_id",
        milliminutes="milliminutes",
    )
