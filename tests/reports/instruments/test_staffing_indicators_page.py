"""The page of the staffing indicators."""

from __future__ import annotations

import pytest

from tests.core.instruments.test_staffing_indicators import flows
from tests.reports.instruments.pages import HOSTILE, page, seen


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ("1,33", "6 mensen in loondienst", "25,71 van 620,40 uur", "1,33 fte, 1,00 bewoners", "4.2 Uitstroom",
                "onze lezing", "1 juli 2024",
                "Geteld van 1 januari 2026 tot en met 31 januari 2026", "Niveau 4, verpleegkundige mbo")),
        ("en", ("1.33", "6 on the payroll", "25.71 of 620.40 hours", "1.33 FTE, 1.00 residents", "4.2 Outflow",
                "our reading", "1 July 2024",
                "Counted from 1 January 2026 to 31 January 2026", "Level 4, nurse (mbo)")),
    ],
)  # fmt: skip
def test_figures_and_words(language: str, words: tuple[str, ...]) -> None:
    """Each figure with its parts, the mix by level, and that the framework behind the set was replaced."""
    text = seen(page("staffing_indicators", flows(), language))
    for word in words:
        assert word in text, word


def test_what_is_not_known_has_no_figure() -> None:
    """Without sick lines the tile says so, and the finding stands on the page."""
    org = flows()
    org.streams["hours"] = [row for row in org.streams["hours"] if row["kind"] != "sick"]
    text = seen(page("staffing_indicators", org))
    assert "Ziekteverzuimniet bekend" in text.replace(" niet bekend", "niet bekend")
    assert "er zijn geen uren van de soort sick" in text


def test_a_name_of_a_unit_is_text() -> None:
    """Markup in the name of a department is shown, not run."""
    org = flows()
    org.streams["units"][1]["name"] = HOSTILE
    text = page("staffing_indicators", org)
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text
