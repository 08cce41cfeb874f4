"""The page of the quality plan."""

from __future__ import annotations

from typing import Any

import pytest

from ipvb_bridge.core import instruments
from ipvb_bridge.reports.instruments import render
from tests.core.instruments.test_quality_plan import ALWAYS, EXAMPLE, only, organisation, report
from tests.reports.instruments.pages import HOSTILE, seen


def page(plan: Any = EXAMPLE, language: Any = "nl", realised: Any = None, **chosen: Any) -> str:
    instrument = instruments.load("quality_plan")
    inputs = only(organisation(**(chosen or ALWAYS)), plan, realised)
    return render.render(instrument, inputs, instrument.run(inputs), "Stichting Voorbeeld", language=language)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ("0,40 fte", "€ 60.000,00 per fte", "80,0%", "87,6%", "afspraak: 85%", "€ 2.415,00",
                "niet besteed: € 27.585,00", "personeel gemeten, overig verantwoord", "Verzorgende", "onze lezing",
                "1 juli 2024", "2018 tot en met 2020", "Tilliften sparen ruggen")),
        ("en", ("0.40 FTE", "€60,000.00 for one FTE", "80.0%", "87.6%", "agreed: 85%", "€2,415.00",
                "not spent: €27,585.00", "personnel measured, other reported", "our reading", "1 July 2024",
                "2018 to 2020")),
    ],
)  # fmt: skip
def test_figures_and_words(language: str, words: tuple[str, ...]) -> None:
    """Extra personnel, split, spending and what is left, and that the rule is one of the past."""
    text = seen(page(language=language, realised=[report("M2", "2026-01", 300)]))
    text = text.replace("\u00a0", " ").replace("\u2060", "")
    for word in words:
        assert word in text, word


def test_what_is_not_known_is_said() -> None:
    """Nothing reported, no baseline: the tile says so and the finding names the cause."""
    text = seen(page(personnel_share="0.85"))
    assert "niet bekend" in text
    assert "er is geen nulperiode" in text


def test_without_a_plan_it_says_how_to_make_one() -> None:
    """An empty plan gives a page with the file to fill."""
    assert "instruments/quality_plan.csv" in seen(page([]))


def test_the_words_of_the_plan_are_text() -> None:
    """Markup in an action or a motivation is shown, not run; a measure of any level is not called one without."""
    text = page([EXAMPLE[0] | {"action": HOSTILE, "level": None}, EXAMPLE[1] | {"motivation": HOSTILE}])
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;") >= 2
    assert "Zonder niveau" not in text
