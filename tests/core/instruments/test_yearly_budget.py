"""The yearly budget: residents, tariffs, prices with an index, formation; sums to the cent, nothing made up."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.contract import Made
from ipvb_bridge.core.instruments.locations import locations
from ipvb_bridge.core.instruments.yearly_budget_mix import CHANGES
from ipvb_bridge.core.instruments.yearly_budget_settings import YearlyBudget
from tests.core.frames import shuffled
from tests.core.instruments.given import given, run
from tests.core.instruments.price_org import METHOD, documented, euros, round_prices
from tests.core.oracle import Organisation
from tests.core.small import indication, tariff
from tests.core.strategies import organisations, row

YEAR = 365
A_DAY = {"3": 7_800, "2": 2_600, "housing": 1_000, "tariff": 20_000}
"""Half an hour of level 3 at 156.00, a quarter of level 2 at 104.00, housing 10.00, tariff 200.00."""


def change(number: str, date: str, what: str, **values: Any) -> dict[str, Any]:
    given_values = {
        "unit_id": "D1", "zzp": "4VV", "delivery_form": "stay", "with_treatment": False, "with_day_care": False,
        "residents": None,
    }  # fmt: skip
    return row(CHANGES, change_id=number, date=dt.date.fromisoformat(date), change=what, **(given_values | values))


def made(*changes: dict[str, Any], chosen: dict[str, Any] | None = None, **more: Any) -> Made:
    org = round_prices({"instruments": {"yearly_budget": chosen or {}}}, **more)
    return run("yearly_budget", org, own={"budget_residents": list(changes)})


def total(of: Made, column: str) -> int:
    return int(of.tables["yearly_budget"][column].sum())


def items(of: Made, month: str | None = None) -> dict[tuple[str, str], int]:
    rows = of.tables["yearly_budget_items"].filter(pl.col("month") == month if month else pl.lit(True))
    sums = rows.group_by("kind", "item").agg(pl.col("cents").sum())
    return {(kind, item): cents for kind, item, cents in sums.iter_rows()}


def test_one_resident_a_whole_year() -> None:
    """365 days at the tariff, the care agreed, and housing; the figures of docs/instrumenten/yearly_budget.md."""
    of = made()
    assert items(of) == {
        ("revenue", "4VV"): YEAR * A_DAY["tariff"],
        ("care", "3"): YEAR * A_DAY["3"],
        ("care", "2"): YEAR * A_DAY["2"],
        ("stay", "housing"): YEAR * A_DAY["housing"],
        ("stay", "meals"): 0,
    }
    assert total(of, "result_cents") == YEAR * (20_000 - 7_800 - 2_600 - 1_000) == 3_139_000
    assert of.tables["yearly_budget"]["unit_id"].unique().to_list() == ["L1"]
    assert of.tables["yearly_budget"]["month"].to_list() == [f"2026-{month:02d}" for month in range(1, 13)]
    assert of.tables["yearly_budget"]["residents"].to_list() == [1.0] * 12
    assert of.tables["yearly_budget_formation"].filter(pl.col("month") == "2026-02")["hours_week"].to_list() == [
        3.5,
        7.0,
    ]
    assert of.findings.is_empty()
    page = documented("yearly_budget")
    assert page["opbrengst: 365 x 200,00"] == euros(7_300_000)
    assert page["zorg niveau 3: 365 x 0,5 uur x 156,00"] == euros(2_847_000)
    assert page["zorg niveau 2: 365 x 0,25 uur x 104,00"] == euros(949_000)
    assert page["verblijf: 365 x 10,00"] == euros(365_000)
    assert page["resultaat"] == euros(3_139_000)


def test_wages_with_an_index() -> None:
    """Only the part of the price that is wages rises (docs/instrumenten/yearly_budget.md)."""
    of = made(chosen={"wage_index": Decimal("0.03")})
    # Level 3: 60,000 own wages and 18,000 passed on by management, which is all wages, of 117,000: two thirds, 2 %.
    assert items(of)["care", "3"] == 2_847_000 * 102 // 100
    assert documented("yearly_budget")["zorg niveau 3 met lonen + 3 %: 28.470,00 x 1,02"] == euros(2_903_940)
    # Housing: 10,000 of 31,000 is passed on. A month is a line: rounded once.
    assert items(of, "2026-01")["stay", "housing"] == round(31_000 + Decimal("0.03") * 10_000)
    assert total(of, "revenue_cents") == 7_300_000


def test_hired_and_other_cost_have_an_index_of_their_own() -> None:
    """Level 3: 24,000 of 117,000 is hired, 15,000 is materials."""
    hired = made(chosen={"hired_index": Decimal("0.1")})
    assert items(hired, "2026-01")["care", "3"] == round(Decimal(241_800) * (117_000 + 2_400) / 117_000)
    other = made(chosen={"cost_index": Decimal("-0.1")})
    assert items(other, "2026-01")["care", "3"] == round(Decimal(241_800) * (117_000 - 1_500) / 117_000)


def test_a_rise_inside_the_year_holds_from_its_month() -> None:
    """A step of 3 % from July on top of 3 % from January: months before it are as without."""
    step = {"start": dt.date(2026, 7, 1), "wage_index": Decimal("0.03")}
    of = made(chosen={"wage_index": Decimal("0.03"), "index_steps": [step]})
    once = made(chosen={"wage_index": Decimal("0.03")})
    assert items(of, "2026-06") == items(once, "2026-06")
    wages = Decimal("1.03") ** 2 * 78_000 + 39_000
    assert items(of, "2026-07")["care", "3"] == round(31 * A_DAY["3"] * wages / 117_000)
    with pytest.raises(ValidationError, match="first day of a month"):
        YearlyBudget.model_validate({"index_steps": [{"start": "2026-07-02"}]})


def test_the_budget_beside_the_ledger() -> None:
    """The window of 31 days over 365, with the index of each part; the rest is what the budget does not carry."""
    rows = {each["item"]: each for each in made().tables["yearly_budget_ledger"].to_dicts()}
    month = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert rows["3"] == {
        "price": "level", "item": "3", "window_cents": 117_000,
        "year_cents": sum(round(Decimal(117_000 * days) / 31) for days in month),
        "budget_cents": 2_847_000, "difference_cents": rows["3"]["year_cents"] - 2_847_000,
    }  # fmt: skip
    # One resident all January paid for all of housing, so a year of days carries a year of it.
    assert (rows["housing"]["year_cents"], rows["housing"]["difference_cents"]) == (365_000, 0)
    assert sum(each["window_cents"] for each in rows.values()) == 200_000
    dearer = made(chosen={"wage_index": Decimal("0.03")}).tables["yearly_budget_ledger"]
    assert dearer.filter(pl.col("item") == "3")["year_cents"].sum() == sum(
        round(Decimal(119_340 * days) / 31) for days in month
    )


def test_residents_come_and_go() -> None:
    """From its day on; two come at once; in a unit without the profile they ask what it asks elsewhere."""
    of = made(
        change("1", "2026-04-16", "comes", residents=2),
        change("2", "2026-07-01", "goes"),
        change("3", "2026-12-01", "comes", unit_id="D2"),
    )
    people = of.tables["yearly_budget"].select("unit_id", "month", "residents").rows()
    expected = [1.0] * 3 + [2.0] + [3.0] * 2 + [2.0] * 6
    assert [residents for unit, _, residents in people if unit == "L1"] == expected
    assert [each for each in people if each[0] == "L2"] == [("L2", "2026-12", 1.0)]
    rows = of.tables["yearly_budget_items"].filter(pl.col("unit_id") == "L2", pl.col("kind") == "care")
    assert rows["cents"].to_list() == [31 * A_DAY["2"], 31 * A_DAY["3"]]
    assert of.findings.is_empty()


def test_the_location_of_a_unit() -> None:
    """The nearest location at or above it; a unit without one, or that nobody declared, stands for itself."""
    units = pl.DataFrame(
        {
            "unit_id": ["ORG", "L1", "L11", "D1", "D2", "D3"],
            "parent_id": [None, "ORG", "L1", "L11", "L1", "ORG"],
            "kind": ["organisation", "location", "location", "department", "department", "department"],
        }
    )
    asked = pl.Series(["D1", "D2", "D3", "L1", "D9", None, "D1"])
    assert locations(units, asked).rows() == [
        ("D1", "L11"), ("D2", "L1"), ("D3", "D3"), ("D9", "D9"), ("L1", "L1"),
    ]  # fmt: skip


def test_another_year() -> None:
    """The year of the setting: changes after the period and before that year count from its first day."""
    of = made(change("1", "2026-06-01", "comes"), chosen={"year": 2028})
    assert of.tables["yearly_budget"]["month"].to_list() == [f"2028-{month:02d}" for month in range(1, 13)]
    assert total(of, "revenue_cents") == 2 * 366 * 20_000


def test_a_day_without_a_tariff_brings_nothing_and_is_told() -> None:
    """I93 names profile, days and residents; no amount stands in for it."""
    of = made(change("1", "2026-12-02", "comes", zzp="6VV"), tariffs=[tariff("2020-01-01", "2026-09-30")])
    assert total(of, "revenue_cents") == 273 * 20_000
    told = {each["subject"]: each["explanation"] for each in of.findings.filter(pl.col("rule") == "I93").to_dicts()}
    assert "92 dagen (gemiddeld 0,3 bewoners)" in told["4VV stay, zonder behandeling, zonder dagbesteding"]
    assert "30 dagen" in told["6VV stay, zonder behandeling, zonder dagbesteding"]
    # Nobody had 6VV in the period: what such a resident asks is not known.
    lost = of.findings.filter(pl.col("rule") == "I96").to_dicts()
    assert [each["subject"] for each in lost] == ["6VV"]
    assert of.tables["yearly_budget_residents"]["tariff_days"].sum() == 273


def test_a_new_tariff_inside_a_month() -> None:
    """Each day has the tariff of that day; the two rows of the month are rounded apart."""
    rows = [tariff("2020-01-01", "2026-05-15"), tariff("2026-05-16", cents=30_001)]
    of = made(tariffs=rows, chosen={})
    assert items(of, "2026-05")["revenue", "4VV"] == 15 * 20_000 + 16 * 30_001


def test_without_an_indication_or_with_a_pgb() -> None:
    """I94: such days cost and bring nothing."""
    for rows in ([], [indication("I1", "2020-01-01", delivery_form="pgb")]):
        of = made(indications=rows)
        assert total(of, "revenue_cents") == 0
        assert total(of, "care_cents") == YEAR * (A_DAY["3"] + A_DAY["2"])
        assert of.findings["rule"].to_list() == ["I94"]
        assert "365 dagen (gemiddeld 1,0 bewoners)" in of.findings["explanation"][0]


def test_a_delivery_form_without_a_component() -> None:
    """Who comes with VPT has no housing where the settings leave it out."""
    org = round_prices({"cost_price": METHOD["cost_price"] | {"without": {"vpt": ["housing"]}}})
    own = {"budget_residents": [change("1", "2026-12-01", "comes", delivery_form="vpt")]}
    of = run("yearly_budget", org, own=own)
    assert of.tables["yearly_budget"].filter(pl.col("month") == "2026-12")["residents"].to_list() == [2.0]
    assert items(of, "2026-12")["stay", "housing"] == 31_000


def test_changes_that_cannot_be() -> None:
    """I95: before the period's end, of an unknown unit, more going than live there: never fewer than nobody."""
    of = made(
        change("1", "2026-01-31", "comes"),
        change("2", "2026-03-01", "goes", residents=3),
        change("3", "2026-06-01", "comes"),
        change("4", "2026-06-01", "comes", unit_id="D9"),
    )
    told = of.findings.filter(pl.col("rule") == "I95")
    assert sorted(each["unit_id"] or "" for each in told.to_dicts()) == ["", "D1", "D9"]
    assert "2 te veel" in told.filter(pl.col("unit_id") == "D1")["explanation"][0]
    people = of.tables["yearly_budget"].filter(pl.col("unit_id") == "L1")
    assert dict(people.select("month", "residents").rows())["2026-06"] == 1.0
    assert people.height == 9
    assert total(of, "revenue_cents") == (59 + 214 + 214) * 20_000


