"""The cost price: what is collected, how care is split over levels, prices, breakdown, GINK, and where it stops."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core.records import MAPPINGS
from tests.core.oracle import Organisation
from tests.core.price import prices, tables
from tests.core.small import contract, driver, hours, posting, small, wage
from tests.core.strategies import row

SUPPORTED = {
    "cost_price": {
        "pools": {"care": "final", "housing": "final", "management": "support", "facility": "support"},
        "components": {"housing": "held"},
    }
}

THREE = (
    contract("C1", "3"),
    contract("C2", "2", employment="hired"),
    contract("C3", "2", client_facing=False),
)


def shift(hours_id: str, contract_id: str, minutes: int, month: str = "2026-01", **values: Any) -> dict[str, Any]:
    return hours(hours_id, contract_id, f"{month}-06T07:00+01:00", f"{month}-06T15:00+01:00", minutes, **values)


def stopped(org: Organisation) -> CalculationError:
    with pytest.raises(CalculationError) as caught:
        tables(org)
    return caught.value


def level_costs(org: Organisation) -> dict[str, int]:
    table = tables(org)["cost_prices"].filter(pl.col("kind") == "level")
    return dict(table.select("key", "cost_cents").iter_rows())


def test_only_ledger_lines_of_the_window_count() -> None:
    """A line counts by its accounting period, whatever its date; the month before the window does not."""
    early = posting("L2", "41", "K1", 7_000, "2025-12")
    late = posting("L3", "43", "K1", 1_000) | {"date": early["date"]}
    assert level_costs(small(ledger_lines=[posting("L1", "41", "K1", 50_000), early, late])) == {"3": 51_000}


def test_the_default_window_is_twelve_months() -> None:
    """Without a window the twelve calendar months count that end with the period's last month."""
    lines = [posting(f"L{month}", "43", "K1", 10, month) for month in ("2024-12", "2025-02", "2026-01", "2026-02")]
    method = {"cost_price": {"pools": {"care": "final"}, "components": {}, "window": None}}
    org = small(method=method, ledger_lines=[*lines, posting("LW", "41", "K1", 0)])
    assert level_costs(org) == {"3": 20}


def test_revenue_and_excluded_money_is_shown_and_costs_nothing() -> None:
    """Categories revenue and excluded never reach a price, and stand in the ledger's totals."""
    accounts = [
        row(MAPPINGS["accounts"], account_from=code, account_to=code, category=name)
        for code, name in (("41", "wages"), ("80", "revenue"), ("20", "excluded"))
    ]
    lines = [posting("L1", "41", "K1", 50_000), posting("L2", "80", "K9", -70_000), posting("L3", "20", None, 20_000)]
    org = small(ledger_lines=lines)
    org.mappings["accounts"] = accounts
    none = [row(MAPPINGS["cost_centres"], cost_centre_id=code, pool="none") for code in ("K9", None)]
    org.mappings["cost_centres"] = [each for each in org.mappings["cost_centres"] if each["cost_centre_id"]] + none
    found = tables(org)
    assert found["ledger_totals"].rows() == [
        ("excluded", None, 20_000), ("revenue", None, -70_000), ("wages", "care", 50_000),
    ]  # fmt: skip
    assert found["cost_prices"]["cost_cents"].sum() == 50_000


def test_unmapped_money_stops_with_codes_rows_and_amounts() -> None:
    """Unmapped accounts and cost centres, and cost on a centre without a pool, are all named, with rows and amounts."""
    lines = [
        posting("L1", "41", "K1", 50_000),
        posting("L2", "99", "K1", 1_234),
        posting("L3", "99", "K1", 1),
        posting("L4", "43", "K9", 500),
        posting("L5", "43", None, 25),
    ]
    error = stopped(small(ledger_lines=lines))
    assert error.code == "M21"
    assert error.lines == (
        "accounts 99: 2 rows, 12.35",
        "cost_centres K9: 1 rows, 5.00",
        "cost_centres (empty) (pool none, account 43): 1 rows, 0.25",
    )
    assert "17.60" in error.what("en")


def test_an_unknown_pool_stops() -> None:
    """A pool that the mapping names and method.toml does not have stops and is named."""
    error = stopped(small(ledger_lines=[posting("L1", "41", "K1", 1), posting("L2", "43", "K4", 1)]))
    assert (error.code, error.lines) == ("M22", ("management",))


def test_wages_follow_payroll_cost_to_the_contracts_level() -> None:
    """Wages are divided by gross, irregularity and charges of the window, also when worked at another level."""
    org = small(
        contracts=[contract("C1", "3"), contract("C2", "2")],
        hours=[shift("H1", "C1", 600), shift("H2", "C2", 600, level="3"), shift("H3", "C2", 60)],
        wages=[
            wage("W1", "C1", 20_000, "2026-01"),
            wage("W2", "C1", 5_000, "2026-01", "irregularity"),
            wage("W3", "C1", 5_000, "2026-01", "employer_charges"),
            wage("W4", "C2", 10_000, "2026-01"),
            wage("W5", "C2", 90_000, "2026-01", "other"),
            wage("W6", "C2", 90_000, "2025-12") | {"paid_in": "2026-01"},
        ],
    )
    assert level_costs(org) == {"2": 12_500, "3": 37_500}


