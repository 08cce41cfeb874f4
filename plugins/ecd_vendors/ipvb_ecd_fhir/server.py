"""A FHIR server as this adapter sees it: what it offers, its pages, and single records."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Generic

import msgspec

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.plugin import http_messages
from ipvb_bridge.plugin.http import Answer, Session
from ipvb_ecd_fhir import messages, model
from ipvb_ecd_fhir.config import Config
from ipvb_ecd_fhir.model import R

Chosen = tuple[list[R], list[tuple[str, str]]]
"""Records, and id and fault of those that are not built as FHIR says."""
_AT_ONCE = 50
"""So many records are asked for by id in one question."""
STUBS = 5
"""A page of ids holds so many times the records of another page."""
_OUTCOME = msgspec.json.Decoder(model.Outcome)
_HEAD = msgspec.json.Decoder(model.Head)
_RAW = msgspec.json.Decoder(model.RawBundle)


@dataclass(frozen=True, slots=True)
class Offered:
    """What the capability statement says: of the server, and of each type its interactions and abilities."""

    version: str
    interactions: frozenset[str]
    types: Mapping[str, frozenset[str]]

    def can(self, type_: str, *what: str) -> bool:
        """True when all of it is offered for a type: read, search-type, create, conditionalCreate ..."""
        return set(what) <= self.types.get(type_, frozenset())


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """One page. ``broken``: id and fault of resources that are not built as FHIR says. ``deleted``: ids that a history
    tells are removed. ``moment``: the server's. ``following``: address of the next page.
    """

    found: Sequence[R]
    broken: Sequence[tuple[str, str]]
    deleted: Sequence[str]
    total: int | None
    moment: str
    following: str


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

    def search(self, kind: type[R], params: Mapping[str, str]) -> Iterator[Page[R]]:
        """All pages of a search, along the next links."""
        return self._pages(kind, kind.__name__, kind.__name__, params, self.config.page_size)

    def stubs(self, name: str, params: Mapping[str, str]) -> Iterator[Page[model.Stub]]:
        """Only ids and versions of a search; they are small, so the pages hold more."""
        return self._pages(model.Stub, name, name, {**params, "_elements": "id,meta"}, self.config.page_size * STUBS)

    def history(self, name: str, since: str) -> Iterator[Page[model.Stub]]:
        """What happened to a type since a moment of the server; ``deleted`` of a page: the ids that were removed."""
        path, size = f"{name}/_history", self.config.page_size * STUBS
        return self._pages(model.Stub, name, path, {"_since": since}, size, "history")

    def _pages(
        self, kind: type[R], name: str, path: str, params: Mapping[str, str], size: int, expected: str = "searchset"
    ) -> Iterator[Page[R]]:
        read: set[str] = set()
        asked: Mapping[str, str] | None = {**params, "_count": str(size)}
        while path:
            page = self._decoded(kind, name, self.session.ask("GET", path, params=asked).body, expected)
            yield page
            path, asked = page.following, None
            if path in read:
                raise DataError(messages.CIRCLE, where=self.session.place(name))
            read.add(path)

    def count(self, kind: type[R], params: Mapping[str, str] | None = None) -> int | None:
        """How many records of a type, or of a search, the server shows; None when it shows some and counts none."""
        name = kind.__name__
        answer = self.session.ask("GET", name, params={**(params or {}), "_count": "1"})
        page = self._decoded(kind, name, answer.body)
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
            page = self._decoded(kind, name, answer.body)
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
            raise self._no_json(name, answer.body) from None
        if found.resource_type != name:
            self.record(answer, name, name)
        return found, ""

    def record(self, answer: Answer, name: str, expected: str) -> dict[str, Any]:
        """The body of an answer as a dict of that resource type. Raises :class:`DataError`."""
        try:
            body = json.loads(answer.body)
        except ValueError:
            raise self._no_json(name, answer.body) from None
        seen = str(body.get("resourceType", "?")) if isinstance(body, dict) else type(body).__name__
        if seen != expected:
            where = self.session.place(name)
            if seen == "OperationOutcome":
                raise DataError(messages.OUTCOME, where=where, seen=issues(answer.body))
            raise DataError(messages.NO_PAGE, where=where, seen=seen[:40], expected=expected)
        assert isinstance(body, dict)
        return body

    def _head(self, name: str, body: bytes, expected: str) -> model.Head:
        """What a page says of itself. Raises :class:`DataError` when it is no page of that type."""
        where = self.session.place(name)
        try:
            head = _HEAD.decode(body)
        except msgspec.ValidationError:
            raise DataError(messages.NO_PAGE, where=where, seen="?", expected=expected) from None
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._no_json(name, body) from None
        if head.resource_type == "OperationOutcome":
            raise DataError(messages.OUTCOME, where=where, seen=_told(head.issue))
        if head.resource_type != "Bundle" or head.type != expected:
            seen = f"{head.resource_type[:30] or '?'} {head.type[:30]}".strip()
            raise DataError(messages.NO_PAGE, where=where, seen=seen, expected=expected)
        return head

    def _decoded(self, kind: type[R], name: str, body: bytes, expected: str = "searchset") -> Page[R]:
        found: list[R] = []
        broken: list[tuple[str, str]] = []
        deleted: list[str] = []
        head: model.Head | model.Bundle[R]
        try:
            head = page = _decoder(kind).decode(body)
        except msgspec.ValidationError:
            head = self._head(name, body, expected)
            self._one_by_one(kind, name, body, expected, found, broken)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise self._no_json(name, body) from None
        else:
            if page.resource_type != "Bundle" or page.type != expected:
                self._head(name, body, expected)
            for entry in page.entry:
                each = entry.resource
                if each is None:
                    if entry.request is not None and entry.request.method == "DELETE":
                        deleted.append(_id_in(entry.request.url))
                elif each.resource_type == name:
                    found.append(each)
                elif each.resource_type == "OperationOutcome":
                    self._look_at(name, body)
        moment = head.meta.last_updated
        if not moment and self.session.server_time is not None:
            moment = self.session.server_time.isoformat()
        following = next((each.url for each in head.link if each.relation == "next"), "")
        return Page(found, broken, deleted, head.total, moment, following)

    def _look_at(self, name: str, body: bytes) -> None:
        """An outcome among the results: a hint is passed over, an error stops the delivery."""
        for entry in _RAW.decode(body).entry:
            try:
                outcome = _OUTCOME.decode(entry.resource)
            except msgspec.DecodeError:
                continue
            bad = tuple(each for each in outcome.issue if each.severity in ("fatal", "error"))
            if outcome.resource_type == "OperationOutcome" and bad:
                raise DataError(messages.OUTCOME, where=self.session.place(name), seen=_told(bad))

    def _one_by_one(
        self, kind: type[R], name: str, body: bytes, expected: str, found: list[R], broken: list[tuple[str, str]]
    ) -> None:
        """A page of which a resource is malformed: the others are read all the same."""
        try:
            entries = _RAW.decode(body).entry
        except msgspec.ValidationError:
            where = self.session.place(name)
            raise DataError(messages.NO_PAGE, where=where, seen="?", expected=expected) from None
        for entry in entries:
            try:
                each = msgspec.json.decode(entry.resource, type=kind)
            except msgspec.ValidationError as error:
                broken.append((_id(entry.resource), fault(error)))
            else:
                if each.resource_type == name:
                    found.append(each)

    def _no_json(self, name: str, body: bytes) -> DataError:
        seen = "HTML" if body.lstrip()[:1] == b"<" else f"{len(body)} bytes"
        return DataError(http_messages.NOT_JSON, where=self.session.place(name), seen=seen)


def issues(body: bytes) -> str:
    """What an OperationOutcome complains about, in codes and paths: its texts may quote a record."""
    try:
        return _told(_OUTCOME.decode(body).issue)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def moment(text: str) -> dt.datetime | None:
    """An instant as FHIR writes it; None when it is none."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


