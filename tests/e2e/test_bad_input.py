"""Bad input from a user's shell: the exit code, a message that says what and where, and nothing lost or half done."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from .test_example import edit, run, table

CARE = "care_agreements.csv"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The worked example, pulled once."""
    folder = tmp_path_factory.mktemp("fresh") / "folder"
    assert run(folder, "init", str(folder), "--template", "example").returncode == 0
    assert run(folder, "pull").returncode == 0
    return folder


@pytest.fixture
def own(fresh: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(fresh, tmp_path / "own"))


def replace(path: Path, change: dict[str, str]) -> None:
    for old, new in change.items():
        edit(path, old, new)


HELD_ROWS = {
    "unknown level": (
        CARE,
        {"morning,3,staff,wlz,self_care,false,35": "morning,9,staff,wlz,self_care,false,35"},
        "D02",
    ),
    "decimal comma": (CARE, {"false,12.5,3,week": 'false,"12,5",3,week'}, "D08"),
    "end before start": (CARE, {"2025-12-15,2025-12-15,2026-01-25": "2025-12-15,2025-12-15,2025-01-25"}, "D11"),
    "not a date": (CARE, {"2025-12-15,2025-12-15,2026-01-25": "2025-12-15,15-12-2025,2026-01-25"}, "D04"),
    "duplicate key": (CARE, {"G02,R1,": "G01,R1,"}, "D13"),
    "missing value": (CARE, {"G02,R1,": "G02,,"}, "D01"),
}


@pytest.mark.parametrize("name", HELD_ROWS)
def test_bad_rows_are_held_and_the_others_count(own: Path, name: str) -> None:
    """Only the bad rows wait; exit code 6, the reason and the line are printed, and state --held still knows them."""
    file, change, code = HELD_ROWS[name]
    replace(own / "input" / file, change)
    done = run(own, "pull", "ecd", "--stream", "care_agreements")
    assert done.returncode == 6
    assert code in done.stdout
    assert f"{file}:" in done.stdout
    numbers = next(line for line in done.stdout.splitlines() if " care_agreements " in line).split()
    read, accepted, unchanged, quarantined = map(int, numbers[2:6])
    assert (read, quarantined) == (15, 2 if code == "D13" else 1)
    assert read == accepted + unchanged + quarantined
    assert code in run(own, "state", "--held").stdout


def test_mended_row_leaves_the_quarantine(own: Path) -> None:
    """Once the row is good again it turns current and nothing is held any more."""
    replace(own / "input" / CARE, {"morning,3,staff,wlz,self_care,false,35": "morning,9,staff,wlz,self_care,false,35"})
    run(own, "pull", "ecd", "--stream", "care_agreements")
    replace(own / "input" / CARE, {"morning,9,staff": "morning,3,staff"})
    assert run(own, "pull", "ecd", "--stream", "care_agreements").returncode == 0
    assert "D02" not in run(own, "state", "--held").stdout


def test_what_is_still_held_stays_listed_and_what_was_mended_does_not(own: Path) -> None:
    """Of two held rows one is mended: a later delivery that holds the other again leaves just that one in the list."""
    replace(own / "input" / CARE, {"morning,3,staff,wlz,self_care,false,35": "morning,9,staff,wlz,self_care,false,35"})
    replace(own / "input" / CARE, {"2025-12-15,2025-12-15,2026-01-25": "2025-12-15,2025-12-15,2025-01-25"})
    assert run(own, "pull", "ecd", "--stream", "care_agreements").returncode == 6
    replace(own / "input" / CARE, {"morning,9,staff": "morning,3,staff"})
    assert run(own, "pull", "ecd", "--stream", "care_agreements").returncode == 6
    listed = run(own, "state", "--held").stdout
    assert listed.count(" D11 ") == 1
    assert "D02" not in listed


def drop_column(path: Path) -> None:
    lines = path.read_text().splitlines()
    path.write_text("\n".join(line.rsplit(",", 1)[0] for line in lines) + "\n")


def add_column(path: Path) -> None:
    lines = path.read_text().splitlines()
    path.write_text("\n".join(f"{line},{'remark' if index == 0 else 'x'}" for index, line in enumerate(lines)) + "\n")


DELIVERIES = {
    "missing file": (Path.unlink, "care_agreements.csv"),
    "empty file": (lambda path: path.write_bytes(b""), ""),
    "only a header": (lambda path: path.write_text(path.read_text().splitlines()[0] + "\n"), "D61"),
    "truncated file": (lambda path: path.write_bytes(path.read_bytes()[:-40]), ""),
    "wrong encoding": (
        lambda path: path.write_bytes(path.read_bytes().replace(b"Wond", "Wönd".encode("cp1252"))),
        "utf-8",
    ),
    "missing column": (drop_column, "end_date"),
    "extra column": (add_column, "remark"),
    "wrong delimiter": (lambda path: path.write_text(path.read_text().replace(",", ";")), "delimiter"),
}


