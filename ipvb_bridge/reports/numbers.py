"""Figures as a Dutch reader writes them: 1.234,56 and € 1.234,56. Whole numbers in, text out, no float for money."""

from __future__ import annotations

import datetime as dt
from decimal import ROUND_HALF_EVEN, Decimal

from ipvb_bridge.core.periods import Period

_MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)  # fmt: skip
_SPACE = "\u00a0"  # a figure and its sign never part at a line end
_JOINER = "\u2060"


def _dutch(text: str) -> str:
    return text.translate(str.maketrans(",.", ".,"))


def money(cents: int | None) -> str:
    """Cents as euros with two decimals, without the sign of the currency; nothing for ``None``."""
    if cents is None:
        return ""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{_dutch(f'{whole:,}')},{rest:02d}"


def euro(cents: int | None) -> str:
    """Cents as ``€ 1.234,56`` or ``-€ 1.234,56``; nothing for ``None``."""
    return "" if cents is None else f"{'-' if cents < 0 else ''}€{_SPACE}{money(abs(cents))}"


def tight(text: str) -> str:
    """A sentence in which no amount parts from its sign at a line end."""
    return text.replace("€ ", f"€{_SPACE}").replace("-€", f"-{_JOINER}€")


def hours(milliminutes: int | None) -> str:
    """Milliminutes as hours with two decimals, half to even; nothing for ``None``."""
    if milliminutes is None:
        return ""
    return decimal(Decimal(milliminutes) / 60_000)


def decimal(value: Decimal | float | int | None, places: int = 2) -> str:
    """A decimal with that many places, half to even; nothing for ``None``."""
    if value is None:
        return ""
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    rounded = exact.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    return _dutch(f"{rounded if rounded else abs(rounded):,}")


def signed(value: Decimal | float | None, places: int = 2) -> str:
    """A decimal with its sign shown, also when it is positive: the way a gap is read."""
    text = decimal(value, places)
    return f"+{text}" if value is not None and value > 0 and text.strip("0,.") else text


def count(value: int | None) -> str:
    """A whole number with points between the thousands; nothing for ``None``."""
    return "" if value is None else _dutch(f"{value:,}")


def share(part: Decimal | float | int, whole: Decimal | float | int, *, top: float = 100.0) -> float:
    """Part of a whole in per cent between 0 and ``top``, for the width of a bar; 0 of nothing."""
    return round(min(max(float(part) / float(whole) * 100, 0.0), top), 2) if whole else 0.0


def percent(value: Decimal | float) -> str:
    """A share (0.955) as ``95,5%``, at most two decimals."""
    exact = Decimal(str(value)) * 100
    places = 2 if exact * 10 % 1 else 1 if exact % 1 else 0
    return f"{decimal(exact, places)}%"


def day(date: dt.date | None) -> str:
    """A date in full: 5 januari 2026; nothing for ``None``."""
    return "" if date is None else f"{date.day} {_MONTHS[date.month - 1]} {date.year}"


def period_name(period: Period) -> str:
    """A month by its name, another span by its first and last day."""
    months = period.months()
    if period.whole_months and len(months) == 1:
        return f"{_MONTHS[period.start.month - 1]} {period.start.year}"
    if period.whole_months:
        first, last = (f"{_MONTHS[d.month - 1]} {d.year}" for d in (period.start, period.end))
        return f"{first} tot en met {last}"
    return f"{day(period.start)} tot en met {day(period.end)}"
