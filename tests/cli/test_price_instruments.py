"""From files to pages: the cost price, the care price, the causes of a change and the scenarios, over two months."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.cli.main import cli

NAMES = ("kopi", "care_price", "price_change", "scenarios")
SCENARIO = '\n[instruments.scenarios.loon]\ndescription = "Lonen 3 % hoger"\nwages = 0.03\n'


def run(folder: Path, *words: str) -> Result:
    done = CliRunner().invoke(cli, ["-C", str(folder), *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done


def table(folder: Path, name: str, which: str) -> list[dict]:
    words = ("instrument", name, "2026-01", "--table", which, "--format", "json")
    return list(json.loads(run(folder, *words).stdout))


@pytest.fixture(scope="module")
def calculated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, pulled, with December and January calculated, and a scenario."""
    folder = tmp_path_factory.mktemp("prices") / "folder"
    run(folder, "init", str(folder), "--template", "example")
    for words in (("pull",), ("calculate", "2025-12"), ("calculate", "2026-01")):
        run(folder, *words)
    with (folder / "method.toml").open("a", encoding="utf-8") as method:
        method.write(SCENARIO)
    return folder


@pytest.fixture
def own(calculated: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(calculated, tmp_path / "own"))


@pytest.mark.parametrize("name", NAMES)
def test_page_and_workbook(own: Path, name: str) -> None:
    """The page and a workbook with euros as numbers are written; a scenario needs no new calculation."""
    done = run(own, "instrument", name, "2026-01")
    assert "changed since" not in done.stderr
    assert "Stichting Voorbeeld" in (own / "reports" / f"2026-01-{name}.html").read_text("utf-8")
    run(own, "instrument", name, "2026-01", "--xlsx")
    book = openpyxl.load_workbook(own / "reports" / f"2026-01-{name}.xlsx")
    assert len(book.sheetnames) >= 4


def test_two_months_beside_each_other(calculated: Path) -> None:
    """Both calculated months stand in the tables, and the causes of the change of the cost of care are that change."""
    periods = {row["period"] for row in table(calculated, "kopi", "prices_over_time")}
    assert periods == {"2025-12", "2026-01"}
    assert {row["period"] for row in table(calculated, "care_price", "gink")} == periods
    rows = table(calculated, "price_change", "care_cost_changes")
    change = sum(row["change_cents"] for row in rows)
    assert change == sum(row[f"{cause}_cents"] for row in rows for cause in ("volume", "mix", "rate", "allocation"))
    # The window is fixed, so prices are the same: what changed is who was there and what was agreed.
    assert change != 0
    assert sum(abs(row["change_cents"] or 0) for row in table(calculated, "price_change", "price_changes")[1:]) == 0


def test_a_scenario_beside_the_calculation(calculated: Path) -> None:
    """Three per cent on wages: the worked example's hour of level 3 goes from 68.99 to 70.17."""
    rows = {row["key"]: row for row in table(calculated, "scenarios", "scenario_prices")}
    assert (rows["3"]["base_cents"], rows["3"]["scenario_cents"]) == (6_899, 7_017)


def test_a_setting_that_changed_after_the_calculation(own: Path) -> None:
    """The base is worked out with the settings of now: where they differ from the calculation's, I31 says so."""
    method = own / "method.toml"
    method.write_text(method.read_text("utf-8").replace("3 = 0.75", "3 = 0.70"), "utf-8")
    findings = table(own, "scenarios", "findings")
    assert [row["rule"] for row in findings] == ["I31"]
    assert "ipvb-bridge calculate 2026-01" in findings[0]["next_step"]


def test_a_month_that_was_not_calculated(own: Path) -> None:
    """A chosen month without a calculation is refused, with the command that calculates it."""
    with (own / "method.toml").open("a", encoding="utf-8") as method:
        method.write('\n[instruments.price_change]\nearlier = "2025-06"\n')
    error = (
        CliRunner()
        .invoke(cli, ["-C", str(own), "instrument", "price_change", "2026-01"], standalone_mode=False)
        .exception
    )
    assert isinstance(error, CalculationError)
    assert "ipvb-bridge calculate 2025-06" in error.next_step("en")
