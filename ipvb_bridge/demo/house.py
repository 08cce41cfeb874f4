"""The invented organisation: its locations, departments, year and month. Nothing here exists."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass

NAME = "Stichting De Wilgenhof (demo)"
YEAR = 2025
MONTH = "2025-12"
FIRST, LAST = dt.date(YEAR, 1, 1), dt.date(YEAR, 12, 31)
MONTH_FIRST = dt.date(YEAR, 12, 1)
ROOMS = 25
SEED = "wilgenhof"


@dataclass(frozen=True, slots=True)
class Department:
    """A department: whom it serves, how, its cost centre, and how well its roster fills what is needed."""

    unit_id: str
    location: str
    name: str
    client_group: str
    delivery_form: str
    cost_centre: str
    floor_area: int
    staffing: float


LOCATIONS = (("L1", "De Linde"), ("L2", "Het Baken"), ("L3", "Zonnehof"))
DEPARTMENTS = (
    Department("D11", "L1", "Beukenlaan", "somatic", "stay", "1011", 860, 0.99),
    Department("D12", "L1", "Esdoorn", "somatic", "stay", "1012", 840, 1.01),
    Department("D13", "L1", "Kastanje", "pg", "stay", "1013", 910, 0.97),
    Department("D14", "L1", "Wilg", "pg", "stay", "1014", 905, 1.00),
    Department("D21", "L2", "Kompas", "somatic", "stay", "1021", 830, 1.02),
    Department("D22", "L2", "Sextant", "pg", "stay", "1022", 900, 0.90),
    Department("D23", "L2", "Anker", "pg", "stay", "1023", 890, 1.00),
    Department("D24", "L2", "Bolder", "somatic", "vpt", "1024", 310, 1.03),
    Department("D31", "L3", "Oost", "pg", "stay", "1031", 880, 0.98),
    Department("D32", "L3", "Zuid", "pg", "stay", "1032", 885, 1.08),
    Department("D33", "L3", "West", "somatic", "stay", "1033", 850, 1.00),
    Department("D34", "L3", "Aanleun", "somatic", "vpt", "1034", 290, 0.99),
)


def dice(*names: object) -> random.Random:
    """A source of chance with a name: the same names give the same throws, whatever else was thrown before."""
    return random.Random("/".join((SEED, *map(str, names))))  # noqa: S311  # invented figures, no secret is made with it


def units() -> list[dict[str, object]]:
    """The stream units."""
    rows: list[dict[str, object]] = [
        {"unit_id": "ORG", "parent_id": "", "kind": "organisation", "name": NAME, "floor_area_m2": ""}
    ]
    rows += [
        {"unit_id": unit_id, "parent_id": "ORG", "kind": "location", "name": name, "floor_area_m2": ""}
        for unit_id, name in LOCATIONS
    ]
    rows += [
        {
            "unit_id": each.unit_id,
            "parent_id": each.location,
            "kind": "department",
            "name": each.name,
            "floor_area_m2": each.floor_area,
        }
        for each in DEPARTMENTS
    ]
    return rows
