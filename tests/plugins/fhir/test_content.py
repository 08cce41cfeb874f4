"""What servers really send: gaps, contradictions, broken references, odd answers; told, held back, never a crash."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from ipvb_bridge.base.errors import CredentialsError, DataError, PeerError
from ipvb_bridge.demo.systems.fhir import Fault, Simulated
from ipvb_bridge.plugin import Context
from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.adapter import Fhir
from ipvb_ecd_fhir.config import READS

from .conftest import Connect, patient, plan, repeat

ERROR_AMONG_RESULTS = (
    b'{"resourceType":"Bundle","type":"searchset","entry":[{"resource":'
    b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"timeout"}]}}]}'
)
DAILY = repeat(frequency=1, period=1, periodUnit="d")
PLAN_FIELDS = ("care_function", "day_part", "level", "performer", "payer", "minutes", "times", "per", "weekdays")


def test_what_is_not_there_is_missing(server: Simulated, connect: Connect) -> None:
    """A plan with a bare activity gives a row in which nothing is filled in: no minutes, level or payer of ours."""
    server.memory.load([plan("P1", {"code": {"text": "Wassen"}})])
    row = connect().pull("care_agreements").one("P1")
    assert {row[name] for name in PLAN_FIELDS} == {None}
    assert (row["description"], row["resident_id"], row["start_date"]) == ("Wassen", "R1", "2026-01-01")


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (plan("P1", DAILY, subject=None), messages.NO_SUBJECT),
        (plan("P1", DAILY, subject={"reference": "https://elders.example/Patient/9"}), messages.UNRESOLVED),
        (plan("P1", {**DAILY, "status": "completed"}), messages.ALL_DONE),
        (plan("P1", {**DAILY, "status": "stopped"}, DAILY), messages.NO_END),
        (plan("P1", DAILY, status="completed"), messages.NO_END),
        (plan("P1", {"scheduledString": "1 keer per week"}), messages.TIMES_UNCLEAR),
        (plan("P1", repeat(frequency=1, period=3, periodUnit="d")), messages.ROUNDED),
        (plan("P1", repeat(frequency=1, period=1, periodUnit="d", when=["ACM"])), messages.DAY_PART_UNCLEAR),
        (plan("P1", repeat(frequency=1, period=1, periodUnit="d", duration=1)), messages.MINUTES_UNCLEAR),
        (plan("P1", {"code": {"coding": [{"system": "x", "code": "1"}]}}), messages.CODE_UNCLEAR),
        (plan("P1", repeat(frequency="1")), messages.UNREADABLE),
        (plan("P1", {"code": {"coding": "1"}}), messages.UNREADABLE),
        (plan("P1", activity=[]), messages.NO_ACTIVITY),
        (plan("P1", activity=[{"reference": {"reference": "ServiceRequest/1"}}]), messages.NO_ACTIVITY),
        (plan("P1", DAILY, period={"start": "2026"}), messages.DATE_UNCLEAR),
    ],
)
def test_odd_plans_are_told(server: Simulated, connect: Connect, what: dict[str, Any], message: Any) -> None:
    """An odd plan is a finding with its place and stops no other plan."""
    server.memory.load([what, plan("P2", DAILY)])
    pulled = connect().pull("care_agreements")
    assert "P2" in pulled.checked.rows["agreement_id"]
    assert "P1" in pulled.findings()[message.code]
    held = message in (messages.NO_SUBJECT, messages.UNRESOLVED, messages.UNREADABLE, messages.DATE_UNCLEAR)
    assert pulled.checked.held["source_id"].to_list() == (["P1"] if held else [])


@pytest.mark.parametrize(
    ("what", "told"),
    [
        (plan("P1", DAILY, status="on-hold"), True),
        (plan("P1", DAILY, status="unknown"), True),
        (plan("P1", {**DAILY, "status": "on-hold"}), True),
        (plan("P1", {**DAILY, "status": "unknown"}), True),
        (plan("P1", {**DAILY, "status": "completed"}, status="on-hold", period={"end": "2026-01-09"}), False),
        (plan("P1", {**DAILY, "status": "not-started"}), False),
    ],
)
def test_care_that_stands_still_counts_and_is_told(
    server: Simulated, connect: Connect, what: dict[str, Any], told: bool
) -> None:
    """A plan or activity on hold, or of a state that nobody knows, stays agreed care and is a finding."""
    server.memory.load([what])
    pulled = connect().pull("care_agreements")
    assert pulled.ids() == ["P1"]
    assert (messages.ON_HOLD.code in pulled.findings()) == told


@pytest.mark.parametrize(
    "what",
    [
        plan("P1", {**DAILY, "doNotPerform": True}),
        plan("P1", DAILY, intent="proposal"),
        plan("P1", DAILY, intent="option"),
    ],
)
def test_what_is_proposed_or_forbidden_is_no_agreed_care(
    server: Simulated, connect: Connect, what: dict[str, Any]
) -> None:
    """An activity that is not to be done, a proposal and an option are told, and never counted as agreed care."""
    server.memory.load([what, plan("P2", {**DAILY, "doNotPerform": False}, intent="order")])
    pulled = connect().pull("care_agreements")
    assert pulled.ids() == ["P2"]
    assert "P1" in pulled.findings()[messages.NOT_AGREED.code]


@pytest.mark.parametrize(
    ("value", "unit", "last"),
    [
        (14, "d", "2026-01-14"),
        (6, "wk", "2026-02-11"),
        (1, "mo", "2026-01-31"),
        (2, "a", "2027-12-31"),
        (1.5, "wk", None),
        (36, "h", None),
    ],
)
def test_care_for_a_length_of_time_ends(
    server: Simulated, connect: Connect, value: float, unit: str, last: str | None
) -> None:
    """Two weeks of care from a day on end on a day; where that cannot be worked out it is told, not passed over."""
    bounds = {"value": value, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    server.memory.load([plan("P1", repeat(frequency=1, period=1, periodUnit="d", boundsDuration=bounds))])
    pulled = connect().pull("care_agreements")
    assert pulled.one("P1")["end_date"] == last
    assert (messages.LENGTH_UNCLEAR.code in pulled.findings()) == (last is None)


def test_a_length_meets_the_other_ends(server: Simulated, connect: Connect) -> None:
    """Of a length and the end of the plan the earlier counts; a length without a start, or a range, is told."""
    fortnight = repeat(frequency=1, period=1, periodUnit="d", boundsDuration={"value": 14, "code": "d"})
    span = repeat(frequency=1, period=1, periodUnit="d", boundsRange={"high": {"value": 14, "code": "d"}})
    server.memory.load(
        [
            plan("P1", fortnight, period={"start": "2026-01-01", "end": "2026-01-09"}),
            plan("P2", fortnight, status="completed"),
            plan("P3", span),
        ]
    )
    pulled = connect().pull("care_agreements")
    assert [pulled.one(each)["end_date"] for each in ("P1", "P2", "P3")] == ["2026-01-09", "2026-01-14", None]
    assert set(pulled.findings()) == {messages.LENGTH_UNCLEAR.code}


def test_levels_and_performers(server: Simulated, connect: Connect) -> None:
    """The level is that of the role that does it; a role whose codes nobody mapped is a finding; words name nobody."""
    role = {"resourceType": "PractitionerRole", "id": "v", "code": [{"coding": [{"system": "s", "code": "VIG"}]}]}
    other = {**role, "id": "w", "code": [{"coding": [{"system": "s", "code": "ZH"}]}]}
    by = [
        [{"reference": f"{each}"}]
        for each in ("PractitionerRole/v", "PractitionerRole/w", "RelatedPerson/n", "Patient/R1")
    ]
    plans = [plan(f"P{at}", {**DAILY, "performer": each}) for at, each in enumerate(by)]
    server.memory.load([role, other, *plans, plan("P4", {**DAILY, "performer": [{"display": "dochter"}]})])
    pulled = connect(levels={"s|VIG": "3"}).pull("care_agreements")
    found = [(pulled.one(f"P{at}")["performer"], pulled.one(f"P{at}")["level"]) for at in range(5)]
    assert found == [("staff", "3"), ("staff", None), ("network", None), ("self", None), (None, None)]
    assert "ZH" in pulled.findings()[messages.ROLE_UNMAPPED.code]


def test_settings_say_how_codes_are_read(server: Simulated, connect: Connect) -> None:
    """Categories, code systems, day parts, clocks and extensions are the configuration's to say."""
    url = "urn:vendor:financiering"
    activity = {
        **repeat(frequency=1, period=1, periodUnit="d", timeOfDay=["06:30:00"]),
        "code": {"coding": [{"system": "urn:b", "code": "B1"}, {"system": "urn:a", "code": "A1"}]},
        "extension": [{"url": url, "valueCoding": {"code": "WLZ"}}],
    }
    category = {"coding": [{"system": "urn:c", "code": "zorg"}]}
    server.memory.load([plan("P1", activity, category=[category]), plan("P2", DAILY)])
    settings: dict[str, Any] = {
        "plan_categories": ["urn:c|zorg"],
        "activity_systems": ["urn:a", "urn:b"],
        "day_part_starts": {"morning": "06:00", "afternoon": "12:00", "evening": "17:00", "night": "22:00"},
        "extensions": {"payer": url},
        "codes": {"payer": {"WLZ": "wlz"}},
        "day_parts": {"HS": "evening"},
    }
    pulled = connect(**settings).pull("care_agreements")
    assert pulled.ids() == ["P1"]
    row = pulled.one("P1")
    assert (row["activity_code"], row["day_part"], row["payer"]) == ("A1", "morning", "wlz")


