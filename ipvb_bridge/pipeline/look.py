"""Look at what a connection delivers: through the gate, but nothing is stored."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

from ipvb_bridge.base.errors import DataError, UsageError
from ipvb_bridge.base.messages import message
from ipvb_bridge.base.settings import Configuration, adapter_settings
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.records import STREAMS, Table
from ipvb_bridge.pipeline import connections, messages
from ipvb_bridge.pipeline.pull import as_frame, batches
from ipvb_bridge.plugin import loading
from ipvb_bridge.plugin.adapter import Context

if TYPE_CHECKING:
    import polars as pl

Form = Literal["table", "jsonl", "csv", "parquet"]

NOT_A_SETTING = message(
    "C15",
    en="--set takes KEY=VALUE, not {seen}",
    nl="--set verwacht SLEUTEL=WAARDE, niet {seen}",
    next_en="write it like: --set path=book.xaf",
    next_nl="schrijf het zo: --set path=boek.xaf",
)


@dataclass(slots=True)
class Seen:
    """What a look saw beside the rows: how many were shown and held, why, and what the adapter found."""

    shown: int = 0
    held: int = 0
    reasons: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    def told(self) -> list[str]:
        """Lines for standard error."""
        lines = [f"{each.severity} {each.rule}: {each.explanation}" for each in self.findings]
        if self.held:
            lines += [f"{self.held} rows would be held back:", *self.reasons[:20]]
        return lines


def adapter_of(configuration: Configuration, name: str) -> loading.AnyAdapter:
    """The adapter of a configured connection."""
    return connections.open_adapter(configuration, name)


def adapter_without_folder(name: str, kind: str | None, given: Sequence[str]) -> loading.AnyAdapter:
    """An adapter with settings from the command line; dots in a key go into a table: ``sftp.host=...``.

    Raises :class:`UsageError` for a setting without ``=``, and what loading and settings raise.
    """
    adapter = loading.load(name)
    content: dict[str, Any] = {}
    for each in given:
        key, equals, value = each.partition("=")
        if not equals:
            raise UsageError(NOT_A_SETTING, where="--set", seen=each)
        here = content
        *tables, last = key.split(".")
        for table in tables:
            here = here.setdefault(table, {})
        here[last] = value
    settings = adapter_settings(adapter.Config, content, Path.cwd(), Path("--set"), ())
    return adapter(settings, Context("read", Path.cwd(), kind=cast(Any, adapter.kind or kind)))


def frames(adapter: loading.AnyAdapter, stream: str, limit: int | None, seen: Seen) -> Iterator[pl.DataFrame]:
    """Typed rows of a stream, at most ``limit``; what is held back goes to ``seen``."""
    from ipvb_bridge.core.validation import check, explain

    table = _table(adapter, stream)
    complete = False
    for batch in batches(adapter, stream, None):
        complete = batch.complete
        seen.findings += batch.findings
        frame = as_frame(table, batch)
        if frame is None:
            continue
        checked = check(table, frame, first=seen.shown + seen.held + 1)
        seen.held += checked.held.height
        for row in checked.held.head(20).iter_rows(named=True):
            what, _ = explain(table, row["code"], row["column"], row["seen"])
            seen.reasons.append(f"  {row['position']} {row['code']} {what}")
        rows = checked.rows.select(table.names)
        if limit is not None:
            rows = rows.head(limit - seen.shown)
        seen.shown += rows.height
        yield rows
        if limit is not None and seen.shown >= limit:
            return
    if not complete:
        raise DataError(messages.INCOMPLETE, where=stream, stream=stream)


def lines(adapter: loading.AnyAdapter, stream: str, form: str, limit: int | None, seen: Seen) -> Iterator[Any]:
    """The rows in their canonical form: JSON or CSV lines, or lists of text (form table, the header first)."""
    from ipvb_bridge.core.writing import as_file, as_json_lines

    table = _table(adapter, stream)
    zone = adapter.context.time_zone.key
    if form == "csv":
        yield _csv_line(table.names)
    if form == "table":
        yield list(table.names)
    for rows in frames(adapter, stream, limit, seen):
        if form == "jsonl":
            yield from as_json_lines(table, rows, zone)
            continue
        for row in as_file(table, rows, zone).iter_rows():
            values = ["" if value is None else value for value in row]
            yield values if form == "table" else _csv_line(values)


def parquet(adapter: loading.AnyAdapter, stream: str, limit: int | None, seen: Seen) -> pl.DataFrame:
    """The rows as one typed frame: cents, milliminutes, ten-thousandths."""
    import polars as pl

    empty = pl.DataFrame(schema=_table(adapter, stream).schema())
    return pl.concat([empty, *frames(adapter, stream, limit, seen)])


def _table(adapter: loading.AnyAdapter, stream: str) -> Table:
    offered = [offer.stream for offer in adapter.streams()]
    if stream not in offered:
        name = adapter.context.connection
        known = ", ".join(offered) or "-"
        raise UsageError(messages.UNKNOWN_STREAM, where=name, seen=stream, connection=name, known=known)
    return STREAMS[stream]


def _csv_line(values: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(values)
    return out.getvalue()
