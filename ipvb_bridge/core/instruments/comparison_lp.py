"""The linear programs of the comparison: technical efficiency in two phases, and least cost.

Input oriented (Charnes, Cooper and Rhodes 1978; Banker, Charnes and Cooper 1984): the least ``theta`` for which a
combination of peers uses at most ``theta`` times the inputs of the unit and makes at least its outputs,

    X lambda + slack = theta x,   Y lambda - surplus = y,   lambda >= 0,

with ``sum(lambda)`` free (constant returns), 1 (variable), at most 1 (non-increasing) or at least 1 (non-decreasing).
Phase two keeps ``theta`` and makes the slacks as large as can be, each as a part of the measure's sum over the peers,
so that the unit of a measure does not matter. Phase three is ours: where more than one combination of peers does the
same, it takes the one nearest to the unit (weight times distance, which is the sum of the differences in each measure,
again as a part of its sum), and of equally near peers the first. So the answer does not depend on the solver's road
to it.

HiGHS says which columns are in use; the amounts follow exactly from the data (:mod:`.comparison_exact`). One model
serves all units, each starts where the one before it ended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import ModuleType
from typing import TYPE_CHECKING

from ipvb_bridge.base.errors import CalculationError, ConfigurationError
from ipvb_bridge.core.instruments import comparison_messages as messages
from ipvb_bridge.core.instruments.comparison_exact import NoEnd, best
from ipvb_bridge.core.instruments.comparison_settings import Returns
from ipvb_bridge.core.messages import NEEDS_ANALYSIS

if TYPE_CHECKING:
    from numpy import bool_, int64
    from numpy.typing import NDArray

Vector = tuple[int, ...]
_DUAL, _PRIMAL = 1, 4
TOLERANCE = 1e-10
"""The least that HiGHS takes: what a column may gain, or a row may be off, on figures scaled to about one."""
ROOM = 1e-9
"""What a later phase may give up of what an earlier one found, on the same figures."""
_CLEAR = 1e-7
"""What a column must cost more than it saves, by the solver, to be ruled out without an exact look."""
PART = 10**9
"""Distances are whole numbers of this part of a measure's average."""
FAR = 10**9
"""Greater distances count as this, so that they fit an Int64: only a unit that is no candidate can be so far off."""
NUDGE = 100
"""What a later place in the order of candidates adds to a distance: it decides between equally near peers."""


@dataclass(frozen=True, slots=True)
class Combination:
    """A combination of candidates: ``value`` is theta or the least cost, ``weights`` by place, all above zero.

    ``slacks``: what is left over of each input and made too much of each output, in the unit of the data; empty where
    it was not asked for.
    """

    value: Fraction
    weights: Mapping[int, Fraction]
    slacks: tuple[Fraction, ...] = ()


def analysis() -> tuple[ModuleType, ModuleType]:
    """The libraries highspy and numpy. Raises :class:`ConfigurationError` C65 where they are not installed."""
    try:
        import highspy
        import numpy as np
    except ImportError:
        raise ConfigurationError(NEEDS_ANALYSIS, seen="highspy") from None
    return highspy, np


