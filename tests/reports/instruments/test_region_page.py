"""The page of the region: definitions beside figures, a line that stops at a break, nothing hidden is told."""

from __future__ import annotations

from typing import Any

from ipvb_bridge.core import instruments
from ipvb_bridge.reports.instruments import render
from tests.core.instruments.given import given
from tests.core.instruments.test_region import EXAMPLE, clients, rows
from tests.core.small import small


def page(own: dict[str, list[dict[str, Any]]], language: Any = "nl") -> str:
    instrument = instruments.load("region")
    inputs = given(small("2026-06"), own=own, inputs=instrument.inputs)
    return render.render(instrument, inputs, instrument.run(inputs), "Stichting Voorbeeld", language=language)


def test_figures_stand_with_what_they_count() -> None:
    """Shares in Dutch notation with their definition, source and number of organisations, and a chart."""
    html = page({"region_clients": EXAMPLE})
    for text in ("40,0%", "50,0%", "indicator 14.2", "Organisaties", "onze lezing", "<svg", "2026-Q2"):
        assert text in html, text


def test_the_page_speaks_english() -> None:
    """English words and notation by setting."""
    html = page({"region_clients": EXAMPLE}, "en")
    for text in ("40.0%", "Clients by delivery form", "our reading", "Stay"):
        assert text in html, text
    assert "Leveringsvorm" not in html


def test_a_break_is_marked_and_not_drawn_through() -> None:
    """After a break the chart has another line, named so, and the table says why."""
    broken = rows(
        "region_breaks", ("clients", None, "2026-Q2", "nieuwe telling"), names="measure region quarter reason"
    )
    html = page({"region_clients": EXAMPLE, "region_breaks": broken})
    assert "Zuid, na de breuk" in html
    assert "nieuwe telling" in html
    assert "na de breuk" not in page({"region_clients": EXAMPLE})


def test_names_are_text() -> None:
    """A region's name with markup is text, in tables and chart."""
    own = {"region_clients": [each | {"region": "<b>Z</b>"} for each in EXAMPLE]}
    html = page(own)
    assert "<b>Z</b>" not in html
    assert "&lt;b&gt;Z" in html


def test_nothing_at_all_is_a_page_that_says_so() -> None:
    """Without files the page has no figures and names the files that are missing."""
    html = page({})
    assert "region_clients.csv" in html
    assert "<svg" not in html
    assert (
        "I55"
        in instruments.load("region").run(given(small(), inputs=instruments.load("region").inputs)).findings["rule"]
    )


def test_small_counts_are_nowhere() -> None:
    """A hidden count is in no table and no chart of the page."""
    small_one = clients(("A", "Zuid", "2026-Q1", "4VV", "vpt", 4), ("A", "Zuid", "2026-Q1", "5VV", "stay", 777))
    html = page({"region_clients": small_one})
    assert "777" not in html
    assert ">4<" not in html
