"""Why prices and care costs changed between two periods: volume, mix, rate and allocation, adding up to the cent.

The standard analysis of differences: volume first, then mix, then price, each effect at the figures of the earlier
period for what was not yet changed. Which cost counts as which cause is **our reading**, for no source says it.

*Care cost.* With hours h and price p of a cell (level and day part), H the hours of all cells together, and p split
into its own part r and the part a that support pools passed on (in proportion to the parts of the level's cost):
``volume = h0 (H1/H0 - 1) p0``, ``mix = (h1 - h0 H1/H0) p0``, ``rate = h1 (r1 - r0)``, ``allocation = h1 (a1 - a0)``.
p is the cost of the cell's lines by their hours, so that rounding of lines has its place in the rate; a cell without
hours has the price of the price list, and one that had no price at all that of the other period. Where nothing was
agreed in one of the periods all of the change is volume. The mix of a department is against its own whole.

*A price*, cost by units u (client hours, days): with s the staffing cost of a worked hour, d = u / worked hours,
x the hired part of the worked hours, w and k the cost of an own and of a hired worked hour, M the other own cost and S
the cost passed on: ``volume = s0 (1/d1 - 1/d0) + (M0 + S0) (1/u1 - 1/u0)``, ``mix = (x1 - x0) (k0 - w0) / d1``,
``rate = ((1 - x1) (w1 - w0) + x1 (k1 - k0)) / d1 + (M1 - M0) / u1``, ``allocation = (S1 - S0) / u1``; the rounding of
the two prices counts with the greatest cause. Where own and hired staff cannot be told apart that part of the change
is rate; a component has no staffing. The price of an agreed hour of care in the organisation takes mix, rate and
allocation of the care cost by the hours of this period. Causes are whole cents, divided by largest remainder.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import findings as found
from ipvb_bridge.core import hours
from ipvb_bridge.core.cost_price import MILLIMINUTES_PER_HOUR, cost_window
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments import price_change_messages as messages
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.price_change_causes import (
    CAUSES,
    Causes,
    Cell,
    Cells,
    Price,
    added,
    cells_of,
    cost_causes,
    price_causes,
    price_facts,
    rounded,
)
from ipvb_bridge.core.instruments.price_windows import around, condensed_hours
from ipvb_bridge.core.periods import Period

_PERIODS = {"earlier": (pl.String(), "the earlier period"), "later": (pl.String(), "this period")}
_CAUSES = {
    "earlier_cents": (pl.Int64(), "in the earlier period"),
    "later_cents": (pl.Int64(), "in this period"),
    "change_cents": (pl.Int64(), "this less earlier; the four causes add up to it"),
    **{f"{cause}_cents": (pl.Int64(), f"because of {cause}") for cause in CAUSES},
}
_TIME = {
    "earlier_milliminutes": (pl.Int64(), "agreed time in the earlier period"),
    "later_milliminutes": (pl.Int64(), "agreed time in this period"),
}
_LEVEL = {"level": (pl.String(), "level"), "day_part": (pl.String(), "day part")}

CELLS = Result(
    "care_cost_changes",
    "The cost of agreed care of staff by level and day part in both periods, and why it changed",
    ("level", "day_part"),
    {**_PERIODS, **_LEVEL, **_TIME, **_CAUSES},
)
UNITS = Result(
    "unit_cost_changes",
    "The cost of agreed care by unit and why it changed, by its own mix; the changes add up to the organisation's",
    ("unit_id",),
    {**_PERIODS, "unit_id": (pl.String(), "where the care is given"), **_TIME, **_CAUSES},
)
PRICES = Result(
    "price_changes",
    "Why each price changed: of levels (average over the day parts), components, and an agreed hour of care",
    ("kind", "key"),
    {
        **_PERIODS,
        "kind": (pl.String(), "level, component, or care (an agreed hour in the organisation)"),
        "key": (pl.String(), "the level or the component; care"),
        **_CAUSES,
    },
)
RESULTS = (PRICES, CELLS, UNITS)


def make(given: Given) -> Made:
    """See the module. Raises :class:`CalculationError` (M120) for a chosen period that was not calculated."""
    name = _earlier(given)
    if name is None:
        nothing = Finding(
            "I35",
            "info",
            "Er is geen eerdere berekende periode om mee te vergelijken.",
            "Bereken eerst de maand ervoor met `ipvb-bridge calculate`.",
        )
        return Made({result.name: result.empty() for result in RESULTS}, found.frame([nothing]))
    before, after = given.history[name], given.tables
    whole = cells_of(before, by_unit=False), cells_of(after, by_unit=False)
    parts = cells_of(before, by_unit=True), cells_of(after, by_unit=True)
    causes = list(cost_causes(*whole))
    time = _time(given, name)
    facts = price_facts(before, time[0]), price_facts(after, time[1])
    both = {"earlier": pl.lit(name), "later": pl.lit(str(given.period))}
    prices = [*_price_rows(*facts), _care_row(*whole, [each for _, each in causes])]
    cells: list[Row] = [(cell[1:], *_sides(*whole, [cell]), each) for cell, each in causes]
    rows = ((PRICES, prices), (CELLS, cells), (UNITS, _unit_rows(*parts)))
    notes = [*_one_sided(prices, name), *_no_care(*whole, name), *_not_told_apart(*facts)]
    return Made(
        {result.name: result.of(_frame(result, each).with_columns(**both)) for result, each in rows}, found.frame(notes)
    )


def _earlier(given: Given) -> str | None:
    chosen = given.settings.instruments.price_change.earlier
    if chosen is None:
        return next(reversed(list(given.history)), None)
    if str(chosen) not in given.history:
        raise CalculationError(
            messages.NOT_CALCULATED, where="method.toml", seen=str(chosen), earlier=chosen, period=given.period
        )
    return str(chosen)


def _time(given: Given, earlier: str) -> list[dict[str, tuple[int, int]]]:
    """Worked milliminutes by level, own and hired, in the cost window of both periods."""
    windows = [cost_window(given.settings, period) for period in (Period.parse(earlier), given.period)]
    summed = condensed_hours(given.streams["hours"], around(windows))
    made = []
    for window in windows:
        worked = hours.worked(summed, given.streams["contracts"], window).filter(pl.col("level").is_not_null())
        hired = pl.col("paid_minutes").filter(pl.col("employment") == "hired").sum()
        sums = worked.group_by("level").agg(hired=hired, whole=pl.col("paid_minutes").sum())
        made.append({level: (total - bought, bought) for level, bought, total in sums.iter_rows()})
    return made


Row = tuple[tuple[str, ...], tuple[int, ...], int | None, int | None, Causes | None]
"""Key, milliminutes of both periods (or none), cents of both, and the causes where they can be told."""


def _sides(before: Cells, after: Cells, cells: list[Cell]) -> tuple[tuple[int, int], int, int]:
    """Milliminutes and cents of some cells in both periods."""

    def total(side: Mapping[Cell, int]) -> int:
        return sum(side.get(cell, 0) for cell in cells)

    return (total(before.time), total(after.time)), total(before.cost), total(after.cost)


def _unit_rows(before: Cells, after: Cells) -> list[Row]:
    units: dict[str, list[tuple[Cell, Causes]]] = {}
    for cell, causes in cost_causes(before, after):
        units.setdefault(cell[0], []).append((cell, causes))
    return [
        ((unit,), *_sides(before, after, [cell for cell, _ in own]), added([causes for _, causes in own]))
        for unit, own in sorted(units.items())
    ]


def _price_rows(before: Mapping[tuple[str, str], Price], after: Mapping[tuple[str, str], Price]) -> list[Row]:
    rows: list[Row] = []
    for at in sorted({*before, *after}):
        first, last = before.get(at), after.get(at)
        causes = price_causes(first, last) if first and last else None
        rows.append((at, (), first.cents if first else None, last.cents if last else None, causes))
    return rows


def _care_row(before: Cells, after: Cells, causes: list[Causes]) -> Row:
    """The price of an agreed hour of care in the organisation, from the causes of its cost."""
    cells = sorted({*before.time, *after.time})
    (old, new), cost_before, cost_after = _sides(before, after, cells)
    first = round(Fraction(cost_before * MILLIMINUTES_PER_HOUR, old)) if old > 0 else None
    last = round(Fraction(cost_after * MILLIMINUTES_PER_HOUR, new)) if new > 0 else None
    made = None
    if first is not None and last is not None:
        sums = added(causes)
        exact = {
            cause: Fraction(sums[cause] * MILLIMINUTES_PER_HOUR, new) if cause != "volume" else Fraction(0)
            for cause in CAUSES
        }
        made = rounded(exact, last - first)
    return ("care", "care"), (), first, last, made


def _frame(result: Result, rows: list[Row]) -> pl.DataFrame:
    names = [name for name in result.columns if name not in _PERIODS]
    made = [
        (
            *key, *time, first, last, last - first if first is not None and last is not None else None,
            *(causes[cause] if causes else None for cause in CAUSES),
        )
        for key, time, first, last, causes in rows
    ]  # fmt: skip
    schema = result.schema()
    return pl.DataFrame(made, schema={name: schema[name] for name in names}, orient="row")


def _one_sided(rows: list[Row], earlier: str) -> list[Finding]:
    names = [
        f"niveau {key[1]}" if key[0] == "level" else key[1]
        for key, _, first, last, causes in rows
        if causes is None and (first is not None or last is not None)
    ]
    if not names:
        return []
    return [
        Finding(
            "I36",
            "info",
            f"Zonder prijs in {earlier} of in deze periode is er niets te vergelijken: {', '.join(names)}.",
            "Controleer of de uren of de verblijfsdagen van beide kostenvensters zijn opgehaald.",
        )
    ]


def _no_care(before: Cells, after: Cells, earlier: str) -> list[Finding]:
    if bool(sum(before.time.values())) == bool(sum(after.time.values())):
        return []
    return [
        Finding(
            "I37",
            "warning",
            f"In {earlier} of in deze periode is geen zorg van medewerkers afgesproken; het hele verschil in zorgkosten"
            " staat bij volume.",
            "Controleer of de zorgafspraken van beide perioden zijn opgehaald.",
        )
    ]


def _not_told_apart(before: Mapping[tuple[str, str], Price], after: Mapping[tuple[str, str], Price]) -> list[Finding]:
    levels = [
        at[1]
        for at in sorted({*before} & {*after})
        if at[0] == "level"
        and (before[at].hired or after[at].hired)
        and not (before[at].told_apart and after[at].told_apart)
    ]
    if not levels:
        return []
    return [
        Finding(
            "I38",
            "info",
            "De kosten van eigen en ingehuurd personeel zijn niet naar uren uit elkaar te houden op niveau"
            f" {', '.join(levels)}; dat deel van het verschil staat bij tarief.",
            "Lever de uren van eigen en ingehuurd personeel aan over beide kostenvensters.",
        )
    ]


INSTRUMENT = Instrument(
    "price_change",
    "Why did prices and the cost of care change since an earlier month?",
    RESULTS,
    make,
)
