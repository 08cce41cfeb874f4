"""The status of who has to sign, and of what the other system refused; peers and a database that go away."""

from __future__ import annotations

import datetime as dt
import gc
import json
import threading
import time
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ipvb_bridge.base import logging, settings
from ipvb_bridge.base.errors import PeerError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.periods import Period
from ipvb_bridge.demo.systems import fhir
from ipvb_bridge.pipeline import calculate, planning
from ipvb_bridge.schedule import dispatch, jobs, status
from ipvb_bridge.schedule.service import Service
from ipvb_bridge.store import messages, moments
from ipvb_bridge.store.database import Store, now
from tests.pipeline.publishing import PERIOD, Clock, House, calculated, house, peer
from tests.servers import free_port

from .conftest import Make
from .test_service import NOW, SECOND, micros, wait_for

__all__ = ["calculated", "house", "peer"]


def states(house: House) -> dict[str, tuple[str, str]]:
    """State and reason of each line."""
    return {line.job: (line.state, line.why) for line in status.lines(house.configuration, house.store, NOW)}


def test_waits_for_signature_until_two_people_signed(house: House) -> None:
    """A plan that is not signed shows at the connection it goes to, and at the cycle that made it; signed, no more."""
    house.edit("bridge.toml", "[publish.signers.anna]", "[schedule.cycle]\nday = 5\n[publish.signers.anna]")
    moments.add(house.store, "cycle", [micros(NOW)])
    claimed = moments.claim(house.store, "x", micros(NOW), SECOND, alone="cycle")
    assert claimed is not None
    moments.finish(house.store, claimed, "done", micros(NOW), exit_code=7)
    plan = house.kept()
    expected = ("waits for signature", "")
    assert (states(house)["cycle"], states(house)["pull:peer"]) == (expected, expected)
    assert states(house)["pull:ecd"] == ("by hand", "")
    house.anna(plan)
    assert states(house)["cycle"] == expected
    house.bob(plan)
    assert (states(house)["cycle"][0], states(house)["pull:peer"][0]) == ("on schedule", "by hand")


def test_a_plan_too_old_to_sign_does_not_wait_for_ever(house: House) -> None:
    """After the hours in which a plan can be signed somebody has to make a new one: it says so, with W17, until there
    is one, also of another period; then that one waits, or nothing does."""
    house.edit("bridge.toml", "[publish.signers.anna]", "[schedule.cycle]\nday = 5\n[publish.signers.anna]")
    moment = NOW - dt.timedelta(hours=72)
    house.clock.moment = micros(moment) + 1
    house.anna(house.kept())
    assert states(house)["pull:peer"] == ("waits for signature", "")
    house.clock.moment = micros(moment)
    house.edit("norms/tariffs.csv", "298.04", "298.05")
    house.calculate()
    house.kept()
    for job in ("pull:peer", "cycle"):
        state, why = states(house)[job]
        assert state == "action needed"
        assert why.startswith("W17 ")
    assert states(house)["pull:ecd"] == ("by hand", "")
    february = House(house.folder, house.store, Clock(micros(NOW)))
    calculate.calculate(house.configuration, house.store, Period.parse("2026-02"))
    plan = planning.plan(
        house.configuration, house.store, Period.parse("2026-02"), maker="dick", moment=february.clock()
    ).plan
    assert plan is not None
    assert states(house)["pull:peer"] == ("waits for signature", "")
    february.anna(plan)
    february.bob(plan)
    assert states(house)["pull:peer"] == ("by hand", "")


def test_what_the_other_system_refused_needs_somebody(house: House) -> None:
    """A message that failed shows at its connection, with the reason, until it is delivered."""
    house.signed()
    house.faults("distort")
    house.send()
    state, why = states(house)["pull:peer"]
    assert state == "action needed"
    assert why.startswith("W23 ")
    house.send()
    assert states(house)["pull:peer"] == ("by hand", "")


