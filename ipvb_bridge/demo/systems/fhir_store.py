"""FHIR resources in memory: versions, search, history and transactions, as far as the simulated ECD needs them."""

from __future__ import annotations

import datetime as dt
import json
import threading
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
TYPES = (
    "Organization", "Location", "Patient", "RelatedPerson", "Practitioner", "PractitionerRole", "Encounter", "CarePlan",
    "Procedure", "Task", "Communication", "DocumentReference", "Binary",
)  # fmt: skip
_REFERENCES = {"patient": ("subject", "for", "patient"), "subject": ("subject", "for")}
_CODES = {"category": "category", "code": "code", "class": "class", "type": "type"}
_DATES = {
    "date": ("period", "performedPeriod", "performedDateTime", "sent"),
}
KNOWN = frozenset({"_id", "_lastUpdated", "identifier", "status", *_REFERENCES, *_CODES, *_DATES})
"""Search parameters; any other is left out of account, as real servers do."""


class Refusal(Exception):
    """An answer that is no success: status, and a code for the OperationOutcome."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a resource; ``body`` None is a deletion."""

    type: str
    id: str
    number: int
    moment: dt.datetime
    body: Json | None
    raw: bytes


@dataclass
class Memory:
    """The resources of one server. Safe to use from several threads.

    ``clock`` is the server's clock, with a zone. Every change gets a moment of its own, in milliseconds. ``kept_by``
    hears what each write made, before anybody is answered: one version, or all those of a transaction.
    """

    clock: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
    lock: threading.RLock = field(default_factory=threading.RLock)
    current: dict[str, dict[str, Version]] = field(default_factory=lambda: {each: {} for each in TYPES})
    history: dict[str, list[Version]] = field(default_factory=lambda: {each: [] for each in TYPES})
    kept_by: Callable[[Sequence[Version]], None] = lambda versions: None
    _together: list[Version] | None = None
    _holders: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    """Type -> identifier -> the ids of what held it once: a writer asks for each key, among thousands of records."""
    _found: dict[tuple[str, str], list[Version]] = field(default_factory=dict)
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict)

    def load(self, resources: Iterable[Mapping[str, Any]]) -> None:
        """Take in resources that carry their ids."""
        with self.lock:
            for each in resources:
                self.put(dict(each))

    def restore(self, resources: Iterable[Json]) -> None:
        """Take in resources with the version and the moment that their ``meta`` tells; the reverse of :meth:`kept`."""
        with self.lock:
            for body in resources:
                moment = dt.datetime.fromisoformat(body["meta"]["lastUpdated"].replace("Z", "+00:00"))
                number = int(body["meta"]["versionId"])
                made = Version(body["resourceType"], body["id"], number, moment, body, _text(body))
                self.current[made.type][made.id] = made
                self._entered(made)

    def kept(self) -> list[Json]:
        """The current resources of all types, in a fixed order."""
        with self.lock:
            return [each.body for type_ in TYPES for _, each in sorted(self.current[type_].items()) if each.body]

    def put(self, body: Json) -> Version:
        """Store a resource under its id, as a new version."""
        with self.lock:
            type_ = body["resourceType"]
            made = self._version(type_, body["id"], self._last(type_, body["id"]) + 1, body)
            self.current[type_][made.id] = made
            self._changed(made)
            return made

    def create(self, body: Json) -> Version:
        """Store a resource under a new id."""
        return self.put({**body, "id": str(uuid.uuid4())})

    def read(self, type_: str, id_: str) -> Version:
        """The current version. Raises :class:`Refusal` 404, or 410 for what was deleted."""
        with self.lock:
            if type_ not in self.current:
                raise Refusal(404, "not-supported")
            found = self.current[type_].get(id_)
            if found is None:
                raise Refusal(410 if self._last(type_, id_) else 404, "not-found")
            return found

    def delete(self, type_: str, id_: str) -> None:
        """Delete a resource; its history stays."""
        with self.lock:
            found = self.current[type_].pop(id_, None)
            if found is not None:
                self._changed(self._version(type_, id_, found.number + 1, None))

    def update(self, type_: str, id_: str, body: Json, if_match: str = "") -> Version:
        """Replace a resource. Raises :class:`Refusal` 412 when it is no longer the version of ``If-Match``."""
        with self.lock:
            held = self.current[type_].get(id_)
            if if_match and (held is None or if_match != f'W/"{held.number}"'):
                raise Refusal(412, "conflict")
            return self.put({**body, "id": id_})

    def create_unless(self, body: Json, query: Mapping[str, str]) -> tuple[Version, bool]:
        """Create, unless one resource fits the query: then that one. Raises :class:`Refusal` 412 when several do."""
        with self.lock:
            there = self.search(body["resourceType"], query)
            if len(there) > 1:
                raise Refusal(412, "multiple-matches")
            return (there[0], False) if there else (self.create(body), True)

    def search(self, type_: str, query: Mapping[str, str]) -> Sequence[Version]:
        """The resources that fit, in the order of ``_sort`` (``_id``, or ``_lastUpdated``, which is the usual one)."""
        with self.lock:
            if type_ not in self.current:
                raise Refusal(404, "not-supported")
            key = (
                type_,
                json.dumps(sorted((name, value) for name, value in query.items() if name in (*KNOWN, "_sort"))),
            )
            if key not in self._found:
                fits = [(name, value) for name, value in query.items() if name in KNOWN]
                found = [each for each in self._among(type_, query) if all(_fits(each, *one) for one in fits)]
                if query.get("_sort") == "_id":
                    found.sort(key=lambda each: each.id)
                else:
                    found.sort(key=lambda each: (each.moment, each.id))
                self._found[key] = found
            return self._found[key]

    def _among(self, type_: str, query: Mapping[str, str]) -> Iterable[Version]:
        """The resources that a search has to look at."""
        current = self.current[type_]
        if "identifier" not in query:
            return current.values()
        known = self._holders.get(type_, {})
        ids = {id_ for each in query["identifier"].split(",") for id_ in known.get(each, ())}
        return [current[id_] for id_ in ids if id_ in current]

    def since(self, type_: str, moment: str) -> list[Version]:
        """All versions from a moment on, the newest first."""
        after = dt.datetime.fromisoformat(moment) if moment else None
        with self.lock:
            return [each for each in reversed(self.history[type_]) if after is None or each.moment >= after]

    def transaction(self, entries: Sequence[Json]) -> list[tuple[Version, bool]]:
        """All entries or none; ``urn:uuid:`` references lead to what was created. Raises :class:`Refusal`."""
        with self.lock:
            kept = (
                {name: dict(each) for name, each in self.current.items()},
                {name: list(each) for name, each in self.history.items()},
                dict(self._numbers),
            )
            self._together = []
            try:
                made = self._all(entries)
            except Refusal:
                self.current, self.history, self._numbers = kept
                self._found.clear()
                self._together = None
                raise
            together, self._together = self._together, None
            self.kept_by(together)
            return made

    def _all(self, entries: Sequence[Json]) -> list[tuple[Version, bool]]:
        made: list[tuple[Version, bool]] = []
        places: dict[str, str] = {}
        # What others refer to is made first.
        for entry in sorted(entries, key=lambda each: each["request"].get("url") != "Binary"):
            body, request = _resolved(entry["resource"], places), entry["request"]
            if request["method"] == "POST" and request.get("ifNoneExist"):
                one = self.create_unless(body, dict([request["ifNoneExist"].split("=", 1)]))
            elif request["method"] == "POST":
                one = self.create(body), True
            elif request["method"] == "PUT":
                type_, id_ = request["url"].split("/")
                one = self.update(type_, id_, body, request.get("ifMatch", "")), False
            else:
                raise Refusal(400, "not-supported")
            if "fullUrl" in entry:
                places[entry["fullUrl"]] = f"{one[0].type}/{one[0].id}"
            made.append(one)
        return made

    def _version(self, type_: str, id_: str, number: int, body: Json | None) -> Version:
        moment = self.clock()
        moment = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
        if body is not None:
            stamp = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
            body = {**body, "meta": {**body.get("meta", {}), "versionId": str(number), "lastUpdated": stamp}}
        return Version(type_, id_, number, moment, body, _text(body) if body is not None else b"")

    def _last(self, type_: str, id_: str) -> int:
        """The number of the last version, deletions too; 0 for an id that never was."""
        return self._numbers.get((type_, id_), 0)

    def _changed(self, version: Version) -> None:
        self._entered(version)
        if self._together is None:
            self.kept_by([version])
        else:
            self._together.append(version)

    def _entered(self, version: Version) -> None:
        self.history[version.type].append(version)
        holders = self._holders.setdefault(version.type, {})
        for each in _identifiers(version.body or {}):
            holders.setdefault(each, set()).add(version.id)
        self._numbers[version.type, version.id] = version.number
        for key in [each for each in self._found if each[0] == version.type]:
            del self._found[key]


