"""Two systems that share only the BSN: an ECD over FHIR and indications of an office, from pull to budget."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ipvb_bridge.demo.systems import fhir_resources
from ipvb_bridge.demo.systems.fhir import Simulated, serve
from tests.plugin.test_bsn import INVENTED
from tests.plugins.fhir.conftest import canonical

from .test_example import EXPECTED, run, table
from .test_personal import written

BSN = {f"R{number}": str(INVENTED[number]) for number in range(1, 6)}
STRANGER, WRONG = str(INVENTED[9]), str(INVENTED[9] + 1)
KEY = "een-sleutel-die-niemand-raadt-0123456789"  # an invented one
SECRET = {"PEOPLE_KEY": KEY, "ECD_TOKEN": "token-of-the-ecd-0123456789"}
PRIVACY = '[privacy]\npseudonym_key = "${env:PEOPLE_KEY}"\n'


def configuration(url: str) -> str:
    """bridge.toml: the ECD over FHIR, and an office whose files name people by their BSN."""
    columns = "".join(f'{name} = "{address}"\n' for name, address in fhir_resources.EXTENSIONS.items())
    levels = "".join(f'{code} = "{level}"\n' for level, code in fhir_resources.ROLES.items())
    return (
        '[organisation]\nname = "Stichting Voorbeeld"\n\n'
        f"{PRIVACY}\n"
        '[connections.ecd]\nadapter = "fhir"\nstreams = ["units", "residents", "stays", "care_agreements"]\n'
        f'[connections.ecd.settings]\nurl = "{url}"\ntoken = "${{env:ECD_TOKEN}}"\nperson_key = true\n'
        f'activity_systems = ["{fhir_resources.SYSTEM}"]\n'
        f"[connections.ecd.settings.extensions]\n{columns}[connections.ecd.settings.levels]\n{levels}\n"
        '[connections.office]\nadapter = "tables"\nkind = "ecd"\n'
        'streams = ["absences", "indications", "opt_outs", "conversations"]\n'
        'settings = { path = "input", bsn_column = { indications = "bsn" } }\n\n'
        '[connections.payroll]\nadapter = "tables"\nkind = "payroll"\nsettings = { path = "input" }\n\n'
        '[connections.ledger]\nadapter = "tables"\nkind = "ledger"\nsettings = { path = "input" }\n'
    )


def name_by_bsn(path: Path) -> None:
    """Write the indications as the office has them: a BSN, one of them written with points, and no number
    of the ECD; with an indication of somebody whom the ECD does not know, and one whose BSN is none.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["bsn"] = BSN[row.pop("resident_id")]
    rows[0]["bsn"] = f"{rows[0]['bsn'][:4]}.{rows[0]['bsn'][4:6]}.{rows[0]['bsn'][6:]}"
    rows.append({**rows[0], "indication_id": "I90", "bsn": STRANGER})
    rows.append({**rows[0], "indication_id": "I91", "bsn": WRONG})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


@dataclass(frozen=True)
class Done:
    """The folder, what was printed, and the ECD that serves it."""

    folder: Path
    printed: str
    server: Simulated


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, example: Path) -> Iterator[Done]:
    """The worked example, split over two systems that share no number, through every command."""
    folder = tmp_path_factory.mktemp("people") / "folder"
    printed = ""
    records = fhir_resources.resources(canonical(example), lambda resident: BSN[resident])
    with serve(records, token=SECRET["ECD_TOKEN"]) as server:
        run(folder, "init", str(folder), "--template", "example")
        (folder / "bridge.toml").write_text(configuration(server.url), "utf-8")
        for name in ("units", "residents", "stays", "care_agreements"):
            (folder / "input" / f"{name}.csv").unlink()
        name_by_bsn(folder / "input" / "indications.csv")
        for words in (
            ("check",), ("-v", "pull"), ("read", "office", "indications"), ("calculate", "2026-01"),
            ("reconcile", "2026-01"), ("report", "2026-01"), ("results", "2026-01", "work_list"), ("state", "--held"),
        ):  # fmt: skip
            ran = run(folder, *words, **SECRET)
            assert ran.returncode in (0, 6), ran.stderr
            printed += ran.stdout + ran.stderr
        yield Done(folder, printed, server)


@pytest.mark.parametrize("name", ["resident_budgets", "lines", "unit_budgets"])
def test_budgets_are_those_of_the_example(done: Done, name: str) -> None:
    """Joined on a key made of the BSN, the figures are to the cent those of one system that knows everybody."""
    assert table(done.folder, name) == EXPECTED[name]


def test_who_was_not_found_stands_on_the_work_list(done: Done) -> None:
    """The stranger's indication is on the list with a short key, beside the resident who moved; the page has it too."""
    found = {(each["kind"], each["record"]): each for each in table(done.folder, "work_list")}
    assert set(found) == {("indication_without_resident", "I90"), ("resident_moved", "S5")}
    stranger = found["indication_without_resident", "I90"]
    assert (stranger["connection"], stranger["stream"], len(stranger["subject"])) == ("office", "indications", 8)
    page = next((done.folder / "reports").rglob("*.html")).read_text("utf-8")
    assert stranger["subject"] in page
    assert "Indicatie zonder bewoner" in page


def test_a_wrong_number_is_held_back(done: Done) -> None:
    """The row whose BSN fails the eleven test is in quarantine for its resident, and a finding names its line."""
    assert "indications.csv:9" in done.printed
    assert "FILES06" in done.printed


@pytest.mark.parametrize("planted", [*BSN.values(), STRANGER, WRONG, KEY])
def test_no_bsn_and_no_key_stands_anywhere(done: Done, planted: str) -> None:
    """Not in the database, its log, snapshots, the program's log, the page, what was printed, or an address asked."""
    assert [name for name, content in written(done.folder).items() if planted.encode() in content] == []
    assert planted not in done.printed
    assert not any(planted in each for each in done.server.seen)


def test_the_scan_can_find_something(done: Done) -> None:
    """The same scan finds what may be stored: an indication's number."""
    assert any(name.startswith("bridge.db") for name, content in written(done.folder).items() if b"I90" in content)


def test_without_a_key_the_check_says_what_to_do(done: Done, tmp_path: Path) -> None:
    """No [privacy], or nothing behind its reference: both connections that need the key say so; the others go on."""
    own = Path(shutil.copytree(done.folder, tmp_path / "own"))
    text = (done.folder / "bridge.toml").read_text("utf-8")
    (own / "bridge.toml").write_text(text.replace(PRIVACY, ""), "utf-8")
    for environment, code in ((SECRET, "C44"), (SECRET | {"PEOPLE_KEY": "kort"}, "C43")):
        ran = run(own, "check", **environment)
        assert ran.returncode == 3
        assert ran.stderr.count(code) + ran.stdout.count(code) >= 2
        assert "pseudonym_key" in ran.stderr + ran.stdout
        assert run(own, "check", "payroll", **environment).returncode == 0
        (own / "bridge.toml").write_text(text, "utf-8")
