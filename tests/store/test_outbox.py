"""Plans, signatures and outbox on both stores: what is signed never changes, what is sent is never forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from ipvb_bridge.base.canonical import canonical, digest
from ipvb_bridge.base.errors import BridgeError, RunError, SignatureNeeded
from ipvb_bridge.store import outbox, plans
from ipvb_bridge.store.database import Store, open_store
from ipvb_bridge.store.plans import Plan, Signature
from ipvb_bridge.store.tables import outbox as outbox_rows
from ipvb_bridge.store.tables import plan_items, signatures
from ipvb_bridge.store.tables import plans as plan_rows

NOW = 1_800_000_000_000_000


def items(count: int = 3, cents: int = 0, *, before: dict[str, str] | None = None) -> pl.DataFrame:
    """Items D1, D2, ... with that many cents each."""
    names = [f"D{number}" for number in range(1, count + 1)]
    data = [canonical({"unit_id": name, "cents": cents, "é\u0001": None}) for name in names]
    known = before or {}
    keys = [f"roster/2026-01/{name}" for name in names]
    return pl.DataFrame(
        {
            "position": range(1, count + 1),
            "target": "roster",
            "connection": "peer",
            "key": keys,
            "kind": "roster",
            "subject": names,
            "unit_id": names,
            "location": None,
            "action": ["changed" if key in known else "new" for key in keys],
            "before": [known.get(key) for key in keys],
            "digest": [digest(each) for each in data],
            "data": data,
        },
        schema=plans.ITEMS,
    )


def keep(store: Store, frame: pl.DataFrame | None = None, period: str = "2026-01") -> Plan:
    return plans.save_plan(
        store,
        items() if frame is None else frame,
        period=period,
        version=1,
        fingerprint="f",
        maker="dick",
        made_at=NOW,
        summary=[{"target": "roster", "location": None, "action": "new", "items": 3}],
    )


def signature(plan: Plan, name: str, moment: int = NOW, hours: int = 72) -> Signature:
    return Signature(name, "passphrase", plan.digest, "proof", moment, moment + hours * 3_600_000_000)


def sign(store: Store, plan: Plan, *names: str) -> None:
    for name in names:
        plans.sign(store, plan, signature(plan, name), NOW)


def deliver(store: Store, plan: Plan, *, wrong: str = "") -> None:
    """Confirm every open message of a plan; one that is named by key stays sent."""
    with outbox.sending(store) as sender:
        for message in sender.open_messages(plan.plan_id, "peer"):
            assert sender.mark_sent(message, NOW)
            if message.key != wrong:
                assert sender.confirm(message, NOW, f"ref {message.key}", withdrawn=False)


def states(store: Store) -> Counter[str]:
    return Counter(outbox.shown(store)["state"])


def test_a_plan_reads_back_as_it_was_kept(store: Store) -> None:
    """Plan and items are the same after reading, in their order, and hash to the digest."""
    frame = items()
    plan = keep(store, frame)
    assert plans.plan(store, plan.plan_id) == plan
    assert plans.plans(store, "2026-01") == [plan]
    assert plans.plans(store, "2026-02") == []
    found = plans.items(store, plan)
    assert found.equals(frame)
    assert plans.broken(plan, found) == ""


@pytest.mark.parametrize("column", [name for name in plans.ITEMS if name != "position"])
def test_each_column_of_an_item_is_signed(column: str) -> None:
    """A change in any column of any item is another content."""
    frame = items()
    changed = frame.with_columns(
        pl.when(pl.col("position") == 2).then(pl.lit("x")).otherwise(pl.col(column)).alias(column)
    )
    assert plans.content(changed) != plans.content(frame)
    assert plans.content(frame.reverse()) != plans.content(frame)


@pytest.mark.parametrize(
    "column", ["period", "version", "fingerprint", "maker", "made_at", "items", "summary", "content"]
)
def test_each_column_of_a_plan_is_signed(store: Store, column: str) -> None:
    """A change in what a plan says of itself is told, and one in its items names the item."""
    import dataclasses

    plan = keep(store)
    values: dict[str, Any] = {"version": 2, "made_at": 2, "items": 2, "summary": []}
    other = dataclasses.replace(plan, **{column: values.get(column, "x")})
    assert plans.broken(other, plans.items(store, plan)) == f"plan {plan.plan_id}"
    changed = plans.items(store, plan).with_columns(pl.col("data").str.replace('"cents":0', '"cents":1', literal=True))
    assert plans.broken(plan, changed) == f"plan {plan.plan_id}, item 1"
    assert plans.broken(plan, changed.head(2).with_columns(data=pl.col("data"))) != ""
    assert plans.broken(plan, plans.items(store, plan).head(2)) == f"plan {plan.plan_id}, items"


@pytest.mark.parametrize("table", [plan_rows, plan_items, signatures])
def test_what_people_sign_is_never_updated(store: Store, table: sa.Table) -> None:
    """The database itself refuses to change a plan, an item or a signature."""
    sign(store, keep(store), "anna")
    column = list(table.c)[-1]
    with pytest.raises(RunError), store.write() as database:
        database.execute(sa.update(table).values({column: column}))


def test_the_second_signature_fills_the_outbox(store: Store) -> None:
    """One signature makes no message, two make one for each item, a third none more."""
    plan = keep(store)
    sign(store, plan, "anna")
    assert outbox.shown(store).is_empty()
    sign(store, plan, "bob")
    assert states(store) == {"waiting": 3}
    sign(store, plan, "carla")
    assert states(store) == {"waiting": 3}
    assert [each.signer for each in plans.signatures_of(store, plan)] == ["anna", "bob", "carla"]


def test_unsigned_plans_are_the_newest_of_their_period(store: Store) -> None:
    """Of each period the newest plan waits for as long as fewer than two people signed it, and the last made is known;
    a plan that writes nothing does not wait."""
    keep(store)
    january, february = keep(store), keep(store, period="2026-02")
    sign(store, january, "anna")
    shown = plans.unsigned(store).select("plan_id", "period", "made_at", "connection", "last").rows()
    assert shown == [
        (january.plan_id, "2026-01", NOW, "peer", False),
        (february.plan_id, "2026-02", NOW, "peer", True),
    ]
    sign(store, february, "anna", "bob")
    assert plans.unsigned(store)["last"].to_list() == [False]
    keep(store, items(0))
    assert plans.unsigned(store).is_empty()


def test_what_is_under_way_is_as_it_was_signed(store: Store) -> None:
    """What is not confirmed is given with its item and period; what was confirmed or withdrawn is not."""
    first = keep(store)
    sign(store, first, "anna", "bob")
    deliver(store, first, wrong="roster/2026-01/D3")
    away = outbox.under_way(store)
    row = plans.items(store, first).filter(position=3)
    same = [name for name in outbox.UNDER_WAY if name in plans.ITEMS]
    assert away.select(same).equals(row.select(same))
    assert away.select("plan_id", "period").rows() == [(first.plan_id, "2026-01")]


def test_a_confirmation_without_a_reference_keeps_the_one_there_was(store: Store) -> None:
    """What is confirmed without being written stays findable in the other system."""
    first = keep(store)
    sign(store, first, "anna", "bob")
    deliver(store, first)
    known = outbox.last_confirmed(store, "2026-01", ["roster"])
    second = keep(store, items(1, 5, before=dict(known.select("key", "digest").rows())))
    sign(store, second, "anna", "bob")
    with outbox.sending(store) as sender:
        (message,) = sender.open_messages(second.plan_id, "peer")
        assert sender.confirm(message, NOW, "", withdrawn=False)
    again = outbox.last_confirmed(store, "2026-01", ["roster"])
    assert again["reference"].to_list() == known["reference"].to_list()
    assert again["digest"][0] != known["digest"][0]


def test_an_expired_signature_is_no_second_one(store: Store) -> None:
    """Two signatures count only when both do at the same moment."""
    plan = keep(store)
    plans.sign(store, plan, signature(plan, "anna", hours=1), NOW)
    later = NOW + 2 * 3_600_000_000
    assert [each.signer for each in plans.sign(store, plan, signature(plan, "bob", later), later)] == ["bob"]
    assert outbox.shown(store).is_empty()


def test_nobody_signs_twice(store: Store) -> None:
    """The second signature of one person is refused and opens nothing."""
    plan = keep(store)
    sign(store, plan, "anna")
    with pytest.raises(SignatureNeeded, match="S22"):
        sign(store, plan, "anna")
    assert outbox.shown(store).is_empty()


def test_two_second_signatures_at_once(store: Store) -> None:
    """Eight people who sign at the same moment fill the outbox once."""
    plan = keep(store)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: sign(store, plan, f"signer{name}"), range(8)))
    assert len(plans.signatures_of(store, plan)) == 8
    assert states(store) == {"waiting": 3}


def test_only_the_newest_plan_of_a_period(store: Store) -> None:
    """A plan of the same period that came later outdates one; that of another period does not."""
    old, other = keep(store), keep(store, period="2026-02")
    keep(store)
    with pytest.raises(SignatureNeeded, match="S21"):
        sign(store, old, "anna")
    sign(store, other, "anna")


def test_confirmed_messages_are_the_last_state(store: Store) -> None:
    """What was confirmed stands with its digest, data and reference; a later one takes its place."""
    first = keep(store)
    sign(store, first, "anna", "bob")
    deliver(store, first)
    known = outbox.last_confirmed(store, "2026-01", ["roster"])
    assert known.select("key", "digest", "data").equals(items().select("key", "digest", "data"))
    assert known["reference"].to_list() == [f"ref roster/2026-01/D{number}" for number in (1, 2, 3)]
    second = keep(store, items(2, 5, before=dict(known.select("key", "digest").rows())))
    sign(store, second, "anna", "bob")
    deliver(store, second)
    again = outbox.last_confirmed(store, "2026-01", ["roster"])
    assert again.height == 3
    assert again["digest"].to_list() == [*items(2, 5)["digest"], known["digest"][2]]
    assert outbox.last_confirmed(store, "2026-02", ["roster"]).is_empty()
    assert outbox.counted(store)["messages"].to_list() == [3, 2]


def test_a_plan_made_before_others_were_confirmed(store: Store) -> None:
    """When what stands in the other system is not what the plan was compared with, it cannot be signed."""
    first = keep(store)
    sign(store, first, "anna", "bob")
    second = keep(store, items(2, 5))
    deliver(store, first)
    with pytest.raises(SignatureNeeded, match="S21") as caught:
        sign(store, second, "anna")
    assert caught.value.fields["why"] == "2 items were written since"


def test_a_newer_plan_withdraws_what_is_open(store: Store) -> None:
    """Open messages for the same keys are withdrawn; what may have been sent makes the newer one look first."""
    first = keep(store)
    sign(store, first, "anna", "bob")
    with outbox.sending(store) as sender:
        message = sender.open_messages(first.plan_id, "peer")[0]
        assert sender.mark_sent(message, NOW)
        second = keep(store, items(2, 5))
        sign(store, second, "anna", "bob")
        assert states(store) == {"withdrawn": 2, "waiting": 3}
        assert not sender.mark_sent(message, NOW)
        assert not sender.confirm(message, NOW, "", withdrawn=False)
        attempts = [each.attempts for each in sender.open_messages(second.plan_id, "peer")]
        assert attempts == [1, 0]
        assert [each.key for each in sender.open_messages(first.plan_id, "peer")] == ["roster/2026-01/D3"]
        assert sender.open_plans() == [first.plan_id, second.plan_id]
    assert outbox.last_confirmed(store, "2026-01", ["roster"]).is_empty()


def test_reasons_stay_with_the_message(store: Store) -> None:
    """Why something was not delivered can be read back, for one message and for all of a plan."""
    plan = keep(store)
    sign(store, plan, "anna", "bob")
    with outbox.sending(store) as sender:
        message = sender.open_messages(plan.plan_id, "peer")[1]
        assert sender.mark_sent(message, NOW)
        sender.trouble(message, NOW + 1, "", "P33", "weg", "later")
        assert sender.trouble_all(plan.plan_id, "other", NOW, "failed", "X01", "", "") == 0
        assert [each.state for each in sender.open_messages(plan.plan_id, "peer")] == ["waiting", "sent", "waiting"]
        assert sender.open_messages(plan.plan_id, "peer", after=2, most=1)[0].position == 3
        assert sender.connections(plan.plan_id) == ["peer"]
    shown = outbox.shown(store, only_open=True)
    assert shown["code"].to_list() == ["", "P33", ""]
    assert shown["next_step"][1] == "later"
    with outbox.sending(store) as sender:
        assert sender.trouble_all(plan.plan_id, None, NOW, "failed", "W20", "t", "n") == 3
    assert states(store) == {"failed": 3}


def test_one_message_a_key(store: Store) -> None:
    """The database refuses a second open message for a key, whoever writes it."""
    plan = keep(store)
    sign(store, plan, "anna", "bob")
    with store.read() as database:
        row = dict(database.execute(sa.select(outbox_rows)).mappings().first() or {})
    del row["message_id"]
    with pytest.raises(RunError), store.write() as database:
        database.execute(sa.insert(outbox_rows).values({**row, "plan_id": 99}))


def test_one_process_sends(store: Store, store_url: str) -> None:
    """A second sender on the same database is refused while the first lives, and let in after."""
    with open_store(store_url) as other:
        with outbox.sending(store), pytest.raises(RunError, match="S23"), outbox.sending(other):
            pass
        with outbox.sending(other) as sender:
            assert sender.open_plans() == []


def test_a_lost_connection_ends_the_right_to_send(migrated_url: str) -> None:
    """On PostgreSQL the right to send is the connection's: without it no state is written any more."""
    with open_store(migrated_url) as store:
        plan = keep(store, items().with_columns(pl.format("lost/{}", "key").alias("key")), period="2031-01")
        sign(store, plan, "anna", "bob")
        with pytest.raises(BridgeError, match=r"S04|S15"):
            _cut_off(store, migrated_url, plan)
        shown = outbox.shown(store).filter(pl.col("plan_id") == plan.plan_id)
        assert set(shown["state"]) == {"waiting"}
        with outbox.sending(store) as sender:
            assert plan.plan_id in sender.open_plans()


