"""SSH signatures (SSHSIG, as `ssh-keygen -Y sign` makes them): made and checked here, by `cryptography`.

The form is OpenSSH's PROTOCOL.sshsig: the signature covers a namespace, so that what was signed for one purpose proves
nothing for another.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

NAMESPACE = "ipvb-bridge-plan"
SMALLEST_RSA = 2048

_MAGIC = b"SSHSIG"
_BEGIN = "-----BEGIN SSH SIGNATURE-----"
_END = "-----END SSH SIGNATURE-----"


class NotValid(ValueError):
    """The signature does not count; the text says why, for a person."""


def verify(key_line: str, armored: str, message: bytes, namespace: str = NAMESPACE) -> None:
    """Check that the owner of a public key (``ssh-ed25519 AAAA...``) signed the message. Raises :class:`NotValid`."""
    fields = _Reader(_unarmored(armored))
    if fields.take(len(_MAGIC)) != _MAGIC or fields.number() != 1:
        raise NotValid("it is no SSH signature of version 1")
    key, name, reserved, algorithm, signature = (fields.text() for _ in range(5))
    fields.end()
    if key != base64.b64decode(key_line.split()[1]):
        raise NotValid("it was made with another key than the one in bridge.toml")
    if name != namespace.encode():
        raise NotValid(f"it was made for another purpose (namespace); sign with: -n {namespace}")
    if algorithm not in (b"sha256", b"sha512"):
        raise NotValid("its hash is neither sha256 nor sha512")
    digest = hashlib.new(algorithm.decode(), message).digest()
    signed = _MAGIC + b"".join(map(_string, (name, reserved, algorithm, digest)))
    inside = _Reader(signature)
    kind, value = inside.text(), inside.text()
    inside.end()
    _check(key_line, kind.decode("ascii", "replace"), value, signed)


def sign(private_key: bytes, passphrase: bytes | None, message: bytes, namespace: str = NAMESPACE) -> str:
    """Sign as ssh-keygen does, with a private key in OpenSSH's form. Raises ``ValueError`` when it cannot be used."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        PublicFormat,
        load_ssh_private_key,
    )

    try:
        key: Any = load_ssh_private_key(private_key, passphrase)
    except (UnsupportedAlgorithm, TypeError) as error:
        raise ValueError(str(error)) from None
    public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split()
    head = _string(namespace.encode()), _string(b""), _string(b"sha512")
    signed = _MAGIC + b"".join(head) + _string(hashlib.sha512(message).digest())
    kind, value = _signed(key, public[0].decode(), signed)
    signature = _string(kind.encode()) + _string(value)
    blob = _MAGIC + (1).to_bytes(4, "big") + _string(base64.b64decode(public[1])) + b"".join(head) + _string(signature)
    text = base64.b64encode(blob).decode()
    return "\n".join([_BEGIN, *(text[at : at + 70] for at in range(0, len(text), 70)), _END, ""])


def _check(key_line: str, kind: str, value: bytes, signed: bytes) -> None:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.serialization import load_ssh_public_key

    try:
        key = load_ssh_public_key(key_line.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise NotValid("the key in bridge.toml is cut off or mistyped") from None
    proofs: dict[str, Callable[[], None]] = {}
    if isinstance(key, ed25519.Ed25519PublicKey):
        proofs = {"ssh-ed25519": lambda: key.verify(value, signed)}
    elif isinstance(key, ec.EllipticCurvePublicKey):
        numbers = _Reader(value)

        def curve() -> None:
            pair = encode_dss_signature(numbers.whole(), numbers.whole())
            numbers.end()
            key.verify(pair, signed, ec.ECDSA(_curve_hash(key.curve.key_size)))

        proofs = {key_line.split()[0]: curve}
    elif isinstance(key, rsa.RSAPublicKey):
        if key.key_size < SMALLEST_RSA:
            raise NotValid(f"an RSA key of {key.key_size} bits is too small; make an ed25519 key")
        # Not ssh-rsa: that is SHA-1.
        proofs = {
            name: lambda hashed=hashed: key.verify(value, signed, padding.PKCS1v15(), hashed)  # type: ignore[misc]  # mypy sees no type for the default of a lambda
            for name, hashed in _rsa_hashes().items()
        }
    if kind not in proofs:
        raise NotValid(f"its kind ({kind}) does not go with the key")
    try:
        proofs[kind]()
    except (InvalidSignature, ValueError):
        raise NotValid("it was made over another text, or it was changed") from None


def _signed(key: Any, public_kind: str, signed: bytes) -> tuple[str, bytes]:
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

    if public_kind == "ssh-ed25519":
        return public_kind, key.sign(signed)
    if public_kind == "ssh-rsa":
        return "rsa-sha2-512", key.sign(signed, padding.PKCS1v15(), _rsa_hashes()["rsa-sha2-512"])
    if public_kind.startswith("ecdsa-sha2-"):
        pair = decode_dss_signature(key.sign(signed, ec.ECDSA(_curve_hash(key.curve.key_size))))
        return public_kind, b"".join(_string(_mpint(number)) for number in pair)
    raise ValueError(f"a key of type {public_kind} cannot sign here")


def _rsa_hashes() -> dict[str, HashAlgorithm]:
    from cryptography.hazmat.primitives import hashes

    return {"rsa-sha2-256": hashes.SHA256(), "rsa-sha2-512": hashes.SHA512()}


def _curve_hash(bits: int) -> HashAlgorithm:
    from cryptography.hazmat.primitives import hashes

    return hashes.SHA256() if bits <= 256 else hashes.SHA384() if bits <= 384 else hashes.SHA512()


def _string(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _mpint(number: int) -> bytes:
    # One byte more than needed when the top bit is set: it would read as negative.
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _unarmored(text: str) -> bytes:
    lines = text.strip().splitlines()
    if len(lines) < 3 or lines[0].strip() != _BEGIN or lines[-1].strip() != _END:
        raise NotValid(f"the file does not hold {_BEGIN} ... {_END}")
    try:
        return base64.b64decode("".join(line.strip() for line in lines[1:-1]), validate=True)
    except ValueError:
        raise NotValid("it is cut off or mistyped: no base64") from None


class _Reader:
    """Reads the fields of a blob, one after another."""

    def __init__(self, blob: bytes) -> None:
        self.blob, self.at = blob, 0

    def take(self, count: int) -> bytes:
        piece = self.blob[self.at : self.at + count]
        if len(piece) != count:
            raise NotValid("it is cut off")
        self.at += count
        return piece

    def number(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def text(self) -> bytes:
        return self.take(self.number())

    def whole(self) -> int:
        return int.from_bytes(self.text(), "big", signed=True)

    def end(self) -> None:
        if self.at != len(self.blob):
            raise NotValid("something stands behind its end")
