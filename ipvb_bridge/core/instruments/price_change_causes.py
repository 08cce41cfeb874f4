"""The causes of a change, exact: of care cost by cells of hours and price, of a price by its cost and units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from ipvb_bridge.core.care_cost import HIRED, PAYROLL_PARTS
from ipvb_bridge.core.cost_price import MILLIMINUTES_PER_HOUR
from ipvb_bridge.core.instruments.kopi import in_six
from ipvb_bridge.core.rounding import whole_parts

CAUSES = ("volume", "mix", "rate", "allocation")
"""In the order in which they are taken out of the change."""

Cell = tuple[str, str, str]
"""(unit or "", level, day part)."""
Causes = dict[str, int]


@dataclass(frozen=True, slots=True)
class Cells:
    """Agreed care of a period: milliminutes and cents by cell, the price list, and the part that is passed on.

    ``listed``: (level, day part) -> cents an hour; ``passed``: level -> support cost as a part of its cost.
    """

    time: Mapping[Cell, int]
    cost: Mapping[Cell, int]
    listed: Mapping[tuple[str, str], int]
    passed: Mapping[str, Fraction]

    def price(self, cell: Cell) -> Fraction | None:
        """Cents a milliminute: the lines' own, else the price list's; None when the level has none."""
        time = self.time.get(cell, 0)
        if time > 0:
            return Fraction(self.cost.get(cell, 0), time)
        _, level, day_part = cell
        cents = self.listed.get((level, day_part), self.listed.get((level, "")))
        return None if cents is None else Fraction(cents, MILLIMINUTES_PER_HOUR)


def cells_of(tables: Mapping[str, pl.DataFrame], *, by_unit: bool) -> Cells:
    """The cells of a calculation's result tables, of the organisation or of each unit."""
    unit = pl.col("unit_id") if by_unit else pl.lit("")
    sums = (
        tables["lines"]
        .lazy()
        .filter(pl.col("performer") == "staff")
        .group_by(unit.alias("unit"), "level", "day_part")
        .agg(pl.col("milliminutes", "cost_cents").sum())
        .collect()
        .sort("unit", "level", "day_part")
    )
    time: dict[Cell, int] = {}
    cost: dict[Cell, int] = {}
    for unit_id, level, day_part, milliminutes, cents in sums.iter_rows():
        time[unit_id, level, day_part], cost[unit_id, level, day_part] = milliminutes, cents
    prices = tables["cost_prices"].filter(pl.col("kind") == "level", pl.col("price_cents").is_not_null())
    listed = {
        (level, day_part or ""): cents
        for level, day_part, cents in prices.select("key", "day_part", "price_cents").iter_rows()
    }
    passed = {
        level: Fraction(facts.passed, facts.cost)
        for (kind, level), facts in price_facts(tables, {}).items()
        if kind == "level" and facts.cost
    }
    return Cells(time, cost, listed, passed)


