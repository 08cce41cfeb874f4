"""Passing on the cost of support pools, exactly: reciprocal, step-down or direct (method section 4, 3).

All three are one system of equations; a method only decides which driver units take part. Fractions are affordable
here and only here: the matrix has as many rows as there are pools.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import messages
from ipvb_bridge.core.dated import complete, contradictions, days_in, refuse
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import NORMS
from ipvb_bridge.core.settings import CostPrice

Units = Mapping[str, Mapping[str, Fraction | int]]
"""Driver units: from support pool, to pool."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """The outcome, in exact cents.

    ``final``: cost of each final pool; they add up to everything collected. ``passed``: what each support pool passed
    on, its own cost and what it received. ``origin``: the part of each support pool's own cost that ends in each final
    pool, by (support pool, final pool).
    """

    final: dict[str, Fraction]
    passed: dict[str, Fraction]
    origin: dict[tuple[str, str], Fraction]


def driver_units(drivers: pl.DataFrame, settings: CostPrice, window: Period) -> dict[str, dict[str, int]]:
    """Driver units from each support pool to each other pool within the cost window, self-service left out.

    ``drivers`` is the norm table. A row that holds for a part of the window counts its units times the days it holds
    there (our reading of "dated"). Raises :class:`CalculationError` when a row that counts names a pool that the
    settings do not have (M23) or passes on a final pool (M24), or when two rows for the same two pools hold on
    one day (M20).
    """
    counting = (
        complete(NORMS["drivers"], drivers)
        .with_columns((pl.col("units") * days_in(window)).alias("weight"))
        .filter(pl.col("weight") > 0)
    )
    refuse(
        contradictions(counting, ["from_pool", "to_pool"], same_is_fine=False), "norms/drivers.csv", NORMS["drivers"]
    )
    rows = (
        counting.group_by("from_pool", "to_pool")
        .agg(pl.col("weight").cast(pl.Int128).sum())
        .sort("from_pool", "to_pool")
    )
    kinds = settings.pools
    named = {*rows["from_pool"], *rows["to_pool"]}
    if unknown := sorted(named - set(kinds)):
        raise CalculationError(
            messages.UNKNOWN_DRIVER_POOL, where="norms/drivers.csv", listed=", ".join(unknown), lines=unknown
        )
    if final := sorted(name for name in set(rows["from_pool"]) if kinds[name] == "final"):
        raise CalculationError(
            messages.DRIVER_FROM_FINAL, where="norms/drivers.csv", listed=", ".join(final), lines=final
        )
    units: dict[str, dict[str, int]] = {}
    for source, target, weight in rows.iter_rows():
        if source != target:
            units.setdefault(source, {})[target] = weight
    return units


def allocate(collected: Mapping[str, int], units: Units, settings: CostPrice, window: Period) -> Allocation:
    """Pass the cost of the support pools on to the final pools.

    ``collected``: cents of each pool, negative ones too; a pool that is absent has none. ``window`` only names the
    place in an error. Raises :class:`CalculationError` when a support pool with cost, its own or received, has no
    units to pass it on by (M25), or support pools pass cost to each other only (M26).
    """
    support = sorted(name for name, kind in settings.pools.items() if kind == "support")
    final = sorted(name for name, kind in settings.pools.items() if kind == "final")
    shares = _shares(_taking_part(units, support, final, settings), support)
    _refuse_dead_ends(collected, shares, support, final, settings, window)
    solved = _solve(shares, support, final)
    own = {name: Fraction(collected.get(name, 0)) for name in support}
    origin = {(source, target): own[source] * solved[source][target] for source in support for target in final}
    return Allocation(
        final={
            target: sum((origin[source, target] for source in support), Fraction(collected.get(target, 0)))
            for target in final
        },
        passed={name: sum((own[source] * solved[source][name] for source in support), Fraction(0)) for name in support},
        origin=origin,
    )


def _taking_part(units: Units, support: Sequence[str], final: Sequence[str], settings: CostPrice) -> Units:
    """The units that the method looks at: all, those further down the steps, or those to final pools."""
    receivers = {name: set(final) for name in support}
    if settings.allocation == "reciprocal":
        receivers = {name: {*final, *support} - {name} for name in support}
    elif settings.allocation == "step_down":
        order = settings.step_order
        receivers = {name: {*final, *order[order.index(name) + 1 :]} for name in support}
    return {
        name: {target: weight for target, weight in units.get(name, {}).items() if target in receivers[name]}
        for name in support
    }


def _shares(units: Units, support: Sequence[str]) -> dict[str, dict[str, Fraction]]:
    shares: dict[str, dict[str, Fraction]] = {}
    for name in support:
        whole = sum(units[name].values(), Fraction(0))
        shares[name] = {target: Fraction(weight) / whole for target, weight in units[name].items() if weight}
    return shares


def _reach(start: str, shares: Mapping[str, Mapping[str, Fraction]]) -> set[str]:
    """The pools that cost of ``start`` can come to, itself only when it comes back."""
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        for target in shares.get(ahead.pop(), {}):
            if target not in reached:
                reached.add(target)
                ahead.append(target)
    return reached


def _refuse_dead_ends(
    collected: Mapping[str, int],
    shares: Mapping[str, Mapping[str, Fraction]],
    support: Sequence[str],
    final: Sequence[str],
    settings: CostPrice,
    window: Period,
) -> None:
    reach = {name: _reach(name, shares) for name in support}
    loop = [name for name in support if name in reach[name] and not reach[name] & set(final)]
    if loop:
        raise CalculationError(messages.CLOSED_LOOP, where="norms/drivers.csv", listed=", ".join(loop), lines=loop)
    with_cost = {name for name in support if collected.get(name, 0)}
    with_cost |= {target for name in with_cost for target in reach[name]}
    for name in support:
        if name in with_cost and not shares[name]:
            raise CalculationError(
                messages.NO_DRIVER_UNITS,
                where="norms/drivers.csv",
                pool=name,
                method=settings.allocation,
                window=window,
                lines=[name],
            )


def _solve(
    shares: Mapping[str, Mapping[str, Fraction]], support: Sequence[str], final: Sequence[str]
) -> dict[str, dict[str, Fraction]]:
    """Of one cent of each support pool: what ends in each final pool, and what each support pool passes on of it.

    Gauss-Jordan on (I - S) X = (F | I), S the shares among support pools and F those to final pools. Every support pool
    with shares reaches a final pool, so a pivot that is not zero is always found.
    """
    columns = [*final, *support]
    left = [[Fraction(one == other) - shares[one].get(other, 0) for other in support] for one in support]
    right = [
        [shares[one].get(target, Fraction(0)) for target in final] + [Fraction(one == other) for other in support]
        for one in support
    ]
    size = len(support)
    for step in range(size):
        pivot = next(row for row in range(step, size) if left[row][step])
        left[step], left[pivot] = left[pivot], left[step]
        right[step], right[pivot] = right[pivot], right[step]
        scale = left[step][step]
        left[step] = [value / scale for value in left[step]]
        right[step] = [value / scale for value in right[step]]
        for row in range(size):
            factor = left[row][step]
            if row != step and factor:
                left[row] = [mine - factor * theirs for mine, theirs in zip(left[row], left[step], strict=True)]
                right[row] = [mine - factor * theirs for mine, theirs in zip(right[row], right[step], strict=True)]
    return {name: dict(zip(columns, right[row], strict=True)) for row, name in enumerate(support)}
