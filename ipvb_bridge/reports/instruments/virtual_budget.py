"""The pages of virtual budgets: an overview, and a statement of one sheet for each resident."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import polars as pl

from ipvb_bridge.core.instruments.virtual_budget_limits import UNIT
from ipvb_bridge.reports.instruments.bridged import bridge_section
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View

FORMS = {
    "money": Text("geld", "money"),
    "hours": Text("persoonlijke uren", "personal hours"),
    "points": Text("punten", "points"),
    "arrangements": Text("arrangementen", "arrangements"),
}
KINDS = {
    "opening": Text("Over van de vorige periode", "Left from the last period"),
    "allowance": Text("Uw vrije deel van deze periode", "Your free part of this period"),
    "freed": Text("Vrijgekomen: u doet zonder {what}", "Freed: you do without {what}"),
    "spent": Text("Gehad: {what}", "Had: {what}"),
    "committed": Text("Gepland: {what}", "Planned: {what}"),
}
LABELS = {
    "account": Text("Uw rekening", "Your account"),
    "left": Text("Nog te besteden", "Still to spend"),
    "parts": Text("Uw budget", "Your budget"),
    "parts_of": Text(
        "wat vaststaat, en wat van u is om over te beslissen", "what is fixed, and what is yours to decide on"
    ),
    "fixed": Text(
        "Vast: wonen, nachtzorg en wat altijd nodig is", "Fixed: housing, night care and what is always needed"
    ),
    "free": Text("Vrij: daar beslist u over", "Free: you decide"),
    "price": Text(
        "Doet u ergens zonder, zoals schoonmaak of maaltijden, dan komt de prijs daarvan vrij. Dat is de prijs, niet "
        "wat de organisatie erop bespaart.",
        "When you do without something, such as cleaning or meals, its price is freed. That is the price, not what the "
        "organisation saves on it.",
    ),
    "intro": Text(
        "Met uw vrije deel kiest u zelf wat u wilt. Hier ziet u wat erbij kwam, wat eraf ging en wat er nog over is.",
        "With your free part you choose what you want. Here you see what came in, what went out and what is left.",
    ),
    "more": Text("en nog {count} andere keuzen", "and {count} other choices"),
    "times": Text("{times} keer", "{times} times"),
}
_LINES = 14


def _writer(view: View, form: str) -> Callable[[int | None], str]:
    written = view.figures
    if form in ("money", "arrangements"):
        return written.euro
    if form == "hours":
        return lambda value: f"{written.hours(value)} {'uur' if view.language == 'nl' else 'hours'}"
    return lambda value: f"{written.count(value)} {'punten' if view.language == 'nl' else 'points'}"


def _context(view: View) -> Mapping[str, Any]:
    form = view.given.settings.instruments.virtual_budget.form
    unit, write = UNIT[form], _writer(view, form)
    language = view.language
    label = {name: text.of(language) for name, text in LABELS.items()}
    accounts = view.tables["virtual_accounts"].to_dicts()
    account = accounts[0] if accounts else {}
    figure = {kind: account.get(f"{kind}_{unit}") or 0 for kind in (*KINDS, "left")}
    lines = [_line(row, view, unit, write) for row in view.tables["virtual_lines"].iter_rows(named=True)]
    rest = view.tables["virtual_lines"][f"amount_{unit}"].slice(_LINES)
    budget = view.given.tables["resident_budgets"].filter(pl.col("resident_id") == view.subject)
    parts = view.tables["virtual_parts"].to_dicts()
    return {
        **view.letter(budget["unit_id"][0] if budget.height else None),
        "labels": label,
        "intro": label["intro"],
        "heads": (
            (
                "Erbij" if language == "nl" else "In",
                write(figure["opening"] + figure["allowance"] + figure["freed"]),
                "",
            ),
            ("Eraf" if language == "nl" else "Out", write(figure["spent"] + figure["committed"]), ""),
            (label["left"], write(figure["left"]), ""),
        ),
        "lines": lines[:_LINES],
        "more": (label["more"].format(count=rest.len()), write(int(rest.sum()))) if rest.len() else None,
        "left": write(figure["left"]),
        "parts": parts[0] if parts else None,
    }


def _line(row: Mapping[str, Any], view: View, unit: str, write: Callable[[int | None], str]) -> tuple[str, str, str]:
    names = dict(view.given.own["virtual_catalogue"].select("service_id", "name").iter_rows())
    subject = row["subject"] or ""
    what = names.get(subject) or view.words.pool(subject)
    told = KINDS[row["kind"]].of(view.language).format(what=what.lower() if row["kind"] == "freed" else what)
    when = []
    if row["date"] is not None:
        when.append(view.figures.day(row["date"]))
    if (row["times"] or 1) != 1:
        when.append(LABELS["times"].of(view.language).format(times=row["times"]))
    return told, ", ".join(when), write(row[f"amount_{unit}"])


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    form = view.given.settings.instruments.virtual_budget.form
    rows, unit, write = view.tables["virtual_accounts"], UNIT[form], _writer(view, form)
    dutch = view.language == "nl"

    def whole(kind: str) -> int:
        return int(rows.select(pl.col(f"{kind}_{unit}").sum()).item())

    many = view.figures.count(rows.height)
    accounts = f"{many} {'rekeningen in' if dutch else 'accounts in'} {FORMS[form].of(view.language)}"
    return (
        ("Erbij" if dutch else "In", write(whole("opening") + whole("allowance") + whole("freed")), accounts),
        ("Gehad" if dutch else "Had", write(-whole("spent")), ""),
        ("Gepland" if dutch else "Planned", write(-whole("committed")), ""),
        (LABELS["left"].of(view.language), write(whole("left")), ""),
    )


def _known(frame: pl.DataFrame) -> pl.DataFrame:
    """Without the columns of other forms, which are empty."""
    return frame.select(name for name in frame.columns if frame[name].null_count() < frame.height or not frame.height)


_AMOUNTS = {
    f"{kind}_{unit}": Text(*names)
    for unit in ("cents", "milliminutes", "points")
    for kind, names in {
        "opening": ("Over van vorige", "Left from last"),
        "allowance": ("Vrij deel", "Free part"),
        "freed": ("Vrijgekomen", "Freed"),
        "spent": ("Gehad", "Had"),
        "committed": ("Gepland", "Planned"),
        "left": ("Nog te besteden", "Still to spend"),
        "carried": ("Gaat mee", "Goes on"),
        "amount": ("Bedrag", "Amount"),
    }.items()
}

PAGE = Page(
    title=Text("Uw vrije budget", "Your free budget"),
    lead=Text(
        "Welk deel van het budget is van de bewoner om te besteden, wat is ermee gedaan, en wat is er nog over?",
        "Which part of the budget is the resident's to spend, what was done with it, and what is left?",
    ),
    overview=(
        Section(Text("Rekeningen", "Accounts"), "virtual_accounts", rows=_known),
        Section(
            Text("Vast en vrij", "Fixed and free"),
            "virtual_parts",
            totals=("available_cents", "required_cents", "fixed_cents", "free_cents", "freed_cents"),
        ),
        bridge_section(),
    ),
    sections=(),
    headings={
        **_AMOUNTS,
        "form": Text("Rekent in", "Counts in"),
        "fixed_cents": Text("Vast", "Fixed"),
        "free_cents": Text("Vrij", "Free"),
        "freed_cents": Text("Vrijgekomen", "Freed"),
        "number": Text("Regel", "Line"),
        "kind": Text("Soort", "Kind"),
        "subject": Text("Wat", "What"),
        "times": Text("Keren", "Times"),
    },
    reading=Text(
        "De proeven met andere vormen dan iPVB gaven geen omrekening of bedragen; alles hier is door de organisatie "
        "ingesteld. Vast is de zorg in een vast dagdeel en alles wat de instellingen niet vrij noemen. Wat vrijkomt "
        "als een bewoner iets niet wil, is de prijs ervan, niet wat de organisatie bespaart.",
        "The pilots with other forms than iPVB gave no conversions or amounts; all of it is set by the organisation. "
        "Fixed is care in a fixed day part and everything that the settings do not call free. What is freed when a "
        "resident does without something is its price, not what the organisation saves.",
    ),
    values={
        "form": FORMS,
        "kind": {name: Text(text.nl.partition(":")[0], text.en.partition(":")[0]) for name, text in KINDS.items()},
    },
    tiles=_tiles,
    split="resident_id",
    template="virtual_budget.html.j2",
    context=_context,
)
