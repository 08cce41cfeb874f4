"""Quarantine: a held row is listed once, with its reason, until a good row takes its place."""

from __future__ import annotations

import hmac

import polars as pl
import sqlalchemy as sa

from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.plugin.adapter import Scope
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.load import Delivery
from ipvb_bridge.store.masked import NAME
from ipvb_bridge.store.quarantine import count_open, held_rows
from ipvb_bridge.store.runs import finish_run, start_run
from ipvb_bridge.store.tables import quarantine
from tests.store.samples import deliver, held, wages


def _open(store: Store) -> list[str | None]:
    return held_rows(store)["source_id"].to_list()


def test_entry_says_where_what_and_why(store: Store) -> None:
    """An entry keeps connection, stream, key, position, column, code, what was seen and the row."""
    deliver(store, "wages", held=held("a", seen="12,5"))
    entry = held_rows(store).row(0, named=True)
    for name, value in {
        "connection": "one",
        "stream": "wages",
        "source_id": "a",
        "position": "wages.csv:2",
        "column": "amount",
        "code": "D01",
        "seen": "12,5",
        "record": '{"wage_id": "a"}',
        "state": "open",
    }.items():
        assert entry[name] == value


def test_held_again_is_not_doubled(store: Store) -> None:
    """The same broken row delivered again keeps its one entry, first seen then."""
    deliver(store, "wages", held=held("a", "b"))
    first = held_rows(store)
    counts = deliver(store, "wages", held=held("b", "a"))
    assert counts.quarantined == 2
    assert held_rows(store).select("entry_id", "run_id").rows() == first.select("entry_id", "run_id").rows()


def test_each_run_shows_all_it_held(store: Store) -> None:
    """Of a run all rows it held are listed, those that were held before among them."""
    deliver(store, "wages", held=held("a"))
    run = start_run(store, "pull", "one", "wages")
    delivery = Delivery(store, run, STREAMS["wages"])
    delivery.hold(held("a", "b"))
    delivery.merge("snapshot")
    assert held_rows(store, run_id=run.run_id)["source_id"].to_list() == ["a", "b"]


def test_two_equal_rows_without_a_key_are_two_entries(store: Store) -> None:
    """Two broken rows that look alike are two rows; when one is mended, one entry stays."""
    deliver(store, "wages", held=held("", ""))
    assert _open(store) == [None, None]
    deliver(store, "wages", held=held(""))
    assert _open(store) == [None]


def test_good_row_resolves(store: Store) -> None:
    """A good row with the same key resolves the entry; other entries stay when the delivery is of changes only."""
    deliver(store, "wages", held=held("a", "b"))
    deliver(store, "wages", wages(("a", 1)), mode="changes")
    assert _open(store) == ["b"]


def test_unchanged_row_resolves(store: Store) -> None:
    """A row that comes back as it was before it broke resolves the entry as well."""
    deliver(store, "wages", wages(("a", 1)))
    deliver(store, "wages", wages(("a", 1)), held=held("b"))
    deliver(store, "wages", held=held("a", "b"))
    deliver(store, "wages", wages(("a", 1)), mode="changes")
    assert _open(store) == ["b"]


def test_row_that_is_gone_resolves(store: Store) -> None:
    """A broken row that a complete delivery does not hold any more is no one's problem; also when it had no key."""
    deliver(store, "wages", held=held("a", ""))
    deliver(store, "wages", wages(("z", 1)))
    assert _open(store) == []


def test_deleted_key_resolves(store: Store) -> None:
    """A change feed that reports the key as gone resolves its entry."""
    deliver(store, "wages", held=held("a", "b"))
    deliver(store, "wages", mode="changes", deleted=["a"])
    assert _open(store) == ["b"]


def test_delivery_of_other_months_resolves_nothing(store: Store) -> None:
    """An entry of January stays when February is delivered, and is resolved when January is delivered without it."""
    january, february = Scope("2026-01", "2026-01"), Scope("2026-02", "2026-02")
    deliver(store, "wages", mode="period", scopes=[january], held=held(""))
    deliver(store, "wages", mode="period", scopes=[february])
    assert _open(store) == [None]
    deliver(store, "wages", mode="period", scopes=[Scope("2025-12"), february])
    assert _open(store) == []


def test_entry_of_a_company_stays_when_another_delivers(store: Store) -> None:
    """What was held from one company's book says nothing about another's."""
    one, two = Scope(equals={"company_id": "1"}), Scope(equals={"company_id": "2"})
    deliver(store, "ledger_lines", mode="period", scopes=[one], held=held("x", stream="ledger_lines"))
    deliver(store, "ledger_lines", mode="period", scopes=[two])
    assert _open(store) == ["x"]
    deliver(store, "ledger_lines", mode="period", scopes=[one])
    assert _open(store) == []


