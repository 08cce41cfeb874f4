"""Nothing is lost or closed by mistake while others change what is being paged through."""

from __future__ import annotations

import base64
import datetime as dt
import json
import random
import re
import threading
import zlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import DataError, PeerError
from ipvb_bridge.demo.systems.fhir import Fault, Simulated
from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.model import CarePlan
from ipvb_ecd_fhir.notes import Notes
from ipvb_ecd_fhir.pages import Body, Source, apart, head_of
from ipvb_ecd_fhir.sync import Known, Reading

from .conftest import Connect, Connection, plan, repeat

DAILY = repeat(frequency=1, period=1, periodUnit="d", duration=10, durationUnit="min")
CHANGES = {"mode": {"care_agreements": "changes"}}
OTHER = {"coding": [{"system": "http://snomed.info/sct", "code": "1"}]}


def filled(server: Simulated, count: int) -> list[str]:
    """So many plans, each changed at a moment of its own."""
    ids = [f"P{number:03d}" for number in range(count)]
    start = dt.datetime.now(dt.UTC) - dt.timedelta(days=2)
    for number, id_ in enumerate(ids):
        server.memory.clock = lambda number=number: start + dt.timedelta(seconds=number)
        server.memory.put(plan(id_, DAILY))
    server.memory.clock = lambda: dt.datetime.now(dt.UTC)
    return ids


def on_page(server: Simulated, number: int, act: Callable[[], object]) -> None:
    """Do something once, just before the page with that number is answered."""
    pages = {"count": 0}

    def look(question: str) -> None:
        if re.match("GET /fhir/CarePlan", question) and "_elements" not in question:
            pages["count"] += 1
            if pages["count"] == number:
                act()

    server.on_question = look


def bare(server: Simulated, connection: Connection) -> list[str]:
    """What paging alone finds, along the next links."""
    session = connection.adapter.server.session
    found, following = [], "CarePlan?_count=10"
    while following:
        body = connection.adapter.server.record(session.ask("GET", following), "CarePlan", "Bundle")
        found += [entry["resource"]["id"] for entry in body["entry"]]
        following = next((each["url"] for each in body["link"] if each["relation"] == "next"), "")
    return found


@pytest.mark.parametrize("settings", [{}, CHANGES], ids=["snapshot", "changes"])
def test_a_record_that_moves_between_pages_is_not_lost(server: Simulated, connect: Connect, settings: object) -> None:
    """A record changes while we page: paging alone passes one over, the adapter delivers all, and says so."""
    ids = filled(server, 40)
    connection = connect(page_size=10, **settings)  # type: ignore[arg-type]  # a dict of settings
    on_page(server, 2, lambda: server.memory.put(plan("P001", DAILY)))
    alone = bare(server, connection)
    assert set(ids) - set(alone), "this server does lose records to whoever only pages"
    on_page(server, 2, lambda: server.memory.put(plan("P002", DAILY)))
    pulled = connection.pull("care_agreements")
    assert pulled.ids() == ids
    assert messages.RESTORED.code in pulled.findings()


def test_what_was_known_is_not_closed_by_a_race(server: Simulated, connect: Connect) -> None:
    """Deletions shift the pages of reading and sweep alike: a record both pass over is asked for by its id."""
    ids = filled(server, 40)
    server.totals = False
    connection = connect(page_size=2, history=False, **CHANGES)
    assert connection.pull("care_agreements").ids() == ids
    swept = {"pages": 0}

    def shift(question: str) -> None:
        if "_elements" in question:
            swept["pages"] += 1
            if swept["pages"] == 2:
                server.memory.delete("CarePlan", "P000")

    server.on_question = shift
    pulled = connection.pull("care_agreements")
    assert pulled.deleted() == [], "P000 stood on the first page of the sweep; P010 on none"
    assert connection.current["care_agreements"] == set(ids)
    assert connection.pull("care_agreements").deleted() == ["P000"]


