"""Tariff rows from the sheets of a list: each with its profile, first day, amount, and the place it came from."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

from ipvb_bridge.base.errors import ConfigurationError, ConfigurationErrors
from ipvb_bridge.pipeline.tariff_list import amounts, headings, messages, words
from ipvb_bridge.pipeline.tariff_list.headings import Heading
from ipvb_bridge.pipeline.tariff_list.sheets import Cell, Sheet

_T = TypeVar("_T")
_EMPTY = Cell(None, "")


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
    try:
        for sheet, heading in chosen:
            _read_sheet(reader, sheet, heading)
    except ConfigurationError as error:
        reader.faults.append(error)  # a value of the command that cannot be read: every row would say so again
    for name, heading in reader.lacking.items():
        seen = ", ".join(heading.labels)
        reader.faults.append(ConfigurationError(messages.NO_COLUMN, where=where, column=name, seen=seen))
    rows = _without_doubles(reader)
    if reader.faults:
        # A cell that stands beside the amounts of several years is wrong once.
        raise ConfigurationErrors(list({(each.code, each.where, each.seen): each for each in reader.faults}.values()))
    if not rows:
        seen = ", ".join(f"{why} ({count})" for why, count in reader.left_out.items())
        raise ConfigurationError(messages.NOTHING, where=where, seen=seen or "-")
    unused = list(dict.fromkeys(label for _, heading in chosen for label in heading.unused))
    return Read(rows, dict(reader.left_out), unused, [sheet.name for sheet, _ in chosen if sheet.name])


def _read_sheet(reader: _Reader, sheet: Sheet, heading: Heading) -> None:
    titles = [cell.text for cell in sheet.rows[heading.first - 1]]
    # A list that was printed on pages repeats its heading.
    body = [row for row in sheet.rows[heading.first :] if [cell.text for cell in row] != titles]
    ticked = frozenset(name for name in ("with_treatment", "with_day_care") if _is_ticked(body, heading, name))
    read = {}
    for at in heading.amounts:
        read[at] = amounts.read([row[at] if at < len(row) else _EMPTY for row in body], reader.choices.decimal)
        reader.faults += read[at].column
    for place, row in enumerate(body):
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
            found = read[at].cents.get(place) or read[at].faults.get(place)
            if found is not None:
                _read_row(reader, _Line(sheet, heading, row, row[at], year, ticked), found)
    blank = sum(1 for row in body for at in heading.amounts if _blank(row, at, heading, reader.known))
    if blank:
        reader.left_out["no amount"] += blank


def _is_ticked(body: Sequence[Sequence[Cell]], heading: Heading, name: str) -> bool:
    """Whether a column says yes with an x and no with nothing."""
    at = heading.columns.get(name)
    return at is not None and {row[at].text.lower() for row in body if at < len(row)} == {"x", ""}


def _blank(row: Sequence[Cell], at: int, heading: Heading, known: Known) -> bool:
    """Whether the row names a profile and gives no tariff in this column."""
    name = heading.columns.get("zzp", heading.columns.get("description"))
    named = name is not None and name < len(row) and words.zzp(row[name].text, dict(known.names))
    return bool(named) and (at >= len(row) or amounts.is_nothing(row[at]))


@dataclass(frozen=True, slots=True)
class _Line:
    """A row with one of its amounts; ``year`` is that of the amount's heading."""

    sheet: Sheet
    heading: Heading
    row: Sequence[Cell]
    amount: Cell
    year: int | None
    ticked: frozenset[str]

    def cell(self, name: str) -> Cell | None:
        """The cell of a field, None where it is empty or has no column."""
        at = self.heading.columns.get(name)
        return self.row[at] if at is not None and at < len(self.row) and self.row[at].text else None

    def text(self, name: str) -> str:
        """The text of a field, empty for nothing."""
        cell = self.cell(name)
        return "" if cell is None else cell.text


