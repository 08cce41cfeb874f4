"""Support pools passed on to the final pools, exactly (method section 4, steps 2 and 3)."""

from __future__ import annotations

from fractions import Fraction

from tests.core.oracle.numbers import Unspecified, largest_remainder
from tests.core.oracle.reading import Organisation, holds

Amounts = dict[str, Fraction]


def _units(org: Organisation) -> dict[str, Amounts]:
    """Driver units of each support pool that hold on the last day of the window, to other pools only."""
    pools = org.settings.cost_price.pools
    units: dict[str, Amounts] = {name: {} for name, kind in pools.items() if kind == "support"}
    for row in org.norms.get("drivers", []):
        giver, taker = row["from_pool"], row["to_pool"]
        if giver in units and taker != giver and holds(row, org.window.end):
            units[giver][taker] = units[giver].get(taker, Fraction(0)) + row["units"]
    return units


def _shares(giver: str, units: Amounts) -> Amounts:
    total = sum(units.values(), Fraction(0))
    if total == 0:
        raise Unspecified(f"support pool {giver} has cost and no driver units")
    return {taker: value / total for taker, value in units.items()}


def _pass_on(cost: Amounts, giver: str, units: Amounts) -> None:
    amount = cost[giver]
    if amount:
        for taker, share in _shares(giver, units).items():
            cost[taker] += amount * share
    cost[giver] = Fraction(0)


def _solved(matrix: list[list[Fraction]]) -> list[Fraction]:
    """The solution of a square system, each row with its right-hand side at the end."""
    size = len(matrix)
    for column in range(size):
        pivot = next((row for row in range(column, size) if matrix[row][column] != 0), None)
        if pivot is None:
            raise Unspecified("support pools that pass on to each other only")
        matrix[column], matrix[pivot] = matrix[pivot], matrix[column]
        matrix[column] = [value / matrix[column][column] for value in matrix[column]]
        for row in range(size):
            if row != column:
                factor = matrix[row][column]
                matrix[row] = [value - factor * other for value, other in zip(matrix[row], matrix[column], strict=True)]
    return [row[-1] for row in matrix]


def _reciprocal(cost: Amounts, units: dict[str, Amounts]) -> None:
    support = sorted(units)
    shares = {name: _shares(name, units[name]) if any(units[name].values()) else {} for name in support}
    rows = [
        [Fraction(int(name == other)) - shares[other].get(name, Fraction(0)) for other in support] + [cost[name]]
        for name in support
    ]  # fmt: skip
    gross = dict(zip(support, _solved(rows), strict=True))
    for name in support:
        if gross[name] and not shares[name]:
            raise Unspecified(f"support pool {name} has cost and no driver units")
        cost[name] = Fraction(0)
        for taker, share in shares[name].items():
            if taker not in support:
                cost[taker] += gross[name] * share


def allocated(org: Organisation, collected: dict[str, int]) -> dict[str, int]:
    """Cents of each final pool, which add up to what was collected."""
    settings = org.settings.cost_price
    units = _units(org)
    cost = {name: Fraction(collected.get(name, 0)) for name in settings.pools}
    if settings.allocation == "reciprocal":
        _reciprocal(cost, units)
    elif settings.allocation == "step_down":
        done: set[str] = set()
        for giver in settings.step_order:
            done.add(giver)
            _pass_on(cost, giver, {taker: value for taker, value in units[giver].items() if taker not in done})
    else:
        for giver in units:
            _pass_on(cost, giver, {taker: value for taker, value in units[giver].items() if taker not in units})
    final = {name: cost[name] for name, kind in settings.pools.items() if kind == "final"}
    return largest_remainder(sum(collected.values()), final)