def fhir_folder(tmp_path: Path, port: int) -> Configuration:
    """A connection over HTTP to a port, without patience."""
    (tmp_path / "bridge.toml").write_text(
        '[organisation]\nname = "Test"\n[connections.ecd]\nadapter = "fhir"\nschedule = "every 15m"\n'
        'streams = ["units", "residents", "stays"]\n'
        f'settings = {{ url = "http://127.0.0.1:{port}/fhir", token = "${{file:token}}", retries = 0 }}\n'
    )
    (tmp_path / "token").write_text("t" * 20)
    return settings.load(tmp_path)


def serve_moment(configuration: Configuration, store: Store, number: int) -> None:
    """Run one more planned moment of the connection, for real."""
    service = Service(configuration, store)
    moments.add(store, "pull:ecd", [micros(NOW) + number * SECOND])
    claimed = service._claim()
    assert claimed is not None
    service._work(claimed)


def test_a_system_that_is_away_is_one_line_in_the_log(store: Store, tmp_path: Path) -> None:
    """Over real HTTP: three moments of three streams without an answer log one line, and one when it is back."""
    port = free_port()
    configuration = fhir_folder(tmp_path, port)
    log = tmp_path / "log"
    logging.configure(log)
    for number in range(3):
        serve_moment(configuration, store, number)
    assert status.lines(configuration, store, NOW)[0].state == "failed"
    with fhir.serve(token="t" * 20, port=port):
        serve_moment(configuration, store, 3)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    about = [
        line["event"] for line in lines if line["event"].startswith("peer") or line["level"] in ("error", "warning")
    ]
    assert about[:2] == ["peer away", "peer back"]
    assert about.count("peer away") == about.count("peer back") == 1
    assert "pull failed" not in [line["event"] for line in lines if line.get("code", "").startswith("P")]