def test_other_reason_replaces(store: Store) -> None:
    """A row that is broken in another way has one open entry: the new one."""
    deliver(store, "wages", held=held("a", code="D01"))
    deliver(store, "wages", mode="changes", held=held("a", code="D08"))
    assert held_rows(store)["code"].to_list() == ["D08"]


def test_red_run_opens_nothing(store: Store) -> None:
    """What a red run held is shown with that run only, and goes when the next delivery is green."""
    run = start_run(store, "pull", "one", "wages")
    Delivery(store, run, STREAMS["wages"]).hold(held("a"))
    finish_run(store, run, "red", code="P01", text="afgebroken")
    assert _open(store) == []
    assert held_rows(store, run_id=run.run_id)["state"].to_list() == ["staged"]
    deliver(store, "wages", wages(("a", 1)))
    assert held_rows(store, run_id=run.run_id).is_empty()


def test_count_by_code(store: Store) -> None:
    """Open entries are counted per connection, stream and code."""
    deliver(store, "wages", held=pl.concat([held("a", "b"), held("c", code="D08")]))
    deliver(store, "wages", held=held("a"), connection="two")
    assert count_open(store).rows() == [
        ("one", "wages", "D01", 2),
        ("one", "wages", "D08", 1),
        ("two", "wages", "D01", 1),
    ]


def masked(*keys: str, code: str = "D01") -> pl.DataFrame:
    """Held rows whose keys could be BSNs: shown masked, as the gate does."""
    rows = held(*keys, code=code)
    hidden = pl.lit("#########").alias("source_id")
    return rows.with_columns(hidden, record=pl.lit('{"wage_id": "#########"}'))


def test_masked_keys_are_told_apart(store: Store) -> None:
    """In a feed of changes a mended row resolves its own entry and no other, though all masked keys look alike."""
    deliver(store, "wages", mode="changes", held=masked("111222333"))
    deliver(store, "wages", mode="changes", held=masked("123456782"))
    first, second = held_rows(store)["entry_id"]
    deliver(store, "wages", mode="changes", held=masked("123456782", "111222333"))
    assert held_rows(store)["entry_id"].to_list() == [first, second]
    deliver(store, "wages", wages(("111222333", 1), ("x", 1)), mode="changes")
    assert held_rows(store)["entry_id"].to_list() == [second]
    deliver(store, "wages", mode="changes", held=masked("123456782", code="D08"))
    assert held_rows(store)["code"].to_list() == ["D08"]
    deliver(store, "wages", mode="changes", deleted=["123456782"])
    assert _open(store) == []


def test_masked_key_that_is_mended_within_a_complete_delivery(store: Store) -> None:
    """A complete delivery resolves what it does not hold any more, masked or not, and keeps what it holds again."""
    deliver(store, "wages", held=masked("111222333", "123456782"))
    deliver(store, "wages", wages(("111222333", 1)), held=masked("123456782"))
    assert _open(store) == ["#########"]


def test_what_tells_masked_keys_apart_tells_no_key(store: Store) -> None:
    """The database holds neither the key nor a hash that can be made without the file; the file is this user's alone,
    and only there when a key was masked. Without it nothing is resolved wrongly."""
    assert store.folder is not None
    deliver(store, "wages", mode="changes", held=held("a"))
    path = store.folder / NAME
    assert not path.exists()
    deliver(store, "wages", mode="changes", held=masked("111222333"))
    assert path.stat().st_mode & 0o777 == 0o600
    with store.read() as database:
        (row,) = database.execute(sa.select(quarantine).where(quarantine.c.key_hash.is_not(None))).all()
    assert "111222333" not in str(row)
    key = b"111222333"
    assert row.key_hash == hmac.digest(path.read_bytes(), key, "sha256").hex()[:32]
    path.unlink()
    deliver(store, "wages", mode="changes", held=masked("123456782"))
    deliver(store, "wages", wages(("111222333", 1)), mode="changes")
    assert _open(store) == ["a", "#########", "#########"]


def test_many_held_rows(store: Store) -> None:
    """A delivery in which every row is broken is held and settled in bulk, twice."""
    many = held(*(str(number) for number in range(3000)))
    for _ in range(2):
        assert deliver(store, "wages", held=many).quarantined == 3000
    assert held_rows(store).height == 3000
    assert deliver(store, "wages", wages(("1", 1))).accepted == 1
    assert held_rows(store).is_empty()
