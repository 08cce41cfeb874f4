"""The cost price over time, by rolling window, by allocation method and by day part."""

from __future__ import annotations

import copy
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import instruments
from ipvb_bridge.core.cost_price import cost_window
from ipvb_bridge.core.instruments.kopi import step_order
from ipvb_bridge.core.instruments.price_windows import basis, rolling
from ipvb_bridge.core.periods import Period
from tests.core.frames import shuffled
from tests.core.instruments.given import given, run
from tests.core.instruments.price_org import METHOD, documented, euros, ledger, round_prices
from tests.core.oracle import Organisation, read_folder
from tests.core.price import rule, tables
from tests.core.small import driver, hours, wage
from tests.core.strategies import organisations


def prices(table: pl.DataFrame, **where: Any) -> dict[str, int]:
    rows = table.filter(*(pl.col(name) == value for name, value in where.items()))
    return dict(rows.select("key", "price_cents").iter_rows())


def test_calculated_periods_stand_side_by_side() -> None:
    """Each calculated period keeps its prices, and a price tells its change from the period before."""
    org = round_prices()
    made = run("kopi", org, history={"2025-12": tables(round_prices(ledger_lines=ledger(wages=99_000)))})
    rows = made.tables["prices_over_time"]
    assert prices(rows, period="2026-01") == {"3": 15_600, "2": 10_400, "housing": 1_000, "meals": 0, "gink": 13_000}
    assert prices(rows, period="2025-12")["3"] == 16_400
    change = dict(rows.filter(period="2026-01").select("key", "change_cents").iter_rows())
    assert change == {"3": -800, "2": -600, "housing": 0, "meals": 0, "gink": -700}
    assert rows.filter(period="2025-12")["change_cents"].null_count() == 5


def test_the_worked_example_of_the_page(example: Path) -> None:
    """The prices by each way of passing on in docs/instrumenten/kopi.md are those of the worked example."""
    rows = run("kopi", read_folder(example)).tables["allocation_methods"]
    shown = {
        key: euros(*cents)
        for key, *cents in rows.select(
            "key", "reciprocal_price_cents", "step_down_price_cents", "step_down_difference_cents",
            "direct_price_cents", "direct_difference_cents",
        ).iter_rows()
    }  # fmt: skip
    assert documented("kopi") == {
        "Verzorgende IG (3), per uur": shown["3"],
        "Huisvesting, per dag": shown["housing"],
        "GINK, per uur": shown["gink"],
    }
    assert rows["reciprocal_cost_cents"].sum() == rows["direct_cost_cents"].sum() == 4_315_139


def two_months(**instrument: Any) -> Organisation:
    """January as in price_org, and December with the same ledger and half the hours, so at twice the price."""
    december = [
        hours("X1", "C1", "2025-12-05T07:00+01:00", "2025-12-05T12:00+01:00", 300, unit_id="D1"),
        hours("X2", "C2", "2025-12-05T07:00+01:00", "2025-12-05T12:00+01:00", 300, unit_id="D2"),
        hours("X3", "C3", "2025-12-31T22:00+01:00", "2026-01-01T01:00+01:00", 150, unit_id="D2"),
    ]
    january = round_prices()
    return round_prices(
        method={"instruments": {"kopi": instrument}},
        hours=[*january.streams["hours"], *december],
        wages=[*january.streams["wages"], wage("W3", "C1", 60_000, "2025-12"), wage("W4", "C2", 30_000, "2025-12")],
        ledger_lines=[*ledger(), *ledger(month="2025-12")],
    )


def test_rolling_windows() -> None:
    """A window of two months is the price of both together, whatever window the settings fix; a night counts where it
    starts.
    """
    made = run("kopi", two_months(windows=[1, 2], window_ends=2))
    rows = made.tables["rolling_prices"]
    assert prices(rows, months=1, month="2026-01")["3"] == 15_600
    assert prices(rows, months=1, month="2025-12")["3"] == 31_200
    # 234,000 cents over 7.5 + 3.75 client hours.
    assert prices(rows, months=2, month="2026-01")["3"] == 20_800
    assert rows.filter(months=2, month="2025-12").is_empty()
    finding = made.findings.filter(pl.col("rule") == "I20").row(0, named=True)
    assert "Een venster van 2 maanden" in finding["explanation"]
    assert "2025-11" in finding["explanation"]