def _read_row(reader: _Reader, line: _Line, found: int | ConfigurationError) -> None:
    """Add the tariff of a row, or all that is wrong with it; a row that is not ours is left out."""
    names = dict(reader.known.names)
    code = line.text("code")
    listed = reader.known.codes.get(code)
    about = line.text("description")
    zzp = (
        words.zzp(line.text("zzp"), names)
        or (listed.zzp if listed and not line.text("zzp") else None)
        or (words.zzp(about, names) if not line.text("zzp") else None)
    )
    if zzp is None and not line.text("zzp"):
        zzp = _valued(reader, "zzp", lambda cell: words.zzp(cell.text, names))
    if zzp is None:
        _unnamed(reader, line, code, about)
        return
    if isinstance(found, ConfigurationError):
        reader.faults.append(found)
        return
    forms = dict(reader.known.forms)
    try:
        profile = Profile(
            zzp,
            _given(
                reader,
                line,
                "delivery_form",
                lambda cell: words.delivery_form(cell.text, forms),
                listed.delivery_form if listed else words.said_form(about),
            ),
            _given(
                reader,
                line,
                "with_treatment",
                words.flag,
                listed.with_treatment if listed else words.said(about, "with_treatment"),
            ),
            _given(
                reader,
                line,
                "with_day_care",
                words.flag,
                listed.with_day_care if listed else words.said(about, "with_day_care"),
            ),
        )
        start, end = _dates(reader, line)
    except _Missing as missing:
        reader.lacking.setdefault(str(missing), line.heading)
        return
    except ConfigurationError as error:
        reader.faults.append(error)
        return
    reader.rows.append(Row(profile, start, end, found, code or None, line.amount.place))


def _given(reader: _Reader, line: _Line, name: str, own: Callable[[Cell], _T | None], known: _T | None) -> _T:
    """A field of a row: from its own cell, else as known of it, else as the command says for all rows."""
    cell = line.cell(name)
    if cell is not None:
        value = own(cell)
        if value is None:
            raise _bad(cell, name)
        return value
    if known is None and name in line.ticked:
        known = own(Cell(False, line.amount.place))
    if known is None:
        known = _valued(reader, name, own)
    if known is None and name in line.heading.columns:
        raise _bad(Cell('""', line.amount.place), name)
    if known is None:
        raise _Missing(name)
    return known


def _valued(reader: _Reader, name: str, own: Callable[[Cell], _T | None]) -> _T | None:
    """What the command says of a field; None for nothing."""
    if name not in reader.choices.values:
        return None
    cell = Cell(reader.choices.values[name], f"--value {name}")
    value = own(cell)
    if value is None:
        raise _bad(cell, name)
    return value


def _dates(reader: _Reader, line: _Line) -> tuple[dt.date, dt.date | None]:
    """First and last day: of the row; of the year of the heading, the row or the sheet's name; of the command."""
    year, of_year = line.year, line.cell("year")
    if line.cell("start_date") is None:
        if year is None and of_year is not None:
            year = words.year(of_year.text)
            if year is None:
                raise _bad(of_year, "year")
        if year is None and "start_date" not in {*reader.choices.values, *line.heading.columns}:
            year = words.year(line.sheet.name)
        if year is not None:
            return dt.date(year, 1, 1), dt.date(year, 12, 31)
    start = _given(reader, line, "start_date", words.day, None)
    last = line.cell("end_date")
    end = words.day(last) if last is not None else _valued(reader, "end_date", words.day)
    if last is not None and end is None:
        raise _bad(last, "end_date")
    if end is not None and end < start:
        raise _bad(last or Cell(str(end), "--value end_date"), "end_date", f">= {start}")
    return start, end


def _unnamed(reader: _Reader, line: _Line, code: str, about: str) -> None:
    """A row whose profile is not known: of another sector or with a code we do not know it is left out."""
    named = line.cell("zzp")
    sector = words.other_sector(named.text if named else about)
    if sector is not None:
        reader.left_out[f"sector {sector}"] += 1
    elif named is not None:
        reader.faults.append(_bad(named, "zzp"))
    elif code:
        reader.left_out[f"code {code} is not in norms/tariff_codes.csv"] += 1
    elif about:
        reader.left_out[f"no care profile: {about[:40]}"] += 1
    else:
        # An amount without anything beside it: a total, or a row of which the name was lost.
        reader.faults.append(_bad(line.amount, "zzp"))


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
