"""Figures as a reader writes them: 1.234,56 in Dutch, 1,234.56 in English. Whole numbers in, text out."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from ipvb_bridge.core.periods import Period
from ipvb_bridge.reports.terms import Language, terms

_SPACE = "\u00a0"  # a figure and its sign never part at a line end
_JOINER = "\u2060"
_SWAPPED = str.maketrans(",.", ".,")

FILTERS = (
    "money", "euro", "tight", "hours", "clock", "decimal", "signed", "count", "percent", "day", "weekday",
    "period_name",
)  # fmt: skip
"""The methods of :class:`Figures` that templates use as filters."""


def share(part: Decimal | float | int, whole: Decimal | float | int, *, top: float = 100.0) -> float:
    """Part of a whole in per cent between 0 and ``top``, for the width of a bar; 0 of nothing."""
    return round(min(max(float(part) / float(whole) * 100, 0.0), top), 2) if whole else 0.0


def tight(text: str) -> str:
    """A sentence in which no amount parts from its sign at a line end."""
    return text.replace("€ ", f"€{_SPACE}").replace("-€", f"-{_JOINER}€")


def minutes(milliminutes: int) -> int:
    """Whole minutes, half to even: what a statement shows of a cell, and adds up."""
    return round(Decimal(milliminutes) / 1000)


class Figures:
    """Figures of one language. Whatever is ``None`` has no text."""

    def __init__(self, language: Language) -> None:
        self._terms = terms(language)
        self._dutch = language == "nl"

    def _points(self, text: str) -> str:
        return text.translate(_SWAPPED) if self._dutch else text

    def money(self, cents: int | None) -> str:
        """Cents as euros with two decimals, without the sign of the currency."""
        if cents is None:
            return ""
        whole, rest = divmod(abs(cents), 100)
        return ("-" if cents < 0 else "") + self._points(f"{whole:,}.{rest:02d}")

    def euro(self, cents: int | None) -> str:
        """Cents as ``€ 1.234,56`` or ``-€ 1.234,56``; the English have no space behind the sign."""
        if cents is None:
            return ""
        return f"{'-' if cents < 0 else ''}€{_SPACE if self._dutch else ''}{self.money(abs(cents))}"

    def tight(self, text: str) -> str:
        """See :func:`tight`."""
        return tight(text)

    def hours(self, milliminutes: int | None) -> str:
        """Milliminutes as hours with two decimals, half to even."""
        return "" if milliminutes is None else self.decimal(Decimal(milliminutes) / 60_000)

    def clock(self, whole_minutes: int | None) -> str:
        """Whole minutes as ``12 u 30`` or ``45 min``: how a relative reads a time span."""
        if whole_minutes is None:
            return ""
        hour, rest = divmod(whole_minutes, 60)
        if not hour:
            return str(self._terms("time.minutes", minutes=rest))
        return str(self._terms("time.hours", hours=self.count(hour), minutes=f"{rest:02d}"))

    def decimal(self, value: Decimal | float | int | None, places: int = 2) -> str:
        """A decimal with that many places, half to even."""
        if value is None:
            return ""
        exact = value if isinstance(value, Decimal) else Decimal(str(value))
        rounded = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
        return self._points(f"{rounded if rounded else abs(rounded):,}")

    def signed(self, value: Decimal | float | None, places: int = 2) -> str:
        """A decimal with its sign shown, also when it is positive: the way a gap is read."""
        text = self.decimal(value, places)
        return f"+{text}" if value is not None and value > 0 and text.strip("0,.") else text

    def count(self, value: int | None) -> str:
        """A whole number with its thousands apart."""
        return "" if value is None else self._points(f"{value:,}")

    def percent(self, value: Decimal | float) -> str:
        """A share (0.955) as ``95,5%``, at most two decimals."""
        exact = Decimal(str(value)) * 100
        places = 2 if exact * 10 % 1 else 1 if exact % 1 else 0
        return f"{self.decimal(exact, places)}%"

    def day(self, date: dt.date | str | None) -> str:
        """A date (or its ISO text) in full: 5 januari 2026."""
        if date is None:
            return ""
        if isinstance(date, str):
            date = dt.date.fromisoformat(date)
        return f"{date.day} {self._terms.months[date.month - 1]} {date.year}"

    def weekday(self, date: dt.date | str) -> str:
        """The day of the week of a date (or its ISO text)."""
        if isinstance(date, str):
            date = dt.date.fromisoformat(date)
        return self._terms.weekdays[date.weekday()]

    def period_name(self, period: Period | str) -> str:
        """A month by its name, another span by its first and last day."""
        if isinstance(period, str):
            period = Period.parse(period)
        months = period.months()
        if not period.whole_months:
            ends = [self.day(each) for each in (period.start, period.end)]
        else:
            ends = [f"{self._terms.months[each.month - 1]} {each.year}" for each in (period.start, period.end)]
            if len(months) == 1:
                return ends[0]
        return str(self._terms("months.span", first=ends[0], last=ends[1]))


@lru_cache(maxsize=2)
def figures(language: Language) -> Figures:
    """The figures of a language."""
    return Figures(language)
