"""From the files in a drop to the batches of a delivery: what is new, what it is complete for, what to remember.

The cursor of a stream: ``files`` (name -> sha256, size, modified, rows of the files that make up what was delivered),
``beside`` (the same of files that were passed over), ``seen`` (sha256 -> name, of earlier files too), ``sha256`` (over
``files``) and ``reader`` (digest of how they were read: the same bytes under other settings are read anew).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ipvb_bridge import __version__
from ipvb_bridge.base.errors import DataError
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.records import Table
from ipvb_bridge.plugin import bsn, messages, notation, pseudonyms, remarks
from ipvb_bridge.plugin.adapter import Batch, Cursor, Mode, Scope
from ipvb_bridge.plugin.delimited import Format, read_batches
from ipvb_bridge.plugin.drop import Delivered, Found

_HISTORY = 100
"""Hashes of so many earlier files are remembered beside those of the files that are there now."""
_SLIVER = 50
"""A first or last month with fewer than one row for so many of the fullest month was not delivered as a whole."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How one stream is read. ``progress`` is called with the number of rows so far; ``bsn`` is the column of the files
    that becomes ``person_key``, if there is one.
    """

    table: Table
    mode: Mode
    format: Format
    time_zone: ZoneInfo
    progress: Callable[[int], None] = lambda rows: None
    bsn: pseudonyms.BsnColumn | None = None

    def digest(self) -> str:
        """Changes when the same bytes could give other rows: settings, the organisation's key for pseudonyms, the
        table's version, the program's.
        """
        how = (self.mode, self.time_zone.key, self.table.version, self.table.names, __version__)
        form = (self.format.encoding, self.format.delimiter, self.format.decimal, self.format.quote)
        people = [self.bsn.name, pseudonyms.mark(self.bsn.pseudonym)] if self.bsn is not None else []
        return hashlib.sha256(json.dumps([how, form, people]).encode()).hexdigest()[:16]


def deliver(found: Found, reading: Reading, cursor: Cursor | None) -> Iterator[Batch]:
    """The batches of one delivery of a stream.

    snapshot: the files together hold all rows (in a passing drop: the last file by name does). period: each file is
    complete for the months that stand in it, in the connection's time zone; of two files that hold a month, the later
    by name counts. changes: rows are added and replaced, nothing is closed; of two rows with a key the later file's
    counts. Bytes that were delivered before, also under another name, are not read again.

    Raises :class:`DataError` when no file is there, none is finished, one changes while it is read, or its content
    does not fit; nothing is complete then.
    """
    if not found.files:
        yield _nothing_came(found, reading, cursor)
        return
    known = cursor if cursor and cursor.get("reader") == reading.digest() else {}
    notes: list[Finding] = []
    current, unread = (_snapshot if reading.mode == "snapshot" else _news)(found, known, notes)
    rows: dict[str, int] = {entry["sha256"]: entry["rows"] for entry in known.get("files", {}).values()}
    months: Counter[str] = Counter()
    try:
        for frame in _rows(unread, reading, rows, months):
            yield Batch(rows=frame)
    except DataError:
        _refuse_changes(unread)  # half a row at the end is no fault of a file that is still being written
        raise
    _refuse_changes(unread)
    scopes = _scopes(months, notes)
    if unread and reading.mode == "period" and not scopes:
        raise DataError(messages.NO_MONTH, where=unread[-1].where, column=reading.table.period_column)
    if reading.bsn is not None and reading.bsn.wrong:
        notes.append(remarks.no_bsn(reading.table.name, reading.bsn.wrong))
    for scope in scopes[:-1]:
        yield Batch(scope=scope)
    yield Batch(
        complete=True,
        unchanged=not unread,
        scope=scopes[-1] if scopes else None,
        cursor=_after(found, current, known, rows, reading),
        findings=notes,
    )


def _refuse_changes(files: Sequence[Delivered]) -> None:
    for file in files:
        file.refuse_change()


def _nothing_came(found: Found, reading: Reading, cursor: Cursor | None) -> Batch:
    """No finished file is there: nothing new from a drop that is emptied after each delivery, else an error."""
    waiting = ", ".join(found.unfinished)
    if cursor and found.leaves:
        return Batch(complete=True, unchanged=True, cursor=cursor, findings=[remarks.nothing_new(waiting)])
    stream = reading.table.name
    if waiting:
        raise DataError(messages.NOT_FINISHED, where=f"{found.where}/{found.unfinished[0]}", seen=found.expects)
    raise DataError(messages.FILE_MISSING, where=found.where, seen=found.pattern, stream=stream)


Choice = tuple[list[Delivered], list[Delivered]]
"""The files that make up the delivery, and those of them that are to be read."""


def _snapshot(found: Found, known: Cursor, notes: list[Finding]) -> Choice:
    """All rows of the stream: read unless exactly these bytes were read last."""
    last: Mapping[str, Mapping[str, Any]] = known.get("files", {})
    seen: Mapping[str, str] = known.get("seen", {})
    before = sorted(entry["sha256"] for entry in last.values())
    files = _once(found.files, notes)
    if found.passing:
        files, older = files[-1:], files[:-1]
        if last and files[0].name < max(last) and files[0].sha256 not in before:
            files, older = [], older + files
        notes += [remarks.older_snapshot(each.name) for each in older]
    if not files:
        return [], []
    hashes = [each.sha256 for each in files]
    if sorted(hashes) == before:
        notes += [remarks.twice(each.name, seen[each.sha256]) for each in files if each.name not in last]
        return files, []
    if found.passing and hashes[0] in seen:
        notes.append(remarks.returned(files[0].name, seen[hashes[0]]))
    return files, files


def _news(found: Found, known: Cursor, notes: list[Finding]) -> Choice:
    """Rows that come on top of earlier ones: read from the first file on that was not read before."""
    last: Mapping[str, Mapping[str, Any]] = known.get("files", {})
    seen: Mapping[str, str] = known.get("seen", {})
    files: list[Delivered] = []
    fresh: list[bool] = []
    for each in _once(found.files, notes):
        before = last.get(each.name)
        if before is None and each.sha256 in seen:
            notes.append(remarks.twice(each.name, seen[each.sha256]))
            continue
        files.append(each)
        fresh.append(before is None or before["sha256"] != each.sha256)
        if fresh[-1] and each.sha256 in seen:
            notes.append(remarks.returned(each.name, seen[each.sha256]))
    first = fresh.index(True) if True in fresh else len(files)
    return files, files[first:]


def _once(files: Sequence[Delivered], notes: list[Finding]) -> list[Delivered]:
    """The files without those that have the bytes of one before them."""
    kept: dict[str, Delivered] = {}
    for each in files:
        if kept.setdefault(each.sha256, each) is not each:
            notes.append(remarks.twice(each.name, kept[each.sha256].name))
    return list(kept.values())


def _rows(
    files: Sequence[Delivered], reading: Reading, rows: dict[str, int], months: Counter[str]
) -> Iterator[pl.DataFrame]:
    """The rows of the files; what a later file says anew is left out of the earlier ones, so those are read last."""
    table, mode = reading.table, reading.mode
    done = 0
    covered: set[str] = set()
    keys = pl.DataFrame(schema=dict.fromkeys(table.key, pl.String))
    for file in files if mode == "snapshot" else reversed(files):
        count, own = 0, Counter[str]()
        for read in read_batches(
            file.path,
            table,
            format=reading.format,
            time_zone=reading.time_zone,
            name=file.name,
            where=file.where,
            bsn=reading.bsn,
        ):
            bsn.refuse(read, table, file.where)
            frame = read
            count += read.height
            if mode == "period":
                period = table.column(table.period_column)
                month = notation.months(read[period.name], period.type, reading.time_zone).rename("month")
                if covered:
                    frame = read.filter(~month.is_in(sorted(covered)).fill_null(False))
                own.update(dict(month.drop_nulls().value_counts().iter_rows()))
            elif mode == "changes" and len(files) > 1:
                frame = read.join(keys, on=table.key, how="anti", maintain_order="left")
            done += frame.height
            reading.progress(done)
            if frame.height:
                yield frame
            if mode == "changes" and file is not files[0]:
                keys = pl.concat([keys, frame.select(table.key)])
        rows[file.sha256] = count
        months.update({each: number for each, number in own.items() if each not in covered})
        covered |= own.keys()


def _scopes(months: Counter[str], notes: list[Finding]) -> list[Scope]:
    """One scope for each run of months without a gap.

    A night shift of 31 December in a file for January puts December in it: a first or last month with next to no rows
    closes nothing, and a finding says so.
    """
    held = sorted(months)
    for edge in (0, -1):
        if len(held) > 1 and months[held[edge]] * _SLIVER < max(months.values()):
            month = held.pop(edge)
            notes.append(remarks.sliver(month, months[month], max(months.values())))
    runs: list[list[str]] = []
    for month in held:
        if runs and _next(runs[-1][-1]) == month:
            runs[-1].append(month)
        else:
            runs.append([month])
    return [Scope(first=run[0], last=run[-1]) for run in runs]


def _next(month: str) -> str:
    index = int(month[:4]) * 12 + int(month[5:])
    return f"{index // 12:04d}-{index % 12 + 1:02d}"


def _after(
    found: Found, current: Sequence[Delivered], known: Cursor, rows: Mapping[str, int], reading: Reading
) -> dict[str, Any]:
    """The cursor after a delivery. Where no file that was found counts, what was read before stays remembered."""
    files = {each.name: _entry(each, rows) for each in current} or dict(known.get("files", {}))
    here = {each.sha256: each.name for each in reversed(found.files)}
    seen: Mapping[str, str] = known.get("seen", {})
    earlier = [(sha, name) for sha, name in seen.items() if sha not in here][-_HISTORY:]
    return {
        "sha256": hashlib.sha256("".join(entry["sha256"] for entry in files.values()).encode()).hexdigest(),
        "files": files,
        "beside": {each.name: _entry(each, rows) for each in found.files if each not in current},
        "seen": dict(earlier) | {sha: seen.get(sha, name) for sha, name in here.items()},
        "reader": reading.digest(),
    }


def _entry(file: Delivered, rows: Mapping[str, int]) -> dict[str, Any]:
    return {
        "sha256": file.sha256,
        "size": file.size,
        "modified": file.modified,
        "rows": rows.get(file.sha256, 0),
    }
