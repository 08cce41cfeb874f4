"""Plug-ins of others: distributions made here, installed by pip beside the wheel, and used by the program."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import ROOT, Environment, must, run

RESIDENTS = [
    {"nummer": "1", "doelgroep": "pg", "afdeling": "A", "in_zorg": "2025-03-01", "uit_zorg": None},
    {"nummer": "2", "doelgroep": "somatic", "afdeling": "A", "in_zorg": "2025-06-01", "uit_zorg": "2026-02-10"},
]


def files_of_the_page() -> dict[str, str]:
    """The files that docs/plugins.md shows: each block starts with a comment that names its file."""
    page = (ROOT / "docs" / "plugins.md").read_text("utf-8")
    blocks = re.findall(r"```(?:toml|python)\n# (\S+)\n(.*?)```", page, re.DOTALL)
    return dict(blocks)


@pytest.fixture(scope="module")
def beside(
    environment: Callable[[str], Environment], wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """An environment with the wheel, the adapter of docs/plugins.md and a plug-in that fails at import."""
    made = environment("plugins")
    good = tmp_path_factory.mktemp("klein")
    shown = files_of_the_page()
    for name in ("pyproject.toml", "ipvb_ecd_klein.py"):
        (good / name).write_text(shown[name])
    bad = tmp_path_factory.mktemp("stuk")
    about = shown["pyproject.toml"].replace("ipvb-ecd-klein", "ipvb-ecd-stuk").replace("klein", "stuk")
    (bad / "pyproject.toml").write_text(about)
    (bad / "ipvb_ecd_stuk.py").write_text("raise RuntimeError('its library is missing')\n")
    made.install(wheel, good, bad)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A configuration whose ECD is read by the plug-in and whose payroll by the adapter of the house."""
    (tmp_path / "bridge.toml").write_text(
        '[organisation]\nname = "Voorbeeld"\n'
        + files_of_the_page()["bridge.toml"]
        + '[connections.payroll]\nadapter = "tables"\nkind = "payroll"\nsettings = { path = "." }\n'
    )
    (tmp_path / "export.json").write_text(json.dumps(RESIDENTS))
    (tmp_path / "contracts.csv").write_text(
        "contract_id,employee_id,person_key,function,level,unit_id,hours_per_week,employment,temporary,"
        "client_facing,start_date,end_date\nC1,E1,,,3,A,36,payroll,false,true,2025-01-01,\n"
    )
    return tmp_path


def test_the_page_shows_a_short_adapter() -> None:
    """The example on docs/plugins.md keeps to what the page promises: two files, and an adapter a page long."""
    shown = files_of_the_page()
    assert set(shown) == {"pyproject.toml", "ipvb_ecd_klein.py", "bridge.toml"}
    code = [line for line in shown["ipvb_ecd_klein.py"].splitlines() if line.strip()]
    assert len(code) < 80


def test_a_plugin_is_listed_with_its_distribution(beside: Environment, tmp_path: Path) -> None:
    """`adapters` names the plug-in, its distribution and version, beside the adapters of the house."""
    said = run(beside.program, "adapters", folder=tmp_path, COLUMNS="200").stdout
    (line,) = (each for each in said.splitlines() if each.split()[:1] == ["klein"])
    assert "ipvb-ecd-klein 1.0" in line
    assert "ok" in line
    assert [each.split()[0] for each in said.splitlines() if each.split()[:1] in (["tables"], ["xaf"])]


def test_a_broken_plugin_is_reported(beside: Environment, tmp_path: Path) -> None:
    """The plug-in that fails at import is listed as broken with its error; the list is whole."""
    done = run(beside.program, "adapters", folder=tmp_path, COLUMNS="200")
    (line,) = (each for each in done.stdout.splitlines() if each.split()[:1] == ["stuk"])
    assert "broken" in line
    assert "A02" in done.stdout + done.stderr
    assert "its library is missing" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_plugin_is_used_by_a_pull(beside: Environment, folder: Path) -> None:
    """A pull stores the plug-in's rows; a second pull of the same export stores nothing."""
    first = must(beside.program, "pull", folder=folder, COLUMNS="200")
    assert re.search(r"ecd +residents +2 +2 +0 +0", first), first
    assert re.search(r"ecd +stays +2 +2 +0 +0", first), first
    assert re.search(r"payroll +contracts +1 +1 +0 +0", first), first
    again = must(beside.program, "pull", "ecd", folder=folder, COLUMNS="200")
    assert re.search(r"ecd +stays +\d+ +0 +\d+ +0", again), again


def test_a_plugin_reads_without_storing(beside: Environment, folder: Path) -> None:
    """`read` shows the plug-in's rows in the canonical form."""
    said = must(beside.program, "read", "ecd", "stays", "--format", "jsonl", folder=folder)
    assert [json.loads(line)["stay_id"] for line in said.splitlines()] == ["1", "2"]
    assert not (folder / "bridge.db").exists()


def test_a_plugin_speaks_its_own_message(beside: Environment, folder: Path) -> None:
    """The error that the plug-in raises comes out with its code, its next step and the exit code of held data."""
    (folder / "export.json").unlink()
    done = run(beside.program, "check", "ecd", folder=folder, COLUMNS="200")
    assert "KLEIN01" in done.stdout + done.stderr
    assert "make a new export in Klein" in done.stdout + done.stderr
    pulled = run(beside.program, "pull", "ecd", folder=folder, COLUMNS="200")
    assert pulled.returncode == 6
    assert "KLEIN01" in pulled.stdout + pulled.stderr


def test_a_connection_on_a_broken_plugin_stops_nobody_else(beside: Environment, folder: Path) -> None:
    """A pull over three connections, one of them on the broken plug-in: the other two are stored, the run is red."""
    with (folder / "bridge.toml").open("a") as out:
        out.write('[connections.broken]\nadapter = "stuk"\n')
    done = run(beside.program, "pull", folder=folder, COLUMNS="200")
    assert done.returncode == 1
    assert "A02" in done.stdout + done.stderr
    assert re.search(r"ecd +residents +2 +2 +0 +0", done.stdout), done.stdout
    assert re.search(r"payroll +contracts +1 +1 +0 +0", done.stdout), done.stdout
