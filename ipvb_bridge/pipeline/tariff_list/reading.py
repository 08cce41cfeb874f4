"""Tariff rows from the sheets of a list: each with its profile, first day, amount, and the place it came from."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ipvb_bridge.base.errors import ConfigurationError, ConfigurationErrors
from ipvb_bridge.pipeline.tariff_list import amounts, headings, messages, words
from ipvb_bridge.pipeline.tariff_list.headings import Heading
from ipvb_bridge.pipeline.tariff_list.sheets import Cell, Sheet


class Profile(NamedTuple):
    """What a tariff is the tariff of."""

    zzp: str
    delivery_form: str
    with_treatment: bool
    with_day_care: bool

    def __str__(self) -> str:
        more = "".join(
            f", {name}" for name, has in (("treatment", self.with_treatment), ("day care", self.with_day_care)) if has
        )
        return f"{self.zzp} {self.delivery_form}{more}"


def euros(cents: int) -> str:
    """An amount as norms/tariffs.csv writes it: ``183.21``."""
    return f"{cents // 100}.{cents % 100:02d}"


@dataclass(frozen=True, slots=True)
class Row:
    """A tariff as the list gives it; ``end`` None: until another one starts."""

    profile: Profile
    start: dt.date
    end: dt.date | None
    cents: int
    code: str | None
    place: str


@dataclass(frozen=True, slots=True)
class Known:
    """What helps to read a list.

    ``names``: iWlz code or plain name of a profile -> profile; ``codes``: performance code -> profile; ``forms``: a
    code of mappings/delivery_forms.csv -> delivery form.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Profile] = field(default_factory=dict)
    forms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Choices:
    """What the command says. ``columns``: field -> heading; ``values``: field -> value for rows without one."""

    columns: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    decimal: amounts.Sign | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """``rows`` in the order of the list; ``left_out``: why -> how many; ``unused``: headings that nothing reads."""

    rows: Sequence[Row]
    left_out: Mapping[str, int]
    unused: Sequence[str]
    sheets: Sequence[str]


_FORMS = {
    "zzp": "5VV",
    "delivery_form": "verblijf, vpt, mpt",
    "with_treatment": "ja, nee",
    "with_day_care": "ja, nee",
    "start_date": "2026-01-31",
    "end_date": "2026-01-31",
    "year": "2026",
}


def _bad(cell: Cell, name: str, form: str = "") -> ConfigurationError:
    fields = {"column": name, "form": form or _FORMS[name]}
    return ConfigurationError(messages.BAD_CELL, where=cell.place, seen=cell.text, **fields)


class _Missing(Exception):
    """No column, code, description or value gives this field."""


@dataclass(slots=True)
class _Reader:
    known: Known
    choices: Choices
    rows: list[Row] = field(default_factory=list)
    faults: list[ConfigurationError] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    lacking: dict[str, Heading] = field(default_factory=dict)


def best(readings: Sequence[Sequence[Sheet]], choices: Choices, where: str) -> list[tuple[Sheet, Heading]]:
    """The sheets that have a heading, in the reading of the file in which most columns are recognised.

    Raises :class:`ConfigurationError` (C67) when no sheet has a heading.
    """
    found: list[list[tuple[Sheet, Heading]]] = []
    faults: list[ConfigurationError] = []
    for sheets in readings:
        try:
            pairs = [(sheet, headings.find(sheet, choices.columns)) for sheet in sheets]
        except ConfigurationError as error:
            faults.append(error)
            continue
        found.append([(sheet, heading) for sheet, heading in pairs if heading is not None])
    made = max(found, key=lambda pairs: sum(heading.score for _, heading in pairs), default=[])
    if made:
        return made
    if faults:
        raise faults[0]
    top = [cell.text for sheets in readings[:1] for sheet in sheets for row in sheet.rows[:3] for cell in row]
    seen = ", ".join(text for text in top if text)[:200]
    lacking = next((name for name in choices.columns), "day_tariff")
    raise ConfigurationError(messages.NO_COLUMN, where=where, column=lacking, seen=seen or "-")