def test_several_activities_and_day_parts(server: Simulated, connect: Connect) -> None:
    """Each activity and each day part is a row with a key that stays the same."""
    both = repeat(when=["MORN", "EVE"], frequency=2, period=1, periodUnit="d")
    server.memory.load([plan("P1", DAILY, both)])
    assert connect().pull("care_agreements").ids() == ["P1", "P1/2/evening", "P1/2/morning"]


def stay(id_: str, **changes: Any) -> dict[str, Any]:
    whole = {
        "resourceType": "Encounter",
        "id": id_,
        "status": "in-progress",
        "class": {"code": "IMP"},
        "subject": {"reference": "Patient/R1"},
        "period": {"start": "2026-01-05"},
        "location": [{"location": {"reference": "Location/A"}}],
    } | changes
    return {name: value for name, value in whole.items() if value is not None}


def place(id_: str, code: str, above: str = "") -> dict[str, Any]:
    made = {"resourceType": "Location", "id": id_, "name": id_, "physicalType": {"coding": [{"code": code}]}}
    return made | ({"partOf": {"reference": f"Location/{above}"}} if above else {})


def test_stays(server: Simulated, connect: Connect) -> None:
    """A room counts as its unit, a move is two rows, planned places and cancelled stays none, in Amsterdam days."""
    moved = [
        {"location": {"reference": "Location/K1"}, "period": {"start": "2026-01-05", "end": "2026-01-09T23:30:00Z"}},
        {"location": {"reference": "Location/B"}, "period": {"start": "2026-01-09T23:30:00Z"}},
        {"location": {"reference": "Location/A"}, "status": "planned"},
    ]
    server.memory.load(
        [
            place("S", "si"), place("A", "wa", "S"), place("B", "wa", "S"), place("K1", "ro", "A"), place("X", "zz"),
            stay("E1", location=moved), stay("E2", status="cancelled"), stay("E3", subject=None),
            stay("E4", location=[{"location": {"reference": "Location/weg"}}]),
            stay("E5", **{"class": {"code": "AMB"}}),
        ]
    )  # fmt: skip
    connection = connect(encounter_classes=["IMP"])
    pulled = connection.pull("stays")
    assert pulled.ids() == ["E1", "E1/2", "E3", "E4"]
    first, second = pulled.one("E1"), pulled.one("E1/2")
    assert (first["unit_id"], first["end_date"]) == ("A", "2026-01-10"), "half past midnight in Amsterdam"
    assert (second["unit_id"], second["start_date"]) == ("B", "2026-01-10")
    assert pulled.one("E4")["unit_id"] == "weg"
    assert set(pulled.findings()) == {messages.NO_SUBJECT.code, messages.UNRESOLVED.code}
    units = connection.pull("units")
    assert units.ids() == ["A", "B", "S", "X"]
    assert units.checked.held["source_id"].to_list() == ["X"], "nobody said what kind of unit it is"
    mapped = connect(unit_kinds={"zz": "department"}).pull("units")
    assert mapped.checked.held.is_empty()


