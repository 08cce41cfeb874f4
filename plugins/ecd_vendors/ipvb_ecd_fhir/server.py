"""A FHIR server as this adapter sees it: what it offers, its pages, and single records."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import msgspec

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.plugin.http import Answer, Session
from ipvb_ecd_fhir import messages, model
from ipvb_ecd_fhir.config import Config
from ipvb_ecd_fhir.model import R
from ipvb_ecd_fhir.pages import Body, Page, Source, apart, fault, issues, no_json

Chosen = tuple[list[R], list[tuple[str, str]]]
"""Records, and id and fault of those that are not built as FHIR says."""
_AT_ONCE = 50
"""So many records are asked for by id in one question."""
Work = Callable[[], None] | None
STUBS = 5
"""A page of ids holds so many times the records of another page."""


class _Linked(Protocol):
    @property
    def following(self) -> str: ...


P = TypeVar("P", bound=_Linked)


@dataclass(frozen=True, slots=True)
class Offered:
    """What the capability statement says: of the server, and of each type its interactions and abilities."""

    version: str
    interactions: frozenset[str]
    types: Mapping[str, frozenset[str]]

    def can(self, type_: str, *what: str) -> bool:
        """True when all of it is offered for a type: read, search-type, create, conditionalCreate ..."""
        return set(what) <= self.types.get(type_, frozenset())


@dataclass
class Server:
    """The server of one connection. Raises what :meth:`Session.ask` raises, and :class:`DataError` for no FHIR."""

    config: Config
    folder: Path
    _session: Session | None = field(default=None, init=False)
    _offered: Offered | None = field(default=None, init=False)

    @property
    def session(self) -> Session:
        """The line to the server, made when it is first asked something."""
        if self._session is None:
            self._session = Session(self.config, self.folder, explain=issues)
        return self._session

    def offered(self) -> Offered:
        """What the server says it offers. Raises :class:`DataError` when it is no R4 server."""
        if self._offered is None:
            body = self.record(self.session.ask("GET", "metadata"), "metadata", "CapabilityStatement")
            version = str(body.get("fhirVersion", ""))
            if not version.startswith("4.0"):
                raise DataError(messages.NOT_R4, where=self.config.url, seen=version or "?")
            rest: Mapping[str, Any] = next((each for each in body.get("rest", []) if each.get("mode") == "server"), {})
            types = {each.get("type", ""): _abilities(each) for each in rest.get("resource", [])}
            self._offered = Offered(version, _codes(rest), types)
        return self._offered

    def needs(self, type_: str, stream: str) -> None:
        """Raise :class:`DataError` when the server cannot be searched for a type."""
        if not self.offered().can(type_, "search-type"):
            raise DataError(messages.NOT_OFFERED, where=self.config.url, seen=type_, stream=stream)

    def search(self, name: str, params: Mapping[str, str], meanwhile: Work = None) -> Iterator[Body]:
        """All pages of a search, along the next links, as they came."""
        asked = {**params, "_count": str(self.config.page_size)}
        return self._pages(partial(Body.of, self.source(name)), name, asked, meanwhile)

    def stubs(self, name: str, params: Mapping[str, str], meanwhile: Work = None) -> Iterator[Body]:
        """Only ids and versions of a search; they are small, so the pages hold more."""
        asked = {**params, "_elements": "id,meta", "_count": str(self.config.page_size * STUBS)}
        return self._pages(partial(Body.of, self.source(name)), name, asked, meanwhile)

    def history(self, name: str, since: str) -> Iterator[Page[model.Stub]]:
        """What happened to a type since a moment of the server; ``deleted`` of a page: the ids that were removed."""
        asked = {"_since": since, "_count": str(self.config.page_size * STUBS)}
        return self._pages(partial(apart, model.Stub, self.source(name, "history")), f"{name}/_history", asked)

    def source(self, name: str, expected: str = "searchset") -> Source:
        """Records of a type on this server."""
        return Source(name, self.session.place(name), expected)

    @property
    def clock(self) -> str:
        """The server's moment by the headers of its last answer; empty when they do not tell."""
        told = self.session.server_time
        return told.isoformat() if told is not None else ""

    def _pages(
        self, taken: Callable[[bytes], P], path: str, params: Mapping[str, str] | None, meanwhile: Work = None
    ) -> Iterator[P]:
        """Pages along the next links, each made by ``taken`` of its body; ``meanwhile``: see :meth:`Session.ask`."""
        read: set[str] = set()
        while path:
            page = taken(self.session.ask("GET", path, params=params, meanwhile=meanwhile).body)
            yield page
            path, params = page.following, None
            if path in read:
                raise DataError(messages.CIRCLE, where=self.session.place(path))
            read.add(path)

    def count(self, kind: type[R], params: Mapping[str, str] | None = None) -> int | None:
        """How many records of a type, or of a search, the server shows; None when it shows some and counts none."""
        name = kind.__name__
        answer = self.session.ask("GET", name, params={**(params or {}), "_count": "1"})
        page = apart(kind, self.source(name), answer.body)
        return page.total if page.total is not None or page.found or page.broken else 0

    def by_id(self, kind: type[R], ids: Sequence[str], params: Mapping[str, str] | None = None) -> Chosen[R]:
        """The records of these ids that are there and fit ``params``. Ids go in a body, in no address."""
        name = kind.__name__
        found: list[R] = []
        broken: list[tuple[str, str]] = []
        for start in range(0, len(ids), _AT_ONCE):
            some = ids[start : start + _AT_ONCE]
            form = {**(params or {}), "_id": ",".join(some), "_count": str(_AT_ONCE)}
            answer = self.session.ask("POST", f"{name}/_search", form=form)
            page = apart(kind, self.source(name), answer.body)
            shown = {each.id for each in page.found} | {id_ for id_, _ in page.broken}
            if shown <= set(some) and (page.total or 0) <= len(some):
                found += page.found
                broken += page.broken
                # A server may hand over fewer at once than it was asked for.
                left = [one for one in some if one not in shown] if page.following else []
            else:
                left = list(some)  # one that does not know the parameter leaves it out of account
            for one in left:
                alone, fault_ = self.read(kind, one)
                if fault_:
                    broken.append((one, fault_))
                elif alone is not None:
                    found.append(alone)
        return found, broken

    def read(self, kind: type[R], id_: str) -> tuple[R | None, str]:
        """One record, or None when it is not there, is deleted or, with its fault, is not built as FHIR says."""
        name = kind.__name__
        answer = self.session.ask("GET", f"{name}/{id_}", accept=frozenset({404, 410}))
        if answer.status in (404, 410):
            return None, ""
        try:
            found = msgspec.json.decode(answer.body, type=kind)
        except msgspec.ValidationError as error:
            return None, fault(error)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise no_json(self.session.place(name), answer.body) from None
        if found.resource_type != name:
            self.record(answer, name, name)
        return found, ""

    def record(self, answer: Answer, name: str, expected: str) -> dict[str, Any]:
        """The body of an answer as a dict of that resource type. Raises :class:`DataError`."""
        try:
            body = json.loads(answer.body)
        except ValueError:
            raise no_json(self.session.place(name), answer.body) from None
        seen = str(body.get("resourceType", "?")) if isinstance(body, dict) else type(body).__name__
        if seen != expected:
            where = self.session.place(name)
            if seen == "OperationOutcome":
                raise DataError(messages.OUTCOME, where=where, seen=issues(answer.body))
            raise DataError(messages.NO_PAGE, where=where, seen=seen[:40], expected=expected)
        assert isinstance(body, dict)
        return body


def moment(text: str) -> dt.datetime | None:
    """An instant as FHIR writes it; None when it is none."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _codes(holder: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(str(each.get("code", "")) for each in holder.get("interaction", []))


def _abilities(resource: Mapping[str, Any]) -> frozenset[str]:
    flags = {name for name in ("conditionalCreate", "updateCreate") if resource.get(name) is True}
    # Without versions there is no If-Match.
    flags |= {"no-version"} & {str(resource.get("versioning"))}
    known = {f"search:{each.get('name')}" for each in resource.get("searchParam", [])}
    return _codes(resource) | flags | known
