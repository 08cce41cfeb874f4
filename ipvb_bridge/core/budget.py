"""The budget of a resident in a unit: available, required and what stands beside it (method section 5)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.days import is_charged
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.core.spans import as_span, merged
from ipvb_bridge.core.tariffs import available

RESIDENT_BUDGET_COLUMNS = (
    "resident_id", "unit_id", "held_days", "present_days", "paid_days", "available_cents", "care_cents", "stay_cents",
    "required_cents", "balance_cents", "private_cents", "outside_cents", "freed_cents", "network_milliminutes",
)  # fmt: skip
"""Columns of the result table ``resident_budgets``; internally ``network_cost_cents`` and ``zzp`` follow."""

COMPONENT_COLUMNS = ("resident_id", "unit_id", "component", "days", "price_cents", "cents", "freed_cents")
"""Columns of the result table ``resident_components``: what stay costs a resident, a component at a time."""

KEY = ("resident_id", "unit_id")


@dataclass(frozen=True, slots=True)
class Budgets:
    """``rows``: RESIDENT_BUDGET_COLUMNS, network_cost_cents and zzp, sorted by resident and unit; ``findings``.

    ``network_cost_cents`` is what the network's time would have cost; ``zzp`` is that of the last day in the
    unit that has an indication, null when none has one. ``components`` lazily, in no particular order:
    COMPONENT_COLUMNS, a row for each component with a day charged; its cents and freed_cents add up to
    stay_cents and freed_cents of the rows.
    """

    rows: pl.DataFrame
    components: pl.LazyFrame
    findings: pl.DataFrame


def resident_budgets(
    segments: pl.DataFrame,
    residents: pl.DataFrame,
    components: pl.DataFrame,
    tariffs: pl.DataFrame,
    opt_outs: pl.DataFrame,
    settings: MethodSettings,
) -> Budgets:
    """One row a resident and unit with a day held in the period.

    ``segments`` of core.days for the period; ``residents`` of lines.LineTotals; ``components``: component,
    day_price_cents (a component without a row costs nothing); ``tariffs`` the norm table; ``opt_outs`` the
    stream. The findings: days without a tariff row, tariff rows that overlap, opt-outs of an unknown
    component.
    """
    prices = {name: int(price) for name, price in components.select("component", "day_price_cents").iter_rows()}
    charged = {name: is_charged(name, settings) for name in settings.cost_price.components}
    stay = [pl.col(_days_of(name)) * prices.get(name, 0) for name in charged]
    held = (
        segments.select(
            *KEY,
            *(pl.when(on).then("days").otherwise(0).alias(_days_of(name)) for name, on in charged.items()),
            held_days="days",
            present_days=pl.when("present").then("days").otherwise(0),
            zzp="zzp",
        )
        .group_by(KEY)
        .agg(pl.all().exclude("zzp").sum(), pl.col("zzp").last(ignore_nulls=True))
        .with_columns(stay_cents=pl.sum_horizontal(stay) if stay else pl.lit(0, pl.Int64))
    )
    paid = available(segments, tariffs, settings)
    freed = _freed(segments, opt_outs, charged, prices)
    required = pl.col("care_cents") + pl.col("stay_cents")
    parts = [held.drop(map(_days_of, charged)), paid.rows, freed.drop("component"), residents]
    return Budgets(
        pl.concat(parts, how="diagonal")
        .lazy()
        .group_by(KEY)
        .agg(pl.all().exclude("zzp").sum(), pl.col("zzp").last(ignore_nulls=True))
        .with_columns(required_cents=required, balance_cents=pl.col("available_cents") - required)
        .select(*RESIDENT_BUDGET_COLUMNS, "network_cost_cents", "zzp")
        .sort(KEY)
        .collect(engine="streaming"),
        _components(held, freed, prices, list(charged)),
        pl.concat([paid.findings, _unknown_components(opt_outs, settings)]),
    )


def _days_of(component: str) -> str:
    """The column that counts the days on which a component is charged; its name is nobody else's."""
    return f"days of {component}"


def _components(held: pl.DataFrame, freed: pl.DataFrame, prices: dict[str, int], components: list[str]) -> pl.LazyFrame:
    """COMPONENT_COLUMNS from the days of each component (a column of ``held`` each) and what was freed."""
    columns = [_days_of(name) for name in components]
    cost = pl.DataFrame(
        {"column": columns, "component": components, "price_cents": [prices.get(name, 0) for name in components]},
        schema={"column": pl.String, "component": pl.String, "price_cents": pl.Int64},
    )
    return (
        held.lazy()
        .unpivot(columns, index=KEY, variable_name="column", value_name="days")
        .cast({"days": pl.Int64})  # of no component at all there is nothing to tell the type by
        .filter(pl.col("days") > 0)
        .join(cost.lazy(), on="column")
        .join(freed.lazy(), on=[*KEY, "component"], how="left")
        .with_columns(cents=pl.col("days") * pl.col("price_cents"), freed_cents=pl.col("freed_cents").fill_null(0))
        .select(COMPONENT_COLUMNS)
    )


def _freed(
    segments: pl.DataFrame, opt_outs: pl.DataFrame, charged: dict[str, pl.Expr], prices: dict[str, int]
) -> pl.DataFrame:
    """The price of components on opted-out days on which they are charged: KEY, component, freed_cents."""
    last = int(segments.select(pl.col("end_date").max().cast(pl.Int32).fill_null(0)).item()) + 1
    given_up = merged(as_span(opt_outs, last, "resident_id", "component"), ["component", "resident_id"])
    days = pl.min_horizontal("stop", pl.col("end_date").cast(pl.Int32) + 1) - pl.max_horizontal(
        "start", pl.col("start_date").cast(pl.Int32)
    )
    parts = [
        segments.join(given_up.filter(component=name), on="resident_id")
        .filter(on)
        .select(*KEY, component=pl.lit(name), freed_cents=days.clip(lower_bound=0).cast(pl.Int64) * prices.get(name, 0))
        for name, on in charged.items()
    ]
    schema = {"resident_id": pl.String, "unit_id": pl.String, "component": pl.String, "freed_cents": pl.Int64}
    return pl.concat([pl.DataFrame(schema=schema), *parts]).group_by(*KEY, "component").agg(pl.col("freed_cents").sum())


def _unknown_components(opt_outs: pl.DataFrame, settings: MethodSettings) -> pl.DataFrame:
    rows = (
        opt_outs.filter(~pl.col("component").is_in(list(settings.cost_price.components)))
        .group_by("component")
        .agg(rows=pl.len())
        .sort("component")
    )
    return findings.of_rows(
        rows,
        "R08",
        "warning",
        pl.format("Afgezien van onbekend onderdeel {} (aantal: {}); dit telt niet mee.", "component", "rows"),
        "Zet het onderdeel onder [cost_price.components] in method.toml, of verbeter het in de bron.",
        subject="component",
    )
