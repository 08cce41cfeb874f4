"""Irregularity allowance: what hours weigh, and the price of a level in each day part."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core.hours import worked
from ipvb_bridge.core.irregularity import DayPartHours, day_part_hours
from ipvb_bridge.core.records import NORMS, STREAMS
from tests.core.engines import frames
from tests.core.price import prices, rule, tables
from tests.core.small import contract, hours, posting, small, wage

PERCENT = 10_000  # ten-thousandths of a per cent in one per cent
PER_HOUR = 60_000
FRIDAY, SATURDAY = "2026-01-16", "2026-01-17"


def ort(kind: str, first: str, last: str, percentage: int, **dates: dt.date) -> dict[str, Any]:
    return rule("ort", day_kind=kind, **{"from": first, "to": last}, percentage=percentage * PERCENT, **dates)


WEEK = [
    ort("weekday", "22:00", "06:00", 40),
    ort("weekday", "06:00", "22:00", 0),
    ort("saturday", "00:00", "24:00", 50),
    ort("sunday_holiday", "00:00", "24:00", 60),
]


def weighed(*shifts: tuple[str, str, int], rows: list[dict[str, Any]], holidays: tuple[str, ...] = ()) -> DayPartHours:
    """Hours of level 3: begin and end on the clock in Amsterdam, paid minutes."""
    made = [hours(f"H{number}", "C1", *shift) for number, shift in enumerate(shifts)]
    read = frames(STREAMS, {"hours": made, "contracts": [contract("C1", "3")]})
    org = small()
    return day_part_hours(
        worked(read["hours"], read["contracts"], org.period.window()),
        frames(NORMS, {"ort": rows})["ort"],
        org.settings,
        {dt.date.fromisoformat(day) for day in holidays},
    )


def test_a_night_over_the_weekends_edge_weighs_each_piece_by_its_own_day() -> None:
    """A night from Friday to Saturday weighs Friday's hours at the weekday rate and Saturday's at the Saturday rate."""
    found = weighed((f"{FRIDAY}T21:00+01:00", f"{SATURDAY}T08:00+01:00", 660), rows=WEEK)
    assert found.milliminutes == {
        ("3", "evening"): 2 * PER_HOUR,
        ("3", "morning"): 1 * PER_HOUR,
        ("3", "night"): 8 * PER_HOUR,
    }
    assert found.weight == {
        ("3", "evening"): (1 * 0 + 1 * 40) * PER_HOUR * PERCENT,
        ("3", "morning"): 1 * 50 * PER_HOUR * PERCENT,
        ("3", "night"): (1 * 40 + 7 * 50) * PER_HOUR * PERCENT,
    }
    assert found.without_row == 0


def test_paid_time_is_spread_over_elapsed_time() -> None:
    """A shift of eight hours of which seven are paid weighs seven eighths of each piece, exactly."""
    found = weighed((f"{SATURDAY}T10:00+01:00", f"{SATURDAY}T18:00+01:00", 420), rows=WEEK)
    assert found.milliminutes["3", "evening"] == Fraction(7, 8) * PER_HOUR
    assert sum(found.milliminutes.values()) == 7 * PER_HOUR
    assert sum(found.weight.values()) == 7 * 50 * PER_HOUR * PERCENT


def test_a_holiday_weighs_as_a_sunday() -> None:
    """A Friday that is a holiday weighs at the rate of Sundays, and so does a Sunday."""
    friday = weighed((f"{FRIDAY}T08:00+01:00", f"{FRIDAY}T09:00+01:00", 60), rows=WEEK, holidays=(FRIDAY,))
    sunday = weighed(("2026-01-18T08:00+01:00", "2026-01-18T09:00+01:00", 60), rows=WEEK)
    assert friday.weight == sunday.weight == {("3", "morning"): 60 * PER_HOUR * PERCENT}


def test_real_time_counts_over_a_clock_change() -> None:
    """The night in which the clock goes back an hour has nine hours between 23:00 and 07:00."""
    rows = [ort(kind, "00:00", "24:00", 10) for kind in ("weekday", "saturday", "sunday_holiday")]
    found = weighed(("2025-10-25T23:00+02:00", "2025-10-26T07:00+01:00", 540), rows=rows)
    assert found.milliminutes == {("3", "night"): 9 * PER_HOUR}
    assert found.weight == {("3", "night"): 9 * 10 * PER_HOUR * PERCENT}


def test_rows_hold_on_their_dates() -> None:
    """A percentage that changes on a date weighs each piece with the row of its own date."""
    rows = [
        ort("weekday", "00:00", "24:00", 44, end_date=dt.date(2026, 1, 15)),
        ort("weekday", "00:00", "24:00", 47, start_date=dt.date(2026, 1, 16)),
    ]
    found = weighed(("2026-01-15T23:00+01:00", f"{FRIDAY}T01:00+01:00", 120), rows=rows)
    assert found.weight == {("3", "night"): (44 + 47) * PER_HOUR * PERCENT}


def test_time_without_a_row_is_told() -> None:
    """Paid time at a moment that no row covers weighs nothing and is reported."""
    found = weighed(
        (f"{FRIDAY}T21:00+01:00", f"{FRIDAY}T23:00+01:00", 120), rows=[ort("weekday", "22:00", "24:00", 40)]
    )
    assert found.without_row == PER_HOUR
    assert found.weight == {("3", "evening"): 40 * PER_HOUR * PERCENT}


def test_two_percentages_for_one_moment_are_refused() -> None:
    """Rows that overlap on the clock and differ stop where somebody worked, and only there."""
    rows = [ort("weekday", "20:00", "22:00", 22), ort("weekday", "21:30", "24:00", 47)]
    with pytest.raises(CalculationError) as stopped:
        weighed((f"{FRIDAY}T21:00+01:00", f"{FRIDAY}T23:00+01:00", 120), rows=rows)
    assert (stopped.value.code, stopped.value.where) == ("M20", "norms/ort.csv")
    assert weighed((f"{FRIDAY}T20:00+01:00", f"{FRIDAY}T21:00+01:00", 60), rows=rows)


IRREGULAR = {
    "cost_price": {
        "pools": {"care": "final"},
        "components": {},
        "day_part_pricing": "irregularity",
    }
}


def organisation(**changed: Any) -> Any:
    """Level 3: two day hours and two night hours on weekdays, wages of 800.00 gross and 200.00 irregularity."""
    given: dict[str, Any] = {
        "method": IRREGULAR,
        "contracts": [contract("C1", "3")],
        "hours": [
            hours("H1", "C1", f"{FRIDAY}T08:00+01:00", f"{FRIDAY}T10:00+01:00", 120),
            hours("H2", "C1", "2026-01-13T02:00+01:00", "2026-01-13T04:00+01:00", 120),
        ],
        "wages": [wage("W1", "C1", 80_000, "2026-01"), wage("W2", "C1", 20_000, "2026-01", "irregularity")],
        "ledger_lines": [posting("L1", "41", "K1", 100_000)],
        "ort": WEEK,
    }
    return small(**(given | changed))


def test_irregularity_goes_to_the_day_parts_that_caused_it() -> None:
    """The irregularity part goes by hours x percentage, the rest evenly; without hours the even part is paid."""
    found = prices(organisation())
    # Two client hours (half of four): 800.00 / 2 = 400.00; the night hour carries the 200.00 alone.
    assert found == {
        ("3", "afternoon"): 40_000,
        ("3", "evening"): 40_000,
        ("3", "morning"): 40_000,
        ("3", "night"): 60_000,
    }


def test_costs_and_hours_of_the_day_parts_add_up_to_the_level() -> None:
    """Over its day parts a level's whole cents add up to its cost and its hours to its client hours."""
    org = organisation(ledger_lines=[posting("L1", "41", "K1", 100_001), posting("L2", "43", "K1", 1)])
    table = tables(org)["cost_prices"]
    assert table["cost_cents"].sum() == 100_002
    assert table["units"].sum() == 2.0
    assert table.filter(pl.col("day_part") == "evening").row(0) == ("level", "3", "evening", 40_001, 0, 0.0)


