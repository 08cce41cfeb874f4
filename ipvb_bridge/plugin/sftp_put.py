"""Writing files on an SFTP server: a temporary name, then `posix-rename`, which replaces in one step."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ipvb_bridge.base.errors import BridgeError, DataError, RunError
from ipvb_bridge.plugin import messages, sftp
from ipvb_bridge.plugin.adapter import CheckStep
from ipvb_bridge.plugin.put import PART
from ipvb_bridge.plugin.sftp_config import SftpConfig

if TYPE_CHECKING:
    import paramiko


class SftpPut:
    """A folder on a server. Each call makes a connection of its own and closes it."""

    def __init__(self, config: SftpConfig, home: Path) -> None:
        self.config = config
        self.home = home
        self.where = f"{sftp.address(config)}/{config.folder.lstrip('/')}"

    def check(self) -> Iterator[CheckStep]:
        """Pinned key, name, port, host key, login; then the folder: a file can be written, renamed and removed."""
        for step in sftp.check(self.config, self.home):
            yield step
            if not step.ok:
                return
        try:
            with sftp.session(self.config, self.home) as client, self._told():
                name = self._path(".ipvb-bridge-check")
                with client.open(f"{name}{PART}", "wb"):
                    pass
                client.posix_rename(f"{name}{PART}", name)
                client.remove(name)
        except BridgeError as error:
            yield CheckStep("out", ok=False, seen=error.seen, error=error)
        else:
            yield CheckStep("out", ok=True, seen=self.config.folder)

    def read(self, names: list[str]) -> dict[str, bytes]:
        """The files that are there. Raises :class:`PeerError` and :class:`CredentialsError`."""
        found = {}
        with sftp.session(self.config, self.home) as client:
            for name in names:
                try:
                    with client.open(self._path(name), "rb") as file:
                        found[name] = file.read()
                except FileNotFoundError:
                    continue
        return found

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write and rename. Raises :class:`PeerError`: the outcome is unknown, read before writing again."""
        with sftp.session(self.config, self.home) as client, self._told():
            for name, content in files.items():
                part = f"{self._path(name)}{PART}"
                with client.open(part, "wb") as file:
                    file.set_pipelined(True)
                    file.write(content)
                # Writes are not waited for one by one: a full disk shows only here.
                if self._kept(client, part) != content:
                    raise RunError(messages.UNWRITABLE, where=self.where, seen="content")
                client.posix_rename(part, self._path(name))

    def _kept(self, client: paramiko.SFTPClient, part: str) -> bytes:
        with client.open(part, "rb") as file:
            return file.read()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the server says no to, told from a line that broke (which :func:`sftp.session` tells)."""
        try:
            yield
        except FileNotFoundError as error:
            raise DataError(messages.FOLDER_MISSING, where=self.where) from error
        except OSError as error:
            # paramiko raises a plain OSError without a number for an answer like "Failure".
            if type(error) is OSError and error.errno is None:
                raise RunError(messages.UNWRITABLE, where=self.where, seen=str(error)) from error
            raise

    def _path(self, name: str) -> str:
        return posixpath.join(self.config.folder, name)