def test_a_database_that_is_away_does_not_end_the_service(
    make: Make, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the database does not answer the service waits, says so once, and goes on when it is back."""
    log = tmp_path / "log"
    logging.configure(log)
    moments.add(store, "pull:ecd", [micros(NOW)])
    ran: list[str] = []
    away = 3
    real = jobs.enter

    def enter(*given: object) -> int:
        nonlocal away
        away -= 1
        if away >= 0:
            raise PeerError(messages.UNREACHABLE, where="database", seen="gone")
        return real(*given)  # type: ignore[arg-type]  # handed on as given

    monkeypatch.setattr(jobs, "enter", enter)
    monkeypatch.setattr("ipvb_bridge.schedule.service.LOOK_SECONDS", 0.05)

    def do(configuration: Configuration, store: Store, job: str, planned: dt.datetime) -> dispatch.Outcome:
        ran.append(job)
        return dispatch.Outcome(0)

    service = Service(make(), store, do)
    thread = threading.Thread(target=service.run)
    thread.start()
    wait_for(lambda: bool(ran))
    service.stop()
    thread.join(30)
    events = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    assert [each for each in events if each.startswith("store")] == ["store away", "store back"]


def test_a_heartbeat_that_does_not_get_through_is_tried_again(
    make: Make, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One failed heartbeat does not let go of the moment: the next ones hold it, and the run is done."""
    configuration = make(extra="lease_seconds = 3")
    moments.add(store, "pull:ecd", [micros(NOW)])
    real, beats = moments.beat, []

    def beat(*given: object) -> bool:
        beats.append(1)
        if len(beats) == 1:
            raise PeerError(messages.LOCKED, where="database", seen="busy")
        return real(*given)  # type: ignore[arg-type]  # handed on as given

    monkeypatch.setattr(moments, "beat", beat)

    def do(*_: object) -> dispatch.Outcome:
        end = time.monotonic() + 20
        while len(beats) < 3 and time.monotonic() < end:
            time.sleep(0.05)
        return dispatch.Outcome(0)

    service = Service(configuration, store, do)
    claimed = service._claim()
    assert claimed is not None
    service._work(claimed)
    assert len(beats) >= 3
    assert moments.latest(store)["state"].to_list() == ["done"]


def test_a_moment_whose_end_cannot_be_written_is_logged_and_taken_up_again(
    make: Make, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the database is gone as a run ends, the log says so, and after the lease the moment is run again."""
    log = tmp_path / "log"
    logging.configure(log)
    moments.add(store, "pull:ecd", [micros(NOW)])
    service = Service(make(extra="lease_seconds = 3"), store, lambda *_: dispatch.Outcome(0))
    claimed = service._claim()
    assert claimed is not None

    def gone(*_: object, **__: object) -> bool:
        raise PeerError(messages.UNREACHABLE, where="database", seen="gone")

    with monkeypatch.context() as away:
        away.setattr(moments, "finish", gone)
        service._work_on(claimed)
    assert "moment not finished" in log.read_text()
    assert service._claim() is None
    time.sleep(3.1)
    again = service._claim()
    assert again is not None
    assert again.fence == claimed.fence + 1


def test_the_schedule_sends_what_two_people_signed(house: House) -> None:
    """With `send` in the schedule nothing goes out before the second signature, and everything after it, once, with
    its documents; a system that was away gets it at the next moment.
    """
    house.edit("bridge.toml", "[publish.signers.anna]", '[schedule]\nsend = "every 15m"\n[publish.signers.anna]')
    assert [job.name for job in jobs.jobs(house.configuration)] == ["send"]
    rendered: list[str] = []

    def render(plan: object, kind: str, data: object) -> None:
        rendered.append(kind)

    def moment(number: int) -> dispatch.Outcome:
        return dispatch.run(house.configuration, house.store, "send", NOW + dt.timedelta(minutes=number), render=render)

    plan = house.kept()
    house.anna(plan)
    assert moment(0) == dispatch.Outcome(0)
    assert house.effects() == []
    # The schedule goes by the real clock.
    real = House(house.folder, house.store, Clock(now()))
    house.edit("norms/tariffs.csv", "298.04", "298.05")
    real.calculate()
    real.signed()
    house.edit("bridge.toml", 'adapter = "peer"', 'adapter = "peer"\npaused = true')
    assert moment(0) == dispatch.Outcome(0)
    assert house.effects() == []
    house.edit("bridge.toml", "paused = true", "paused = false")
    house.peer.mkdir()
    (house.peer / "away").touch()
    assert moment(1).exit_code == 5
    (house.peer / "away").unlink()
    assert moment(2) == dispatch.Outcome(0)
    assert len(house.effects()) == len(set(house.effects())) == 11
    assert set(rendered) == {"resident_statement", "monthly_conversation", "roster"}
    assert moment(3) == dispatch.Outcome(0)
    assert len(house.effects()) == 11
    assert "send" in states(house)


def test_documents_of_any_period(house: House) -> None:
    """What the schedule sends along is what the command sends along, whatever the period of the plan."""
    from ipvb_bridge.reports import documents

    planned = house.plan()
    assert planned.plan is not None
    row = planned.items.filter(planned.items["kind"] == "resident_statement").row(0, named=True)
    data = json.loads(row["data"])
    one = documents.renderer(house.configuration, house.store, PERIOD)(planned.plan, row["kind"], data)
    assert one is not None
    assert documents.renderer_of_all(house.configuration, house.store)(planned.plan, row["kind"], data) == one


def test_pages_of_earlier_plans_are_let_go(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that sends for months holds the residents of one plan in memory, not of all that it ever sent."""
    from ipvb_bridge.reports import documents

    made: list[weakref.ref[Any]] = []

    def renderer(*given: Any) -> Any:
        def render(plan: Any, kind: str, data: Any) -> None:
            """Nothing."""

        made.append(weakref.ref(render))
        return render

    monkeypatch.setattr(documents, "renderer", renderer)
    render = documents.renderer_of_all(house.configuration, house.store)
    plan = house.kept()
    for number in (1, 1, 2, 3):
        render(replace(plan, plan_id=number), "roster", {})
    gc.collect()
    assert [each() is not None for each in made] == [False, False, True]
