"""The service: each moment once over two processes, a killed one picked up, missed moments by policy, the status."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path

import pytest

from ipvb_bridge.base import configuration_messages, logging
from ipvb_bridge.base.errors import RunError, UsageError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.schedule import dispatch, jobs, status
from ipvb_bridge.schedule.dispatch import Outcome
from ipvb_bridge.schedule.service import Service
from ipvb_bridge.store import moments, runs
from ipvb_bridge.store.database import Store

from .conftest import Make

ROOT = Path(__file__).resolve().parents[2]
NOW = dt.datetime(2026, 11, 20, 12, 0, 30, tzinfo=dt.UTC)
SECOND = 1_000_000


def micros(moment: dt.datetime) -> int:
    return int(moment.timestamp()) * SECOND


def worker(folder: Path, trace: Path, pause: float) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.schedule.worker", str(folder), str(trace), str(pause)]
    return subprocess.Popen(command, cwd=ROOT)


def begun(trace: Path) -> Counter[str]:
    lines = trace.read_text().splitlines() if trace.exists() else []
    return Counter(" ".join(line.split()[1:3]) for line in lines if line.startswith("begin"))


def states(store: Store) -> Counter[str]:
    with store.read() as database:
        return Counter(row[0] for row in database.exec_driver_sql("SELECT state FROM moments"))


def test_two_processes_run_each_moment_once(make: Make, store: Store, tmp_path: Path) -> None:
    """Two processes on one database share twenty due moments of two jobs: each is run once, by one of them."""
    configuration = make(payroll="every 15m")
    for job in ("pull:ecd", "pull:payroll"):
        moments.add(store, job, [micros(NOW) - number * 60 * SECOND for number in range(10)])
    trace = tmp_path / "trace"
    both = [worker(configuration.folder, trace, 0.05) for _ in range(2)]
    assert [each.wait(60) for each in both] == [0, 0]
    found = begun(trace)
    assert len(found) >= 20
    assert set(found.values()) == {1}
    assert len({line.split()[-1] for line in trace.read_text().splitlines()}) == 2


def test_killed_process_is_picked_up_after_its_lease(make: Make, store: Store, tmp_path: Path) -> None:
    """A run whose process is killed with -9 stays running until its lease ends, and is then run by another."""
    configuration = make(extra="lease_seconds = 3")
    moments.add(store, "pull:ecd", [micros(NOW)])
    trace = tmp_path / "trace"
    doomed = worker(configuration.folder, trace, 60)
    wait_for(lambda: begun(trace).total() >= 1)
    os.kill(doomed.pid, signal.SIGKILL)
    doomed.wait(10)
    at_once = worker(configuration.folder, tmp_path / "none", 0)
    assert at_once.wait(30) == 0
    assert begun(tmp_path / "none").get(f"pull:ecd {NOW.isoformat()}") is None
    time.sleep(3.2)
    later = worker(configuration.folder, trace, 0)
    assert later.wait(30) == 0
    assert begun(trace)[f"pull:ecd {NOW.replace(microsecond=0).isoformat()}"] == 2
    assert states(store)["running"] == 0


def wait_for(condition, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_a_replaced_process_says_is_refused(store: Store) -> None:
    """After another took a moment up under a higher fence, the first may neither beat nor finish it."""
    moments.add(store, "pull:ecd", [micros(NOW)])
    first = moments.claim(store, "one", 0, SECOND, alone="cycle")
    assert first is not None
    assert moments.claim(store, "two", 0, SECOND, alone="cycle") is None
    second = moments.claim(store, "two", 2 * SECOND, SECOND, alone="cycle")
    assert second is not None
    assert second.fence == first.fence + 1
    assert not moments.beat(store, first, 2 * SECOND, SECOND)
    assert not moments.finish(store, first, "done", 2 * SECOND)
    assert moments.beat(store, second, 2 * SECOND, 5 * SECOND)
    assert moments.finish(store, second, "done", 3 * SECOND)


def test_pull_of_a_machine_that_died_is_taken_up_after_its_lease(make: Make, store: Store) -> None:
    """A machine dies during a pull: the process on another machine that takes its moment up pulls, and does not wait
    until the run has been silent for a quarter of an hour. What the first process then still says is refused."""
    configuration = make()
    header = ",".join(STREAMS["units"].names)
    (configuration.folder / "input" / "units.csv").write_text(f"{header}\nORG,,organisation,Voorbeeld,\n")
    moments.add(store, "pull:ecd", [micros(NOW)])
    assert moments.claim(store, "elsewhere:42", micros(NOW), SECOND, alone="cycle") is not None
    lost = runs.start_run(store, "pull", "ecd", "units")
    other = runs.start_run(store, "pull", "payroll", "hours")
    with store.write() as database:
        database.exec_driver_sql("UPDATE runs SET host = 'elsewhere', process = 42")
    service = Service(configuration, store)
    claimed = service._claim()
    assert claimed is not None
    service._work(claimed)
    rows = moments.latest(store).to_dicts()
    assert [(row["state"], row["exit_code"], row["code"]) for row in rows] == [("done", 0, "")], rows
    with store.write() as database:
        with pytest.raises(RunError, match="S12"):
            runs.beat(database, lost, 1)
        runs.beat(database, other, 1)


def test_cycle_runs_alone_and_a_job_once_at_a_time(store: Store) -> None:
    """While a connection is pulled the cycle waits, and the other way round; a second moment of a job waits too."""
    moments.add(store, "pull:ecd", [1, 2])
    moments.add(store, "cycle", [3])
    moments.add(store, "pull:payroll", [4])
    first = moments.claim(store, "x", 10, 100, alone="cycle")
    second = moments.claim(store, "x", 10, 100, alone="cycle")
    assert [each.job for each in (first, second) if each] == ["pull:ecd", "pull:payroll"]
    assert moments.claim(store, "x", 10, 100, alone="cycle") is None
    for each in (first, second):
        assert each is not None
        moments.finish(store, each, "done", 20)
    third = moments.claim(store, "x", 20, 100, alone="cycle")
    assert third is not None
    assert (third.job, third.planned_at) == ("pull:ecd", 2)
    moments.finish(store, third, "done", 30)
    alone = moments.claim(store, "x", 30, 100, alone="cycle")
    assert alone is not None
    assert alone.job == "cycle"
    moments.add(store, "pull:ecd", [5])
    assert moments.claim(store, "x", 30, 100, alone="cycle") is None


@pytest.mark.parametrize(("policy", "run", "skipped"), [("all", 4, 0), ("latest", 1, 3), ("none", 0, 4)])
def test_missed_moments_are_rows(make: Make, store: Store, policy: str, run: int, skipped: int) -> None:
    """An hour without a process: every missed moment becomes a row, run or skipped by policy; nothing twice."""
    configuration = make(extra=f'catch_up = "{policy}"')
    moments.add(store, "pull:ecd", [micros(NOW - dt.timedelta(minutes=60, seconds=30))], "skipped")
    assert jobs.enter(configuration, store, NOW, NOW) == run
    assert jobs.enter(configuration, store, NOW, NOW) == 0
    assert states(store) == Counter({"due": run, "skipped": 1 + skipped}) - Counter({"due": 0})


def test_a_process_that_looks_once_runs_what_just_came_due(make: Make, store: Store) -> None:
    """With a clock of one's own every process begins after its moment: catch_up = "none" still runs the latest one."""
    configuration = make(extra='catch_up = "none"')
    moments.add(store, "pull:ecd", [micros(dt.datetime.now(dt.UTC) - dt.timedelta(hours=2))], "skipped")
    assert Service(configuration, store, lambda *_: Outcome(0)).run_once() == 1
    assert states(store) == Counter({"done": 1, "skipped": 1 + 7})


