"""Uw zorg vandaag: every agreement of the day stands once, in its day part, in words a resident reads."""

from __future__ import annotations

import copy
import datetime as dt
import re

import pytest
from lxml import html

from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.today import care_on, today_data
from ipvb_bridge.reports.terms import Language
from ipvb_bridge.reports.today import render_today
from tests.core.engines import frames
from tests.core.oracle import read_folder
from tests.reports.language import of_the_other, said
from tests.reports.test_page import Nesting

DAY = dt.date(2026, 1, 14)


@pytest.fixture(scope="module")
def everyone(example) -> list[dict]:
    read = frames(STREAMS, read_folder(example).streams)
    days = resident_days(read["stays"], read["absences"], read["indications"], Period(DAY, DAY))
    care = care_on(read["care_agreements"], days.segments, DAY)
    return list(today_data(care, DAY, "Stichting Voorbeeld", read["units"], read["residents"]))


@pytest.fixture
def one(everyone: list[dict]) -> dict:
    return copy.deepcopy(next(each for each in everyone if each["resident_id"] == "R1"))


def test_each_agreement_stands_once_under_its_day_part(everyone: list[dict]) -> None:
    """What is for today stands under its day part, in the order of the day; what is by week or month stands apart."""
    names = {"morning": "ochtend", "afternoon": "middag", "evening": "avond", "night": "nacht"}
    for data in everyone:
        root = html.fromstring(render_today(data, "nl"))
        shown = [
            (section.find("h2").text_content(), [each.text_content() for each in section.xpath(".//li/b")])
            for section in root.xpath("//section[contains(@class, 'part')]")
        ]
        assert shown == [
            (names[part["day_part"]], [item["description"] for item in part["items"]]) for part in data["today"]
        ]
        later = [each.text_content() for each in root.xpath("//section[@class='later']//li/b")]
        assert later == [item["description"] for part in data["later"] for item in part["items"]]


def test_the_example_by_hand(one: dict) -> None:
    """R1 on a Wednesday: washing 35 minutes, twice at night with two; wounds and walking some day."""
    text = re.sub(r"\s+", " ", html.fromstring(render_today(one, "nl")).find(".//main").text_content())
    assert "woensdag 14 januari 2026" in text
    assert "Wassen en aankleden35 minuten" in text
    assert "Draaien in de nacht2 keer · 10 minuten · 2 medewerkers samen" in text
    assert "Wondzorg3 keer per week · 12,5 minuten" in text
    assert "Wandelen met dochter2 keer per week · 45 minuten · familie of bekenden" in text


@pytest.mark.parametrize(
    ("milliminutes", "said_"),
    [
        (60_000, "60 minuten"),
        (1_000, "1 minuut"),
        (120_000, "2 uur"),
        (150_000, "2 uur en 30 minuten"),
        (7_500, "7,5 minuten"),
        (None, ""),
    ],
)
def test_how_long(one: dict, milliminutes: int | None, said_: str) -> None:
    """Minutes as people say them; nothing where the source says nothing."""
    item = one["today"][0]["items"][0] | {"milliminutes": milliminutes, "times": 10_000, "performer": "staff"}
    one["today"] = [{"day_part": "morning", "items": [item]}]
    one["later"] = []
    assert html.fromstring(render_today(one, "nl")).xpath("//li/span")[0].text_content() == said_


def test_what_is_missing_is_left_out(one: dict) -> None:
    """Without day part, description and function the agreement still stands, under its id."""
    bare = dict.fromkeys(one["today"][0]["items"][0]) | {"agreement_id": "G99"}
    one["today"], one["later"] = [{"day_part": None, "items": [bare]}], []
    text = html.fromstring(render_today(one, "nl")).text_content()
    assert "G99" in text
    assert "op een moment van de dag" in text


def test_a_day_without_care(one: dict) -> None:
    """With nothing for today the page says so."""
    one["today"] = []
    assert "Vandaag is er geen vaste zorg afgesproken" in render_today(one, "nl")


@pytest.mark.parametrize("language", ["nl", "en"])
def test_one_language_a_page(language: Language, everyone: list[dict]) -> None:
    """Every word that the page itself says is of its language; the agreements stay as the source has them."""
    for data in everyone:
        texts = [data["unit_name"], data["location_name"]]
        texts += [item["description"] for when in ("today", "later") for part in data[when] for item in part["items"]]
        assert said(render_today(data, language), texts) & of_the_other(language) == set()


def test_escaped_and_well_formed(one: dict) -> None:
    """Markup of the sources stands as text, every tag is closed, nothing is fetched."""
    bad = "<script>alert(1)</script>"
    one |= {"name": bad, "unit_name": bad}
    one["today"][0]["items"][0]["description"] = bad
    text = render_today(one, "en")
    parser = Nesting()
    parser.feed(text)
    assert (parser.faults, parser.open) == ([], [])
    assert "<script" not in text
    assert not re.search(r"<(link|img|iframe)\b|url\(|@import|https?:", text)


def test_names_only_when_they_were_kept(one: dict) -> None:
    """The id stands there, or the name when it was kept."""
    assert "Bewoner R1" in render_today(one, "nl")
    assert "Van der Verzonnen" in render_today(one | {"name": "Van der Verzonnen"}, "nl")
