"""A scan for planted names, BSNs and secrets in all that the program writes: database, logs, output, page."""

from __future__ import annotations

from pathlib import Path

import pytest

from .test_example import edit, run

NAME = "Wilhelmina-Bedacht"
BORN = "1931-05-06"
SECRET = "zeer-geheim-woord"  # a planted one
NOTE = "tante-komt-op-bezoek"


def number() -> str:
    """A number of nine digits that passes the eleven test, from a range that is not given out."""
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    for candidate in range(999_990_000, 1_000_000_000):
        if sum(int(digit) * weight for digit, weight in zip(str(candidate), weights, strict=True)) % 11 == 0:
            return str(candidate)
    raise AssertionError


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The example with planted values, run through every command; gives the folder and all that was printed."""
    folder = tmp_path_factory.mktemp("personal") / "folder"
    run(folder, "init", str(folder), "--template", "example")
    data = folder / "input"
    edit(data / "residents.csv", "R1,somatic,,", f"R1,somatic,{NAME},{BORN}")
    edit(data / "residents.csv", "R2,somatic,,", f"R2,nobody,{NAME},{BORN}")
    edit(data / "stays.csv", "S2,R2,D1,2025-11-10", f"S2,R2,D1,{number()}")
    edit(data / "conversations.csv", '"resident, relative",', f'"resident, relative",{NOTE}')
    with (folder / "bridge.toml").open("a") as file:
        file.write(
            '\n[connections.away]\nadapter = "tables"\nkind = "ecd"\nstreams = ["units"]\n'
            "[connections.away.settings.sftp]\n"
            'host = "127.0.0.1"\nport = 9\nuser = "u"\npassword = "${env:PLANTED}"\nhost_key = "ssh-ed25519 '
            'AAAAC3NzaC1lZDI1NTE5AAAAIMFh7vJk0O8lJt1b5vS0hQ0Yy0sJ6sV0u3m9rC0v9v3Q"\nfolder = "x"\n'
        )
    printed = ""
    for words in (
        ("check",), ("-v", "pull"), ("calculate", "2026-01"), ("reconcile", "2026-01"), ("report", "2026-01"),
        ("results", "2026-01", "resident_budgets"), ("state", "--held"), ("mappings",),
    ):  # fmt: skip
        done = run(folder, *words, PLANTED=SECRET)
        printed += done.stdout + done.stderr
    return folder, printed


def written(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "input" not in path.relative_to(folder).parts
    }


@pytest.mark.parametrize("planted", [NAME, BORN, SECRET, number()])
def test_planted_values_stand_nowhere(worked: tuple[Path, str], planted: str) -> None:
    """Not in the database, its log, the snapshots, the program's log, the page, or anything that was printed."""
    folder, printed = worked
    assert "bridge.db" in written(folder)
    assert [name for name, content in written(folder).items() if planted.encode() in content] == []
    assert planted not in printed


def test_the_scan_can_find_something(worked: tuple[Path, str]) -> None:
    """What may be stored is found by the same scan (a conversation's note), and not in logs or output."""
    folder, printed = worked
    places = [name for name, content in written(folder).items() if NOTE.encode() in content]
    assert any(name.startswith("bridge.db") for name in places)
    assert not any(name.startswith(("log", "reports")) for name in places)
    assert NOTE not in printed
    assert "held back" in printed
