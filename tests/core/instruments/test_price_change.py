"""Causes of a change: one at a time by hand, and always adding up to the cent."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, assume, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments import price_change_messages
from ipvb_bridge.core.instruments.contract import Made
from ipvb_bridge.core.instruments.price_change_causes import CAUSES, Cells, Price, cost_causes, price_causes
from tests.core.frames import shuffled
from tests.core.instruments.given import given, run
from tests.core.instruments.price_org import documented, euros, ledger, round_prices
from tests.core.oracle import Organisation
from tests.core.price import tables
from tests.core.small import agreement, stay
from tests.core.strategies import organisations

CENTS = ["change_cents", *(f"{cause}_cents" for cause in CAUSES)]


def compared(earlier: Organisation, later: Organisation) -> Made:
    return run("price_change", later, history={"2025-12": tables(earlier)})


def whole(made: Made) -> tuple[int, ...]:
    """Change, volume, mix, rate and allocation of the cost of all care."""
    return made.tables["care_cost_changes"].select(pl.col(CENTS).sum()).row(0)


def price(made: Made, key: str) -> tuple[int, ...]:
    return made.tables["price_changes"].filter(key=key).select(CENTS).row(0)


def test_only_volume() -> None:
    """Twice the agreed time at the same prices is all volume, and an agreed hour costs what it did."""
    twice = round_prices(
        care_agreements=[agreement("A1", times=20_000), agreement("A2", level="2", day_part="evening", minutes=300_000)]
    )
    made = compared(round_prices(), twice)
    assert whole(made) == (322_400, 322_400, 0, 0, 0)
    assert price(made, "care") == (0, 0, 0, 0, 0)


def test_only_mix() -> None:
    """The same time with less of the dear level is all mix: 7.75 hours from 156.00 to 104.00."""
    other = round_prices(
        care_agreements=[agreement("A1", minutes=150_000), agreement("A2", level="2", day_part="evening")]
    )
    made = compared(round_prices(), other)
    assert whole(made) == (-40_300, 0, -40_300, 0, 0)
    assert price(made, "care") == (-1_734, 0, -1_734, 0, 0)
    cells = made.tables["care_cost_changes"].select("level", *CENTS).rows()
    assert cells == [("2", 80_600, 0, 80_600, 0, 0), ("3", -120_900, 0, -120_900, 0, 0)]


def test_only_rate() -> None:
    """Ten per cent more wages of care staff is all rate: 8.00 on level 3, 6.00 on level 2."""
    made = compared(round_prices(), round_prices(ledger_lines=ledger(wages=99_000)))
    assert whole(made) == (15_500 * 8 // 10 + 775 * 6, 0, 0, 17_050, 0)
    assert price(made, "3") == (800, 0, 0, 800, 0)
    assert price(made, "2") == (600, 0, 0, 600, 0)
    assert price(made, "housing") == (0, 0, 0, 0, 0)


def test_only_allocation() -> None:
    """Twice the cost of management is all allocation: 24.00 on each hour, 10,000 cents more on 31 days."""
    made = compared(round_prices(), round_prices(ledger_lines=ledger(management=80_000)))
    assert whole(made) == (55_800, 0, 0, 0, 55_800)
    assert price(made, "3") == (2_400, 0, 0, 0, 2_400)
    assert price(made, "housing") == (323, 0, 0, 0, 323)


def test_the_worked_example_of_the_page() -> None:
    """The four cases in docs/instrumenten/price_change.md are what the instrument says of them."""
    base, less = round_prices(), [agreement("A1", minutes=150_000), agreement("A2", level="2", day_part="evening")]
    twice = [agreement("A1", times=20_000), agreement("A2", level="2", day_part="evening", minutes=300_000)]
    assert documented("price_change") == {
        "andere niveaus": euros(*whole(compared(base, round_prices(care_agreements=less)))),
        "lonen hoger": euros(*whole(compared(base, round_prices(ledger_lines=ledger(wages=99_000))))),
        "bestuur duurder": euros(*whole(compared(base, round_prices(ledger_lines=ledger(management=80_000))))),
        "tweemaal zoveel zorg": euros(*whole(compared(base, round_prices(care_agreements=twice)))),
    }


def test_only_volume_of_a_price() -> None:
    """A price that falls as the same cost is spread over more days, or rises over fewer client hours, is volume."""
    more = round_prices(stays=[stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2020-01-01", resident="R2")])
    assert price(compared(round_prices(), more), "housing") == (-500, -500, 0, 0, 0)
    shares = {"2": Decimal("0.4"), "3": Decimal("0.4")}
    made = compared(round_prices(), round_prices(method={"direct_share": shares}))
    assert price(made, "3") == (3_900, 3_900, 0, 0, 0)


BASE = Price(15_600, 117_000, Fraction(15, 2), 60_000, 24_000, 18_000, 600_000, 300_000)


def test_only_mix_of_a_price() -> None:
    """Five hours from own (60.00) to hired staff (48.00) at the same hourly cost is all mix."""
    shifted = dataclasses.replace(BASE, cents=14_800, cost=111_000, own=30_000, hired=48_000, own_time=300_000,
                                  hired_time=600_000)  # fmt: skip
    assert price_causes(BASE, shifted) == {"volume": 0, "mix": -800, "rate": 0, "allocation": 0}


def test_the_first_hired_hours_are_mix_only() -> None:
    """Where nobody was hired before, the later cost of a hired hour stands for both: a shift to it is mix."""
    before = dataclasses.replace(BASE, cents=16_400, cost=123_000, own=90_000, hired=0, own_time=900_000, hired_time=0)
    assert price_causes(before, BASE) == {"volume": 0, "mix": -800, "rate": 0, "allocation": 0}


def test_staff_that_cannot_be_told_apart_is_rate() -> None:
    """Hired cost without hired hours has no hourly cost: the change of staffing is rate."""
    blurred = dataclasses.replace(BASE, own_time=900_000, hired_time=0)
    dearer = dataclasses.replace(blurred, cents=16_400, cost=123_000, hired=30_000)
    assert not blurred.told_apart
    assert price_causes(blurred, dearer) == {"volume": 0, "mix": 0, "rate": 800, "allocation": 0}


def test_without_worked_hours_staffing_is_rate() -> None:
    """Where the hours of a window are gone the change of staffing cost a client hour is rate."""
    gone = dataclasses.replace(BASE, own_time=0, hired_time=0)
    dearer = dataclasses.replace(BASE, cents=16_400, cost=123_000, own=66_000)
    assert price_causes(gone, dearer) == {"volume": 0, "mix": 0, "rate": 800, "allocation": 0}


def test_a_price_in_one_period_only() -> None:
    """A level without hours then has no causes, and is named in a finding (I36)."""
    assert price_causes(dataclasses.replace(BASE, cents=None), BASE) is None
    org = round_prices()
    fewer = round_prices(
        contracts=[{**row, "level": "3"} for row in org.streams["contracts"]],
        care_agreements=[agreement("A1")],
        method={"gink_mix": {"3": 1}},
    )
    made = compared(fewer, org)
    row = made.tables["price_changes"].filter(key="2").row(0, named=True)
    assert (row["earlier_cents"], row["later_cents"], row["change_cents"], row["mix_cents"]) == (
        None,
        10_400,
        None,
        None,
    )
    assert made.findings.filter(pl.col("rule") == "I36")["explanation"][0].endswith(": niveau 2.")


def test_no_care_in_one_of_the_periods() -> None:
    """Against a month without agreements the whole cost is volume, with a finding (I37)."""
    made = compared(round_prices(care_agreements=[]), round_prices())
    assert whole(made) == (322_400, 322_400, 0, 0, 0)
    assert "I37" in made.findings["rule"].to_list()
    back = compared(round_prices(), round_prices(care_agreements=[]))
    assert whole(back) == (-322_400, -322_400, 0, 0, 0)


def test_hired_cost_without_hired_hours_is_a_finding() -> None:
    """Hired cost that nobody's hours explain stands with the rate, and I38 names the level."""
    own = [{**row, "employment": "payroll"} for row in round_prices().streams["contracts"]]
    made = compared(round_prices(contracts=own), round_prices(contracts=own, ledger_lines=ledger(hired=30_000)))
    assert "2, 3" in made.findings.filter(pl.col("rule") == "I38")["explanation"][0]
    assert price(made, "3")[2:] == (0, price(made, "3")[0], 0)


