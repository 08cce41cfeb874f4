"""Delivery: what two people signed goes out, is read back, and counts as done only when it reads back as signed.

A message is marked sent before the first byte leaves. Whoever finds it so, after a lost answer or a killed process,
asks the other system what it holds before anything is written again. Nothing goes out that is not an item of a plan
whose digest two people signed: plan and items are hashed anew before the first message, each item again before its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from ipvb_bridge.base import logging
from ipvb_bridge.base.canonical import digest
from ipvb_bridge.base.errors import BridgeError, CredentialsError, DataError, PeerError, RunError, SignatureNeeded
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.pipeline import connections, signing
from ipvb_bridge.pipeline import publish_messages as messages
from ipvb_bridge.plugin import loading
from ipvb_bridge.plugin.adapter import Destination, Outgoing, Receipt
from ipvb_bridge.store import outbox, plans, runs
from ipvb_bridge.store.database import Store, now

PATIENCE = 3
"""After so many messages in a row without an answer the rest of a connection waits for the next time."""

Render = Callable[[plans.Plan, str, Mapping[str, Any]], tuple[bytes, str] | None]
"""Gives, for a plan, a kind and the signed data, a document and its media type; None for a kind without one."""


def no_document(plan: plans.Plan, kind: str, data: Mapping[str, Any]) -> None:
    """Nothing is sent beside the data."""


Answer = TypeVar("Answer")
Place = tuple[str, ...]
"""Where an item goes and about whom: connection, key, kind, subject."""
Signed = Mapping[int, tuple[str, str | None, Place]]
"""Of a plan's items, by position: the digest that was signed, that of what was confirmed to stand there then, and where
it was signed to go.
"""


@dataclass(slots=True)
class Sent:
    """What happened: messages by state (confirmed, sent, failed, waiting), and the errors, each once."""

    states: Counter[str] = field(default_factory=Counter)
    errors: list[BridgeError] = field(default_factory=list)

    def met(self, error: BridgeError) -> None:
        """Keep an error, unless one with this code and place is there."""
        if (error.code, error.where) not in {(each.code, each.where) for each in self.errors}:
            self.errors.append(error)


@dataclass(frozen=True, slots=True)
class _Run:
    """What a delivery is done with."""

    configuration: Configuration
    sender: outbox.Sender
    clock: Callable[[], int]
    render: Render
    sent: Sent
    also_paused: bool


def send(
    configuration: Configuration,
    store: Store,
    period: str | None = None,
    *,
    clock: Callable[[], int] | None = None,
    render: Render = no_document,
    also_paused: bool = True,
) -> Sent:
    """Send what is signed and not confirmed, of one period or of all; safe to break off and to do again.

    Without ``also_paused`` what goes to a paused connection waits. A message, connection or plan that fails stops no
    other; its reason stays with the message. Raises ``RunError`` (S23) when another process is sending.
    """
    sent = Sent()
    with outbox.sending(store) as sender:
        runs.end_dead_sendings(store)
        run = _Run(configuration, sender, clock or now, render, sent, also_paused)
        for plan_id in sender.open_plans():
            plan = plans.plan(store, plan_id)
            if period in (None, plan.period):
                _send_plan(run, store, plan)
    return sent


def _send_plan(run: _Run, store: Store, plan: plans.Plan) -> None:
    try:
        items = plans.items(store, plan)
        signing.refuse_tampered(plan, items)
        signatures = plans.signatures_of(store, plan)
        _refuse_unsigned(run, plan, signatures)
    except (DataError, SignatureNeeded) as error:
        with _recorded(run, store, plan) as record:
            run.sent.met(error)
            refused = _all(run, plan, "failed", error)
            run.sent.states["failed"] += refused
            record.states["failed"] += refused
            record.error = error
        return
    until = min(each.valid_until for each in signatures)
    columns = items.select("position", "digest", "before", "connection", "key", "kind", "subject")
    signed: Signed = {
        position: (digest_, before, tuple(place)) for position, digest_, before, *place in columns.iter_rows()
    }
    for connection in run.sender.connections(plan.plan_id):
        known = run.configuration.bridge.connections.get(connection)
        if known is not None and known.paused and not run.also_paused:
            continue
        with _recorded(run, store, plan, connection) as record:
            _send_connection(run, plan, connection, signed, until, record)


def _refuse_unsigned(run: _Run, plan: plans.Plan, signatures: list[plans.Signature]) -> None:
    moment = run.clock()
    counted = signing.valid(run.configuration, plan, signatures, moment)
    if len(set(counted)) < plans.NEEDED:
        lost = ", ".join(each.signer for each in signatures if each.signer not in counted) or "-"
        raise SignatureNeeded(messages.EXPIRED, where=plan.period, seen=str(plan.plan_id), period=plan.period, why=lost)


@dataclass(slots=True)
class _Record:
    """What the run record of a sending will say."""

    states: Counter[str] = field(default_factory=Counter)
    sent: int = 0
    error: BridgeError | None = None


@contextmanager
def _recorded(run: _Run, store: Store, plan: plans.Plan, connection: str | None = None) -> Iterator[_Record]:
    """A run record around what is sent of a plan to a connection, whatever comes of it."""
    planned = run.sender.count(plan.plan_id, connection)
    said = f"{plan.period}, plan {plan.plan_id}"
    started = runs.start_run(store, "publish", connection, sending=runs.Sending(planned), text=said)
    record = _Record()
    state: runs.RunState = "red"
    try:
        yield record
        state = "green" if record.error is None else "red"
    finally:
        confirmed, failed = record.states["confirmed"], record.states["failed"]
        counts = runs.Sending(planned, record.sent, confirmed, failed)
        code, why = (record.error.code, f": {record.error.what()}") if record.error is not None else ("", "")
        runs.finish_run(store, started, state, code=code, text=f"{said}{why}", sending=counts)


def _send_connection(run: _Run, plan: plans.Plan, connection: str, signed: Signed, until: int, record: _Record) -> None:
    log = logging.get().bind(connection=connection, plan=plan.plan_id)
    try:
        adapter = connections.open_adapter(run.configuration, connection)
        offered = _asked(adapter, "targets", adapter.targets)
        ready = {each.kind: each for each in offered}
    except BridgeError as error:
        run.sent.met(error)
        run.sent.states["waiting"] += _all(run, plan, "", error, connection)
        record.error = error
        return
    states = record.states
    silent = 0
    for message in _in_turn(run, plan, connection):
        try:
            if run.clock() >= until:
                raise SignatureNeeded(
                    messages.EXPIRED, where=plan.period, seen=str(plan.plan_id), period=plan.period, why="expired"
                )
            state = _deliver(run, plan, adapter, message, signed, ready, record)
            silent = 0
        except BridgeError as error:
            run.sent.met(error)
            record.error = record.error or error
            state = _explain(run, message, error)
            silent = silent + 1 if isinstance(error, PeerError) else 0
            if isinstance(error, CredentialsError | SignatureNeeded):
                silent = PATIENCE
        states[state] += 1
        if silent >= PATIENCE:
            break
    log.info("sent", **states)
    run.sent.states.update(states)


def _in_turn(run: _Run, plan: plans.Plan, connection: str) -> Iterator[outbox.Message]:
    """Each open message once: those that were never sent first, so that a few that always fail hold up no other."""
    begun: set[int] = set()
    for tried in (False, True):
        after = 0
        while batch := run.sender.open_messages(plan.plan_id, connection, after=after, tried=tried):
            for message in batch:
                after = message.position
                if after not in begun:
                    begun.add(after)
                    yield message


def _deliver(
    run: _Run,
    plan: plans.Plan,
    adapter: loading.AnyAdapter,
    message: outbox.Message,
    signed: Signed,
    ready: Mapping[str, Destination],
    record: _Record,
) -> str:
    """Deliver one message; gives its state. Raises what the adapter raises, and W20, W22, W23.

    Before anything is withdrawn the other system is asked: a withdrawal of what does not stand there is done, unless it
    was sent to where things are taken away. What cannot be written there (W22) needs no writing when it is asked to
    stay as it is and nothing was ever sent.
    """
    where = f"{message.connection} {message.key}"
    wanted, before, place = signed.get(message.position, ("", None, ()))
    there = (message.connection, message.key, message.kind, message.subject)
    if digest(message.data) != wanted or message.digest != wanted or there != place:
        raise DataError(
            messages.TAMPERED, where=where, seen=f"plan {plan.plan_id}, item {message.position}", period=plan.period
        )
    data: dict[str, Any] = json.loads(message.data)
    withdrawal = bool(data.get("withdrawn"))
    target = ready.get(message.kind, Destination(message.kind, ready=False, why="-"))
    why = "" if target.ready else target.why or "-"
    # Nothing has left since the last confirmed state, and what is asked for is that state.
    nothing_new = not message.attempts and (before == wanted or (withdrawal and before is None))
    if why and nothing_new:
        return _confirmed(run, message, "", withdrawn=withdrawal)
    refused = DataError(
        messages.NOT_READY, where=where, seen=message.kind, connection=message.connection, why=why, period=plan.period
    )
    if why and not withdrawal:
        raise refused
    receipt: Receipt | None = None
    if message.attempts or withdrawal:
        receipt = _asked(adapter, "find", lambda: adapter.find(message.key, message.kind))
    if receipt is None and withdrawal and not (target.taken and (message.attempts or before is not None)):
        # Nothing stands there, which is what was to be reached. What was picked up must be withdrawn by a word.
        return _confirmed(run, message, "", withdrawn=True)
    going: Outgoing | None = None
    if receipt is not None and receipt.digest == message.digest:
        # It stands there, says its mark; whether it reads back as signed nobody has seen yet.
        going = _outgoing(run, plan, message, data)
        receipt = _asked(adapter, "standing", partial(adapter.standing, going))
    if receipt is None or receipt.digest != message.digest:
        if why:
            raise refused
        going = going or _outgoing(run, plan, message, data)
        if not run.sender.mark_sent(message, run.clock()):
            return "withdrawn"
        record.sent += 1
        receipt = _asked(adapter, "deliver", partial(adapter.deliver, going))
    assert receipt is not None, "deliver gives a receipt"
    if receipt.digest != message.digest:
        raise DataError(messages.READ_BACK_DIFFERS, where=where, seen=receipt.digest[:12], period=plan.period)
    return _confirmed(run, message, receipt.reference, withdrawn=withdrawal)


def _outgoing(run: _Run, plan: plans.Plan, message: outbox.Message, data: Mapping[str, Any]) -> Outgoing:
    document, media_type = run.render(plan, message.kind, data) or (None, "")
    return Outgoing(
        message.key,
        message.kind,
        message.subject,
        "" if message.kind in outbox.STANDING else plan.period,
        data,
        message.digest,
        document,
        media_type,
        run.configuration.bridge.organisation.language,
    )


def _confirmed(run: _Run, message: outbox.Message, reference: str, *, withdrawn: bool) -> str:
    done = run.sender.confirm(message, run.clock(), reference, withdrawn=withdrawn)
    return "confirmed" if done else "withdrawn"


def _asked(adapter: loading.AnyAdapter, doing: str, ask: Callable[[], Answer]) -> Answer:
    """Ask the adapter; whatever it raises that is no message of ours becomes one that names the adapter."""
    try:
        return ask()
    except BridgeError:
        raise
    except Exception as error:
        # Only the kind of error: its text may quote what was sent.
        seen = type(error).__name__
        raise RunError(
            loading.ADAPTER_RAISED, where=adapter.context.connection, seen=seen, name=adapter.name, doing=doing
        ) from error


def _explain(run: _Run, message: outbox.Message, error: BridgeError) -> str:
    """Keep the reason with the message. Without an answer its state stays: what was marked sent stays unknown."""
    state = "" if isinstance(error, PeerError) else "failed"
    run.sender.trouble(message, run.clock(), state, error.code, error.what(), error.next_step())
    return state or "unknown"


def _all(run: _Run, plan: plans.Plan, state: str, error: BridgeError, connection: str | None = None) -> int:
    """Keep a reason with every open message of a plan, or of its messages to one connection; gives their number."""
    return run.sender.trouble_all(
        plan.plan_id, connection, run.clock(), state, error.code, error.what(), error.next_step()
    )
