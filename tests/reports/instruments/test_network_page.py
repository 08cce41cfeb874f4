"""The page of what the network does."""

from __future__ import annotations

import pytest

from ipvb_bridge.reports.instruments.bars import bars
from tests.core.oracle import Organisation
from tests.core.small import agreement, small, stream
from tests.reports.instruments.pages import HOSTILE, page, seen


def organisation() -> Organisation:
    return small(
        care_agreements=[
            agreement("A1", performer="network", payer="none"),
            agreement("A2", performer="volunteer", payer="none", minutes=150_000),
            agreement("A3", minutes=450_000),
        ],
        residents=[stream("residents", resident_id="R1", client_group="somatic", name=HOSTILE)],
        units=[stream("units", unit_id="D1", kind="department", name=HOSTILE)],
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ("Wat het netwerk doet", "voor 1 bewoner", "23,25", "2.325,00", "50,0%", "onze lezing", "23,25 uur")),
        ("en", ("What the network does", "for 1 resident", "2,325.00", "50.0%", "Volunteers", "our reading")),
    ],
)
def test_figures_and_words(language: str, words: tuple[str, ...]) -> None:
    """Hours, what they would cost and the part of all care stand there, in the reader's notation."""
    text = seen(page("network", organisation(), language))
    for word in words:
        assert word in text, word


def test_what_a_source_delivers_is_escaped() -> None:
    """Markup in the name of a unit or resident is text, in tables and in bars."""
    text = page("network", organisation())
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;") >= 3


def test_a_month_without_network() -> None:
    """Without network the page stands with noughts and draws no bar."""
    text = page("network", small(care_agreements=[agreement("A1")]))
    assert "0,0%" in seen(text)
    assert 'class="bars"' not in text


def test_bars_are_relative_to_the_longest() -> None:
    """The longest bar is whole, a part below zero has no length, names are escaped, and nothing is drawn of nothing."""
    drawn = bars([("<b>", [3.0, 1.0], "4"), ("x", [-1.0, 2.0], "2")], ["staff", "<i>"])
    assert 'class="c0" style="width:75.0%"' in drawn
    assert 'class="c0" style="width:0.0%"' in drawn
    assert 'class="c2" style="width:50.0%"' in drawn
    assert "&lt;b&gt;" in drawn
    assert "&lt;i&gt;" in drawn
    assert bars([("x", [0.0], "0")]) == bars([]) == ""
