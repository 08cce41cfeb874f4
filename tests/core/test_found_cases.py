"""Cases that random organisations found: each small, with figures computed by hand, asked of both calculations."""

from __future__ import annotations

import pytest

from tests.core.engines import by_oracle, by_product
from tests.core.small import hours, small, wage
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