def test_a_window_is_the_price_that_the_method_gives() -> None:
    """The sums by month give each window exactly the table that core.cost_price makes of the rows themselves."""
    org = two_months()
    inputs = given(org)
    rows = basis(inputs, Period.parse("2025-12-01..2026-01-31"))
    window = cost_window(org.settings, org.period)
    assert rows.price(window).table.equals(inputs.tables["cost_prices"])


def test_a_cost_window_with_a_month_that_is_missing_is_a_finding() -> None:
    """A year of days beside a month of ledger makes a wrong price a day: I28 warns, with the months."""
    finding = run("kopi", round_prices(method={"cost_price": METHOD["cost_price"] | {"window": None}})).findings
    row = finding.filter(pl.col("rule") == "I28").row(0, named=True)
    assert "2025-02 tot en met 2025-12, aantal: 11" in row["explanation"]
    assert run("kopi", round_prices()).findings.filter(pl.col("rule") == "I28").is_empty()


def test_windows_end_one_month_apart() -> None:
    """Windows are whole months that end with the last months of the period, over the turn of the year too."""
    made = [(length, str(window)) for length, window in rolling(Period.parse("2026-01"), (3, 1, 3), 2)]
    assert made == [
        (1, "2025-12"),
        (1, "2026-01"),
        (3, "2025-10-01..2025-12-31"),
        (3, "2025-11-01..2026-01-31"),
    ]


def support(**more: Any) -> dict[str, Any]:
    method = copy.deepcopy(METHOD)
    method["cost_price"]["pools"]["facility"] = "support"
    method["cost_price"] |= more
    return method


def test_step_down_without_an_order_begins_with_who_serves_most() -> None:
    """Without step_order the support pool that works most for other support pools goes first, and I22 says so."""
    units = [
        driver("management", "care", 3),
        driver("management", "facility", 1),
        driver("facility", "housing", 1),
        driver("facility", "management", 1),
    ]
    org = round_prices(method=support(), drivers=units)
    made = run("kopi", org)
    assert step_order(basis(given(org), org.period), org.period) == ("facility", "management")
    finding = made.findings.filter(pl.col("rule") == "I22")["explanation"][0]
    assert "facility, management" in finding
    # facility has no cost: management, last in the order, passes all of its 40,000 on to care.
    row = made.tables["allocation_methods"].filter(key="housing").row(0, named=True)
    assert row["step_down_cost_cents"] == 21_000
    assert row["reciprocal_cost_cents"] == 21_000 + round(Fraction(40_000, 7))


def test_a_way_that_cannot_be_worked_out_is_a_finding() -> None:
    """A pool that serves only other support pools cannot pass on directly: no price by that way, and I21 says why."""
    units = [driver("management", "facility", 1), driver("facility", "care", 1)]
    made = run("kopi", round_prices(method=support(step_order=["management", "facility"]), drivers=units))
    rows = made.tables["allocation_methods"]
    assert rows["direct_price_cents"].null_count() == rows.height
    assert rows.filter(key="3")["step_down_difference_cents"].item() == 0
    finding = made.findings.filter(pl.col("rule") == "I21").row(0, named=True)
    assert finding["subject"] == "M25"
    assert "management" in finding["explanation"]


ORT = [
    rule("ort", day_kind=kind, **{"from": first, "to": last}, percentage=percentage * 10_000)
    for kind, first, last, percentage in (
        ("weekday", "00:00", "20:00", 0),
        ("weekday", "20:00", "24:00", 40),
        ("saturday", "00:00", "24:00", 50),
        ("sunday_holiday", "00:00", "24:00", 60),
    )
]


def test_irregularity_by_day_part_stands_beside_the_uniform_price() -> None:
    """The allowance lies where hours have a percentage; the rest of the price is the same in each day part."""
    wages = [
        wage("W1", "C1", 60_000, "2026-01"),
        wage("W2", "C2", 27_000, "2026-01"),
        wage("W3", "C2", 3_000, "2026-01", "irregularity"),
    ]
    shifts = [
        *round_prices().streams["hours"][:1],
        hours("H2", "C2", "2026-01-05T15:00+01:00", "2026-01-06T01:00+01:00", 600, unit_id="D2"),
        *round_prices().streams["hours"][2:],
    ]
    rows = run("kopi", round_prices(wages=wages, hours=shifts, ort=ORT)).tables["day_part_prices"]
    own = {row["day_part"]: row for row in rows.filter(level="2").iter_rows(named=True)}
    # 3,000 of 52,000 cents is allowance, so 9,800 an hour is even. It falls between 20:00 and 24:00: three quarters in
    # the evening (three client hours), a quarter in the night (one client hour).
    assert {row["uniform_price_cents"] for row in own.values()} == {10_400}
    assert own["afternoon"]["price_cents"] == 9_800
    assert own["evening"]["client_hours"] == 3.0
    assert own["evening"]["price_cents"] == 9_800 + 2_250 // 3
    assert own["night"]["price_cents"] == 9_800 + 750
    assert sum(row["cost_cents"] for row in own.values()) == 52_000


