"""Pricing of lines and the resident's budget, against figures worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core.budget import RESIDENT_BUDGET_COLUMNS, Budgets, resident_budgets
from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.lines import LineTotals, line_totals, priced
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import CARE_FUNCTIONS, DAY_PARTS, PAYERS, PERFORMERS
from tests.core.frames import SETTINGS, norm, shuffled, stream
from tests.core.small import absence, indication, stay, tariff
from tests.core.small import stream as row_of

JANUARY = Period.parse("2026-01")
Rows = list[dict[str, Any]]
HOMES = pl.DataFrame(
    [(0, "R1", "D1", 0), (1, "R1", "D2", 1), (2, "R2", "D1", 0), (3, "R2", "D2", 1)],
    schema={"home": pl.UInt32, "resident_id": pl.String, "unit_id": pl.String, "unit_number": pl.UInt32},
    orient="row",
)
LINES = {
    "agreement_id": pl.String, "resident_id": pl.String, "care_function": pl.String, "day_part": pl.String,
    "level": pl.String, "performer": pl.String, "payer": pl.String, "unit_id": pl.String, "milliminutes": pl.Int64,
}  # fmt: skip
LEVELS = {"level": pl.String, "day_part": pl.String, "hourly_price_cents": pl.Int64}


def line(key: str, milliminutes: int, performer: str = "staff", payer: str = "wlz", **values: Any) -> dict[str, Any]:
    given = {"resident_id": "R1", "care_function": "nursing", "day_part": "morning", "level": "3", "unit_id": "D1"}
    return {
        "agreement_id": key,
        "milliminutes": milliminutes,
        "performer": performer,
        "payer": payer,
        **given,
        **values,
    }


def lines(*rows: dict[str, Any]) -> pl.LazyFrame:
    return pl.LazyFrame(list(rows), schema=LINES)


def summed(rows: pl.LazyFrame, prices: pl.DataFrame) -> LineTotals:
    return line_totals(rows.join(HOMES.lazy(), on=["resident_id", "unit_id"]), HOMES, prices)


def levels(*rows: tuple[str, str | None, int]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=LEVELS, orient="row")


def costs(rows: pl.LazyFrame, prices: pl.DataFrame) -> list[tuple[Any, ...]]:
    return priced(rows, prices).select("cost_cents", "network_cost_cents").collect().rows()


def test_a_line_costs_its_time_at_the_price_of_its_level() -> None:
    """Ninety minutes at 50.00 cost 75.00; half a cent rounds to even; staff lines cost whoever pays."""
    prices = levels(("3", None, 5000), ("4", None, 1))
    rows = lines(
        line("G1", 90_000), line("G2", 90_000, payer="resident"), line("G3", 90_000, payer="none"),
        line("G4", 30_000, level="4"), line("G5", 90_000, level="4"), line("G6", 30_001, level="4"), line("G7", 0),
    )  # fmt: skip
    assert [cost for cost, _ in costs(rows, prices)] == [7500, 7500, 7500, 0, 2, 1, 0]


def test_who_is_not_staff_costs_nothing() -> None:
    """Network, volunteer and self cost nothing but stand beside it at what it would have cost; external has neither."""
    rows = lines(*(line(who, 60_000, who, "none") for who in ("network", "volunteer", "self", "external")))
    assert costs(rows, levels(("3", None, 5000))) == [(0, 5000), (0, 5000), (0, 5000), (0, 0)]
    unknown = lines(line("G1", 60_000, "network", "none", level=None), line("G2", 60_000, "self", "none", level="7"))
    assert costs(unknown, levels(("3", None, 5000))) == [(0, 0), (0, 0)]


def test_a_price_of_the_day_part_goes_first() -> None:
    """A price for level and day part counts before that of the level; a row without day part holds for the rest."""
    prices = levels(("3", None, 5000), ("3", "night", 8000), ("4", "night", 9000))
    rows = lines(
        line("G1", 60_000), line("G2", 60_000, day_part="night"), line("G3", 60_000, day_part="night", level="4")
    )
    assert [cost for cost, _ in costs(rows, prices)] == [5000, 8000, 9000]


def test_prices_beyond_any_carer_stay_exact() -> None:
    """The longest line there can be at a million euros an hour passes 64 bits on the way and comes out right."""
    longest, dearest = 1_440_000 * 100 * 100 * 3700, 100_000_000
    (cost, _), = costs(lines(line("G1", longest)), levels(("3", None, dearest)))  # fmt: skip
    assert cost == longest * dearest // 60_000


def test_a_staff_line_without_a_price_stops() -> None:
    """The levels without a price are named with their number of lines, by day part; network lines do not matter."""
    rows = [
        line("G1", 1),
        line("G2", 0),
        line("G3", 5, day_part="night", level="4"),
        line("G4", 1, "network", level="7"),
    ]
    with pytest.raises(CalculationError) as stopped:
        summed(lines(*rows), levels(("4", "morning", 5000)))
    assert stopped.value.code == "M01"
    assert stopped.value.seen == "3 (2), 4 (1)"
    assert stopped.value.lines == ("3 morning: 2", "4 night: 1")


def test_totals_of_nothing() -> None:
    """Without lines there are no totals, and the columns stand."""
    totals = summed(lines(), levels())
    assert (totals.residents.height, totals.cells.height, totals.functions.height) == (0, 0, 0)
    assert totals.residents.schema["care_cents"] == pl.Int64


@st.composite
def some_lines(draw: st.DrawFn) -> Rows:
    return [
        line(
            f"G{number}", draw(st.integers(0, 10**9)), draw(st.sampled_from(PERFORMERS)), draw(st.sampled_from(PAYERS)),
            resident_id=draw(st.sampled_from(["R1", "R2"])), unit_id=draw(st.sampled_from(["D1", "D2"])),
            care_function=draw(st.sampled_from(CARE_FUNCTIONS)), day_part=draw(st.sampled_from(DAY_PARTS)),
            level=draw(st.sampled_from(["3", "4"])),
        )
        for number in range(draw(st.integers(0, 12)))
    ]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(some_lines(), st.integers(1, 30_000), st.integers(1, 30_000), st.integers(0, 9))
def test_totals_are_sums_of_rounded_lines(rows: Rows, third: int, fourth: int, seed: int) -> None:
    """Every total is the sum of lines that were each rounded once, half to even; the order of lines changes nothing."""
    price = {"3": third, "4": fourth}
    prices = levels(*((level, None, cents) for level, cents in price.items()))
    totals = summed(lines(*rows), prices)

    def added(kind: str, key: dict[str, Any], who: tuple[str, ...], pays: tuple[str, ...]) -> int:
        own = [row for row in rows if all(row[name] == value for name, value in key.items())]
        chosen = [row for row in own if row["performer"] in who and row["payer"] in pays]
        cost = [round(Fraction(row["milliminutes"] * price[row["level"]], 60_000)) for row in chosen]
        return sum(cost) if kind == "cents" else sum(row["milliminutes"] for row in chosen)

    network = ("network", "volunteer", "self")
    for table, names in ((totals.residents, ("resident_id", "unit_id")), (totals.functions, ("care_function",))):
        assert table.height == len({tuple(row[name] for name in names) for row in rows})
        for found in table.iter_rows(named=True):
            key = {name: found[name] for name in names}
            assert found["care_cents"] == added("cents", key, ("staff",), ("wlz",))
            assert found["private_cents"] == added("cents", key, ("staff",), ("resident",))
            assert found["outside_cents"] == added("cents", key, ("staff",), ("none",))
            assert found["network_milliminutes"] == added("time", key, network, PAYERS)
            assert found["network_cost_cents"] == added("cents", key, network, PAYERS)
    for found in totals.cells.iter_rows(named=True):
        key = {name: found[name] for name in ("unit_id", "day_part", "level")}
        assert found["milliminutes"] == added("time", key, ("staff",), PAYERS)
        assert found["cost_cents"] == added("cents", key, ("staff",), PAYERS)
    assert totals.cells["milliminutes"].sum() == added("time", {}, ("staff",), PAYERS)
    mixed = summed(shuffled(lines(*rows).collect(), seed).lazy(), prices)
    assert mixed.residents.equals(totals.residents)
    assert mixed.cells.equals(totals.cells)
    assert mixed.functions.equals(totals.functions)


NO_LINES = summed(lines(), levels()).residents
COMPONENTS = pl.DataFrame({"component": ["housing", "meals"], "day_price_cents": [3000, 1000]})


def opt_out(component: str, start: str, end: str | None = None) -> dict[str, Any]:
    return row_of(
        "opt_outs",
        opt_out_id=f"O{start}{component}",
        resident_id="R1",
        component=component,
        start_date=start,
        end_date=end,
    )


def budgets(
    stays: Rows | None = None,
    away: Rows | None = None,
    indications: Rows | None = None,
    tariffs: Rows | None = None,
    opt_outs: Rows | None = None,
    totals: pl.DataFrame = NO_LINES,
    **changed: Any,
) -> Budgets:
    given = [indication("I1", "2020-01-01")] if indications is None else indications
    days = resident_days(
        stream("stays", *(stays or [stay("S1", "D1", "2020-01-01")])), stream("absences", *(away or [])),
        stream("indications", *given), JANUARY,
    )  # fmt: skip
    table = norm("tariffs", *([tariff("2020-01-01")] if tariffs is None else tariffs))
    method = SETTINGS.model_copy(update=changed)
    return resident_budgets(days.segments, totals, COMPONENTS, table, stream("opt_outs", *(opt_outs or [])), method)


def test_a_plain_budget() -> None:
    """31 days of 200.00 at 96 per cent against 31 days of 40.00 stay and 100.00 of care."""
    totals = summed(lines(line("G1", 120_000), line("G2", 60_000, "network", "none")), levels(("3", None, 5000)))
    found = budgets(totals=totals.residents)
    assert found.rows.columns == [*RESIDENT_BUDGET_COLUMNS, "network_cost_cents", "zzp"]
    assert found.rows.row(0, named=True) == {
        "resident_id": "R1", "unit_id": "D1", "held_days": 31, "present_days": 31, "paid_days": 31,
        "available_cents": 595_200, "care_cents": 10_000, "stay_cents": 124_000, "required_cents": 134_000,
        "balance_cents": 461_200, "private_cents": 0, "outside_cents": 0, "freed_cents": 0,
        "network_milliminutes": 60_000, "network_cost_cents": 5000, "zzp": "4VV",
    }  # fmt: skip
    assert found.findings.is_empty()


def test_days_away_are_held_and_not_present() -> None:
    """Six days in hospital are paid, cost housing, and no meals."""
    row = budgets(away=[absence("A1", "hospital", "2026-01-05", "2026-01-10")]).rows.row(0, named=True)
    assert (row["held_days"], row["present_days"], row["paid_days"]) == (31, 25, 31)
    assert row["stay_cents"] == 31 * 3000 + 25 * 1000


def test_days_on_one_tariff_row_are_rounded_together() -> None:
    """Ten and five days apart on one row of 0.01 at 96 per cent: 14.4 cents are 14, not 9.6 and 4.8 rounded to 15."""
    stays = [stay("S1", "D1", "2026-01-01", "2026-01-10"), stay("S2", "D1", "2026-01-20", "2026-01-24")]
    row = budgets(stays=stays, tariffs=[tariff("2020-01-01", cents=1)]).rows.row(0, named=True)
    assert (row["paid_days"], row["available_cents"]) == (15, 14)


def test_each_tariff_row_is_rounded_on_its_own() -> None:
    """A new tariff on 11 January: 10 days of 1.01 and 21 of 1.03 at 96 per cent, 9.696 and 20.7648 euros."""
    row = budgets(tariffs=[tariff("2020-01-01", "2026-01-10", cents=101), tariff("2026-01-11", cents=103)]).rows.row(
        0, named=True
    )
    assert row["available_cents"] == 970 + 2076


def test_half_a_cent_goes_to_even() -> None:
    """Five days of 0.10 at 97 per cent are 48.5 cents: 48; at 99 per cent 49.5: 50."""
    stays = [stay("S1", "D1", "2026-01-01", "2026-01-05")]
    for percentage, expected in (("0.97", 48), ("0.99", 50)):
        budget = SETTINGS.budget.model_validate({"contract_percentage": percentage})
        row = budgets(stays=stays, tariffs=[tariff("2020-01-01", cents=10)], budget=budget).rows.row(0, named=True)
        assert row["available_cents"] == expected


def test_days_without_a_tariff_are_unpaid_and_found() -> None:
    """No row before 11 January: 21 days are paid, and a finding names the profile, the ten days and one resident."""
    found = budgets(tariffs=[tariff("2026-01-11")])
    row = found.rows.row(0, named=True)
    assert (row["held_days"], row["paid_days"], row["available_cents"]) == (31, 21, 21 * 19_200)
    assert found.findings["explanation"].to_list() == [
        "Geen tarief voor 4VV stay, zonder behandeling, zonder dagbesteding: 10 dagen van 1 bewoners blijven onbetaald."
    ]


def test_tariffs_with_and_without_treatment_are_two() -> None:
    """A profile with treatment takes only the row with treatment."""
    with_treatment = [indication("I1", "2020-01-01", with_treatment=True)]
    assert budgets(indications=with_treatment).rows["paid_days"].to_list() == [0]
    rows = [tariff("2020-01-01"), tariff("2020-01-01", cents=30_000, with_treatment=True)]
    assert budgets(indications=with_treatment, tariffs=rows).rows["available_cents"].to_list() == [31 * 28_800]


def test_overlapping_tariffs() -> None:
    """Of overlapping rows the one that started last counts while it lasts, then the earlier again; with a finding."""
    found = budgets(tariffs=[tariff("2020-01-01"), tariff("2026-01-11", "2026-01-20", cents=10_000)])
    assert found.rows["available_cents"].to_list() == [21 * 19_200 + 10 * 9600]
    assert "overlappen (dagen: 10)" in found.findings["explanation"].item()
    before = budgets(tariffs=[tariff("2020-01-01"), tariff("2025-01-01", "2025-12-31", cents=1)])
    assert before.findings.is_empty()


def test_pgb_is_charged_and_not_paid() -> None:
    """Pgb days cost like other days and bring nothing, also where a tariff row of that name exists."""
    row = budgets(
        indications=[indication("I1", "2020-01-01", delivery_form="pgb")],
        tariffs=[tariff("2020-01-01", delivery_form="pgb")],
    ).rows.row(0, named=True)
    assert (row["paid_days"], row["available_cents"], row["stay_cents"]) == (0, 0, 124_000)


def test_no_indication_has_no_profile() -> None:
    """A stay without an indication is charged in full and not paid; its zzp is empty and no tariff is asked for."""
    found = budgets(indications=[])
    row = found.rows.row(0, named=True)
    assert (row["paid_days"], row["stay_cents"], row["balance_cents"], row["zzp"]) == (0, 124_000, -124_000, None)
    assert found.findings.is_empty()


def test_a_resident_who_moves_has_two_budgets() -> None:
    """Each unit has its own days; the zzp is that of the last day in the unit that has an indication."""
    found = budgets(
        stays=[stay("S1", "D1", "2020-01-01", "2026-01-10"), stay("S2", "D2", "2026-01-11")],
        indications=[
            indication("I1", "2020-01-01", "2026-01-15"),
            indication("I2", "2026-01-16", "2026-01-20", zzp="5VV"),
        ],
        tariffs=[tariff("2020-01-01"), tariff("2020-01-01", zzp="5VV", cents=30_000)],
    ).rows
    assert found.select("unit_id", "held_days", "paid_days", "available_cents", "zzp").rows() == [
        ("D1", 10, 10, 10 * 19_200, "4VV"),
        ("D2", 21, 10, 5 * 19_200 + 5 * 28_800, "5VV"),
    ]


def test_freed_counts_charged_days_once() -> None:
    """Overlapping opt-outs of meals, 3-12 and 10-14 January, away 11-20: 8 days of meals are freed; required stands."""
    given = [opt_out("meals", "2026-01-03", "2026-01-12"), opt_out("meals", "2026-01-10", "2026-01-14")]
    away = [absence("A1", "weekend", "2026-01-11", "2026-01-20")]
    row = budgets(opt_outs=given, away=away).rows.row(0, named=True)
    assert row["freed_cents"] == 8 * 1000
    assert row["stay_cents"] == 31 * 3000 + 21 * 1000


def test_freed_of_what_is_not_charged() -> None:
    """A VPT resident has no housing to do without; an open opt-out of meals runs to the end of the month."""
    vpt = [indication("I1", "2020-01-01", delivery_form="vpt")]
    tariffs = [tariff("2020-01-01", delivery_form="vpt")]
    given = [opt_out("housing", "2020-01-01"), opt_out("meals", "2026-01-30")]
    row = budgets(indications=vpt, tariffs=tariffs, opt_outs=given).rows.row(0, named=True)
    assert (row["freed_cents"], row["stay_cents"]) == (2 * 1000, 31 * 1000)


def test_an_unknown_component_is_found() -> None:
    """An opt-out of something that method.toml does not know frees nothing and is a finding."""
    found = budgets(opt_outs=[opt_out("laundry", "2020-01-01")])
    assert found.rows["freed_cents"].to_list() == [0]
    assert found.findings.select("rule", "subject").rows() == [("R08", "laundry")]


def test_nobody_there() -> None:
    """Without stays there are no budgets; the columns stand."""
    found = budgets(stays=[stay("S1", "D1", "2020-01-01", "2020-01-02")])
    assert found.rows.is_empty()
    assert found.rows.columns == [*RESIDENT_BUDGET_COLUMNS, "network_cost_cents", "zzp"]
