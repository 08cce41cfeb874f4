"""The product against the slow exact calculation, on small random organisations.

``IPVB_EXAMPLES=5000 pytest tests/core/test_against_oracle.py`` asks many more than the committed number.
"""

from __future__ import annotations

import datetime as dt
import os
import random
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from tests.core.engines import Tables, assert_equal, by_oracle, by_product, product_tables
from tests.core.oracle import Organisation, Unspecified
from tests.core.strategies import organisations
from tests.core.strategies.money import ACCOUNTS

EXAMPLES = int(os.environ.get("IPVB_EXAMPLES", "60"))
MANY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="IPVB_EXAMPLES" not in os.environ,  # the committed run asks the same each time
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)
FEWER = settings(MANY, max_examples=EXAMPLES // 4)
pytestmark = pytest.mark.timeout(0 if "IPVB_EXAMPLES" in os.environ else 300)


def product(org: Organisation) -> Tables:
    """The product's results, of an organisation for which it does not stop."""
    tables = by_product(org)
    assume(not tables.stopped)
    return tables


@MANY
@given(organisations)
def test_every_figure_equals_the_exact_calculation(org: Organisation) -> None:
    """Lines, budgets, prices and bridge to the cent, formation to a millionth, and it stops where the method says."""
    ours = by_product(org)
    try:
        exact = by_oracle(org)
    except Unspecified:
        return  # the method is silent; that the product answered or stopped in good order is all that can be asked
    assert_equal(ours, exact)


@FEWER
@given(organisations, st.integers(0, 2**32))
def test_the_order_of_rows_changes_nothing(org: Organisation, seed: int) -> None:
    """Rows of every stream, mapping and norm in another order give the same tables in the same order."""
    shuffle = random.Random(seed)

    def shuffled(tables: dict[str, list[dict[str, object]]]) -> dict[str, list[dict[str, object]]]:
        return {name: shuffle.sample(rows, len(rows)) for name, rows in tables.items()}

    other = replace(org, streams=shuffled(org.streams), mappings=shuffled(org.mappings), norms=shuffled(org.norms))
    assert by_product(other) == by_product(org)


@FEWER
@given(organisations, st.integers(0, 2**32))
def test_days_absent_or_opted_out_twice_count_once(org: Organisation, seed: int) -> None:
    """Absences and opt-outs are sets of days: a part of one, given once more, changes nothing."""
    dice = random.Random(seed)
    streams = dict(org.streams)
    for name, key in (("absences", "absence_id"), ("opt_outs", "opt_out_id")):
        again = [
            {**row, key: f"again {row[key]}", "start_date": row["start_date"] + dt.timedelta(days)}
            for row in streams[name]
            if row["end_date"] is None or row["end_date"] > row["start_date"]
            for days in [dice.randint(0, 1)]
        ]
        streams[name] = streams[name] + again
    assert by_product(replace(org, streams=streams)) == by_product(org)


@FEWER
@given(organisations)
def test_totals_are_sums_of_lines(org: Organisation) -> None:
    """Residents are sums of lines, units of residents, prices carry the ledger's cost, and the bridge closes."""
    tables = product(org)
    kinds = {"care_cents": ("staff", "wlz"), "private_cents": ("staff", "resident"), "outside_cents": ("staff", "none")}
    for budget in tables.resident_budgets:
        own = [
            line
            for line in tables.lines
            if (line["resident_id"], line["unit_id"]) == (budget["resident_id"], budget["unit_id"])
        ]
        for name, kind in kinds.items():
            costs = [line["cost_cents"] for line in own if (line["performer"], line["payer"]) == kind]
            assert budget[name] == sum(costs)
        assert budget["required_cents"] == budget["care_cents"] + budget["stay_cents"]
        assert budget["balance_cents"] == budget["available_cents"] - budget["required_cents"]
    above = {row["unit_id"]: row["parent_id"] for row in org.rows("units")}
    for unit in tables.unit_budgets:
        below = [budget for budget in tables.resident_budgets if unit["unit_id"] in line_of(above, budget["unit_id"])]
        for name in set(unit) - {"unit_id"}:
            assert unit[name] == sum(budget[name] for budget in below)
    posted = sum(
        row["amount"] for row in org.rows("ledger_lines") if is_cost(row) and row["period"] in org.window.months()
    )
    assert sum(tables.costs.values()) == posted
    if tables.bridge is not None:
        whole = tables.bridge.pop(("ledger_cost", None), 0)
        assert sum(tables.bridge.values()) == whole
        for part in ("care", "private", "outside", "stay"):
            total = sum(budget[f"{part}_cents"] for budget in tables.resident_budgets)
            assert tables.bridge.get((part, None), 0) == total


def line_of(above: dict[str, str | None], unit: str) -> list[str]:
    """A unit and all above it."""
    upper = above.get(unit)
    return [unit, *(line_of(above, upper) if upper else [])]


def is_cost(posting: dict[str, object]) -> bool:
    return posting["account_id"] not in (ACCOUNTS["revenue"], ACCOUNTS["excluded"])


@FEWER
@given(organisations)
def test_weekdays_make_the_week(org: Organisation) -> None:
    """The hours of the roster's weekdays, times how often each comes, are the hours of the formation."""
    try:
        tables = product_tables(org)
    except CalculationError:
        assume(False)
    cell = ("unit_id", "day_part", "level")
    for week, day in (("direct_hours_week", "direct_hours"), ("actual_hours_week", "actual_hours")):
        hours: dict[tuple[str, ...], float] = dict.fromkeys(tables["formation"].select(cell).iter_rows(), 0.0)
        for row in tables["formation_weekdays"].to_dicts():
            hours[tuple(row[name] for name in cell)] += row[day] * row["days"]
        for row in tables["formation"].to_dicts():
            in_period = row[week] * org.period.days / 7
            assert hours[tuple(row[name] for name in cell)] == pytest.approx(in_period, abs=1e-6 * org.period.days)
