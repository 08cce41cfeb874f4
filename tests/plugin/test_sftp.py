"""The SFTP session: whom it trusts, in which order, and what it says when it cannot go on."""

from __future__ import annotations

import base64
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import paramiko
import pytest

from ipvb_bridge.base.errors import BridgeError, CredentialsError, PeerError
from ipvb_bridge.plugin import messages, sftp
from ipvb_bridge.plugin.host_keys import fingerprint
from ipvb_bridge.plugin.sftp_config import SftpConfig
from tests.fixtures_sshd import Line, Sshd, make_key
from tests.servers import free_port


def listed(settings: dict[str, Any], home: Path) -> list[str]:
    with sftp.session(SftpConfig.model_validate(settings), home) as client:
        return client.listdir(str(settings["folder"]))


def refused(settings: dict[str, Any], home: Path) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        listed(settings, home)
    return caught.value


def print_of(line: str) -> str:
    return fingerprint(base64.b64decode(line.split()[1]))


def test_logs_in_by_key_when_the_host_key_is_the_pinned_one(sshd: Sshd, tmp_path: Path) -> None:
    """With the right host key and user key the folder can be listed; the server's log shows the login request."""
    (tmp_path / "hours.csv").write_text("x")
    got: list[str] = []
    said = sshd.log_of(lambda: got.extend(listed(sshd.settings(tmp_path), tmp_path)))
    assert got == ["hours.csv"]
    assert "userauth-request" in said


def test_a_changed_host_key_ends_before_any_login(sshd: Sshd, tmp_path: Path) -> None:
    """Another key than the pinned one: both fingerprints are shown, and the server's log knows of no login request."""
    other = make_key(tmp_path / "other")
    errors: list[BridgeError] = []
    said = sshd.log_of(lambda: errors.append(refused(sshd.settings(tmp_path, host_key=other), tmp_path)))
    assert isinstance(errors[0], CredentialsError)
    assert errors[0].message is messages.HOST_KEY
    assert print_of(other) in errors[0].what("nl")
    assert print_of(sshd.host_key) in errors[0].what("nl")
    assert "SSH2_MSG_KEXINIT received" in said
    assert "userauth" not in said


def test_a_server_without_the_pinned_type_of_key_is_refused_with_the_key_it_shows(sshd: Sshd, tmp_path: Path) -> None:
    """A pinned RSA key against a server that has ed25519 only: refused, and the message names what was seen."""
    other = make_key(tmp_path / "other", "rsa")
    error = refused(sshd.settings(tmp_path, host_key=other), tmp_path)
    assert error.message is messages.HOST_KEY
    assert error.seen == print_of(sshd.host_key)


def test_a_host_that_known_hosts_does_not_list_gets_no_connection(sshd: Sshd, tmp_path: Path) -> None:
    """An unknown host key stops before a connection is made: not even the server's name is looked up."""
    (tmp_path / "known_hosts").write_text(f"[127.0.0.1]:{sshd.port + 1} {sshd.host_key}\n")
    start = len(sshd.log())
    error = refused(sshd.settings(tmp_path, host_key=None, known_hosts="known_hosts"), tmp_path)
    assert isinstance(error, CredentialsError)
    assert error.message is messages.HOST_NOT_LISTED
    assert f"ssh-keyscan -p {sshd.port} 127.0.0.1" in error.next_step("en")
    assert "Connection from" not in sshd.log()[start:]


@pytest.mark.parametrize("hashed", [False, True])
def test_known_hosts_as_openssh_writes_it(sshd: Sshd, tmp_path: Path, hashed: bool) -> None:
    """A known_hosts file beside the configuration pins the key, with plain and with hashed names."""
    known = tmp_path / "known_hosts"
    known.write_text(f"# servers\n[127.0.0.1]:{sshd.port} {sshd.host_key}\n")
    if hashed:
        subprocess.run(["ssh-keygen", "-q", "-H", "-f", str(known)], check=True, capture_output=True)
        assert "127.0.0.1" not in known.read_text()
    settings = sshd.settings(tmp_path, host_key=None, known_hosts="known_hosts")
    assert "known_hosts" in listed(settings, tmp_path)


def test_two_pinned_keys_let_a_key_be_replaced_without_a_gap(sshd: Sshd, tmp_path: Path) -> None:
    """While a server changes its key both may be pinned; either is trusted."""
    other = make_key(tmp_path / "other", "ecdsa")
    assert listed(sshd.settings(tmp_path, host_key=[other, sshd.host_key]), tmp_path)


