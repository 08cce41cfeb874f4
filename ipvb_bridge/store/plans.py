"""Plans: what would be written, item by item, and who signed it. A plan, its items and signatures never change.

The digest that people sign is the sha256 over the plan's header, which holds the ``content``: the sha256 over one line
for each item, which holds the sha256 of the item's data. One cent more anywhere is another digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl
import sqlalchemy as sa

from ipvb_bridge.base.canonical import canonical, digest
from ipvb_bridge.base.errors import SignatureNeeded, UsageError
from ipvb_bridge.store import bulk, messages, outbox
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.tables import outbox as outbox_rows
from ipvb_bridge.store.tables import plan_items, published, sign_tries, signatures
from ipvb_bridge.store.tables import plans as plan_rows

NEEDED = 2
"""Signatures of so many different people."""

ITEMS: dict[str, pl.DataType] = {
    name: pl.Int64() if name == "position" else pl.String()
    for name in (
        "position", "target", "connection", "key", "kind", "subject", "unit_id", "location", "action", "before",
        "digest", "data",
    )
}  # fmt: skip
"""Columns of a plan's items: ``position`` from 1; ``action`` new, changed or withdrawn; ``data`` canonical JSON."""

_LINE = sorted(set(ITEMS) - {"data"})
_LOCK = 4_927_220_121


@dataclass(frozen=True, slots=True)
class Plan:
    """A kept plan. ``made_at`` epoch microseconds; ``summary``: counts by target, location and action."""

    plan_id: int
    period: str
    version: int
    fingerprint: str
    maker: str
    made_at: int
    items: int
    summary: Sequence[Mapping[str, Any]]
    content: str
    digest: str

    def header(self) -> str:
        """The digest that belongs to what this plan says of itself."""
        return _header(self.period, self.version, self.fingerprint, self.maker, self.made_at, self.items, self.summary,
                       self.content)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signature:
    """One person's signature. ``digest`` is what was signed; ``proof`` the SSH signature, or the hash that was met."""

    signer: str
    method: Literal["ssh", "passphrase"]
    digest: str
    proof: str
    signed_at: int
    valid_until: int


def save_plan(
    store: Store,
    items: pl.DataFrame,
    *,
    period: str,
    version: int,
    fingerprint: str,
    maker: str,
    made_at: int,
    summary: Sequence[Mapping[str, Any]],
) -> Plan:
    """Keep a plan. ``items`` has the columns :data:`ITEMS`, positions 1, 2, ..."""
    inside = content(items)
    head = _header(period, version, fingerprint, maker, made_at, items.height, summary, inside)
    values = {
        "period": period,
        "version": version,
        "fingerprint": fingerprint,
        "maker": maker,
        "made_at": made_at,
        "items": items.height,
        "summary": json.dumps(summary, sort_keys=True, ensure_ascii=False),
        "content": inside,
        "digest": head,
    }
    with store.write() as database:
        made: int = database.execute(sa.insert(plan_rows).values(values).returning(plan_rows.c.plan_id)).scalar_one()
        bulk.append(database, plan_items, items.select(pl.lit(made, pl.Int64).alias("plan_id"), *ITEMS))
    return Plan(made, period, version, fingerprint, maker, made_at, items.height, summary, inside, head)


def plans(store: Store, period: str | None = None) -> list[Plan]:
    """Plans, oldest first; of one period or of all."""
    wanted = sa.true() if period is None else plan_rows.c.period == period
    with store.read() as database:
        return _plans(database, wanted)


def plan(store: Store, plan_id: int) -> Plan:
    """The plan of that number."""
    with store.read() as database:
        return _plans(database, plan_rows.c.plan_id == plan_id)[0]


def newest(store: Store, period: str) -> Plan:
    """The last plan made for a period, the only one that can be signed. Raises ``UsageError`` when there is none."""
    found = plans(store, period)
    if not found:
        raise UsageError(messages.NO_PLAN, where=period, period=period)
    return found[-1]