@pytest.mark.parametrize(
    ("named", "unit"),
    [("KA", "A"), ("AK", "A"), ("AKS", "A"), ("SAK", "A"), ("KS", "A"), ("KAS", "A"), ("SA", "A"), ("AB", "AB")],
)
def test_a_stay_that_names_every_level_of_its_place_is_one(
    server: Simulated, connect: Connect, named: str, unit: str
) -> None:
    """Site, ward and room of one time are one stay, in the ward, in whatever order they stand; two wards are two."""
    server.memory.load(
        [
            place("S", "si"), place("A", "wa", "S"), place("B", "wa", "S"), place("K", "ro", "A"),
            stay("E1", location=[{"location": {"reference": f"Location/{each}"}} for each in named]),
        ]
    )  # fmt: skip
    assert "".join(sorted(connect().pull("stays").raw["unit_id"])) == unit


def test_a_move_with_every_level_named_is_two(server: Simulated, connect: Connect) -> None:
    """Levels of a place are told apart from places one after the other by their times."""
    old, new = {"start": "2026-01-05", "end": "2026-01-09"}, {"start": "2026-01-09"}
    named = [("S", old), ("A", old), ("S", new), ("B", new)]
    server.memory.load(
        [
            place("S", "si"), place("A", "wa", "S"), place("B", "wa", "S"),
            stay("E1", location=[{"location": {"reference": f"Location/{on}"}, "period": when} for on, when in named]),
        ]
    )  # fmt: skip
    rows = connect().pull("stays").raw.sort("start_date")
    assert rows.select("unit_id", "start_date").rows() == [("A", "2026-01-05"), ("B", "2026-01-09")]


