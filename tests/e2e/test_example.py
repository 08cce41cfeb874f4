"""The worked example from a user's shell: init, pull, calculate, results; and what happens when something moves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXPECTED = json.loads((ROOT / "tests" / "core" / "example" / "expected.json").read_text())

Bridge = Callable[..., subprocess.CompletedProcess[str]]


def run(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the program in a process of its own, with the configuration of ``folder``."""
    command = [sys.executable, "-m", "ipvb_bridge.cli.main", "-C", str(folder), *words]
    env = {**os.environ, "IPVB_BRIDGE_LANGUAGE": "en", **environment}
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120)


def table(folder: Path, name: str, *words: str) -> list[dict[str, Any]]:
    done = run(folder, "results", "2026-01", name, "--format", "json", *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def calculated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, pulled and calculated once."""
    folder = tmp_path_factory.mktemp("example") / "folder"
    for words in (("init", str(folder), "--template", "example"), ("pull",), ("calculate", "2026-01")):
        done = run(folder, *words)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def own(calculated: Path, tmp_path: Path) -> Path:
    """A copy of the calculated example that a test may change."""
    return Path(shutil.copytree(calculated, tmp_path / "own"))


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


@pytest.mark.parametrize("name", ["lines", "resident_budgets", "unit_budgets"])
def test_budgets_are_those_of_the_example(calculated: Path, name: str) -> None:
    """Lines and budgets are equal to the cent and the milliminute, in the order of the example."""
    assert table(calculated, name) == EXPECTED[name]


def test_formation_is_that_of_the_example(calculated: Path) -> None:
    """Formation is equal to six decimals."""
    found = table(calculated, "formation")
    assert [list(row) for row in found] == [list(row) for row in EXPECTED["formation"]]
    for row, expected in zip(found, EXPECTED["formation"], strict=True):
        for column, value in expected.items():
            assert row[column] == (value if isinstance(value, str) else pytest.approx(value, abs=1e-6, rel=0))


def test_cost_prices_are_those_of_the_example(calculated: Path) -> None:
    """Price, cost and units of each level and component, and the GINK."""
    rows = table(calculated, "cost_prices")
    expected = EXPECTED["cost_prices"]
    level = {row["key"]: row for row in rows if row["kind"] == "level"}
    component = {row["key"]: row for row in rows if row["kind"] == "component"}
    assert {key: row["price_cents"] for key, row in level.items()} == expected["hourly_price_cents"]
    assert {key: row["cost_cents"] for key, row in level.items()} == expected["cost_per_level"]
    assert {key: row["units"] for key, row in level.items()} == expected["client_hours"]
    assert {key: row["price_cents"] for key, row in component.items()} == expected["day_price_cents"]
    assert {key: row["cost_cents"] for key, row in component.items()} == {
        key: cents for key, cents in expected["final_pools"].items() if key != "care"
    }
    assert [row["price_cents"] for row in rows if row["kind"] == "gink"] == [expected["gink_cents"]]
    assert sum(row["cost_cents"] or 0 for row in rows) == expected["total_cents"]


def test_bridge_is_that_of_the_example(calculated: Path) -> None:
    """Every part of the bridge, and it adds up to the cent."""
    rows = table(calculated, "bridge")
    expected = EXPECTED["bridge"]
    parts = {f"{row['part']}_cents": row["cents"] for row in rows if row["level"] is None}
    unabsorbed = {row["level"]: row["cents"] for row in rows if row["part"] == "unabsorbed"}
    assert unabsorbed == expected["unabsorbed_cents"]
    assert parts == {name: cents for name, cents in expected.items() if name != "unabsorbed_cents"}
    assert sum(row["cents"] for row in rows if row["part"] != "ledger_cost") == parts["ledger_cost_cents"]


def test_every_table_can_be_shown(calculated: Path) -> None:
    """The tables that the command line names are those that a calculation makes, in each format."""
    from ipvb_bridge.cli.figures import TABLES

    made = run(calculated, "calculate", "2026-01").stdout
    for name in TABLES:
        assert name in made
        assert run(calculated, "results", "2026-01", name, "--format", "csv").stdout.count("\n") >= 1
    assert run(calculated, "results", "2026-01", "bridge").stdout.count("unabsorbed") == 7


def test_same_inputs_give_no_new_version(own: Path) -> None:
    """Pulling and calculating again finds the same payload and the same fingerprint."""
    again = run(own, "pull")
    assert again.returncode == 0
    assert again.stdout.count("same as before") == 17
    done = run(own, "calculate", "2026-01")
    assert "nothing changed since version 1" in done.stdout


def test_changed_agreement_gives_a_version_that_says_what_moved(own: Path) -> None:
    """One agreement changes: one row is accepted, a second version stands beside the first, and --compare says why."""
    before = table(own, "resident_budgets")
    edit(
        own / "input" / "care_agreements.csv",
        "morning,3,staff,wlz,self_care,false,35,1,day",
        "morning,3,staff,wlz,self_care,false,45,1,day",
    )
    pulled = run(own, "pull", "ecd", "--stream", "care_agreements")
    assert pulled.returncode == 0, pulled.stderr
    numbers = next(line for line in pulled.stdout.splitlines() if "care_agreements" in line).split()
    assert numbers[2:7] == ["15", "1", "14", "0", "0"]
    assert "version 2" in run(own, "calculate", "2026-01").stdout
    assert table(own, "resident_budgets", "--version", "1") == before
    after = {row["resident_id"]: row for row in table(own, "resident_budgets") if row["unit_id"] == "D1"}
    # 27 days present x 10 more minutes at 68.99 an hour.
    assert after["R1"]["care_cents"] - before[0]["care_cents"] == round(27 * 10 * 6899 / 60)
    compared = run(own, "results", "2026-01", "--compare").stdout
    assert "rows/care_agreements" in compared
    assert "0 new, 1 changed, 0 gone" in compared
    assert "G01 D1" in compared


def test_changed_setting_is_a_cause_too(own: Path) -> None:
    """A changed tariff is named as the cause of what moved."""
    edit(own / "norms" / "tariffs.csv", "298.04", "300.04")
    assert run(own, "calculate", "2026-01").returncode == 0
    compared = run(own, "results", "2026-01", "--compare").stdout
    assert "norms/tariffs" in compared
    assert "rows/" not in compared


def test_compare_needs_two_versions(own: Path) -> None:
    """With one version there is nothing to compare, and the message says what to do."""
    done = run(own, "results", "2026-01", "--compare")
    assert done.returncode == 2
    assert "M64" in done.stderr


def test_results_of_a_period_that_was_not_calculated(own: Path) -> None:
    """The message names the periods that were."""
    done = run(own, "results", "2026-02", "bridge")
    assert done.returncode == 2
    assert "M61" in done.stderr
    assert "2026-01" in done.stderr


def test_unmapped_money_stops_the_calculation_and_is_named(own: Path) -> None:
    """Without a mapping row for wages, the calculation names account and amount; the earlier version stays."""
    edit(own / "mappings" / "accounts.csv", "410000,417999,wages\n", "410000,410999,wages\n")
    done = run(own, "calculate", "2026-01")
    assert done.returncode == 1
    assert "accounts 411000: 3 rows, 26644.33" in done.stderr
    listed = run(own, "mappings")
    assert "411000" in listed.stdout
    assert "2664433" in listed.stdout
    suggested = run(own, "mappings", "suggest", "--format", "csv").stdout
    assert "accounts,411000,Lonen zorg,wages," in suggested
    assert table(own, "resident_budgets") == EXPECTED["resident_budgets"]


def test_mended_mapping_needs_no_new_pull(own: Path) -> None:
    """Codes are stored as delivered: a mapping that is broken and mended changes results without a pull."""
    path = own / "mappings" / "cost_centres.csv"
    edit(path, "3003,cleaning", "3003,meals")
    assert "version 2" in run(own, "calculate", "2026-01").stdout
    edit(path, "3003,meals", "3003,cleaning")
    assert "nothing changed since version 1" in run(own, "calculate", "2026-01").stdout
    assert table(own, "resident_budgets") == EXPECTED["resident_budgets"]


def test_calculating_without_data_says_so(tmp_path: Path) -> None:
    """A calculation before any pull names what is empty."""
    run(tmp_path / "new", "init", str(tmp_path / "new"), "--template", "example")
    done = run(tmp_path / "new", "calculate", "2026-01")
    assert done.returncode == 1
    assert "M62" in done.stderr


def test_same_key_from_two_connections_stops(own: Path) -> None:
    """Two connections that deliver the same residents are not merged silently."""
    with (own / "bridge.toml").open("a") as file:
        file.write(
            '\n[connections.second]\nadapter = "tables"\nkind = "ecd"\nstreams = ["residents"]\n'
            'settings = { path = "input" }\n'
        )
    assert run(own, "pull", "second").returncode == 0
    done = run(own, "calculate", "2026-01")
    assert done.returncode == 1
    assert "M63" in done.stderr


def test_reconcile_and_report(own: Path) -> None:
    """Findings can be listed and the page is written; both use the newest version."""
    found = run(own, "reconcile", "2026-01", "--format", "json")
    assert found.returncode == 0, found.stderr
    assert {row["rule"] for row in json.loads(found.stdout)}
    done = run(own, "report", "2026-01")
    assert done.returncode == 0, done.stderr
    assert "R1" in Path(done.stdout.strip()).read_text("utf-8")
