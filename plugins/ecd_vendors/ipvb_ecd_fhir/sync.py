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
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any, Generic

from ipvb_bridge.base.errors import DataError, PeerError
from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.ahead import ahead
from ipvb_ecd_fhir.model import R, Resource, Stub
from ipvb_ecd_fhir.notes import Notes
from ipvb_ecd_fhir.server import STUBS, Page, Server, moment

_AHEAD = 2 * STUBS
"""So many pages may wait to be worked on."""
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
        odd = self.odd
        lines = [
            f"{id_}\t{version}\t{'|'.join(odd[id_])}" if id_ in odd else f"{id_}\t{version}"
            for id_, version in self.versions.items()
        ]
        lines.sort()
        # Ids that are made by chance do not pack much better however long it takes.
        return _MARK + base64.b64encode(zlib.compress("\n".join(lines).encode(), 1)).decode()

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

    def pages(self) -> Iterator[Sequence[R]]:
        """Records of the stream, each at most once. After the last page ``gone`` names known ids that are no more."""
        changes = {"_lastUpdated": f"ge{self.since}"} if self.since else {}
        records = self.server.search(self.kind, {**self.filters, **changes})
        by_history = self.history and bool(self.since)
        swept: dict[str, str] = {}
        counted = 0
        with closing(ahead(_together(records, iter(()) if by_history else self._stubs()), _AHEAD)) as pages:
            for page, stubs in pages:
                if page is not None:
                    self.moment = self.moment or page.moment
                    yield self._new(page.found)
                    self.broken += page.broken
                elif stubs is not None:
                    swept |= _versions(stubs.found)
                    counted = stubs.total or counted
        yield from self._by_history() if by_history else self._by_sweep(self._whole(swept, counted))

    def _by_sweep(self, swept: Mapping[str, str]) -> Iterator[Sequence[R]]:
        self.swept = self.moment
        missed = self._missed(swept)
        if missed:
            found = self._by_id(missed)
            # After a sweep, only what a reading of everything should have held was missed.
            for each in found if not self.since else ():
                self.notes.add(messages.RESTORED, each.place)
            yield found
        seen = self.seen
        yield from self._asked_for(sorted(id_ for id_ in self.known.versions if id_ not in swept and id_ not in seen))

    def _by_history(self) -> Iterator[Sequence[R]]:
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
            yield self._by_id(missed, self.filters)
        # What is there and no longer fits the search is handed over as well: it may be ours no more.
        unsure = {*deleted, *missed} & self.known.versions.keys()
        yield from self._asked_for(sorted(unsure - self.seen.keys()))

    def _missed(self, there: Mapping[str, str]) -> list[str]:
        """Ids that were not handed over in the version that is there, or not at all."""
        unseen = there.keys() - self.seen.keys()
        # Reading everything delivers every record, known or not.
        known = self.known.versions if self.since else {}
        return sorted(unseen - dict(self.broken).keys() - {id_ for id_ in unseen if known.get(id_) == there[id_]})

    def _asked_for(self, absent: Sequence[str]) -> Iterator[Sequence[R]]:
        """Ask for known ids that were not shown; what is not there is gone."""
        broken = {id_ for id_, _ in self.broken}
        absent = [id_ for id_ in absent if id_ not in broken]
        self._refuse_emptiness(len(absent))
        if absent:
            yield self._by_id(absent)
        there = self.seen.keys() | {id_ for id_, _ in self.broken}
        self.gone = [id_ for id_ in absent if id_ not in there]

    def _by_id(self, ids: Sequence[str], params: Mapping[str, str] | None = None) -> Sequence[R]:
        found, broken = self.server.by_id(self.kind, ids, params)
        # Who is there and cannot be read is held back, and not gone.
        self.broken += broken
        return self._new(found)

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

    def _whole(self, swept: dict[str, str], counted: int) -> dict[str, str]:
        """Ids and versions of all records of the type; swept again while the server counts more than it hands over."""
        for _ in range(_SWEEPS - 1):
            if len(swept) >= counted:
                break
            for page in self._stubs():
                swept |= _versions(page.found)
                counted = page.total or 0
        if len(swept) >= counted:
            return swept
        where = self.server.session.place(self.kind.__name__)
        raise PeerError(messages.UNSTABLE, where=where, seen=str(len(swept)), expected=str(counted))

    def _stubs(self) -> Iterator[Page[Stub]]:
        params = dict(self.filters)
        if self.server.offered().can(self.kind.__name__, "search:_id"):
            params["_sort"] = "_id"  # changed records keep their place
        return self.server.stubs(self.kind.__name__, params)

    def _refuse_emptiness(self, absent: int) -> None:
        share = self.server.config.most_gone
        if self.changes and absent >= _SMALL and absent > share * len(self.known):
            where = self.server.session.place(self.kind.__name__)
            raise DataError(messages.MOST_GONE, where=where, seen=str(absent), known=len(self.known))


def since(cursor: Mapping[str, Any], overlap: int) -> str:
    """The moment of the server's clock from which changes are asked for; empty when none is known."""
    found = moment(str(cursor.get("moment", "")))
    return (found - dt.timedelta(minutes=overlap)).isoformat() if found else ""


def _together(
    pages: Iterator[Page[R]], sweep: Iterator[Page[Stub]]
) -> Iterator[tuple[Page[R] | None, Page[Stub] | None]]:
    """Pages and, after so many as hold the same records, one of the sweep: one question after the other.

    A server needs longer for a page of ids than we need to read it: time in which the pages before it are worked on.
    """
    for at, page in enumerate(pages, start=1):
        yield page, None
        if at % STUBS == 0 and (stubs := next(sweep, None)) is not None:
            yield None, stubs
    for stubs in sweep:
        yield None, stubs


def _versions(records: Sequence[Resource]) -> dict[str, str]:
    # As `Resource.version` tells it; written out, for it is done for every record.
    return {each.id: each.meta.version_id or each.meta.last_updated for each in records}


def _before(text: str, since: str) -> bool:
    """True when both are moments and the first is the earlier one."""
    one, other = moment(text), moment(since)
    return one is not None and other is not None and one < other


def _chosen(odd: Mapping[str, tuple[str, ...]], ids: set[str]) -> dict[str, tuple[str, ...]]:
    return {id_: keys for id_, keys in odd.items() if id_ in ids}
