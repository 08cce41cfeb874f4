"""Small draws that every part of an organisation is made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from random import Random
from typing import Any

from hypothesis import strategies as st

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import Table

Row = dict[str, Any]
Draw = Any
"""Hypothesis's draw, which shrinks, or a seeded ``Random``, which is quicker and spreads wider."""

DAY = dt.timedelta(days=1)

LONG_AGO = {"start_date": dt.date(2001, 1, 1), "end_date": dt.date(2009, 12, 31)}
SINCE = {"start_date": dt.date(2010, 1, 1)}

UNITS = ("D1", "D2", "LOC2")


def row(table: Table, /, **values: Any) -> Row:
    """A full row of a table; what is not given is empty."""
    unknown = set(values) - set(table.names)
    assert not unknown, unknown
    return {name: values.get(name) for name in table.names}


def pick(draw: Draw, *values: Any) -> Any:
    if isinstance(draw, Random):
        return draw.choice(values)
    return draw(st.sampled_from(values))


def number(draw: Draw, low: int, high: int) -> int:
    if isinstance(draw, Random):
        return draw.randint(low, high)
    return int(draw(st.integers(low, high)))


def chance(draw: Draw, one_in: int) -> bool:
    """True once in so many; shrinks to False."""
    return number(draw, 0, one_in - 1) == one_in - 1


def some(draw: Draw, values: Sequence[Any], low: int, high: int) -> list[Any]:
    """Between ``low`` and ``high`` of the values, each at most once, in any order."""
    left = list(values)
    return [left.pop(number(draw, 0, len(left) - 1)) for _ in range(number(draw, low, high))]


def length(draw: Draw) -> int:
    low, high = pick(draw, (1, 5), (6, 20), (21, 60), (61, 130))
    return number(draw, low, high)


def end_day(draw: Draw, start: dt.date) -> dt.date | None:
    return start + (length(draw) - 1) * DAY if chance(draw, 2) else None


def start_day(draw: Draw, period: Period) -> dt.date:
    back = pick(draw, 0, 5, 40, 150, 400)
    return period.start + number(draw, -back, period.days - 1) * DAY


def ids(draw: Draw, prefix: str, count: int) -> list[str]:
    """Ids whose order as text differs from their order of making."""
    return [f"{prefix}{place}" for place in some(draw, range(8, 8 + count), count, count)]


def spans(draw: Draw, period: Period, most: int) -> list[tuple[dt.date, dt.date | None]]:
    """Spans that follow on each other, touch, overlap or stand apart."""
    spans: list[tuple[dt.date, dt.date | None]] = []
    for _ in range(number(draw, 1, most)):
        last = spans[-1][1] if spans else None
        start = start_day(draw, period)
        if spans and chance(draw, 4):
            start = spans[-1][0]
        elif last and not chance(draw, 4):
            start = last + pick(draw, 1, 2, 0, -3) * DAY
        spans.append((start, end_day(draw, start)))
    return spans
