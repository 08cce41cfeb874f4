"""The page of ProForma: both bases named, own and hired apart, months ahead, both languages."""

from __future__ import annotations

from typing import Any

from ipvb_bridge.core import instruments
from ipvb_bridge.reports.instruments import render
from tests.core.instruments.given import given
from tests.core.instruments.test_proforma import DAILY, change
from tests.core.small import small, stream


def page(language: Any = "nl") -> str:
    instrument = instruments.load("proforma")
    units = [stream("units", unit_id="D1", kind="department", name="<i>Linde</i>")]
    own = {"forecast_residents": [change("1", "2026-02-15", "comes")]}
    inputs = given(small(care_agreements=[DAILY], units=units), own=own, inputs=instrument.inputs)
    return render.render(instrument, inputs, instrument.run(inputs), "Stichting Voorbeeld", language=language)


def test_the_page_names_both_bases() -> None:
    """Net-year bases by name, hours and FTE with their sums, persons, weekdays in words, a chart of the months."""
    html = page()
    for text in ("1.800 / 1.500", "1.692", "7,00", "maandag", "februari 2026", "10,50", "onze lezing", "<svg", "0,20"):
        assert text in html, text


def test_the_page_speaks_english() -> None:
    """English words and notation by setting."""
    html = page("en")
    for text in ("Required, other base", "Monday", "People at once", "our reading"):
        assert text in html, text
    assert "Ingehuurd" not in html


def test_a_department_s_name_is_text() -> None:
    """A name with markup is text."""
    assert "<i>Linde</i>" not in page()
    assert "&lt;i&gt;Linde" in page()
