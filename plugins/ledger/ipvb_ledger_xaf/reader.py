"""Reading the growing tree: what is complete is taken out and removed, whatever the order of the elements.

Memory depends on the size of a piece that is fed, not on that of the file, a journal or a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import repeat

from lxml import etree

from ipvb_ledger_xaf import columns
from ipvb_ledger_xaf.book import Account, Book, Journal, Totals
from ipvb_ledger_xaf.formats import split
from ipvb_ledger_xaf.money import cents_of
from ipvb_ledger_xaf.vocabulary import vocabulary

PART = 32_768
"""Lines in a part of the spool: enough for work on whole columns, small enough to keep memory flat."""

_INSIDE = {  # containers that are read piece by piece, by the container they stand in
    "auditfile": {"header", "company", "generalLedger", "transactions", "periods", "openingBalance"},
    "company": {"generalLedger", "transactions", "periods", "openingBalance"},
    "generalLedger": {"basics", "taxonomies"},
    "transactions": {"journal"},
    "journal": {"transaction"},
}
_RECORDS = {"ledgerAccount", "basic", "taxonomy", "period", "obLine"}
_RGS_FIELDS = ("RGScode", "leadReference", "leadCode")


@dataclass(slots=True)
class _Open:
    """An element that is being read: its kind and the texts of the children already taken out of it."""

    element: etree._Element
    kind: str
    texts: dict[str, str] = field(default_factory=dict)
    ordinal: int = -1  # of a journal or a transaction


class Reader:
    """Takes what is complete out of the tree of an ``XmlFeed`` and puts it in a book.

    ``lines`` false leaves the transaction lines unread, for streams that need none.
    """

    def __init__(self, book: Book, *, lines: bool = True) -> None:
        self.book = book
        self._lines = lines
        self._open: list[_Open] = []
        self._words = vocabulary(book.format.family)
        self._line_tags = frozenset(book.format.tag(name) for name in self._words.line)
        self._part = columns.Part(book, self._words)
        self._local: dict[str, str] = {}

    def take(self, root: etree._Element, *, closed: bool, kind: str = "auditfile") -> None:
        """Take all that is complete; ``closed``: the root is, too. ``kind``: what the root is, in a follow-up part."""
        self._visit(root, 0, kind, closed=closed)
        if len(self._part.rows) >= PART:
            self._part.flush()
        if closed:
            self._open.clear()

    def finish(self) -> None:
        """Hand the last lines over to the spool."""
        self._part.flush()

    def peek(self) -> None:
        """Make known what stands so far in elements that are still open: enough to name a file."""
        for here in self._open:
            if here.kind in ("header", "company"):
                self._end(here)

    def _name(self, element: etree._Element) -> str:
        """The local name, empty for an element of another namespace."""
        tag = str(element.tag)
        name = self._local.get(tag)
        if name is None:
            namespace, name = split(tag)
            if namespace != self.book.format.namespace:
                name = ""
            self._local[tag] = name
        return name

    def _visit(self, element: etree._Element, level: int, kind: str, *, closed: bool) -> None:
        here = self._here(element, level, kind)
        children = list(element)
        last = None if closed or not children else children.pop()
        if kind == "transaction":
            self._lines_of(here, children)
        elif kind != "dropped":
            inside = _INSIDE.get(kind, ())
            for child in children:
                name = self._name(child)
                if name in inside:
                    self._visit(child, level + 1, name, closed=True)
                else:
                    self._record(here, name, child)
        if children:
            del element[: len(children)]
        if last is not None and kind != "transaction":
            name = self._name(last)
            if name in _INSIDE.get(kind, ()):
                self._visit(last, level + 1, name, closed=False)
            elif name not in _RECORDS:
                self._visit(last, level + 1, "dropped", closed=False)
        if closed:
            self._end(here)
            del self._open[level:]

    def _here(self, element: etree._Element, level: int, kind: str) -> _Open:
        if level < len(self._open) and self._open[level].element is element:
            return self._open[level]
        del self._open[level:]
        here = _Open(element, kind)
        self._open.append(here)
        book = self.book
        if kind == "transactions":
            book.has_transactions = True
        elif kind == "journal":
            here.ordinal = len(book.journals)
            book.journals.append(Journal())
        elif kind == "transaction":
            here.ordinal = book.transactions
            book.transactions += 1
        return here

    def _lines_of(self, here: _Open, children: list[etree._Element]) -> None:
        """The hot loop: a dict for each line; everything else is done on whole columns."""
        rows, tags = self._part.rows, self._line_tags
        before = len(rows)
        for child in children:
            if child.tag in tags:
                if self._lines:
                    rows.append({field.tag: field.text for field in child})
            else:
                name = self._name(child)
                here.texts.setdefault(name, child.text or "")
                if len(child):
                    self.book.strange(f"transaction/{name}")
        if len(rows) > before:
            self._part.owners.extend(repeat(here.ordinal, len(rows) - before))

    def _record(self, here: _Open, name: str, child: etree._Element) -> None:
        book = self.book
        kind = here.kind
        if name == "ledgerAccount" and kind == "generalLedger":
            self._account(child)
        elif name == "basic" and kind == "basics":
            texts = self._texts(child)
            if texts.get("basicType") == "02" and texts.get("basicID"):
                book.centres.setdefault(texts["basicID"], texts.get("basicDesc") or None)
        elif name == "taxonomy" and kind == "taxonomies":
            for entry in child.iter(book.format.tag("taxoElement")):
                texts = self._texts(entry)
                book.taxonomy.setdefault(texts.get("glAccID", ""), texts.get("txCd", ""))
        elif name == "period" and kind == "periods":
            texts = self._texts(child)
            days = (texts.get("startDatePeriod"), texts.get("endDatePeriod"))
            book.periods.setdefault(texts.get("periodNumber", ""), days)
        elif name == "obLine" and kind == "openingBalance":
            self._opening_line(child)
        elif len(child) == 0:
            here.texts.setdefault(name, (child.text or "").strip())
        elif kind in ("transactions", "journal") and name != "subledgers":
            book.strange(f"{kind}/{name}")

    def _end(self, here: _Open) -> None:
        book, texts, words = self.book, here.texts, self._words
        if here.kind == "transaction":
            rows, owners = self._part.rows, self._part.owners
            date = _first(texts, words.date)
            if date is None and owners and owners[-1] == here.ordinal:
                date = next((rows[-1].get(book.format.tag(name)) for name in words.effective), None)
            self._part.transactions.append(
                (
                    here.ordinal,
                    len(book.journals) - 1,
                    _first(texts, words.entry_nr),
                    _first(texts, words.period),
                    date,
                )
            )
        elif here.kind == "journal":
            book.journals[here.ordinal] = Journal(
                _first(texts, words.journal_id) or "", _first(texts, words.journal_type)
            )
        elif here.kind == "header":
            book.header = {**texts, **book.header}  # of split files the first one's
        elif here.kind == "company":
            book.company = {**texts, **book.company}
        elif here.kind == "generalLedger":
            book.has_accounts = True
        elif here.kind == "transactions":
            lines = texts.get("linesCount") or texts.get("numberEntries")
            book.totals.append(Totals(lines, texts.get("totalDebit"), texts.get("totalCredit")))

    def _texts(self, element: etree._Element) -> dict[str, str]:
        return {self._name(child): (child.text or "").strip() for child in element}

    def _account(self, element: etree._Element) -> None:
        texts = self._texts(element)
        concept = element.find(f".//{self.book.format.tag('conceptRef')}")
        rgs = {name: texts[name] for name in _RGS_FIELDS if texts.get(name)}
        if concept is not None and concept.text:
            rgs["conceptRef"] = concept.text.strip()
        words = self._words
        self.book.accounts.append(
            Account(
                _first(texts, words.account) or "",
                _first(texts, words.account_name),
                _first(texts, words.account_type),
                rgs,
            )
        )

    def _opening_line(self, element: etree._Element) -> None:
        texts, opening = self._texts(element), self.book.opening
        opening.lines += 1
        value, side = cents_of(texts.get("amnt")), texts.get("amntTp", "").upper()
        if value is None or side not in ("D", "C"):
            opening.unreadable += 1
        elif side == "D":
            opening.debit += value
        else:
            opening.credit += value


def _first(texts: dict[str, str], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = texts.get(name, "").strip()
        if value:
            return value
    return None
