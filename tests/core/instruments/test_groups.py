"""Client groups and profiles beside each other: sums of budgets, figures per day and per week."""

from __future__ import annotations

import dataclasses

import polars as pl
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import instruments
from tests.core.frames import shuffled
from tests.core.instruments.given import given, run
from tests.core.oracle import Organisation
from tests.core.small import agreement, indication, posting, small, stay, stream, tariff
from tests.core.strategies import organisations

TABLES = ("client_groups", "profiles", "client_groups_by_unit", "profiles_by_unit")


def organisation(group: str | None = "pg") -> Organisation:
    """R1 somatic 4VV all January, R2 with ``group`` and 5VV from the 17th; 620.00 of housing over 46 days."""
    return small(
        residents=[
            stream("residents", resident_id="R1", client_group="somatic"),
            stream("residents", resident_id="R2", client_group=group),
        ],
        stays=[stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2026-01-17", resident="R2")],
        indications=[
            indication("I1", "2020-01-01"),
            indication("I2", "2026-01-17", zzp="5VV") | {"resident_id": "R2"},
        ],
        care_agreements=[
            agreement("A1"),
            agreement("A2", resident_id="R2", minutes=900_000),
            agreement("A3", resident_id="R2", performer="network", payer="none"),
            agreement("A4", payer="resident"),
        ],
        ledger_lines=[posting("L1", "41", "K1", 50_000), posting("L2", "41", "K2", 46_000)],
        tariffs=[tariff("2020-01-01", cents=8_000), tariff("2020-01-01", cents=15_000, zzp="5VV")],
    )


def test_the_groups_beside_each_other() -> None:
    """Somatic: 31 days, half an hour a day; pg: 15 days, an hour and a half (docs/instrumenten/groups.md)."""
    made = run("groups", organisation())
    rows = {row["client_group"]: row for row in made.tables["client_groups"].to_dicts()}
    # 31 x 80.00; 15.5 h at 100.00; 31 x 10.00. And 15 x 150.00; 22.5 h at 100.00; 15 x 10.00.
    money = ("available_cents", "care_cents", "stay_cents", "required_cents", "balance_cents")
    assert [rows["somatic"][name] for name in money] == [248_000, 155_000, 31_000, 186_000, 62_000]
    assert [rows["pg"][name] for name in money] == [225_000, 225_000, 15_000, 240_000, -15_000]
    a_day = ("available_day_cents", "care_day_cents", "stay_day_cents", "balance_day_cents")
    assert [rows["somatic"][name] for name in a_day] == [8_000, 5_000, 1_000, 2_000]
    assert [rows["pg"][name] for name in a_day] == [15_000, 15_000, 1_000, -1_000]
    weeks = ("week_hours", "network_week_hours")
    assert [rows["somatic"][name] for name in weeks] == [3.5, 0.0]
    assert [rows["pg"][name] for name in weeks] == [10.5, 3.5]
    assert made.tables["profiles"].select("client_group", "zzp", "residents").rows() == [
        ("pg", "5VV", 1),
        ("somatic", "4VV", 1),
    ]
    assert made.tables["profiles_by_unit"].select("unit_id", "zzp", "balance_cents").rows() == [
        ("D1", "4VV", 62_000),
        ("D2", "5VV", -15_000),
    ]
    assert made.findings.is_empty()


def test_residents_without_group_or_profile_stand_apart() -> None:
    """An unknown group (I48) and a stay without an indication (I49) keep their amounts in a row of their own."""
    org = organisation(None)
    org.streams["indications"] = org.streams["indications"][:1]
    made = run("groups", org)
    assert made.tables["client_groups"]["client_group"].to_list() == ["somatic", None]
    assert made.tables["profiles"].select("client_group", "zzp").rows() == [("somatic", "4VV"), (None, None)]
    found = {row["rule"]: row for row in made.findings.to_dicts()}
    assert set(found) == {"I48", "I49"}
    assert found["I48"]["amount_cents"] == found["I49"]["amount_cents"] == -240_000
    assert "doelgroep" in found["I48"]["next_step"]
    assert "indicatie" in found["I49"]["next_step"]


@settings(max_examples=15, deadline=None)
@for_all(org=organisations, seed=st.integers(0, 9))
def test_every_table_adds_up_to_the_organisation(org: Organisation, seed: int) -> None:
    """For any organisation each table is its budgets, to the cent, and the order of the inputs does not matter."""
    try:
        base = given(org)
    except CalculationError:
        return  # what stops a calculation has tests of its own
    instrument = instruments.load("groups")
    tables = instrument.run(base).tables
    budgets = base.tables["resident_budgets"]
    lines = base.tables["lines"].filter(pl.col("performer") == "staff", pl.col("payer") == "wlz")
    for name in TABLES:
        table = tables[name]
        for column in ("available_cents", "care_cents", "stay_cents", "required_cents", "balance_cents", "held_days"):
            assert table[column].sum() == budgets[column].sum(), (name, column)
        assert table["care_milliminutes"].sum() == lines["milliminutes"].sum()
        for row in table.iter_rows(named=True):
            parts = row["available_day_cents"] - row["care_day_cents"] - row["stay_day_cents"]
            assert parts == row["balance_day_cents"]
            assert abs(row["balance_day_cents"] * row["held_days"] - row["balance_cents"]) <= 2 * row["held_days"]
    mixed = dataclasses.replace(base, tables={name: shuffled(table, seed) for name, table in base.tables.items()})
    for name, table in instrument.run(mixed).tables.items():
        assert table.equals(tables[name])
