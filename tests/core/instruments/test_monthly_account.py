"""The monthly account: required against available, what is behind it, and that it all closes."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import polars as pl
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.contract import Made
from tests.core.frames import shuffled
from tests.core.instruments.given import given, run
from tests.core.instruments.test_groups import organisation
from tests.core.oracle import Organisation
from tests.core.small import METHOD, small, stay, stream
from tests.core.strategies import organisations

PAGE = Path(__file__).parents[3] / "docs" / "instrumenten" / "monthly_account.md"
MONEY = ("available_cents", "care_cents", "stay_cents", "required_cents", "balance_cents")


def rows(made: Made, table: str, column: str, *unit: str | None) -> dict[str | None, dict[str, int]]:
    """Rows of a table by a column; of one unit where that is asked."""
    frame = made.tables[table]
    if unit:
        frame = frame.filter(pl.col("unit_id").eq_missing(pl.lit(unit[0], pl.String)))
    return {row[column]: row for row in frame.to_dicts()}


def cents(text: str) -> int:
    return int(text.strip().replace(".", "").replace(",", ""))


def test_the_worked_example() -> None:
    """The table of docs/instrumenten/monthly_account.md, figure by figure as the page writes it."""
    made = run("monthly_account", organisation())
    found = rows(made, "account_units", "unit_id")
    written = {}
    for line in PAGE.read_text("utf-8").split("| afdeling | bewoners")[1].splitlines()[2:]:
        if not line.startswith("|"):
            break
        name, *figures = (part.strip() for part in line.strip("|").split("|"))
        written[None if name == "samen" else name] = [int(figures[0]), int(figures[1]), *map(cents, figures[2:])]
    assert set(written) == {"D1", "D2", None}
    for unit, figures in written.items():
        assert [found[unit][name] for name in ("residents", "paid_days", *MONEY)] == figures, unit


def test_what_is_behind_it() -> None:
    """Hours and cost by function and payer, stay by component, network; each adds up to the budgets."""
    made = run("monthly_account", organisation())
    care = rows(made, "account_functions", "care_function", None)["personal_care"]
    # R1 half an hour on 31 days, R2 an hour and a half on 15 days; R1 buys half an hour, R2's network does one.
    assert care["wlz_milliminutes"] == (31 * 30 + 15 * 90) * 1000
    assert care["wlz_cents"] == 380_000
    assert care["private_milliminutes"] == 31 * 30 * 1000
    assert care["network_milliminutes"] == 15 * 30 * 1000
    stays = rows(made, "account_stay", "component", "D1")
    assert (stays["housing"]["days"], stays["housing"]["stay_cents"]) == (31, 31_000)
    profiles = rows(made, "account_profiles", "zzp", None)
    assert {zzp: row["balance_cents"] for zzp, row in profiles.items()} == {"4VV": 62_000, "5VV": -15_000}


def test_care_without_ground_stands_apart() -> None:
    """Care that nobody pays for and care by other firms is shown, and in no budget."""
    org = organisation()
    org.streams["care_agreements"][3]["payer"] = "none"
    org.streams["care_agreements"][2]["performer"] = "external"
    row = rows(run("monthly_account", org), "account_functions", "care_function", None)["personal_care"]
    assert row["outside_milliminutes"] == 31 * 30 * 1000
    assert row["outside_cents"] == 155_000
    assert row["external_milliminutes"] == 15 * 30 * 1000
    assert row["private_cents"] == row["network_milliminutes"] == 0


def test_a_location_counts_a_resident_who_moved_once() -> None:
    """Two departments under one location: the resident counts in each, and once above them."""
    org = small(stays=[stay("S1", "D1", "2026-01-01", "2026-01-10"), stay("S2", "D2", "2026-01-11")])
    org.streams["units"].append(stream("units", unit_id="L", parent_id="ORG", kind="location", name="L"))
    for unit in org.streams["units"][1:3]:
        unit["parent_id"] = "L"
    found = rows(run("monthly_account", org), "account_units", "unit_id")
    assert {unit: row["residents"] for unit, row in found.items()} == {"D1": 1, "D2": 1, "L": 1, None: 1}
    assert [found[unit]["held_days"] for unit in ("D1", "D2", "L", None)] == [10, 21, 31, 31]
    assert found["L"]["kind"] == "location"


def test_a_unit_that_nobody_declared_is_not_lost() -> None:
    """Its rows stand under its own id, without a kind."""
    found = rows(run("monthly_account", small(stays=[stay("S1", "X", "2020-01-01")])), "account_units", "unit_id")
    assert (found["X"]["kind"], found["X"]["available_cents"]) == (None, found[None]["available_cents"])


def test_it_says_on_what_it_stands() -> None:
    """Version, fingerprint, cost window and share of the tariff; what is not known is empty."""
    base = given(organisation())
    instrument = instruments.load("monthly_account")
    kept = instrument.run(dataclasses.replace(base, version=3, fingerprint="abc")).tables["account_basis"]
    assert dict(kept.iter_rows()) == {
        "contract_percentage": "100%",
        "cost_window": "2026-01",
        "fingerprint": "abc",
        "period": "2026-01",
        "version": "3",
    }
    assert dict(instrument.run(base).tables["account_basis"].iter_rows())["version"] is None


def test_findings_are_counted_and_no_sentence_goes_out() -> None:
    """R03 (agreed, nothing delivered) is counted with its hours; there is no column of sentences or subjects."""
    found = run("monthly_account", organisation()).tables["account_findings"]
    assert found.columns == ["rule", "severity", "findings", "amount_cents", "milliminutes"]
    assert found.filter(pl.col("rule") == "R02")["findings"].sum() > 0


def test_completeness_is_that_of_the_calculation() -> None:
    """Filled rows as a part of all rows; a column without rows has no share."""
    found = run("monthly_account", organisation()).tables["account_completeness"]
    shares = dict(found.filter(pl.col("stream") == "ledger_lines").select("column", "known_share").iter_rows())
    assert shares["category"] == 1.0
    assert found.filter(pl.col("rows") == 0)["known_share"].null_count() == found.filter(pl.col("rows") == 0).height


def test_an_empty_month_is_said() -> None:
    """Nobody lives there: empty tables and a warning (I88)."""
    made = run("monthly_account", small(stays=[]))
    assert made.tables["account_units"].is_empty()
    assert made.findings["rule"].to_list() == ["I88"]
    assert made.tables["account_check"]["difference_cents"].to_list() == [0] * 4


def test_sums_that_differ_are_an_error() -> None:
    """Tables that do not belong together are noticed (I88)."""
    base = given(organisation())
    lines = base.tables["lines"].with_columns(pl.col("cost_cents") + 1)
    made = instruments.load("monthly_account").run(dataclasses.replace(base, tables={**base.tables, "lines": lines}))
    told = made.findings.filter(pl.col("severity") == "error")
    assert told["subject"].to_list() == ["care", "private"]
    assert told["amount_cents"].to_list() == [2, 1]


def test_a_span_without_a_bridge_is_held_against_the_lines_only() -> None:
    """Where the bridge has no such part the sums are still compared."""
    base = given(small(method=METHOD))
    empty = base.tables["bridge"].clear()
    made = instruments.load("monthly_account").run(dataclasses.replace(base, tables={**base.tables, "bridge": empty}))
    check = made.tables["account_check"]
    assert check["bridge_cents"].null_count() == 4
    assert check["difference_cents"].sum() == 0


@settings(max_examples=15, deadline=None)
@for_all(org=organisations, seed=st.integers(0, 9))
def test_it_always_closes(org: Organisation, seed: int) -> None:
    """For any organisation every table is its budgets, to the cent, and the order of rows does not matter."""
    try:
        base = given(org)
    except CalculationError:
        return  # what stops a calculation has tests of its own
    instrument = instruments.load("monthly_account")
    made = instrument.run(base)
    budgets = base.tables["resident_budgets"]
    assert made.tables["account_check"]["difference_cents"].to_list() == [0] * 4
    whole = pl.col("unit_id").is_null()
    for table in ("account_units", "account_profiles"):
        for column in MONEY:
            assert made.tables[table].filter(whole)[column].sum() == budgets[column].sum(), (table, column)
    assert made.tables["account_functions"].filter(whole)["wlz_cents"].sum() == budgets["care_cents"].sum()
    assert made.tables["account_stay"].filter(whole)["stay_cents"].sum() == budgets["stay_cents"].sum()
    mixed = dataclasses.replace(base, tables={name: shuffled(table, seed) for name, table in base.tables.items()})
    for name, table in instrument.run(mixed).tables.items():
        assert table.equals(made.tables[name]), name
