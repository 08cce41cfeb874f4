"""The public examples of Nictiz (R4 of zib2020, STU3 of zib2017), XML made into JSON, as a server would show them."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from ipvb_bridge.demo.systems.fhir import Simulated
from ipvb_ecd_fhir import messages

from .conftest import Connect, patient

FHIR = "{http://hl7.org/fhir}"
# Of the elements that these examples hold, those that FHIR repeats.
LISTS = {
    "extension", "identifier", "coding", "profile", "address", "line", "telecom", "contact", "communication",
    "Patient.name", "name.given", "name.prefix", "relationship", "specialty", "activity", "CarePlan.category",
    "CarePlan.goal", "detail.goal", "detail.performer", "detail.reasonReference", "outcomeReference", "performer",
    "addresses", "reasonReference", "bodySite", "usedReference", "focalDevice", "note", "suffix",
}  # fmt: skip
NUMBERS = {"frequency", "frequencyMax", "period", "count"}
BSN = "1112" + "22333"


def as_json(element: Any) -> Any:
    """A FHIR resource or element in XML as the JSON of the same."""
    name = etree.QName(element).localname
    children = [each for each in element if isinstance(each.tag, str)]
    value = element.get("value")
    if value is not None:
        return value == "true" if value in ("true", "false") else int(value) if name in NUMBERS else value
    made: dict[str, Any] = {"url": element.get("url")} if element.get("url") else {}
    for child in children:
        if not child.tag.startswith(FHIR):
            continue  # the narrative is XHTML
        inner = etree.QName(child).localname
        if inner in LISTS or f"{name}.{inner}" in LISTS:
            made.setdefault(inner, []).append(as_json(child))
        else:
            assert inner not in made, f"{name}.{inner} repeats: name it among the lists"
            made[inner] = as_json(child)
    return made


@pytest.fixture(scope="module")
def examples(shared_data: Path) -> dict[str, dict[str, Any]]:
    """Each example by its file's name; the narrative is kept as text, as servers show it."""
    found = {}
    for file in sorted((shared_data / "fhir").glob("*.xml")):
        root = etree.parse(file, etree.XMLParser(resolve_entities=False, no_network=True)).getroot()
        narrative = " ".join("".join(root.find(f"{FHIR}text").itertext()).split())
        text = {"status": "extensions", "div": f"<div>{narrative}</div>"}
        found[file.stem] = {"resourceType": etree.QName(root).localname} | as_json(root) | {"text": text}
    if not found:
        pytest.skip("the examples of Nictiz are not here: ../shared/data/fhir")
    return found


def test_the_examples_are_all_there(examples: dict[str, dict[str, Any]]) -> None:
    """Each of the five is fed to a stream below; a sixth would want a test of its own."""
    assert {each["resourceType"] for each in examples.values()} == {
        "Patient", "CarePlan", "PractitionerRole", "Procedure"
    }  # fmt: skip
    assert len(examples) == 5


def test_patient(
    examples: dict[str, dict[str, Any]], server: Simulated, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    """The resident comes with name and birth; the BSN, in identifier and narrative alike, reaches nothing."""
    caplog.set_level(logging.DEBUG)
    one = examples["nl-core-Patient-01"]
    assert BSN in str(one["text"])
    assert BSN in str(one["identifier"])
    server.memory.load([one])
    connection = connect()
    pulled = connection.pull("residents")
    row = pulled.one("nl-core-Patient-01")
    assert row["name"] == "Johanna Petronella Maria van Putten-van der Giessen"
    assert row["date_of_birth"] == "1934-04-28"
    assert pulled.checked.held.is_empty()
    for each in (pulled.raw.write_json(), str(pulled.last), caplog.text, str(server.seen), str(connection.cursors)):
        assert BSN not in each


def test_help_from_others_is_not_staff(
    examples: dict[str, dict[str, Any]], server: Simulated, connect: Connect
) -> None:
    """Help of the family is no nursing intervention; read on purpose it is of the network, without minutes or times."""
    server.memory.load([examples["nl-core-Patient-01"], examples["nl-core-HelpFromOthers-01"]])
    assert connect().pull("care_agreements").ids() == []
    pulled = connect(plan_categories=["http://snomed.info/sct|243114000"]).pull("care_agreements")
    row = pulled.one("nl-core-HelpFromOthers-01")
    assert (row["resident_id"], row["activity_code"]) == ("nl-core-Patient-01", "386229000")
    assert (row["performer"], row["description"]) == ("network", "Boodschappen doen")
    assert {row[name] for name in ("minutes", "times", "per", "day_part", "level", "start_date")} == {None}
    assert set(pulled.findings()) == {messages.TIMES_UNCLEAR.code}, "1 keer per week is words"


def test_a_role_is_mapped_by_its_specialty(
    examples: dict[str, dict[str, Any]], server: Simulated, connect: Connect
) -> None:
    """The level of a role comes from its specialty's code; a code that nobody mapped is a finding that names it."""
    role = examples["nl-core-HealthProfessional-PractitionerRole-01"]
    by = {"performer": [{"reference": f"PractitionerRole/{role['id']}"}]}
    activity = {"detail": examples["nl-core-HelpFromOthers-01"]["activity"][0]["detail"] | by}
    server.memory.load([role, examples["nl-core-HelpFromOthers-01"] | {"activity": [activity]}])
    category = {"plan_categories": ["http://snomed.info/sct|243114000"]}
    mapped = connect(levels={"01.026": "6"}, **category).pull("care_agreements")
    assert mapped.one("nl-core-HelpFromOthers-01")["level"] == "6"
    unmapped = connect(levels={"VIG": "3"}, **category).pull("care_agreements")
    assert unmapped.one("nl-core-HelpFromOthers-01")["level"] is None
    assert "01.026" in unmapped.findings()[messages.ROLE_UNMAPPED.code]


def test_a_care_plan_of_another_version(
    examples: dict[str, dict[str, Any]], server: Simulated, connect: Connect
) -> None:
    """STU3: an activity elsewhere and one that is done, in a plan that is active: a row with its days, two findings."""
    server.memory.load([patient("nl-core-patient-02"), examples["nl-core-careplan-01"]])
    assert connect().pull("care_agreements").ids() == [], "the plan itself names no category"
    pulled = connect(plan_categories=[]).pull("care_agreements")
    row = pulled.one("nl-core-careplan-01/2")
    assert (row["resident_id"], row["activity_code"]) == ("nl-core-patient-02", "228567003")
    assert (row["times"], row["per"], row["minutes"]) == ("2", "day", None)
    assert (row["start_date"], row["end_date"]) == ("2019-02-06", "2019-02-09")
    assert set(pulled.findings()) == {messages.NO_ACTIVITY.code}


def test_an_intervention_of_another_version_is_held(
    examples: dict[str, dict[str, Any]], server: Simulated, connect: Connect
) -> None:
    """STU3: a procedure over whole days has no minutes and no moment: held back to be looked at, not guessed."""
    server.memory.load([patient("nl-core-patient-03"), examples["zib-NursingIntervention-01"]])
    pulled = connect(delivery_categories=["http://snomed.info/sct|9632001"]).pull("care_deliveries")
    row = pulled.one("zib-nursingintervention-01")
    assert (row["resident_id"], row["start"], row["minutes"]) == ("nl-core-patient-03", "2015-06-05", None)
    assert pulled.checked.held["source_id"].to_list() == ["zib-nursingintervention-01"]
