"""From files to page: departments of the worked example compared, and units of a file."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from ipvb_bridge.base.errors import CalculationError, ConfigurationError
from ipvb_bridge.cli.main import cli

SETTINGS = """
[instruments.comparison]
returns = "constant"
bandwidth = 0.10
inputs = ["actual_fte"]
outputs = ["care_hours", "present_days"]
cost = "staff_cost"
"""
FILE_SETTINGS = """
[instruments.comparison]
returns = "variable"
bandwidth = 0.05
inputs = ["x1", "x2"]
outputs = ["y"]
prices = { x1 = 1, x2 = 2.5 }
"""
FILE = """unit,measure,amount,name
A,x1,2,=1+1
A,x2,4,
A,y,1.0000,
B,x1,4.0,Huis B
B,x2,,
B,y,1,
"""


def run(folder: Path, *words: str) -> Result:
    done = CliRunner().invoke(cli, ["-C", str(folder), *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def rows(folder: Path, which: str) -> list[dict]:
    words = ("instrument", "comparison", "2026-01", "--table", which, "--format", "json")
    return list(json.loads(run(folder, *words).stdout))


@pytest.fixture(scope="module")
def calculated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, pulled and calculated."""
    folder = tmp_path_factory.mktemp("comparison") / "folder"
    run(folder, "init", str(folder), "--template", "example")
    run(folder, "pull")
    run(folder, "calculate", "2026-01")
    return folder


@pytest.fixture
def own(calculated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(calculated, tmp_path / "own"))


def choose(folder: Path, settings: str) -> None:
    with (folder / "method.toml").open("a", encoding="utf-8") as method:
        method.write(settings)


def test_departments_without_a_file(own: Path) -> None:
    """Two departments of the example: D2 could do with 35.6436 / 51.9326 of D1, which is 0.589 of its own formation."""
    choose(own, SETTINGS)
    first, second = rows(own, "comparison_scores")
    assert (first["unit"], first["technical_score"], first["place"]) == ("D1", 1, "within")
    assert second["technical_score"] == pytest.approx(35.6436 / 51.9326 * 2.2291 / 2.5972, abs=1e-9)
    assert second["minimum_cents"] == pytest.approx(first["own_cents"] * 35.6436 / 51.9326, abs=1)
    done = run(own, "instrument", "comparison", "2026-01")
    assert "changed since" not in done.stderr
    assert "Kleinschalig wonen" in (own / "reports" / "2026-01-comparison.html").read_text("utf-8")


def test_units_of_a_file(own: Path) -> None:
    """instruments/comparison_units.csv is read, a missing amount leaves a unit out, a name is no formula in a sheet."""
    choose(own, FILE_SETTINGS)
    (own / "instruments").mkdir()
    (own / "instruments" / "comparison_units.csv").write_text(FILE, "utf-8")
    (row,) = rows(own, "comparison_scores")
    assert (row["unit"], row["name"], row["minimum_cents"], row["maximum_cents"]) == ("A", "=1+1", 1200, 1260)
    assert [row["rule"] for row in rows(own, "findings")] == ["I10", "I12"]
    run(own, "instrument", "comparison", "2026-01", "--xlsx")
    sheet = openpyxl.load_workbook(own / "reports" / "2026-01-comparison.xlsx")["comparison_scores"]
    cells = [cell for line in sheet.iter_rows() for cell in line if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]


def test_returns_and_bandwidth_are_asked_for(own: Path) -> None:
    """Without settings the command says which are needed (M110); without bandwidth they are refused."""
    words = ["-C", str(own), "instrument", "comparison", "2026-01"]
    with pytest.raises(CalculationError, match="M110"):
        CliRunner().invoke(cli, words, catch_exceptions=False)
    choose(own, SETTINGS.replace("bandwidth = 0.10\n", ""))
    with pytest.raises(ConfigurationError, match="C04"):
        CliRunner().invoke(cli, words, catch_exceptions=False)
