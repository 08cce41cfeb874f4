"""Public keys of SSH as one line of text, `ssh-ed25519 AAAA...`: read and checked without any SSH library."""

from __future__ import annotations

import base64

KEY_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
)


def key_line(value: str, what: str = "a public key", made_by: str = "as it stands in a .pub file") -> str:
    """Check ``ssh-ed25519 AAAA...``: a known type, and base64 that says the same type itself.

    Gives the line back without its comment. Raises ``ValueError`` that says what is wrong.
    """
    fields = value.split()
    if len(fields) < 2 or fields[0] not in KEY_TYPES:
        raise ValueError(
            f"{what} is a line like `ssh-ed25519 AAAA...` ({made_by}); known types: {', '.join(KEY_TYPES)}"
        )
    try:
        blob = base64.b64decode(fields[1], validate=True)
    except ValueError:
        raise ValueError(f"{what} is cut off or mistyped: its second part is no base64") from None
    name = fields[0].encode()
    if not blob.startswith(len(name).to_bytes(4, "big") + name):
        raise ValueError(f"{what} is cut off or mistyped: its second part is no key of type {fields[0]}")
    return f"{fields[0]} {fields[1]}"
