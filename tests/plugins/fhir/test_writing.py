"""Writing back: only what is turned on and offered, once, under our key, and read back."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest

from ipvb_bridge.base.canonical import digest
from ipvb_bridge.base.errors import BridgeError, DataError, PeerError
from ipvb_bridge.demo.systems import fhir
from ipvb_bridge.demo.systems.fhir import Fault, Simulated
from ipvb_bridge.plugin import Outgoing
from ipvb_ecd_fhir import messages

from .conftest import Connect, Connection

ALL = ["resident_statement", "monthly_conversation", "care_today"]
TYPES = {"resident_statement": "DocumentReference", "monthly_conversation": "Task", "care_today": "CarePlan"}


def message(kind: str = "resident_statement", *, key: str = "ecd/2026-01/R1", **data: Any) -> Outgoing:
    """Something to write about resident R1; statements carry a document."""
    whole = {"kind": kind, "period": "2026-01", "resident_id": "R1", "care_cents": 12345} | data
    document = f"<p>{whole['care_cents']} cent, één blad</p>".encode() if kind == "resident_statement" else None
    return Outgoing(key, kind, "R1", "2026-01", whole, digest(whole), document, "text/html" if document else "")


def held(server: Simulated, type_: str) -> list[dict[str, Any]]:
    """What stands in the server of a type."""
    return [each.body for each in server.memory.current[type_].values() if each.body is not None]


def refused(connection: Connection, what: Outgoing) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        connection.adapter.deliver(what)
    return caught.value


@pytest.mark.parametrize("kind", ALL)
def test_it_stands_there_once_and_says_what_it_is(server: Simulated, connect: Connect, kind: str) -> None:
    """Delivered twice, a message stands there once, with our key and digest, about the right resident."""
    adapter = connect(write=ALL).adapter
    assert adapter.find(message(kind).key, kind) is None
    first = adapter.deliver(message(kind))
    again = adapter.deliver(message(kind))
    (body,) = held(server, TYPES[kind])
    assert first == again == adapter.find(message(kind).key, kind)
    assert first.digest == message(kind).digest
    assert first.reference == f"{TYPES[kind]}/{body['id']}"
    assert body.get("subject", body.get("for")) == {"reference": "Patient/R1"}


def test_the_document_is_the_one_that_was_rendered(server: Simulated, connect: Connect) -> None:
    """The bytes of the statement come back from the server as they were."""
    adapter = connect(write=ALL).adapter
    adapter.deliver(message())
    (reference,) = held(server, "DocumentReference")
    url = reference["content"][0]["attachment"]["url"]
    assert url.startswith("Binary/")
    answer = adapter.server.session.ask("GET", url, headers={"Accept": "text/html"})
    assert answer.body == message().document


def test_without_transactions_the_document_goes_inside(server: Simulated, connect: Connect) -> None:
    """A server that cannot write two records as one gets the document in the reference itself, and no Binary."""
    server.transactions = False
    connect(write=ALL).adapter.deliver(message())
    (reference,) = held(server, "DocumentReference")
    assert "data" in reference["content"][0]["attachment"]
    assert held(server, "Binary") == []


@pytest.mark.parametrize("kind", ALL)
def test_a_change_replaces_what_stands_there(server: Simulated, connect: Connect, kind: str) -> None:
    """Other data under the same key becomes a new version of the same record; an identifier of others stays."""
    adapter = connect(write=ALL).adapter
    adapter.deliver(message(kind))
    (before,) = held(server, TYPES[kind])
    foreign = {"system": "urn:ecd", "value": "17"}
    server.memory.put({**before, "identifier": [*before["identifier"], foreign]})
    changed = message(kind, care_cents=1)
    receipt = adapter.deliver(changed)
    (after,) = held(server, TYPES[kind])
    assert after["id"] == before["id"]
    assert foreign in after["identifier"]
    assert receipt.digest == changed.digest != message(kind).digest


@pytest.mark.parametrize(
    ("kind", "status"),
    [("resident_statement", "superseded"), ("monthly_conversation", "cancelled"), ("care_today", "revoked")],
)
def test_what_is_withdrawn_is_marked_and_can_come_back(
    server: Simulated, connect: Connect, kind: str, status: str
) -> None:
    """A withdrawal sets the status and keeps the record; writing it again makes it valid again."""
    adapter = connect(write=ALL).adapter
    adapter.deliver(message(kind))
    (before,) = held(server, TYPES[kind])
    gone = message(kind, withdrawn=True)
    assert adapter.deliver(gone).digest == gone.digest
    (after,) = held(server, TYPES[kind])
    assert (after["id"], after["status"]) == (before["id"], status)
    adapter.deliver(message(kind))
    assert [each["status"] for each in held(server, TYPES[kind])] == [before["status"]]


def test_withdrawing_what_is_not_there_writes_nothing(server: Simulated, connect: Connect) -> None:
    """Where nothing stands under the key, a withdrawal is done without writing."""
    gone = message(withdrawn=True)
    assert connect(write=ALL).adapter.deliver(gone).digest == gone.digest
    assert held(server, "DocumentReference") == []


def test_a_task_of_the_team_is_not_overwritten(server: Simulated, connect: Connect) -> None:
    """A conversation that the team has taken up stays theirs: a change is refused, a withdrawal leaves their status."""
    connection = connect(write=ALL)
    connection.adapter.deliver(message("monthly_conversation"))
    (task,) = held(server, "Task")
    server.memory.put({**task, "status": "completed"})
    error = refused(connection, message("monthly_conversation", due="2026-01-20"))
    assert error.message is messages.TAKEN_UP
    connection.adapter.deliver(message("monthly_conversation", withdrawn=True))
    assert [each["status"] for each in held(server, "Task")] == ["completed"]


def test_nothing_is_written_unless_it_is_turned_on(server: Simulated, connect: Connect) -> None:
    """Without `write` no kind is ready, deliver refuses, and the server is not even asked."""
    connection = connect()
    assert not any(each.ready for each in connection.adapter.targets())
    assert refused(connection, message()).message is messages.NOT_WRITABLE
    assert server.seen == []


def test_only_what_the_server_offers_is_ready(server: Simulated, connect: Connect) -> None:
    """A kind whose resource cannot be created and updated is not ready, says why, and fails the check."""
    server.offers["Task"] = ("read", "search-type")
    connection = connect(write=["monthly_conversation", "care_today"])
    ready = {each.kind: each for each in connection.adapter.targets()}
    assert ready["care_today"].ready
    assert not ready["monthly_conversation"].ready
    assert "Task: create" in ready["monthly_conversation"].why
    assert refused(connection, message("monthly_conversation")).message is messages.NOT_WRITABLE
    assert list(connection.adapter.check())[-1].ok is False


def test_care_today_can_be_a_communication(server: Simulated, connect: Connect) -> None:
    """The configuration chooses the resource of care_today, and a plan of ours is never read as agreed care."""
    connect(write=ALL, care_today="Communication").adapter.deliver(message("care_today", text="Om 8 uur: wassen"))
    (letter,) = held(server, "Communication")
    assert letter["payload"] == [{"contentString": "Om 8 uur: wassen"}]
    connection = connect(write=ALL)
    connection.adapter.deliver(message("care_today"))
    assert len(held(server, "CarePlan")) == 1
    assert connection.pull("care_agreements").ids() == []


def test_keys_stand_in_the_system_that_is_configured(server: Simulated, connect: Connect) -> None:
    """`identifier_system` is the system of the key; the digest stands beside it."""
    connect(write=ALL, identifier_system="https://zorg.example/ipvb").adapter.deliver(message())
    (reference,) = held(server, "DocumentReference")
    assert {each["system"] for each in reference["identifier"]} == {
        "https://zorg.example/ipvb",
        "https://zorg.example/ipvb:sha256",
    }


def test_a_server_that_drops_what_it_does_not_know_is_found_out(server: Simulated, connect: Connect) -> None:
    """What is read back and differs from what was written does not count as delivered."""
    put = server.memory.put

    def losing(body: dict[str, Any]) -> Any:
        body.pop("restriction", None)
        return put(body)

    server.memory.put = losing  # type: ignore[method-assign]
    error = refused(connect(write=ALL), message("monthly_conversation"))
    assert error.message is messages.DIFFERS
    assert error.seen == "restriction"


def test_two_records_under_a_key_stop_writing(server: Simulated, connect: Connect) -> None:
    """Where somebody copied our record, nothing is written until one is removed."""
    connection = connect(write=ALL)
    connection.adapter.deliver(message("care_today"))
    (one,) = held(server, "CarePlan")
    server.memory.create(one)
    assert refused(connection, message("care_today", care_cents=2)).message is messages.SEVERAL


def test_a_change_in_between_is_not_overwritten(server: Simulated, connect: Connect) -> None:
    """If somebody changes the record between our look and our write, If-Match refuses ours."""
    connection = connect(write=ALL)
    connection.adapter.deliver(message("care_today"))
    (body,) = held(server, "CarePlan")
    server.on_question = lambda asked: server.memory.put(body) if asked.startswith("PUT") else None
    error = refused(connection, message("care_today", care_cents=2))
    assert isinstance(error, DataError)
    assert error.code == "P44"


@pytest.mark.parametrize("kind", ["resident_statement", "care_today"])
def test_a_record_without_a_version_is_not_overwritten(server: Simulated, connect: Connect, kind: str) -> None:
    """Without a version there is no saying that nobody changes it in between: it is told, and nothing is asked to be
    written.
    """
    connection = connect(write=ALL)
    connection.adapter.deliver(message(kind))
    for found in server.memory.current[TYPES[kind]].values():
        assert found.body is not None
        del found.body["meta"]["versionId"]
        bare = dataclasses.replace(found, raw=json.dumps(found.body).encode())
        server.memory.current[TYPES[kind]] = {found.id: bare}
    server.memory._found.clear()
    server.seen.clear()
    error = refused(connection, message(kind, care_cents=2))
    assert (error.message, error.seen) == (messages.NO_VERSION, TYPES[kind])
    assert not [each for each in server.seen if not each.endswith(("/_search", "/metadata"))]


def test_a_server_that_keeps_no_versions_is_not_written_to(server: Simulated, connect: Connect) -> None:
    """A capability statement that says no-version offers no If-Match; one that says nothing of it may."""
    adapter = connect(write=ALL).adapter
    said = fhir.metadata(server)
    for each in said["rest"][0]["resource"]:
        each["versioning"] = "no-version" if each["type"] == "Task" else "versioned"
    server.faults = [Fault("metadata", body=json.dumps(said).encode())]
    ready = {each.kind: (each.ready, each.why) for each in adapter.targets()}
    assert ready["monthly_conversation"] == (False, "Task: versioning")
    assert ready["care_today"] == ready["resident_statement"] == (True, "")


@pytest.mark.parametrize("kind", ALL)
def test_one_effect_in_a_hundred_tries(server: Simulated, connect: Connect, kind: str) -> None:
    """A server that applies and then cuts the line a hundred times holds a hundred records, each once."""
    adapter = connect(write=ALL).adapter
    target = {"resident_statement": "", "monthly_conversation": "Task", "care_today": "CarePlan"}[kind]
    for number in range(100):
        what = message(kind, key=f"ecd/2026-01/{number}")
        server.faults = [Fault(f"POST /fhir/{target}$", drop="after")]
        assert _until_certain(adapter, what).digest == what.digest
        assert server.faults[0].times == 0, "the line was cut"
    keys = [each["value"] for body in held(server, TYPES[kind]) for each in body["identifier"][:1]]
    assert len(keys) == len(set(keys)) == 100
    assert len(held(server, "Binary")) == (100 if kind == "resident_statement" else 0)


def _until_certain(adapter: Any, what: Outgoing) -> Any:
    """As the program does: who lost the answer asks before writing again."""
    try:
        return adapter.deliver(what)
    except PeerError:
        found = adapter.find(what.key, what.kind)
        return found if found is not None and found.digest == what.digest else adapter.deliver(what)


@pytest.mark.parametrize("tail", ["R1/Afd. één", "R1/Begane grond, west", "R1/A&B", "R1/a%2Fb", "R1/a+b=c", "R1/a|b$c"])
@pytest.mark.parametrize("kind", ["resident_statement", "care_today"])
def test_any_key_finds_its_record(server: Simulated, connect: Connect, kind: str, tail: str) -> None:
    """A unit may be called anything: its record stands there once, also when another writer was a moment earlier."""
    adapter = connect(write=ALL).adapter
    what = message(kind, key=f"{kind}/2026-01/{tail}")
    assert adapter.find(what.key, kind) is None
    receipt = adapter.deliver(what)
    assert receipt.key == what.key
    assert adapter.find(what.key, kind) == receipt
    (body,) = held(server, TYPES[kind])
    server.memory.delete(TYPES[kind], body["id"])
    writes = "POST /fhir/CarePlan" if kind == "care_today" else "POST /fhir/"
    server.on_question = lambda asked: server.memory.put(body) if asked.rstrip("/") == writes.rstrip("/") else None
    assert adapter.deliver(what) == receipt
    assert len(held(server, TYPES[kind])) == 1


def test_two_keys_never_share_an_identifier(server: Simulated, connect: Connect) -> None:
    """What is written in another way in an identifier is written so that no other key comes out the same."""
    adapter = connect(write=["care_today"]).adapter
    for tail in ("a,b", "a=2Cb", "a%2Cb", "a b", "a+b"):
        adapter.deliver(message("care_today", key=tail))
    assert len(held(server, "CarePlan")) == 5


def test_an_answer_that_is_lost_is_unknown(server: Simulated, connect: Connect) -> None:
    """Neither a cut line nor a 503 after a write is taken for yes or no, and the write is not repeated by itself."""
    connection = connect(write=ALL, retries=3)
    faults = [Fault(drop="before"), Fault(drop="after"), Fault(status=503), Fault(status=500), Fault(status=504)]
    for number, fault in enumerate(faults):
        fault.match = "POST /fhir/CarePlan$"
        server.faults = [fault]
        server.seen.clear()
        error = refused(connection, message("care_today", key=f"k{number}"))
        assert isinstance(error, PeerError)
        assert error.code == "P48"
        assert [each for each in server.seen if each == "POST /fhir/CarePlan"] == ["POST /fhir/CarePlan"]


def test_a_write_that_was_never_applied_is_repeated(server: Simulated, connect: Connect) -> None:
    """429 promises that nothing was written: after the wait that the server asks for, the write is done, once."""
    server.faults = [Fault("POST /fhir/CarePlan$", status=429, headers={"Retry-After": "0"})]
    connect(write=ALL, retries=3).adapter.deliver(message("care_today"))
    assert len(held(server, "CarePlan")) == 1


def test_it_is_written_in_the_language_of_the_organisation(server: Simulated, connect: Connect) -> None:
    """Titles and the language of the document are the organisation's: English where it says so, else Dutch."""
    adapter = connect(write=ALL).adapter
    for kind in ALL:
        adapter.deliver(dataclasses.replace(message(kind, key=f"en/{kind}"), language="en"))
        adapter.deliver(message(kind, key=f"nl/{kind}"))
    found = {each["identifier"][0]["value"]: each for type_ in TYPES.values() for each in held(server, type_)}
    assert found["en/care_today"]["title"] == "Your care today"
    assert found["nl/care_today"]["title"] == "Uw zorg vandaag"
    assert found["en/monthly_conversation"]["description"] == "Monthly conversation about 2026-01, by 2026-01-31"
    assert found["nl/monthly_conversation"]["description"] == "Maandgesprek over 2026-01, uiterlijk 2026-01-31"
    languages = [found[f"{each}/resident_statement"]["content"][0]["attachment"]["language"] for each in ("en", "nl")]
    assert languages == ["en", "nl"]


