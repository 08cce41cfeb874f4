"""The page of what the network does."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.core.lines import NETWORK
from ipvb_bridge.core.places import place, places
from ipvb_bridge.reports.instruments.bars import bars
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View

_KINDS = (
    Text("Familie en bekenden", "Family and friends"),
    Text("Vrijwilligers", "Volunteers"),
    Text("Bewoners zelf", "Residents themselves"),
)
_SUMS = tuple(f"{who}_milliminutes" for who in NETWORK)
_COLUMNS = (
    "network_milliminutes", "volunteer_milliminutes", "self_milliminutes", "milliminutes", "would_cost_cents",
    "staff_milliminutes", "network_share",
)  # fmt: skip
_TOTALS = (*_COLUMNS[:-1],)


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    units, written, dutch = view.tables["network_by_unit"], view.figures, view.language == "nl"
    whole = units.select(pl.col("milliminutes", "staff_milliminutes", "would_cost_cents").sum()).row(0, named=True)
    all_time = whole["milliminutes"] + whole["staff_milliminutes"]
    part = whole["milliminutes"] / all_time * 100 if all_time else 0
    people = view.tables["network_by_resident"]["resident_id"].n_unique()
    return (
        (
            "Uren van het netwerk" if dutch else "Hours of the network",
            written.hours(whole["milliminutes"]),
            f"{'voor' if dutch else 'for'} {view.words.number('residents', people, written.count(people))}",
        ),
        (
            "Zou hebben gekost" if dutch else "Would have cost",
            written.euro(whole["would_cost_cents"]),
            "tegen de uurprijs van medewerkers" if dutch else "at the hourly price of staff",
        ),
        (
            "Deel van alle zorgtijd" if dutch else "Part of all care time",
            f"{written.decimal(part, 1)}%",
            "netwerk en medewerkers samen is 100%" if dutch else "network and staff together are 100%",
        ),
    )


def _chart(view: View) -> Markup:
    known = places(view.given.streams["units"])
    rows = view.tables["network_by_unit"].filter(pl.col("milliminutes") > 0).sort("milliminutes", descending=True)
    hours = "uur" if view.language == "nl" else "hours"
    drawn = [
        (
            place(known, row["unit_id"]).name,
            [float(row[name]) for name in _SUMS],
            f"{view.figures.hours(row['milliminutes'])} {hours}",
        )
        for row in rows.head(20).iter_rows(named=True)
    ]
    return bars(drawn, [kind.of(view.language) for kind in _KINDS])


def _most_first(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("milliminutes", descending=True, maintain_order=True)


PAGE = Page(
    title=Text("Wat het netwerk doet", "What the network does"),
    lead=Text(
        "Familie, bekenden en vrijwilligers doen een deel van de zorg, en bewoners doen een deel zelf. Dat kost niets "
        "en staat in geen enkel budget. Deze pagina laat zien hoeveel uur het is, en wat het zou hebben gekost als "
        "medewerkers het hadden gedaan.",
        "Family, friends and volunteers give a part of the care, and residents do a part themselves. It costs nothing "
        "and stands in no budget. This page shows how many hours it is, and what it would have cost had staff done it.",
    ),
    sections=(
        Section(
            Text("Per afdeling", "By department"),
            "network_by_unit",
            columns=("unit_id", "residents", *_COLUMNS),
            totals=_TOTALS,
            chart=_chart,
        ),
        Section(
            Text("Per doelgroep", "By client group"),
            "network_by_group",
            columns=("client_group", "residents", *_COLUMNS),
            totals=_TOTALS,
        ),
        Section(
            Text("Per zorgfunctie", "By care function"),
            "network_by_function",
            Text(
                "Een bewoner telt bij elke zorgfunctie mee waarbij het netwerk iets doet.",
                "A resident counts with each care function in which the network does anything.",
            ),
            columns=("care_function", "residents", *_COLUMNS),
            totals=_TOTALS,
        ),
        Section(
            Text("Per bewoner", "By resident"),
            "network_by_resident",
            Text("De bewoner met de meeste uren staat bovenaan.", "The resident with the most hours comes first."),
            columns=("resident_id", "unit_id", *_COLUMNS),
            totals=_TOTALS,
            rows=_most_first,
        ),
    ),
    headings={
        "network_milliminutes": Text("Familie, uur", "Family, hours"),
        "volunteer_milliminutes": Text("Vrijwilligers", "Volunteers"),
        "self_milliminutes": Text("Zelf", "Themselves"),
        "milliminutes": Text("Samen, uur", "Together, hours"),
        "would_cost_cents": Text("Zou kosten", "Would cost"),
        "unpriced_milliminutes": Text("Zonder prijs, uur", "Without a price, hours"),
        "staff_milliminutes": Text("Medewerkers, uur", "Staff, hours"),
        "network_share": Text("Deel", "Part"),
    },
    reading=Text(
        "“Zou kosten” is de tijd maal de uurprijs van het niveau dat in de afspraak staat. Het is geen "
        "besparing: medewerkers zouden dezelfde hulp misschien korter, samen met anderen of helemaal niet geven. Het "
        "deel van de tijd is de tijd van het netwerk, gedeeld door die van netwerk en medewerkers samen.",
        "“Would cost” is the time at the hourly price of the level that the agreement names. It is no saving: "
        "staff might give the same help in less time, together with others, or not at all. The part of the time is "
        "the time of the network divided by that of network and staff together.",
    ),
    tiles=_tiles,
)
