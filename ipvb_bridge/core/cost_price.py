"""P: the integral cost price: an hour of each level, a day of each component, the GINK (method section 4).

The ledger says how much, the payroll says who, the drivers say where; the result ties to the ledger to the cent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import findings as found
from ipvb_bridge.core import hours, messages
from ipvb_bridge.core.allocation import allocate, driver_units
from ipvb_bridge.core.care_cost import LevelCost, bases, split, without_level
from ipvb_bridge.core.collect import LEDGER_TOTALS, collect
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.irregularity import DayPartHours, day_part_hours
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import NORMS
from ipvb_bridge.core.rounding import fitted, plain_euros, whole_parts
from ipvb_bridge.core.settings import MethodSettings

CARE = "care"
MILLIMINUTES_PER_HOUR = 60_000

COST_PRICES = pl.Schema(
    {
        "kind": pl.String(),
        "key": pl.String(),
        "day_part": pl.String(),
        "price_cents": pl.Int64(),
        "cost_cents": pl.Int64(),
        "units": pl.Float64(),
    }
)
"""Result table: kind level (units: client hours), component (units: days charged) or gink (key ``gink``, no cost).

``price_cents`` is empty for a level with cost and no client hours. ``units`` are rounded to six decimals for the
reader; prices are made from the exact figures. The costs add up to the cost collected from the ledger.
"""

COST_BREAKDOWN = pl.Schema({"kind": pl.String(), "key": pl.String(), "part": pl.String(), "cents": pl.Int64()})
"""Result table: what the cost of each price is made of; adds up to the price's cost.

``part``: gross, irregularity, employer_charges (own wages of a level), hired, ``cost:CATEGORY`` (straight from the
ledger) or ``support:POOL`` (passed on, by the pool where the money was spent).
"""


@dataclass(frozen=True, slots=True)
class CostPrice:
    """The prices of one cost window.

    ``levels``: level, day_part (null: every day part), hourly_price_cents; levels with client hours only.
    ``components``: component, day_price_cents, cost_cents, days; with days only. ``gink_cents``: null without a
    mix. ``table`` of :data:`COST_PRICES`, ``breakdown`` of :data:`COST_BREAKDOWN`, ``ledger`` of
    core.collect.LEDGER_TOTALS, ``findings`` of core.findings.schema().
    """

    window: Period
    levels: pl.DataFrame
    components: pl.DataFrame
    gink_cents: int | None
    table: pl.DataFrame
    breakdown: pl.DataFrame
    ledger: pl.DataFrame
    findings: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Price:
    """A row of :data:`COST_PRICES`, exact; ``cents`` is null when there are no units."""

    kind: str
    key: str
    day_part: str | None
    cents: int | None
    cost: int
    units: Fraction


def cost_window(settings: MethodSettings, period: Period) -> Period:
    """The cost window of a period: the setting, else the 12 calendar months that end with the period's last month."""
    return settings.cost_price.window or period.window()


