"""A simulated ECD: FHIR R4 over HTTP on loopback, with a bearer token and faults that can be switched on.

It pages by offset, as real servers do: a record that changes while somebody pages moves to another page.
"""

from __future__ import annotations

import base64
import datetime as dt
import email.utils
import json
import re
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from ipvb_bridge.demo.systems.fhir_store import KNOWN, TYPES, Json, Memory, Refusal, Version

HOST = "127.0.0.1"
BASE = "/fhir"
_INTERACTIONS = ("read", "create", "update", "delete", "search-type", "history-type")


@dataclass
class Fault:
    """Something that goes wrong ``times`` times, in questions whose ``METHOD path`` matches the pattern ``match``.

    ``status`` with ``headers`` and ``body``: that answer, nothing is done. ``body`` alone: that body with 200.
    ``seconds``: the answer is late. ``drop``: the line is cut ``before`` anything is done, or ``after``.
    """

    match: str = ""
    times: int = 1
    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    seconds: float = 0.0
    drop: str = ""


@dataclass
class Simulated:
    """A running server. Change ``memory``, ``faults``, ``skew`` (seconds) and ``offers`` while it runs.

    ``seen`` holds ``METHOD path?query`` of each question, without bodies. ``on_question`` is called with the same text
    before it is answered. ``client``: id and secret that ``/token`` gives tokens to, each good for ``token_uses``
    questions.
    """

    memory: Memory
    token: str
    port: int = 0
    faults: list[Fault] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    skew: float = 0.0
    offers: dict[str, tuple[str, ...]] = field(default_factory=lambda: dict.fromkeys(TYPES, _INTERACTIONS))
    transactions: bool = True
    totals: bool = True
    on_question: Callable[[str], None] = lambda question: None
    client: tuple[str, str] = ("bridge", "")
    token_seconds: int = 300
    token_uses: int = 1_000_000
    tokens: dict[str, int] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://{HOST}:{self.port}{BASE}"

    def fault(self, question: str) -> Fault | None:
        """The fault that this question meets; one time less is left of it."""
        with self.memory.lock:
            for each in self.faults:
                if each.times > 0 and re.search(each.match, question):
                    each.times -= 1
                    return each
        return None

    def grant(self) -> str:
        """A new token."""
        made = secrets.token_urlsafe(16)
        self.tokens[made] = self.token_uses
        return made

    def admits(self, header: str) -> bool:
        """True for the fixed token, and for one that was granted and is not used up."""
        token = header.removeprefix("Bearer ").strip()
        if compare_digest(token.encode(), self.token.encode()):
            return True
        with self.memory.lock:
            if self.tokens.get(token, 0) > 0:
                self.tokens[token] -= 1
                return True
        return False


class _Dropped(Exception):
    """The line is cut."""


