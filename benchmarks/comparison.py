"""The comparison: scores, peers, slacks, super-efficiency, least cost and mirror of many invented units.

    python benchmarks/comparison.py                    2,000 units, three inputs and three outputs
    python benchmarks/comparison.py --units 500        fewer
    python benchmarks/comparison.py --sample 100       more units for the naive way

Beside it, in the same run, the naive way for a sample of the units: a linear program each with scipy.optimize.linprog,
built anew, one for the score, one for the slacks and one for the least cost, and the scores of both held against each
other. The naive way is given per unit, since its cost does not depend on the other units of the sample.
"""

from __future__ import annotations

import argparse
import resource
import time
from decimal import Decimal

import numpy as np
import polars as pl
from scipy.optimize import linprog

from ipvb_bridge.core.instruments.comparison_cost import bands
from ipvb_bridge.core.instruments.comparison_peers import Outcome, admit, compare
from ipvb_bridge.core.instruments.comparison_settings import Comparison
from ipvb_bridge.core.instruments.comparison_tables import tables
from ipvb_bridge.core.instruments.comparison_units import Unit

INPUTS, OUTPUTS = ("nursing", "support", "building"), ("days", "heavy_days", "treatment")
PRICES = dict(zip(INPUTS, (Decimal(45), Decimal(28), Decimal(12)), strict=True))


def invented(count: int) -> list[Unit]:
    """Units of very different sizes; the same every time."""
    chance = np.random.default_rng(20260101)
    size = np.exp(chance.normal(3, 1, count))
    use = size[:, None] * np.exp(chance.normal(0, 0.3, (count, 3)))
    make = size[:, None] ** 0.95 * np.exp(chance.normal(0, 0.4, (count, 3)))
    heavy = chance.integers(1, 6, count)
    amounts = [
        {name: int(value * 10_000) for name, value in zip((*INPUTS, *OUTPUTS), row, strict=True)}
        for row in np.hstack([use, make])
    ]
    return [
        Unit(f"U{number:05d}", f"U{number:05d}", row | {"heavy": int(heavy[number]) * 10_000})
        for number, row in enumerate(amounts)
    ]


def whole(units: list[Unit], settings: Comparison) -> tuple[dict[str, Outcome], float, float]:
    """Everything the instrument does with units that were read: outcomes, seconds, seconds of processor."""
    begin, busy = time.perf_counter(), time.process_time()
    peers = admit(units, settings)
    outcomes = compare(units, peers, settings)
    costs, _ = bands(units, outcomes, settings)
    made = tables(units, peers, outcomes, costs, settings)
    assert made["comparison_scores"].height == len(units)
    return outcomes, time.perf_counter() - begin, time.process_time() - busy


def naive(units: list[Unit], sample: list[Unit], returns: str) -> tuple[list[float], float]:
    """Score, slacks and least cost of a sample, a new program each; the scores and the seconds of processor a unit."""
    x = np.array([each.vector(INPUTS) for each in units], dtype=float) / 10_000
    y = np.array([each.vector(OUTPUTS) for each in units], dtype=float) / 10_000
    count = len(units)
    one = returns != "constant"
    price = np.array([float(each) for each in PRICES.values()])
    begin = time.process_time()
    scores = []
    for unit in sample:
        own_x = np.array(unit.vector(INPUTS)) / 10_000
        own_y = np.array(unit.vector(OUTPUTS)) / 10_000
        convex = {"A_eq": np.r_[0, np.ones(count)][None, :], "b_eq": [1.0]} if one else {}
        rows = np.vstack([np.c_[-own_x, x.T], np.c_[np.zeros(3), -y.T]])
        first = linprog(
            np.r_[1.0, np.zeros(count)], A_ub=rows, b_ub=np.r_[np.zeros(3), -own_y], method="highs", **convex
        )
        scores.append(float(first.fun))
        sides = np.vstack([np.c_[x.T, np.eye(3), np.zeros((3, 3))], np.c_[y.T, np.zeros((3, 3)), -np.eye(3)]])
        if one:
            sides = np.vstack([sides, np.r_[np.ones(count), np.zeros(6)]])
        right = np.r_[own_x * first.fun * (1 + 1e-9), own_y, *([1.0] if one else [])]
        linprog(np.r_[np.zeros(count), -np.ones(6)], A_eq=sides, b_eq=right, method="highs")
        again = {"A_eq": np.ones((1, count)), "b_eq": [1.0]} if one else {}
        linprog(x @ price, A_ub=-y.T, b_ub=-own_y, method="highs", **again)
    return scores, (time.process_time() - begin) / len(sample)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--units", type=int, default=2_000)
    parser.add_argument("--sample", type=int, default=40)
    given = parser.parse_args()
    units = invented(given.units)
    sample = units[:: max(len(units) // given.sample, 1)]
    for returns in ("constant", "variable"):
        settings = Comparison(returns=returns, bandwidth=Decimal("0.1"), inputs=INPUTS, outputs=OUTPUTS, prices=PRICES)
        outcomes, seconds, busy = whole(units, settings)
        scores, each = naive(units, sample, returns)
        ours = [outcomes[unit.unit].technical for unit in sample]
        off = max(abs(float(own.value) - other) for own, other in zip(ours, scores, strict=True) if own is not None)
        print(
            f"{returns:<10} {len(units):,} units in {seconds:6.1f} s ({busy:.1f} s of processor),"
            f" {busy / len(units) * 1000:.2f} ms of processor a unit; naive {each * 1000:.2f} ms:"
            f" {each * len(units) / busy:.1f} times; scores differ at most {off:.1e}",
            flush=True,
        )
    around = settings.model_copy(update={"environment": {"heavy": "higher"}})
    _, seconds, busy = whole(units, around)
    print(f"variable with an environment of five classes: {seconds:.1f} s ({busy:.1f} s of processor)")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak {peak:,.0f} MB, polars {pl.__version__}")


if __name__ == "__main__":
    main()
