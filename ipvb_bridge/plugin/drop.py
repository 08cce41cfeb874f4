"""A drop: the place where a supplier leaves files. What is found there, told apart by hash.

Two kinds: a folder (:class:`FolderDrop`, here) and a server (:mod:`ipvb_bridge.plugin.sftp`).
"""

from __future__ import annotations

import fnmatch
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from ipvb_bridge.base.errors import BridgeError, DataError
from ipvb_bridge.core.records import Table
from ipvb_bridge.plugin import messages
from ipvb_bridge.plugin.adapter import CheckStep


@dataclass(frozen=True, slots=True)
class Delivered:
    """A file that can be read. ``path`` is where it can be opened now, ``where`` how a reader knows it.

    ``size`` in bytes and ``modified`` (seconds since 1970, whole) are those of the place it was found in; ``state`` is
    that of ``path`` before it was hashed.
    """

    name: str
    path: Path
    where: str
    sha256: str
    size: int
    modified: int
    state: tuple[int, int, int]

    def refuse_change(self) -> None:
        """Raise :class:`DataError` when the file is no longer the one that was hashed."""
        try:
            now = state(self.path)
        except FileNotFoundError:
            now = (0, 0, 0)
        if now != self.state:
            raise DataError(messages.CHANGED, where=self.where, seen=str(now[0]))


@dataclass(frozen=True, slots=True)
class Found:
    """What a look at a drop gave for one stream: finished files in the order of their names, and unfinished names.

    ``pattern``, ``where`` and ``expects`` (what makes a file finished) are for messages. ``passing``: files pass
    through the drop one after another, so of snapshots the last counts; else all files together are the delivery.
    ``leaves``: what was read is moved away, so that nothing may be found when nothing new came.
    """

    files: Sequence[Delivered]
    unfinished: Sequence[str]
    pattern: str
    where: str
    expects: str = ""
    passing: bool = False
    leaves: bool = False


class Drop(Protocol):
    """What an adapter for files asks of the place where they are. ``where`` names it for messages."""

    where: str

    def check(self) -> Iterator[CheckStep]:
        """Steps up to a folder that can be listed. A failing step is the last one."""

    def names(self) -> list[str]:
        """Names of the files there, those already archived included."""

    def collect(self, pattern: str) -> AbstractContextManager[Found]:
        """The files that match, readable until the context ends."""

    def archive(self, files: Mapping[str, Mapping[str, Any]]) -> None:
        """Move files away that were read: by name, with the ``size`` and ``modified`` they had."""


def state(path: Path) -> tuple[int, int, int]:
    """What changes when somebody writes: size, time of the last change in nanoseconds, and the file's own number."""
    seen = path.stat()
    return seen.st_size, seen.st_mtime_ns, seen.st_ino


def delivered(path: Path, *, name: str = "", where: str = "", size: int = -1, modified: int = -1) -> Delivered:
    """Hash a file. Raises :class:`DataError` when it cannot be read, or changes meanwhile."""
    where = where or str(path)
    try:
        before = state(path)
        made = Delivered(
            name or path.name,
            path,
            where,
            fingerprint(path),
            before[0] if size < 0 else size,
            before[1] // 10**9 if modified < 0 else modified,
            before,
        )
        made.refuse_change()
    except OSError as error:
        raise DataError(messages.UNREADABLE, where=where, seen=error.strerror or "") from error
    return made


def fingerprint(path: Path) -> str:
    """SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def matching(patterns: Mapping[Table, str], names: Sequence[str]) -> dict[Table, str]:
    """The tables of which a file is among the names."""
    return {table: each for table, each in patterns.items() if any(fnmatch.fnmatchcase(name, each) for name in names)}


class FolderDrop:
    """Files in a folder on this machine. They stay where they are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.where = str(folder)

    def check(self) -> Iterator[CheckStep]:
        """One step: the folder can be listed."""
        try:
            count = len(self.names())
        except BridgeError as error:
            yield CheckStep("folder", ok=False, seen=str(self.folder), error=error)
        else:
            yield CheckStep("folder", ok=True, seen=f"{self.folder} ({count})")

    def names(self) -> list[str]:
        """Names of the files in the folder. Raises :class:`DataError` when it is not there or not readable."""
        try:
            return sorted(each.name for each in self.folder.iterdir() if each.is_file())
        except (FileNotFoundError, NotADirectoryError) as error:
            raise DataError(messages.FOLDER_MISSING, where=str(self.folder)) from error
        except OSError as error:
            raise DataError(messages.UNREADABLE, where=str(self.folder), seen=error.strerror or "") from error

    @contextmanager
    def collect(self, pattern: str) -> Iterator[Found]:
        """The files that match, hashed."""
        files = [delivered(self.folder / name) for name in self.names() if fnmatch.fnmatchcase(name, pattern)]
        yield Found(files, (), pattern, str(self.folder))

    def archive(self, files: Mapping[str, Mapping[str, Any]]) -> None:
        """Nothing: a folder is the user's own."""
