"""The adapter `tables`: canonical CSV files, for any kind of system; the kind is the connection's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.core.records import STREAMS, Table
from ipvb_bridge.plugin import (
    Adapter,
    Batch,
    CheckStep,
    Context,
    Destination,
    Offer,
    Outgoing,
    Receipt,
    Window,
    checks,
    messages,
)
from ipvb_bridge.plugin.delimited import Format
from ipvb_bridge.plugin.deliver import Reading, deliver
from ipvb_bridge.plugin.drop import Drop, FolderDrop, matching
from ipvb_bridge.plugin.pseudonyms import BsnColumn, needed
from ipvb_tables import config as settings
from ipvb_tables.written import Written


class Tables(Adapter[settings.Config]):
    """Reads the canonical streams from delimited files in a folder or on an SFTP server."""

    name = "tables"
    Config = settings.Config

    def __init__(self, config: settings.Config, context: Context) -> None:
        super().__init__(config, context)
        self.format = Format(config.encoding, config.delimiter, config.decimal, config.quote)

    @property
    def drop(self) -> Drop:
        """Where the files are. A server is called only when something is asked of it."""
        if self.config.sftp is None:
            return FolderDrop(self.context.folder / str(self.config.path))
        from ipvb_bridge.plugin.sftp_drop import SftpDrop

        return SftpDrop(self.config.sftp, self.context.folder)

    @property
    def written(self) -> Written:
        """Where files are written, as far as the settings ask for it."""
        return Written(self.config.out, self.context.folder)

    def streams(self) -> Sequence[Offer]:
        """The streams bridge.toml names, file or no file; else those of the connection's kind that have a file."""
        if not self._reads:
            return []
        return [Offer(table.name, self.config.mode.get(table.name, "snapshot")) for table in self._patterns()]

    def check(self) -> Iterator[CheckStep]:
        """Folder or server up to the login, for each stream its file, header and first record; where it writes to."""
        if self._reads:
            yield from checks.files(self.drop, self._patterns, self.format, self.context.time_zone, self._bsn)

        yield from self.written.check()

    def pull(self, stream: str, window: Window, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Deliver what is new of a stream. The files say which days they hold: ``window`` narrows nothing."""
        with self.drop.collect(self.config.pattern(stream)) as found:
            yield from deliver(found, self._reading(stream), cursor)

    def committed(self, stream: str, cursor: Mapping[str, Any] | None) -> None:
        """Archive the files that the cursor tells of, where the configuration asks for it."""
        if cursor:
            self.drop.archive({**cursor["files"], **cursor["beside"]})

    def targets(self) -> Sequence[Destination]:
        """The kinds of files that ``out`` names."""
        return self.written.targets()

    def find(self, key: str, kind: str) -> Receipt | None:
        """What the files of a key hold."""
        return self.written.find(key, kind)

    def deliver(self, outgoing: Outgoing) -> Receipt:
        """Write the files of a key and read them back; the same content again is the same files."""
        return self.written.deliver(outgoing)

    @property
    def _reads(self) -> bool:
        return self.config.path is not None or self.config.sftp is not None

    def _reading(self, stream: str) -> Reading:
        mode = self.config.mode.get(stream, "snapshot")
        return Reading(
            STREAMS[stream], mode, self.format, self.context.time_zone, self.context.progress, self._bsn(stream)
        )

    def _bsn(self, stream: str) -> BsnColumn | None:
        """The column with BSNs of a stream's files. Raises :class:`ConfigurationError` when no key is configured."""
        name = self.config.bsn_column.get(stream)
        return BsnColumn(name, needed(self.context, "settings.bsn_column")) if name is not None else None

    def _patterns(self) -> dict[Table, str]:
        """The streams of this connection, each with the pattern of its files' names."""
        ours = {each: self.config.pattern(each.name) for each in STREAMS.values() if self._is_ours(each)}
        if self.context.streams is None:
            drop = self.drop
            ours = matching(ours, drop.names())
            if not ours:
                raise DataError(messages.NOTHING_HERE, where=drop.where, seen=self.config.pattern("*"))
        return ours

    def _is_ours(self, table: Table) -> bool:
        if self.context.streams is None:
            return self.context.kind in (None, table.kind)
        return table.name in self.context.streams
