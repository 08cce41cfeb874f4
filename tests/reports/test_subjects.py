"""Pages of one subject: a department's formation, the cost price, the bridge with findings."""

from __future__ import annotations

import re

import polars as pl
import pytest
from lxml import html

from ipvb_bridge.core import findings
from ipvb_bridge.core.statement import Basis
from ipvb_bridge.reports import charts
from ipvb_bridge.reports.department import render_department
from ipvb_bridge.reports.numbers import figures
from ipvb_bridge.reports.single import render_bridge, render_cost_price
from ipvb_bridge.reports.terms import Language
from tests.reports.language import of_the_other, said
from tests.reports.test_page import Nesting, cents

LANGUAGES = pytest.mark.parametrize("language", ["nl", "en"])


def department(basis: Basis, language: Language = "nl", unit: str = "D1") -> str:
    return render_department(
        basis.period, basis.tables, unit, "Somatiek", basis.settings, basis.organisation, language=language
    )


def prices(basis: Basis, language: Language = "nl") -> str:
    return render_cost_price(basis.period, basis.tables, basis.settings, basis.organisation, language=language)


def bridge(basis: Basis, language: Language = "nl") -> str:
    found = findings.frame([findings.Finding("R04", "error", "Een zin.", "Een stap.", "D2", "R4")])
    tables = {**basis.tables, "findings": found}
    return render_bridge(basis.period, tables, basis.units, basis.organisation, language=language)


@LANGUAGES
@pytest.mark.parametrize("make", [department, prices, bridge])
def test_one_language_a_page(language: Language, make, basis: Basis) -> None:
    """Every word that the page itself says is of its language, drawings included."""
    data = [basis.organisation, *basis.units["name"]]
    assert said(make(basis, language), data) & of_the_other(language) == set()


@LANGUAGES
@pytest.mark.parametrize("make", [department, prices, bridge])
def test_pages_stand_alone(language: Language, make, basis: Basis) -> None:
    """Tags are closed in order, ids stand once, no script runs and nothing is fetched."""
    text = make(basis, language)
    parser = Nesting()
    parser.feed(re.sub(r"<(\w+)([^<>]*)/>", r"<\1\2></\1>", text))
    assert (parser.faults, parser.open) == ([], [])
    assert not re.search(r"<(script|link|img|iframe|object)\b|url\(|@import|https?:|//[a-z]", text)
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


def test_hours_of_each_weekday_are_the_tables(basis: Basis) -> None:
    """Required and actual hours of a weekday and day part, and their sum, are those of formation_weekdays."""
    own = basis.tables["formation_weekdays"].filter(pl.col("unit_id") == "D1")
    root = html.fromstring(department(basis))
    rows = root.xpath("//section[@id='week']//table[@class='matrix']/tbody/tr")
    assert len(rows) == own["weekday"].n_unique() == 7
    write = figures("nl").decimal
    for weekday, row in enumerate(rows, 1):
        that_day = own.filter(pl.col("weekday") == weekday)
        shown = row.xpath("./td")[-1]
        assert shown.find("b").text_content() == write(that_day["actual_hours"].sum())
        assert shown.find("small").text_content().endswith(write(that_day["required_hours"].sum()))


def test_the_roster_has_every_cell(basis: Basis) -> None:
    """Each level and day part with required hours has its row, each weekday its figure."""
    needed = basis.tables["formation_weekdays"].filter((pl.col("unit_id") == "D1") & (pl.col("required_hours") > 0))
    rows = html.fromstring(department(basis)).xpath("//table[@class='roster']/tbody/tr")
    assert len(rows) == needed.select("day_part", "level").n_unique()
    filled = [cell for row in rows for cell in row.xpath("./td[@class='num']") if cell.text_content()]
    assert len(filled) == needed.height


def test_a_department_page_says_of_its_hours_how_they_add_up(basis: Basis) -> None:
    """The page has no amount: its foot says that each sum is rounded by itself, and nothing of euros."""
    (foot,) = html.fromstring(department(basis)).xpath("//footer")
    assert "apart afgerond" in foot.text_content()
    assert "euro" not in foot.text_content()


def test_a_department_without_formation_says_so(basis: Basis) -> None:
    """A unit without hours or demand gets a page that says so."""
    assert "geen formatie" in department(basis, unit="LOC1")


def test_each_price_adds_up_on_the_page(basis: Basis) -> None:
    """The parts of an hour and of a day add up to the price, and their cost to the cost, read back from the page."""
    root = html.fromstring(prices(basis))
    tables = root.xpath("//section[@id='detail']//table")
    priced = basis.tables["cost_prices"].filter(pl.col("kind") != "gink", pl.col("cost_cents") != 0)
    assert len(tables) == priced.height
    for table in tables:
        rows = [[cents(cell.text_content()) for cell in row.xpath("./td")[1:]] for row in table.xpath(".//tr[td]")]
        *parts, whole = rows
        assert [sum(column) for column in zip(*parts, strict=True)] == whole


def test_the_bridge_page_closes(basis: Basis) -> None:
    """The steps add up to the ledger's cost, and the findings stand below them with the unit's full name."""
    root = html.fromstring(bridge(basis))
    rows = root.xpath("//table[contains(@class, 'bridge')]/tbody/tr")
    shown = [cents(row.xpath("./td[2]")[0].text_content()) for row in rows]
    assert sum(shown[:-1]) == shown[-1]
    assert "De Linde, Kleinschalig wonen" in root.get_element_by_id("findings").text_content()


def test_bars_of_a_chart(basis: Basis) -> None:
    """Two bars a day, as high as the hours, in their own colours; the same input draws the same."""
    required, actual = [10.0, 20.0, 0.0], [5.0, 20.0, 1.0]
    made = charts.weekdays(required, actual, ["ma", "di", "wo"], "Per dag")
    root = html.fromstring(made)
    needed, worked = (
        [float(bar.get("height")) for bar in group.xpath(".//rect[contains(@class, 'reactive')]")]
        for group in root.xpath("//g[contains(@class, 'series')][@fill][.//rect]")
    )
    assert needed[1] == pytest.approx(2 * needed[0], rel=1e-3)
    assert worked[1] == pytest.approx(needed[1], rel=1e-3)
    assert root.get("aria-label") == "Per dag"
    assert made == charts.weekdays(required, actual, ["ma", "di", "wo"], "Per dag")


def test_labels_of_a_chart_are_escaped() -> None:
    """A label with markup in it is drawn as text."""
    made = charts.weekdays([1.0], [1.0], ["<script>x</script>"], '"><script>')
    assert "<script" not in made
