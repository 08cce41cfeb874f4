"""The whole calculation: the worked example exactly, whole numbers everywhere, order of rows of no account."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import calculate as core
from ipvb_bridge.core import mapping
from ipvb_bridge.core.calculate import Results
from ipvb_bridge.core.records import MAPPINGS, NORMS, STREAMS
from tests.core.engines import frames
from tests.core.oracle import Organisation, read_folder
from tests.core.price import tables
from tests.core.small import agreement, contract, posting, small, wage
from tests.core.strategies import organisations

EXPECTED = Path(__file__).parent / "example" / "expected.json"
ROWS = ("lines", "resident_budgets", "unit_budgets")
SORTED_BY = {
    "lines": ["agreement_id", "unit_id"],
    "resident_budgets": ["resident_id", "unit_id"],
    "unit_budgets": ["unit_id"],
    "formation": ["unit_id", "day_part", "level"],
}


@pytest.fixture(scope="module")
def results(example: Path) -> Results:
    org = read_folder(example)
    mapped = mapping.apply(frames(STREAMS, org.streams), frames(MAPPINGS, org.mappings))
    return core.calculate(mapped, frames(NORMS, org.norms), org.settings, org.period)


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(EXPECTED.read_text(encoding="utf-8"))
    return read


def prices_as_object(table: pl.DataFrame) -> dict[str, Any]:
    """The rows of ``cost_prices`` in the form of expected.json."""
    level = table.filter(pl.col("kind") == "level")
    component = table.filter(pl.col("kind") == "component")

    def column(rows: pl.DataFrame, name: str) -> dict[str, Any]:
        return dict(rows.select("key", name).iter_rows())

    return {
        "total_cents": table["cost_cents"].sum(),
        "final_pools": {"care": level["cost_cents"].sum(), **column(component, "cost_cents")},
        "cost_per_level": column(level, "cost_cents"),
        "client_hours": column(level, "units"),
        "hourly_price_cents": column(level, "price_cents"),
        "day_price_cents": column(component, "price_cents"),
        "gink_cents": table.filter(pl.col("kind") == "gink")["price_cents"].item(),
    }


def bridge_as_object(table: pl.DataFrame) -> dict[str, Any]:
    """The rows of ``bridge`` in the form of expected.json."""
    single = {
        f"{part}_cents": cents for part, cents in table.filter(pl.col("level").is_null()).drop("level").iter_rows()
    }
    per_level = table.filter(pl.col("level").is_not_null()).select("level", "cents")
    return single | {"unabsorbed_cents": dict(per_level.iter_rows())}


def test_the_worked_example_comes_out_to_the_cent(results: Results, expected: dict[str, Any]) -> None:
    """Lines and budgets equal expected.json: the same rows, columns and order, cents and milliminutes exactly."""
    for name in ROWS:
        assert results.tables[name].to_dicts() == expected[name], name
        assert results.tables[name].columns == list(expected[name][0])


def test_the_worked_examples_prices_and_bridge_come_out(results: Results, expected: dict[str, Any]) -> None:
    """Cost prices and bridge equal expected.json, cost for cost and hour for hour."""
    assert prices_as_object(results.tables["cost_prices"]) == expected["cost_prices"]
    assert bridge_as_object(results.tables["bridge"]) == expected["bridge"]


def test_the_worked_examples_formation_comes_out(results: Results, expected: dict[str, Any]) -> None:
    """Formation equals expected.json to a millionth of an hour, the same rows, columns and order."""
    table = results.tables["formation"]
    assert table.columns == list(expected["formation"][0])
    keys = SORTED_BY["formation"]
    assert table.select(keys).to_dicts() == [{key: row[key] for key in keys} for row in expected["formation"]]
    for row, wanted in zip(table.to_dicts(), expected["formation"], strict=True):
        for name in set(row) - set(keys):
            assert row[name] == pytest.approx(wanted[name], abs=1e-6)


def test_every_table_is_there(results: Results) -> None:
    """A calculation gives each table that the docstring of Results names, also the ones without rows."""
    named = {name.strip(" .\n") for name in (Results.__doc__ or "").split("\n\n")[1].split(",")}
    assert set(results.tables) == named
    assert results.findings is results.tables["findings"]


def test_stopping_names_every_cause() -> None:
    """Unmapped money stops the whole calculation and gives code, rows and amount of each cause."""
    with pytest.raises(CalculationError) as stopped:
        tables(small(ledger_lines=[posting("L1", "41", "K1", 1), posting("L2", "77", "K1", 1_05)]))
    assert stopped.value.lines == ("accounts 77: 1 rows, 1.05",)
    assert "77" in stopped.value.what("nl")


def test_a_staff_line_of_a_level_without_client_hours_stops() -> None:
    """A level that a staff line uses and nobody has hours at stops and is named."""
    org = small(
        method={"direct_share": {"2": 1, "3": 1}},
        care_agreements=[agreement("G1", level="2")],
        contracts=[contract("C1", "3"), contract("C2", "2")],
    )
    with pytest.raises(CalculationError) as stopped:
        tables(org)
    assert "2" in stopped.value.what("en")


def test_cost_on_a_level_that_nobody_uses_is_a_finding() -> None:
    """A level with cost that no staff line and no GINK mix uses is a finding with its cost; a used one is not."""
    org = small(
        contracts=[contract("C1", "3"), contract("C2", "2")],
        wages=[wage("W1", "C1", 3, "2026-01"), wage("W2", "C2", 1, "2026-01")],
        care_agreements=[agreement("G1")],
    )
    found = tables(org)["findings"].filter(pl.col("rule") == "R10")
    assert found.select("subject", "amount_cents").rows() == [("2", 12_500)]


SLOW = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)


def calculated(org: Organisation) -> dict[str, pl.DataFrame]:
    try:
        return tables(org)
    except CalculationError:
        return {}


@SLOW
@given(organisations)
def test_money_and_time_are_whole_numbers_everywhere(org: Organisation) -> None:
    """Every column of cents, milliminutes and days is Int64; only hours, FTE and shown units are decimal figures."""
    for name, table in calculated(org).items():
        for column, kind in table.schema.items():
            if column.endswith(("cents", "milliminutes", "days")):
                assert kind == pl.Int64, (name, column)
            if kind.is_float():
                assert column == "units" or "hours" in column or column.endswith("fte"), (name, column)


@SLOW
@given(organisations, st.integers(0, 1000))
def test_every_table_is_the_same_for_any_order_of_rows(org: Organisation, seed: int) -> None:
    """Rows of all inputs in another order give the same tables in the same order, findings among them."""

    def shuffled(read: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
        return {name: frame.sample(fraction=1, shuffle=True, seed=seed) for name, frame in read.items()}

    def run(change: Any) -> dict[str, pl.DataFrame]:
        read, rules, norms = (
            change(frames(declared, rows))
            for declared, rows in ((STREAMS, org.streams), (MAPPINGS, org.mappings), (NORMS, org.norms))
        )
        try:
            return core.calculate(mapping.apply(read, rules), norms, org.settings, org.period, org.holidays).tables
        except CalculationError as error:
            return {"stopped": pl.DataFrame({"lines": list(error.lines)})}

    plain, other = run(dict), run(shuffled)
    assert plain.keys() == other.keys()
    for name, table in plain.items():
        assert table.equals(other[name]), name


@SLOW
@given(organisations)
def test_prices_carry_the_whole_cost_of_the_window(org: Organisation) -> None:
    """The costs of levels and components add up to the cost in the ledger's totals, and each breakdown to its cost."""
    found = calculated(org)
    if not found:
        return
    cost = found["ledger_totals"].filter(pl.col("pool").is_not_null())["cents"].sum()
    assert found["cost_prices"]["cost_cents"].sum() == cost
    key = ["kind", "key"]
    table = found["cost_prices"].filter(pl.col("kind") != "gink").group_by(key).agg(pl.col("cost_cents").sum())
    parts = found["cost_breakdown"].group_by(key).agg(pl.col("cents").sum())
    both = table.join(parts, on=key, how="full", coalesce=True).fill_null(0)
    assert both["cost_cents"].to_list() == both["cents"].to_list()
