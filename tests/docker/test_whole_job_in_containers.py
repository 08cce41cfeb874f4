"""The whole job as a user runs it: deliveries from the SFTP container, the database in the PostgreSQL container."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers import PASSWORD

from .conftest import COMPOSE, Contained

EXPECTED = json.loads((COMPOSE.parents[2] / "tests" / "core" / "example" / "expected.json").read_text())

CONNECTION = """
[connections.{kind}]
adapter = "tables"
kind = "{kind}"

[connections.{kind}.settings.sftp]
host = "127.0.0.1"
port = {port}
user = "bridge"
password = "${{env:IPVB_SFTP_PASSWORD}}"
host_key = "{host_key}"
folder = "/home/{folder}"
finished = {{ marker = ".done" }}
"""


@pytest.fixture
def configuration(sshd: Contained, postgres_url: str, folder: Path, example: Path, tmp_path: Path) -> Path:
    """The worked example with its input on the SFTP server and its database on PostgreSQL, secrets by reference."""
    for source in (example / "input").glob("*.csv"):
        shutil.copy(source, folder)
        (folder / f"{source.name}.done").touch()
    made = tmp_path / "configuration"
    shutil.copytree(example, made, ignore=shutil.ignore_patterns("input", "bridge.toml"))
    url = postgres_url.replace(PASSWORD, "${env:IPVB_POSTGRES_PASSWORD}")
    text = f'[organisation]\nname = "Voorbeeld"\n\n[database]\nurl = "{url}"\n'
    inside = str(folder.relative_to(sshd.served))
    for kind in ("ecd", "payroll", "ledger"):
        text += CONNECTION.format(kind=kind, port=sshd.port, host_key=sshd.host_key, folder=inside)
    (made / "bridge.toml").write_text(text)
    return made


def bridge(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ipvb_bridge.cli.main", "-C", str(folder), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=200)


def results(folder: Path, table: str) -> list[dict[str, Any]]:
    done = bridge(folder, "results", "2026-01", table, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_deliveries_in_and_budgets_out(configuration: Path) -> None:
    """Check, pull, calculate: the budgets of the worked example come out of the two containers to the cent."""
    for words in (("check",), ("pull",), ("calculate", "2026-01")):
        done = bridge(configuration, *words)
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
    for table in ("lines", "resident_budgets", "unit_budgets"):
        assert results(configuration, table) == EXPECTED[table]
    log = "".join(path.read_text() for path in (configuration / "log").glob("*"))
    assert log
    assert PASSWORD not in log
