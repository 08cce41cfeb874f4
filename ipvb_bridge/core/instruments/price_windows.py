"""Prices of many windows and settings from one set of streams, each row of the streams looked at once.

What a price needs of the hours, the ledger and the stays are sums by calendar month, and a cost window is whole
months. So the sums are made once, as rows of the same streams, and :func:`ipvb_bridge.core.cost_price.cost_price`
works each window out from those: the same figures to the cent, without the millions of rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from ipvb_bridge.core.cost_price import CostPrice, cost_price
from ipvb_bridge.core.days import component_days, resident_days
from ipvb_bridge.core.hours import ZONE
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.settings import MethodSettings


@dataclass(frozen=True, slots=True)
class Basis:
    """What prices are worked out from: ``streams`` (hours and ledger summed), ``days`` of components by month.

    ``span`` is the months that are summed; ``full_hours`` the hours as they were delivered, for prices by day part.
    """

    given: Given
    span: Period
    streams: Mapping[str, pl.DataFrame]
    full_hours: pl.DataFrame
    days: pl.DataFrame

    def component_days(self, window: Period) -> pl.DataFrame:
        """As core.days.component_days over ``window``, which lies in ``span``."""
        names = sorted(self.given.settings.cost_price.components)
        inside = self.days.filter(pl.col("month").is_in(window.months()))
        sums = dict(inside.group_by("component").agg(pl.col("days").sum()).iter_rows())
        return pl.DataFrame(
            {"component": names, "days": [sums.get(name, 0) for name in names]},
            schema={"component": pl.String(), "days": pl.Int64()},
        )

    def price(self, window: Period, settings: MethodSettings | None = None) -> CostPrice:
        """The prices of a window, perhaps with other settings. Raises as :func:`cost_price` does."""
        chosen = settings or self.given.settings
        fixed = with_cost_price(chosen, window=window)
        streams = self.streams
        if chosen.cost_price.day_part_pricing == "irregularity":
            streams = {**streams, "hours": self.full_hours}
        return cost_price(streams, self.given.norms, self.component_days(window), fixed, window, self.given.holidays)

    def with_ledger(self, lines: pl.DataFrame) -> Basis:
        """The same with other ledger lines."""
        return replace(self, streams={**self.streams, "ledger_lines": lines})

    def with_days(self, days: pl.DataFrame) -> Basis:
        """The same with other days of components (month, component, days)."""
        return replace(self, days=days)

    def months_without(self, window: Period) -> list[str]:
        """The months of a window without a ledger line or without worked hours: a price over them would mislead."""
        ledger = set(self.streams["ledger_lines"]["period"].unique())
        hours = self.streams["hours"].select(pl.col("start").dt.strftime("%Y-%m")).to_series().unique()
        return [month for month in window.months() if month not in ledger or month not in set(hours)]


def with_cost_price(settings: MethodSettings, **changed: object) -> MethodSettings:
    """The settings with other values under [cost_price]."""
    return settings.model_copy(update={"cost_price": settings.cost_price.model_copy(update=changed)})


def stays(given: Given) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The streams from which resident-days are made."""
    return given.streams["stays"], given.streams["absences"], given.streams["indications"]


def basis(given: Given, span: Period, by_place: Sequence[str] = ()) -> Basis:
    """Sum the streams of ``given`` over the calendar months of ``span``.

    ``by_place``: the delivery forms without a place; then ``days`` tells days of residents with one apart (``place``).
    """
    months = span.months()
    hours = given.streams["hours"]
    ledger = given.streams["ledger_lines"].filter(pl.col("period").is_in(months))
    streams = {
        **given.streams,
        "hours": condensed_hours(hours, span),
        "ledger_lines": condensed_ledger(ledger),
        "wages": given.streams["wages"].filter(pl.col("relates_to").is_in(months)),
    }
    return Basis(given, span, streams, hours, _days_by_month(given, span, by_place))


def condensed_hours(hours: pl.DataFrame, span: Period) -> pl.DataFrame:
    """The worked hours of ``span`` as one row a month, contract, unit and level, of the stream's columns.

    Each stands at the first day of its month in the span, on which core.hours.worked finds it for any whole months.
    """
    declared = STREAMS["hours"].schema()
    day = pl.col("start").dt.convert_time_zone(ZONE.key).dt.date()
    first = pl.max_horizontal(pl.col("day").dt.month_start(), pl.lit(span.start))
    moment = first.cast(pl.Datetime("us")).dt.replace_time_zone("UTC") + pl.duration(hours=12)
    key = ["contract_id", "unit_id", "level", "first"]
    return (
        hours.lazy()
        .filter(pl.col("kind") == "worked")
        .select("contract_id", "unit_id", "level", "paid_minutes", day=day)
        .filter(pl.col("day").is_between(span.start, span.end))
        .with_columns(first=moment)
        .group_by(key)
        .agg(pl.col("paid_minutes").sum())
        .sort(key, nulls_last=True)
        .with_row_index("number")
        .select(
            hours_id=pl.format("{}", "number"),
            contract_id="contract_id",
            unit_id="unit_id",
            level="level",
            kind=pl.lit("worked"),
            start="first",
            end="first",
            paid_minutes="paid_minutes",
        )
        .select(pl.col(name).cast(kind) for name, kind in declared.items())
        .collect(engine="streaming")
    )


def condensed_ledger(lines: pl.DataFrame) -> pl.DataFrame:
    """The ledger as one row a month, account, cost centre and place; codes without a place keep their names."""
    key = ["period", "account_id", "cost_centre_id", "category", "pool"]
    return lines.group_by(key).agg(pl.col("amount").sum(), pl.col("date").min()).sort(key, nulls_last=True)


def _days_by_month(given: Given, span: Period, by_place: Sequence[str]) -> pl.DataFrame:
    """Days charged of each component by calendar month: month, component, place, days."""
    segments = resident_days(*stays(given), span).segments
    at_home = pl.col("delivery_form").is_in(list(by_place)).fill_null(False)
    parts = []
    for month in span.months():
        own = Period.parse(month)
        first, last = pl.max_horizontal("start_date", pl.lit(own.start)), pl.min_horizontal("end_date", pl.lit(own.end))
        inside = segments.with_columns(days=((last - first).dt.total_days() + 1).cast(pl.Int64)).filter(
            pl.col("days") > 0
        )
        for place in (True, False) if by_place else (True,):
            days = component_days(inside.filter(at_home != place), given.settings)
            parts.append(days.select(pl.lit(month).alias("month"), "component", pl.lit(place).alias("place"), "days"))
    return pl.concat(parts)


def rolling(last: Period, lengths: Sequence[int], ends: int) -> list[tuple[int, Period]]:
    """(length, window) of each rolling window: of each length, ending with each of the ``ends`` last months."""
    final = last.end.year * 12 + last.end.month - 1
    made = []
    for length in sorted(set(lengths)):
        for back in range(ends - 1, -1, -1):
            end = Period.month((final - back) // 12, (final - back) % 12 + 1)
            made.append((length, end.window(length)))
    return made


def months_around(period: Period) -> Period:
    """The whole calendar months that a period touches."""
    return Period(Period.parse(f"{period.start:%Y-%m}").start, Period.parse(f"{period.end:%Y-%m}").end)


def around(windows: Sequence[Period]) -> Period:
    """The whole months from the first to the last of some windows."""
    first: dt.date = min(window.start for window in windows)
    return Period(first, max(window.end for window in windows))