def test_changes_of_a_later_year_are_told() -> None:
    """I95: who comes next year is not in the budget of this one, and the next step names the setting."""
    of = made(change("1", "2027-01-01", "comes"))
    assert total(of, "revenue_cents") == 7_300_000
    assert of.findings.select("rule", "severity").rows() == [("I95", "info")]
    assert "year" in of.findings["next_step"][0]


def cover(persons: int) -> dict[str, Any]:
    return {
        "unit_id": "D2", "day_part": "night", "level": "2", "persons": persons * 10_000, "start_date": None,
        "end_date": None,
    }  # fmt: skip


def test_minimum_cover_is_staff_beyond_agreements() -> None:
    """A carer of level 2 each night, eight hours with direct share 0.5, in a unit where nobody asks care."""
    of = made(minimum_cover=[cover(1)])
    assert items(of)["unabsorbed", "2"] == YEAR * 4 * 10_400
    rows = of.tables["yearly_budget_formation"].filter(pl.col("unit_id") == "L2", pl.col("month") == "2026-03")
    assert rows["hours_week"].to_list() == [56.0]
    assert rows["cents"].to_list() == [31 * 4 * 10_400]


def test_a_cover_that_cannot_be_priced() -> None:
    """I96: a level that must be present and has no price stands without money."""
    of = made(minimum_cover=[cover(1) | {"level": "7"}])
    assert ("unabsorbed", "7") not in items(of)
    assert of.findings["rule"].to_list() == ["I96"]
    assert of.findings["subject"].to_list() == ["7"]


