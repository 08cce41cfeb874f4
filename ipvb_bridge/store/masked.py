"""Held rows whose key is masked: told apart by a keyed hash, so that neither the key nor a guess at it is kept.

A key that could hold a BSN is shown with nine number signs in its place, so all such keys look alike. Beside it stands
an HMAC-SHA256 of the key as it was delivered, under a random key of 32 bytes that stands in a file in the store's
folder, for this user alone, and never in the database. That is enough: whoever has the database, or a copy of it at a
hosting party or in a backup, cannot try the ninety million numbers that pass the eleven test. Whoever has the file as
well can, as can whoever has the key for pseudonyms; they can also read the deliveries themselves.

Without the file (lost, no folder, another computer on the same database) a masked key is not recognised. Then nothing
is resolved wrongly: an entry stays open until a delivery that is complete for it.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

NAME = "held.key"
_SIZE = 32


def hashes(folder: Path | None, keys: Iterable[str]) -> list[str]:
    """The keyed hash of each key, 32 hexadecimal digits; asks for the file, or makes it, only when there are keys."""
    given = list(keys)
    if not given:
        return []
    secret = _secret(folder)
    return [hmac.digest(secret, key.encode(), "sha256").hex()[:32] for key in given]


def _secret(folder: Path | None) -> bytes:
    """The key in the folder, made when it is not there; one that nobody will have again when it cannot be kept."""
    if folder is None:
        return secrets.token_bytes(_SIZE)
    path = folder / NAME
    part = folder / f"{NAME}.{os.getpid()}.{secrets.token_hex(4)}.part"
    try:
        if not path.exists():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(_SIZE))
                file.flush()
                os.fsync(file.fileno())
            # Linked when whole, and not over one that another process made meanwhile.
            with suppress(FileExistsError):
                os.link(part, path)
        kept = path.read_bytes()
    except OSError:
        return secrets.token_bytes(_SIZE)
    finally:
        part.unlink(missing_ok=True)
    return kept if len(kept) == _SIZE else secrets.token_bytes(_SIZE)
