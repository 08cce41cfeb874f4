"""The statement: its figures are the data's, it adds up in front of its reader, and it is one page."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest
from lxml import html

from ipvb_bridge.core.statement import Basis, statements
from ipvb_bridge.reports.numbers import figures
from ipvb_bridge.reports.statement import render_statement
from ipvb_bridge.reports.terms import Language
from tests.reports.language import of_the_other, said
from tests.reports.test_page import Nesting, cents


def clock(text: str) -> int:
    """Minutes of ``12 u 30`` or ``45 min``."""
    found = re.findall(r"\d+", text.replace(".", ""))
    return int(found[0]) if "min" in text else int(found[0]) * 60 + int(found[1])


def cells(row: Any) -> list[tuple[int, int] | None]:
    """Cents and minutes of the cells of a row of the care."""
    return [
        (cents(cell.xpath("./span | ./b")[0].text_content()), clock(cell.find("small").text_content()))
        if len(cell)
        else None
        for cell in row.xpath("./td")[1:]
    ]


def shown(root: Any, box: str, column: int) -> tuple[list[int], int | None]:
    """The figures of a box and the one of its sum, from a column of its table."""
    rows = [(row.get("class") == "sum", row.xpath("./td")[column].text_content()) for row in
            root.xpath(f"//section[contains(@class, '{box}')]//tr")]  # fmt: skip
    own = [cents(text) for last, text in rows if not last and text.strip()]
    return own, next((cents(text) for last, text in rows if last), None)


@pytest.fixture
def everyone(basis: Basis) -> list[dict]:
    return [json.loads(json.dumps(each)) for each in statements(basis)]


def test_figures_are_those_of_the_data(everyone: list[dict]) -> None:
    """Available, required, balance, care, stay, fixed, free and the network's cost stand as they are in the tables."""
    written = figures("nl")
    for data in everyone:
        root = html.fromstring(render_statement(data, "nl"))
        tiles = [each.text_content() for each in root.xpath("//div[@class='tiles']/div/b")]
        assert tiles == [written.euro(data[f"{name}_cents"]) for name in ("available", "required", "balance")]
        text = root.text_content()
        for name in ("care_cents", "stay_cents", "fixed_cents", "free_cents"):
            assert not data[name] or written.money(data[name]) in text, name
        assert not data["network_cost_cents"] or written.euro(data["network_cost_cents"]) in text


def test_care_adds_up_both_ways(everyone: list[dict], full: dict) -> None:
    """Cents and whole minutes of the cells add up to each row's and each column's sum, and both to the whole."""
    seen = 0
    for data in (*everyone, full):
        root = html.fromstring(render_statement(data, "nl"))
        *rows, total = [cells(row) for row in root.xpath("//section[@class='care']//tbody/tr")] or [[]]
        for row in rows:
            assert tuple(map(sum, zip(*filter(None, row[:-1]), strict=True))) == row[-1]
        for column, whole in zip(zip(*rows, strict=True), total, strict=True) if rows else ():
            assert tuple(map(sum, zip(*filter(None, column), strict=True))) == whole
        if rows:
            assert total[-1][0] == data["care_cents"]
            seen += 1
    assert seen > 3


def test_boxes_add_up(everyone: list[dict], full: dict) -> None:
    """Stay, what is outside the Wlz, the network's time and the division of the required budget add up as shown."""
    for data in (*everyone, full):
        root = html.fromstring(render_statement(data, "nl"))
        parts, whole = shown(root, "stay", 2)
        assert sum(parts) == data["stay_cents"] == (whole or 0)
        parts, whole = shown(root, "beside", -1)
        assert sum(parts) == data["private_cents"] + data["outside_cents"]
        assert whole in (None, sum(parts))
        parts, whole = shown(root, "divided", 1)
        assert (sum(parts), whole) == ((data["required_cents"],) * 2 if data["fixed"] or data["free"] else (0, None))
        rows = root.xpath("//section[contains(@class, 'network')]//tr")
        times = [clock(row.xpath("./td")[1].text_content()) for row in rows]
        assert len(times) < 2 or sum(times[:-1]) == times[-1]
    assert data is full
    assert len(times) > 3


def test_the_bridge_stands_where_a_balance_does(everyone: list[dict]) -> None:
    """Every statement ties to the organisation: the parts shown add up to the ledger's cost shown, to the cent."""
    for data in everyone:
        root = html.fromstring(render_statement(data, "nl"))
        rows = [cents(each.text_content()) for each in root.xpath("//section[contains(@class, 'bridge')]//span[2]")]
        assert sum(rows[:-1]) == rows[-1] == data["bridge"][0]["cents"]


def test_a_period_without_a_bridge(full: dict) -> None:
    """Without a bridge in the data the page has none, and still stands."""
    full["bridge"] = []
    assert not html.fromstring(render_statement(full, "nl")).xpath("//section[contains(@class, 'bridge')]")


