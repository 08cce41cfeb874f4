"""Supplements: days, amounts in the official order of rounding, and the budget with them."""

from __future__ import annotations

import dataclasses
import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.contract import Given, Made
from ipvb_bridge.core.instruments.supplements_settings import Supplements
from tests.core.frames import shuffled
from tests.core.instruments.given import given, run
from tests.core.oracle import Organisation
from tests.core.small import absence, agreement, date, indication, small, stay, tariff
from tests.core.strategies import row as row_of

Row = dict[str, Any]
TABLES = {table.name: table for table in instruments.load("supplements").inputs}


def toeslag(code: str, start: str, end: str | None = None, cents: int = 1_234, who: str = "R1") -> Row:
    return row_of(
        TABLES["supplements"], resident_id=who, code=code, start_date=date(start), end_date=end and date(end),
        day_amount=cents,
    )  # fmt: skip


def meerzorg(care: int, start: str = "2020-01-01", end: str | None = None, **more: Any) -> Row:
    """``care``, day_care, treatment and profile in ten-thousandths of an hour a week."""
    hours = {"day_care_hours": 0, "treatment_hours": 0, "profile_hours": 200_000} | more
    return row_of(
        TABLES["meerzorg"], resident_id="R1", start_date=date(start), end_date=end and date(end), care_hours=care,
        **hours,
    )  # fmt: skip


def tariff_of(part: str, tenthousandths: int, start: str = "2020-01-01", end: str | None = None) -> Row:
    return row_of(
        TABLES["meerzorg_tariffs"], part=part, start_date=date(start), end_date=end and date(end),
        hour_tariff=tenthousandths,
    )  # fmt: skip


def organisation(section: Row | None = None, **changed: Any) -> Organisation:
    """R1 with 8VV in D1: 31 days at 200.00 available in January, half an hour a day at 100.00 an hour."""
    given_up = {
        "care_agreements": [agreement("A1")],
        "indications": [indication("I1", "2020-01-01", zzp="8VV")],
        "tariffs": [tariff("2020-01-01", zzp="8VV")],
    }
    return small(method={"instruments": {"supplements": section or {}}}, **(given_up | changed))


def made(*rows: Row, section: Row | None = None, extra: Any = (), tariffs: Any = (), **changed: Any) -> Made:
    own = {"supplements": list(rows), "meerzorg": list(extra), "meerzorg_tariffs": list(tariffs)}
    return run("supplements", organisation(section, **changed), own=own)


def lines(result: Made) -> list[tuple[Any, ...]]:
    columns = ("unit_id", "code", "held_days", "paid_days", "day_cents", "amount_cents")
    return result.tables["supplement_lines"].select(columns).rows()


def rules(result: Made) -> list[str]:
    return result.findings["rule"].to_list()


def test_the_example_of_the_page() -> None:
    """A toeslag and meerzorg, away for four days, by hand (docs/instrumenten/supplements.md)."""
    result = made(
        toeslag("Toeslag X", "2026-01-01"),
        extra=[meerzorg(60_000, day_care_hours=12_500, treatment_hours=5_000)],
        tariffs=[tariff_of("care", 512_300), tariff_of("day_care", 333_300), tariff_of("treatment", 1_001_100)],
        absences=[absence("B1", "hospital", "2026-01-10", "2026-01-13")],
    )
    # 27 x 12.34 = 333.18. Week: 6 x 51.23 = 307.38; 1.25 x 33.33 = 41.6625; 0.5 x 100.11 = 50.055: half goes up.
    shown = result.tables["meerzorg_days"].row(0, named=True)
    assert [shown[f"{part}_cents"] for part in ("care", "day_care", "treatment")] == [30_738, 4_166, 5_006]
    assert (shown["week_cents"], shown["day_cents"], shown["need_share"]) == (39_910, 5_701, 0.3875)
    assert lines(result) == [
        ("D1", "meerzorg", 31, 27, 5_701, 153_927),
        ("D1", "Toeslag X", 31, 27, 1_234, 33_318),
    ]
    budget = result.tables["supplement_budgets"].row(0, named=True)
    assert budget == {
        "unit_id": "D1", "resident_id": "R1", "available_cents": 620_000, "supplement_cents": 33_318,
        "meerzorg_cents": 153_927, "available_with_cents": 807_245, "required_cents": 135_000,
        "balance_cents": 485_000, "balance_with_cents": 672_245,
    }  # fmt: skip
    assert rules(result) == []


