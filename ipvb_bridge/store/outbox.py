"""The outbox: what two people signed, on its way to other systems; and what those were confirmed to hold.

A message waits, is marked sent before the first byte leaves, and is confirmed when it was read back. What is marked
sent may stand there already: whoever takes it up again looks first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy as sa

from ipvb_bridge.base.errors import RunError
from ipvb_bridge.store import bulk, messages
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.tables import outbox, plan_items, plans, published

OPEN = ("waiting", "sent", "failed")
STANDING = frozenset({"care_today"})
"""Kinds of which one thing stands in the other system until it is replaced, whatever the period of its plan."""
_SENDING = 4_927_220_123

MESSAGES: dict[str, pl.DataType] = {
    "message_id": pl.Int64(),
    "plan_id": pl.Int64(),
    "period": pl.String(),
    "connection": pl.String(),
    "kind": pl.String(),
    "key": pl.String(),
    "state": pl.String(),
    "attempts": pl.Int64(),
    "digest": pl.String(),
    "reference": pl.String(),
    "code": pl.String(),
    "text": pl.String(),
    "next_step": pl.String(),
    "changed_at": pl.Datetime("us", "UTC"),
}
"""Columns of messages as they are shown."""

UNDER_WAY: dict[str, pl.DataType] = {
    name: pl.Int64() if name == "plan_id" else pl.String()
    for name in (
        "plan_id", "period", "target", "connection", "key", "kind", "subject", "unit_id", "location", "action",
        "digest",
    )
}  # fmt: skip
"""Columns of messages as they were signed."""

PUBLISHED: dict[str, pl.DataType] = {
    "connection": pl.String(),
    "key": pl.String(),
    "kind": pl.String(),
    "subject": pl.String(),
    "unit_id": pl.String(),
    "location": pl.String(),
    "withdrawn": pl.Int64(),
    "digest": pl.String(),
    "data": pl.String(),
    "reference": pl.String(),
}
"""Columns of what other systems were confirmed to hold."""


@dataclass(frozen=True, slots=True)
class Message:
    """One thing to write. ``attempts`` above 0: it may stand there already. ``data``: canonical JSON."""

    message_id: int
    plan_id: int
    position: int
    connection: str
    key: str
    kind: str
    subject: str
    digest: str
    state: str
    attempts: int
    data: str


def fill(database: sa.Connection, plan_id: int, moment: int) -> None:
    """Write the messages of a plan that two people signed, in the transaction of the second signature.

    A message of an earlier plan for the same key that is not confirmed is withdrawn; when it may have been sent, the
    new one counts as tried, so that nobody writes without looking.
    """
    ours = plan_items.c.plan_id == plan_id
    same = (
        sa.select(sa.literal(1))
        .select_from(plan_items)
        .where(ours, plan_items.c.connection == outbox.c.connection, plan_items.c.key == outbox.c.key)
    )
    database.execute(
        sa.update(outbox)
        .where(outbox.c.state.in_(OPEN), sa.exists(same))
        .values(state="withdrawn", text=f"plan {plan_id}", changed_at=moment)
    )
    tried = (
        sa.select(sa.func.coalesce(sa.func.max(outbox.c.attempts), 0))
        .where(
            outbox.c.connection == plan_items.c.connection,
            outbox.c.key == plan_items.c.key,
            outbox.c.state == "withdrawn",
        )
        .scalar_subquery()
    )
    c = plan_items.c
    empty = sa.literal("")
    rows = sa.select(
        c.plan_id, c.position, c.connection, c.key, c.kind, c.digest, sa.literal("waiting"), tried, empty, empty, empty,
        sa.literal(moment, sa.BigInteger()), sa.literal(moment, sa.BigInteger()),
    ).where(ours).order_by(c.position)  # fmt: skip
    names = (
        "plan_id", "position", "connection", "key", "kind", "digest", "state", "attempts", "code", "text", "next_step",
        "made_at", "changed_at",
    )  # fmt: skip
    database.execute(sa.insert(outbox).from_select(list(names), rows))


def shown(store: Store, *, only_open: bool = False) -> pl.DataFrame:
    """Messages in the order in which they were made, columns :data:`MESSAGES`."""
    columns: list[Any] = [plans.c.period if name == "period" else outbox.c[name] for name in MESSAGES]
    query = sa.select(*columns).join_from(outbox, plans, outbox.c.plan_id == plans.c.plan_id)
    if only_open:
        query = query.where(outbox.c.state.in_(OPEN))
    with store.read() as database:
        return bulk.fetch(database, query.order_by(outbox.c.message_id), MESSAGES)


def under_way(store: Store) -> pl.DataFrame:
    """Messages that are not confirmed, at most one a key, as signed: columns :data:`UNDER_WAY`."""
    same = (plan_items.c.plan_id == outbox.c.plan_id) & (plan_items.c.position == outbox.c.position)
    columns: list[Any] = [plans.c.period if name == "period" else plan_items.c[name] for name in UNDER_WAY]
    query = (
        sa.select(*columns)
        .select_from(outbox)
        .join(plan_items, same)
        .join(plans, plans.c.plan_id == outbox.c.plan_id)
        .where(outbox.c.state.in_(OPEN))
    )
    with store.read() as database:
        return bulk.fetch(database, query.order_by(outbox.c.message_id), UNDER_WAY)


def first_failed(store: Store) -> pl.DataFrame:
    """Of each connection to which a message failed the first one: connection, code, text."""
    schema: dict[str, pl.DataType] = {name: MESSAGES[name] for name in ("connection", "code", "text")}
    first = sa.select(sa.func.min(outbox.c.message_id)).where(outbox.c.state == "failed").group_by(outbox.c.connection)
    query = sa.select(*(outbox.c[name] for name in schema)).where(outbox.c.message_id.in_(first))
    with store.read() as database:
        return bulk.fetch(database, query.order_by(outbox.c.connection), schema)


def counted(store: Store) -> pl.DataFrame:
    """How many messages of each plan and connection are in each state: plan_id, period, connection, state, messages."""
    schema: dict[str, pl.DataType] = {name: MESSAGES[name] for name in ("plan_id", "period", "connection", "state")}
    by = [outbox.c.plan_id, plans.c.period, outbox.c.connection, outbox.c.state]
    query = sa.select(*by, sa.func.count()).join_from(outbox, plans, outbox.c.plan_id == plans.c.plan_id)
    with store.read() as database:
        return bulk.fetch(database, query.group_by(*by).order_by(*by), {**schema, "messages": pl.Int64()})


def last_confirmed(store: Store, period: str, kinds: Sequence[str], *, data: bool = True) -> pl.DataFrame:
    """What was confirmed last of a period, by key: columns :data:`PUBLISHED`, or all of them but ``data``.

    Of the kinds in :data:`STANDING` also what was confirmed with another period.
    """
    columns = {name: kind for name, kind in PUBLISHED.items() if data or name != "data"}
    ours = (published.c.period == period) | published.c.kind.in_(STANDING)
    query = sa.select(*(published.c[name] for name in columns)).where(ours, published.c.kind.in_(kinds))
    with store.read() as database:
        return bulk.fetch(database, query.order_by(published.c.connection, published.c.key), columns)


class Sender:
    """The one process that sends. Each call is a transaction of its own, on the connection that holds the lock."""

    def __init__(self, database: sa.Connection) -> None:
        self._database = database

    def open_plans(self) -> list[int]:
        """Plans with messages that are not confirmed, oldest first."""
        query = sa.select(outbox.c.plan_id).where(outbox.c.state.in_(OPEN)).distinct().order_by(outbox.c.plan_id)
        with self._database.begin():
            return list(self._database.execute(query).scalars())

    def open_messages(
        self, plan_id: int, connection: str, *, after: int = 0, most: int = 500, tried: bool | None = None
    ) -> list[Message]:
        """The next open messages of a plan to one connection, by position, with their data.

        ``tried``: only those that were sent before, or only those that were not.
        """
        here = (outbox.c.plan_id == plan_id) & (outbox.c.connection == connection) & (outbox.c.position > after)
        if tried is not None:
            here &= outbox.c.attempts > 0 if tried else outbox.c.attempts == 0
        same = (plan_items.c.plan_id == outbox.c.plan_id) & (plan_items.c.position == outbox.c.position)
        columns: list[Any] = [
            plan_items.c[name] if name in ("subject", "data") else outbox.c[name] for name in Message.__slots__
        ]
        query = (
            sa.select(*columns)
            .join_from(outbox, plan_items, same)
            .where(here, outbox.c.state.in_(OPEN))
            .order_by(outbox.c.position)
            .limit(most)
        )
        with self._database.begin():
            return [Message(*row) for row in self._database.execute(query)]

    def connections(self, plan_id: int) -> list[str]:
        """The connections to which a plan has open messages."""
        here = (outbox.c.plan_id == plan_id) & outbox.c.state.in_(OPEN)
        query = sa.select(outbox.c.connection).where(here).distinct().order_by(outbox.c.connection)
        with self._database.begin():
            return list(self._database.execute(query).scalars())

    def count(self, plan_id: int, connection: str | None = None) -> int:
        """How many messages of a plan are open, to one connection or to all."""
        here = (outbox.c.plan_id == plan_id) & outbox.c.state.in_(OPEN)
        if connection is not None:
            here &= outbox.c.connection == connection
        with self._database.begin():
            return int(self._database.execute(sa.select(sa.func.count()).where(here)).scalar_one())

    def mark_sent(self, message: Message, moment: int) -> bool:
        """Say that it goes out now: from here on it may stand there. False when a later plan has withdrawn it."""
        return self._set(message, moment, state="sent", attempts=outbox.c.attempts + 1, code="", text="", next_step="")

    def trouble(self, message: Message, moment: int, state: str, code: str, text: str, next_step: str) -> None:
        """Why it is not confirmed; ``state`` failed, or empty: as it was (what is marked sent may stand there)."""
        self._set(message, moment, **_why(state, code, text, next_step))

    def trouble_all(
        self, plan_id: int, connection: str | None, moment: int, state: str, code: str, text: str, next_step: str
    ) -> int:
        """The same for every open message of a plan, or of its messages to one connection; gives their number."""
        here = (outbox.c.plan_id == plan_id) & outbox.c.state.in_(OPEN)
        if connection is not None:
            here &= outbox.c.connection == connection
        values = {"changed_at": moment, **_why(state, code, text, next_step)}
        with self._database.begin():
            return self._database.execute(sa.update(outbox).where(here).values(values)).rowcount

    def confirm(self, message: Message, moment: int, reference: str, *, withdrawn: bool) -> bool:
        """It was read back and is what was signed: the message is done and the last confirmed state moves along.

        Without a ``reference`` the one that was confirmed last stays. False when a later plan has withdrawn it
        meanwhile: what that one writes counts.
        """
        there = (published.c.connection == message.connection) & (published.c.key == message.key)
        with self._database.begin():
            if not reference:
                reference = self._database.execute(sa.select(published.c.reference).where(there)).scalar() or ""
            done = {"state": "confirmed", "reference": reference, "changed_at": moment}
            if not self._update(message, **done, code="", text="", next_step=""):
                return False
            self._database.execute(sa.delete(published).where(there))
            c = plan_items.c
            rows = (
                sa.select(
                    c.connection, c.key, c.kind, plans.c.period, c.subject, c.unit_id, c.location,
                    sa.literal(int(withdrawn), sa.BigInteger()), c.digest, c.data, sa.literal(reference), c.plan_id,
                    sa.literal(moment, sa.BigInteger()),
                )
                .join_from(plan_items, plans, c.plan_id == plans.c.plan_id)
                .where(c.plan_id == message.plan_id, c.position == message.position)
            )  # fmt: skip
            names = (
                "connection", "key", "kind", "period", "subject", "unit_id", "location", "withdrawn", "digest", "data",
                "reference", "plan_id", "confirmed_at",
            )  # fmt: skip
            self._database.execute(sa.insert(published).from_select(list(names), rows))
        return True

    def _set(self, message: Message, moment: int, **values: Any) -> bool:
        with self._database.begin():
            return self._update(message, changed_at=moment, **values)

    def _update(self, message: Message, **values: Any) -> bool:
        here = (outbox.c.message_id == message.message_id) & outbox.c.state.in_(OPEN)
        return self._database.execute(sa.update(outbox).where(here).values(values)).rowcount == 1


def _why(state: str, code: str, text: str, next_step: str) -> dict[str, str]:
    return {"code": code, "text": text, "next_step": next_step} | ({"state": state} if state else {})


@contextmanager
def sending(store: Store) -> Iterator[Sender]:
    """Be the only process that sends from this database. Raises ``RunError`` (S23) when another one does.

    The right to send ends with the process, also when it is killed: on PostgreSQL it belongs to the connection on which
    every state is written, on SQLite to an open file.
    """
    with store.told(), _alone(store), store.engine.connect() as opened:
        database = opened.execution_options(ipvb_write=True)
        if store.postgresql:
            with database.begin():
                got = database.execute(sa.select(sa.func.pg_try_advisory_lock(_SENDING))).scalar()
            if not got:
                raise RunError(messages.SENDING, where=store.where)
        else:
            # After a power cut a message must not be forgotten to have been sent.
            database.connection.cursor().execute("PRAGMA synchronous = FULL")
        try:
            yield Sender(database)
        finally:
            with suppress(sa.exc.SQLAlchemyError):
                if store.postgresql:
                    database.rollback()
                    with database.begin():
                        database.execute(sa.select(sa.func.pg_advisory_unlock(_SENDING)))


@contextmanager
def _alone(store: Store) -> Iterator[None]:
    if store.postgresql:
        yield
        return
    import fcntl

    with Path(f"{store.url.database}.sending").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise RunError(messages.SENDING, where=store.where) from None
        yield
