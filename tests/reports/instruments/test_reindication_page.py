"""The re-indication file on paper: an overview, a file for each resident, marked as supporting material."""

from __future__ import annotations

from typing import Any

from ipvb_bridge.core import instruments
from ipvb_bridge.reports import instruments as pages
from ipvb_bridge.reports.instruments import render
from tests.core.instruments.given import given
from tests.core.instruments.test_reindication import HEAVY, LIGHT, organisation, topics

OWN = topics(("WAS", "COD824", "0202"))


def page(subject: str | None = None, language: Any = "nl", **changed: Any) -> str:
    instrument = instruments.load("reindication")
    history = {"2025-12": given(organisation("2025-12", HEAVY | changed, LIGHT)).tables}
    inputs = given(
        organisation("2026-01", HEAVY | changed, LIGHT, periods=2), own=OWN, inputs=instrument.inputs, history=history
    )
    made = instrument.run(inputs)
    assert list(render.pages(pages.load("reindication"), made, None)) == [None, "R1"]
    return render.render(instrument, inputs, made, "Stichting Voorbeeld", language=language, subject=subject)


def test_the_overview_names_who_it_is_about() -> None:
    """All residents above the budget with their shortage, and nobody else."""
    html = page()
    for text in (
        "R1",
        "-3.100,00",
        "6.200,00",
        "december 2025",
        "Ondersteunend materiaal",
        "Kosten volgens het grootboek",
    ):
        assert text in html, text
    assert "R2" not in html


def test_the_file_of_a_resident() -> None:
    """Scores with the scale, the trend as a chart, the budget by period, the agreements; marked as supporting."""
    html = page("R1")
    for text in ("geheugen en denken", "7,00", "21,00", "<svg", "Ondersteunend materiaal", "onze lezing", "stoornis"):
        assert text in html, text


def test_the_file_speaks_english() -> None:
    """English words and notation by setting."""
    html = page("R1", "en")
    for text in ("Supporting material", "21.00", "Times a week", "impairment (COD824)"):
        assert text in html, text
    assert "Afspraken" not in html


def test_what_was_agreed_is_text() -> None:
    """A description with markup is text in the file."""
    html = page("R1", description="<i>x</i>")
    assert "<i>x</i>" not in html
    assert "&lt;i&gt;x" in html
