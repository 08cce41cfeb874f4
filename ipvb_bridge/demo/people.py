"""Invented residents: who lived where, was away when, and which care profile was granted."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import lru_cache

from ipvb_bridge.core.validation import passes_eleven
from ipvb_bridge.demo.house import DEPARTMENTS, FIRST, LAST, MONTH_FIRST, ROOMS, Department, dice

Row = dict[str, object]
_PROFILES = {"somatic": (("4VV", 25), ("6VV", 60), ("8VV", 15)), "pg": (("5VV", 75), ("7VV", 25))}
_FORMS = {"stay": "verblijf", "vpt": "VPT", "mpt": "MPT"}
"""Delivery forms as this care file writes them; mappings/delivery_forms.csv knows what they mean."""


@dataclass(slots=True)
class Resident:
    """A resident with the spans in which they lived in a department; ``end`` None is open."""

    resident_id: str
    client_group: str
    zzp: str
    delivery_form: str
    with_treatment: bool
    stays: list[tuple[Department, dt.date, dt.date | None]] = field(default_factory=list)

    @property
    def start(self) -> dt.date:
        """The first day."""
        return self.stays[0][1]

    @property
    def end(self) -> dt.date | None:
        """The last day, None while they live here."""
        return self.stays[-1][2]


def residents() -> list[Resident]:
    """Everyone who lived here in the year: each room has one after the other, about three in ten rooms change."""
    made: list[Resident] = []
    for department in DEPARTMENTS:
        for room in range(ROOMS):
            throw = dice("room", department.unit_id, room)
            start = FIRST - dt.timedelta(days=throw.randint(30, 1400))
            while True:
                leaves = throw.random() < 0.28
                end = max(start, FIRST) + dt.timedelta(days=throw.randint(20, 330)) if leaves else None
                if end is not None and end >= LAST - dt.timedelta(days=9):
                    end = None
                made.append(_one(len(made), department, room, start, end))
                if end is None:
                    break
                start = end + dt.timedelta(days=throw.randint(2, 6))
    _moves(made)
    return made


def _one(number: int, department: Department, room: int, start: dt.date, end: dt.date | None) -> Resident:
    throw = dice("resident", department.unit_id, room, start)
    profiles, weights = zip(*_PROFILES[department.client_group], strict=True)
    zzp = throw.choices(profiles, weights)[0]
    form = department.delivery_form
    if form == "vpt":
        zzp, form = ("4VV" if zzp == "8VV" else zzp), ("mpt" if throw.random() < 0.2 else "vpt")
    treated = form == "stay" and throw.random() < 0.7
    return Resident(f"B{10_001 + number}", department.client_group, zzp, form, treated, [(department, start, end)])


def _moves(made: list[Resident]) -> None:
    """Four residents move to the next department of their location in December; two pairs change rooms."""
    day = MONTH_FIRST + dt.timedelta(days=10)
    for first, second in (("D11", "D12"), ("D31", "D32")):
        pair = [
            next(each for each in made[::-1] if each.stays[-1][0].unit_id == unit and each.end is None)
            for unit in (first, second)
        ]
        homes = [each.stays[-1][0] for each in pair]
        for each, other in zip(pair, homes[::-1], strict=True):
            home, start, _ = each.stays[-1]
            each.stays[-1:] = [(home, start, day - dt.timedelta(days=1)), (other, day, None)]


@lru_cache(maxsize=1)
def _numbers() -> tuple[str, ...]:
    return tuple(str(each) for each in range(999_990_000, 1_000_000_000) if passes_eleven(str(each)))


def bsn(resident_id: str) -> str:
    """An invented BSN for a resident, of a range that is given out to nobody."""
    return _numbers()[int(resident_id[1:]) - 10_001]


def resident_rows(people: list[Resident]) -> list[Row]:
    """The stream residents: no names, no dates of birth."""
    return [
        {"resident_id": each.resident_id, "client_group": each.client_group, "name": "", "date_of_birth": ""}
        for each in people
    ]


def stays(people: list[Resident]) -> list[Row]:
    """The stream stays."""
    return [
        {
            "stay_id": f"V{each.resident_id[1:]}-{number}",
            "resident_id": each.resident_id,
            "unit_id": department.unit_id,
            "start_date": start,
            "end_date": end or "",
        }
        for each in people
        for number, (department, start, end) in enumerate(each.stays, 1)
    ]


def indications(people: list[Resident]) -> list[Row]:
    """The stream indications: an assigned one each; some also carry the older one that was indicated."""
    rows: list[Row] = []
    for each in people:
        throw = dice("indication", each.resident_id)
        common = {
            "resident_id": each.resident_id,
            "delivery_form": _FORMS[each.delivery_form],
            "with_treatment": str(each.with_treatment).lower(),
            "with_day_care": str(each.zzp == "5VV" and each.with_treatment).lower(),
            "end_date": _closed(each),
        }
        number = each.resident_id[1:]
        start = each.start - dt.timedelta(days=throw.randint(0, 40))
        rows.append(
            {"indication_id": f"I{number}", "basis": "assigned", "zzp": each.zzp, "start_date": start, **common}
        )
        if throw.random() < 0.08:
            older = start - dt.timedelta(days=300)
            rows.append(
                {"indication_id": f"I{number}-0", "basis": "indicated", "zzp": "4VV", "start_date": older, **common}
            )
    return rows


def _closed(each: Resident) -> dt.date | str:
    """An indication ends with the stay; of one in forty the administration forgot to end it."""
    forgotten = dice("forgotten", each.resident_id).random() < 0.025
    return "" if each.end is None or forgotten else each.end


_REASONS = (("hospital", 5, 2, 12), ("vacation", 2, 3, 9), ("weekend", 4, 1, 3), ("other_institution", 1, 5, 20))


def absences(people: list[Resident]) -> list[Row]:
    """The stream absences, over the year; one long hospital stay and one long holiday fall in the month."""
    rows: list[Row] = []

    def add(each: Resident, reason: str, start: dt.date, end: dt.date) -> None:
        row = {"absence_id": f"A{len(rows) + 1:04d}", "resident_id": each.resident_id, "reason": reason}
        rows.append({**row, "start_date": start, "end_date": end})

    for each in people:
        throw = dice("absence", each.resident_id)
        if throw.random() > 0.3:
            continue
        reason, _, least, most = throw.choices(_REASONS, [weight for _, weight, _, _ in _REASONS])[0]
        start = max(each.start, FIRST) + dt.timedelta(days=throw.randint(1, 330))
        end = start + dt.timedelta(days=throw.randint(least, most) - 1)
        if end <= min(each.end or LAST, LAST):
            add(each, reason, start, end)
    staying = [each for each in people if each.end is None and each.delivery_form == "stay"]
    add(staying[17], "hospital", dt.date(2025, 9, 20), dt.date(2025, 12, 28))
    add(staying[140], "vacation", dt.date(2025, 12, 8), dt.date(2025, 12, 27))
    return rows


def opt_outs(people: list[Resident]) -> list[Row]:
    """The stream opt_outs: families who do the laundry or the cleaning themselves."""
    rows: list[Row] = []
    for each in people:
        throw = dice("opt out", each.resident_id)
        if each.end is None and each.delivery_form == "stay" and throw.random() < 0.08:
            start = each.start + dt.timedelta(days=throw.randint(0, 20))
            component = throw.choice(("laundry", "laundry", "cleaning", "meals"))
            row = {"opt_out_id": f"O{each.resident_id[1:]}", "resident_id": each.resident_id, "component": component}
            rows.append({**row, "taken_over_by": "network", "start_date": start, "end_date": ""})
    return rows


def conversations(people: list[Resident]) -> list[Row]:
    """The stream conversations: the month's talk with four in five residents."""
    rows: list[Row] = []
    for each in people:
        throw = dice("conversation", each.resident_id)
        if each.end is None and each.start < MONTH_FIRST and throw.random() < 0.8:
            date = MONTH_FIRST + dt.timedelta(days=throw.randint(0, 30))
            who = throw.choice(("resident", "resident, relative", "relative"))
            row = {"conversation_id": f"K{each.resident_id[1:]}", "resident_id": each.resident_id, "date": date}
            rows.append({**row, "with_whom": who, "note": ""})
    return rows


def satisfaction(people: list[Resident]) -> list[Row]:
    """The stream satisfaction: a mark by residents and by relatives."""
    rows: list[Row] = []
    for each in people:
        throw = dice("satisfaction", each.resident_id)
        if each.end is not None or throw.random() > 0.6:
            continue
        for respondent in ("resident", "relative")[: throw.randint(1, 2)]:
            row = {"score_id": f"T{len(rows) + 1:04d}", "resident_id": each.resident_id}
            row |= {"unit_id": each.stays[-1][0].unit_id, "respondent": respondent}
            row |= {"date": str(MONTH_FIRST + dt.timedelta(days=throw.randint(0, 30)))}
            row |= {"respondent_key": f"{respondent}-{each.resident_id}", "question": "overall"}
            rows.append({**row, "score": throw.choices((5, 6, 7, 8, 9, 10), (1, 3, 9, 12, 5, 1))[0]})
    return rows
