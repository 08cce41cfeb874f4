"""Uw zorg vandaag: which care is agreed for a day."""

from __future__ import annotations

import datetime as dt
import json
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.today import CARE, care_on, today_data
from tests.core.small import absence, agreement, stay, stream

WEDNESDAY = dt.date(2026, 1, 14)


def frame(name: str, rows: list[dict[str, Any]]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=STREAMS[name].schema(), orient="row")


def care(
    *agreements: dict[str, Any],
    stays: list[dict[str, Any]] | None = None,
    away: list[dict[str, Any]] | None = None,
    day: dt.date = WEDNESDAY,
) -> pl.DataFrame:
    given = [stay("S1", "D1", "2020-01-01")] if stays is None else stays
    days = resident_days(
        frame("stays", given), frame("absences", away or []), frame("indications", []), Period(day, day)
    )
    return care_on(frame("care_agreements", list(agreements)), days.segments, day)


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        ({}, True),
        ({"weekdays": "1 3 5"}, True),
        ({"weekdays": "1 2 4"}, None),
        ({"per": "week", "weekdays": "3"}, True),
        ({"per": "week"}, False),
        ({"per": "four_weeks"}, False),
        ({"per": "month"}, False),
        ({"per": "year"}, False),
        ({"per": None}, False),
        ({"start_date": "2026-01-14"}, True),
        ({"start_date": "2026-01-15"}, None),
        ({"end_date": "2026-01-14"}, True),
        ({"end_date": "2026-01-13"}, None),
    ],
)
def test_which_agreement_is_for_today(values: dict[str, Any], seen: bool | None) -> None:
    """By the day and on its weekdays: today; by week, month or year: some day; other weekdays and dates: not at all."""
    assert care(agreement("G1", **values))["today"].to_list() == ([] if seen is None else [seen])


def test_who_is_away_has_no_care() -> None:
    """A resident in hospital or without a stay has none; it comes back on the day after."""
    away = [absence("A1", "hospital", "2026-01-14", "2026-01-14")]
    assert care(agreement("G1"), away=away).is_empty()
    assert care(agreement("G1"), away=away, day=dt.date(2026, 1, 15)).height == 1
    assert care(agreement("G1"), stays=[]).is_empty()


def test_care_is_given_where_one_lives_that_day() -> None:
    """Of overlapping stays the last begun counts, as in the budget."""
    stays = [stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2026-01-14")]
    assert care(agreement("G1"), stays=stays)["unit_id"].to_list() == ["D2"]


def test_what_cannot_be_priced_is_care_all_the_same() -> None:
    """An agreement without minutes, level, payer or day part stands there, with what is missing left empty."""
    bare = agreement("G1", minutes=None, level=None, payer=None, day_part=None, times=None)
    (row,) = care(bare, agreement("G2")).filter(agreement_id="G1").to_dicts()
    assert (row["day_part"], row["milliminutes"], row["today"]) == (None, None, True)


def test_minutes_are_of_one_time() -> None:
    """12.5 minutes three times a week stays 12.5 minutes, three times: milliminutes and ten-thousandths."""
    (row,) = care(agreement("G1", minutes=125_000, times=30_000, per="week")).to_dicts()
    assert (row["milliminutes"], row["times"], row["per"]) == (12_500, 30_000, "week")


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["R1", "R2"]),
            st.sampled_from(["morning", "afternoon", "evening", "night", None]),
            st.sampled_from(["day", "week", "month", None]),
            st.sampled_from([None, "1", "3", "1 3 5", "1 2 3 4 5 6 7"]),
        ),
        max_size=10,
    ),
    st.integers(0, 9),
)
def test_every_line_lands_on_one_page(rows: list[tuple[str, Any, Any, Any]], seed: int) -> None:
    """Each row of care stands once on the page of its resident, under its day part; the order of input is no matter."""
    given = [
        agreement(f"G{at:02}", resident_id=who, day_part=part, per=per, weekdays=days)
        for at, (who, part, per, days) in enumerate(rows)
    ]
    homes = [stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2020-01-01", resident="R2")]
    found = care(*given, stays=homes)
    mixed = care(*Random(seed).sample(given, len(given)), stays=homes)
    assert found.schema == CARE
    assert found.equals(mixed)
    units = frame("units", [stream("units", unit_id="D1", kind="department", name="Een")])
    people = frame("residents", [stream("residents", resident_id=each) for each in ("R1", "R2")])
    pages = list(today_data(found, WEDNESDAY, "O", units, people))
    assert json.loads(json.dumps(pages)) == pages
    placed = [
        (page["resident_id"], when, part["day_part"], item["agreement_id"])
        for page in pages
        for when in ("today", "later")
        for part in page[when]
        for item in part["items"]
    ]
    expected = [
        (row["resident_id"], "today" if row["today"] else "later", row["day_part"], row["agreement_id"])
        for row in found.to_dicts()
    ]
    assert placed == expected
    assert [page["unit_name"] for page in pages] == [{"D1": "Een", "D2": "D2"}[page["unit_id"]] for page in pages]
