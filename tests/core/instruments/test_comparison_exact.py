"""The comparison against an exact reckoning of its own: scores, slacks, weights and cost of any units."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core.instruments import comparison_lp, comparison_messages
from ipvb_bridge.core.instruments.comparison_exact import NoEnd, best, solve
from ipvb_bridge.core.instruments.comparison_lp import LeastCost, Technical
from ipvb_bridge.core.instruments.comparison_peers import admit, compare
from ipvb_bridge.core.instruments.comparison_settings import Comparison, Returns
from ipvb_bridge.core.instruments.comparison_units import SCALE, Unit
from tests.core.instruments import dea_oracle

RETURNS: tuple[Returns, ...] = ("constant", "variable", "non_increasing", "non_decreasing")
THREES = st.lists(st.integers(-4, 9), min_size=3, max_size=3)
small_amounts = st.integers(0, 6)
odd_amounts = st.one_of(st.integers(0, 6), st.integers(0, 10**9), st.sampled_from([10_000, 10_001, 9_999, 30_000]))


@st.composite
def cases(draw: Any) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]], Returns]:
    """Units with amounts full of ties, noughts and near misses."""
    amounts = draw(st.sampled_from([small_amounts, odd_amounts]))
    inputs, outputs = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    some = lambda size: st.tuples(*[amounts] * size).filter(any)  # noqa: E731  # a strategy by number of measures
    units = draw(st.lists(st.tuples(some(inputs), some(outputs)), min_size=1, max_size=7, unique=True))
    return [x for x, _ in units], [y for _, y in units], draw(st.sampled_from(RETURNS))


def sums(inputs: list[tuple[int, ...]], outputs: list[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sum(column) for column in [*zip(*inputs, strict=True), *zip(*outputs, strict=True)])


@settings(max_examples=60, deadline=None)
@given(cases())
def test_score_slacks_and_weights(case: tuple[list[tuple[int, ...]], list[tuple[int, ...]], Returns]) -> None:
    """Score and sum of slacks are the oracle's, exactly, and the weights give them: nothing is lost or made up."""
    inputs, outputs, returns = case
    technical = Technical(inputs, outputs, sums(inputs, outputs), returns)
    for own, (x, y) in enumerate(zip(inputs, outputs, strict=True)):
        found = technical.score(x, y, own)
        expected = dea_oracle.technical(inputs, outputs, returns, x, y)
        assert found is not None
        assert expected is not None
        theta, slack = expected
        assert found.value == theta
        parts = [Fraction(each, total or 1) for each, total in zip(found.slacks, sums(inputs, outputs), strict=True)]
        assert sum(parts) == slack
        for at, amount in enumerate(x):
            used = sum(weight * inputs[peer][at] for peer, weight in found.weights.items())
            assert used + found.slacks[at] == theta * amount
        for at, amount in enumerate(y):
            made = sum(weight * outputs[peer][at] for peer, weight in found.weights.items())
            assert made - found.slacks[len(x) + at] == amount
        whole = sum(found.weights.values())
        assert {
            "constant": True, "variable": whole == 1, "non_increasing": whole <= 1, "non_decreasing": whole >= 1,
        }[returns]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(cases(), st.lists(st.integers(1, 10**6), min_size=3, max_size=3))
def test_least_cost(case: tuple[list[tuple[int, ...]], list[tuple[int, ...]], Returns], prices: list[int]) -> None:
    """Least cost is the oracle's, exactly, and the peers that show it cost that much."""
    inputs, outputs, returns = case
    price = tuple(prices[: len(inputs[0])])
    least = LeastCost(inputs, outputs, sums(inputs, outputs), returns)
    for x, y in zip(inputs, outputs, strict=True):
        found = least.least(x, y, price)
        assert found is not None
        assert found.value == dea_oracle.cost(inputs, outputs, returns, y, price)
        spent = sum(
            weight * sum(p * amount for p, amount in zip(price, inputs[peer], strict=True))
            for peer, weight in found.weights.items()
        )
        assert spent == found.value


@settings(max_examples=30, deadline=None)
@given(cases(), st.randoms(use_true_random=False))
def test_the_road_does_not_matter(
    case: tuple[list[tuple[int, ...]], list[tuple[int, ...]], Returns], chance: Any
) -> None:
    """Scored in another order, each from another starting point, every unit has the same score and the same peers."""
    inputs, outputs, returns = case
    order = list(range(len(inputs)))
    first = Technical(inputs, outputs, sums(inputs, outputs), returns)
    straight = [first.score(inputs[own], outputs[own], own) for own in order]
    chance.shuffle(order)
    second = Technical(inputs, outputs, sums(inputs, outputs), returns)
    other = {own: second.score(inputs[own], outputs[own], own) for own in order}
    assert [other[own] for own in range(len(inputs))] == straight


@given(
    st.lists(st.lists(st.integers(-4, 9), min_size=3, max_size=3), min_size=3, max_size=3),
    st.lists(st.fractions(), min_size=3, max_size=3),
)
@example([[1, 2, 3], [2, 4, 6], [0, 0, 1]], [Fraction(1), Fraction(2), Fraction(0)])
def test_the_exact_solution(columns: list[list[int]], right: list[Fraction]) -> None:
    """The weights give the right side back; columns that hang together have none."""
    found = solve(columns, right)
    a, b, c = columns
    determinant = (
        a[0] * (b[1] * c[2] - b[2] * c[1]) - b[0] * (a[1] * c[2] - a[2] * c[1]) + c[0] * (a[1] * b[2] - a[2] * b[1])
    )
    assert (found is None) == (determinant == 0)
    if found is not None:
        assert [
            sum(weight * column[row] for weight, column in zip(found, columns, strict=True)) for row in range(3)
        ] == right


