"""From an HTTP status, or from what the line did, to the error that says what to do.

Statuses of the systems that are known: 495 and 496 an expired, wrong or missing client certificate; 403 the
certificate of another environment; 404 also a missing right; 410 deleted; 429 with or without Retry-After.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import socket
import ssl
from collections.abc import Mapping
from http import HTTPStatus

import httpx

from ipvb_bridge.base.errors import BridgeError, CredentialsError, DataError, PeerError
from ipvb_bridge.plugin import http_messages, messages

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses after which the same question may be asked again."""
NEVER_APPLIED = frozenset({429})
"""Of those, the ones that promise that nothing was written."""
_CERTIFICATE = {495: "495", 496: "496", 526: "526"}
# OpenSSL's numbers of why a server's certificate is refused.
_VERIFY = {9: "not valid yet", 10: "expired", 18: "self-signed", 19: "unknown authority", 20: "unknown authority",
           21: "incomplete chain", 62: "made out to another name",
           64: "made out to another name"}  # fmt: skip
# The alerts with which a server refuses ours.
_ALERTS = ("CERTIFICATE_REQUIRED", "CERTIFICATE_EXPIRED", "CERTIFICATE_REVOKED", "CERTIFICATE_UNKNOWN",
           "BAD_CERTIFICATE", "UNKNOWN_CA", "UNSUPPORTED_CERTIFICATE", "ACCESS_DENIED", "HANDSHAKE_FAIL")  # fmt: skip
_LONGEST = 300.0


def of_status(status: int, where: str, said: str = "") -> BridgeError:
    """The error of a status that is no success. ``said``: codes from the answer, never a value of a record."""
    seen = f"{status} {_phrase(status)}".strip() + (f": {said}" if said else "")
    if status == 401:
        return CredentialsError(http_messages.TOKEN_REFUSED, where=where, seen=seen)
    if status in _CERTIFICATE:
        return CredentialsError(http_messages.CLIENT_CERTIFICATE, where=where, seen=seen)
    if status in (402, 403, 407, 451, 511):
        return CredentialsError(http_messages.FORBIDDEN, where=where, seen=seen)
    if status in (404, 410):
        return DataError(http_messages.NOT_THERE, where=where, seen=seen)
    if status in (409, 412, 428):
        return DataError(http_messages.CHANGED_MEANWHILE, where=where, seen=seen)
    if status == 429:
        return PeerError(http_messages.BUSY, where=where, seen=seen)
    if status in (408, 425) or status >= 500:
        return PeerError(http_messages.AWAY, where=where, seen=seen)
    if 300 <= status < 400:
        return DataError(http_messages.REDIRECTED, where=where, seen=seen)
    return DataError(http_messages.REFUSED, where=where, seen=seen)


def of_line(error: Exception, where: str, patience: float) -> BridgeError:
    """The error of a question that got no answer."""
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            seen = _VERIFY.get(cause.verify_code, cause.verify_message)
            return CredentialsError(http_messages.SERVER_CERTIFICATE, where=where, seen=seen)
        if isinstance(cause, ssl.SSLError) and any(alert in str(cause).upper().replace(" ", "_") for alert in _ALERTS):
            reason = cause.reason or type(cause).__name__
            return CredentialsError(http_messages.CLIENT_CERTIFICATE, where=where, seen=reason)
        if isinstance(cause, socket.gaierror):
            return PeerError(messages.NAME_UNKNOWN, where=where, seen=where.split("/")[2] if "//" in where else where)
    if isinstance(error, httpx.TimeoutException):
        return PeerError(messages.SILENT, where=where, seen=f"{patience:g}")
    if isinstance(error, httpx.ConnectError):
        return PeerError(messages.UNREACHABLE, where=where, seen=_reason(error))
    return PeerError(messages.LOST, where=where, seen=_reason(error))


def never_sent(error: Exception) -> bool:
    """True when the question cannot have reached the other system."""
    return isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)


def retry_after(headers: Mapping[str, str], now: dt.datetime) -> float | None:
    """Seconds to wait as Retry-After says (a number or a moment), at most five minutes; None when it says nothing."""
    said = headers.get("retry-after", "").strip()
    if said.isascii() and said.isdigit():
        return min(float(said), _LONGEST)
    moment = date(said)
    return None if moment is None else min(max(0.0, (moment - now).total_seconds()), _LONGEST)


def date(text: str) -> dt.datetime | None:
    """A moment as HTTP writes it; None when the text is none."""
    try:
        found = email.utils.parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _causes(error: BaseException | None) -> list[BaseException]:
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or error.__context__
    return found


def _reason(error: Exception) -> str:
    """Only the kind of error, and the system's own number: a text might quote what was sent."""
    for cause in _causes(error):
        if isinstance(cause, OSError) and cause.errno:
            return cause.strerror or type(cause).__name__
    return type(error).__name__
