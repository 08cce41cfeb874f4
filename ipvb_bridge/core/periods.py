"""Spans of calendar days: a period of a calculation, a cost window (method.md section 1)."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass

_MONTH = re.compile(r"([0-9]{4})-([0-9]{2})")


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A span of days, both ends included, in the organisation's own calendar."""

    start: dt.date
    end: dt.date

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise ValueError(f"a period ends on or after its first day: {self.start}..{self.end}")

    @classmethod
    def parse(cls, text: str) -> Period:
        """Read ``2026-01`` or ``2026-01-01..2026-01-31``. Raises ``ValueError`` for anything else."""
        first, dots, last = text.strip().partition("..")
        if dots:
            return cls(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
        match = _MONTH.fullmatch(first)
        if match is None:
            raise ValueError(f"a period is 2026-01 or 2026-01-01..2026-01-31, not {text!r}")
        return cls.month(int(match[1]), int(match[2]))

    @classmethod
    def month(cls, year: int, month: int) -> Period:
        """A calendar month."""
        return cls(dt.date(year, month, 1), dt.date(year, month, calendar.monthrange(year, month)[1]))

    def __str__(self) -> str:
        if self.whole_months and (self.start.year, self.start.month) == (self.end.year, self.end.month):
            return f"{self.start:%Y-%m}"
        return f"{self.start}..{self.end}"

    @property
    def days(self) -> int:
        """Number of days, both ends counted."""
        return (self.end - self.start).days + 1

    @property
    def whole_months(self) -> bool:
        """True when the span starts on a first and ends on a last day of a month."""
        return self.start.day == 1 and self.end.day == calendar.monthrange(self.end.year, self.end.month)[1]

    def months(self) -> list[str]:
        """The calendar months it touches, ``2026-01`` ascending."""
        first = self.start.year * 12 + self.start.month - 1
        last = self.end.year * 12 + self.end.month - 1
        return [f"{index // 12:04d}-{index % 12 + 1:02d}" for index in range(first, last + 1)]

    def window(self, months: int = 12) -> Period:
        """The whole calendar months that end with this period's last month."""
        last = self.end.year * 12 + self.end.month - 1
        first = last - months + 1
        return Period(
            dt.date(first // 12, first % 12 + 1, 1),
            Period.month(self.end.year, self.end.month).end,
        )
