"""Faults of servers, lines and clocks as the adapter meets them; and a BSN, which no address, log or error holds."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from ipvb_bridge.base.errors import BridgeError, DataError
from ipvb_bridge.demo.systems.fhir import Fault, Simulated
from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.config import READS
from tests.plugin.test_bsn import INVENTED

from .conftest import Connect, patient, plan, repeat
from .test_writing import ALL, message

BSN = str(INVENTED[7])
SYSTEM = "http://fhir.nl/fhir/NamingSystem/bsn"
DAILY = repeat(frequency=1, period=1, periodUnit="d")
CHANGES = {"mode": {"care_agreements": "changes", "care_deliveries": "changes"}}


def done(id_: str, start: str, end: str, **changes: Any) -> dict[str, Any]:
    """Delivered care of resident R1."""
    whole = {"status": "completed", "subject": {"reference": "Patient/R1"}}
    return {"resourceType": "Procedure", "id": id_, "performedPeriod": {"start": start, "end": end}} | whole | changes


def known_by_bsn(server: Simulated) -> None:
    """A server that shows the BSN wherever FHIR has room for it."""
    held = [{"system": SYSTEM, "value": BSN}]
    narrative = {"status": "generated", "div": f"<div>{BSN} (BSN)</div>"}
    by = {"reference": "Patient/R1", "display": BSN, "identifier": held[0]}
    alone = {"identifier": held[0]}
    server.memory.load(
        [
            patient("R1", identifier=held, text=narrative), patient("R9", identifier=held),
            patient("R8", identifier=[{"system": SYSTEM, "value": int(BSN)}]),
            plan("P1", DAILY, subject=by, text=narrative, identifier=held), plan("P2", DAILY, subject=alone),
            plan("P3", {**DAILY, "performer": [{"identifier": held[0], "display": BSN}]}),
            plan("P4", {**DAILY, "code": {"coding": int(BSN)}}), plan("P5", DAILY, subject=int(BSN)),
            done("D1", "2026-01-05T10:00:00+01:00", "2026-01-05T10:10:00+01:00", subject=by),
            done("D2", BSN, BSN, subject=alone),
            {"resourceType": "Encounter", "id": "E1", "status": "in-progress", "subject": by, "identifier": held},
        ]
    )  # fmt: skip


@pytest.mark.parametrize("settings", [{}, CHANGES], ids=["snapshot", "changes"])
def test_no_address_log_error_or_cursor_holds_a_bsn(
    server: Simulated, connect: Connect, caplog: pytest.LogCaptureFixture, settings: dict[str, Any]
) -> None:
    """Nobody is looked up by BSN, so no question holds one; reading and writing well or badly tells it to nobody."""
    caplog.set_level(logging.DEBUG)
    known_by_bsn(server)
    connection = connect(write=ALL, known_resident="R1", retries=1, **settings)
    adapter, told = connection.adapter, []
    bodies: list[Any] = []
    ask = adapter.server.session.ask

    def watched(method: str, path: str, **how: Any) -> Any:
        bodies.append((method, path, how.get("params"), how.get("form"), how.get("headers")))
        return ask(method, path, **how)

    adapter.server.session.ask = watched  # type: ignore[method-assign]
    for _ in range(2):
        for stream in READS:
            pulled = connection.pull(stream)
            told += [str(each.findings) + str(each.cursor) + str(each.deleted) for each in pulled.batches]
    told += [str((each.name, each.seen, each.error)) for each in adapter.check()]
    told += [str(adapter.deliver(message(kind))) for kind in ALL]
    said = {"severity": "error", "code": "invalid", "diagnostics": f"Patient {BSN}", "details": {"text": BSN}}
    outcome = json.dumps({"resourceType": "OperationOutcome", "issue": [said]}).encode()
    for status in (400, 404, 409, 422, 500, 200):
        server.faults = [Fault("Patient", status=status, times=9, body=outcome)]
        told.append(_everything(connection.refused("residents")))
    server.faults = [Fault("Patient", times=9, body=f"<html>{BSN}</html>".encode())]
    told.append(_everything(connection.refused("residents")))
    for drop in ("before", "after"):
        server.faults = [Fault("Task", drop=drop, times=9)]
        with pytest.raises(BridgeError) as caught:
            adapter.deliver(message("monthly_conversation", key="ecd/2026-02/R1"))
        told.append(_everything(caught.value))
    assert server.seen
    for each in (*server.seen, *map(str, bodies), *told, caplog.text):
        assert BSN not in each


def _everything(error: BridgeError) -> str:
    return " ".join(
        [str(error), repr(error), error.seen, error.what("nl"), error.next_step("nl"), repr(error.__cause__)]
    )


def test_rows_hold_no_bsn(server: Simulated, connect: Connect) -> None:
    """Of whatever stands in identifiers, references without an id and narratives, no row holds a BSN."""
    known_by_bsn(server)
    connection = connect()
    for stream in READS:
        raw = connection.pull(stream).raw
        if stream == "care_deliveries":
            raw = raw.drop("start")  # where a server writes a BSN for a moment, the gate holds the row
        assert BSN not in raw.write_json()


def test_a_token_that_expires_between_pages(server: Simulated, connect: Connect) -> None:
    """Tokens that are good for three questions carry a delivery of many pages all the same, each record once."""
    ids = [f"R{number:02d}" for number in range(40)]
    server.memory.load(patient(each) for each in ids)
    server.client, server.token_uses = ("bridge", "s3cret"), 3
    oauth = {"token_url": f"{server.url}/token", "client_id": "bridge", "client_secret": "s3cret"}
    pulled = connect(token=None, oauth=oauth, page_size=4).pull("residents")
    assert set(pulled.ids()) == {*ids, "R1", "R2"}
    assert sum("/token" in each for each in server.seen) > 3


def test_agreements_over_clock_changes(server: Simulated, connect: Connect) -> None:
    """Days are those of Amsterdam on the nights of 23 and 25 hours; what is done each night stays once a night."""
    night = repeat(frequency=1, period=1, periodUnit="d", timeOfDay=["02:30:00"], duration=15, durationUnit="min")
    spans = {
        "L1": ("2026-03-28T23:30:00Z", "2026-03-29T21:59:00Z", "2026-03-29", "2026-03-29"),
        "L2": ("2026-03-29T02:30:00", "2026-03-29T22:00:00Z", "2026-03-29", "2026-03-30"),
        "W1": ("2026-10-24T22:00:00Z", "2026-10-25T22:59:00Z", "2026-10-25", "2026-10-25"),
        "W2": ("2026-10-25T02:30:00+02:00", "2026-10-25T23:00:00Z", "2026-10-25", "2026-10-26"),
        "W3": ("2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00", "2026-10-25", "2026-10-25"),
    }
    server.memory.load(
        plan(id_, night, period={"start": start, "end": end}) for id_, (start, end, _, _) in spans.items()
    )
    bounded = repeat(frequency=1, period=1, periodUnit="d", boundsPeriod={"end": "2026-03-29T22:30:00Z"})
    server.memory.put(plan("B1", bounded))
    pulled = connect().pull("care_agreements")
    assert pulled.checked.held.is_empty()
    for id_, (_, _, first, last) in spans.items():
        row = pulled.one(id_)
        assert (row["start_date"], row["end_date"]) == (first, last), id_
        assert (row["day_part"], row["times"], row["per"], row["minutes"]) == ("night", "1", "day", "15")
    assert pulled.one("B1")["end_date"] == "2026-03-30"


def test_delivered_care_over_whole_nights_of_clock_changes(server: Simulated, connect: Connect) -> None:
    """A night shift is seven hours in March and nine in October, with an offset written, in UTC, and without."""
    server.memory.load(
        [
            done("L1", "2026-03-28T23:00:00+01:00", "2026-03-29T07:00:00+02:00"),
            done("L2", "2026-03-28T22:00:00Z", "2026-03-29T05:00:00Z"),
            done("L3", "2026-03-28T23:00:00", "2026-03-29T07:00:00"),
            done("W1", "2026-10-24T23:00:00+02:00", "2026-10-25T07:00:00+01:00"),
            done("W2", "2026-10-24T21:00:00Z", "2026-10-25T06:00:00Z"),
            done("W3", "2026-10-24T23:00:00", "2026-10-25T07:00:00"),
        ]
    )
    pulled = connect().pull("care_deliveries")
    assert pulled.checked.held.is_empty()
    hours = {row["delivery_id"]: row["minutes"] / 60_000 for row in pulled.rows.rows(named=True)}
    assert hours == {"L1": 7, "L2": 7, "L3": 7, "W1": 9, "W2": 9, "W3": 9}


def test_a_part_that_is_no_text_stops_no_other_plan(server: Simulated, connect: Connect) -> None:
    """Bytes that are no UTF-8, in a part that is read later than its page, hold back that plan alone."""
    connection = connect()
    connection.adapter.server.offered()
    entries = [json.dumps({"resource": plan(f"P{at}", {"code": {"text": f"Wassen {at}"}})}) for at in (1, 2)]
    page = b'{"resourceType":"Bundle","type":"searchset","entry":[%s]}' % ",".join(entries).encode()
    server.faults = [Fault("GET /fhir/CarePlan", body=page.replace(b"Wassen 1", b"Wassen \xff"))]
    pulled = connection.pull("care_agreements")
    assert pulled.checked.rows["agreement_id"].to_list() == ["P2"]
    assert pulled.checked.held["source_id"].to_list() == ["P1"]
    assert "P1" in pulled.findings()[messages.UNREADABLE.code]


def test_a_bundle_without_a_type_is_no_page(server: Simulated, connect: Connect) -> None:
    """A Bundle that does not say what it is, or says something else in the middle, delivers nothing."""
    server.memory.load(patient(f"R{number:02d}") for number in range(20))
    for body in (b'{"resourceType":"Bundle"}', b'{"resourceType":"Bundle","type":"collection","entry":[]}'):
        server.faults = [Fault("_offset=8", body=body)]
        error = connect(page_size=4).refused("residents")
        assert isinstance(error, DataError)
        assert error.message is messages.NO_PAGE
