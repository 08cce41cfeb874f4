"""Cases that random organisations found: each small, with figures computed by hand, asked of both calculations."""

from __future__ import annotations

import pytest

from ipvb_bridge.core.periods import Period
from tests.core.engines import by_oracle, by_product
from tests.core.small import agreement, contract, hours, posting, small, wage
from tests.core.test_by_hand import Engine


@pytest.fixture(params=[by_product, by_oracle], ids=["product", "exact"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.param  # type: ignore[no-any-return]  # pytest's parameter has no type


def test_a_bound_inside_the_hour_that_comes_twice(engine: Engine) -> None:
    """With a bound at 02:30, the clock put back from 03:00 to 02:00 brings the evening back for half an hour."""
    tables = engine(
        small(
            "2025-10",
            hours=[hours("H1", "C1", "2025-10-25T22:00+02:00", "2025-10-26T08:00+01:00", 660)],
            wages=[wage("W1", "C1", 30_000, "2025-10")],
            method={"day_parts": {
                "morning": "06:00-12:00", "afternoon": "12:00-17:00", "evening": "17:00-02:30", "night": "02:30-06:00",
            }},
        )
    )  # fmt: skip
    # evening 22:00-02:30 and 02:00-02:30, night 02:30-03:00 and 02:30-06:00, morning two hours
    week = 7 / 60 / 31
    actual = {day_part: values[3] for (_, day_part, _), values in tables.formation.items()}
    assert actual == pytest.approx({"evening": 300 * week, "night": 240 * week, "morning": 120 * week}, abs=1e-6)


def test_only_staff_use_the_price_of_their_level(engine: Engine) -> None:
    """Time of the network at a level where nobody of the staff works costs nothing, so nothing stops."""
    tables = engine(small(care_agreements=[agreement("G1", level="2", performer="network", payer="none")]))
    assert [(line["milliminutes"], line["cost_cents"]) for line in tables.lines] == [(930_000, 0)]
    assert tables.resident_budgets[0]["network_milliminutes"] == 930_000


def test_hours_of_a_level_that_the_window_does_not_price(engine: Engine) -> None:
    """Hours of the period at a level without hours in the cost window have no price: the price difference has them."""
    tables = engine(
        small(
            contracts=[contract("C1", "3"), contract("C2", "2")],
            hours=[
                hours("H1", "C1", "2025-12-05T07:00+01:00", "2025-12-05T17:00+01:00", 600),
                hours("H2", "C1", "2026-01-05T07:00+01:00", "2026-01-05T12:00+01:00", 300),
                hours("H3", "C2", "2026-01-06T07:00+01:00", "2026-01-06T12:00+01:00", 300),
            ],
            wages=[wage("W1", "C1", 30_000, "2025-12")],
            ledger_lines=[posting("L1", "41", "K1", 50_000, "2025-12"), posting("L2", "41", "K1", 70_000)],
            method={"cost_price": {
                "window": Period.parse("2025-12"),
                "pools": {"care": "final", "housing": "final", "meals": "final"},
                "components": {"housing": "held", "meals": "present"},
            }},
        )
    )  # fmt: skip
    assert tables.bridge == {
        ("ledger_cost", None): 70_000,
        ("unabsorbed", "3"): 25_000,  # 2.5 client hours at 100.00
        ("price_difference", None): 45_000,
    }