def test_a_sweep_that_is_short_is_done_again(server: Simulated, connect: Connect) -> None:
    """A server that counts more than it hands over is swept again; if it stays so, nothing is delivered."""
    filled(server, 20)
    connection = connect(page_size=2)
    deleted = iter(["P000", "P001", "P002"])

    def shift(question: str) -> None:
        if "_elements" in question and "_offset=10" in question:
            server.memory.delete("CarePlan", next(deleted))

    server.on_question = shift
    assert len(connection.pull("care_agreements").ids()) in (18, 19, 20)
    server.on_question = lambda question: None
    page = b'{"resourceType":"Bundle","type":"searchset","total":9,"entry":[]}'
    server.faults = [Fault("_elements", times=99, body=page)]
    error = connection.refused("care_agreements")
    assert isinstance(error, PeerError)
    assert error.message is messages.UNSTABLE


@pytest.mark.parametrize("history", [True, False], ids=["history", "sweep"])
@pytest.mark.parametrize("seed", range(6))
def test_by_changes_is_the_same_as_all_at_once(server: Simulated, connect: Connect, seed: int, history: bool) -> None:
    """Whatever changes, comes and goes, between pulls and during them: after a quiet pull nothing is missing."""
    dice = random.Random(seed)
    filled(server, 30)
    changing = connect(page_size=4, history=history, **CHANGES)

    def stir(question: str) -> None:
        if dice.random() < 0.4:
            id_ = f"P{dice.randrange(45):03d}"
            act = dice.choice(["put", "put", "draft", "parts", "delete", "other"])
            if act == "delete":
                server.memory.delete("CarePlan", id_)
            elif act == "other":
                server.memory.put(plan(id_, DAILY, category=[OTHER]))
            else:
                activities = [DAILY] * (2 if act == "parts" else 1)
                server.memory.put(plan(id_, *activities, status="draft" if act == "draft" else "active"))

    for _ in range(4):
        server.on_question = stir
        changing.pull("care_agreements")
        server.on_question = lambda question: None
        for number in range(3):
            stir(str(number))
    changing.pull("care_agreements")
    assert changing.current["care_agreements"] == set(connect().pull("care_agreements").ids())


def test_a_second_pull_reads_only_what_changed(server: Simulated, connect: Connect) -> None:
    """By changes, one changed record is one row; a shorter plan and a deleted one take their rows along."""
    filled(server, 30)
    server.memory.put(plan("P003", DAILY, DAILY))
    connection = connect(overlap_minutes=0, **CHANGES)
    first = connection.pull("care_agreements")
    assert {"P003", "P003/2"} <= set(first.ids())
    server.memory.put(plan("P003", DAILY))
    server.memory.delete("CarePlan", "P004")
    second = connection.pull("care_agreements")
    assert second.ids() == ["P003"]
    assert second.deleted() == ["P003/2", "P004"]
    assert connection.pull("care_agreements").ids() == []


def looks(server: Simulated) -> set[str]:
    """What the questions since the last look were: a history, a sweep."""
    found = {"history" for each in server.seen if "/_history" in each}
    found |= {"sweep" for each in server.seen if "_elements" in each}
    server.seen.clear()
    return found


def test_what_was_removed_is_read_from_the_history(server: Simulated, connect: Connect) -> None:
    """Offered and wanted, the history tells what is gone, over several pages, and no ids are swept in between."""
    filled(server, 30)
    connection = connect(page_size=1, overlap_minutes=0, **CHANGES)
    connection.pull("care_agreements")
    assert looks(server) == {"sweep"}
    for number in range(8):
        server.memory.put(plan(f"P{number:03d}", DAILY))
        server.memory.delete("CarePlan", f"P{number:03d}")
    server.memory.put(plan("P007", DAILY))
    server.memory.put(plan("P020", DAILY, category=[OTHER]))
    pulled = connection.pull("care_agreements")
    assert pulled.deleted() == [*(f"P{number:03d}" for number in range(7)), "P020"]
    assert pulled.ids() == ["P007"], "removed and made anew"
    assert sum("/_history" in each for each in server.seen) > 1
    assert looks(server) == {"history"}
    assert connection.current["care_agreements"] == set(connect().pull("care_agreements").ids())


def test_what_paging_passed_over_stands_in_the_history(server: Simulated, connect: Connect) -> None:
    """A change that moves between the pages of changes is found in the history, and read."""
    ids = filled(server, 40)
    connection = connect(page_size=2, **CHANGES)
    connection.pull("care_agreements")
    for id_ in ids[:12]:
        server.memory.put(plan(id_, DAILY, DAILY))
    on_page(server, 2, lambda: server.memory.put(plan("P001", DAILY, DAILY, DAILY)))
    pulled = connection.pull("care_agreements")
    assert set(ids[:12]) <= set(pulled.ids())
    assert looks(server) == {"sweep", "history"}, "the first pull swept, the second did not"


