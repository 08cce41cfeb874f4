"""The exact solution that belongs to a basis: whole numbers in, fractions out.

The solver of the linear programs works in floats. Which columns are in use is all that is taken from it; the amounts
follow from the data by elimination without division (Bareiss), so that a score, a weight and a cost are as exact as
the data, and "is it zero" needs no tolerance.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm


def solve(columns: Sequence[Sequence[int]], right: Sequence[Fraction | int]) -> list[Fraction] | None:
    """The weights with which the columns add up to ``right``; None when the columns are not independent.

    ``columns``: as many as there are rows, each a whole number a row.
    """
    size = len(right)
    common = lcm(*(each.denominator for each in right))
    rows = [
        [column[row] for column in columns] + [each.numerator * (common // each.denominator)]
        for row, each in enumerate(right)
    ]
    before = 1
    for step in range(size):
        pivot = next((row for row in range(step, size) if rows[row][step]), None)
        if pivot is None:
            return None
        rows[step], rows[pivot] = rows[pivot], rows[step]
        top = rows[step]
        head = top[step]
        for row in range(size):
            if row == step:
                continue
            own = rows[row]
            lead = own[step]
            # Each quotient is whole (Bareiss 1968), also for the rows above: they hold minors of the matrix too.
            rows[row] = [(head * value - lead * above) // before for value, above in zip(own, top, strict=True)]
        before = head
    return [Fraction(rows[row][size], rows[row][row] * common) for row in range(size)]
