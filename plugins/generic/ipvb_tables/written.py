"""Files that the adapter `tables` writes: of each key a JSON file, and of a roster a CSV file beside it.

The CSV file is written first: whoever sees the JSON file of a digest may take the CSV file along.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ipvb_bridge.base.canonical import digest
from ipvb_bridge.plugin import CheckStep, Destination, Outgoing, Receipt
from ipvb_bridge.plugin.put import FolderPut, Put
from ipvb_tables.config import Out

ROSTER = ("unit_id", "weekday", "day_part", "level", "direct_hours", "required_hours")
"""Columns of a roster: hours on one such weekday (1 is Monday), six decimals."""
KINDS = ("roster", "resident_statement", "monthly_conversation", "care_today")


class Written:
    """The place that ``out`` names; nothing is written without it."""

    def __init__(self, out: Out | None, folder: Path) -> None:
        self.out = out
        self.folder = folder

    @property
    def put(self) -> Put:
        """The folder or server. A server is called only when something is asked of it."""
        assert self.out is not None, "only what targets() offers is written"
        if self.out.sftp is None:
            return FolderPut(self.folder / str(self.out.path))
        from ipvb_bridge.plugin.sftp_put import SftpPut

        return SftpPut(self.out.sftp, self.folder)

    def targets(self) -> Sequence[Destination]:
        """Every kind, ready where the settings name it. Who reads the files may take them away."""
        named = self.out.kinds if self.out is not None else ()
        why = "settings.out is not set" if self.out is None else "settings.out.kinds does not name it"
        return [Destination(kind, kind in named, "" if kind in named else why, taken=True) for kind in KINDS]

    def check(self) -> Iterator[CheckStep]:
        """The steps up to a file that can be written; none when nothing is to be written."""
        if self.out is not None:
            yield from self.put.check()

    def find(self, key: str, kind: str) -> Receipt | None:
        """The digest of the data in the JSON file; none when the CSV file beside it is not the one that belongs."""
        name = file_name(key)
        names = [f"{name}.json", f"{name}.csv"] if kind == "roster" else [f"{name}.json"]
        put = self.put
        found = put.read(names)
        if names[0] not in found:
            return None
        try:
            data = json.loads(found[names[0]])["data"]
            held = digest(data)
            whole = kind != "roster" or found.get(names[1]) == roster_csv(data)
        except (ValueError, KeyError, TypeError, AttributeError):
            # Somebody wrote something else under this name.
            held, whole = "", False
        return Receipt(key, f"{put.where}/{names[0]}", held if whole else "")

    def deliver(self, outgoing: Outgoing) -> Receipt:
        """Write and read back. A file that is gone already was picked up; it had been read back before it was named."""
        name = file_name(outgoing.key)
        whole = {"key": outgoing.key, "data": outgoing.data}
        files = {f"{name}.json": (json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()}
        if outgoing.kind == "roster":
            files = {f"{name}.csv": roster_csv(outgoing.data), **files}
        put = self.put
        put.write(files)
        there = put.read(list(files))
        whole_again = all(there.get(each, content) == content for each, content in files.items())
        return Receipt(outgoing.key, f"{put.where}/{name}.json", digest(outgoing.data) if whole_again else "")


def file_name(key: str) -> str:
    """A key as the name of a file: `roster/2026-01/D1` as `roster_2026-01_D1`; two keys never share a name."""
    kept = "".join(letter if letter.isalnum() or letter in "/.-%" else _escaped(letter) for letter in key)
    return kept.replace("/", "_")


def _escaped(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())


def roster_csv(data: Mapping[str, Any]) -> bytes:
    """The rows of a roster as CSV; the header alone for one that was withdrawn."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(ROSTER)
    for row in data.get("rows", ()):
        labels = (data["unit_id"], row["weekday"], row["day_part"], row["level"])
        writer.writerow((*labels, *(_hours(row[f"{name}_millionths"]) for name in ROSTER[4:])))
    return text.getvalue().encode()


def _hours(millionths: int) -> str:
    return f"{millionths // 10**6}.{millionths % 10**6:06d}"
