"""The pages of the cost price, the care price, the causes of a change and the scenarios."""

from __future__ import annotations

from typing import Any

import pytest

from ipvb_bridge.core import instruments
from ipvb_bridge.reports.instruments import price_words, render
from ipvb_bridge.reports.terms import terms
from tests.core.instruments.given import given
from tests.core.instruments.price_org import METHOD, UNITS, ledger, round_prices
from tests.core.oracle import Organisation
from tests.core.price import rule, tables
from tests.core.small import agreement, posting, small, stream
from tests.reports.instruments.pages import HOSTILE, page, seen
from tests.reports.test_page import Nesting

SCENARIOS = {
    "loon": {"wages": "0.03", "description": HOSTILE},
    "vol": {"occupancy": "0.94", "places": 2, "variable": ["materials"]},
}
ORT = [rule("ort", day_kind="weekday", **{"from": "00:00", "to": "24:00"}, percentage=400_000)]


def hostile(**changed: Any) -> Organisation:
    """The organisation with markup wherever a source or a setting delivers a name."""
    named = [{**row, "name": HOSTILE} for row in UNITS]
    return round_prices(units=named, method={"instruments": {"scenarios": SCENARIOS}}, **changed)


def compared(name: str, language: Any = "nl", org: Organisation | None = None) -> str:
    """The page with an earlier month beside it, in which wages were ten per cent higher."""
    instrument = instruments.load(name)
    history = {"2025-12": tables(round_prices(ledger_lines=ledger(wages=99_000)))}
    inputs = given(org or hostile(), history=history)
    made = instrument.run(inputs)
    text = render.render(instrument, inputs, made, "Stichting Voorbeeld", version="3", language=language)
    parser = Nesting()
    parser.feed(text)
    assert (parser.faults, parser.open) == ([], [])
    return text


@pytest.mark.parametrize(
    ("name", "language", "words"),
    [
        ("kopi", "nl", ("Kostprijs (KoPi)", "€ 130,00", "december 2025", "156,00", "164,00", "1 maand t/m")),
        ("kopi", "en", ("Cost price (KoPi)", "€130.00", "December 2025", "Step-down", "1 month to", "our reading")),
        ("care_price", "nl", ("Zorgprijs per uur", "€ 138,67", "20,0%", "240,00", "134,00", "onze lezing")),
        ("care_price", "en", ("Care price an hour", "20.0%", "of the hours worked", "134.00", "Hired hours")),
        ("price_change", "nl", ("Waarom de prijs veranderde", "-170,50", "sinds december 2025", "Doorbelasting")),
        ("price_change", "en", ("Why the price changed", "-170.50", "since December 2025", "Care, on average")),
        ("scenarios", "nl", ("Saldo: loon", "159,12", "+3,12", "Bezetting", "50,0%", "94,0%", "Verpleegartikelen")),
        ("scenarios", "en", ("Balance: loon", "159.12", "+3.12", "Occupancy", "94.0%", "Cost by the ledger", "Now")),
    ],
)  # fmt: skip
def test_figures_and_words(name: str, language: str, words: tuple[str, ...]) -> None:
    """What a reader looks for stands on the page, in the notation of the language."""
    text = seen(compared(name, language)).replace("\u00a0", " ")
    for word in words:
        assert word in text, word


@pytest.mark.parametrize("name", ["kopi", "care_price", "price_change", "scenarios"])
def test_what_a_source_delivers_is_escaped(name: str) -> None:
    """Markup in the name of a unit, a pool, a cost category or a scenario is text, in tables and in charts."""
    method = {
        "cost_price": {
            **METHOD["cost_price"],
            "pools": {**METHOD["cost_price"]["pools"], "<b>pool": "final"},
            "components": {**METHOD["cost_price"]["components"], "<b>pool": "held"},
        },
        "instruments": {"scenarios": {"<b>naam": SCENARIOS["loon"]}},
    }
    units = [{**row, "name": HOSTILE} for row in UNITS]
    org = round_prices(
        method=method,
        units=units,
        accounts=[
            rule("accounts", account_from="41", account_to="41", category="wages"),
            rule("accounts", account_from="42", account_to="42", category="hired"),
            rule("accounts", account_from="43", account_to="43", category="<b>soort"),
        ],
        cost_centres=[
            rule("cost_centres", cost_centre_id=f"K{number}", pool=pool)
            for number, pool in enumerate(("care", "housing", "<b>pool", "management"), 1)
        ],
        ledger_lines=[*ledger(), posting("X", "43", "K3", 3_100)],
    )
    text = compared(name, org=org)
    assert "<script>alert" not in text
    assert "<b>naam" not in text
    assert "<b>pool" not in text
    assert "<b>soort" not in text
    expected = {"kopi": "&lt;b&gt;pool", "scenarios": "&lt;b&gt;naam", "price_change": "&lt;script&gt;"}
    assert expected.get(name, "&lt;script&gt;") in text.replace("&lt;B&gt;", "&lt;b&gt;")


def test_the_bridge_of_each_scenario_stands_there() -> None:
    """The page of the scenarios shows the ledger's cost of the base and of each scenario, and the period's bridge."""
    text = seen(page("scenarios", hostile())).replace("\u00a0", " ")
    assert "Kosten volgens het grootboek 2.000,00 2.039,00 2.404,80" in text
    assert "De brug van elk scenario" in text


def test_required_staff_adds_up() -> None:
    """Under the levels stands what all of them need together, in the base and in each scenario."""
    org = round_prices(method={"instruments": {"scenarios": {"half": {"direct_share": "0.25"}}}})
    text = seen(page("scenarios", org))
    # 3.5 and 1.75 direct hours a week at a share of 0.5 are 10.5 hours; 1800 / 36 / 1500 FTE an hour.
    assert "Samen 0,35 0,70+0,35" in text


def test_prices_by_day_part_stand_there() -> None:
    """With allowances each level has a price for each day part."""
    text = seen(page("kopi", hostile(ort=ORT)))
    assert "nacht" in text
    assert "Elk dagdeel gelijk" in text


@pytest.mark.parametrize("name", ["kopi", "care_price", "price_change", "scenarios"])
def test_a_month_with_nothing_to_show(name: str) -> None:
    """Without agreements, an earlier month or scenarios the page stands, says so, and draws nothing of nothing."""
    text = page(name, small(care_agreements=[], ledger_lines=[], wages=[], hours=[]))
    assert "Hier is niets te tonen." in seen(text)


def test_names_of_the_organisations_own() -> None:
    """A pool or category that the program does not know is shown readable, in both languages."""
    assert price_words.KEYS["linnen_kamer"] == ("Linnen kamer", "Linnen kamer")
    assert price_words.KEYS["3"].nl == terms("nl").level("3")
    assert price_words.PARTS["cost:linnen_kamer"].en == "Linnen kamer"
    assert "linnen_kamer" in price_words.KEYS
    assert (list(price_words.KEYS), len(price_words.KEYS)) == ([], 0)


def test_an_organisation_without_locations() -> None:
    """Staff of no location has a GINK of the organisation only."""
    units = [stream("units", unit_id="D1", kind="department", name="Beneden")]
    work = [{**row, "unit_id": "D1"} for row in round_prices().streams["hours"]]
    text = seen(page("care_price", round_prices(units=units, hours=work, care_agreements=[agreement("A1")])))
    assert "Organisatie 130,00" in text
