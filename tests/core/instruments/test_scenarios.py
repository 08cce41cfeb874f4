"""What if: each scenario equals a calculation of what it changes, and the base is the calculation itself."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
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
from ipvb_bridge.core.instruments.contract import Made
from ipvb_bridge.core.instruments.scenarios_settings import Scenario
from ipvb_bridge.core.settings import MethodSettings
from tests.core.frames import shuffled
from tests.core.instruments.given import given, run
from tests.core.instruments.price_org import documented, euros, ledger, round_prices
from tests.core.oracle import Organisation, read_folder
from tests.core.price import tables
from tests.core.small import agreement, indication, stay, tariff
from tests.core.strategies import organisations


def what_if(org: Organisation | None = None, **scenarios: dict[str, Any]) -> Made:
    """The scenarios of an organisation, price_org's when none is given."""
    chosen = org or round_prices()
    sections = chosen.settings.model_dump() | {"instruments": {"scenarios": scenarios}}
    return run("scenarios", dataclasses.replace(chosen, settings=MethodSettings.model_validate(sections)))


def figures(made: Made, name: str, side: str = "scenario") -> dict[str, int]:
    return dict(made.tables["scenario_budgets"].filter(scenario=name).select("figure", f"{side}_cents").iter_rows())


def prices(made: Made, name: str) -> dict[str, int]:
    return dict(made.tables["scenario_prices"].filter(scenario=name).select("key", "scenario_cents").iter_rows())


def calculated(org: Organisation) -> tuple[dict[str, int], dict[str, int]]:
    """Prices and budget figures of a calculation, to hold a scenario against."""
    made = tables(org)
    budget = made["resident_budgets"].select(pl.col(pl.Int64).sum()).row(0, named=True)
    steps = dict(made["bridge"].group_by("part").agg(pl.col("cents").sum()).iter_rows())
    found = {
        name: budget[f"{name}_cents"]
        for name in ("available", "care", "stay", "required", "balance", "private", "outside")
    }
    found |= {name: steps[name] for name in ("ledger_cost", "unabsorbed", "price_difference")}
    return dict(made["cost_prices"].select("key", "price_cents").iter_rows()), found


def test_the_base_is_the_calculation() -> None:
    """The base of every comparison is what was calculated, to the cent, and its bridge adds up."""
    made = what_if(niets={"description": "niets"})
    assert figures(made, "niets", "base") == figures(made, "niets") == calculated(round_prices())[1]
    assert made.findings.is_empty()
    assert made.tables["scenarios"].rows() == [("niets", "none", None, None, None, "niets")]


def test_wages_move_in_every_pool() -> None:
    """Three per cent on wages is a calculation with the wage lines of care and management three per cent higher."""
    made = what_if(loon={"wages": "0.03"})
    dearer = round_prices(ledger_lines=ledger(wages=92_700, management=41_200))
    assert (prices(made, "loon"), figures(made, "loon")) == calculated(dearer)
    assert prices(made, "loon")["3"] == (61_800 + 24_000 + 15_000 + 18_540) * 2 // 15


def test_the_worked_example_of_the_page(example: Path) -> None:
    """The figures in docs/instrumenten/scenarios.md are those of the worked example."""
    made = what_if(read_folder(example), loon={"wages": "0.03"}, direct={"direct_share": "0.72"})
    base, loon, direct = figures(made, "loon", "base"), figures(made, "loon"), figures(made, "direct")
    price = made.tables["scenario_prices"].filter(scenario="loon", key="3")["base_cents"].item()
    assert documented("scenarios") == {
        "Verzorgende IG (3), per uur": euros(price, prices(made, "loon")["3"], prices(made, "direct")["3"]),
        **{
            title: euros(base[figure], loon[figure], direct[figure])
            for title, figure in (
                ("Beschikbaar", "available"),
                ("Nodig", "required"),
                ("Saldo", "balance"),
                ("Kosten volgens het grootboek", "ledger_cost"),
            )
        },
    }


def test_a_cost_category_moves() -> None:
    """Another price of materials moves that category in every pool; wages may stand under costs as well."""
    made = what_if(duur={"costs": {"materials": "0.1"}}, zo={"costs": {"wages": "0.03"}}, loon={"wages": "0.03"})
    assert prices(made, "duur")["housing"] == round(Fraction(23_100 + 10_000, 31))
    assert figures(made, "zo") == figures(made, "loon")


