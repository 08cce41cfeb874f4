"""The page of the cost price: what is paid for, over time, by other windows, by other ways of passing cost on."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.reports import charts
from ipvb_bridge.reports.instruments import price_words
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View
from ipvb_bridge.reports.instruments.price_words import DAY_PARTS, HEADINGS, KEYS, KINDS, PARTS

SHOWN_PERIODS = 6
"""Calculated periods side by side on the page; the workbook has them all."""


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    rows = view.tables["prices_over_time"].filter(pl.col("period") == str(view.given.period))
    dutch, written = view.language == "nl", view.figures
    made = []
    gink = rows.filter(pl.col("kind") == "gink")["price_cents"].drop_nulls()
    if gink.len():
        made.append(
            ("GINK", written.euro(gink[0]), "gewogen prijs van een uur zorg" if dutch else "weighted hour of care")
        )
    for kind, title, of in (
        ("level", Text("Kosten van zorg", "Cost of care"), Text("cliënturen", "client hours")),
        ("component", Text("Kosten van verblijf", "Cost of stay"), Text("onderdelen", "components")),
    ):
        own = rows.filter(pl.col("kind") == kind)
        if own.height:
            count = written.decimal(own.select(pl.col("units").sum()).item()) if kind == "level" else str(own.height)
            cost = own.select(pl.col("cost_cents").sum()).item()
            made.append((title.of(view.language), written.euro(cost), f"{count} {of.of(view.language)}"))
    return made


def _over_time(view: View) -> Markup:
    rows = view.tables["prices_over_time"]
    periods = rows["period"].unique().sort().to_list()[-SHOWN_PERIODS:]
    return price_words.side_by_side(
        view, rows.filter(pl.col("period").is_in(periods)), "period",
        {each: view.figures.period_name(each) for each in periods},
    )  # fmt: skip


def _rolling(view: View) -> Markup:
    rows = view.tables["rolling_prices"].with_columns(window=pl.format("{}|{}", "months", "month"))
    until = "t/m" if view.language == "nl" else "to"
    headings = {}
    for months, month in rows.select("months", "month").unique().sort("months", "month").iter_rows():
        length = {1: ("1 maand", "1 month")}.get(months, (f"{months} maanden", f"{months} months"))
        headings[f"{months}|{month}"] = f"{length[view.language != 'nl']} {until} {view.figures.period_name(month)}"
    return price_words.side_by_side(view, rows, "window", headings)


def _course(view: View) -> Markup:
    """The hourly prices of the calculated periods as lines; with one period there is no course to draw."""
    rows = view.tables["prices_over_time"].filter(pl.col("kind") == "level", pl.col("day_part").is_null())
    periods = rows["period"].unique().sort().to_list()
    if len(periods) < 2:
        return Markup()
    found = {(key, period): cents for key, period, cents in rows.select("key", "period", "price_cents").iter_rows()}
    series: dict[str, list[float | None]] = {}
    for key in rows["key"].unique().sort():
        cents = [found.get((key, period)) for period in periods]
        series[price_words.name(view, key)] = [None if each is None else each / 100 for each in cents]
    title = "Prijs van een uur zorg in euro's" if view.language == "nl" else "Price of an hour of care in euros"
    return charts.lines(series, [view.figures.period_name(each) for each in periods], title)


PAGE = Page(
    title=Text("Kostprijs (KoPi)", "Cost price (KoPi)"),
    lead=Text(
        "Wat een uur zorg en een dag verblijf kosten, waaruit die prijs bestaat en hoe hij beweegt. Elke prijs komt "
        "uit "
        "het grootboek en sluit daar tot op de cent op aan.",
        "What an hour of care and a day of stay cost, what that price is made of and how it moves. Each price comes "
        "from the ledger and ties to it to the cent.",
    ),
    reading=Text(
        "Prijzen van andere vensters zijn gemaakt uit dezelfde rijen en met dezelfde instellingen. Een venster met een "
        "maand zonder grootboekregels of zonder gewerkte uren heeft geen prijs. Zonder ingestelde volgorde gaat de "
        "trapsgewijze verdeling van de dienst die het meest voor andere diensten werkt naar de dienst die dat het "
        "minst doet.",
        "Prices of other windows are made from the same rows with the same settings. A window with a month without "
        "ledger lines or worked hours has no price. Without a configured order the step-down goes from the service "
        "that "
        "works most for other services to the one that does so least.",
    ),
    sections=(
        Section(
            Text("Waarvoor betaald wordt", "What is paid for"),
            lead=Text(
                "Het gebouw, de kamer, de maaltijd of handen aan het bed: van elke prijs de delen, in euro's per uur "
                "of per dag.",
                "The building, the room, the meal or hands at the bedside: the parts of each price, in euros an hour "
                "or a day.",
            ),
            chart=price_words.pictures,
        ),
        Section(
            Text("Berekende perioden naast elkaar", "Calculated periods side by side"),
            lead=Text(
                "De prijs in euro's zoals hij toen is berekend.", "The price in euros as it was calculated then."
            ),
            chart=_course,
            body=_over_time,
        ),
        Section(
            Text("Voortschrijdende vensters", "Rolling windows"),
            lead=Text(
                "Een lang venster maakt een rustige prijs, een kort venster laat zien wat nu verandert.",
                "A long window makes a steady price, a short one shows what changes now.",
            ),
            body=_rolling,
        ),
        Section(
            Text("Trapsgewijs naast wederkerig", "Step-down beside reciprocal"),
            "allocation_methods",
            Text(
                "De prijs als de kosten van ondersteunende diensten anders worden doorgegeven. Het totaal blijft "
                "gelijk; "
                "het verschil is met de wederkerige verdeling.",
                "The price when the cost of support services is passed on in another way. The total stays the same; "
                "the "
                "difference is with the reciprocal way.",
            ),
            columns=(
                "key",
                "reciprocal_price_cents",
                "step_down_price_cents",
                "step_down_difference_cents",
                "direct_price_cents",
                "direct_difference_cents",
            ),
            rows=price_words.ordered,
        ),
        Section(
            Text("Kosten per verdeelwijze", "Costs by each way"),
            "allocation_methods",
            columns=("key", "reciprocal_cost_cents", "step_down_cost_cents", "direct_cost_cents"),
            totals=("reciprocal_cost_cents", "step_down_cost_cents", "direct_cost_cents"),
            rows=lambda rows: price_words.ordered(rows.filter(pl.col("kind") != "gink")),
        ),
        Section(
            Text("Prijs per dagdeel", "Price by day part"),
            "day_part_prices",
            Text(
                "De onregelmatigheidstoeslag valt op de avond, de nacht en het weekend. Hier draagt elk dagdeel zijn "
                "eigen "
                "toeslag, naast de prijs die voor elk dagdeel gelijk is.",
                "The irregularity allowance falls on the evening, the night and the weekend. Here each day part "
                "bears its "
                "own allowance, beside the price that is the same for all.",
            ),
            columns=(
                "level",
                "day_part",
                "uniform_price_cents",
                "price_cents",
                "difference_cents",
                "client_hours",
                "cost_cents",
            ),
            totals=("client_hours", "cost_cents"),
            rows=lambda rows: price_words.by_day_part(rows.filter(pl.col("client_hours") > 0)),
        ),
        Section(
            Text("De delen van elke prijs", "The parts of each price"),
            "price_parts",
            columns=("key", "part", "cents", "cost_share", "part_price_cents"),
            totals=("cents",),
            rows=price_words.ordered,
        ),
    ),
    headings={
        **HEADINGS,
        "reciprocal_price_cents": Text("Wederkerig", "Reciprocal"),
        "step_down_price_cents": Text("Trapsgewijs", "Step-down"),
        "direct_price_cents": Text("Rechtstreeks", "Direct"),
        "step_down_difference_cents": Text("Verschil trapsgewijs", "Step-down difference"),
        "direct_difference_cents": Text("Verschil rechtstreeks", "Direct difference"),
        "reciprocal_cost_cents": Text("Wederkerig", "Reciprocal"),
        "step_down_cost_cents": Text("Trapsgewijs", "Step-down"),
        "direct_cost_cents": Text("Rechtstreeks", "Direct"),
        "uniform_price_cents": Text("Elk dagdeel gelijk", "Same for all"),
        "cost_share": Text("Deel van de kosten", "Part of the cost"),
        "part_price_cents": Text("Per uur of dag", "An hour or day"),
        "change_cents": Text("Verandering", "Change"),
        "months": Text("Maanden", "Months"),
    },
    values={"kind": KINDS, "key": KEYS, "part": PARTS, "day_part": DAY_PARTS},
    tiles=_tiles,
)
