"""The page of the operations: signals in sentences, charts, differences that add up, both languages, hostile names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.core.instruments.price_org import UNITS
from tests.core.instruments.test_operations import PLANNED, booked, organisation
from tests.core.small import posting
from tests.reports.instruments.pages import HOSTILE, page, seen


def operations(language: Any = "nl", own: Any = PLANNED, **more: Any) -> str:
    return page("operations", organisation(**more), language, operations_budget=own)


@pytest.fixture(scope="module")
def dutch() -> str:
    return operations()


def test_the_page_says_what_needs_attention(dutch: str) -> None:
    """The sentence of each signal, its state in words and its bound."""
    text = seen(dutch)
    for each in (
        "Het resultaat tot en met deze maand is € 100 lager dan begroot",
        "Let op.",
        "15,6% inhuur",
        "niet bekend",
        "Aandeel inhuur",
        "onze lezing",
    ):
        assert each in text, each


def test_the_page_shows_budget_actual_and_forecast(dutch: str) -> None:
    """Two charts with a legend, the months, categories by name, money without a location behind a dash, the bridge."""
    text = seen(dutch)
    assert dutch.count("<svg") == 2
    for each in ("49.100,00", "49.200,00", "Eigen lonen", "Ingehuurd personeel", "Linde", "december 2026", "Verwacht"):
        assert each in text, each
    assert "grootboek" in text
    assert ">-<" in dutch.replace(" ", "").replace("\n", "")


def test_the_page_speaks_english() -> None:
    """English words and notation; the figures of the signals stand in a table."""
    text = seen(operations("en"))
    for each in ("Operations", "49,100.00", "Share of hired staff", "attention", "Forecast of the year", "our reading"):
        assert each in text, each
    assert "Let op" not in text


def test_a_year_without_anything() -> None:
    """No ledger and no budget of another year: no chart, no division by nothing, a finding that says so."""
    text = operations(lines=[posting("old", "41", "K1", 50_000, "2025-12")], own=[PLANNED[0] | {"month": "2025-01"}])
    assert "Het grootboek heeft geen regels in 2026-01" in seen(text)
    assert "<svg" not in text


def test_hostile_text_is_text() -> None:
    """Names and codes with markup are text."""
    units = [unit | {"name": HOSTILE} if unit["unit_id"] == "L1" else unit for unit in UNITS]
    assert HOSTILE not in operations(units=units)
    own = [PLANNED[0] | {"category": "<b>x</b>", "unit_id": "<b>y</b>"}]
    text = operations(own=own, lines=[*booked("2026-01")])
    assert "<b>x" not in text
    assert "<b>y" not in text
