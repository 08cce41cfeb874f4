"""Which column of a sheet holds what: by its heading, Dutch or English, or as the command says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.pipeline.tariff_list import messages, words
from ipvb_bridge.pipeline.tariff_list.sheets import Cell, Sheet

SYNONYMS: Mapping[str, tuple[str, ...]] = {
    "zzp": (
        "zzp", "zorgprofiel", "profiel", "zorgzwaartepakket", "zzp profiel", "care profile", "profile", "cod163",
        "iwlz code",
    ),
    "code": (
        "code", "prestatiecode", "tariefcode", "declaratiecode", "productcode", "nza code", "nza prestatiecode",
        "performance code", "tariff code",
    ),
    "description": (
        "omschrijving", "prestatie", "prestatieomschrijving", "prestatiebeschrijving", "product", "description",
        "naam", "name",
    ),
    "delivery_form": ("leveringsvorm", "vorm", "delivery form"),
    "with_treatment": (
        "behandeling", "met behandeling", "incl behandeling", "inclusief behandeling", "bh", "incl bh", "treatment",
        "with treatment", "including treatment",
    ),
    "with_day_care": (
        "dagbesteding", "met dagbesteding", "incl dagbesteding", "inclusief dagbesteding", "db", "incl db", "day care",
        "with day care", "including day care",
    ),
    "day_tariff": (
        "tarief", "dagtarief", "bedrag", "tarief per dag", "bedrag per dag", "maximumtarief", "maximum tarief",
        "max tarief", "maximumtarief per dag", "integraal tarief", "prijs", "prijs per dag", "day tariff", "tariff",
        "amount", "rate", "price", "rate per day", "tariff per day",
    ),
    "start_date": (
        "ingangsdatum", "vanaf", "geldig vanaf", "begindatum", "startdatum", "start date", "from", "valid from",
        "effective date",
    ),
    "end_date": ("einddatum", "tot en met", "t m", "geldig tot en met", "geldig t m", "end date", "valid through"),
    "year": ("jaar", "tariefjaar", "year"),
}  # fmt: skip
"""Field -> headings as :func:`words.plain` writes them. ``tot`` and ``until`` are not there: is the day included?"""
FIELDS = tuple(SYNONYMS)
_KNOWN = {word: field for field, all_of_them in SYNONYMS.items() for word in all_of_them}
_NAMES = ("zzp", "code", "description")
_WITHIN = 60
"""Rows from the top in which the heading is looked for."""


@dataclass(frozen=True, slots=True)
class Heading:
    """``columns``: field -> its column; ``amounts``: column -> the year its heading names, None for none.

    ``doubled``: a field that more than one column claims -> their headings. ``first`` is the row, counted from 0, below
    the heading; ``unused`` the headings that nothing reads; ``width`` how many columns have a heading; ``labels`` all
    headings.
    """

    columns: Mapping[str, int]
    amounts: Mapping[int, int | None]
    doubled: Mapping[str, Sequence[str]]
    first: int
    unused: tuple[str, ...]
    width: int
    labels: tuple[str, ...]

    @property
    def score(self) -> int:
        """How many columns are recognised."""
        return len(self.columns) + len(self.amounts)


def find(sheet: Sheet, chosen: Mapping[str, str]) -> Heading | None:
    """The heading of a sheet: the first row, or two rows together, with an amount and what it is the amount of.

    ``chosen``: field -> heading, from the command. None where there is none. Raises :class:`ConfigurationError` (C67)
    where two columns claim one field.
    """
    best: Heading | None = None
    for labels, first in _candidates(sheet):
        made = _mapped(labels, first, chosen)
        if made is None or not made.amounts or not any(name in made.columns for name in _NAMES):
            continue
        if best is None:
            best = made
        elif first == best.first + 1 and made.score >= best.score and _is_second_row(sheet, best):
            return _single(sheet, made)  # a heading of two rows, of which the first by itself was a heading too
        elif first > best.first + 1:
            break
    return None if best is None else _single(sheet, best)


def _candidates(sheet: Sheet) -> Iterator[tuple[list[str], int]]:
    """Labels of each row of the top, and of each pair of rows, with the row that follows; in order of that row."""
    above: Sequence[Cell] = ()
    for at, row in enumerate(sheet.rows[:_WITHIN]):
        texts = [cell.text for cell in row]
        if above and any(cell.text for cell in above) and any(texts):
            yield _joined([cell.text for cell in above], texts), at + 1
        if any(texts):
            yield texts, at + 1
        above = row


def _joined(top: list[str], bottom: list[str]) -> list[str]:
    """Two rows as one; an empty cell above takes the text to its left, as a merged cell saved as CSV does."""
    made, left = [], ""
    for at in range(max(len(top), len(bottom))):
        upper = top[at] if at < len(top) else ""
        lower = bottom[at] if at < len(bottom) else ""
        left = upper or left
        made.append(" ".join(dict.fromkeys(part for part in (left if lower else upper, lower) if part)))
    return made


def _is_second_row(sheet: Sheet, heading: Heading) -> bool:
    """Whether the row below names nothing and has years where amounts would stand: it belongs to the heading."""
    row = sheet.rows[heading.first] if heading.first < len(sheet.rows) else ()
    named = any(at < len(row) and row[at].text for field, at in heading.columns.items() if field in _NAMES)
    filled = [row[at].text for at in heading.amounts if at < len(row) and row[at].text]
    # In a workbook a heading merged over two rows stands in both.
    again = all(
        at >= len(row) or row[at].text in ("", sheet.rows[heading.first - 1][at].text)
        for field, at in heading.columns.items()
        if field in _NAMES
    )
    return (not named or again) and bool(filled) and all(words.year(text) is not None for text in filled)


def field_of(label: str) -> tuple[str, int | None] | None:
    """The field that a heading names, with its year: ``Tarief 2026 (€)``; None for a heading that names none."""
    bare = re.sub(r" (?:in )?(?:eur|euro|euro s)$", "", words.plain(label))
    if not bare:
        return None
    if bare in _KNOWN:
        return _KNOWN[bare], None
    year = words.year(bare)
    if year is None:
        return None
    rest = " ".join(part for part in bare.split() if part != str(year))
    return ("day_tariff", year) if not rest or _KNOWN.get(rest) in ("day_tariff", "year") else None


def _mapped(labels: list[str], first: int, chosen: Mapping[str, str]) -> Heading | None:
    columns: dict[str, int] = {}
    amounts: dict[int, int | None] = {}
    unused: list[str] = []
    doubled: dict[str, list[str]] = {}
    wanted = {words.plain(heading): field for field, heading in chosen.items()}
    for at, label in enumerate(labels):
        told = wanted.get(words.plain(label)) if label else None
        read = (told, words.year(label) if told == "day_tariff" else None) if told else field_of(label)
        if read is None or (not told and read[0] in chosen):
            if label:
                unused.append(label)
        elif read[0] == "day_tariff":
            amounts[at] = read[1]
        elif read[0] in columns:
            doubled.setdefault(read[0], [labels[columns[read[0]]]]).append(label)
        else:
            columns[read[0]] = at
    if set(chosen) - set(columns) - ({"day_tariff"} if amounts else set()):
        return None
    if len(set(amounts.values())) < len(amounts) or (None in amounts.values() and len(amounts) > 1):
        doubled["day_tariff"] = [labels[at] for at in amounts]
    width = max((at + 1 for at, label in enumerate(labels) if label), default=0)
    shown = tuple(label for label in labels if label)
    return Heading(columns, amounts, doubled, first, tuple(unused), width, shown)


def _single(sheet: Sheet, heading: Heading) -> Heading:
    """The heading, where no field has two columns."""
    for field, labels in heading.doubled.items():
        seen = ", ".join(dict.fromkeys(labels))
        where = sheet.rows[heading.first - 1][0].place
        raise ConfigurationError(messages.NO_COLUMN, where=where, column=field, seen=seen)
    return heading
