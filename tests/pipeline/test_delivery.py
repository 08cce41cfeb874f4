"""Delivery: each signed item has one effect, whatever breaks off; nothing else has any."""

from __future__ import annotations

import json
from collections import Counter

import polars as pl
import pytest

from ipvb_bridge.base.canonical import canonical, digest
from ipvb_bridge.base.errors import PeerError, RunError
from ipvb_bridge.pipeline import delivery
from ipvb_bridge.plugin import Outgoing, Receipt
from ipvb_bridge.plugin import messages as peer_messages
from ipvb_bridge.store import outbox, plans
from tests.pipeline.peer import Peer
from tests.pipeline.publishing import House
from tests.pipeline.test_planning import change_agreement
from tests.pipeline.test_signing import tamper

STEPS = ("mark_sent", "confirm")


def states(house: House) -> Counter[str]:
    return Counter(outbox.shown(house.store)["state"])


def once_each(house: House, plan: plans.Plan) -> bool:
    """Every item of the plan had exactly one effect, and there were no others."""
    items = plans.items(house.store, plan)
    return sorted(house.effects()) == sorted(f"{key} {digest}" for key, digest in items.select("key", "digest").rows())


def test_signed_items_are_delivered_once_and_read_back(house: House) -> None:
    """All items arrive, are confirmed with the other system's reference, and sending again does nothing."""
    plan = house.signed()
    assert house.send().states == {"confirmed": 11}
    assert once_each(house, plan)
    known = outbox.last_confirmed(house.store, "2026-01", ["resident_statement", "roster", "monthly_conversation"])
    assert known.height == 11
    assert set(known["reference"]) == {f"peer:{key}" for key in known["key"]}
    assert house.send().states == {}
    assert once_each(house, plan)


def test_nothing_is_sent_that_two_people_did_not_sign(house: House) -> None:
    """With one signature, or none, sending writes nothing."""
    plan = house.kept()
    assert house.send().states == {}
    house.anna(plan)
    assert house.send().states == {}
    assert house.effects() == []


def test_a_hundred_dropped_connections_have_one_effect_each(house: House) -> None:
    """A peer that applies and then drops the line, a hundred times: each item stands there once, all are confirmed."""
    data = [canonical({"kind": "roster", "number": number}) for number in range(100)]
    items = pl.DataFrame(
        {
            "position": range(1, 101),
            "target": "roster",
            "connection": "peer",
            "key": [f"roster/2026-01/{number}" for number in range(100)],
            "kind": "roster",
            "subject": [str(number) for number in range(100)],
            "unit_id": None,
            "location": None,
            "action": "new",
            "before": None,
            "digest": [digest(each) for each in data],
            "data": data,
        },
        schema=plans.ITEMS,
    )
    plan = plans.save_plan(
        house.store, items, period="2026-01", version=1, fingerprint="", maker="dick", made_at=house.clock(), summary=[]
    )
    house.anna(plan)
    house.bob(plan)
    house.faults(*["drop after"] * 100)
    times = 0
    while states(house)["confirmed"] < 100:
        sent = house.send()
        assert all(each.code == "P33" for each in sent.errors)
        times += 1
        assert times < 40
    assert once_each(house, plan)
    assert (house.peer / "faults").read_text("utf-8") == ""


def test_a_lost_request_is_sent_again(house: House) -> None:
    """When the line broke before anything was applied, looking finds nothing and it is written then."""
    plan = house.signed()
    house.faults("drop before")
    assert house.send().states == {"confirmed": 10, "unknown": 1}
    shown = outbox.shown(house.store, only_open=True)
    assert (shown["state"][0], shown["attempts"][0], shown["code"][0]) == ("sent", 1, "P33")
    assert house.send().states == {"confirmed": 1}
    assert once_each(house, plan)
    assert (house.peer / "asked").read_text("utf-8").splitlines().count(shown["key"][0]) == 2