def cost_price(
    streams: Mapping[str, pl.DataFrame],
    norms: Mapping[str, pl.DataFrame],
    component_days: pl.DataFrame,
    settings: MethodSettings,
    period: Period,
    holidays: Collection[dt.date] = frozenset(),
) -> CostPrice:
    """Compute the prices for ``period`` from the ledger, payroll and hours of its cost window.

    ``streams`` after core.mapping; ``norms``: drivers, ort; ``component_days`` of core.days over the cost window;
    ``holidays``: days that count as a Sunday for the irregularity allowance.

    Raises :class:`CalculationError`: M20-M28 (see collect, allocation, care_cost), M29 for a level with worked hours
    and no direct share, M30 for a level of the GINK mix without client hours, M31 for a component with cost and no
    days, M32 for irregularity pricing without percentages.
    """
    window = cost_window(settings, period)
    collected = collect(streams["ledger_lines"], settings.cost_price, window)
    drivers = norms.get("drivers", pl.DataFrame(schema=NORMS["drivers"].schema()))
    pools = allocate(collected.pools(), driver_units(drivers, settings.cost_price, window), settings.cost_price, window)
    final = whole_parts(pools.final)
    parts = {name: _pool_parts(name, final[name], collected.cost.get(name, {}), pools.origin) for name in final}

    worked = hours.worked(streams["hours"], streams["contracts"], window)
    people = (streams["contracts"], streams["wages"], worked, window)
    notes = without_level(*people)
    direct = collected.cost.get(CARE, {})
    support = {name: cents for name, cents in parts[CARE].items() if name.startswith("support:")}
    levels, hired_notes = split(
        direct, {name.removeprefix("support:"): cents for name, cents in support.items()}, bases(*people), window
    )
    notes += hired_notes
    client = _client_hours(worked, settings)
    averages = [_Price("level", level, None, *_priced(levels, level, client)) for level in sorted({*levels, *client})]
    rows = averages
    if settings.cost_price.day_part_pricing == "irregularity":
        ort = norms.get("ort", pl.DataFrame(schema=NORMS["ort"].schema()))
        spread = day_part_hours(worked.filter(pl.col("level").is_not_null()), ort, settings, holidays)
        irregular = {level: cost.irregular for level, cost in levels.items()}
        if any(irregular.values()) and not any(spread.weight.values()):
            raise CalculationError(messages.NO_ORT_ROWS, where="norms/ort.csv", window=window)
        rows = [
            row
            for average in averages
            for row in _by_day_part(average, irregular.get(average.key, Fraction(0)), spread, settings, notes)
        ]
        notes += _uncovered(spread, window)
    days = dict(component_days.select("component", "days").iter_rows())
    components = [_component(name, final[name], days.get(name, 0), window) for name in sorted(final) if name != CARE]
    gink = _gink({row.key: row.cents for row in averages if row.cents is not None}, settings, window)
    return CostPrice(
        window,
        levels=pl.DataFrame(
            [(row.key, row.day_part, row.cents) for row in rows if row.cents is not None],
            schema={"level": pl.String(), "day_part": pl.String(), "hourly_price_cents": pl.Int64()},
            orient="row",
        ),
        components=pl.DataFrame(
            [(row.key, row.cents, row.cost, row.units.numerator) for row in components if row.cents is not None],
            schema={
                "component": pl.String(),
                "day_price_cents": pl.Int64(),
                "cost_cents": pl.Int64(),
                "days": pl.Int64(),
            },
            orient="row",
        ),
        gink_cents=gink,
        table=_table([*rows, *components], gink),
        breakdown=_breakdown(levels, parts),
        ledger=collected.totals.match_to_schema(LEDGER_TOTALS),
        findings=found.frame(notes),
    )


def _pool_parts(
    name: str, cents: int, direct: Mapping[str, int], origin: Mapping[tuple[str, str], Fraction]
) -> dict[str, int]:
    """The cents of a final pool by ledger category and support pool; categories stay what the ledger says."""
    exact = {f"cost:{category}": Fraction(amount) for category, amount in direct.items()}
    exact |= {f"support:{source}": amount for (source, target), amount in origin.items() if target == name}
    return {part: amount for part, amount in fitted(cents, exact).items() if amount}


def _client_hours(worked: pl.DataFrame, settings: MethodSettings) -> dict[str, Fraction]:
    """Client hours by level: worked hours of client-facing contracts x direct share."""
    time = worked.filter(pl.col("level").is_not_null()).group_by("level").agg(pl.col("paid_minutes").sum())
    minutes = dict(time.sort("level").iter_rows())
    shares = {str(level): share for level, share in settings.direct_share.items()}
    if absent := [level for level, paid in minutes.items() if paid and level not in shares]:
        raise CalculationError(messages.NO_DIRECT_SHARE, where="method.toml", listed=", ".join(absent), lines=absent)
    return {
        level: Fraction(paid, MILLIMINUTES_PER_HOUR) * Fraction(shares[level])
        for level, paid in minutes.items()
        if paid
    }


def _priced(
    levels: Mapping[str, LevelCost], level: str, client: Mapping[str, Fraction]
) -> tuple[int | None, int, Fraction]:
    """Price, cost and client hours of a level; no price without client hours, or with negative ones."""
    cost = levels[level].cents if level in levels else 0
    units = client.get(level, Fraction(0))
    return (round(cost / units) if units > 0 else None), cost, units