@pytest.mark.parametrize("name", DELIVERIES)
def test_bad_delivery_changes_nothing(own: Path, name: str) -> None:
    """A delivery that cannot be trusted as a whole is held: exit code 6, what and where, the old rows stay current."""
    spoil, says = DELIVERIES[name]
    spoil(own / "input" / CARE)
    done = run(own, "pull", "ecd", "--stream", "care_agreements")
    assert done.returncode == 6
    assert says in done.stderr
    assert "care_agreements" in done.stderr
    assert "->" in done.stderr
    assert run(own, "calculate", "2026-01").returncode == 0
    assert len(table(own, "lines")) == 17
    assert "red" in run(own, "state").stdout


def test_unknown_key_names_file_line_and_nearest(own: Path) -> None:
    """A misspelt setting: exit code 3, the line, and the key that was meant; also in method.toml."""
    edit(own / "bridge.toml", "language =", "languge =")
    done = run(own, "pull")
    assert done.returncode == 3
    assert "C03 bridge.toml:6" in done.stderr
    assert "language" in done.stderr
    edit(own / "bridge.toml", "languge =", "language =")
    edit(own / "method.toml", "contract_percentage", "contract_percentag")
    done = run(own, "calculate", "2026-01")
    assert done.returncode == 3
    assert "contract_percentage" in done.stderr
    assert "method.toml:" in done.stderr


def test_check_says_everything_at_once(own: Path) -> None:
    """Three mistakes in three places are all told by one check."""
    edit(own / "method.toml", "net_year", "nett_year")
    edit(own / "mappings" / "accounts.csv", "category", "categorie")
    (own / "input" / "hours.csv").unlink()
    done = run(own, "check")
    assert done.returncode == 3
    assert "nett_year" in done.stderr
    assert "mappings/accounts.csv" in done.stderr
    assert "hours.csv" in done.stderr


def test_unknown_mapping_file_is_an_error(own: Path) -> None:
    """A mapping file with a misspelt name would be an empty table: it is named instead."""
    (own / "mappings" / "functions.csv").rename(own / "mappings" / "function.csv")
    done = run(own, "calculate", "2026-01")
    assert done.returncode == 3
    assert "C14" in done.stderr
    assert "functions.csv" in done.stderr


def test_bad_row_in_a_norm_table_is_named_with_its_line(own: Path) -> None:
    """A tariff with a decimal comma stops the calculation with the file and line: settings are never half right."""
    edit(own / "norms" / "tariffs.csv", "183.21", '"183,21"')
    done = run(own, "calculate", "2026-01")
    assert done.returncode == 3
    assert "C13 norms/tariffs.csv:3" in done.stderr


def test_unknown_adapter_and_connection(own: Path) -> None:
    """A misspelt adapter is told with the nearest one; an unknown connection with those there are."""
    assert "C08" in run(own, "pull", "edc").stderr
    edit(own / "bridge.toml", 'adapter = "tables"\nkind = "payroll"', 'adapter = "tabels"\nkind = "payroll"')
    done = run(own, "pull", "payroll")
    assert done.returncode == 3
    assert "tables" in done.stderr


def test_missing_kind_is_asked_for(own: Path) -> None:
    """An adapter that serves any kind of system needs to be told which."""
    edit(own / "bridge.toml", 'kind = "payroll"\n', "")
    done = run(own, "pull", "payroll")
    assert done.returncode == 3
    assert "C09" in done.stderr


def test_init_does_not_overwrite(own: Path) -> None:
    """A folder that holds a configuration is left alone."""
    before = (own / "bridge.toml").read_text()
    done = run(own, "init", str(own))
    assert done.returncode == 3
    assert "C10" in done.stderr
    assert (own / "bridge.toml").read_text() == before


def test_no_connections_and_no_folder(tmp_path: Path) -> None:
    """An empty configuration says what to add; no configuration says how to make one."""
    assert run(tmp_path / "empty", "init", str(tmp_path / "empty")).returncode == 0
    assert "C12" in run(tmp_path / "empty", "pull").stderr
    (tmp_path / "empty" / "method.toml").unlink()
    assert "C11" in run(tmp_path / "empty", "check").stderr
    done = run(tmp_path, "pull")
    assert done.returncode == 3
    assert "C01" in done.stderr


def test_usage_is_told(own: Path) -> None:
    """A period that is none, and a setting without value, end with exit code 2."""
    done = run(own, "calculate", "januari")
    assert done.returncode == 2
    assert "M60" in done.stderr
    done = run(own, "read", "--adapter", "xaf", "--set", "path", "ledger_lines")
    assert done.returncode == 2
    assert "C15" in done.stderr


@pytest.mark.skipif(os.geteuid() != 0 and not os.access("/dev/full", os.W_OK), reason="no /dev/full on this system")
def test_results_to_a_full_disk_are_an_error(own: Path) -> None:
    """Writing results to a device that is full fails with an exit code, not with half a file and success."""
    import subprocess
    import sys

    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "ipvb_bridge.cli.main",
                "-C",
                str(own),
                "read",
                "ecd",
                "residents",
                "--format",
                "csv",
            ],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert done.returncode != 0
