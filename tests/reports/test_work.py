"""The work list on the page: everything of it, grouped by what has to be done, and left out where there is none."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from lxml import html

from ipvb_bridge.core.work_list import KINDS, WORK_LIST
from ipvb_bridge.reports import page
from ipvb_bridge.reports.terms import Language, terms
from tests.reports.language import of_the_other, said


def row(kind: str, subject: str, **changed: Any) -> dict[str, Any]:
    given = {
        "record": "I7", "unit_id": "D1", "connection": "kantoor", "stream": "indications",
        "since": dt.date(2026, 1, 15), "reason": f"Reden van {subject}.", "next_step": "Bel de zorgadministratie.",
    }  # fmt: skip
    return {"kind": kind, "subject": subject} | given | changed


def shown(page_input: dict[str, Any], *rows: dict[str, Any], language: Language = "nl") -> html.HtmlElement:
    page_input["tables"]["work_list"] = pl.DataFrame(list(rows), schema=WORK_LIST)
    return html.fromstring(page.render(**page_input, language=language)).get_element_by_id("work")


def test_every_row_stands_with_what_to_look_up(page_input: dict[str, Any]) -> None:
    """Who (with a link to the statement), since when, where, which record of which connection, why."""
    root = shown(page_input, row("resident_moved", "R4"), row("indication_without_resident", "ABCDEFGH", unit_id=None))
    texts = [each.text_content() for each in root.xpath(".//tbody/tr")]
    assert len(texts) == 2
    for word in ("ABCDEFGH", "15 januari 2026", "I7", "kantoor", "Reden van ABCDEFGH."):
        assert word in texts[0]
    assert root.xpath(".//a[text()='R4']/@href")[0].startswith("#b-R4-")
    assert [each.text for each in root.xpath(".//h3")] == [
        f"{terms('nl').work[kind]} " for kind in ("indication_without_resident", "resident_moved")
    ]


def test_a_step_that_is_the_same_for_all_stands_once(page_input: dict[str, Any]) -> None:
    """Once for the kind, else with each row; what does not fit lies behind a fold, and nothing is left out."""
    many = [row("resident_left", f"V{number}") for number in range(20)]
    root = shown(page_input, *many)
    assert root.text_content().count("Bel de zorgadministratie.") == 1
    assert len(root.xpath(".//tbody/tr")) == 20
    assert len(root.xpath(".//details//tbody/tr")) == 14
    root = shown(page_input, *many[:2], row("resident_left", "V9", next_step="Iets anders."))
    assert root.text_content().count("Bel de zorgadministratie.") == 2


def test_an_empty_list_says_so_and_an_old_calculation_has_none(page_input: dict[str, Any]) -> None:
    """Nothing to do is worth a sentence; results of before the list existed give a page without it."""
    assert terms("nl")("work.none") in shown(page_input).text_content()
    del page_input["tables"]["work_list"]
    text = page.render(**page_input)
    assert 'id="work"' not in text
    assert "#work" not in text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_kind_has_a_word_and_the_page_one_language(page_input: dict[str, Any], language: Language) -> None:
    """No kind is shown as a code, and apart from the Dutch sentences the list is in the language of the page."""
    rows = [row(kind, "R1", connection="x") for kind in KINDS]
    root = shown(page_input, *rows, language=language)
    assert set(KINDS) == terms(language).work.keys()
    assert not any(kind in root.text_content() for kind in KINDS)
    whole = html.tostring(root, encoding="unicode")
    assert not said(whole) & of_the_other(language) - {"januari"}


def test_what_a_source_says_is_text(page_input: dict[str, Any]) -> None:
    """A number of a source with markup in it stands on the page as it is written."""
    root = shown(page_input, row("resident_moved", "<b>x</b>", record="<script>"))
    assert "<b>x</b>" in root.text_content()
    assert not root.xpath(".//script | .//td/b")