class _Handler(BaseHTTPRequestHandler):
    """Answers questions; the server holds what it answers from."""

    protocol_version = "HTTP/1.1"
    server_version = "SimulatedECD"
    # Head and body leave together: else each answer waits for the other side's delayed acknowledgement.
    wbufsize = 1 << 16
    disable_nagle_algorithm = True
    server: _Server

    def do_GET(self) -> None:
        """Read, search, history, metadata."""
        self._answer()

    def do_POST(self) -> None:
        """Create, search, transaction, token."""
        self._answer()

    def do_PUT(self) -> None:
        """Update."""
        self._answer()

    def do_DELETE(self) -> None:
        """Delete."""
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: an address may hold what should not be logged."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header, by this server's own clock."""
        return email.utils.formatdate((timestamp or time.time()) + self.server.simulated.skew, usegmt=True)

    def _answer(self) -> None:
        simulated = self.server.simulated
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        question = f"{self.command} {self.path}"
        simulated.seen.append(question)
        simulated.on_question(question)
        fault = simulated.fault(question)
        try:
            if fault is not None:
                time.sleep(fault.seconds)
                if fault.drop == "before":
                    raise _Dropped
                if fault.status or fault.body is not None:
                    self._send(fault.status or 200, fault.body or b"", fault.headers)
                    return
            status, body, headers = self._done(content)
            if fault is not None and fault.drop == "after":
                raise _Dropped
            self._send(status, body, headers)
        except _Dropped:
            self.close_connection = True
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def _done(self, content: bytes) -> tuple[int, bytes, Mapping[str, str]]:
        simulated = self.server.simulated
        parts = urlsplit(self.path)
        if parts.path == f"{BASE}/token":
            return self._token(content)
        if parts.path != f"{BASE}/metadata" and not simulated.admits(self.headers.get("Authorization", "")):
            return 401, outcome("login"), {"WWW-Authenticate": "Bearer"}
        query = dict(parse_qsl(parts.query))
        path = [each for each in parts.path.removeprefix(BASE).split("/") if each]
        try:
            return self._routed(path, query, content)
        except Refusal as refusal:
            return refusal.status, outcome(refusal.code), {}
        except (ValueError, KeyError):
            return 400, outcome("structure"), {}

    def _routed(self, path: list[str], query: dict[str, str], content: bytes) -> tuple[int, bytes, Mapping[str, str]]:
        simulated, memory = self.server.simulated, self.server.simulated.memory
        match (self.command, path):
            case ("GET", ["metadata"]):
                return 200, _dump(metadata(simulated)), {}
            case ("GET", [type_]):
                return 200, page(simulated, type_, query), {}
            case ("POST", [type_, "_search"]):
                return 200, page(simulated, type_, {**query, **dict(parse_qsl(content.decode()))}), {}
            case ("GET", [type_, "_history"]):
                return 200, history(simulated, type_, query), {}
            case ("GET", ["Binary", id_]) if "json" not in self.headers.get("Accept", "json"):
                body = memory.read("Binary", id_).body or {}
                return 200, base64.b64decode(body["data"]), {"Content-Type": body["contentType"]}
            case ("GET", [type_, id_]):
                return 200, memory.read(type_, id_).raw, {}
            case ("POST", []):
                made = memory.transaction(json.loads(content)["entry"])
                return 200, _dump(_done_bundle(made)), {}
            case ("POST", [type_]):
                condition = self.headers.get("If-None-Exist", "")
                body = {**json.loads(content), "resourceType": type_}
                if condition:
                    version, new = memory.create_unless(body, dict(parse_qsl(condition)))
                else:
                    version, new = memory.create(body), True
                return 201 if new else 200, version.raw, _told(simulated, version)
            case ("PUT", [type_, id_]):
                version = memory.update(type_, id_, json.loads(content), self.headers.get("If-Match", ""))
                return 200, version.raw, _told(simulated, version)
            case ("DELETE", [type_, id_]):
                memory.delete(type_, id_)
                return 204, b"", {}
        raise Refusal(404, "not-found")

    def _token(self, content: bytes) -> tuple[int, bytes, Mapping[str, str]]:

        simulated = self.server.simulated
        form = dict(parse_qsl(content.decode()))
        basic = self.headers.get("Authorization", "").removeprefix("Basic ")
        id_, _, secret = base64.b64decode(basic).decode().partition(":") if basic else ("", "", "")
        given = (form.get("client_id", id_), form.get("client_secret", secret))
        if form.get("grant_type") != "client_credentials" or given != simulated.client or not given[1]:
            return 401, _dump({"error": "invalid_client"}), {}
        made = {"access_token": simulated.grant(), "token_type": "Bearer", "expires_in": simulated.token_seconds}
        return 200, _dump(made), {}

    def _send(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/fhir+json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class _Server(ThreadingHTTPServer):
    """The server with what it simulates."""

    daemon_threads = True
    simulated: Simulated

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that went away."""


def metadata(simulated: Simulated) -> Json:
    """The capability statement."""
    resources = [
        {
            "type": type_,
            "interaction": [{"code": code} for code in codes],
            "conditionalCreate": "create" in codes,
            "updateCreate": False,
            "searchParam": [{"name": name, "type": "token"} for name in sorted(KNOWN)],
        }
        for type_, codes in simulated.offers.items()
    ]
    system = [{"code": "transaction"}] if simulated.transactions else []
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "kind": "instance",
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [{"mode": "server", "resource": resources, "interaction": system}],
    }


def page(simulated: Simulated, type_: str, query: Mapping[str, str]) -> bytes:
    """One page of a search. Every page is cut from the records as they are now, by offset."""
    memory = simulated.memory
    with memory.lock:
        found = memory.search(type_, query)
        count, offset = int(query.get("_count", "50")), int(query.get("_offset", "0"))
        some = found[offset : offset + count]
        total = len(found)
    link = []
    if offset + count < total:
        following = {**query, "_offset": str(offset + count)}
        link.append({"relation": "next", "url": f"{simulated.url}/{type_}?{urlencode(following)}"})
    stamp = memory.clock() + dt.timedelta(seconds=simulated.skew)
    head: Json = {
        "resourceType": "Bundle",
        "type": "searchset",
        "meta": {"lastUpdated": stamp.isoformat(timespec="milliseconds")},
        "link": link,
    }
    if simulated.totals:
        head["total"] = total
    only_ids = query.get("_elements", "").startswith("id")
    entries = b",".join(
        b'{"fullUrl":"%s/%s/%s","resource":%s,"search":{"mode":"match"}}'
        % (simulated.url.encode(), type_.encode(), each.id.encode(), _stub(each) if only_ids else each.raw)
        for each in some
    )
    return _dump(head)[:-1] + b',"entry":[' + entries + b"]}"


def history(simulated: Simulated, type_: str, query: Mapping[str, str]) -> bytes:
    """One page of all versions since a moment, the newest first, with deletions. Raises :class:`Refusal` 404."""
    if "history-type" not in simulated.offers.get(type_, ()):
        raise Refusal(404, "not-supported")
    found = simulated.memory.since(type_, query.get("_since", ""))
    count, offset = int(query.get("_count", "50")), int(query.get("_offset", "0"))
    entries: list[Json] = []
    for each in found[offset : offset + count]:
        method = "DELETE" if each.body is None else "PUT"
        entry: Json = {"request": {"method": method, "url": f"{type_}/{each.id}"}}
        if each.body is not None:
            entry["resource"] = each.body
        entries.append(entry)
    link = []
    if offset + count < len(found):
        following = urlencode({**query, "_offset": str(offset + count)})
        link.append({"relation": "next", "url": f"{simulated.url}/{type_}/_history?{following}"})
    head = {"resourceType": "Bundle", "type": "history", "total": len(found), "link": link}
    return _dump({**head, "entry": entries})


def outcome(code: str) -> bytes:
    """An OperationOutcome with one error."""
    return _dump({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": code}]})


@contextmanager
def serve(
    resources: Iterable[Mapping[str, Any]] = (), *, token: str = "", port: int = 0, memory: Memory | None = None
) -> Iterator[Simulated]:
    """Serve resources until the context ends; yields the server with its ``url`` and ``token``."""
    simulated = Simulated(memory or Memory(), token or secrets.token_urlsafe(24))
    simulated.memory.load(resources)
    server = _Server((HOST, port), _Handler)
    server.simulated = simulated
    simulated.port = int(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="demo-fhir", daemon=True)
    thread.start()
    try:
        yield simulated
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def _stub(version: Version) -> bytes:
    meta = version.body["meta"] if version.body else {}
    return _dump({"resourceType": version.type, "id": version.id, "meta": meta})


def _told(simulated: Simulated, version: Version) -> Mapping[str, str]:
    place = f"{simulated.url}/{version.type}/{version.id}/_history/{version.number}"
    return {"ETag": f'W/"{version.number}"', "Location": place}


def _done_bundle(made: list[tuple[Version, bool]]) -> Json:
    entries = [
        {
            "response": {
                "status": "201 Created" if new else "200 OK",
                "location": f"{each.type}/{each.id}/_history/{each.number}",
                "etag": f'W/"{each.number}"',
            }
        }
        for each, new in made
    ]
    return {"resourceType": "Bundle", "type": "transaction-response", "entry": entries}


def _dump(body: Mapping[str, Any]) -> bytes:
    return msgspec.json.encode(body)
