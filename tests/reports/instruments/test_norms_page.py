"""The page of norms and tariffs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from lxml import html

from ipvb_bridge.core.facts import role
from ipvb_bridge.core.norm_records import FACTS, NORM_TABLES
from ipvb_bridge.reports.instruments import norms
from tests.core.small import agreement, small, tariff
from tests.core.strategies import row
from tests.reports.instruments.pages import HOSTILE, page, seen


def organisation(**changed: Any) -> Any:
    given = {
        "care_agreements": [agreement("A1")],
        "tariffs": [tariff("2025-01-01", "2026-01-10", cents=20_000, source="eigen lijst")],
        "hours_per_year": [
            row(FACTS["hours_per_year"], base="cao_vvt", kind="gross", value=18_780_000, unit="hours/year",
                source="cao VVT", last_checked=dt.date(2025, 11, 21))
        ],
    }  # fmt: skip
    return small(**(given | changed))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ("Dagen zonder tarief", "€ 2.000,00", "10 dagen", "21", "1.050,00", "11 januari 2026", "Uren per jaar",
                "1.878,00", "uur per jaar", "21 november 2025", "cao VVT", "eigen lijst", "onze lezing",
                "Dit zijn geen tarieven", "de berekening telt ermee")),
        ("en", ("Days without a tariff", "2,000.00", "1,050.00", "11 January 2026", "1,878.00", "hours a year",
                "our reading", "These are not tariffs")),
    ],
)  # fmt: skip
def test_figures_and_words(language: str, words: tuple[str, ...]) -> None:
    """What was paid by tariffs, what stays without a budget, and each norm with its source and last look."""
    text = seen(page("norms", organisation(), language))
    for word in words:
        assert word in text, word


def test_what_a_file_says_is_escaped() -> None:
    """Markup in a source, a base or a note of a norm table is text."""
    hostile = row(FACTS["hours_per_year"], base=HOSTILE, kind="gross", value=1, unit=HOSTILE, source=HOSTILE)
    text = page("norms", organisation(hours_per_year=[hostile]))
    assert HOSTILE not in text
    assert "&lt;script&gt;" in text


def test_a_month_with_all_tariffs_lacks_nothing() -> None:
    """Where every day has a tariff the page says so with an empty table, in both languages."""
    for language in ("nl", "en"):
        assert "1.050,00" not in seen(page("norms", organisation(tariffs=[tariff("2025-01-01")]), language))


def test_a_source_is_said_once_and_an_unknown_one_never_borrowed() -> None:
    """Rows of one source say it in the first of them; a row without a source has a dash, not the source above it."""
    sourced = {"hours_per_year": [
        row(FACTS["hours_per_year"], base=base, kind="gross", value=18_780_000, unit="hours/year", source=source)
        for base, source in (("a1", "bron X"), ("a2", "bron X"), ("a3", None))
    ]}  # fmt: skip
    root = html.fromstring(page("norms", organisation(**sourced)))
    cells = {
        rows[1]: rows[-2]
        for each in root.xpath("//tr[td]")
        if (rows := ["".join(cell.itertext()).strip() for cell in each.xpath("./td")])[1] in ("a1", "a2", "a3")
    }
    assert cells == {"a1": "bron X", "a2": "", "a3": "–"}


def test_every_table_and_role_has_a_name() -> None:
    """Each norm table and what it does has words in both languages."""
    assert set(norms.TABLES) == set(NORM_TABLES)
    assert {role(name) for name in NORM_TABLES} == set(norms.ROLES)
