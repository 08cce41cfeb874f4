"""KoPi: the integral cost price over time, by another window, by another allocation, and by day part.

The prices themselves are those of :mod:`ipvb_bridge.core.cost_price` (method section 4); nothing is priced here in
another way. Sources name the step-down order of cost allocation (six steps, Kostprijsmodel forensische zorg 2010) and
no formula for the rest. **Our reading**: windows of other lengths are worked out from the same rows with the settings
of the method; a window with a month that has no ledger line or no worked hours has no price, for its sums would miss a
month; without a configured order the step-down goes from the support pool that serves other support pools most to the
one that serves them least. Allocation methods are compared on the average price of a level over the day parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Literal

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import findings as found
from ipvb_bridge.core.allocation import driver_units
from ipvb_bridge.core.cost_price import CostPrice, cost_window
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.price_windows import Basis, around, basis, rolling, with_cost_price
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import whole_parts
from ipvb_bridge.core.settings import MethodSettings

METHODS: tuple[Literal["reciprocal", "step_down", "direct"], ...] = ("reciprocal", "step_down", "direct")

_PRICE = {
    "kind": (pl.String(), "level, component or gink"),
    "key": (pl.String(), "the level or the component; gink"),
}
_DAY_PART = {"day_part": (pl.String(), "day part of the price; null: it holds for each")}
_FIGURES = {
    "price_cents": (pl.Int64(), "price of an hour or a day; null: cost without hours"),
    "cost_cents": (pl.Int64(), "cost behind it; null for the gink"),
    "units": (pl.Float64(), "client hours or days charged; null for the gink"),
}

OVER_TIME = Result(
    "prices_over_time",
    "The prices of each calculated period, oldest first, as those calculations gave them",
    ("period", "kind", "key", "day_part"),
    {
        "period": (pl.String(), "the calculated period"),
        **_PRICE,
        **_DAY_PART,
        **_FIGURES,
        "change_cents": (pl.Int64(), "price less that of the calculated period before; null: it had none"),
    },
)
ROLLING = Result(
    "rolling_prices",
    "The prices of rolling windows, worked out from the rows of this calculation",
    ("months", "month", "kind", "key", "day_part"),
    {
        "months": (pl.Int64(), "length of the window in months"),
        "month": (pl.String(), "last month of the window"),
        **_PRICE,
        **_DAY_PART,
        **_FIGURES,
    },
)
ALLOCATION = Result(
    "allocation_methods",
    "Prices and costs by each way of passing support cost on; each way's costs add up to the same ledger cost",
    ("kind", "key"),
    {
        **_PRICE,
        **{f"{name}_price_cents": (pl.Int64(), f"price by {name}; null: it cannot be worked out") for name in METHODS},
        **{
            f"{name}_difference_cents": (pl.Int64(), f"price by {name} less that by reciprocal") for name in METHODS[1:]
        },
        **{f"{name}_cost_cents": (pl.Int64(), f"cost by {name}") for name in METHODS},
    },
)
DAY_PARTS = Result(
    "day_part_prices",
    "The hourly price of each level in each day part with irregularity pricing, beside the uniform one",
    ("level", "day_part"),
    {
        "level": (pl.String(), "level"),
        "day_part": (pl.String(), "day part"),
        "uniform_price_cents": (pl.Int64(), "price of an hour in any day part"),
        "price_cents": (pl.Int64(), "price of an hour in this day part"),
        "difference_cents": (pl.Int64(), "price in this day part less the uniform one"),
        "cost_cents": (pl.Int64(), "cost that falls in this day part; adds up to the level's cost"),
        "client_hours": (pl.Float64(), "client hours in this day part"),
    },
)
PARTS = Result(
    "price_parts",
    "What is paid for: the parts of each price of the period, which add up to its cost and to the price",
    ("kind", "key", "part"),
    {
        **_PRICE,
        "part": (pl.String(), "gross, irregularity, employer_charges, hired, cost:CATEGORY or support:POOL"),
        "cents": (pl.Int64(), "cost of the part"),
        "part_price_cents": (pl.Int64(), "its part of one hour or day; null: the key has no price"),
        "cost_share": (pl.Float64(), "part of the key's cost"),
    },
)


def make(given: Given) -> Made:
    """See the module."""
    notes: list[Finding] = []
    window = cost_window(given.settings, given.period)
    chosen = given.settings.instruments.kopi
    windows = rolling(given.period, chosen.windows, chosen.window_ends)
    rows = basis(given, around([window, *(each for _, each in windows)]))
    tables = {
        OVER_TIME.name: OVER_TIME.of(over_time(given)),
        ROLLING.name: ROLLING.of(_rolling(rows, windows, notes)),
        ALLOCATION.name: ALLOCATION.of(_allocation(rows, window, notes)),
        DAY_PARTS.name: DAY_PARTS.of(_day_parts(rows, window, notes)),
        PARTS.name: PARTS.of(price_parts(given.tables["cost_prices"], given.tables["cost_breakdown"])),
    }
    if without := rows.months_without(window):
        notes.append(_thin_window(window, without))
    notes += _without_price(given.tables["cost_prices"])
    return Made(tables, found.frame(notes))


def over_time(given: Given) -> pl.DataFrame:
    """The rows of ``cost_prices`` of every earlier calculated period and of this one, in order of time."""
    periods = [*given.history, str(given.period)]
    parts = [
        table["cost_prices"].with_columns(period=pl.lit(name), order=pl.lit(at, pl.Int64))
        for at, (name, table) in enumerate(zip(periods, [*given.history.values(), given.tables], strict=True))
    ]
    rows = pl.concat(parts)
    # A price is compared with that of the period just before; where that had none there is nothing to compare with.
    before = rows.select("kind", "key", "day_part", pl.col("order") + 1, earlier="price_cents")
    return (
        rows.join(before, on=["kind", "key", "day_part", "order"], how="left", nulls_equal=True)
        .with_columns(change_cents=pl.col("price_cents") - pl.col("earlier"))
        .drop("order", "earlier")
    )


def _rolling(rows: Basis, windows: list[tuple[int, Period]], notes: list[Finding]) -> pl.DataFrame:
    made = [pl.DataFrame(schema=ROLLING.schema())]
    empty: dict[int, list[str]] = {}
    for length, window in windows:
        month = window.months()[-1]
        if without := rows.months_without(window):
            empty.setdefault(length, []).extend(without)
            continue
        try:
            table = rows.price(window).table
        except CalculationError as error:
            notes.append(_stopped(f"Het venster van {_months(length)} tot en met {month}", error))
            continue
        made.append(
            table.with_columns(months=pl.lit(length, pl.Int64), month=pl.lit(month)).select(ROLLING.schema().names())
        )
    notes += [_incomplete(length, sorted(set(months))) for length, months in empty.items()]
    return pl.concat(made)


def _thin_window(window: Period, months: list[str]) -> Finding:
    return Finding(
        "I28",
        "warning",
        f"Het kostenvenster van de prijs ({window}) heeft maanden zonder grootboekregels of zonder gewerkte uren"
        f" ({_listed(months)}); uren, dagen en kosten gaan dan niet over dezelfde maanden.",
        "Haal de ontbrekende maanden op, of kies een korter venster bij window onder [cost_price] in method.toml.",
    )


def _listed(months: list[str]) -> str:
    return months[0] if len(months) == 1 else f"{months[0]} tot en met {months[-1]}, aantal: {len(months)}"


def _incomplete(length: int, months: list[str]) -> Finding:
    return Finding(
        "I20",
        "info",
        f"Een venster van {_months(length)} met een maand zonder grootboekregels of zonder gewerkte uren"
        f" ({_listed(months)}) heeft geen prijs.",
        "Haal de ontbrekende maanden op met `ipvb-bridge pull`, of kies kortere vensters onder"
        " [instruments.kopi] in method.toml.",
    )


def _months(length: int) -> str:
    return "1 maand" if length == 1 else f"{length} maanden"


def _stopped(what: str, error: CalculationError) -> Finding:
    return Finding(
        "I21",
        "warning",
        f"{what} is niet te berekenen: {error.what('nl')}.",
        error.next_step("nl"),
        subject=error.code,
    )


def with_allocation(rows: Basis, method: str, window: Period) -> MethodSettings:
    """The settings with another way of passing on, uniform pricing, and an order where step-down needs one."""
    settings = with_cost_price(rows.given.settings, allocation=method, day_part_pricing="uniform")
    if method != "step_down" or settings.cost_price.step_order:
        return settings
    return with_cost_price(settings, step_order=step_order(rows, window))


def step_order(rows: Basis, window: Period) -> tuple[str, ...]:
    """The support pools by how much of their driver units goes to other support pools, most first (our reading)."""
    settings = rows.given.settings.cost_price
    support = sorted(name for name, kind in settings.pools.items() if kind == "support")
    units = driver_units(rows.given.norms["drivers"], settings, window)

    def serves(name: str) -> Fraction:
        own = units.get(name, {})
        whole = sum(own.values())
        return (
            Fraction(sum(weight for taker, weight in own.items() if taker in support), whole) if whole else Fraction(0)
        )

    return tuple(sorted(support, key=lambda name: (-serves(name), name)))


def _allocation(rows: Basis, window: Period, notes: list[Finding]) -> pl.DataFrame:
    table = pl.DataFrame(schema={"kind": pl.String, "key": pl.String})
    settings = rows.given.settings.cost_price
    if not settings.step_order and "support" in settings.pools.values():
        notes.append(
            Finding(
                "I22",
                "info",
                "Voor de trapsgewijze verdeling is geen volgorde ingesteld; gekozen is: "
                f"{', '.join(step_order(rows, window))}.",
                "Zet de volgorde in step_order onder [cost_price] in method.toml.",
            )
        )
    for method in METHODS:
        try:
            prices = rows.price(window, with_allocation(rows, method, window)).table
        except CalculationError as error:
            notes.append(_stopped(f"De prijs met verdeling {method}", error))
            prices = pl.DataFrame(schema=ROLLING.schema())
        own = prices.select(
            "kind", "key", pl.col("price_cents").alias(f"{method}_price_cents"),
            pl.col("cost_cents").alias(f"{method}_cost_cents"),
        )  # fmt: skip
        table = table.join(own, on=["kind", "key"], how="full", coalesce=True)
    base = pl.col("reciprocal_price_cents")
    return table.with_columns(
        (pl.col(f"{method}_price_cents") - base).alias(f"{method}_difference_cents") for method in METHODS[1:]
    )


def _day_parts(rows: Basis, window: Period, notes: list[Finding]) -> pl.DataFrame:
    nothing = DAY_PARTS.empty()
    given = rows.given
    if given.norms["ort"].is_empty():
        notes.append(
            Finding(
                "I23",
                "info",
                "Er is geen prijs per dagdeel: norms/ort.csv heeft geen regels.",
                "Vul norms/ort.csv met de toeslagen van de cao en maak dit instrument opnieuw.",
            )
        )
        return nothing
    try:
        uniform = _levels(rows.price(window, with_cost_price(given.settings, day_part_pricing="uniform")))
        spread = rows.price(window, with_cost_price(given.settings, day_part_pricing="irregularity"))
    except CalculationError as error:
        notes.append(_stopped("De prijs per dagdeel", error))
        return nothing
    beside = uniform.select(level="key", uniform_price_cents="price_cents")
    return (
        _levels(spread)
        .filter(pl.col("day_part").is_not_null())
        .select("day_part", "price_cents", "cost_cents", level="key", client_hours="units")
        .join(beside, on="level")
        .with_columns(difference_cents=pl.col("price_cents") - pl.col("uniform_price_cents"))
    )


def _levels(price: CostPrice) -> pl.DataFrame:
    return price.table.filter(pl.col("kind") == "level")


def price_parts(prices: pl.DataFrame, breakdown: pl.DataFrame) -> pl.DataFrame:
    """The parts of each cost, and of one unit of it at the average price, divided by largest remainder.

    A level with a price per day part shows the average over the day parts.
    """
    cost: dict[tuple[str, str], int] = {}
    units: dict[tuple[str, str], Fraction] = {}
    single: dict[tuple[str, str], int | None] = {}
    for kind, key, cents, amount, count in prices.filter(pl.col("kind") != "gink").select(
        "kind", "key", "price_cents", "cost_cents", "units"
    ).iter_rows():  # fmt: skip
        at = (kind, key)
        cost[at] = cost.get(at, 0) + amount
        units[at] = units.get(at, Fraction(0)) + in_six(count)
        single[at] = cents if at not in single else None
    rows = []
    for (kind, key), own in sorted(_grouped(breakdown).items()):
        whole = sum(own.values())
        price = single.get((kind, key))
        if price is None and units.get((kind, key)):
            price = round(Fraction(cost[kind, key]) / units[kind, key])
        shown = (
            whole_parts({part: Fraction(price * cents, whole) for part, cents in own.items()})
            if price and whole
            else {}
        )
        rows += [
            (kind, key, part, cents, shown.get(part), round(cents / whole, 6) if whole else None)
            for part, cents in own.items()
        ]
    return pl.DataFrame(rows, schema=PARTS.schema(), orient="row")


def in_six(value: float | None) -> Fraction:
    """A figure of the tables that was rounded to six decimals, as the exact decimal it shows; nothing is 0."""
    return Fraction(round((value or 0.0) * 10**6), 10**6)


def _grouped(breakdown: pl.DataFrame) -> Mapping[tuple[str, str], dict[str, int]]:
    grouped: dict[tuple[str, str], dict[str, int]] = {}
    for kind, key, part, cents in breakdown.select("kind", "key", "part", "cents").sort("part").iter_rows():
        grouped.setdefault((kind, key), {})[part] = cents
    return grouped


def _without_price(prices: pl.DataFrame) -> list[Finding]:
    rows = prices.filter(pl.col("kind") == "level", pl.col("price_cents").is_null()).sort("key")
    return [
        Finding(
            "I24",
            "warning",
            f"Niveau {level} heeft kosten en geen cliënturen in het kostenvenster, dus geen prijs.",
            "Lever de gewerkte uren van dit niveau aan, of geef de contracten hun juiste niveau in"
            " mappings/functions.csv.",
            subject=level,
            amount_cents=cents,
        )
        for level, cents in rows.select("key", "cost_cents").iter_rows()
    ]


INSTRUMENT = Instrument(
    "kopi",
    "What is the cost price, how does it move, and what if cost were passed on or priced otherwise?",
    (OVER_TIME, ROLLING, ALLOCATION, DAY_PARTS, PARTS),
    make,
)
