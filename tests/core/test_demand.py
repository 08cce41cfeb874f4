"""Demand lines: every way to count occurrences, against figures worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.core import findings
from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.demand import LINE, Demand, demand
from ipvb_bridge.core.periods import Period
from tests.core.frames import shuffled, stream
from tests.core.small import absence, agreement, indication, stay

Rows = list[dict[str, Any]]
HERE = [stay("S1", "D1", "2020-01-01")]


def asked(*agreements: dict[str, Any], period: str = "2026-01", stays: Rows = HERE, away: Rows | None = None) -> Demand:
    span = Period.parse(period)
    days = resident_days(
        stream("stays", *stays),
        stream("absences", *(away or [])),
        stream("indications", indication("I1", "2020-01-01")),
        span,
    )
    return demand(stream("care_agreements", *agreements), days.segments, span)


def minutes(*agreements: dict[str, Any], **given: Any) -> list[int]:
    """Milliminutes of the lines, by agreement and unit."""
    return asked(*agreements, **given).table()["milliminutes"].to_list()


@pytest.mark.parametrize(
    ("per", "expected"),
    [
        ("day", 31 * 30_000),
        ("week", 132_857),  # 30 x 31 / 7 = 132.857142...
        ("four_weeks", 33_214),  # 30 x 31 / 28 = 33.214285...
        ("month", 30_000),
        ("year", 2_548),  # 30 x 31 / 365 = 2.547945...
    ],
)
def test_each_per_in_a_full_month(per: str, expected: int) -> None:
    """Half an hour once a day, week, four weeks, month and year, over the 31 days of January."""
    assert minutes(agreement("G1", per=per)) == [expected]


@pytest.mark.parametrize(
    ("period", "per", "expected"),
    [
        # 17 of 31 days of December and 9 of 31 of January, of 280 of 28 of February.
        ("2025-12-15..2026-01-09", "month", 30_000 * Fraction(26, 31)),
        ("2026-01-15..2026-02-14", "month", 30_000 * (Fraction(17, 31) + Fraction(14, 28))),
        ("2026-01-01..2026-12-31", "month", 30_000 * 12),
        ("2024-02-10..2024-02-20", "month", 30_000 * Fraction(11, 29)),
        ("2023-12-01..2024-01-31", "year", 30_000 * (Fraction(31, 365) + Fraction(31, 366))),
        ("2021-01-01..2025-12-31", "year", 30_000 * 5),
        ("2021-01-01..2025-12-31", "month", 30_000 * 60),
        ("2021-01-01..2025-12-31", "week", 30_000 * Fraction(1826, 7)),
    ],
)
def test_months_and_years_of_different_length(period: str, per: str, expected: Fraction) -> None:
    """A month or year counts by its own length, whatever the period; rounded once at the end."""
    assert minutes(agreement("G1", per=per), period=period) == [round(expected)]


@pytest.mark.parametrize(
    ("weekdays", "occurrences"),
    [("1", 4), ("4", 5), ("6 7", 9), ("1 2 3 4 5", 22), ("1 2 3 4 5 6 7", 31), ("4 4", 5), ("5 3", 9)],
)
def test_weekdays(weekdays: str, occurrences: int) -> None:
    """January 2026 starts on a Thursday: four Mondays, five Thursdays; a weekday named twice counts once."""
    assert minutes(agreement("G1", weekdays=weekdays)) == [occurrences * 30_000]
    assert minutes(agreement("G1", weekdays=weekdays, per=None)) == [occurrences * 30_000]


def test_weekdays_with_another_per_count_by_the_day() -> None:
    """With weekdays `times` is per such day, also where `per` says week."""
    assert minutes(agreement("G1", weekdays="1", per="week", times=20_000)) == [8 * 30_000]


def test_weekdays_over_two_months() -> None:
    """Mondays of January (4) and February 2026 (4)."""
    assert minutes(agreement("G1", weekdays="1"), period="2026-01-01..2026-02-28") == [8 * 30_000]


def test_days_and_dates_meet() -> None:
    """Valid 10-25 January, moved on the 16th, away 12-18: 10 and 11 January in D1, 19-25 January in D2."""
    stays = [stay("S1", "D1", "2020-01-01", "2026-01-15"), stay("S2", "D2", "2026-01-16")]
    lines = asked(
        agreement(
            "G1",
            start_date=Period.parse("2026-01-10..2026-01-10").start,
            end_date=Period.parse("2026-01").end.replace(day=25),
        ),
        stays=stays,
        away=[absence("A1", "weekend", "2026-01-12", "2026-01-18")],
    ).table()
    assert lines.select("unit_id", "milliminutes").rows() == [("D1", 2 * 30_000), ("D2", 7 * 30_000)]


def test_a_return_to_a_unit_is_one_line() -> None:
    """A resident who leaves a unit and comes back has one line there, rounded once over both stays."""
    stays = [stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2026-01-11", "2026-01-20")]
    lines = asked(agreement("G1", per="week"), stays=stays).table()
    assert lines.select("unit_id", "milliminutes").rows() == [("D1", 90_000), ("D2", 42_857)]


def test_no_day_no_line_and_no_occurrence_a_zero_line() -> None:
    """Away all month gives no line; days without a Monday among them, or no times, give a line of nothing."""
    assert minutes(agreement("G1"), away=[absence("A1", "weekend", "2026-01-01", "2026-01-31")]) == []
    three_days = Period.parse("2026-01-06..2026-01-08")
    dates = {"start_date": three_days.start, "end_date": three_days.end}
    assert minutes(agreement("G1", weekdays="1", **dates)) == [0]
    assert minutes(agreement("G1", times=0)) == [0]
    assert minutes(agreement("G1", minutes=0, **dates)) == [0]


def test_validity_outside_the_period() -> None:
    """An agreement that ended before or starts after the period gives no line; one that ends on its first day does."""
    january = Period.parse("2026-01")
    assert minutes(agreement("G1", end_date=Period.parse("2025-12").end)) == []
    assert minutes(agreement("G1", start_date=Period.parse("2026-02").start)) == []
    assert minutes(agreement("G1", end_date=january.start)) == [30_000]
    assert minutes(agreement("G1", start_date=january.end)) == [30_000]


def test_rounds_half_to_even_once() -> None:
    """0.0005 minutes is half a milliminute: to 0; three of them 1.5, to 2; the group divides before the rounding."""
    day = {"start_date": Period.parse("2026-01-31..2026-01-31").start}
    assert minutes(agreement("G1", minutes=5, times=10_000, **day)) == [0]
    assert minutes(agreement("G1", minutes=5, times=30_000, **day)) == [2]
    assert minutes(agreement("G1", minutes=5, times=50_000, **day)) == [2]
    assert minutes(agreement("G1", minutes=600_000, staff_count=2, group_size=7, **day)) == [17_143]


def test_the_greatest_values_there_can_be() -> None:
    """All day, a hundred times a day, a hundred carers, for five years: past 64 bits on the way, exact at the end."""
    most = agreement("G1", minutes=14_400_000, times=1_000_000, staff_count=100, group_size=7, per="month")
    assert minutes(most, period="2021-01-01..2025-12-31") == [round(Fraction(1_440_000 * 100 * 100 * 60, 7))]
    daily = agreement("G1", minutes=14_400_000, times=1_000_000, staff_count=100, group_size=1)
    assert minutes(daily, period="2021-01-01..2025-12-31") == [1_440_000 * 100 * 100 * 1826]


def test_what_is_lacking_leaves_the_agreement_out() -> None:
    """An agreement that lacks what a line needs gives no line and a finding that counts it, column by column."""
    needed = ("minutes", "times", "per", "day_part", "care_function", "performer", "payer", "level")
    rows = [agreement(f"G{name}", **{name: None}) for name in needed]
    rows += [
        agreement("G2", minutes=None, times=None),
        agreement("G3"),
        agreement("G4", level=None, performer="network"),
    ]
    found = asked(*rows)
    assert found.table()["agreement_id"].to_list() == ["G3", "G4"]
    counts = dict(found.findings.select("subject", "explanation").iter_rows())
    assert set(counts) == set(needed)
    assert "aantal: 2" in counts["minutes"]
    assert "aantal: 1" in counts["level"]
    assert found.findings.schema == findings.schema()


def test_what_is_lacking_outside_the_period_is_not_counted() -> None:
    """An incomplete agreement that ended before the period is no finding."""
    assert asked(agreement("G1", minutes=None, end_date=Period.parse("2025-12").end)).findings.is_empty()


def test_carers_and_group_count_as_one_with_a_finding() -> None:
    """staff_count and group_size that are missing count as 1, and a warning says how often."""
    found = asked(agreement("G1", staff_count=None, group_size=None))
    assert found.table()["milliminutes"].to_list() == [31 * 30_000]
    assert found.findings.select("severity", "subject").rows() == [
        ("warning", "group_size"),
        ("warning", "staff_count"),
    ]


def test_lines_keep_their_columns() -> None:
    """A line keeps what the method names, sorted by agreement and unit, and nothing is left when nothing is agreed."""
    table = asked(agreement("G2", level=None, performer="self", payer="none"), agreement("G10")).table()
    assert table.columns == [*LINE, "milliminutes"]
    assert table["agreement_id"].to_list() == ["G10", "G2"]
    empty = asked()
    assert empty.table().schema == table.schema
    assert empty.by_weekday().is_empty()


def test_weekdays_of_a_line() -> None:
    """Two visits a week: 4 Mondays and 5 Thursdays, and weekly care spread over the days of the month."""
    spread = asked(agreement("G1", weekdays="1 4"), agreement("G2", per="week", level="2")).by_weekday()
    minutes = {
        level: [Fraction(values[n], denominator) for n in range(7)]
        for level, denominator, *values in spread.select("level", "denominator", *"1234567").iter_rows()
    }
    assert minutes["3"] == [4 * 30_000, 0, 0, 5 * 30_000, 0, 0, 0]
    assert minutes["2"] == [Fraction(132_857 * often, 31) for often in (4, 4, 4, 5, 5, 5, 4)]


@st.composite
def some_agreements(draw: st.DrawFn) -> Rows:
    """Agreements of two residents that begin, end and repeat at will."""
    rows = []
    for number in range(draw(st.integers(1, 6))):
        first = draw(st.sampled_from(["2025-06-01", "2025-12-20", "2026-01-10", "2026-02-03"]))
        last = draw(st.sampled_from([None, "2026-01-09", "2026-01-31", "2026-02-20"]))
        per = draw(st.sampled_from(["day", "week", "four_weeks", "month", "year"]))
        rows.append(
            agreement(
                f"G{number}", resident_id=draw(st.sampled_from(["R1", "R2"])), per=per,
                minutes=draw(st.integers(0, 14_400_000)), times=draw(st.integers(0, 1_000_000)),
                staff_count=draw(st.integers(1, 100)), group_size=draw(st.integers(1, 1000)),
                level=draw(st.sampled_from(["2", "3"])), start_date=first,
                end_date=last if last and last >= first else None,
                weekdays=draw(st.sampled_from([None, "1 3", "7"])) if per == "day" else None,
            )
        )  # fmt: skip
    return rows


STAYS = [
    stay("S1", "D1", "2020-01-01", "2026-01-14"),
    stay("S2", "D2", "2026-01-15"),
    stay("S3", "D2", "2026-01-05", resident="R2"),
]
AWAY = [absence("A1", "vacation", "2026-01-12", "2026-02-02")]


@settings(max_examples=60, deadline=None)
@given(some_agreements(), st.sampled_from(["2026-01", "2025-12-29..2026-02-10"]), st.integers(0, 9))
def test_weekdays_lose_nothing_and_order_changes_nothing(rows: Rows, period: str, seed: int) -> None:
    """The seven weekdays of each cell add up to its lines exactly, and the rows may come in any order."""
    found = asked(*rows, period=period, stays=STAYS, away=AWAY)
    table = found.table()
    lines: dict[tuple[str, str], int] = {}
    for unit, level, value in table.select("unit_id", "level", "milliminutes").iter_rows():
        lines[unit, level] = lines.get((unit, level), 0) + value
    spread: dict[tuple[str, str], Fraction] = {}
    for unit, level, bottom, *tops in (
        found.by_weekday().select("unit_id", "level", "denominator", *"1234567").iter_rows()
    ):
        spread[unit, level] = spread.get((unit, level), Fraction(0)) + Fraction(sum(tops), bottom)
    assert {key: value for key, value in spread.items() if value} == {
        key: value for key, value in lines.items() if value
    }
    mixed = shuffled(stream("care_agreements", *rows), seed)
    days = resident_days(
        stream("stays", *STAYS),
        stream("absences", *AWAY),
        stream("indications", indication("I1", "2020-01-01")),
        Period.parse(period),
    )
    assert demand(mixed, days.segments, Period.parse(period)).table().equals(table)


@settings(max_examples=5, deadline=None)
@given(some_agreements())
def test_days_are_counted_one_by_one(rows: Rows) -> None:
    """Lines of single days: the occurrences of a month are those of its days together, before rounding."""
    period = Period.parse("2026-01")
    per_day: dict[tuple[str, str], int] = {}
    for row in rows:
        row["minutes"], row["times"], row["staff_count"], row["group_size"] = 3_720_960, 10_000, 1, 1
        row["per"] = "day"
    for number in range(1, 32):
        for key, unit, value in (
            asked(*rows, period=f"2026-01-{number:02}..2026-01-{number:02}", stays=STAYS, away=AWAY)
            .table()
            .select("agreement_id", "unit_id", "milliminutes")
            .iter_rows()
        ):
            per_day[key, unit] = per_day.get((key, unit), 0) + value
    month = asked(*rows, period=str(period), stays=STAYS, away=AWAY).table()
    assert {
        (key, unit): value for key, unit, value in month.select("agreement_id", "unit_id", "milliminutes").iter_rows()
    } == per_day
    assert month.schema["milliminutes"] == pl.Int64
