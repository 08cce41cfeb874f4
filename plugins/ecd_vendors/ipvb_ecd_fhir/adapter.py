"""The adapter `fhir`: reads an ECD with a FHIR R4 interface and, where it is turned on, writes back into it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import msgspec
import polars as pl

from ipvb_bridge import __version__
from ipvb_bridge.base.errors import BridgeError, DataError
from ipvb_bridge.plugin import Adapter, Batch, CheckStep, Context, Destination, Offer, Outgoing, Receipt, Scope, Window
from ipvb_bridge.plugin.pseudonyms import Pseudonym, needed
from ipvb_ecd_fhir import agreements, delivered, messages, people, sync
from ipvb_ecd_fhir import config as settings
from ipvb_ecd_fhir.config import DECIDES, READS
from ipvb_ecd_fhir.model import (
    CarePlan,
    Encounter,
    Location,
    Organization,
    Patient,
    PractitionerRole,
    Procedure,
    R,
    Task,
)
from ipvb_ecd_fhir.notes import Notes
from ipvb_ecd_fhir.pages import fault
from ipvb_ecd_fhir.server import Server, moment
from ipvb_ecd_fhir.values import Columns, Reader
from ipvb_ecd_fhir.writing import Writer

_BATCH = 50_000
_LACKS: Mapping[str, frozenset[str]] = {
    "units": frozenset({"floor_area_m2"}),
    "conversations": frozenset({"with_whom"}),
}
_TYPES: Mapping[str, type[Any]] = {
    "residents": Patient, "stays": Encounter, "care_agreements": CarePlan, "care_deliveries": Procedure,
    "conversations": Task,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Way:
    """How a stream is read: what is searched for, how a record becomes rows of ``columns`` (``numbers``: of those, the
    ones that are numbers), how these become a frame, and a digest that changes when any of it does.
    """

    columns: tuple[str, ...]
    rows: Callable[[Any], Sequence[Sequence[Any]]]
    filters: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""
    numbers: tuple[str, ...] = ()
    whole: Callable[[pl.DataFrame], pl.DataFrame] = lambda frame: frame


class Fhir(Adapter[settings.Config]):
    """One FHIR server as a connection."""

    name = "fhir"
    kind = "ecd"
    Config = settings.Config

    def __init__(self, config: settings.Config, context: Context) -> None:
        super().__init__(config, context)
        self.server = Server(config, context.folder)
        self._told = False

    def streams(self) -> Sequence[Offer]:
        """The streams this adapter reads; bridge.toml names those that the server has."""
        return [Offer(each, self.config.of_stream(each), self._lacks(each)) for each in READS]

    def check(self) -> Iterator[CheckStep]:
        """Line and certificates, token, FHIR version, the right to read each kind of record, one known resident."""
        for step in self.server.session.check():
            yield step
            if not step.ok:
                return
        for name, ask in self._questions():
            try:
                yield CheckStep(name, ok=True, seen=ask())
            except BridgeError as error:
                yield CheckStep(name, ok=False, seen=error.seen, error=error)
                return

    def pull(self, stream: str, window: Window, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Deliver a stream. ``window`` narrows nothing: a snapshot is whole, changes are those since the cursor."""
        notes = Notes(_TYPES[stream].__name__ if stream in _TYPES else "Location")
        if stream == "units":
            rows = self._places(notes).rows(notes)
            told = (*notes.findings(), *self._line())
            units = Columns(people.UNITS)
            units.add(rows)
            yield Batch(rows=units.taken(), complete=True, findings=told)
            return
        yield from self._read(stream, notes, cursor or {})

    def targets(self) -> Sequence[Destination]:
        """What can be written: named in ``write``, and offered by the server."""
        return self._writer.targets()

    def find(self, key: str, kind: str) -> Receipt | None:
        """What the server holds under a key of ours."""
        return self._writer.find(key, kind)

    def standing(self, outgoing: Outgoing) -> Receipt | None:
        """What the server holds of a message that was sent before, element by element."""
        return self._writer.standing(outgoing)

    def deliver(self, outgoing: Outgoing) -> Receipt:
        """Write what is not there yet, and read it back."""
        return self._writer.deliver(outgoing)

    @property
    def _writer(self) -> Writer:
        return Writer(self.server, self.config)

    def _read(self, stream: str, notes: Notes, cursor: Mapping[str, Any]) -> Iterator[Batch]:
        kind = _TYPES[stream]
        self.server.needs(kind.__name__, stream)
        way = self._way(stream, notes)
        changes = self.config.of_stream(stream) == "changes"
        known = sync.Known.unpacked(cursor.get("known", ""))
        fresh = changes and cursor.get("reader") == way.digest
        since = sync.since(cursor, self.config.overlap_minutes) if fresh else ""
        swept = str(cursor.get("swept", ""))
        history = self._history_does(kind.__name__, swept)
        reading = sync.Reading(self.server, kind, way.filters, known, notes, since, changes, swept, history)
        waiting = Columns(way.columns, way.numbers)
        odd: dict[str, tuple[str, ...]] = {}
        gone: list[str] = []

        def take(records: Sequence[Any]) -> None:
            rows: list[Sequence[Any]] = []
            turned = way.rows
            for record in records:
                try:
                    made = turned(record)
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    reading.broken.append((record.id, fault(error)))
                    continue
                rows += made
                if len(made) != 1 or made[0][0] != record.id:
                    odd[record.id] = tuple(str(row[0]) for row in made)
                if changes and record.id in known:
                    now = odd.get(record.id, (record.id,))
                    gone.extend(key for key in known.keys(record.id) if key not in now)
            waiting.add(rows)

        for _ in reading.pages(take):
            self.context.progress(len(reading.seen))
            if len(waiting) >= _BATCH:
                yield Batch(rows=way.whole(waiting.taken()))
        broken = {id_ for id_, _ in reading.broken}
        for id_, why in dict(reading.broken).items():
            notes.add(messages.UNREADABLE, f"{kind.__name__}/{id_} ({why})")
            # Only its key is known: the gate holds the row, and what was delivered before stays.
            waiting.add([(id_, *(None for _ in way.columns[2:]), f"{kind.__name__}/{id_}")])
        now_known = sync.Known(reading.seen, odd).without(broken)
        if changes:
            gone += [key for id_ in reading.gone for key in known.keys(id_)]
            now_known = known.without(set(reading.gone)).then(now_known)
        else:
            # Of a snapshot, what has no rows need not be remembered; what is held keeps what was delivered before.
            nothing = {id_ for id_, keys in odd.items() if not keys}
            now_known = known.only(broken).then(now_known.without(nothing))
        moments = {"moment": reading.moment, "swept": reading.swept}
        yield Batch(
            rows=way.whole(waiting.taken()),
            deleted=gone,
            complete=True,
            scope=self._scope(stream),
            cursor={**moments, "reader": way.digest, "known": now_known.packed()},
            findings=(*notes.findings(), *self._line()),
        )

    def _history_does(self, type_: str, swept: str) -> bool:
        """True where the history may be read instead of a sweep: offered, wanted, and the last sweep is not long ago.

        By the clock of the server, which both moments are of.
        """
        hours = dt.timedelta(hours=self.config.sweep_hours)
        if not self.config.history or not hours or not self.server.offered().can(type_, "history-type"):
            return False
        last, now = moment(swept), self.server.session.server_time
        return last is not None and now is not None and now - last < hours

    def _way(self, stream: str, notes: Notes) -> _Way:
        if stream == "residents":
            return _Way(people.RESIDENTS, people.Residents(self._reader(), notes, self._pseudonym()).rows)
        if stream == "stays":
            return _Way(people.STAYS, people.Stays(self._reader(), self._places(notes), notes).rows)
        if stream == "conversations":
            talks = delivered.Conversations(self._reader(), notes)
            return _Way(delivered.CONVERSATIONS, talks.rows, talks.filters())
        levels = self._levels(notes)
        reader = self._reader(levels)
        if stream == "care_agreements":
            plans = agreements.Agreements(reader, notes)
            filters = agreements.filters(self.config)
            return _Way(agreements.SHORT, plans.rows, filters, self._digest(levels), agreements.NUMBERS, plans.whole)
        places = self._places(notes)
        deliveries = delivered.Deliveries(replace(reader, units=places.units), notes)
        digest = self._digest(levels, places.units)
        return _Way(delivered.DELIVERIES, deliveries.rows, delivered.filters(self.config), digest)

    def _pseudonym(self) -> Pseudonym | None:
        """What makes a person's key of a BSN, where the configuration asks for it."""
        return needed(self.context, "settings.person_key") if self.config.person_key else None

    def _reader(self, levels: Mapping[str, str | None] | None = None) -> Reader:
        return Reader(self.config, self.context.time_zone, levels or {})

    def _places(self, notes: Notes) -> people.Places:
        organizations = self._all(Organization) if self.server.offered().can("Organization", "search-type") else []
        self.server.needs("Location", "units")
        return people.Places(self._reader(), organizations, self._all(Location))

    def _levels(self, notes: Notes) -> dict[str, str | None]:
        """Levels of the roles, where the configuration maps them and the server shows them."""
        if not self.config.levels or not self.server.offered().can("PractitionerRole", "search-type"):
            return {}
        return people.levels(self._all(PractitionerRole), self.config.levels, notes)

    def _all(self, kind: type[R]) -> list[R]:
        reading = sync.Reading(self.server, kind, {}, sync.Known(), Notes(kind.__name__))
        found: list[R] = []
        for _ in reading.pages(found.extend):
            continue
        return sorted(found, key=lambda each: each.id)

    def _digest(self, *depends: object) -> str:
        """Changes when the same record could give other rows: settings, levels, places, this program."""
        how = [self.config.model_dump(mode="json", include=DECIDES), __version__, depends]
        return hashlib.sha256(json.dumps(how, sort_keys=True).encode()).hexdigest()[:16]

    def _scope(self, stream: str) -> Scope | None:
        """Delivered care is complete from the month on from which it is read."""
        first = self.config.deliveries_from
        if stream != "care_deliveries" or first is None or self.config.of_stream(stream) == "changes":
            return None
        return Scope(first=first.strftime("%Y-%m"))

    def _line(self) -> tuple[Any, ...]:
        """Findings about certificates and clock, once for each connection that is opened."""
        if self._told:
            return ()
        self._told = True
        return tuple(self.server.session.findings())

    def _lacks(self, stream: str) -> frozenset[str]:
        if stream == "residents" and not self.config.person_key:
            return frozenset({"person_key"})
        return _LACKS.get(stream, frozenset())

    def _questions(self) -> Iterator[tuple[str, Callable[[], str]]]:
        yield "metadata", lambda: f"FHIR {self.server.offered().version}"
        wanted = self.context.streams or READS
        for stream, kind in _TYPES.items():
            if stream in wanted:
                yield kind.__name__, partial(self._right, kind, stream)
        if self.config.person_key:
            yield "person key", lambda: "ok" if self._pseudonym() else ""
        if self.config.known_resident is not None:
            yield "known resident", self._known_resident
        for each in self.targets():
            if each.kind in self.config.write:
                yield each.kind, partial(self._ready, each)

    def _right(self, kind: type[Any], stream: str) -> str:
        self.server.needs(kind.__name__, stream)
        counted = self.server.count(kind)
        return "> 0" if counted is None else str(counted)

    def _known_resident(self) -> str:
        known = str(self.config.known_resident)
        found, unreadable = self.server.read(Patient, known)
        if found is None and not unreadable:
            raise DataError(messages.KNOWN_RECORD, where=self.config.url, seen=known)
        return known

    def _ready(self, destination: Destination) -> str:
        if not destination.ready:
            raise DataError(messages.NOT_WRITABLE, where=self.config.url, seen=destination.why, kind=destination.kind)
        return "ok"
