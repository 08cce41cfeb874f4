"""Virtual budgets: fixed and free, what comes in and goes out, conversions, carry-over and limits."""

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
from ipvb_bridge.core.instruments.virtual_budget_tables import TABLES
from tests.core.frames import shuffled
from tests.core.instruments.given import given
from tests.core.small import METHOD, agreement, posting, small, stream
from tests.core.strategies import row

KINDS = {table.name: table for table in TABLES}
# An hour of level 3 costs 100.00. January: meals 10.00 a day, of which the resident does without on ten days.
CARE = [
    agreement("WASH", minutes=600_000),
    agreement("WALK", minutes=300_000, care_function="guidance"),
    agreement("NIGHT", minutes=300_000, care_function="guidance", day_part="night"),
]
OPT_OUT = stream(
    "opt_outs", opt_out_id="O1", resident_id="R1", component="meals", taken_over_by="dochter",
    start_date="2026-01-01", end_date="2026-01-10",
)  # fmt: skip
CATALOGUE = (
    {"service_id": "KAPPER", "name": "Kapper", "price": 3_000, "minutes": 45_000, "points": 4, "most": 2},
    {"service_id": "TUIN", "name": "Tuinieren", "price": 5_000},
)


def own(*choices: tuple[str, str, int, str], rates: Any = (), catalogue: Any = CATALOGUE) -> dict[str, Any]:
    return {
        "virtual_catalogue": [row(KINDS["virtual_catalogue"], **each) for each in catalogue],
        "virtual_choices": [
            row(
                KINDS["virtual_choices"], choice_id=str(at), resident_id="R1", service_id=service,
                date=dt.date.fromisoformat(date), times=times, state=state,
            )
            for at, (service, date, times, state) in enumerate(choices)
        ],
        "virtual_rates": [row(KINDS["virtual_rates"], **each) for each in rates],
    }  # fmt: skip


def organisation(period: str = "2026-01", **chosen: Any) -> Any:
    method = METHOD | {
        "budget": {"fixed": ["personal_care", "housing"], "free": ["guidance", "meals"]},
        "instruments": {"virtual_budget": chosen},
    }
    ledger = [posting("L1", "41", "K1", 50_000, period), posting("L2", "43", "K3", 31_000, period)]
    return small(period, method, care_agreements=CARE, opt_outs=[OPT_OUT], ledger_lines=ledger)


def made(tables: Any, history: tuple[str, ...] = (), period: str = "2026-01", **chosen: Any) -> Made:
    instrument = instruments.load("virtual_budget")
    earlier = {month: given(organisation(month, **chosen)).tables for month in history}
    return instrument.run(given(organisation(period, **chosen), own=tables, inputs=instrument.inputs, history=earlier))


def account(of: Made, unit: str = "cents") -> dict[str, Any]:
    (line,) = of.tables["virtual_accounts"].to_dicts()
    return {name.removesuffix(f"_{unit}"): value for name, value in line.items() if name.endswith(unit)}


def test_the_fixed_part_is_set_apart() -> None:
    """Night care and what is not called free is fixed; the rest is the resident's to spend.

    The worked example of docs/instrumenten/virtual_budget.md.
    """
    (parts,) = made(own()).tables["virtual_parts"].to_dicts()
    # 31 half hours of guidance by day and 31 days of meals are free; washing and the night are fixed.
    assert parts["free_cents"] == 31 * 5_000 + 31 * 1_000
    assert parts["fixed_cents"] == 31 * 10_000 + 31 * 5_000
    assert parts["required_cents"] == parts["free_cents"] + parts["fixed_cents"]
    assert parts["freed_cents"] == 10 * 1_000


def test_an_account_in_money() -> None:
    """Allowance and freed come in; delivered is spent and planned is committed; what is left adds up."""
    of = made(own(("KAPPER", "2026-01-08", 1, "delivered"), ("TUIN", "2026-01-20", 2, "planned")))
    assert account(of) == {
        "opening": 0, "allowance": 186_000, "freed": 10_000, "spent": -3_000, "committed": -10_000, "left": 183_000,
        "carried": 0,
    }  # fmt: skip
    lines = of.tables["virtual_lines"].select("number", "kind", "subject", "amount_cents").rows()
    assert lines == [
        (1, "allowance", None, 186_000),
        (2, "freed", "meals", 10_000),
        (3, "spent", "KAPPER", -3_000),
        (4, "committed", "TUIN", -10_000),
    ]


def test_what_is_available_less_the_fixed() -> None:
    """By the other basis the allowance is what the tariff pays less the fixed part, and never below nothing."""
    # 31 x 200.00 is available, 4,650.00 is fixed.
    assert account(made(own(), basis="available"))["allowance"] == 31 * 20_000 - 31 * 15_000
    assert account(made(own(), basis="available", fixed_day_parts=[]))["allowance"] == 31 * 20_000 - 31 * 10_000


RATES = (
    {"unit": "hour", "euros": 6_000},
    {"unit": "point", "euros": 1_000, "end_date": dt.date(2026, 1, 14)},
    {"unit": "point", "euros": 1_250, "start_date": dt.date(2026, 1, 15)},
)


def test_an_account_in_personal_hours() -> None:
    """Money becomes hours at the rate of the day; a service costs its own minutes, else its price converted."""
    of = made(
        own(("KAPPER", "2026-01-08", 2, "delivered"), ("TUIN", "2026-01-20", 1, "planned"), rates=RATES), form="hours"
    )
    assert account(of, "milliminutes") == {
        "opening": 0, "allowance": 1_860_000, "freed": 100_000, "spent": -90_000, "committed": -50_000,
        "left": 1_820_000, "carried": 0,
    }  # fmt: skip
    assert of.tables["virtual_lines"]["amount_cents"].null_count() == 4


