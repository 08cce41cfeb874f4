"""The page of the monthly account to the zorgkantoor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.core.places import places
from ipvb_bridge.reports.instruments.bars import bars
from ipvb_bridge.reports.instruments.bridged import bridge_section
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View
from ipvb_bridge.reports.terms import terms

FACTS = {
    "period": Text("Periode", "Period"),
    "version": Text("Berekening (versie)", "Calculation (version)"),
    "fingerprint": Text("Vingerafdruk van alle invoer", "Fingerprint of all input"),
    "cost_window": Text("Kosten van", "Cost of"),
    "contract_percentage": Text("Deel van het tarief dat het contract betaalt", "Share of the tariff that is paid"),
}
PARTS = {
    "care": Text("Zorg", "Care"),
    "private": Text("Particulier gekocht", "Bought privately"),
    "outside": Text("Zonder grond gegeven", "Given without ground"),
    "stay": Text("Verblijf", "Stay"),
}
_WHOLE = pl.col("unit_id").is_null()
_MONEY = ("available_cents", "care_cents", "stay_cents", "required_cents", "balance_cents")
_SHOWN = ("residents", "held_days", "paid_days", *_MONEY)
_SUMS = ("held_days", "paid_days", *_MONEY)


def _both(field: str) -> Mapping[str, Text]:
    """The words that both languages have for codes of streams, columns or rules."""
    dutch, english = (getattr(terms(language), field) for language in ("nl", "en"))
    return {code: Text(word, english.get(code, word)) for code, word in dutch.items()}


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    written, dutch = view.figures, view.language == "nl"
    whole = view.tables["account_units"].filter(_WHOLE)
    if whole.is_empty():
        return ()
    row = whole.row(0, named=True)
    wlz = view.tables["account_functions"].filter(_WHOLE)["wlz_milliminutes"].to_list()
    people = view.words.number("residents", row["residents"], written.count(row["residents"]))
    days = f"{written.count(row['paid_days'])} {'betaalde dagen' if dutch else 'days paid'}"
    hours = f"{written.hours(sum(wlz))} {'uur zorg' if dutch else 'hours of care'}"
    network = f"{written.hours(row['network_milliminutes'])} {'uur netwerk' if dutch else 'hours of network'}"
    return (
        ("Beschikbaar" if dutch else "Available", written.euro(row["available_cents"]), f"{people}, {days}"),
        ("Nodig" if dutch else "Required", written.euro(row["required_cents"]), f"{hours}, {network}"),
        (
            "Saldo" if dutch else "Balance",
            written.euro(row["balance_cents"]),
            "beschikbaar min nodig" if dutch else "available less required",
        ),
    )


def _chart(view: View) -> Markup:
    written, dutch = view.figures, view.language == "nl"
    rows = view.tables["account_units"].filter(pl.col("kind") == "location")
    if rows.is_empty():
        rows = view.tables["account_units"].filter(~_WHOLE)
    found = places(view.given.streams["units"])
    care, stay = ("zorg", "verblijf") if dutch else ("care", "stay")
    of = "van" if dutch else "of"
    return bars(
        [
            (
                found[row["unit_id"]].name if row["unit_id"] in found else row["unit_id"],
                [row["care_cents"], row["stay_cents"]],
                f"{written.euro(row['required_cents'])} {of} {written.euro(row['available_cents'])}",
            )
            for row in rows.head(20).iter_rows(named=True)
        ],
        (care, stay),
    )


def _by_number(frame: pl.DataFrame) -> pl.DataFrame:
    """Profiles by their number: 4VV before 10VV, none last."""
    return frame.sort(pl.col("zzp").str.extract(r"^(\d+)").cast(pl.Int64), "zzp", nulls_last=True)


PAGE = Page(
    title=Text("Maandverantwoording", "Monthly account"),
    lead=Text(
        "Wat was er deze maand nodig, wat was er beschikbaar, en waar blijkt dat uit? Voor het zorgkantoor, per "
        "locatie, afdeling en zorgprofiel, met de bewoners, de dagen en de afgesproken zorg erachter.",
        "What was required this month, what was available, and what shows it? For the zorgkantoor, by location, "
        "department and care profile, with the residents, the days and the agreed care behind it.",
    ),
    sections=(
        Section(
            Text("Per locatie", "By location"),
            "account_units",
            Text(
                "De balk laat zien wat nodig is, zorg en verblijf; ernaast staat wat beschikbaar is.",
                "The bar shows what is required, care and stay; beside it stands what is available.",
            ),
            columns=("unit_id", *_SHOWN),
            rows=lambda frame: frame.filter(pl.col("kind") == "location"),
            chart=_chart,
        ),
        Section(
            Text("Per afdeling", "By department"),
            "account_units",
            columns=("unit_id", *_SHOWN),
            rows=lambda frame: frame.filter(~_WHOLE, pl.col("kind").ne_missing("location")),
        ),
        Section(
            Text("Per zorgprofiel", "By care profile"),
            "account_profiles",
            columns=("zzp", *_SHOWN),
            totals=_SUMS,
            rows=lambda frame: _by_number(frame.filter(_WHOLE)),
        ),
        Section(
            Text("De zorg erachter", "The care behind it"),
            "account_functions",
            Text(
                "Uren van medewerkers naar wie betaalt, en uren van anderen. Alleen wat de Wlz betaalt, telt mee in "
                "nodig.",
                "Hours of staff by who pays, and hours of others. Only what the Wlz pays counts as required.",
            ),
            columns=(
                "care_function",
                "wlz_milliminutes",
                "wlz_cents",
                "private_milliminutes",
                "outside_milliminutes",
                "outside_cents",
                "network_milliminutes",
                "external_milliminutes",
            ),
            totals=(
                "wlz_milliminutes",
                "wlz_cents",
                "private_milliminutes",
                "outside_milliminutes",
                "outside_cents",
                "network_milliminutes",
                "external_milliminutes",
            ),
            rows=lambda frame: frame.filter(_WHOLE),
        ),
        Section(
            Text("Het verblijf erachter", "The stay behind it"),
            "account_stay",
            columns=("component", "days", "stay_cents", "freed_cents"),
            totals=("stay_cents", "freed_cents"),
            rows=lambda frame: frame.filter(_WHOLE),
        ),
        bridge_section(),
        Section(
            Text("Sluit het?", "Does it close?"),
            "account_check",
            Text(
                "De som van alle budgetten naast de som van wat eronder ligt en naast de brug. Zijn zij gelijk, dan "
                "staat er nul verschil.",
                "The sum of all budgets beside the sum of what lies beneath and beside the bridge. When they are equal "
                "the difference is nought.",
            ),
        ),
        Section(
            Text("Hoe volledig zijn de gegevens?", "How complete are the data?"),
            "account_completeness",
            Text("Alleen wat niet helemaal door de bron is ingevuld.", "Only what the source did not fill wholly."),
            rows=lambda frame: frame.filter(pl.col("rows") > 0, pl.col("read") < pl.col("rows")),
        ),
        Section(
            Text("Wat de controles vonden", "What the checks found"),
            "account_findings",
            Text(
                "Per regel het aantal, met de bedragen en uren samen (zonder min of plus). De gevallen zelf, en wat "
                "alleen uit leveringen blijkt, ziet u met ipvb-bridge reconcile.",
                "By rule the number, with amounts and hours together (without their signs). The cases themselves, and "
                "what only deliveries show, are seen with ipvb-bridge reconcile.",
            ),
        ),
        Section(
            Text("Waarop dit staat", "On what this stands"),
            "account_basis",
            Text(
                "Met dezelfde invoer geeft dezelfde versie van het programma dezelfde cijfers. Een eerdere versie "
                "verandert nooit.",
                "With the same input the same version of the program gives the same figures. An earlier version never "
                "changes.",
            ),
        ),
    ),
    headings={
        "kind": Text("Soort", "Kind"),
        "held_days": Text("Dagen", "Days"),
        "present_days": Text("Aanwezig", "Present"),
        "paid_days": Text("Betaald", "Paid"),
        "days": Text("Dagen", "Days"),
        "care_cents": Text("Zorg", "Care"),
        "stay_cents": Text("Verblijf", "Stay"),
        "private_cents": Text("Particulier", "Private"),
        "outside_cents": Text("Kosten zonder grond", "Cost without ground"),
        "freed_cents": Text("Vrijgemaakt", "Freed"),
        "network_milliminutes": Text("Netwerk", "Network"),
        "external_milliminutes": Text("Elders ingekocht", "Bought elsewhere"),
        "wlz_milliminutes": Text("Uren Wlz", "Hours Wlz"),
        "wlz_cents": Text("Kosten Wlz", "Cost Wlz"),
        "private_milliminutes": Text("Uren particulier", "Private hours"),
        "outside_milliminutes": Text("Uren zonder grond", "Hours without ground"),
        "stream": Text("Gegevens", "Data"),
        "column": Text("Veld", "Field"),
        "rows": Text("Regels", "Rows"),
        "read": Text("Uit de bron", "From the source"),
        "mapped": Text("Uit een vertaling", "From a mapping"),
        "supplemented": Text("Aangevuld", "Supplemented"),
        "missing": Text("Ontbreekt", "Missing"),
        "known_share": Text("Bekend", "Known"),
        "rule": Text("Regel", "Rule"),
        "findings": Text("Aantal", "Number"),
        "part": Text("Onderdeel", "Part"),
        "budgets_cents": Text("Budgetten", "Budgets"),
        "behind_cents": Text("Wat eronder ligt", "What lies beneath"),
        "bridge_cents": Text("De brug", "The bridge"),
        "difference_cents": Text("Verschil", "Difference"),
        "fact": Text("Gegeven", "Fact"),
        "value": Text("Waarde", "Value"),
    },
    reading=Text(
        "Zorgkantoren hebben geen openbaar formulier voor deze verantwoording; de indeling is van ons. Nodig is de "
        "afgesproken zorg die de Wlz betaalt, tegen de integrale uurprijs, plus het verblijf. Beschikbaar is het "
        "tarief van de betaalde dagen. Wie verhuist telt op beide afdelingen, en één keer in het geheel.",
        "There is no public form of zorgkantoren for this account; the layout is ours. Required is the agreed care "
        "that the Wlz pays, at the integral hourly price, and the stay. Available is the tariff of the days paid. "
        "Who moves counts in both departments, and once in the whole.",
    ),
    values={
        "part": PARTS,
        "fact": FACTS,
        "rule": {code: Text(f"{code} {nl}", f"{code} {en}") for code, (nl, en) in _both("rules").items()},
        "stream": _both("streams"),
        "column": _both("columns"),
        "kind": {"location": Text("locatie", "location"), "department": Text("afdeling", "department")},
    },
    tiles=_tiles,
)
