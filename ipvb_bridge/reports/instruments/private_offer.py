"""The quotation for what a resident buys beside the Wlz: one page A4 in large type, to sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup

from ipvb_bridge.core.places import Place, place, places
from ipvb_bridge.reports.instruments.contract import Page, Text, View
from ipvb_bridge.reports.numbers import minutes
from ipvb_bridge.reports.today import item_in_words

ROOM = (4.4, 7.2, 8.8)
"""How much of the page the lines may take in the largest, the middle and the smallest type, in lines with a note.

With more, the lines of one care function stand together, so that a page stays a page and every amount is on it.
"""
_TITLE, _NOTE, _BELOW = 36, 56, 76
"""Letters that fit on one line of a title, of the small print under it, and of the remarks at the foot."""
_WRAP = 0.45
"""What a further line of print takes."""

WORDS: Mapping[str, Text] = {
    "title": Text("Aanbod voor extra hulp", "An offer for extra help"),
    "lead": Text(
        "Sommige hulp hoort niet bij de Wlz. Die hulp kunt u bij ons kopen. Hieronder ziet u wat u koopt en wat het "
        "kost. <b>U beslist zelf.</b> Zegt u nee, dan verandert er niets aan uw zorg uit de Wlz.",
        "Some help is not part of the Wlz. You can buy that help from us. Below is what you buy and what it costs. "
        "<b>You decide.</b> If you say no, nothing changes in your care from the Wlz.",
    ),
    "price": Text("Samen in", "Together in"),
    "time": Text("Tijd", "Time"),
    "until": Text("Geldig tot en met", "Valid until"),
    "what": Text("Wat u koopt", "What you buy"),
    "hour": Text("Prijs per uur", "Price per hour"),
    "amount": Text("Bedrag", "Amount"),
    "total": Text("Samen", "Together"),
    "daily": Text("elke dag", "every day"),
    "several": Text("{count} afspraken", "{count} agreements"),
    "know": Text("Goed om te weten", "Good to know"),
    "cost": Text(
        "De prijs per uur is wat een uur hulp ons kost. Wij maken er geen winst op.",
        "The price per hour is what an hour of help costs us. We make no profit on it.",
    ),
    "share": Text(
        "Krijgt u hulp samen met anderen? Dan betaalt u alleen uw eigen deel van de tijd.",
        "Do you get help together with others? Then you pay only your own part of the time.",
    ),
    "months": Text(
        "De ene maand heeft meer dagen dan de andere. Het bedrag kan dus per maand anders zijn.",
        "Some months have more days than others. So the amount can differ from month to month.",
    ),
    "vat": Text(
        "In deze bedragen is geen btw gerekend. Vraag ons of er btw bij komt.",
        "No VAT is counted in these amounts. Ask us whether VAT is added.",
    ),
    "no_bill": Text("Dit is een aanbod en geen rekening.", "This is an offer, not a bill."),
    "ask": Text("Vragen?", "Questions?"),
    "agree": Text("Ik kies voor dit aanbod", "I accept this offer"),
    "resident": Text("Bewoner of vertegenwoordiger", "Resident or representative"),
    "for": Text("Namens", "On behalf of"),
    "name": Text("Naam", "Name"),
    "date": Text("Datum", "Date"),
    "signature": Text("Handtekening", "Signature"),
    "footer": Text("Berekening {number} over {period}.", "Calculation {number} of {period}."),
}


@dataclass(frozen=True, slots=True)
class Item:
    """A line of the offer: what, how often and where in small print, whole minutes, cents an hour (None: several)."""

    title: str
    note: str
    minutes: int
    price_cents: int | None
    cents: int


def _context(view: View) -> Mapping[str, Any]:
    offer = view.tables["private_offers"].row(0, named=True)
    lines = view.tables["private_offer_lines"].rows(named=True)
    known = places(view.given.streams["units"])
    units = sorted({line["unit_id"] for line in lines})
    names = view.given.streams["residents"].filter(pl.col("resident_id") == view.subject)["name"]
    settings = view.given.settings.instruments.private_offer
    about = _agreements(view, lines)
    items = _items(view, lines, about, known if len(units) > 1 else None)
    below = _WRAP * (len(settings.vat_note) // _BELOW + (len(settings.contact) + 50) // _BELOW)
    if _taken(items) + below > ROOM[-1]:
        items = _together(view, lines)
    here = [place(known, unit_id) for unit_id in units]
    said = {name: text.of(view.language) for name, text in WORDS.items()}
    return {
        "w": said,
        "lead": Markup(said["lead"]),  # noqa: S704  # our own words, no data
        "offer": offer,
        "items": items,
        "minutes": sum(item.minutes for item in items),
        "who": names[0] if names.len() and names[0] else view.words("statement.resident", resident=view.subject),
        "place": ", ".join(dict.fromkeys(each for one in here for each in (one.name, one.location) if each)),
        "vat": settings.vat_note,
        "contact": settings.contact,
        "size": sum(_taken(items) + below > room for room in ROOM[:-1]),
        "shared": any((each["group_size"] or 1) > 1 for each in about.values()),
    }


def _agreements(view: View, lines: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    wanted = [line["agreement_id"] for line in lines]
    rows = view.given.streams["care_agreements"].filter(pl.col("agreement_id").is_in(wanted))
    return {row["agreement_id"]: row for row in rows.iter_rows(named=True)}


def _taken(items: Sequence[Item]) -> float:
    """How much of the page the items take: see :data:`ROOM`."""
    return sum(
        (1 if item.note else 0.7) + _WRAP * (len(item.title) // _TITLE + len(item.note) // _NOTE) for item in items
    )


def _items(
    view: View,
    lines: Sequence[Mapping[str, Any]],
    about: Mapping[str, Mapping[str, Any]],
    known: Mapping[str, Place] | None,
) -> list[Item]:
    made = []
    for line in lines:
        own = about.get(line["agreement_id"])
        title, told = _told(line, own, view)
        if known:
            told.append(known[line["unit_id"]].name if line["unit_id"] in known else line["unit_id"])
        made.append(
            Item(
                title,
                " · ".join(told),
                minutes(line["milliminutes"]),
                line["hour_price_cents"],
                line["amount_cents"],
            )
        )
    return made


def _told(line: Mapping[str, Any], own: Mapping[str, Any] | None, view: View) -> tuple[str, list[str]]:
    """What is bought, and how often: weekdays, times and minutes as the agreement has them."""
    words = view.words
    if own is None:
        return str(line["description"] or words.entry(line["care_function"] or "")), []
    title, told = item_in_words({**own, "milliminutes": (own["minutes"] or 0) // 10, "performer": "staff"}, words)
    if own["weekdays"]:
        days = ", ".join(words.weekdays[int(number) - 1] for number in own["weekdays"].split())
        return title, [days, *told]
    return title, [WORDS["daily"].of(view.language), *told] if own["per"] == "day" else told


def _together(view: View, lines: Sequence[Mapping[str, Any]]) -> list[Item]:
    """The lines of one care function together; the price of an hour where they have the same."""
    own: dict[str, list[Mapping[str, Any]]] = {}
    for line in lines:
        own.setdefault(line["care_function"] or "", []).append(line)
    several = WORDS["several"].of(view.language)
    made = []
    for function, each in sorted(own.items()):
        prices = {line["hour_price_cents"] for line in each}
        title = str(view.words.entry(function))
        alone = str(each[0]["description"] or title)
        made.append(
            Item(
                f"{title}, {several.format(count=len(each))}" if len(each) > 1 else alone,
                "",
                sum(minutes(line["milliminutes"]) for line in each),
                prices.pop() if len(prices) == 1 else None,
                sum(line["amount_cents"] for line in each),
            )
        )
    return made


PAGE = Page(
    title=WORDS["title"],
    lead=Text(
        "De offerte voor wat een bewoner naast de Wlz koopt.", "The quotation for what a resident buys beside the Wlz."
    ),
    sections=(),
    headings={
        "hour_price_cents": Text("Prijs per uur", "Price per hour"),
        "valid_until": Text("Geldig tot en met", "Valid until"),
        "agreement_id": Text("Afspraak", "Agreement"),
    },
    split="resident_id",
    template="offer.html.j2",
    context=_context,
)
