"""The installed program, from a wheel and from a checkout: what a user runs, in an environment with nothing else."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT, Environment, must, run

EXPECTED = json.loads((ROOT / "tests" / "core" / "example" / "expected.json").read_text())


def test_the_program_says_its_version(installed: Environment, tmp_path: Path) -> None:
    """`ipvb-bridge --version` runs from the wheel and names the version of the project."""
    from ipvb_bridge import __version__

    assert must(installed.program, "--version", folder=tmp_path).strip().endswith(__version__)


def test_the_wheel_brings_its_adapters(installed: Environment, tmp_path: Path) -> None:
    """Every adapter of plugins/ is listed from the wheel, and none is broken."""
    said = must(installed.program, "adapters", folder=tmp_path)
    assert "tables" in said
    assert "xaf" in said
    assert "broken" not in said


def test_an_editable_install_has_the_same_adapters(
    environment: Callable[[str], Environment], copy: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """`pip install -e` gives the same list, and an edit in the checkout counts at once."""
    made = environment("editable")
    checkout = shutil.copytree(copy, tmp_path_factory.mktemp("checkout") / "project")
    made.install("--editable", checkout)
    folder = tmp_path_factory.mktemp("elsewhere")
    said = must(made.program, "adapters", folder=folder)
    assert "tables" in said
    assert "xaf" in said
    assert "broken" not in said
    adapter = checkout / "plugins" / "generic" / "ipvb_tables" / "adapter.py"
    adapter.write_text(adapter.read_text().replace("Reads the canonical streams", "Reads all canonical streams"))
    assert "Reads all canonical streams" in must(made.program, "adapters", folder=folder)


@pytest.fixture(scope="module")
def calculated(installed: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, pulled and calculated by the installed program."""
    folder = tmp_path_factory.mktemp("example")
    must(installed.program, "init", "here", "--template", "example", folder=folder)
    must(installed.program, "-C", "here", "pull", folder=folder)
    must(installed.program, "-C", "here", "calculate", "2026-01", folder=folder)
    return folder / "here"


def results(installed: Environment, folder: Path, table: str) -> list[dict[str, Any]]:
    said = must(installed.program, "results", "2026-01", table, "--format", "json", folder=folder)
    return json.loads(said, parse_float=Decimal)


@pytest.mark.parametrize("table", ["lines", "resident_budgets", "unit_budgets", "formation"])
def test_the_installed_program_computes_the_example(installed: Environment, calculated: Path, table: str) -> None:
    """The four tables of the worked example come out of the installed wheel, value by value in its order."""

    def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        # Hours are equal to six decimals; all else is whole or text and equal as it stands.
        return [
            {
                name: round(Decimal(str(each)), 6) if isinstance(each, float | Decimal) else each
                for name, each in row.items()
            }
            for row in rows
        ]

    assert plain(results(installed, calculated, table)) == plain(EXPECTED[table])


def test_the_template_is_whole(calculated: Path, example: Path) -> None:
    """`init` lays out every file of the worked example, so that anyone can replace it by their own."""
    made = {path.relative_to(calculated) for path in calculated.rglob("*") if path.is_file()}
    assert {path.relative_to(example) for path in example.rglob("*") if path.is_file()} <= made
    with (calculated / "input" / "units.csv").open() as lines:
        assert next(csv.reader(lines))[0] == "unit_id"


def test_postgresql_without_its_driver(installed: Environment, tmp_path: Path) -> None:
    """The plain install has no driver for PostgreSQL: S02 says so, and which extra brings it."""
    url = "postgresql+psycopg://bridge@127.0.0.1:1/bridge"
    (tmp_path / "bridge.toml").write_text(f'[organisation]\nname = "x"\n\n[database]\nurl = "{url}"\n')
    done = run(installed.program, "state", folder=tmp_path)
    assert done.returncode == 3
    assert "S02" in done.stderr
    assert "postgres" in done.stderr
    assert "Traceback" not in done.stderr