def test_a_process_that_looks_once_skips_what_came_due_hours_before(make: Make, store: Store) -> None:
    """With catch_up = "none" the moment of last night is not made up at noon."""
    configuration = make(ecd="02:30", extra='catch_up = "none"')
    moments.add(store, "pull:ecd", [micros(NOW - dt.timedelta(days=1))], "skipped")
    assert jobs.enter(configuration, store, NOW, NOW, once=True) == 0
    assert states(store) == Counter({"skipped": 2})


def test_schedule_begins_when_it_is_first_seen(make: Make, store: Store) -> None:
    """The first look finds nothing due; a look by another process an hour later knows the moments in between."""
    configuration = make(extra='catch_up = "all"')
    assert jobs.enter(configuration, store, NOW, NOW) == 0
    later = NOW + dt.timedelta(hours=1)
    assert jobs.enter(configuration, store, later, later) == 4


def test_paused_connection_skips_its_moments(make: Make, store: Store) -> None:
    """A paused connection is left alone: its moments are rows that were skipped."""
    configuration = make(more="paused = true")
    assert jobs.enter(configuration, store, NOW, NOW - dt.timedelta(hours=1)) == 0
    assert states(store) == Counter({"skipped": 4 + 1})
    assert [line.state for line in status.lines(configuration, store, NOW)] == ["paused", "by hand"]


