"""The page of toeslagen and meerzorg."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import html

from tests.core.instruments.test_supplements import meerzorg, organisation, tariff_of, toeslag
from tests.core.small import stream
from tests.reports.instruments.pages import HOSTILE, page, seen


def shown(language: str = "nl", code: str = "Toeslag X", **changed: Any) -> str:
    return page(
        "supplements",
        organisation(**changed),
        language,
        supplements=[toeslag(code, "2026-01-05")],
        meerzorg=[meerzorg(60_000, day_care_hours=12_500)],
        meerzorg_tariffs=[tariff_of("care", 512_300), tariff_of("day_care", 333_300)],
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ("Saldo met toeslagen", "voor 1 bewoner", "12,34", "333,18", "307,38", "41,66", "49,86", "36,2%",
                "5 januari 2026", "31 januari 2026", "onze lezing", "Toeslag X")),
        ("en", ("Balance with supplements", "333.18", "49.86", "36.2%", "our reading", "5 January 2026")),
    ],
)  # fmt: skip
def test_figures_and_words(language: str, words: tuple[str, ...]) -> None:
    """Days, amount of a day, the steps of meerzorg and both balances, in the reader's notation."""
    text = seen(shown(language))
    for word in words:
        assert word in text, word


def test_available_with_and_without_stand_beside_each_other() -> None:
    """Of each unit the balance of the calculation and the one with supplements, and their sums in the last line."""
    root = html.fromstring(shown())
    rows = [[cell.text for cell in row.xpath("./td")] for row in root.xpath("//section[5]//tbody/tr")]
    # 31 x 49.86 and 27 x 12.34 beside a balance of 4,650.00
    assert rows == [["D1", "1", "6.200,00", "333,18", "1.545,66", "8.078,84", "1.550,00", "4.650,00", "6.528,84"]]


def test_the_bridge_stands_where_a_balance_does() -> None:
    """The bridge of the organisation closes the page, its steps add up, and supplements are not in it."""
    rows = html.fromstring(shown()).xpath("//table[contains(@class, 'bridge')]/tbody/tr/td[2]/text()")
    cents = [int(each.replace(".", "").replace(",", "")) for each in rows]
    assert sum(cents[:-1]) == cents[-1] == 50_000


def test_what_a_file_or_source_delivers_is_escaped() -> None:
    """Markup in a code of the input file, or in a name of a unit or resident, is text."""
    text = shown(
        code=HOSTILE,
        residents=[stream("residents", resident_id="R1", name=HOSTILE)],
        units=[stream("units", unit_id="D1", kind="department", name=HOSTILE)],
    )
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;") >= 4


def test_a_month_without_supplements() -> None:
    """Without rows the page says that there is nothing, with the balance as calculated."""
    text = seen(page("supplements", organisation()))
    assert "voor 0 bewoners" in text
    assert "4.650,00" in text


def test_tariffs_that_lack_are_told_on_the_page() -> None:
    """The finding stands on the page with the days and the file to mend."""
    text = seen(page("supplements", organisation(), meerzorg=[meerzorg(60_000)]))
    assert "Meerzorg zonder uurtarief voor woonzorg (dagen: 31)" in text
    assert "meerzorg_tariffs.csv" in text