class _Program:
    """A linear program with a column for each candidate that stays, and columns in front that change with the unit.

    Every row is an equation. ``columns``: whole numbers; what the solver gets is a column times its scale times the
    scale of each row, so that all it sees is about one.
    """

    def __init__(self, front: int, columns: Sequence[Vector], rows: Sequence[float], scales: Sequence[float]) -> None:
        self._front, self._columns = front, columns
        self._rows = list(rows)
        self._scales = [1.0] * front + list(scales)
        self._own: list[dict[int, int]] = [{} for _ in range(front)]
        self._right: list[int] = [0] * len(rows)
        self._size = 1.0
        self._goal: dict[int, int] = {}
        self._costs: NDArray[int64] | None = None
        self._held: dict[int, Fraction] = {}
        highspy, np = analysis()
        self._np, self._optimal = np, highspy.HighsModelStatus.kOptimal
        self._highs = highspy.Highs()
        for name, value in (
            ("output_flag", False), ("presolve", "off"), ("solver", "simplex"), ("threads", 1), ("random_seed", 0),
            ("primal_feasibility_tolerance", TOLERANCE), ("dual_feasibility_tolerance", TOLERANCE),
        ):  # fmt: skip
            self._highs.setOptionValue(name, value)
        self._pass(highspy)
        self._open = np.ones(len(columns), dtype=bool)
        self._places = np.arange(front, front + len(columns), dtype=np.int32)

    def _pass(self, highspy: ModuleType) -> None:
        np = self._np
        count, rows = self._front + len(self._columns), len(self._rows)
        table = np.array([[float(value) for value in column] for column in self._columns]).reshape(-1, rows)
        table = table * np.array(self._rows) * np.array(self._scales[self._front :])[:, None]
        filled = table != 0
        starts = np.concatenate([np.zeros(self._front + 1), np.cumsum(filled.sum(axis=1))]).astype(np.int32)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = count, rows
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.zeros(count), np.zeros(count), np.full(count, np.inf)
        lp.row_lower_ = lp.row_upper_ = np.zeros(rows)
        matrix = lp.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kColwise
        matrix.start_, matrix.index_, matrix.value_ = starts, np.nonzero(filled)[1].astype(np.int32), table[filled]
        self._highs.passModel(lp)

    def column(self, place: int, entries: Mapping[int, int], scale: float) -> None:
        """Set a column in front: its whole numbers by row."""
        for row in {*entries, *self._own[place]}:
            self._highs.changeCoeff(row, place, entries.get(row, 0) * scale * self._rows[row])
        self._own[place], self._scales[place] = dict(entries), scale

    def scale_row(self, row: int, scale: float) -> None:
        """Change the scale of a row in which only columns in front stand; set those columns after it."""
        self._rows[row] = scale

    def right(self, right: Sequence[int], size: float) -> None:
        """Set the right side. ``size``: amounts are divided by it for the solver."""
        self._right, self._size = list(right), size
        for row, value in enumerate(right):
            scaled = value * self._rows[row] / size
            self._highs.changeRowBounds(row, scaled, scaled)

    def hold(self, place: int, value: Fraction, *, most: bool) -> None:
        """Let a column in front be at the most, or at the least, a value.

        The solver gets a hair more room, so that rounding shuts no door; the exact amounts get none.
        """
        self._held[place] = value
        scaled = float(value) / self._size / self._scales[place]
        low, high = (0.0, scaled + ROOM) if most else (max(scaled - ROOM, 0.0), self._np.inf)
        self._highs.changeColBounds(place, low, high)

    def free(self, place: int) -> None:
        """Let a column in front be zero or more again."""
        if self._held.pop(place, None) is not None:
            self._highs.changeColBounds(place, 0.0, self._np.inf)

    def goal(self, place: int | None, sign: int = 1) -> None:
        """Make a column in front as small as can be, or with sign -1 as large; None: what :meth:`costs` says."""
        for each in self._goal:
            self._highs.changeColCost(each, 0.0)
        self._goal = {} if place is None else {place: sign}
        if place is not None:
            self._highs.changeColCost(place, float(sign))

    def costs(self, costs: NDArray[int64] | None) -> None:
        """What a unit of each candidate costs in the goal, in parts of ``PART``; None is nothing."""
        np = self._np
        self._costs = costs
        scales = np.array(self._scales[self._front :])
        scaled = np.zeros(len(self._places)) if costs is None else costs * scales / PART
        self._highs.changeColsCost(len(self._places), self._places, scaled)

    def allow(self, allowed: NDArray[bool_]) -> None:
        """Which candidates may be used."""
        np = self._np
        self._open = allowed.copy()
        upper = np.where(allowed, np.inf, 0.0)
        self._highs.changeColsBounds(len(self._places), self._places, np.zeros(len(upper)), upper)

    def bar(self, candidate: int, barred: bool) -> None:
        """Forbid one candidate, or allow it again."""
        self._open[candidate] = not barred
        self._highs.changeColBounds(self._front + candidate, 0.0, 0.0 if barred else self._np.inf)

    def run(self, *, again: bool = False) -> dict[int, Fraction] | None:
        """Solve; the columns that are not zero, with their exact amounts. None: no combination does it.

        ``again``: only the goal changed, and a column was held where it stands, so that the last answer still holds.
        """
        # The primal simplex goes on from an answer that holds; the dual from one that was best.
        self._highs.setOptionValue("simplex_strategy", _PRIMAL if again else _DUAL)
        self._highs.run()
        doubtful = None
        if self._highs.getModelStatus() == self._optimal:
            gains = self._np.array(self._highs.getSolution().col_dual)
            doubtful = [int(each) for each in self._np.flatnonzero(gains < _CLEAR)]
        basic = [int(each) for each in self._highs.getBasicVariables()[1]]
        usable = self._usable()
        if doubtful is not None:
            known = frozenset(usable)
            doubtful = [each for each in doubtful if each in known and each not in basic]
        right: list[Fraction | int] = list(self._right)
        for place, value in self._held.items():
            right = [each - value * entry for each, entry in zip(right, self._entries(place), strict=True)]
        try:
            found = best(basic, right, self._entries, usable, self._cost, doubtful)
        except NoEnd as error:
            raise CalculationError(messages.NOT_SOLVED, seen=str(error)) from None
        if found is None:
            return None
        return {place: value for place, value in {**found, **self._held}.items() if value}

    def _usable(self) -> list[int]:
        front = [each for each in range(self._front) if each not in self._held and self._own[each]]
        return front + [self._front + int(each) for each in self._np.flatnonzero(self._open)]

    def _cost(self, place: int) -> int:
        if place < self._front:
            return self._goal.get(place, 0)
        return int(self._costs[place - self._front]) if self._costs is not None else 0

    def _entries(self, place: int) -> Sequence[int]:
        if place >= self._front:
            return self._columns[place - self._front]
        own = self._own[place]
        return [own.get(row, 0) for row in range(len(self._rows))]


