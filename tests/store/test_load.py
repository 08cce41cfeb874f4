"""Staging and merging: what a delivery makes current, closes, leaves and holds."""

from __future__ import annotations

import polars as pl
import pytest
import sqlalchemy as sa

from ipvb_bridge.base.errors import RunError
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.validation import check
from ipvb_bridge.plugin.adapter import Scope
from ipvb_bridge.store import load
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.keys import Keys
from ipvb_bridge.store.load import Delivery
from ipvb_bridge.store.quarantine import held_rows
from ipvb_bridge.store.read import read_stream
from ipvb_bridge.store.runs import Counts, finish_run, start_run
from ipvb_bridge.store.state import all_runs
from ipvb_bridge.store.tables import current, staged, staged_keys
from tests.store.samples import cents, deliver, held, hours, wages


def test_first_delivery_is_current(store: Store) -> None:
    """All rows of a first delivery turn current, with its cursor, and the run is green."""
    counts = deliver(store, "wages", wages(("a", 1), ("b", 2)), wages(("c", 3)), cursor={"digest": "x"})
    assert counts == Counts(read=3, accepted=3)
    assert cents(read_stream(store, "wages")) == {"a": 1, "b": 2, "c": 3}
    assert load.cursor(store, "one", "wages") == {"digest": "x"}
    assert all_runs(store)["state"].to_list() == ["green"]


def test_changed_unchanged_gone_and_new(store: Store) -> None:
    """A second snapshot closes what changed or is gone, leaves what is equal and adds what is new."""
    deliver(store, "wages", wages(("a", 1), ("b", 2), ("c", 3)))
    counts = deliver(store, "wages", wages(("a", 1), ("b", 20), ("d", 4)))
    assert counts == Counts(read=3, accepted=2, unchanged=1, closed=1)
    assert cents(read_stream(store, "wages")) == {"a": 1, "b": 20, "d": 4}
    with store.read() as database:
        rows = database.execute(sa.select(sa.func.count()).select_from(current["wages"])).scalar()
    assert rows == 5


