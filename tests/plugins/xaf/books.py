"""Small books, and audit files of every version made from them. All companies and postings are invented."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

NAMESPACES = {
    "3.0": "http://www.auditfiles.nl/XAF/3.0",
    "3.1": "http://www.auditfiles.nl/XAF/3.1",
    "3.2": "http://www.auditfiles.nl/XAF/3.2",
    "3.2.1": "http://www.odb.belastingdienst.nl/Belastingdienst/BCPP/1.0/structures/XmlAuditfileFinancieel3.2.1",
    "4.0": "http://www.odb.belastingdienst.nl/Belastingdienst/BCPP/1.1/structures/XmlauditfileXAF_4.0",
}
VERSIONS = ("CLAIR2", *NAMESPACES)
XSDS = {
    "CLAIR2": "XmlAuditfileCLAIR2.00.xsd",
    "3.1": "AuditfileFinancieelVersie3.1.xsd",
    "3.2": "XmlAuditfileFinancieel3.2.xsd",
    "3.2.1": "XmlAuditfileFinancieel3.2.1.xsd",
    "4.0": "XmlAuditfileFinancieel4.0.xsd",
}


@dataclass(frozen=True)
class Line:
    """``cents`` as the file says it: not negative unless the test is about that. ``raw`` overrules the text."""

    account: str
    cents: int
    side: str = "D"
    centre: str = ""
    nr: str = ""
    raw: str | None = None
    text: str = "Boeking"
    extra: str = ""


@dataclass(frozen=True)
class Entry:
    nr: str
    period: str
    date: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Journal:
    journal_id: str
    type: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Account:
    account_id: str
    name: str
    type: str = "P"
    rgs: str = ""


@dataclass(frozen=True)
class Ledger:
    """A company's year. ``totals`` overrules (lines, debit, credit); None leaves them out."""

    journals: tuple[Journal, ...]
    accounts: tuple[Account, ...] = (
        Account("1000", "Bank", "B", "BLimBan"),
        Account("4000", "Lonen", "P", "WPerLesLon"),
        Account("0400", "Inventaris", "B"),
    )
    company: str = "ADM1"
    name: str = "Stichting Voorbeeldzorg"
    fiscal: str = "2026"
    start: str = "2026-01-01"
    end: str = "2026-12-31"
    currency: str = "EUR"
    periods: tuple[tuple[str, str, str], ...] | None = None
    centres: tuple[tuple[str, str], ...] = (("100", "Afdeling Zon"), ("200", "Keuken"))
    opening: tuple[Line, ...] = ()
    totals: tuple[str, str, str] | str | None = "count"
    tax: str = "NL000000000B01"

    @property
    def lines(self) -> list[Line]:
        return [line for journal in self.journals for entry in journal.entries for line in entry.lines]

    def months(self) -> tuple[tuple[str, str, str], ...]:
        """The table of periods: as given, else the months of the year."""
        if self.periods is not None:
            return self.periods
        first, last = dt.date.fromisoformat(self.start), dt.date.fromisoformat(self.end)
        found = []
        index = first.year * 12 + first.month - 1
        while index <= last.year * 12 + last.month - 1:
            year, month = index // 12, index % 12 + 1
            days = calendar.monthrange(year, month)[1]
            found.append((str(len(found) + 1), f"{year}-{month:02d}-01", f"{year}-{month:02d}-{days}"))
            index += 1
        return tuple(found)


def entry(nr: str, cents: int, *, period: str = "1", date: str = "2026-01-15", centre: str = "100") -> Entry:
    """Wages out of the bank: two lines that balance."""
    lines = (Line("4000", cents, "D", centre, "1"), Line("1000", cents, "C", "", "2"))
    return Entry(nr, period, date, lines)


def ledger(*entries: Entry, journal: str = "MEM", type: str = "M", **fields: object) -> Ledger:
    """A book of one journal; without entries, one of two."""
    posted = entries or (entry("1", 125_000), entry("2", 99, period="3", date="2026-03-31", centre="200"))
    return Ledger((Journal(journal, type, tuple(posted)),), **fields)  # type: ignore[arg-type]