def _text(body: Json) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def _resolved(body: Json, places: Mapping[str, str]) -> Json:
    text = json.dumps(body)
    for urn, place in places.items():
        text = text.replace(urn, place)
    resolved: Json = json.loads(text)
    return resolved


def _fits(version: Version, name: str, value: str) -> bool:
    body = version.body or {}
    if name == "_id":
        return version.id in value.split(",")
    if name == "status":
        return body.get("status") in value.split(",")
    if name == "identifier":
        return not set(value.split(",")).isdisjoint(_identifiers(body))
    if name == "_lastUpdated":
        return _in_span(version.moment.isoformat(), version.moment.isoformat(), value)
    if name in _REFERENCES:
        held = {body[each].get("reference") for each in _REFERENCES[name] if each in body}
        return any(each in held or f"Patient/{each}" in held for each in value.split(","))
    if name in _CODES:
        return bool(set(value.split(",")) & set(_tokens(body.get(_CODES[name]))))
    spans = [body[each] for each in _DATES[name] if each in body]
    return any(_in_span(*_ends(each), value) for each in spans)


def _identifiers(body: Mapping[str, Any]) -> list[str]:
    return [f"{each.get('system', '')}|{each.get('value', '')}" for each in body.get("identifier", [])]


def _tokens(held: Any) -> list[str]:
    if isinstance(held, list):
        return [token for each in held for token in _tokens(each)]
    if not isinstance(held, Mapping):
        return []
    codings = held.get("coding", [held] if "code" in held else [])
    return [
        text for each in codings for text in (f"{each.get('system', '')}|{each.get('code', '')}", each.get("code", ""))
    ]


def _ends(held: Any) -> tuple[str, str]:
    if isinstance(held, Mapping):
        return held.get("start", ""), held.get("end", "9999")
    return str(held), str(held)


def _in_span(start: str, end: str, value: str) -> bool:
    how, moment = (value[:2], value[2:]) if value[:2].isalpha() else ("eq", value)
    low, high = (_comparable(each, moment) for each in (start, end))
    wanted = _comparable(moment, moment)
    if how == "ge":
        return high >= wanted
    if how == "gt":
        return high > wanted
    if how == "le":
        return low <= wanted
    if how == "lt":
        return low < wanted
    return low <= wanted <= high


def _comparable(text: str, like: str) -> str:
    """A day when days are compared, else a moment in UTC."""
    if len(like) <= 10 or len(text) <= 10:
        return text[:10]
    return dt.datetime.fromisoformat(text).astimezone(dt.UTC).isoformat()
