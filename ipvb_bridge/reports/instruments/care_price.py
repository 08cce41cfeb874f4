"""The page of the care price of departments, locations and the organisation, and the GINK of a location."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import polars as pl
from markupsafe import Markup

from ipvb_bridge.core.places import place, places
from ipvb_bridge.core.rounding import whole_parts
from ipvb_bridge.reports import charts
from ipvb_bridge.reports.instruments import price_words
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View
from ipvb_bridge.reports.instruments.price_words import HEADINGS
from ipvb_bridge.reports.numbers import share
from ipvb_bridge.reports.prices import Part, Price

MOST_BARS = 25
"""Departments in the picture; the table has them all."""
MOST_LINES = 8
MOST_PERIODS = 6
"""Locations drawn, and months side by side, of the GINK; the workbook has them all."""


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    dutch, written = view.language == "nl", view.figures
    mix = view.tables["care_mix"].select(pl.col("milliminutes", "cost_cents").sum()).row(0, named=True)
    staff = view.tables["own_and_hired"].select(pl.col(pl.Int64).sum()).row(0, named=True)
    made = []
    if mix["milliminutes"]:
        price = round(Fraction(mix["cost_cents"] * 60_000, mix["milliminutes"]))
        hours = f"{written.hours(mix['milliminutes'])} {'afgesproken uren' if dutch else 'agreed hours'}"
        made.append(("Zorgprijs per uur" if dutch else "Care price an hour", written.euro(price), hours))
    worked = staff["own_milliminutes"] + staff["hired_milliminutes"]
    if worked > 0:
        part = written.decimal(staff["hired_milliminutes"] / worked * 100, 1)
        made.append(
            (
                "Ingehuurd" if dutch else "Hired",
                f"{part}%",
                "van de gewerkte uren" if dutch else "of the hours worked",
            )
        )
        made.append(
            (
                "Kosten van inhuur" if dutch else "Cost of hired staff",
                written.euro(staff["hired_cents"]),
                f"{written.hours(staff['hired_milliminutes'])} {'uur' if dutch else 'hours'}",
            )
        )
    return made


def _picture(view: View) -> Markup:
    """A bar a department: its care price, of the levels that make it up."""
    mix = view.tables["care_mix"].group_by("unit_id", "level").agg(pl.col("milliminutes", "cost_cents").sum())
    found = places(view.given.streams["units"])
    colours = {level: at for at, level in enumerate(mix["level"].unique().sort())}
    rows = []
    for (unit_id,), own in mix.sort("unit_id", "level").group_by("unit_id", maintain_order=True):
        time, cost = own.select(pl.col("milliminutes", "cost_cents").sum()).row(0)
        if not time or not cost:
            continue
        price = round(Fraction(cost * 60_000, time))
        cents = dict(own.select("level", "cost_cents").iter_rows())
        single = whole_parts({level: Fraction(price * amount, cost) for level, amount in cents.items()})
        parts = [
            Part(view.words.level(level), cents[level], single[level], share(cents[level], cost), colours[level])
            for level in sorted(cents)
        ]
        rows.append(Price(str(unit_id), place(found, str(unit_id)).name, "", price, cost, time, parts))
    title = "Zorgprijs per uur, naar niveau" if view.language == "nl" else "Care price an hour, by level"
    return price_words.bars(rows[:MOST_BARS], view, title)


def _ginks(view: View) -> dict[tuple[int, str, str], dict[str, int | None]]:
    """The GINK by (0 for the organisation, name, id) and period, in the order of the page."""
    found = places(view.given.streams["units"])
    whole = "Organisatie" if view.language == "nl" else "Organisation"
    made: dict[tuple[int, str, str], dict[str, int | None]] = {}
    for period, kind, unit_id, cents in (
        view.tables["gink"].select("period", "kind", "unit_id", "gink_cents").iter_rows()
    ):
        name = place(found, unit_id).name if unit_id else whole
        made.setdefault((int(kind != "organisation"), name, unit_id or ""), {})[period] = cents
    return dict(sorted(made.items()))


def _gink(view: View) -> Markup:
    """The GINK of the organisation and each location, months side by side."""
    rows = _ginks(view)
    if not rows:
        return price_words.nothing(view)
    periods = sorted({period for own in rows.values() for period in own})[-MOST_PERIODS:]
    return price_words.table(
        ["", *(view.figures.period_name(period) for period in periods)],
        [
            [name, *(view.figures.money(own.get(period)) or "–" for period in periods)]
            for (_, name, _), own in rows.items()
        ],
    )


def _course(view: View) -> Markup:
    """The same as lines, of the organisation and the first locations; with one period there is no course to draw."""
    rows = _ginks(view)
    periods = sorted({period for own in rows.values() for period in own})
    if len(periods) < 2:
        return Markup()
    series: dict[str, list[float | None]] = {}
    for (_, name, unit_id), own in list(rows.items())[:MOST_LINES]:
        cents = [own.get(period) for period in periods]
        title = f"{name} ({unit_id})" if name in series else name
        series[title] = [None if each is None else each / 100 for each in cents]
    drawn = [value for values in series.values() for value in values if value is not None]
    span = (min(drawn) * 0.9, max(drawn) * 1.1) if drawn else None
    return charts.lines(series, [view.figures.period_name(each) for each in periods], "GINK", span=span)


PAGE = Page(
    title=Text("Zorgprijs per afdeling en locatie", "Care price by department and location"),
    lead=Text(
        "Wat een uur afgesproken zorg kost op elke afdeling, en wie er werkt: eigen en ingehuurd personeel. De "
        "uurprijs "
        "van een niveau is overal gelijk; een afdeling is duurder of goedkoper door haar mix van niveaus en dagdelen.",
        "What an hour of agreed care costs in each department, and who works there: own and hired staff. The hourly "
        "price of a level is the same everywhere; a department is dearer or cheaper by its mix of levels and day "
        "parts.",
    ),
    reading=Text(
        "De kosten van een niveau zijn over locaties verdeeld met de sleutels van de methode zelf: eigen lonen naar de "
        "loonkosten van wie er werkte, inhuur naar de uren van ingehuurd personeel, de rest naar gewerkte uren. De "
        "GINK "
        "van een locatie weegt haar eigen uurprijzen met de normmix; voor een niveau zonder uren op de locatie telt de "
        "prijs van de organisatie.",
        "The cost of a level is divided over locations with the keys of the method itself: own wages by the payroll "
        "cost of who worked there, hired cost by the hours of hired staff, the rest by worked hours. A location's GINK "
        "weighs its own hourly prices with the normative mix; for a level without hours in the location the "
        "organisation's price counts.",
    ),
    sections=(
        Section(
            Text("Zorgprijs per eenheid", "Care price by unit"),
            "care_prices",
            Text(
                "Van elke afdeling, locatie en de organisatie met alles daaronder. Verschil: met de hele organisatie.",
                "Of each department, location and the organisation with all below it. Difference: with the whole "
                "organisation.",
            ),
            columns=(
                "unit_id",
                "kind",
                "milliminutes",
                "cost_cents",
                "care_price_cents",
                "difference_cents",
                "worked_milliminutes",
                "hired_milliminutes",
                "hired_share",
            ),
            chart=_picture,
        ),
        Section(
            Text("De mix achter de prijs", "The mix behind the price"),
            "care_mix",
            rows=price_words.by_day_part,
            totals=("milliminutes", "cost_cents"),
        ),
        Section(
            Text("Eigen en ingehuurd personeel", "Own and hired staff"),
            "own_and_hired",
            Text(
                "Over het kostenvenster van de prijs. De kosten zijn loonkosten en inhuur, zonder de kosten van "
                "ondersteunende diensten.",
                "Over the cost window of the price. The cost is wages and hired staff, without the cost of support "
                "services.",
            ),
            totals=("own_milliminutes", "own_cents", "hired_milliminutes", "hired_cents"),
        ),
        Section(
            Text("Uurprijs met de eigen kosten van een locatie", "Hourly price with a location's own cost"),
            "location_prices",
            totals=("cost_cents",),
        ),
        Section(
            Text("GINK per maand en locatie", "GINK by month and location"),
            lead=Text("Euro's per uur.", "Euros an hour."),
            chart=_course,
            body=_gink,
        ),
    ),
    headings={
        **HEADINGS,
        "unit_id": Text("Eenheid", "Unit"),
        "kind": Text("Soort", "Kind"),
        "milliminutes": Text("Afgesproken uren", "Agreed hours"),
        "cost_cents": Text("Kosten", "Costs"),
        "care_price_cents": Text("Prijs per uur", "Price an hour"),
        "worked_milliminutes": Text("Gewerkte uren", "Hours worked"),
        "hired_milliminutes": Text("Ingehuurde uren", "Hired hours"),
        "hired_share": Text("Deel ingehuurd", "Part hired"),
        "time_share": Text("Deel van de tijd", "Part of the time"),
        "own_milliminutes": Text("Eigen uren", "Own hours"),
        "own_cents": Text("Eigen loonkosten", "Own wages"),
        "own_hourly_cents": Text("Per eigen uur", "An own hour"),
        "hired_cents": Text("Kosten inhuur", "Hired cost"),
        "hired_hourly_cents": Text("Per ingehuurd uur", "A hired hour"),
        "organisation_price_cents": Text("Prijs organisatie", "Organisation's price"),
    },
    values={
        "kind": {
            "department": Text("Afdeling", "Department"),
            "location": Text("Locatie", "Location"),
            "organisation": Text("Organisatie", "Organisation"),
        }
    },
    tiles=_tiles,
)
