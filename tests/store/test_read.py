"""Reading back: any stream as it was delivered, as of any moment, with one fingerprint for one content."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from ipvb_bridge.core.records import STREAMS, Type
from ipvb_bridge.store import read
from ipvb_bridge.store.database import Store, open_store
from ipvb_bridge.store.read import read_stream, read_streams
from tests.store.samples import cents, deliver, hours, wages

ODD = [
    "",
    " ",
    '"',
    'zeg "nee"',
    "a,b",
    "a\nb",
    "a\r\nb",
    "\\N",
    "NULL",
    "é€漢字🙂",
    "a\x1fb",
    "'; DROP TABLE wages; --",
    "%s %(x)s",
]


def _odd_frame(name: str) -> pl.DataFrame:
    """Rows of a stream with odd texts, extreme numbers, and nulls where they are allowed."""
    moments = [dt.datetime(1970, 1, 1, tzinfo=dt.UTC), dt.datetime(2026, 3, 29, 1, 0, 0, 1, tzinfo=dt.UTC)]
    values = {
        Type.TEXT: ODD,
        Type.MONTH: ["2026-01", "0001-12"],
        Type.DATE: [dt.date(1, 1, 1), dt.date(2026, 2, 28), dt.date(9999, 12, 31)],
        Type.MOMENT: moments,
        Type.FLAG: [True, False],
    }
    table, count = STREAMS[name], 2 * len(ODD)
    columns = {}
    for at, column in enumerate(table.columns):
        choice = values.get(column.type, [0, -1, 2**63 - 1, -(2**63)])
        filled = [choice[(row + at) % len(choice)] for row in range(count)]
        if column.name in table.key:
            filled = [f"{row}{value}" for row, value in enumerate(filled)]
        elif column.nullable:
            filled = [None if row % 2 else value for row, value in enumerate(filled)]
        columns[column.name] = filled
    return pl.DataFrame(columns, schema=table.schema())


@pytest.mark.parametrize("name", STREAMS)
def test_every_stream_comes_back_as_it_went_in(store: Store, name: str) -> None:
    """Texts with quotes, commas, line ends and empty texts, extreme numbers, dates, moments, nulls: all kept."""
    frame = _odd_frame(name)
    deliver(store, name, frame)
    back = read_stream(store, name)
    assert back.schema == {**STREAMS[name].schema(), "source": pl.String()}
    assert back.drop("source").sort(STREAMS[name].key).equals(frame.sort(STREAMS[name].key))
    assert deliver(store, name, frame).unchanged == frame.height


def test_empty_stream_has_its_schema(store: Store) -> None:
    """A stream of which nothing was delivered is an empty frame with the right types."""
    frame = read_stream(store, "indications")
    assert frame.is_empty()
    assert frame.schema == {**STREAMS["indications"].schema(), "source": pl.String()}


def test_history_reads_as_it_was(store: Store) -> None:
    """Any earlier state can be read back: before the first delivery, between two, and now."""
    states = []
    for rows in (wages(("a", 1), ("b", 2)), wages(("a", 10), ("c", 3)), wages()):
        deliver(store, "wages", rows)
        frames, state = read_streams(store, ["wages"])
        states.append((state.as_of, cents(frames["wages"])))
    assert states[1][1] == {"a": 10, "c": 3}
    for moment, expected in states:
        assert cents(read_stream(store, "wages", as_of=moment)) == expected
        frames, state = read_streams(store, ["wages"], as_of=moment)
        assert (cents(frames["wages"]), state.as_of) == (expected, moment)
        as_datetime = dt.datetime.fromtimestamp(0, dt.UTC) + dt.timedelta(microseconds=moment)
        assert cents(read_stream(store, "wages", as_of=as_datetime)) == expected
    assert read_stream(store, "wages", as_of=states[0][0] - 1).is_empty()


def test_moment_without_time_zone_is_refused(store: Store) -> None:
    """A moment that could be anyone's clock is not guessed at."""
    with pytest.raises(ValueError, match="time zone"):
        read_stream(store, "wages", as_of=dt.datetime(2026, 1, 1))  # noqa: DTZ001  # what is refused


def test_fingerprint_knows_content_not_order(store: Store) -> None:
    """The fingerprint is the same for the same rows in another order, and differs for each other content."""

    def fingerprint(*rows: tuple[str, int]) -> str:
        deliver(store, "wages", wages(*rows))
        return read_streams(store, ["wages"])[1].streams["wages"].fingerprint

    first = fingerprint(("a", 1), ("b", 2))
    assert fingerprint(("a", 1), ("b", 3)) != first
    assert fingerprint() != first
    assert fingerprint(("b", 2), ("a", 1)) == first


def test_fingerprint_knows_the_connection(store: Store) -> None:
    """The same rows from another connection are another input."""
    deliver(store, "wages", wages(("a", 1)), connection="one")
    one = read_streams(store, ["wages"])[1].streams["wages"].fingerprint
    deliver(store, "wages", connection="one")
    deliver(store, "wages", wages(("a", 1)), connection="two")
    assert read_streams(store, ["wages"])[1].streams["wages"].fingerprint != one


