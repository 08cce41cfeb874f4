"""Steps of a connection check that adapters for files share."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterator, Mapping
from zoneinfo import ZoneInfo

from ipvb_bridge.base.errors import BridgeError, DataError
from ipvb_bridge.core import validation
from ipvb_bridge.core.records import Table
from ipvb_bridge.plugin import bsn, messages
from ipvb_bridge.plugin.adapter import CheckStep
from ipvb_bridge.plugin.delimited import Format, read_batches
from ipvb_bridge.plugin.drop import Drop, Found
from ipvb_bridge.plugin.pseudonyms import BsnColumn

_ENOUGH = 65536


def files(
    drop: Drop,
    patterns: Callable[[], Mapping[Table, str]],
    format: Format,
    time_zone: ZoneInfo,
    keyed_by: Callable[[str], BsnColumn | None] = lambda stream: None,
) -> Iterator[CheckStep]:
    """The drop's own steps, then for each stream: its file is there, the header fits, a first record passes the gate.

    ``patterns`` gives the streams with the pattern of their file names; it may ask the drop for names. ``keyed_by``
    gives of a stream the column of its files that becomes ``person_key``.
    Raises nothing; the first failing step is the last.
    """
    for step in drop.check():
        yield step
        if not step.ok:
            return
    try:
        streams = patterns()
    except BridgeError as error:
        yield CheckStep("streams", ok=False, seen=error.seen, error=error)
        return
    for table, pattern in streams.items():
        try:
            with drop.collect(pattern) as found:
                step = _file(drop, found, table, format, time_zone, keyed_by(table.name))
        except BridgeError as error:
            step = CheckStep(table.name, ok=False, seen=error.seen, error=error)
        yield step
        if not step.ok:
            return


def _file(
    drop: Drop, found: Found, table: Table, format: Format, time_zone: ZoneInfo, keyed_by: BsnColumn | None
) -> CheckStep:
    if not found.files:
        if found.unfinished:
            raise DataError(messages.NOT_FINISHED, where=found.unfinished[0], seen=found.expects)
        if found.leaves and fnmatch.filter(drop.names(), found.pattern):
            return CheckStep(table.name, ok=True, seen="-")
        raise DataError(messages.FILE_MISSING, where=found.where, seen=found.pattern, stream=table.name)
    file = found.files[-1]
    reading = read_batches(
        file.path,
        table,
        format=format,
        time_zone=time_zone,
        name=file.name,
        where=file.where,
        block=_ENOUGH,
        bsn=keyed_by,
    )
    frame = next(reading, None)
    if frame is not None:
        bsn.refuse(frame, table, file.where)
        held = validation.check(table, frame.head(1)).held
        if held.height:
            position, column, code, seen = held.select("position", "column", "code", "seen").row(0)
            why, _ = validation.explain(table, code, column, seen)
            raise DataError(messages.FIRST_RECORD, where=file.where, seen=f"{position}: {code} {why}")
    return CheckStep(table.name, ok=True, seen=file.name)
