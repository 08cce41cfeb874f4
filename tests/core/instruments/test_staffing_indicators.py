"""Staffing indicators: published figures come out, each figure by hand, and what is not known stays unknown."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import assume, settings
from hypothesis import given as for_all
from hypothesis import strategies as st

from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.contract import Given, Made
from ipvb_bridge.core.instruments.staffing_definitions import INDICATORS
from ipvb_bridge.core.instruments.staffing_indicators import valued
from ipvb_bridge.core.instruments.staffing_people import thirty_days
from ipvb_bridge.core.periods import Period
from tests.core.frames import shuffled
from tests.core.oracle import Organisation
from tests.core.price import mapped
from tests.core.small import METHOD, contract, hours, posting, small, stay, stream

PAGE = Path(__file__).parents[3] / "docs" / "instrumenten" / "staffing_indicators.md"
FULL = 47 * 36  # hours of a full-time year


def only(org: Organisation) -> Given:
    """What the indicators read of an organisation; they need no result of the calculation."""
    return Given(org.period, mapped(org), {}, org.settings, {})


def make(org: Organisation) -> Made:
    return instruments.load("staffing_indicators").run(only(org))


def cell(made: Made, number: str, variant: str = "main", unit: str | None = None) -> tuple[Any, Any, Any]:
    """Numerator, denominator and value."""
    rows = made.tables["staffing_indicators"].filter(
        pl.col("number") == number, pl.col("variant") == variant, pl.col("unit_id").eq_missing(pl.lit(unit))
    )
    return rows.select("numerator", "denominator", "value").row(0)


def chosen(**values: Any) -> dict[str, Any]:
    return METHOD | {"instruments": {"staffing_indicators": values}}


def person(number: int, start: str = "2018-01-01", end: str | None = None, **values: Any) -> dict[str, Any]:
    given = {"employee_id": f"E{number}", "unit_id": "D1", "temporary": False, "hours_per_week": 360_000}
    return contract(values.pop("id", f"C{number}"), values.pop("level", "3"), start_date=start, end_date=end) | (
        given | values
    )


def shift(number: str, contract_id: str, day: str, worked: float, **values: Any) -> dict[str, Any]:
    return hours(number, contract_id, f"{day}T07:00+01:00", f"{day}T15:00+01:00", 0, **values) | {
        "paid_minutes": round(worked * 60_000)
    }


def org_1() -> Organisation:
    """An organisation with the staff of org_1 of 2019: 21 people, 7 temporary, 13.60 fte of which 1.80 hired."""
    people = [
        person(number, temporary=number < 7, start="2019-03-01" if number >= 15 else "2018-01-01", level="2")
        for number in range(21)
    ]
    people += [person(30, end="2019-12-30"), contract("P", None, employment="hired", unit_id="D1")]
    # The published parts add up to 99.70: the rest was worked without a level.
    mix = {"2": "0.2154", "3": "0.6691", "4": "0.0662", "5": "0.0301", "6": "0.0162"}
    whole = Decimal("13.60") * FULL
    left = Decimal("1.80") * FULL
    rest = whole * (1 - sum(map(Decimal, mix.values())))
    lines = [shift("HP", "P", "2019-06-03", float(left - rest), level="3")]
    lines.append(shift("HR", "P", "2019-06-03", float(rest)))
    lines += [
        shift(
            f"H{level}",
            "C0",
            "2019-06-03",
            float(whole * Decimal(part) - (left - rest if level == "3" else 0)),
            level=level,
        )
        for level, part in mix.items()
    ]
    helpers = [contract(f"S{at}", None, employment="intern", start_date="2018-01-01") for at in range(2)]
    helpers += [
        contract(f"V{at}", None, employment="volunteer", client_facing=False, start_date="2018-01-01")
        for at in range(8)
    ]
    return small(
        "2019-12",
        chosen(months=12),
        contracts=people + helpers,
        hours=lines,
        ledger_lines=[
            posting("L1", "41", "K1", 62_110_400, "2019-05"),
            posting("L2", "42", "K1", 11_068_800, "2019-05"),
        ],
    )


def test_the_published_percentages_come_out(shared_data: Path) -> None:
    """Every published percentage with a numerator and a denominator in whole units recomputes to its two decimals.

    Those of 1.4 and of the mix are parts of fte that were rounded to whole numbers when published.
    """
    rows = list(csv.DictReader((shared_data / "norms" / "zin_examples.csv").open(encoding="utf-8")))
    units = {each.number: each.unit for each in INDICATORS}
    checked = 0
    for row in rows:
        exact = row["nummer"] in ("1.3", "1.5", "3.1", "3.2", "4.1", "4.2", "4.3")
        if not (row["teller"] and exact):
            continue
        made = valued(
            pl.DataFrame(
                [{"unit": units[row["nummer"]], "top": int(row["teller"]), "bottom": int(row["noemer"])}]
            ).with_columns(pl.col("top", "bottom").cast(pl.Int128), top_scale=1, bottom_scale=1)
        )
        assert made["value"].item() == float(row["waarde"]), row
        checked += 1
    assert checked >= 7


def test_the_codes_and_names_are_those_of_the_set(shared_data: Path) -> None:
    """Number, code and name of each indicator are those of the published set; its header 2.1 has no figure."""
    rows = csv.DictReader((shared_data / "norms" / "kikv_indicators.csv").open(encoding="utf-8"))
    published = {(row["nummer"], row["indicatorcode"], row["naam"]) for row in rows}
    ours = {(each.number, each.code, each.name) for each in INDICATORS}
    assert published - ours == {("2.1", "INID013525", "kwalificatieniveaumix (kop)")}
    assert ours < published


def test_org_1_from_contracts_hours_and_ledger() -> None:
    """A year of contracts, hours and postings gives the figures that org_1 published over 2019."""
    made = make(org_1())
    assert cell(made, "1.1", "reference_date")[2] == 21
    assert cell(made, "1.2")[2] == 13.60
    assert cell(made, "1.4") == pytest.approx((1.80 * FULL, 13.60 * FULL, 13.24), abs=0.001)
    assert cell(made, "1.5") == (110_688, 621_104, 17.82)
    mix = [cell(made, f"2.1.{at}")[2] for at in range(1, 10)]
    assert mix == [0.0, 21.54, 66.91, 6.62, 3.01, 1.62, 0.0, 0.0, 0.0]  # parts of 13.60 fte, each as published
    assert cell(made, "1.6")[2] == 1.0
    assert (cell(made, "2.2")[2], cell(made, "2.3")[2]) == (2, 8)


def test_seven_of_twenty_one_are_temporary() -> None:
    """1.3 of org_1: 7 of 21 is 33.33 %; an apprentice is temporary, a hired worker no staff."""
    people = [person(at, temporary=at < 6) for at in range(20)]
    people += [person(20, employment="trainee", temporary=None), person(21, employment="hired")]
    assert cell(make(small(contracts=people)), "1.3") == (7, 21, 33.33)


def flows() -> Organisation:
    """Four people on 31 December: one leaves in January, one rises a level; one comes, one comes and goes."""
    people = [
        person(1),
        person(2, end="2026-01-10"),
        person(3, end="2026-01-15"),
        person(3, start="2026-01-16", id="C3b", level="4"),
        person(4),
        person(5, start="2026-01-01", temporary=True, hours_per_week=180_000),
        person(6, start="2026-01-05", end="2026-01-20"),
    ]
    lines = [
        shift("H1", "C1", "2026-01-05", 94), shift("H3", "C3b", "2026-01-20", 47), shift("H4", "C4", "2026-01-06", 47),
        shift("Z1", "C4", "2026-01-12", 8, kind="sick"), shift("Z2", "C4", "2026-01-15", 8, kind="sick"),
        shift("Z3", "C4", "2026-01-29", 8, kind="sick"), shift("Z0", "C4", "2025-12-20", 8, kind="sick"),
    ]  # fmt: skip
    shares = {"direct_share": dict.fromkeys(("3", "4"), Decimal("0.5"))}
    return small(
        method=METHOD | shares, contracts=people, hours=lines, ledger_lines=[posting("L1", "41", "K1", 50_000)]
    )


def test_a_month_by_hand() -> None:
    """The worked example of docs/instrumenten/staffing_indicators.md, figure by figure as the page writes them."""
    made = make(flows())
    rows = {}
    for line in PAGE.read_text("utf-8").split("| indicator | teller")[1].splitlines()[2:]:
        if not line.startswith("|"):
            break
        number, top, bottom, value = (part.strip() for part in line.strip("|").split("|")[:4])
        rows[number.split()[0]] = tuple(float(each.replace(".", "").replace(",", ".")) for each in (top, bottom, value))
    assert len(rows) == 10
    for number, expected in rows.items():
        assert cell(made, number) == pytest.approx(expected, abs=0.005), number
    assert cell(made, "1.1") == (6, None, 6)
    assert cell(made, "1.1", "reference_date") == (4, None, 4)
    assert cell(made, "3.1", "calendar_days")[0] == 5 * 36
    assert made.findings.filter(pl.col("rule") != "I85").is_empty()


@pytest.mark.parametrize(
    ("span", "days"),
    [
        ("2026-01-01..2026-12-31", 360),
        ("2026-01", 30),
        ("2026-02", 28),
        ("2026-01-15..2026-02-03", 19),
        ("2026-03-31..2026-04-01", 1),
        ("2026-05-09..2026-05-09", 1),
    ],
)
def test_the_30_360_count(span: str, days: int) -> None:
    """360 dY + 30 dM + min(dD, 29) + 1, as KiK-V counts."""
    assert thirty_days(Period.parse(span)) == days


def test_units_and_the_whole() -> None:
    """Hours count where they were worked, people where their contract is; without a unit only for the whole."""
    org = small(
        contracts=[person(1), person(2, unit_id="D2"), person(3, unit_id=None)],
        hours=[
            shift("H1", "C1", "2026-01-05", 141),
            shift("H2", "C2", "2026-01-05", 70.5, unit_id="D1"),
            shift("H3", "C3", "2026-01-05", 141, unit_id=None),
        ],
    )
    made = make(org)
    assert [cell(made, "1.2", unit=unit)[2] for unit in ("D1", None)] == [1.5, 2.5]
    assert cell(made, "1.2", unit="D2")[2] is None
    assert [cell(made, "1.1", unit=unit)[2] for unit in ("D1", "D2", None)] == [1, 1, 3]
    # R1 lives in D1 all January: 1.5 fte for one resident.
    assert cell(made, "5.1", unit="D1") == (1.5, 1.0, 1.5)


def test_residents_are_a_mean_over_days() -> None:
    """A resident who has a place for ten of 31 days is 10/31 of a resident."""
    org = small(stays=[stay("S1", "D1", "2026-01-01", "2026-01-10")], hours=[shift("H1", "C1", "2026-01-05", 141)])
    assert cell(make(org), "5.1") == (1.0, round(10 / 31, 6), 3.1)


@pytest.mark.parametrize(("gap", "reports"), [(0, 3), (1, 3), (2, 2), (60, 1)])
def test_sick_lines_become_reports(gap: int, reports: int) -> None:
    """Lines at most ``sick_gap_days`` apart are one report, unless someone worked in between."""
    days = ("2026-01-05", "2026-01-08", "2026-01-20")
    lines = [shift(f"Z{at}", "C1", day, 8, kind="sick") for at, day in enumerate(days)]
    org = small(method=chosen(sick_gap_days=gap), contracts=[person(1)], hours=lines)
    assert cell(make(org), "3.2")[0] == reports
    org.streams["hours"].append(shift("H1", "C1", "2026-01-06", 8))
    assert cell(make(org), "3.2")[0] == (3 if gap < 60 else 2)


def test_work_on_a_sick_day_does_not_end_the_report() -> None:
    """Who is half recovered and works part of each day has one report, of all days from the first to the last."""
    lines = []
    for day in ("2026-01-05", "2026-01-06", "2026-01-07"):
        lines += [shift(f"W{day}", "C1", day, 4), shift(f"Z{day}", "C1", day, 4, kind="sick")]
    made = make(small(contracts=[person(1)], hours=lines))
    assert cell(made, "3.2")[0] == 1
    assert cell(made, "3.1", "calendar_days")[:2] == (3 * 36, 31 * 36)


def test_the_population_can_be_everybody() -> None:
    """Staff who do not work with residents count only when asked for."""
    people = [person(1), person(2, client_facing=False)]
    assert cell(make(small(contracts=people)), "1.1")[2] == 1
    assert cell(make(small(method=chosen(population="all"), contracts=people)), "1.1")[2] == 2


def test_a_span_of_months() -> None:
    """``months`` takes the whole months that end with the period's last; a month without hours is a finding (I87)."""
    org = small(method=chosen(months=3), contracts=[person(1)], hours=[shift("H1", "C1", "2025-12-05", 423)])
    made = make(org)
    assert made.tables["staffing_indicators"]["period_start"].unique().to_list() == [dt.date(2025, 11, 1)]
    assert cell(made, "1.2")[2] == 1.0
    told = made.findings.filter(pl.col("rule") == "I87")["explanation"].item()
    assert "2025-11, 2026-01" in told


