"""Files that the adapter `tables` writes: whole or not at all, in a folder and on a real SFTP server."""

from __future__ import annotations

import csv
import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paramiko
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from ipvb_bridge.base.canonical import digest
from ipvb_bridge.base.errors import CredentialsError, DataError, PeerError, RunError
from ipvb_bridge.plugin import Context, Outgoing
from ipvb_bridge.plugin.put import FolderPut
from ipvb_bridge.plugin.sftp_put import SftpPut
from ipvb_tables.adapter import Tables
from ipvb_tables.config import Config
from ipvb_tables.written import ROSTER, file_name
from tests.fixtures_sshd import Line, Sshd

DATA: dict[str, Any] = {
    "kind": "roster",
    "period": "2026-01",
    "unit_id": "D1",
    "rows": [
        {
            "weekday": 1,
            "day_part": "morning",
            "level": "3",
            "days": 4,
            "direct_hours_millionths": 1_125_000,
            "required_hours_millionths": 12_000_005,
        }
    ],
}


def outgoing(data: dict[str, Any] = DATA, key: str = "roster/2026-01/D1", kind: str = "roster") -> Outgoing:
    return Outgoing(key, kind, "D1", "2026-01", data, digest(data))


def adapter(home: Path, **out: Any) -> Tables:
    return Tables(Config.model_validate({"out": out}), Context("roster", home, streams=()))


