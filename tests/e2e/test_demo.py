"""`ipvb-bridge demo`, as a newcomer runs it: first run, second run, and what stands there afterwards."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from lxml import html

from ipvb_bridge.demo.house import MONTH

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str
    seconds: float


def bridge(*arguments: str, language: str = "en") -> Ran:
    environment = {**os.environ, "IPVB_BRIDGE_LANGUAGE": language, "COLUMNS": "200", "PYTHONPATH": str(ROOT)}
    started = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "ipvb_bridge.cli.main", *arguments],
        capture_output=True, text=True, env=environment, timeout=240,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr, time.monotonic() - started)


@dataclass(frozen=True)
class Both:
    folder: Path
    first: Ran
    report: str
    second: Ran


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Both:
    folder = tmp_path_factory.mktemp("newcomer") / "demo"
    first = bridge("demo", str(folder))
    report = (folder / "reports" / f"{MONTH}.html").read_text("utf-8") if first.code == 0 else ""
    return Both(folder, first, report, bridge("demo", str(folder)))


def rows(text: str) -> dict[str, list[str]]:
    """The table of pulled streams: stream -> what stands behind it."""
    found = re.findall(r"^ *(?:zorgdossier|salaris|grootboek) +(\w+) +(.*?) *$", text, re.MULTILINE)
    return {stream: re.split(r" {2,}", rest) for stream, rest in found}


def figures(demo: Both, table: str, *more: str) -> list[dict]:
    shown = bridge("-C", str(demo.folder), "results", MONTH, table, "--format", "json", *more)
    assert shown.code == 0, shown.err
    return json.loads(shown.out)


def test_both_runs_end_well(demo: Both) -> None:
    """The first and the second run end with exit code 0 and without a word on standard error."""
    for ran in (demo.first, demo.second):
        assert ran.code == 0, ran.out + ran.err
        assert ran.err == ""


def test_the_first_run_pulls_everything(demo: Both) -> None:
    """All streams of the three connections are read over SFTP and from the audit file; read = accepted + held."""
    table = rows(demo.first.out)
    assert set(table) == {
        "units", "residents", "stays", "absences", "indications", "care_agreements", "opt_outs", "conversations",
        "satisfaction", "contracts", "hours", "wages", "accounts", "cost_centres", "ledger_lines",
    }  # fmt: skip
    for stream, shown in table.items():
        read, accepted, unchanged, held = (int(number.replace(".", "")) for number in shown)
        assert read == accepted + unchanged + held > 0, stream
        assert unchanged == 0


def test_what_was_held_back_is_told_with_its_reason(demo: Both) -> None:
    """The faults of the delivery stand on the terminal: place, key, why, and what to do."""
    for told in (
        "Z90001",
        "Z90002",
        "Z90003",
        "Z90004",
        "A9001",
        "level holds 9",
        "lies before",
        "more than once",
        "->",
    ):
        assert told in demo.first.out


def test_the_second_run_pulls_only_what_changed(demo: Both) -> None:
    """Only the four streams with a new file are read, five agreements and a resident are new, and the demo says so."""
    table = rows(demo.second.out)
    read = {stream for stream, shown in table.items() if "no new delivery" not in shown}
    assert read == {"residents", "stays", "indications", "care_agreements"}
    taken = {stream: int(table[stream][1]) for stream in read}
    agreements = taken.pop("care_agreements")
    assert taken == {"residents": 1, "stays": 1, "indications": 1}
    assert 5 + 8 <= agreements <= 5 + 14
    assert "Only what changed was pulled: 11 of 15 streams had no new delivery" in demo.second.out
    assert "version 2" in demo.second.out
    assert "Against version 1" in demo.second.out


def test_figures_are_plausible(demo: Both) -> None:
    """Balance within five per cent, prices between 35 and 95 euros, formation gap small, the bridge closed."""
    total = next(row for row in figures(demo, "unit_budgets") if row["unit_id"] == "ORG")
    assert abs(total["balance_cents"]) < 0.05 * total["available_cents"]
    prices = [row["price_cents"] for row in figures(demo, "cost_prices") if row["kind"] == "level"]
    assert len(prices) == 7
    assert 3500 < min(prices) < max(prices) < 9500
    formation = figures(demo, "formation")
    required, actual = (sum(row[name] for row in formation) for name in ("required_fte", "actual_fte"))
    assert abs(actual - required) < 0.03 * required
    bridge_rows = figures(demo, "bridge")
    ledger = sum(row["cents"] for row in bridge_rows if row["part"] == "ledger_cost")
    assert ledger == sum(row["cents"] for row in bridge_rows if row["part"] != "ledger_cost")
    assert abs(ledger - total["required_cents"]) < 0.05 * ledger


def test_the_report_holds_every_resident_and_adds_up(demo: Both) -> None:
    """Each resident of the first version stands on the page, and the organisation's figures are the sum of them."""
    root = html.fromstring(demo.report)
    budgets = figures(demo, "resident_budgets", "--version", "1")
    assert len(budgets) > 300
    ids = set(root.xpath("//@id"))
    assert {f"b-{row['resident_id']}-{row['unit_id']}" for row in budgets} <= ids
    shown = [
        int(re.sub(r"[^0-9-]", "", cell.text_content()))
        for cell in root.xpath("//details[contains(@class, 'person')]/summary/span[@data-l='nodig']")
    ]
    assert sum(shown) == sum(row["required_cents"] for row in budgets)
    assert len(shown) == len(budgets)
    assert "Fictieve tarieven" in demo.report
    assert "De brug sluit niet" not in demo.report


def test_every_rule_finds_what_was_put_in(demo: Both) -> None:
    """The demo's faults come out as findings: wages, indication, care without stay, unknown unit, unmapped code."""
    shown = bridge("-C", str(demo.folder), "reconcile", MONTH, "--format", "json")
    found = {(row["rule"], row["subject"]) for row in json.loads(shown.out)}
    assert {("R01", "2025-03"), ("R01", "2025-12"), ("R08", "BESCH")} <= found
    assert {"R02", "R04", "R05", "R10"} <= {rule for rule, _ in found}


def test_no_secret_leaves_its_file(demo: Both) -> None:
    """The password stands in one file for its owner alone; not in log, database, report or on screen."""
    secret = demo.folder / "systems" / "sftp" / "password"
    password = secret.read_text().strip()
    assert secret.stat().st_mode & 0o077 == 0
    holds = [path for path in demo.folder.rglob("*") if path.is_file() and password.encode() in path.read_bytes()]
    assert holds == [secret]
    assert password not in demo.first.out + demo.second.out


def test_read_files_are_archived(demo: Both) -> None:
    """What was read and stored was moved to the archive on the server; nothing waits any more."""
    for system in ("zorgdossier", "salaris"):
        drop = demo.folder / "systems" / "sftp" / system
        assert not list(drop.glob("*.csv"))
        assert list((drop / "gelezen").glob("*.csv"))


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    """In a folder with other files the demo does nothing and says what to do."""
    (tmp_path / "mine.txt").write_text("mine")
    ran = bridge("demo", str(tmp_path))
    assert ran.code == 2
    assert "C80" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_it_speaks_dutch_where_the_terminal_does(demo: Both) -> None:
    """With a Dutch terminal the third run says in Dutch what it did."""
    ran = bridge("demo", str(demo.folder), language="nl")
    assert ran.code == 0, ran.err
    assert "Alleen wat veranderde is opgehaald" in ran.out
    assert "Apart gehouden, en waarom" in ran.out