@pytest.mark.parametrize("fault", ["die before", "die after"])
def test_killed_inside_the_other_system(house: House, fault: str) -> None:
    """A process killed while it writes, before or after it took effect, leaves nothing lost and nothing twice."""
    plan = house.signed()
    for _ in range(3):
        house.faults("", fault)
        assert house.child("house.send()") == 9
    house.faults()
    while house.send().states:
        pass
    assert states(house) == {"confirmed": 11}
    assert once_each(house, plan)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_between_two_steps(house: House, step: str, when: str) -> None:
    """A process killed on either side of writing a state down goes on where it was: nothing lost, nothing twice."""
    plan = house.signed()
    code = (
        "import os\n"
        "from ipvb_bridge.store.outbox import Sender\n"
        f"real = Sender.{step}\n"
        "def cut(self, message, *rest, **more):\n"
        "    if message.position == 4 and WHEN == 'before': os._exit(9)\n"
        "    done = real(self, message, *rest, **more)\n"
        "    if message.position == 4: os._exit(9)\n"
        "    return done\n"
        f"Sender.{step} = cut\n"
        "house.send()\n"
    )
    assert house.child(f"WHEN = {when!r}\n{code}") == 9
    assert states(house)["confirmed"] >= 3
    while house.send().states:
        pass
    assert states(house) == {"confirmed": 11}
    assert once_each(house, plan)


def test_killed_again_and_again_on_postgresql(postgresql_house: House) -> None:
    """On PostgreSQL too: killed around every step and inside the other system, each item has its one effect."""
    house = postgresql_house
    plan = house.signed()
    for step in STEPS:
        for when in ("before", "after"):
            code = (
                "import os\n"
                "from ipvb_bridge.store.outbox import Sender\n"
                f"real = Sender.{step}\n"
                "count = 0\n"
                "def cut(self, message, *rest, **more):\n"
                "    global count\n"
                "    count += 1\n"
                f"    if count == 2 and {when!r} == 'before': os._exit(9)\n"
                "    done = real(self, message, *rest, **more)\n"
                "    if count == 2: os._exit(9)\n"
                "    return done\n"
                f"Sender.{step} = cut\n"
                "house.send()\n"
            )
            assert house.child(code) == 9
    for fault in ("die before", "die after"):
        house.faults(fault)
        assert house.child("house.send()") == 9
    house.faults()
    while house.send().states:
        pass
    assert states(house) == {"confirmed": 11}
    assert once_each(house, plan)


@pytest.mark.parametrize("place", ["plans.outbox.fill", "plans._refuse_outdated"])
def test_killed_inside_the_second_signature(house: House, place: str) -> None:
    """Signature and outbox are written in one transaction: killed in between, neither is there."""
    plan = house.kept()
    house.anna(plan)
    code = (
        "import os\n"
        "from ipvb_bridge.store import plans\n"
        f"real = {place}\n"
        "def cut(*given):\n"
        "    real(*given)\n"
        "    os._exit(9)\n"
        f"{place} = cut\n"
        "house.bob(plans.newest(house.store, '2026-01'))\n"
    )
    assert house.child(code) == 9
    assert [each.signer for each in plans.signatures_of(house.store, plan)] == ["anna"]
    assert outbox.shown(house.store).is_empty()
    assert len(house.bob(plan)) == 2
    house.send()
    assert once_each(house, plan)


def test_killed_while_planning(house: House) -> None:
    """A plan is kept whole or not at all."""
    code = (
        "import os\n"
        "from ipvb_bridge.store import plans\n"
        "real = plans.bulk.append\n"
        "def cut(*given):\n"
        "    real(*given)\n"
        "    os._exit(9)\n"
        "plans.bulk.append = cut\n"
        "house.plan()\n"
    )
    assert house.child(code) == 9
    assert plans.plans(house.store) == []
    assert house.plan().waits


