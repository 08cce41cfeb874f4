"""Debian's OpenSSH server on loopback, with a configuration, host key and log of its own; and a line that breaks."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.servers import free_port

_CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {home}/host_key
PidFile none
AuthorizedKeysFile {home}/authorized_keys
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
MaxStartups 100
Subsystem sftp internal-sftp
LogLevel DEBUG1
"""


def make_key(path: Path, kind: str = "ed25519", passphrase: str = "") -> str:
    """A key pair at `path`; the public line, `type base64`."""
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, "-N", passphrase, "-C", "", "-f", str(path)], check=True, timeout=60
    )
    return path.with_name(path.name + ".pub").read_text().strip()


@dataclass(frozen=True)
class Sshd:
    """A running server. The whole disk is reachable, as far as the user's rights go: use a folder of your own."""

    port: int
    home: Path
    user: str
    host_key: str

    def log(self) -> str:
        return (self.home / "log").read_text(errors="replace")

    def log_of(self, act: Callable[[], object]) -> str:
        """What the server logs of the one connection that `act` makes, up to its end."""
        start = len(self.log())
        act()
        for _ in range(200):
            said = self.log()[start:]
            if "Connection closed by" in said or "Disconnected from" in said or "Connection reset" in said:
                return said
            time.sleep(0.02)
        pytest.fail("sshd logged no end of a connection:\n" + self.log()[start:])

    def settings(self, folder: Path, **changes: Any) -> dict[str, Any]:
        """The `sftp` settings of a connection that logs in by key and takes marked files at once."""
        whole = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": self.user,
            "key_file": str(self.home / "user_key"),
            "host_key": self.host_key,
            "folder": str(folder),
            "finished": {"marker": ".done"},
            "timeout_seconds": 20,
        }
        return {name: value for name, value in (whole | changes).items() if value is not None}


@pytest.fixture(scope="session")
def sshd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    """OpenSSH's server; a test that needs it is skipped where it is not installed."""
    program = shutil.which("sshd") or shutil.which("sshd", path="/usr/sbin:/usr/local/sbin")
    if program is None or shutil.which("ssh-keygen") is None:
        pytest.skip("OpenSSH's server is not installed: sshd, ssh-keygen")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # its empty folder for privilege separation
    home = tmp_path_factory.mktemp("sshd")
    host_key = make_key(home / "host_key")
    user_key = make_key(home / "user_key")
    # A second key may look and not read: root, too, can be denied something that way.
    narrow_key = make_key(home / "narrow_key")
    (home / "authorized_keys").write_text(f'{user_key}\ncommand="internal-sftp -P open" {narrow_key}\n')
    port = free_port()
    (home / "config").write_text(_CONFIG.format(port=port, home=home))
    server = subprocess.Popen([program, "-D", "-f", str(home / "config"), "-E", str(home / "log")])
    try:
        _await(port, server, home)
        yield Sshd(port, home, getpass.getuser(), host_key)
    finally:
        server.terminate()
        server.wait(10)


def _await(port: int, server: subprocess.Popen[bytes], home: Path) -> None:
    for _ in range(200):
        if server.poll() is not None:
            pytest.fail("sshd did not start:\n" + (home / "log").read_text())
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("sshd does not answer")


@pytest.fixture
def line(sshd: Sshd) -> Iterator[Callable[..., Line]]:
    """Makes lines to the server: `line(after=bytes)` breaks, `line(after=bytes, act=...)` does something else."""
    made: list[Line] = []

    def make(after: int, act: Callable[[], None] | None = None) -> Line:
        made.append(Line(sshd.port, after, act))
        return made[-1]

    yield make
    for each in made:
        each.close()


class Line:
    """A TCP line to a server that does something once after so many bytes came back: `act`, by default break."""

    def __init__(self, port: int, after: int, act: Callable[[], None] | None = None) -> None:
        self.target, self.after, self.act = port, after, act
        self.passed = 0
        self.done = False
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        self.open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            self.open += [near, far]
            threading.Thread(target=self._carry, args=(near, far, False), daemon=True).start()
            threading.Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, back: bool) -> None:
        try:
            while data := source.recv(16384):
                if back:
                    self.passed += len(data)
                    if self.passed >= self.after and not self.done:
                        self.done = True
                        if self.act is None:
                            break
                        self.act()
                sink.sendall(data)
        except OSError:
            pass
        for each in (source, sink):
            _end(each)

    def close(self) -> None:
        self.listener.close()
        for each in self.open:
            _end(each)


def _end(sock: socket.socket) -> None:
    """Closing alone says nothing to the other side while a thread still waits for data."""
    with suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    sock.close()