def test_every_line_has_its_place(full: dict) -> None:
    """Network, private and ungrounded care are named apart; what does not fit is counted in the last line."""
    text = html.fromstring(render_statement(full, "nl")).text_content()
    assert "Vast en vrij" in text
    for word in ("familie of bekenden", "vrijwilliger", "en nog 2 andere", "betaalt niemand", "betaalt u zelf"):
        assert word in text, word
    assert "2 afspraken" in text
    for told in ("6 dagen ergens anders", "24 van deze dagen", "Kleinschalig wonen", "Dit is geen rekening"):
        assert told in text, told
    assert "U ziet af van: maaltijden" in text


@pytest.mark.parametrize("language", ["nl", "en"])
def test_one_language_a_page(language: Language, everyone: list[dict], full: dict) -> None:
    """Every word that the page itself says is of its language; only data of the sources may be of another."""
    for data in (*everyone, full):
        texts = [data["organisation"], data["unit_name"], data["location_name"], "Day transport"]
        texts += [each["unit_name"] for each in data["elsewhere"]]
        texts += [line["description"] for line in data["lines"]]
        assert said(render_statement(data, language), texts) & of_the_other(language) == set()


def test_the_same_data_give_the_same_page(full: dict) -> None:
    """Rendering needs the data only, changes nothing in it, and is the same every time and after JSON."""
    before = copy.deepcopy(full)
    once = render_statement(full, "nl")
    assert full == before
    assert render_statement(json.loads(json.dumps(full)), "nl") == once


@pytest.mark.parametrize("language", ["nl", "en"])
def test_html_is_well_formed_and_stands_alone(language: Language, full: dict) -> None:
    """Every tag is closed in order, and nothing is fetched from elsewhere."""
    text = render_statement(full, language)
    parser = Nesting()
    parser.feed(text)
    assert (parser.faults, parser.open) == ([], [])
    assert not re.search(r"<(script|link|img|iframe|object)\b|url\(|@import|https?:|//[a-z]", text)


def test_values_of_the_sources_are_escaped(full: dict) -> None:
    """Markup in a name, description or unit stands as text."""
    bad = "<script>alert(1)</script>"
    full |= {"name": bad, "unit_name": bad, "organisation": bad, "elsewhere": [{"unit_id": "x", "unit_name": bad}]}
    for line in full["lines"]:
        line["description"] = bad
    text = render_statement(full, "nl")
    assert "<script" not in text
    assert text.count("&lt;script&gt;") > 5


def test_names_only_when_they_were_kept(full: dict) -> None:
    """Without a kept name the id stands there, with one the name."""
    assert "Bewoner R1" in render_statement(full, "nl")
    full["name"] = "Van der Verzonnen"
    text = render_statement(full, "nl")
    assert "Van der Verzonnen" in text
    assert "Bewoner R1" not in text


def test_nothing_at_all(full: dict) -> None:
    """A resident without care, components, tariffs or network has a page that says so, with noughts."""
    empty = full | {name: 0 for name, value in full.items() if isinstance(value, int)}
    empty |= {"lines": [], "components": [], "elsewhere": [], "fixed": [], "free": [], "held_days": 31}
    text = html.fromstring(render_statement(empty, "nl")).text_content()
    assert "geen zorg door medewerkers" in text
    assert "Geen kosten voor verblijf" in text
    assert "precies genoeg" in text


@pytest.mark.parametrize(
    ("without", "components", "said_nl", "said_en"),
    [
        (["housing"], ["meals", "cleaning"], "hoort niet bij uw vorm van zorg: huisvesting.", "kind of care: housing."),
        (
            ["housing", "meals", "cleaning"],
            [],
            "hoort niet bij uw vorm van zorg: huisvesting, maaltijden, schoonmaak.",
            "kind of care: housing, meals, cleaning.",
        ),
    ],
)
def test_care_at_home_says_what_is_not_in_it(
    without: list[str], components: list[str], said_nl: str, said_en: str, full: dict
) -> None:
    """VPT without housing, MPT without any stay: the page says so, and does not speak of stay where there is none."""
    full["components"] = [each for each in full["components"] if each["component"] in components]
    full |= {"without": without, "stay_cents": sum(each["cents"] for each in full["components"])}
    text = html.fromstring(render_statement(full, "nl")).text_content()
    assert said_nl in text
    assert said_en in html.fromstring(render_statement(full, "en")).text_content()
    assert ("uw zorg en uw verblijf samen" in text) == bool(components)
    assert ("Geen kosten voor verblijf" in text) == (not components)


def test_a_statement_from_before_says_nothing_of_it(full: dict) -> None:
    """Data that were signed without the components left out give the page as it was."""
    full.pop("without", None)
    assert "vorm van zorg" not in render_statement(full, "nl")
