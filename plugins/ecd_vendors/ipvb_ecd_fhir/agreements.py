"""care_agreements from CarePlan: one row for each activity and day part.

Source: nl-core-NursingIntervention (one plan an intervention, at most one activity) and base FHIR R4 for plans with
several. The first activity has the plan's id, the others ``plan/2``, ``plan/3``; an activity that is done in several
day parts has a row for each: ``plan/morning``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ipvb_bridge.core.records import STREAMS
from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.config import Config
from ipvb_ecd_fhir.model import Activity, CarePlan, Concept, Detail, Period, Reference
from ipvb_ecd_fhir.notes import Notes
from ipvb_ecd_fhir.timing import Clocks, Schedule, schedule
from ipvb_ecd_fhir.values import Reader, Row, coded

COLUMNS = (*STREAMS["care_agreements"].names, "_position")
_UNDONE = ("draft", "entered-in-error")
_ENDED = ("completed", "cancelled", "stopped", "entered-in-error")
_NOTHING = Schedule()
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
    """Turns care plans into rows; ``notes`` collects what is noticed."""

    def __init__(self, reader: Reader, notes: Notes) -> None:
        self.reader, self.notes = reader, notes
        self.clocks = Clocks.of(reader.config.day_part_starts, reader.config.day_parts)
        self.systems = reader.config.activity_systems
        self.categories = reader.config.plan_categories

    def rows(self, plan: CarePlan) -> list[Row]:
        """The rows of a plan; none for a draft, an error, an order, or a plan of another category."""
        if plan.status in _UNDONE or (self.categories and not coded(plan.category, self.categories)):
            return []
        if not plan.activity:
            self.notes.add(messages.NO_ACTIVITY, plan.place)
            return []
        resident = self.reader.id_of(plan.subject, "Patient")
        if resident is None:
            known = plan.subject is not None and plan.subject.reference
            self.notes.add(messages.UNRESOLVED if known else messages.NO_SUBJECT, plan.place)
        ended = [each.detail is not None and each.detail.status in _ENDED for each in plan.activity]
        if plan.status == "active" and all(ended):
            self.notes.add(messages.ALL_DONE, plan.place)
        period = plan.period or Period()
        shared = _Plan(
            plan,
            resident,
            plan.status in ("completed", "revoked"),
            self._day(period.start, plan),
            self._day(period.end, plan),
            self._day(plan.created, plan),
        )
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
        repeat = timing.repeat if timing else None
        bounds = (repeat.bounds_period if repeat else None) or detail.scheduled_period or Period()
        start = self._day(bounds.start, plan.source) or plan.start
        end = _earliest(self._day(bounds.end, plan.source), plan.end)
        if end is None and (plan.over or detail.status in _ENDED):
            # The last day is not known, so no day can be called agreed care.
            self.notes.add(messages.NO_END, place)
            return []
        times = schedule(repeat, self.clocks) if repeat is not None else _NOTHING
        for note in times.notes:
            self.notes.add(note, place)
        if repeat is None and (detail.scheduled_string or timing is not None):
            self.notes.add(messages.TIMES_UNCLEAR, place)
        given = self.reader.extended(detail.extension, activity.extension, plan.source.extension)
        code = self._code(detail.code, place)
        shown = detail.description or _words(detail.code)
        weekdays = times.weekdays
        made: list[Row] = []
        for part in times.day_parts:
            made.append(
                (
                    id_ if len(times.day_parts) == 1 else f"{id_}/{part}",
                    plan.resident,
                    code,
                    given.get("care_function"),
                    shown or None,
                    part or given.get("day_part"),
                    given.get("level") or self.reader.level(detail.performer),
                    given.get("performer") or self._performer(detail.performer),
                    given.get("payer"),
                    given.get("ground"),
                    given.get("wellbeing"),
                    times.minutes or given.get("minutes"),
                    times.times,
                    times.per,
                    weekdays,
                    given.get("staff_count"),
                    given.get("group_size"),
                    plan.agreed_on,
                    start,
                    end,
                    place,
                )
            )
        return made

    def _code(self, concept: Concept | None, place: str) -> str | None:
        codings = concept.coding if concept else ()
        for system in self.systems:
            for each in codings:
                if each.system == system and each.code:
                    return each.code
        if codings:
            self.notes.add(messages.CODE_UNCLEAR, place)
        return None

    def _performer(self, performers: Sequence[Reference]) -> str | None:
        """Who does it, when all who are named are of one kind; words alone name nobody."""
        kinds = set()
        for each in performers:
            target = self.reader.target(each)
            kinds.add(_PERFORMERS.get(target[0]) if target else None)
        return kinds.pop() if len(kinds) == 1 else None

    def _day(self, text: str, plan: CarePlan) -> str | None:
        return day_or_note(self.reader.day, text, plan.place, self.notes) if text else None


def day_or_note(day: Callable[[str], str | None], text: str, place: str, notes: Notes) -> str | None:
    """The day of a date; a date without one is missing, and noted."""
    found = day(text)
    if found is None:
        notes.add(messages.DATE_UNCLEAR, place)
    return found


def _earliest(*days: str | None) -> str | None:
    return min((each for each in days if each is not None), default=None)


def _words(concept: Concept | None) -> str:
    if concept is None:
        return ""
    return concept.text or next((each.display for each in concept.coding if each.display), "")
