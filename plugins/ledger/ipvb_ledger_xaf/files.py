"""Which files make up the books: one file, a pattern or a folder; follow-up parts go with their first file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.plugin import messages as kit
from ipvb_bridge.plugin.xml import Prolog, read_prolog
from ipvb_ledger_xaf import formats, messages

HEAD = 1 << 16
_SUFFIXES = (".xaf", ".xml", ".auditfile")
_FOLLOW_UP = re.compile(r"<!--\s*Vervolgbestand\s+(\d+)\s+van\s+(\d+)\s*-->", re.IGNORECASE)
_NUMBERED = re.compile(r"(.+?)[-_ ]?(\d+)")


@dataclass(frozen=True, slots=True)
class File:
    """A file that was looked at: its beginning, and which part of how many it says it is (0, 0: it does not say)."""

    path: Path
    prolog: Prolog | None
    part: int
    parts: int

    @property
    def follows(self) -> bool:
        """True when it is no first file."""
        return self.part > 1 or formats.is_fragment(self.prolog)


@dataclass(frozen=True, slots=True)
class FileSet:
    """One book: a file with its follow-up parts, in order."""

    files: tuple[File, ...]

    @property
    def where(self) -> str:
        """The name of the first file."""
        return self.files[0].path.name


def locate(setting: str, folder: Path, encoding: str) -> list[FileSet]:
    """The books that a path setting names, by file name.

    Raises :class:`DataError`: XAF01 when there is none, XAF02 for another format, XAF05/06 for split files that are not
    whole.
    """
    paths = _paths(setting, folder)
    if not paths:
        raise DataError(messages.NO_FILE, where=setting)
    looked = {path: look(path, encoding) for path in paths}
    if len(paths) == 1 and not looked[paths[0]].follows:
        for sibling in _siblings(paths[0]):
            file = look(sibling, encoding, strict=False)
            if file is not None and file.follows:
                looked[sibling] = file
    firsts = [file for file in looked.values() if not file.follows]
    followers: dict[Path, list[File]] = {file.path: [] for file in firsts}
    for file in looked.values():
        if file.follows:
            followers[_first_of(file, firsts).path].append(file)
    return [_whole(file, followers[file.path]) for file in sorted(firsts, key=lambda file: file.path.name)]


def look(path: Path, encoding: str, *, strict: bool = True) -> File:
    """Read the beginning of a file. Raises :class:`DataError` for what is no audit file (XAF02, XAF03, D70, D71)."""
    where = path.name
    try:
        with path.open("rb") as handle:
            head = handle.read(HEAD)
            formats.refuse_binary(head, where)
            prolog = read_prolog(head, where=where, encoding=encoding)
            while prolog is None and (more := handle.read(HEAD)):
                head += more
                prolog = read_prolog(head, where=where, encoding=encoding)
    except OSError as error:
        seen = error.strerror or type(error).__name__
        raise DataError(kit.UNREADABLE, where=where, seen=seen) from None
    match = _FOLLOW_UP.search(head.decode(prolog.encoding if prolog else "iso8859-1", errors="replace"))
    part, parts = (int(match[1]), int(match[2])) if match else (0, 0)
    file = File(path, prolog, part, parts)
    if not file.follows:
        formats.recognise(prolog, where)
    return file


def _paths(setting: str, folder: Path) -> list[Path]:
    path = folder / Path(setting).expanduser()
    if path.is_file():
        return [path]
    if path.is_dir():
        return sorted(child for child in path.iterdir() if _may_be(child))
    if re.search(r"[*?\[]", setting):
        anchor = Path(path.anchor)
        return sorted(found for found in anchor.glob(str(path.relative_to(anchor))) if found.is_file())
    return []


def _may_be(path: Path) -> bool:
    return path.suffix.lower() in _SUFFIXES and not path.name.startswith(".") and path.is_file()


def _siblings(first: Path) -> list[Path]:
    pattern = re.compile(re.escape(first.stem) + r"[-_ ]\d+")
    return sorted(
        path for path in first.parent.iterdir() if path.suffix == first.suffix and pattern.fullmatch(path.stem)
    )


def _first_of(file: File, firsts: Sequence[File]) -> File:
    match = _NUMBERED.fullmatch(file.path.stem)
    named = [first for first in firsts if match and first.path.stem == match[1]]
    found = named or (list(firsts) if len(firsts) == 1 else [])
    if not found:
        parts = file.parts or "?"
        raise DataError(messages.PART_MISSING, where=file.path.name, parts=parts, seen="1")
    return found[0]


def _whole(first: File, followers: list[File]) -> FileSet:
    """The set in order, when it is whole."""
    if not followers and not first.parts:
        return FileSet((first,))
    where = first.path.name

    def number(file: File) -> int:
        match = _NUMBERED.fullmatch(file.path.stem)
        return file.part or (int(match[2]) if match else 0)

    ordered = sorted(followers, key=number)
    told = {file.parts for file in (first, *ordered) if file.parts}
    if len(told) > 1:
        seen = ", ".join(str(count) for count in sorted(told))
        raise DataError(messages.PARTS_DISAGREE, where=where, seen=seen)
    numbers = [number(file) for file in ordered]
    if len(set(numbers)) < len(numbers):
        raise DataError(messages.PARTS_DISAGREE, where=where, seen=", ".join(map(str, numbers)))
    if told:
        parts = told.pop()
        missing = sorted(set(range(2, parts + 1)) - set(numbers))
        if missing:
            seen = ", ".join(str(part) for part in missing)
            raise DataError(messages.PART_MISSING, where=where, parts=parts, seen=seen)
    return FileSet((first, *ordered))
