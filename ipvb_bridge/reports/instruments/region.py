"""The page of the regional picture."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
from markupsafe import Markup

from ipvb_bridge.reports import charts
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View

KEYS = {
    "stay": Text("Verblijf", "Stay"),
    "vpt": Text("Volledig pakket thuis (VPT)", "Full package at home (VPT)"),
    "mpt": Text("Modulair pakket thuis (MPT)", "Modular package at home (MPT)"),
    "pgb": Text("Persoonsgebonden budget (pgb)", "Personal budget (pgb)"),
    "part_time_stay": Text("Deeltijdverblijf", "Part-time stay"),
    "1": Text("Actief wachtend", "Actively waiting"),
    "2": Text("Wacht op voorkeur", "Waits for a preference"),
    "3": Text("Wacht uit voorzorg", "Waits as a precaution"),
    "6": Text("Urgent plaatsen", "Urgent placement"),
    "7": Text("Actief plaatsen", "Active placement"),
}
_COLUMNS = ("region", "key", "quarter", "organisations", "people", "whole", "part_share", "breaks")


def _of(measure: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda frame: frame.filter(pl.col("measure") == measure).sort("region", "key", "quarter", nulls_last=False)


def _counts(measure: str, title: Text, definition: Text) -> Section:
    return Section(title, "region_figures", definition, columns=_COLUMNS, rows=_of(measure))


def _lines(view: View, rows: pl.DataFrame, value: str, title: Text) -> Markup | str:
    """A line a region and series: where the registration changed a line ends, and another one starts."""
    quarters = rows["quarter"].unique().sort().to_list()
    if len(quarters) < 2:
        return ""
    every, after = Text("alle regio's", "all regions"), Text("na de breuk", "after the break")
    series: dict[str, list[float | None]] = {}
    for (region, number), own in sorted(rows.group_by("region", "series"), key=lambda each: str(each[0])):
        name = str(region or every.of(view.language))
        if number != 1:
            name = f"{name}, {after.of(view.language)}{'' if number == 2 else f' {number - 1}'}"
        known = dict(own.select("quarter", value).iter_rows())
        series[name] = [None if known.get(each) is None else round(known[each] * 100, 1) for each in quarters]
    return charts.lines(series, quarters, title.of(view.language))


def _vpt(view: View) -> Markup | str:
    rows = view.tables["region_figures"].filter(pl.col("measure") == "vpt_share")
    return _lines(view, rows, "part_share", Text("Aandeel VPT in procenten", "Share of VPT in per cent"))


def _use(view: View) -> Markup | str:
    title = Text("Benut budget in procenten", "Budget used in per cent")
    return _lines(view, view.tables["region_budgets"], "use_share", title)


PAGE = Page(
    title=Text("De regio", "The region"),
    lead=Text(
        "Hoe ontwikkelt de regio zich? Deze pagina voegt de aantallen van de organisaties samen, per kwartaal en "
        "regio. Bij elk cijfer staat wat het telt en hoeveel organisaties het leverden.",
        "How does the region develop? This page brings together the counts of the organisations, by quarter and "
        "region. With each figure stands what it counts and how many organisations delivered it.",
    ),
    sections=(
        Section(
            Text("Aandeel volledig pakket thuis", "Share of the full package at home"),
            "region_figures",
            Text(
                "Cliënten met VPT gedeeld door alle cliënten, op de laatste dag van het kwartaal (telling volgens "
                "KiK-V, indicator 14.2). Waar de registratie veranderde, houdt de lijn op en begint een nieuwe.",
                "Clients with VPT divided by all clients, on the quarter's last day (counted as KiK-V, indicator "
                "14.2). Where the registration changed the line ends and a new one starts.",
            ),
            columns=("region", "quarter", "organisations", "people", "whole", "part_share", "breaks"),
            rows=_of("vpt_share"),
            chart=_vpt,
        ),
        _counts(
            "clients",
            Text("Cliënten naar leveringsvorm", "Clients by delivery form"),
            Text(
                "Cliënten op de laatste dag van het kwartaal (KiK-V, indicator 14.2).",
                "Clients on the quarter's last day (KiK-V, indicator 14.2).",
            ),
        ),
        _counts(
            "profile_mix",
            Text("Zorgprofielen", "Care profiles"),
            Text(
                "Cliënten met dit profiel gedeeld door alle cliënten, op de laatste dag van het kwartaal.",
                "Clients with this profile divided by all clients, on the quarter's last day.",
            ),
        ),
        _counts(
            "indications",
            Text("Nieuwe indicaties", "New indications"),
            Text("Indicaties die in het kwartaal zijn afgegeven.", "Indications issued in the quarter."),
        ),
        _counts(
            "waiting",
            Text("Wachtenden naar status", "Waiting, by status"),
            Text(
                "Mensen die op de laatste dag van het kwartaal wachten, naar status (COD167 van de iWlz).",
                "People waiting on the quarter's last day, by status (COD167 of the iWlz).",
            ),
        ),
        _counts(
            "waiting_duration",
            Text("Wachtenden naar wachttijd", "Waiting, by duration"),
            Text(
                "Mensen die op de laatste dag van het kwartaal wachten, naar het aantal weken dat zij al wachten.",
                "People waiting on the quarter's last day, by the number of weeks that they have waited.",
            ),
        ),
        Section(
            Text("Benut budget", "Budget used"),
            "region_budgets",
            Text(
                "Gerealiseerde productie gedeeld door de productie die met het zorgkantoor is afgesproken.",
                "Realised production divided by the production agreed with the zorgkantoor.",
            ),
            chart=_use,
        ),
        Section(
            Text("Uw eigen levering", "Your own delivery"),
            "region_delivery",
            Text(
                "Uw bewoners op de laatste dag, in de vorm van region_clients.csv: voor wie de cijfers samenbrengt.",
                "Your residents on the last day, in the form of region_clients.csv: to hand to who joins the counts.",
            ),
            totals=("clients",),
        ),
    ),
    headings={
        "measure": Text("Cijfer", "Figure"),
        "region": Text("Regio", "Region"),
        "key": Text("Wat", "What"),
        "quarter": Text("Kwartaal", "Quarter"),
        "organisations": Text("Organisaties", "Organisations"),
        "people": Text("Mensen", "People"),
        "whole": Text("Van alle", "Of all"),
        "part_share": Text("Deel", "Part"),
        "series": Text("Reeks", "Series"),
        "breaks": Text("Breuk in de reeks", "Break in the series"),
        "shown": Text("Getoond", "Shown"),
        "definition": Text("Wat het telt", "What it counts"),
        "agreed_cents": Text("Afgesproken", "Agreed"),
        "realised_cents": Text("Gerealiseerd", "Realised"),
        "use_share": Text("Benut", "Used"),
        "delivery_form": Text("Leveringsvorm", "Delivery form"),
        "clients": Text("Cliënten", "Clients"),
    },
    reading=Text(
        "Benut budget is gerealiseerde productie gedeeld door afgesproken productie: een officiële formule is er niet. "
        "Kleine aantallen tonen we niet, en ook niet de aantallen waaruit zij door optellen zijn af te leiden.",
        "Budget used is realised production divided by agreed production: there is no official formula. Small counts "
        "are not shown, nor the counts from which adding up would tell them.",
    ),
    values={
        "key": KEYS,
        "delivery_form": KEYS,
    },
    notes=(
        Text(
            "Een lege regio betekent: alle regio's samen. Een leeg aantal is niet getoond omdat het te klein is.",
            "An empty region means: all regions together. An empty count is not shown because it is too small.",
        ),
    ),
)
