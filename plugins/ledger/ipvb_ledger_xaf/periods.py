"""Which month a period counts in. The period decides, not the date of a line (facts of real exporters; our reading).

1. what the configuration says (``periods``);
2. period 0 is the opening: apart;
3. the file's own table of periods, where its days lie in the fiscal year;
4. numbers 1-12: the months of the fiscal year, which may start in any month;
5. numbers 13-999 without days: the last month of the fiscal year, with a finding;
6. anything else (``2015``): the month of the transaction's date, kept inside the fiscal year, with a finding.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ipvb_bridge.base.errors import DataError
from ipvb_ledger_xaf import messages
from ipvb_ledger_xaf.book import Book

Why = Literal["configured", "opening", "excluded", "table", "wide", "outside", "number", "guessed", "date"]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a period counts: its month (None: apart, left out, or by date) and why."""

    month: str | None
    why: Why
    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True, slots=True)
class FiscalYear:
    """The days that a book covers."""

    start: dt.date
    end: dt.date

    @property
    def first(self) -> str:
        """The first month, ``2026-01``."""
        return f"{self.start:%Y-%m}"

    @property
    def last(self) -> str:
        """The last month."""
        return f"{self.end:%Y-%m}"

    @property
    def months(self) -> int:
        """How many calendar months it touches."""
        return (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1

    @property
    def label(self) -> str:
        """What tells this book's entries from those of another year: ``2026``, or the first month of any other span."""
        return f"{self.start:%Y}" if self.start.month == 1 and self.months == 12 else self.first

    def month(self, number: int) -> str:
        """The month of a period number 1-12.

        Counted from the first month; in a book of less than twelve months a number that would fall behind its end is
        the calendar's month (an export of April to June with periods 4, 5 and 6).
        """
        if self.months < 12 and number > self.months:
            for year in {self.start.year, self.end.year}:
                if self.first <= f"{year}-{number:02d}" <= self.last:
                    return f"{year}-{number:02d}"
        index = self.start.year * 12 + self.start.month - 1 + number - 1
        return f"{index // 12:04d}-{index % 12 + 1:02d}"


def day(text: str | None) -> dt.date | None:
    """A date as an audit file writes it, or None."""
    match = re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", (text or "").strip())
    if match is None:
        return None
    try:
        return dt.date.fromisoformat(match[0])
    except ValueError:
        return None


def fiscal_year(book: Book) -> FiscalYear:
    """The days of the header; else those of the table of periods; else the calendar year of ``fiscalYear``.

    Raises :class:`DataError` (XAF11) when none of these says anything.
    """
    header = book.header
    start, end = day(header.get("startDate")), day(header.get("endDate"))
    if start and end:
        if start <= end:
            return FiscalYear(start, end)
        start = end = None
    year = re.search(r"(?:19|20)[0-9]{2}", header.get("fiscalYear", ""))
    if start is None and end is None and year is None:
        spans = [(day(first), day(last)) for first, last in book.periods.values()]
        starts = [first for first, _ in spans if first]
        ends = [last for _, last in spans if last]
        if starts and ends and min(starts) <= max(ends):
            return FiscalYear(min(starts), max(ends))
        seen = " / ".join(header.get(name, "-") or "-" for name in ("fiscalYear", "startDate", "endDate"))
        raise DataError(messages.NO_FISCAL_YEAR, where=book.where, seen=seen)
    if start:
        return FiscalYear(start, _last_day(start.year * 12 + start.month - 1 + 11))
    if end:
        first = end.year * 12 + end.month - 1 - 11
        return FiscalYear(dt.date(first // 12, first % 12 + 1, 1), end)
    assert year is not None
    return FiscalYear(dt.date(int(year[0]), 1, 1), dt.date(int(year[0]), 12, 31))


def place(
    book: Book, fiscal: FiscalYear, configured: Mapping[str, str], excluded: frozenset[str], period: str
) -> Placed:
    """Where a period of the book counts, by the rules above."""
    number = _number(period)
    key = str(number) if number is not None else period
    if key in excluded or period in excluded:
        return Placed(None, "excluded")
    month = configured.get(period) or configured.get(key)
    if month:
        return Placed(month, "configured")
    if number is None or number > 999:
        return Placed(None, "date")
    if number == 0:
        return Placed(None, "opening")
    start, end = _days(book, number)
    by_number = fiscal.month(number) if number <= 12 else fiscal.last
    if start is None or end is None:
        return Placed(by_number, "number" if number <= 12 else "guessed")
    months = (end.year - start.year) * 12 + end.month - start.month + 1
    if (end - start).days < 31:
        found, why = _longest(start, end), "table"
    else:
        # A quarter or a year: a numbered one counts where it starts, an extra one (closing entries) where it ends.
        found, why = (f"{start:%Y-%m}" if number <= 12 else f"{end:%Y-%m}"), "wide" if months > 1 else "table"
    if not fiscal.first <= found <= fiscal.last:
        return Placed(by_number, "outside", start, end)
    return Placed(found, why, start, end)  # type: ignore[arg-type]  # mypy widens the pair of literals


def _days(book: Book, number: int) -> tuple[dt.date | None, dt.date | None]:
    for text, (start, end) in book.periods.items():
        if _number(text) == number:
            first, last = day(start), day(end)
            if first and last and first <= last:
                return first, last
    return None, None


def _number(text: str) -> int | None:
    return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else None


def _longest(start: dt.date, end: dt.date) -> str:
    """The month with most days of a span of at most two months; of equal ones the first."""
    in_first = calendar.monthrange(start.year, start.month)[1] - start.day + 1
    same = (start.year, start.month) == (end.year, end.month)
    return f"{start:%Y-%m}" if same or in_first >= end.day else f"{end:%Y-%m}"


def _last_day(index: int) -> dt.date:
    year, month = index // 12, index % 12 + 1
    return dt.date(year, month, calendar.monthrange(year, month)[1])