def test_plain_words_and_no_month_for_what_holds_on(server: Simulated, connect: Connect) -> None:
    """The care of today shows its document's words, and no period limits it when the message names none."""
    words = "Ochtend\n- Wassen: 35 minuten"
    going = dataclasses.replace(message("care_today"), period="", document=words.encode(), media_type="text/plain")
    connect(write=ALL).adapter.deliver(going)
    (plan,) = held(server, "CarePlan")
    assert plan["description"] == words
    assert "period" not in plan


@pytest.mark.parametrize("kind", ALL)
def test_what_came_out_otherwise_does_not_count_the_second_time(server: Simulated, connect: Connect, kind: str) -> None:
    """A record that bears our digest but not our words is written again, and refused again while they stay away."""
    put = server.memory.put
    lost = {"resident_statement": "description", "monthly_conversation": "restriction", "care_today": "description"}

    def losing(body: dict[str, Any]) -> Any:
        return put({name: value for name, value in body.items() if name != lost[kind]})

    connection = connect(write=ALL)
    server.memory.put = losing  # type: ignore[method-assign]
    for _ in range(3):
        error = refused(connection, message(kind))
        assert (error.message, error.seen) == (messages.DIFFERS, lost[kind])
        standing = connection.adapter.standing(message(kind))
        assert standing is not None
        assert standing.digest == ""
    server.memory.put = put  # type: ignore[method-assign]
    assert connection.adapter.deliver(message(kind)).digest == message(kind).digest
    assert connection.adapter.standing(message(kind)) == connection.adapter.find(message(kind).key, kind)
    assert len(held(server, TYPES[kind])) == 1


def test_another_document_under_our_mark_does_not_count(server: Simulated, connect: Connect) -> None:
    """The reference bears our digest, but the document it points to is another one: it is written again."""
    adapter = connect(write=ALL).adapter
    adapter.deliver(message())
    (binary,) = held(server, "Binary")
    server.memory.put({**binary, "data": "QW5kZXJzCg=="})
    standing = adapter.standing(message())
    assert standing is not None
    assert standing.digest == ""
    adapter.deliver(message())
    (reference,) = held(server, "DocumentReference")
    url = reference["content"][0]["attachment"]["url"]
    assert adapter.server.session.ask("GET", url, headers={"Accept": "text/html"}).body == message().document
