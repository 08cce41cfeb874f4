"""Files on Debian's OpenSSH server: only finished ones, whole or not at all, archived once, never taken twice."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ipvb_bridge.base.errors import CredentialsError, DataError, PeerError, RunError
from ipvb_bridge.plugin import Window, messages
from tests.fixtures_sshd import Line, Sshd, make_key

from .conftest import Connect, Connection, hours

BIG = 40_000
"""Rows of a file of 3 MB, so that a line breaks or a file grows while it is on its way."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "drop"
    made.mkdir()
    return made


@pytest.fixture
def drop(sshd: Sshd, folder: Path, connect: Connect) -> Callable[..., Connection]:
    """`drop(**changes)`: a connection to the folder; `files` and `mode` as given, the rest goes to `sftp`."""

    def make(*, files: str = "hours*.csv", mode: str = "snapshot", **changes: Any) -> Connection:
        sftp = sshd.settings(folder) | {"archive": "done"} | changes
        sftp = {name: value for name, value in sftp.items() if value is not None}
        return connect(sftp=sftp, files={"hours": files}, mode={"hours": mode}, streams=("hours",))

    return make


def put(folder: Path, name: str, text: str, *, marked: bool = True) -> None:
    (folder / name).write_text(text)
    if marked:
        (folder / f"{name}.done").touch()


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_marked_file_is_read_and_archived_with_its_marker(folder: Path, drop: Callable[..., Connection]) -> None:
    """The rows come with their place in the file; after the commit file and marker lie in the archive."""
    put(folder, "hours.csv", hours("H1", "H2"))
    connection = drop()
    pulled = connection.look()
    assert pulled.rows["_position"].to_list() == ["hours.csv:2", "hours.csv:3"]
    assert left(folder) == ["hours.csv", "hours.csv.done"]
    connection.pull()
    assert left(folder) == ["done/hours.csv", "done/hours.csv.done"]


def test_nothing_is_archived_before_the_commit(folder: Path, drop: Callable[..., Connection]) -> None:
    """A run that dies between reading and storing leaves the file where the next run finds it."""
    put(folder, "hours.csv", hours("H1"))
    connection = drop()
    connection.look()
    assert connection.pull().ids() == ["H1"]


def test_without_a_marker_nothing_is_taken(folder: Path, drop: Callable[..., Connection]) -> None:
    """A file without its marker is not read: the message names the file and the marker it waits for."""
    put(folder, "hours.csv", hours("H1"), marked=False)
    error = drop().refused()
    assert isinstance(error, DataError)
    assert error.message is messages.NOT_FINISHED
    assert "hours.csv" in error.what("nl")
    assert "NAME.done" in error.what("nl")


def test_a_marker_older_than_its_file_is_of_an_earlier_file(folder: Path, drop: Callable[..., Connection]) -> None:
    """Yesterday's marker does not finish today's file of the same name."""
    put(folder, "hours.csv", hours("H1"))
    os.utime(folder / "hours.csv.done", (1_700_000_000, 1_700_000_000))
    assert drop().refused().message is messages.NOT_FINISHED


def test_another_suffix_for_the_marker(folder: Path, drop: Callable[..., Connection]) -> None:
    """The suffix is a setting, and a marker that matches the pattern of the files is not taken for one."""
    put(folder, "hours.csv", hours("H1"), marked=False)
    (folder / "hours.csv.klaar").touch()
    connection = drop(files="hours*", finished={"marker": ".klaar"})
    assert connection.pull().ids() == ["H1"]


def test_a_file_at_rest_is_finished(folder: Path, drop: Callable[..., Connection]) -> None:
    """Without markers: size and time equal over two looks, and old enough."""
    put(folder, "hours.csv", hours("H1"), marked=False)
    old = time.time() - 3600
    os.utime(folder / "hours.csv", (old, old))
    connection = drop(finished={"stable_seconds": 0.1, "min_age_seconds": 600})
    assert connection.pull().ids() == ["H1"]


def test_a_young_file_is_not_finished(folder: Path, drop: Callable[..., Connection]) -> None:
    """A file that was written to a moment ago has to wait, however stable it looks."""
    put(folder, "hours.csv", hours("H1"), marked=False)
    error = drop(finished={"stable_seconds": 0.1, "min_age_seconds": 600}).refused()
    assert error.message is messages.NOT_FINISHED


