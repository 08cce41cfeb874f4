"""The quotation: its figures add up, it is one page however much is on it, and it reads as a letter."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import pytest
from lxml import html

from ipvb_bridge.core.records import CARE_FUNCTIONS
from tests.core.oracle import Organisation
from tests.core.small import agreement, small, stay, stream
from tests.reports.instruments.pages import HOSTILE, page, seen

NOTE = (
    "Over deze hulp rekenen wij btw. U betaalt die boven op het bedrag hierboven. Op de rekening staat hoeveel het is."
)


def bought(key: str, **more: Any) -> dict[str, Any]:
    return agreement(key, payer="resident", **({"ground": "wellbeing", "description": "Wandelen"} | more))


def organisation(*agreements: dict[str, Any], section: dict[str, Any] | None = None, **more: Any) -> Organisation:
    return small(care_agreements=list(agreements), method={"instruments": {"private_offer": section or {}}}, **more)


def offer(org: Organisation, language: str = "nl") -> str:
    return page("private_offer", org, language, subject="R1")


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("nl", ("Aanbod voor extra hulp", "Bewoner R1", "442,86", "100,00", "4 u 26", "2 maart 2026", "Handtekening",
                "1 keer per week · 60 minuten", "Wij maken er geen winst op", "geen btw",
                "Berekening 3 over januari 2026")),
        ("en", ("An offer for extra help", "442.86", "2 March 2026", "Signature", "1 times a week", "No VAT")),
    ],
)  # fmt: skip
def test_figures_and_words(language: str, words: tuple[str, ...]) -> None:
    """Time, price, amount, until when it stands, how often it comes, and a place to sign."""
    text = seen(offer(organisation(bought("A1", minutes=600_000, per="week")), language))
    for word in words:
        assert word in text, word


def test_own_sentences_stand_there() -> None:
    """The organisation's sentence about VAT takes the place of ours, and the contact follows the questions."""
    section = {"vat_note": NOTE, "contact": "Team cliëntservice"}
    text = seen(offer(organisation(bought("A1"), section=section)))
    assert NOTE in text
    assert "Vragen? Team cliëntservice" in text
    assert "geen btw" not in text


def test_how_often_in_words() -> None:
    """Each day, on weekdays, with others (then the resident pays a part), and the unit where there are two."""
    org = organisation(
        bought("A1", minutes=150_000),
        bought("A2", weekdays="2 5", group_size=4),
        stays=[stay("S1", "D1", "2020-01-01", "2026-01-10"), stay("S2", "D2", "2026-01-11")],
    )
    text = seen(offer(org))
    for word in ("elke dag · 15 minuten · D1", "dinsdag, vrijdag", "in een groep van 4", "alleen uw eigen deel"):
        assert word in text, word
    assert "alleen uw eigen deel" not in seen(offer(organisation(bought("A1"))))


def test_it_adds_up_in_front_of_the_reader() -> None:
    """Minutes and amounts of the rows are those of the sum, also when lines stand together."""
    for count in (1, 5, 20):
        agreements = (bought(f"A{at:02}", minutes=70_000 + at) for at in range(count))
        rows = html.fromstring(offer(organisation(*agreements))).xpath("//table[@class='what']/tbody/tr")
        cents = [int("".join(filter(str.isdigit, row.xpath("./td")[-1].text_content()))) for row in rows]
        assert sum(cents[:-1]) == cents[-1] > 0
        assert len(rows) == (2 if count == 20 else count + 1)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6, 7, 20])
@pytest.mark.parametrize("words", [4, 12])
def test_however_much_it_is_one_page(count: int, words: int, weasyprint: ModuleType) -> None:
    """From one short line to twenty long ones of every function, with long sentences of our own: one page A4."""
    agreements = (
        bought(f"A{at:02}", description=" ".join(["wandeling"] * words)[: 8 * words], group_size=4,
               care_function=CARE_FUNCTIONS[at % len(CARE_FUNCTIONS)])
        for at in range(count)
    )  # fmt: skip
    section = {"vat_note": NOTE, "contact": "Team cliëntservice, elke werkdag van negen tot vijf"} if words > 4 else {}
    text = offer(organisation(*agreements, section=section))
    assert len(weasyprint.HTML(string=text).render().pages) == 1


def test_what_a_source_delivers_is_escaped() -> None:
    """Markup in a name, description, unit or setting is text."""
    org = organisation(
        bought("A1", description=HOSTILE),
        section={"vat_note": HOSTILE, "contact": HOSTILE},
        residents=[stream("residents", resident_id="R1", name=HOSTILE)],
        units=[stream("units", unit_id="D1", kind="department", name=HOSTILE)],
    )
    text = offer(org)
    assert HOSTILE not in text
    assert text.count("&lt;script&gt;") >= 5


def test_an_agreement_without_words() -> None:
    """A line without a description is called by its care function, alone and among many."""
    few = organisation(bought("A1", description=None, care_function="transport"))
    assert "Vervoer" in seen(offer(few))
    many = organisation(*(bought(f"A{at:02}", description=None) for at in range(9)))
    assert "Persoonlijke verzorging, 9 afspraken" in seen(offer(many))