@cache
def _decoder(kind: type[R]) -> msgspec.json.Decoder[model.Bundle[R]]:
    return msgspec.json.Decoder(model.Bundle[kind])  # type: ignore[valid-type]  # the type is a value here


def _told(found: Sequence[model.Issue]) -> str:
    parts = []
    for each in found[:5]:
        codes = [each.code, *(coding.code for coding in (each.details.coding if each.details else ()))]
        parts.append(" ".join([each.severity, *filter(None, codes), *each.expression[:3]])[:120])
    return "; ".join(parts) or "?"


def _codes(holder: Mapping[str, Any]) -> frozenset[str]:
    return frozenset(str(each.get("code", "")) for each in holder.get("interaction", []))


def _abilities(resource: Mapping[str, Any]) -> frozenset[str]:
    flags = {name for name in ("conditionalCreate", "updateCreate") if resource.get(name) is True}
    known = {f"search:{each.get('name')}" for each in resource.get("searchParam", [])}
    return _codes(resource) | flags | known


def _id_in(url: str) -> str:
    """The id in ``CarePlan/12``, ``CarePlan/12/_history/3``, or an address that ends so."""
    parts = url.split("/_history")[0].rstrip("/").split("/")
    return parts[-1]


def _id(raw: msgspec.Raw) -> str:
    try:
        return str(json.loads(bytes(raw)).get("id", "?"))
    except (ValueError, AttributeError):
        return "?"


def fault(error: Exception) -> str:
    """Where the fault is and what was expected; the library quotes no value, only types."""
    return str(error)[:120] if isinstance(error, msgspec.ValidationError) else "no UTF-8"