@pytest.mark.parametrize("returns", RETURNS)
def test_nobody_does_it(returns: Returns) -> None:
    """A unit that makes what no candidate makes has no score and no least cost."""
    technical = Technical([(1,)], [(1, 0)], (1, 1, 0), returns)
    assert technical.score((1,), (1, 1), None) is None
    assert LeastCost([(1,)], [(1, 0)], (1, 1, 0), returns).least((1,), (1, 1), (1,)) is None
    again = technical.score((2,), (1, 0), None)
    assert again is not None
    assert again.value == Fraction(1, 2)


@st.composite
def gatherings(draw: Any) -> tuple[list[Unit], Comparison]:
    """Units with twins, classes of environment, and qualities, and the settings they are compared by."""
    count = draw(st.integers(1, 7))
    some = st.tuples(small_amounts, small_amounts).filter(any)
    rows = draw(
        st.lists(st.tuples(some, small_amounts.filter(bool), st.integers(1, 2), st.integers(1, 3)), min_size=count)
    )
    names = ("x1", "x2", "y", "heavy", "mark")
    units = [
        Unit(f"U{at}", f"U{at}", dict(zip(names, (*x, y, heavy, mark * SCALE), strict=True)))
        for at, (x, y, heavy, mark) in enumerate(rows[:7])
    ]
    chosen = Comparison.model_validate(
        {
            "returns": draw(st.sampled_from(RETURNS)), "bandwidth": 0, "inputs": ["x1", "x2"], "outputs": ["y"],
            "environment": draw(st.sampled_from([{}, {"heavy": "higher"}, {"heavy": "lower"}])),
            "quality": "mark", "quality_at_least": draw(st.integers(1, 3)),
        }
    )  # fmt: skip
    return units, chosen


@settings(max_examples=60, deadline=None)
@given(gatherings())
def test_gate_environment_and_twins(case: tuple[list[Unit], Comparison]) -> None:
    """Score, slacks and super-efficiency of every unit are the oracle's over exactly those who may be its peer."""
    units, chosen = case
    peers = admit(units, chosen)
    outcomes = compare(units, peers, chosen)
    firsts = [each for each in units if each.unit in peers.twins]
    whole = [sum(each.amounts[name] for each in firsts) for name in ("x1", "x2", "y")]
    worse = 1 if chosen.environment.get("heavy") == "higher" else -1
    for unit in units:
        x, y = unit.vector(("x1", "x2")), unit.vector(("y",))
        open_to = [
            each
            for each in units
            if each.unit in peers.admitted
            and (not chosen.environment or worse * each.amounts["heavy"] >= worse * unit.amounts["heavy"])
        ]

        def oracle(of: list[Unit], x: Any = x, y: Any = y) -> tuple[Fraction, Fraction] | None:
            sides = [each.vector(("x1", "x2")) for each in of], [each.vector(("y",)) for each in of]
            return dea_oracle.technical(*sides, chosen.returns, x, y, whole) if of else None

        outcome, expected = outcomes[unit.unit], oracle(open_to)
        assert (outcome.technical is None) == (expected is None)
        if outcome.technical is None or expected is None:
            continue
        parts = [Fraction(each, of or 1) for each, of in zip(outcome.technical.slacks, whole, strict=True)]
        assert (outcome.technical.value, sum(parts)) == expected
        assert set(outcome.peers) <= {each.unit for each in open_to}
        others = oracle([each for each in open_to if each is not unit])
        assert outcome.super == (None if others is None else others[0])


def test_columns_are_exchanged_until_it_is_best() -> None:
    """From any columns to begin with: the least cost, None where no column meets the rows, an error without a least."""
    columns = [[1, 0], [0, 1], [1, 1]]
    costs = [2, 2, 3]
    for basis in ([-1, -2], [0, 1], [2, 0], [0, 0]):
        found = best(basis, [4, 6], columns.__getitem__, [0, 1, 2], costs.__getitem__)
        assert found is not None
        assert {place: value for place, value in found.items() if value} == {1: 2, 2: 4}
    assert best([0, 1], [-1, 1], columns.__getitem__, [0, 1, 2], costs.__getitem__) is None
    assert best([0, 1], [4, 6], columns.__getitem__, [0, 2], costs.__getitem__) is None
    with pytest.raises(NoEnd):
        best([0, 1], [1, 1], [[1, 0], [0, 1], [-1, -1]].__getitem__, [0, 1, 2], [0, 0, -1].__getitem__)


def test_no_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the exchange comes to no end the message says so (M112)."""

    def fail(*_: Any) -> None:
        raise NoEnd("5000 turns")

    monkeypatch.setattr(comparison_lp, "best", fail)
    with pytest.raises(CalculationError) as caught:
        Technical([(1,)], [(1,)], (1, 1), "constant").score((1,), (1,), 0)
    assert caught.value.message is comparison_messages.NOT_SOLVED
