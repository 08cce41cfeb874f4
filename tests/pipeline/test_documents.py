"""The document that goes along with a statement says what was signed, or does not go."""

from __future__ import annotations

import io
import json

import polars as pl
import pytest

from ipvb_bridge.base.errors import SignatureNeeded
from ipvb_bridge.pipeline import delivery
from ipvb_bridge.reports import documents
from ipvb_bridge.store import plans
from tests.pipeline.publishing import PERIOD, House
from tests.pipeline.test_signing import tamper


def statement(house: House) -> tuple[plans.Plan, dict[str, object]]:
    """A plan, and the signed data of its first statement."""
    plan = house.signed()
    items = plans.items(house.store, plan).filter(pl.col("kind") == "resident_statement")
    return plan, json.loads(items["data"][0])


def changed(house: House, table: str, **columns: pl.Expr) -> None:
    """Change a result table where it is kept."""
    with house.store.read() as database:
        held = database.exec_driver_sql(f"SELECT frame FROM version_tables WHERE name = '{table}'").scalar()
    kept = io.BytesIO()
    pl.read_parquet(io.BytesIO(held)).with_columns(**columns).write_parquet(kept)
    tamper(house, f"UPDATE version_tables SET frame = x'{kept.getvalue().hex()}' WHERE name = '{table}'")


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("lines", "cost_cents"),
        ("lines", "milliminutes"),
        ("resident_network", "network_cost_cents"),
        ("resident_components", "cents"),
        ("resident_budgets", "care_cents"),
    ],
)
def test_a_figure_that_was_not_signed_makes_no_document(house: House, table: str, column: str) -> None:
    """A cent or a minute that was changed in the results after signing stops the page that would show it."""
    plan, data = statement(house)
    assert documents.renderer(house.configuration, house.store, PERIOD)(plan, "resident_statement", data) is not None
    changed(house, table, **{column: pl.col(column) + 1})
    render = documents.renderer(house.configuration, house.store, PERIOD)
    with pytest.raises(SignatureNeeded, match="differs"):
        render(plan, "resident_statement", data)
    sent = delivery.send(house.configuration, house.store, clock=house.clock, render=render)
    assert sent.states["failed"] > 0
    assert not [each for each in house.effects() if each.startswith("resident_statement/")]


def test_the_fixed_and_free_part_are_those_of_the_calculation(house: House) -> None:
    """After method.toml was changed a page would divide the signed budget in another way: it is not made."""
    plan, data = statement(house)
    house.edit("method.toml", "[budget]", '[budget]\nfree = ["meals"]')
    with pytest.raises(SignatureNeeded, match=r"method\.toml differs"):
        documents.renderer(house.configuration, house.store, PERIOD)(plan, "resident_statement", data)