def test_without_ort_rows_there_is_no_price_by_day_part() -> None:
    """An empty norms/ort.csv is a finding (I23) and an empty table."""
    made = run("kopi", round_prices())
    assert made.tables["day_part_prices"].is_empty()
    assert "norms/ort.csv" in made.findings.filter(pl.col("rule") == "I23")["explanation"][0]


def test_irregularity_that_cannot_be_placed_is_a_finding() -> None:
    """Allowances paid where no hour has a percentage leave no price by day part (M32 in I21)."""
    wages = [wage("W1", "C1", 60_000, "2026-01", "irregularity"), wage("W2", "C2", 30_000, "2026-01")]
    made = run(
        "kopi",
        round_prices(
            wages=wages, ort=[rule("ort", day_kind="weekday", **{"from": "00:00", "to": "24:00"}, percentage=0)]
        ),
    )
    assert made.tables["day_part_prices"].is_empty()
    assert made.findings.filter(pl.col("rule") == "I21")["subject"].to_list() == ["M32"]


def test_a_level_with_cost_and_no_hours_is_a_finding() -> None:
    """Wages of a level that nobody worked on leave it without a price: I24 names it, with its cost."""
    org = round_prices(
        hours=[row for row in round_prices().streams["hours"] if row["contract_id"] != "C2"],
        care_agreements=[],
        method={"gink_mix": {"3": 1}},
    )
    finding = run("kopi", org).findings.filter(pl.col("rule") == "I24").row(0, named=True)
    assert (finding["subject"], finding["amount_cents"]) == ("2", 30_000)


def test_the_parts_of_a_price_add_up() -> None:
    """What is paid for: parts add up to the cost and, in cents of one hour or day, to the price itself."""
    made = run("kopi", round_prices()).tables
    parts = made["price_parts"].group_by("kind", "key").agg(pl.col("cents", "part_price_cents").sum())
    whole = made["prices_over_time"].filter(pl.col("kind") != "gink", pl.col("cost_cents") > 0)
    beside = whole.join(parts, on=["kind", "key"])
    assert beside.height == 3
    assert beside["cents"].to_list() == beside["cost_cents"].to_list()
    assert beside["part_price_cents"].to_list() == beside["price_cents"].to_list()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@for_all(organisations, st.integers(0, 9))
def test_every_way_divides_the_same_cost(org: Organisation, seed: int) -> None:
    """Each way of passing on divides the ledger's cost to the cent, and the order of rows changes nothing."""
    import dataclasses

    try:
        inputs = given(org)
    except CalculationError:
        assume(False)
    instrument = instruments.load("kopi")
    made = instrument.run(inputs)
    table = made.tables["allocation_methods"]
    cost = inputs.tables["ledger_totals"].filter(pl.col("pool").is_not_null())["cents"].sum()
    for method in ("reciprocal", "step_down", "direct"):
        costs = table[f"{method}_cost_cents"]
        assert costs.null_count() == table.height or costs.sum() == cost
    assert made.tables["price_parts"]["cents"].sum() == cost
    streams = {name: shuffled(frame, seed) for name, frame in inputs.streams.items()}
    again = dataclasses.replace(inputs, mapped=dataclasses.replace(inputs.mapped, streams=streams))
    for name, frame in instrument.run(again).tables.items():
        assert frame.equals(made.tables[name]), name


@pytest.mark.parametrize("bad", [{"windows": [0]}, {"window_ends": 0}, {"window": 3}])
def test_settings_are_bounded(bad: dict[str, Any]) -> None:
    """A window is one month at least, and an unknown key is refused."""
    with pytest.raises(ValueError, match="kopi"):
        round_prices(method={"instruments": {"kopi": bad}})
