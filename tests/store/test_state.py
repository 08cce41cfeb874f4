"""Summaries: what the state command shows."""

from __future__ import annotations

import json

from ipvb_bridge.store import state
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.runs import finish_run, start_run
from tests.store.samples import deliver, wages


def test_last_run_of_each(store: Store) -> None:
    """One line for each connection and stream, the last one, and one for each other kind of run."""
    deliver(store, "wages", wages(("a", 1)))
    deliver(store, "wages", wages(("a", 1), ("b", 1)))
    finish_run(store, start_run(store, "pull", "two", "hours"), "red", code="P01", text="weg")
    finish_run(store, start_run(store, "calculate"), "green", text="2026-01")
    frame = state.last_runs(store)
    columns = ["kind", "connection", "stream", "state", "read", "accepted", "unchanged", "code"]
    assert frame.select(columns).rows() == [
        ("pull", "one", "wages", "green", 2, 1, 1, ""),
        ("pull", "two", "hours", "red", 0, 0, 0, "P01"),
        ("calculate", None, None, "green", 0, 0, 0, ""),
    ]
    assert frame["finished_at"].null_count() == 0
    assert (frame["finished_at"] >= frame["started_at"]).all()


def test_all_runs_of_a_stream(store: Store) -> None:
    """The history of runs can be asked for one connection or one stream."""
    deliver(store, "wages", wages(("a", 1)))
    deliver(store, "wages", wages(("a", 1)), connection="two")
    assert state.all_runs(store, connection="two")["connection"].to_list() == ["two"]
    assert state.all_runs(store, stream="hours").is_empty()


def test_cursors(store: Store) -> None:
    """Each cursor is shown with the run that moved it."""
    deliver(store, "wages", wages(("a", 1)), cursor={"page": 3, "digest": "d"})
    (row,) = state.cursor_state(store).iter_rows(named=True)
    assert (row["connection"], row["stream"], json.loads(row["cursor"])) == ("one", "wages", {"page": 3, "digest": "d"})
    assert row["run_id"] == state.all_runs(store)["run_id"][0]