def test_nothing_to_compare_with() -> None:
    """The first calculated period has no comparison: empty tables and I35."""
    made = run("price_change", round_prices())
    assert made.findings["rule"].to_list() == ["I35"]
    assert all(table.is_empty() for table in made.tables.values())


def test_the_chosen_period() -> None:
    """``earlier`` names the period; one that was not calculated stops, with the command that calculates it (M120)."""
    org = round_prices(method={"instruments": {"price_change": {"earlier": "2025-10"}}})
    history = {"2025-10": tables(round_prices(ledger_lines=ledger(wages=99_000))), "2025-12": tables(org)}
    made = run("price_change", org, history=history)
    assert made.tables["price_changes"]["earlier"].unique().to_list() == ["2025-10"]
    with pytest.raises(CalculationError, match="M120") as caught:
        run("price_change", org, history={"2025-12": history["2025-12"]})
    assert caught.value.message is price_change_messages.NOT_CALCULATED
    assert "ipvb-bridge calculate 2025-10" in caught.value.next_step("nl")


def assert_adds_up(made: Made) -> None:
    for name, table in made.tables.items():
        told = table.filter(pl.col("change_cents").is_not_null(), pl.col("rate_cents").is_not_null())
        causes = told.select(pl.sum_horizontal(f"{cause}_cents" for cause in CAUSES)).to_series()
        assert causes.to_list() == told["change_cents"].to_list(), name


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@for_all(organisations, organisations, st.integers(0, 9))
def test_causes_add_up_to_the_cent(earlier: Organisation, later: Organisation, seed: int) -> None:
    """Between any two calculations the four causes are the change, in each row; units add up to the organisation."""
    try:
        before, inputs = given(earlier).tables, given(later)
    except CalculationError:
        assume(False)
    instrument = instruments.load("price_change")
    inputs = dataclasses.replace(inputs, history={"2021-01": before})
    made = instrument.run(inputs)
    assert_adds_up(made)
    cost = [
        tables["lines"].filter(pl.col("performer") == "staff")["cost_cents"].sum() for tables in (before, inputs.tables)
    ]
    for name in ("care_cost_changes", "unit_cost_changes"):
        assert made.tables[name]["change_cents"].sum() == cost[1] - cost[0]
    mixed = {**inputs.tables, "lines": shuffled(inputs.tables["lines"], seed)}
    for name, table in instrument.run(dataclasses.replace(inputs, tables=mixed)).tables.items():
        assert table.equals(made.tables[name])