def cost_causes(before: Cells, after: Cells) -> Iterator[tuple[Cell, Causes]]:
    """The causes of each cell's change of cost, whole cents that add up to it, in order of the cell.

    The mix of a cell is against the whole of its unit. Where nothing was agreed before, or nothing is now, all of the
    change is volume.
    """
    whole_before, whole_after = _whole(before.time), _whole(after.time)
    for cell in sorted({*before.time, *after.time}):
        unit, level, _ = cell
        old, new = before.time.get(cell, 0), after.time.get(cell, 0)
        change = after.cost.get(cell, 0) - before.cost.get(cell, 0)
        all_old, all_new = whole_before.get(unit, 0), whole_after.get(unit, 0)
        first, last = before.price(cell), after.price(cell)
        if not all_old or not all_new or (first is None and last is None):
            yield cell, {"volume": change, "mix": 0, "rate": 0, "allocation": 0}
            continue
        first = last if first is None else first
        last = first if last is None else last
        assert first is not None  # else the change is volume
        assert last is not None
        passed_before = before.passed.get(level, after.passed.get(level, Fraction(0)))
        passed_after = after.passed.get(level, passed_before)
        # Whole numbers over one denominator: a national comparison has tens of thousands of cells.
        p, q = passed_before * first, passed_after * last
        bottom = all_old * first.denominator * last.denominator * p.denominator * q.denominator
        hour, later = _over(first, bottom // all_old), _over(last, bottom // all_old)
        passed = new * all_old * (_over(q, bottom // all_old) - _over(p, bottom // all_old))
        exact = {
            "volume": (old * all_new - old * all_old) * hour,
            "mix": (new * all_old - old * all_new) * hour,
            "rate": new * all_old * (later - hour) - passed,
            "allocation": passed,
        }
        yield cell, _fitted(exact, bottom, change)


def _over(value: Fraction, bottom: int) -> int:
    """The numerator of a fraction over a multiple of its denominator."""
    return value.numerator * (bottom // value.denominator)


def _fitted(numerators: Mapping[str, int], bottom: int, change: int) -> Causes:
    """Numerators over one denominator as whole cents with the sum ``change``, as core.rounding.whole_parts does."""
    parts = {cause: divmod(numerators[cause], bottom) for cause in sorted(numerators)}
    left = change - sum(floor for floor, _ in parts.values())
    larger = sorted(parts, key=lambda cause: -parts[cause][1])[:left]
    return {cause: floor + (cause in larger) for cause, (floor, _) in parts.items()}


def _whole(time: Mapping[Cell, int]) -> dict[str, int]:
    whole: dict[str, int] = {}
    for (unit, _, _), milliminutes in time.items():
        whole[unit] = whole.get(unit, 0) + milliminutes
    return whole


def rounded(exact: Mapping[str, Fraction], change: int) -> Causes:
    """Whole cents that add up to the change; what the rounding of prices left counts with the greatest cause."""
    greatest = max(CAUSES, key=lambda cause: abs(exact[cause]))
    return whole_parts({**exact, greatest: exact[greatest] + change - sum(exact.values())})


@dataclass(frozen=True, slots=True)
class Price:
    """A price and what is behind it: ``cents`` (None without units), cost and units, and its cost by kind.

    ``own`` and ``hired`` wages, ``passed`` on by support pools, the rest of ``cost`` is other own cost. ``own_time``
    and ``hired_time`` are worked milliminutes, 0 where they are not known.
    """

    cents: int | None
    cost: int
    units: Fraction
    own: int
    hired: int
    passed: int
    own_time: int = 0
    hired_time: int = 0

    @property
    def other(self) -> int:
        """Own cost that is no staffing."""
        return self.cost - self.own - self.hired - self.passed

    @property
    def told_apart(self) -> bool:
        """Whether the cost of an own and of a hired hour can be told."""
        return not (self.own and self.own_time <= 0) and not (self.hired and self.hired_time <= 0)


def price_facts(
    tables: Mapping[str, pl.DataFrame], time: Mapping[str, tuple[int, int]]
) -> dict[tuple[str, str], Price]:
    """The prices of a calculation by (kind, key); of a level with prices by day part the average.

    ``time``: worked milliminutes by level, own and hired.
    """
    parts: dict[tuple[str, str], dict[str, int]] = {}
    for kind, key, part, cents in tables["cost_breakdown"].select("kind", "key", "part", "cents").iter_rows():
        group = (
            "own" if part in PAYROLL_PARTS and kind == "level"
            else "hired" if part == HIRED and kind == "level"
            else "passed" if part.startswith("support:")
            else "other"
        )  # fmt: skip
        own = parts.setdefault((kind, key), {})
        own[group] = own.get(group, 0) + cents
    rows: dict[tuple[str, str], list[tuple[int | None, int, Fraction]]] = {}
    for kind, key, cents, cost, units in (
        tables["cost_prices"]
        .filter(pl.col("kind") != "gink")
        .select("kind", "key", "price_cents", "cost_cents", "units")
        .iter_rows()
    ):
        rows.setdefault((kind, key), []).append((cents, cost, in_six(units)))
    made = {}
    for at, lines in sorted(rows.items()):
        cost = sum(amount for _, amount, _ in lines)
        units = sum((count for _, _, count in lines), Fraction(0))
        single = lines[0][0] if len(lines) == 1 else round(cost / units) if units > 0 else None
        known = parts.get(at, {})
        made[at] = Price(
            single, cost, units, known.get("own", 0), known.get("hired", 0), known.get("passed", 0),
            *(time.get(at[1], (0, 0)) if at[0] == "level" else (0, 0)),
        )  # fmt: skip
    return made


def price_causes(before: Price, after: Price) -> Causes | None:
    """The causes of a price's change in whole cents; None where either period has no price."""
    if before.cents is None or after.cents is None or before.units <= 0 or after.units <= 0:
        return None
    change = after.cents - before.cents
    fewer = 1 / after.units - 1 / before.units
    volume = (before.other + before.passed) * fewer
    rate = (after.other - before.other) / after.units
    allocation = (after.passed - before.passed) / after.units
    staffing_volume, mix, staffing_rate = _staffing(before, after)
    return rounded(
        {"volume": volume + staffing_volume, "mix": mix, "rate": rate + staffing_rate, "allocation": allocation}, change
    )


def _staffing(before: Price, after: Price) -> tuple[Fraction, Fraction, Fraction]:
    """Volume, mix and rate of the staffing cost in a price."""
    old, new = before.own + before.hired, after.own + after.hired
    times = before.own_time + before.hired_time, after.own_time + after.hired_time
    if min(times) <= 0:
        # Worked hours are not known: staffing cost can only be seen by client hours.
        return Fraction(0), Fraction(0), new / after.units - old / before.units
    per_unit_before, per_unit_after = times[0] / before.units, times[1] / after.units
    volume = Fraction(old, times[0]) * (per_unit_after - per_unit_before)
    whole = (Fraction(new, times[1]) - Fraction(old, times[0])) * per_unit_after
    if not (before.told_apart and after.told_apart):
        return volume, Fraction(0), whole
    share_before, share_after = Fraction(before.hired_time, times[0]), Fraction(after.hired_time, times[1])
    own_before = _hourly(before.own, before.own_time, after.own, after.own_time)
    hired_before = _hourly(before.hired, before.hired_time, after.hired, after.hired_time)
    mix = (share_after - share_before) * (hired_before - own_before) * per_unit_after
    return volume, mix, whole - mix


def _hourly(cost: int, time: int, later_cost: int, later_time: int) -> Fraction:
    """The cost of a milliminute before; without hours then that of the other period, which leaves no rate."""
    if time > 0:
        return Fraction(cost, time)
    return Fraction(later_cost, later_time) if later_time > 0 else Fraction(0)


def added(rows: Sequence[Causes]) -> Causes:
    """Causes summed."""
    return {cause: sum(row[cause] for row in rows) for cause in CAUSES}
