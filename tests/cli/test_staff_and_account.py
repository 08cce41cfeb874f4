"""From files to export: staffing indicators, the monthly account and the quality plan of the worked example."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from ipvb_bridge.base.errors import ConfigurationErrors
from ipvb_bridge.cli.main import cli
from tests.cli.test_instruments import refused, run

PLAN = """measure_id,action,unit_id,level,kind,planned_fte,planned,start_date,end_date,motivation
M1,Extra verzorgende,D1,3,personnel,0.5,25000.00,2026-01-01,2026-12-31,
M2,Tilliften,,,other,,5000.00,2026-01-01,2026-12-31,Minder zwaar werk
"""
REALISED = """measure_id,month,fte,spent
M1,2026-01,0.4,1700.00
M2,2026-01,,300.00
"""


@pytest.fixture(scope="module")
def calculated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, pulled and calculated once."""
    folder = tmp_path_factory.mktemp("staff") / "folder"
    for words in (("init", str(folder), "--template", "example"), ("pull",), ("calculate", "2026-01")):
        run(folder, *words)
    return folder


def test_the_csv_export_of_the_indicators(calculated: Path) -> None:
    """The export holds code, name, numerator, denominator and value: 82.5 of 590 hours hired is 13.98 %."""
    done = run(
        calculated, "instrument", "staffing_indicators", "2026-01", "--table", "staffing_indicators", "--format", "csv"
    )
    rows = [row for row in csv.DictReader(io.StringIO(done.output)) if not row["unit_id"] and row["variant"] == "main"]
    hired = next(row for row in rows if row["number"] == "1.4")
    assert (hired["indicator_code"], hired["numerator"], hired["denominator"]) == ("INID013522", "82.5", "590.0")
    assert (hired["value"], hired["period_start"], hired["period_end"]) == ("13.98", "2026-01-01", "2026-01-31")


def test_the_account_carries_version_and_fingerprint(calculated: Path) -> None:
    """The account stands on the calculation that counts: its number and the fingerprint that `calculate` tells."""
    told = run(calculated, "calculate", "2026-01").output
    short = re.search(r"fingerprint (\w+)", told)
    assert short is not None
    done = run(calculated, "instrument", "monthly_account", "2026-01", "--table", "account_basis", "--format", "json")
    basis = {row["fact"]: row["value"] for row in json.loads(done.output)}
    assert basis["version"] == "1"
    assert basis["fingerprint"].startswith(short[1])
    check = run(calculated, "instrument", "monthly_account", "2026-01", "--table", "account_check", "--format", "json")
    assert {row["difference_cents"] for row in json.loads(check.output)} == {0}


def test_the_quality_plan_is_read_from_its_files(calculated: Path, tmp_path: Path) -> None:
    """Plan and report stand in instruments/; 1,700 of 2,000 is 85 %; a wrong row is refused with its place."""
    own = Path(shutil.copytree(calculated, tmp_path / "own"))
    (own / "instruments").mkdir()
    (own / "instruments" / "quality_plan.csv").write_text(PLAN, "utf-8")
    (own / "instruments" / "quality_realised.csv").write_text(REALISED, "utf-8")
    done = run(own, "instrument", "quality_plan", "2026-01", "--table", "quality_split", "--format", "json")
    rows = {row["moment"]: row for row in json.loads(done.output)}
    assert (rows["realised"]["personnel_share"], rows["realised"]["met"]) == (0.85, True)
    assert rows["plan"]["planned_fte"] == 0.5
    run(own, "instrument", "quality_plan", "2026-01")
    assert "Kwaliteitskader" in (own / "reports" / "2026-01-quality_plan.html").read_text("utf-8")
    wrong = PLAN.replace("personnel,0.5", "people,0.5")
    (own / "instruments" / "quality_plan.csv").write_text(wrong, "utf-8")
    error = refused(own, "instrument", "quality_plan", "2026-01")
    assert isinstance(error, ConfigurationErrors)
    assert "people" in str(error)


def test_a_baseline_is_read_from_the_settings(calculated: Path, tmp_path: Path) -> None:
    """instruments.quality_plan.baseline takes a month; what is no month or span is refused."""
    own = Path(shutil.copytree(calculated, tmp_path / "own"))
    method = (own / "method.toml").read_text("utf-8")
    settings = method + '\n[instruments.quality_plan]\nbaseline = "2025-12"\n'
    (own / "method.toml").write_text(settings, "utf-8")
    run(own, "instrument", "quality_plan", "2026-01")
    (own / "method.toml").write_text(settings.replace("2025-12", "december"), "utf-8")
    done = CliRunner().invoke(cli, ["-C", str(own), "instrument", "quality_plan", "2026-01"])
    assert done.exit_code != 0