def read(readings: Sequence[Sequence[Sheet]], choices: Choices, known: Known, where: str) -> Read:
    """Every tariff of the list. Raises :class:`ConfigurationErrors` with all that is wrong, by row and column."""
    reader = _Reader(known, choices)
    chosen = best(readings, choices, where)
    for sheet, heading in chosen:
        _read_sheet(reader, sheet, heading)
    for name, heading in reader.lacking.items():
        seen = ", ".join(heading.labels)
        reader.faults.append(ConfigurationError(messages.NO_COLUMN, where=where, column=name, seen=seen))
    rows = _without_doubles(reader)
    if reader.faults:
        raise ConfigurationErrors(reader.faults)
    if not rows:
        seen = ", ".join(f"{why} ({count})" for why, count in reader.left_out.items())
        raise ConfigurationError(messages.NOTHING, where=where, seen=seen or "-")
    unused = list(dict.fromkeys(label for _, heading in chosen for label in heading.unused))
    return Read(rows, dict(reader.left_out), unused, [sheet.name for sheet, _ in chosen if sheet.name])


def _read_sheet(reader: _Reader, sheet: Sheet, heading: Heading) -> None:
    body = list(sheet.rows[heading.first :])
    by_column: dict[int, dict[int, int]] = {}
    for at in heading.amounts:
        places = [row for row in body if at < len(row)]
        found, faults = amounts.cents([row[at] for row in places], reader.choices.decimal)
        reader.faults += faults
        by_column[at] = {id(places[place]): cents for place, cents in found.items()}
    for row in body:
        spare = [cell for cell in row[heading.width :] if cell.text]
        if spare and not sheet.name:
            reader.faults.append(
                ConfigurationError(
                    messages.ROW_TOO_WIDE,
                    where=spare[0].place,
                    seen=spare[0].text,
                    count=sum(1 for cell in row if cell.text),
                    headings=heading.width,
                )
            )
            continue
        for at, year in heading.amounts.items():
            if id(row) in by_column[at]:
                _read_row(reader, sheet, heading, row, row[at], year, by_column[at][id(row)])
    blank = sum(1 for row in body for at in heading.amounts if _blank(row, at, heading, reader.known))
    if blank:
        reader.left_out["no amount"] += blank


def _blank(row: Sequence[Cell], at: int, heading: Heading, known: Known) -> bool:
    """Whether the row names a profile and gives no tariff in this column."""
    name = heading.columns.get("zzp", heading.columns.get("description"))
    named = name is not None and name < len(row) and words.zzp(row[name].text, dict(known.names))
    return bool(named) and (at >= len(row) or amounts.is_nothing(row[at]))


def _read_row(
    reader: _Reader, sheet: Sheet, heading: Heading, row: Sequence[Cell], amount: Cell, year: int | None, cents: int
) -> None:
    def cell(name: str) -> Cell | None:
        at = heading.columns.get(name)
        return row[at] if at is not None and at < len(row) and row[at].text else None

    code = cell("code")
    about = cell("description").text if cell("description") is not None else ""  # type: ignore[union-attr]  # just looked
    listed = reader.known.codes.get(code.text) if code is not None else None
    names = dict(reader.known.names)
    zzp = words.zzp(cell("zzp").text, names) if cell("zzp") is not None else None  # type: ignore[union-attr]  # just looked
    zzp = zzp or (listed.zzp if listed else None) or words.zzp(about, names) or reader.choices.values.get("zzp")
    if zzp is None:
        _unnamed(reader, heading, cell("zzp"), code, about, amount)
        return

    def given(name: str, own: Callable[[Cell], object], said: object) -> object:
        found = cell(name)
        if found is not None:
            value = own(found)
            if value is None:
                raise _bad(found, name)
            return value
        value = getattr(listed, name) if listed is not None else said
        if value is None and name in reader.choices.values:
            value = own(Cell(reader.choices.values[name], f"--value {name}"))
        if value is None:
            raise _Missing(name)
        return value

    try:
        profile = Profile(
            zzp,
            str(
                given(
                    "delivery_form",
                    lambda each: words.delivery_form(each.text, dict(reader.known.forms)),
                    words.said_form(about),
                )
            ),
            bool(given("with_treatment", words.flag, words.said(about, "with_treatment"))),
            bool(given("with_day_care", words.flag, words.said(about, "with_day_care"))),
        )
        start, end = _dates(reader, sheet, cell, year, given)
    except _Missing as missing:
        reader.lacking.setdefault(str(missing), heading)
        return
    except ConfigurationError as error:
        reader.faults.append(error)
        return
    reader.rows.append(Row(profile, start, end, cents, code.text if code else None, amount.place))


