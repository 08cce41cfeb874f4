"""The budget of a resident in a unit: available, required and what stands beside it (method section 5)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import findings, messages
from ipvb_bridge.core.days import is_charged
from ipvb_bridge.core.rounding import SAFE, half_even
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
    price = _price(levels)
    dearest = int(levels.select(pl.col("hourly_price_cents").max().fill_null(0)).item())
    kind = pl.Int64 if dearest * MOST_MILLIMINUTES < SAFE else pl.Int128
    cost = half_even(pl.col("milliminutes").cast(kind) * price, pl.lit(60_000, kind)).cast(pl.Int64)
    return lines.with_columns(
        cost_cents=pl.when(pl.col("performer") == "staff").then(cost).otherwise(0),
        network_cost_cents=pl.when(pl.col("performer").is_in(NETWORK)).then(cost.fill_null(0)).otherwise(0),
    )


def _price(levels: pl.DataFrame) -> pl.Expr:
    """The hourly price of a line: of its level and day part, else of its level; null when there is none."""
    by_level: dict[str, int] = {}
    by_both: dict[str, int] = {}
    for level, day_part, cents in levels.select("level", "day_part", "hourly_price_cents").iter_rows():
        if day_part is None:
            by_level[level] = cents
        else:
            by_both[f"{level} {day_part}"] = cents

    def looked_up(key: pl.Expr, prices: dict[str, int]) -> pl.Expr:
        return key.replace_strict(list(prices), list(prices.values()), default=None, return_dtype=pl.Int64)

    price = looked_up(pl.col("level"), by_level)
    if by_both:
        price = pl.coalesce(looked_up(pl.format("{} {}", "level", "day_part"), by_both), price)
    return price


def line_totals(lines: pl.LazyFrame, levels: pl.DataFrame) -> LineTotals:
    """Price the lines and sum them in one pass.

    Raises ``CalculationError`` M01 when a staff line's level (and day part) has no price, with the lines of
    each.
    """
    staff = pl.col("performer") == "staff"
    costs = {
        f"{name}_cents": pl.col("cost_cents").filter(pl.col("payer") == payer).sum()
        for name, payer in (("care", "wlz"), ("private", "resident"), ("outside", "none"))
    }
    sums = {
        **costs,
        "network_milliminutes": pl.col("milliminutes").filter(pl.col("performer").is_in(NETWORK)).sum(),
        "network_cost_cents": pl.col("network_cost_cents").sum(),
    }
    full = priced(lines, levels)
    residents, cells, functions = pl.collect_all(
        [
            full.group_by(KEY).agg(**sums),
            full.filter(staff)
            .group_by("unit_id", "day_part", "level")
            .agg(pl.col("milliminutes", "cost_cents").sum(), unpriced=pl.col("cost_cents").null_count()),
            full.group_by("care_function").agg(**sums),
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
    unit that has an indication, null when none has one.
    """

    rows: pl.DataFrame
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
    stay = [pl.when(on).then(pl.col("days") * prices.get(name, 0)).otherwise(0) for name, on in charged.items()]
    held = segments.group_by(KEY).agg(
        held_days=pl.col("days").sum(),
        present_days=pl.col("days").filter("present").sum(),
        stay_cents=pl.sum_horizontal(stay).sum() if stay else pl.lit(0, pl.Int64),
        zzp=pl.col("zzp").sort_by("start_date").drop_nulls().last(),
    )
    paid = available(segments, tariffs, settings)
    freed = _freed(segments, opt_outs, charged, prices)
    rows = held
    for beside in (paid.rows, freed, residents):
        rows = rows.join(beside, on=KEY, how="left")
    required = pl.col("care_cents") + pl.col("stay_cents")
    return Budgets(
        rows.with_columns(pl.col(pl.Int64).fill_null(0))
        .with_columns(required_cents=required, balance_cents=pl.col("available_cents") - required)
        .select(*RESIDENT_BUDGET_COLUMNS, "network_cost_cents", "zzp")
        .sort(KEY),
        pl.concat([paid.findings, _unknown_components(opt_outs, settings)]),
    )


def _freed(
    segments: pl.DataFrame, opt_outs: pl.DataFrame, charged: dict[str, pl.Expr], prices: dict[str, int]
) -> pl.DataFrame:
    """The price of components on opted-out days on which they are charged: resident_id, unit_id, freed_cents."""
    last = int(segments.select(pl.col("end_date").max().cast(pl.Int32).fill_null(0)).item()) + 1
    given_up = merged(as_span(opt_outs, last, "resident_id", "component"), ["component", "resident_id"])
    days = pl.min_horizontal("stop", pl.col("end_date").cast(pl.Int32) + 1) - pl.max_horizontal(
        "start", pl.col("start_date").cast(pl.Int32)
    )
    parts = [
        segments.join(given_up.filter(component=name), on="resident_id")
        .filter(on)
        .select(*KEY, freed_cents=days.clip(lower_bound=0).cast(pl.Int64) * prices.get(name, 0))
        for name, on in charged.items()
    ]
    schema = {"resident_id": pl.String, "unit_id": pl.String, "freed_cents": pl.Int64}
    return pl.concat([pl.DataFrame(schema=schema), *parts]).group_by(KEY).agg(pl.col("freed_cents").sum())


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
