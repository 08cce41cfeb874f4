"""Invented care agreements: a catalogue of activities, and for each resident the eight to twelve that fit."""

from __future__ import annotations

import csv
import datetime as dt
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ipvb_bridge.demo.house import FIRST, dice
from ipvb_bridge.demo.people import Resident, Row

WEIGHT = {"4VV": 0.78, "5VV": 1.0, "6VV": 1.02, "7VV": 1.2, "8VV": 1.38}
"""How much more or less time a profile takes than the middle one."""


@dataclass(frozen=True, slots=True)
class Activity:
    """One line of the catalogue.

    ``chance``: the share of residents who have it. ``only``: a client group, or all. ``fixed``: the minutes are the
    same for everybody. ``silent``: function, level and payer stand only in mappings/activities.csv; the care file does
    not deliver them.
    """

    code: str
    description: str
    care_function: str
    day_part: str
    level: str
    minutes: int
    times: int
    per: str
    weekdays: str
    group: int
    chance: float
    only: str
    performer: str
    payer: str
    ground: str
    fixed: bool
    silent: bool


@cache
def catalogue() -> tuple[Activity, ...]:
    """The activities of `catalogue.csv`."""
    path = Path(__file__).with_name("catalogue.csv")
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_activity(row) for row in csv.DictReader(file))


def _activity(row: dict[str, str]) -> Activity:
    return Activity(
        code=row["code"],
        description=row["description"],
        care_function=row["care_function"],
        day_part=row["day_part"],
        level=row["level"],
        minutes=int(row["minutes"]),
        times=int(row["times"]),
        per=row["per"],
        weekdays=row["weekdays"],
        group=int(row["group"]),
        chance=float(row["chance"]),
        only=row["only"],
        performer=row["performer"],
        payer=row["payer"],
        ground=row["ground"],
        fixed=row["fixed"] == "true",
        silent=row["silent"] == "true",
    )


def agreements(people: list[Resident]) -> list[Row]:
    """The stream care_agreements."""
    rows: list[Row] = []
    for each in people:
        for activity in catalogue():
            row = _agreement(each, activity)
            if row is not None:
                rows.append({"agreement_id": f"Z{20_001 + len(rows)}", **row})
    return rows


def _agreement(each: Resident, activity: Activity) -> Row | None:
    throw = dice("agreement", each.resident_id, activity.code)
    if activity.only not in ("", each.client_group) or throw.random() > activity.chance:
        return None
    if activity.code == "BH01" and not each.with_treatment:
        return None
    minutes = activity.minutes
    if not activity.fixed:
        minutes = max(1, round(minutes * WEIGHT[each.zzp] * throw.uniform(0.85, 1.15)))
    start = max(each.start, FIRST - dt.timedelta(days=throw.randint(0, 300)))
    silent = activity.silent
    return {
        "resident_id": each.resident_id,
        "activity_code": activity.code,
        "care_function": "" if silent else activity.care_function,
        "description": activity.description,
        "day_part": activity.day_part,
        "level": "" if silent else activity.level,
        "performer": activity.performer,
        "payer": "" if silent else activity.payer,
        "ground": activity.ground,
        "wellbeing": str(activity.ground == "wellbeing").lower(),
        "minutes": minutes,
        "times": activity.times,
        "per": activity.per,
        "weekdays": activity.weekdays,
        "staff_count": 1,
        "group_size": activity.group,
        "agreed_on": start,
        "start_date": start,
        "end_date": each.end or "",
    }


def weekly_minutes(people: list[Resident], rows: list[Row], day: dt.date) -> dict[tuple[str, str, str], float]:
    """Direct minutes a week by (unit, day part, level) of the staff lines of that day: what a roster is made for."""
    homes = {
        each.resident_id: department.unit_id
        for each in people
        for department, start, end in each.stays
        if start <= day and (end is None or day <= end)
    }
    levels = {activity.code: activity.level for activity in catalogue()}
    a_week = {"day": 7.0, "week": 1.0, "four_weeks": 0.25, "month": 12 / 52.18, "year": 1 / 52.18}
    sums: dict[tuple[str, str, str], float] = {}
    for row in rows:
        unit = homes.get(str(row["resident_id"]))
        if unit is None or row["performer"] != "staff":
            continue
        times = float(str(row["times"])) * (len(str(row["weekdays"]).split()) or a_week[str(row["per"])])
        key = (unit, str(row["day_part"]), levels[str(row["activity_code"])])
        sums[key] = sums.get(key, 0.0) + float(str(row["minutes"])) * times / int(str(row["group_size"]))
    return sums
