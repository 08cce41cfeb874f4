"""The page of toeslagen and meerzorg: days and amounts, and the budget with them."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ipvb_bridge.core.instruments.supplements_tables import PARTS
from ipvb_bridge.reports.instruments.bridged import bridge_section
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View

KINDS = {"supplement": Text("Toeslag", "Supplement"), "meerzorg": Text("Meerzorg", "Meerzorg (extra care)")}
_SUMS = (
    "available_cents", "supplement_cents", "meerzorg_cents", "available_with_cents", "required_cents", "balance_cents",
    "balance_with_cents",
)  # fmt: skip


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    written, dutch = view.figures, view.language == "nl"
    whole = view.tables["supplement_units"].select(pl.col(_SUMS).sum()).row(0, named=True)
    people = view.tables["supplement_budgets"]["resident_id"].n_unique()
    beside = whole["supplement_cents"] + whole["meerzorg_cents"]
    return (
        (
            "Toeslagen en meerzorg" if dutch else "Supplements and meerzorg",
            written.euro(beside),
            f"{'voor' if dutch else 'for'} {view.words.number('residents', people, written.count(people))}",
        ),
        (
            "Saldo zonder toeslagen" if dutch else "Balance without supplements",
            written.euro(whole["balance_cents"]),
            "zoals in de berekening" if dutch else "as in the calculation",
        ),
        (
            "Saldo met toeslagen" if dutch else "Balance with supplements",
            written.euro(whole["balance_with_cents"]),
            "toeslagen en meerzorg erbij" if dutch else "supplements and meerzorg added",
        ),
    )


def _hours(part: str, dutch: str, english: str) -> dict[str, Text]:
    return {
        f"{part}_hours": Text(f"{dutch}, uur", f"{english}, hours"),
        f"{part}_tariff_cents": Text(f"{dutch}, € per uur", f"{english}, € an hour"),
        f"{part}_cents": Text(f"{dutch}, €", f"{english}, €"),
    }


PAGE = Page(
    title=Text("Toeslagen en meerzorg", "Supplements and meerzorg"),
    lead=Text(
        "Voor sommige bewoners betaalt het zorgkantoor meer dan het dagtarief: een toeslag, of meerzorg. Deze pagina "
        "laat zien voor hoeveel dagen, welk bedrag dat is, en wat het saldo met dat geld erbij wordt. De berekening "
        "zelf verandert er niet door: beschikbaar en saldo staan er zoals zij zijn, met ernaast het bedrag met "
        "toeslagen.",
        "For some residents the care office pays more than the day tariff: a supplement, or meerzorg (extra care). "
        "This page shows for how many days, how much it is, and what the balance becomes with that money. The "
        "calculation does not change by it: available and balance stand as they are, with the amount including "
        "supplements beside them.",
    ),
    sections=(
        Section(
            Text("Per bewoner", "By resident"),
            "supplement_budgets",
            Text(
                "Alleen bewoners met een toeslag of meerzorg in deze periode.",
                "Only residents with a supplement or meerzorg in this period.",
            ),
            columns=("resident_id", "unit_id", *_SUMS),
            totals=_SUMS,
        ),
        Section(
            Text("Dagen × bedrag", "Days × amount"),
            "supplement_lines",
            Text(
                "Een dag telt als de bewoner er is en de Wlz de dag betaalt. Bij afwezigheid wordt geen toeslag "
                "betaald, ook niet in een weekend.",
                "A day counts when the resident is present and the Wlz pays the day. No supplement is paid during "
                "absence, a weekend included.",
            ),
            columns=(
                "resident_id",
                "unit_id",
                "kind",
                "code",
                "start_date",
                "end_date",
                "held_days",
                "paid_days",
                "day_cents",
                "amount_cents",
            ),
            totals=("amount_cents",),
        ),
        Section(
            Text("Zo is het dagbedrag van meerzorg berekend", "How the day amount of meerzorg is worked out"),
            "meerzorg_days",
            Text(
                "Uren per week × tarief, voor woonzorg, dagbesteding en behandeling; samen gedeeld door zeven. Elke "
                "stap is afgerond op de cent, een halve cent naar boven: zo schrijft de NZa het voor.",
                "Hours a week × tariff, for woonzorg, dagbesteding and treatment; together divided by seven. Each step "
                "is rounded to the cent, half a cent upwards: as the NZa prescribes.",
            ),
            columns=(
                "resident_id",
                "start_date",
                *(f"{part}_{what}" for part in PARTS for what in ("hours", "cents")),
                "week_cents",
                "day_cents",
                "need_share",
            ),
        ),
        Section(
            Text("Per afdeling", "By department"),
            "supplement_units",
            columns=("unit_id", "residents", *_SUMS),
            totals=_SUMS,
        ),
        bridge_section(),
    ),
    headings={
        "kind": Text("Soort", "Kind"),
        "code": Text("Toeslag", "Supplement"),
        "held_days": Text("Dagen", "Days"),
        "paid_days": Text("Betaald", "Paid"),
        "day_cents": Text("Per dag", "Per day"),
        "supplement_cents": Text("Toeslagen", "Supplements"),
        "meerzorg_cents": Text("Meerzorg", "Meerzorg"),
        "available_with_cents": Text("Beschikbaar met", "Available with"),
        "balance_with_cents": Text("Saldo met", "Balance with"),
        **_hours("care", "Woonzorg", "Woonzorg"),
        **_hours("day_care", "Dagbesteding", "Dagbesteding"),
        **_hours("treatment", "Behandeling", "Treatment"),
        "week_cents": Text("Per week", "Per week"),
        "profile_hours": Text("Uren van het profiel", "Hours of the profile"),
        "need_share": Text("Extra", "Extra"),
    },
    values={"kind": KINDS},
    reading=Text(
        "Dat voor meerzorg dezelfde dagen tellen als voor een toeslag, en dat elke afwezigheid telt, is onze lezing. "
        "Toeslagen veranderen de brug niet: die gaat over kosten, en toeslagen zijn geld dat binnenkomt.",
        "That the same days count for meerzorg as for a supplement, and that any absence counts, is our reading of the "
        "rules. Supplements do not change the bridge: it is about costs, and supplements are money that comes in.",
    ),
    notes=(
        Text(
            "De bedragen, uren en tarieven komen uit uw eigen bestanden; het programma levert er geen. “Extra” is het "
            "aantal extra uren als deel van de uren van het zorgprofiel; de regeling vraagt ten minste 25%.",
            "Amounts, hours and tariffs come from your own files; the program supplies none. “Extra” is the extra "
            "hours as a part of the hours of the care profile; the regulation asks at least 25%.",
        ),
    ),
    tiles=_tiles,
)
