"""The report page: everything is on it, it adds up, and it stands on its own."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import polars as pl
import pytest
from lxml import html

from ipvb_bridge.core import findings
from ipvb_bridge.reports import page
from ipvb_bridge.reports.numbers import figures
from ipvb_bridge.reports.terms import terms
from tests.reports.language import of_the_other, said

DUTCH = figures("nl")
euro, money = DUTCH.euro, DUTCH.money

VOID = {"meta", "br", "link", "img", "hr", "input", "col"}


class Nesting(HTMLParser):
    """Follows the tags; what is not closed in the order it was opened is a fault. lxml would mend it silently."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"{tag} at {self.getpos()}")


def cents(text: str) -> int:
    return int(re.sub(r"[^0-9-]", "", text))


def test_every_resident_stands_with_own_figures(page_input: dict, expected: dict) -> None:
    """Each row of resident_budgets stands on the page, with its own available, care, stay, required and balance."""
    root = html.fromstring(page.render(**page_input))
    for row in expected["resident_budgets"]:
        statement = root.get_element_by_id(f"b-{row['resident_id']}-{row['unit_id']}").text_content()
        for name in ("available_cents", "care_cents", "stay_cents", "required_cents", "balance_cents"):
            assert money(row[name]) in statement, (row["resident_id"], name)


def test_lines_of_a_statement_add_up_to_its_care(page_input: dict, expected: dict) -> None:
    """The cost column of the Wlz lines, read back from the page, sums to the resident's care to the cent."""
    root = html.fromstring(page.render(**page_input))
    seen = 0
    for row in expected["resident_budgets"]:
        person = root.get_element_by_id(f"b-{row['resident_id']}-{row['unit_id']}")
        for heading in person.xpath(".//h4[starts-with(normalize-space(), 'Zorg ten laste')]"):
            table = heading.getnext().find(".//table")
            shown = [
                cents(line.xpath("./td[last()]")[0].text_content()) for line in table.xpath("./tbody/tr[not(@class)]")
            ]
            assert sum(shown) == row["care_cents"]
            seen += 1
    assert seen == sum(1 for row in expected["resident_budgets"] if row["care_cents"])


def test_the_bridge_on_the_page_closes(page_input: dict, expected: dict) -> None:
    """The steps of the bridge, read back from the page, add up to the ledger's cost to the cent."""
    root = html.fromstring(page.render(**page_input))
    rows = root.xpath("//table[contains(@class, 'bridge')]/tbody/tr")
    shown = {row.get("class"): cents(row.xpath("./td[2]")[0].text_content()) for row in rows}
    total = shown.pop("sum ledger_cost")
    assert total == expected["bridge"]["ledger_cost_cents"]
    assert sum(shown.values()) == total


def test_a_bridge_that_does_not_close_says_so(page_input: dict) -> None:
    """A missing cent is shown as a fault, not hidden."""
    tables = page_input["tables"]
    tables["bridge"] = tables["bridge"].with_columns(
        pl.when(pl.col("part") == "care").then(pl.col("cents") - 1).otherwise(pl.col("cents")).alias("cents")
    )
    assert f"De brug sluit niet: {euro(1)}" in page.render(**page_input)


def test_parts_of_a_price_add_up_to_it(page_input: dict) -> None:
    """What one hour or day pays for, part by part, adds up to the rounded price."""
    shown = page.prices.prices(page_input["tables"]["cost_prices"], page_input["tables"]["cost_breakdown"], terms("nl"))
    for price in (*shown.levels, *shown.components):
        assert sum(part.in_price for part in price.parts) == price.cents
        assert sum(part.cents for part in price.parts) == price.cost


def test_html_is_well_formed(page_input: dict) -> None:
    """Every tag is closed in order, and no id stands twice."""
    text = page.render(**page_input)
    parser = Nesting()
    parser.feed(text)
    assert parser.faults == []
    assert parser.open == []
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids)) > 10


def test_every_link_leads_somewhere_on_the_page(page_input: dict) -> None:
    """Each link goes to an id that is on the page: the report stands on its own."""
    root = html.fromstring(page.render(**page_input))
    ids = set(root.xpath("//@id"))
    links = root.xpath("//a/@href")
    assert links
    assert {link.removeprefix("#") for link in links} <= ids


def test_nothing_is_fetched(page_input: dict) -> None:
    """No script, style sheet, image, font or address of elsewhere: the page can be mailed and opened anywhere."""
    text = page.render(**page_input)
    assert not re.search(r"<(script|link|img|iframe|object)\b|url\(|@import|https?:|//[a-z]", text)


def test_values_of_the_sources_are_escaped(page_input: dict) -> None:
    """A name, description or finding with markup in it stands as text."""
    bad = "<script>alert(1)</script>"
    page_input["units"] = page_input["units"].with_columns(pl.lit(bad).alias("name"))
    page_input["agreements"] = page_input["agreements"].with_columns(pl.lit(bad).alias("description"))
    page_input["tables"]["findings"] = findings.frame([findings.Finding("R04", "error", bad, bad, "D1", bad)])
    text = page.render(**page_input)
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_names_only_when_they_were_kept(page_input: dict) -> None:
    """Without kept names the page shows ids; with them the name stands before the id."""
    assert "Van der Verzonnen" not in page.render(**page_input)
    page_input["residents"] = page_input["residents"].with_columns(pl.lit("Van der Verzonnen").alias("name"))
    root = html.fromstring(page.render(**page_input))
    assert "Van der Verzonnen" in root.get_element_by_id("b-R1-D1").text_content()


