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
    "high": Text("Hoog", "High"),
    "low": Text("Laag", "Low"),
    "average": Text("Gemiddeld", "Average"),
    "employer": Text("Werkgever", "Employer"),
    "total": Text("Totaal", "Total"),
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
    "Wko childcare": Text("Wko kinderopvang", "Wko childcare"),
    "maximum wage": Text("Maximum premieloon", "Maximum wage"),
    "PFZW AOW threshold": Text("PFZW AOW-franchise", "PFZW AOW threshold"),
    "PFZW AP threshold": Text("PFZW AP-franchise", "PFZW AP threshold"),
    "day": Text("Dag", "Day"),
    "evening": Text("Avond", "Evening"),
    "night": Text("Nacht", "Night"),
}
_WITH = {
    "": Text("zonder behandeling en dagbesteding", "without treatment and day care"),
    "with_treatment": Text("met behandeling", "with treatment"),
    "with_day_care": Text("met dagbesteding", "with day care"),
    "with_treatment with_day_care": Text("met behandeling en dagbesteding", "with treatment and day care"),
}
_NO_TARIFF = Text(
    "Officiële verhoudingen tussen functies. <strong>Dit zijn geen tarieven.</strong>",
    "Official relative weights of functions. <strong>These are not tariffs.</strong>",
)
_ORDER = ("weekday", "saturday", "sunday_holiday")
_DATES = ("start_date", "end_date", "source", "last_checked")


def _rows(*tables: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """The rows of these tables as people count them (2VV before 10VV), a source and its day said once in a row."""

    def chosen(frame: pl.DataFrame) -> pl.DataFrame:
        days = pl.col("kind").replace_strict(_ORDER, range(len(_ORDER)), default=9, return_dtype=pl.Int64)
        number = pl.col("item").str.extract(r"^([0-9]+)").cast(pl.Int64)
        ordered = frame.filter(pl.col("table").is_in(tables)).sort(
            "place", days, pl.col("kind").replace(list(_ORDER), "").fill_null(""), number, "item", nulls_last=True
        )
        again = pl.struct("source", "last_checked", "start_date", "end_date")
        same = again == again.shift(1)
        # A source that is not known says so, else it would seem to be the one above.
        ordered = ordered.with_columns(pl.col("source").fill_null("–"))
        return ordered.with_columns(pl.when(~same.fill_null(False)).then(pl.col(name)).alias(name) for name in _DATES)

    return chosen


def _norm(table: str, *columns: str, lead: Text = NONE) -> Section:
    return Section(TABLES[table], "norms_in_force", lead, columns=(*columns, *_DATES), rows=_rows(table), most=80)


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
        _norm("hours_per_year", "kind", "item", "value", "unit"),
        _norm("ort", "kind", "item", "value", "unit"),
        _norm("employer_premiums", "kind", "item", "value", "unit"),
        _norm(
            "national_day_parts",
            "item",
            "text",
            lead=Text(
                "Voor landelijke overzichten, naar het begin van de dienst. De vier dagdelen van de berekening zijn "
                "een instelling (day_parts in method.toml).",
                "For national reports, by the start of the shift. The four day parts of the calculation are a setting "
                "(day_parts in method.toml).",
            ),
        ),
        _norm("direct_shares", "item", "value"),
        _norm("tariffs", "kind", "item", "text", "amount_cents", "unit"),
        _norm("care_profiles", "item", "text"),
        _norm("tariff_codes", "item", "text"),
        _norm("pgb_class_hours", "kind", "item", "value", "unit", lead=_NO_TARIFF),
        _norm("pgb_class_amounts", "kind", "item", "amount_cents", "unit", lead=_NO_TARIFF),
        _norm("pgb_profiles", "kind", "item", "text", lead=_NO_TARIFF),
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
            "Staat bij een regel geen bron, dan gelden de bron en de dagen van de regel erboven. Een streepje is: bron "
            "niet bekend.",
            "Where a row has no source, the source and days of the row above hold. A dash is: source not known.",
        ),
        Text(
            "Een norm is opnieuw na te kijken als iemand hem langer dan een jaar voor het eind van de periode voor het "
            "laatst naast zijn bron hield, of als die dag niet is ingevuld.",
            "A norm is to be checked again when somebody last held it against its source more than a year before the "
            "end of the period, or when that day is not filled in.",
        ),
    ),
    tiles=_tiles,
)