def test_what_is_not_known_is_null_and_said() -> None:
    """Without hours, wages, sick lines, residents and earlier contracts those figures are null, each with I85."""
    made = make(small(contracts=[person(1)], hours=[], ledger_lines=[], stays=[]))
    for number in ("1.2", "1.4", "1.5", "2.1.3", "3.1", "3.2", "4.3", "5.1"):
        assert cell(made, number)[2] is None, number
    assert cell(made, "4.1")[2] == 0
    told = " ".join(made.findings.filter(pl.col("rule") == "I85")["explanation"])
    for words in ("(1.2, 1.4, 2.1)", "(1.5)", "(3.1, 3.2)", "(4.3)", "(5.1)"):
        assert words in told, words
    # A contract of unknown size leaves nothing to divide by; that is no source that stayed away.
    someone = make(small(contracts=[person(1, hours_per_week=None)]))
    assert cell(someone, "1.6")[2] is None
    assert "(1.1, " not in " ".join(someone.findings["explanation"])


def test_without_any_contract_nothing_is_nought() -> None:
    """No contracts: every figure of people is null, none is zero."""
    made = make(small(contracts=[], hours=[], wages=[]))
    assert made.tables["staffing_indicators"].filter(pl.col("number") != "1.5")["value"].null_count() > 0
    assert cell(made, "1.1") == (None, None, None)
    told = made.findings.filter(pl.col("rule") == "I85")["explanation"].to_list()
    assert sum("loondienst" in each for each in told) == 1
    assert not any("(4.3)" in each for each in told)