def euros(cents: int) -> str:
    return f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"


def _e(name: str, text: str | None) -> str:
    return "" if text is None else f"<{name}>{escape(text)}</{name}>"


def _totals(book: Ledger, count: str) -> str:
    if book.totals is None:
        return ""
    if isinstance(book.totals, tuple):
        lines, debit, credit = book.totals
    else:
        lines = str(len(book.lines))
        debit, credit = (euros(sum(x.cents for x in book.lines if x.side == side)) for side in "DC")
    return _e(count, lines) + _e("totalDebit", debit) + _e("totalCredit", credit)


def write(book: Ledger, version: str = "3.2", *, declaration: bool = True) -> str:
    """The audit file as text; declared UTF-8."""
    body = _clair2(book) if version == "CLAIR2" else _xaf(book, version)
    return ('<?xml version="1.0" encoding="UTF-8"?>\n' if declaration else "") + body


def _xaf(book: Ledger, version: str) -> str:
    four = version == "4.0"
    header = (
        _e("fiscalYear", book.fiscal)
        + _e("startDate", book.start)
        + _e("endDate", book.end)
        + _e("curCode", book.currency)
        + _e("dateCreated", "2027-01-05")
        + _e("softwareDesc", "Proefboek")
        + _e("softwareVersion", "1.0")
    )
    company = (
        _e("Commercenr" if four else "companyIdent", book.company or None)
        + _e("companyName", book.name)
        + _e("taxRegistrationCountry", "NL")
        + _e("taxRegIdent", book.tax)
    )
    accounts = "".join(
        "<ledgerAccount>"
        + _e("accID", account.account_id)
        + _e("accDesc", account.name)
        + _e("accTp", account.type)
        + (_e("RGScode" if four else "leadReference", account.rgs) if account.rgs and version != "3.1" else "")
        + "</ledgerAccount>"
        for account in book.accounts
    )
    basics = "".join(
        f"<basic><basicType>02</basicType>{_e('basicID', code)}{_e('basicDesc', name)}</basic>"
        for code, name in book.centres
    )
    basics = f"<basics>{basics}</basics>" if basics and not four else ""
    periods = "".join(
        "<period>" + _e("periodNumber", number) + _e("startDatePeriod", start) + _e("endDatePeriod", end) + "</period>"
        for number, start, end in book.months()
    )
    company += f"<generalLedger>{accounts}{basics}</generalLedger>"
    company += f"<periods>{periods}</periods>" if periods else ""
    company += _opening(book, four) if book.opening else ""
    journals = "".join(_journal(journal, four) for journal in book.journals)
    company += f"<transactions>{_totals(book, 'linesCount')}{journals}</transactions>"
    space = NAMESPACES[version]
    return f'<auditfile xmlns="{space}"><header>{header}</header><company>{company}</company></auditfile>\n'


def _opening(book: Ledger, four: bool) -> str:
    lines = "".join(
        "<obLine>"
        + _e("nr", str(number))
        + _e("accID", line.account)
        + _e("amnt", euros(line.cents))
        + _e("amntTp", line.side)
        + "</obLine>"
        for number, line in enumerate(book.opening, 1)
    )
    debit, credit = (euros(sum(x.cents for x in book.opening if x.side == side)) for side in "DC")
    told = _e("linesCount", str(len(book.opening))) + _e("totalDebit", debit) + _e("totalCredit", credit)
    date = "" if four else _e("opBalDate", book.start)
    return f"<openingBalance>{date}{told}{lines}</openingBalance>"


def _journal(journal: Journal, four: bool) -> str:
    entries = "".join(
        "\n<transaction>"
        + _e("nr", entry.nr)
        + _e("desc", "Boeking")
        + _e("periodNumber", entry.period)
        + _e("trDt", entry.date)
        + "".join(_line(line, str(number), entry, four) for number, line in enumerate(entry.lines, 1))
        + "\n</transaction>"
        for entry in journal.entries
    )
    head = _e("jrnID", journal.journal_id) + _e("desc", "Dagboek") + _e("jrnTp", journal.type or None)
    return f"<journal>{head}{entries}</journal>"


