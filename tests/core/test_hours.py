"""Worked hours: whose, when, and how paid time is spread over the clock, against figures worked out by hand."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.core.hours import assumed_units, by_day_part, pieces, worked
from ipvb_bridge.core.periods import Period
from tests.core.frames import SETTINGS, shuffled, stream
from tests.core.small import contract, hours, moment

JANUARY = Period.parse("2026-01")
PARTS = [dt.time(7), dt.time(12), dt.time(17), dt.time(23)]


def shifts(
    *rows: dict[str, Any], contracts: list[dict[str, Any]] | None = None, period: Period = JANUARY
) -> pl.DataFrame:
    return worked(stream("hours", *rows), stream("contracts", *(contracts or [contract("C1", "3")])), period)


def spread(*rows: dict[str, Any], attribution: str = "by_overlap", period: Period = JANUARY) -> dict[str, Fraction]:
    """Paid minutes in each day part."""
    found: dict[str, Fraction] = {}
    table = by_day_part(shifts(*rows, period=period), SETTINGS, attribution)
    for part, top, bottom in table.select("day_part", "numerator", "denominator").iter_rows():
        found[part] = found.get(part, Fraction(0)) + Fraction(top, bottom) / 1000
    return found


def test_paid_minutes_are_spread_over_elapsed_minutes() -> None:
    """07:00-15:30 with 480 paid: 300 and 210 of 510 minutes elapsed; a shift inside one day part falls there whole."""
    assert spread(hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T15:30+01:00", 480)) == {
        "morning": Fraction(480 * 300, 510),
        "afternoon": Fraction(480 * 210, 510),
    }
    assert spread(hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T12:00+01:00", 290)) == {"morning": 290}


def test_a_night_over_midnight() -> None:
    """22:00-08:00 with 570 paid: one hour evening, eight night, one morning; it belongs to the weekday of its start."""
    night = hours("H1", "C1", "2026-01-31T22:00+01:00", "2026-02-01T08:00+01:00", 570)
    assert spread(night) == {"evening": 57, "night": 456, "morning": 57}
    assert by_day_part(shifts(night), SETTINGS)["weekday"].unique().to_list() == [6]
    assert spread(night, attribution="by_start") == {"evening": 570}


def test_a_shift_longer_than_a_day() -> None:
    """A sleep-over of 36 hours passes some day parts twice: 07:00 to 19:00 the next day."""
    assert spread(hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-06T19:00+01:00", 2160)) == {
        "morning": 600, "afternoon": 600, "evening": 480, "night": 480,
    }  # fmt: skip


def test_without_length_it_falls_at_its_start() -> None:
    """A correction booked on one moment falls wholly in that day part, also when it is negative or at a bound."""
    assert spread(hours("H1", "C1", "2026-01-05T12:00+01:00", "2026-01-05T12:00+01:00", -90)) == {"afternoon": -90}
    assert spread(hours("H1", "C1", "2026-01-05T11:59:59+01:00", "2026-01-05T11:59:59+01:00", 15)) == {"morning": 15}


def test_the_clock_changes() -> None:
    """23:00-07:00 is seven hours elapsed in the March night and nine in that of October; all of it is night."""
    march, october = Period.parse("2026-03"), Period.parse("2026-10")
    short = hours("H1", "C1", "2026-03-28T22:00+01:00", "2026-03-29T08:00+02:00", 540)
    long = hours("H1", "C1", "2026-10-24T22:00+02:00", "2026-10-25T08:00+01:00", 660)
    assert spread(short, period=march) == {"evening": 60, "night": 420, "morning": 60}
    assert spread(long, period=october) == {"evening": 60, "night": 540, "morning": 60}


def test_a_cut_inside_the_hours_that_change() -> None:
    """A cut at 02:30: in March the clock passes it at 03:00; in October twice, in between it goes back."""
    period = Period.parse("2026-03-01..2026-10-31")
    spring = shifts(hours("H1", "C1", "2026-03-29T01:00+01:00", "2026-03-29T04:00+02:00", 120), period=period)
    autumn = shifts(hours("H1", "C1", "2026-10-25T01:00+02:00", "2026-10-25T04:00+01:00", 240), period=period)
    cuts = [dt.time(0), dt.time(2, 30)]

    def minutes(table: pl.DataFrame) -> list[tuple[dt.time, Fraction | int]]:
        return [
            (clock, Fraction(top, bottom) / 1000)
            for clock, top, bottom in pieces(table, cuts).select("clock", "numerator", "denominator").iter_rows()
        ]

    assert minutes(spring) == [(dt.time(0), 60), (dt.time(2, 30), 60)]
    assert minutes(autumn) == [
        (dt.time(0), 90), (dt.time(2, 30), 30), (dt.time(0), 30), (dt.time(2, 30), 90),
    ]  # fmt: skip


def test_pieces_carry_date_and_clock() -> None:
    """Each piece says on which date and at which cut it opens; a piece opened the evening before keeps that date."""
    table = pieces(shifts(hours("H1", "C1", "2026-01-10T01:00+01:00", "2026-01-10T08:00+01:00", 420)), PARTS)
    assert table.select("date", "clock", "numerator", "denominator").rows() == [
        (dt.date(2026, 1, 9), dt.time(23), 420_000 * 360, 420),
        (dt.date(2026, 1, 10), dt.time(7), 420_000 * 60, 420),
    ]


def test_seconds_and_microseconds_stay_exact() -> None:
    """A shift that starts seven seconds past the minute is cut to the microsecond."""
    row = hours("H1", "C1", "2026-01-05T11:59:53+01:00", "2026-01-05T12:01:00.000001+01:00", 1)
    assert spread(row) == {
        "morning": Fraction(7_000_000, 67_000_001),
        "afternoon": Fraction(60_000_001, 67_000_001),
    }


def test_whose_hours_count() -> None:
    """Worked rows of client-facing contracts; leave, other staff and unknown contracts are left out."""
    day = ("2026-01-05T07:00+01:00", "2026-01-05T12:00+01:00", 300)
    found = shifts(
        hours("H1", "C1", *day),
        hours("H2", "C1", *day, kind="sick"),
        hours("H3", "C2", *day),
        hours("H4", "C9", *day),
        contracts=[contract("C1", "3"), contract("C2", "3", client_facing=False)],
    )
    assert found["hours_id"].to_list() == ["H1"]


def test_level_and_unit_of_the_record_then_of_the_contract() -> None:
    """The function worked counts: the record's level and unit, else the contract's, which is told, else none."""
    day = ("2026-01-05T07:00+01:00", "2026-01-05T12:00+01:00", 300)
    found = shifts(
        hours("H1", "C1", *day, level="4", unit_id="D2"),
        hours("H2", "C1", *day, unit_id=None),
        hours("H3", "C2", *day, unit_id=None),
        contracts=[contract("C1", "3", unit_id="D1", employment="hired"), contract("C2", None)],
    )
    assert found.select("level", "unit_id", "unit_assumed", "employment").rows() == [
        ("4", "D2", False, "hired"), ("3", "D1", True, "hired"), (None, None, False, "payroll"),
    ]  # fmt: skip
    assert assumed_units(found).select("rule", "unit_id", "milliminutes").rows() == [("R05", "D1", 300_000)]


@pytest.mark.parametrize(
    ("start", "inside"),
    [
        ("2025-12-31T23:00+00:00", True),  # midnight in Amsterdam
        ("2025-12-31T22:59+00:00", False),
        ("2026-01-31T22:59+00:00", True),
        ("2026-01-31T23:00+00:00", False),
    ],
)
def test_the_day_is_that_of_amsterdam(start: str, inside: bool) -> None:
    """Whether a shift belongs to the period is decided by the date in Amsterdam at its start."""
    end = (moment(start) + dt.timedelta(hours=1)).isoformat()
    assert shifts(hours("H1", "C1", start, end, 60)).height == inside


def test_nothing_gives_nothing() -> None:
    """Without hours there are no pieces and no time."""
    assert pieces(shifts(), PARTS).is_empty()
    assert by_day_part(shifts(), SETTINGS).is_empty()


SUMMER = Period.parse("2026-03-01..2026-11-30")


@st.composite
def some_shifts(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Shifts around the nights of 29 March and 25 October 2026, of any length, also none."""
    rows = []
    for number in range(draw(st.integers(0, 6))):
        start = moment(draw(st.sampled_from(["2026-03-27T00:00+01:00", "2026-10-23T00:00+02:00"]))) + dt.timedelta(
            seconds=draw(st.integers(0, 4 * 86_400))
        )
        end = start + dt.timedelta(seconds=draw(st.sampled_from([0, 60, 28_800]) | st.integers(0, 2 * 86_400)))
        row = hours(f"H{number}", "C1", start.isoformat(), end.isoformat(), 0)
        rows.append({**row, "paid_minutes": draw(st.integers(-10_080_000, 10_080_000))})
    return rows


CUTS = st.lists(st.times().map(lambda clock: clock.replace(microsecond=0)), min_size=1, max_size=5, unique=True)


@settings(max_examples=80, deadline=None)
@given(some_shifts(), CUTS, st.integers(0, 9))
def test_nothing_is_lost(rows: list[dict[str, Any]], cuts: list[dt.time], seed: int) -> None:
    """Over the night of a clock change and with any cuts, the pieces of a shift add up to its paid time exactly."""
    table = shifts(*rows, period=SUMMER)
    cut = pieces(table, cuts)
    sums: dict[str, Fraction] = {}
    for key, top, bottom in cut.select("hours_id", "numerator", "denominator").iter_rows():
        sums[key] = sums.get(key, Fraction(0)) + Fraction(top, bottom)
    assert sums == {row["hours_id"]: row["paid_minutes"] for row in rows}
    mixed = worked(shuffled(stream("hours", *rows), seed), stream("contracts", contract("C1", "3")), SUMMER)
    assert by_day_part(mixed, SETTINGS).equals(by_day_part(table, SETTINGS))