def test_a_direct_share_moves_prices_and_formation() -> None:
    """One share for all levels, or a share a level: a calculation with that setting."""
    made = what_if(alle={"direct_share": "0.4"}, drie={"direct_share": {"3": "0.4"}})
    shares = {"2": Decimal("0.4"), "3": Decimal("0.4")}
    other = round_prices(method={"direct_share": shares})
    assert (prices(made, "alle"), figures(made, "alle")) == calculated(other)
    assert prices(made, "drie") == {**prices(made, "alle"), "2": 10_400, "gink": (19_500 + 10_400) // 2}
    fte = made.tables["scenario_formation"].filter(scenario="alle")
    expected = tables(other)["formation"].group_by("level").agg(pl.col("required_fte").sum().round(6)).sort("level")
    assert fte["scenario_fte"].to_list() == expected["required_fte"].to_list()
    assert all(difference > 0 for difference in fte["difference_fte"])
    rows = made.tables["scenarios"].filter(scenario="drie").rows()
    assert rows == [("drie", "direct_share", "3", 0.5, 0.4, "")]


def test_hired_staff_moves_cost_with_hours() -> None:
    """From 5 of 25 hours hired to one tenth: hired cost halves, own wages go up by an eighth; hours stay."""
    made = what_if(minder={"hired_share": "0.1"})
    other = round_prices(ledger_lines=ledger(wages=101_250, hired=12_000))
    assert (prices(made, "minder"), figures(made, "minder")) == calculated(other)
    assert made.tables["scenarios"].row(0) == ("minder", "hired_share", None, 0.2, 0.1, "")


def test_occupancy_moves_days_care_and_income() -> None:
    """From one of two places to both: twice the days, care and income; the cost stays, so a day costs half."""
    made = what_if(vol={"occupancy": 1, "places": 2})
    base, full = figures(made, "vol", "base"), figures(made, "vol")
    assert prices(made, "vol")["housing"] == 500
    assert prices(made, "vol")["3"] == 15_600
    assert full["stay"] == base["stay"]
    assert (full["care"], full["available"]) == (2 * base["care"], 2 * base["available"])
    assert full["ledger_cost"] == base["ledger_cost"]
    fte = made.tables["scenario_formation"]
    assert fte["scenario_fte"].to_list() == pytest.approx([2 * each for each in fte["base_fte"]], abs=2e-6)
    assert made.tables["scenarios"].row(0) == ("vol", "occupancy", None, 0.5, 1.0, "")


def test_costs_that_move_with_the_occupancy() -> None:
    """A category that is variable moves with the days; who lives at home holds no place and stays as he is."""
    org = round_prices(
        stays=[stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2020-01-01", resident="R2")],
        indications=[
            indication("I1", "2020-01-01"),
            {**indication("I2", "2020-01-01", delivery_form="vpt"), "resident_id": "R2"},
        ],
        care_agreements=[agreement("A1"), agreement("A2", resident_id="R2")],
    )
    made = what_if(org, vol={"occupancy": 1, "places": 2, "variable": ["materials"]})
    base, full = figures(made, "vol", "base"), figures(made, "vol")
    # One of two places is held; all days go from 62 to 93, so materials (46,000) go up by half.
    assert full["ledger_cost"] - base["ledger_cost"] == 23_000
    other = round_prices(
        ledger_lines=[
            {**row, "amount": row["amount"] * 3 // 2} if row["account_id"] == "43" else row for row in ledger()
        ]
    )
    hourly = calculated(other)[0]["3"]
    assert prices(made, "vol")["3"] == hourly
    assert full["care"] == 3 * round(Fraction(1_550 * hourly, 100))


def test_tariffs_move_what_is_available() -> None:
    """Two per cent on the day tariffs is a calculation with those tariffs."""
    made = what_if(meer={"tariffs": "0.02"})
    assert figures(made, "meer") == calculated(round_prices(tariffs=[tariff("2020-01-01", cents=20_400)]))[1]


def test_changes_go_together() -> None:
    """A scenario may change several things at once."""
    made = what_if(samen={"wages": "0.03", "hired_share": "0.1", "direct_share": "0.4", "tariffs": "0.02"})
    other = round_prices(
        method={"direct_share": {"2": Decimal("0.4"), "3": Decimal("0.4")}},
        ledger_lines=ledger(wages=round(101_250 * Fraction(103, 100)), hired=12_000, management=41_200),
        tariffs=[tariff("2020-01-01", cents=20_400)],
    )
    assert (prices(made, "samen"), figures(made, "samen")) == calculated(other)


def test_no_scenarios() -> None:
    """Without scenarios the tables are empty and I30 shows how to write one."""
    made = run("scenarios", round_prices())
    assert made.findings["rule"].to_list() == ["I30"]
    assert "[instruments.scenarios.loon]" in made.findings["next_step"][0]


def test_a_calculation_of_before_a_change_is_a_finding() -> None:
    """Where a setting changed after the calculation the base is not that calculation, and I31 says so."""
    inputs = given(round_prices(method={"instruments": {"scenarios": {"loon": {"wages": "0.03"}}}}))
    changed = inputs.settings.model_copy(update={"direct_share": {"2": Decimal("0.4"), "3": Decimal("0.4")}})
    made = instruments.load("scenarios").run(dataclasses.replace(inputs, settings=changed))
    assert made.findings["rule"].to_list() == ["I31"]


def test_an_unknown_category_is_a_finding() -> None:
    """A category on which nothing was booked changes nothing, and I32 names it."""
    made = what_if(x={"costs": {"catering": "0.1"}})
    assert figures(made, "x") == figures(made, "x", "base")
    assert "catering" in made.findings.filter(pl.col("rule") == "I32")["explanation"][0]


@pytest.mark.parametrize(
    ("scenario", "says"),
    [
        ({"hired_share": "0.1"}, "geen uren van eigen en van ingehuurd"),
        ({"occupancy": "0.9", "places": 1}, "geen bezetting nu"),
    ],
)
def test_what_cannot_be_said_is_a_finding(scenario: dict[str, Any], says: str) -> None:
    """Without hired hours, or without a resident in a place, a scenario is left out and I34 says why."""
    org = round_prices(
        hours=round_prices().streams["hours"][:2],
        indications=[indication("I1", "2020-01-01", delivery_form="mpt")],
    )
    made = what_if(org, x=scenario)
    assert says in made.findings.filter(pl.col("rule") == "I34")["explanation"][0]
    assert made.tables["scenario_budgets"].is_empty()


def test_more_residents_than_places_and_a_taken_name() -> None:
    """Fewer places than are held, and a scenario called base, are I34."""
    org = round_prices(stays=[stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2020-01-01", resident="R2")])
    made = what_if(org, vol={"occupancy": "0.9", "places": 1}, base={"wages": "0.01"})
    assert made.findings["rule"].to_list() == ["I34", "I34"]


def test_a_scenario_that_stops_the_calculation_is_a_finding() -> None:
    """Housing without a single day left has no price: that scenario stops (M31 in I33), the others stand."""
    made = what_if(leeg={"occupancy": "0.001", "places": 1}, loon={"wages": "0.01"})
    finding = made.findings.row(0, named=True)
    assert (finding["rule"], finding["subject"]) == ("I33", "M31")
    assert made.tables["scenario_budgets"]["scenario"].unique().to_list() == ["loon"]


def test_a_base_that_cannot_be_calculated_stops() -> None:
    """Without driver units there is no base to compare with, and the calculation's own refusal is raised (M25)."""
    inputs = given(round_prices(method={"instruments": {"scenarios": {"loon": {"wages": "0.03"}}}}))
    gone = dict(inputs.norms) | {"drivers": inputs.norms["drivers"].clear()}
    with pytest.raises(CalculationError, match="M25"):
        instruments.load("scenarios").run(dataclasses.replace(inputs, norms=gone))


@pytest.mark.parametrize(
    ("scenario", "says"),
    [
        ({"occupancy": "0.9"}, "places"),
        ({"variable": ["materials"]}, "needs occupancy"),
        ({"wages": "0.03", "costs": {"wages": "0.01"}}, "one change"),
        ({"direct_share": {"9": "0.5"}}, "names no level"),
        ({"wages": "-1"}, "greater than"),
        ({"wage": "0.03"}, "wage"),
    ],
)
def test_a_scenario_that_contradicts_itself_is_refused(scenario: dict[str, Any], says: str) -> None:
    """Settings are refused when they are read, with what is wrong."""
    with pytest.raises(ValueError, match=says):
        Scenario.model_validate(scenario)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@for_all(organisations, st.integers(0, 9))
def test_every_bridge_adds_up(org: Organisation, seed: int) -> None:
    """The base is the calculation, each bridge adds up to its ledger cost, and the order of rows changes nothing."""
    changed = org.settings.model_dump() | {
        "instruments": {
            "scenarios": {
                "loon": {"wages": "0.0312", "tariffs": "0.015"},
                "vol": {"occupancy": "0.94", "places": 40, "variable": ["materials"]},
                "hulp": {"hired_share": "0.07", "direct_share": "0.71"},
            }
        }
    }
    try:
        inputs = given(dataclasses.replace(org, settings=MethodSettings.model_validate(changed)))
    except CalculationError:
        assume(False)
    instrument = instruments.load("scenarios")
    made = instrument.run(inputs)
    assert "I31" not in made.findings["rule"].to_list()
    steps = made.tables["scenario_bridge"]
    base = steps.filter(scenario="base").drop("scenario").sort("part", "level")
    assert base.equals(inputs.tables["bridge"].sort("part", "level"))
    for name in steps["scenario"].unique():
        own = steps.filter(scenario=name)
        parts = own.filter(pl.col("part") != "ledger_cost")["cents"].sum()
        assert parts == own.filter(part="ledger_cost")["cents"].item()
    streams = {name: shuffled(frame, seed) for name, frame in inputs.streams.items()}
    again = dataclasses.replace(inputs, mapped=dataclasses.replace(inputs.mapped, streams=streams))
    for name, frame in instrument.run(again).tables.items():
        assert frame.equals(made.tables[name]), name