class _Frontier:
    """What both programs share: rows for inputs, outputs, the sum of the weights, and a total."""

    def __init__(
        self, inputs: Sequence[Vector], outputs: Sequence[Vector], sums: Vector, returns: Returns, front: int
    ) -> None:
        """``inputs`` and ``outputs`` by candidate, at least one candidate; each has an input above zero.

        ``sums``: of each input and output over all who may be peers, by which its slack is measured.
        """
        self.inputs, self.outputs = len(inputs[0]), len(outputs[0])
        self._returns = returns
        whole = [tuple(x + y) for x, y in zip(inputs, outputs, strict=True)]
        self._sums = [each or 1 for each in sums]
        self._count = len(whole)
        self._np = np = analysis()[1]
        self._parts = np.array([self._part(each) for each in whole])
        self.total = self.inputs + self.outputs
        summed = returns != "constant"
        rows = [self._count / each for each in self._sums] + [float(self._count)] + [1.0] * summed
        columns = [(*each, 0, *(1,) * summed) for each in whole]
        # The last column in front is what the sum of the weights falls short of one, or passes it.
        self._program = _Program(front + 1, columns, rows, [1 / self._size(each) for each in self._parts])
        if returns in ("non_increasing", "non_decreasing"):
            self._program.column(front, {self.total + 1: 1 if returns == "non_increasing" else -1}, 1.0)

    def _part(self, whole: Vector) -> list[float]:
        """A unit's amounts, each as a part of the candidates' average."""
        return [float(Fraction(value * self._count, sums)) for value, sums in zip(whole, self._sums, strict=True)]

    def _size(self, part: Sequence[float]) -> float:
        return float(max(part)) or 1.0

    def _right(self, outputs: Vector, size: float) -> None:
        one = (1,) if self._returns != "constant" else ()
        self._program.right([*(0,) * self.inputs, *outputs, 0, *one], size)

    def _distances(self, part: Sequence[float]) -> NDArray[int64]:
        np = self._np
        away = np.minimum(np.abs(self._parts - np.array(part)).sum(axis=1), FAR)
        whole: NDArray[int64] = (away * PART).astype(np.int64) + NUDGE * np.arange(self._count)
        return whole

    def allow(self, allowed: NDArray[bool_]) -> None:
        """Which candidates may be peers from now on."""
        self._program.allow(allowed)

    def _weights(self, found: Mapping[int, Fraction], front: int) -> dict[int, Fraction]:
        return {place - front - 1: found[place] for place in sorted(found) if place > front}


