"""From canonical frames to FHIR resources: what an ECD would hold of the same organisation.

What base FHIR has no element for (payer, ground, performer in words ...) goes into extensions of the simulated vendor,
as real vendors do; ``EXTENSIONS`` names them, for the settings of the connection.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import polars as pl

Json = dict[str, Any]
VENDOR = "urn:demo-ecd"
EXTENSIONS = {
    name: f"{VENDOR}:{name}"
    for name in (
        "client_group",
        "care_function",
        "level",
        "performer",
        "payer",
        "ground",
        "wellbeing",
        "staff_count",
        "group_size",
    )
}
"""The settings ``extensions`` of a connection that reads these resources."""
SYSTEM = f"{VENDOR}:activity"
"""The setting ``activity_systems``."""
ROLES = {level: f"level-{level}" for level in ("1", "2", "3", "4", "5", "6", "7", "W")}
"""Level = code of the role; the setting ``levels`` is the reverse."""
BSN = "http://fhir.nl/fhir/NamingSystem/bsn"
_NURSING = {"coding": [{"system": "http://snomed.info/sct", "code": "9632001", "display": "Nursing procedure"}]}
_WHEN = {"morning": "MORN", "afternoon": "AFT", "evening": "EVE", "night": "NIGHT"}
_PER = {"day": (1, "d"), "week": (1, "wk"), "four_weeks": (4, "wk"), "month": (1, "mo"), "year": (1, "a")}
_DAYS = {"1": "mon", "2": "tue", "3": "wed", "4": "thu", "5": "fri", "6": "sat", "7": "sun"}


def resources(streams: Mapping[str, pl.DataFrame], bsn: Callable[[str], str] = lambda resident: "") -> Iterator[Json]:
    """Resources for the streams that are there: frames of the canonical schema (``STREAMS[name].schema()``).

    ``bsn`` gives an invented BSN for a resident; empty: the patient has none.
    """
    makers: Mapping[str, Callable[[Json], Json]] = {
        "units": _unit,
        "residents": lambda row: _patient(row, bsn(row["resident_id"])),
        "stays": _encounter,
        "care_agreements": _plan,
        "care_deliveries": _procedure,
    }
    levels = set()
    partners = set()
    for name in ("care_agreements", "care_deliveries"):
        if name in streams:
            levels |= set(streams[name]["level"].drop_nulls())
    for level in sorted(levels):
        coding = {"system": VENDOR, "code": ROLES[level]}
        yield {"resourceType": "PractitionerRole", "id": ROLES[level], "code": [{"coding": [coding]}]}
    for name, make in makers.items():
        for row in streams[name].iter_rows(named=True) if name in streams else ():
            if row.get("performer") == "network" and row["resident_id"] not in partners:
                partners.add(row["resident_id"])
                patient = {"reference": f"Patient/{row['resident_id']}"}
                yield {"resourceType": "RelatedPerson", "id": f"N-{row['resident_id']}", "patient": patient}
            yield make(row)


def _unit(row: Json) -> Json:
    if row["kind"] == "organisation":
        coding = {"system": "http://terminology.hl7.org/CodeSystem/organization-type", "code": "prov"}
        body = {"resourceType": "Organization", "type": [{"coding": [coding]}]}
        return body | _filled(id=row["unit_id"], name=row["name"], partOf=_reference("Organization", row["parent_id"]))
    code = {"location": "si", "department": "wa"}[row["kind"]]
    coding = {"system": "http://terminology.hl7.org/CodeSystem/location-physical-type", "code": code}
    above = "managingOrganization" if row["kind"] == "location" else "partOf"
    type_ = "Organization" if row["kind"] == "location" else "Location"
    return {
        "resourceType": "Location",
        "id": row["unit_id"],
        "name": row["name"],
        "physicalType": {"coding": [coding]},
    } | _filled(**{above: _reference(type_, row["parent_id"])})


def _patient(row: Json, bsn: str) -> Json:
    born = row["date_of_birth"]
    return {"resourceType": "Patient"} | _filled(
        id=row["resident_id"],
        identifier=[{"system": BSN, "value": bsn}] if bsn else None,
        name=[{"use": "official", "text": row["name"]}] if row["name"] else None,
        birthDate=born.isoformat() if born else None,
        extension=_extensions(row, "client_group"),
    )


def _encounter(row: Json) -> Json:
    return {
        "resourceType": "Encounter",
        "id": row["stay_id"],
        "status": "finished" if row["end_date"] else "in-progress",
        "class": {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "IMP"},
        "subject": _reference("Patient", row["resident_id"]),
        "period": _span(row),
        "location": [{"location": _reference("Location", row["unit_id"]), "period": _span(row)}],
    }


def _plan(row: Json) -> Json:
    # A reference to an employee's role says both who and which level; whatever it cannot say goes into extensions.
    performers = _performers(row)
    beside = [name for name in ("performer", "level") if not _said(name, row, performers)]
    detail = _filled(
        status="in-progress",
        code={"coding": [{"system": SYSTEM, "code": row["activity_code"]}]} if row["activity_code"] else None,
        description=row["description"],
        scheduledTiming={"repeat": _repeat(row)},
        performer=performers,
        extension=_extensions(
            row, *beside, "care_function", "payer", "ground", "wellbeing", "staff_count", "group_size"
        ),
    )
    agreed = row["agreed_on"]
    return {
        "resourceType": "CarePlan",
        "id": row["agreement_id"],
        "status": "active",
        "intent": "plan",
        "category": [_NURSING],
        "subject": _reference("Patient", row["resident_id"]),
        "period": _span(row),
        "activity": [{"detail": detail}],
    } | _filled(created=agreed.isoformat() if agreed else None)


def _procedure(row: Json) -> Json:
    end = row["start"] + dt.timedelta(milliseconds=row["minutes"] * 60)
    agreement = row["agreement_id"]
    return {
        "resourceType": "Procedure",
        "id": row["delivery_id"],
        "status": "completed",
        "subject": _reference("Patient", row["resident_id"]),
        "performedPeriod": {"start": row["start"].isoformat(), "end": end.isoformat()},
    } | _filled(
        basedOn=[_reference("CarePlan", agreement)] if agreement else None,
        location=_reference("Location", row["unit_id"]),
        performer=[{"actor": {"reference": f"PractitionerRole/{ROLES[row['level']]}"}}] if row["level"] else None,
        extension=_extensions(row, "care_function"),
    )


def _repeat(row: Json) -> Json:
    """The schedule. ``times`` of one decimal place or more become a longer span: 0.5 a week is once in two weeks."""
    repeat: Json = {"boundsPeriod": _span(row)}
    if row["minutes"] is not None:
        repeat |= {"duration": _number(Decimal(row["minutes"]).scaleb(-4)), "durationUnit": "min"}
    if row["times"] is not None and row["per"]:
        times = Decimal(row["times"]).scaleb(-4)
        span, unit = _PER[row["per"]]
        whole = 1
        while times * whole != int(times * whole):
            whole += 1
        repeat |= {"frequency": int(times * whole), "period": span * whole, "periodUnit": unit}
    if row["weekdays"]:
        repeat["dayOfWeek"] = [_DAYS[each] for each in row["weekdays"].split()]
    if row["day_part"]:
        repeat["when"] = [_WHEN[row["day_part"]]]
    return repeat


def _performers(row: Json) -> list[Json] | None:
    if row["performer"] == "network":
        return [{"reference": f"RelatedPerson/N-{row['resident_id']}"}]
    if row["performer"] == "self":
        return [{"reference": f"Patient/{row['resident_id']}"}]
    if row["performer"] == "staff" and row["level"]:
        return [{"reference": f"PractitionerRole/{ROLES[row['level']]}"}]
    return None


def _said(name: str, row: Json, performers: list[Json] | None) -> bool:
    """True when the reference to who does it tells this."""
    return performers is not None and (name == "performer" or row["performer"] == "staff")


def _extensions(row: Json, *names: str) -> list[Json] | None:
    made = []
    for name in names:
        value = row.get(name)
        if isinstance(value, bool):
            made.append({"url": EXTENSIONS[name], "valueBoolean": value})
        elif value is not None:
            kind = "valueInteger" if isinstance(value, int) else "valueCode"
            made.append({"url": EXTENSIONS[name], kind: value})
    return made or None


def _span(row: Json) -> Json:
    end = row["end_date"]
    return _filled(start=row["start_date"].isoformat(), end=end.isoformat() if end else None)


def _reference(type_: str, id_: str | None) -> Json | None:
    return {"reference": f"{type_}/{id_}"} if id_ else None


def _number(value: Decimal) -> int | float:
    """A JSON number; a quarter of a minute and the like are exact in it."""
    return int(value) if value == int(value) else float(value)


def _filled(**elements: Any) -> Json:
    return {name: value for name, value in elements.items() if value not in (None, "", [])}
