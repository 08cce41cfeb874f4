"""The page of satisfaction: figures beside the number of people, both languages, nothing of a hidden group."""

from __future__ import annotations

from typing import Any

import pytest

from ipvb_bridge.core import instruments
from ipvb_bridge.reports.instruments import render
from tests.core.instruments.given import given
from tests.core.instruments.test_satisfaction import answer, people, twice
from tests.core.small import small


def page(rows: list[dict[str, Any]], language: Any = "nl", period: str = "2025-12") -> str:
    instrument = instruments.load("satisfaction")
    inputs = given(small(period, satisfaction=rows))
    return render.render(instrument, inputs, instrument.run(inputs), "Stichting Voorbeeld", language=language)


def test_the_change_stands_with_its_bounds_and_people() -> None:
    """Means, change, bounds and p in Dutch notation, who and how measured in words, and a line for each series."""
    html = page(twice(keys=True))
    for figure in (
        "dezelfde mensen",
        "2,33",
        "1,58",
        "0,70",
        "2,46",
        "Bewoners",
        "onze lezing",
        "<svg",
        "november 2025",
    ):
        assert figure in html, figure


def test_the_page_speaks_english() -> None:
    """English words and notation by setting."""
    html = page(twice(keys=False), "en")
    for figure in ("all answers", "2.33", "Residents", "our reading", "Change since the baseline"):
        assert figure in html, figure
    assert "Nulmeting" not in html


@pytest.mark.parametrize("question", ["<script>alert(1)</script>", "{{ 7 * 7 }}"])
def test_a_question_is_text(question: str) -> None:
    """What the source calls a question is escaped, in tables, tiles and chart."""
    rows = [{**row, "question": question} for row in twice(keys=True)]
    html = page(rows)
    assert "<script>" not in html
    assert question.startswith("<") or question in html


def test_a_hidden_group_is_nowhere() -> None:
    """A group that is too small leaves no figure on the page, in no table and no tile."""
    html = page(
        [*people("D1", 8, month="2025-12"), *[answer(f"x{at}", "2025-12-01", 3.21, unit_id="D2") for at in range(4)]]
    )
    assert "3,21" not in html
    assert "niet getoond" in html
