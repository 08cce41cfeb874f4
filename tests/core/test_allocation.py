"""Passing on the cost of support pools: published examples, exact figures, totals to the cent, and refusals."""

from __future__ import annotations

import datetime as dt
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core.allocation import Allocation, allocate, driver_units
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import NORMS
from ipvb_bridge.core.rounding import whole_parts
from ipvb_bridge.core.settings import CostPrice
from tests.core.price import rule

WINDOW = Period.parse("2025-01-01..2025-12-31")
METHODS = ("reciprocal", "step_down", "direct")


def method(
    support: list[str], final: list[str], allocation: str = "reciprocal", order: list[str] | None = None
) -> CostPrice:
    pools = dict.fromkeys(support, "support") | dict.fromkeys(["care", *final], "final")
    return CostPrice.model_validate(
        {
            "allocation": allocation,
            "step_order": order or support,
            "pools": pools,
            "components": dict.fromkeys(final, "held"),
        }
    )


def drivers(*rows: tuple[str, str, int], **dates: dt.date) -> pl.DataFrame:
    made = [rule("drivers", from_pool=source, to_pool=target, units=units, **dates) for source, target, units in rows]
    return pl.DataFrame(made, schema=NORMS["drivers"].schema(), orient="row")


def allocated(collected: dict[str, int], units: pl.DataFrame, chosen: CostPrice) -> Allocation:
    return allocate(collected, driver_units(units, chosen, WINDOW), chosen, WINDOW)


@pytest.fixture(scope="module")
def published(shared_data: Path) -> dict[str, dict[str, Any]]:
    text = (shared_data / "allocation" / "examples.json").read_text(encoding="utf-8")
    return {each["id"]: each for each in json.loads(text)["examples"]}


def test_published_reciprocal_example(published: dict[str, dict[str, Any]]) -> None:
    """The published reciprocal example comes out: within its stated tolerance, and exactly to six decimals."""
    case = published["reciprocal-670000"]
    services, direct = case["services"], case["direct"]
    chosen = method(services, [name for name in direct if name not in services])
    units = [
        (source, target, int(Fraction(share) * 1_000_000))
        for source, shares in case["shares"].items()
        for target, share in shares.items()
    ]
    done = allocated(direct, drivers(*units), chosen)
    for name, amount in case["computed_exact"]["final"].items():
        assert abs(done.final[name] - Fraction(amount)) <= Fraction(1, 1_000_000)
        assert abs(done.final[name] - int(case["published"]["final_by_repeated_distribution_rounded"][name])) <= 100
    for name, amount in case["computed_exact"]["gross_service_totals"].items():
        assert abs(done.passed[name] - Fraction(amount)) <= Fraction(1, 1_000_000)
        assert abs(done.passed[name] - int(case["published"]["gross_service_totals"][name])) <= 1
    assert sum(done.final.values()) == int(case["published"]["total"])


def test_published_step_down_example(published: dict[str, dict[str, Any]]) -> None:
    """The published step-down example comes out: each step within its tolerance, the end exactly to six decimals."""
    case = published["hospital-4550000"]
    order, direct = case["order"], case["direct"]
    chosen = method(order, [name for name in direct if name not in order], "step_down", order)
    units = [
        (source, target, amount) for source, targets in case["units"].items() for target, amount in targets.items()
    ]
    done = allocated(direct, drivers(*units), chosen)
    assert abs(done.passed["Dietary"] - int(case["published"]["Dietary_after_step_1"])) <= 1
    for step in case["computed_exact"]["trace"]:
        assert abs(done.passed[step["from"]] - Fraction(step["amount"])) <= Fraction(1, 1_000_000)
    for name, amount in case["computed_exact"]["final"].items():
        assert abs(done.final[name] - Fraction(amount)) <= Fraction(1, 1_000_000)
    assert sum(done.final.values()) == int(case["published"]["total_after"])


def test_each_method_by_hand() -> None:
    """Two support pools that serve each other: reciprocal solves both, step-down gives nothing back, direct skips."""
    units = drivers(("a", "a", 99), ("a", "b", 1), ("a", "x", 1), ("b", "a", 1), ("b", "y", 3))
    collected = {"a": 700, "b": 400, "x": 10, "y": 20}
    # a = 700 + b/4 and b = 400 + a/2 give a = 6400/7, b = 6000/7.
    reciprocal = allocated(collected, units, method(["a", "b"], ["x", "y"]))
    assert reciprocal.passed == {"a": Fraction(6400, 7), "b": Fraction(6000, 7)}
    assert reciprocal.final == {"care": 0, "x": 10 + Fraction(3200, 7), "y": 20 + Fraction(4500, 7)}
    step_down = allocated(collected, units, method(["a", "b"], ["x", "y"], "step_down", ["a", "b"]))
    assert step_down.final == {"care": 0, "x": 360, "y": 770}
    other_way = allocated(collected, units, method(["a", "b"], ["x", "y"], "step_down", ["b", "a"]))
    assert other_way.final == {"care": 0, "x": 810, "y": 320}
    direct = allocated(collected, units, method(["a", "b"], ["x", "y"], "direct"))
    assert direct.final == {"care": 0, "x": 710, "y": 420}