UNSIGNED: dict[str, pl.DataType] = {
    "plan_id": pl.Int64(),
    "period": pl.String(),
    "made_at": pl.Int64(),
    "connection": pl.String(),
    "last": pl.Boolean(),
}
"""Columns of plans that wait. ``made_at``: epoch microseconds; ``last``: no plan of any period came after it."""


def unsigned(store: Store) -> pl.DataFrame:
    """The newest plan of each period that fewer than two people signed, a row for each connection it would write to.

    Columns :data:`UNSIGNED`. One that was made too long ago cannot be signed any more: that is for the reader to judge.
    """
    newest_ids = sa.select(sa.func.max(plan_rows.c.plan_id)).group_by(plan_rows.c.period)
    signed = sa.select(signatures.c.plan_id).group_by(signatures.c.plan_id).having(sa.func.count() >= NEEDED)
    last = plan_rows.c.plan_id == sa.select(sa.func.max(plan_rows.c.plan_id)).scalar_subquery()
    query = (
        sa.select(
            plan_rows.c.plan_id, plan_rows.c.period, plan_rows.c.made_at, plan_items.c.connection, last.label("last")
        )
        .join_from(plan_rows, plan_items, plan_rows.c.plan_id == plan_items.c.plan_id)
        .where(plan_rows.c.plan_id.in_(newest_ids), plan_rows.c.plan_id.not_in(signed))
        .distinct()
        .order_by(plan_rows.c.plan_id, plan_items.c.connection)
    )
    with store.read() as database:
        return bulk.fetch(database, query, UNSIGNED)


def items(store: Store, plan: Plan) -> pl.DataFrame:
    """A plan's items by position, columns :data:`ITEMS`."""
    query = sa.select(*(plan_items.c[name] for name in ITEMS)).where(plan_items.c.plan_id == plan.plan_id)
    with store.read() as database:
        return bulk.fetch(database, query.order_by(plan_items.c.position), ITEMS)


def content(items: pl.DataFrame) -> str:
    """sha256 over the items as they stand in the frame, their data included."""
    lines = items.select(pl.struct(_LINE).struct.json_encode().alias("line"))["line"]
    whole = hashlib.sha256()
    for line, data in zip(lines, items["data"], strict=True):
        whole.update(f"{line}\n{digest(data)}\n".encode())
    return whole.hexdigest()


def broken(plan: Plan, items: pl.DataFrame) -> str:
    """What is not as it was when the plan was made; empty when plan and items are as they were signed."""
    if plan.header() != plan.digest:
        return f"plan {plan.plan_id}"
    if content(items) != plan.content:
        wrong = [row for row, data in zip(items["position"], items["data"], strict=True) if _differs(items, row, data)]
        return f"plan {plan.plan_id}, item {wrong[0]}" if wrong else f"plan {plan.plan_id}, items"
    return ""


def _differs(items: pl.DataFrame, position: int, data: str) -> bool:
    row = items.row(by_predicate=pl.col("position") == position, named=True)
    return bool(digest(data) != row["digest"])


def signatures_of(store: Store, plan: Plan) -> list[Signature]:
    """The signatures under a plan, oldest first."""
    with store.read() as database:
        return _signatures(database, plan.plan_id)


def sign(store: Store, plan: Plan, signature: Signature, moment: int) -> list[Signature]:
    """Keep a signature; the second one that is valid writes the outbox in the same transaction.

    Gives the valid signatures under the plan. Raises :class:`SignatureNeeded`: a newer plan was made, what stands in
    the other systems changed since or is about to by a later plan (S21), or this person signed already (S22).
    """
    with store.write() as database:
        if store.postgresql:
            # Two second signatures at once: one of them has to see the other.
            database.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        _refuse_outdated(database, plan)
        before = _signatures(database, plan.plan_id)
        if signature.signer in {each.signer for each in before}:
            raise SignatureNeeded(messages.SIGNED_ALREADY, seen=signature.signer, plan=plan.plan_id, period=plan.period)
        values = {name: getattr(signature, name) for name in Signature.__slots__}
        database.execute(sa.insert(signatures).values(plan_id=plan.plan_id, **values))
        valid = [each for each in (*before, signature) if each.valid_until > moment]
        if len(valid) == NEEDED:
            outbox.fill(database, plan.plan_id, moment)
    return valid


