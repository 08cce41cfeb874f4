"""The page of the staffing indicators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from markupsafe import Markup

from ipvb_bridge.reports.instruments.bars import bars
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View

NAMES = {
    "1.1": Text("1.1 Personeelsleden in loondienst", "1.1 Staff on the payroll"),
    "1.2": Text("1.2 Fte, eigen en ingehuurd", "1.2 FTE, own and hired"),
    "1.3": Text("1.3 Tijdelijke contracten", "1.3 Temporary contracts"),
    "1.4": Text("1.4 Inhuur (PNIL), uren", "1.4 Hired staff (PNIL), hours"),
    "1.5": Text("1.5 Inhuur (PNIL), kosten", "1.5 Hired staff (PNIL), cost"),
    "1.6": Text("1.6 Gemiddelde contractomvang", "1.6 Mean size of a contract"),
    "2.1.1": Text("Niveau 1, zorghulp", "Level 1, care aide"),
    "2.1.2": Text("Niveau 2, helpende", "Level 2, care assistant"),
    "2.1.3": Text("Niveau 3, verzorgende (IG)", "Level 3, nursing assistant"),
    "2.1.4": Text("Niveau 4, verpleegkundige mbo", "Level 4, nurse (mbo)"),
    "2.1.5": Text("Niveau 5", "Level 5"),
    "2.1.6": Text("Niveau 6, verpleegkundige hbo", "Level 6, nurse (bachelor)"),
    "2.1.7": Text("Behandelaren, (para)medisch", "Treatment, (para)medical"),
    "2.1.8": Text("Overig zorgpersoneel", "Other care staff"),
    "2.1.9": Text("Leerlingen (BBL)", "Apprentices (BBL)"),
    "2.2": Text("2.2 Stagiairs", "2.2 Interns"),
    "2.3": Text("2.3 Vrijwilligers", "2.3 Volunteers"),
    "3.1": Text("3.1 Ziekteverzuim", "3.1 Sickness absence"),
    "3.2": Text("3.2 Verzuimfrequentie", "3.2 Sickness frequency"),
    "4.1": Text("4.1 Instroom", "4.1 Inflow"),
    "4.2": Text("4.2 Uitstroom", "4.2 Outflow"),
    "4.3": Text("4.3 Doorstroom naar een hoger niveau", "4.3 Rise to a higher level"),
    "5.1": Text("5.1 Fte per bewoner", "5.1 FTE per resident"),
}
UNITS = {
    "count": Text("aantal", "number"),
    "fte": Text("fte", "FTE"),
    "percentage": Text("%", "%"),
    "ratio": Text("verhouding", "ratio"),
    "hours": Text("uur per week", "hours a week"),
}
VARIANTS = {
    "main": Text("hoofdcijfer", "main figure"),
    "reference_date": Text("op de laatste dag", "on the last day"),
    "of_total": Text("van alle personeelskosten", "of all cost of staff"),
    "calendar_days": Text("één soort dagen (Vernet)", "one kind of days (Vernet)"),
}
_COLUMNS = ("number", "value", "unit", "numerator", "denominator")
_OF_UNITS = ("1.1", "1.2", "1.4", "3.1", "5.1")
_MIX = pl.col("number").str.starts_with("2.1.")
_MAIN = pl.col("variant") == "main"
_WHOLE = pl.col("unit_id").is_null()


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    dutch, written = view.language == "nl", view.figures
    table = view.tables["staffing_indicators"].filter(_WHOLE, _MAIN)
    rows = {row["number"]: row for row in table.iter_rows(named=True)}
    unknown = "niet bekend" if dutch else "not known"
    staff, sick, hired, each = (rows[number] for number in ("1.2", "3.1", "1.4", "5.1"))
    people = rows["1.1"]["value"]
    of_staff = (
        ""
        if people is None
        else f"{written.count(round(people))} {'mensen in loondienst' if dutch else 'on the payroll'}"
    )

    def shown(row: dict[str, Any], sign: str = "") -> str:
        return unknown if row["value"] is None else f"{written.decimal(row['value'])}{sign}"

    return (
        ("Fte" if dutch else "FTE", shown(staff), of_staff),
        ("Inhuur, uren" if dutch else "Hired, hours", shown(hired, "%"), _parts(view, hired)),
        ("Ziekteverzuim" if dutch else "Sickness absence", shown(sick, "%"), _parts(view, sick)),
        ("Fte per bewoner" if dutch else "FTE per resident", shown(each), _parts(view, each)),
    )


def _parts(view: View, row: dict[str, Any]) -> str:
    if row["numerator"] is None or row["denominator"] is None:
        return ""
    between = "van" if view.language == "nl" else "of"
    if row["number"] == "5.1":
        between = "fte," if view.language == "nl" else "FTE,"
        behind = " bewoners" if view.language == "nl" else " residents"
    else:
        behind = " uur" if view.language == "nl" else " hours"
    return f"{view.figures.decimal(row['numerator'])} {between} {view.figures.decimal(row['denominator'])}{behind}"


def _span(view: View) -> Markup:
    """Over which days is counted: a setting may make it longer than the period of the page."""
    first, last = view.tables["staffing_indicators"].select("period_start", "period_end").row(0)
    words = "Geteld van {} tot en met {}." if view.language == "nl" else "Counted from {} to {}, both included."
    days = [view.figures.day(each) for each in (first, last)]
    return Markup('<p class="small">{}</p>').format(words.format(*days))


def _chart(view: View) -> Markup:
    table = view.tables["staffing_indicators"].filter(_WHOLE, _MIX)
    return bars(
        [
            (
                NAMES[row["number"]].of(view.language),
                [row["value"]],
                f"{view.figures.decimal(row['value'])}%",
            )
            for row in table.iter_rows(named=True)
            if row["value"]
        ]
    )


PAGE = Page(
    title=Text("Personeelssamenstelling", "Composition of staff"),
    lead=Text(
        "Hoeveel mensen werken in de zorg, met welk contract, op welk niveau, en hoeveel zijn er ziek, nieuw of "
        "vertrokken? De cijfers volgen de indicatoren van KiK-V en ZiN. Naast elk cijfer staan de teller en de noemer, "
        "zodat u het kunt narekenen.",
        "How many people work in care, on which contract, at which level, and how many are ill, new or gone? The "
        "figures follow the indicators of KiK-V and ZiN. Beside each stand its numerator and denominator, so that you "
        "can check it.",
    ),
    sections=(
        Section(
            Text("De hele organisatie", "The whole organisation"),
            "staffing_indicators",
            body=_span,
            columns=_COLUMNS,
            rows=lambda frame: frame.filter(_WHOLE, _MAIN, ~_MIX),
        ),
        Section(
            Text("2.1 Wie doet de zorg: niveaus", "2.1 Who gives the care: levels"),
            "staffing_indicators",
            Text(
                "Het niveau is dat van de functie waarin iemand werkte, niet het diploma. Een hbo-verpleegkundige is "
                "in deze indicatoren niveau 6. Teller en noemer zijn fte.",
                "The level is that of the function in which someone worked, not the diploma. A nurse with a bachelor's "
                "degree is level 6 here. Numerator and denominator are FTE.",
            ),
            columns=_COLUMNS,
            rows=lambda frame: frame.filter(_WHOLE, _MIX),
            chart=_chart,
        ),
        Section(
            Text("Anders geteld", "Counted another way"),
            "staffing_indicators",
            Text(
                "Dezelfde indicator volgens een andere omschrijving. Vergelijk alleen cijfers die op dezelfde manier "
                "zijn geteld.",
                "The same indicator by another definition. Compare only figures that are counted the same way.",
            ),
            columns=("number", "variant", *_COLUMNS[1:]),
            rows=lambda frame: frame.filter(_WHOLE, ~_MAIN),
        ),
        Section(
            Text("Per locatie en afdeling", "By location and department"),
            "staffing_indicators",
            Text(
                "De belangrijkste cijfers; alle indicatoren per afdeling staan in de tabel van dit instrument.",
                "The main figures; all indicators by department stand in the table of this instrument.",
            ),
            columns=("unit_id", *_COLUMNS),
            rows=lambda frame: frame.filter(
                ~_WHOLE, _MAIN, pl.col("number").is_in(_OF_UNITS), pl.col("value").is_not_null()
            ),
        ),
        Section(
            Text("Hoe het is geteld", "How it is counted"),
            "staffing_indicators",
            Text("", "The calculations stand in Dutch, as they are exchanged."),
            columns=("number", "variant", "indicator_code", "calculation"),
            rows=lambda frame: frame.filter(_WHOLE),
        ),
    ),
    headings={
        "number": Text("Indicator", "Indicator"),
        "indicator_code": Text("Code", "Code"),
        "name": Text("Naam", "Name"),
        "variant": Text("Telling", "Count"),
        "unit": Text("Eenheid", "Unit"),
        "numerator": Text("Teller", "Numerator"),
        "denominator": Text("Noemer", "Denominator"),
        "value": Text("Waarde", "Value"),
        "period_start": Text("Van", "From"),
        "period_end": Text("Tot en met", "To"),
        "calculation": Text("Berekening", "Calculation"),
    },
    reading=Text(
        "Een voltijdjaar is 47 weken van 36 uur, en dagen tellen 30 per maand en 360 per jaar, zoals KiK-V doet. In "
        "loondienst is wie een arbeidsovereenkomst heeft, ook leerlingen (bbl); zij tellen als tijdelijk. Stagiairs en "
        "vrijwilligers zijn geen personeel. Instroom en uitstroom vergelijken de dag voor de periode met de laatste "
        "dag. Ziekteregels met hooguit enkele dagen ertussen en zonder werkdag ertussen zijn één melding, van de "
        "eerste tot en met de laatste dag. Wie gedeeltelijk werkt, telt als ziek. De kosten komen uit het hele "
        "grootboek.",
        "A full-time year is 47 weeks of 36 hours, and days count 30 a month and 360 a year, as KiK-V does. On the "
        "payroll is who has an employment contract, apprentices too; they count as temporary. Interns and volunteers "
        "are no staff. Inflow and outflow compare the day before the period with its last day. Sick lines with a few "
        "days at most and no day of work between them are one report, from its first day to its last. Who works in "
        "part counts as ill. Cost comes from the whole ledger.",
    ),
    values={"number": NAMES, "unit": UNITS, "variant": VARIANTS},
    notes=(
        Text(
            "Drie soorten fte bestaan naast elkaar: dit voltijdjaar van 1.692 uur, de bruto uren van de cao, en de "
            "netto uren waarmee de formatie rekent. Vergelijk fte van deze pagina niet met fte van de formatie.",
            "Three kinds of FTE exist: this full-time year of 1,692 hours, the gross hours of the collective labour "
            "agreement, and the net hours of the formation. Do not compare FTE of this page with FTE of the formation.",
        ),
        Text(
            "Het Kwaliteitskader Verpleeghuiszorg, waarvoor deze set is gemaakt, is op 1 juli 2024 vervangen door het "
            "Generiek Kompas. De uitwisselprofielen van KiK-V bestaan nog.",
            "The Kwaliteitskader Verpleeghuiszorg, for which this set was made, was replaced on 1 July 2024 by the "
            "Generiek Kompas. The exchange profiles of KiK-V still exist.",
        ),
    ),
    tiles=_tiles,
)
