"""The slow exact implementation against the worked example."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from tests.core.oracle import Outcome, compute, read_folder

EXPECTED: dict[str, Any] = json.loads(
    (Path(__file__).parent / "example" / "expected.json").read_text(encoding="utf-8"), parse_float=Fraction
)


@pytest.fixture(scope="module")
def outcome(example: Path) -> Outcome:
    return compute(read_folder(example))


def test_prices(outcome: Outcome) -> None:
    """Collected cost, final pools, level cost, client hours and every price of the example come out exactly."""
    expected = EXPECTED["cost_prices"]
    prices = outcome.prices
    assert prices.collected == expected["total_cents"]
    assert prices.final_pools == expected["final_pools"]
    assert prices.level_cost == expected["cost_per_level"]
    assert prices.client_hours == expected["client_hours"]
    assert prices.uniform == expected["hourly_price_cents"]
    assert prices.day_price == expected["day_price_cents"]
    assert prices.gink == expected["gink_cents"]


@pytest.mark.parametrize("table", ["lines", "resident_budgets", "unit_budgets"])
def test_tables(outcome: Outcome, table: str) -> None:
    """Lines and budgets of the example come out exactly, in order."""
    assert getattr(outcome, table) == EXPECTED[table]


def test_bridge(outcome: Outcome) -> None:
    """The bridge of the example comes out exactly."""
    expected = {name.removesuffix("_cents"): value for name, value in EXPECTED["bridge"].items()}
    assert outcome.bridge == expected


def test_formation(outcome: Outcome) -> None:
    """Formation of the example comes out, rounded to six decimals, with the same rows in the same order."""
    rows = [
        {name: round(value, 6) if isinstance(value, Fraction) else value for name, value in row.items()}
        for row in outcome.formation
    ]
    assert rows == EXPECTED["formation"]
