"""The page of the norms in force: with source and last look, what the calculation used of them, and what lacks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from ipvb_bridge.reports.instruments.contract import NONE, Page, Section, Text, View

TABLES = {
    "drivers": Text("Verdeeleenheden van pools", "Driver units of pools"),
    "minimum_cover": Text("Minimale bezetting", "Minimum cover"),
    "tariffs": Text("Dagtarieven", "Day tariffs"),
    "ort": Text("Onregelmatigheidstoeslag (ORT)", "Irregularity allowance (ORT)"),
    "hours_per_year": Text("Uren per jaar", "Hours a year"),
    "employer_premiums": Text("Premies van de werkgever", "Employer premiums"),
    "national_day_parts": Text("Landelijke dagdelen", "National day parts"),
    "direct_shares": Text("Aandeel directe tijd", "Direct shares"),
    "care_profiles": Text("Zorgprofielen (ZZP)", "Care profiles (ZZP)"),
    "tariff_codes": Text("Prestatiecodes", "Tariff codes"),
    "pgb_class_hours": Text("Pgb: uren per klasse", "Pgb: hours of a class"),
    "pgb_class_amounts": Text("Pgb: bedrag per klasse", "Pgb: amount of a class"),
    "pgb_profiles": Text("Pgb: klassen per zorgprofiel", "Pgb: classes of a care profile"),
}
ROLES = {
    "counts": Text("de berekening telt ermee", "the calculation counts with it"),
    "compared": Text("naast de instellingen gelegd", "settings are held against it"),
    "reference": Text("om na te slaan", "for reference"),
}
_UNITS = {
    "EUR/day": Text("€ per dag", "€ a day"),
    "EUR/year": Text("€ per jaar", "€ a year"),
    "hours/year": Text("uur per jaar", "hours a year"),
    "hours/week": Text("uur per week", "hours a week"),
    "% of hourly wage": Text("% van het uurloon", "% of the hourly wage"),
    "% of wage up to the maximum": Text("% van het loon tot het maximum", "% of the wage up to the maximum"),
    "% of pensionable pay": Text("% van de pensioengrondslag", "% of pensionable pay"),
    "% of pay for AP": Text("% van de grondslag AP", "% of pay for AP"),
    "persons": Text("medewerkers", "carers"),
    "class": Text("klasse", "class"),
}
_FORMS = {
    "stay": Text("Verblijf", "Stay"),
    "vpt": Text("VPT", "VPT"),
    "mpt": Text("MPT", "MPT"),
    "part_time_stay": Text("Deeltijdverblijf", "Part-time stay"),
}
KINDS = {
    "weekday": Text("Maandag tot en met vrijdag", "Monday to Friday"),
    "saturday": Text("Zaterdag", "Saturday"),
    "sunday_holiday": Text("Zondag en feestdag", "Sunday and public holiday"),
    "gross": Text("Bruto", "Gross"),
    "net": Text("Netto", "Net"),
    "PV": Text("Persoonlijke verzorging", "Personal care"),
    "VP": Text("Verpleging", "Nursing"),
    "BGIND": Text("Begeleiding individueel", "Guidance"),
    "BGGROEP": Text("Begeleiding groep", "Guidance in a group"),
    "BGGROEP_VERVOER": Text("Begeleiding groep met vervoer", "Guidance in a group with transport"),
}
ITEMS = {
    "cao_vvt": Text("cao VVT", "CAO VVT"),
    "weeks_52": Text("52 weken van 36 uur", "52 weeks of 36 hours"),
    "weeks_52_net": Text("52 weken van 36 uur, na verlof en verzuim", "52 weeks of 36 hours, after leave and sickness"),
    "kikv": Text("47 weken van 36 uur (KiK-V)", "47 weeks of 36 hours (KiK-V)"),
    "day": Text("Dag", "Day"),
    "evening": Text("Avond", "Evening"),
    "night": Text("Nacht", "Night"),
}
_VALUE = ("item", "value", "unit", "start_date", "end_date", "source", "last_checked", "check_again")
_WORDS = ("item", "text", "start_date", "end_date", "source", "last_checked", "check_again")
_AMOUNT = ("item", "amount_cents", "unit", "start_date", "end_date", "source", "last_checked", "check_again")


def _only(*tables: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    return lambda frame: frame.filter(pl.col("table").is_in(tables))


def _norm(table: str, columns: Sequence[str], lead: Text = NONE) -> Section:
    return Section(TABLES[table], "norms_in_force", lead, columns=columns, rows=_only(table), most=60)


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    written, dutch = view.figures, view.language == "nl"

    def whole(table: str, column: str) -> int:
        return int(view.tables[table][column].sum())

    days, cents = whole("tariffs_missing", "unpaid_days"), whole("tariffs_missing", "required_cents")
    return (
        (
            "Betaald volgens tarieven" if dutch else "Paid by tariffs",
            written.euro(whole("tariffs_used", "available_cents")),
            f"{written.count(whole('tariffs_used', 'paid_days'))} {'dagen' if dutch else 'days'}",
        ),
        (
            "Dagen zonder tarief" if dutch else "Days without a tariff",
            written.count(days),
            f"{written.euro(cents)} {'nodig zonder budget' if dutch else 'required without a budget'}",
        ),
        (
            "Opnieuw nakijken" if dutch else "To be checked again",
            written.count(whole("norm_tables", "check_again")),
            "geldende regels" if dutch else "rows in force",
        ),
    )


PAGE = Page(
    title=Text("Normen en tarieven", "Norms and tariffs"),
    lead=Text(
        "Met welke normen en tarieven is gerekend, waar staan ze, en wanneer heeft iemand dat voor het laatst "
        "nagekeken? En wat ontbreekt er? Een norm die niet openbaar is, staat hier alleen als u hem zelf heeft "
        "ingevuld.",
        "With which norms and tariffs was the calculation made, where do they stand, and when did somebody last look? "
        "And what lacks? A norm that is not public stands here only when you filled it in yourself.",
    ),
    sections=(
        Section(
            Text("Dagen zonder tarief", "Days without a tariff"),
            "tariffs_missing",
            Text(
                "Op deze dagen betaalt de Wlz, maar er is geen tarief bekend. Wat die dagen aan zorg en verblijf "
                "vragen, staat nu zonder budget. Wat het tarief zou zijn, wordt niet geraden.",
                "On these days the Wlz pays, but no tariff is known. What these days require in care and stay now "
                "stands without a budget. What the tariff would be is not guessed.",
            ),
            totals=("residents", "unpaid_days", "care_cents", "stay_cents", "required_cents"),
        ),
        Section(
            Text("Gebruikte tarieven", "Tariffs used"),
            "tariffs_used",
            Text(
                "Dagen × tarief × contractpercentage, per bewoner afgerond. Samen is dit het beschikbare budget.",
                "Days × tariff × contract percentage, rounded for each resident. Together: the available budget.",
            ),
            totals=("paid_days", "available_cents"),
        ),
        Section(
            Text("Instellingen naast de norm", "Settings beside the norm"),
            "settings_compared",
            Text(
                "De berekening telt met de instelling. Staat er geen norm bij, dan is er geen vastgelegd.",
                "The calculation counts with the setting. Where no norm stands beside it, none was recorded.",
            ),
        ),
        Section(
            Text("Alle normtabellen", "All norm tables"),
            "norm_tables",
            columns=("table", "role", "rows", "in_force", "check_again", "last_checked"),
        ),
        _norm("hours_per_year", ("kind", *_VALUE)),
        _norm("ort", ("kind", *_VALUE)),
        _norm("employer_premiums", _VALUE),
        _norm(
            "national_day_parts",
            _WORDS,
            Text(
                "Voor landelijke overzichten, naar het begin van de dienst. De vier dagdelen van de berekening zijn "
                "een instelling (day_parts in method.toml).",
                "For national reports, by the start of the shift. The four day parts of the calculation are a setting "
                "(day_parts in method.toml).",
            ),
        ),
        _norm("direct_shares", _VALUE),
        _norm("care_profiles", _WORDS),
        _norm("tariff_codes", _WORDS),
        _norm("tariffs", _AMOUNT),
        Section(
            Text("Pgb: klassen, uren en bedragen", "Pgb: classes, hours and amounts"),
            "norms_in_force",
            Text(
                "Officiële verhoudingen tussen functies. <strong>Dit zijn geen tarieven.</strong>",
                "Official relative weights of functions. <strong>These are not tariffs.</strong>",
            ),
            columns=("table", "kind", "item", "value", "amount_cents", "unit", "start_date", "source", "last_checked"),
            rows=_only("pgb_class_hours", "pgb_class_amounts", "pgb_profiles"),
            most=100,
        ),
        Section(
            Text("Niet meer geldig, en niets nieuws bekend", "No longer in force, and nothing new known"),
            "norms_lapsed",
            Text(
                "Van deze onderdelen is een oude waarde bekend, maar geen die nu geldt. De oude telt niet door.",
                "Of these an old value is known, but none that holds now. The old one does not go on.",
            ),
        ),
    ),
    headings={
        "table": Text("Tabel", "Table"),
        "role": Text("Waarvoor", "What for"),
        "rows": Text("Regels", "Rows"),
        "in_force": Text("Gelden nu", "In force"),
        "check_again": Text("Opnieuw nakijken", "Check again"),
        "last_checked": Text("Nagekeken op", "Last checked"),
        "kind": Text("Soort", "Kind"),
        "item": Text("Onderdeel", "Item"),
        "value": Text("Waarde", "Value"),
        "amount_cents": Text("Bedrag", "Amount"),
        "text": Text("Inhoud", "Contents"),
        "unit": Text("Eenheid", "Unit"),
        "start_date": Text("Vanaf", "From"),
        "end_date": Text("Tot en met", "Through"),
        "source": Text("Bron", "Source"),
        "note": Text("Opmerking", "Note"),
        "zzp": Text("Zorgprofiel", "Care profile"),
        "delivery_form": Text("Leveringsvorm", "Delivery form"),
        "with_treatment": Text("Behandeling", "Treatment"),
        "with_day_care": Text("Dagbesteding", "Day care"),
        "since": Text("Tarief vanaf", "Tariff from"),
        "residents": Text("Bewoners", "Residents"),
        "paid_days": Text("Dagen", "Days"),
        "day_cents": Text("Tarief per dag", "Tariff a day"),
        "available_cents": Text("Beschikbaar", "Available"),
        "unpaid_days": Text("Dagen", "Days"),
        "first_day": Text("Eerste dag", "First day"),
        "last_day": Text("Laatste dag", "Last day"),
        "care_cents": Text("Zorg", "Care"),
        "stay_cents": Text("Verblijf", "Stay"),
        "required_cents": Text("Nodig", "Required"),
        "setting": Text("Instelling", "Setting"),
        "set_value": Text("Ingesteld", "Set"),
        "norm": Text("Norm", "Norm"),
        "norm_value": Text("Waarde van de norm", "Value of the norm"),
        "agrees": Text("Gelijk", "Equal"),
    },
    values={
        "kind": KINDS,
        "item": ITEMS,
        "norm": ITEMS,
        "table": TABLES,
        "role": ROLES,
        "unit": _UNITS,
        "delivery_form": _FORMS,
    },
    reading=Text(
        "Wat dagen zonder tarief vragen, is wat de berekening over alleen die dagen zou geven, met de prijzen van de "
        "periode: zorg plus verblijf. Het is niet wat het contract zou betalen; dat weten wij pas met het tarief.",
        "What days without a tariff require is what the calculation would give over these days alone, with the prices "
        "of the period: care plus stay. It is not what the contract would pay; only the tariff tells that.",
    ),
    notes=(
        Text(
            "Een norm is opnieuw na te kijken als iemand hem langer dan een jaar voor het eind van de periode voor het "
            "laatst naast zijn bron hield, of als die dag niet is ingevuld.",
            "A norm is to be checked again when somebody last held it against its source more than a year before the "
            "end of the period, or when that day is not filled in.",
        ),
    ),
    tiles=_tiles,
)
