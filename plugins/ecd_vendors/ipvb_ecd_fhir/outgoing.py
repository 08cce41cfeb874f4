"""What is written, as FHIR resources: DocumentReference, Task, CarePlan or Communication, with our identifiers."""

from __future__ import annotations

import base64
import calendar
import hashlib
import json
import string
from collections.abc import Iterator, Mapping
from typing import Any

from ipvb_bridge.plugin import Outgoing
from ipvb_ecd_fhir.config import Config
from ipvb_ecd_fhir.delivered import CONVERSATION

Json = dict[str, Any]
_BINARY = "urn:uuid:"
_PLAIN = frozenset(f"{string.ascii_letters}{string.digits}/.-_:~@")
"""What a key keeps in an identifier."""
_TITLES = {
    "nl": {
        "resident_statement": "Budgetoverzicht",
        "monthly_conversation": "Maandgesprek",
        "care_today": "Uw zorg vandaag",
    },
    "en": {
        "resident_statement": "Budget statement",
        "monthly_conversation": "Monthly conversation",
        "care_today": "Your care today",
    },
}
_DUE = {"nl": "{title} over {period}, uiterlijk {due}", "en": "{title} about {period}, by {due}"}


WITHDRAWN = "withdrawn"
"""Code, in our own system, of why a task was cancelled by us and not by the team."""
_WITHDRAWN = {"DocumentReference": "superseded", "Task": "cancelled", "CarePlan": "revoked"}


def key_system(config: Config) -> str:
    """System of the identifier that holds the key."""
    return config.identifier_system


def key_value(key: str) -> str:
    """A key as the value of our identifier: what a search or a header would read otherwise stands as ``=2C``.

    A comma, a dollar or a bar divides the values of a search; a percent, plus or ampersand those of a condition, which
    travels in a header that carries ASCII only.
    """
    return "".join(
        letter if letter in _PLAIN else "".join(f"={byte:02X}" for byte in letter.encode()) for letter in key
    )


def digest_system(config: Config) -> str:
    """System of the identifier that holds the digest of the signed data."""
    return f"{config.identifier_system}:sha256"


def make(message: Outgoing, config: Config) -> Json:
    """The resource for a message; the same message makes the same resource."""
    makers = {"resident_statement": _statement, "monthly_conversation": _conversation}
    body = makers.get(message.kind, _care_today if config.care_today == "CarePlan" else _letter)(message, config)
    ours = [
        {"system": key_system(config), "value": key_value(message.key)},
        {"system": digest_system(config), "value": message.digest},
    ]
    return {**body, "identifier": ours}


def withdrawal(message: Outgoing, config: Config, held: Mapping[str, Any]) -> Json:
    """The elements that say that a record of ours no longer holds. What the team did with a task stays as it is."""
    type_ = held["resourceType"]
    ours: Json = {"resourceType": type_, "identifier": make(message, config)["identifier"]}
    if type_ == "Task":
        if held.get("status") != "requested":
            return ours
        ours["statusReason"] = {"coding": [{"system": config.identifier_system, "code": WITHDRAWN}]}
    return {**ours, "status": _WITHDRAWN.get(type_, "entered-in-error")}


def taken_up(held: Mapping[str, Any], config: Config) -> bool:
    """True for a task that the team has started, finished or turned down; not for one that we cancelled ourselves."""
    reasons = [(each.get("system"), each.get("code")) for each in held.get("statusReason", {}).get("coding", [])]
    return held.get("status") != "requested" and (config.identifier_system, WITHDRAWN) not in reasons


def over(held: Mapping[str, Any], made: Mapping[str, Any], config: Config) -> Json:
    """Our elements over a record as it stands: what others put into it, their identifiers too, is kept."""
    ours = (key_system(config), digest_system(config))
    others = [each for each in held.get("identifier", []) if each.get("system") not in ours]
    whole = {**held, **made, "identifier": [*made["identifier"], *others]}
    if whole.get("status") == "requested":
        whole.pop("statusReason", None)
    return whole


def binary_entry(message: Outgoing) -> Json:
    """The document as a record of its own, in a transaction."""
    assert message.document is not None, "only a message with a document"
    data = base64.b64encode(message.document).decode()
    resource = {"resourceType": "Binary", "contentType": message.media_type, "data": data}
    return {"fullUrl": _urn(message), "resource": resource, "request": {"method": "POST", "url": "Binary"}}


def data_of(resource: Mapping[str, Any]) -> bytes:
    """The bytes of a Binary that came back as JSON."""
    try:
        return base64.b64decode(str(resource.get("data", "")), validate=True)
    except ValueError:
        return b""


