"""The commands that run by themselves: serve, serve --once and cycle."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from .test_example import edit, run


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, nothing pulled."""
    folder = tmp_path_factory.mktemp("serve") / "folder"
    assert run(folder, "init", str(folder), "--template", "example").returncode == 0
    return folder


@pytest.fixture
def own(example: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(example, tmp_path / "own"))


def schedule(folder: Path, rhythm: str) -> None:
    edit(folder / "bridge.toml", 'kind = "ecd"', f'kind = "ecd"\nschedule = "{rhythm}"')


def test_cycle_does_the_whole_month(own: Path) -> None:
    """One command pulls, calculates and reconciles; its steps are told as they begin."""
    done = run(own, "cycle", "2026-01")
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if line.endswith(" ...")] == [
        "pull ...", "calculate ...", "reconcile ...",
    ]  # fmt: skip
    assert "version 1" in done.stdout


def test_cycle_goes_on_where_a_connection_fails(own: Path) -> None:
    """A delivery that is held back is told with its exit code, and the rest is calculated from what is there."""
    assert run(own, "cycle", "2026-01").returncode == 0
    (own / "input" / "conversations.csv").unlink()
    done = run(own, "cycle", "2026-01")
    assert done.returncode == 6
    assert "conversations" in done.stderr
    assert "version 1" in done.stdout


def test_serve_once_has_nothing_due_before_the_first_moment(own: Path) -> None:
    """A schedule begins when it is first served: nothing of the past is made up; state says what is next."""
    schedule(own, "02:30")
    done = run(own, "serve", "--once")
    assert done.returncode == 0, done.stderr
    assert "ran 0 planned moments" in done.stdout
    line = next(line for line in run(own, "state").stdout.splitlines() if "pull:ecd" in line)
    assert "on schedule" in line
    assert "02:30" in line


def test_serve_without_a_schedule(own: Path) -> None:
    """Nothing scheduled is an error that says what to add."""
    done = run(own, "serve")
    assert done.returncode == 2
    assert "T02" in done.stderr


def test_wrong_schedule_is_told_with_its_line(own: Path) -> None:
    """A schedule that cannot be read: exit code 3, the line, and the forms there are."""
    schedule(own, "elk uur")
    done = run(own, "serve")
    assert done.returncode == 3
    assert "bridge.toml:" in done.stderr
    assert "every 15m" in done.stderr


def test_serve_stops_at_a_signal(own: Path) -> None:
    """SIGTERM ends the service cleanly, with the status of every job."""
    schedule(own, "every 15m")
    command = [sys.executable, "-m", "ipvb_bridge.cli.main", "-C", str(own), "serve"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    assert process.stdout is not None
    assert process.stdout.readline().startswith("serving")
    time.sleep(1)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert "pull:ecd" in output


def test_serve_sends_what_was_signed(own: Path) -> None:
    """A process of `serve` sends at its moment what two people signed, with nobody at the keyboard, and says so."""
    import sqlite3

    text = (own / "bridge.toml").read_text("utf-8")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(own / "anna")], check=True)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(own / "bob")], check=True)
    more = '[connections.roster]\nadapter = "tables"\nstreams = []\nsettings = { out = { path = "roster" } }\n'
    more += '[publish.targets.roster]\nconnection = "roster"\nkind = "roster"\n[schedule]\nsend = "every 15m"\n'
    for name in ("anna", "bob"):
        more += f'[publish.signers.{name}]\nssh_key = "{(own / f"{name}.pub").read_text().strip()}"\n'
    (own / "bridge.toml").write_text(text + more, "utf-8")
    assert run(own, "cycle", "2026-01").returncode == 7
    # The first process that serves begins the schedule.
    assert "ran 0" in run(own, "serve", "--once").stdout
    for name in ("anna", "bob"):
        run(own, "publish", "2026-01", "--sign", name, "--key", str(own / name))
    assert not (own / "roster").exists()
    with sqlite3.connect(own / "bridge.db") as database:
        # As if the schedule had begun an hour ago: the latest of the moments since is due.
        database.execute("UPDATE moments SET planned_at = planned_at - 3600000000 WHERE job = 'send'")
    done = run(own, "serve", "--once")
    assert "ran 1" in done.stdout
    assert len(list((own / "roster").iterdir())) == 4
    assert "confirmed" in run(own, "state").stdout
