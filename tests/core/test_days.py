"""Resident-day segments: stays, absences and indications as spans, against figures counted by hand."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.core.days import SEGMENTS, ResidentDays, component_days, resident_days
from ipvb_bridge.core.periods import Period
from tests.core.frames import SETTINGS, shuffled, stream
from tests.core.small import absence, indication, stay

JANUARY = Period.parse("2026-01")
Rows = list[dict[str, Any]]


def of(
    stays: Rows, absences: Rows | None = None, indications: Rows | None = None, period: Period = JANUARY
) -> ResidentDays:
    given = [indication("I1", "2020-01-01")] if indications is None else indications
    return resident_days(
        stream("stays", *stays), stream("absences", *(absences or [])), stream("indications", *given), period
    )


def spans(days: ResidentDays, *columns: str) -> list[tuple[Any, ...]]:
    """(first day, last day, columns...) of each segment, days of January as numbers."""
    return [
        (start.day, end.day, *values)
        for start, end, *values in days.segments.select("start_date", "end_date", *columns).iter_rows()
    ]


def total(days: ResidentDays, flag: str) -> int:
    return int(days.segments.filter(pl.col(flag))["days"].sum())


def test_a_whole_month_is_one_segment() -> None:
    """A stay and an indication around the period give one segment of its days, with the indication beside it."""
    days = of([stay("S1", "D1", "2020-01-01")])
    assert days.segments.schema == SEGMENTS
    assert spans(days, "days", "present", "paid", "indication_id", "zzp") == [(1, 31, 31, True, True, "I1", "4VV")]
    assert days.findings.is_empty()


def test_ends_are_included() -> None:
    """The first and the last day of a stay are both held, also when they are the same day."""
    assert spans(of([stay("S1", "D1", "2026-01-10", "2026-01-12")]), "days") == [(10, 12, 3)]
    assert spans(of([stay("S1", "D1", "2026-01-31", "2026-01-31")]), "days") == [(31, 31, 1)]
    assert of([stay("S1", "D1", "2026-02-01")]).segments.is_empty()
    assert of([stay("S1", "D1", "2020-01-01", "2025-12-31")]).segments.is_empty()


def test_a_move_and_a_return_in_between() -> None:
    """A stay within a stay takes its days; afterwards the first unit holds the resident again. The overlap is found."""
    days = of([stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2026-01-11", "2026-01-20")])
    assert spans(days, "unit_id") == [(1, 10, "D1"), (11, 20, "D2"), (21, 31, "D1")]
    assert days.findings.select("rule", "unit_id", "subject").rows() == [("R04", "D2", "R1")]
    assert "dagen: 10" in days.findings["explanation"].item()


def test_touching_stays_in_one_unit_are_one_segment() -> None:
    """A stay that is registered anew the next day in the same unit changes nothing and is no overlap."""
    days = of([stay("S1", "D1", "2020-01-01", "2026-01-14"), stay("S2", "D1", "2026-01-15")])
    assert spans(days, "unit_id") == [(1, 31, "D1")]
    assert days.findings.is_empty()


def test_overlapping_absences_count_once() -> None:
    """Two absences of 5-12 and 10-15 January leave 20 days present, not 17."""
    days = of(
        [stay("S1", "D1", "2020-01-01")],
        [absence("A1", "weekend", "2026-01-05", "2026-01-12"), absence("A2", "hospital", "2026-01-10", "2026-01-15")],
    )
    assert spans(days, "present") == [(1, 4, True), (5, 15, False), (16, 31, True)]
    assert total(days, "present") == 20
    assert total(days, "paid") == 31


def test_an_open_absence_lasts() -> None:
    """An absence without an end runs through the period; its 92nd day and later are unpaid."""
    days = of([stay("S1", "D1", "2020-01-01")], [absence("A1", "hospital", "2025-10-12")])
    assert spans(days, "present", "paid") == [(1, 10, False, True), (11, 31, False, False)]


@pytest.mark.parametrize(
    ("reasons", "paid"),
    [
        (("hospital", "hospital"), 31),
        (("vacation", "detention"), 14),
        (("vacation", "hospital"), 30),
        (("weekend",) * 2, 31),
    ],
)
def test_kinds_that_form_a_row(reasons: tuple[str, str], paid: int) -> None:
    """1-15 and 16-31 January: vacation and detention are one row of 31 days, vacation and hospital are two rows."""
    first, second = reasons
    days = of(
        [stay("S1", "D1", "2020-01-01")],
        [absence("A1", first, "2026-01-01", "2026-01-15"), absence("A2", second, "2026-01-16", "2026-01-31")],
    )
    assert total(days, "paid") == paid


def test_a_day_back_starts_a_new_row() -> None:
    """One day at home between two vacations of fourteen days: both are paid."""
    days = of(
        [stay("S1", "D1", "2020-01-01")],
        [absence("A1", "vacation", "2026-01-01", "2026-01-14"), absence("A2", "vacation", "2026-01-16", "2026-01-29")],
    )
    assert total(days, "paid") == 31


def test_the_year_starts_anew() -> None:
    """45 vacation days in 2025 use up nothing of 2026: 13 January days of a row that began on 31 December are paid."""
    days = of(
        [stay("S1", "D1", "2020-01-01")],
        [
            *(absence(f"A{month}", "vacation", f"2025-0{month}-01", f"2025-0{month}-14") for month in (3, 5, 7)),
            absence("A4", "vacation", "2025-12-31", "2026-01-20"),
        ],
    )
    assert spans(days, "paid") == [(1, 13, True), (14, 20, False), (21, 31, True)]


def test_the_forty_two_days_count_over_units() -> None:
    """The year's days are the resident's, not the unit's: a move does not give new ones."""
    december = Period.parse("2025-12")
    away = [absence(f"A{month}", "vacation", f"2025-0{month}-01", f"2025-0{month}-14") for month in (3, 5, 7)]
    away.append(absence("A9", "detention", "2025-12-10", "2025-12-12"))
    stays = [stay("S1", "D1", "2020-01-01", "2025-11-30"), stay("S2", "D2", "2025-12-01")]
    assert total(of(stays, away, period=december), "paid") == 28