def difference(sent: Any, held: Any, base: str, path: str = "") -> str:
    """The path of the first element that was sent and is not held so; empty when all is. More may be held."""
    if isinstance(sent, Mapping):
        if not isinstance(held, Mapping):
            return path or "?"
        found = (difference(value, held.get(name), base, f"{path}.{name}".strip(".")) for name, value in sent.items())
        return next(filter(None, found), "")
    if isinstance(sent, list):
        if not isinstance(held, list):
            return path
        for at, value in enumerate(sent):
            if all(difference(value, each, base, path) for each in held):
                return f"{path}[{at}]"
        return ""
    if isinstance(sent, str) and isinstance(held, str):
        if sent.startswith(_BINARY):
            return "" if "Binary/" in held else path
        return "" if sent == held.removeprefix(f"{base}/") else path
    return "" if sent == held else path


def _urn(message: Outgoing) -> str:
    digest = hashlib.sha256(f"{message.key}\0{message.digest}".encode()).hexdigest()
    return f"{_BINARY}{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-a{digest[17:20]}-{digest[20:32]}"


def _subject(message: Outgoing) -> Json:
    return {"reference": f"Patient/{message.subject}"}


def _title(message: Outgoing) -> str:
    return _TITLES[message.language][message.kind]


def _concept(message: Outgoing, config: Config) -> Json:
    code = {"resident_statement": "budget-statement", "monthly_conversation": CONVERSATION, "care_today": "care-today"}
    coding = {"system": config.identifier_system, "code": code[message.kind], "display": _title(message)}
    return {"coding": [coding], "text": _title(message)}


def _period(message: Outgoing) -> Json:
    """The span of a period, which is a month (``2026-01``), a day, or ``start..end``."""
    first, dots, last = message.period.partition("..")
    if not dots and len(first) == 7:
        year, month = int(first[:4]), int(first[5:])
        first, last = f"{first}-01", f"{first}-{calendar.monthrange(year, month)[1]:02d}"
    return {"start": first, "end": last or first}


def _text(message: Outgoing) -> str:
    """The data in words: its document when that is plain text, its own ``text``, else a line for each value."""
    if message.document is not None and message.media_type == "text/plain":
        return message.document.decode()
    own = message.data.get("text")
    return own if isinstance(own, str) else "\n".join(_lines(message.data)) or _title(message)


def _lines(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _lines(each, f"{name} {key}".strip())
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _lines(each, name)
    elif value is not None and value != "":
        yield f"{name}: {value}" if name else str(value)


def _statement(message: Outgoing, config: Config) -> Json:
    """DocumentReference: the statement of a period; its document beside it, or inside where there is no transaction."""
    attachment: Json = {"title": f"{_title(message)} {message.period}", "language": message.language}
    if message.document is None:
        data = json.dumps(message.data, ensure_ascii=False, sort_keys=True, default=str).encode()
        attachment |= {"contentType": "application/json", "data": base64.b64encode(data).decode()}
    else:
        attachment |= {"contentType": message.media_type, "url": _urn(message)}
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "type": _concept(message, config),
        "subject": _subject(message),
        "description": f"{_title(message)} {message.period}",
        "content": [{"attachment": attachment}],
        "context": {"period": _period(message)},
    }


def inline(resource: Json, message: Outgoing) -> Json:
    """The statement with its document inside."""
    assert message.document is not None, "only a message with a document"
    attachment = {**resource["content"][0]["attachment"], "data": base64.b64encode(message.document).decode()}
    del attachment["url"]
    return {**resource, "content": [{"attachment": attachment}]}


def _conversation(message: Outgoing, config: Config) -> Json:
    """Task: please hold this month's conversation, before the day that the data calls ``due``."""
    period = _period(message)
    due = message.data.get("due", period["end"])
    return {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": _concept(message, config),
        "description": _DUE[message.language].format(title=_title(message), period=message.period, due=due),
        "for": _subject(message),
        "restriction": {"period": {**period, "end": due}},
    }


def _care_today(message: Outgoing, config: Config) -> Json:
    """CarePlan of a category of ours, so that nobody reads it as a plan of the team; without a period it holds on."""
    return {
        "resourceType": "CarePlan",
        "status": "active",
        "intent": "plan",
        "category": [_concept(message, config)],
        "title": _title(message),
        "description": _text(message),
        "subject": _subject(message),
        **({"period": _period(message)} if message.period else {}),
    }


def _letter(message: Outgoing, config: Config) -> Json:
    """Communication to the resident."""
    return {
        "resourceType": "Communication",
        "status": "completed",
        "category": [_concept(message, config)],
        "subject": _subject(message),
        "payload": [{"contentString": _text(message)}],
    }