def test_half_a_cent_goes_up_in_meerzorg() -> None:
    """The official rounding is arithmetic at each step; half to even would give a cent less, or an hour less."""
    result = made(
        extra=[meerzorg(10_050, treatment_hours=5_000)],
        tariffs=[tariff_of("care", 100_050), tariff_of("treatment", 1_001_000)],
    )
    shown = result.tables["meerzorg_days"].row(0, named=True)
    # 1.005 h is 1.01; 10.005 is 10.01; the product 10.1101 is 10.11. And 0.5 x 100.10 = 50.05 exactly.
    assert (shown["care_hours"], shown["care_tariff_cents"], shown["care_cents"]) == (1.01, 1_001, 1_011)
    assert shown["treatment_cents"] == 5_005
    halves = made(extra=[meerzorg(5_000)], tariffs=[tariff_of("care", 100_100)]).tables["meerzorg_days"]
    assert halves["care_cents"].to_list() == [501]  # 0.5 x 10.01 = 5.005


def test_a_supplement_is_not_paid_during_absence() -> None:
    """Hospital, vacation and weekend alike; a day the Wlz does not pay (pgb, no indication) has none either."""
    for reason in ("hospital", "vacation", "weekend"):
        result = made(toeslag("X", "2026-01-01"), absences=[absence("B1", reason, "2026-01-30", "2026-02-03")])
        assert lines(result) == [("D1", "X", 31, 29, 1_234, 29 * 1_234)]
    result = made(
        toeslag("X", "2026-01-01"),
        indications=[
            indication("I1", "2020-01-01", "2026-01-09", zzp="8VV"),
            indication("I2", "2026-01-20", delivery_form="pgb"),
        ],
    )
    assert lines(result) == [("D1", "X", 31, 9, 1_234, 9 * 1_234)]


@pytest.mark.parametrize("form", ["stay", "vpt", "mpt", "part_time_stay"])
def test_every_delivery_form_that_the_wlz_pays(form: str) -> None:
    """At home with VPT or MPT and in part-time stay a supplement is paid as in a home."""
    result = made(toeslag("X", "2026-01-05"), indications=[indication("I1", "2020-01-01", delivery_form=form)])
    assert lines(result) == [("D1", "X", 27, 27, 1_234, 27 * 1_234)]


def test_a_move_gives_a_line_in_each_unit() -> None:
    """The days and amount of each unit stand apart, and the sums are those of the resident."""
    result = made(
        toeslag("X", "2025-06-01", "2026-01-20"),
        stays=[stay("S1", "D1", "2020-01-01", "2026-01-12"), stay("S2", "D2", "2026-01-13")],
    )
    assert lines(result) == [("D1", "X", 12, 12, 1_234, 14_808), ("D2", "X", 8, 8, 1_234, 9_872)]
    units = result.tables["supplement_units"]
    assert units.select("unit_id", "residents", "supplement_cents").rows() == [("D1", 1, 14_808), ("D2", 1, 9_872)]


def test_what_of_a_toeslag_is_paid_is_a_setting() -> None:
    """paid_share is of toeslagen only, rounded once a line, half to even; meerzorg keeps its official amount."""
    result = made(
        toeslag("X", "2026-01-01", "2026-01-01", cents=25),
        toeslag("Y", "2026-01-01", "2026-01-01", cents=35),
        extra=[meerzorg(70_000)],
        tariffs=[tariff_of("care", 1_000_000)],
        section={"paid_share": Decimal("0.9")},
    )
    assert [line[-1] for line in lines(result)] == [310_000, 22, 32]
    for wrong in ({"paid_share": 0}, {"paid_share": 2}, {"minimum_need": -1}):
        with pytest.raises(ValidationError):
            Supplements(**wrong)


def test_of_overlapping_rows_the_last_begun_counts() -> None:
    """A row inside another of the same code takes its days over and gives them back; the overlap is told (I47)."""
    result = made(toeslag("X", "2025-01-01"), toeslag("X", "2026-01-11", "2026-01-20", cents=1))
    starts = result.tables["supplement_lines"].select("start_date", "end_date", "day_cents", "paid_days").rows()
    january = [dt.date(2026, 1, day) for day in (1, 10, 11, 20, 21, 31)]
    assert starts == [
        (january[0], january[1], 1_234, 10),
        (january[2], january[3], 1, 10),
        (january[4], january[5], 1_234, 11),
    ]
    (finding,) = result.findings.to_dicts()
    assert finding["rule"] == "I47"
    assert "dagen: 10" in finding["explanation"]
    assert rules(made(extra=[meerzorg(0), meerzorg(0, "2026-01-02")])) == ["I42", "I47"]