def _by_day_part(
    average: _Price, irregular: Fraction, spread: DayPartHours, settings: MethodSettings, notes: list[Finding]
) -> list[_Price]:
    """A level's price in each day part: its ``irregular`` cost by hours x percentage, the rest of its cost by hours.

    The exact cost of a day part makes its price, rounded once; the whole cents beside it, divided by largest remainder,
    add up to the level's cost. A day part without hours of the level has the price of the rest (our reading: the level
    has client hours, so it has a price). Irregularity paid to a level whose hours all fall at 0 per cent is divided by
    hours, with a finding (our reading).
    """
    level = average.key
    if average.cents is None:
        return [average]
    names = sorted(str(name) for name in settings.day_parts)
    share = Fraction(settings.direct_share[level])  # type: ignore[index]  # the keys are the literals of Level
    time = {name: spread.milliminutes.get((level, name), Fraction(0)) / MILLIMINUTES_PER_HOUR * share for name in names}
    weights = {name: spread.weight.get((level, name), Fraction(0)) for name in names}
    if irregular and not sum(weights.values()):
        notes.append(_only_regular_hours(level, irregular))
        weights = time
    even = (average.cost - irregular) / average.units
    extra = {name: irregular * weights[name] / sum(weights.values()) if irregular else Fraction(0) for name in names}
    cents = whole_parts({name: even * time[name] + extra[name] for name in names})
    return [
        _Price(
            "level", level, name, round(even + (extra[name] / time[name] if time[name] else 0)), cents[name], time[name]
        )
        for name in names
    ]


def _only_regular_hours(level: str, cents: Fraction) -> Finding:
    return Finding(
        "R09",
        "warning",
        f"Niveau {level} kreeg onregelmatigheidstoeslag, maar heeft geen gewerkte uren op tijden met toeslag; de"
        " toeslag is gelijk over de uren verdeeld.",
        "Controleer de uren van dit niveau en de toeslagtabel norms/ort.csv.",
        subject=level,
        amount_cents=round(cents),
    )


def _uncovered(spread: DayPartHours, window: Period) -> list[Finding]:
    if not spread.without_row:
        return []
    return [
        Finding(
            "R09",
            "warning",
            f"Voor een deel van de gewerkte tijd in {window} heeft norms/ort.csv geen regel; die tijd telt als"
            " 0 procent.",
            "Vul norms/ort.csv aan, ook met regels van 0 procent, zodat elk moment van de week gedekt is.",
            milliminutes=round(spread.without_row),
        )
    ]


def _component(name: str, cost: int, days: int, window: Period) -> _Price:
    """A component's price a day. Cost without days stops; without cost and days there is no price."""
    if cost and not days:
        raise CalculationError(
            messages.COMPONENT_WITHOUT_DAYS,
            where="method.toml",
            component=name,
            amount=plain_euros(cost),
            window=window,
        )
    return _Price("component", name, None, round(Fraction(cost, days)) if days else None, cost, Fraction(days))


def _gink(prices: Mapping[str, int], settings: MethodSettings, window: Period) -> int | None:
    """The GINK: hourly prices (a level's average over the day parts) weighted with the normative mix. Our reading."""
    mix: dict[str, Decimal] = {str(level): share for level, share in settings.gink_mix.items()}
    if not mix:
        return None
    if absent := sorted(set(mix) - set(prices)):
        raise CalculationError(
            messages.GINK_WITHOUT_PRICE, where="method.toml", listed=", ".join(absent), lines=absent, window=window
        )
    return round(sum((Fraction(share) * prices[level] for level, share in mix.items()), Fraction(0)))


def _table(rows: list[_Price], gink: int | None) -> pl.DataFrame:
    """Rows of :data:`COST_PRICES`. Units may be floats: they are shown, prices were made from the exact figures."""
    shown = [
        (row.kind, row.key, row.day_part, row.cents, row.cost, float(round(row.units, 6)))
        for row in rows
        if row.cents is not None or row.cost
    ]
    total = [("gink", "gink", None, gink, None, None)] if gink is not None else []
    return pl.DataFrame([*shown, *total], schema=COST_PRICES, orient="row").sort(
        pl.col("kind").replace_strict({"level": 0, "component": 1, "gink": 2}, return_dtype=pl.Int8), "key", "day_part"
    )


def _breakdown(levels: Mapping[str, LevelCost], pools: Mapping[str, Mapping[str, int]]) -> pl.DataFrame:
    rows = [("level", level, part, cents) for level, cost in levels.items() for part, cents in cost.parts.items()]
    rows += [
        ("component", pool, part, cents)
        for pool, parts in pools.items()
        if pool != CARE
        for part, cents in parts.items()
    ]
    return pl.DataFrame(rows, schema=COST_BREAKDOWN, orient="row").sort("kind", "key", "part")
