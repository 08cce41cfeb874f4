"""What the page of an instrument declares: its words in both languages, and which tables it shows how."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import polars as pl
from markupsafe import Markup

from ipvb_bridge.core.instruments.contract import Given, Made
from ipvb_bridge.core.places import place, places
from ipvb_bridge.reports.numbers import Figures
from ipvb_bridge.reports.terms import Language, Terms


class Text(NamedTuple):
    """A text in Dutch and in English; our own words, so markup in it stands. Nothing of a source goes in here."""

    nl: str
    en: str

    def of(self, language: Language) -> str:
        """The text in a language."""
        return self.nl if language == "nl" else self.en


NONE = Text("", "")


@dataclass(frozen=True, slots=True)
class View:
    """What a page is made of: the instrument's inputs and tables, the words and figures of a language.

    ``tables`` are the instrument's; on a page of one subject only the rows of that subject. ``subject`` is its id.
    """

    given: Given
    made: Made
    tables: Mapping[str, pl.DataFrame]
    words: Terms
    figures: Figures
    language: Language
    subject: str | None = None

    def letter(self, unit_id: str | None) -> dict[str, str]:
        """``who`` and ``place`` of a letter: the resident by name, where it was kept; the unit with its location."""
        residents, units = self.given.streams["residents"], self.given.streams["units"]
        names = residents.filter(pl.col("resident_id") == self.subject)["name"].drop_nulls().to_list()
        where = None if unit_id is None else place(places(units), unit_id)
        return {
            "who": names[0] if names else self.words("statement.resident", resident=self.subject),
            "place": ", ".join(each for each in (where.name, where.location) if each) if where else "",
        }


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: a title, a text, a chart, and a table.

    ``table`` is the result table shown, "" for none; ``columns`` which of its columns in which order, () for all;
    ``totals`` the columns whose sum stands in the last line; ``rows`` chooses and orders rows; ``most`` is how many
    rows the page shows, the rest is counted and stands in the workbook. ``chart`` draws the view, "" for nothing to
    draw. ``body`` gives other markup of the section, escaped by its maker.
    """

    title: Text
    table: str = ""
    lead: Text = NONE
    columns: Sequence[str] = ()
    totals: Sequence[str] = ()
    rows: Callable[[pl.DataFrame], pl.DataFrame] | None = None
    most: int = 200
    chart: Callable[[View], Markup | str] | None = None
    body: Callable[[View], Markup] | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The page of an instrument.

    ``lead``: what the page answers, for a reader who never saw one. ``reading``: where the source documents give no
    formula, what ours is; the page marks it "our reading". ``headings``: column -> its heading. ``values``: column ->
    code -> what a reader sees; columns of the method (level, day_part, care_function, unit_id, ...) have theirs
    already. ``notes``: what else the reader must know, a paragraph each.

    ``split``: the column (resident_id, unit_id) by whose value the instrument is laid out in a page each; "" is one
    page. ``overview``: the sections of a page of all subjects together, which then comes first, in the common layout.
    ``template`` and ``context`` replace the common layout: a template of the folder ``templates`` and what it gets
    beside ``page``, ``view`` and the common fields. ``tiles``: the figures on top, (what, figure, of what).
    """

    title: Text
    lead: Text
    sections: Sequence[Section]
    headings: Mapping[str, Text]
    reading: Text = NONE
    values: Mapping[str, Mapping[str, Text]] = field(default_factory=dict)
    notes: Sequence[Text] = ()
    tiles: Callable[[View], Sequence[tuple[str, str, str]]] | None = None
    split: str = ""
    overview: Sequence[Section] = ()
    template: str = "instrument.html.j2"
    context: Callable[[View], Mapping[str, Any]] | None = None