def _line(line: Line, number: str, entry: Entry, four: bool) -> str:
    amount = euros(line.cents) if line.raw is None else line.raw
    return (
        "\n <trLine>"
        + _e("nr", line.nr or number)
        + _e("accID", line.account)
        + _e("docRef", "D1")
        + _e("effDate", entry.date)
        + _e("desc", line.text)
        + _e("amnt", amount)
        + _e("amntTp", line.side)
        + _e("cost" if four else "costID", line.centre or None)
        + line.extra
        + "</trLine>"
    )


def _clair2(book: Ledger) -> str:
    header = (
        _e("auditfileVersion", "CLAIR2.00.00")
        + _e("companyID", book.company)
        + _e("taxRegistrationNr", book.tax)
        + _e("companyName", book.name)
        + _e("companyAddress", "Dorpsstraat 1")
        + _e("companyCity", "Ergens")
        + _e("companyPostalCode", "1234AB")
        + _e("fiscalYear", book.fiscal)
        + _e("startDate", book.start)
        + _e("endDate", book.end)
        + _e("currencyCode", book.currency)
        + _e("dateCreated", "2027-01-05")
        + _e("productID", "Proefboek")
        + _e("productVersion", "1.0")
    )
    accounts = "".join(
        "<ledgerAccount>"
        + _e("accountID", account.account_id)
        + _e("accountDesc", account.name)
        + _e("accountType", {"B": "Balans", "P": "V&W"}.get(account.type, account.type))
        + _e("leadCode", account.rgs or "-")
        + "</ledgerAccount>"
        for account in book.accounts
    )
    journals = "".join(_clair2_journal(journal) for journal in book.journals)
    return (
        f"<auditfile><header>{header}</header>"
        f"<generalLedger><taxonomy>-</taxonomy>{accounts}</generalLedger>"
        f"<transactions>{_totals(book, 'numberEntries')}{journals}</transactions></auditfile>\n"
    )


def _clair2_journal(journal: Journal) -> str:
    entries = ""
    for posted in journal.entries:
        lines = "".join(
            "<line>"
            + _e("recordID", line.nr or str(number))
            + _e("accountID", line.account)
            + _e("documentID", "D1")
            + _e("effectiveDate", posted.date)
            + _e("description", line.text)
            + _e(
                "debitAmount" if line.side == "D" else "creditAmount",
                euros(line.cents) if line.raw is None else line.raw,
            )
            + _e("costDesc", line.centre or None)
            + line.extra
            + "</line>"
            for number, line in enumerate(posted.lines, 1)
        )
        entries += (
            "<transaction>"
            + _e("transactionID", posted.nr)
            + _e("description", "Boeking")
            + _e("period", posted.period)
            + _e("transactionDate", posted.date)
            + lines
            + "</transaction>"
        )
    head = _e("journalID", journal.journal_id) + _e("description", "Dagboek") + _e("type", journal.type or None)
    return f"<journal>{head}{entries}</journal>"


def with_lines(book: Ledger, *lines: Line, period: str = "1", date: str = "2026-01-15") -> Ledger:
    """The book with one entry more, of these lines."""
    first, *rest = book.journals
    posted = Entry(f"X{len(first.entries) + 1}", period, date, lines)
    return replace(book, journals=(replace(first, entries=(*first.entries, posted)), *rest))


def numbered(book: Ledger) -> Ledger:
    """The book with lines numbered through, as the schema of CLAIR2 asks."""
    count = 0
    journals = []
    for journal in book.journals:
        entries = []
        for posted in journal.entries:
            lines = []
            for line in posted.lines:
                count += 1
                lines.append(replace(line, nr=str(count)))
            entries.append(replace(posted, lines=tuple(lines)))
        journals.append(replace(journal, entries=tuple(entries)))
    return replace(book, journals=tuple(journals))
