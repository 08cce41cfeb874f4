"""The bridge from the ledger's cost to the residents' budgets."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from ipvb_bridge.base.errors import CalculationError
from tests.core.oracle import Organisation
from tests.core.price import tables
from tests.core.small import agreement, contract, hours, posting, small
from tests.core.test_irregularity import WEEK, organisation


def bridged(org: Organisation) -> dict[tuple[str, str | None], int]:
    return {(row["part"], row["level"]): row["cents"] for row in tables(org)["bridge"].to_dicts()}


def test_every_part_stands_where_it_belongs() -> None:
    """Care, private, outside and stay are the budgets' sums, unabsorbed is what was staffed less what was asked."""
    org = small(
        # 5 client hours at 100.00; each agreement 10 minutes on three days of D.
        care_agreements=[
            agreement("G1", start_date="2026-01-29", minutes=100_000),
            agreement("G2", start_date="2026-01-30", minutes=60_000, payer="resident"),
            agreement("G3", start_date="2026-01-31", minutes=60_000, payer="none"),
            agreement("G4", performer="network", payer="none"),
        ],
        ledger_lines=[posting("L1", "41", "K1", 50_000), posting("L2", "43", "K2", 3_107)],
    )
    assert bridged(org) == {
        ("ledger_cost", None): 53_107,
        ("care", None): 5_000,
        ("private", None): 2_000,
        ("outside", None): 1_000,
        ("unabsorbed", "3"): 50_000 - 8_000,
        ("stay", None): 3_100,
        ("price_difference", None): 7,
    }
    assert tables(org)["bridge"]["part"].to_list() == [
        "ledger_cost", "care", "private", "outside", "unabsorbed", "stay", "price_difference",
    ]  # fmt: skip


def test_more_agreed_than_staffed_is_negative() -> None:
    """A level with more agreed care than client hours has a negative unabsorbed amount, and the bridge closes."""
    found = bridged(small(care_agreements=[agreement("G1")]))
    assert found["unabsorbed", "3"] == 50_000 - 155_000
    assert (
        found["care", None] + found["unabsorbed", "3"] + found["price_difference", None] == found["ledger_cost", None]
    )


def test_a_window_that_differs_from_the_period_shows_as_price_difference() -> None:
    """The prices are those of the window; what the period's own ledger differs from them is the price difference."""
    lines = [posting("L1", "41", "K1", 50_000, "2026-01"), posting("L2", "41", "K1", 90_000, "2025-12")]
    window = {"pools": {"care": "final"}, "components": {}, "window": "2026-01"}
    december = hours("H2", "C1", "2025-12-05T07:00+01:00", "2025-12-05T09:00+01:00", 120)
    january = hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T17:00+01:00", 600)
    found = bridged(small("2025-12", {"cost_price": window}, ledger_lines=lines, hours=[january, december], **WAGES))
    assert found["ledger_cost", None] == 90_000
    assert found["unabsorbed", "3"] == 10_000
    assert found["price_difference", None] == 80_000


def test_hours_of_a_level_without_a_price_are_told() -> None:
    """A level that worked in the period and not in the window has no unabsorbed row, and a finding with its time."""
    window = {"pools": {"care": "final"}, "components": {}, "window": "2026-01"}
    given = january()
    given["hours"].append(hours("H2", "C1", "2025-12-05T07:00+01:00", "2025-12-05T09:00+01:00", 120, level="2"))
    found = tables(small("2025-12", {"cost_price": window}, ledger_lines=[posting("L1", "41", "K1", 50_000)], **given))
    assert found["bridge"].drop_nulls("level")["level"].to_list() == ["3"]
    told = found["findings"].filter(pl.col("subject") == "2")
    assert told.select("rule", "milliminutes").rows() == [("R10", 120_000)]


def test_with_a_price_per_day_part_worked_time_counts_at_its_own_price() -> None:
    """Unabsorbed adds up worked time in each day part at that day part's price, rounded once."""
    found = bridged(organisation(ort=WEEK))
    assert found["unabsorbed", "3"] == 40_000 + 60_000
    assert found["price_difference", None] == 0


def test_a_period_that_is_no_whole_month_takes_lines_by_date() -> None:
    """For any other span the ledger lines count by their date (our reading)."""
    inside = posting("L1", "41", "K1", 50_000) | {"date": dt.date(2026, 1, 12)}
    outside = posting("L2", "43", "K1", 7_000) | {"date": dt.date(2026, 1, 31)}
    org = small("2026-01-05..2026-01-18", ledger_lines=[inside, outside])
    assert bridged(org)["ledger_cost", None] == 50_000


def test_money_without_a_place_stops_outside_the_window_too() -> None:
    """An unmapped account, or cost without a pool, in the period stops when the period is not in the cost window."""
    window = {"pools": {"care": "final"}, "components": {}, "window": "2026-01"}
    lines = [posting("L1", "41", "K1", 50_000, "2026-01"), posting("L2", "99", "K1", 5, "2025-12")]
    lines.append(posting("L3", "43", None, 6, "2025-12"))
    with pytest.raises(CalculationError) as stopped:
        tables(small("2025-12", {"cost_price": window}, ledger_lines=lines, **january()))
    assert stopped.value.lines == (
        "accounts 99: 1 rows, 0.05",
        "cost_centres (empty) (pool none, account 43): 1 rows, 0.06",
    )


def january() -> dict[str, list[dict[str, Any]]]:
    """Hours and pay in January, for a calculation of December with January's prices."""
    return {"hours": [hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T17:00+01:00", 600)], **WAGES}


WAGES: dict[str, list[dict[str, Any]]] = {
    "wages": [
        {
            "wage_id": "W1", "contract_id": "C1", "component": "gross", "relates_to": "2026-01", "paid_in": "2026-01",
            "amount": 30_000,
        }
    ],
    "contracts": [contract("C1", "3")],
}  # fmt: skip