def test_contracts_that_lack_something_are_named() -> None:
    """Unknown term, hours and person are left out of the figures that need them, and counted (I86)."""
    people = [person(1, temporary=None), person(2, hours_per_week=None), person(3, employee_id=None)]
    lines = [shift("H1", "C1", "2026-01-05", 10), shift("H2", "C2", "2026-01-05", 10, level=None)]
    people[1]["level"] = None
    made = make(small(contracts=people, hours=lines))
    assert cell(made, "1.3") == (0, 2, 0)
    assert cell(made, "1.6")[1] == 2
    assert made.findings.filter(pl.col("rule") == "I86").height == 3
    unknown = made.findings.filter(pl.col("rule") == "I87").row(0, named=True)
    assert unknown["milliminutes"] == 600_000
    assert cell(made, "2.1.3")[2] == 50


DAYS = st.dates(dt.date(2025, 11, 1), dt.date(2026, 3, 1))


@st.composite
def staffs(draw: st.DrawFn) -> Organisation:
    """A few people with several contracts, shifts and illness, some things unknown."""
    people, lines = [], []
    for at in range(draw(st.integers(1, 6))):
        first, last = sorted((draw(DAYS), draw(DAYS)))
        people.append(
            person(
                draw(st.integers(1, 3)),
                first.isoformat(),
                draw(st.sampled_from([None, last.isoformat()])),
                id=f"C{at}",
                level=draw(st.sampled_from(["1", "3", "W", None])),
                unit_id=draw(st.sampled_from(["D1", "D2", None])),
                employment=draw(st.sampled_from(["payroll", "trainee", "hired", "intern", "volunteer"])),
                temporary=draw(st.sampled_from([True, False, None])),
                hours_per_week=draw(st.sampled_from([None, 160_000, 325_000])),
            )
        )
        for number in range(draw(st.integers(0, 4))):
            day = draw(st.dates(dt.date(2025, 12, 25), dt.date(2026, 2, 3)))
            kind = draw(st.sampled_from(["worked", "sick"]))
            lines.append(shift(f"H{at}-{number}", f"C{at}", day.isoformat(), draw(st.integers(0, 9)), kind=kind))
    return small(contracts=people, hours=lines)


