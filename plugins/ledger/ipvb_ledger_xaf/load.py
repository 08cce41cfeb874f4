"""Reading a book: its files through the hardened parser into the spool, and judging whether it is a book at all."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.plugin import messages as kit
from ipvb_bridge.plugin.xml import InstructionFoundError, Prolog, XmlFeed
from ipvb_ledger_xaf import formats, messages
from ipvb_ledger_xaf.book import Book, Journal
from ipvb_ledger_xaf.files import File, FileSet
from ipvb_ledger_xaf.reader import Reader
from ipvb_ledger_xaf.spool import Spool

CHUNK = 1 << 17
_AROUND = {"transactions": "company", "journal": "transactions", "transaction": "journal"}
"""The container that a follow-up part continues, by its first element."""


def load(
    files: FileSet,
    *,
    lines: bool = True,
    until_first: bool = False,
    progress: Callable[[int], None] = lambda rows: None,
) -> tuple[Book, dict[Path, str]]:
    """Read a book whole; returns it with the sha256 of each file.

    ``lines`` false leaves the lines unread. ``until_first`` stops after the first transaction (for a check).
    Raises :class:`DataError` when a file is cut off, malformed or no audit file. The caller closes ``book.spool``.
    """
    shape = formats.recognise(files.files[0].prolog, files.where)
    lean = True
    while True:
        book = Book(files.where, shape, Spool(files.where))
        try:
            hashes = _Load(book, lines, until_first, progress, lean).all(files)
            judge(book)
        except InstructionFoundError:
            book.spool.close()
            lean = False  # rare: the file holds processing instructions, and is read again
        except BaseException:
            book.spool.close()
            raise
        else:
            return book, hashes


class _Load:
    def __init__(self, book: Book, lines: bool, until_first: bool, progress: Callable[[int], None], lean: bool) -> None:
        self._book = book
        self._lean = lean
        self._reader = Reader(book, lines=lines)
        self._until_first = until_first
        self._progress = progress
        self._feed: XmlFeed | None = None
        self._kind = "auditfile"
        self._encoding = ""
        self._end_tag = b""

    def all(self, files: FileSet) -> dict[Path, str]:
        hashes: dict[Path, str] = {}
        for file in files.files:
            self._book.reading = file.path.name
            hashes[file.path] = self._one(file)
            self._reader.finish()
            if self._until_first and self._enough():
                return hashes
        self._close()
        self._reader.finish()
        return hashes

    def _one(self, file: File) -> str:
        prolog = file.prolog
        assert prolog is not None  # what has none was refused when it was looked at
        digest = hashlib.sha256()
        try:
            with file.path.open("rb") as handle:
                data = handle.read(CHUNK)
                digest.update(data)
                data = data[self._start(file, prolog) :]
                while data:
                    self._take(data)
                    if self._until_first and self._enough():
                        return ""
                    data = handle.read(CHUNK)
                    digest.update(data)
        except OSError as error:
            seen = error.strerror or type(error).__name__
            raise DataError(kit.UNREADABLE, where=file.path.name, seen=seen) from None
        return digest.hexdigest()

    def _enough(self) -> bool:
        """Whether the first transaction is read, and whose it is."""
        self._reader.peek()
        book = self._book
        return bool(book.transactions and book.header and (book.company or book.header.get("companyName")))

    def _start(self, file: File, prolog: Prolog) -> int:
        """Open a document for the file, or go on with the one before it; returns the bytes to pass over."""
        where = file.path.name
        if formats.is_root(prolog):
            self._close()
            self._check_encoding(prolog, where)
            namespace = formats.recognise(prolog, where).namespace
            if namespace != self._book.format.namespace:
                raise DataError(messages.PARTS_DISAGREE, where=where, seen=namespace or "(-)")
            self._feed, self._kind = XmlFeed(prolog, where=where, lean=self._lean), "auditfile"
            return prolog.mark
        self._check_encoding(prolog, where)
        assert self._feed is not None
        if not self._feed.closed:
            return prolog.body
        # The first file is whole by itself, so this part is the inside of an element of its own.
        local = formats.split(prolog.root)[1]
        self._close()
        around = _AROUND.get(local)
        if around is None:
            raise DataError(messages.PARTS_DISAGREE, where=where, seen=f"<{local or '/'}>")
        shape, encoding = self._book.format, self._encoding
        declared = f' xmlns="{shape.namespace}"' if shape.namespace else ""
        self._feed = XmlFeed(replace(prolog, root=shape.tag(around), encoding=encoding), where=where)
        self._feed.feed(f"<{around}{declared}>".encode(encoding))
        self._kind, self._end_tag = around, f"</{around}>".encode(encoding)
        return prolog.body

    def _check_encoding(self, prolog: Prolog, where: str) -> None:
        if self._encoding and prolog.encoding != self._encoding and (prolog.declared or prolog.mark):
            seen = f"{self._encoding}, {prolog.encoding}"
            raise DataError(messages.PARTS_DISAGREE, where=where, seen=seen)
        self._encoding = self._encoding or prolog.encoding
        self._book.declared_encoding = self._book.declared_encoding or prolog.declared

    def _take(self, data: bytes) -> None:
        assert self._feed is not None
        self._feed.feed(data)
        if self._feed.root is not None:
            self._reader.take(self._feed.root, closed=False, kind=self._kind)
        self._progress(self._book.lines)

    def _close(self) -> None:
        """The document that was open ends here."""
        if self._feed is None:
            return
        if self._end_tag:
            self._feed.feed(self._end_tag)
        self._feed.close()
        assert self._feed.root is not None
        journals = len(self._book.journals)
        self._reader.take(self._feed.root, closed=True, kind=self._kind)
        if self._kind == "journal":
            inherit_journal(self._book, min(journals, len(self._book.journals)) - 1)
        self._feed, self._end_tag = None, b""


def judge(book: Book) -> None:
    """Raise :class:`DataError` when the structure is not that of an audit file; settle the version of one without a
    namespace."""
    shape = book.format
    where = book.where
    version = book.header.get("auditfileVersion", "")
    if shape.family == "unsaid" and not version.upper().startswith("CLAIR2"):
        known = "XAF 3.x" if "fiscalYear" in book.header and book.company else ""
        if not known and not book.has_transactions:
            seen = f"header/auditfileVersion = {version!r}" if version else "header/auditfileVersion -"
            raise DataError(messages.UNKNOWN_STRUCTURE, where=where, version="auditfile", seen=seen)
        book.format = formats.Format(known or "CLAIR2.00", "unsaid", shape.namespace, official=False)
    odd = ", ".join(f"<{place}> ({count})" for place, count in sorted(book.structure.items()))
    if odd:
        raise DataError(messages.UNKNOWN_STRUCTURE, where=where, version=shape.version, seen=odd)
    if book.lines and not book.lines_with_amount:
        raise DataError(messages.UNKNOWN_STRUCTURE, where=where, version=shape.version, seen=book.sample)
    if not book.has_transactions and not book.has_accounts:
        seen = ", ".join(sorted({*book.header, *book.company})) or "-"
        raise DataError(messages.UNKNOWN_STRUCTURE, where=where, version=shape.version, seen=seen)


def inherit_journal(book: Book, index: int) -> None:
    """A follow-up part that starts with a transaction goes on in the journal before it."""
    if 0 < index < len(book.journals):
        before = book.journals[index - 1]
        book.journals[index] = Journal(before.journal_id, before.type)
