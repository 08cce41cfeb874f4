"""Pages of FHIR: a body as it came over the line, taken apart into records."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Generic

import msgspec

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.plugin import http_messages
from ipvb_ecd_fhir import messages, model
from ipvb_ecd_fhir.model import R

_OUTCOME = msgspec.json.Decoder(model.Outcome)
_HEAD = msgspec.json.Decoder(model.Head)
_RAW = msgspec.json.Decoder(model.RawBundle)
_ENTRY = b'"entry"'


@dataclass(frozen=True, slots=True)
class Source:
    """Which type of records is read from where (for messages), and what kind of Bundle its pages are."""

    name: str
    where: str
    expected: str = "searchset"


@dataclass(frozen=True, slots=True)
class Page(Generic[R]):
    """One page. ``broken``: id and fault of resources that are not built as FHIR says. ``deleted``: ids that a history
    tells are removed. ``following``: address of the next page.
    """

    found: Sequence[R]
    broken: Sequence[tuple[str, str]]
    deleted: Sequence[str]
    total: int | None
    following: str


@dataclass(frozen=True, slots=True)
class Body:
    """A page as it came, and what it says of itself: address of the next page, and moment of the server."""

    body: bytes
    following: str
    moment: str

    @classmethod
    def of(cls, source: Source, body: bytes) -> Body:
        """From the body of an answer. Raises :class:`DataError` when it is no page of that type."""
        head = _before_entries(source, body) or head_of(source, body)
        return cls(body, _next(head.link), head.meta.last_updated)


def apart(kind: type[R], source: Source, body: bytes) -> Page[R]:
    """The records of a page. Raises :class:`DataError` when it is no page of that type."""
    found: list[R] = []
    broken: list[tuple[str, str]] = []
    deleted: list[str] = []
    head: model.Head | model.Bundle[R]
    try:
        head = page = _decoder(kind).decode(body)
    except msgspec.ValidationError:
        head = head_of(source, body)
        _one_by_one(kind, source, body, found, broken)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise no_json(source.where, body) from None
    else:
        if page.resource_type != "Bundle" or page.type != source.expected:
            head_of(source, body)
        name = source.name
        found = [each for entry in page.entry if (each := entry.resource) is not None and each.resource_type == name]
        for entry in page.entry if len(found) < len(page.entry) else ():
            if entry.resource is None:
                if entry.request is not None and entry.request.method == "DELETE":
                    deleted.append(_id_in(entry.request.url))
            elif entry.resource.resource_type == "OperationOutcome":
                _look_at(source, body)
    return Page(found, broken, deleted, head.total, _next(head.link))


def head_of(source: Source, body: bytes) -> model.Head:
    """What a page says of itself. Raises :class:`DataError` when it is no page of that type."""
    where, expected = source.where, source.expected
    try:
        head = _HEAD.decode(body)
    except msgspec.ValidationError:
        raise DataError(messages.NO_PAGE, where=where, seen="?", expected=expected) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise no_json(where, body) from None
    if head.resource_type == "OperationOutcome":
        raise DataError(messages.OUTCOME, where=where, seen=_told(head.issue))
    if head.resource_type != "Bundle" or head.type != expected:
        seen = f"{head.resource_type[:30] or '?'} {head.type[:30]}".strip()
        raise DataError(messages.NO_PAGE, where=where, seen=seen, expected=expected)
    return head


def _before_entries(source: Source, body: bytes) -> model.Head | None:
    """What a page says of itself, where that stands before its entries, with a moment and a next page: then the rest
    need not be read for it. None in any other case.
    """
    at = body.find(_ENTRY)
    if at < 0:
        return None
    try:
        head = _HEAD.decode(body[:at] + _ENTRY + b":0}")
    except msgspec.DecodeError:
        return None  # these entries are not those of the page, or the page is none
    whole = head.resource_type == "Bundle" and head.type == source.expected and head.meta.last_updated
    return head if whole and _next(head.link) else None


def issues(body: bytes) -> str:
    """What an OperationOutcome complains about, in codes and paths: its texts may quote a record."""
    try:
        return _told(_OUTCOME.decode(body).issue)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def no_json(where: str, body: bytes) -> DataError:
    """The error for a body that is not JSON."""
    seen = "HTML" if body.lstrip()[:1] == b"<" else f"{len(body)} bytes"
    return DataError(http_messages.NOT_JSON, where=where, seen=seen)


def fault(error: Exception) -> str:
    """Where the fault is and what was expected; the library quotes no value, only types."""
    return str(error)[:120] if isinstance(error, msgspec.ValidationError) else "no UTF-8"


def _next(links: Sequence[model.Link]) -> str:
    return next((each.url for each in links if each.relation == "next"), "")


@cache
def _decoder(kind: type[R]) -> msgspec.json.Decoder[model.Bundle[R]]:
    return msgspec.json.Decoder(model.Bundle[kind])  # type: ignore[valid-type]  # the type is a value here


def _look_at(source: Source, body: bytes) -> None:
    """An outcome among the results: a hint is passed over, an error stops the delivery."""
    for entry in _RAW.decode(body).entry:
        try:
            outcome = _OUTCOME.decode(entry.resource)
        except msgspec.DecodeError:
            continue
        bad = tuple(each for each in outcome.issue if each.severity in ("fatal", "error"))
        if outcome.resource_type == "OperationOutcome" and bad:
            raise DataError(messages.OUTCOME, where=source.where, seen=_told(bad))


def _one_by_one(kind: type[R], source: Source, body: bytes, found: list[R], broken: list[tuple[str, str]]) -> None:
    """A page of which a resource is malformed: the others are read all the same."""
    try:
        entries = _RAW.decode(body).entry
    except msgspec.ValidationError:
        raise DataError(messages.NO_PAGE, where=source.where, seen="?", expected=source.expected) from None
    for entry in entries:
        try:
            each = msgspec.json.decode(entry.resource, type=kind)
        except msgspec.ValidationError as error:
            broken.append((_id(entry.resource), fault(error)))
        else:
            if each.resource_type == source.name:
                found.append(each)


def _told(found: Sequence[model.Issue]) -> str:
    parts = []
    for each in found[:5]:
        codes = [each.code, *(coding.code for coding in (each.details.coding if each.details else ()))]
        parts.append(" ".join([each.severity, *filter(None, codes), *each.expression[:3]])[:120])
    return "; ".join(parts) or "?"


def _id_in(url: str) -> str:
    """The id in ``CarePlan/12``, ``CarePlan/12/_history/3``, or an address that ends so."""
    parts = url.split("/_history")[0].rstrip("/").split("/")
    return parts[-1]


def _id(raw: msgspec.Raw) -> str:
    try:
        return str(json.loads(bytes(raw)).get("id", "?"))
    except (ValueError, AttributeError):
        return "?"
