"""units from Organization and Location, residents from Patient, stays from Encounter, levels from PractitionerRole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from ipvb_bridge.plugin.pseudonyms import Pseudonym, number
from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.agreements import day_or_note
from ipvb_ecd_fhir.model import Concept, Encounter, HumanName, Location, Organization, Patient, Period, PractitionerRole
from ipvb_ecd_fhir.notes import Notes
from ipvb_ecd_fhir.values import Reader, Row

UNITS = ("unit_id", "parent_id", "kind", "name", "_position")
RESIDENTS = ("resident_id", "client_group", "name", "date_of_birth", "person_key", "_position")
STAYS = ("stay_id", "resident_id", "unit_id", "start_date", "end_date", "_position")

_KINDS: Mapping[str, str] = {
    "si": "location", "bu": "location", "area": "location",
    "wa": "department", "wi": "department", "lvl": "department",
    "prov": "organisation", "dept": "department",
}  # fmt: skip
_INSIDE = frozenset({"ro", "bd", "co", "ho", "ve", "rd", "jdn", "ca"})
"""Places inside a unit: rooms, beds, corridors."""
_STAYS = frozenset({"in-progress", "onleave", "finished"})
_Named = tuple[str, str | None, tuple[str, str]]
"""Of a place of a stay: the key of its row, the unit, and the first and last moment as sent."""
Place = TypeVar("Place", Organization, Location)


def kind_of(concepts: Iterable[Concept | None], kinds: Mapping[str, str]) -> str | None:
    """organisation, location, department, or None when no code says it; ``inside`` for a room or bed."""
    codes = [each.code for concept in concepts if concept for each in concept.coding]
    for code in codes:
        if code in kinds:
            return kinds[code]
    for code in codes:
        if code in _KINDS:
            return _KINDS[code]
    return "inside" if any(code in _INSIDE for code in codes) else None


class Places:
    """The tree of units, and which unit a room lies in."""

    def __init__(self, reader: Reader, organizations: Sequence[Organization], locations: Sequence[Location]) -> None:
        kinds = reader.config.unit_kinds
        self._organizations = {each.id: (each, kind_of(each.type, kinds)) for each in organizations}
        self._locations = {each.id: (each, kind_of((each.physical_type,), kinds)) for each in locations}
        self._reader = reader
        self.units = {id_: found for id_ in self._locations if (found := self._unit(id_)) is not None}
        self.organizations = frozenset(self._organizations)

    def rows(self, notes: Notes) -> list[Row]:
        """A row for each organisation and each location that is no room; the kind is missing where no code says it."""
        rows: list[Row] = []
        for each, kind in self._organizations.values():
            parent = self._parent(each.part_of, each.place, notes)
            rows.append((each.id, parent, kind, each.name or None, each.place))
        for place, kind in self._locations.values():
            if kind != "inside":
                above = place.part_of or place.managing_organization
                rows.append((place.id, self._parent(above, place.place, notes), kind, place.name or None, place.place))
        return rows

    def _parent(self, reference: object, place: str, notes: Notes) -> str | None:
        target = self._reader.target(reference)  # type: ignore[arg-type]  # a Reference or None
        if target is None:
            return None
        known = self.units if target[0] == "Location" else self._organizations
        if target[1] not in known:
            notes.add(messages.UNRESOLVED, place)
            return target[1]
        return self.units[target[1]] if target[0] == "Location" else target[1]

    def above(self, unit: str) -> frozenset[str]:
        """The units that a unit lies in, as far as they are there; a circle ends where it began."""
        found: set[str] = set()
        here: str | None = unit
        while here is not None:
            place, organization = self._locations.get(here), self._organizations.get(here)
            over = place[0].part_of or place[0].managing_organization if place else None
            target = self._reader.target(organization[0].part_of if organization and not place else over)
            here = self.units.get(target[1], target[1]) if target else None
            if here in found or here == unit:
                break
            found |= {here} if here else set()
        return frozenset(found)

    def _unit(self, id_: str) -> str | None:
        """The location itself, or for a room the nearest unit above it; a circle leads nowhere."""
        passed: set[str] = set()
        while id_ in self._locations and id_ not in passed:
            passed.add(id_)
            place, kind = self._locations[id_]
            if kind != "inside":
                return id_
            above = self._reader.target(place.part_of or place.managing_organization)
            if above is None:
                return None
            if above[0] == "Organization":
                return above[1]
            id_ = above[1]
        return None


class Residents:
    """Turns patients into rows. The BSN is compared here, and stays here; ``pseudonym`` makes a key of it."""

    def __init__(self, reader: Reader, notes: Notes, pseudonym: Pseudonym | None = None) -> None:
        self.reader, self.notes, self.pseudonym = reader, notes, pseudonym
        self._bsns: dict[str, str] = {}

    def rows(self, patient: Patient) -> list[Row]:
        """One row a patient."""
        given = [each.value for each in patient.identifier if each.system == self.reader.config.bsn_system]
        for each in given:
            other = self._bsns.setdefault(number(each) or each, patient.id) if each else patient.id
            if other != patient.id:
                self.notes.add(messages.TWO_RECORDS, f"{other} = {patient.id}")
        if any(each.type in ("replaced-by", "replaces") for each in patient.link):
            self.notes.add(messages.TWO_RECORDS, patient.id)
        born = (
            day_or_note(self.reader.day, patient.birth_date, patient.place, self.notes) if patient.birth_date else None
        )
        group = self.reader.extended(patient.extension).get("client_group")
        return [(patient.id, group, _name(patient.name), born, self._person_key(patient, given), patient.place)]

    def _person_key(self, patient: Patient, given: Sequence[str]) -> str | None:
        """The key of the person, where it is asked for and the patient has one BSN."""
        if self.pseudonym is None:
            return None
        numbers = {number(each) for each in given} - {None}
        if len(numbers) != 1:
            self.notes.add(messages.NO_BSN, patient.place)
            return None
        return self.pseudonym(str(numbers.pop()))


class Stays:
    """Turns encounters into rows: one for each place, or one in the organisation that serves it."""

    def __init__(self, reader: Reader, places: Places, notes: Notes) -> None:
        self.reader, self.places, self.notes = reader, places, notes

    def rows(self, encounter: Encounter) -> list[Row]:
        """The rows of a stay; none for what is planned, cancelled, an error, or of another class."""
        classes = self.reader.config.encounter_classes
        if encounter.status not in _STAYS or (classes and encounter.class_.code not in classes):
            return []
        resident = self.reader.id_of(encounter.subject, "Patient")
        if resident is None:
            known = encounter.subject is not None and encounter.subject.reference
            self.notes.add(messages.UNRESOLVED if known else messages.NO_SUBJECT, encounter.place)
        whole = encounter.period or Period()
        over = encounter.status == "finished"
        places = [each for each in encounter.location if each.status not in ("planned", "reserved")]
        if not places:
            if over and not whole.end:
                self.notes.add(messages.STAY_WITHOUT_END, encounter.place)
                return []
            unit = self.reader.id_of(encounter.service_provider, "Organization")
            if unit is not None and unit not in self.places.organizations:
                self.notes.add(messages.UNRESOLVED, encounter.place)
            return [self._row(encounter, encounter.id, resident, unit, (whole.start, whole.end))]
        found: list[_Named] = []
        for at, each in enumerate(places):
            id_ = encounter.id if at == 0 else f"{encounter.id}/{at + 1}"
            named = self.reader.id_of(each.location, "Location")
            unit = self.places.units.get(named) if named else None
            if unit is None:
                self.notes.add(messages.UNRESOLVED, encounter.place)
            period = each.period or whole
            time = (period.start or whole.start, period.end or whole.end)
            if (over or each.status == "completed") and not time[1]:
                # The last day is not known, so nobody can be said to live there since.
                self.notes.add(messages.STAY_WITHOUT_END, encounter.place)
            else:
                found.append((id_, unit or named, time))
        return [
            self._row(encounter, id_, resident, unit, time)
            for at, (id_, unit, time) in enumerate(found)
            if not self._said(at, found)
        ]

    def _said(self, at: int, found: Sequence[_Named]) -> bool:
        """True when another place of the same time says it already: the same unit, or one that lies in this one.

        FHIR lets a stay name its site, ward, room and bed beside each other.
        """
        _, unit, time = found[at]
        if unit is None or len(found) == 1:
            return False
        others = {other for _, other, when in found if when == time and other is not None and other != unit}
        again = any((other, when) == (unit, time) for _, other, when in found[:at])
        return again or any(unit in self.places.above(other) for other in others)

    def _row(
        self, encounter: Encounter, id_: str, resident: str | None, unit: str | None, time: tuple[str, str]
    ) -> Row:
        days = [day_or_note(self.reader.day, text, encounter.place, self.notes) if text else None for text in time]
        return (id_, resident, unit, *days, encounter.place)


def levels(roles: Iterable[PractitionerRole], mapping: Mapping[str, str], notes: Notes) -> dict[str, str | None]:
    """The level of each role; None, with its codes noted, where none of them is mapped or they differ."""
    found: dict[str, str | None] = {}
    for role in roles:
        codings = [each for concept in (*role.code, *role.specialty) for each in concept.coding]
        keys = [key for each in codings for key in (f"{each.system}|{each.code}", each.code)]
        named = {mapping[key] for key in keys if key in mapping}
        found[role.id] = named.pop() if len(named) == 1 else None
        if found[role.id] is None:
            notes.add(messages.ROLE_UNMAPPED, " ".join(each.code for each in codings) or role.place)
    return found


def _name(names: Sequence[HumanName]) -> str | None:
    """The official name, else the first: as one text, or given names and surname."""
    official = [each for each in names if each.use == "official"] or list(names)
    for each in official:
        return each.text or " ".join([*each.given, each.family]).strip() or None
    return None
