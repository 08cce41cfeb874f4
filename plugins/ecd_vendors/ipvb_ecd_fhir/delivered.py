"""care_deliveries from Procedure, conversations from the tasks that we wrote and the team completed."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.config import Config
from ipvb_ecd_fhir.model import Period, Procedure, Task
from ipvb_ecd_fhir.notes import Notes
from ipvb_ecd_fhir.values import Reader, Row, coded

DELIVERIES = (
    "delivery_id", "resident_id", "agreement_id", "unit_id", "start", "minutes", "level", "care_function", "_position",
)  # fmt: skip
CONVERSATIONS = ("conversation_id", "resident_id", "date", "note", "_position")
CONVERSATION = "monthly-conversation"
"""Code, in our own system, of the task that asks for the monthly conversation."""


def filters(config: Config) -> dict[str, str]:
    """The parameters of the search for delivered care."""
    found = {"status": "completed"}
    if config.delivery_categories:
        found["category"] = ",".join(config.delivery_categories)
    if config.deliveries_from is not None:
        found["date"] = f"ge{config.deliveries_from.isoformat()}"
    return found


class Deliveries:
    """Turns procedures into rows."""

    def __init__(self, reader: Reader, notes: Notes) -> None:
        self.reader, self.notes = reader, notes

    def rows(self, done: Procedure) -> list[Row]:
        """The row of a completed procedure. Without a begin or an end its minutes are missing, and the row is held."""
        config = self.reader.config
        if done.status != "completed" or (
            config.delivery_categories and not coded((done.category,), config.delivery_categories)
        ):
            return []
        period = done.performed_period or Period()
        start = _moment(period.start or done.performed_date_time, self.reader.zone)
        end = _moment(period.end, self.reader.zone)
        if config.deliveries_from and start and start.astimezone(self.reader.zone).date() < config.deliveries_from:
            return []
        resident = self.reader.id_of(done.subject, "Patient")
        if resident is None:
            self.notes.add(messages.NO_SUBJECT, done.place)
        agreements = (self.reader.id_of(each, "CarePlan") for each in done.based_on)
        named = self.reader.id_of(done.location, "Location")
        return [
            (
                done.id,
                resident,
                next((each for each in agreements if each is not None), None),
                self.reader.units.get(named, named) if named else None,
                start.isoformat() if start else period.start or done.performed_date_time or None,
                _minutes(end - start) if start and end else None,
                self.reader.level(each.actor for each in done.performer),
                self.reader.extended(done.extension).get("care_function"),
                done.place,
            )
        ]


class Conversations:
    """Turns our completed tasks into rows."""

    def __init__(self, reader: Reader, notes: Notes) -> None:
        self.reader, self.notes = reader, notes

    def filters(self) -> dict[str, str]:
        """The parameters of the search."""
        return {"code": f"{self.reader.config.identifier_system}|{CONVERSATION}", "status": "completed"}

    def rows(self, task: Task) -> list[Row]:
        """The row of a task of ours that is completed; its day is the end of its execution, else of its last change."""
        ours = f"{self.reader.config.identifier_system}|{CONVERSATION}"
        if task.status != "completed" or not coded((task.code,), (ours,)):
            return []
        resident = self.reader.id_of(task.for_, "Patient")
        if resident is None:
            self.notes.add(messages.NO_SUBJECT, task.place)
        period = task.execution_period or Period()
        day = self.reader.day(period.end or period.start or task.last_modified)
        words = "\n".join(each.text for each in task.note if each.text)
        return [(task.id, resident, day, words or None, task.place)]


def _moment(text: str, zone: ZoneInfo) -> dt.datetime | None:
    """A moment in UTC; a clock time without an offset is of the source's time zone. None for a bare date."""
    if len(text) < 16:
        return None
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(dt.UTC)


def _minutes(span: dt.timedelta) -> str:
    """Elapsed minutes with three decimals, rounded half to even; whole numbers all the way."""
    micro = (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
    thousandths, rest = divmod(micro, 60_000)
    if rest * 2 > 60_000 or (rest * 2 == 60_000 and thousandths % 2):
        thousandths += 1
    sign = "-" if thousandths < 0 else ""
    return f"{sign}{abs(thousandths) // 1000}.{abs(thousandths) % 1000:03d}"
