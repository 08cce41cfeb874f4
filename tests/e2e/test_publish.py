"""Publishing from a user's shell: the worked example, a roster into a folder, two people who sign."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ipvb_bridge.cli.main import cli
from ipvb_bridge.pipeline import delivery, passphrases, planning, signing
from ipvb_bridge.store.database import now

ROOT = Path(__file__).resolve().parents[2]
SENTENCE = "zeven sloten tegelijk"

PUBLISH = """
[connections.roster]
adapter = "tables"
streams = []                                # nothing is read from it
settings = { out = { path = "roster" } }

[publish.signers.anna]
ssh_key = "KEY"
[publish.signers.bob]
passphrase = "${file:secrets/bob.argon2}"

[publish.targets.roster]
connection = "roster"
kind = "roster"
"""


def run(folder: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own, with the configuration of ``folder``."""
    command = [sys.executable, "-m", "ipvb_bridge.cli.main", "-C", str(folder), *words]
    env = {**os.environ, "IPVB_BRIDGE_LANGUAGE": "en"}
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120, input=typed)


def publish(folder: Path, *words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return run(folder, "publish", "2026-01", *words, typed=typed)


@pytest.fixture(scope="module")
def calculated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example with a roster target and two signers, pulled and calculated once."""
    folder = tmp_path_factory.mktemp("publish") / "folder"
    assert run(folder, "init", str(folder), "--template", "example").returncode == 0
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(folder / "anna")], check=True)
    made = run(folder, "publish", "--new-passphrase", typed=SENTENCE + "\n")
    assert made.returncode == 0, made.stderr
    (folder / "secrets").mkdir()
    (folder / "secrets" / "bob.argon2").write_text(made.stdout)
    with (folder / "bridge.toml").open("a") as out:
        out.write(PUBLISH.replace("KEY", (folder / "anna.pub").read_text().strip()))
    for words in (("pull",), ("calculate", "2026-01")):
        done = run(folder, *words)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def own(calculated: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    return Path(shutil.copytree(calculated, tmp_path / "own"))


def sign_elsewhere(folder: Path) -> Path:
    """Print what to sign, and sign it with OpenSSH's own program."""
    text = folder / "plan.txt"
    text.write_text(publish(folder, "--digest").stdout)
    command = ["ssh-keygen", "-q", "-Y", "sign", "-n", "ipvb-bridge-plan", "-f", str(folder / "anna"), str(text)]
    subprocess.run(command, check=True, timeout=60)
    return folder / "plan.txt.sig"


def both_sign(folder: Path) -> None:
    assert publish(folder, "--sign", "anna", "--key", str(folder / "anna")).returncode == 7
    done = publish(folder, "--sign", "bob", typed=SENTENCE + "\n")
    assert done.returncode == 0, done.stderr


def test_from_plan_to_files_and_back(own: Path) -> None:
    """Look, sign as two people, send: the roster stands in the folder as signed; a second time there is nothing."""
    looked = publish(own, "--as", "carla")
    assert looked.returncode == 7
    assert "made by carla" in looked.stdout
    assert "LOC1, roster:" in looked.stdout
    assert "D1: 65 rows, required 15.67 hours a week" in looked.stdout
    assert not (own / "roster").exists()
    waiting = publish(own, "--send")
    assert waiting.returncode == 7
    assert "W05" in waiting.stderr
    first = publish(own, "--sign", "anna", "--signature", str(sign_elsewhere(own)))
    assert (first.returncode, "waits for a second person" in first.stdout) == (7, True)
    assert "W05" in publish(own, "--send").stderr
    second = publish(own, "--sign", "bob", typed=SENTENCE + "\n")
    assert second.returncode == 0, second.stderr
    sent = publish(own, "--send")
    assert (sent.returncode, sent.stdout) == (0, "confirmed: 2\n")
    assert sorted(os.listdir(own / "roster")) == [
        f"roster_2026-01_{unit}.{form}" for unit in ("D1", "D2") for form in ("csv", "json")
    ]
    with (own / "roster" / "roster_2026-01_D1.csv").open() as lines:
        rows = list(csv.DictReader(lines))
    formation = json.loads(run(own, "results", "2026-01", "formation_weekdays", "--format", "json").stdout)
    expected = [each for each in formation if each["unit_id"] == "D1"]
    assert [(row["weekday"], row["day_part"], row["level"]) for row in rows] == [
        (str(each["weekday"]), each["day_part"], each["level"]) for each in expected
    ]
    assert [float(row["required_hours"]) for row in rows] == [each["required_hours"] for each in expected]
    again = publish(own)
    assert (again.returncode, again.stdout) == (0, "2026-01: nothing to write; 2 items stand as they should\n")
    assert publish(own, "--send").stdout == "2026-01: nothing to send\n"
    state = run(own, "state").stdout
    assert "anna, bob" in state
    line = next(line for line in state.splitlines() if "2026-01, plan 1" in line)
    assert "roster" in line
    assert "green" in line
    assert "confirmed" in state


def test_a_long_plan_is_cut_short(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each location the first items are shown, and how many more there are."""
    from ipvb_bridge.cli import publishing

    monkeypatch.setattr(publishing, "SHOWN", 1)
    looked = CliRunner().invoke(cli, ["-C", str(own), "publish", "2026-01"])
    assert "... and 1 more" in looked.output
    assert "D2: " not in looked.output


def test_plan_as_json(own: Path) -> None:
    """Every item with its data, and whatever a signer needs to check the digest's plan."""
    done = publish(own, "--format", "json")
    assert done.returncode == 7
    plan: dict[str, Any] = json.loads(done.stdout)
    assert (plan["plan"], plan["version"], plan["unchanged"], plan["signed_by"]) == (1, 1, 0, [])
    assert [each["key"] for each in plan["items"]] == ["roster/2026-01/D1", "roster/2026-01/D2"]
    assert plan["items"][0]["data"]["rows"]
    assert plan["digest"] in publish(own, "--digest").stdout
    both_sign(own)
    publish(own, "--send")
    assert json.loads(publish(own, "--format", "json").stdout)["items"] == []


def test_second_plan_says_what_moved(own: Path) -> None:
    """After a change only the department that it touches is planned, with the hours before and after."""
    publish(own)
    both_sign(own)
    publish(own, "--send")
    cover = own / "norms" / "minimum_cover.csv"
    cover.write_text(cover.read_text().replace("D2,night,2,1", "D2,night,2,3"))
    assert run(own, "calculate", "2026-01").returncode == 0
    looked = publish(own)
    assert looked.returncode == 7
    assert "changed" in looked.stdout
    assert " -> " in looked.stdout
    assert [line.split()[1] for line in looked.stdout.splitlines() if line.startswith("  changed")] == ["D2:"]


def test_a_cent_more_after_signing_is_refused(own: Path) -> None:
    """Who changes an item in the database after the second signature sends nothing; the state says why."""
    publish(own)
    both_sign(own)
    with sqlite3.connect(own / "bridge.db") as database:
        database.execute("DROP TRIGGER plan_items_never_updated")
        database.execute("UPDATE plan_items SET data = replace(data, '133929', '133930') WHERE position = 1")
    done = publish(own, "--send")
    assert done.returncode == 6
    assert "W20" in done.stderr
    assert not (own / "roster").exists()
    assert "W20" in run(own, "state").stdout


def test_expired_signatures_send_nothing(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seventy-two hours later the signatures do not count: exit code 7, and a new plan waits for new ones."""
    publish(own)
    both_sign(own)
    for module in (planning, signing, delivery):
        monkeypatch.setattr(module, "now", lambda: now() + 73 * planning.HOUR)
    done = CliRunner().invoke(cli, ["-C", str(own), "publish", "2026-01", "--send"])
    assert (done.exit_code, "W21" in done.output) == (7, True)
    assert not (own / "roster").exists()
    looked = CliRunner().invoke(cli, ["-C", str(own), "publish", "2026-01"])
    assert (looked.exit_code, "plan 2" in looked.output) == (7, True)


def test_a_wrong_passphrase_and_a_stranger(own: Path) -> None:
    """A wrong passphrase has exit code 4 and a pause, also for the right one at once; a stranger exit code 2."""
    publish(own)
    wrong = publish(own, "--sign", "bob", typed="fout\n")
    assert (wrong.returncode, "W12" in wrong.stderr) == (4, True)
    soon = publish(own, "--sign", "bob", typed=SENTENCE + "\n")
    assert soon.returncode in (4, 7)  # on a machine that needs two seconds to start the pause is over
    stranger = publish(own, "--sign", "eve", typed="x\n")
    assert (stranger.returncode, "W10" in stranger.stderr) == (2, True)
    no_key = publish(own, "--sign", "anna", typed="x\n")
    assert (no_key.returncode, "W11" in no_key.stderr) == (2, True)


def test_usage_is_told(own: Path) -> None:
    """Options that need another one, a plan that is not there, a short passphrase."""
    assert publish(own, "--key", "x").returncode == 2
    assert publish(own, "--sign", "anna", "--key", "x", "--signature", "y").returncode == 2
    assert "S20" in publish(own, "--sign", "anna", "--key", str(own / "anna")).stderr
    short = run(own, "publish", "--new-passphrase", typed="kort\n")
    assert (short.returncode, "W18" in short.stderr) == (2, True)
    assert passphrases.LEAST == 12


def test_connection_that_only_writes(own: Path) -> None:
    """Pull passes it over, check tries whether it can write, and a reading connection still has to say its kind."""
    pulled = run(own, "pull", "roster")
    assert pulled.returncode == 0, pulled.stderr
    (own / "roster").mkdir()
    checked = run(own, "check", "roster")
    assert checked.returncode == 0, checked.stderr
    assert "out" in checked.stdout
    path = own / "bridge.toml"
    path.write_text(path.read_text().replace("streams = []", ""))
    assert "C09" in run(own, "check", "roster").stderr
