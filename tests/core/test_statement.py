"""The statement as data: every figure is the table's, and what it is made of adds up to it."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core.budget import RESIDENT_BUDGET_COLUMNS
from ipvb_bridge.core.places import place, places
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.statement import Basis, statement_data, statements
from tests.core.engines import frames
from tests.core.oracle import Organisation, read_folder
from tests.core.price import tables
from tests.core.small import absence, agreement, indication, small, stay, stream, tariff
from tests.core.strategies import organisations


def basis(org: Organisation) -> Basis:
    read = frames(STREAMS, org.streams)
    return Basis(
        org.period, "O", 1, tables(org), read["units"], read["residents"], read["care_agreements"], org.settings, False
    )


def check(data: dict, budget: dict) -> None:
    for name in RESIDENT_BUDGET_COLUMNS:
        assert data[name] == budget[name], name

    def cost(payer: str) -> int:
        return sum(
            line["cost_cents"] for line in data["lines"] if line["performer"] == "staff" and line["payer"] == payer
        )

    assert cost("wlz") == data["care_cents"]
    assert cost("resident") == data["private_cents"]
    assert cost("none") == data["outside_cents"]
    network = [line for line in data["lines"] if line["performer"] in ("network", "self", "volunteer")]
    assert sum(line["milliminutes"] for line in network) == data["network_milliminutes"]
    assert sum(part["cents"] for part in data["components"]) == data["stay_cents"]
    assert sum(part["freed_cents"] for part in data["components"]) == data["freed_cents"]
    assert data["fixed_cents"] + data["free_cents"] + data["other_cents"] == data["required_cents"]
    if data["bridge"]:
        total, *steps = data["bridge"]
        assert total["part"] == "ledger_cost"
        assert sum(step["cents"] for step in steps) == total["cents"]


@settings(max_examples=25, deadline=None)
@given(organisations)
def test_every_budget_row_has_its_statement(org: Organisation) -> None:
    """For any organisation: one statement a row, the sums are those of lines and components; JSON keeps it whole."""
    try:
        made = basis(org)
    except CalculationError:
        return  # what stops a calculation has tests of its own
    rows = made.tables["resident_budgets"].sort("unit_id", "resident_id").to_dicts()
    found = list(statements(made))
    assert json.loads(json.dumps(found)) == found
    for data, budget in zip(found, rows, strict=True):
        check(data, budget)
        assert statement_data(made, budget["resident_id"], budget["unit_id"]) == data
        texts = {row["agreement_id"]: row["description"] for row in made.agreements.to_dicts()}
        assert all(line["description"] == texts[line["agreement_id"]] for line in data["lines"])
    assert sum(len(data["lines"]) for data in found) == made.tables["lines"].height


def test_statements_of_the_example(example: Path) -> None:
    """The worked example: each budget as computed apart, what the network would cost, the texts."""
    expected = json.loads((Path(__file__).parent / "example" / "expected.json").read_text())
    made = basis(read_folder(example))
    found = {(data["resident_id"], data["unit_id"]): data for data in statements(made)}
    for budget in expected["resident_budgets"]:
        check(found[budget["resident_id"], budget["unit_id"]], budget)
    one = found["R1", "D1"]
    assert (one["unit_name"], one["location_name"]) == ("Somatiek", "De Linde")
    assert one["network_cost_cents"] > 0
    assert {line["description"] for line in one["lines"]} == {
        "Wassen en aankleden", "Wondzorg", "Wandelen met dochter", "Draaien in de nacht"
    }  # fmt: skip
    assert found["R4", "D1"]["elsewhere"] == [{"unit_id": "D2", "unit_name": "Kleinschalig wonen"}]


def test_fixed_and_free_divide_what_is_required() -> None:
    """Housing is fixed and guidance free by the settings; what is in both lists is fixed, and the rest stays apart."""
    org = small(
        care_agreements=[
            agreement("G1"),
            agreement("G2", care_function="guidance"),
            agreement("G3", care_function="guidance", payer="resident"),
            agreement("G4", care_function="nursing"),
        ],
        method={"budget": {"fixed": ["nursing"], "free": ["guidance", "nursing"]}},
    )
    data = statement_data(basis(org), "R1", "D1")
    assert data is not None
    each = 31 * 5_000  # half an hour at 100.00
    assert (data["fixed_cents"], data["free_cents"], data["other_cents"]) == (each, each, each)
    assert (data["fixed"], data["free"]) == (["nursing"], ["guidance"])


def test_no_budget_no_statement() -> None:
    """A resident who has no budget in the unit has no statement."""
    assert statement_data(basis(small()), "R1", "D2") is None


def test_names_only_when_they_were_kept() -> None:
    """The name is data of the statement only when the stream holds one."""
    assert statement_data(basis(small()), "R1", "D1")["name"] is None
    kept = small(residents=[stream("residents", resident_id="R1", name="Van der Verzonnen")])
    assert statement_data(basis(kept), "R1", "D1")["name"] == "Van der Verzonnen"


def test_the_same_whatever_the_order_of_rows() -> None:
    """Rows of the tables in another order give the same statements in the same order."""
    made = basis(small(stays=[stay("S1", "D1", "2020-01-01", "2026-01-09"), stay("S2", "D2", "2026-01-10")],
                       care_agreements=[agreement("G1"), agreement("G2", day_part="night")]))  # fmt: skip
    other = Basis(
        made.period, "O", 1, {name: table.reverse() for name, table in made.tables.items()}, made.units.reverse(),
        made.residents.reverse(), made.agreements.reverse(), made.settings, False,
    )  # fmt: skip
    assert list(statements(other)) == list(statements(made))


@pytest.mark.parametrize(
    ("parents", "seen"),
    [({"D1": "L", "L": "O"}, "L"), ({"D1": "O"}, ""), ({"D1": "D2", "D2": "L"}, "L"), ({"D1": "D2", "D2": "D1"}, "")],
)
def test_the_location_over_a_unit(parents: dict[str, str], seen: str) -> None:
    """The nearest location above; none above, or a circle, gives none."""
    kinds = {"L": "location", "O": "organisation", "D1": "department", "D2": "department"}
    rows = [stream("units", unit_id=each, parent_id=parents.get(each), kind=kind) for each, kind in kinds.items()]
    found = places(pl.DataFrame(rows, schema=STREAMS["units"].schema(), orient="row"))
    assert place(found, "D1").location == seen
    assert place(found, "elders").name == "elders"


FORMS = {
    "cost_price": {
        "pools": {"care": "final", "housing": "final", "meals": "final", "cleaning": "final"},
        "components": {"housing": "held", "meals": "present", "cleaning": "held"},
        "without": {"vpt": ["housing"], "mpt": ["housing", "meals", "cleaning"]},
    }
}


def of_form(form: str, **more: object) -> dict:
    """The statement of R1 with that delivery form; R2 has a stay, so that every component has a price of 10.00."""
    org = small(
        method=FORMS,
        indications=[
            indication("I1", "2020-01-01", delivery_form=form),
            indication("I2", "2020-01-01") | {"resident_id": "R2"},
        ],
        stays=[stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2020-01-01", resident="R2")],
        tariffs=[tariff("2020-01-01", delivery_form=each, cents=cents) for each, cents in TARIFFS.items()],
        care_agreements=[agreement("G1"), agreement("G2", care_function="domestic", level="3")],
        **more,  # type: ignore[arg-type]  # streams by name
    )
    data = statement_data(basis(org), "R1", "D1")
    assert data is not None
    return data


TARIFFS = {"stay": 20_000, "vpt": 15_000, "mpt": 9_000, "part_time_stay": 18_000}


@pytest.mark.parametrize(
    ("form", "charged", "without"),
    [
        ("stay", ["housing", "meals", "cleaning"], []),
        ("part_time_stay", ["housing", "meals", "cleaning"], []),
        ("vpt", ["meals", "cleaning"], ["housing"]),
        ("mpt", [], ["housing", "meals", "cleaning"]),
    ],
)
def test_a_statement_of_each_delivery_form(form: str, charged: list[str], without: list[str]) -> None:
    """VPT has no housing, MPT neither housing, meals nor cleaning; each has its own tariff, and care as agreed."""
    data = of_form(form)
    assert [part["component"] for part in data["components"]] == charged
    assert data["without"] == without
    assert data["available_cents"] == 31 * TARIFFS[form]
    assert data["care_cents"] == 2 * 31 * 5_000
    assert data["required_cents"] == data["care_cents"] + data["stay_cents"]
    assert (data["paid_days"], data["held_days"]) == (31, 31)


def test_part_time_stay_with_days_at_home() -> None:
    """Weekends at home are paid and the place is held; meals and care are counted only on days present."""
    weekends = [absence(f"W{day}", "weekend", f"2026-01-{day:02}", f"2026-01-{day + 2:02}") for day in (2, 9, 16, 23)]
    data = of_form("part_time_stay", absences=weekends)
    assert (data["held_days"], data["present_days"], data["paid_days"]) == (31, 19, 31)
    assert {part["component"]: part["days"] for part in data["components"]} == {
        "housing": 31, "meals": 19, "cleaning": 31
    }  # fmt: skip
    assert data["care_cents"] == 2 * 19 * 5_000
    assert data["without"] == []


def test_away_all_month_is_no_delivery_form() -> None:
    """Meals that are not charged because nobody was there are not said to be outside the form of care."""
    data = of_form("stay", absences=[absence("B1", "hospital", "2026-01-01", "2026-01-31")])
    assert [part["component"] for part in data["components"]] == ["housing", "cleaning"]
    assert data["without"] == []
