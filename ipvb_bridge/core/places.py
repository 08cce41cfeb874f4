"""Where a unit stands: its own name and that of the location over it, as a page for people says it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True, slots=True)
class Place:
    """``name`` of the unit, its id where it has none; ``location``: the nearest location above it, empty without."""

    name: str
    location: str


def places(units: pl.DataFrame) -> dict[str, Place]:
    """Every declared unit's place; units that lie above themselves have no location."""
    rows = {row["unit_id"]: row for row in units.iter_rows(named=True)}
    names = {unit_id: row["name"] or unit_id for unit_id, row in rows.items()}
    found = {}
    for unit_id, row in rows.items():
        above, seen = row["parent_id"], {unit_id}
        while above in rows and above not in seen and rows[above]["kind"] != "location":
            seen.add(above)
            above = rows[above]["parent_id"]
        over = above in rows and rows[above]["kind"] == "location"
        found[unit_id] = Place(names[unit_id], names[above] if over else "")
    return found


def place(found: dict[str, Place], unit_id: str) -> Place:
    """The place of a unit; one that nobody declared is called by its id."""
    return found.get(unit_id) or Place(unit_id, "")