@pytest.mark.parametrize("why", ["not offered", "not wanted", "long ago", "another clock"])
def test_without_a_history_ids_are_swept(server: Simulated, connect: Connect, why: str) -> None:
    """Not offered, not wanted, the last sweep too long ago or of a moment that is none: the ids are compared."""
    filled(server, 12)
    settings: dict[str, object] = {"not wanted": {"history": False}, "long ago": {"sweep_hours": 0}}.get(why, {})
    if why == "not offered":
        server.offers["CarePlan"] = ("read", "search-type")
    connection = connect(overlap_minutes=0, **settings, **CHANGES)
    connection.pull("care_agreements")
    looks(server)
    if why == "another clock":
        connection.cursors["care_agreements"] = {**(connection.cursors["care_agreements"] or {}), "swept": "gisteren"}
    server.memory.delete("CarePlan", "P003")
    assert connection.pull("care_agreements").deleted() == ["P003"]
    assert looks(server) == {"sweep"}


def test_a_history_does_not_hide_a_right_that_is_gone(server: Simulated, connect: Connect) -> None:
    """When the server counts far fewer than are known, nothing is delivered, though the history tells of nothing."""
    filled(server, 30)
    connection = connect(overlap_minutes=0, **CHANGES)
    connection.pull("care_agreements")
    nothing = b'{"resourceType":"Bundle","type":"searchset","total":0}'
    server.faults = [Fault("GET /fhir/CarePlan[?]", times=99, body=nothing)]
    assert connection.refused("care_agreements").message is messages.MOST_GONE
    server.faults = []
    server.totals = False
    assert connection.pull("care_agreements").deleted() == [], "who does not count is not taken for empty"


def test_the_watermark_is_the_servers_clock(server: Simulated, connect: Connect) -> None:
    """With a server clock that is hours off, changes are still asked for from its own moment."""
    server.skew = -7200
    server.memory.clock = lambda: dt.datetime.now(dt.UTC) - dt.timedelta(hours=2)
    server.memory.put(plan("P1", DAILY))
    connection = connect(overlap_minutes=0, **CHANGES)
    server.skew = 0
    connection.pull("care_agreements")
    server.memory.put(plan("P1", DAILY, DAILY))
    assert connection.pull("care_agreements").ids() == ["P1", "P1/2"]


def test_what_can_no_longer_be_read_is_held_and_not_gone(server: Simulated, connect: Connect) -> None:
    """A known record that the pages pass over and that is malformed by now is told and held; its row stays."""
    ids = filled(server, 12)
    connection = connect(overlap_minutes=0, **CHANGES)
    connection.pull("care_agreements")
    server.memory.put(plan("P003", DAILY))
    nothing = b'{"resourceType":"Bundle","type":"searchset","total":0}'
    broken = json.dumps({"resource": plan("P003", DAILY, created=3)}).encode()
    page = b'{"resourceType":"Bundle","type":"searchset","total":1,"entry":[%s]}' % broken
    server.faults = [Fault("_lastUpdated", body=nothing), Fault("POST /fhir/CarePlan/_search", times=9, body=page)]
    pulled = connection.pull("care_agreements")
    assert pulled.deleted() == []
    assert pulled.checked.held["source_id"].to_list() == ["P003"]
    assert "P003" in pulled.findings()[messages.UNREADABLE.code]
    server.faults = []
    server.memory.put(plan("P003", DAILY))
    assert connection.pull("care_agreements").ids() == ["P003"]
    assert connection.current["care_agreements"] == set(ids)


