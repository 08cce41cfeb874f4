"""Reading all records of a type so that none is lost or closed by mistake while others change them.

A server that pages by offset moves records between pages when one of them changes: a record can be passed over, or
come twice. So every reading takes a second look: a sweep of all ids and versions (between the pages: neither waits for
the other) or, by changes and where the server offers it, the history since the last reading, which no change makes
shorter. And

* an id that the second look shows and the pages did not is read on its own;
* an id that was known and the sweep does not show, or the history calls deleted, is asked for on its own; only what
  then is not there, is gone;
* of a record that comes twice, one version is delivered; the newer one comes with the next reading at the latest.

A history is trusted for some hours, then a sweep comes again. What is known (ids, versions and the keys of their rows)
travels in the cursor.
"""

from __future__ import annotations

import base64
import datetime as dt
import zlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic

from ipvb_bridge.base.errors import DataError, PeerError
from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.model import R, Resource, Stub
from ipvb_ecd_fhir.notes import Notes
from ipvb_ecd_fhir.pages import Body, Source, apart
from ipvb_ecd_fhir.server import STUBS, Server, Work, moment

_SWEEPS = 3
_MARK = "z:"
_SMALL = 10
"""So few records may all be gone at once."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was delivered: the version of each id, and the keys of its rows where they are not just its own id."""

    versions: dict[str, str] = field(default_factory=dict)
    odd: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __contains__(self, id_: str) -> bool:
        return id_ in self.versions

    def __len__(self) -> int:
        return len(self.versions)

    def keys(self, id_: str) -> tuple[str, ...]:
        """The keys of a record's rows."""
        return self.odd.get(id_, (id_,))

    def only(self, ids: set[str]) -> Known:
        """What is known of these ids."""
        return Known({id_: self.versions[id_] for id_ in ids if id_ in self}, _chosen(self.odd, ids))

    def without(self, ids: set[str]) -> Known:
        """What is known of other ids."""
        return self.only(self.versions.keys() - ids) if ids else self

    def then(self, later: Known) -> Known:
        """This, where nothing later is known."""
        kept = {id_: keys for id_, keys in self.odd.items() if id_ not in later}
        return Known(self.versions | later.versions, kept | later.odd)

    def packed(self) -> str:
        """As text for the cursor."""
        lines = dict(sorted(self.versions.items()))
        for id_, keys in self.odd.items():
            if id_ in lines:
                lines[id_] += "\t" + "|".join(keys)
        # Ids that are made by chance do not pack much better however long it takes.
        return _MARK + base64.b64encode(zlib.compress("\n".join(map("\t".join, lines.items())).encode(), 1)).decode()

    @classmethod
    def unpacked(cls, text: str) -> Known:
        """The reverse of :meth:`packed`."""
        found = cls()
        # What is without the mark was kept by an earlier version.
        raw = base64.b64decode(text[len(_MARK) :]) if text.startswith(_MARK) else base64.b85decode(text)
        for line in zlib.decompress(raw).decode().splitlines() if raw else ():
            id_, version, *keys = line.split("\t")
            found.versions[id_] = version
            if keys:
                found.odd[id_] = tuple(filter(None, keys[0].split("|")))
        return found


@dataclass
class _Sweep:
    """Ids and versions that a server shows, and how many it counts."""

    source: Source
    swept: dict[str, str] = field(default_factory=dict)
    counted: int = 0

    def add(self, body: bytes) -> None:
        page = apart(Stub, self.source, body)
        self.swept |= _versions(page.found)
        self.counted = self.counted if page.total is None else page.total