class Technical(_Frontier):
    """Technical efficiency against a set of candidates. Columns in front: theta, all slack, the slack of each."""

    def __init__(self, inputs: Sequence[Vector], outputs: Sequence[Vector], sums: Vector, returns: Returns) -> None:
        """``inputs`` and ``outputs`` by candidate: whole numbers, none below zero; ``sums`` as above."""
        super().__init__(inputs, outputs, sums, returns, 2 + len(inputs[0]) + len(outputs[0]))
        self._front = 2 + self.total
        self._program.column(1, {self.total: -1}, 1 / self._count)
        for each, whole in enumerate(self._sums):
            sign = 1 if each < self.inputs else -1
            self._program.column(2 + each, {each: sign * whole, self.total: 1}, 1 / self._count)

    def _set(self, inputs: Vector, outputs: Vector) -> list[float]:
        part = self._part((*inputs, *outputs))
        size = self._size(part)
        program = self._program
        program.free(0)
        program.free(1)
        program.goal(0)
        self._right(outputs, size)
        program.column(0, {row: -value for row, value in enumerate(inputs)}, 1 / size)
        return part

    def score(self, inputs: Vector, outputs: Vector, own: int | None) -> Combination | None:
        """The unit's score, peers and slacks; ``own`` is its place among the candidates.

        None: no combination of the candidates makes its outputs within what it uses none of, or within the returns.
        """
        part = self._set(inputs, outputs)
        program = self._program
        first = program.run()
        if first is None:
            return None
        theta = first.get(0, Fraction(0))
        program.hold(0, theta, most=True)
        program.goal(1, -1)
        second = program.run(again=True)
        if second is None:
            raise CalculationError(messages.NOT_SOLVED, seen="phase 2")
        slack = second.get(1, Fraction(0))
        if own is not None and theta == 1 and not slack:
            return Combination(theta, {own: Fraction(1)}, (Fraction(0),) * self.total)
        program.hold(1, slack, most=False)
        program.goal(None)
        program.costs(self._distances(part))
        third = program.run(again=True)
        program.costs(None)
        if third is None:
            raise CalculationError(messages.NOT_SOLVED, seen="phase 3")
        slacks = tuple(third.get(2 + each, Fraction(0)) * sums for each, sums in enumerate(self._sums))
        return Combination(theta, self._weights(third, self._front), slacks)

    def reaches(self, inputs: Vector, outputs: Vector) -> bool:
        """Whether the unit is at the frontier of the candidates.

        One that is not is in no answer: its own peers in its place would do the same with less.
        """
        self._set(inputs, outputs)
        found = self._program.run()
        return found is None or found.get(0, Fraction(0)) >= 1

    def without(self, inputs: Vector, outputs: Vector, own: int) -> Fraction | None:
        """The score against the other candidates only (super-efficiency, Andersen and Petersen 1993); None for none."""
        self._set(inputs, outputs)
        self._program.bar(own, True)
        found = self._program.run()
        self._program.bar(own, False)
        return None if found is None else found.get(0, Fraction(0))


class LeastCost(_Frontier):
    """What the outputs of a unit cost at least, at its prices. Columns in front: cost, each input, each surplus."""

    def __init__(self, inputs: Sequence[Vector], outputs: Sequence[Vector], sums: Vector, returns: Returns) -> None:
        """``inputs`` and ``outputs`` by candidate: whole numbers, none below zero; ``sums`` as above."""
        super().__init__(inputs, outputs, sums, returns, 1 + len(inputs[0]) + len(outputs[0]))
        self._front = 1 + self.total
        for each in range(self.inputs, self.total):
            self._program.column(1 + each, {each: -self._sums[each]}, 1 / self._count)

    def least(self, inputs: Vector, outputs: Vector, prices: Vector) -> Combination | None:
        """The least cost in units of price times input, and the peers that show it; None: nobody makes so much."""
        part = self._part((*inputs, *outputs))
        size = self._size(part)
        program = self._program
        program.free(0)
        scale = self._count / (sum(p * s for p, s in zip(prices, self._sums, strict=False)) or 1)
        program.scale_row(self.total, scale)
        program.column(0, {self.total: -1}, 1 / scale)
        for each, price in enumerate(prices):
            sums = self._sums[each]
            program.column(1 + each, {each: -sums, self.total: price * sums}, 1 / self._count)
        self._right(outputs, size)
        program.goal(0)
        first = program.run()
        if first is None:
            return None
        cost = first.get(0, Fraction(0))
        program.hold(0, cost, most=True)
        program.goal(None)
        program.costs(self._distances(part))
        second = program.run(again=True)
        program.costs(None)
        if second is None:
            raise CalculationError(messages.NOT_SOLVED, seen="phase 2")
        return Combination(cost, self._weights(second, self._front))