def test_the_gink_uses_the_levels_average() -> None:
    """With a price per day part the GINK weighs the level's average hourly price."""
    method = IRREGULAR | {"gink_mix": {"3": 1}}
    assert prices(organisation(method=method))["gink", None] == 50_000


def test_irregularity_without_percentages_stops() -> None:
    """Irregularity pricing with irregularity paid and no percentage anywhere stops."""
    with pytest.raises(CalculationError, match="M32"):
        tables(organisation(ort=[]))


def test_irregularity_of_a_level_with_regular_hours_only_is_spread_with_a_finding() -> None:
    """A level whose hours all fall at 0 per cent has one price in all day parts, and a finding says so."""
    org = organisation(
        contracts=[contract("C1", "3"), contract("C2", "2")],
        hours=[
            hours("H1", "C1", f"{FRIDAY}T08:00+01:00", f"{FRIDAY}T10:00+01:00", 120),
            hours("H2", "C2", "2026-01-13T02:00+01:00", "2026-01-13T04:00+01:00", 120),
        ],
    )
    found = tables(org)
    level = found["cost_prices"].filter(pl.col("key") == "3", pl.col("units") > 0)
    assert level.select("day_part", "price_cents").rows() == [("morning", 100_000)]
    assert found["findings"].filter(pl.col("rule") == "R09", pl.col("subject") == "3").height == 1


def test_time_without_a_row_is_a_finding_of_the_price() -> None:
    """Worked time for which norms/ort.csv has no row is reported with the time it concerns."""
    finding = tables(organisation(ort=WEEK[:1]))["findings"].filter(pl.col("rule") == "R09")
    assert finding["milliminutes"].to_list() == [2 * PER_HOUR]
