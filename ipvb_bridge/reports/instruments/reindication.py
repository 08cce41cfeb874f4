"""The pages of the re-indication file: who it is about, and a file for each of them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.reports import charts
from ipvb_bridge.reports.instruments.bridged import bridge_section
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View

_SUPPORT = Text(
    "Ondersteunend materiaal. Het CIZ vraagt geen minuten en geen geld; het vraagt gegevens over diagnose, beloop en "
    "beperkingen van een deskundige. Deze cijfers laten zien dat de behoefte duidelijk is toegenomen.",
    "Supporting material. CIZ asks neither minutes nor money; it asks data on diagnosis, course and limitations from "
    "an expert. These figures show that the need has clearly risen.",
)


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    rows, dutch = view.tables["reindication_residents"], view.language == "nl"
    written = view.figures
    if view.subject is None:
        short = rows.select(pl.col("short_cents").sum()).item()
        return (("Bewoners" if dutch else "Residents", written.count(rows.height), written.euro(short)),)
    if rows.is_empty():
        return ()
    row = rows.row(0, named=True)
    since = written.period_name(row["first_period"])
    return (
        ("Boven het budget sinds" if dutch else "Above the budget since", since, str(row["zzp"] or "")),
        ("Tekort in deze periode" if dutch else "Short in this period", written.euro(-row["balance_cents"]), ""),
        ("Tekort samen" if dutch else "Short in all", written.euro(row["short_cents"]), ""),
    )


def _chart(view: View) -> Markup | str:
    rows = view.tables["reindication_trend"]
    periods = sorted(rows["period"].unique())
    if len(periods) < 2:
        return ""
    series = {
        view.words.care_functions.get(str(name), str(name)): [
            dict(own.select("period", "week_hours").iter_rows()).get(each) for each in periods
        ]
        for (name,), own in sorted(rows.group_by("care_function"))
    }
    title = Text("Uren zorg per week, per zorgfunctie", "Hours of care a week, by care function")
    return charts.lines(series, [view.figures.period_name(each) for each in periods], title.of(view.language))


PAGE = Page(
    title=Text("Dossier voor herindicatie", "File for a re-indication"),
    lead=Text(
        "Voor wie ligt de benodigde zorg structureel boven het budget, en wat ondersteunt een aanvraag van een ander "
        "zorgprofiel?",
        "For whom is the required care structurally above the budget, and what supports asking for another profile?",
    ),
    notes=(_SUPPORT,),
    overview=(
        Section(
            Text("Bewoners met zorg boven het budget", "Residents with care above the budget"),
            "reindication_residents",
            totals=("available_cents", "required_cents", "balance_cents", "short_cents"),
        ),
        bridge_section(),
    ),
    sections=(
        Section(
            Text("Hulp per onderwerp van het CIZ", "Help by topic of CIZ"),
            "reindication_scores",
            Text(
                "Stoornissen krijgen een score naar hoe vaak hulp wordt gegeven: 1 is 1 tot 6 keer per week, 2 is 1 of "
                "2 keer per dag, 3 is 3 keer per dag of vaker. Beperkingen worden beoordeeld op overnemen; daarvoor "
                "telt het aantal keren niet.",
                "Impairments are scored by how often help is given: 1 is 1 to 6 times a week, 2 is once or twice a "
                "day, 3 is 3 times a day or more. Limitations are judged by how far they are taken over; for these "
                "the number of times does not count.",
            ),
            columns=("group", "name", "codelist", "topic", "agreements", "times_week", "score", "between"),
        ),
        Section(
            Text("Zorg door medewerkers, uren per week", "Care by staff, hours a week"),
            "reindication_trend",
            columns=("care_function", "period", "week_hours", "milliminutes"),
            chart=_chart,
        ),
        Section(Text("Het budget per periode", "The budget by period"), "reindication_periods"),
        Section(Text("De afspraken", "The agreements"), "reindication_agreements"),
        bridge_section(),
    ),
    headings={
        "periods_above": Text("Perioden op rij", "Periods in a row"),
        "first_period": Text("Sinds", "Since"),
        "short_cents": Text("Tekort samen", "Short in all"),
        "week_hours": Text("Uren per week", "Hours a week"),
        "milliminutes": Text("Uren in de periode", "Hours in the period"),
        "codelist": Text("Lijst", "List"),
        "topic": Text("Code", "Code"),
        "group": Text("Rubriek", "Group"),
        "name": Text("Onderwerp", "Topic"),
        "agreements": Text("Afspraken", "Agreements"),
        "times_week": Text("Keren per week", "Times a week"),
        "score": Text("Score", "Score"),
        "between": Text("Tussen twee klassen", "Between two classes"),
        "agreement_id": Text("Afspraak", "Agreement"),
        "agreed_on": Text("Afgesproken op", "Agreed on"),
        "topics": Text("CIZ-onderwerpen", "CIZ topics"),
    },
    reading=Text(
        "Structureel is: in een aantal berekende perioden op rij, deze meegerekend, is er meer zorg en verblijf nodig "
        "dan beschikbaar. Ligt een aantal keren tussen twee klassen van de schaal, dan geldt de laagste en staat dat "
        "erbij. Keren van afspraken onder één onderwerp tellen op; hulp telt wie haar ook geeft, behalve de bewoner.",
        "Structural is: in a number of calculated periods in a row, this one included, more care and stay is required "
        "than available. A number of times between two classes of the scale gets the lower one, and is marked. Times "
        "of agreements under one topic add up; help counts whoever gives it, except the resident.",
    ),
    values={
        "codelist": {
            "COD824": Text("stoornis (COD824)", "impairment (COD824)"),
            "COD825": Text("beperking (COD825)", "limitation (COD825)"),
        },
    },
    tiles=_tiles,
    split="resident_id",
)
