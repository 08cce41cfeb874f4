"""A scheduled run that is killed with -9 at many points: taken up after its lease, nothing lost and nothing twice."""

from __future__ import annotations

import datetime as dt
import shutil
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.store import moments, plans, state, versions
from ipvb_bridge.store.database import Store, open_store
from ipvb_bridge.store.quarantine import count_open
from ipvb_bridge.store.read import read_stream
from ipvb_bridge.store.tables import staged

ROOT = Path(__file__).resolve().parents[2]
CYCLE_OF_JANUARY = dt.datetime(2026, 2, 5, 5, 0, tzinfo=dt.UTC)
LEASE = 60
SCHEDULE = f"""
[connections.roster]
adapter = "tables"
streams = []
settings = {{ out = {{ path = "roster" }} }}

[publish.targets.roster]
connection = "roster"
kind = "roster"

[schedule]
catch_up = "none"
lease_seconds = {LEASE}
[schedule.cycle]
day = 5
"""


@dataclass
class Scheduled:
    """The worked example with the cycle of January due; ``later`` grows past a lease with every process."""

    folder: Path
    url: str
    later: float = 0

    def run(self, point: int = 0, when: str = "before") -> subprocess.CompletedProcess[str]:
        """Serve what is due in a process of its own, killed at a point."""
        command = [sys.executable, "-m", "tests.schedule.killed", str(self.folder), str(self.later), str(point), when]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode in (0, -signal.SIGKILL), done.stderr
        return done

    def wait_out_the_lease(self) -> None:
        self.later += LEASE + 1


def scheduled(example: Path, folder: Path, url: str) -> Scheduled:
    shutil.copytree(example, folder)
    (folder / "database-url").write_text(url, "utf-8")
    bridge = folder / "bridge.toml"
    text = bridge.read_text("utf-8").replace('"sqlite:///bridge.db"', '"${file:database-url}"')
    bridge.write_text(text + SCHEDULE, "utf-8")
    with open_store(url) as store:
        moments.add(store, "cycle", [int(CYCLE_OF_JANUARY.timestamp()) * 10**6])
    return Scheduled(folder, url)


def outcome(store: Store) -> dict[str, Any]:
    """Everything that a run of January leaves: rows of the streams, results, the plan; without numbers and moments."""
    made = versions.versions(store)
    planned = plans.plans(store)
    return {
        "streams": {name: sorted(map(repr, read_stream(store, name).rows())) for name in STREAMS},
        "held": count_open(store).drop(pl.selectors.temporal()).rows() if count_open(store).height else [],
        "versions": [(each.period, each.number, each.fingerprint) for each in made],
        "plans": [(each.period, each.version, each.items, each.content) for each in planned],
        "twice": rows(store, "SELECT count(*) FROM moments WHERE state = 'running'"),
        "staged": [rows(store, f"SELECT count(*) FROM {table.name}") for table in staged.values()],
    }


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    with store.read() as database:
        return [tuple(row) for row in database.exec_driver_sql(query)]


@pytest.fixture(scope="module")
def undisturbed(example: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], int]:
    """What the run leaves when nobody kills it, and how many writes it does."""
    place = tmp_path_factory.mktemp("undisturbed")
    whole = scheduled(example, place / "folder", f"sqlite:///{place / 'bridge.db'}")
    writes = int(whole.run().stdout.splitlines()[-1])
    with open_store(whole.url) as store:
        return outcome(store), writes


def test_killed_at_point_after_point_of_a_scheduled_run(
    example: Path, store_url: str, tmp_path: Path, undisturbed: tuple[dict[str, Any], int]
) -> None:
    """Process after process is killed, each a few writes further, before and after its commit: each time the next one
    takes the moment up after the lease, and the last leaves exactly what an undisturbed run leaves.
    """
    expected, writes = undisturbed
    assert len(expected["plans"]) == 1
    assert writes > 40
    own = scheduled(example, tmp_path / "folder", store_url)
    kills = 0
    for number, point in enumerate(range(2, writes + 1, max(1, writes // 14))):
        done = own.run(point, ("before", "after")[number % 2])
        kills += done.returncode != 0
        if done.returncode == 0:
            break  # what is known already is written with fewer transactions: it came to its end
        own.wait_out_the_lease()
    assert kills >= 8
    own.run()
    with open_store(store_url) as store:
        assert outcome(store) == expected
        (moment,) = (row for row in moments.latest(store, ("done", "failed")).iter_rows(named=True))
        assert (moment["state"], moment["exit_code"]) == ("done", 7)
        assert moment["fence"] >= kills


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_the_end_of_a_scheduled_run(
    example: Path, tmp_path: Path, undisturbed: tuple[dict[str, Any], int], when: str
) -> None:
    """Killed around each of the last writes of a first run (results, plan, the moment's end): it is completed once."""
    expected, writes = undisturbed
    for point in range(writes - 3, writes + 1):
        place = tmp_path / str(point)
        own = scheduled(example, place / "folder", f"sqlite:///{place / 'bridge.db'}")
        assert own.run(point, when).returncode == -signal.SIGKILL
        with open_store(own.url) as store:
            before = Counter(state for (state,) in rows(store, "SELECT state FROM moments WHERE job = 'cycle'"))
        at_once = own.run()
        assert at_once.returncode == 0
        with open_store(own.url) as store:
            # Nobody else takes it up while the lease holds.
            assert Counter(s for (s,) in rows(store, "SELECT state FROM moments WHERE job = 'cycle'")) == before
        own.wait_out_the_lease()
        own.run()
        with open_store(own.url) as store:
            assert outcome(store) == expected
            assert state.all_runs(store).filter(pl.col("kind") == "pull", pl.col("state") == "running").is_empty()
