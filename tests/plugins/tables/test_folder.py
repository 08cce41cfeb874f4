"""Files in a folder: what is offered, what is new, what a delivery is complete for."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.plugin import Window, messages
from ipvb_tables import ipvb_adapters
from ipvb_tables.adapter import Tables

from .conftest import HOURS, Connect, Connection, hours


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str], Path]:
    """`put(name, text)` in the folder `in` of the configuration folder."""
    folder = tmp_path / "in"
    folder.mkdir()

    def write(name: str, text: str) -> Path:
        (folder / name).write_text(text)
        return folder / name

    return write


Put = Callable[[str, str], Path]


@pytest.fixture
def period(connect: Connect, put: Put) -> Connection:
    """A connection that delivers hours by month, in any number of files."""
    return connect(path="in", files={"hours": "hours*.csv"}, mode={"hours": "period"})


@pytest.fixture
def changes(connect: Connect, put: Put) -> Connection:
    """A connection that delivers changed hours, in any number of files."""
    return connect(path="in", files={"hours": "hours*.csv"}, mode={"hours": "changes"})


def test_the_package_registers_its_adapter() -> None:
    """The entry point gives one adapter, of any kind, that is called tables."""
    (adapter,) = ipvb_adapters()
    assert (adapter.name, adapter.kind) == ("tables", None)


def test_the_whole_worked_example(example: Path, connect: Connect) -> None:
    """Every canonical file is offered to the kind it belongs to, and delivered whole."""
    offered = []
    for kind in ("ecd", "payroll", "ledger"):
        connection = connect(kind=kind, path=str(example / "input"))
        for offer in connection.adapter.streams():
            assert STREAMS[offer.stream].kind == kind
            rows = connection.look(offer.stream).rows
            assert rows.columns == [*STREAMS[offer.stream].names, "_position"]
            assert rows.height == len((example / "input" / f"{offer.stream}.csv").read_text().splitlines()) - 1
            offered.append(offer.stream)
        assert all(step.ok for step in connection.adapter.check())
    assert offered == list(STREAMS)


def test_only_what_is_there_is_offered(connect: Connect, put: Put) -> None:
    """Without a list of streams, those of the connection's kind that have a file."""
    put("hours.csv", hours("H1"))
    put("units.csv", "")
    assert [offer.stream for offer in connect(path="in").adapter.streams()] == ["hours"]
    assert [offer.stream for offer in connect(kind=None, path="in").adapter.streams()] == ["units", "hours"]


def test_a_connection_that_offers_nothing_is_an_error(connect: Connect, put: Put) -> None:
    """An empty or mistaken folder is not a connection without streams that succeeds every night."""
    for path, expected in (("in", messages.NOTHING_HERE), ("absent", messages.FOLDER_MISSING)):
        with pytest.raises(DataError) as caught:
            connect(path=path).adapter.streams()
        assert caught.value.message is expected
        *_, last = connect(path=path).adapter.check()
        assert last.error is not None
        assert last.error.message is expected


def test_a_configured_stream_without_its_file(connect: Connect, put: Put) -> None:
    """A stream that is named has to have its file: the message says which name was looked for, and where."""
    connection = connect(path="in", streams=("hours",), files={"hours": "uren-*.csv"})
    assert [offer.stream for offer in connection.adapter.streams()] == ["hours"]
    error = connection.refused()
    assert error.message is messages.FILE_MISSING
    assert "uren-*.csv" in error.what("nl")
    assert "/in" in error.next_step("nl")


