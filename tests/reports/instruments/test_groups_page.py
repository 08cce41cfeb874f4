"""The page of the client groups beside each other."""

from __future__ import annotations

import pytest
from lxml import html

from tests.core.instruments.test_groups import organisation
from tests.core.small import indication
from tests.reports.instruments.pages import HOSTILE, page, seen


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ("Saldo somatiek", "€ 620,00", "-€ 150,00", "1 bewoner", "10,50 medewerkers, 3,50 netwerk")),
        ("en", ("Balance somatic", "€620.00", "-€150.00", "1 resident", "10.50 staff, 3.50 network")),
    ],
)
def test_figures_and_words(language: str, words: tuple[str, ...]) -> None:
    """Balance, hours and figures per day of each group, in the reader's notation."""
    text = seen(page("groups", organisation(), language)).replace("\u00a0", " ").replace("\u2060", "")
    for word in words:
        assert word in text, word


def test_the_bridge_stands_where_a_balance_does() -> None:
    """The bridge of the organisation is on the page and its steps add up to the ledger's cost of the example."""
    root = html.fromstring(page("groups", organisation()))
    rows = root.xpath("//table[contains(@class, 'bridge')]/tbody/tr")
    cents = [int(row.xpath("./td")[1].text.replace(".", "").replace(",", "")) for row in rows]
    assert sum(cents[:-1]) == cents[-1] == 96_000


def test_an_unknown_group_has_a_word() -> None:
    """A group and a profile that are not known are said to be unknown, and the findings stand on the page."""
    org = organisation(None)
    text = seen(page("groups", org))
    assert "Saldo niet bekend" in text
    assert "Bewoners zonder doelgroep" in text


def test_profiles_stand_by_number() -> None:
    """4VV comes before 10VV, and a hostile name of a unit is text."""
    org = organisation()
    org.streams["indications"][1] = indication("I2", "2026-01-17", zzp="10VV") | {"resident_id": "R2"}
    org.streams["units"][1]["name"] = HOSTILE
    text = page("groups", org)
    assert text.index("<td>4VV</td>") < text.index("<td>10VV</td>")
    assert HOSTILE not in text