def test_a_year_that_lies_inside_the_span() -> None:
    """Over a span of two calendar years each year has its own 42 days: 3 x 14 and then 14 unpaid, twice."""
    away = [
        absence(f"A{year}{month}", "vacation", f"{year}-0{month}-01", f"{year}-0{month}-14")
        for year in (2024, 2025)
        for month in (2, 4, 6, 8)
    ]
    days = of([stay("S1", "D1", "2020-01-01")], away, period=Period.parse("2024-01-01..2025-12-31"))
    assert total(days, "paid") == 366 + 365 - 2 * 14


def test_assigned_before_indicated_and_the_last_of_a_kind() -> None:
    """An assigned indication wins from one that is indicated later; of two assigned ones the later, with a finding."""
    days = of(
        [stay("S1", "D1", "2020-01-01")],
        indications=[
            indication("I1", "2025-12-01", basis="indicated", zzp="4VV"),
            indication("I2", "2026-01-05", basis="indicated", zzp="5VV"),
            indication("I3", "2026-01-11", "2026-01-20", zzp="6VV"),
            indication("I4", "2026-01-19", "2026-01-25", zzp="7VV"),
        ],
    )
    assert spans(days, "zzp") == [(1, 4, "4VV"), (5, 10, "5VV"), (11, 18, "6VV"), (19, 25, "7VV"), (26, 31, "5VV")]
    # 5-10 and 26-31 January have two indicated ones in force, 19-20 two assigned ones.
    assert "dagen: 14" in days.findings["explanation"].item()


def test_the_greatest_id_of_indications_that_start_together() -> None:
    """Indications of one basis and one first day: the greatest id as text counts."""
    both = [indication("I10", "2025-01-01", zzp="4VV"), indication("I9", "2025-01-01", zzp="5VV")]
    assert spans(of([stay("S1", "D1", "2020-01-01")], indications=both), "indication_id") == [(1, 31, "I9")]


