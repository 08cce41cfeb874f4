"""The page of a person's profile: their own words, and today's care."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from ipvb_bridge.core.records import DAY_PARTS
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View
from ipvb_bridge.reports.today import item_in_words

SECTIONS = {
    "likes": Text("Hier hou ik van", "What I love"),
    "dislikes": Text("Hier hou ik niet van", "What I do not like"),
    "need_to_know": Text("Dit moet u over mij weten", "What you must know about me"),
    "my_care": Text("Mijn zorg", "My care"),
    "family_and_friends": Text("Mijn familie en vrienden", "My family and friends"),
    "agreements": Text("Onze afspraken", "Our agreements"),
}
_NOT_YET = Text("Dit vullen wij samen met u in.", "We fill this in together with you.")
_ORDER = (*DAY_PARTS, None)


def _context(view: View) -> Mapping[str, Any]:
    texts = dict(view.tables["profile_texts"].select("section", "text").iter_rows())
    homes = view.tables["profile_people"]["unit_id"].to_list()
    care = sorted(
        view.tables["profile_care"].iter_rows(named=True),
        key=lambda row: (_ORDER.index(row["day_part"]), row["agreement_id"]),
    )
    said = [(row, item_in_words({**row, "times": _whole(row["times"])}, view.words)) for row in care]
    today = [each for each in said if each[0]["today"]]
    return {
        **view.letter(homes[0] if homes else None),
        "fictional": False,
        "own": [(heading.of(view.language), texts.get(section, "")) for section, heading in SECTIONS.items()],
        "not_yet": _NOT_YET.of(view.language),
        "day": view.given.period.end,
        "parts": [
            (part, [words for _, words in own])
            for part, own in itertools.groupby(today, lambda each: each[0]["day_part"])
        ],
        "later": [words for row, words in said if not row["today"]],
    }


def _whole(times: float | None) -> int | None:
    """Back to the ten-thousandths of an agreement."""
    return None if times is None else round(times * 10_000)


PAGE = Page(
    title=Text("Mijn persoonlijk profiel", "My personal profile"),
    lead=Text(
        "Voor elke bewoner een profiel: wie is deze mens, en welke zorg is er vandaag? De pagina zelf is voor de "
        "bewoner, de familie en wie er komt werken.",
        "A profile for each resident: who is this person, and what care is there today? The page itself is for the "
        "resident, the family and whoever comes to work.",
    ),
    overview=(Section(Text("Bewoners", "Residents"), "profile_people", totals=("sections", "agreements")),),
    sections=(),
    headings={
        "sections": Text("Ingevulde onderdelen", "Sections filled"),
        "agreements": Text("Afspraken vandaag", "Agreements today"),
        "section": Text("Onderdeel", "Section"),
        "text": Text("Tekst", "Text"),
        "agreement_id": Text("Afspraak", "Agreement"),
        "today": Text("Vandaag", "Today"),
        "milliminutes": Text("Duur in uren", "Hours each time"),
        "times": Text("Keren", "Times"),
        "per": Text("Per", "Per"),
        "staff_count": Text("Medewerkers", "Carers"),
        "group_size": Text("Groep", "Group"),
    },
    values={"section": SECTIONS},
    split="resident_id",
    template="profile.html.j2",
    context=_context,
)
