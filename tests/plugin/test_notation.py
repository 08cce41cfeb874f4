"""Numbers and times of a source in canonical text; what cannot be turned safely is held by the gate."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import polars as pl
import pytest

from ipvb_bridge.core import validation
from ipvb_bridge.core.records import STREAMS, Type
from ipvb_bridge.plugin import notation

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WAGES = STREAMS["wages"]


def gate(amount: str, decimal: str) -> tuple[list[int], list[str]]:
    """Amounts in cents that pass the gate, and the codes of what it holds."""
    row = {"wage_id": "W", "contract_id": "C", "component": "gross", "relates_to": "2026-01", "paid_in": "2026-01"}
    frame = pl.DataFrame([row | {"amount": amount}])
    checked = validation.check(WAGES, notation.canonical(frame, WAGES, decimal=decimal, time_zone=AMSTERDAM))
    return checked.rows["amount"].to_list(), checked.held["code"].to_list()


@pytest.mark.parametrize(
    ("amount", "decimal", "cents"),
    [("12,50", ",", [1250]), ("-3", ",", [-300]), ("12.50", ".", [1250]), ("0,1", ",", [10])],
)
def test_numbers_in_their_own_notation(amount: str, decimal: str, cents: list[int]) -> None:
    """The stated decimal sign gives the exact amount."""
    assert gate(amount, decimal) == (cents, [])


@pytest.mark.parametrize(
    ("amount", "decimal"), [("12,50", "."), ("1.234", ","), ("1.234,50", ","), ("1,234.50", "."), ("1,2,3", ",")]
)
def test_numbers_in_another_notation_are_held_never_guessed(amount: str, decimal: str) -> None:
    """A thousands mark or the other decimal sign: the row is held, for 1.234 may be either."""
    rows, held = gate(amount, decimal)
    assert rows == []
    assert len(held) == 1


def test_the_reason_for_a_decimal_comma_names_the_setting() -> None:
    """`12,50` where a point is set: the reader is told which setting to change."""
    _, (code,) = gate("12,50", ".")
    _, following = validation.explain(WAGES, code, "amount", "12,50", "nl")
    assert 'decimal = ","' in following


def test_a_point_where_a_comma_is_set_names_the_setting() -> None:
    """`1.234` where a comma is set: what was seen and the setting stand together in the quarantine."""
    assert notation.points(pl.Series(["1.234", "1,5", None])).to_list() == ['1.234 (decimal = ",")', "1.5", None]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-10T07:00:00", "2026-01-10T06:00:00+00:00"),
        ("2026-07-10 07:00", "2026-07-10T05:00:00+00:00"),
        ("2026-01-10T07:00:00.25", "2026-01-10T06:00:00.250+00:00"),
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00+00:00"),
        ("2026-01-10T07:00:00+01:00", "2026-01-10T07:00:00+01:00"),
        ("2026-01-10T07:00:00Z", "2026-01-10T07:00:00Z"),
        ("2026-03-29T02:30:00", "2026-03-29T02:30:00 (not in Europe/Amsterdam)"),
        ("2026-02-30T02:30:00", "2026-02-30T02:30:00"),
        ("10-01-2026 07:00", "10-01-2026 07:00"),
        (None, None),
    ],
)
def test_moments_without_an_offset(written: str | None, meant: str | None) -> None:
    """Local time becomes UTC; given twice, the first counts; skipped or no moment at all, it stays for the gate."""
    together = notation.with_offset(pl.Series([written, "2026-01-01T00:00:00"], dtype=pl.String), AMSTERDAM)
    assert together[0] == meant


def test_a_night_shift_over_both_clock_changes_lasts_as_long_as_it_did() -> None:
    """23:00-07:00 takes seven hours when the clock goes forward and nine when it goes back."""
    moments = ["2026-03-28T23:00", "2026-03-29T07:00", "2026-10-24T23:00", "2026-10-25T07:00"]
    utc = notation.with_offset(pl.Series(moments), AMSTERDAM).str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_zone="UTC")
    assert [(utc[1] - utc[0]).total_seconds() / 3600, (utc[3] - utc[2]).total_seconds() / 3600] == [7, 9]


def test_a_skipped_time_is_held_by_the_gate() -> None:
    """Half past two on the night of the clock change: one row held, the other kept."""
    hours = STREAMS["hours"]
    row = {"hours_id": "H1", "contract_id": "C", "kind": "worked", "end": "2026-03-29T07:00:00", "paid_minutes": "1"}
    frame = pl.DataFrame(
        [row | {"start": "2026-03-29T02:30:00"}, row | {"hours_id": "H2", "start": "2026-03-29T01:30:00"}]
    )
    checked = validation.check(hours, notation.canonical(frame, hours, time_zone=AMSTERDAM))
    assert checked.rows["hours_id"].to_list() == ["H2"]
    assert checked.held["seen"].to_list() == ["2026-03-29T02:30:00 (not in Europe/Amsterdam)"]


def test_months_are_those_of_the_time_zone() -> None:
    """A shift that starts at 23:30 UTC on the last day of a month is of the next month in Amsterdam."""
    moments = ["2026-01-31T23:30:00+00:00", "2026-02-01T00:15:00+01:00", "2026-01-31T22:59:00Z", "x", None]
    assert notation.months(pl.Series(moments), Type.MOMENT, AMSTERDAM).to_list() == [
        "2026-02",
        "2026-02",
        "2026-01",
        None,
        None,
    ]
    assert notation.months(pl.Series(["2026-02-28", "2026-02-30"]), Type.DATE, AMSTERDAM).to_list() == ["2026-02", None]
    assert notation.months(pl.Series(["2026-12", "2026-13"]), Type.MONTH, AMSTERDAM).to_list() == ["2026-12", None]
