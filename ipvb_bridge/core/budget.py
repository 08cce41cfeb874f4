"""The budget of a resident in a unit: available, required and what stands beside it (method section 5)."""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass
from typing import Any

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import findings, messages
from ipvb_bridge.core.days import is_charged
from ipvb_bridge.core.rounding import SAFE, with_half_even
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.core.spans import as_span, merged
from ipvb_bridge.core.tariffs import available

RESIDENT_BUDGET_COLUMNS = (
    "resident_id", "unit_id", "held_days", "present_days", "paid_days", "available_cents", "care_cents", "stay_cents",
    "required_cents", "balance_cents", "private_cents", "outside_cents", "freed_cents", "network_milliminutes",
)  # fmt: skip
"""Columns of the result table ``resident_budgets``; internally ``network_cost_cents`` and ``zzp`` follow."""

LINE_COLUMNS = (
    "agreement_id", "resident_id", "care_function", "day_part", "level", "performer", "payer", "unit_id",
    "milliminutes", "cost_cents",
)  # fmt: skip
"""Columns of the result table ``lines``."""

COMPONENT_COLUMNS = ("resident_id", "unit_id", "component", "days", "price_cents", "cents", "freed_cents")
"""Columns of the result table ``resident_components``: what stay costs a resident, a component at a time."""

NETWORK = ("network", "volunteer", "self")
MOST_MILLIMINUTES = 1_440_000 * 100 * 100 * 3_700
"""The longest line there can be: all day, a hundred times a day, a hundred carers, ten years."""

KEY = ("resident_id", "unit_id")


@dataclass(frozen=True, slots=True)
class LineTotals:
    """What budgets and formation need of the lines, summed in one pass.

    ``residents``: resident_id, unit_id, care_cents, private_cents, outside_cents, network_milliminutes,
    network_cost_cents. ``cells``: unit_id, day_part, level, milliminutes, cost_cents of all staff lines,
    whoever pays (the bridge sums cost_cents by level). ``functions``: care_function with the same sums as
    ``residents``.
    """

    residents: pl.DataFrame
    cells: pl.DataFrame
    functions: pl.DataFrame


def priced(lines: pl.LazyFrame, levels: pl.DataFrame) -> pl.LazyFrame:
    """Add ``cost_cents`` (staff, whoever pays; other performers 0) and ``network_cost_cents``.

    ``levels``: level, day_part (null: holds for each day part), hourly_price_cents. ``network_cost_cents`` is
    what time of network, volunteer or self would have cost at that level's price, 0 where it has none. A
    staff line without a price gets a null cost here; :func:`line_totals` refuses it.
    """
    dearest = int(levels.select(pl.col("hourly_price_cents").max().fill_null(0)).item())
    kind = pl.Int64 if dearest * MOST_MILLIMINUTES < SAFE else pl.Int128
    return (
        lines.with_columns(price=_price(levels), staff=pl.col("performer") == "staff", network=_is_network())
        .pipe(with_half_even, "price", pl.col("milliminutes").cast(kind) * pl.col("price"), 30_000)
        .with_columns(
            cost_cents=pl.when("staff").then("price").otherwise(0),
            network_cost_cents=pl.when("network").then(pl.col("price").fill_null(0)).otherwise(0),
        )
        .drop("price", "staff", "network")
    )


def _is_network() -> pl.Expr:
    return functools.reduce(operator.or_, (pl.col("performer") == performer for performer in NETWORK))


def _price(levels: pl.DataFrame) -> pl.Expr:
    """The hourly price of a line: of its level and day part, else of its level; null when there is none."""
    price: Any = pl
    for level, day_part, cents in (
        levels.select("level", "day_part", "hourly_price_cents").sort("day_part", "level", nulls_last=True).iter_rows()
    ):
        here = pl.col("level") == level
        price = price.when(here if day_part is None else here & (pl.col("day_part") == day_part)).then(cents)
    return pl.lit(None, pl.Int64) if price is pl else price.otherwise(None).cast(pl.Int64)


def line_totals(lines: pl.LazyFrame, levels: pl.DataFrame) -> LineTotals:
    """Price the lines and sum them in one pass.

    Raises ``CalculationError`` M01 when a staff line's level (and day part) has no price, with the lines of
    each.
    """
    staff, cost = pl.col("performer") == "staff", pl.col("cost_cents")
    split = {
        f"{name}_cents": pl.when(staff & (pl.col("payer") == payer)).then(cost).otherwise(0)
        for name, payer in (("care", "wlz"), ("private", "resident"), ("outside", "none"))
    }
    full = priced(lines, levels).with_columns(
        **split, network_milliminutes=pl.when(_is_network()).then("milliminutes").otherwise(0)
    )
    sums = pl.col(*split, "network_milliminutes", "network_cost_cents").sum()
    residents, cells, functions = pl.collect_all(
        [
            full.group_by(KEY).agg(sums),
            full.filter(staff)
            .group_by("unit_id", "day_part", "level")
            .agg(pl.col("milliminutes", "cost_cents").sum(), unpriced=pl.col("cost_cents").null_count()),
            full.group_by("care_function").agg(sums),
        ],
        engine="streaming",
    )
    _refuse_unpriced(cells)
    return LineTotals(
        residents.sort(KEY),
        cells.drop("unpriced").sort("unit_id", "day_part", "level"),
        functions.sort("care_function"),
    )


def _refuse_unpriced(cells: pl.DataFrame) -> None:
    """Raise when there are staff lines without a price."""
    without = (
        cells.group_by("level", "day_part")
        .agg(pl.col("unpriced").sum())
        .filter(pl.col("unpriced") > 0)
        .sort("level", "day_part")
    )
    if without.is_empty():
        return
    lines = [f"{level} {day_part}: {count}" for level, day_part, count in without.iter_rows()]
    levels = without.group_by("level", maintain_order=True).agg(pl.col("unpriced").sum())
    listed = ", ".join(f"{level} ({count})" for level, count in levels.iter_rows())
    raise CalculationError(messages.LEVEL_WITHOUT_PRICE, seen=listed, lines=lines, listed=listed)


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
