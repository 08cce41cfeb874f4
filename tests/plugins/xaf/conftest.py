"""What the tests of the adapter share: a file in a folder, and a connection that reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ipvb_bridge.base.messages import Message
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.validation import check
from ipvb_bridge.plugin import Batch, Context, Finding, Window
from ipvb_ledger_xaf.adapter import XafAdapter, XafConfig

from .books import Ledger, write


@dataclass
class Pulled:
    """All batches of one pull, passed through the program's gate."""

    batches: list[Batch]
    rows: pl.DataFrame
    held: pl.DataFrame

    @property
    def findings(self) -> list[Finding]:
        return [finding for batch in self.batches for finding in batch.findings]

    def rules(self) -> set[str]:
        return {finding.rule for finding in self.findings}

    def texts(self, rule: str) -> list[str]:
        return [finding.explanation for finding in self.findings if finding.rule == rule]

    def saying(self, message: Message) -> list[Finding]:
        """The findings with the Dutch text of this message."""
        pattern = re.sub(r"\\{\w+\\}", ".*", re.escape(message.nl))
        return [finding for finding in self.findings if re.fullmatch(pattern, finding.explanation)]

    def finding(self, message: Message) -> Finding:
        """The one finding with the Dutch text of this message."""
        found = self.saying(message)
        assert len(found) == 1, [finding.explanation for finding in self.findings]
        return found[0]

    @property
    def amounts(self) -> list[int]:
        return self.rows.get_column("amount").to_list()

    @property
    def cursor(self) -> Mapping[str, Any]:
        assert self.batches[-1].complete
        assert self.batches[-1].cursor is not None
        return self.batches[-1].cursor


class Connection:
    """A connection on files in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, content: Ledger | str | bytes, name: str = "boek.xaf", version: str = "3.2") -> str:
        """Write a file; a ledger becomes an audit file of the version."""
        text = write(content, version) if isinstance(content, Ledger) else content
        data = text.encode() if isinstance(text, str) else text
        (self.folder / name).write_bytes(data)
        return name

    def adapter(self, path: str = "boek.xaf", **settings: Any) -> XafAdapter:
        return XafAdapter(XafConfig(path=path, **settings), Context("grootboek", self.folder))

    def pull(
        self,
        stream: str = "ledger_lines",
        path: str = "boek.xaf",
        cursor: Mapping[str, Any] | None = None,
        **settings: Any,
    ) -> Pulled:
        """Pull a stream and pass its rows through the gate, as the program does."""
        table = STREAMS[stream]
        rows, held, batches = [], [], []
        for batch in self.adapter(path, **settings).pull(stream, Window(), cursor):
            batches.append(batch)
            if isinstance(batch.rows, pl.DataFrame) and batch.rows.height:
                checked = check(table, batch.rows)
                rows.append(checked.rows)
                held.append(checked.held)
        empty = pl.DataFrame(schema=table.schema())
        together = pl.concat([empty, *(frame.select(empty.columns) for frame in rows)])
        return Pulled(batches, together, pl.concat(held) if held else pl.DataFrame())

    def read(self, content: Ledger | str | bytes, version: str = "3.2", **settings: Any) -> Pulled:
        """Write one file and pull its lines."""
        return self.pull(path=self.put(content, version=version), **settings)


@pytest.fixture
def connect(tmp_path: Path) -> Connection:
    """A connection on an empty folder."""
    return Connection(tmp_path)
