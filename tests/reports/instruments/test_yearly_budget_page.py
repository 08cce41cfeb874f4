"""The page of the yearly budget: totals, the chart, the bridge, both languages, hostile names."""

from __future__ import annotations

import pytest

from tests.core.instruments.price_org import UNITS, round_prices
from tests.core.instruments.test_yearly_budget import change
from tests.core.small import stream
from tests.reports.instruments.pages import HOSTILE, page, seen


@pytest.fixture(scope="module")
def dutch() -> str:
    return page("yearly_budget", round_prices())


def test_the_page_holds_the_budget(dutch: str) -> None:
    """Result, revenue by profile, staff by level and the bridge, with their totals and our reading."""
    text = seen(dutch)
    for each in (
        "€\N{NO-BREAK SPACE}31.390,00".replace("\N{NO-BREAK SPACE}", " "), "73.000,00", "28.470,00", "3.650,00",
        "4VV", "verblijf", "Linde", "onze lezing", "Bezetting boven afspraak", "januari 2026",
    ):  # fmt: skip
        assert each.replace(" ", "") in text.replace("\N{NO-BREAK SPACE}", "").replace(" ", ""), each
    assert "<svg" in dutch
    assert "grootboek" in text


def test_the_page_tells_what_a_missing_tariff_leaves_out() -> None:
    """The sentence of I93 stands on the page."""
    assert "brengen in deze begroting niets op" in seen(page("yearly_budget", round_prices(tariffs=[])))


def test_the_page_speaks_english() -> None:
    """English words and notation."""
    text = seen(page("yearly_budget", round_prices(), "en"))
    for each in ("Yearly budget", "73,000.00", "Staff beyond agreements", "our reading", "By location"):
        assert each in text, each
    assert "Opbrengst" not in text


def test_hostile_text_is_text() -> None:
    """A name with markup is text, and so is a unit that only a file names."""
    units = [unit | {"name": HOSTILE} if unit["unit_id"] == "L1" else unit for unit in UNITS]
    assert HOSTILE not in page("yearly_budget", round_prices(units=units))
    rows = [change("1", "2026-12-01", "comes", unit_id="<b>D9</b>")]
    assert "<b>D9" not in page("yearly_budget", round_prices(), budget_residents=rows)


def test_an_organisation_without_residents() -> None:
    """With nobody living there the page still stands, without figures that mislead."""
    empty = round_prices(stays=[stream("stays", stay_id="S1", resident_id="R1", unit_id="D1", start_date="2020-01-01",
                                       end_date="2026-01-30")])  # fmt: skip
    assert "<svg" not in page("yearly_budget", empty)