def test_a_server_that_hands_over_fewer_at_once_closes_nothing(server: Simulated, connect: Connect) -> None:
    """Asked for twenty ids, a server that never shows more than five is asked for the others one by one."""
    ids = filled(server, 30)
    connection = connect(overlap_minutes=0, history=False, **CHANGES)
    connection.pull("care_agreements")
    search = server.memory.search
    offered = json.loads(json.dumps({"entry": [{"resource": plan(id_, DAILY)} for id_ in ids[:5]]}))
    link = [{"relation": "next", "url": f"{server.url}/CarePlan?page=2"}]
    page = json.dumps({"resourceType": "Bundle", "type": "searchset", "total": 12, "link": link} | offered)
    server.memory.search = lambda type_, query: [  # type: ignore[method-assign]
        each for each in search(type_, query) if "_sort" not in query or each.id >= "P012"
    ]
    server.faults = [Fault("POST /fhir/CarePlan/_search", body=page.encode())]
    assert connection.pull("care_agreements").deleted() == [], "the sweep showed eighteen of thirty"
    assert sum(each.startswith("GET /fhir/CarePlan/P") for each in server.seen) == 7


def test_an_error_in_the_place_of_a_record_is_no_record(server: Simulated, connect: Connect) -> None:
    """Where single records are asked for, an OperationOutcome with 200 stops the delivery instead of closing a row."""
    filled(server, 12)
    connection = connect(overlap_minutes=0, history=False, **CHANGES)
    connection.pull("care_agreements")
    server.memory.delete("CarePlan", "P003")
    everything = b'{"resourceType":"Bundle","type":"searchset","total":99}'
    outcome = b'{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"security"}]}'
    server.faults = [Fault("_search", body=everything), Fault("GET /fhir/CarePlan/P003", body=outcome)]
    assert connection.refused("care_agreements").message is messages.OUTCOME


def test_what_is_known_is_kept_and_read_again(server: Simulated, connect: Connect) -> None:
    """What travels in the cursor comes out as it went in, and so does what an earlier version kept."""
    known = Known({"P1": "1", "P2": "2026-01-01T00:00:00Z", "P3": "3"}, {"P2": ("P2", "P2/2"), "P3": ()})
    assert Known.unpacked(known.packed()) == known
    assert Known.unpacked(Known().packed()) == Known.unpacked("") == Known()
    server.memory.load([plan("P1", DAILY), plan("P3", DAILY)])
    connection = connect(**CHANGES)
    connection.pull("care_agreements")
    earlier = base64.b85encode(zlib.compress(b"P1\t1\nP2\t7\tP2|P2/2\nP3\t1")).decode()
    connection.cursors["care_agreements"] = {
        **(connection.cursors["care_agreements"] or {}),
        "known": earlier,
        "swept": "",
    }
    assert connection.pull("care_agreements").deleted() == ["P2", "P2/2"]


def test_other_settings_read_everything_anew(server: Simulated, connect: Connect) -> None:
    """After a change of how codes are read, rows of records that did not change come again."""
    filled(server, 5)
    one = connect(**CHANGES)
    one.pull("care_agreements")
    other = connect(levels={"v3": "3"}, **CHANGES)
    other.cursors = one.cursors
    assert len(other.pull("care_agreements").ids()) == 5


@pytest.mark.parametrize("history", [True, False], ids=["history", "sweep"])
def test_a_right_that_is_gone_does_not_close_everything(server: Simulated, connect: Connect, history: bool) -> None:
    """By changes, far fewer records than there were stop the delivery; `most_gone` is the way to say it is real."""
    ids = filled(server, 30)
    connection = connect(history=history, **CHANGES)
    connection.pull("care_agreements")
    for id_ in ids[:20]:
        server.memory.delete("CarePlan", id_)
    error = connection.refused("care_agreements")
    assert isinstance(error, DataError)
    assert error.message is messages.MOST_GONE
    allowing = connect(most_gone=1, history=history, **CHANGES)
    allowing.cursors = connection.cursors
    assert allowing.pull("care_agreements").deleted() == ids[:20]


def test_pages_that_run_in_circles_end(server: Simulated, connect: Connect) -> None:
    """A next link that leads back stops the delivery instead of running for ever."""
    filled(server, 3)
    link = {"relation": "next", "url": f"{server.url}/CarePlan?page=2"}
    page = json.dumps({"resourceType": "Bundle", "type": "searchset", "link": [link]})
    server.faults = [Fault("CarePlan", times=99, body=page.encode())]
    assert connect().refused("care_agreements").message is messages.CIRCLE


def test_a_next_link_to_another_server_is_not_followed(server: Simulated, connect: Connect) -> None:
    """The token goes to no other host, whatever a page says."""
    page = b'{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"https://elders.example/x"}]}'
    server.faults = [Fault("CarePlan", body=page)]
    assert connect().refused("care_agreements").code == "P45"