def _cut_off(store: Store, url: str, plan: Plan) -> None:
    with outbox.sending(store) as sender:
        message = sender.open_messages(plan.plan_id, "peer")[0]
        with open_store(url) as other, other.write() as database:
            database.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            )
        sender.mark_sent(message, NOW)


def test_tries_of_a_passphrase_are_counted_before_they_are_looked_at(store: Store) -> None:
    """Of tries at the same moment one is looked at; the others come too soon."""

    def pause(wrong: int) -> int:
        return wrong * 10**6

    def attempt(_: int) -> tuple[int, int]:
        return plans.begin_try(store, "bob", NOW, pause)

    with ThreadPoolExecutor(6) as pool:
        found = list(pool.map(attempt, range(6)))
    assert Counter(wait > 0 for _, wait in found) == {True: 5, False: 1}
    assert plans.begin_try(store, "bob", NOW + 10**6, pause) == (1, 0)
    assert plans.begin_try(store, "bob", NOW + 2 * 10**6, pause) == (2, 10**6)
    plans.forget_tries(store, "bob")
    assert plans.begin_try(store, "bob", NOW, pause) == (0, 0)


def test_a_database_of_the_first_schema_is_upgraded(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that was made before publishing existed gets its tables, and keeps what is in it."""
    from alembic import command

    real: Callable[..., None] = command.upgrade
    monkeypatch.setattr(command, "upgrade", lambda config, target: real(config, "0001"))
    with open_store(empty_url) as store, store.read() as database:
        assert not sa.inspect(database).has_table("plans")
        before = database.exec_driver_sql("SELECT store_id FROM identity").scalar()
    monkeypatch.undo()
    with open_store(empty_url) as store:
        assert keep(store).plan_id == 1
        with store.read() as database:
            assert database.exec_driver_sql("SELECT store_id FROM identity").scalar() == before
