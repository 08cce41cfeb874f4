"""Render the page of an instrument: the common layout, with what its module declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from markupsafe import Markup

from ipvb_bridge.core.instruments.contract import Given, Instrument, Made
from ipvb_bridge.core.places import places
from ipvb_bridge.reports import instruments, page, remarks
from ipvb_bridge.reports.instruments.contract import Page, Section, View
from ipvb_bridge.reports.numbers import figures
from ipvb_bridge.reports.rendering import environment
from ipvb_bridge.reports.terms import Language, terms
from ipvb_bridge.reports.units import Unit, unit_of

RIGHT = frozenset({"count", "decimal", "money", "time", "hours", "fte", "share", "score"})


@dataclass(frozen=True, slots=True)
class Shown:
    """A section as the template writes it, all text.

    ``heads``: (heading, whether to the right); ``total``: the last line, () for none; ``more``: rows left out.
    """

    title: Markup
    lead: Markup
    chart: Markup
    body: Markup
    heads: Sequence[tuple[str, bool]]
    rows: Sequence[Sequence[str]]
    total: Sequence[str]
    more: int


def subjects(page: Page, made: Made) -> list[str]:
    """The values of the column by which the page is split, in order; those of any table that has the column."""
    found = [
        table.get_column(page.split).drop_nulls().unique()
        for table in made.tables.values()
        if page.split in table.columns and table.height
    ]
    return pl.concat(found).unique().sort().to_list() if found else []


def render(
    instrument: Instrument,
    given: Given,
    made: Made,
    organisation: str,
    *,
    version: str = "",
    language: Language = "nl",
    subject: str | None = None,
) -> str:
    """The page of an instrument, or of one subject where the page is split. Findings are sentences and stay Dutch."""
    declared = instruments.load(instrument.name)
    words, written = terms(language), figures(language)
    tables = made.tables
    if subject is not None:
        own = pl.col(declared.split) == subject
        tables = {
            name: table.filter(own) if declared.split in table.columns else table for name, table in tables.items()
        }
    view = View(given, made, tables, words, written, language, subject)
    together = bool(declared.split) and subject is None
    fields: dict[str, Any] = {
        "organisation": organisation,
        "title": declared.title.of(language),
        "when": written.period_name(given.period),
        "who": "" if subject is None else _common(declared.split, view)(subject),
        "version": version,
        "fictional": page.fictional(given.norms.get("tariffs")),
        "page": declared,
        "view": view,
        "text": lambda each: Markup(each.of(language)),  # noqa: S704  # our own words, no data
        "tiles": declared.tiles(view) if declared.tiles else (),
        "sections": [_section(each, declared, view) for each in (declared.overview if together else declared.sections)],
        "rules": remarks.rules(made.findings, page.full_names(given.streams["units"]), words)
        if subject is None
        else [],
        "homes": {},
    }
    if declared.context and not together:
        fields |= declared.context(view)
    template = "instrument.html.j2" if together else declared.template
    return environment(language).get_template(template).render(fields)


def _section(section: Section, declared: Page, view: View) -> Shown:
    heads: list[tuple[str, bool]] = []
    rows: list[list[str]] = []
    total: list[str] = []
    more = 0
    if section.table:
        frame = view.tables[section.table]
        frame = section.rows(frame) if section.rows else frame
        # On a page of one subject its own column says nothing.
        own = declared.split if view.subject is not None else ""
        columns = tuple(name for name in section.columns or frame.columns if name != own)
        kinds = {name: unit_of(name, frame.schema[name]) for name in columns}
        heads = [
            (heading(name, declared, view.language), kinds[name] in RIGHT and name != "weekday") for name in columns
        ]
        writers = [writer(name, kinds[name], declared, view) for name in columns]
        shown = frame.select(columns).head(section.most)
        rows = [[write(value) for write, value in zip(writers, row, strict=True)] for row in shown.iter_rows()]
        more = frame.height - shown.height
        if section.totals and frame.height > 1:
            sums = {name: frame[name].sum() for name in section.totals}
            total = [
                write(sums[name]) if name in sums else str(view.words("total")) if not at else ""
                for at, (name, write) in enumerate(zip(columns, writers, strict=True))
            ]
    language = view.language
    return Shown(
        Markup(section.title.of(language)),  # noqa: S704  # our own words, no data
        Markup(section.lead.of(language)),  # noqa: S704  # our own words, no data
        Markup(section.chart(view)) if section.chart else Markup(),  # noqa: S704  # charts.py escapes the texts in it
        section.body(view) if section.body else Markup(),
        heads,
        rows,
        total,
        more,
    )


def heading(name: str, declared: Page, language: Language) -> str:
    """A column's heading. Raises ``KeyError`` for a column that neither the page nor the common words name."""
    own = declared.headings.get(name)
    return own.of(language) if own else str(terms(language)(f"column.{name}"))


def writer(name: str, unit: Unit, declared: Page, view: View) -> Callable[[Any], str]:
    """How the values of a column are written for a reader."""
    written, words = view.figures, view.words
    if name == "weekday":
        return lambda value: "" if value is None else words.weekdays[value - 1]
    ways: Mapping[Unit, Callable[[Any], str]] = {
        "money": written.money,
        "time": written.hours,
        "hours": written.decimal,
        "fte": written.decimal,
        "score": lambda value: written.decimal(value, 3),
        "decimal": written.decimal,
        "share": lambda value: "" if value is None else f"{written.decimal(value * 100, 1)}%",
        "count": written.count,
        "date": written.day,
        "flag": lambda value: "" if value is None else str(words("yes") if value else words("no")),
    }
    if unit != "text":
        return ways[unit]
    codes = declared.values.get(name)
    if codes is not None:
        return lambda value: codes[value].of(view.language) if value in codes else str(value or "")
    return _common(name, view)


def _common(name: str, view: View) -> Callable[[Any], str]:
    words = view.words
    if name == "level":
        return words.level
    if name == "unit_id":
        found = places(view.given.streams["units"])
        return lambda value: "" if value is None else _named(found, value)
    if name == "resident_id":
        names = dict(view.given.streams["residents"].select("resident_id", "name").iter_rows())
        return lambda value: str(names.get(value) or value or "")
    known: Mapping[str, Mapping[str, str]] = {
        "day_part": words.day_parts,
        "care_function": words.care_functions,
        "performer": words.performers,
        "client_group": words.client_groups,
        "severity": words.severities,
    }
    if name in known:
        unknown = str(words("unknown"))
        return lambda value: unknown if value is None else known[name].get(value, str(value))
    if name in ("component", "pool"):
        return lambda value: "" if value is None else words.pool(value)
    if name.endswith(("period", "month")):
        return lambda value: "" if value is None else view.figures.period_name(value)
    return lambda value: "" if value is None else str(value)


def _named(found: Mapping[str, Any], unit_id: str) -> str:
    return found[unit_id].name if unit_id in found else unit_id


def pages(page: Page, made: Made, subject: str | None) -> Iterator[str | None]:
    """The subjects of which a page is made: the one asked for, all where the page is split; None is one of them all."""
    if not page.split or (page.overview and subject is None):
        yield None
    if not page.split:
        return
    yield from (each for each in subjects(page, made) if subject in (None, each))