def test_pay_of_hired_and_of_people_away_from_residents_divides_nothing() -> None:
    """Payroll cost of hired contracts, and of contracts that are not client-facing, is no base for the wages."""
    org = small(
        contracts=[
            contract("C1", "3"),
            contract("C2", "2", employment="hired"),
            contract("C3", "2", client_facing=False),
        ],
        wages=[wage("W1", "C1", 1, "2026-01"), wage("W2", "C2", 1, "2026-01"), wage("W3", "C3", 1, "2026-01")],
    )
    assert level_costs(org) == {"3": 50_000}


def test_hired_cost_follows_hired_hours_and_the_rest_all_hours() -> None:
    """`hired` goes by hours of hired contracts, any other category by worked hours of all client-facing contracts."""
    org = small(
        contracts=[*THREE],
        hours=[
            shift("H1", "C1", 180), shift("H2", "C2", 60), shift("H3", "C3", 600), shift("H4", "C1", 60, kind="sick"),
        ],
        ledger_lines=[
            posting("L1", "41", "K1", 1_000),
            posting("L2", "42", "K1", 400),
            posting("L3", "43", "K1", 100),
        ],
    )  # fmt: skip
    assert level_costs(org) == {"2": 425, "3": 1_075}


def test_hired_cost_without_hired_hours_goes_by_all_hours_with_a_finding() -> None:
    """Where nobody hired has worked, hired cost is divided by all worked hours, and a finding says so."""
    org = small(
        contracts=[contract("C1", "3"), contract("C2", "2")],
        hours=[shift("H1", "C1", 180), shift("H2", "C2", 60)],
        ledger_lines=[posting("L1", "42", "K1", 400)],
    )
    assert level_costs(org) == {"2": 100, "3": 300}
    finding = tables(org)["findings"].filter(pl.col("amount_cents") == 400).to_dicts()
    assert [(each["rule"], each["severity"]) for each in finding] == [("R05", "warning")]


def test_a_correction_lowers_the_hours_of_its_level() -> None:
    """Negative paid minutes count: what was corrected away neither divides nor prices."""
    org = small(
        contracts=[contract("C1", "3"), contract("C2", "2")],
        hours=[shift("H1", "C1", 180), shift("H2", "C2", 120), shift("H3", "C2", -60)],
        ledger_lines=[posting("L1", "43", "K1", 400)],
    )
    assert level_costs(org) == {"2": 100, "3": 300}


def test_support_reaches_care_by_worked_hours_and_the_components() -> None:
    """Support passed on to care joins the rest of the care pool; the prices' costs add up to the ledger's cost."""
    org = small(
        method=SUPPORTED,
        contracts=[contract("C1", "3"), contract("C2", "2")],
        hours=[shift("H1", "C1", 180), shift("H2", "C2", 60)],
        ledger_lines=[posting("L1", "41", "K1", 1_000), posting("L2", "43", "K4", 800), posting("L3", "41", "K4", 1)],
        drivers=[driver("management", "care", 3), driver("management", "housing", 1)],
    )
    table = {line["key"]: line["cost_cents"] for line in tables(org)["cost_prices"].to_dicts()}
    assert table == {"2": 150, "3": 1_451, "housing": 200}


def test_a_level_without_client_hours_has_no_price_and_keeps_its_cost() -> None:
    """Cost on a level that nobody works at stands in the table without a price, and a finding names it."""
    org = small(
        contracts=[contract("C1", "3"), contract("C2", "2")],
        wages=[wage("W1", "C1", 30_000, "2026-01"), wage("W2", "C2", 10_000, "2026-01")],
    )
    found = tables(org)
    assert found["cost_prices"].filter(pl.col("key") == "2").row(0) == ("level", "2", None, None, 12_500, 0.0)
    finding = found["findings"].filter(pl.col("subject") == "2").row(0, named=True)
    assert (finding["rule"], finding["amount_cents"]) == ("R10", 12_500)


def test_a_level_in_the_gink_mix_is_used() -> None:
    """Cost on a level that only the GINK mix uses is no finding."""
    method = {"gink_mix": {"2": Decimal("0.5"), "3": Decimal("0.5")}}
    org = small(
        method=method,
        contracts=[contract("C1", "3"), contract("C2", "2")],
        hours=[shift("H1", "C1", 600), shift("H2", "C2", 600)],
    )
    assert tables(org)["findings"].filter(pl.col("rule") == "R10", pl.col("subject") == "2").is_empty()


