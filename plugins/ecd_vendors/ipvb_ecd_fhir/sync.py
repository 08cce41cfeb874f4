"""Reading all records of a type so that none is lost or closed by mistake while others change them.

A server that pages by offset moves records between pages when one of them changes: a record can be passed over, or
come twice. So every reading ends with a sweep of ids and versions, and

* an id that the sweep shows and the pages did not is read on its own;
* an id that was known and the sweep does not show is asked for on its own; only what then is not there, is gone;
* of a record that comes twice, one version is delivered; the newer one comes with the next reading at the latest.

What is known (ids, versions and the keys of their rows) travels in the cursor.
"""

from __future__ import annotations

import base64
import datetime as dt
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic

import msgspec

from ipvb_bridge.base.errors import DataError, PeerError
from ipvb_ecd_fhir import messages
from ipvb_ecd_fhir.model import R, Stub
from ipvb_ecd_fhir.notes import Notes
from ipvb_ecd_fhir.server import Page, Server, moment

_SWEEPS = 3
_SMALL = 10
"""So few records may all be gone at once."""


class Known(msgspec.Struct, frozen=True, gc=False):
    """A record as it was delivered: its version, and the keys of its rows (its own id alone: nothing)."""

    version: str
    keys: tuple[str, ...]


def packed(known: Mapping[str, Known]) -> str:
    """What is known, as text for the cursor."""
    lines = (
        f"{id_}\t{each.version}" + ("" if each.keys == (id_,) else "\t" + "|".join(each.keys))
        for id_, each in sorted(known.items())
    )
    return base64.b85encode(zlib.compress("\n".join(lines).encode(), 6)).decode()


def unpacked(text: str) -> dict[str, Known]:
    """The reverse of :func:`packed`."""
    found: dict[str, Known] = {}
    for line in zlib.decompress(base64.b85decode(text)).decode().splitlines() if text else ():
        id_, version, *keys = line.split("\t")
        found[id_] = Known(version, tuple(filter(None, keys[0].split("|"))) if keys else (id_,))
    return found


@dataclass
class Reading(Generic[R]):
    """One reading of a type.

    ``since``: only what changed after this moment of the server is read through pages; empty: everything.
    ``changes``: what is gone closes rows by its id; nobody else compares the number of records with the usual one.
    """

    server: Server
    kind: type[R]
    filters: Mapping[str, str]
    known: Mapping[str, Known]
    notes: Notes
    since: str = ""
    changes: bool = False
    moment: str = field(default="", init=False)
    gone: list[str] = field(default_factory=list, init=False)
    broken: list[tuple[str, str]] = field(default_factory=list, init=False)

    def pages(self) -> Iterator[Sequence[R]]:
        """Records of the stream, each at most once. After the last page ``gone`` names known ids that are no more."""
        seen: dict[str, str] = {}
        changes = {"_lastUpdated": f"ge{self.since}"} if self.since else {}
        for page in self.server.search(self.kind, {**self.filters, **changes}):
            self.moment = self.moment or page.moment
            yield self._new(page.found, seen)
            self.broken += page.broken
        seen |= dict.fromkeys((id_ for id_, _ in self.broken), "")
        swept = self._sweep()
        missed = [id_ for id_, version in swept.items() if id_ not in seen and not self._is_known(id_, version)]
        if missed:
            found = self._new(self.server.by_id(self.kind, sorted(missed)), seen)
            # After a sweep, only what a reading of everything should have held was missed.
            for each in found if not self.since else ():
                self.notes.add(messages.RESTORED, each.place)
            yield found
        absent = sorted(id_ for id_ in self.known if id_ not in swept and id_ not in seen)
        self._refuse_emptiness(len(absent))
        still = self._new(self.server.by_id(self.kind, absent), seen) if absent else []
        if still:
            yield still
        there = {each.id for each in still}
        self.gone = [id_ for id_ in absent if id_ not in there]

    def _new(self, found: Sequence[R], seen: dict[str, str]) -> list[R]:
        fresh = []
        for each in found:
            if each.id not in seen:
                seen[each.id] = each.version
                fresh.append(each)
        return fresh

    def _is_known(self, id_: str, version: str) -> bool:
        known = self.known.get(id_)
        # Reading everything delivers every record, known or not.
        return bool(self.since) and known is not None and known.version == version

    def _sweep(self) -> dict[str, str]:
        """Ids and versions of all records of the type; again while the server counts more than it hands over."""
        swept: dict[str, str] = {}
        counted = 0
        name = self.kind.__name__
        for _ in range(_SWEEPS):
            counted = 0
            for page in self._stubs():
                swept |= {each.id: each.version for each in page.found}
                counted = page.total or counted
            if len(swept) >= counted:
                return swept
        raise PeerError(
            messages.UNSTABLE, where=self.server.session.place(name), seen=str(len(swept)), expected=str(counted)
        )

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
