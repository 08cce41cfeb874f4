"""The SSH keys with which two invented people sign in the demo; made once, the private ones for the owner alone."""

from __future__ import annotations

from pathlib import Path

FOLDER = "sleutels"
SIGNERS = ("anna", "bram")
"""Those who sign, as bridge.toml calls them. Neither is the one who makes the plan."""


def prepare(folder: Path) -> None:
    """Make a pair ``NAME`` and ``NAME.pub`` for each signer who has none, as ssh-keygen would."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    folder.mkdir(parents=True, exist_ok=True)
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
