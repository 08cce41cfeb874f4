"""The care price of units, own staff beside hired, a location's own price and its GINK."""

from __future__ import annotations

import dataclasses
from typing import Any

import polars as pl
from hypothesis import HealthCheck, assume, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import instruments
from ipvb_bridge.core.cost_price import cost_window
from ipvb_bridge.core.instruments.units_above import above
from tests.core.frames import shuffled
from tests.core.frames import stream as frame
from tests.core.instruments.given import given, run
from tests.core.instruments.price_org import UNITS, documented, euros, ledger, round_prices
from tests.core.oracle import Organisation
from tests.core.price import tables
from tests.core.small import agreement, contract, hours, stay, stream
from tests.core.strategies import organisations


def by(table: pl.DataFrame, *key: str, column: str) -> dict[Any, Any]:
    rows = table.select(*key, column).iter_rows()
    return {row[:-1] if len(key) > 1 else row[0]: row[-1] for row in rows}


def test_a_unit_costs_what_its_mix_costs() -> None:
    """The care price of a department, location and organisation is the cost of its agreed hours by those hours."""
    org = round_prices(
        stays=[stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2020-01-01", resident="R2")],
        care_agreements=[agreement("A1"), agreement("A2", resident_id="R2", level="2")],
    )
    rows = run("care_price", org).tables["care_prices"]
    # Half an hour a day of level 3 in D1, of level 2 in D2: 156.00 and 104.00 an hour, 130.00 together.
    assert by(rows, "unit_id", column="care_price_cents") == {
        "D1": 15_600, "D2": 10_400, "L1": 15_600, "L2": 10_400, "ORG": 13_000,
    }  # fmt: skip
    assert by(rows, "unit_id", column="difference_cents")["D1"] == 2_600
    assert by(rows, "unit_id", column="hired_share") == {
        "D1": 0.0, "D2": 0.333333, "L1": 0.0, "L2": 0.333333, "ORG": 0.2,
    }  # fmt: skip
    assert by(rows, "unit_id", column="kind")["L1"] == "location"


def test_the_mix_adds_up_to_the_unit() -> None:
    """Time by level and day part, with its part of the unit's time."""
    rows = run("care_price", round_prices()).tables["care_mix"]
    assert rows.rows() == [
        ("D1", "2", "evening", 465_000, 80_600, 0.333333),
        ("D1", "3", "morning", 930_000, 241_800, 0.666667),
    ]


def test_own_and_hired_staff_stand_apart() -> None:
    """Which hours are hired, and what an own and a hired hour cost (docs/instrumenten/care_price.md)."""
    rows = run("care_price", round_prices()).tables["own_and_hired"]
    assert rows.rows() == [
        ("D1", "3", 600_000, 60_000, 6_000, 0, 0, None),
        ("D2", "2", 600_000, 30_000, 3_000, 0, 0, None),
        ("D2", "3", 0, 0, None, 300_000, 24_000, 4_800),
    ]


def test_a_location_has_a_price_of_its_own() -> None:
    """Own wages follow who worked there, hired cost hired hours, the rest all (docs/instrumenten/care_price.md)."""
    rows = run("care_price", round_prices()).tables["location_prices"]
    # Level 3: 60,000 own in L1, 24,000 hired in L2, 33,000 by 10 and 5 hours.
    assert rows.select("unit_id", "level", "cost_cents", "client_hours", "price_cents", "difference_cents").rows() == [
        ("L1", "3", 82_000, 5.0, 16_400, 800),
        ("L2", "2", 52_000, 5.0, 10_400, 0),
        ("L2", "3", 35_000, 2.5, 14_000, -1_600),
    ]


def test_the_gink_of_a_location() -> None:
    """The normative mix over own prices; the organisation's price stands in for a level without hours there."""
    rows = run("care_price", round_prices()).tables["gink"]
    assert rows.rows() == [
        ("2026-01", "location", "L1", 13_400, 400, 0.5),
        ("2026-01", "location", "L2", 12_200, -800, 1.0),
        ("2026-01", "organisation", "ORG", 13_000, 0, 1.0),
    ]


def test_the_worked_example_of_the_page() -> None:
    """The table in docs/instrumenten/care_price.md is what the instrument says of level 3 and the GINK."""
    made = run("care_price", round_prices()).tables
    places = {row["unit_id"]: row for row in made["location_prices"].filter(level="3").iter_rows(named=True)}
    staff = (
        made["own_and_hired"].filter(level="3").with_columns(place=pl.col("unit_id").replace({"D1": "L1", "D2": "L2"}))
    )
    paid = {row["place"]: row for row in staff.iter_rows(named=True)}
    ginks = by(made["gink"], "unit_id", column="gink_cents")
    expected = {}
    for title, place in (("De Linde", "L1"), ("De Eik", "L2")):
        own, hired, cost = paid[place]["own_cents"], paid[place]["hired_cents"], places[place]["cost_cents"]
        hours_of = f"{places[place]['client_hours']:.2f}".replace(".", ",")
        expected[title] = [
            *euros(own, hired, cost - own - hired, cost), hours_of, *euros(places[place]["price_cents"], ginks[place]),
        ]  # fmt: skip
    expected["Organisatie"] = [*euros(60_000, 24_000, 33_000, 117_000), "7,50", *euros(15_600, ginks["ORG"])]
    assert documented("care_price") == expected


def test_the_gink_of_each_month() -> None:
    """Each calculated period has its own costs, divided over locations by the keys of its own cost window."""
    before = tables(round_prices(ledger_lines=ledger(wages=99_000)))
    rows = run("care_price", round_prices(), history={"2025-12": before}).tables["gink"]
    assert rows.filter(period="2025-12", kind="organisation")["gink_cents"].item() == 13_700
    assert rows.filter(period="2025-12", unit_id="L1")["gink_cents"].item() == (17_600 + 11_000) // 2


def test_a_long_history_is_cut() -> None:
    """The GINK is told of the last twelve calculated periods, this one included."""
    before = tables(round_prices())
    history = {f"2024-{month:02d}": before for month in range(1, 13)}
    rows = run("care_price", round_prices(), history=history).tables["gink"]
    assert rows["period"].unique().sort().to_list() == [*list(history)[1:], "2026-01"]


def test_wages_follow_the_hours_of_the_contract() -> None:
    """Who works in two locations costs each its part by hours; who has no hours costs where the contract stands."""
    hour = round_prices().streams["hours"]
    org = round_prices(
        hours=[
            *hour[1:],
            hours("H4", "C1", "2026-01-06T07:00+01:00", "2026-01-06T14:30+01:00", 450, unit_id="D1"),
            hours("H5", "C1", "2026-01-07T07:00+01:00", "2026-01-07T09:30+01:00", 150, unit_id="D2"),
        ]
    )
    rows = run("care_price", org).tables["own_and_hired"].filter(level="3")
    assert by(rows, "unit_id", column="own_cents") == {"D1": 45_000, "D2": 15_000}


def test_staff_of_no_location() -> None:
    """Hours at the organisation belong to no location: they stand apart, and cost is not lost."""
    pool = contract("C1", "3", unit_id="ORG")
    work = [{**row, "unit_id": "ORG"} if row["contract_id"] == "C1" else row for row in round_prices().streams["hours"]]
    org = round_prices(contracts=[pool, *round_prices().streams["contracts"][1:]], hours=work)
    rows = run("care_price", org).tables["location_prices"].filter(level="3")
    assert by(rows, "unit_id", column="cost_cents") == {"L2": 35_000, None: 82_000}


def test_a_department_without_hours_is_a_finding() -> None:
    """Agreed care where nobody worked is I25; hours where nothing is agreed is I26; nothing at all is I25 once."""
    made = run("care_price", round_prices(stays=[stay("S1", "D2", "2020-01-01")]))
    assert made.findings.select("rule", "unit_id", "milliminutes").rows() == [("I26", "D1", 600_000)]
    absent = [row for row in round_prices().streams["hours"] if row["contract_id"] != "C1"]
    finding = run("care_price", round_prices(hours=absent)).findings.filter(pl.col("rule") == "I25")
    assert finding.select("unit_id", "milliminutes").rows() == [("D1", 1_395_000)]


def test_a_mix_without_hours_has_no_gink_by_location() -> None:
    """Where the hours of an earlier window are gone its GINK by location is left out, with a finding (I27)."""
    inputs = given(round_prices(), history={"2025-12": tables(round_prices())})
    gone = {**inputs.streams, "hours": inputs.streams["hours"].clear()}
    made = instruments.load("care_price").run(
        dataclasses.replace(inputs, mapped=dataclasses.replace(inputs.mapped, streams=gone))
    )
    assert made.tables["gink"]["kind"].to_list() == ["organisation", "organisation"]
    assert made.findings.filter(pl.col("rule") == "I27").height == 2


def test_units_above_stop_at_a_circle() -> None:
    """Each unit stands under itself and all above it; a circle of parents ends."""
    units = frame(
        "units", *UNITS, stream("units", unit_id="X", parent_id="Y"), stream("units", unit_id="Y", parent_id="X")
    )
    rows = above(units)
    assert rows.filter(unit_id="D1")["above"].to_list() == ["D1", "L1", "ORG"]
    assert rows.filter(unit_id="X")["above"].to_list() == ["X", "Y"]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@for_all(organisations, st.integers(0, 9))
def test_nothing_is_lost_over_units_and_locations(org: Organisation, seed: int) -> None:
    """Locations add up to each level's cost, own and hired to their parts, and the order of rows changes nothing."""
    try:
        inputs = given(org)
    except CalculationError:
        assume(False)
    instrument = instruments.load("care_price")
    made = instrument.run(inputs).tables
    levels = inputs.tables["cost_prices"].filter(pl.col("kind") == "level")
    cost = by(levels.group_by("key").agg(pl.col("cost_cents").sum()), "key", column="cost_cents")
    summed = by(made["location_prices"].group_by("level").agg(pl.col("cost_cents").sum()), "level", column="cost_cents")
    assert {level: cents for level, cents in summed.items() if cents} == {level: c for level, c in cost.items() if c}
    parts = inputs.tables["cost_breakdown"].filter(pl.col("kind") == "level")
    assert made["own_and_hired"]["hired_cents"].sum() == parts.filter(pl.col("part") == "hired")["cents"].sum()
    own = parts.filter(pl.col("part").is_in(["gross", "irregularity", "employer_charges"]))["cents"].sum()
    assert made["own_and_hired"]["own_cents"].sum() == own
    staff = inputs.tables["lines"].filter(pl.col("performer") == "staff")
    assert made["care_mix"]["cost_cents"].sum() == staff["cost_cents"].sum()
    assert cost_window(org.settings, org.period).whole_months
    streams = {name: shuffled(each, seed) for name, each in inputs.streams.items()}
    again = dataclasses.replace(inputs, mapped=dataclasses.replace(inputs.mapped, streams=streams))
    for name, each in instrument.run(again).tables.items():
        assert each.equals(made[name]), name
