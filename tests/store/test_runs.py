"""Run records: one for each pull, always adding up, readable and writable by everyone all the time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from ipvb_bridge.base.errors import RunError
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.plugin.adapter import Scope
from ipvb_bridge.store import state
from ipvb_bridge.store.database import Store, now
from ipvb_bridge.store.load import Delivery
from ipvb_bridge.store.runs import Counts, add_findings, expected_band, finish_run, start_run
from ipvb_bridge.store.tables import runs
from tests.store.samples import deliver, wages

ROOT = Path(__file__).resolve().parents[2]


def test_finished_pull_must_add_up(store: Store) -> None:
    """The database itself refuses a finished pull of which the rows do not add up."""
    run = start_run(store, "pull", "one", "wages")
    with pytest.raises(RunError, match="S15"), store.write() as database:
        database.execute(sa.update(runs).where(runs.c.run_id == run.run_id).values(state="green", read=3, accepted=2))


def test_red_run_adds_up_too(store: Store) -> None:
    """A red run holds back all it read, also when the counts come from the record itself."""
    run = start_run(store, "pull", "one", "wages")
    Delivery(store, run, STREAMS["wages"]).stage(wages(("a", 1), ("b", 2)))
    finish_run(store, run, "red", code="P01", text="verbinding verbroken")
    last = state.last_runs(store).row(0, named=True)
    assert (last["read"], last["accepted"], last["unchanged"], last["quarantined"]) == (2, 0, 0, 2)
    assert last["finished_at"] is not None


def test_finished_run_stays_as_it_is(store: Store) -> None:
    """A second finish changes nothing: the first word about a run is the last."""
    run = start_run(store, "calculate")
    finish_run(store, run, "green", text="versie 1")
    finish_run(store, run, "red", text="toch niet")
    assert state.all_runs(store).select("state", "text").rows() == [("green", "versie 1")]


def _owned_by(store: Store, run_id: int, **values: object) -> None:
    with store.write() as database:
        database.execute(sa.update(runs).where(runs.c.run_id == run_id).values(**values))


def test_busy_stream_is_refused(store: Store) -> None:
    """A stream that a living process pulls is not pulled a second time."""
    run = start_run(store, "pull", "one", "wages")
    _owned_by(store, run.run_id, process=os.getppid())
    with pytest.raises(RunError, match="S11"):
        start_run(store, "pull", "one", "wages")
    start_run(store, "pull", "two", "wages")
    start_run(store, "pull", "one", "hours")


@pytest.mark.parametrize("values", [{"process": 2**22 + 1}, {"host": "elders", "alive_at": 0}])
def test_dead_run_is_replaced(store: Store, values: dict[str, object]) -> None:
    """A run whose process is gone, or that was silent on another machine, gives way and turns red."""
    run = start_run(store, "pull", "one", "wages")
    _owned_by(store, run.run_id, **values)
    start_run(store, "pull", "one", "wages")
    assert state.all_runs(store)["state"].to_list() == ["red", "running"]
    assert state.all_runs(store)["code"][0] == "S13"


def test_living_run_elsewhere_is_not_replaced(store: Store) -> None:
    """A run on another machine that staged something lately is alive."""
    run = start_run(store, "pull", "one", "wages")
    _owned_by(store, run.run_id, host="elders", alive_at=now())
    with pytest.raises(RunError, match="S11"):
        start_run(store, "pull", "one", "wages")


def test_replaced_run_takes_nothing_along(store: Store) -> None:
    """When a replaced run is closed afterwards, the rows that the later run staged stay."""
    old = start_run(store, "pull", "one", "wages")
    delivery = Delivery(store, start_run(store, "pull", "one", "wages"), STREAMS["wages"])
    delivery.stage(wages(("a", 1)))
    finish_run(store, old, "red", code="S12", text="vervangen")
    assert delivery.merge("snapshot") == Counts(read=1, accepted=1)


def test_runs_of_two_connections_share_the_staging_table(store: Store) -> None:
    """The end of one connection's run leaves alone what another connection is staging of the same stream."""
    one = Delivery(store, start_run(store, "pull", "one", "wages"), STREAMS["wages"])
    two = Delivery(store, start_run(store, "pull", "two", "wages"), STREAMS["wages"])
    one.stage(wages(("a", 1)))
    two.stage(wages(("a", 1), ("b", 2)))
    assert one.merge("snapshot") == Counts(read=1, accepted=1)
    assert two.merge("snapshot") == Counts(read=2, accepted=2)


def test_band_from_the_median(store: Store) -> None:
    """The usual number of rows is the median of the last deliveries; half and three times it are still usual."""
    assert expected_band(store, "one", "wages") is None
    for size in (6, 100, 5, 6):
        deliver(store, "wages", wages(*((str(number), 1) for number in range(size))))
    band = expected_band(store, "one", "wages")
    assert band is not None
    assert (band.low, band.high, band.median, band.deliveries) == (3, 18, 6, 3)
    assert [band.holds(rows) for rows in (0, 2, 3, 18, 19)] == [False, False, True, True, False]