@pytest.fixture(params=["folder", "sftp"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Tables, Path]:
    """An adapter that writes to a folder: on this machine, and through the server."""
    folder = tmp_path / "out"
    folder.mkdir()
    if request.param == "folder":
        return adapter(tmp_path, path="out"), folder
    sshd: Sshd = request.getfixturevalue("sshd")
    return adapter(tmp_path, sftp=sshd.settings(folder)), folder


def test_writes_csv_and_json(place: tuple[Tables, Path]) -> None:
    """A roster is a CSV file with hours of six decimals and a JSON file with the signed data; both read back."""
    tables, folder = place
    receipt = tables.deliver(outgoing())
    assert receipt.digest == digest(DATA)
    assert receipt.reference.endswith("/roster_2026-01_D1.json")
    assert sorted(os.listdir(folder)) == ["roster_2026-01_D1.csv", "roster_2026-01_D1.json"]
    with (folder / "roster_2026-01_D1.csv").open(newline="") as lines:
        rows = list(csv.reader(lines))
    assert rows == [list(ROSTER), ["D1", "1", "morning", "3", "1.125000", "12.000005"]]
    assert json.loads((folder / "roster_2026-01_D1.json").read_text()) == {"key": "roster/2026-01/D1", "data": DATA}


def test_writing_again_replaces_in_one_step(place: tuple[Tables, Path]) -> None:
    """New figures take the place of the old ones; there is never a second file or a part left."""
    tables, folder = place
    tables.deliver(outgoing())
    other = {**DATA, "rows": []}
    assert tables.deliver(outgoing(other)).digest == digest(other)
    assert len(os.listdir(folder)) == 2
    assert (folder / "roster_2026-01_D1.csv").read_text() == ",".join(ROSTER) + "\n"


@pytest.mark.parametrize("takes", [("csv",), ("json",), ("csv", "json")])
def test_who_picks_up_at_once_has_got_it(
    place: tuple[Tables, Path], monkeypatch: pytest.MonkeyPatch, takes: tuple[str, ...]
) -> None:
    """A reader that takes files away the moment they are there makes no delivery fail, and gets no second one."""
    tables, folder = place
    for put in (FolderPut, SftpPut):
        real = put.write

        def write(self: Any, files: Any, real: Any = real) -> None:
            real(self, files)
            for end in takes:
                (folder / f"roster_2026-01_D1.{end}").unlink()

        monkeypatch.setattr(put, "write", write)
    assert tables.deliver(outgoing()).digest == digest(DATA)


def test_what_does_not_read_back_never_gets_its_name(
    place: tuple[Tables, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk or server that keeps other bytes of the same number is found out before the file has its name."""
    tables, folder = place
    tables.deliver(outgoing())
    before = {each.name: each.read_bytes() for each in folder.iterdir()}
    for put in (FolderPut, SftpPut):
        monkeypatch.setattr(put, "_kept", lambda self, *part: b"anders")
    with pytest.raises(RunError, match="D51"):
        tables.deliver(outgoing({**DATA, "rows": []}))
    assert {each.name: each.read_bytes() for each in folder.iterdir() if not each.name.endswith(".part")} == before


def test_a_withdrawn_roster_is_a_header(place: tuple[Tables, Path]) -> None:
    """A roster that is withdrawn stays behind as a file without rows, so that a reader sees it is gone."""
    tables, folder = place
    gone = {"kind": "roster", "period": "2026-01", "subject": "D1", "unit_id": "D1", "withdrawn": True}
    assert tables.deliver(outgoing(gone)).digest == digest(gone)
    assert (folder / "roster_2026-01_D1.csv").read_text() == ",".join(ROSTER) + "\n"


def test_finds_what_is_there(place: tuple[Tables, Path]) -> None:
    """Nothing is none; a file that somebody changed, or half of a pair, has not the digest that was written."""
    tables, folder = place
    assert tables.find("roster/2026-01/D1", "roster") is None
    tables.deliver(outgoing())
    found = tables.find("roster/2026-01/D1", "roster")
    assert found is not None
    assert found.digest == digest(DATA)
    for name, text in (("csv", "unit_id\n"), ("json", '{"data": {"a": 1}}'), ("json", "no json"), ("json", "[]")):
        path = folder / f"roster_2026-01_D1.{name}"
        before = path.read_bytes()
        path.write_text(text)
        changed = tables.find("roster/2026-01/D1", "roster")
        assert changed is not None
        assert changed.digest == ("" if text != '{"data": {"a": 1}}' or name == "csv" else changed.digest)
        assert changed.digest != digest(DATA)
        path.write_bytes(before)
    (folder / "roster_2026-01_D1.csv").unlink()
    half = tables.find("roster/2026-01/D1", "roster")
    assert half is not None
    assert half.digest == ""


def test_other_kinds_are_one_json_file(place: tuple[Tables, Path], tmp_path: Path) -> None:
    """A kind without a table is written as JSON alone."""
    tables, folder = place
    statement = {"kind": "resident_statement", "care_cents": 5}
    assert tables.deliver(outgoing(statement, "resident_statement/2026-01/R1/D1", "resident_statement")).digest
    assert os.listdir(folder) == ["resident%5Fstatement_2026-01_R1_D1.json"]


def test_check_tries_to_write(place: tuple[Tables, Path]) -> None:
    """The check of a connection that only writes ends with a file that could be made, and leaves none behind."""
    tables, folder = place
    steps = list(tables.check())
    assert all(step.ok for step in steps)
    assert steps[-1].name == "out"
    assert os.listdir(folder) == []
    assert list(tables.streams()) == []


def test_a_missing_folder_is_told(tmp_path: Path, sshd: Sshd) -> None:
    """On a server the folder has to be there; on this machine it is made."""
    far = adapter(tmp_path, sftp=sshd.settings(tmp_path / "none"))
    with pytest.raises(DataError, match="D31"):
        far.deliver(outgoing())
    *_, step = far.check()
    assert not step.ok
    adapter(tmp_path, path="deep/er").deliver(outgoing())
    assert len(os.listdir(tmp_path / "deep" / "er")) == 2


def test_what_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk and a missing right are told apart; the file that stood there is still whole."""
    near = adapter(tmp_path, path="out")
    near.deliver(outgoing())
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="D51"):
        adapter(tmp_path, path="file/out").deliver(outgoing())

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    def denied(handle: int) -> None:
        raise PermissionError(13, "Permission denied")

    for act, kind, code in ((full, RunError, "D51"), (denied, CredentialsError, "K35")):
        monkeypatch.setattr(os, "fsync", act)
        with pytest.raises(kind, match=code):
            near.deliver(outgoing({**DATA, "rows": []}))
        found = near.find("roster/2026-01/D1", "roster")
        assert found is not None
        assert found.digest == digest(DATA)


def test_a_server_that_refuses_is_told(tmp_path: Path, sshd: Sshd) -> None:
    """A name that is taken by a folder cannot be replaced: the server says no, and the message says so."""
    folder = tmp_path / "out"
    (folder / "roster_2026-01_D1.csv").mkdir(parents=True)
    with pytest.raises(RunError, match="D51"):
        adapter(tmp_path, sftp=sshd.settings(folder)).deliver(outgoing())


def test_a_line_that_breaks_leaves_whole_files(tmp_path: Path, sshd: Sshd, line: Callable[..., Line]) -> None:
    """Wherever the line breaks, a reader sees the old files or the new ones, and the second try mends it."""
    folder = tmp_path / "out"
    folder.mkdir()
    whole = adapter(tmp_path, sftp=sshd.settings(folder))
    whole.deliver(outgoing())
    passing = line(after=10**9)
    adapter(tmp_path, sftp=sshd.settings(folder, port=passing.port)).deliver(outgoing())
    new = {**DATA, "rows": DATA["rows"] * 2000}
    broke = 0
    for share in range(1, 12):
        breaking = line(after=passing.passed * share // 24)
        try:
            adapter(tmp_path, sftp=sshd.settings(folder, port=breaking.port)).deliver(outgoing(new))
        except (PeerError, CredentialsError):
            # A line that breaks off in the middle of a login looks like a refusal.
            broke += 1
        for name in ("roster_2026-01_D1.json", "roster_2026-01_D1.csv"):
            text = (folder / name).read_text()
            assert text.endswith("\n")
            assert len(text.splitlines()) != 1
    assert broke >= 5
    assert whole.deliver(outgoing(new)).digest == digest(new)
    assert not [name for name in os.listdir(folder) if name.endswith(".part")]


def test_replaces_with_posix_rename(tmp_path: Path, sshd: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is asked for posix-rename: the plain rename of SFTP fails when the name is taken."""
    asked: list[str] = []
    real = paramiko.SFTPClient.posix_rename

    def noted(self: paramiko.SFTPClient, old: str, new: str) -> None:
        asked.append(new)
        real(self, old, new)

    monkeypatch.setattr(paramiko.SFTPClient, "posix_rename", noted)
    (tmp_path / "out").mkdir()
    tables = adapter(tmp_path, sftp=sshd.settings(tmp_path / "out"))
    tables.deliver(outgoing())
    tables.deliver(outgoing())
    assert len(asked) == 4


def test_targets_say_what_is_turned_on(tmp_path: Path) -> None:
    """Without `out` nothing is ready, with it what `kinds` names; the others say why not."""
    reading = Tables(Config.model_validate({"path": "."}), Context("ecd", tmp_path))
    assert not any(each.ready for each in reading.targets())
    assert all("out" in each.why for each in reading.targets())
    writing = adapter(tmp_path, path="out", kinds=["roster", "care_today"])
    assert {each.kind for each in writing.targets() if each.ready} == {"roster", "care_today"}


@pytest.mark.parametrize("given", [{}, {"out": {}}, {"out": {"path": "x", "kinds": ["rosters"]}}])
def test_settings_name_a_place(given: dict[str, Any]) -> None:
    """A connection reads or writes somewhere, and writes kinds that exist."""
    with pytest.raises(ValidationError):
        Config.model_validate(given)


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_keys_never_share_a_file(one: str, other: str) -> None:
    """Whatever the ids, the name of a file holds no separator and belongs to one key."""
    assert "/" not in file_name(one)
    if one != other and "%" not in one + other:
        assert file_name(one) != file_name(other)


def test_files_are_readable_for_who_picks_them_up(tmp_path: Path) -> None:
    """A file has the rights that this machine gives new files, not those of a temporary one."""
    mask = os.umask(0o022)
    try:
        adapter(tmp_path, path="out").deliver(outgoing())
    finally:
        os.umask(mask)
    for name in os.listdir(tmp_path / "out"):
        assert stat.S_IMODE((tmp_path / "out" / name).stat().st_mode) == 0o644
