"""care_agreements from CarePlan: one row for each activity and day part.

Source: nl-core-NursingIntervention (one plan an intervention, at most one activity) and base FHIR R4 for plans with
several. The first activity has the plan's id, the others ``plan/2``, ``plan/3``; an activity that is done in several
day parts has a row for each: ``plan/morning``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import NamedTuple, TypeVar

import msgspec
import polars as pl

from ipvb_bridge.base.messages import Message
from ipvb_bridge.core.records import STREAMS
from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.config import Config
from ipvb_ecd_fhir.model import CarePlan, Concept, Detail, Extension, Period, Reference, Timing
from ipvb_ecd_fhir.notes import Notes
from ipvb_ecd_fhir.timing import Clocks, Schedule, Schedules, last_day
from ipvb_ecd_fhir.values import Reader, Row, coded

COLUMNS = (*STREAMS["care_agreements"].names, "_position")
_UNDONE = frozenset({"draft", "entered-in-error"})
_ENDED = frozenset({"completed", "cancelled", "stopped", "entered-in-error"})
_OVER = frozenset({"completed", "revoked"})
_JOINED = b"\0".join
"""Of parts as they were sent: no JSON holds that byte."""
_PAUSED = frozenset({"on-hold", "unknown"})
_NOT_MEANT = frozenset({"proposal", "option"})
"""Intents of a plan that nobody has agreed to yet."""
_CONCEPT = msgspec.json.Decoder(Concept)
_CONCEPTS = msgspec.json.Decoder(tuple[Concept, ...])
_REFERENCE = msgspec.json.Decoder(Reference | None)
_REFERENCES = msgspec.json.Decoder(tuple[Reference, ...])
_EXTENSIONS = msgspec.json.Decoder(tuple[Extension, ...])
_PERIOD = msgspec.json.Decoder(Period | None)
_TIMING = msgspec.json.Decoder(Timing | None)
_PERFORMERS = {
    "PractitionerRole": "staff", "Practitioner": "staff", "CareTeam": "staff", "Organization": "staff",
    "RelatedPerson": "network", "Patient": "self",
}  # fmt: skip
SHORT = ("agreement_id", "resident_id", "description", "agreed_on", "what", "when", "_position")
NUMBERS = ("what", "when")
ShortRow = tuple[str, str | None, str, str | None, int, int, str | None]
_WHAT = (
    "activity_code", "words", "care_function", "mapped_day_part", "level", "performer", "payer", "ground", "wellbeing",
    "mapped_minutes", "staff_count", "group_size",
)  # fmt: skip
_WHEN = ("start_date", "end_date", "day_part", "minutes", "times", "per", "weekdays")
T = TypeVar("T")


def filters(config: Config) -> dict[str, str]:
    """The parameters of the search."""
    return {"category": ",".join(config.plan_categories)} if config.plan_categories else {}


class _Unusual(NamedTuple):
    """What there is to tell of a schedule. ``parts``: its day parts, when there are several; ``counts``: false for care
    that is over on a day that nobody knows; ``undated``: a date in it names no day.
    """

    parts: tuple[str | None, ...]
    counts: bool
    undated: bool
    notes: tuple[Message, ...]


class Agreements:
    """Turns care plans into rows; ``notes`` collects what is noticed.

    Most plans differ from each other in a few words only. So their parts stay as they were sent, and each that is
    different is worked out once, found by its bytes, and numbered; :meth:`whole` puts them in the place of the numbers.
    """

    def __init__(self, reader: Reader, notes: Notes) -> None:
        self.reader, self.notes = reader, notes
        self._schedules = Schedules(Clocks.of(reader.config.day_part_starts, reader.config.day_parts))
        self._forget()

    def _forget(self) -> None:
        self._dated = cache(self.reader.day)
        self._whose: dict[bytes, tuple[bool, str | None, Message | None]] = {}
        self._what: dict[bytes, tuple[int, bool]] = {}
        self._whats: list[Row] = []
        self._when: dict[tuple[bytes, bool, bool], tuple[int, _Unusual | None]] = {}
        self._whens: list[Row] = []

    def rows(self, plan: CarePlan) -> list[ShortRow]:
        """The rows of a plan, as :meth:`whole` takes them; none for a draft, an error, or a plan of another category.

        Raises ``msgspec.ValidationError`` for a part that is not built as FHIR says.
        """
        if plan.status in _UNDONE:
            return []
        parts = _JOINED((plan.category, plan.subject))
        whose = self._whose.get(parts)
        if whose is None:
            whose = self._whose[parts] = self._read_whose(plan)
        ours, resident, why = whose
        if not ours:
            return []
        if not plan.activity:
            self.notes.add(messages.NO_ACTIVITY, plan.place)
            return []
        if plan.intent in _NOT_MEANT:
            self.notes.add(messages.NOT_AGREED, plan.place)
            return []
        if why is not None:
            self.notes.add(why, plan.place)
        agreed_on = self._dated(plan.created)
        if agreed_on is None and plan.created:
            self.notes.add(messages.DATE_UNCLEAR, plan.place)
        over = plan.status in _OVER
        rows: list[ShortRow] = []
        all_done = True
        for at, activity in enumerate(plan.activity):
            detail = activity.detail
            if detail is None:
                self.notes.add(messages.NO_ACTIVITY, plan.place)
            done = detail is not None and detail.status in _ENDED
            all_done = all_done and done
            if detail is None or detail.status == "entered-in-error":
                continue
            id_ = f"{plan.id}/{at + 1}" if at else plan.id
            if detail.do_not_perform:
                self.notes.add(messages.NOT_AGREED, f"CarePlan/{id_}")
                continue
            if detail.status in _PAUSED or (plan.status in _PAUSED and not done):
                self.notes.add(messages.ON_HOLD, f"CarePlan/{id_}")
            parts = _JOINED((plan.period, detail.scheduled_timing, detail.scheduled_period))
            how = parts, detail.scheduled_string != "", over or done
            found = self._when.get(how)
            if found is None:
                found = self._when[how] = self._read_when(plan.period, detail, how[2])
            when, unusual = found
            if unusual is not None:
                if unusual.undated:
                    self.notes.add(messages.DATE_UNCLEAR, plan.place)
                if not unusual.counts:
                    # The last day is not known, so no day can be called agreed care.
                    self.notes.add(messages.NO_END, f"CarePlan/{id_}")
                    continue
                for note in unusual.notes:
                    self.notes.add(note, f"CarePlan/{id_}")
            parts = _JOINED((detail.code, detail.performer, detail.extension, activity.extension, plan.extension))
            known = self._what.get(parts)
            if known is None:
                held = detail.extension, activity.extension, plan.extension
                known = self._what[parts] = self._read_what(detail.code, detail.performer, *held)
            what, clear = known
            if not clear:
                self.notes.add(messages.CODE_UNCLEAR, f"CarePlan/{id_}")
            if unusual is None or not unusual.parts:
                rows.append((id_, resident, detail.description, agreed_on, what, when, None))
            else:
                for number, part in enumerate(unusual.parts):
                    key, place = f"{id_}/{part}", f"CarePlan/{id_}"
                    rows.append((key, resident, detail.description, agreed_on, what, when + number, place))
        if all_done and plan.status == "active":
            self.notes.add(messages.ALL_DONE, plan.place)
        return rows

    def whole(self, short: pl.DataFrame) -> pl.DataFrame:
        """All columns of the rows since the last call, which are forgotten."""
        whats = pl.DataFrame(self._whats, dict.fromkeys(_WHAT, pl.String), orient="row")
        whens = pl.DataFrame(self._whens, dict.fromkeys(_WHEN, pl.String), orient="row")
        self._forget()
        words = pl.when(pl.col("description") != "").then(pl.col("description"))
        return (
            short.hstack(whats.select(pl.all().gather(short["what"])))
            .hstack(whens.select(pl.all().gather(short["when"])))
            .with_columns(
                pl.coalesce(words, "words").alias("description"),
                pl.coalesce("day_part", "mapped_day_part").alias("day_part"),
                pl.coalesce("minutes", "mapped_minutes").alias("minutes"),
                pl.coalesce("_position", "CarePlan/" + pl.col("agreement_id")).alias("_position"),
            )
            .select(COLUMNS)
        )

    def _read_whose(self, plan: CarePlan) -> tuple[bool, str | None, Message | None]:
        """Whether a plan is of a category that counts; its resident, or why there is none."""
        wanted = self.reader.config.plan_categories
        if wanted and not coded(_CONCEPTS.decode(plan.category or b"[]"), wanted):
            return False, None, None
        subject = _read(_REFERENCE, plan.subject)
        resident = self.reader.id_of(subject, "Patient")
        if resident is not None:
            return True, resident, None
        return True, None, messages.UNRESOLVED if subject is not None and subject.reference else messages.NO_SUBJECT

    def _read_when(self, period: msgspec.Raw, detail: Detail, over: bool) -> tuple[int, _Unusual | None]:
        """The number of the (first) schedule, and what there is to tell of it."""
        how = _read(_TIMING, detail.scheduled_timing)
        repeat = how.repeat if how is not None else None
        start, end, undated = self._span(_read(_PERIOD, period))
        bounds = (repeat.bounds_period if repeat is not None else None) or _read(_PERIOD, detail.scheduled_period)
        if bounds is not None:
            first, last, also = self._span(bounds)
            start, end, undated = first or start, _earliest(last, end), undated or also
        length, unclear = repeat.bounds_duration if repeat is not None else None, False
        if repeat is not None and (length is not None or repeat.bounds_range is not None):
            last = last_day(start, length) if length is not None else None
            end, unclear = _earliest(last, end), last is None
        if end is None and over:
            return 0, _Unusual((), counts=False, undated=undated, notes=())
        times = self._schedules.of(repeat) if repeat is not None else Schedule()
        notes = times.notes
        if repeat is None and (detail.scheduled_string or how is not None):
            notes = (*notes, messages.TIMES_UNCLEAR)
        if unclear:
            notes = (*notes, messages.LENGTH_UNCLEAR)
        number = len(self._whens)
        for part in times.day_parts:
            self._whens.append((start, end, part, times.minutes, times.times, times.per, times.weekdays))
        parts = times.day_parts if len(times.day_parts) > 1 else ()
        usual = not (parts or undated or notes)
        return number, None if usual else _Unusual(parts, counts=True, undated=undated, notes=notes)

    def _read_what(self, code: msgspec.Raw, performer: msgspec.Raw, *holders: msgspec.Raw) -> tuple[int, bool]:
        """The number of what is done and by whom, and whether its code is known (or there is none)."""
        given = self.reader.extended(*(_EXTENSIONS.decode(raw or b"[]") for raw in holders)).get
        chosen, words, unclear = self._code(_CONCEPT.decode(code or b"{}"))
        who, level = self._performers(_REFERENCES.decode(performer or b"[]"))
        row = (
            chosen, words, given("care_function"), given("day_part"), given("level") or level,
            given("performer") or who, given("payer"), given("ground"), given("wellbeing"), given("minutes"),
            given("staff_count"), given("group_size"),
        )  # fmt: skip
        self._whats.append(row)
        return len(self._whats) - 1, not unclear

    def _code(self, concept: Concept) -> tuple[str | None, str | None, bool]:
        """The code of the first system that is there, the words, and whether there are codes but none of ours."""
        words = concept.text or next((each.display for each in concept.coding if each.display), "")
        for system in self.reader.config.activity_systems:
            for each in concept.coding:
                if each.system == system and each.code:
                    return each.code, words or None, False
        return None, words or None, bool(concept.coding)

    def _performers(self, performers: tuple[Reference, ...]) -> tuple[str | None, str | None]:
        """Who does it, when all who are named are of one kind, and their level; words alone name nobody."""
        kinds = set()
        for each in performers:
            target = self.reader.target(each)
            kinds.add(_PERFORMERS.get(target[0]) if target else None)
        return kinds.pop() if len(kinds) == 1 else None, self.reader.level(performers)

    def _span(self, period: Period | None) -> tuple[str | None, str | None, bool]:
        """First and last day, and whether a date is there that names no day."""
        if period is None:
            return None, None, False
        start, end = (self.reader.day(text) if text else None for text in (period.start, period.end))
        unclear = bool((period.start and start is None) or (period.end and end is None))
        return start, end, unclear


def day_or_note(day: Callable[[str], str | None], text: str, place: str, notes: Notes) -> str | None:
    """The day of a date; a date without one is missing, and noted."""
    found = day(text)
    if found is None:
        notes.add(messages.DATE_UNCLEAR, place)
    return found


def _read(decoder: msgspec.json.Decoder[T | None], raw: msgspec.Raw) -> T | None:
    return decoder.decode(raw) if raw else None


def _earliest(*days: str | None) -> str | None:
    return min((each for each in days if each is not None), default=None)
