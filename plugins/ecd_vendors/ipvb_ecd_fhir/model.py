"""The parts of FHIR R4 resources that are read, and nothing else: whatever is not named here is skipped unread.

Every field may be absent. A resource whose fields have other types than FHIR gives them is told, not guessed at.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Generic, TypeVar

import msgspec

ABSENT = msgspec.Raw()
"""A raw part that was not sent."""


class Part(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Base of all parts: immutable, so that equal parts are worked out once."""


class Coding(Part, frozen=True):
    """A code of a code system."""

    system: str = ""
    code: str = ""
    display: str = ""


class Concept(Part, frozen=True):
    """CodeableConcept."""

    coding: tuple[Coding, ...] = ()
    text: str = ""


class Reference(Part, frozen=True):
    """A reference to another resource; ``display`` alone is words."""

    reference: str = ""
    display: str = ""
    extension: tuple[Extension, ...] = ()


class Extension(Part, frozen=True):
    """An extension; the first of the values that is there counts."""

    url: str = ""
    value_code: str | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_integer: int | None = None
    value_positive_int: int | None = None
    value_unsigned_int: int | None = None
    value_decimal: Decimal | None = None
    value_coding: Coding | None = None
    value_codeable_concept: Concept | None = None
    value_reference: Reference | None = None


class Period(Part, frozen=True):
    """A span; both ends belong to it."""

    start: str = ""
    end: str = ""


class Quantity(Part, frozen=True):
    """A number of a unit: here a length of time."""

    value: Decimal | None = None
    unit: str = ""
    code: str = ""


class Range(Part, frozen=True):
    """From so much to so much: no exact number can be read from it."""


class Repeat(Part, frozen=True):
    """Timing.repeat."""

    bounds_period: Period | None = None
    bounds_duration: Quantity | None = None
    bounds_range: Range | None = None
    count: int | None = None
    duration: Decimal | None = None
    duration_max: Decimal | None = None
    duration_unit: str = ""
    frequency: int | None = None
    frequency_max: int | None = None
    period: Decimal | None = None
    period_max: Decimal | None = None
    period_unit: str = ""
    day_of_week: tuple[str, ...] = ()
    time_of_day: tuple[str, ...] = ()
    when: tuple[str, ...] = ()


class Timing(Part, frozen=True):
    """When something is done."""

    repeat: Repeat | None = None
    code: Concept | None = None


class Meta(Part, frozen=True):
    """Version of a resource."""

    version_id: str = ""
    last_updated: str = ""


class Identifier(Part, frozen=True):
    """A number of a resource in some system."""

    system: str = ""
    value: str = ""


class Resource(Part, frozen=True):
    """What every resource has."""

    resource_type: str = ""
    id: str = ""
    meta: Meta = Meta()

    @property
    def version(self) -> str:
        """Changes with every change of the resource."""
        return self.meta.version_id or self.meta.last_updated

    @property
    def place(self) -> str:
        """``CarePlan/12``."""
        return f"{self.resource_type}/{self.id}"


class HumanName(Part, frozen=True):
    """A name."""

    use: str = ""
    text: str = ""
    family: str = ""
    given: tuple[str, ...] = ()


class PatientLink(Part, frozen=True):
    """Another record of the same person."""

    type: str = ""


class Patient(Resource, frozen=True):
    """A resident."""

    identifier: tuple[Identifier, ...] = ()
    name: tuple[HumanName, ...] = ()
    birth_date: str = ""
    link: tuple[PatientLink, ...] = ()
    extension: tuple[Extension, ...] = ()


class Organization(Resource, frozen=True):
    """An organisation or a part of one."""

    name: str = ""
    type: tuple[Concept, ...] = ()
    part_of: Reference | None = None


class Location(Resource, frozen=True):
    """A place: a site, a ward, a room."""

    name: str = ""
    physical_type: Concept | None = None
    part_of: Reference | None = None
    managing_organization: Reference | None = None


class EncounterLocation(Part, frozen=True):
    """Where an encounter took place, and when."""

    location: Reference | None = None
    status: str = ""
    period: Period | None = None


