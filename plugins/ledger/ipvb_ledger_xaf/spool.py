"""The lines of a book, typed and kept aside in parts until the whole file has been read.

The sign of the amounts, the month of a period and the totals are known only at the end of the file, and rows that
were handed over cannot be taken back. So the lines wait: the first part in memory, the others as temporary files
(Arrow IPC), so that memory stays flat.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ipvb_bridge.base.errors import RunError
from ipvb_ledger_xaf import messages

LINE = pl.Schema(
    {
        "transaction": pl.UInt32(),  # ordinal in the book
        "line_nr": pl.String(),
        "account_id": pl.String(),
        "cost_centre_id": pl.String(),
        "debit": pl.Int64(),  # cents as written, null when the amount or its side cannot be read
        "credit": pl.Int64(),
        "unread": pl.String(),  # what stood there instead of an amount and a side
    }
)
TRANSACTION = pl.Schema(
    {
        "transaction": pl.UInt32(),
        "journal": pl.UInt32(),  # index in Book.journals
        "entry_nr": pl.String(),
        "period": pl.String(),
        "date": pl.Date(),
        "date_text": pl.String(),  # only where it is no date
    }
)


class Spool(contextlib.AbstractContextManager["Spool"]):
    """Parts of a book in the order of the file: (lines, their transactions).

    A transaction so long that its lines fill more than one part stands in ``late`` as soon as it is complete.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._first: tuple[pl.DataFrame, pl.DataFrame] | None = None
        self._files: list[str] = []
        self.late: list[pl.DataFrame] = []

    def add(self, file: str, lines: pl.DataFrame, transactions: pl.DataFrame) -> None:
        """Keep a part of a file. Raises :class:`RunError` (XAF12) when the temporary folder is full."""
        self._files.append(file)
        if self._first is None:
            self._first = (lines, transactions)
            return
        number = len(self._files) - 1
        try:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="ipvb-xaf-")
            lines.write_ipc(self._path("lines", number))
            transactions.write_ipc(self._path("transactions", number))
        except OSError as error:
            seen = error.strerror or type(error).__name__
            raise RunError(messages.NO_TEMPORARY_ROOM, where=self.where, seen=seen) from error

    def parts(self) -> Iterator[tuple[str, pl.DataFrame]]:
        """Each part: its file, and the columns of LINE and TRANSACTION, lines in the order of the file."""
        if self._first is None:
            return
        late = pl.concat(self.late) if self.late else pl.DataFrame(schema=TRANSACTION)
        yield self._files[0], _join(*self._first, late)
        for number, file in list(enumerate(self._files))[1:]:
            lines = pl.read_ipc(self._path("lines", number))
            transactions = pl.read_ipc(self._path("transactions", number))
            yield file, _join(lines, transactions, late)

    def close(self) -> None:
        """Remove the temporary files."""
        self._first = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __exit__(self, *_: object) -> None:
        self.close()

    def _path(self, kind: str, number: int) -> Path:
        assert self._folder is not None
        return Path(self._folder.name) / f"{kind}-{number:05d}.arrow"


def _join(lines: pl.DataFrame, transactions: pl.DataFrame, late: pl.DataFrame) -> pl.DataFrame:
    if not late.is_empty():
        transactions = pl.concat([transactions, late]).unique("transaction", keep="first")
    return lines.join(transactions, on="transaction", how="left", maintain_order="left")