def test_an_unchanged_file_is_not_parsed(connect: Connect, put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second pull of the same bytes reads no row: it says unchanged, and the cursor stays as it is."""
    put("hours.csv", hours("H1", "H2"))
    connection = connect(path="in")
    first = connection.pull()
    assert first.last.cursor is not None
    assert first.last.cursor["files"]["hours.csv"]["rows"] == 2

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the file was parsed")

    monkeypatch.setattr("ipvb_bridge.plugin.deliver.read_batches", never)
    again = connection.pull()
    assert [batch.unchanged for batch in again.batches] == [True]
    assert again.last.cursor == first.last.cursor


def test_a_touched_file_is_unchanged_and_a_changed_one_is_read(connect: Connect, put: Put) -> None:
    """The bytes decide, not the time of the file."""
    path = put("hours.csv", hours("H1"))
    connection = connect(path="in")
    connection.pull()
    os.utime(path, (1, 1))
    assert connection.pull().last.unchanged
    times = path.stat()
    put("hours.csv", hours("H2"))
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert connection.pull().ids() == ["H2"]


@pytest.mark.parametrize(
    "settings", [{"decimal": ","}, {"encoding": "cp1252"}, {"quote": ""}, {"mode": {"hours": "period"}}]
)
def test_other_settings_read_the_same_bytes_anew(connect: Connect, put: Put, settings: dict[str, object]) -> None:
    """Who corrects a setting gets the file read again, though not a byte of it changed."""
    put("hours.csv", hours("H1"))
    connection = connect(path="in")
    connection.pull()
    again = connect(path="in", **settings)
    again.cursor = connection.cursor
    assert not again.pull().last.unchanged


def test_several_files_are_one_snapshot(connect: Connect, put: Put) -> None:
    """In a folder all files that match make up the stream; one of them twice counts once, which is said."""
    put("hours-b.csv", hours("H2"))
    put("hours-a.csv", hours("H1"))
    put("hours-c.csv", hours("H1"))
    connection = connect(path="in", files={"hours": "hours-*.csv"})
    pulled = connection.pull()
    assert pulled.rows["_position"].to_list() == ["hours-a.csv:2", "hours-b.csv:2"]
    assert pulled.findings() == ["FILES01"]
    assert connection.pull().last.unchanged
    put("hours-b.csv", hours("H2", "H3"))
    assert connection.pull().ids() == ["H1", "H2", "H3"]


def test_a_renamed_file_is_recognised(connect: Connect, put: Put, tmp_path: Path) -> None:
    """The same bytes under another name are unchanged, and the finding says so."""
    put("hours-1.csv", hours("H1")).rename(tmp_path / "in" / "hours-1.csv")
    connection = connect(path="in", files={"hours": "hours-*.csv"})
    connection.pull()
    (tmp_path / "in" / "hours-1.csv").rename(tmp_path / "in" / "hours-2.csv")
    again = connection.pull()
    assert again.last.unchanged
    assert again.findings() == ["FILES01"]


def test_a_file_that_grows_while_it_is_read(connect: Connect, put: Put) -> None:
    """Rows may have been handed over; the delivery is never called complete, and the half row is not to blame."""
    path = put("hours.csv", hours("H1"))
    connection = connect(path="in")
    batches = connection.adapter.pull("hours", Window(), None)
    assert not next(batches).complete
    with path.open("a") as file:
        file.write("H2,C1")
    with pytest.raises(DataError) as caught:
        next(batches)
    assert caught.value.message is messages.CHANGED


def test_a_file_that_goes_away_while_it_is_read(connect: Connect, put: Put) -> None:
    """A file that is removed half way is no more called complete than one that grows."""
    path = put("hours.csv", hours("H1"))
    batches = connect(path="in").adapter.pull("hours", Window(), None)
    next(batches)
    path.unlink()
    with pytest.raises(DataError) as caught:
        next(batches)
    assert caught.value.message is messages.CHANGED


def test_a_delivery_of_nothing_is_whole(connect: Connect, put: Put) -> None:
    """A header alone: no rows, complete; whether that can be true the store judges by the expected band."""
    put("hours.csv", HOURS)
    pulled = connect(path="in").pull()
    assert pulled.rows.height == 0
    assert not pulled.last.unchanged


def test_an_empty_period_says_nothing(period: Connection, put: Put) -> None:
    """A period file without rows is held back: it does not say which month would be empty."""
    put("hours.csv", HOURS)
    assert period.refused().message is messages.NO_MONTH


def test_a_period_is_complete_for_its_months(period: Connection, put: Put) -> None:
    """Each run of months in the file is a scope; a gap between them is not claimed."""
    put(
        "hours.csv",
        hours("H1", month="2025-12")
        + hours("H2").removeprefix(HOURS)
        + hours("H3", month="2026-03").removeprefix(HOURS),
    )
    pulled = period.pull()
    assert pulled.ids() == ["H1", "H2", "H3"]
    assert pulled.scopes() == [("2025-12", "2026-01"), ("2026-03", "2026-03")]


def test_months_count_in_the_connections_time_zone(period: Connection, put: Put) -> None:
    """A shift that starts in January in UTC and in February here belongs to February."""
    put("hours.csv", HOURS + "H1,C1,D1,,worked,2026-01-31T23:30:00Z,2026-02-01T06:00:00Z,390\n")
    assert period.pull().scopes() == [("2026-02", "2026-02")]


def test_one_night_shift_does_not_claim_its_month(period: Connection, put: Put) -> None:
    """A full January with one shift of 31 December: December gets that row, loses none, and a finding says so."""
    put("hours.csv", hours("X", month="2025-12") + hours(*(f"H{at}" for at in range(200))).removeprefix(HOURS))
    pulled = period.pull()
    assert pulled.rows.height == 201
    assert pulled.scopes() == [("2026-01", "2026-01")]
    assert pulled.findings() == ["FILES04"]


def test_new_period_files_are_read_and_old_ones_are_not(period: Connection, put: Put) -> None:
    """What was read stays as it is; a new month is read alone."""
    put("hours-01.csv", hours("H1"))
    period.pull()
    put("hours-02.csv", hours("H2", month="2026-02"))
    pulled = period.pull()
    assert pulled.ids() == ["H2"]
    assert pulled.scopes() == [("2026-02", "2026-02")]
    assert period.pull().last.unchanged


def test_a_corrected_old_period_file_does_not_undo_a_later_one(period: Connection, put: Put) -> None:
    """The later file by name keeps the last word on the months it holds, also when an earlier one changes after it."""
    put("hours-01.csv", hours("H1", minutes="100"))
    put("hours-02.csv", hours("H1", minutes="200"))
    period.pull()
    put("hours-01.csv", hours("H1", minutes="111"))
    assert period.pull().rows["paid_minutes"].to_list() == ["200"]


def test_a_period_file_that_gets_an_earlier_content_again_is_read(period: Connection, put: Put) -> None:
    """100, 200 and 100 again under one name: the last state counts, and a finding asks whether it is meant."""
    for minutes in ("100", "200", "100"):
        put("hours.csv", hours("H1", minutes=minutes))
        pulled = period.pull()
        assert pulled.rows["paid_minutes"].to_list() == [minutes]
    assert pulled.findings() == ["FILES05"]


def test_changes_close_nothing_and_the_later_file_counts(changes: Connection, put: Put) -> None:
    """Rows are added and replaced; of two files with the same key the later one's row is delivered, once."""
    put("hours-1.csv", hours("H1", "H2", minutes="100"))
    put("hours-2.csv", hours("H2", "H3", minutes="200"))
    pulled = changes.pull()
    assert sorted(pulled.rows.select("hours_id", "paid_minutes").rows()) == [
        ("H1", "100"),
        ("H2", "200"),
        ("H3", "200"),
    ]
    assert pulled.scopes() == []
    put("hours-3.csv", hours("H4"))
    assert changes.pull().ids() == ["H4"]


@pytest.mark.parametrize(
    ("text", "settings", "expected"),
    [
        (hours("H1").replace("paid_minutes", "minuten"), {}, messages.COLUMN_MISSING),
        (hours("H1").replace("\n", ",x\n"), {}, messages.COLUMN_EXTRA),
        (hours("H1")[:-30], {}, messages.TRUNCATED),
        (hours("H1"), {"delimiter": ";"}, messages.DELIMITER),
        (hours("Hé"), {"encoding": "cp1252"}, messages.ENCODING),
        ("", {}, messages.FILE_EMPTY),
    ],
    ids=["missing column", "extra column", "truncated", "delimiter", "encoding", "empty file"],
)
def test_bad_files_are_held_back_whole(
    connect: Connect, put: Put, text: str, settings: dict[str, str], expected: object
) -> None:
    """Nothing of a file that does not fit turns current; pull and check name the same cause."""
    put("hours.csv", text)
    connection = connect(path="in", **settings)
    assert connection.refused().message is expected
    last = list(connection.adapter.check())[-1]
    assert not last.ok
    assert last.error is not None
    assert last.error.message is expected


def test_bsns_do_not_pass(connect: Connect, put: Put) -> None:
    """A column of BSNs stops the delivery at the adapter, and no message shows one."""
    bsns = [f"99999{at:04d}" for at in range(10_000) if _passes(f"99999{at:04d}")][:30]
    text = HOURS + "".join(
        f"H{at},{bsn},D1,,worked,2026-01-10T07:00:00+01:00,2026-01-10T15:30:00+01:00,480\n"
        for at, bsn in enumerate(bsns)
    )
    put("hours.csv", text)
    error = connect(path="in").refused()
    assert error.message is messages.BSN
    assert not any(bsn in repr(error.fields) for bsn in bsns)


def _passes(digits: str) -> bool:
    return sum(int(each) * weight for each, weight in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0


def test_check_tells_of_a_first_record_that_would_be_held(connect: Connect, put: Put) -> None:
    """A decimal comma where a point is set shows before the first pull, with the setting to change."""
    put("hours.csv", hours("H1", minutes='"7,5"'))
    *_, last = connect(path="in").adapter.check()
    assert last.error is not None
    assert last.error.message is messages.FIRST_RECORD
    assert "paid_minutes" in last.error.what("nl")
    assert "hours.csv:2" in last.error.what("nl")


def test_progress_is_told(tmp_path: Path, put: Put) -> None:
    """Whoever waits hears how many rows were read so far."""
    from ipvb_bridge.plugin import Context

    put("hours.csv", hours("H1", "H2"))
    told: list[int] = []
    adapter = Tables(Tables.Config.model_validate({"path": "in"}), Context("payroll", tmp_path, progress=told.append))
    list(adapter.pull("hours", Window(), None))
    assert told == [2]


def test_the_cursor_survives_storage(connect: Connect, put: Put) -> None:
    """The cursor is plain JSON, in whatever order its keys come back."""
    import json

    put("hours.csv", hours("H1"))
    connection = connect(path="in")
    connection.pull()
    connection.cursor = json.loads(json.dumps(connection.cursor, sort_keys=True))
    assert connection.pull().last.unchanged


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "either path"),
        ({"path": "in", "sftp": {}}, "sftp"),
        ({"path": "in", "encoding": "utf-9"}, "no encoding"),
        ({"path": "in", "encoding": "hex"}, "no encoding"),
        ({"path": "in", "delimiter": ";;"}, "one plain character"),
        ({"path": "in", "delimiter": "a"}, "one plain character"),
        ({"path": "in", "delimiter": ""}, "delimiter"),
        ({"path": "in", "delimiter": '"'}, "not the quote"),
        ({"path": "in", "decimal": ";"}, "decimal"),
        ({"path": "in", "files": {"hour": "x.csv"}}, "did you mean hours"),
        ({"path": "in", "mode": {"wage": "period"}}, "did you mean wages"),
        ({"path": "in", "mode": {"units": "period"}}, "period is not possible"),
        ({"path": "in", "mode": {"hours": "delta"}}, "snapshot"),
        ({"path": "in", "folder": "x"}, "folder"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], said: str) -> None:
    """Each is refused when the settings are read, in words that name what is meant."""
    with pytest.raises(ValueError, match=said):
        Tables.Config.model_validate(settings)