def test_no_more_runs_at_once_than_workers(make: Make, store: Store) -> None:
    """With workers = 1 two due jobs run one after the other in one process; with 2 they run side by side."""
    for workers, most in ((1, 1), (2, 2)):
        configuration = make(payroll="every 15m", extra=f"workers = {workers}")
        for job in ("pull:ecd", "pull:payroll"):
            moments.add(store, job, [micros(NOW) + workers])
        assert most_at_once(configuration, store) == most


def most_at_once(configuration: Configuration, store: Store) -> int:
    """Serve until two jobs of half a second began; gives how many were at work together."""
    seen: list[int] = []
    lock = threading.Lock()
    at_work = 0

    def do(*_: object) -> Outcome:
        nonlocal at_work
        with lock:
            at_work += 1
            seen.append(at_work)
        time.sleep(0.5)
        with lock:
            at_work -= 1
        return Outcome(0)

    service = Service(configuration, store, do)
    thread = threading.Thread(target=service.run)
    thread.start()
    wait_for(lambda: len(seen) >= 2)
    service.stop()
    thread.join(30)
    return max(seen)


def test_lost_lease_is_logged(make: Make, store: Store, tmp_path: Path) -> None:
    """A process whose moment was taken over meanwhile logs T01, and what it says of the moment is not written."""
    logging.configure(tmp_path / "log")
    moments.add(store, "pull:ecd", [micros(NOW)])

    def do(*_: object) -> Outcome:
        later = micros(NOW) * 2
        assert moments.claim(store, "another", later, SECOND, alone="cycle") is not None
        return Outcome(0)

    service = Service(make(), store, do)
    claimed = service._claim()
    assert claimed is not None
    service._work(claimed)
    last = json.loads((tmp_path / "log").read_text().splitlines()[-1])
    assert (last["event"], last["code"]) == ("lease lost", "T01")
    assert states(store)["running"] == 1


def test_nothing_scheduled_is_told(make: Make, store: Store) -> None:
    """A service without a schedule says so instead of waiting for nothing."""
    with pytest.raises(UsageError) as caught:
        Service(make(ecd=None), store).run()
    assert caught.value.code == "T02"