def test_one_cent_after_the_second_signature(house: House) -> None:
    """An item that was changed by a cent in the database is refused, with the whole plan, and stays visible."""
    plan = house.signed()
    with house.store.read() as database:
        data = database.exec_driver_sql("SELECT data FROM plan_items WHERE position = 5").scalar()
    cents = json.loads(data)["care_cents"]
    for other in ("data", "digest"):
        changed = data.replace(f'"care_cents":{cents}', f'"care_cents":{cents + 1}')
        assert changed != data
        value = changed if other == "data" else digest(changed)
        # With the digest made to fit as well, the plan's own digest no longer does.
        tamper(house, f"UPDATE plan_items SET {other} = '{value}' WHERE position = 5")
        sent = house.send()
        assert [each.code for each in sent.errors] == ["W20"]
        assert sent.errors[0].exit_code == 6
        assert house.effects() == []
    tamper(house, f"UPDATE plans SET content = '{plans.content(plans.items(house.store, plan))}'")
    assert [each.code for each in house.send().errors] == ["W20"]
    forged = plans.plan(house.store, plan.plan_id).header()
    tamper(house, f"UPDATE plans SET digest = '{forged}'")
    assert [each.code for each in house.send().errors] == ["W21"]
    assert house.effects() == []
    assert set(outbox.shown(house.store)["code"]) == {"W21"}
    assert states(house) == {"failed": 11}