def test_origin_tells_where_each_support_pool_ends() -> None:
    """The parts of a support pool's own cost over the final pools add up to it, however often it was passed on."""
    units = drivers(("a", "b", 1), ("a", "x", 1), ("b", "a", 1), ("b", "y", 3))
    done = allocated({"a": 700, "b": 400}, units, method(["a", "b"], ["x", "y"]))
    assert done.origin["a", "x"] + done.origin["a", "y"] == 700
    assert done.origin["b", "x"] + done.origin["b", "y"] == 400
    assert done.origin["b", "x"] == Fraction(400 * 1, 7)  # b -> a -> x: 1/4 of 1/2, and round again: 1/8 / (1 - 1/8)


def test_negative_cost_passes() -> None:
    """A support pool with a negative balance is passed on like any other."""
    done = allocated({"a": -90, "x": 10}, drivers(("a", "x", 1), ("a", "y", 2)), method(["a"], ["x", "y"]))
    assert done.final == {"care": 0, "x": -20, "y": -60}


def test_driver_rows_count_for_the_days_they_hold_in_the_window() -> None:
    """A row that holds for a part of the cost window counts its units times those days; one outside counts nothing."""
    half = drivers(("a", "x", 10), end_date=dt.date(2025, 1, 31))
    rest = drivers(("a", "x", 20), start_date=dt.date(2025, 2, 1))
    past = drivers(("a", "x", 500), end_date=dt.date(2024, 12, 31))
    other = drivers(("a", "y", 5))
    found = driver_units(pl.concat([half, rest, past, other]), method(["a"], ["x", "y"]), WINDOW)
    assert found == {"a": {"x": 10 * 31 + 20 * 334, "y": 5 * 365}}


@pytest.mark.parametrize(
    ("rows", "code", "named"),
    [
        ([("a", "q", 1)], "M23", "q"),
        ([("x", "a", 1)], "M24", "x"),
        ([("a", "x", 1), ("a", "x", 2)], "M20", "a,x,"),
    ],
)
def test_driver_rows_that_cannot_be_right_are_refused(rows: list[tuple[str, str, int]], code: str, named: str) -> None:
    """An unknown pool, a final pool that passes on, and two rows for one pair on one day stop and are named."""
    with pytest.raises(CalculationError) as stopped:
        driver_units(drivers(*rows), method(["a"], ["x"]), WINDOW)
    assert stopped.value.code == code
    assert named in " ".join(stopped.value.lines)


@pytest.mark.parametrize("allocation", METHODS)
def test_cost_without_driver_units_stops(allocation: str) -> None:
    """A support pool with cost, its own or received, and no units to pass it on by stops; without cost it does not."""
    chosen = method(["a", "b"], ["x"], allocation)
    with pytest.raises(CalculationError) as stopped:
        allocated({"b": 1}, drivers(("a", "x", 1)), chosen)
    assert (stopped.value.code, stopped.value.lines) == ("M25", ("b",))
    assert allocated({"a": 5}, drivers(("a", "x", 1)), chosen).final["x"] == 5


def test_cost_received_without_driver_units_stops() -> None:
    """A pool that only receives cost, and passes none on, stops."""
    with pytest.raises(CalculationError) as stopped:
        allocated({"a": 5}, drivers(("a", "x", 1), ("a", "b", 1)), method(["a", "b"], ["x"]))
    assert (stopped.value.code, stopped.value.lines) == ("M25", ("b",))


def test_units_upstream_do_not_help_in_step_down() -> None:
    """In step-down a pool whose only units go to an earlier pool has nothing to pass its cost on by."""
    units = drivers(("a", "x", 1), ("b", "a", 1))
    assert allocated({"b": 5}, units, method(["a", "b"], ["x"])).final["x"] == 5
    with pytest.raises(CalculationError, match="M25"):
        allocated({"b": 5}, units, method(["a", "b"], ["x"], "step_down", ["a", "b"]))


def test_a_closed_loop_is_refused() -> None:
    """Support pools that pass cost to each other only are named together."""
    units = drivers(("a", "b", 1), ("b", "a", 1), ("c", "a", 1), ("c", "x", 1))
    with pytest.raises(CalculationError) as stopped:
        allocated({"c": 5}, units, method(["a", "b", "c"], ["x"]))
    assert (stopped.value.code, stopped.value.lines) == ("M26", ("a", "b"))


SUPPORT = ("s1", "s2", "s3", "s4")
FINAL = ("x", "y")
CENTS = st.integers(-(10**10), 10**10)


@settings(max_examples=150, deadline=None)
@given(
    st.fixed_dictionaries(dict.fromkeys((*SUPPORT, *FINAL, "care"), CENTS)),
    st.lists(st.tuples(st.sampled_from(SUPPORT), st.sampled_from((*SUPPORT, *FINAL, "care")), st.integers(0, 10**7))),
    st.sampled_from(METHODS),
    st.permutations(SUPPORT),
)
def test_every_method_keeps_the_total_to_the_cent(
    collected: dict[str, int], units: list[tuple[str, str, int]], allocation: str, order: list[str]
) -> None:
    """Whatever the drivers, in all methods the final pools hold exactly what was collected, in whole cents too."""
    sure = {(name, "care"): 1 for name in SUPPORT}  # so that every support pool has a way out
    pairs = sure | {(source, target): amount for source, target, amount in units}
    pairs |= {pair: 1 for pair in sure if not pairs[pair]}
    rows = drivers(*((source, target, amount) for (source, target), amount in pairs.items()))
    done = allocated(collected, rows, method(list(SUPPORT), list(FINAL), allocation, order))
    assert sum(done.final.values()) == sum(collected.values())
    assert sum(whole_parts(done.final).values()) == sum(collected.values())
    for name in SUPPORT:
        assert sum(done.origin[name, target] for target in (*FINAL, "care")) == collected[name]
