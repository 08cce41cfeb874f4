"""The budget part of the page: the tree of units, and under each unit its residents with their lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ipvb_bridge.core.records import DAY_PARTS
from ipvb_bridge.reports.terms import Terms

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Section:
    """Lines of one resident that belong together in the statement. ``cents`` is the sum of its lines' cost."""

    title: str
    note: str
    lines: Sequence[Row]
    cents: int
    milliminutes: int


@dataclass(frozen=True, slots=True)
class Resident:
    """A row of ``resident_budgets`` with its lines. ``elsewhere`` names the other units of a resident who moved.

    ``network_cost``: cents that the time of network, volunteer and self would have cost.
    """

    anchor: str
    budget: Row
    name: str
    client_group: str
    elsewhere: Sequence[tuple[str, str]]
    sections: Sequence[Section]
    network_cost: int

    @property
    def resident_id(self) -> str:
        """The resident, as the ECD numbers them."""
        return str(self.budget["resident_id"])


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with its row of ``unit_budgets``, the units under it and the residents it serves itself."""

    unit_id: str
    anchor: str
    name: str
    kind: str
    budget: Row
    children: Sequence[Unit]
    residents: Sequence[Resident]
    people: frozenset[str] = field(default=frozenset())

    @property
    def network_cost(self) -> int:
        """Cents that the time of network, volunteer and self would have cost, of everyone under this unit."""
        return sum(each.network_cost for unit in self.walk() for each in unit.residents)

    def walk(self) -> Iterator[Unit]:
        """This unit and every unit under it, in the order of the page."""
        yield self
        for child in self.children:
            yield from child.walk()


def anchor(*ids: str) -> str:
    """An id for the page that holds only what a link may hold; different ids stay different."""
    return "-".join(re.sub(r"[^A-Za-z0-9]", lambda found: f"_{ord(found[0]):x}_", text) for text in ids)


def tree(
    tables: Mapping[str, pl.DataFrame],
    units: pl.DataFrame,
    residents: pl.DataFrame,
    terms: Terms,
    agreements: pl.DataFrame | None = None,
) -> Sequence[Unit]:
    """The roots of the tree of units that have a budget. A unit that is not among ``units`` stands as a root itself.

    ``agreements`` gives the lines their description and may be absent.
    """
    known = {row["unit_id"]: row for row in units.sort("name", "unit_id", nulls_last=True).iter_rows(named=True)}
    budgets = {row["unit_id"]: row for row in tables["unit_budgets"].iter_rows(named=True)}
    people = _residents(tables, residents, agreements, known, terms)
    below: dict[str | None, list[str]] = {}
    for unit_id in [*known, *sorted(set(budgets) - set(known))]:
        parent = known.get(unit_id, {}).get("parent_id")
        below.setdefault(parent if parent in known else None, []).append(unit_id)

    def grow(unit_id: str) -> Unit | None:
        children = [child for below_id in below.get(unit_id, ()) if (child := grow(below_id)) is not None]
        own = people.get(unit_id, ())
        if unit_id not in budgets:
            return None
        row = known.get(unit_id, {})
        everyone = frozenset(person.resident_id for person in own).union(*(child.people for child in children))
        return Unit(
            unit_id,
            anchor("e", unit_id),
            row.get("name") or unit_id,
            row.get("kind", ""),
            budgets[unit_id],
            children,
            own,
            everyone,
        )

    return [root for unit_id in below.get(None, ()) if (root := grow(unit_id)) is not None]


def _residents(
    tables: Mapping[str, pl.DataFrame],
    residents: pl.DataFrame,
    agreements: pl.DataFrame | None,
    known: Mapping[str, Row],
    terms: Terms,
) -> dict[str, list[Resident]]:
    budgets = tables["resident_budgets"].sort("unit_id", "resident_id")
    persons = {row["resident_id"]: row for row in residents.iter_rows(named=True)}
    served: dict[str, list[str]] = {}
    for row in budgets.iter_rows(named=True):
        served.setdefault(row["resident_id"], []).append(row["unit_id"])
    lines = _lines(tables["lines"], agreements)
    network = tables.get("resident_network")
    costs: dict[tuple[str, str], int] = {}
    if network is not None:
        figures = network.select("resident_id", "unit_id", "network_cost_cents").iter_rows()
        costs = {(resident, unit): cents for resident, unit, cents in figures}
    grown: dict[str, list[Resident]] = {}
    for row in budgets.iter_rows(named=True):
        resident_id, unit_id = row["resident_id"], row["unit_id"]
        person = persons.get(resident_id, {})
        others = [
            (anchor("b", resident_id, other), known.get(other, {}).get("name") or other)
            for other in served[resident_id]
            if other != unit_id
        ]
        grown.setdefault(unit_id, []).append(
            Resident(
                anchor("b", resident_id, unit_id),
                row,
                person.get("name") or "",
                terms.client_groups.get(person.get("client_group") or "", ""),
                others,
                _sections(lines.get((resident_id, unit_id), ()), terms),
                costs.get((resident_id, unit_id), 0),
            )
        )
    return grown


def _lines(lines: pl.DataFrame, agreements: pl.DataFrame | None) -> dict[tuple[str, str], list[Row]]:
    described = lines
    if agreements is not None and "description" in agreements.columns:
        texts = agreements.select("agreement_id", "description").unique(
            "agreement_id", keep="first", maintain_order=True
        )
        described = lines.join(texts, on="agreement_id", how="left", maintain_order="left")
    else:
        described = lines.with_columns(description=pl.lit(None, pl.String))
    place = pl.col("day_part").replace_strict({name: at for at, name in enumerate(DAY_PARTS)}, default=9)
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in described.sort(place, "care_function", "agreement_id").iter_rows(named=True):
        grouped.setdefault((row["resident_id"], row["unit_id"]), []).append(row)
    return grouped


KINDS = ("wlz", "private", "outside", "network", "external")
"""What the lines of a resident are, as pages part them."""


def kind(line: Row) -> str:
    """Which of :data:`KINDS` a line is."""
    if line["performer"] == "staff":
        return {"wlz": "wlz", "resident": "private"}.get(line["payer"], "outside")
    return "external" if line["performer"] == "external" else "network"


def _sections(lines: Sequence[Row], terms: Terms) -> list[Section]:
    made = []
    for name in KINDS:
        own = [line for line in lines if kind(line) == name]
        if own:
            cents, time = (sum(line[figure] for line in own) for figure in ("cost_cents", "milliminutes"))
            made.append(Section(terms(f"lines.{name}"), terms(f"lines.{name}_note"), own, cents, time))
    return made