def test_service_wakes_at_the_moment_and_stops_cleanly(
    make: Make, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The running service enters a moment that comes due, runs it, and finishes it before it stops."""
    configuration = make()
    ran: list[str] = []

    def do(configuration: Configuration, store: Store, job: str, planned: dt.datetime) -> Outcome:
        ran.append(job)
        service.stop()
        time.sleep(0.3)
        return Outcome(0)

    service = Service(configuration, store, do)
    # A quarter of an hour passes in a second.
    begin, real = time.time(), time.time
    monkeypatch.setattr(time, "time", lambda: begin + (real() - begin) * 900)
    thread = threading.Thread(target=service.run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    assert ran
    assert states(store)["done"] == len(ran)


def outcomes(configuration: Configuration, store: Store, *ends: Outcome) -> None:
    """Run one moment after another, ending like this."""
    ahead = iter(ends)
    service = Service(configuration, store, lambda *_: next(ahead))
    for number in range(len(ends)):
        moments.add(store, "pull:ecd", [micros(NOW) + number])
        claimed = service._claim()
        assert claimed is not None
        service._work(claimed)


def test_peer_that_is_away_is_logged_once_and_once_when_it_is_back(make: Make, store: Store, tmp_path: Path) -> None:
    """Three failed moments in a row give one line, the good one after them one more."""
    logging.configure(tmp_path / "log")
    away = Outcome(5, "P30", "away")
    outcomes(make(), store, Outcome(0), away, away, away, Outcome(0))
    events = [json.loads(line)["event"] for line in (tmp_path / "log").read_text().splitlines()]
    assert [each for each in events if each.startswith("peer")] == ["peer away", "peer back"]


def test_a_running_service_goes_by_what_bridge_toml_says_now(
    make: Make, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection that is paused while the service runs is left alone from then on; a file that holds an error
    changes nothing and is logged once; without the pause the moment is run."""
    monkeypatch.setattr("ipvb_bridge.schedule.service.LOOK_SECONDS", 0.05)
    logging.configure(tmp_path / "log")
    ran: list[str] = []

    def do(configuration: Configuration, store: Store, job: str, planned: dt.datetime) -> Outcome:
        ran.append(job)
        return Outcome(0)

    service = Service(make(), store, do)
    looked = threading.Event()
    monkeypatch.setattr(jobs, "enter", lambda *_: looked.set())
    thread = threading.Thread(target=service.run)
    thread.start()
    try:
        make(more="paused = true")
        wait_for(lambda: service.configuration.bridge.connections["ecd"].paused)
        moments.add(store, "pull:ecd", [micros(NOW)])
        service.configuration.file.write_text("[organisation\n")
        for _ in range(3):
            looked.clear()
            assert looked.wait(20)
        assert ran == []
        make()
        wait_for(lambda: bool(ran))
    finally:
        service.stop()
        thread.join(30)
    told = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    wrong = f"{configuration_messages.NOT_TOML.code} bridge.toml:1"
    assert [each["event"] for each in told if each.get("error") == wrong] == ["configuration not read again"]


@pytest.mark.parametrize(
    ("exit_code", "state"),
    [(0, "on schedule"), (5, "failed"), (1, "failed"), (3, "action needed"), (4, "action needed"),
     (6, "action needed"), (7, "on schedule")],
)  # fmt: skip
def test_status_says_who_has_something_to_do(make: Make, store: Store, exit_code: int, state: str) -> None:
    """How the last moment ended decides the status line; its message stands beside it."""
    configuration = make()
    outcomes(configuration, store, Outcome(exit_code, "X01" if exit_code else "", "why" if exit_code else ""))
    line = status.lines(configuration, store, NOW)[0]
    assert line.state == state
    assert line.why == ("X01 why" if exit_code else "")
    assert line.next == dt.datetime(2026, 11, 20, 12, 15, tzinfo=dt.UTC)


def test_status_of_what_runs_and_what_is_late(make: Make, store: Store) -> None:
    """A held lease is running; a moment nobody took up for ten minutes, or whose lease ran out, is late."""
    configuration = make()
    moments.add(store, "pull:ecd", [micros(NOW)])
    assert status.lines(configuration, store, NOW + dt.timedelta(minutes=11))[0].state == "late"
    moments.claim(store, "x", micros(NOW), 60 * SECOND, alone="cycle")
    assert status.lines(configuration, store, NOW)[0].state == "running"
    assert status.lines(configuration, store, NOW + dt.timedelta(minutes=11))[0].state == "late"


def test_status_is_late_when_nobody_serves(make: Make, store: Store) -> None:
    """Without a process of serve no moment is entered at all: ten minutes after the first that lacks it is late."""
    configuration = make()
    outcomes(configuration, store, Outcome(0))
    quarter = NOW.replace(minute=15, second=0)
    assert status.lines(configuration, store, quarter + dt.timedelta(minutes=9))[0].state == "on schedule"
    assert status.lines(configuration, store, quarter + dt.timedelta(minutes=11))[0].state == "late"
    assert status.lines(configuration, store, quarter + dt.timedelta(days=3))[0].state == "late"


def test_status_is_late_by_the_moment_that_waits_longest(make: Make, store: Store) -> None:
    """Moments that are entered while the workers are busy elsewhere do not hide the one before them."""
    configuration = make(ecd="every 5m")
    moments.add(store, "pull:ecd", [micros(NOW) - minutes * 60 * SECOND for minutes in range(0, 180, 5)])
    assert status.lines(configuration, store, NOW + dt.timedelta(minutes=1))[0].state == "late"


def test_pull_of_a_missing_file_needs_somebody(make: Make, store: Store) -> None:
    """The real dispatch: an empty folder ends as data held back, with the adapter's message."""
    outcome = dispatch.run(make(), store, "pull:ecd", NOW)
    assert outcome.exit_code == 6
    assert outcome.code


def test_cycle_takes_the_month_before(make: Make) -> None:
    """The cycle of 5 January calculates December, by the clock in Amsterdam."""
    planned = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)
    assert str(jobs.cycle_period(planned, make().zone)) == "2026-12"
