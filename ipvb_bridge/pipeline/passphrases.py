"""Passphrases of signers, kept as argon2id hashes (PHC text), by `cryptography`."""

from __future__ import annotations

import os
import re
import unicodedata

LEAST = 12
"""Characters of a new passphrase."""
MEMORY_KIB = 65_536
PASSES = 3
LANES = 4
WEAKEST_KIB = 19_456
"""A hash made with less memory is refused (the smallest that OWASP's guide on storing passwords names, 2025)."""

_FORM = re.compile(r"\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+")


def hashed(passphrase: str) -> str:
    """The argon2id hash to put in the file that bridge.toml refers to."""
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    made = Argon2id(salt=os.urandom(16), length=32, iterations=PASSES, lanes=LANES, memory_cost=MEMORY_KIB)
    return made.derive_phc_encoded(_bytes(passphrase))


def refused(phc: str) -> str:
    """Why a hash cannot be used; empty when it can."""
    found = _FORM.fullmatch(phc)
    if found is None:
        return "it does not look like $argon2id$v=19$m=...,t=...,p=...$salt$hash"
    if int(found[1]) < WEAKEST_KIB or int(found[2]) < 2:
        return f"it was made with m={found[1]},t={found[2]}; at least m={WEAKEST_KIB},t=2"
    return ""


def matches(passphrase: str, phc: str) -> bool:
    """True when the hash is that of this passphrase."""
    from cryptography.exceptions import InvalidKey
    from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

    try:
        Argon2id.verify_phc_encoded(_bytes(passphrase), phc)
    except InvalidKey:
        return False
    return True


def _bytes(passphrase: str) -> bytes:
    # The same letters typed on another keyboard may be other code points.
    return unicodedata.normalize("NFC", passphrase).encode()