def test_wrong_password_is_a_matter_of_credentials(sshd: Sshd, tmp_path: Path) -> None:
    """A refused password is not tried again later, and stands in no message."""
    settings = sshd.settings(tmp_path, key_file=None, password="Wr0ng-Geheim")
    error = refused(settings, tmp_path)
    assert isinstance(error, CredentialsError)
    assert error.message is messages.LOGIN_REFUSED
    texts = [str(error), error.what("nl"), error.what("en"), error.next_step("en"), repr(error.fields)]
    assert not any("Geheim" in text for text in texts)


def test_a_user_key_that_the_server_does_not_know(sshd: Sshd, tmp_path: Path) -> None:
    """A private key that is not authorised is refused as credentials."""
    make_key(tmp_path / "mine")
    assert refused(sshd.settings(tmp_path, key_file="mine"), tmp_path).message is messages.LOGIN_REFUSED


def test_private_keys_that_cannot_be_used(sshd: Sshd, tmp_path: Path) -> None:
    """No file, a file that is no key, no passphrase and a wrong one are told apart from a refused login."""
    make_key(tmp_path / "locked", passphrase="zeer-geheim")
    (tmp_path / "text").write_text("no key")
    cases: list[dict[str, Any]] = [
        {"key_file": "absent"},
        {"key_file": "text"},
        {"key_file": "locked"},
        {"key_file": "locked", "key_passphrase": "fout-geheim"},
    ]
    for case in cases:
        error = refused(sshd.settings(tmp_path, **case), tmp_path)
        assert error.message is messages.KEY_FILE, case
        assert error.seen, case
        assert "geheim" not in str(error)


def test_a_private_key_with_a_passphrase(sshd: Sshd, tmp_path: Path) -> None:
    """The right passphrase opens the key: what is refused then is the login, by the server."""
    make_key(tmp_path / "locked", passphrase="zeer-geheim")
    settings = sshd.settings(tmp_path, key_file="locked", key_passphrase="zeer-geheim")
    assert refused(settings, tmp_path).message is messages.LOGIN_REFUSED


def test_nobody_listens(sshd: Sshd, tmp_path: Path) -> None:
    """A closed port is a peer that is away: try again later."""
    error = refused(sshd.settings(tmp_path, port=free_port()), tmp_path)
    assert isinstance(error, PeerError)
    assert error.message is messages.UNREACHABLE


def test_a_name_that_does_not_exist(sshd: Sshd, tmp_path: Path) -> None:
    """A host name that no name service knows is said as such."""
    error = refused(sshd.settings(tmp_path, host="sftp.example.invalid"), tmp_path)
    assert isinstance(error, PeerError)
    assert error.message is messages.NAME_UNKNOWN


@pytest.fixture
def mute() -> Iterator[Callable[[bytes], int]]:
    """A server that says one thing, whatever it hears, and then nothing; gives its port."""
    open_sockets: list[socket.socket] = []

    def start(says: bytes) -> int:
        listener = socket.create_server(("127.0.0.1", 0))
        open_sockets.append(listener)

        def serve() -> None:
            while True:
                try:
                    peer, _ = listener.accept()
                except OSError:
                    return
                open_sockets.append(peer)
                peer.sendall(says)

        threading.Thread(target=serve, daemon=True).start()
        return int(listener.getsockname()[1])

    yield start
    for each in open_sockets:
        each.close()


def test_a_server_that_says_nothing(sshd: Sshd, tmp_path: Path, mute: Callable[[bytes], int]) -> None:
    """A server that accepts and stays silent, before or within the handshake, costs the set time and no more."""
    for says in (b"", b"SSH-2.0-Slow_1.0\r\n"):
        error = refused(sshd.settings(tmp_path, port=mute(says), timeout_seconds=0.5), tmp_path)
        assert isinstance(error, PeerError)
        assert error.message is messages.SILENT


def test_a_server_of_another_kind(
    sshd: Sshd, tmp_path: Path, mute: Callable[[bytes], int], capfd: pytest.CaptureFixture[str]
) -> None:
    """A web server on the port is named as no SSH server, and no traceback appears on the terminal."""
    page = b"HTTP/1.1 400 Bad Request\r\n" * 200
    error = refused(sshd.settings(tmp_path, port=mute(page), timeout_seconds=5), tmp_path)
    assert isinstance(error, PeerError)
    assert error.message is messages.NOT_SSH
    assert "Traceback" not in "".join(capfd.readouterr())


def test_a_line_that_breaks_in_the_handshake(sshd: Sshd, tmp_path: Path, line: Callable[..., Line]) -> None:
    """A connection lost before the host key is seen is a peer that is away."""
    assert isinstance(refused(sshd.settings(tmp_path, port=line(100).port), tmp_path), PeerError)


