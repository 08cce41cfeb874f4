"""Pinned host keys: what a known_hosts file says of one server, and nothing more."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from ipvb_bridge.base.errors import CredentialsError
from ipvb_bridge.plugin import host_keys, messages
from ipvb_bridge.plugin.sftp_config import SftpConfig


def line(number: int) -> str:
    """A host key as text; what is in it does not matter here."""
    name = b"ssh-ed25519"
    blob = len(name).to_bytes(4, "big") + name + (32).to_bytes(4, "big") + bytes([number]) * 32
    return f"ssh-ed25519 {base64.b64encode(blob).decode()}"


def config(port: int = 22, **keys: object) -> SftpConfig:
    return SftpConfig.model_validate(
        {"host": "sftp.example.org", "port": port, "user": "zorg", "password": "x", **keys}
    )


def found(folder: Path, text: str, port: int = 22) -> set[str]:
    """The keys that a known_hosts file gives for the server."""
    (folder / "known").write_text(text)
    keys = host_keys.pinned(config(port, known_hosts="known"), folder)
    return {f"{kind} {base64.b64encode(blob).decode()}" for blob, kind in keys.items()}


@pytest.mark.parametrize(
    ("text", "port", "keys"),
    [
        (f"sftp.example.org {line(1)}\n", 22, {line(1)}),
        (f"sftp.example.org,192.0.2.1 {line(1)} comment here\n", 22, {line(1)}),
        (f"SFTP.example.ORG\t{line(1)}\n", 22, {line(1)}),
        (f"[sftp.example.org]:2222 {line(1)}\nsftp.example.org {line(2)}\n", 2222, {line(1)}),
        (f"*.example.org {line(1)}\nother.example.org {line(2)}\n", 22, {line(1)}),
        (f"sftp.example.org {line(1)}\nsftp.example.org {line(2)}\n", 22, {line(1), line(2)}),
        (f"# sftp.example.org {line(2)}\n\nsftp.example.org {line(1)}\n", 22, {line(1)}),
        (f"sftp.example.org {line(1)}\nbroken\nsftp.example.org ssh-ed25519 ???\n", 22, {line(1)}),
        (f"sftp.example.org {line(1)}\nsftp.example.org {line(2)}\n@revoked * {line(2)}\n", 22, {line(1)}),
    ],
    ids=["plain", "names", "case", "port", "wildcard", "two", "comment", "broken lines", "one revoked"],
)
def test_lines_that_count(tmp_path: Path, text: str, port: int, keys: set[str]) -> None:
    """The forms that OpenSSH writes and reads."""
    assert found(tmp_path, text, port) == keys


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("", 22),
        (f"other.example.org {line(1)}\n", 22),
        (f"sftp.example.org {line(1)}\n", 2222),
        (f"[sftp.example.org]:2222 {line(1)}\n", 22),
        (f"*.example.org,!sftp.example.org {line(1)}\n", 22),
        (f"@cert-authority *.example.org {line(1)}\n", 22),
        (f"sftp.example.org {line(1)}\n@revoked sftp.example.org {line(1)}\n", 22),
        (f"|1|bad|hash {line(1)}\n", 22),
        (f"|1 {line(1)}\n", 22),
    ],
    ids=["empty", "other", "other port", "no port", "negated", "authority", "revoked", "bad hash", "half a hash"],
)
def test_lines_that_do_not_count(tmp_path: Path, text: str, port: int) -> None:
    """No line for this server and port: an unknown host key."""
    with pytest.raises(CredentialsError) as caught:
        found(tmp_path, text, port)
    assert caught.value.message is messages.HOST_NOT_LISTED


def test_no_known_hosts_file(tmp_path: Path) -> None:
    """A file that is not there trusts nobody."""
    with pytest.raises(CredentialsError) as caught:
        host_keys.pinned(config(known_hosts="absent"), tmp_path)
    assert caught.value.message is messages.KNOWN_HOSTS_UNREADABLE


def test_another_key_is_refused_with_both_fingerprints() -> None:
    """What was seen and what was expected stand in the message, to be compared by a person."""
    keys = host_keys.pinned(config(host_key=line(1)), Path())
    (blob,) = keys
    host_keys.refuse_other(blob, keys, config(host_key=line(1)))
    with pytest.raises(CredentialsError) as caught:
        host_keys.refuse_other(b"other", keys, config(host_key=line(1)))
    assert host_keys.fingerprint(blob) in caught.value.what("en")
    assert host_keys.fingerprint(b"other") in caught.value.what("en")


def test_fingerprints_are_those_of_ssh_keygen(tmp_path: Path) -> None:
    """A person compares with what `ssh-keygen -l` prints."""
    (tmp_path / "key.pub").write_text(line(3) + "\n")
    try:
        said = subprocess.run(
            ["ssh-keygen", "-l", "-f", str(tmp_path / "key.pub")], capture_output=True, text=True, check=True
        ).stdout
    except FileNotFoundError:
        pytest.skip("OpenSSH's client is not installed: ssh-keygen")
    assert host_keys.fingerprint(base64.b64decode(line(3).split()[1])) in said


@pytest.mark.parametrize(
    "key",
    ["", "AAAAC3Nz", "ssh-dss AAAAB3NzaC1kc3M=", "ssh-ed25519 AAAA", "ssh-ed25519 %%%", line(1)[:30], "SHA256:abcdef"],
)
def test_a_mistyped_host_key_is_refused_with_the_settings(key: str) -> None:
    """A key that was copied only in part is found when the settings are read, not as a changed key later."""
    with pytest.raises(ValueError, match="host key"):
        config(host_key=key)


def test_no_settings_without_a_pinned_key_or_a_login() -> None:
    """There is no way to leave the host key out, nor to give two logins."""
    for wrong in (
        {},
        {"host_key": line(1), "known_hosts": "known"},
        {"host_key": line(1), "key_file": "key"},
        {"host_key": line(1), "password": None},
        {"host_key": line(1), "unknown": 1},
    ):
        with pytest.raises(ValueError, match="validation error"):
            config(**wrong)


def test_passwords_do_not_show(tmp_path: Path) -> None:
    """Neither printing nor dumping the settings gives a secret away."""
    made = SftpConfig.model_validate(
        {"host": "h", "user": "u", "key_file": "k", "key_passphrase": "geheim", "host_key": line(1)}
    )
    other = config(host_key=line(1))
    assert "geheim" not in repr(made) + str(made) + made.model_dump_json()
    assert "'x'" not in repr(other)
