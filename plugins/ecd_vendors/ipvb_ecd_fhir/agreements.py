"""care_agreements from CarePlan: one row for each activity and day part.

Source: nl-core-NursingIntervention (one plan an intervention, at most one activity) and base FHIR R4 for plans with
several. The first activity has the plan's id, the others ``plan/2``, ``plan/3``; an activity that is done in several
day parts has a row for each: ``plan/morning``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import msgspec

from ipvb_bridge.core.records import STREAMS
from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.config import Config
from ipvb_ecd_fhir.model import Activity, CarePlan, Concept, Detail, Extension, Period, Reference
from ipvb_ecd_fhir.notes import Notes
from ipvb_ecd_fhir.timing import Clocks, Schedule, Schedules
from ipvb_ecd_fhir.values import Reader, Row, coded

COLUMNS = (*STREAMS["care_agreements"].names, "_position")
_UNDONE = frozenset({"draft", "entered-in-error"})
_ENDED = frozenset({"completed", "cancelled", "stopped", "entered-in-error"})
_OVER = frozenset({"completed", "revoked"})
_NOTHING = Schedule()
_CONCEPT = msgspec.json.Decoder(Concept)
_CONCEPTS = msgspec.json.Decoder(tuple[Concept, ...])
_REFERENCES = msgspec.json.Decoder(tuple[Reference, ...])
_EXTENSIONS = msgspec.json.Decoder(tuple[Extension, ...])
_PERFORMERS = {
    "PractitionerRole": "staff", "Practitioner": "staff", "CareTeam": "staff", "Organization": "staff",
    "RelatedPerson": "network", "Patient": "self",
}  # fmt: skip


def filters(config: Config) -> dict[str, str]:
    """The parameters of the search."""
    return {"category": ",".join(config.plan_categories)} if config.plan_categories else {}


@dataclass(slots=True)
class _Plan:
    """What the rows of one plan share."""

    source: CarePlan
    resident: str | None
    over: bool
    start: str | None
    end: str | None
    agreed_on: str | None


class Agreements:
    """Turns care plans into rows; ``notes`` collects what is noticed.

    Codes, performers, extensions and categories are worked out once for each that is different, by their bytes.
    """

    def __init__(self, reader: Reader, notes: Notes) -> None:
        self.reader, self.notes = reader, notes
        self._schedules = Schedules(Clocks.of(reader.config.day_part_starts, reader.config.day_parts))
        self._is_ours = cache(self._category)
        self._coded = cache(self._code)
        self._done_by = cache(self._performers)
        self._extended = cache(self._extensions)
        self._dated = cache(self.reader.day)

    def rows(self, plan: CarePlan) -> list[Row]:
        """The rows of a plan; none for a draft, an error, or a plan of another category.

        Raises ``msgspec.ValidationError`` for a part that is not built as FHIR says.
        """
        if plan.status in _UNDONE or not self._is_ours(bytes(plan.category)):
            return []
        if not plan.activity:
            self.notes.add(messages.NO_ACTIVITY, plan.place)
            return []
        resident = self.reader.id_of(plan.subject, "Patient")
        if resident is None:
            known = plan.subject is not None and plan.subject.reference
            self.notes.add(messages.UNRESOLVED if known else messages.NO_SUBJECT, plan.place)
        if plan.status == "active" and all(each.detail and each.detail.status in _ENDED for each in plan.activity):
            self.notes.add(messages.ALL_DONE, plan.place)
        start, end = self._span(plan.period, plan)
        over = plan.status in _OVER
        agreed_on = self._day(plan.created, plan) if plan.created else None
        shared = _Plan(plan, resident, over, start, end, agreed_on)
        rows: list[Row] = []
        for at, activity in enumerate(plan.activity):
            id_ = plan.id if at == 0 else f"{plan.id}/{at + 1}"
            if activity.detail is None:
                self.notes.add(messages.NO_ACTIVITY, plan.place)
            elif activity.detail.status != "entered-in-error":
                rows += self._activity(shared, id_, activity, activity.detail)
        return rows

    def _activity(self, plan: _Plan, id_: str, activity: Activity, detail: Detail) -> list[Row]:
        place = f"CarePlan/{id_}"
        timing = detail.scheduled_timing
        repeat = timing.repeat if timing is not None else None
        bounds = (repeat.bounds_period if repeat is not None else None) or detail.scheduled_period
        start, end = plan.start, plan.end
        if bounds is not None and bounds != plan.source.period:
            first, last = self._span(bounds, plan.source)
            start = first or start
            end = _earliest(last, end)
        if end is None and (plan.over or detail.status in _ENDED):
            # The last day is not known, so no day can be called agreed care.
            self.notes.add(messages.NO_END, place)
            return []
        times = self._schedules.of(repeat) if repeat is not None else _NOTHING
        for note in times.notes:
            self.notes.add(note, place)
        if repeat is None and (detail.scheduled_string or timing is not None):
            self.notes.add(messages.TIMES_UNCLEAR, place)
        given = self._extended(bytes(detail.extension), bytes(activity.extension), bytes(plan.source.extension)).get
        code, words, unclear = self._coded(bytes(detail.code))
        if unclear:
            self.notes.add(messages.CODE_UNCLEAR, place)
        performer, level = self._done_by(bytes(detail.performer))
        several = len(times.day_parts) > 1
        return [
            (
                f"{id_}/{part}" if several else id_,
                plan.resident,
                code,
                given("care_function"),
                detail.description or words,
                part or given("day_part"),
                given("level") or level,
                given("performer") or performer,
                given("payer"),
                given("ground"),
                given("wellbeing"),
                times.minutes or given("minutes"),
                times.times,
                times.per,
                times.weekdays,
                given("staff_count"),
                given("group_size"),
                plan.agreed_on,
                start,
                end,
                place,
            )
            for part in times.day_parts
        ]

    def _category(self, raw: bytes) -> bool:
        wanted = self.reader.config.plan_categories
        return not wanted or coded(_CONCEPTS.decode(raw or b"[]"), wanted)

    def _code(self, raw: bytes) -> tuple[str | None, str | None, bool]:
        """The code of the first system that is there, the words, and whether there are codes but none of ours."""
        concept = _CONCEPT.decode(raw or b"{}")
        words = concept.text or next((each.display for each in concept.coding if each.display), "")
        for system in self.reader.config.activity_systems:
            for each in concept.coding:
                if each.system == system and each.code:
                    return each.code, words or None, False
        return None, words or None, bool(concept.coding)

    def _performers(self, raw: bytes) -> tuple[str | None, str | None]:
        """Who does it, when all who are named are of one kind, and their level; words alone name nobody."""
        performers = _REFERENCES.decode(raw or b"[]")
        kinds = set()
        for each in performers:
            target = self.reader.target(each)
            kinds.add(_PERFORMERS.get(target[0]) if target else None)
        return kinds.pop() if len(kinds) == 1 else None, self.reader.level(performers)

    def _extensions(self, *holders: bytes) -> dict[str, str]:
        return self.reader.extended(*(_EXTENSIONS.decode(raw or b"[]") for raw in holders))

    def _span(self, period: Period | None, plan: CarePlan) -> tuple[str | None, str | None]:
        if period is None:
            return None, None
        start, end = period.start, period.end
        return self._day(start, plan) if start else None, self._day(end, plan) if end else None

    def _day(self, text: str, plan: CarePlan) -> str | None:
        return self._dated(text) or day_or_note(self.reader.day, text, plan.place, self.notes)


def day_or_note(day: Callable[[str], str | None], text: str, place: str, notes: Notes) -> str | None:
    """The day of a date; a date without one is missing, and noted."""
    found = day(text)
    if found is None:
        notes.add(messages.DATE_UNCLEAR, place)
    return found


def _earliest(*days: str | None) -> str | None:
    return min((each for each in days if each is not None), default=None)