class Encounter(Resource, frozen=True):
    """A stay."""

    status: str = ""
    class_: Coding = msgspec.field(name="class", default=Coding())
    subject: Reference | None = None
    period: Period | None = None
    location: tuple[EncounterLocation, ...] = ()
    service_provider: Reference | None = None


class PractitionerRole(Resource, frozen=True):
    """What an employee does."""

    code: tuple[Concept, ...] = ()
    specialty: tuple[Concept, ...] = ()


class Detail(Part, frozen=True):
    """CarePlan.activity.detail.

    Parts that are the same in thousands of plans stay as they were sent, so that each is worked out once, found by
    its bytes: hence the raw fields.
    """

    status: str = ""
    code: msgspec.Raw = ABSENT
    description: str = ""
    scheduled_timing: msgspec.Raw = ABSENT
    scheduled_period: msgspec.Raw = ABSENT
    scheduled_string: str = ""
    do_not_perform: bool = False
    performer: msgspec.Raw = ABSENT
    extension: msgspec.Raw = ABSENT


class Activity(Part, frozen=True):
    """CarePlan.activity."""

    detail: Detail | None = None
    extension: msgspec.Raw = ABSENT


class CarePlan(Resource, frozen=True):
    """Agreed care."""

    status: str = ""
    intent: str = ""
    category: msgspec.Raw = ABSENT
    subject: msgspec.Raw = ABSENT
    period: msgspec.Raw = ABSENT
    created: str = ""
    activity: tuple[Activity, ...] = ()
    extension: msgspec.Raw = ABSENT


class ProcedurePerformer(Part, frozen=True):
    """Who carried it out."""

    actor: Reference | None = None


class Procedure(Resource, frozen=True):
    """Delivered care."""

    status: str = ""
    category: Concept | None = None
    subject: Reference | None = None
    based_on: tuple[Reference, ...] = ()
    performed_period: Period | None = None
    performed_date_time: str = ""
    performer: tuple[ProcedurePerformer, ...] = ()
    location: Reference | None = None
    extension: tuple[Extension, ...] = ()


class Note(Part, frozen=True):
    """An annotation."""

    text: str = ""


class Task(Resource, frozen=True):
    """A task: here the monthly conversation."""

    status: str = ""
    identifier: tuple[Identifier, ...] = ()
    code: Concept | None = None
    for_: Reference | None = msgspec.field(name="for", default=None)
    execution_period: Period | None = None
    last_modified: str = ""
    note: tuple[Note, ...] = ()


class Stub(Resource, frozen=True):
    """Only id and version: what a sweep reads."""


R = TypeVar("R", bound=Resource)


class Link(Part, frozen=True):
    """Where the next page is."""

    relation: str = ""
    url: str = ""


class Request(Part, frozen=True):
    """What was done, in a history."""

    method: str = ""
    url: str = ""


class Issue(Part, frozen=True):
    """What an OperationOutcome complains about."""

    severity: str = ""
    code: str = ""
    details: Concept | None = None
    expression: tuple[str, ...] = ()


class Outcome(Resource, frozen=True):
    """OperationOutcome."""

    issue: tuple[Issue, ...] = ()


class Entry(msgspec.Struct, Generic[R], frozen=True, rename="camel", gc=False):
    """A resource in a page."""

    resource: R | None = None
    request: Request | None = None


class Bundle(msgspec.Struct, Generic[R], frozen=True, rename="camel", gc=False):
    """A page of resources of one type."""

    resource_type: str = ""
    type: str = ""
    total: int | None = None
    meta: Meta = Meta()
    link: tuple[Link, ...] = ()
    entry: tuple[Entry[R], ...] = ()


class Head(Part, frozen=True):
    """A page without its entries."""

    resource_type: str = ""
    type: str = ""
    total: int | None = None
    meta: Meta = Meta()
    link: tuple[Link, ...] = ()
    issue: tuple[Issue, ...] = ()


class RawEntry(Part, frozen=True):
    """An entry whose resource is read on its own, because its page could not be read at once."""

    resource: msgspec.Raw = msgspec.Raw()


class RawBundle(Part, frozen=True):
    """A page whose resources are read one by one."""

    entry: tuple[RawEntry, ...] = ()