@pytest.mark.parametrize(("source", "said"), [("fictional", True), ("NZa tariefbeschikking", False)])
def test_fictional_tariffs_are_said(page_input: dict, source: str, said: bool) -> None:
    """The page carries "Fictieve tarieven" exactly when a tariff row says that it is fictional."""
    page_input["tariffs"] = page_input["tariffs"].with_columns(pl.lit(source).alias("source"))
    assert ("Fictieve tarieven" in page.render(**page_input)) is said


def test_gink_is_marked_as_our_reading(page_input: dict) -> None:
    """Wherever the GINK has a figure, the page says that its formula is our reading."""
    root = html.fromstring(page.render(**page_input))
    near = [each for each in root.xpath("//dt | //h3") if "GINK" in each.text_content()]
    assert len(near) >= 2
    for each in near:
        beside = each.getnext() if each.getnext() is not None else each
        assert "onze lezing" in each.text_content() + beside.text_content()


def test_findings_are_grouped_and_all_there(page_input: dict) -> None:
    """Errors stand first; more than six of one rule fold away, and none is lost."""
    root = html.fromstring(page.render(**page_input))
    section = root.get_element_by_id("findings")
    assert len(section.find_class("finding")) == page_input["tables"]["findings"].height
    assert "R04" in section.find(".//h3").text_content()
    assert "Nog 2" in section.text_content()


def test_what_was_held_back_says_why(page_input: dict) -> None:
    """A row in quarantine stands with its place, its reason in Dutch and what to do."""
    section = html.fromstring(page.render(**page_input)).get_element_by_id("data").text_content()
    assert "care_agreements.csv:9" in section
    assert "level bevat 9" in section
    assert "verbeter de waarde in de bron" in section


def test_a_resident_who_moved_links_to_the_other_unit(page_input: dict) -> None:
    """Both budgets of one resident stand, each with a link to the other."""
    tables = page_input["tables"]
    moved = tables["resident_budgets"].filter(pl.col("resident_id") == "R1").with_columns(pl.lit("D2").alias("unit_id"))
    tables["resident_budgets"] = pl.concat([tables["resident_budgets"], moved])
    root = html.fromstring(page.render(**page_input))
    assert "#b-R1-D2" in root.get_element_by_id("b-R1-D1").xpath(".//a/@href")
    assert "#b-R1-D1" in root.get_element_by_id("b-R1-D2").xpath(".//a/@href")


def test_a_unit_that_nobody_declared_still_stands(page_input: dict) -> None:
    """A budget on a unit that is not among the units is shown under its id, never dropped."""
    tables = page_input["tables"]
    tables["unit_budgets"] = pl.concat(
        [tables["unit_budgets"], tables["unit_budgets"].head(1).with_columns(pl.lit("D?").alias("unit_id"))]
    )
    assert (
        html.fromstring(page.render(**page_input)).get_element_by_id("e-D_3f_").text_content().strip().startswith("D?")
    )


def test_order_of_rows_changes_nothing(page_input: dict) -> None:
    """The page is the same whatever order the result tables' rows are in."""
    before = page.render(**page_input)
    page_input["tables"] = {name: table.reverse() for name, table in page_input["tables"].items()}
    page_input["units"] = page_input["units"].reverse()
    assert page.render(**page_input) == before


@pytest.mark.parametrize("language", ["nl", "en"])
def test_one_language_a_page(language: str, page_input: dict) -> None:
    """Every word that the page itself says is of its language; findings and data of the sources stay as they are."""
    data = [*page_input["units"]["name"], *page_input["agreements"]["description"], page_input["organisation"]]
    data += ["Gastvrouw", "functions", "care_agreements.csv", "level"]  # codes and columns of the files
    words = said(page.render(**page_input, language=language), data)
    assert words & of_the_other(language) == set()


def test_english_figures(page_input: dict, expected: dict) -> None:
    """In English amounts have a decimal point and commas between thousands, and are the same amounts."""
    text = page.render(**page_input, language="en")
    for row in expected["resident_budgets"]:
        assert figures("en").money(row["available_cents"]) in text
    assert "January 2026" in text
    assert '<html lang="en">' in text


def test_a_figure_that_a_finding_tells_is_not_told_again(page_input: dict) -> None:
    """An amount or time stands beside a finding only when its sentence does not hold it, in either language."""
    text = "Een verschil van -€ 12,34 en 1,00 uur."
    page_input["tables"]["findings"] = findings.frame(
        [findings.Finding("R01", "warning", text, "", amount_cents=-1234, milliminutes=60_000)]
    )
    for language in ("nl", "en"):
        section = html.fromstring(page.render(**page_input, language=language)).get_element_by_id("findings")
        assert section.find_class("about") == []