def test_band_follows_a_volume_that_was_accepted(store: Store) -> None:
    """After a person accepted a far smaller delivery, the next one of that size is usual; after none, any is."""
    for size in (40, 40, 40, 10):
        deliver(store, "wages", wages(*((str(number), 1) for number in range(size))))
    band = expected_band(store, "one", "wages")
    assert band is not None
    assert (band.median, band.deliveries) == (10, 1)
    deliver(store, "wages", wages())
    assert expected_band(store, "one", "wages") is None


def test_band_ignores_what_is_not_comparable(store: Store) -> None:
    """Red runs, known payloads, changes and spans of another length say nothing about the usual volume."""
    deliver(store, "wages", wages(("a", 1), ("b", 1)))
    deliver(store, "wages", wages(("c", 1)), mode="changes")
    deliver(store, "wages", wages(("d", 1)), mode="period", scopes=[Scope("2026-01", "2026-01")])
    Delivery(store, start_run(store, "pull", "one", "wages"), STREAMS["wages"]).unchanged()
    finish_run(store, start_run(store, "pull", "one", "wages"), "red")
    whole = expected_band(store, "one", "wages")
    month = expected_band(store, "one", "wages", [Scope("2026-02", "2026-02")])
    assert whole is not None
    assert (whole.median, whole.deliveries) == (2, 1)
    assert month is not None
    assert (month.median, month.deliveries) == (1, 1)
    assert expected_band(store, "one", "wages", [Scope("2026-01", "2026-02")]) is None
    assert expected_band(store, "two", "wages") is None


def test_band_counts_each_month_once(store: Store) -> None:
    """A delivery that names its months batch by batch compares with one that names them at once."""
    deliver(store, "wages", wages(("a", 1)), mode="period", scopes=[Scope("2026-01", "2026-02")])
    scopes = [Scope("2026-03", "2026-03"), Scope("2026-04", "2026-04"), Scope("2026-03", "2026-03")]
    assert expected_band(store, "one", "wages", scopes) is not None


def test_findings_of_the_last_delivery(store: Store) -> None:
    """What an adapter noticed is kept under its run; only the last delivery's findings are shown."""
    finding = Finding("R06", "error", "Boeking sluit niet.", "Vraag een nieuw bestand.", subject="e1", amount_cents=5)
    for number in range(2):
        run = start_run(store, "pull", "one", "ledger_lines")
        delivery = Delivery(store, run, STREAMS["ledger_lines"])
        delivery.merge("snapshot")
        add_findings(store, run, [finding] * (2 - number))
    # A payload that is known says nothing new: the findings about it still hold.
    Delivery(store, start_run(store, "pull", "one", "ledger_lines"), STREAMS["ledger_lines"]).unchanged()
    shown = state.delivery_findings(store)
    assert shown.select("connection", "stream", "rule", "subject", "amount_cents").rows() == [
        ("one", "ledger_lines", "R06", "e1", 5)
    ]


_LOADER = """
import sys
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.store.database import open_store
from ipvb_bridge.store.load import Delivery
from ipvb_bridge.store.runs import start_run
from tests.store.samples import hours

with open_store(sys.argv[1]) as store:
    delivery = Delivery(store, start_run(store, "pull", "one", "hours"), STREAMS["hours"])
    for number in range(200):
        delivery.stage(hours(20_000, offset=number * 20_000))
        print(delivery.read, flush=True)
        if sys.stdin.readline().strip() == "stop":
            break
    print(delivery.merge("snapshot").accepted, flush=True)
"""


def test_second_process_reads_and_writes_during_a_large_pull(store: Store, store_url: str) -> None:
    """While one process stages batch after batch, another starts and finishes runs and sees its progress."""
    loader = subprocess.Popen(
        [sys.executable, "-c", _LOADER, store_url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert loader.stdin is not None
    assert loader.stdout is not None
    seen: list[int] = []
    try:
        loader.stdout.readline()
        for _ in range(8):
            # The next batch is on its way while we write and read.
            loader.stdin.write("on\n")
            loader.stdin.flush()
            run = start_run(store, "pull", "two", "hours")
            finish_run(store, run, "red", code="P01", text="proef")
            seen.append(state.all_runs(store, connection="one")["read"][0])
            loader.stdout.readline()
        loader.stdin.write("stop\n")
        loader.stdin.flush()
        accepted = int(loader.stdout.readline())
        assert loader.wait(timeout=60) == 0
    finally:
        loader.kill()
        loader.stdin.close()
        loader.stdout.close()
        loader.wait()
    assert accepted == 180_000
    assert seen == sorted(seen)
    assert len(set(seen)) > 2
    mine = state.all_runs(store, connection="two")
    assert mine["state"].to_list() == ["red"] * 8
    # All of ours were done before the large pull was.
    assert mine["finished_at"].max() < state.all_runs(store, connection="one")["finished_at"][0]  # type: ignore[operator]