def test_a_server_that_ignores_our_filters_is_not_believed(server: Simulated, connect: Connect) -> None:
    """A server that leaves category and _id out of account delivers other plans too: none becomes a row."""
    filled(server, 3)
    server.memory.put(plan("X1", DAILY, category=[OTHER]))
    search = server.memory.search
    server.memory.search = lambda type_, query: search(  # type: ignore[method-assign]
        type_, {name: value for name, value in query.items() if name not in ("category", "_id")}
    )
    connection = connect(**CHANGES)
    assert connection.pull("care_agreements").ids() == ["P000", "P001", "P002"]
    server.memory.delete("CarePlan", "P001")
    assert connection.pull("care_agreements").deleted() == ["P001"]


def test_a_page_is_worked_on_while_the_server_makes_the_next(server: Simulated, connect: Connect) -> None:
    """The server may wait with its next page until the rows of the one before it are made."""
    filled(server, 40)
    made: list[int] = []
    adapter = connect(page_size=10).adapter
    progress = threading.Event()
    waited: list[bool] = []

    def look(question: str) -> None:
        if "_offset=" in question and "_elements" not in question:
            waited.append(progress.wait(5))
            progress.clear()

    server.on_question = look
    reading = Reading(adapter.server, CarePlan, {}, Known(), Notes("CarePlan"))
    for _ in reading.pages(lambda records: (made.append(len(records)), progress.set())):
        continue
    assert waited == [True, True, True]
    assert made == [10, 10, 10, 10]


def test_whoever_stops_reading_stops_the_questions(server: Simulated, connect: Connect) -> None:
    """A delivery that is given up half way asks nothing more."""
    filled(server, 100)
    reading = Reading(connect(page_size=2).adapter.server, CarePlan, {}, Known(), Notes("CarePlan")).pages(len)
    assert next(reading) is None
    reading.close()  # type: ignore[attr-defined]  # it is a generator
    assert len([each for each in server.seen if "/CarePlan" in each]) == 1


def bundles() -> st.SearchStrategy[bytes]:
    """Pages with their parts in any order, with and without a next link, and with words that look like parts."""
    words = st.sampled_from(["", "entry", '"entry"', '{"entry":[', "next", "link"])
    url = st.builds("http://s/CarePlan?_offset={}&x={}".format, st.integers(0, 9), words)
    link = st.lists(st.fixed_dictionaries({"relation": st.sampled_from(["self", "next"]), "url": url}), max_size=2)
    part = st.fixed_dictionaries({"url": words, "valueString": words, "entry": st.just([])})
    meta = st.fixed_dictionaries(
        {"lastUpdated": st.just("2026-01-01T00:00:00Z"), "extension": st.lists(part, max_size=1)}
    )
    resource = st.builds(lambda id_, text: plan(id_, {"description": text}), st.sampled_from("AB"), words)
    entry = st.lists(st.fixed_dictionaries({"resource": resource, "link": link}), max_size=2)
    parts = st.fixed_dictionaries(
        {"resourceType": st.just("Bundle"), "type": st.just("searchset"), "meta": meta, "link": link, "entry": entry}
    )
    return st.builds(
        lambda whole, order, indent: json.dumps({name: whole[name] for name in order}, indent=indent).encode(),
        parts, st.permutations(["resourceType", "type", "meta", "link", "entry"]), st.sampled_from([None, 1]),
    )  # fmt: skip


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(bundles())
def test_the_next_page_is_known_before_a_page_is_taken_apart(body: bytes) -> None:
    """Wherever a page says what follows, a first look tells the same as reading it whole."""
    source = Source("CarePlan", "here")
    first = Body.of(source, body)
    assert first.following == apart(CarePlan, source, body).following
    assert first.moment == head_of(source, body).meta.last_updated


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"entry"', b'{"resourceType":"Patient","link":[],"entry":[]}', b'{"entry":[]}', b"[]"]
)
def test_what_is_no_page_is_refused_at_the_first_look(body: bytes) -> None:
    """A first look raises as reading it whole does."""
    source = Source("CarePlan", "here")
    with pytest.raises(DataError) as first:
        Body.of(source, body)
    with pytest.raises(DataError) as whole:
        apart(CarePlan, source, body)
    assert str(first.value) == str(whole.value)
