"""Against a FHIR server that others wrote, with strict validation: reading every stream, writing every kind."""

from __future__ import annotations

import datetime as dt
import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ipvb_bridge.base.errors import CredentialsError, DataError
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.demo.systems.fhir_resources import resources
from ipvb_bridge.plugin import Context
from ipvb_ecd_fhir.adapter import Fhir
from tests.fixtures_sekmet import Sekmet

from .conftest import Connection, canonical, of_the_demo
from .test_writing import ALL, TYPES, message

STREAMS_READ = ("units", "residents", "stays", "care_agreements", "care_deliveries")


def ask(server: Sekmet, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    """Plain HTTP, apart from what is tested."""
    question = urllib.request.Request(
        f"{server.url}/{path}",
        method=method,
        data=json.dumps(body).encode() if body is not None else None,
        headers={"Authorization": f"Bearer {server.token}", "Content-Type": "application/fhir+json"},
    )
    with urllib.request.urlopen(question, timeout=60) as answer:
        raw = answer.read()
    return json.loads(raw) if raw else None


@pytest.fixture(scope="module")
def loaded(sekmet: Sekmet, example: Path) -> Sekmet:
    """The server with the worked example in it."""
    entries = [
        {"resource": each, "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"}}
        for each in resources(canonical(example))
    ]
    ask(sekmet, "POST", "", {"resourceType": "Bundle", "type": "transaction", "entry": entries})
    return sekmet


@pytest.fixture
def connection(loaded: Sekmet, tmp_path: Path) -> Iterator[Connection]:
    """A connection to it that reads and writes everything."""
    with connected(loaded, tmp_path) as made:
        yield made


@contextmanager
def connected(server: Sekmet, folder: Path, **settings: Any) -> Iterator[Connection]:
    whole = {"url": server.url, "token": server.token, "page_size": 5, "write": ALL} | of_the_demo() | settings
    adapter = Fhir(Fhir.Config.model_validate(whole), Context("ecd", folder))
    yield Connection(adapter, {}, {})
    adapter.server.session.close()


@pytest.mark.parametrize("stream", STREAMS_READ)
def test_every_stream_is_read(connection: Connection, example: Path, stream: str) -> None:
    """What was loaded comes back row by row, over pages of five."""
    read = connection.pull(stream)
    assert read.checked.held.is_empty()
    expected = canonical(example)[stream]
    lost = ["floor_area_m2"] if stream == "units" else []
    mine = read.rows.filter(pl.col(STREAMS[stream].key[0]).is_in(expected[STREAMS[stream].key[0]].implode()))
    assert_frame_equal(mine.drop(lost), expected.sort(STREAMS[stream].key).drop(lost))
    assert connection.pull(stream).ids() == read.ids()


@pytest.mark.parametrize("history", [True, False], ids=["history", "sweep"])
def test_changes_and_deletions_are_seen(loaded: Sekmet, tmp_path: Path, connection: Connection, history: bool) -> None:
    """By changes: nothing new is no row, a changed plan is its row, a deleted one is gone; by its history or not."""
    settings = {"mode": {"care_agreements": "changes"}, "overlap_minutes": 0, "history": history}
    with connected(loaded, tmp_path, **settings) as changing:
        asked = []
        session = changing.adapter.server.session
        ask_as_usual = session.ask
        session.ask = lambda method, path, **how: asked.append(path) or ask_as_usual(method, path, **how)  # type: ignore
        assert changing.adapter.server.offered().can("CarePlan", "history-type")
        first = changing.pull("care_agreements").ids()
        asked.clear()
        (body,) = [each["resource"] for each in ask(loaded, "GET", f"CarePlan?_id={first[0]}")["entry"]]
        ask(loaded, "POST", "CarePlan", body | {"id": "x"})
        second = changing.pull("care_agreements")
        (made,) = set(second.ids()) - set(first)
        ask(loaded, "DELETE", f"CarePlan/{made}")
        third = changing.pull("care_agreements")
        assert third.deleted() == [made]
        assert changing.current["care_agreements"] == set(first) == set(connection.pull("care_agreements").ids())
        assert ("CarePlan/_history" in asked) == history


def test_the_check_passes(connection: Connection) -> None:
    """Every step of the check is well, up to what may be written."""
    steps = list(connection.adapter.check())
    assert all(each.ok for each in steps), [(each.name, each.seen) for each in steps if not each.ok]
    assert [each.name for each in steps][-3:] == ALL


@pytest.mark.parametrize("kind", ALL)
def test_every_kind_is_written_once(loaded: Sekmet, connection: Connection, kind: str) -> None:
    """Written, repeated, changed and withdrawn, a message is one record under our key, valid to a strict server."""
    adapter = connection.adapter
    key = f"ecd/2026-01/{kind}/{dt.datetime.now(dt.UTC).timestamp()}"
    assert adapter.find(key, kind) is None
    first = adapter.deliver(message(kind, key=key))
    assert adapter.deliver(message(kind, key=key)) == first == adapter.find(key, kind)
    changed = message(kind, key=key, care_cents=777)
    assert adapter.deliver(changed).digest == changed.digest
    gone = message(kind, key=key, withdrawn=True)
    assert adapter.deliver(gone).reference == first.reference
    found = ask(loaded, "GET", f"{TYPES[kind]}?identifier=urn:ipvb-bridge%7C{key}")
    assert found["total"] == 1


def test_a_conversation_comes_back_when_the_team_is_done(loaded: Sekmet, connection: Connection) -> None:
    """The task that we wrote and the team completed is read as a conversation of that resident."""
    receipt = connection.adapter.deliver(message("monthly_conversation", key="ecd/2026-01/talk"))
    task = ask(loaded, "GET", receipt.reference)
    done = task | {"status": "completed", "executionPeriod": {"end": "2026-01-14T15:00:00+01:00"}}
    ask(loaded, "PUT", receipt.reference, done)
    row = connection.pull("conversations").one(receipt.reference.split("/")[1])
    assert (row["resident_id"], row["date"]) == ("R1", "2026-01-14")


def test_a_wrong_token_is_told(loaded: Sekmet, tmp_path: Path) -> None:
    """The server's 401 is a refused token, at the first question."""
    with connected(loaded, tmp_path, token="wrong") as wrong:
        assert isinstance(wrong.refused("residents"), CredentialsError)


def test_a_body_that_it_refuses_is_told_in_codes(loaded: Sekmet, connection: Connection) -> None:
    """A strict server's OperationOutcome is told by its codes; no text of the record is repeated."""
    session = connection.adapter.server.session
    bad = json.dumps({"resourceType": "CarePlan", "status": "Geheime-Naam"}).encode()
    with pytest.raises(DataError) as caught:
        session.ask("POST", "CarePlan", content=bad, headers={"Content-Type": "application/fhir+json"}, writes=True)
    assert caught.value.code == "P43"
    assert "Geheime-Naam" not in str(caught.value)
