"""Reading the growing tree: what is complete is taken out and removed, whatever the order of the elements.

Memory depends on the size of a piece that is fed, not on that of the file, a journal or a transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from ipvb_bridge.base.errors import DataError
from ipvb_ledger_xaf import bulk, columns, messages
from ipvb_ledger_xaf.book import Account, Book, Journal, Totals
from ipvb_ledger_xaf.formats import split
from ipvb_ledger_xaf.money import cents_of
from ipvb_ledger_xaf.vocabulary import vocabulary

LONG = 2_000
"""Lines after which a transaction is not waited for but read piece by piece."""

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
        self._part = columns.Part(book, self._words)
        self._local: dict[str, str] = {}
        shape = book.format
        spaces = {"x": shape.namespace} if shape.namespace else None
        self._count = etree.XPath("count(x:transaction)" if spaces else "count(transaction)", namespaces=spaces)

    def take(self, root: etree._Element, *, closed: bool, kind: str = "auditfile") -> None:
        """Take all that is complete; ``closed``: the root is, too. ``kind``: what the root is, in a follow-up part."""
        self._visit(root, 0, kind, closed=closed)
        if self._part.full:
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
        last = None if closed or not len(element) else element[-1]
        if kind == "journal":
            self._journal(here, level, closed=closed)
        else:
            children = list(element)[: -1 if last is not None else None]
            if kind == "transaction":
                self._some_lines(here, children)
            elif kind != "dropped":
                for child in children:
                    self._child(here, child, level)
            del element[: len(children)]
        if last is not None:
            self._unfinished(kind, last, level)
        if closed:
            self._end(here)
            del self._open[level:]

    def _child(self, here: _Open, child: etree._Element, level: int) -> None:
        name = self._name(child)
        if name in _INSIDE.get(here.kind, ()):
            self._visit(child, level + 1, name, closed=True)
        else:
            self._record(here, name, child)

    def _unfinished(self, kind: str, last: etree._Element, level: int) -> None:
        """Go into the element that is being written, unless it is small and read as a whole."""
        name = self._name(last)
        if name == "transaction" and kind == "journal":
            if len(last) > LONG or self._is_open(last, level + 1):
                self._visit(last, level + 1, name, closed=False)
        elif name in _INSIDE.get(kind, ()):
            self._visit(last, level + 1, name, closed=False)
        elif name not in _RECORDS and kind != "transaction":
            self._strange(kind, name, last)
            self._visit(last, level + 1, "dropped", closed=False)

    def _journal(self, here: _Open, level: int, *, closed: bool) -> None:
        """Whole transactions go on as text, written out at once; the rest is taken one by one.

        No element object is made for a transaction: making and freeing them costs as much as the parsing.
        """
        element, book = here.element, self.book
        whole = len(element) - (not closed and len(element) > 0)
        if whole and (len(element) != self._count(element) or self._is_open(element[0], level + 1)):
            tag = book.format.tag("transaction")
            for child in list(element)[:whole]:
                if child.tag != tag or self._is_open(child, level + 1):
                    self._child(here, child, level)
                    element.remove(child)
                    whole -= 1
        if not whole:
            return
        if self._lines:
            written = etree.tostring(element, encoding="unicode", with_tail=False)
            opening, _, body = written.partition(">")
            prefix = element.prefix or ""
            end = f"</{prefix}:transaction>" if prefix else "</transaction>"
            if body.count(end) == self._count(element):
                self._part.text(bulk.Text(book.transactions, whole, here.ordinal, prefix, f"{opening}>", body))
            else:  # a transaction in a transaction, or prefixes mixed
                for child in list(element)[:whole]:
                    self._visit(child, level + 1, "transaction", closed=True)
                book.transactions -= whole
        book.transactions += whole
        del element[:whole]

    def _some_lines(self, here: _Open, children: list[etree._Element]) -> None:
        """Lines of a transaction that is too long to wait for, or of an unusual one."""
        head, rows = self._part.row(children)
        here.texts = {**{tag: text or "" for tag, text in head.items()}, **here.texts}
        if self._lines:
            self._part.lines(here.ordinal, rows)

    def _is_open(self, element: etree._Element, level: int) -> bool:
        return level < len(self._open) and self._open[level].element is element

    def _here(self, element: etree._Element, level: int, kind: str) -> _Open:
        if self._is_open(element, level):
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

    def _record(self, here: _Open, name: str, child: etree._Element) -> None:
        book = self.book
        kind = here.kind
        if name == "ledgerAccount" and kind == "generalLedger":
            self._account(child)
        elif name == "basic" and kind == "basics":
            texts = self._texts(child)
            if texts.get("basicType", "").lstrip("0") == "2" and texts.get("basicID"):
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
        else:
            self._strange(kind, name, child)

    def _strange(self, kind: str, name: str, element: etree._Element) -> None:
        """What stands among the transactions, has children and is not known may hold money: it stops the file."""
        if kind in ("transactions", "journal") and name not in ("subledgers", "") and len(element):
            self.book.strange(f"{kind}/{name}")

    def _end(self, here: _Open) -> None:
        book, texts, words = self.book, here.texts, self._words
        if here.kind == "transaction":
            head: dict[str, str | None] = dict(here.texts)
            self._part.head(here.ordinal, len(book.journals) - 1, head)
        elif here.kind == "journal":
            book.journals[here.ordinal] = Journal(
                _first(texts, words.journal_id) or "", _first(texts, words.journal_type)
            )
        elif here.kind == "header":
            book.header = {**texts, **book.header}  # of split files the first one's
        elif here.kind == "company":
            known, told = book.company.get("companyIdent"), texts.get("companyIdent")
            if known and told and known != told:
                raise DataError(messages.PARTS_DISAGREE, where=book.reading, seen=f"companyIdent {known}, {told}")
            book.company = {**texts, **book.company}
        elif here.kind == "generalLedger":
            book.has_accounts = True
        elif here.kind in ("transactions", "openingBalance"):
            lines = texts.get("linesCount") or texts.get("numberEntries")
            totals = Totals(lines, texts.get("totalDebit"), texts.get("totalCredit"))
            if here.kind == "transactions":
                book.totals.append(totals)
            else:
                book.opening.told = totals

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
            opening.credit_absolute += abs(value)


def _first(texts: dict[str, str], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = texts.get(name, "").strip()
        if value:
            return value
    return None
