"""A list of tariffs beside the tariffs there are: what is new, what changes, what overlaps; one tariff a day.

The rules, for each profile:

* on a day that a row of the list covers, the list's tariff holds;
* a tariff that holds when a row of the list starts ends the day before;
* a row of the list without a last day ends the day before the next tariff, of the list or of the file: a tariff that
  is already known for later stays;
* a tariff of the file that starts inside a row of the list with a last day is dropped, or starts after it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from ipvb_bridge.pipeline.tariff_list.reading import Profile, Row

State = Literal["new", "follows", "changed", "unchanged", "overlapping"]
"""new: no tariff held on these days; follows: an open tariff ends the day before; changed: another amount, or another
last day, from the same day; unchanged: it is there; overlapping: it takes days of a tariff that has a last day of its
own or starts later."""
_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Tariff:
    """A row of norms/tariffs.csv."""

    profile: Profile
    start: dt.date
    end: dt.date | None
    cents: int
    code: str | None
    source: str | None
    last_checked: dt.date | None


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the list beside what the file has: ``before`` is the amount that held on its first day, if any."""

    tariff: Tariff
    state: State
    before: int | None
    place: str


@dataclass(frozen=True, slots=True)
class Joined:
    """``lines`` in the order of profile and start; ``tariffs`` what the file is to hold, sorted."""

    lines: Sequence[Line]
    tariffs: Sequence[Tariff]

    @property
    def changes(self) -> bool:
        """Whether the file would say anything else than it does."""
        return any(line.state != "unchanged" for line in self.lines)


def join(rows: Iterable[Row], there: Iterable[Tariff], source: str, today: dt.date) -> Joined:
    """The tariffs there are, with the rows of a list in them.

    ``rows`` come from :func:`reading.read`: no two of them hold on one day, but for an open one that gives way. A row
    that is already there keeps its own source, and was looked at ``today``. No two of the tariffs made hold on one day,
    unless two of ``there`` did on days of which the list says nothing.
    """
    listed: dict[Profile, list[Row]] = {}
    for row in rows:
        listed.setdefault(row.profile, []).append(row)
    held: dict[Profile, list[Tariff]] = {}
    for tariff in there:
        held.setdefault(tariff.profile, []).append(tariff)
    lines: list[Line] = []
    made: list[Tariff] = []
    for profile in sorted({*listed, *held}):
        own, kept = _profile(sorted(listed.get(profile, []), key=_start), held.get(profile, []), source, today)
        lines += own
        made += kept
    return Joined(lines, sorted(made, key=lambda each: (each.profile, each.start)))


def _start(each: Row | Tariff) -> dt.date:
    return each.start


def _profile(
    rows: Sequence[Row], there: Sequence[Tariff], source: str, today: dt.date
) -> tuple[list[Line], list[Tariff]]:
    """The lines and the tariffs of one profile."""
    lines: list[Line] = []
    kept = sorted(there, key=_start)
    for at, row in enumerate(rows):
        starts = [*map(_start, rows[at + 1 :]), *map(_start, there)]
        following = [each for each in starts if each > row.start]
        end = row.end if row.end is not None else (min(following) - _DAY if following else None)
        new = Tariff(row.profile, row.start, end, row.cents, row.code, source, today)
        touched = [each for each in kept if _overlap(each, new)]
        before = next((each.cents for each in touched if _holds(each, new.start)), None)
        state = _state(new, touched)
        if state == "unchanged":
            new = replace(touched[0], last_checked=today, code=touched[0].code or new.code)
        lines.append(Line(new, state, before, row.place))
        kept = [part for each in kept for part in (_left(each, new) if each in touched else [each])] + [new]
    return lines, kept


def _holds(each: Tariff, day: dt.date) -> bool:
    return each.start <= day and (each.end is None or each.end >= day)


def _overlap(one: Tariff, other: Tariff) -> bool:
    return (one.end is None or one.end >= other.start) and (other.end is None or other.end >= one.start)


def _state(new: Tariff, touched: Sequence[Tariff]) -> State:
    if not touched:
        return "new"
    if len(touched) > 1:
        return "overlapping"
    only = touched[0]
    if only.start == new.start:
        same = only.cents == new.cents and (only.end == new.end)
        return "unchanged" if same else "changed"
    return "follows" if only.start < new.start and only.end is None else "overlapping"


def _left(each: Tariff, new: Tariff) -> list[Tariff]:
    """What is left of a tariff where a new one holds: the days before it, or those after its last day.

    An open tariff that started earlier ends for good: the list speaks of what comes after it.
    """
    if each.start < new.start:
        return [replace(each, end=new.start - _DAY)]
    if new.end is not None and each.start > new.start and (each.end is None or each.end > new.end):
        return [replace(each, start=new.end + _DAY)]
    return []


@dataclass(frozen=True, slots=True)
class Gap:
    """Days on which a profile is in use and has no tariff."""

    profile: Profile
    residents: int
    first: dt.date
    last: dt.date


def gaps(used: Mapping[Profile, tuple[int, Sequence[tuple[dt.date, dt.date]]]], tariffs: Iterable[Tariff]) -> list[Gap]:
    """The days without a tariff of each profile in use; ``used``: profile -> residents, and spans of days (joined)."""
    held: dict[Profile, list[Tariff]] = {}
    for tariff in tariffs:
        held.setdefault(tariff.profile, []).append(tariff)
    found = []
    for profile, (residents, spans) in sorted(used.items()):
        for first, last in spans:
            at = first
            for tariff in sorted(held.get(profile, []), key=_start):
                if tariff.start > last or (tariff.end is not None and tariff.end < at):
                    continue
                if tariff.start > at:
                    found.append(Gap(profile, residents, at, tariff.start - _DAY))
                at = last + _DAY if tariff.end is None else max(at, tariff.end + _DAY)
            if at <= last:
                found.append(Gap(profile, residents, at, last))
    return found
