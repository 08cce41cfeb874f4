"""An exact reckoning of the comparison that shares nothing with the product: the simplex of a textbook, in fractions.

Bland's rule, two phases, dense; slow and sure. For small cases only.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

Rows = list[list[Fraction]]


def least(costs: Sequence[Fraction], rows: Rows, right: Sequence[Fraction]) -> tuple[Fraction, list[Fraction]] | None:
    """The least of costs times x with rows times x = right and x >= 0; None: no x does it."""
    width = len(costs)
    table = []
    for at, (row, value) in enumerate(zip(rows, right, strict=True)):
        sign = -1 if value < 0 else 1
        own = [Fraction(int(at == other)) for other in range(len(rows))]
        table.append([sign * each for each in row] + own + [sign * value])
    basis = [width + at for at in range(len(rows))]
    phase = [Fraction(0)] * width + [Fraction(1)] * len(rows)
    _pivot_all(table, basis, phase, width + len(rows))
    if sum((table[at][-1] for at in range(len(rows)) if basis[at] >= width), Fraction(0)):
        return None
    for at in range(len(rows)):  # an artificial column that stays at nought leaves, where another can come
        if basis[at] >= width:
            for column in range(width):
                if table[at][column]:
                    _pivot(table, basis, at, column)
                    break
    _pivot_all(table, basis, [*costs, *[Fraction(0)] * len(rows)], width)
    found = [Fraction(0)] * width
    for at, column in enumerate(basis):
        if column < width:
            found[column] = table[at][-1]
    return sum((cost * value for cost, value in zip(costs, found, strict=True)), Fraction(0)), found


def _pivot_all(table: Rows, basis: list[int], costs: Sequence[Fraction], width: int) -> None:
    while True:
        entering = None
        for column in range(width):
            if column in basis:
                continue
            gain = costs[column] - sum(
                (costs[own] * row[column] for own, row in zip(basis, table, strict=True)), Fraction(0)
            )
            if gain < 0:
                entering = column
                break
        if entering is None:
            return
        ratios = [(row[-1] / row[entering], basis[at], at) for at, row in enumerate(table) if row[entering] > 0]
        assert ratios, "unbounded"
        _pivot(table, basis, min(ratios)[2], entering)


def _pivot(table: Rows, basis: list[int], at: int, column: int) -> None:
    head = table[at][column]
    table[at] = [each / head for each in table[at]]
    for other in range(len(table)):
        lead = table[other][column]
        if other != at and lead:
            table[other] = [each - lead * above for each, above in zip(table[other], table[at], strict=True)]
    basis[at] = column


def technical(
    inputs: Sequence[Sequence[int]],
    outputs: Sequence[Sequence[int]],
    returns: str,
    x: Sequence[int],
    y: Sequence[int],
    whole: Sequence[int] = (),
) -> tuple[Fraction, Fraction] | None:
    """Score, and the greatest sum of slacks, each as a part of ``whole``, default the candidates' sum; None: none."""
    count = len(inputs)
    sums = [each or 1 for each in whole or map(sum, [*zip(*inputs, strict=True), *zip(*outputs, strict=True)])]
    # Columns: theta, weights, slacks, what the sum of the weights lacks or has too much.
    rows, right = [], []
    for at in range(len(x)):
        own = [0] * len(sums)
        own[at] = sums[at]
        rows.append([-x[at], *(each[at] for each in inputs), *own, 0])
        right.append(0)
    for at in range(len(y)):
        own = [0] * len(sums)
        own[len(x) + at] = -sums[len(x) + at]
        rows.append([0, *(each[at] for each in outputs), *own, 0])
        right.append(y[at])
    if returns != "constant":
        lacks = {"variable": 0, "non_increasing": 1, "non_decreasing": -1}[returns]
        rows.append([0, *[1] * count, *[0] * len(sums), lacks])
        right.append(1)
    exact = [[Fraction(each) for each in row] for row in rows]
    goal = [Fraction(1)] + [Fraction(0)] * (count + len(sums) + 1)
    first = least(goal, exact, [Fraction(each) for each in right])
    if first is None:
        return None
    theta = first[0]
    held = [value - row[0] * theta for row, value in zip(exact, right, strict=True)]
    slack = [Fraction(0)] * count + [Fraction(-1)] * len(sums) + [Fraction(0)]
    second = least(slack, [row[1:] for row in exact], held)
    assert second is not None
    return theta, -second[0]


def cost(
    inputs: Sequence[Sequence[int]],
    outputs: Sequence[Sequence[int]],
    returns: str,
    y: Sequence[int],
    prices: Sequence[int],
) -> Fraction | None:
    """The least cost of the outputs y at the prices; None: nobody makes so much."""
    rows = [
        [*(each[at] for each in outputs), *(-int(at == other) for other in range(len(y))), 0] for at in range(len(y))
    ]
    right = list(y)
    if returns != "constant":
        lacks = {"variable": 0, "non_increasing": 1, "non_decreasing": -1}[returns]
        rows.append([*[1] * len(inputs), *[0] * len(y), lacks])
        right.append(1)
    costs = [sum(p * each for p, each in zip(prices, own, strict=True)) for own in inputs]
    found = least(
        [Fraction(each) for each in [*costs, *[0] * (len(y) + 1)]],
        [[Fraction(each) for each in row] for row in rows],
        [Fraction(each) for each in right],
    )
    return None if found is None else found[0]
