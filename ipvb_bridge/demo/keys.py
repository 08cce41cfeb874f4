"""The keys of the demo, made once, the secret ones for their owner alone: the SSH keys with which two invented people
sign, and the organisation's own key for pseudonyms.
"""

from __future__ import annotations

import secrets
from pathlib import Path

FOLDER = "sleutels"
SIGNERS = ("anna", "bram")
"""Those who sign, as bridge.toml calls them. Neither is the one who makes the plan."""

PSEUDONYMS = "pseudoniem"
"""The file with the key from which keys of people are made."""


def prepare(folder: Path) -> None:
    """Make a pair ``NAME`` and ``NAME.pub`` for each signer who has none, as ssh-keygen would, and the key for
    pseudonyms.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / PSEUDONYMS).exists():
        (folder / PSEUDONYMS).touch(mode=0o600)
        (folder / PSEUDONYMS).write_text(secrets.token_hex(32) + "\n", "utf-8")
    for name in SIGNERS:
        path = folder / name
        if path.exists() and path.with_suffix(".pub").exists():
            continue
        key = Ed25519PrivateKey.generate()
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()))
        line = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        path.with_suffix(".pub").write_text(f"{line} {name}\n", "utf-8")
