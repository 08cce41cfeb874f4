"""The pinned host keys of a server: whom a connection may talk to before it says who it is.

There is no policy that trusts an unknown server: a key is written in the settings or in a known_hosts file, or the
connection stops.
"""

from __future__ import annotations

import base64
import binascii
import fnmatch
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from pathlib import Path

from ipvb_bridge.base.errors import CredentialsError
from ipvb_bridge.plugin import messages
from ipvb_bridge.plugin.sftp_config import SftpConfig


def pinned(config: SftpConfig, folder: Path) -> dict[bytes, str]:
    """The keys that the server may show: key blob -> its type (``ssh-ed25519``).

    ``folder`` is the configuration folder. Raises :class:`CredentialsError` when the known_hosts file cannot be read
    or does not hold the server.
    """
    if config.known_hosts is None:
        return {_blob(line.split()[1]): line.split()[0] for line in config.host_keys}
    path = folder / config.known_hosts.expanduser()
    name = config.host if config.port == 22 else f"[{config.host}]:{config.port}"
    try:
        keys = dict(_listed(path.read_text("utf-8").splitlines(), name))
    except (OSError, UnicodeDecodeError) as error:
        raise CredentialsError(messages.KNOWN_HOSTS_UNREADABLE, where=str(path), seen=str(error)) from error
    if not keys:
        raise CredentialsError(messages.HOST_NOT_LISTED, where=str(path), seen=name, host=config.host, port=config.port)
    return keys


def refuse_other(shown: bytes, keys: dict[bytes, str], config: SftpConfig) -> None:
    """Raise :class:`CredentialsError` unless the key that the server showed is one of the pinned ones."""
    if shown not in keys:
        raise CredentialsError(
            messages.HOST_KEY,
            where=f"sftp://{config.host}:{config.port}",
            seen=fingerprint(shown),
            expected=", ".join(fingerprint(each) for each in keys),
            host=config.host,
            port=config.port,
        )


def fingerprint(blob: bytes) -> str:
    """``SHA256:...`` of a public key, as ``ssh-keygen -l`` prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def _listed(lines: Iterable[str], name: str) -> Iterator[tuple[bytes, str]]:
    """The keys of one server in a known_hosts file, without those that a ``@revoked`` line withdraws."""
    found: dict[bytes, str] = {}
    revoked: set[bytes] = set()
    for line in lines:
        marker, _, rest = line.strip().partition(" ") if line.lstrip().startswith("@") else ("", "", line)
        fields = rest.split()
        if len(fields) < 3 or line.lstrip().startswith("#") or not _matches(fields[0], name):
            continue
        try:
            blob = _blob(fields[2])
        except ValueError:
            continue
        if marker == "@revoked":
            revoked.add(blob)
        elif not marker:  # a certificate authority signs keys of others: that is no pinned key
            found[blob] = fields[1]
    return ((blob, kind) for blob, kind in found.items() if blob not in revoked)


def _matches(patterns: str, name: str) -> bool:
    """Whether the first field of a known_hosts line means the server: plain, with wildcards, negated or hashed."""
    if patterns.startswith("|1|"):
        try:
            salt, digest = (base64.b64decode(part) for part in patterns.split("|")[2:4])
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(hmac.new(salt, name.encode(), "sha1").digest(), digest)
    meant = False
    for pattern in patterns.split(","):
        # Brackets belong to the name ([host]:2222); in fnmatch they would be a character class.
        if fnmatch.fnmatchcase(name.lower(), pattern.lstrip("!").lower().replace("[", "[[]")):
            if pattern.startswith("!"):
                return False
            meant = True
    return meant


def _blob(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