def _dates(
    reader: _Reader,
    sheet: Sheet,
    cell: Callable[[str], Cell | None],
    year: int | None,
    given: Callable[[str, Callable[[Cell], object], object], object],
) -> tuple[dt.date, dt.date | None]:
    """First and last day: of the row; of the year of the heading, the row or the sheet's name; of the command."""
    first, last, of_year = cell("start_date"), cell("end_date"), cell("year")
    if first is None and year is None and of_year is not None:
        year = words.year(of_year.text)
        if year is None:
            raise _bad(of_year, "year")
    if first is None and year is None and "start_date" not in reader.choices.values:
        year = words.year(sheet.name)
    if first is None and year is not None:
        return dt.date(year, 1, 1), dt.date(year, 12, 31)
    start = given("start_date", words.day, None)
    end = given("end_date", words.day, None) if last is not None or "end_date" in reader.choices.values else None
    assert isinstance(start, dt.date)
    assert end is None or isinstance(end, dt.date)
    if end is not None and end < start:
        raise _bad(last or Cell(str(end), "--value end_date"), "end_date", f">= {start}")
    return start, end


def _unnamed(
    reader: _Reader, heading: Heading, named: Cell | None, code: Cell | None, about: str, amount: Cell
) -> None:
    """A row whose profile is not known: of another sector or with a code we do not know it is left out."""
    sector = words.other_sector(named.text if named else about)
    if sector is not None:
        reader.left_out[f"sector {sector}"] += 1
    elif named is not None:
        reader.faults.append(_bad(named, "zzp"))
    elif code is not None:
        reader.left_out[f"code {code.text} is not in norms/tariff_codes.csv"] += 1
    elif about:
        reader.left_out[f"no care profile: {about[:40]}"] += 1
    else:
        # An amount without anything beside it: a total, or a row of which the name was lost.
        reader.faults.append(_bad(amount, "zzp"))


def _without_doubles(reader: _Reader) -> list[Row]:
    """The rows, each profile and span once; what contradicts another row becomes a fault."""
    kept: list[Row] = []
    by_profile: dict[Profile, list[Row]] = {}
    for row in sorted(reader.rows, key=lambda each: each.start):
        by_profile.setdefault(row.profile, []).append(row)
    for rows in by_profile.values():
        own: list[Row] = []
        for row in rows:
            same = [each for each in own if (each.start, each.end, each.cents) == (row.start, row.end, row.cents)]
            if same:
                reader.left_out["the same row twice"] += 1
                continue
            clash = next(_clashing(row, own), None)
            if clash is not None:
                reader.faults.append(
                    ConfigurationError(
                        messages.CONTRADICTION,
                        where=row.place,
                        profile=row.profile,
                        first=f"{euros(clash.cents)} ({clash.place})",
                        second=f"{euros(row.cents)} ({row.place})",
                    )
                )
                continue
            own.append(row)
        kept += own
    return kept


def _clashing(row: Row, earlier: Sequence[Row]) -> Iterator[Row]:
    """Rows of the list that hold on the same day; one without an end gives way to one that starts later."""
    for each in earlier:
        if each.start == row.start or (each.end is not None and each.end >= row.start):
            yield each