def test_an_account_in_points_by_the_rate_of_the_day() -> None:
    """The allowance is converted at the period's first day, a choice at its own; each line once, half to even."""
    of = made(
        own(("KAPPER", "2026-01-08", 1, "delivered"), ("TUIN", "2026-01-20", 1, "planned"), rates=RATES), form="points"
    )
    assert account(of, "points") == {
        "opening": 0, "allowance": 186, "freed": 10, "spent": -4, "committed": -4, "left": 188, "carried": 0,
    }  # fmt: skip


def test_without_a_rate_a_line_does_not_count_and_is_told() -> None:
    """No rate on the day: the line is left out with its amount (I72), never converted at a guess."""
    of = made(own(("TUIN", "2026-01-08", 1, "planned")), form="points")
    (finding,) = of.findings.filter(pl.col("rule") == "I72").to_dicts()
    assert finding["amount_cents"] == 186_000 + 10_000 - 5_000
    assert of.tables["virtual_lines"].is_empty()


@pytest.mark.parametrize(
    ("chosen", "opening"),
    [
        ({"carry_over": "none"}, 0),
        # December: 1,860.00 allowance less 100.00; its meals were not opted out of.
        ({"carry_over": "all"}, 176_000),
        ({"carry_over": "limited", "carry_share": "0.5"}, 93_000),
        ({"carry_over": "limited", "carry_share": "3"}, 176_000),
    ],
)
def test_what_is_left_goes_on_by_the_rule(chosen: dict[str, Any], opening: int) -> None:
    """Nothing, all, or up to a share of the allowance goes on to the next calculated period."""
    of = made(own(("TUIN", "2025-12-20", 2, "delivered")), ("2025-12",), **chosen)
    assert account(of)["opening"] == opening


def test_what_is_overdrawn_always_goes_on() -> None:
    """Below nothing is owed, whatever the rule for what is left."""
    of = made(own(("TUIN", "2025-12-20", 40, "delivered")), ("2025-12",))
    assert account(of)["opening"] == 186_000 - 200_000


def test_a_month_that_is_missing_breaks_the_chain() -> None:
    """What is left goes on from one calculated month to the next only; a gap is told (I70)."""
    of = made(own(("TUIN", "2025-11-20", 1, "delivered")), ("2025-11",), carry_over="all")
    assert account(of)["opening"] == 0
    assert "I70" in of.findings["rule"].to_list()


def test_what_is_outside_the_frame_is_told() -> None:
    """Too often, too far below nothing, not in the catalogue, by who has no budget: findings I71, I73 to I75."""
    tables = own(
        ("KAPPER", "2026-01-08", 3, "planned"),
        ("TUIN", "2026-01-09", 100, "planned"),
        ("ZEILEN", "2026-01-09", 1, "planned"),
    )
    tables["virtual_choices"].append({**tables["virtual_choices"][0], "choice_id": "x", "resident_id": "R9"})
    of = made(tables)
    assert {"I71", "I73", "I74", "I75"} <= set(of.findings["rule"])
    assert "ZEILEN" in " ".join(of.findings["explanation"])


def test_an_overdraft_within_the_frame_is_no_finding() -> None:
    """An account may go as far below nothing as the setting says."""
    tables = own(("TUIN", "2026-01-09", 40, "planned"))
    assert "I74" in made(tables).findings["rule"].to_list()
    assert "I74" not in made(tables, overdraft="100").findings["rule"].to_list()


def test_an_arrangement_counts_as_one() -> None:
    """A bundle has its own price in money, whatever its services cost apart."""
    bundle = ({"service_id": "WELKOM", "name": "Welkom", "price": 7_000, "contains": "KAPPER TUIN"}, *CATALOGUE)
    of = made(own(("WELKOM", "2026-01-08", 1, "planned"), catalogue=bundle), form="arrangements")
    assert account(of)["committed"] == -7_000


@settings(max_examples=30, deadline=None)
@for_all(
    choices=st.lists(
        st.tuples(
            st.sampled_from(["KAPPER", "TUIN"]),
            st.sampled_from(["2025-12-30", "2026-01-02", "2026-01-31"]),
            st.integers(0, 9),
            st.sampled_from(["planned", "delivered"]),
        ),
        max_size=6,
    ),
    form=st.sampled_from(["money", "hours", "points", "arrangements"]),
    rule=st.sampled_from(["none", "limited", "all"]),
    seed=st.integers(0, 5),
)
def test_an_account_adds_up(choices: list[Any], form: str, rule: str, seed: int) -> None:
    """In every form: what is left is the sum of the lines, kinds add up to them, and order does not matter."""
    instrument = instruments.load("virtual_budget")
    chosen = {"form": form, "carry_over": rule}
    history = {"2025-12": given(organisation("2025-12", **chosen)).tables}
    base = given(organisation(**chosen), own=own(*choices, rates=RATES), inputs=instrument.inputs, history=history)
    tables = instrument.run(base).tables
    unit = {"hours": "milliminutes", "points": "points"}.get(form, "cents")
    (line,) = tables["virtual_accounts"].to_dicts()
    amounts = tables["virtual_lines"][f"amount_{unit}"]
    assert line[f"left_{unit}"] == amounts.sum()
    kinds = ("opening", "allowance", "freed", "spent", "committed")
    assert sum(line[f"{kind}_{unit}"] for kind in kinds) == amounts.sum()
    mixed = dataclasses.replace(
        base,
        own={name: shuffled(table, seed) for name, table in base.own.items()},
        tables={name: shuffled(table, seed) for name, table in base.tables.items()},
    )
    for name, table in instrument.run(mixed).tables.items():
        assert table.equals(tables[name])
