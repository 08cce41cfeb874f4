"""Exact answers to the linear programs of the comparison: whole numbers in, fractions out.

The solver of the linear programs works in floats and calls a row met that is off by a hair. What is taken from it is
which columns are in use: the amounts follow from the data by elimination without division (Bareiss 1968). Where those
columns do not do it exactly, or do not do best, columns are exchanged until they do (the dual and then the primal
simplex with Bland's rule, which come to an end). So a score, a weight and a cost are as exact as the data, and "is it
zero" needs no tolerance.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from fractions import Fraction
from math import lcm

MOST_TURNS = 5_000
"""Exchanges after which something is wrong; a handful is usual."""

Whole = Sequence[int]


class NoEnd(ArithmeticError):
    """The exchange of columns came to no end, or the goal has no least."""


def solve(columns: Sequence[Whole], right: Sequence[Fraction | int]) -> list[Fraction] | None:
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
        top = rows[step][step:]
        head = top[0]
        for row, own in enumerate(rows):
            lead = own[step]
            if row == step or (not lead and head == before):
                continue
            # Each quotient is whole, also for the rows above: they hold minors of the matrix too. What stands before
            # the step is nought or, in a row above, the head: the same for all of them.
            own[step:] = [(head * value - lead * above) // before for value, above in zip(own[step:], top, strict=True)]
        before = head
    return [Fraction(row[size], before * common) for row in rows]


def best(
    basis: Sequence[int],
    right: Sequence[Fraction | int],
    entries: Callable[[int], Whole],
    usable: Sequence[int],
    cost: Callable[[int], int],
    doubtful: Collection[int] | None = None,
) -> dict[int, Fraction] | None:
    """The columns in use, with their amounts, that meet every row at the least cost; None: nothing meets the rows.

    ``basis``: a column for each row to begin with; one below zero (``-1 - row``), or that is not ``usable``, stands
    for nothing and ends at nought. ``doubtful``: the columns that may do better than the basis, None for any.
    Raises :class:`NoEnd`.
    """
    used, size = list(basis), len(right)
    open_to = frozenset(usable)
    for turn in range(MOST_TURNS):
        columns = [_column(each, entries, size) for each in used]
        amounts = solve(columns, right)
        if amounts is None:
            used = [-1 - row for row in range(size)]
            doubtful = None
            continue
        off = [(each, at) for at, each in enumerate(used) if amounts[at] < 0 or (amounts[at] and each not in open_to)]
        if not off and turn == 0 and doubtful is not None and not doubtful:
            return dict(zip(used, amounts, strict=True))
        across = [[column[row] for column in columns] for row in range(size)]
        prices = solve(across, [cost(each) if each in open_to else 0 for each in used])
        assert prices is not None, "columns that have a solution have prices"
        if off:
            entering = _in_for(min(off)[1], used, amounts, across, prices, entries, usable, cost)
            if entering is None:
                return None
            used[min(off)[1]] = entering
            continue
        some = usable if turn or doubtful is None else sorted(doubtful)
        better = next(
            (each for each in some if each not in used and _gain(each, prices, entries, cost) < 0),
            None,
        )
        if better is None:
            return dict(zip(used, amounts, strict=True))
        used[_out_for(better, used, amounts, columns, entries, open_to)] = better
    raise NoEnd(f"{MOST_TURNS} turns")


def _column(place: int, entries: Callable[[int], Whole], size: int) -> Whole:
    return entries(place) if place >= 0 else [int(row == -1 - place) for row in range(size)]


def _gain(
    place: int, prices: Sequence[Fraction], entries: Callable[[int], Whole], cost: Callable[[int], int]
) -> Fraction:
    """What a unit of a column costs, less what it saves; below zero it makes the answer better."""
    return cost(place) - _times(prices, entries(place))


def _times(weights: Sequence[Fraction], column: Whole) -> Fraction:
    return sum((weight * value for weight, value in zip(weights, column, strict=True) if value), Fraction(0))


def _in_for(
    at: int,
    used: Sequence[int],
    amounts: Sequence[Fraction],
    across: Sequence[Whole],
    prices: Sequence[Fraction],
    entries: Callable[[int], Whole],
    usable: Sequence[int],
    cost: Callable[[int], int],
) -> int | None:
    """The column that brings an amount that is off to nought at the least loss (the dual simplex); None: none can."""
    row = solve(across, [int(other == at) for other in range(len(used))])
    assert row is not None, "columns that have a solution have rows"
    found = []
    for place in usable:
        if place not in used:
            pace = _times(row, entries(place))
            if (pace < 0) if amounts[at] < 0 else (pace > 0):
                # A column that does better already comes in first: the primal simplex puts the cost right after.
                found.append((max(_gain(place, prices, entries, cost), Fraction(0)) / abs(pace), place))
    return min(found)[1] if found else None


def _out_for(
    place: int,
    used: Sequence[int],
    amounts: Sequence[Fraction],
    columns: Sequence[Whole],
    entries: Callable[[int], Whole],
    open_to: Collection[int],
) -> int:
    """Which column in use makes room for a better one (the primal simplex). Raises :class:`NoEnd` where none does."""
    paces = solve(columns, list(entries(place)))
    assert paces is not None, "columns that have a solution have paces"
    room = [
        (amount / pace if each in open_to else Fraction(0), each, at)
        for at, (each, amount, pace) in enumerate(zip(used, amounts, paces, strict=True))
        if pace > 0 or (pace and each not in open_to)
    ]
    if not room:
        raise NoEnd("no least")
    return min(room)[2]