def test_fingerprint_is_the_same_on_both_stores(store: Store) -> None:
    """The same rows have the same fingerprint on every database and machine."""
    deliver(store, "wages", wages(("a", 1), ("b", 2)))
    expected = "17c6a210d900b8683161a9b972a57feb284153dfb5cebd6ffa91f6b3ec0eed1b"
    assert read_streams(store, ["wages"])[1].streams["wages"].fingerprint == expected


def test_second_read_uses_the_snapshot(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing changed: the rows come from the columnar snapshot and no stream table is read."""
    deliver(store, "wages", wages(("a", 1)))
    deliver(store, "hours", hours(3))
    first, state = read_streams(store, ["wages", "hours", "units"])

    def unread(*_: object) -> pl.DataFrame:
        raise AssertionError("read the database")

    with monkeypatch.context() as patch:
        patch.setattr(read, "_rows", unread)
        again, same = read_streams(store, ["wages", "hours", "units"])
    assert same == state
    assert all(first[name].equals(again[name]) for name in first)
    deliver(store, "wages", wages(("a", 2)))
    assert cents(read_streams(store, ["wages"])[0]["wages"]) == {"a": 2}


def test_broken_or_missing_snapshot_costs_only_time(store: Store) -> None:
    """A snapshot that is cut off or removed is read from the database again."""
    deliver(store, "wages", wages(("a", 1)))
    first = read_streams(store, ["wages"])
    assert store.folder is not None
    (path,) = store.folder.glob("wages-*.parquet")
    path.write_bytes(path.read_bytes()[:50])
    again = read_streams(store, ["wages"])
    assert again[0]["wages"].equals(first[0]["wages"])
    assert again[1] == first[1]


def test_only_the_newest_snapshot_is_kept_and_private(store: Store) -> None:
    """Old snapshots do not pile up, and only the owner can read one: it holds care data."""
    for amount in (1, 2, 3):
        deliver(store, "wages", wages(("a", amount)))
        read_streams(store, ["wages"])
    assert store.folder is not None
    files = list(store.folder.iterdir())
    assert len([path for path in files if path.name.startswith("wages-")]) == 1
    assert len([path for path in files if path.name.startswith("keys-")]) == 1
    assert {path.stat().st_mode & 0o077 for path in [*files, store.folder]} == {0}


def test_snapshots_of_two_databases_do_not_mix(tmp_path: Path) -> None:
    """Two databases that share a folder never read each other's rows, whatever their run numbers."""
    for name, amount in (("one", 1), ("two", 2), ("one", 1)):
        with open_store(f"sqlite:///{tmp_path / name}.db", folder=tmp_path / "shared") as store:
            deliver(store, "wages", wages(("a", amount), ("b", 0)))
            assert cents(read_streams(store, ["wages"])[0]["wages"]) == {"a": amount, "b": 0}
            assert cents(read_stream(store, "wages")) == {"a": amount, "b": 0}


def test_database_put_back_from_a_copy(tmp_path: Path) -> None:
    """After a copy was put back, files that later runs left beside it are not taken for those of new runs."""
    path = tmp_path / "bridge.db"
    url, folder = f"sqlite:///{path}", tmp_path / "snapshots"
    with open_store(url, folder=folder) as store:
        deliver(store, "wages", wages(("a", 1)))
    copy = path.read_bytes()
    with open_store(url, folder=folder) as store:
        deliver(store, "wages", wages(("a", 2), ("b", 2)))
        read_streams(store, ["wages"])
    path.write_bytes(copy)
    with open_store(url, folder=folder) as store:
        assert deliver(store, "wages", wages(("a", 2))).accepted == 1
        assert cents(read_streams(store, ["wages"])[0]["wages"]) == {"a": 2}
        assert deliver(store, "wages", wages(("a", 2), ("b", 2))).accepted == 1
        assert cents(read_stream(store, "wages")) == {"a": 2, "b": 2}


def test_streams_are_read_from_one_state(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A merge that commits between two streams of one read is not half seen."""
    deliver(store, "wages", wages(("a", 1)))
    deliver(store, "hours", hours(1))
    real = read._rows
    merged: list[str] = []

    def interrupted(*arguments: object) -> pl.DataFrame:
        if not merged:
            merged.append("once")
            frame = real(*arguments)  # type: ignore[arg-type]  # passed on as they came
            deliver(store, "hours", hours(5))
            return frame
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(read, "_rows", interrupted)
    frames, _ = read_streams(store, ["wages", "hours"])
    assert merged
    assert frames["hours"].height == 1
    assert read_streams(store, ["hours"])[0]["hours"].height == 5


def test_chosen_connections(store: Store) -> None:
    """Rows can be read of chosen connections only."""
    for name in ("one", "two", "three"):
        deliver(store, "wages", wages((name, 1)), connection=name)
    assert sorted(read_stream(store, "wages", connections=["one", "three"])["source"]) == ["one", "three"]