def test_a_tariff_that_changes_and_one_that_lacks() -> None:
    """The day amount follows the tariff; days of a part without a tariff are counted out and told (I41)."""
    result = made(
        extra=[meerzorg(70_000, treatment_hours=10_000)],
        tariffs=[
            tariff_of("care", 1_000_000),
            tariff_of("care", 1_100_000, "2026-01-16"),
            tariff_of("treatment", 700_000, "2026-01-01", "2026-01-20"),
        ],
    )
    assert lines(result) == [
        ("D1", "meerzorg", 15, 15, 11_000, 165_000),
        ("D1", "meerzorg", 5, 5, 12_000, 60_000),
        ("D1", "meerzorg", 11, 0, None, 0),
    ]
    (finding,) = result.findings.to_dicts()
    assert (finding["rule"], finding["severity"]) == ("I41", "error")
    assert "behandeling (dagen: 11)" in finding["explanation"]


def test_a_part_without_hours_needs_no_tariff() -> None:
    """Only woonzorg asked, only its tariff needed; without any tariff row at all every day is told."""
    assert lines(made(extra=[meerzorg(70_000)], tariffs=[tariff_of("care", 700_000)]))[0][-1] == 31 * 7_000
    result = made(extra=[meerzorg(70_000)])
    assert rules(result) == ["I41"]
    assert lines(result) == [("D1", "meerzorg", 31, 0, None, 0)]


def test_rows_that_pay_nothing_are_told() -> None:
    """A resident whom nobody knows, and one who is away all month (I40); a row of another month is just not there."""
    result = made(
        toeslag("X", "2026-01-01", who="R9"),
        toeslag("Y", "2026-01-01"),
        toeslag("Z", "2025-01-01", "2025-12-31"),
        absences=[absence("B1", "hospital", "2026-01-01", "2026-01-31")],
    )
    assert lines(result) == [("D1", "Y", 31, 0, 1_234, 0)]
    told = result.findings.select("rule", "subject", "explanation").rows()
    assert [each[:2] for each in told] == [("I40", "R1"), ("I40", "R9")]
    assert "afwezig" in told[0][2]
    assert "geen verblijf" in told[1][2]


def test_the_need_for_meerzorg() -> None:
    """Under 25 % of the profile's hours, hours not given, and a profile not on the list are told (I42)."""
    tariffs = [tariff_of("care", 700_000)]
    assert rules(made(extra=[meerzorg(50_000)], tariffs=tariffs)) == []
    (short,) = made(extra=[meerzorg(49_000)], tariffs=tariffs).findings.to_dicts()
    assert (short["rule"], short["severity"]) == ("I42", "warning")
    assert "24,5%" in short["explanation"]
    assert "25%" in short["explanation"]
    for profile in (None, 0):
        (unknown,) = made(extra=[meerzorg(50_000, profile_hours=profile)], tariffs=tariffs).findings.to_dicts()
        assert "niet ingevuld" in unknown["explanation"]
    other = [indication("I1", "2020-01-01")]
    (odd,) = made(extra=[meerzorg(50_000)], tariffs=tariffs, indications=other).findings.to_dicts()
    assert "4VV" in odd["explanation"]
    assert "7VV, 8VV" in odd["explanation"]
    section = {"meerzorg_profiles": (), "minimum_need": Decimal("0.3")}
    (less,) = made(extra=[meerzorg(50_000)], tariffs=tariffs, section=section, indications=other).findings.to_dicts()
    assert "30%" in less["explanation"]


def test_without_any_row() -> None:
    """With no rows the units stand with their budgets as calculated, and nothing is told."""
    result = made()
    assert result.tables["supplement_budgets"].is_empty()
    row = result.tables["supplement_units"].row(0, named=True)
    assert (row["available_with_cents"], row["balance_with_cents"]) == (620_000, 465_000)
    assert rules(result) == []


def day_amount(row: Row, tariffs: dict[str, int]) -> int:
    """The official order of rounding in decimals, apart from the product."""
    cent = Decimal("0.01")

    def rounded(value: Decimal) -> Decimal:
        return value.quantize(cent, ROUND_HALF_UP)

    week = sum(
        (
            rounded(rounded(Decimal(row[f"{part}_hours"]) / 10_000) * rounded(Decimal(tariffs[part]) / 10_000))
            for part in tariffs
        ),
        Decimal(0),
    )
    return int(rounded(week / 7) * 100)