def test_the_gink_weighs_rounded_prices_with_the_mix() -> None:
    """The GINK is the mix of the hourly prices as published, rounded half to even."""
    org = small(
        method={"gink_mix": {"2": Decimal("0.5"), "3": Decimal("0.5")}},
        contracts=[contract("C1", "3"), contract("C2", "2")],
        hours=[shift("H1", "C1", 120), shift("H2", "C2", 120)],
        ledger_lines=[posting("L1", "41", "K1", 0), posting("L2", "43", "K1", 201)],
    )
    found = prices(org)
    assert (found["2", None], found["3", None], found["gink", None]) == (101, 100, 100)


def test_a_contract_without_a_level_is_left_out_and_named() -> None:
    """Hours and pay of a client-facing contract without a level divide nothing, and a finding gives both."""
    org = small(
        contracts=[contract("C1", "3"), contract("C2", None, unit_id="D2")],
        hours=[shift("H1", "C1", 600), shift("H2", "C2", 90)],
        wages=[wage("W1", "C1", 1_000, "2026-01"), wage("W2", "C2", 500, "2026-01")],
    )
    assert level_costs(org) == {"3": 50_000}
    finding = tables(org)["findings"].filter(pl.col("subject") == "C2").row(0, named=True)
    assert (finding["rule"], finding["unit_id"]) == ("R05", "D2")
    assert (finding["amount_cents"], finding["milliminutes"]) == (500, 90_000)


def test_every_breakdown_adds_up_to_its_cost() -> None:
    """Own wages, irregularity, charges, hired, categories and support pools add up to the cost of each price."""
    org = small(
        method=SUPPORTED,
        contracts=[contract("C1", "3"), contract("C2", "2"), contract("C3", "2", employment="hired")],
        hours=[shift("H1", "C1", 180), shift("H2", "C2", 61), shift("H3", "C3", 7)],
        wages=[
            wage("W1", "C1", 333, "2026-01"),
            wage("W2", "C1", 100, "2026-01", "irregularity"),
            wage("W3", "C2", 777, "2026-01"),
            wage("W4", "C2", 55, "2026-01", "employer_charges"),
        ],
        ledger_lines=[
            posting("L1", "41", "K1", 99_999),
            posting("L2", "42", "K1", 12_345),
            posting("L3", "43", "K1", 777),
            posting("L4", "43", "K4", 10_001),
            posting("L5", "41", "K5", 3_333),
            posting("L6", "43", "K2", 5_000),
        ],
        drivers=[
            driver("management", "care", 3), driver("management", "facility", 1), driver("facility", "housing", 2),
            driver("facility", "management", 1),
        ],
    )  # fmt: skip
    found = tables(org)
    sums = found["cost_breakdown"].group_by("kind", "key").agg(pl.col("cents").sum()).sort("kind", "key")
    costs = found["cost_prices"].group_by("kind", "key").agg(pl.col("cost_cents").sum()).sort("kind", "key")
    assert sums.rows() == costs.rows()
    assert set(found["cost_breakdown"]["part"]) == {
        "gross", "irregularity", "employer_charges", "hired", "cost:materials", "support:management",
        "support:facility",
    }  # fmt: skip
    housing = dict(found["cost_breakdown"].filter(pl.col("key") == "housing").select("part", "cents").iter_rows())
    assert housing["cost:materials"] == 5_000


def test_a_component_without_cost_and_days_has_no_price() -> None:
    """A component that costs nothing and that nobody has gets no price, and stops nothing."""
    assert ("meals", None) not in prices(small(stays=[]))


@pytest.mark.parametrize(
    ("changed", "code", "named"),
    [
        ({"wages": []}, "M27", "500.00"),
        ({"hours": [], "ledger_lines": [posting("L1", "43", "K1", 5)]}, "M28", "0.05"),
        ({"contracts": [contract("C1", "7")]}, "M29", "7"),
        ({"method": {"gink_mix": {"2": 1}}}, "M30", "2"),
        ({"ledger_lines": [posting("L1", "43", "K2", 5)], "stays": []}, "M31", "housing"),
    ],
)
def test_money_without_a_base_stops(changed: dict[str, Any], code: str, named: str) -> None:
    """Wages without payroll cost, cost without hours, a level without direct share or (GINK) hours, days: it stops."""
    error = stopped(small(**changed))
    assert error.code == code
    assert named in error.what("nl")
    assert named in error.what("en")


def test_money_of_which_nothing_is_left_needs_no_base() -> None:
    """Wages that cancel out to nothing are divided without a base."""
    lines = [posting("L1", "41", "K1", 500), posting("L2", "41", "K1", -500), posting("L3", "43", "K1", 100)]
    assert level_costs(small(wages=[], ledger_lines=lines)) == {"3": 100}


def test_support_is_not_passed_on_by_default() -> None:
    """Without driver rows a support pool with cost stops."""
    error = stopped(small(method=SUPPORTED, ledger_lines=[posting("L1", "43", "K4", 5)]))
    assert (error.code, error.lines) == ("M25", ("management",))