def test_a_finished_stay_without_an_end_goes_on_for_nobody(server: Simulated, connect: Connect) -> None:
    """Whose last day is not known does not live here for ever: it is told, and no row says so."""
    server.memory.load(
        [
            place("A", "wa"), place("B", "wa"), stay("E1", status="finished"),
            stay("E2", location=[
                {"location": {"reference": "Location/A"}, "status": "completed"},
                {"location": {"reference": "Location/B"}, "status": "active"},
            ]),
            stay("E3", status="finished", period={"start": "2026-01-01", "end": "2026-01-09"}),
        ]
    )  # fmt: skip
    pulled = connect().pull("stays")
    assert {(row["stay_id"], row["unit_id"]) for row in pulled.raw.rows(named=True)} == {("E2/2", "B"), ("E3", "A")}
    told = pulled.findings()[messages.STAY_WITHOUT_END.code]
    assert "Encounter/E1" in told
    assert "Encounter/E2" in told


def test_delivered_care_over_clock_changes(server: Simulated, connect: Connect) -> None:
    """Minutes are elapsed time, also where the clock is put back; without an end the row is held back."""

    def done(id_: str, start: str, end: str | None) -> dict[str, Any]:
        period = {"start": start} | ({"end": end} if end else {})
        subject = {"reference": "Patient/R1"}
        return {
            "resourceType": "Procedure",
            "id": id_,
            "status": "completed",
            "subject": subject,
            "performedPeriod": period,
        }

    server.memory.load(
        [
            done("D1", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"),
            done("D2", "2026-03-29T01:30:00+01:00", "2026-03-29T03:30:00+02:00"),
            done("D3", "2026-03-29T01:30:00", "2026-03-29T03:30:00"),
            done("D4", "2026-01-05T10:00:00+01:00", None),
            done("D0", "2025-12-31T10:00:00+01:00", "2025-12-31T10:10:00+01:00"),
        ]
    )  # fmt: skip
    connection = connect(deliveries_from="2026-01-01", delivery_categories=[])
    pulled = connection.pull("care_deliveries")
    assert pulled.rows["minutes"].to_list() == [60000, 60000, 60000]
    assert pulled.checked.held["source_id"].to_list() == ["D4"]
    assert pulled.last.scope is not None
    assert pulled.last.scope.first == "2026-01"


def test_two_records_of_one_person(server: Simulated, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    """Two patients with one BSN are told, both are delivered, and the BSN reaches no row, finding, cursor or log."""
    caplog.set_level(logging.DEBUG)
    bsn = "1112" + "22333"
    held = [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": bsn}]
    server.memory.load([patient("R1", identifier=held, birthDate="1940"), patient("R9", identifier=held)])
    pulled = connect().pull("residents")
    assert {"R1", "R9"} <= set(pulled.ids())
    assert "R1 = R9" in pulled.findings()[messages.TWO_RECORDS.code]
    assert pulled.one("R1")["date_of_birth"] is None
    everything = [pulled.raw.write_json(), str(pulled.last), caplog.text, *server.seen]
    assert not any(bsn in each for each in everything)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html>Log in</html>", "P46"),
        (b"", "P46"),
        (b'{"resourceType":"Bundle","type":"search', "P46"),
        (b'{"resourceType":"Bundle","type":"history"}', "FHIR01"),
        (b'{"resourceType":"Patient","id":"1"}', "FHIR01"),
        (b"[]", "FHIR01"),
        (b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"security"}]}', "FHIR02"),
        (ERROR_AMONG_RESULTS, "FHIR02"),
    ],
)
def test_odd_answers_deliver_nothing(server: Simulated, connect: Connect, body: bytes, code: str) -> None:
    """No JSON, another kind of answer, an error in the guise of a result: the delivery is held back, with its code."""
    connection = connect()
    connection.adapter.server.offered()
    server.faults = [Fault("GET /fhir/Patient", body=body)]
    error = connection.refused("residents")
    assert isinstance(error, DataError)
    assert error.code == code


