"""An SFTP server on loopback in this process, from paramiko's own classes: the demo's suppliers drop files here, and
its roster package picks them up.

It serves one folder; each user sees only the folder of that name. It is no server for anything but this machine.
"""

from __future__ import annotations

import errno
import functools
import os
import secrets
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hmac import compare_digest
from pathlib import Path
from typing import TypeVar

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED, OPEN_SUCCEEDED
from paramiko.sftp import SFTP_OK

HOST = "127.0.0.1"
_KEY, _PUBLIC, _PASSWORD, _PORT = "host_key", "host_key.pub", "password", "port"
Made = TypeVar("Made")
_CHANGES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
"""Ways to open a file that may change what stands there."""


class _Door(paramiko.ServerInterface):
    """Lets the known users in with the password, for SFTP only."""

    def __init__(self, users: Sequence[str], writers: Sequence[str], password: str) -> None:
        self.users, self.writers, self.password, self.user = (*users, *writers), writers, password, ""

    def check_auth_password(self, username: str, password: str) -> int:
        """Compare in constant time; the name decides which folder is seen."""
        if username in self.users and compare_digest(password.encode(), self.password.encode()):
            self.user = username
            return AUTH_SUCCESSFUL
        return AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        """Password only."""
        return "password"

    def check_channel_request(self, kind: str, chanid: int) -> int:
        """A session, in which the client asks for sftp; nothing else."""
        return OPEN_SUCCEEDED if kind == "session" else OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED


def _answering(work: Callable[..., Made]) -> Callable[..., Made | int]:
    """Turn an operating-system error into the answer that SFTP has for it."""

    @functools.wraps(work)
    def answer(*given: object) -> Made | int:
        try:
            return work(*given)
        except OSError as error:
            return paramiko.SFTPServer.convert_errno(error.errno or 0)

    return answer


class _Handle(paramiko.SFTPHandle):
    """An open file; paramiko's class reads from ``readfile`` and writes to ``writefile``."""

    def __init__(self, path: Path, flags: int = os.O_RDONLY) -> None:
        super().__init__(flags)
        # Closed by paramiko's class, with the handle.
        self.readfile = os.fdopen(os.open(path, flags, 0o600), "wb" if flags & os.O_WRONLY else "rb")
        self.writefile = self.readfile

    def stat(self) -> paramiko.SFTPAttributes | int:
        """Size and time, as clients ask before they fetch."""
        return paramiko.SFTPAttributes.from_stat(os.fstat(self.readfile.fileno()))


class _Files(paramiko.SFTPServerInterface):
    """The files of the user who logged in; no path leads out of their folder."""

    def __init__(self, server: paramiko.ServerInterface, root: Path) -> None:
        super().__init__(server)
        assert isinstance(server, _Door)
        self.root = root / server.user
        self.writes = server.user in server.writers

    def _real(self, path: str) -> Path:
        return self.root / self.canonicalize(path).lstrip("/")

    @_answering
    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes]:
        """What stands in a folder."""
        return [
            paramiko.SFTPAttributes.from_stat(each.stat(), each.name) for each in sorted(self._real(path).iterdir())
        ]

    @_answering
    def stat(self, path: str) -> paramiko.SFTPAttributes:
        """Size, time and kind of a file."""
        return paramiko.SFTPAttributes.from_stat(self._real(path).stat())

    @_answering
    def lstat(self, path: str) -> paramiko.SFTPAttributes:
        """The same; there are no links here."""
        return paramiko.SFTPAttributes.from_stat(self._real(path).stat())

    @_answering
    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle:
        """A file to read, or to write for who may; nobody writes into a supplier's drop."""
        if flags & _CHANGES and not self.writes:
            raise PermissionError(errno.EACCES, "read only")
        return _Handle(self._real(path), flags)

    @_answering
    def remove(self, path: str) -> int:
        """Take a file away: its marker, when it was read."""
        self._real(path).unlink()
        return SFTP_OK

    @_answering
    def rename(self, oldpath: str, newpath: str) -> int:
        """Move a file: into the archive."""
        self._real(oldpath).rename(self._real(newpath))
        return SFTP_OK

    @_answering
    def posix_rename(self, oldpath: str, newpath: str) -> int:
        """The same, over a file that is there."""
        self._real(oldpath).replace(self._real(newpath))
        return SFTP_OK

    @_answering
    def mkdir(self, path: str, attr: paramiko.SFTPAttributes) -> int:
        """Make the archive."""
        self._real(path).mkdir()
        return SFTP_OK


def prepare(folder: Path) -> None:
    """Make host key and password in ``folder`` when they are not there; both are kept for the next run."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / _KEY).exists():
        key = paramiko.ECDSAKey.generate()
        _secret(folder / _KEY)
        key.write_private_key_file(str(folder / _KEY))
        (folder / _PUBLIC).write_text(f"{key.get_name()} {key.get_base64()}\n", "utf-8")
    if not (folder / _PASSWORD).exists():
        _secret(folder / _PASSWORD)
        (folder / _PASSWORD).write_text(secrets.token_urlsafe(24) + "\n", "utf-8")


def _secret(path: Path) -> None:
    path.touch(mode=0o600)


@contextmanager
def serve(folder: Path, users: Sequence[str], writers: Sequence[str] = ()) -> Iterator[int]:
    """Serve ``folder/USER`` to each user until the context ends; the port given also stands in ``folder/port``.

    Only ``writers`` may write, and have their folder made for them.
    """
    prepare(folder)
    for name in writers:
        (folder / name).mkdir(exist_ok=True)
    key = paramiko.ECDSAKey.from_private_key_file(str(folder / _KEY))
    password = (folder / _PASSWORD).read_text("utf-8").strip()
    transports: list[paramiko.Transport] = []
    with socket.create_server((HOST, 0)) as listener:
        port = int(listener.getsockname()[1])
        (folder / _PORT).write_text(f"{port}\n", "utf-8")

        def accept() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                transport = paramiko.Transport(connection)
                transport.add_server_key(key)
                transport.set_subsystem_handler("sftp", paramiko.SFTPServer, _Files, folder)
                transports.append(transport)
                try:
                    transport.start_server(server=_Door(users, writers, password), event=threading.Event())
                except (paramiko.SSHException, EOFError, OSError):
                    transport.close()

        thread = threading.Thread(target=accept, name="demo-sftp", daemon=True)
        thread.start()
        try:
            yield port
        finally:
            # Closing a socket does not wake a thread that waits in accept; shutting it down does.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join(timeout=5)
            for transport in transports:
                transport.close()
