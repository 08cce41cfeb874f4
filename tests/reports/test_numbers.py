"""Dutch figures: separators, signs and rounding."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipvb_bridge.core.periods import Period
from ipvb_bridge.reports.numbers import figures, minutes
from ipvb_bridge.reports.terms import Language

numbers = figures("nl")


@pytest.mark.parametrize(
    ("cents", "text"),
    [(0, "0,00"), (5, "0,05"), (-5, "-0,05"), (123456, "1.234,56"), (-98765432100, "-987.654.321,00"), (None, "")],
)
def test_money(cents: int | None, text: str) -> None:
    """Cents are written with a decimal comma, points between thousands, and two decimals."""
    assert numbers.money(cents) == text


@given(st.integers(-(10**15), 10**15))
def test_money_keeps_every_cent(cents: int) -> None:
    """Reading the text back gives the same cents, for any amount: no float is in between."""
    assert int(numbers.money(cents).replace(".", "").replace(",", "")) == cents


@pytest.mark.parametrize(
    ("milliminutes", "text"), [(0, "0,00"), (60_000, "1,00"), (300, "0,00"), (900, "0,02"), (-90_000, "-1,50")]
)
def test_hours_round_half_to_even(milliminutes: int, text: str) -> None:
    """Half a hundredth of an hour goes to the even side."""
    assert numbers.hours(milliminutes) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.005, "0,00"), (-0.001, "0,00"), (1.5, "+1,50"), (-2.25, "-2,25"), (None, "")]
)
def test_signed(value: float | None, text: str) -> None:
    """A gap shows its sign; what rounds to nothing has none."""
    assert numbers.signed(value) == text


@pytest.mark.parametrize(("value", "text"), [(Decimal("0.96"), "96%"), (Decimal("0.955"), "95,5%"), (0.1234, "12,34%")])
def test_percent(value: Decimal | float, text: str) -> None:
    """A share is written with as many decimals as it needs, at most two."""
    assert numbers.percent(value) == text


@pytest.mark.parametrize(
    ("period", "text"),
    [
        ("2026-01", "januari 2026"),
        ("2025-01-01..2025-12-31", "januari 2025 tot en met december 2025"),
        ("2026-01-05..2026-02-03", "5 januari 2026 tot en met 3 februari 2026"),
    ],
)
def test_period_name(period: str, text: str) -> None:
    """A month is called by its name; another span by its ends."""
    assert numbers.period_name(Period.parse(period)) == text


def test_day_of_nothing() -> None:
    """An open end has no text."""
    assert numbers.day(None) == ""
    assert numbers.day(dt.date(2026, 1, 5)) == "5 januari 2026"


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("nl", ("-€\u00a01.234,56", "12,50", "3 u 05", "45 min", "95,5%", "17 december 2025", "woensdag")),
        ("en", ("-€1,234.56", "12.50", "3 h 05", "45 min", "95.5%", "17 December 2025", "Wednesday")),
    ],
)
def test_each_language_writes_its_own_way(language: Language, written: tuple[str, ...]) -> None:
    """Separators, signs, months, days and time spans are those of the language."""
    write = figures(language)
    day = dt.date(2025, 12, 17)
    assert written == (
        write.euro(-123_456), write.decimal(Decimal("12.5")), write.clock(185), write.clock(45),
        write.percent(Decimal("0.955")), write.day(day), write.weekday(day.isoformat()),
    )  # fmt: skip


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_whole_minutes(first: int, second: int) -> None:
    """A cell is off by at most half a minute; a tie goes to the even minute."""
    assert abs(minutes(first) * 1000 - first) <= 500
    assert minutes(2 * second * 1000 + 500) == 2 * second
