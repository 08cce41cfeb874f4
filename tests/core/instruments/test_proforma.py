"""ProForma whole: own and hired, both ways of attribution, persons, the roster, and the coming months."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.contract import Made
from ipvb_bridge.core.instruments.proforma_ahead import CHANGES
from tests.core.frames import shuffled
from tests.core.instruments.given import given, run
from tests.core.small import METHOD, agreement, contract, hours, small, stay, stream
from tests.core.strategies import row

# Half an hour a day at level 3 with direct share 0.5: an hour a day, 7 a week; FTE = hours x (1800/36)/1500.
DAILY = agreement("A1")
FTE = 7 * 50 / 1500


def made(*agreements: dict[str, Any], own: Any = None, **more: Any) -> Made:
    chosen = more.pop("chosen", {})
    method = METHOD | {"instruments": {"proforma": chosen}}
    return run(
        "proforma", small(more.pop("period", "2026-01"), method, care_agreements=list(agreements), **more), own=own
    )


def cell(of: Made, part: str = "morning", level: str = "3") -> dict[str, Any]:
    rows = of.tables["proforma"].filter(pl.col("day_part") == part, pl.col("level") == level)
    return rows.row(0, named=True)


def test_required_on_two_bases() -> None:
    """FTE on the base of [formation] and on that of KiK-V, side by side (docs/instrumenten/proforma.md)."""
    row = cell(made(DAILY))
    assert (row["direct_hours_week"], row["required_hours_week"]) == (3.5, 7.0)
    assert row["required_fte"] == pytest.approx(FTE, abs=1e-6)
    assert row["required_other_fte"] == pytest.approx(7 * 50 / 1692, abs=1e-6)
    assert cell(made(DAILY, chosen={"other_net_year": 1500}))["required_other_fte"] == row["required_fte"]


def test_own_and_hired_stand_apart_and_both_ways_of_counting() -> None:
    """A shift over two day parts counts in both by overlap and in one by its start; hired hours stand apart."""
    of = made(
        DAILY,
        contracts=[contract("C1", "3"), contract("C2", "3", employment="hired")],
        hours=[
            hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T15:00+01:00", 480),
            hours("H2", "C2", "2026-01-06T07:00+01:00", "2026-01-06T12:00+01:00", 300),
        ],
    )
    morning, afternoon = cell(of), cell(of, "afternoon")
    week = 7 / 31
    assert morning["own_hours_week"] == pytest.approx(5 * week, abs=1e-6)
    assert morning["hired_hours_week"] == pytest.approx(5 * week, abs=1e-6)
    assert morning["actual_hours_week"] == pytest.approx(10 * week, abs=1e-6)
    assert morning["started_hours_week"] == pytest.approx(13 * week, abs=1e-6)
    assert (afternoon["own_hours_week"], afternoon["started_hours_week"]) == (pytest.approx(3 * week, abs=1e-6), 0.0)
    assert morning["gap_hours_week"] == pytest.approx(10 * week - 7, abs=1e-6)


def test_the_minimum_cover_that_sets_what_is_required_is_marked() -> None:
    """One carer present each morning is 35 hours a week, more than agreed: marked; where more is agreed it is not."""
    cover = [
        {"unit_id": "D1", "day_part": "morning", "level": "3", "persons": 10_000, "start_date": None, "end_date": None}
    ]
    row = cell(made(DAILY, minimum_cover=cover))
    assert (row["required_hours_week"], row["by_cover"]) == (35.0, True)
    row = cell(made(agreement("A1", minutes=2_000_000), minimum_cover=cover))
    assert (row["by_cover"], row["required_hours_week"] > 35) == (False, True)


def test_in_persons() -> None:
    """A contract of 28 hours is 28/36 of an FTE: so many persons, and rounded up."""
    rows = made(DAILY).tables["proforma_persons"]
    assert rows["contract_hours"].to_list() == [24.0, 28.0, 32.0]
    assert rows["persons"].to_list() == pytest.approx([FTE * 36 / size for size in (24, 28, 32)], abs=1e-5)
    assert rows["persons_whole"].to_list() == [1, 1, 1]
    assert made(DAILY, chosen={"contract_hours": [36]}).tables["proforma_persons"][
        "persons"
    ].to_list() == pytest.approx([FTE], abs=1e-5)


def test_for_the_roster() -> None:
    """On one such day: an hour of the five of a morning is a fifth of a carer."""
    rows = made(DAILY).tables["proforma_roster"].filter(pl.col("day_part") == "morning")
    assert rows["weekday"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    assert rows["required_hours"].to_list() == [1.0] * 7
    assert rows["carers"].to_list() == [0.2] * 7


def change(number: str, date: str, what: str, **values: Any) -> dict[str, Any]:
    given_values = {"unit_id": "D1", "zzp": "4VV", "new_zzp": None, "residents": None}
    return row(CHANGES, change_id=number, date=dt.date.fromisoformat(date), change=what, **(given_values | values))


def ahead(*changes: dict[str, Any], **more: Any) -> Made:
    return made(DAILY, own={"forecast_residents": list(changes)}, **more)


def months(of: Made, unit: str = "D1") -> dict[str, tuple[float, float]]:
    rows = of.tables["proforma_forecast"].filter(pl.col("unit_id") == unit, pl.col("level") == "3")
    return {row["month"]: (row["residents"], row["required_hours_week"]) for row in rows.to_dicts()}


def test_without_changes_the_months_ahead_are_as_now() -> None:
    """Who lives here stays and asks the same a day, whatever the length of the month."""
    assert months(ahead()) == dict.fromkeys(("2026-01", "2026-02", "2026-03", "2026-04"), (1.0, 7.0))
    assert months(ahead(chosen={"months": 0})) == {}


def test_residents_come_and_go() -> None:
    """From their day on: half of February comes to half a resident more; two come at once, one goes."""
    of = ahead(
        change("1", "2026-02-15", "comes"),
        change("2", "2026-03-01", "comes", residents=2),
        change("3", "2026-04-01", "goes"),
    )
    assert months(of) == {
        "2026-01": (1.0, 7.0), "2026-02": (1.5, 10.5), "2026-03": (4.0, 28.0), "2026-04": (3.0, 21.0),
    }  # fmt: skip
    rows = of.tables["proforma_forecast"].filter(pl.col("month") == "2026-03", pl.col("level") == "3")
    assert rows["change_fte"].to_list() == pytest.approx([3 * FTE], abs=1e-5)


def test_a_profile_that_is_known_elsewhere() -> None:
    """In a unit without the profile, a resident asks what the same profile asks over the organisation."""
    assert months(ahead(change("1", "2026-02-01", "comes", unit_id="D2")), "D2") == {
        "2026-02": (1.0, 7.0), "2026-03": (1.0, 7.0), "2026-04": (1.0, 7.0),
    }  # fmt: skip


def test_another_profile() -> None:
    """Who changes profile asks what residents of the new one ask now."""
    of = made(
        DAILY,
        agreement("A2", resident_id="R2", minutes=600_000),
        residents=[stream("residents", resident_id=each) for each in ("R1", "R2")],
        stays=[stay("S1", "D1", "2020-01-01"), stay("S2", "D1", "2020-01-01", resident="R2")],
        indications=[
            stream(
                "indications", indication_id=who, resident_id=who, basis="assigned", zzp=zzp, delivery_form="stay",
                with_treatment=False, with_day_care=False, start_date="2020-01-01",
            )
            for who, zzp in (("R1", "4VV"), ("R2", "6VV"))
        ],
        own={"forecast_residents": [change("1", "2026-02-01", "changes", new_zzp="6VV")]},
    )  # fmt: skip
    assert months(of)["2026-01"] == (2.0, 21.0)
    assert months(of)["2026-02"] == (2.0, 28.0)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ([change("1", "2026-02-01", "comes", zzp="9bVV")], "I81"),
        ([change("1", "2026-01-31", "comes")], "I82"),
        ([change("1", "2026-02-01", "changes")], "I83"),
        ([change("1", "2026-02-01", "goes", residents=2)], "I84"),
    ],
)
def test_what_cannot_be_told_is_a_finding(changes: list[dict[str, Any]], rule: str) -> None:
    """An unknown profile, a change in the past, one without a new profile, more going than are there."""
    of = ahead(*changes)
    assert rule in of.findings["rule"].to_list()
    assert all(people >= 0 for people, _ in months(of).values())


def test_a_department_without_hours_is_told() -> None:
    """Care to give and nobody who worked: a finding with the department (I80), and no actual hours."""
    of = made(DAILY, hours=[hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T17:00+01:00", 600, unit_id="D2")])
    (finding,) = of.findings.filter(pl.col("rule") == "I80").to_dicts()
    assert finding["unit_id"] == "D1"


@settings(max_examples=25, deadline=None)
@for_all(
    minutes=st.lists(st.integers(0, 1_200_000), min_size=1, max_size=5),
    shifts=st.lists(st.tuples(st.integers(0, 23), st.integers(1, 600), st.booleans()), max_size=5),
    seed=st.integers(0, 5),
)
def test_own_and_hired_add_up(minutes: list[int], shifts: list[tuple[int, int, bool]], seed: int) -> None:
    """Own and hired are together what was worked, both ways of counting hold the same hours; order does not matter."""
    worked = [
        hours(
            f"H{at}",
            "C2" if hired else "C1",
            f"2026-01-05T{hour:02d}:00+01:00",
            f"2026-01-06T{hour:02d}:00+01:00",
            length,
        )
        for at, (hour, length, hired) in enumerate(shifts)
    ]
    org = small(
        care_agreements=[agreement(f"A{at}", minutes=each) for at, each in enumerate(minutes)],
        contracts=[contract("C1", "3"), contract("C2", "3", employment="hired")],
        hours=[*worked, hours("H", "C1", "2026-01-05T07:00+01:00", "2026-01-05T17:00+01:00", 600)],
    )
    instrument = instruments.load("proforma")
    base = given(org, inputs=instrument.inputs)
    table = instrument.run(base).tables["proforma"]
    for one, other in (("own_hours_week", "hired_hours_week"),):
        assert (table[one] + table[other]).to_list() == pytest.approx(table["actual_hours_week"].to_list(), abs=2e-6)
    assert table["started_hours_week"].sum() == pytest.approx(table["actual_hours_week"].sum(), abs=1e-5)
    required = base.tables["formation"]
    assert (
        table.select("unit_id", "day_part", "level", "required_hours_week").rows()
        == required.select("unit_id", "day_part", "level", "required_hours_week").rows()
    )
    mixed = dataclasses.replace(base, tables={name: shuffled(each, seed) for name, each in base.tables.items()})
    for name, each in instrument.run(mixed).tables.items():
        assert each.equals(instrument.run(base).tables[name])
