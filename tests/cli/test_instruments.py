"""The commands `instruments` and `instrument`: pages, tables and workbooks, and what they refuse."""

from __future__ import annotations

import io
import json
import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from ipvb_bridge.base.errors import ConfigurationError, UsageError
from ipvb_bridge.cli.main import cli
from ipvb_bridge.core import instruments


def run(folder: Path, *words: str) -> Result:
    done = CliRunner().invoke(cli, ["-C", str(folder), *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def refused(folder: Path, *words: str) -> BaseException | None:
    return CliRunner().invoke(cli, ["-C", str(folder), *words], standalone_mode=False).exception


@pytest.fixture(scope="module")
def calculated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, pulled and calculated once."""
    folder = tmp_path_factory.mktemp("instruments") / "folder"
    for words in (("init", str(folder), "--template", "example"), ("pull",), ("calculate", "2026-01")):
        run(folder, *words)
    return folder


@pytest.fixture
def own(calculated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(calculated, tmp_path / "own"))


def test_the_list_names_every_instrument(calculated: Path) -> None:
    """`instruments` needs no folder and lists each with the question it answers."""
    listed = CliRunner().invoke(cli, ["instruments"]).output
    for name in instruments.NAMES:
        assert name in listed


def test_all_of_them_at_once(own: Path) -> None:
    """`instruments PERIOD` makes every page that can be made, and says of the others why not."""
    done = run(own, "instruments", "2026-01")
    told = done.output + done.stderr
    for name in instruments.NAMES:
        assert re.search(rf"^{name}: ", told, re.MULTILINE), name
    assert str(own / "reports" / "2026-01-grounds.html") in done.output
    # How units are compared has no official value, so no default either.
    assert "comparison: M110" in done.stderr
    error = refused(own, "instruments", "2025-01")
    assert isinstance(error, UsageError)
    assert error.code == "M61"


def test_the_page_is_written(own: Path) -> None:
    """By default the page stands in reports/, in the organisation's language; --language and --output choose."""
    done = run(own, "instrument", "grounds", "2026-01")
    path = own / "reports" / "2026-01-grounds.html"
    assert done.output.split() == [str(path)]
    assert "Waarom zorg wordt gegeven" in path.read_text("utf-8")
    run(own, "instrument", "grounds", "2026-01", "--language", "en", "--output", str(own / "x.html"))
    assert "Why care is given" in (own / "x.html").read_text("utf-8")


def test_a_table_is_shown(calculated: Path) -> None:
    """--table shows a table with its figures as they are kept, and the findings as one of them."""
    done = run(calculated, "instrument", "grounds", "2026-01", "--table", "wellbeing", "--format", "json")
    rows = json.loads(done.output)
    lines = json.loads(run(calculated, "results", "2026-01", "lines", "--format", "json").output)
    staff = sum(line["milliminutes"] for line in lines if line["performer"] == "staff")
    assert sum(row["milliminutes"] for row in rows) == staff
    assert run(calculated, "instrument", "grounds", "2026-01", "--table", "findings", "--format", "csv").output


def test_the_rows_of_one_unit(calculated: Path) -> None:
    """With --table, --unit and --resident choose rows: what one department's roster needs."""
    words = ("instrument", "grounds", "2026-01", "--table", "wellbeing", "--format", "json")
    rows = json.loads(run(calculated, *words, "--unit", "D2").output)
    assert {row["unit_id"] for row in rows} == {"D2"}
    assert json.loads(run(calculated, *words, "--resident", "R1").output) == json.loads(run(calculated, *words).output)


def test_the_workbook_holds_every_table(own: Path) -> None:
    """--xlsx writes a sheet for each table and one for the findings."""
    run(own, "instrument", "grounds", "2026-01", "--xlsx")
    book = openpyxl.load_workbook(own / "reports" / "2026-01-grounds.xlsx")
    assert book.sheetnames == ["care_by_ground", "wellbeing", "without_ground", "findings"]
    assert book["wellbeing"]["A1"].value == "Afdeling"


def test_what_is_not_there_is_named(calculated: Path) -> None:
    """An unknown instrument (with the nearest name), table, period and subject are refused with the next step."""
    error = refused(calculated, "instrument", "ground", "2026-01")
    assert isinstance(error, UsageError)
    assert error.code == "M65"
    assert "grounds?" in error.what()
    assert "makes no table lines" in str(refused(calculated, "instrument", "grounds", "2026-01", "--table", "lines"))
    error = refused(calculated, "instrument", "grounds", "2025-01")
    assert isinstance(error, UsageError)
    assert error.code == "M61"
    for option in ("--resident", "--unit"):
        error = refused(calculated, "instrument", "grounds", "2026-01", option, "R1")
        assert isinstance(error, UsageError)
        assert error.code == "C63"


def test_an_unknown_file_is_told(own: Path) -> None:
    """A file in instruments/ that no instrument reads is told, not passed over."""
    (own / "instruments").mkdir(exist_ok=True)
    (own / "instruments" / "catalog.csv").write_text("a\n1\n")
    error = refused(own, "instrument", "grounds", "2026-01")
    assert isinstance(error, ConfigurationError)
    assert [each.code for each in error.problems()] == ["C14"]


def test_changed_settings_are_told(own: Path) -> None:
    """When a mapping, norm or setting changed since the calculation, the command says so and names the next step."""
    path = own / "norms" / "minimum_cover.csv"
    path.write_text(path.read_text("utf-8") + "D1,night,3,1\n", "utf-8")
    told = run(own, "instrument", "grounds", "2026-01", "--table", "wellbeing").stderr
    assert "run: ipvb-bridge calculate 2026-01" in told


def test_a_result_table_as_workbook(calculated: Path) -> None:
    """`results --format xlsx` gives a workbook on standard output, with euros for the cents of the table."""
    done = CliRunner().invoke(
        cli, ["-C", str(calculated), "results", "2026-01", "unit_budgets", "--format", "xlsx"], catch_exceptions=False
    )
    sheet = openpyxl.load_workbook(io.BytesIO(done.stdout_bytes))["unit_budgets"]
    rows = json.loads(run(calculated, "results", "2026-01", "unit_budgets", "--format", "json").output)
    assert sheet["B1"].value == "available_euro"
    assert [round(cell.value * 100) for cell in sheet["B"][1:]] == [row["available_cents"] for row in rows]