def _refuse_outdated(database: sa.Connection, plan: Plan) -> None:
    last = sa.select(sa.func.max(plan_rows.c.plan_id)).where(plan_rows.c.period == plan.period)
    newest_id = database.execute(last).scalar()
    why = "" if newest_id == plan.plan_id else f"plan {newest_id} came after it"
    if not why:
        stands = (published.c.connection == plan_items.c.connection) & (published.c.key == plan_items.c.key)
        moved = database.execute(
            sa.select(sa.func.count())
            .select_from(plan_items.outerjoin(published, stands))
            .where(
                plan_items.c.plan_id == plan.plan_id,
                sa.func.coalesce(published.c.digest, "") != sa.func.coalesce(plan_items.c.before, ""),
            )
        ).scalar_one()
        why = f"{moved} items were written since" if moved else ""
    if not why:
        # What stands whatever the period may be on its way from a later plan of another period.
        same = (outbox_rows.c.connection == plan_items.c.connection) & (outbox_rows.c.key == plan_items.c.key)
        overtaken = database.execute(
            sa.select(sa.func.count())
            .select_from(plan_items.join(outbox_rows, same))
            .where(
                plan_items.c.plan_id == plan.plan_id,
                outbox_rows.c.plan_id > plan.plan_id,
                outbox_rows.c.state.in_(outbox.OPEN),
            )
        ).scalar_one()
        why = f"{overtaken} items go out by a later plan" if overtaken else ""
    if why:
        raise SignatureNeeded(messages.OUTDATED, seen=str(plan.plan_id), period=plan.period, why=why)


def _header(
    period: str,
    version: int,
    fingerprint: str,
    maker: str,
    made_at: int,
    count: int,
    summary: Sequence[Mapping[str, Any]],
    inside: str,
) -> str:
    said = {
        "period": period,
        "version": version,
        "fingerprint": fingerprint,
        "maker": maker,
        "made_at": made_at,
        "items": count,
        "summary": list(summary),
        "content": inside,
    }
    return digest(canonical(said))


def _plans(database: sa.Connection, wanted: sa.ColumnElement[bool]) -> list[Plan]:
    rows = database.execute(sa.select(plan_rows).where(wanted).order_by(plan_rows.c.plan_id)).mappings()
    return [Plan(**{**row, "summary": json.loads(row["summary"])}) for row in rows]


def _signatures(database: sa.Connection, plan_id: int) -> list[Signature]:
    columns = [signatures.c[name] for name in Signature.__slots__]
    query = sa.select(*columns).where(signatures.c.plan_id == plan_id).order_by(signatures.c.signature_id)
    return [Signature(*row) for row in database.execute(query)]


def begin_try(store: Store, signer: str, moment: int, pause: Callable[[int], int]) -> tuple[int, int]:
    """Count a try of a passphrase as wrong before it is looked at, so that tries at the same time gain nothing.

    Gives how many in a row were wrong before it, and the microseconds that it comes too soon (0: go on); one that
    comes too soon is not counted. ``pause``: microseconds to wait after so many.
    """
    mine = sign_tries.c.signer == signer
    with store.write() as database:
        if store.postgresql:
            database.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        known = database.execute(sa.select(sign_tries.c.wrong, sign_tries.c.last_at).where(mine)).one_or_none()
        wrong, last_at = (known.wrong, known.last_at) if known else (0, 0)
        # A clock that was put back must not lock a person out.
        wait = min(max(0, last_at + pause(wrong) - moment), pause(wrong))
        if not wait:
            database.execute(sa.delete(sign_tries).where(mine))
            database.execute(sa.insert(sign_tries).values(signer=signer, wrong=wrong + 1, last_at=moment))
    return wrong, wait


def forget_tries(store: Store, signer: str) -> None:
    """The passphrase was right: the next try need not wait."""
    with store.write() as database:
        database.execute(sa.delete(sign_tries).where(sign_tries.c.signer == signer))
