"""`ipvb-bridge demo`, as a newcomer runs it: first run, second run, and what stands there afterwards."""

from __future__ import annotations

import base64
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

from ipvb_bridge.demo.house import DEPARTMENTS, MONTH

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
    found = re.findall(r"^ *(?:zorgdossier|zorgadministratie|salaris|grootboek) +(\w+) +(.*?) *$", text, re.MULTILINE)
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
    """All streams of the four connections come over FHIR, SFTP and from the audit file; read = accepted + held."""
    table = rows(demo.first.out)
    assert set(table) == {
        "units", "residents", "stays", "absences", "indications", "care_agreements", "opt_outs", "conversations",
        "satisfaction", "contracts", "hours", "wages", "accounts", "cost_centres", "ledger_lines",
    }  # fmt: skip
    for stream, shown in table.items():
        read, accepted, unchanged, held = (int(number.replace(",", "")) for number in shown)
        assert read == accepted + unchanged + held > 0, stream
        assert unchanged == 0


def test_what_was_held_back_is_told_with_its_reason(demo: Both) -> None:
    """The faults of ECD and files stand on the terminal: place, key, why, and what to do."""
    for told in (
        "CarePlan/Z90001",
        "CarePlan/Z90002",
        "CarePlan/Z90003",
        "A9001",
        "T0013",
        "level holds 9",
        "minutes holds 1800",
        "lies before",
        "more than once",
        "->",
    ):
        assert told in demo.first.out


def test_the_second_run_pulls_only_what_changed(demo: Both) -> None:
    """Files that did not change are not read, five agreements and a resident are new, and the demo says so."""
    table = rows(demo.second.out)
    same = {stream for stream, shown in table.items() if "no new delivery" in shown}
    assert set(table) - same == {"units", "residents", "stays", "indications", "care_agreements"}
    taken = {stream: int(table[stream][1]) for stream in set(table) - same}
    agreements = taken.pop("care_agreements")
    assert taken == {"units": 0, "residents": 1, "stays": 1, "indications": 1}
    assert 5 + 8 <= agreements <= 5 + 14
    assert "Only what changed was pulled: 11 of 15 streams brought nothing new" in demo.second.out
    assert "version 2" in demo.second.out
    assert "Against version 1" in demo.second.out


def planned(text: str) -> int:
    """How many things the plan on the terminal writes."""
    found = re.search(r"Plan \d+ by demo: (\d+) to write", text)
    assert found
    return int(found[1])


def held(demo: Both, type_: str) -> list[dict]:
    """What the ECD holds of one type of record."""
    everything = json.loads((demo.folder / "systems" / "ecd" / "resources.json").read_text("utf-8"))
    return [each for each in everything if each["resourceType"] == type_]


def test_the_first_run_writes_everything_back(demo: Both) -> None:
    """The difference is told per location, two people sign, and all of it reads back as confirmed."""
    out = demo.first.out
    for told in ("De Linde", "Het Baken", "Zonnehof", "overzichten", "gesprekken", "rooster", "zorgvandaag"):
        assert told in out
    assert planned(out) > 300 + 290 + 12
    assert "Signed by anna and bram" in out
    assert f"{planned(out)} written, read back and confirmed; 0 not delivered" in out
    assert "(as signed)" in out


def test_the_second_run_sends_only_what_changed(demo: Both) -> None:
    """Five statements, the care of those residents and of a new one, and the rosters of their departments go out;
    nothing else is written a second time.
    """
    statements = figures(demo, "resident_budgets")
    assert 5 + 6 + 1 <= planned(demo.second.out) <= 5 + 6 + 5
    assert f"Only what changed was sent: {planned(demo.second.out)} written, read back" in demo.second.out
    documents = held(demo, "DocumentReference")
    assert len(documents) == len(statements)
    versions = sorted(int(each["meta"]["versionId"]) for each in documents)
    assert versions == [1] * (len(documents) - 5) + [2] * 5


