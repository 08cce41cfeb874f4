"""A drop on an SFTP server: only finished files are picked up, checked while they come in, and archived afterwards."""

from __future__ import annotations

import fnmatch
import hashlib
import posixpath
import stat
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paramiko

from ipvb_bridge.base.errors import BridgeError, CredentialsError, DataError, RunError
from ipvb_bridge.plugin import messages, sftp
from ipvb_bridge.plugin.adapter import CheckStep
from ipvb_bridge.plugin.drop import Delivered, Found, state
from ipvb_bridge.plugin.sftp_config import SftpConfig

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Seen:
    """Size in bytes and time of the last change (seconds since 1970) of a file on the server."""

    size: int
    modified: int


class SftpDrop:
    """Files that a supplier leaves on a server. Each call makes a connection of its own and closes it."""

    def __init__(self, config: SftpConfig, home: Path) -> None:
        self.config = config
        self.home = home
        self.where = f"{sftp.address(config)}/{config.folder.lstrip('/')}"
        self.folder = config.folder
        self.archived = posixpath.join(config.folder, config.archive) if config.archive else None

    def check(self) -> Iterator[CheckStep]:
        """Pinned key, name, port, host key, login, folder. The first failing step is the last."""
        for step in sftp.check(self.config, self.home):
            yield step
            if not step.ok:
                return
        try:
            count = len(self.names())
        except BridgeError as error:
            yield CheckStep("folder", ok=False, seen=error.seen, error=error)
        else:
            yield CheckStep("folder", ok=True, seen=f"{self.folder} ({count})")

    def names(self) -> list[str]:
        """Names of the files in the folder and its archive, markers left out."""
        with self._session() as client:
            found = set(self._listed(client, self.folder))
            if self.archived is not None:
                with suppress(DataError):  # the archive is made when the first file goes there
                    found |= set(self._listed(client, self.archived))
        marker = self.config.finished.marker
        return sorted(name for name in found if not (marker and name.endswith(marker)))

    @contextmanager
    def collect(self, pattern: str) -> Iterator[Found]:
        """Fetch the finished files that match into a folder of our own, which is removed afterwards.

        Raises :class:`DataError` for a file that changes while it is fetched or is too large.
        """
        with tempfile.TemporaryDirectory(prefix="ipvb-bridge-") as folder:
            with self._session() as client:
                finished, unfinished = self._finished(client, pattern)
                files = [
                    self._fetch(client, name, seen, Path(folder) / str(at))
                    for at, (name, seen) in enumerate(sorted(finished.items()))
                ]
            yield Found(
                files, unfinished, pattern, self.where, self._expects(), passing=True, leaves=self.archived is not None
            )

    def archive(self, files: Mapping[str, Mapping[str, Any]]) -> None:
        """Move files that were read, with their markers, to the archive folder; under a free name when theirs is taken.

        A file that was replaced since it was read stays, so that it is read as well. Nothing happens without an
        archive folder in the settings. Raises :class:`RunError` when the server does not move a file.
        """
        if self.archived is None or not files:
            return
        with self._session() as client:
            here = self._listed(client, self.folder)
            due = [name for name, read in files.items() if here.get(name) == _Seen(read["size"], read["modified"])]
            if not due:
                return
            taken = self._taken(client, self.archived)
            for name in sorted(due):
                target = next(each for each in _numbered(name) if each not in taken)
                taken.add(target)
                self._move(client, name, target)
                marker = self.config.finished.marker
                if marker and name + marker in here:
                    self._move(client, name + marker, target + marker)

    @contextmanager
    def _session(self) -> Iterator[paramiko.SFTPClient]:
        with sftp.session(self.config, self.home) as client:
            yield client

    def _listed(self, client: paramiko.SFTPClient, folder: str) -> dict[str, _Seen]:
        """Plain files in a folder. A name with a slash comes from no honest server and is left out."""
        where = f"{sftp.address(self.config)}/{folder.lstrip('/')}"
        try:
            entries = client.listdir_attr(folder)
        except FileNotFoundError as error:
            raise DataError(messages.FOLDER_MISSING, where=where) from error
        except PermissionError as error:
            raise self._no_right("list", where) from error
        return {
            each.filename: _Seen(each.st_size or 0, each.st_mtime or 0)
            for each in entries
            if "/" not in each.filename and (each.st_mode is None or stat.S_ISREG(each.st_mode))
        }

    def _expects(self) -> str:
        how = self.config.finished
        if how.marker:
            return f"NAME{how.marker}"
        return f"stable {how.stable_seconds:g} s, age {how.min_age_seconds:g} s"

    def _finished(self, client: paramiko.SFTPClient, pattern: str) -> tuple[dict[str, _Seen], list[str]]:
        """Which of the files that match are finished, and the names of the others."""
        how = self.config.finished
        here = self._listed(client, self.folder)
        match = {
            name: seen
            for name, seen in here.items()
            if fnmatch.fnmatchcase(name, pattern) and not (how.marker and name.endswith(how.marker))
        }
        if how.marker:
            # A marker that is older than its file belongs to an earlier file of that name.
            done = {
                name
                for name, seen in match.items()
                if (marker := here.get(name + how.marker)) and marker.modified >= seen.modified
            }
        elif match:
            time.sleep(how.stable_seconds)
            again = self._listed(client, self.folder)
            now = time.time()
            done = {
                name
                for name, seen in match.items()
                if again.get(name) == seen and now - seen.modified >= how.min_age_seconds
            }
        else:
            done = set()
        return {name: match[name] for name in done}, sorted(match.keys() - done)

    def _fetch(self, client: paramiko.SFTPClient, name: str, seen: _Seen, path: Path) -> Delivered:
        """Read a file in chunks, hashing. It has to be as long, and as old, before, during and after."""
        remote = posixpath.join(self.folder, name)
        where = f"{self.where.rstrip('/')}/{name}"
        limit = self.config.max_megabytes
        if seen.size > limit * 1_000_000:
            raise DataError(messages.TOO_LARGE, where=where, seen=str(seen.size // 1_000_000), limit=limit)
        digest = hashlib.sha256()
        size = 0
        try:
            with client.open(remote, "rb") as source, _kept(path, where) as write:
                source.prefetch(seen.size)
                while data := source.read(_CHUNK):
                    size += len(data)
                    if size > seen.size:
                        break
                    digest.update(data)
                    write(data)
            after = client.stat(remote)
        except FileNotFoundError as error:
            raise DataError(messages.CHANGED, where=where, seen="0") from error
        except PermissionError as error:
            raise self._no_right("read", where) from error
        now = _Seen(after.st_size or 0, after.st_mtime or 0)
        if now != seen or size != seen.size:
            raise DataError(messages.CHANGED, where=where, seen=str(now.size))
        return Delivered(name, path, where, digest.hexdigest(), seen.size, seen.modified, state(path))

    def _taken(self, client: paramiko.SFTPClient, folder: str) -> set[str]:
        try:
            return set(client.listdir(folder))
        except FileNotFoundError:
            pass
        try:
            client.mkdir(folder)
        except OSError as error:
            raise RunError(messages.NOT_ARCHIVED, where=self.where, seen=f"{folder}: {error}") from error
        return set()

    def _move(self, client: paramiko.SFTPClient, name: str, target: str) -> None:
        """A plain rename, not ``posix_rename``: it refuses to overwrite what another run put there meanwhile."""
        try:
            client.rename(posixpath.join(self.folder, name), posixpath.join(str(self.archived), target))
        except OSError as error:
            where = f"{self.where.rstrip('/')}/{name}"
            raise RunError(messages.NOT_ARCHIVED, where=where, seen=f"{self.archived}: {error}") from error

    def _no_right(self, what: str, where: str) -> CredentialsError:
        return CredentialsError(messages.NO_RIGHT, where=where, seen=what, user=self.config.user)


def _numbered(name: str) -> Iterator[str]:
    yield name
    number = 2
    while True:
        yield f"{name}.{number}"
        number += 1


@contextmanager
def _kept(path: Path, where: str) -> Iterator[Callable[[bytes], object]]:
    """A file of our own to write to. What goes wrong in it is this machine's, not the server's."""
    with _ours(where):
        file = path.open("xb")

    def write(data: bytes) -> None:
        with _ours(where):
            file.write(data)

    try:
        yield write
    finally:
        with _ours(where):
            file.close()


@contextmanager
def _ours(where: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(messages.NO_ROOM, where=where, seen=error.strerror or str(error)) from error