HOURS = st.integers(0, 400_000)
TARIFFS = st.integers(0, 2_000_000)


@settings(max_examples=40, deadline=None)
@for_all(hours=st.tuples(HOURS, HOURS, HOURS), tariffs=st.tuples(TARIFFS, TARIFFS, TARIFFS))
def test_meerzorg_equals_the_rule_in_decimals(hours: tuple[int, ...], tariffs: tuple[int, ...]) -> None:
    """For any hours and tariffs the day amount is that of the rule worked out in decimals."""
    names = ("care", "day_care", "treatment")
    row = meerzorg(hours[0], day_care_hours=hours[1], treatment_hours=hours[2])
    result = BASE_INSTRUMENT.run(
        own(base(), [], [row], [tariff_of(*each) for each in zip(names, tariffs, strict=True)])
    )
    assert result.tables["meerzorg_days"]["day_cents"].to_list() == [
        day_amount(row, dict(zip(names, tariffs, strict=True)))
    ]


BASE_INSTRUMENT = instruments.load("supplements")
_BASE: list[Given] = []


def base() -> Given:
    """R1 who moves and is away a while, calculated once."""
    if not _BASE:
        org = organisation(
            stays=[stay("S1", "D1", "2020-01-01", "2026-01-12"), stay("S2", "D2", "2026-01-14")],
            absences=[absence("B1", "vacation", "2026-01-08", "2026-01-10")],
        )
        _BASE.append(given(org, inputs=BASE_INSTRUMENT.inputs))
    return _BASE[0]


def own(whole: Given, *rows: list[Row]) -> Given:
    frames = {
        name: pl.DataFrame(each, schema=TABLES[name].schema(), orient="row")
        for name, each in zip(("supplements", "meerzorg", "meerzorg_tariffs"), rows, strict=True)
    }
    return dataclasses.replace(whole, own=frames)


@settings(max_examples=40, deadline=None)
@for_all(
    spans=st.lists(
        st.tuples(
            st.sampled_from(["X", "Y"]), st.integers(-5, 33), st.none() | st.integers(0, 40), st.integers(0, 9_999)
        ),
        max_size=6,
        unique_by=lambda each: each[:2],
    ),
    seed=st.integers(0, 9),
)
def test_days_and_amounts_day_by_day(spans: list[tuple[Any, ...]], seed: int) -> None:
    """Counting every day apart gives the same days and amounts; sums add up; the order of rows does not matter."""
    first = dt.date(2026, 1, 1)
    rows = [
        row_of(
            TABLES["supplements"], resident_id="R1", code=code, day_amount=cents,
            start_date=first + dt.timedelta(begin),
            end_date=None if length is None else first + dt.timedelta(begin + length),
        )
        for code, begin, length, cents in spans
    ]  # fmt: skip
    result = BASE_INSTRUMENT.run(own(base(), rows, [], []))
    expected = {"D1": 0, "D2": 0}
    days = 0
    for day in (first + dt.timedelta(at) for at in range(31)):
        unit = "D1" if day.day <= 12 else "D2" if day.day >= 14 else None
        for code in ("X", "Y"):
            holding = [
                row
                for row in rows
                if row["code"] == code
                and row["start_date"] <= day
                and (row["end_date"] is None or row["end_date"] >= day)
            ]
            if unit and holding:
                days += 1
                if not 8 <= day.day <= 10:
                    expected[unit] += max(holding, key=lambda row: row["start_date"])["day_amount"]
    table = result.tables["supplement_lines"]
    assert table["held_days"].sum() == days
    assert dict(table.group_by("unit_id").agg(pl.col("amount_cents").sum()).iter_rows()).items() <= expected.items()
    assert table["amount_cents"].sum() == sum(expected.values())
    for name in ("supplement_budgets", "supplement_units"):
        budget = result.tables[name]
        assert budget["supplement_cents"].sum() == table["amount_cents"].sum()
        assert (budget["available_with_cents"] - budget["required_cents"]).to_list() == budget[
            "balance_with_cents"
        ].to_list()
    mixed = own(base(), [], [], [])
    mixed = dataclasses.replace(
        mixed,
        own={**mixed.own, "supplements": shuffled(own(base(), rows, [], []).own["supplements"], seed)},
        tables={name: shuffled(each, seed) for name, each in mixed.tables.items()},
    )
    for name, each in BASE_INSTRUMENT.run(mixed).tables.items():
        assert each.equals(result.tables[name])
