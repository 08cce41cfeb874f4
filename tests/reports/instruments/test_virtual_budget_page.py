"""The statement of a virtual budget: one sheet a relative understands, in each form and both languages."""

from __future__ import annotations

from typing import Any

import pytest

from ipvb_bridge.core import instruments
from ipvb_bridge.reports.instruments import render
from tests.core.instruments.given import given
from tests.core.instruments.test_virtual_budget import CATALOGUE, RATES, organisation, own

CHOICES = (("KAPPER", "2026-01-08", 2, "delivered"), ("TUIN", "2026-01-20", 1, "planned"))


def page(subject: str | None = "R1", language: Any = "nl", tables: Any = None, **chosen: Any) -> str:
    instrument = instruments.load("virtual_budget")
    inputs = given(organisation(**chosen), own=tables or own(*CHOICES, rates=RATES), inputs=instrument.inputs)
    return render.render(
        instrument, inputs, instrument.run(inputs), "Stichting Voorbeeld", language=language, subject=subject
    )


def test_the_statement_of_a_resident() -> None:
    """What came in, went out and is left, with the price that was freed explained; amounts in Dutch notation."""
    html = page().replace("\u00a0", " ")
    for words in (
        "Gehad: Kapper", "2 keer", "Gepland: Tuinieren", "20 januari 2026", "u doet zonder maaltijden", "€ 1.860,00",
        "€ 100,00", "-€ 60,00", "Nog te besteden", "niet wat de organisatie erop bespaart", "nachtzorg",
    ):  # fmt: skip
        assert words in html.replace("\u2060", ""), words


@pytest.mark.parametrize(("form", "left"), [("hours", "30,33 uur"), ("points", "184 punten"), ("arrangements", "€")])
def test_the_statement_in_another_form(form: str, left: str) -> None:
    """Hours and points stand in their own unit, with their name."""
    html = page(form=form)
    assert left in html


def test_the_overview_shows_the_bridge() -> None:
    """All accounts, fixed and free, only the columns of the form, and the bridge beside the balances."""
    html = page(None)
    for words in ("Vast en vrij", "Rekeningen", "Kosten volgens het grootboek", "onze lezing"):
        assert words in html, words
    assert html.count(">Nog te besteden</th>") == 1


def test_it_speaks_english() -> None:
    """English words by setting."""
    html = page(language="en")
    for words in ("Your free budget", "Had: Kapper", "Still to spend", "Freed: you do without"):
        assert words in html, words
    assert "Gehad" not in html


def test_a_name_of_the_catalogue_is_text() -> None:
    """Markup in the catalogue is shown, not run; a long account is folded into one line that adds up."""
    hostile = ({**CATALOGUE[0], "name": "<b>K</b>"}, CATALOGUE[1])
    many = [("KAPPER", "2026-01-08", 1, "delivered")] * 20
    html = page(tables=own(*many, catalogue=hostile))
    assert "<b>K</b>" not in html
    assert "en nog 8 andere keuzen" in html