def test_the_ecd_holds_pages_for_people(demo: Both) -> None:
    """The statement that the demo names stands in the ECD, as the resident's page, with the figures of the results."""
    found = re.search(r"holds (\S+) as (DocumentReference/\S+), sha256:", demo.first.out)
    assert found
    key, reference = found[1], found[2]
    document = next(each for each in held(demo, "DocumentReference") if each["id"] == reference.partition("/")[2])
    assert key in {each["value"] for each in document["identifier"]}
    _, _, resident, unit = key.split("/")
    assert document["subject"]["reference"] == f"Patient/{resident}"
    binary = document["content"][0]["attachment"]["url"].partition("/")[2]
    page = next(each for each in held(demo, "Binary") if each["id"] == binary)
    shown = html.fromstring(base64.b64decode(page["data"]).decode()).text_content()
    row = next(
        row
        for row in figures(demo, "resident_budgets", "--version", "1")
        if (row["resident_id"], row["unit_id"]) == (resident, unit)
    )
    euros = f"{row['required_cents'] // 100:,}".replace(",", ".") + f",{row['required_cents'] % 100:02d}"
    assert euros in shown


def test_conversations_and_rosters_stand_where_they_belong(demo: Both) -> None:
    """Who had no conversation has a task in the ECD; each department has its roster as CSV and JSON on the server,
    under its own name only.
    """
    tasks = held(demo, "Task")
    assert 40 <= len(tasks) <= 90
    assert {each["status"] for each in tasks} == {"requested"}
    rosters = {path.name for path in (demo.folder / "systems" / "sftp" / "rooster").iterdir()}
    assert {f"roster_{MONTH}_{each.unit_id}.{end}" for each in DEPARTMENTS for end in ("csv", "json")} == rosters


def test_care_today_stands_in_the_ecd_in_words(demo: Both) -> None:
    """Each resident has one record of care that holds on, in Dutch and by day part; our own plans are not pulled."""
    care = [each for each in held(demo, "CarePlan") if each.get("title") == "Uw zorg vandaag"]
    assert 290 <= len(care) <= 310
    assert len({each["subject"]["reference"] for each in care}) == len(care)
    for each in care:
        assert "period" not in each
        assert each["description"].splitlines()[0] in ("Ochtend", "Middag", "Avond", "Nacht")
    first, second = (int(rows(ran.out)["care_agreements"][0].replace(",", "")) for ran in (demo.first, demo.second))
    assert second - first < 20


def test_an_unknown_department_has_no_roster(demo: Both) -> None:
    """D99, which only occurs in hours, is not planned: it is told with the reason and the next step."""
    assert "the roster of D99 is held back" in demo.first.out
    assert "add the department" in demo.first.out
    shown = bridge("-C", str(demo.folder), "publish", MONTH, "--format", "json")
    assert [(each["code"], each["seen"]) for each in json.loads(shown.out)["held"]] == [("W06", "D99")]
    assert shown.code == 6


def test_the_pages_it_names_are_there(demo: Both) -> None:
    """The report, the statement and care today that the demo names are files."""
    named = [Path(line.strip()) for line in demo.second.out.splitlines() if line.strip().endswith(".html")]
    assert len(named) == 3
    assert all(path.is_file() for path in named)


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
    # A plan of a patient who is not there.
    assert any("B99999" in str(row) for row in json.loads(shown.out))


