"""Settings of a connection with ``adapter = "fhir"``."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from ipvb_bridge.core.records import DAY_PARTS, STREAMS
from ipvb_bridge.plugin.http_config import HttpConfig

READS = ("units", "residents", "stays", "care_agreements", "care_deliveries", "conversations")
"""The streams this adapter delivers, in the order of the records."""
CHANGING = ("care_agreements", "care_deliveries")
"""Of those, the ones large enough to read by changes."""
FROM_EXTENSION = (
    "client_group", "care_function", "day_part", "level", "performer", "payer", "ground", "wellbeing", "minutes",
    "staff_count", "group_size",
)  # fmt: skip
"""Columns that a vendor may deliver in an extension of its own."""

DECIDES = {
    "url", "plan_categories", "delivery_categories", "deliveries_from", "activity_systems", "levels", "day_parts",
    "day_part_starts", "extensions", "codes", "unit_kinds",
}  # fmt: skip
"""Settings that decide which rows a record becomes: after a change of one, records are read anew."""

Kind = Literal["resident_statement", "monthly_conversation", "care_today"]
Share = Annotated[float, Field(gt=0, le=1)]
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class Config(HttpConfig):
    """What to read of the server, how its codes are to be understood, and what may be written."""

    page_size: int = Field(default=200, ge=1, le=10_000, description="records asked for at once")
    mode: dict[str, Literal["snapshot", "changes"]] = Field(
        default={}, description="stream = snapshot (all records each time) or changes (what changed since)"
    )
    overlap_minutes: int = Field(default=10, ge=0, description="how far back a question for changes reaches")
    most_gone: Share = Field(default=0.5, description="by changes: a larger share that is gone at once is not believed")
    history: bool = Field(
        default=True, description="by changes: read what was removed from the history, where the server offers one"
    )
    sweep_hours: float = Field(
        default=20, ge=0, description="with a history: after so many hours all ids are compared again; 0: each time"
    )
    unit_kinds: dict[str, Literal["organisation", "location", "department"]] = Field(
        default={}, description="code of Location.physicalType or Organization.type = kind of unit; adds to the usual"
    )
    encounter_classes: list[str] = Field(
        default=[], description="codes of Encounter.class that are stays; empty: all encounters"
    )
    plan_categories: list[str] = Field(
        default=["http://snomed.info/sct|9632001"], description="system|code of care plans with agreed care"
    )
    delivery_categories: list[str] = Field(
        default=[], description="system|code of procedures that are delivered care; empty: all procedures"
    )
    deliveries_from: dt.date | None = Field(default=None, description="delivered care is read from this day on")
    activity_systems: list[str] = Field(
        default=["http://snomed.info/sct"],
        description="code systems of activity_code, the first that a plan has counts",
    )
    levels: dict[str, Literal["1", "2", "3", "4", "5", "6", "7", "W"]] = Field(
        default={}, description="code or system|code of PractitionerRole.code or specialty = level"
    )
    day_parts: dict[str, Literal["morning", "afternoon", "evening", "night"]] = Field(
        default={}, description="code of Timing.repeat.when = day part; adds to MORN, AFT, EVE, NIGHT and NOON"
    )
    day_part_starts: dict[str, str] = Field(
        default={"morning": "07:00", "afternoon": "12:00", "evening": "17:00", "night": "23:00"},
        description="day part = clock from which a time of day belongs to it",
    )
    extensions: dict[str, str] = Field(default={}, description="column = address of the extension that holds it")
    codes: dict[str, dict[str, str]] = Field(
        default={}, description="column = { vendor's code = ours } for values read from an extension"
    )
    bsn_system: str = Field(
        default="http://fhir.nl/fhir/NamingSystem/bsn", description="identifier system of the BSN, which stays inside"
    )
    person_key: bool = Field(
        default=False, description="make person_key of residents from their BSN; needs [privacy] pseudonym_key"
    )
    known_resident: str | None = Field(default=None, description="id of a patient that `check` must be able to read")
    write: list[Kind] = Field(default=[], description="what may be written; nothing unless it is named here")
    identifier_system: str = Field(
        default="urn:ipvb-bridge", pattern=r"^(urn:|https?://)\S+$", description="system of the keys of what we write"
    )
    care_today: Literal["CarePlan", "Communication"] = Field(
        default="CarePlan", description="the resource in which care_today is written"
    )

    def of_stream(self, stream: str) -> Literal["snapshot", "changes"]:
        """How a stream is read."""
        return self.mode.get(stream, "snapshot")

    @field_validator("day_part_starts")
    @classmethod
    def _four_clocks(cls, value: dict[str, str]) -> dict[str, str]:
        if set(value) != set(DAY_PARTS) or not all(_CLOCK.fullmatch(each) for each in value.values()):
            raise ValueError(f"give a clock like 07:00 for each of {', '.join(DAY_PARTS)}")
        return value

    @model_validator(mode="after")
    def _known_names(self) -> Config:
        for name in self.mode:
            if name not in CHANGING and self.mode[name] == "changes":
                raise ValueError(f"only {', '.join(CHANGING)} can be read by changes, not {name}")
            if name not in STREAMS:
                raise ValueError(f"{name} is no stream")
        for name in (*self.extensions, *self.codes):
            if name not in FROM_EXTENSION:
                raise ValueError(f"{name} cannot come from an extension; these can: {', '.join(FROM_EXTENSION)}")
        for name in (*self.plan_categories, *self.delivery_categories):
            if "|" not in name:
                raise ValueError(f"{name} is no system|code")
        return self
