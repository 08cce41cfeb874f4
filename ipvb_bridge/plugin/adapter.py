"""The adapter contract: a class that reads one kind of system and hands over canonical records.

The program calls ``check`` before a connection is trusted, ``streams`` to know what it can deliver, and ``pull`` for
one stream at a time. An adapter keeps no state of its own between pulls: what it must remember goes into the cursor,
which the program stores in the same transaction as the rows.
"""

from __future__ import annotations

import datetime as dt
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.records import Kind

if TYPE_CHECKING:
    import polars as pl

    from ipvb_bridge.base.errors import BridgeError

ConfigT = TypeVar("ConfigT", bound=BaseModel)
Cursor = Mapping[str, Any]
Mode = Literal["snapshot", "changes", "period"]


@dataclass(frozen=True, slots=True)
class Window:
    """The span of days that is asked for, both ends included; ``None`` is open."""

    start: dt.date | None = None
    end: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    """What a complete delivery is complete *for*: months of the stream's period column, and equal columns.

    Current rows inside the scope that the delivery does not hold are gone and are closed; rows outside it stay.
    ``first`` and ``last`` are months (``2026-01``), both included; ``None`` is open.
    """

    first: str | None = None
    last: str | None = None
    equals: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """A part of a delivery.

    ``rows``: a frame, or a list of dicts, with the stream's columns; values as text (in the canonical file's form) or
    already typed (:meth:`Table.schema`). A text column ``_position`` says where a row stands in the source
    (``hours.csv:12``); without it rows are numbered. Text is checked and typed by the program; a bad row goes to
    quarantine with its reason.
    ``deleted``: keys (text; of several columns joined by ``|``) that a change feed says are gone.
    ``complete``: true on the last batch of a delivery that arrived whole. Without it nothing of the delivery turns
    current. ``scope``: what a whole delivery is complete for; ``None`` on the last batch means: for the whole stream of
    this connection (mode snapshot), or for nothing (mode changes). Scopes of all batches are united.
    ``cursor``: what to remember after this delivery; only that of the last batch is kept.
    ``unchanged``: the payload is the one that the cursor describes; rows and closings stay as they are.
    ``findings``: what the adapter noticed (control totals, odd totals).
    """

    rows: pl.DataFrame | Sequence[Mapping[str, Any]] = ()
    deleted: Sequence[str] = ()
    complete: bool = False
    cursor: Cursor | None = None
    scope: Scope | None = None
    unchanged: bool = False
    findings: Sequence[Finding] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """What an adapter delivers of one stream, and how.

    snapshot: all current rows each time; changes: only what changed (nothing is closed by absence); period: all rows
    of a span of months. ``lacks`` names columns that the source does not have.
    """

    stream: str
    mode: Mode
    lacks: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Destination:
    """A kind of thing an adapter can write. ``ready`` is false where the other system does not offer it, or the
    configuration has not turned it on; ``why`` says which. ``taken``: whoever reads it may take it away, so that what
    is not found may have arrived all the same.
    """

    kind: str
    ready: bool
    why: str = ""
    taken: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One thing to write into another system.

    ``key``: a stable text; the same effect has the same key. ``kind``: resident_statement, monthly_conversation,
    care_today or roster. ``subject``: a resident_id or unit_id. ``period``: as ``2026-01``, or empty for what
    stands until it is replaced (care_today). ``data``: the JSON data that two people signed; ``digest`` its sha256.
    ``document``: bytes rendered from the data, of ``media_type``, or None. ``language``: nl or en, of the document and
    of the words around it.
    """

    key: str
    kind: str
    subject: str
    period: str
    data: Mapping[str, Any]
    digest: str
    document: bytes | None = None
    media_type: str = ""
    language: str = "nl"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the other system holds under a key: its own ``reference``, the ``digest`` of the data that stands there."""

    key: str
    reference: str
    digest: str


@dataclass(frozen=True, slots=True)
class CheckStep:
    """One step of a connection check: name, port, key, login, rights, one known record."""

    name: str
    ok: bool
    seen: str = ""
    error: BridgeError | None = None


@dataclass(frozen=True, slots=True)
class Context:
    """What the program tells an adapter about its connection.

    ``folder`` is the configuration folder, against which relative paths count. ``progress`` may be called with the
    number of rows read so far. ``pseudonym`` turns a BSN into the person's key (:mod:`ipvb_bridge.plugin.pseudonyms`,
    whose ``needed`` says what is wrong when there is none); the BSN itself never leaves the adapter.
    ``kind`` is what the connection says it is, for an adapter that serves any kind; ``streams`` are those that the
    configuration names for it, None when it names none.
    """

    connection: str
    folder: Path
    time_zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Amsterdam"))
    progress: Callable[[int], None] = lambda rows: None
    pseudonym: Callable[[str], str] | None = None
    kind: Kind | None = None
    streams: tuple[str, ...] | None = None


class Adapter(ABC, Generic[ConfigT]):
    """Base of every adapter. ``kind`` is None when the connection says which kind of system it is."""

    name: ClassVar[str]
    kind: ClassVar[Kind | None] = None
    Config: ClassVar[type[BaseModel]]

    def __init__(self, config: ConfigT, context: Context) -> None:
        self.config = config
        self.context = context

    @abstractmethod
    def streams(self) -> Sequence[Offer]:
        """What this connection can deliver."""

    @abstractmethod
    def check(self) -> Iterator[CheckStep]:
        """Try the connection step by step; the first failing step ends it. Raises nothing."""

    @abstractmethod
    def pull(self, stream: str, window: Window, cursor: Cursor | None) -> Iterator[Batch]:
        """Deliver a stream. Raises an error of :mod:`ipvb_bridge.base.errors` when it cannot go on."""

    def targets(self) -> Sequence[Destination]:
        """What this connection can write; nothing, unless the adapter says so."""
        return ()

    def find(self, key: str, kind: str) -> Receipt | None:
        """What the other system holds under a key; None when it holds nothing. Never writes."""
        raise NotImplementedError(f"{self.name} writes nothing")

    def deliver(self, outgoing: Outgoing) -> Receipt:
        """Write, without a second effect when the key is there already, and read back what stands there then.

        What is withdrawn has ``"withdrawn": true`` in its data; it comes only when :meth:`find` found something.
        Raises :class:`PeerError` when the outcome is unknown: the program asks :meth:`find` before it tries again.
        """
        raise NotImplementedError(f"{self.name} writes nothing")

    def standing(self, outgoing: Outgoing) -> Receipt | None:
        """What stands there of something that was sent before and whose answer was lost or refused. Never writes.

        An adapter that reads the digest of what stands there from a mark it wrote beside the data gives an empty digest
        where the data is not what ``outgoing`` says: else a record that came out otherwise would count as delivered.
        """
        return self.find(outgoing.key, outgoing.kind)

    def committed(self, stream: str, cursor: Cursor | None) -> None:
        """Called after a delivery's rows and cursor are stored: the moment to archive what was read."""