def test_a_message_changed_while_others_go_out_is_refused(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each item is hashed again just before it is sent: what is changed after the plan was looked at does not go."""
    plan = house.signed()
    real = outbox.Sender.open_messages

    def late(self: outbox.Sender, *given: object, **more: object) -> list[outbox.Message]:
        import dataclasses

        found = real(self, *given, **more)  # type: ignore[arg-type]  # handed on as given
        return [
            dataclasses.replace(each, data=each.data.replace("0", "1")) if each.position == 6 else each
            for each in found
        ]

    monkeypatch.setattr(outbox.Sender, "open_messages", late)
    sent = house.send()
    assert sent.states == {"confirmed": 10, "failed": 1}
    assert [each.code for each in sent.errors] == ["W20"]
    assert len(house.effects()) == plan.items - 1


@pytest.mark.parametrize(
    ("column", "value"),
    [("key", "resident_statement/2026-01/R9/D1"), ("kind", "care_today"), ("connection", "other"), ("subject", "R9")],
)
def test_a_message_sent_elsewhere_than_signed_is_refused(house: House, column: str, value: str) -> None:
    """Signed data under another key, of another kind, to another connection or about another person does not go."""
    house.edit(
        "bridge.toml",
        "[publish.signers.anna]",
        '[connections.other]\nadapter = "peer"\nsettings = { path = "peer" }\n\n[publish.signers.anna]',
    )
    plan = house.signed()
    real = outbox.Sender.open_messages
    if column == "subject":
        # Taken from the plan's items, which are hashed as a whole before the first message goes out.

        def late(self: outbox.Sender, *given: object, **more: object) -> list[outbox.Message]:
            import dataclasses

            found = real(self, *given, **more)  # type: ignore[arg-type]  # handed on as given
            return [dataclasses.replace(each, subject=value) if each.position == 5 else each for each in found]

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(outbox.Sender, "open_messages", late)
            sent = house.send()
    else:
        tamper(house, f"UPDATE outbox SET {column} = '{value}' WHERE position = 5")
        sent = house.send()
    assert sent.states == {"confirmed": plan.items - 1, "failed": 1}
    assert [each.code for each in sent.errors] == ["W20"]
    assert len(house.effects()) == plan.items - 1


def test_forged_signatures_do_not_count(house: House) -> None:
    """A signature put into the database by hand does not open anything: it is checked again before sending."""
    plan = house.kept()
    house.bob(plan)
    armored = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----"
    until = house.clock() + 10**12
    with house.store.write() as database:
        database.exec_driver_sql(
            "INSERT INTO signatures (plan_id, signer, method, digest, proof, signed_at, valid_until) "
            f"VALUES ({plan.plan_id}, 'anna', 'ssh', '{plan.digest}', '{armored}', {house.clock()}, {until})"
        )
        outbox.fill(database, plan.plan_id, house.clock())
    sent = house.send()
    assert [each.code for each in sent.errors] == ["W21"]
    assert "anna" in sent.errors[0].what("en")
    assert house.effects() == []


@pytest.mark.parametrize("way", ["removed", "another key", "another passphrase"])
def test_who_is_no_signer_any_more_does_not_count(house: House, way: str) -> None:
    """A signer who was taken out of bridge.toml, or whose key or passphrase was replaced, has not signed."""
    from ipvb_bridge.pipeline import passphrases

    house.signed()
    if way == "removed":
        house.edit("bridge.toml", '[publish.signers.bob]\npassphrase = "${file:bob.argon2}"\n', "")
    elif way == "another passphrase":
        (house.folder / "bob.argon2").write_text(passphrases.hashed("een nieuwe zin voor bob"))
    else:
        key = (house.folder / "anna.pub").read_text().strip()
        house.edit("bridge.toml", key.split()[1], key.split()[1][:-6] + "AAAAAA")
    assert [each.code for each in house.send().errors] == ["W21"]
    assert house.effects() == []


def test_expired_signatures_send_nothing_and_the_items_are_planned_again(house: House) -> None:
    """After the hours that a signature counts nothing goes out; a new plan takes its place when it is signed."""
    first = house.signed()
    house.clock.later(hours=72)
    sent = house.send()
    assert [(each.code, each.exit_code) for each in sent.errors] == [("W21", 7)]
    assert states(house) == {"failed": 11}
    second = house.signed()
    assert second.plan_id == first.plan_id + 1
    assert states(house) == {"withdrawn": 11, "waiting": 11}
    assert house.send().states == {"confirmed": 11}
    assert once_each(house, second)


def test_signatures_that_expire_while_sending_stop_it(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is looked at before every message."""
    house.signed()
    real = outbox.Sender.confirm

    def slow(self: outbox.Sender, message: outbox.Message, *given: object, **more: object) -> bool:
        if message.position == 3:
            house.clock.later(hours=72)
        return real(self, message, *given, **more)  # type: ignore[arg-type]  # handed on as given

    monkeypatch.setattr(outbox.Sender, "confirm", slow)
    sent = house.send()
    assert sent.states == {"confirmed": 3, "failed": 1}
    assert [each.code for each in sent.errors] == ["W21"]


def test_signed_items_that_are_under_way_are_not_planned_again(house: House) -> None:
    """What waits for delivery needs no second plan, unless its figures changed meanwhile."""
    house.signed()
    planned = house.plan()
    assert (planned.plan, planned.under_way) == (None, 11)
    change_agreement(house)
    again = house.plan()
    assert again.under_way == 9
    assert again.items.height == 2


def test_a_newer_plan_replaces_what_was_not_delivered(house: House) -> None:
    """An unknown outcome is looked at before the newer figures are written; the older message is withdrawn."""
    house.signed()
    house.faults("drop after")
    house.send()
    lost = outbox.shown(house.store, only_open=True)["key"][0]
    assert lost == "roster/2026-01/D1"
    change_agreement(house)
    newer = house.signed()
    asked = (house.peer / "asked").read_text("utf-8").splitlines().count(lost)
    assert house.send().states == {"confirmed": 2}
    assert (house.peer / "asked").read_text("utf-8").splitlines().count(lost) == asked + 2
    assert states(house) == {"confirmed": 12, "withdrawn": 1}
    assert [each for each in house.effects() if each.startswith(lost)][1:] == [
        f"{lost} {plans.items(house.store, newer).filter(pl.col('key') == lost)['digest'][0]}"
    ]


def test_read_back_that_differs_is_no_confirmation(house: House) -> None:
    """What reads back otherwise than signed stays failed with its reason, and is written again next time."""
    house.signed()
    house.faults("distort")
    sent = house.send()
    assert sent.states == {"confirmed": 10, "failed": 1}
    assert [each.code for each in sent.errors] == ["W23"]
    failed = outbox.shown(house.store, only_open=True)
    assert (failed["state"][0], failed["code"][0]) == ("failed", "W23")
    assert failed["next_step"][0]
    assert house.send().states == {"confirmed": 1}


def test_a_mark_beside_other_data_is_no_confirmation(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the answer was lost and the other system shows our digest over other data, it is written once more."""
    real_find, real_deliver = Peer.find, Peer.deliver

    def marked(self: Peer, key: str, kind: str) -> Receipt | None:
        marks = [line.split()[-1] for line in house.effects() if line.startswith(f"{key} ")]
        return Receipt(key, f"peer:{key}", marks[-1]) if marks else None

    def lost(self: Peer, outgoing: Outgoing) -> Receipt:
        real_deliver(self, outgoing)
        raise PeerError(peer_messages.LOST, where="peer", seen="dropped")

    house.signed()
    monkeypatch.setattr(Peer, "find", marked)
    monkeypatch.setattr(Peer, "standing", lambda self, outgoing: real_find(self, outgoing.key, outgoing.kind))
    house.faults("distort")
    with monkeypatch.context() as broken:
        broken.setattr(Peer, "deliver", lost)
        assert house.send().states["unknown"] == delivery.PATIENCE
    distorted, *others = house.effects()
    assert house.send().states == {"confirmed": 11}
    assert house.effects().count(distorted) == 2, "it stood there otherwise, and was written again"
    assert all(house.effects().count(each) == 1 for each in others)


def test_a_peer_that_is_away_is_not_asked_for_every_item(house: House) -> None:
    """After three messages without an answer the rest waits for the next time, and then all arrive once."""
    plan = house.signed()
    house.peer.mkdir()
    (house.peer / "away").touch()
    assert house.send().states == {"unknown": 3}
    assert states(house) == {"sent": 3, "waiting": 8}
    (house.peer / "away").unlink()
    assert house.send().states == {"confirmed": 11}
    assert once_each(house, plan)


def test_a_few_that_never_get_an_answer_hold_up_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that fails on three messages in a row, each time, gets the others all the same; the three stay open."""
    house.signed()
    real = Peer.deliver
    bad = [each["key"] for each in outbox.shown(house.store).head(delivery.PATIENCE).iter_rows(named=True)]

    def fails(self: Peer, outgoing: Outgoing) -> Receipt:
        if outgoing.key in bad:
            raise PeerError(peer_messages.LOST, where="peer", seen="500")
        return real(self, outgoing)

    monkeypatch.setattr(Peer, "deliver", fails)
    assert house.send().states == {"unknown": 3}
    assert house.send().states == {"confirmed": 8, "unknown": 3}
    assert house.send().states == {"unknown": 3}
    monkeypatch.setattr(Peer, "deliver", real)
    assert house.send().states == {"confirmed": 3}
    assert len(house.effects()) == 11


def test_a_refused_login_stops_the_connection(house: House) -> None:
    """Trying on could lock the account: one message has the reason, the others wait."""
    house.signed()
    house.faults("refuse login")
    sent = house.send()
    assert sent.states == {"failed": 1}
    assert sent.errors[0].exit_code == 4
    assert states(house) == {"failed": 1, "waiting": 10}
    assert house.send().states == {"confirmed": 11}


def test_an_adapter_that_raises_stops_no_other_item(house: House) -> None:
    """An error in an adapter is told by kind only, and the other items go out."""
    house.signed()
    house.faults("raise")
    sent = house.send()
    assert sent.states == {"confirmed": 10, "failed": 1}
    assert [(each.code, each.seen) for each in sent.errors] == [("A04", "ZeroDivisionError")]
    assert house.send().states == {"confirmed": 1}


def test_what_the_other_system_does_not_offer_stays_visible(house: House) -> None:
    """A target that is not switched on fails with its reason, and goes out once it is."""
    house.signed()
    house.edit("bridge.toml", 'settings = { path = "peer" }', 'settings = { path = "peer", ready = false }')
    sent = house.send()
    assert sent.states == {"failed": 11}
    assert {each.code for each in sent.errors} == {"W22"}
    assert "not switched on" in outbox.shown(house.store)["text"][0]
    assert house.effects() == []
    house.edit("bridge.toml", "ready = false", "ready = true")
    assert house.send().states == {"confirmed": 11}


def test_a_connection_that_cannot_be_opened_keeps_its_messages(house: House) -> None:
    """A wrong setting of the connection is the reason that stands with each message; they wait."""
    house.signed()
    house.edit("bridge.toml", 'settings = { path = "peer" }', 'settings = { pad = "peer" }')
    sent = house.send()
    assert sent.states == {"waiting": 11}
    assert sent.errors[0].exit_code == 3
    assert set(outbox.shown(house.store)["code"]) == {"C04"}


def sendings(house: House) -> list[tuple[object, ...]]:
    """The run records of publishing: connection, state, the four counts, code."""
    from ipvb_bridge.store import state

    runs = state.all_runs(house.store)
    shown = ["connection", "state", "planned", "sent", "confirmed", "failed", "code"]
    frame = runs.filter(runs["kind"] == "publish")
    assert frame["started_at"].null_count() == frame["finished_at"].null_count() == 0
    return frame.select(shown).rows()


def test_sending_leaves_a_run_record(house: House) -> None:
    """Each sending says when it began and ended, what was planned, went out, was confirmed and failed, and why."""
    house.signed()
    house.faults("", "drop after", "distort")
    house.send()
    house.send()
    house.send()
    assert sendings(house) == [
        ("peer", "red", 11, 11, 9, 1, "P33"),
        # What was lost on the way back is found there: nothing is written for it again.
        ("peer", "green", 2, 1, 2, 0, ""),
    ]


def test_refused_signatures_leave_a_run_record(house: House) -> None:
    """A sending that may send nothing is red with its reason."""
    house.signed()
    house.clock.later(hours=72)
    house.send()
    assert sendings(house) == [(None, "red", 11, 0, 0, 11, "W21")]


def test_a_killed_sending_is_closed_by_the_next(house: House) -> None:
    """The run record of a process that was killed does not stay open: the next sender ends it, red, with S24."""
    house.signed()
    house.faults("", "", "die after")
    assert house.child("house.send()") == 9
    house.faults()
    house.send()
    assert sendings(house) == [
        ("peer", "red", 11, 0, 0, 0, "S24"),
        ("peer", "green", 9, 8, 9, 0, ""),
    ]


def test_an_adapter_that_cannot_say_what_it_writes_stops_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error in ``targets`` is told with the adapter's name; the messages wait and the run is red."""
    from tests.pipeline.peer import Peer

    house.signed()
    with monkeypatch.context() as broken:
        broken.setattr(Peer, "targets", lambda self: 1 / 0)
        assert house.send().states == {"waiting": 11}
    assert sendings(house)[0][-1] == "A04"
    assert house.send().states == {"confirmed": 11}


def test_one_process_sends_at_a_time(house: House) -> None:
    """While another process sends, a second one is told so and sends nothing; a killed one is not in the way."""
    plan = house.signed()
    with outbox.sending(house.store), pytest.raises(RunError, match="S23"):
        house.send()
    assert (
        house.child("from ipvb_bridge.store import outbox\nimport os\nwith outbox.sending(house.store): os._exit(9)")
        == 9
    )
    assert house.send().states == {"confirmed": 11}
    assert once_each(house, plan)


def test_a_document_travels_with_the_data(house: House) -> None:
    """What is rendered from the signed data goes along; a kind without a document goes without."""
    house.signed()
    seen: list[str] = []

    def render(plan: plans.Plan, kind: str, data: object) -> tuple[bytes, str] | None:
        seen.append(kind)
        return (b"<p>", "text/html") if kind == "resident_statement" else None

    delivery.send(house.configuration, house.store, clock=house.clock, render=render)
    assert Counter(seen) == {"resident_statement": 6, "roster": 2, "monthly_conversation": 3}


def test_another_period_is_left_alone(house: House) -> None:
    """Sending one month sends nothing of another."""
    house.signed()
    assert delivery.send(house.configuration, house.store, "2026-02", clock=house.clock).states == {}
    assert delivery.send(house.configuration, house.store, "2026-01", clock=house.clock).states == {"confirmed": 11}
