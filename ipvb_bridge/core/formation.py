"""Formation (ProForma): required and actual hours and FTE per unit, day part and level (method section 6)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
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

WEEKDAY_COLUMNS = (
    "unit_id", "weekday", "day_part", "level", "days", "direct_hours", "required_hours", "actual_hours",
)  # fmt: skip
"""Columns of the result table ``formation_weekdays``."""

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

    ``cells`` of lines.LineTotals; ``actual`` of hours.by_day_part over the same period; ``minimum_cover``
    the norm table, of which the rows valid on the period's last day count, of several the one that started
    last (our reading). Raises ``CalculationError`` M03 when a level has demand and no direct share.
    """
    _refuse_without_share(cells, settings)
    in_hours = Fraction(7 * MICRO, 60_000 * period.days)
    fte = Fraction(settings.formation.gross_year) / 36 / Fraction(settings.formation.net_year)
    shares = _shares(settings)
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
        .join(_summed(actual, list(KEY), "paid"), on=KEY, how="full", coalesce=True)
        .with_columns(pl.col("milliminutes", "cover", "paid").fill_null(0))
        .select(*KEY, *_in_six_decimals(figures))
        .sort(KEY)
    )
    return Formation(rows, _homeless(actual))


def formation_weekdays(
    asked: pl.DataFrame, actual: pl.DataFrame, minimum_cover: pl.DataFrame, settings: MethodSettings, period: Period
) -> pl.DataFrame:
    """Hours on one such day, as input for the roster: WEEKDAY_COLUMNS, sorted; hours as Float64 of six decimals.

    ``asked`` of demand.Demand.by_weekday; the rest as for :func:`formation`. The time on a weekday is divided
    by ``days``, how many of them the period has, so that a month with five Mondays asks no more of a Monday
    (our reading). A row for each unit, weekday, day part and level that has demand, cover or actual hours,
    for the weekdays in the period. A shift counts on the day it starts.
    """
    dates = [period.start + dt.timedelta(day) for day in range(min(period.days, 7))]
    often = {date.isoweekday(): (period.end - date).days // 7 + 1 for date in dates}
    calendar = pl.DataFrame(
        {"weekday": often.keys(), "days": often.values()}, schema={"weekday": pl.Int8, "days": pl.Int64}
    )
    shares = _shares(settings)
    factors = {days: Fraction(MICRO, 60_000 * RESOLUTION * days) for days in often.values()}

    def on_a_day(figure: Callable[[Fraction], pl.Expr]) -> pl.Expr:
        return pl.coalesce(pl.when(pl.col("days") == days).then(figure(factor)) for days, factor in factors.items())

    agreed, paid = pl.col("agreed"), pl.col("paid")
    required = on_a_day(lambda factor: _by_level(agreed, factor, shares))
    figures = {
        "direct_hours": on_a_day(lambda factor: _times(agreed, factor)),
        "required_hours": pl.max_horizontal(required, _times(pl.col("cover"), Fraction(MICRO, COVER * 7))),
        "actual_hours": on_a_day(lambda factor: _times(paid, factor)),
    }
    by = [*KEY, "weekday"]
    cover = _cover(minimum_cover, settings, period).join(calendar.select("weekday"), how="cross")
    return (
        _agreed(asked)
        .join(cover, on=by, how="full", coalesce=True)
        .join(_summed(actual, by, "paid"), on=by, how="full", coalesce=True)
        .join(calendar, on="weekday")
        .with_columns(pl.col("agreed", "cover", "paid").fill_null(0))
        .select("unit_id", "weekday", "day_part", "level", "days", *_in_six_decimals(figures))
        .sort("unit_id", "weekday", "day_part", "level")
    )


def _agreed(asked: pl.DataFrame) -> pl.DataFrame:
    """Demand.by_weekday as rows: unit_id, day_part, level, weekday, ``agreed`` (milliminutes times RESOLUTION)."""
    days = [str(day) for day in range(1, 8)]
    scaled = [_scaled(pl.col(day), pl.col("denominator")).sum().alias(day) for day in days]
    return (
        asked.group_by(KEY)
        .agg(scaled)
        .unpivot(days, index=KEY, variable_name="weekday", value_name="agreed")
        .filter(pl.col("agreed") > 0)
        .with_columns(pl.col("weekday").cast(pl.Int8))
    )


def _shares(settings: MethodSettings) -> dict[str, Fraction]:
    return {str(level): Fraction(share) for level, share in settings.direct_share.items()}


def _in_six_decimals(figures: dict[str, pl.Expr]) -> list[pl.Expr]:
    # The second rounding only mends the last bit: polars divides by multiplying with the inverse.
    return [(figure.cast(pl.Float64) / MICRO).round(6).alias(name) for name, figure in figures.items()]


def _times(column: pl.Expr, factor: Fraction) -> pl.Expr:
    """``column`` times ``factor``, rounded half to even.

    A factor with more than fifteen digits below the line (a setting of twelve decimals) is brought back to
    fifteen, so that the product of a whole organisation's time fits an Int128.
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


def _summed(fractions: pl.DataFrame, by: list[str], name: str) -> pl.DataFrame:
    """Rows of numerator / denominator summed by ``by``: the sum times RESOLUTION as ``name`` (Int128)."""
    return (
        fractions.drop_nulls(["unit_id", "level"])
        .group_by(*by, "denominator")
        .agg(pl.col("numerator").sum())
        .group_by(by)
        .agg(_scaled(pl.col("numerator"), pl.col("denominator")).sum().alias(name))
    )


def _scaled(numerator: pl.Expr, denominator: pl.Expr) -> pl.Expr:
    return half_even(numerator.cast(pl.Int128) * pl.lit(RESOLUTION, pl.Int128), denominator.cast(pl.Int128))


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