def test_a_hint_among_the_results_is_passed_over(server: Simulated, connect: Connect) -> None:
    """An OperationOutcome that only informs stops nothing."""
    page = (
        b'{"resourceType":"Bundle","type":"searchset","entry":[{"resource":{"resourceType":"OperationOutcome",'
        b'"issue":[{"severity":"information","code":"informational"}]},"search":{"mode":"outcome"}}]}'
    )
    server.faults = [Fault("GET /fhir/Patient", body=page)]
    assert connect().pull("residents").ids() == ["R1", "R2"]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault(status=401), CredentialsError),
        (Fault(status=403), CredentialsError),
        (Fault(status=503), PeerError),
    ],
)
def test_faults_of_the_line_stop_the_pull(server: Simulated, connect: Connect, fault: Fault, kind: type) -> None:
    """What the line says half way is what the pull says; nothing of it is complete."""
    server.memory.load([patient(f"R{number}") for number in range(3, 30)])
    fault.match = "_offset=20"
    server.faults = [fault]
    assert isinstance(connect(page_size=10).refused("residents"), kind)


def test_a_server_that_is_not_r4_or_lacks_a_type(server: Simulated, connect: Connect) -> None:
    """Another version of FHIR is refused; a type that is not offered stops its stream alone."""
    del server.offers["Procedure"]
    connection = connect()
    assert connection.refused("care_deliveries").message is messages.NOT_OFFERED
    assert connection.pull("residents").ids() == ["R1", "R2"]
    body = b'{"resourceType":"CapabilityStatement","fhirVersion":"3.0.2"}'
    server.faults = [Fault("metadata", body=body)]
    assert connect().refused("residents").message is messages.NOT_R4


def test_check_goes_step_by_step(server: Simulated, connect: Connect) -> None:
    """Every step up to a known resident; the first that fails is the last, and says what to do."""
    steps = [(each.name, each.ok) for each in connect(known_resident="R1").adapter.check()]
    assert steps[:6] == [(name, True) for name in ("name", "port", "tls", "certificate", "token", "metadata")]
    assert steps[-1] == ("known resident", True)
    last = list(connect(known_resident="R404").adapter.check())[-1]
    assert last.error is not None
    assert last.error.message is messages.KNOWN_RECORD
    last = list(connect(token="wrong").adapter.check())[-1]
    assert (last.name, last.ok) == ("Patient", False)
    assert isinstance(last.error, CredentialsError)


def test_a_clock_that_is_off_is_told_once(server: Simulated, connect: Connect) -> None:
    """The line's findings come with the first stream of a connection, not with each."""
    server.skew = 900
    connection = connect()
    assert "P47" in connection.pull("residents").findings()
    assert "P47" not in connection.pull("units").findings()


@pytest.mark.parametrize(
    "settings",
    [
        {"mode": {"residents": "changes"}},
        {"mode": {"patienten": "snapshot"}},
        {"extensions": {"resident_id": "urn:x"}},
        {"plan_categories": ["9632001"]},
        {"day_part_starts": {"morning": "07:00"}},
        {"write": ["hours"]},
        {"care_today": "Letter"},
        {"identifier_system": "ours"},
        {"bsn_system": 1},
    ],
)
def test_settings_that_are_junk_are_refused(settings: dict[str, Any]) -> None:
    """A setting that cannot be meant is refused when it is read."""
    with pytest.raises(ValidationError):
        Fhir.Config.model_validate({"url": "https://ecd.example/fhir"} | settings)


def test_what_it_offers(tmp_path: Path) -> None:
    """Without asking the server: its streams and how each is read."""
    config = Fhir.Config.model_validate({"url": "https://ecd.example", "mode": {"care_agreements": "changes"}})
    offers = {each.stream: each.mode for each in Fhir(config, Context("ecd", tmp_path)).streams()}
    assert tuple(offers) == READS
    assert offers["care_agreements"] == "changes"
    assert offers["stays"] == "snapshot"
