"""The command `report`: each kind is written where it should be, in the language asked for, or says why not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ipvb_bridge.base.errors import BridgeError, UsageError
from ipvb_bridge.cli.figures import report as command
from ipvb_bridge.cli.main import cli
from ipvb_bridge.reports import make

Bridge = Callable[..., Result]


def run(folder: Path, *words: str) -> Result:
    done = CliRunner().invoke(cli, ["-C", str(folder), *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture(scope="module")
def calculated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, pulled and calculated once."""
    folder = tmp_path_factory.mktemp("reports") / "folder"
    for words in (("init", str(folder), "--template", "example"), ("pull",), ("calculate", "2026-01")):
        run(folder, *words)
    return folder


def test_the_choices_are_the_kinds() -> None:
    """The kinds that the command offers are those that there are."""
    choices = next(each for each in command.params if each.name == "kind").type.choices
    assert list(choices) == list(make.Kind.__args__)


@pytest.mark.parametrize(
    ("kind", "files"),
    [
        ("period", ["2026-01.html"]),
        ("cost_price", ["2026-01-cost_price.html"]),
        ("bridge", ["2026-01-bridge.html"]),
        ("department", ["2026-01/departments/D1.html", "2026-01/departments/D2.html"]),
        (
            "statement",
            [f"2026-01/statements/{each}.html" for each in ("R1-D1", "R2-D1", "R4-D1", "R5-D1", "R3-D2", "R4-D2")],
        ),
        # R3 is on holiday that day
        ("today", [f"2026-01-14/{each}.html" for each in ("R1-D1", "R2-D1", "R4-D1", "R5-D1")]),
    ],
)
def test_each_kind_is_written(kind: str, files: list[str], calculated: Path, tmp_path: Path) -> None:
    """By default the pages of a kind stand in reports/, one for each resident and unit where there are more."""
    folder = Path(shutil.copytree(calculated, tmp_path / "own"))
    words = ("--date", "2026-01-14") if kind == "today" else ()
    done = run(folder, "report", "2026-01", "--kind", kind, *words)
    assert done.output.splitlines() == [str(folder / "reports" / file) for file in files]
    for line in done.output.splitlines():
        assert Path(line).read_text("utf-8").startswith('<!DOCTYPE html>\n<html lang="nl">')


def test_language_of_the_organisation_and_of_the_command(calculated: Path, tmp_path: Path) -> None:
    """bridge.toml says the language of reports; --language goes before it."""
    folder = Path(shutil.copytree(calculated, tmp_path / "own"))
    file = folder / "bridge.toml"
    text = file.read_text("utf-8")
    file.write_text(text.replace('language = "nl"', 'language = "en"') if 'language = "nl"' in text else
                    text.replace("[organisation]", '[organisation]\nlanguage = "en"'), "utf-8")  # fmt: skip
    one = tmp_path / "one.html"
    for words, told in ((), "Your care and budget"), (("--language", "nl"), "Uw zorg en budget"):
        run(folder, "report", "2026-01", "--kind", "statement", "--resident", "R1", "--output", str(one), *words)
        assert told in one.read_text("utf-8")
    run(folder, "report", "2026-01", "--output", str(one))
    assert "Cost price, budget and formation" in one.read_text("utf-8")


def test_more_pages_go_into_a_folder(calculated: Path, tmp_path: Path) -> None:
    """--output is a file for one page and a folder for more; a resident who moved has two statements."""
    words = ("report", "2026-01", "--kind", "statement", "--output", str(tmp_path / "there"))
    run(calculated, *words, "--resident", "R4")
    assert sorted(each.name for each in (tmp_path / "there").iterdir()) == ["R4-D1.html", "R4-D2.html"]
    run(calculated, "report", "2026-01", "--kind", "statement", "--resident", "R4", "--unit", "D2", "--output",
        str(tmp_path / "one.html"))  # fmt: skip
    assert "R4" in (tmp_path / "one.html").read_text("utf-8")


@pytest.mark.usefixtures("weasyprint")
def test_pdf(calculated: Path, tmp_path: Path) -> None:
    """--pdf writes PDF, by default with its own ending."""
    folder = Path(shutil.copytree(calculated, tmp_path / "own"))
    done = run(folder, "report", "2026-01", "--kind", "statement", "--resident", "R1", "--pdf")
    path = Path(done.output.strip())
    assert path.name == "R1-D1.pdf"
    assert path.read_bytes().startswith(b"%PDF")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--kind", "statement", "--resident", "R99"), "C61"),
        (("--kind", "department", "--unit", "D99"), "C61"),
        (("--kind", "today", "--date", "2026-02-01"), "C62"),
        (("--kind", "today", "--date", "2026-01-14", "--resident", "R99"), "C61"),
    ],
)
def test_nothing_to_show_is_said(words: tuple[str, ...], code: str, calculated: Path) -> None:
    """A resident, unit or day that is not there is an error of use with its code, and no page."""
    with pytest.raises(UsageError) as stopped:
        CliRunner().invoke(cli, ["-C", str(calculated), "report", "2026-01", *words], catch_exceptions=False)
    assert stopped.value.code == code
    assert stopped.value.next_step("nl")


def test_a_period_that_was_not_calculated(calculated: Path) -> None:
    """Every kind but today's care asks for a calculation first."""
    for kind in ("period", "statement", "department", "cost_price", "bridge"):
        with pytest.raises(BridgeError):
            CliRunner().invoke(
                cli, ["-C", str(calculated), "report", "2026-02", "--kind", kind], catch_exceptions=False
            )
