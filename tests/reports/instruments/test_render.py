"""Pages of instruments: the common layout, both languages, and no instrument without words."""

from __future__ import annotations

import dataclasses

import pytest

from ipvb_bridge.core import instruments as core
from ipvb_bridge.reports import instruments
from ipvb_bridge.reports.instruments import render
from tests.core.instruments.given import given
from tests.core.small import agreement, small, stay, stream

HOSTILE = "<script>alert(1)</script>"


def organisation() -> object:
    return small(
        care_agreements=[
            agreement("A1", ground="self_care"),
            agreement("A2", payer="none", minutes=150_000),
            agreement("A3", minutes=0),
        ],
        residents=[stream("residents", resident_id="R1", client_group="pg")],
        stays=[stay("S1", "D1", "2020-01-01")],
        units=[stream("units", unit_id="D1", kind="department", name=HOSTILE)],
    )


def page(language: str = "nl") -> str:
    instrument = core.load("grounds")
    inputs = given(organisation())  # type: ignore[arg-type]  # an Organisation
    made = instrument.run(inputs)
    return render.render(instrument, inputs, made, "Stichting Voorbeeld", version="3", language=language)  # type: ignore[arg-type]  # nl or en


def test_figures_stand_as_a_reader_writes_them() -> None:
    """Dutch notation: money, hours and shares with comma decimals, codes as words, sums in the last line."""
    html = page()
    assert '<html lang="nl">' in html
    for figure in ("1.550,00", "15,50", "66,7%", "Zelfzorg", "23,25", "berekening 3", "Van 2 zorgregels"):
        assert figure in html, figure


def test_the_page_speaks_english() -> None:
    """English notation and words by setting; no heading is left in Dutch."""
    html = page("en")
    assert '<html lang="en">' in html
    for figure in ("1,550.00", "66.7%", "Self-care", "Why care is given", "Department"):
        assert figure in html, figure
    assert "Afdeling" not in html


def test_what_a_source_delivers_is_escaped() -> None:
    """A name with markup is text on the page."""
    assert HOSTILE not in page()
    assert "&lt;script&gt;" in page()


def test_rows_beyond_the_most_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A long table is cut on the page, and the page says how many rows stand in the workbook."""
    declared = instruments.load("grounds")
    short = dataclasses.replace(declared, sections=[dataclasses.replace(each, most=1) for each in declared.sections])
    monkeypatch.setattr(instruments, "load", lambda name: short)
    assert "En nog 2 rijen" in page()


def test_a_page_for_each_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an instrument is laid out by subject, each has its page with its own rows; others are refused (C64)."""
    from pathlib import Path
    from types import SimpleNamespace
    from typing import Any

    from ipvb_bridge.base.errors import UsageError
    from ipvb_bridge.reports.instruments import write

    by_unit = dataclasses.replace(instruments.load("grounds"), split="unit_id")
    monkeypatch.setattr(instruments, "load", lambda name: by_unit)
    instrument = core.load("grounds")
    inputs = given(organisation())  # type: ignore[arg-type]  # an Organisation
    made = instrument.run(inputs)
    assert list(render.pages(by_unit, made, None)) == ["D1"]
    html = render.render(instrument, inputs, made, "O", subject="D1")
    assert "1.550,00" in html
    assert "<th>Afdeling</th>" not in html
    # With an overview the page of all together comes first, in the common layout with its own sections.
    both = dataclasses.replace(by_unit, overview=by_unit.sections[:1])
    monkeypatch.setattr(instruments, "load", lambda name: both)
    assert list(render.pages(both, made, None)) == [None, "D1"]
    assert "Leefplezier</h2>" not in render.render(instrument, inputs, made, "O")
    answer: Any = SimpleNamespace(instrument=instrument, given=inputs, made=made)
    with pytest.raises(UsageError) as refused:
        list(write.pages(SimpleNamespace(folder=Path()), answer, subject="D9"))  # type: ignore[arg-type]  # a folder is all it reads
    assert refused.value.code == "C64"


@pytest.mark.parametrize("name", core.NAMES)
def test_every_instrument_has_a_page_in_both_languages(name: str) -> None:
    """A title, a lead and a heading for each shown column, in Dutch and in English, and sections of its own tables."""
    declared, instrument = instruments.load(name), core.load(name)
    tables = {result.name: result for result in instrument.results}
    for language in ("nl", "en"):
        assert declared.title.of(language)
        assert declared.lead.of(language)
        for section in declared.sections:
            assert section.title.of(language)
            if section.table:
                columns = tables[section.table].columns
                # A section that turns its rows round has columns of its own making; they need a heading all the same.
                assert section.rows or set(section.columns) | set(section.totals) <= set(columns), section.table
                for column in section.columns or columns:
                    assert render.heading(column, declared, language)
    if declared.split:
        assert any(declared.split in result.columns for result in instrument.results)
    with pytest.raises(KeyError):
        instruments.load("nothing")
