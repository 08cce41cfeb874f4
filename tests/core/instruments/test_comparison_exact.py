"""The comparison against an exact reckoning of its own: scores, slacks, weights and cost of any units."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ipvb_bridge.core.instruments.comparison_exact import solve
from ipvb_bridge.core.instruments.comparison_lp import LeastCost, Technical
from ipvb_bridge.core.instruments.comparison_settings import Returns
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
