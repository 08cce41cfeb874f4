"""Certificates of a connection: which are trusted, which is ours, and how long both still hold."""

from __future__ import annotations

import datetime as dt
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ipvb_bridge.base.errors import CredentialsError
from ipvb_bridge.core.findings import Finding, Severity
from ipvb_bridge.plugin import http_messages
from ipvb_bridge.plugin.http_config import HttpConfig

WARN: tuple[tuple[int, Severity], ...] = ((7, "error"), (14, "warning"), (30, "warning"), (60, "info"))
"""From so many days before a certificate expires it is told, and how loudly."""

Whose = Literal["server", "client"]
_NL = {"server": "de server", "client": "deze koppeling"}


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a certificate expires, of the other system or of us."""

    whose: Whose
    where: str
    moment: dt.datetime

    def days(self, now: dt.datetime) -> int:
        """Whole days that it still holds; negative when it has expired."""
        return (self.moment - now).days

    def error(self, now: dt.datetime) -> CredentialsError | None:
        """The error of a certificate that has expired."""
        if self.moment > now:
            return None
        return CredentialsError(http_messages.EXPIRED, where=self.where, **self._fields(now))

    def finding(self, now: dt.datetime) -> Finding | None:
        """The warning 60, 30, 14 and 7 days ahead; None while it still holds long enough."""
        days = self.days(now)
        severity = next((how for limit, how in WARN if days < limit), None)
        if severity is None:
            return None
        message = http_messages.EXPIRES if days >= 0 else http_messages.EXPIRED
        fields = {**self._fields(now), "where": self.where}
        return Finding(
            message.code, severity, message.text("nl", **fields), message.next_step("nl", **fields), subject=self.where
        )

    def _fields(self, now: dt.datetime) -> dict[str, str]:
        day = self.moment.date().isoformat()
        return {"seen": day, "days": str(self.days(now)), "whose": self.whose, "whose_nl": _NL[self.whose]}


def context(config: HttpConfig, folder: Path) -> ssl.SSLContext:
    """What to trust and what to show. Raises :class:`CredentialsError` when a file cannot be used."""
    try:
        made = ssl.create_default_context(cafile=str(folder / config.ca_file) if config.ca_file else None)
    except (OSError, ssl.SSLError) as error:
        raise _unusable(str(config.ca_file), error) from None
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    if config.client_certificate:
        secret = config.client_key_passphrase
        key = folder / config.client_key if config.client_key else None
        # Without a passphrase OpenSSL would ask for one on the terminal.
        phrase = secret.get_secret_value() if secret else ""
        try:
            made.load_cert_chain(folder / config.client_certificate, key, lambda: phrase)
        except (OSError, ssl.SSLError) as error:
            raise _unusable(str(config.client_certificate), error) from None
    return made


def ours(config: HttpConfig, folder: Path) -> Expiry | None:
    """When our own certificate expires; None when the connection has none."""
    if config.client_certificate is None:
        return None
    from cryptography import x509

    name = str(config.client_certificate)
    try:
        loaded = x509.load_pem_x509_certificate((folder / config.client_certificate).read_bytes())
    except (OSError, ValueError) as error:
        raise _unusable(name, error) from None
    return Expiry("client", name, loaded.not_valid_after_utc)


def theirs(stream: object, where: str) -> Expiry | None:
    """When the certificate of the server at the other end of a connection expires; None without TLS."""
    get = getattr(stream, "get_extra_info", None)
    wrapped = get("ssl_object") if get else None
    if wrapped is None:
        return None
    until = wrapped.getpeercert().get("notAfter")
    if until is None:
        return None
    return Expiry("server", where, dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(until), dt.UTC))


def _unusable(name: str, error: Exception) -> CredentialsError:
    reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__
    return CredentialsError(http_messages.CERTIFICATE_FILE, where=name, seen=str(reason))
