"""The whole invented organisation, as its three systems hold it on the day of a delivery.

Everything follows from fixed names and numbers: two runs give the same rows to the letter. No person, id or amount is
anybody's; the tariffs are fictional.
"""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ipvb_bridge.demo import books, care, pay, people, staff
from ipvb_bridge.demo.house import DEPARTMENTS, LAST, MONTH_FIRST, YEAR, dice, units
from ipvb_bridge.demo.people import Resident, Row

CONFIGURATION = Path(__file__).parent / "configuration"
"""The configuration folder of the demo: bridge.toml, method.toml, mappings/, norms/."""
_ROSTER_DAY = dt.date(YEAR, 12, 20)
CHANGED = 5
"""Agreements that are changed in each later delivery."""


@dataclass(frozen=True, slots=True)
class _Year:
    """What everything else is made from."""

    people: list[Resident]
    agreements: list[Row]
    contracts: list[staff.Contract]
    hours: list[Row]


def care_file(delivery: int) -> dict[str, list[Row]]:
    """The streams of the care file on a delivery; 1 is the first. Each later one changes a few agreements and has one
    resident more. The records of the ECD have faults of their own beside these (:mod:`ipvb_bridge.demo.ecd`).
    """
    everyone = list(_people())
    newcomers = [_newcomer(number, everyone) for number in range(2, delivery + 1)]
    streams = {
        "units": units(),
        "residents": people.resident_rows(everyone + newcomers),
        "stays": people.stays(everyone + newcomers),
        "absences": people.absences(everyone),
        "indications": people.indications(everyone + newcomers),
        "care_agreements": [dict(row) for row in care.agreements(everyone + newcomers)],
        "opt_outs": people.opt_outs(everyone),
        "conversations": people.conversations(everyone),
        "satisfaction": people.satisfaction(everyone),
    }
    for number in range(2, delivery + 1):
        _change(streams["care_agreements"], number)
    _care_faults(streams, everyone)
    return streams


def payroll() -> dict[str, list[Row]]:
    """The streams of payroll, the whole year."""
    year = _year()
    hours = [dict(row) for row in year.hours]
    _payroll_faults(hours, year.contracts)
    return {"contracts": staff.rows(year.contracts), "hours": hours, "wages": pay.wages(year.contracts)}


def ledger() -> list[books.Entry]:
    """The journal entries of the year."""
    return books.entries(_year().contracts, _revenue(_year().people))


@lru_cache(maxsize=1)
def _people() -> tuple[Resident, ...]:
    return tuple(people.residents())


@lru_cache(maxsize=1)
def _year() -> _Year:
    everyone = list(_people())
    agreements = care.agreements(everyone)
    needs = care.weekly_minutes(everyone, agreements, _ROSTER_DAY)
    contracts = staff.contracts(needs)
    return _Year(everyone, agreements, contracts, list(staff.hours(contracts, needs)))


def _newcomer(number: int, everyone: list[Resident]) -> Resident:
    """Someone who comes in the new year: more days in December would move everybody's day prices by a cent."""
    home = DEPARTMENTS[(3 * number) % len(DEPARTMENTS)]
    start = LAST + dt.timedelta(days=3 + number)
    zzp = "6VV" if home.client_group == "somatic" else "5VV"
    made = Resident(f"B{10_001 + len(everyone) + number - 2}", home.client_group, zzp, home.delivery_form, False)
    made.stays.append((home, start, None))
    return made


def _change(rows: list[Row], number: int) -> None:
    """A few agreements of the month take a quarter more time, as the team agreed with the resident."""
    open_rows = [row for row in rows if row["activity_code"] == "PV01" and not row["end_date"]]
    for row in dice("change", number).sample(open_rows, CHANGED):
        row["minutes"] = int(str(row["minutes"])) + 8
        row["agreed_on"] = MONTH_FIRST


def _care_faults(streams: dict[str, list[Row]], everyone: list[Resident]) -> None:
    """What a real delivery has as well: rows that cannot be right, and facts that contradict each other."""
    staying = [each for each in everyone if each.end is None and each.delivery_form == "stay"]
    # Held back: an end before the start, one key twice, a profile that is written as no profile is.
    streams["absences"].append(
        {
            "absence_id": "A9001",
            "resident_id": staying[55].resident_id,
            "reason": "hospital",
            "start_date": "2025-12-19",
            "end_date": "2025-12-09",
        }
    )
    streams["satisfaction"].append({**streams["satisfaction"][12], "score": 9})
    # Held back as well, and so this resident has no indication left; the next one was never given one.
    for row in streams["indications"]:
        if row["resident_id"] == staying[70].resident_id:
            row["zzp"] = "VV6"
    streams["indications"] = [row for row in streams["indications"] if row["resident_id"] != staying[90].resident_id]
    # Granted to somebody whom this ECD does not know: the office serves another house as well.
    stranger = {"indication_id": "I10900", "resident_id": "B10900", "start_date": dt.date(YEAR, 6, 2), "end_date": ""}
    streams["indications"].append({**streams["indications"][0], **stranger})
    # Care that is still agreed for somebody who left in the autumn.
    gone = max(
        (each for each in everyone if each.end and each.end < MONTH_FIRST),
        key=lambda each: (each.end, each.resident_id),
    )
    for row in streams["care_agreements"]:
        if row["resident_id"] == gone.resident_id and row["activity_code"] in ("PV01", "PV02"):
            row["end_date"] = ""


def _payroll_faults(hours: list[Row], contracts: list[staff.Contract]) -> None:
    """A contract that ended while work went on, a unit that nobody knows, and an end before a start."""
    ended = next(each for each in contracts if each.level == "3" and each.employment == "payroll")
    ended.end = dt.date(YEAR, 12, 14)
    december = [row for row in hours if str(row["start"]).startswith(f"{YEAR}-12") and row["kind"] == "GEW"]
    december[40]["unit_id"] = "D99"
    december[200]["end"] = december[200]["start"]
    december[200]["start"], december[200]["end"] = f"{YEAR}-12-09T15:00:00+01:00", f"{YEAR}-12-09T07:00:00+01:00"
    december[201]["kind"] = "BESCH"


def _revenue(everyone: list[Resident]) -> dict[str, int]:
    """Cents of Wlz income by month: days times tariff, as the administration declares it."""
    with (CONFIGURATION / "norms" / "tariffs.csv").open(encoding="utf-8", newline="") as file:
        tariffs = {
            (row["zzp"], row["delivery_form"], row["with_treatment"]): round(float(row["day_tariff"]) * 96)
            for row in csv.DictReader(file)
        }
    sums = dict.fromkeys(pay.MONTHS, 0)
    for each in everyone:
        tariff = tariffs[each.zzp, each.delivery_form, str(each.with_treatment).lower()]
        for _, start, end in each.stays:
            for month in pay.MONTHS:
                first = dt.date.fromisoformat(f"{month}-01")
                last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
                days = (min(end or last, last) - max(start, first)).days + 1
                sums[month] += max(days, 0) * tariff
    return sums