whole_cents = st.integers(0, 10**9)
prices = st.builds(
    lambda own, hired, passed, other, units, own_time, hired_time: Price(
        round(Fraction(own + hired + passed + other) / units) if units else None, own + hired + passed + other, units,
        own, hired, passed, own_time, hired_time,
    ),
    whole_cents, whole_cents, st.integers(-(10**6), 10**9), whole_cents,
    st.fractions(0, 10**6, max_denominator=10**4), st.integers(0, 10**9), st.integers(0, 10**9),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@for_all(prices, prices)
def test_the_causes_of_any_price_are_its_change(before: Price, after: Price) -> None:
    """Whole cents, whatever hours are missing; a price that did not change for any cause has none."""
    causes = price_causes(before, after)
    if before.cents is None or after.cents is None:
        assert causes is None
        return
    assert causes is not None
    assert sum(causes.values()) == after.cents - before.cents
    assert all(isinstance(cents, int) for cents in causes.values())
    assert price_causes(before, before) == dict.fromkeys(CAUSES, 0)


cells = st.dictionaries(
    st.tuples(st.just("D1"), st.sampled_from(("2", "3")), st.sampled_from(("morning", "night"))),
    st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)),
)
sides = st.builds(
    lambda rows, passed: Cells(
        {cell: time for cell, (time, _) in rows.items()},
        {cell: cents if time else 0 for cell, (time, cents) in rows.items()},
        {("2", ""): 10_400, ("3", "morning"): 15_600},
        passed,
    ),
    cells,
    st.dictionaries(st.sampled_from(("2", "3")), st.fractions(0, 1, max_denominator=1_000)),
)


@settings(max_examples=300, deadline=None)
@for_all(sides, sides)
def test_the_causes_of_a_cell_are_the_formula(before: Cells, after: Cells) -> None:
    """Each cause is within a cent of its formula in exact fractions, and together they are the change."""
    whole_before, whole_after = sum(before.time.values()), sum(after.time.values())
    for cell, causes in cost_causes(before, after):
        old, new = before.time.get(cell, 0), after.time.get(cell, 0)
        assert sum(causes.values()) == after.cost.get(cell, 0) - before.cost.get(cell, 0)
        first, last = before.price(cell), after.price(cell)
        if not whole_before or not whole_after or (first is None and last is None):
            assert [cause for cause in CAUSES if causes[cause]] in ([], ["volume"])
            continue
        first, last = first if first is not None else last, last if last is not None else first
        assert first is not None
        assert last is not None
        share = before.passed.get(cell[1], after.passed.get(cell[1], Fraction(0)))
        passed = new * (last * after.passed.get(cell[1], share) - first * share)
        exact = {
            "volume": old * (Fraction(whole_after, whole_before) - 1) * first,
            "mix": (new - old * Fraction(whole_after, whole_before)) * first,
            "rate": new * (last - first) - passed,
            "allocation": passed,
        }
        assert all(abs(exact[cause] - causes[cause]) < 1 for cause in CAUSES)


def test_the_setting_is_refused_when_it_is_no_period() -> None:
    """``earlier`` is a month or a span."""
    with pytest.raises(ValueError, match="period"):
        round_prices(method={"instruments": {"price_change": {"earlier": "vorige maand"}}})


def test_rows_carry_both_periods() -> None:
    """Each row says which periods it compares, so a table that is taken out of the page can be read."""
    table: Any = compared(round_prices(), round_prices()).tables["unit_cost_changes"]
    assert table.select("earlier", "later", "unit_id").rows() == [("2025-12", "2026-01", "D1")]