@dataclass
class Reading(Generic[R]):
    """One reading of a type.

    ``since``: only what changed after this moment of the server is read through pages; empty: everything.
    ``changes``: what is gone closes rows by its id; nobody else compares the number of records with the usual one.
    ``swept``: the moment of the last sweep, before and after; ``history``: the second look may be at the history.
    """

    server: Server
    kind: type[R]
    filters: Mapping[str, str]
    known: Known
    notes: Notes
    since: str = ""
    changes: bool = False
    swept: str = ""
    history: bool = False
    moment: str = field(default="", init=False)
    seen: dict[str, str] = field(default_factory=dict, init=False)
    """Version of each record that was handed over."""
    gone: list[str] = field(default_factory=list, init=False)
    broken: list[tuple[str, str]] = field(default_factory=list, init=False)

    def pages(self, take: Callable[[Sequence[R]], object]) -> Iterator[None]:
        """Have ``take`` work on the records of each page, each record at most once; whoever iterates has time after
        each page. After the last one ``gone`` names known ids that are no more.

        A page is taken apart and worked on while the server makes the next one.
        """
        self._take = take
        by_history = self.history and bool(self.since)
        changes = {"_lastUpdated": f"ge{self.since}"} if self.since else {}
        name = self.kind.__name__
        waiting: deque[Callable[[], None]] = deque()

        def meanwhile() -> None:
            while waiting:
                waiting.popleft()()

        sweep = _Sweep(self.server.source(name))
        worked_on = partial(self._worked_on, sweep.source)
        records = self.server.search(name, {**self.filters, **changes}, meanwhile)
        stubs = iter(()) if by_history else self._stubs(meanwhile)
        for page, of_ids in _together(records, stubs):
            if not of_ids:
                self.moment = self.moment or page.moment or self.server.clock
            waiting.append(partial(sweep.add if of_ids else worked_on, page.body))
            yield
        meanwhile()
        yield
        yield from self._by_history() if by_history else self._by_sweep(self._whole(sweep))

    def _worked_on(self, source: Source, body: bytes) -> None:
        page = apart(self.kind, source, body)
        self.broken += page.broken
        self._take(self._new(page.found))

    def _by_sweep(self, swept: Mapping[str, str]) -> Iterator[None]:
        self.swept = self.moment
        missed = self._missed(swept)
        if missed:
            found = self._by_id(missed)
            # After a sweep, only what a reading of everything should have held was missed.
            for each in found if not self.since else ():
                self.notes.add(messages.RESTORED, each.place)
            yield
        seen = self.seen
        yield from self._asked_for(sorted(id_ for id_ in self.known.versions if id_ not in swept and id_ not in seen))

    def _by_history(self) -> Iterator[None]:
        """Everything that happened since; of what the pages passed over, what fits the search is still read."""
        counted = self.server.count(self.kind, self.filters)
        self._refuse_emptiness(0 if counted is None else len(self.known) - counted)
        there: dict[str, str] = {}
        deleted: set[str] = set()
        for page in self.server.history(self.kind.__name__, self.since):
            for each in page.found:
                # The newest comes first; a page that moved repeats older ones.
                there.setdefault(each.id, each.version)
            deleted.update(page.deleted)
            if any(_before(each.meta.last_updated, self.since) for each in page.found):
                # There are servers whose next link forgets since when was asked: the rest is older still.
                break
        missed = self._missed(there)
        if missed:
            self._by_id(missed, self.filters)
            yield
        # What is there and no longer fits the search is handed over as well: it may be ours no more.
        unsure = {*deleted, *missed} & self.known.versions.keys()
        yield from self._asked_for(sorted(unsure - self.seen.keys()))

    def _missed(self, there: Mapping[str, str]) -> list[str]:
        """Ids that were not handed over in the version that is there, or not at all."""
        if there.keys() <= self.seen.keys():
            return []
        unseen = there.keys() - self.seen.keys()
        # Reading everything delivers every record, known or not.
        known = self.known.versions if self.since else {}
        return sorted(unseen - dict(self.broken).keys() - {id_ for id_ in unseen if known.get(id_) == there[id_]})

    def _asked_for(self, absent: Sequence[str]) -> Iterator[None]:
        """Ask for known ids that were not shown; what is not there is gone."""
        broken = {id_ for id_, _ in self.broken}
        absent = [id_ for id_ in absent if id_ not in broken]
        self._refuse_emptiness(len(absent))
        if absent:
            self._by_id(absent)
            yield
        there = self.seen.keys() | {id_ for id_, _ in self.broken}
        self.gone = [id_ for id_ in absent if id_ not in there]

    def _by_id(self, ids: Sequence[str], params: Mapping[str, str] | None = None) -> Sequence[R]:
        found, broken = self.server.by_id(self.kind, ids, params)
        # Who is there and cannot be read is held back, and not gone.
        self.broken += broken
        new = self._new(found)
        self._take(new)
        return new

    def _new(self, found: Sequence[R]) -> Sequence[R]:
        """Those that were not handed over yet; from here on they were."""
        seen = self.seen
        versions = _versions(found)
        if len(versions) == len(found) and seen.keys().isdisjoint(versions):
            seen |= versions
            return found
        fresh = []
        for each in found:
            if each.id not in seen:
                seen[each.id] = each.version
                fresh.append(each)
        return fresh

    def _whole(self, sweep: _Sweep) -> dict[str, str]:
        """Ids and versions of all records of the type; swept again while the server counts more than it hands over."""
        for _ in range(_SWEEPS - 1):
            if len(sweep.swept) >= sweep.counted:
                break
            for page in self._stubs():
                sweep.add(page.body)
        if len(sweep.swept) >= sweep.counted:
            return sweep.swept
        source = sweep.source
        raise PeerError(messages.UNSTABLE, where=source.where, seen=str(len(sweep.swept)), expected=str(sweep.counted))

    def _stubs(self, meanwhile: Work = None) -> Iterator[Body]:
        params = dict(self.filters)
        if self.server.offered().can(self.kind.__name__, "search:_id"):
            params["_sort"] = "_id"  # changed records keep their place
        return self.server.stubs(self.kind.__name__, params, meanwhile)

    def _refuse_emptiness(self, absent: int) -> None:
        share = self.server.config.most_gone
        if self.changes and absent >= _SMALL and absent > share * len(self.known):
            where = self.server.session.place(self.kind.__name__)
            raise DataError(messages.MOST_GONE, where=where, seen=str(absent), known=len(self.known))


def since(cursor: Mapping[str, Any], overlap: int) -> str:
    """The moment of the server's clock from which changes are asked for; empty when none is known."""
    found = moment(str(cursor.get("moment", "")))
    return (found - dt.timedelta(minutes=overlap)).isoformat() if found else ""


def _together(pages: Iterator[Body], sweep: Iterator[Body]) -> Iterator[tuple[Body, bool]]:
    """Pages and, after so many as hold the same records, one of the sweep (true): one question after the other."""
    for at, page in enumerate(pages, start=1):
        yield page, False
        if at % STUBS == 0 and (stubs := next(sweep, None)) is not None:
            yield stubs, True
    for stubs in sweep:
        yield stubs, True


def _versions(records: Sequence[Resource]) -> dict[str, str]:
    # As `Resource.version` tells it; written out, for it is done for every record.
    return {each.id: each.meta.version_id or each.meta.last_updated for each in records}


def _before(text: str, since: str) -> bool:
    """True when both are moments and the first is the earlier one."""
    one, other = moment(text), moment(since)
    return one is not None and other is not None and one < other


def _chosen(odd: Mapping[str, tuple[str, ...]], ids: set[str]) -> dict[str, tuple[str, ...]]:
    return {id_: keys for id_, keys in odd.items() if id_ in ids}
