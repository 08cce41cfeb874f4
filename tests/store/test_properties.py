"""Whatever is delivered, in whatever batches: nothing is lost, and what is current is what was delivered last."""

from __future__ import annotations

import dataclasses
import itertools
from collections import Counter
from unittest import mock

import polars as pl
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipvb_bridge.core import validation
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.plugin.adapter import Mode
from ipvb_bridge.store import keys
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.load import Delivery
from ipvb_bridge.store.marks import MARKS
from ipvb_bridge.store.quarantine import held_rows
from ipvb_bridge.store.read import read_stream, read_streams
from ipvb_bridge.store.runs import start_run
from ipvb_bridge.store.tables import current
from tests.store.samples import cents

_connection = itertools.count()
# A key, and an amount; "x" is no amount, so that row is held back at the gate.
_row = st.tuples(st.sampled_from("abcdef"), st.sampled_from(["1.00", "2.00", "x"]))
_delivery = st.lists(st.lists(_row, max_size=5), max_size=4)


def _frame(rows: list[tuple[str, str]]) -> pl.DataFrame:
    same = {"contract_id": "c", "component": "gross", "relates_to": "2026-01", "paid_in": "2026-01"}
    return pl.DataFrame([{"wage_id": key, "amount": amount, **same} for key, amount in rows])


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=st.lists(_delivery, min_size=1, max_size=4))
def test_nothing_is_lost(store: Store, deliveries: list[list[list[tuple[str, str]]]]) -> None:
    """After each delivery: read = accepted + unchanged + quarantined, current = the good rows and the last good version
    of held ones, quarantine = the held rows, and every earlier state still reads as it was."""
    table = STREAMS["wages"]
    name = f"connection{next(_connection)}"
    expected: dict[str, int] = {}
    history: list[tuple[int, dict[str, int]]] = []
    for batches in deliveries:
        delivery = Delivery(store, start_run(store, "pull", name, "wages"), table)
        for batch in batches:
            if batch:
                checked = validation.check(table, _frame(batch), first=delivery.read + 1)
                delivery.stage(checked.rows)
                delivery.hold(checked.held)
        counts = delivery.merge("snapshot")

        rows = [row for batch in batches for row in batch]
        times = Counter(key for key, _ in rows)
        good = {key: int(amount[0]) * 100 for key, amount in rows if times[key] == 1 and amount != "x"}
        bad = [key for key, amount in rows if times[key] > 1 or amount == "x"]
        before = expected
        expected = good | {key: before[key] for key in bad if key in before}

        assert counts.read == len(rows) == counts.accepted + counts.unchanged + counts.quarantined
        assert counts.quarantined == len(bad)
        assert counts.unchanged == sum(before.get(key) == cents for key, cents in good.items())
        assert counts.closed == len(set(before) - set(expected))
        assert cents(read_stream(store, "wages", connections=[name])) == expected
        assert sorted(held_rows(store, connection=name)["source_id"]) == sorted(bad)
        history.append((read_streams(store, [])[1].as_of, expected))
    for moment, then in history:
        assert cents(read_stream(store, "wages", connections=[name], as_of=moment)) == then


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=_delivery, second=_delivery, data=st.data())
def test_batches_do_not_matter(
    store: Store, first: list[list[tuple[str, str]]], second: list[list[tuple[str, str]]], data: st.DataObject
) -> None:
    """The same rows in another order and other batches give the same counts, rows and quarantine."""
    table = STREAMS["wages"]
    outcomes = []
    shuffled = [data.draw(st.permutations([row for batch in each for row in batch])) for each in (first, second)]
    for deliveries in ([first, second], [[[row] for row in rows] for rows in shuffled]):
        name = f"connection{next(_connection)}"
        for batches in deliveries:
            delivery = Delivery(store, start_run(store, "pull", name, "wages"), table)
            for batch in batches:
                if batch:
                    checked = validation.check(table, _frame(batch), first=delivery.read + 1)
                    delivery.stage(checked.rows)
                    delivery.hold(checked.held)
            counts = delivery.merge("snapshot")
        rows = cents(read_stream(store, "wages", connections=[name]))
        held = held_rows(store, connection=name).select("source_id", "code", "record").sort(pl.all()).rows()
        outcomes.append((counts, rows, held))
    assert outcomes[0] == outcomes[1]


# Raw rows: an amount in two forms, another amount, none, and what is no amount.
_raw = st.tuples(st.sampled_from("abcdef"), st.sampled_from(["1.00", "1", "2.00", "", "x"]))
_raw_delivery = st.lists(st.lists(_raw, max_size=5), max_size=3)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries=st.lists(_raw_delivery, min_size=2, max_size=5), data=st.data())
def test_marks_are_only_faster(
    store: Store, deliveries: list[list[list[tuple[str, str]]]], data: st.DataObject
) -> None:
    """Passing over rows that are known by their mark gives the counts, rows and quarantine of judging every row, also
    when files with marks are lost now and then, the gate changes, rows come deleted and back, and the merge has to find
    out what is unchanged."""
    table = STREAMS["wages"]
    modes: list[Mode] = [data.draw(st.sampled_from(["snapshot", "changes"])) for _ in deliveries]
    lost = [data.draw(st.booleans()) for _ in deliveries]
    deleted = [data.draw(st.lists(st.sampled_from("abc"), max_size=2)) for _ in deliveries]
    strict = [data.draw(st.booleans()) for _ in deliveries]
    few = [data.draw(st.sampled_from([0, keys.COMPARE_FROM])) for _ in deliveries]
    outcomes = []
    for skims in (True, False):
        name = f"connection{next(_connection)}"
        outcome = []
        for at, batches in enumerate(deliveries):
            if lost[at] and store.folder is not None:
                for path in store.folder.glob("keys-*"):
                    path.unlink()
            rule = dataclasses.replace(table.column("amount"), high=1 if strict[at] else None)
            judged = dataclasses.replace(
                table, columns=tuple(rule if each.name == "amount" else each for each in table.columns)
            )
            delivery = Delivery(store, start_run(store, "pull", name, "wages"), judged)
            for number, batch in enumerate(batches):
                if number == 1 and modes[at] == "changes":
                    delivery.delete(deleted[at])
                if batch:
                    frame = _frame(batch).with_row_index("_position", offset=delivery.read + 1)
                    frame = delivery.skim(frame) if skims else frame
                    checked = validation.check(judged, frame, carried=list(MARKS) if skims else ())
                    with mock.patch.object(keys, "COMPARE_FROM", few[at]):
                        delivery.stage(checked.rows)
                    delivery.hold(checked.held)
            counts = delivery.merge(modes[at])
            rows = cents(read_stream(store, "wages", connections=[name]))
            held = held_rows(store, connection=name).select("source_id", "code", "record").sort(pl.all()).rows()
            outcome.append((counts, rows, held))
        outcomes.append(outcome)
    assert outcomes[0] == outcomes[1]


def test_history_has_no_overlap(store: Store) -> None:
    """Of one key never two rows are current at once: the database refuses it."""
    table = current["wages"]
    (index,) = [each for each in table.indexes if each.name == "wages_current"]
    assert index.unique
    assert [column.name for column in index.columns] == ["connection", "source_id"]
