"""The demo's folder: a configuration as a user would have it, and beside it the systems that it connects to."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ipvb_bridge.base.errors import UsageError
from ipvb_bridge.core.norm_records import SHIPPED
from ipvb_bridge.demo import deliveries, ecd, keys, messages, organisation

_COUNT = "deliveries"


@dataclass(frozen=True, slots=True)
class World:
    """The folder, the number of the delivery that was just laid out (1: everything), the new files' names, and how
    many records of the ECD are new or changed.
    """

    folder: Path
    delivery: int
    files: tuple[str, ...]
    records: int

    @property
    def sftp(self) -> Path:
        """What the SFTP server serves."""
        return self.folder / "systems" / "sftp"

    @property
    def ecd(self) -> Path:
        """Where the ECD keeps its records."""
        return self.folder / "systems" / ecd.FOLDER

    @property
    def keys(self) -> Path:
        """The keys of those who sign."""
        return self.folder / "systems" / keys.FOLDER


def move_on(folder: Path) -> World:
    """Lay out the demo in a folder that is new or empty; in a folder of the demo, let the next delivery arrive.

    Raises :class:`UsageError` for a folder that holds something else.
    """
    systems = folder / "systems"
    count = systems / _COUNT
    foreign = folder.exists() and not systems.is_dir() and any(folder.iterdir())
    # A folder of an older version of the demo has no ECD of its own, or no key for pseudonyms.
    whole = ecd.there(systems / ecd.FOLDER) and (systems / keys.FOLDER / keys.PSEUDONYMS).is_file()
    if foreign or (count.is_file() and not whole):
        raise UsageError(messages.FOLDER_TAKEN, where=str(folder))
    if not count.is_file():
        # The count is written last: a first run that was stopped half way starts over.
        systems.mkdir(parents=True, exist_ok=True)
        shutil.copytree(organisation.CONFIGURATION, folder, dirs_exist_ok=True)
        shutil.copytree(SHIPPED, folder / "norms", dirs_exist_ok=True)
        keys.prepare(systems / keys.FOLDER)
        deliveries.first(systems)
        count.write_text("1\n", "utf-8")
        return World(folder, 1, (), 0)
    number = int(count.read_text("utf-8")) + 1
    files, records = deliveries.following(systems, number)
    count.write_text(f"{number}\n", "utf-8")
    return World(folder, number, tuple(files), records)
