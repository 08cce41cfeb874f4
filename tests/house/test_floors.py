"""The floors of the house: who may import whom, and that the check would notice a trespasser."""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from pathlib import Path

import pytest

from .conftest import ROOT, run

LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> tuple[int, str]:
    """Run import-linter on the project in that folder, and not on another that happens to be installed."""
    paths = os.pathsep.join(map(str, (folder, *sorted((folder / "plugins").iterdir()))))
    done = run(LINT, "--no-cache", folder=folder, PYTHONPATH=paths)
    return done.returncode, done.stdout + done.stderr


def test_the_house_keeps_its_floors() -> None:
    """Every contract in pyproject.toml is kept."""
    code, said = lint(ROOT)
    assert code == 0, said
    assert " 0 broken" in said


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("ipvb_bridge/core/rounding.py", "import ipvb_bridge.store.database", "Floors of the house"),
        ("ipvb_bridge/plugin/adapter.py", "import ipvb_bridge.pipeline.pull", "Floors of the house"),
        ("ipvb_bridge/cli/output.py", "import ipvb_tables", "The house names no adapter"),
        ("plugins/generic/ipvb_tables/config.py", "import ipvb_bridge.store.load", "An adapter sees"),
        ("plugins/generic/ipvb_tables/config.py", "import ipvb_bridge.core.rounding", "An adapter sees"),
        ("plugins/generic/ipvb_tables/config.py", "import ipvb_ledger_xaf", "Adapters stand alone"),
    ],
)
def test_a_trespasser_is_caught(copy: Path, tmp_path: Path, file: str, line: str, contract: str) -> None:
    """One import up the stairs, or from an adapter into the rooms, breaks its contract by name."""
    planted = shutil.copytree(copy, tmp_path / "planted")
    with (planted / file).open("a") as out:
        out.write(f"\n{line}  # planted\n")
    code, said = lint(planted)
    assert code == 1, said
    broken = [each for each in said.splitlines() if " BROKEN" in each]
    assert any(each.startswith(contract) for each in broken), said


def test_every_adapter_is_watched() -> None:
    """Each adapter of plugins/ stands in the lists of import-linter and mypy: a new one cannot be forgotten."""
    adapters = {folder.name for folder in ROOT.glob("plugins/*/ipvb_*") if folder.suffix != ".egg-info"}
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]
    contracts = {each["name"]: each for each in tools["importlinter"]["contracts"]}
    assert adapters <= set(tools["mypy"]["packages"])
    assert adapters <= set(tools["importlinter"]["root_packages"])
    for contract in contracts.values():
        for key in ("source_modules", "forbidden_modules", "modules"):
            if any(name in adapters for name in contract.get(key, ())):
                assert adapters <= set(contract[key]), contract["name"]


def test_the_core_does_no_io() -> None:
    """No module of the core opens files, sockets, databases or clocks: it maps frames to frames."""
    forbidden = ("sqlalchemy", "sqlite3", "socket", "httpx", "paramiko", "subprocess", "open(", ".now(", "read_csv(")
    found = [
        f"{path.name}: {word}"
        for path in sorted((ROOT / "ipvb_bridge" / "core").rglob("*.py"))
        for word in forbidden
        if word in path.read_text("utf-8")
    ]
    assert found == []
