"""Writing back: looked up by a key of ours, written once, read back.

The key and the digest of the signed data stand as identifiers of ours on what is written, so anybody can see what the
system holds. Nothing is written that the configuration does not name and the capability statement does not offer.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.plugin import Destination, Outgoing, Receipt
from ipvb_ecd_fhir import messages, outgoing
from ipvb_ecd_fhir.config import Config
from ipvb_ecd_fhir.server import Server

KINDS = ("resident_statement", "monthly_conversation", "care_today")
Json = dict[str, Any]
_JSON = {"Content-Type": "application/fhir+json", "Accept": "application/fhir+json"}
_GONE = frozenset({404, 410})


class Writer:
    """Writes into one server."""

    def __init__(self, server: Server, config: Config) -> None:
        self.server, self.config = server, config

    def targets(self) -> Sequence[Destination]:
        """Each kind, and why it cannot be written where it cannot. Asks the server only when something is turned on."""
        found = []
        for kind in KINDS:
            why = self._why_not(kind)
            found.append(Destination(kind, ready=not why, why=why))
        return found

    def find(self, key: str, kind: str) -> Receipt | None:
        """What stands under a key. Raises :class:`DataError` when several records do."""
        held = self._held(key, self._type(kind))
        return None if held is None else self._receipt(key, held)

    def deliver(self, message: Outgoing) -> Receipt:
        """Write unless it stands there already, and read back every element that was written.

        Raises :class:`DataError` when the kind is not writable, the team has taken the record up, or the server holds
        something else than was written; :class:`PeerError` when the outcome is unknown.
        """
        why = self._why_not(message.kind)
        if why:
            raise DataError(messages.NOT_WRITABLE, where=self.config.url, seen=why, kind=message.kind)
        type_ = self._type(message.kind)
        held = self._held(message.key, type_)
        if held is None and message.data.get("withdrawn"):
            # Nothing stands there, which is what was to be reached.
            return Receipt(message.key, "", message.digest)
        made = self._made(message, held)
        if held is None:
            self._create(type_, message, made)
        elif self._receipt(message.key, held).digest != message.digest or self._different(message, made, held):
            self._replace(type_, message, made, held)
        else:
            return self._receipt(message.key, held)
        return self._read_back(type_, message, made)

    def standing(self, message: Outgoing) -> Receipt | None:
        """What stands under the key of a message, looked at element by element; no digest where one differs.

        The mark of a digest tells what was sent, not what became of it. Raises as :meth:`find` does.
        """
        held = self._held(message.key, self._type(message.kind))
        if held is None:
            return None
        receipt = self._receipt(message.key, held)
        if receipt.digest == message.digest and self._different(message, self._made(message, held), held):
            return Receipt(receipt.key, receipt.reference, "")
        return receipt

    def _made(self, message: Outgoing, held: Json | None) -> Json:
        """The elements to write: of the message, or what withdraws the record that stands there."""
        if held is not None and message.data.get("withdrawn"):
            return outgoing.withdrawal(message, self.config, held)
        made = outgoing.make(message, self.config)
        if message.kind == "resident_statement" and message.document is not None and not self._with_binary(message):
            made = outgoing.inline(made, message)
        return made

    def _why_not(self, kind: str) -> str:
        """Why a kind cannot be written, in words; empty when it can."""
        if kind not in KINDS:
            return f"{kind}: unknown"
        if kind not in self.config.write:
            return f"not in write = {self.config.write}"
        type_ = self._type(kind)
        offered = self.server.offered()
        needed = ["read", "create", "update", "search-type", "conditionalCreate"]
        lacking = [each for each in needed if not offered.can(type_, each)]
        if offered.can(type_, "no-version"):
            lacking.append("versioning")
        return f"{type_}: {', '.join(lacking)}" if lacking else ""

    def _type(self, kind: str) -> str:
        known = {
            "resident_statement": "DocumentReference",
            "monthly_conversation": "Task",
            "care_today": self.config.care_today,
        }
        if kind not in known:
            raise DataError(messages.NOT_WRITABLE, where=self.config.url, seen=f"{kind}: unknown", kind=kind)
        return known[kind]

    def _held(self, key: str, type_: str) -> Json | None:
        token = f"{outgoing.key_system(self.config)}|{outgoing.key_value(key)}"
        answer = self.server.session.ask("POST", f"{type_}/_search", form={"identifier": token})
        body = self.server.record(answer, type_, "Bundle")
        found = [entry.get("resource", {}) for entry in body.get("entry", [])]
        # A server that leaves an unknown parameter out of account shows records that are not ours.
        ours = [each for each in found if each.get("resourceType") == type_ and self._has(each, key)]
        if len(ours) > 1:
            raise DataError(messages.SEVERAL, where=self.server.session.place(type_), seen=str(len(ours)))
        return ours[0] if ours else None

    def _has(self, resource: Mapping[str, Any], key: str) -> bool:
        ours = (outgoing.key_system(self.config), outgoing.key_value(key))
        return any((each.get("system"), each.get("value")) == ours for each in resource.get("identifier", []))

    def _receipt(self, key: str, held: Mapping[str, Any]) -> Receipt:
        system = outgoing.digest_system(self.config)
        digests = [each.get("value", "") for each in held.get("identifier", []) if each.get("system") == system]
        return Receipt(key, f"{held['resourceType']}/{held['id']}", digests[0] if len(digests) == 1 else "")

    def _create(self, type_: str, message: Outgoing, made: Json) -> None:
        condition = f"identifier={outgoing.key_system(self.config)}|{outgoing.key_value(message.key)}"
        if self._with_binary(message):
            entries = [
                outgoing.binary_entry(message),
                {"resource": made, "request": {"method": "POST", "url": type_, "ifNoneExist": condition}},
            ]
            self._transaction(entries)
            return
        headers = {**_JSON, "If-None-Exist": condition}
        self.server.session.ask("POST", type_, content=_bytes(made), headers=headers, writes=True)

    def _replace(self, type_: str, message: Outgoing, made: Json, held: Json) -> None:
        """Our elements over the record as it stands, on condition that nobody changes it in between."""
        where = self.server.session.place(type_)
        if type_ == "Task" and made.get("status") == "requested" and outgoing.taken_up(held, self.config):
            raise DataError(messages.TAKEN_UP, where=where, seen=str(held.get("status")))
        version = held.get("meta", {}).get("versionId", "")
        if not version:
            raise DataError(messages.NO_VERSION, where=where, seen=type_)
        whole = outgoing.over(held, made, self.config)
        if self._with_binary(message):
            request = {"method": "PUT", "url": f"{type_}/{held['id']}", "ifMatch": f'W/"{version}"'}
            self._transaction([outgoing.binary_entry(message), {"resource": whole, "request": request}])
            return
        headers = {**_JSON, "If-Match": f'W/"{version}"'}
        self.server.session.ask("PUT", f"{type_}/{held['id']}", content=_bytes(whole), headers=headers, writes=True)

    def _transaction(self, entries: Sequence[Json]) -> None:
        bundle = {"resourceType": "Bundle", "type": "transaction", "entry": list(entries)}
        self.server.session.ask("POST", "", content=_bytes(bundle), headers=_JSON, writes=True)

    def _with_binary(self, message: Outgoing) -> bool:
        """A document goes as a record of its own where the server writes both or neither; else inside."""
        if message.kind != "resident_statement" or message.document is None:
            return False
        offered = self.server.offered()
        return "transaction" in offered.interactions and offered.can("Binary", "create", "read")

    def _read_back(self, type_: str, message: Outgoing, made: Json) -> Receipt:
        where = self.server.session.place(type_)
        held = self._held(message.key, type_)
        different = "identifier" if held is None else self._different(message, made, held)
        if held is None or different:
            raise DataError(messages.DIFFERS, where=where, seen=different)
        return self._receipt(message.key, held)

    def _different(self, message: Outgoing, made: Json, held: Json) -> str:
        """The first element of ours that does not stand there as it was made; empty when all do."""
        # A task may be taken up the moment it is there: its status is the team's.
        written = {name: each for name, each in made.items() if (held["resourceType"], name) != ("Task", "status")}
        found = outgoing.difference(written, held, self.config.url)
        if not found and self._with_binary(message) and not self._same_document(message, held):
            return "content.attachment"
        return found

    def _same_document(self, message: Outgoing, held: Json) -> bool:
        url = str(held["content"][0]["attachment"].get("url", ""))
        path = url if "://" in url else url.lstrip("/")
        answer = self.server.session.ask("GET", path, headers={"Accept": message.media_type}, accept=_GONE)
        found = answer.body
        if answer.headers.get("content-type", "").split(";")[0].endswith("json"):
            found = outgoing.data_of(json.loads(answer.body))
        return answer.status not in _GONE and found == message.document


def _bytes(resource: Mapping[str, Any]) -> bytes:
    return json.dumps(resource, ensure_ascii=False).encode()
