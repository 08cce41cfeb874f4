"""The monthly picture: budget, actual and forecast tie to the ledger and the budget, signals have bounds."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.contract import Made
from ipvb_bridge.core.instruments.operations_budget import BUDGET, by_category
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import MAPPINGS
from tests.core.frames import shuffled
from tests.core.instruments.given import given, run
from tests.core.instruments.price_org import documented, euros, round_prices
from tests.core.oracle import Organisation
from tests.core.small import posting, small, stream
from tests.core.strategies import organisations, row

CENTRES = [
    stream("cost_centres", cost_centre_id="K1", name="Zorg", unit_id="D1"),
    stream("cost_centres", cost_centre_id="K2", name="Gebouw", unit_id="L2"),
    stream("cost_centres", cost_centre_id="K4", name="Directie", unit_id=None),
]
ACCOUNTS = [
    row(MAPPINGS["accounts"], account_from=code, account_to=code, category=category)
    for code, category in (
        ("41", "wages"),
        ("42", "hired"),
        ("43", "materials"),
        ("49", "excluded"),
        ("80", "revenue"),
    )
]


def line(category: str, month: int, euros_: int, unit: str | None = "L1") -> dict[str, Any]:
    return row(BUDGET, unit_id=unit, category=category, month=f"2026-{month:02d}", amount=euros_ * 100)


PLANNED = [
    each
    for month in range(1, 13)
    for each in (
        line("revenue", month, 6_000, "D1"), line("wages", month, 1_300), line("hired", month, 200),
        line("materials", month, 400, "L2"),
    )
]  # fmt: skip


def booked(month: str, revenue: int = 600_000, wages: int = 130_000, hired: int = 24_000) -> list[dict[str, Any]]:
    """A month of the ledger, in cents: 460.00 of materials, of which 250.00 on care and 210.00 on the building."""
    return [
        posting(f"{month}-r", "80", "K1", -revenue, month),
        posting(f"{month}-w", "41", "K1", wages - 40_000, month),
        posting(f"{month}-m", "41", "K4", 40_000, month),
        posting(f"{month}-h", "42", "K1", hired, month),
        posting(f"{month}-c", "43", "K1", 25_000, month),
        posting(f"{month}-b", "43", "K2", 21_000, month),
        posting(f"{month}-x", "49", None, 999_999, month),
    ]


def organisation(chosen: dict[str, Any] | None = None, **more: Any) -> Organisation:
    """January in the ledger; ``lines`` other ledger lines, ``accounts`` other mappings."""
    lines, accounts = more.pop("lines", booked("2026-01")), more.pop("accounts", ACCOUNTS)
    period = more.pop("period_", "2026-01")
    org = round_prices({"instruments": {"operations": chosen or {}}}, ledger_lines=lines, **more)
    # Prices stay those of January, where the hours are: only the period is another.
    org.period = Period.parse(period)
    org.streams["cost_centres"] = CENTRES
    org.mappings["accounts"] = accounts
    return org


def made(chosen: dict[str, Any] | None = None, own: list[dict[str, Any]] | None = None, **more: Any) -> Made:
    return run("operations", organisation(chosen, **more), own={"operations_budget": PLANNED if own is None else own})


def year(of: Made) -> dict[tuple[str | None, str], tuple[int, ...]]:
    rows = of.tables["operations_year"].iter_rows()
    return {(unit, category): tuple(figures) for unit, category, *figures in rows}


def test_budget_actual_and_forecast() -> None:
    """January booked, eleven months as budgeted; the figures of docs/instrumenten/operations.md."""
    of = made()
    assert year(of) == {
        ("L1", "revenue"): (600_000, 600_000, 0, 7_200_000, 7_200_000, 0),
        ("L1", "wages"): (130_000, 90_000, 40_000, 1_560_000, 1_520_000, 40_000),
        ("L1", "hired"): (20_000, 24_000, -4_000, 240_000, 244_000, -4_000),
        ("L1", "materials"): (0, 25_000, -25_000, 0, 25_000, -25_000),
        ("L2", "materials"): (40_000, 21_000, 19_000, 480_000, 461_000, 19_000),
        (None, "wages"): (0, 40_000, -40_000, 0, 40_000, -40_000),
    }
    months = of.tables["operations_months"]
    assert months.row(0, named=True) == {
        "month": "2026-01",
        "revenue_budget_cents": 600_000, "revenue_actual_cents": 600_000, "revenue_forecast_cents": 600_000,
        "cost_budget_cents": 190_000, "cost_actual_cents": 200_000, "cost_forecast_cents": 200_000,
        "result_budget_cents": 410_000, "result_actual_cents": 400_000, "result_forecast_cents": 400_000,
    }  # fmt: skip
    assert months["result_actual_cents"].to_list()[1:] == [None] * 11
    assert months["result_forecast_cents"].sum() == 400_000 + 11 * 410_000 == 4_910_000
    page = documented("operations")
    assert page["kosten"] == euros(190_000, 200_000, 2_280_000, 2_290_000)
    assert page["resultaat"] == euros(410_000, 400_000, 4_920_000, 4_910_000)
    assert page["resultaat bij run_rate"][-1:] == euros(4_800_000)


def test_run_rate() -> None:
    """The months that are left are the mean of the months so far, rounded half to even a month."""
    of = made({"forecast": "run_rate"})
    assert of.tables["operations_months"]["result_forecast_cents"].sum() == 12 * 400_000
    lines = [*booked("2026-01"), *booked("2026-02", hired=24_005)]
    two = made({"forecast": "run_rate"}, lines=lines, period_="2026-02")
    hired = two.tables["operations"].filter(pl.col("category") == "hired")["forecast_cents"].to_list()
    assert hired == [24_000, 24_005, *[24_002] * 10]


def test_the_pools_hold_the_ledger() -> None:
    """By pool and category the same money; excluded accounts are nowhere."""
    rows = made().tables["operations_pools"].rows()
    assert rows == [
        ("care", "hired", 24_000),
        ("care", "materials", 25_000),
        ("care", "revenue", 600_000),
        ("care", "wages", 90_000),
        ("housing", "materials", 21_000),
        ("management", "wages", 40_000),
    ]


def test_a_cost_centre_without_a_location() -> None:
    """I97 names the cost centre and the money; it stands apart and is not lost."""
    told = made().findings.filter(pl.col("rule") == "I97")
    assert told.select("subject", "amount_cents").rows() == [("K4", 40_000)]


def test_an_account_without_a_category() -> None:
    """A month outside the cost window may have an account that is not mapped: it stands apart, with I97."""
    lines = [*booked("2026-01"), posting("odd", "47", "K1", 1_234, "2026-02"), *booked("2026-03")]
    of = made(lines=lines, period_="2026-03")
    assert year(of)["L1", "unmapped"][1] == 1_234
    told = of.findings.filter(pl.col("rule") == "I97", pl.col("severity") == "warning")
    assert told["amount_cents"].to_list() == [1_234]


def test_a_month_without_ledger_lines_is_still_to_come() -> None:
    """I99: an empty month gives no actual of nothing."""
    of = made(lines=booked("2026-02"), period_="2026-02")
    months = of.tables["operations_months"]
    assert months["cost_actual_cents"].to_list()[:2] == [None, 200_000]
    assert months["cost_forecast_cents"][0] == 190_000
    assert [each["explanation"] for each in of.findings.to_dicts() if each["rule"] == "I99"] == [
        "Het grootboek heeft geen regels in 2026-01: die maanden tellen als nog te komen."
    ]


def test_revenue_from_the_calculation() -> None:
    """With ``available`` revenue is that of the calculated months; a month without a calculation is not known (I99)."""
    chosen = {"revenue": "available"}
    of = made(chosen)
    assert year(of)["L1", "revenue"][:2] == (600_000, 620_000)
    lines = [*booked("2026-01"), *booked("2026-02")]
    of = made(chosen, lines=lines, period_="2026-02")
    months = of.tables["operations_months"]
    assert months["revenue_actual_cents"].to_list()[:2] == [None, 560_000]
    assert "2026-01 is geen berekening" in of.findings.filter(pl.col("rule") == "I99")["explanation"][0]
    january = given(organisation()).tables
    org = organisation(chosen, lines=lines, period_="2026-02")
    of = run("operations", org, own={"operations_budget": PLANNED}, history={"2026-01": january})
    assert of.tables["operations_months"]["revenue_actual_cents"].to_list()[:2] == [620_000, 560_000]
    assert of.tables["operations_revenue"].rows() == [
        ("L1", "2026-01", 600_000, 620_000, -20_000),
        ("L1", "2026-02", 600_000, 560_000, 40_000),
    ]


def test_a_ledger_without_revenue_says_so() -> None:
    """I99: revenue that is not booked is no loss; the signal of the result stays open."""
    lines = [each for each in booked("2026-01") if each["account_id"] != "80"]
    of = made(lines=lines)
    assert of.findings.filter(pl.col("rule") == "I99")["amount_cents"].to_list() == [620_000]
    assert signal(of, "result")["state"] == "unknown"


def signal(of: Made, name: str) -> dict[str, Any]:
    return of.tables["operations_signals"].filter(pl.col("signal") == name).row(0, named=True)


def test_the_signals_with_their_bounds() -> None:
    """Each figure by hand, its bound moved to both sides, and the sentence that goes with it."""
    of = made()
    result = signal(of, "result")
    assert (result["state"], result["value_share"], result["amount_cents"]) == ("signal", -0.016667, -10_000)
    assert result["sentence"] == (
        "Het resultaat tot en met deze maand is € 100 lager dan begroot: 1,7% van de begrote opbrengst. De grens is "
        "1,0% lager."
    )
    assert signal(made({"result_bound": Decimal("0.02")}), "result")["state"] == "ok"
    hired = signal(of, "hired")
    assert (hired["state"], hired["value_share"], hired["bound_share"]) == ("signal", 0.155844, 0.1)
    assert "15,6% inhuur (€ 240 tot en met deze maand)" in hired["sentence"]
    assert signal(made({"hired_bound": Decimal("0.2")}), "hired")["state"] == "ok"
    assert signal(of, "occupancy")["state"] == "unknown"
    full = signal(made({"places": 1}), "occupancy")
    assert (full["state"], full["value_share"]) == ("ok", 1.0)
    half = signal(made({"places": 2}), "occupancy")
    assert (half["state"], half["value_share"]) == ("signal", 0.5)
    assert signal(made({"places": 2, "occupancy_bound": Decimal("0.5")}), "occupancy")["state"] == "ok"
    beyond = signal(of, "uncovered")
    # 322,400 of care and 31,000 of stay in the budgets, where the ledger has 200,000.
    assert (beyond["state"], beyond["value_share"], beyond["amount_cents"]) == ("signal", -0.767, -153_400)
    assert beyond["sentence"].startswith(
        "De budgetten dragen 76,7% meer dan deze maand kostte: uren zonder afspraak -€ 1.534"
    )
    assert signal(made({"uncovered_bound": Decimal("0.8")}), "uncovered")["state"] == "ok"


def test_without_a_budget_file_it_follows_from_the_yearly_budget() -> None:
    """The same totals, by what the prices are made of; I98 says that such a budget moves."""
    of = made(own=[])
    months = of.tables["operations_months"]
    assert months["revenue_budget_cents"].sum() == 7_300_000
    assert months["cost_budget_cents"].sum() == 7_300_000 - 3_139_000
    # Level 3: 78,000 of 117,000 wages, 24,000 hired; level 2: 42,000 of 52,000 wages; housing: 10,000 of 31,000.
    january = of.tables["operations"].filter(pl.col("month") == "2026-01")
    planned = {category: cents for category, cents in january.select("category", "budget_cents").rows() if cents}
    assert planned["hired"] == round(241_800 * 24 / 117)
    assert abs(planned["wages"] - (241_800 * 78 / 117 + 80_600 * 42 / 52 + 10_000)) <= 2
    assert of.findings["rule"][0] == "I98"
    assert "verandert dus mee" in of.findings["explanation"][0]


def test_a_budget_file_with_faults() -> None:
    """I98: another year, excluded, months without rows, an unknown location: told, and the rest counts."""
    own = [line("wages", 1, 100), line("excluded", 1, 5), line("wages", 1, 7, "D9"), line("wages", 1, 3, None)]
    of = made(own=[*own, line("wages", 1, 9) | {"month": "2025-01"}])
    assert of.tables["operations_months"]["cost_budget_cents"].sum() == 11_000
    told = [each["explanation"] for each in of.findings.filter(pl.col("rule") == "I98").to_dicts()]
    assert any(text.startswith("2 regels") for text in told)
    assert any("2026-02, 2026-03" in text for text in told)
    # January's 2,000.00 for each of the eleven months that nobody budgeted.
    assert of.tables["operations_months"]["cost_forecast_cents"].to_list() == [200_000] * 12
    assert of.findings.filter(pl.col("unit_id") == "D9").height == 1


@pytest.mark.parametrize("period", ["2026-01-01..2026-01-15", "2026-01-01..2026-02-28"])
def test_a_period_that_is_no_month(period: str) -> None:
    """M150 says which month to calculate."""
    with pytest.raises(CalculationError) as error:
        run("operations", small(period))
    assert error.value.message.code == "M150"


amounts = st.integers(-1_000_000, 1_000_000)


@settings(max_examples=60, deadline=None)
@for_all(
    cents=st.lists(amounts, min_size=1, max_size=5),
    weights=st.lists(st.integers(0, 10**13), min_size=1, max_size=5).filter(any),
)
def test_a_cost_that_is_divided_adds_up(cents: list[int], weights: list[int]) -> None:
    """The categories of a cost add up to it, to the cent, and none is more than a cent from its exact part."""
    lines = pl.DataFrame(
        {
            "unit_id": [f"L{at}" for at in range(len(cents))], "month": ["2026-01"] * len(cents),
            "kind": ["care"] * len(cents), "item": ["3"] * len(cents), "cents": cents,
        }
    )  # fmt: skip
    parts = pl.DataFrame(
        {
            "price": ["level"] * len(weights), "item": ["3"] * len(weights), "month": ["2026-01"] * len(weights),
            "category": [f"c{at}" for at in range(len(weights))], "weight": weights,
        },
        schema_overrides={"weight": pl.Int64},
    )  # fmt: skip
    made_rows = by_category(lines, parts)
    for at, whole in enumerate(cents):
        own = dict(made_rows.filter(pl.col("unit_id") == f"L{at}").select("category", "budget_cents").rows())
        assert sum(own.values()) == whole
        for name, part in own.items():
            exact = whole * weights[int(name[1:])] / sum(weights)
            assert abs(part - exact) < 1.001


@settings(max_examples=12, deadline=None)
@for_all(org=organisations, seed=st.integers(0, 9), run_rate=st.booleans())
def test_nothing_of_the_ledger_is_lost_and_order_does_not_matter(org: Organisation, seed: int, run_rate: bool) -> None:
    """For any organisation actual is the ledger, tables hold one total, and the order of inputs changes nothing."""
    method = org.settings.instruments.operations.model_copy(update={"forecast": "run_rate" if run_rate else "budget"})
    chosen = org.settings.instruments.model_copy(update={"operations": method})
    org.settings = org.settings.model_copy(update={"instruments": chosen})
    org.period = Period.month(org.period.end.year, org.period.end.month)
    instrument = instruments.load("operations")
    try:
        base = given(org, inputs=instrument.inputs)
        tables = instrument.run(base).tables
    except CalculationError:
        return  # what stops a calculation has tests of its own
    span = [f"{base.period.end.year}-{month:02d}" for month in range(1, base.period.end.month + 1)]
    lines = base.streams["ledger_lines"].filter(pl.col("period").is_in(span), pl.col("category").ne_missing("excluded"))
    months, whole = tables["operations_months"], tables["operations_year"]
    assert months["result_actual_cents"].sum() == -lines["amount"].sum()
    sign = pl.when(pl.col("category") == "revenue").then(1).otherwise(-1)
    for which, name in (("actual", "actual_so_far"), ("budget", "budget_year"), ("forecast", "forecast_year")):
        total = whole.select((pl.col(f"{name}_cents") * sign).sum()).item()
        assert months[f"result_{which}_cents"].sum() == total, which
    assert whole["difference_year_cents"].sum() == (
        months["result_forecast_cents"].sum() - months["result_budget_cents"].sum()
    )
    assert (
        tables["operations_pools"].select((pl.col("actual_so_far_cents") * sign).sum()).item() == -lines["amount"].sum()
    )
    mixed = dataclasses.replace(
        base,
        tables={name: shuffled(table, seed) for name, table in base.tables.items()},
        mapped=dataclasses.replace(
            base.mapped, streams={name: shuffled(table, seed) for name, table in base.streams.items()}
        ),
    )
    for name, table in instrument.run(mixed).tables.items():
        assert table.equals(tables[name]), name