def test_compared_and_staged_whole_give_the_same(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing before staging is only faster: without it every count and every row is the same."""
    results = []
    for factor, connection in ((load.COMPARE_FROM, "compared"), (0, "whole")):
        monkeypatch.setattr(load, "COMPARE_FROM", factor)
        deliver(store, "wages", wages(("a", 1), ("b", 2), ("c", 3)), connection=connection)
        counts = deliver(
            store, "wages", wages(("a", 1), ("b", 20)), wages(("d", 4), ("a", 1)), held=held("c"), connection=connection
        )
        results.append((counts, cents(read_stream(store, "wages", connections=[connection]))))
    assert results[0] == results[1]
    assert results[0][0] == Counts(read=5, accepted=2, unchanged=0, quarantined=3)
    assert results[0][1] == {"a": 1, "b": 20, "c": 3, "d": 4}


def test_connections_do_not_touch_each_other(store: Store) -> None:
    """A snapshot of one connection closes nothing of another that delivers the same keys."""
    deliver(store, "wages", wages(("a", 1), ("b", 2)), connection="one")
    deliver(store, "wages", wages(("a", 9)), connection="two")
    deliver(store, "wages", wages(("a", 1)), connection="one")
    rows = read_stream(store, "wages").sort("source")
    assert rows.select("wage_id", "amount", "source").rows() == [("a", 1, "one"), ("a", 9, "two")]


def test_scope_closes_only_inside(store: Store) -> None:
    """A delivery of a span of months closes what is gone in those months and nothing outside them."""
    deliver(store, "wages", wages(("a", 1, "2026-01"), ("b", 2, "2026-02"), ("c", 3, "2026-03")))
    counts = deliver(store, "wages", wages(("d", 4, "2026-02")), mode="period", scopes=[Scope("2026-02", "2026-02")])
    assert counts == Counts(read=1, accepted=1, closed=1)
    assert cents(read_stream(store, "wages")) == {"a": 1, "c": 3, "d": 4}


def test_scope_of_moments_begins_at_midnight_in_amsterdam(store: Store) -> None:
    """A shift that starts at 23:30 UTC on 31 December belongs to January: midnight is that of Amsterdam."""
    rows = hours(2).with_columns(
        start=pl.Series(["2025-12-31T22:30:00", "2025-12-31T23:30:00"]).str.to_datetime(time_unit="us", time_zone="UTC")
    )
    deliver(store, "hours", rows)
    counts = deliver(store, "hours", mode="period", scopes=[Scope("2026-01", "2026-01")])
    assert counts.closed == 1
    assert read_stream(store, "hours")["hours_id"].to_list() == ["00000000"]


def test_scope_by_equal_column(store: Store) -> None:
    """A delivery that is complete for one company closes nothing of another."""
    lines = pl.DataFrame(
        {
            "line_id": ["1", "1"],
            "company_id": ["A", "B"],
            "entry_id": ["e", "e"],
            "date": ["2026-01-05", "2026-01-05"],
            "period": ["2026-01", "2026-01"],
            "account_id": ["4000", "4000"],
            "amount": [100, -100],
        }
    ).with_columns(pl.col("date").str.to_date(), journal_type=pl.lit(None), cost_centre_id=pl.lit(None))
    lines = lines.cast({"journal_type": pl.String, "cost_centre_id": pl.String})
    deliver(store, "ledger_lines", lines)
    counts = deliver(store, "ledger_lines", mode="period", scopes=[Scope(equals={"company_id": "A"})])
    assert counts.closed == 1
    assert read_stream(store, "ledger_lines")["company_id"].to_list() == ["B"]


@pytest.mark.parametrize("scope", [Scope("2026-01"), Scope(equals={"colour": "red"})])
def test_scope_that_does_not_fit_is_refused(store: Store, scope: Scope) -> None:
    """Months on a stream without a period, or an unknown column, stop the merge: nothing is closed."""
    units = pl.DataFrame(
        {"unit_id": ["u"], "parent_id": [None], "kind": ["department"], "name": ["x"], "floor_area_m2": [None]},
        schema=STREAMS["units"].schema(),
    )
    deliver(store, "units", units)
    with pytest.raises(RunError, match="S17"):
        deliver(store, "units", mode="period", scopes=[scope])
    assert read_stream(store, "units").height == 1


def test_changes_close_only_what_they_name(store: Store) -> None:
    """A change feed closes the keys it reports as deleted and nothing by absence."""
    deliver(store, "wages", wages(("a", 1), ("b", 2), ("c", 3)))
    counts = deliver(store, "wages", wages(("b", 5)), mode="changes", deleted=["c", "never-seen"])
    assert counts == Counts(read=1, accepted=1, closed=1)
    assert cents(read_stream(store, "wages")) == {"a": 1, "b": 5}


def test_deleted_and_delivered_in_order(store: Store) -> None:
    """In one feed a key that is deleted and then delivered lives, one that is delivered and then deleted does not."""
    deliver(store, "wages", wages(("back", 1), ("same", 1)))
    delivery = Delivery(store, start_run(store, "pull", "one", "wages"), STREAMS["wages"])
    delivery.delete(["back", "same"])
    delivery.stage(wages(("back", 2), ("same", 1), ("brief", 3)))
    delivery.delete(["brief"])
    counts = delivery.merge("changes")
    assert counts == Counts(read=3, accepted=2, unchanged=1, closed=1)
    assert cents(read_stream(store, "wages")) == {"back": 2, "same": 1}


def test_deleted_and_delivered_broken_stays(store: Store) -> None:
    """A key that is deleted and then delivered broken keeps its last good version, with the held row shown; one that is
    delivered broken and then deleted is gone, also when both are of one batch."""
    deliver(store, "wages", wages(("back", 1), ("gone", 1), ("stays", 1)))
    delivery = Delivery(store, start_run(store, "pull", "one", "wages"), STREAMS["wages"])
    delivery.hold(held("gone"))
    delivery.delete(["back", "gone"])
    delivery.hold(held("back"))
    counts = delivery.merge("changes")
    assert counts == Counts(read=2, quarantined=2, closed=1)
    assert cents(read_stream(store, "wages")) == {"back": 1, "stays": 1}
    assert "back" in held_rows(store)["source_id"].to_list()


@pytest.mark.parametrize("apart", [False, True])
def test_duplicate_keys_are_all_held(store: Store, apart: bool) -> None:
    """Of a key that stands twice in a delivery no row turns current, within a batch or across batches."""
    deliver(store, "wages", wages(("old", 1), ("other", 1)))
    first, second = wages(("a", 1), ("old", 1), ("b", 7)), wages(("a", 2), ("old", 2))
    batches = [first, second] if apart else [pl.concat([first, second])]
    counts = deliver(store, "wages", *batches)
    assert counts == Counts(read=5, accepted=1, quarantined=4, closed=1)
    # A key that was held is not gone: its last good version stays.
    assert cents(read_stream(store, "wages")) == {"b": 7, "old": 1}
    entries = held_rows(store)
    assert sorted(entries["source_id"]) == ["a", "a", "old", "old"]
    assert set(entries["code"]) == {"D13"}


def test_position_of_a_duplicate_is_kept(store: Store) -> None:
    """Quarantine says where in the source the doubled rows stood."""
    rows = wages(("a", 1), ("a", 2)).with_columns(_position=pl.Series(["wages.csv:2", "wages.csv:3"]))
    deliver(store, "wages", rows)
    assert sorted(held_rows(store)["position"]) == ["wages.csv:2", "wages.csv:3"]


def test_held_row_keeps_its_last_good_version(store: Store) -> None:
    """A row that arrives broken does not make its earlier, good version disappear."""
    deliver(store, "wages", wages(("a", 1), ("b", 2)))
    counts = deliver(store, "wages", wages(("a", 1)), held=held("b"))
    assert counts == Counts(read=2, unchanged=1, quarantined=1)
    assert cents(read_stream(store, "wages")) == {"a": 1, "b": 2}


def test_good_and_broken_row_of_one_key(store: Store) -> None:
    """When one of two rows with a key is broken, the other is a duplicate all the same and is held."""
    counts = deliver(store, "wages", wages(("a", 1), ("b", 2)), held=held("b"))
    assert counts == Counts(read=3, accepted=1, quarantined=2)
    assert cents(read_stream(store, "wages")) == {"a": 1}


@pytest.mark.parametrize("batches", [0, 1, 2, 3])
def test_crash_after_any_batch(store: Store, batches: int) -> None:
    """A run that dies after any batch changes nothing; the next run replaces it and loads everything once."""
    deliver(store, "wages", wages(("z", 1)))
    parts = [wages(("a", 1)), wages(("b", 2)), wages(("c", 3))]
    dead = Delivery(store, start_run(store, "pull", "one", "wages"), STREAMS["wages"])
    for part in parts[:batches]:
        dead.stage(part)
    assert cents(read_stream(store, "wages")) == {"z": 1}
    counts = deliver(store, "wages", *parts)
    assert counts == Counts(read=3, accepted=3, closed=1)
    assert cents(read_stream(store, "wages")) == {"a": 1, "b": 2, "c": 3}
    assert all_runs(store)["state"].to_list() == ["green", "red", "green"]
    assert all_runs(store)["quarantined"].to_list()[1] == batches
    with pytest.raises(RunError, match="S12"):
        dead.merge("snapshot")
    with pytest.raises(RunError, match="S12"):
        dead.stage(parts[0])


def test_nothing_stays_staged(store: Store) -> None:
    """After a green or a red run nothing is left in the staging tables."""
    deliver(store, "wages", wages(("a", 1), ("b", 1), ("b", 2)))
    deliver(store, "wages", wages(("c", 1)))
    run = start_run(store, "pull", "one", "wages")
    Delivery(store, run, STREAMS["wages"]).stage(wages(("d", 1)))
    finish_run(store, run, "red", code="P01", text="weg")
    with store.read() as database:
        for table in (staged["wages"], staged_keys):
            assert database.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0


def test_order_of_batches_changes_nothing(store: Store) -> None:
    """Batches in another order, or rows cut in other batches, give the same rows and counts."""
    rows = hours(60)
    before = deliver(store, "hours", rows[:40], connection="one")
    after = deliver(store, "hours", rows[20:40], rows[:10], rows[10:20], connection="two")
    assert before == after
    again = [
        deliver(store, "hours", *parts, connection=name)
        for name, parts in (("one", [rows[10:]]), ("two", [rows[50:], rows[30:50], rows[10:30]]))
    ]
    assert again[0] == again[1] == Counts(read=50, accepted=20, unchanged=30, closed=10)
    one, two = (
        read_stream(store, "hours", connections=[name]).drop("source").sort("hours_id") for name in ("one", "two")
    )
    assert one.equals(two)


def test_cursor_stays_when_the_run_is_red(store: Store) -> None:
    """A red run moves no cursor and closes nothing, and says how many rows it held back."""
    deliver(store, "wages", wages(("a", 1)), cursor={"at": 1})
    run = start_run(store, "pull", "one", "wages")
    delivery = Delivery(store, run, STREAMS["wages"])
    delivery.stage(wages(("b", 1)))
    finish_run(store, run, "red", code="D01", text="te weinig")
    assert load.cursor(store, "one", "wages") == {"at": 1}
    assert cents(read_stream(store, "wages")) == {"a": 1}
    last = all_runs(store).row(-1, named=True)
    assert (last["state"], last["read"], last["quarantined"], last["code"]) == ("red", 1, 1, "D01")


def test_unchanged_payload_moves_the_cursor_only(store: Store) -> None:
    """A payload that the adapter knows is a green run with no rows; the current rows stay."""
    deliver(store, "wages", wages(("a", 1)), cursor={"at": 1})
    delivery = Delivery(store, start_run(store, "pull", "one", "wages"), STREAMS["wages"])
    assert delivery.unchanged({"at": 2}) == Counts()
    assert load.cursor(store, "one", "wages") == {"at": 2}
    assert cents(read_stream(store, "wages")) == {"a": 1}
    assert all_runs(store)["mode"].to_list() == ["snapshot", "unchanged"]


def test_another_run_between_the_merge_and_the_file_of_its_keys(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that merges while an earlier one still writes its file of keys is not forgotten: going back to what the
    earlier one brought is a change."""
    deliver(store, "wages", wages(("a", 1), ("b", 2)))
    afterwards = Keys.afterwards

    def later(keys: Keys, *given: pl.Series) -> pl.DataFrame | None:
        monkeypatch.setattr(Keys, "afterwards", afterwards)
        deliver(store, "wages", wages(("a", 20), ("b", 2), ("c", 3)))
        return afterwards(keys, *given)

    monkeypatch.setattr(Keys, "afterwards", later)
    deliver(store, "wages", wages(("a", 10), ("b", 2)))
    assert cents(read_stream(store, "wages")) == {"a": 20, "b": 2, "c": 3}
    counts = deliver(store, "wages", wages(("a", 10), ("b", 2)))
    assert counts == Counts(read=2, accepted=1, unchanged=1, closed=1)
    assert cents(read_stream(store, "wages")) == {"a": 10, "b": 2}


def test_held_row_keeps_its_last_good_version_whatever_its_key(store: Store) -> None:
    """Also a row whose key is a number that could be a BSN, which the quarantine does not show."""
    number = "123456782"
    deliver(store, "wages", wages((number, 1), ("b", 2)))
    row = {"wage_id": number, "contract_id": "c1", "component": "gross", "relates_to": "2026-13", "paid_in": "2026-01"}
    refused = check(STREAMS["wages"], pl.DataFrame([{**row, "amount": "1.00"}])).held
    assert deliver(store, "wages", wages(("b", 2)), held=refused) == Counts(read=2, unchanged=1, quarantined=1)
    assert cents(read_stream(store, "wages")) == {number: 1, "b": 2}
    assert number not in str(held_rows(store).rows())