class _PasswordServer(paramiko.ServerInterface):
    """Knows one password; notes every attempt to log in."""

    def __init__(self, kinds: str) -> None:
        self.kinds = kinds
        self.attempts: list[str] = []

    def get_allowed_auths(self, username: str) -> str:
        return self.kinds

    def check_auth_password(self, username: str, password: str) -> int:
        self.attempts.append(f"{username} {password}")
        good = "password" in self.kinds and password == "goed"
        return paramiko.AUTH_SUCCESSFUL if good else paramiko.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED


@pytest.fixture
def password_server(tmp_path: Path) -> Iterator[Callable[[str], tuple[int, str, _PasswordServer]]]:
    """paramiko's own server in this process, with a user that OpenSSH would want in the system's list."""
    opened: list[Any] = []

    def start(kinds: str) -> tuple[int, str, _PasswordServer]:
        host_key = make_key(tmp_path / "server_key")
        key = paramiko.PKey.from_path(tmp_path / "server_key")
        listener = socket.create_server(("127.0.0.1", 0))
        opened.append(listener)
        policy = _PasswordServer(kinds)

        def serve() -> None:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(peer)
            opened.append(transport)
            transport.add_server_key(key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer)
            with suppress(paramiko.SSHException, EOFError):  # the client hangs up: that is what is tested
                transport.start_server(server=policy)

        threading.Thread(target=serve, daemon=True).start()
        return int(listener.getsockname()[1]), host_key, policy

    yield start
    for each in opened:
        each.close()


def password_settings(port: int, host_key: str, password: str) -> dict[str, Any]:
    return {
        "host": "127.0.0.1",
        "port": port,
        "user": "zorg",
        "password": password,
        "host_key": host_key,
        "folder": ".",
    }


def test_logs_in_by_password(
    password_server: Callable[[str], tuple[int, str, _PasswordServer]], tmp_path: Path
) -> None:
    """The right password passes every step of the check up to the login, and is sent once."""
    port, host_key, server = password_server("password")
    steps = list(sftp.check(SftpConfig.model_validate(password_settings(port, host_key, "goed")), tmp_path))
    assert [(step.name, step.ok) for step in steps] == [
        ("pinned key", True),
        ("name", True),
        ("port", True),
        ("host key", True),
        ("login", True),
    ]
    assert server.attempts == ["zorg goed"]


def test_a_password_goes_to_no_server_with_another_key(
    password_server: Callable[[str], tuple[int, str, _PasswordServer]], tmp_path: Path
) -> None:
    """A server with another key than the pinned one is never told the password."""
    port, _, server = password_server("password")
    other = make_key(tmp_path / "other")
    assert refused(password_settings(port, other, "goed"), tmp_path).message is messages.HOST_KEY
    assert server.attempts == []


def test_a_server_that_takes_no_passwords(
    password_server: Callable[[str], tuple[int, str, _PasswordServer]], tmp_path: Path
) -> None:
    """Where only keys are taken, the message says so."""
    port, host_key, _ = password_server("publickey")
    error = refused(password_settings(port, host_key, "goed"), tmp_path)
    assert error.message is messages.LOGIN_REFUSED
    assert "publickey" in error.seen


def test_check_names_the_first_step_that_fails(sshd: Sshd, tmp_path: Path) -> None:
    """Each cause ends the check at its own step, with its error."""
    other = make_key(tmp_path / "other")
    cases = {
        "pinned key": {"host_key": None, "known_hosts": "absent"},
        "name": {"host": "sftp.example.invalid"},
        "port": {"port": free_port()},
        "host key": {"host_key": other},
        "login": {"key_file": "other"},
    }
    for name, changes in cases.items():
        *before, last = sftp.check(SftpConfig.model_validate(sshd.settings(tmp_path, **changes)), tmp_path)
        assert all(step.ok for step in before)
        assert (last.name, last.ok) == (name, False)
        assert last.error is not None


def test_no_policy_that_trusts_unknown_servers_is_named_in_the_program() -> None:
    """Nowhere in the program stands a paramiko policy, nor the client class that has one."""
    root = Path(sftp.__file__).resolve().parents[2]
    sources = [*root.glob("ipvb_bridge/**/*.py"), *root.glob("plugins/**/*.py")]
    assert len(sources) > 10
    for source in sources:
        text = source.read_text("utf-8")
        assert not any(word in text for word in ("AutoAddPolicy", "WarningPolicy", "MissingHostKeyPolicy", "SSHClient"))
