"""What stay costs a resident, a component at a time."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
from hypothesis import given, settings

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core.budget import COMPONENT_COLUMNS
from tests.core.oracle import Organisation, read_folder
from tests.core.price import tables
from tests.core.small import absence, indication, posting, small, stay, stream
from tests.core.strategies import organisations

KEY = ["resident_id", "unit_id"]
LEDGER = [posting("L1", "41", "K1", 50_000), posting("L2", "43", "K2", 42_000), posting("L3", "43", "K3", 29_000)]


def opt_out(key: str, component: str, start: str, end: str | None = None) -> dict[str, object]:
    return stream("opt_outs", opt_out_id=key, resident_id="R1", component=component, start_date=start, end_date=end)


def test_a_component_by_hand() -> None:
    """VPT until the tenth, away the last two days: 21 days of housing at 20.00, 29 of meals at 10.00; some freed."""
    method = {
        "cost_price": {
            "pools": {"care": "final", "housing": "final", "meals": "final"},
            "components": {"housing": "held", "meals": "present"},
            "without": {"vpt": ["housing"]},
        }
    }
    org = small(
        indications=[
            indication("I1", "2020-01-01", "2026-01-10", delivery_form="vpt"),
            indication("I2", "2026-01-11"),
        ],
        absences=[absence("A1", "hospital", "2026-01-30", "2026-01-31")],
        opt_outs=[opt_out("O1", "housing", "2026-01-06", "2026-01-16"), opt_out("O2", "meals", "2026-01-28")],
        ledger_lines=LEDGER,
        method=method,
    )
    made = tables(org)["resident_components"]
    assert made.columns == list(COMPONENT_COLUMNS)
    assert made.rows() == [
        ("R1", "D1", "housing", 21, 2_000, 42_000, 12_000),
        ("R1", "D1", "meals", 29, 1_000, 29_000, 2_000),
    ]


def test_a_move_parts_the_components() -> None:
    """A resident who moves has rows for each unit, each with its own days; a unit without a day has none."""
    org = small(
        stays=[stay("S1", "D1", "2020-01-01", "2026-01-10"), stay("S2", "D2", "2026-01-11")], ledger_lines=LEDGER
    )
    made = tables(org)["resident_components"]
    assert made.select("unit_id", "component", "days").rows() == [
        ("D1", "housing", 10),
        ("D1", "meals", 10),
        ("D2", "housing", 21),
        ("D2", "meals", 21),
    ]


@settings(max_examples=25, deadline=None)
@given(organisations)
def test_components_add_up_to_the_budget(org: Organisation) -> None:
    """For any organisation cents and freed cents add up to each budget row's, and each row is its days x its price."""
    try:
        made = tables(org)
    except CalculationError:
        return  # what stops a calculation has tests of its own
    components, budgets = made["resident_components"], made["resident_budgets"]
    sums = components.group_by(KEY).agg(stay=pl.col("cents").sum(), freed=pl.col("freed_cents").sum())
    joined = budgets.join(sums, on=KEY, how="left").with_columns(pl.col("stay", "freed").fill_null(0))
    assert joined["stay"].to_list() == budgets["stay_cents"].to_list()
    assert joined["freed"].to_list() == budgets["freed_cents"].to_list()
    assert (components["days"] * components["price_cents"]).to_list() == components["cents"].to_list()
    assert (components["days"] > 0).all()
    keys = components.select(*KEY, "component").rows()
    assert keys == sorted(set(keys))


def test_components_of_the_example(example: Path) -> None:
    """In the worked example they add up to the stay and the freed cents that were computed apart from the program."""
    expected = json.loads((Path(__file__).parent / "example" / "expected.json").read_text())
    made = tables(read_folder(example))["resident_components"]
    for budget in expected["resident_budgets"]:
        own = made.filter(*(pl.col(name) == budget[name] for name in KEY))
        assert (own["cents"].sum(), own["freed_cents"].sum()) == (budget["stay_cents"], budget["freed_cents"])
    assert made["freed_cents"].sum() > 0