def test_a_file_that_grows_between_two_looks_is_not_finished(
    folder: Path, drop: Callable[..., Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What changes while the second look is awaited is left alone, even when its clock says it is old."""
    put(folder, "hours.csv", hours("H1"), marked=False)
    old = time.time() - 3600
    os.utime(folder / "hours.csv", (old, old))

    def grow(seconds: float) -> None:
        with (folder / "hours.csv").open("a") as file:
            file.write("H2,C1")
        os.utime(folder / "hours.csv", (old, old))

    monkeypatch.setattr("ipvb_bridge.plugin.sftp_drop.time.sleep", grow)
    error = drop(finished={"stable_seconds": 0.1, "min_age_seconds": 600}).refused()
    assert error.message is messages.NOT_FINISHED


@pytest.mark.parametrize("text", ["H9,C1,D1,,worked,2026-01-10T07:00:00+01:00,2026-01-10T15:30:00+01:00,480\n", "H9,"])
def test_nothing_of_a_file_that_grows_while_it_is_read_turns_green(
    sshd: Sshd, folder: Path, drop: Callable[..., Connection], line: Callable[..., Line], text: str
) -> None:
    """A marked file that gets more rows, or half a row, while it is fetched: no row of it is handed over at all."""
    put(folder, "hours.csv", hours(*(f"H{at}" for at in range(BIG))))
    size = (folder / "hours.csv").stat().st_size

    def grow() -> None:
        with (folder / "hours.csv").open("a") as file:
            file.write(text)

    slow = line(1_000_000, grow)
    connection = drop(port=slow.port)
    rows = []
    with pytest.raises(DataError) as caught:
        rows.extend(connection.adapter.pull("hours", Window(), None))
    assert slow.done
    assert (folder / "hours.csv").stat().st_size > size
    assert caught.value.message is messages.CHANGED
    assert rows == []
    assert left(folder) == ["hours.csv", "hours.csv.done"]
    # Once it is at rest, and marked anew, all of it is taken.
    os.utime(folder / "hours.csv.done")
    (folder / "hours.csv").write_text(hours("H1", "H2"))
    os.utime(folder / "hours.csv.done")
    assert connection.pull().ids() == ["H1", "H2"]


@pytest.mark.parametrize("change", ["shrinks", "goes", "is replaced by one as long"])
def test_nothing_of_a_file_that_otherwise_changes_while_it_is_read(
    folder: Path, drop: Callable[..., Connection], line: Callable[..., Line], change: str
) -> None:
    """A file cut short, removed or rewritten while it is fetched is no more taken than one that grows."""
    path = folder / "hours.csv"
    put(folder, "hours.csv", hours(*(f"H{at:06d}" for at in range(BIG))))
    os.utime(path, (1_700_000_000, 1_700_000_000))

    def act() -> None:
        if change == "shrinks":
            os.truncate(path, 500_000)
        elif change == "goes":
            path.unlink()
        else:
            path.write_text(hours(*(f"J{at:06d}" for at in range(BIG))))

    connection = drop(port=line(1_000_000, act).port)
    error = connection.refused()
    assert isinstance(error, DataError | PeerError)


def test_a_connection_lost_half_way_leaves_nothing_and_the_next_run_reads_all(
    sshd: Sshd, folder: Path, drop: Callable[..., Connection], line: Callable[..., Line]
) -> None:
    """A line that breaks in the middle of a file is a peer that is away; no row, no file of ours stays behind."""
    put(folder, "hours.csv", hours(*(f"H{at}" for at in range(BIG))))
    before = set(Path(tempfile.gettempdir()).glob("ipvb-bridge-*"))
    error = drop(port=line(1_000_000).port).refused()
    assert isinstance(error, PeerError)
    assert error.message is messages.LOST
    assert set(Path(tempfile.gettempdir()).glob("ipvb-bridge-*")) == before
    assert left(folder) == ["hours.csv", "hours.csv.done"]
    assert len(drop().pull().rows) == BIG


def test_the_same_file_twice_is_recognised_by_its_bytes(folder: Path, drop: Callable[..., Connection]) -> None:
    """Under another name the same bytes are not read again, which is said; they are archived all the same."""
    connection = drop()
    put(folder, "hours-1.csv", hours("H1"))
    connection.pull()
    put(folder, "hours-2.csv", hours("H1"))
    again = connection.pull()
    assert again.last.unchanged
    assert len(again.batches) == 1
    assert again.findings() == ["FILES01"]
    assert "hours-1.csv" in again.last.findings[0].explanation
    assert left(folder) == ["done/hours-1.csv", "done/hours-1.csv.done", "done/hours-2.csv", "done/hours-2.csv.done"]


def test_a_name_that_the_archive_has_already_gets_a_number(folder: Path, drop: Callable[..., Connection]) -> None:
    """Three files of one name: none is overwritten in the archive."""
    connection = drop()
    for each in ("H1", "H2", "H3"):
        put(folder, "hours.csv", hours(each))
        assert connection.pull().ids() == [each]
    archive = folder / "done"
    assert [(archive / name).read_text() for name in ("hours.csv", "hours.csv.2", "hours.csv.3")] == [
        hours("H1"),
        hours("H2"),
        hours("H3"),
    ]
    assert (archive / "hours.csv.3.done").exists()


def test_a_file_replaced_between_reading_and_archiving_is_read_too(
    folder: Path, drop: Callable[..., Connection]
) -> None:
    """The archive takes what was read; a newer file of that name waits for the next run."""
    connection = drop()
    put(folder, "hours.csv", hours("H1"))
    cursor = connection.look().last.cursor
    put(folder, "hours.csv", hours("H1", "H2"))
    connection.adapter.committed("hours", cursor)
    assert left(folder) == ["hours.csv", "hours.csv.done"]
    assert connection.pull().ids() == ["H1", "H2"]


def test_a_run_that_died_before_archiving_is_made_good(folder: Path, drop: Callable[..., Connection]) -> None:
    """The next run sees the same bytes, reads nothing and archives."""
    connection = drop()
    put(folder, "hours.csv", hours("H1"))
    connection.cursor = connection.look().last.cursor
    assert connection.pull().last.unchanged
    assert left(folder) == ["done/hours.csv", "done/hours.csv.done"]


def test_nothing_new_is_no_error_once_something_was_delivered(folder: Path, drop: Callable[..., Connection]) -> None:
    """An emptied folder after a delivery means: nothing new. Before any delivery it is a missing file."""
    connection = drop()
    error = connection.refused()
    assert error.message is messages.FILE_MISSING
    put(folder, "hours.csv", hours("H1"))
    connection.pull()
    again = connection.pull()
    assert again.last.unchanged
    assert again.findings() == ["FILES03"]


def test_without_archive_a_file_that_is_gone_is_missing(folder: Path, drop: Callable[..., Connection]) -> None:
    """Where nothing is moved away, a file that was there yesterday has to be there today."""
    connection = drop(archive=None)
    put(folder, "hours.csv", hours("H1"))
    connection.pull()
    assert left(folder) == ["hours.csv", "hours.csv.done"]
    assert connection.pull().last.unchanged
    (folder / "hours.csv").unlink()
    assert connection.refused().message is messages.FILE_MISSING


def test_of_several_snapshots_the_last_counts(folder: Path, drop: Callable[..., Connection]) -> None:
    """The newest by name is the state of things; older unread ones are archived, and that is said."""
    connection = drop()
    put(folder, "hours-2026-01-01.csv", hours("H1"))
    put(folder, "hours-2026-01-02.csv", hours("H2"))
    pulled = connection.pull()
    assert pulled.ids() == ["H2"]
    assert pulled.findings() == ["FILES02"]
    assert len(left(folder)) == 4
    assert all(name.startswith("done/") for name in left(folder))


def test_a_snapshot_that_arrives_late_does_not_turn_back_the_clock(
    folder: Path, drop: Callable[..., Connection]
) -> None:
    """After the file of the 2nd, that of the 1st is not read but archived, with a warning."""
    connection = drop()
    put(folder, "hours-2026-01-02.csv", hours("H2"))
    connection.pull()
    put(folder, "hours-2026-01-01.csv", hours("H1"))
    late = connection.pull()
    assert late.last.unchanged
    assert late.findings() == ["FILES02"]
    assert "done/hours-2026-01-01.csv" in left(folder)
    put(folder, "hours-2026-01-03.csv", hours("H3"))
    assert connection.pull().ids() == ["H3"]


def test_an_old_snapshot_under_a_new_name_is_taken_with_a_warning(
    folder: Path, drop: Callable[..., Connection]
) -> None:
    """State A, B, then A again: it may be true, so it is read, and it may be a mistake, so it is said."""
    connection = drop()
    for name, each in (("1", "A"), ("2", "B"), ("3", "A")):
        put(folder, f"hours-{name}.csv", hours(each))
        pulled = connection.pull()
        assert pulled.ids() == [each]
    assert pulled.findings() == ["FILES05"]


def test_periods_are_all_read(folder: Path, drop: Callable[..., Connection]) -> None:
    """Of period files every one counts; a correction that comes later wins in its own months."""
    connection = drop(mode="period")
    put(folder, "hours-1.csv", hours("H1", "H2", month="2026-01"))
    put(folder, "hours-2.csv", hours("H3", month="2026-02"))
    put(folder, "hours-3.csv", hours("H1", month="2026-01", minutes="400"))
    pulled = connection.pull()
    assert [(row[0], row[1]) for row in pulled.rows.select("hours_id", "paid_minutes").sort("hours_id").rows()] == [
        ("H1", "400"),
        ("H3", "480"),
    ]
    assert pulled.scopes() == [("2026-01", "2026-02")]
    put(folder, "hours-9.csv", hours("H1", "H2", month="2026-01"))
    again = connection.pull()
    assert again.last.unchanged
    assert again.findings() == ["FILES01"]


def test_no_right_to_read(sshd: Sshd, folder: Path, drop: Callable[..., Connection]) -> None:
    """A file that the account may see and not read is a matter of rights, named with file and account."""
    put(folder, "hours.csv", hours("H1"))
    error = drop(key_file=str(sshd.home / "narrow_key")).refused()
    assert isinstance(error, CredentialsError)
    assert error.message is messages.NO_RIGHT
    assert "hours.csv" in error.what("nl")
    assert sshd.user in error.what("nl")


def test_a_folder_that_is_not_there(folder: Path, drop: Callable[..., Connection]) -> None:
    """A folder on the server that does not exist is named."""
    error = drop(folder=str(folder / "absent")).refused()
    assert error.message is messages.FOLDER_MISSING
    assert "absent" in error.what("nl")


def test_an_archive_that_cannot_be_made(folder: Path, drop: Callable[..., Connection]) -> None:
    """Data is stored by then: the run says that the file could not be moved, and the file stays."""
    put(folder, "hours.csv", hours("H1"))
    (folder / "file").touch()
    connection = drop(archive="file/done")
    with pytest.raises(RunError) as caught:
        connection.pull()
    assert caught.value.message is messages.NOT_ARCHIVED
    assert "hours.csv" in left(folder)


def test_a_file_beyond_the_limit(folder: Path, drop: Callable[..., Connection]) -> None:
    """A file larger than the connection takes is refused before it is fetched."""
    put(folder, "hours.csv", "")
    os.truncate(folder / "hours.csv", 3_000_000)
    os.utime(folder / "hours.csv.done")
    error = drop(max_megabytes=2).refused()
    assert error.message is messages.TOO_LARGE


def test_a_full_disk_here_is_not_the_servers_fault(
    folder: Path, drop: Callable[..., Connection], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What cannot be kept for reading is an error of this machine, with the next step."""
    put(folder, "hours.csv", hours(*(f"H{at}" for at in range(BIG))))
    real = Path.open

    def full(self: Path, mode: str = "r", *rest: Any, **more: Any) -> Any:
        return real(Path("/dev/full"), "wb") if mode == "xb" else real(self, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", full)
    error = drop().refused()
    assert isinstance(error, RunError)
    assert error.message is messages.NO_ROOM


def test_check_goes_from_the_key_to_a_first_record(
    sshd: Sshd, folder: Path, drop: Callable[..., Connection], tmp_path: Path
) -> None:
    """Every step in its order; and each thing that may be wrong ends it at its own step."""
    put(folder, "hours.csv", hours("H1"))
    names = ["pinned key", "name", "port", "host key", "login", "folder", "hours"]
    steps = list(drop().adapter.check())
    assert [(step.name, step.ok) for step in steps] == [(name, True) for name in names]
    wrong = {
        "host key": {"host_key": make_key(tmp_path / "other")},
        "folder": {"folder": str(folder / "absent")},
        "hours": {"finished": {"marker": ".klaar"}},
    }
    for name, changes in wrong.items():
        *before, last = drop(**changes).adapter.check()
        assert [step.name for step in before] == names[: names.index(name)]
        assert (last.name, last.ok) == (name, False)
        assert last.error is not None


def test_check_of_a_folder_from_which_all_was_archived(folder: Path, drop: Callable[..., Connection]) -> None:
    """Between deliveries nothing waits: that is in order as long as the archive knows the stream."""
    connection = drop()
    put(folder, "hours.csv", hours("H1"))
    connection.pull()
    assert all(step.ok for step in connection.adapter.check())


def test_streams_stay_offered_when_all_was_archived(sshd: Sshd, folder: Path, connect: Connect) -> None:
    """Which streams a server delivers does not depend on whether a file waits just now."""
    connection = connect(sftp=sshd.settings(folder, archive="done"))
    put(folder, "hours.csv", hours("H1"))
    connection.pull()
    assert [offer.stream for offer in connection.adapter.streams()] == ["hours"]