def test_no_indication_and_pgb_are_found() -> None:
    """Days without an indication, and pgb days, are held and unpaid, each with a finding of their number."""
    days = of(
        [stay("S1", "D1", "2020-01-01")],
        indications=[indication("I1", "2026-01-03", "2026-01-09", delivery_form="pgb"), indication("I2", "2026-01-20")],
    )
    assert spans(days, "paid", "delivery_form") == [
        (1, 2, False, None), (3, 9, False, "pgb"), (10, 19, False, None), (20, 31, True, "stay"),
    ]  # fmt: skip
    assert [text.split(";")[0] for text in days.findings["explanation"]] == [
        "Verblijf zonder geldige indicatie (dagen: 12)",
        "Pgb (dagen: 7)",
    ]


def test_component_days() -> None:
    """Held days count for housing, present days for meals, and a VPT day has no housing."""
    days = of(
        [stay("S1", "D1", "2020-01-01")],
        [absence("A1", "hospital", "2026-01-05", "2026-01-06")],
        [
            indication("I1", "2020-01-01", "2026-01-10"),
            indication("I2", "2026-01-11", "2026-01-20", delivery_form="vpt"),
        ],
    )
    assert component_days(days.segments, SETTINGS).rows() == [("housing", 21), ("meals", 29)]


def test_nothing_gives_nothing() -> None:
    """Empty streams give no segments, no findings and components of zero days."""
    days = of([], [], [])
    assert days.segments.schema == SEGMENTS
    assert days.segments.is_empty()
    assert days.findings.is_empty()
    assert component_days(days.segments, SETTINGS).rows() == [("housing", 0), ("meals", 0)]


@st.composite
def some_rows(draw: st.DrawFn) -> tuple[Rows, Rows, Rows]:
    """Stays, absences and indications of two residents, overlapping at will."""

    def span() -> tuple[str, str | None]:
        first = dt.date(2025, 11, 1) + dt.timedelta(draw(st.integers(0, 100)))
        last = draw(st.none() | st.integers(0, 60).map(lambda length: first + dt.timedelta(length)))
        return first.isoformat(), None if last is None else last.isoformat()

    numbers = range(draw(st.integers(0, 4)))
    stays = [stay(f"S{n}", draw(st.sampled_from(["D1", "D2"])), *span()) for n in numbers]
    reasons = st.sampled_from(["hospital", "vacation", "weekend", "detention"])
    absences = [absence(f"A{n}", draw(reasons), *span()) for n in range(draw(st.integers(0, 4)))]
    forms = st.sampled_from(["stay", "vpt", "pgb"])
    indications = [indication(f"I{n}", *span(), delivery_form=draw(forms)) for n in range(draw(st.integers(0, 3)))]
    for row in [*stays, *absences, *indications]:
        row["resident_id"] = draw(st.sampled_from(["R1", "R2"]))
    return stays, absences, indications


@settings(max_examples=60, deadline=None)
@given(some_rows(), st.integers(0, 9))
def test_segments_are_the_days_of_the_stays(rows: tuple[Rows, Rows, Rows], seed: int) -> None:
    """No day twice and none lost: the segments hold each day that a stay holds once; row order changes nothing."""
    stays, absences, indications = (
        stream(name, *given) for name, given in zip(("stays", "absences", "indications"), rows, strict=True)
    )
    found = resident_days(stays, absences, indications, JANUARY)
    days = [
        (resident, start + dt.timedelta(n))
        for resident, start, length in found.segments.select("resident_id", "start_date", "days").iter_rows()
        for n in range(length)
    ]
    assert len(days) == len(set(days))
    last = dt.date(2026, 1, 31)
    assert set(days) == {
        (row["resident_id"], day)
        for row in rows[0]
        for day in (JANUARY.start + dt.timedelta(n) for n in range(31))
        if row["start_date"] <= day <= (row["end_date"] or last)
    }
    other = resident_days(shuffled(stays, seed), shuffled(absences, seed), shuffled(indications, seed), JANUARY)
    assert other.segments.equals(found.segments)
    assert other.findings.equals(found.findings)