def test_no_secret_leaves_its_file(demo: Both) -> None:
    """Password, token and private keys stand in one file each, for its owner alone; not in log, database or on
    screen."""
    systems = demo.folder / "systems"
    written = [path for path in demo.folder.rglob("*") if path.is_file()]
    for secret in (
        systems / "sftp/password",
        systems / "ecd/token",
        systems / "sleutels/anna",
        systems / "sleutels/bram",
        systems / "sleutels/pseudoniem",
    ):
        lines = secret.read_text().strip().splitlines()
        inside = lines[len(lines) // 2]
        assert secret.stat().st_mode & 0o077 == 0
        assert [path for path in written if inside.encode() in path.read_bytes()] == [secret]
        assert inside not in demo.first.out + demo.second.out


def test_people_are_joined_on_a_key_and_no_bsn_is_kept(demo: Both) -> None:
    """Whoever has an indication in the office's files has it, one stranger waits, and no BSN left the systems."""
    work = figures(demo, "work_list")
    assert [each["record"] for each in work if each["kind"] == "indication_without_resident"] == ["I10900"]
    assert sum(each["kind"] == "resident_moved" for each in work) == 4
    assert sum(each["kind"] == "resident_without_indication" for each in work) == 2
    assert "Work list: indication without a resident 1, " in demo.first.out
    systems = demo.folder / "systems"
    patients = held(demo, "Patient")
    numbers = [each["value"].encode() for patient in patients for each in patient["identifier"]]
    assert len(set(numbers)) == len(patients) > 300
    kept = [path for path in demo.folder.rglob("*") if path.is_file() and not path.is_relative_to(systems)]
    assert demo.folder / "bridge.db" in kept
    for path in kept:
        content = path.read_bytes()
        assert not any(number in content for number in numbers), path
    assert not any(number.decode() in demo.first.out + demo.second.out for number in numbers)


def test_read_files_are_archived(demo: Both) -> None:
    """What was read and stored was moved to the archive on the server; nothing waits any more."""
    for system in ("zorgadministratie", "salaris"):
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


def test_a_folder_of_an_older_demo_is_left_alone(tmp_path: Path) -> None:
    """A demo folder without an ECD, as earlier versions made it, is refused with what to do."""
    (tmp_path / "systems").mkdir()
    (tmp_path / "systems" / "deliveries").write_text("1\n")
    ran = bridge("demo", str(tmp_path))
    assert ran.code == 2
    assert "C80" in ran.err


def test_it_speaks_dutch_where_the_terminal_does(demo: Both) -> None:
    """With a Dutch terminal the third run says in Dutch what it did."""
    ran = bridge("demo", str(demo.folder), language="nl")
    assert ran.code == 0, ran.err
    assert "Alleen wat veranderde is opgehaald" in ran.out
    assert "Alleen wat veranderde is verstuurd" in ran.out
    assert "Ondertekend door anna en bram" in ran.out
    assert "Apart gehouden, en waarom" in ran.out


def test_a_demo_that_is_killed_while_it_sends_goes_on_where_it_was(tmp_path: Path) -> None:
    """Killed with -9 half way through the sending: the next run completes it; each key stands there once, as signed."""
    folder = tmp_path / "demo"
    command = [sys.executable, "-m", "ipvb_bridge.cli.main", "demo", str(folder)]
    environment = {**os.environ, "IPVB_BRIDGE_LANGUAGE": "en", "PYTHONPATH": os.pathsep.join(sys.path)}
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    written = folder / "systems" / "ecd" / "written.jsonl"
    until = time.monotonic() + 200
    while not written.is_file() or written.read_bytes().count(b"\n") < 150:
        assert running.poll() is None
        assert time.monotonic() < until
        time.sleep(0.02)
    running.kill()
    running.wait(10)
    before = written.read_bytes().count(b"\n")
    again = bridge("demo", str(folder))
    assert again.code == 0, again.out + again.err
    assert "0 not delivered" in again.out
    assert not written.exists()
    records = json.loads((folder / "systems" / "ecd" / "resources.json").read_text("utf-8"))
    ours = [
        each["value"]
        for record in records
        for each in record.get("identifier", [])
        if each.get("system") == "urn:ipvb-bridge"
    ]
    assert len(ours) == len(set(ours)) > 600 > before
    shown = bridge("-C", str(folder), "publish", MONTH, "--format", "json")
    assert (json.loads(shown.out)["items"], json.loads(shown.out)["under_way"]) == ([], 0)