def test_the_formation_as_it_is() -> None:
    """With ``actual`` the staff that is paid is who worked: 7.5 client hours of level 3 in January, 15.5 agreed."""
    of = made(chosen={"formation": "actual"})
    january = items(of, "2026-01")
    assert january["unabsorbed", "3"] == pytest.approx((7.5 - 15.5) * 15_600, abs=2)
    assert january["unabsorbed", "2"] == pytest.approx((5 - 7.75) * 10_400, abs=2)


@settings(max_examples=15, deadline=None)
@for_all(org=organisations, seed=st.integers(0, 9), actual=st.booleans())
def test_every_table_adds_up_and_order_does_not_matter(org: Organisation, seed: int, actual: bool) -> None:
    """For any organisation the tables hold one total to the cent, no resident is lost, and order changes nothing."""
    chosen = YearlyBudget(formation="actual" if actual else "required", wage_index=Decimal("0.031"))
    org.settings = org.settings.model_copy(
        update={"instruments": org.settings.instruments.model_copy(update={"yearly_budget": chosen})}
    )
    instrument = instruments.load("yearly_budget")
    try:
        base = given(org, inputs=instrument.inputs)
    except CalculationError:
        return  # what stops a calculation has tests of its own
    tables = instrument.run(base).tables
    months, lines = tables["yearly_budget"], tables["yearly_budget_items"]
    for kind in ("revenue", "care", "private", "outside", "stay", "unabsorbed"):
        assert months[f"{kind}_cents"].sum() == lines.filter(pl.col("kind") == kind)["cents"].sum(), kind
    spent = lines.filter(pl.col("kind") != "revenue")
    assert months["cost_cents"].sum() == spent["cents"].sum()
    assert months["result_cents"].sum() == months["revenue_cents"].sum() - spent["cents"].sum()
    assert tables["yearly_budget_formation"]["cents"].sum() == spent.filter(pl.col("kind") != "stay")["cents"].sum()
    ledger = tables["yearly_budget_ledger"]
    assert ledger["budget_cents"].sum() == months["cost_cents"].sum()
    collected = base.tables["ledger_totals"].filter(pl.col("pool").is_not_null())["cents"].sum()
    assert ledger["window_cents"].sum() == collected
    mix = tables["yearly_budget_residents"]
    assert mix["revenue_cents"].sum() == months["revenue_cents"].sum()
    assert (mix["tariff_days"] <= mix["resident_days"]).all()
    last = base.period.end
    there = [
        each
        for each in base.streams["stays"].iter_rows(named=True)
        if each["start_date"] <= last and (each["end_date"] is None or each["end_date"] >= last)
    ]
    days = (dt.date(last.year, 12, 31) - dt.date(last.year, 1, 1)).days + 1
    assert mix["resident_days"].sum() == days * len({each["resident_id"] for each in there})
    mixed = dataclasses.replace(
        base,
        tables={name: shuffled(table, seed) for name, table in base.tables.items()},
        norms={name: shuffled(table, seed) for name, table in base.norms.items()},
        mapped=dataclasses.replace(
            base.mapped, streams={name: shuffled(table, seed) for name, table in base.streams.items()}
        ),
    )
    again = instrument.run(mixed).tables
    for name, table in tables.items():
        assert again[name].equals(table), name