@settings(max_examples=40, deadline=None)
@for_all(org=staffs(), seed=st.integers(0, 9))
def test_figures_hang_together(org: Organisation, seed: int) -> None:
    """Start + inflow - outflow = end; parts of the mix are at most a hundred; order of rows does not matter."""
    base = only(org)
    instrument = instruments.load("staffing_indicators")
    made = instrument.run(base)
    for unit in ("D1", "D2", None):
        came, twice, _ = cell(made, "4.1", unit=unit)
        went = cell(made, "4.2", unit=unit)[0]
        if came is not None:
            end = cell(made, "1.1", "reference_date", unit)[2]
            assert 2 * twice - end + came - went == end
        mix = [cell(made, f"2.1.{at}", unit=unit)[2] for at in range(1, 10)]
        assert sum(each or 0 for each in mix) <= 100.05
        sick = cell(made, "3.1", "calendar_days", unit)[2]
        assert sick is None or 0 <= sick <= 100
    mixed = dataclasses.replace(
        base,
        mapped=dataclasses.replace(
            base.mapped, streams={name: shuffled(frame, seed) for name, frame in base.streams.items()}
        ),
    )
    assert instrument.run(mixed).tables["staffing_indicators"].equals(made.tables["staffing_indicators"])


@settings(max_examples=15, deadline=None)
@for_all(org=staffs())
def test_the_whole_is_its_units_where_nothing_lacks_one(org: Organisation) -> None:
    """Hours of the units add up to those of the organisation when each shift has a unit."""
    assume(any(row["kind"] == "worked" for row in org.streams["hours"]))
    made = make(org)
    parts = [cell(made, "1.2", unit=unit)[0] or 0 for unit in ("D1", "D2")]
    assert sum(parts) == pytest.approx(cell(made, "1.2")[0] or 0)


def test_the_table_is_what_an_exchange_asks() -> None:
    """Code, name, numerator, denominator, value, unit and period stand in the table, a row an indicator and unit."""
    table = make(flows()).tables["staffing_indicators"]
    wanted = {"indicator_code", "name", "numerator", "denominator", "value", "unit_id", "period_start", "period_end"}
    assert wanted <= set(table.columns)
    assert table.height == 3 * len(INDICATORS)
    assert stream("units", unit_id="X")["unit_id"] not in table["unit_id"].to_list()
