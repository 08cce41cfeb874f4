"""Options that change what a command does: each is seen to do it, from a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own, with the configuration of ``folder``."""
    command = [sys.executable, "-m", "ipvb_bridge.cli.main", "-C", str(folder), *words]
    env = {**os.environ, "IPVB_BRIDGE_LANGUAGE": "en"}
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120)


@pytest.fixture(scope="module")
def calculated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example with two versions of January: in the second, 98 per cent of the tariff is paid."""
    folder = tmp_path_factory.mktemp("options") / "here"
    for words in (("init", str(folder), "--template", "example"), ("pull",), ("calculate", "2026-01")):
        done = run(folder, *words)
        assert done.returncode == 0, done.stderr
    method = folder / "method.toml"
    text = method.read_text()
    assert "contract_percentage = 0.96" in text
    method.write_text(text.replace("contract_percentage = 0.96", "contract_percentage = 0.98"))
    assert run(folder, "calculate", "2026-01").returncode == 0
    return folder


def test_read_through_an_adapter_of_one_kind(example: Path, tmp_path: Path) -> None:
    """`read --adapter --kind --set --limit` shows rows without any configuration; the kind decides what is offered."""
    words = ("--adapter", "tables", "--set", f"path={example / 'input'}", "--format", "jsonl", "--limit", "2")
    done = run(tmp_path, "read", *words, "--kind", "payroll", "hours")
    assert done.returncode == 0, done.stderr
    assert ["hours_id" in json.loads(line) for line in done.stdout.splitlines()] == [True, True]
    refused = run(tmp_path, "read", *words, "--kind", "ledger", "hours")
    assert refused.returncode == 2
    assert "hours" in refused.stderr
    assert list(tmp_path.iterdir()) == []


def test_report_goes_where_it_is_told(calculated: Path, tmp_path: Path) -> None:
    """`report --output` writes the page there and nowhere else."""
    page = tmp_path / "page.html"
    done = run(calculated, "report", "2026-01", "--output", str(page))
    assert done.returncode == 0, done.stderr
    assert "<html" in page.read_text("utf-8")
    assert not (calculated / "reports").exists()


def test_an_earlier_version_can_be_read_and_compared_with(calculated: Path) -> None:
    """`results --version 1` is what it was; `--compare --against 1` names what moved, and that a setting did it."""

    def available(*words: str) -> int:
        done = run(calculated, "results", "2026-01", "unit_budgets", "--format", "json", *words)
        assert done.returncode == 0, done.stderr
        return sum(row["available_cents"] for row in json.loads(done.stdout))

    assert available("--version", "1") < available("--version", "2") == available()
    done = run(calculated, "results", "2026-01", "--compare", "--against", "1")
    assert done.returncode == 0, done.stderr
    assert re.search(r"settings +changed", done.stdout)
    assert re.search(r"unit_budgets +ORG +available_cents +\d+ +\d+", done.stdout)
    assert "required_cents" not in done.stdout


def test_a_connection_has_a_band_of_its_own(tmp_path: Path) -> None:
    """With `delivery = { least = 0.9 }` a delivery of four fifths waits for a person; `--accept-volume` takes it."""
    (tmp_path / "bridge.toml").write_text(
        '[organisation]\nname = "x"\n\n[connections.ecd]\nadapter = "tables"\nkind = "ecd"\n'
        'delivery = { least = 0.9, most = 1.1 }\nsettings = { path = "." }\n'
    )
    rows = [f"R{number},pg,,\n" for number in range(100)]
    file = tmp_path / "residents.csv"
    file.write_text("resident_id,client_group,name,date_of_birth\n" + "".join(rows))
    assert run(tmp_path, "pull").returncode == 0
    file.write_text("resident_id,client_group,name,date_of_birth\n" + "".join(rows[:80]))
    held = run(tmp_path, "pull")
    assert held.returncode == 6
    assert "D61" in held.stdout + held.stderr
    assert run(tmp_path, "pull", "--accept-volume").returncode == 0
