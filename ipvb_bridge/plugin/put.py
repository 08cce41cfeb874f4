"""Writing files where another system picks them up: under a temporary name, then renamed in one step.

Whoever reads the folder sees the old file or the new one, never half of one. Two kinds of place: a folder
(:class:`FolderPut`, here) and a server (:mod:`ipvb_bridge.plugin.sftp_put`).
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

from ipvb_bridge.base.errors import CredentialsError, RunError
from ipvb_bridge.plugin import messages
from ipvb_bridge.plugin.adapter import CheckStep

PART = ".part"
"""What the temporary name ends with."""


class Put(Protocol):
    """A place to write files. ``where`` names it for messages."""

    where: str

    def check(self) -> Iterator[CheckStep]:
        """Steps up to a folder that can be written to. A failing step is the last one."""

    def read(self, names: list[str]) -> dict[str, bytes]:
        """The content of the files that are there, by name."""

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files, in order, each whole or not at all: read back before it gets its name, for from then on whoever
        picks it up may take it away.
        """


class FolderPut:
    """A folder on this machine, or one that is mounted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.where = str(folder)

    def check(self) -> Iterator[CheckStep]:
        """One step: a file can be made in the folder, and removed."""
        try:
            with tempfile.NamedTemporaryFile(dir=self.folder, suffix=PART):
                pass
        except OSError as error:
            yield CheckStep("out", ok=False, seen=self.where, error=self._refused(error))
        else:
            yield CheckStep("out", ok=True, seen=self.where)

    def read(self, names: list[str]) -> dict[str, bytes]:
        """The files that are there. Raises :class:`CredentialsError` or :class:`RunError` when one cannot be read."""
        found = {}
        for name in names:
            try:
                found[name] = (self.folder / name).read_bytes()
            except (FileNotFoundError, NotADirectoryError):
                continue
            except OSError as error:
                raise self._refused(error) from error
        return found

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write and rename; on the disk before the next one. The folder is made when it is not there."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            for name, content in files.items():
                part = self.folder / f"{name}{PART}"
                with part.open("wb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
                if self._kept(part) != content:
                    raise RunError(messages.UNWRITABLE, where=self.where, seen="content")
                part.replace(self.folder / name)
        except OSError as error:
            raise self._refused(error) from error

    def _kept(self, part: Path) -> bytes:
        return part.read_bytes()

    def _refused(self, error: OSError) -> CredentialsError | RunError:
        seen = error.strerror or type(error).__name__
        if isinstance(error, PermissionError):
            return CredentialsError(messages.NO_RIGHT, where=self.where, seen="write", user=seen)
        return RunError(messages.UNWRITABLE, where=self.where, seen=seen)
