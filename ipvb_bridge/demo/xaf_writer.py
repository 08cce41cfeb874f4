"""Writes an XML Auditfile Financieel 3.2: header, accounts, cost centres, periods, opening balance, transactions.

Source: the schema `XmlAuditfileFinancieel3.2.xsd`; element order is the schema's. Cost centres are basics of type
02, the RGS code stands in the taxonomy's conceptRef.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from pathlib import Path
from xml.sax.saxutils import escape

from ipvb_bridge.demo.books import ACCOUNTS, CENTRES, JOURNALS, OPENING, Entry, Line

NAMESPACE = "http://www.auditfiles.nl/XAF/3.2"


def write(path: Path, company: str, year: int, entries: Sequence[Entry]) -> None:
    """Write the book of a year; the file appears at once and whole. ``company`` is its name."""
    part = path.with_name(path.name + ".part")
    with part.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in _document(company, year, entries))
    part.replace(path)


def _document(company: str, year: int, entries: Sequence[Entry]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<auditfile xmlns="{NAMESPACE}">'
    yield (
        "<header>"
        + _elements(
            fiscalYear=year,
            startDate=f"{year}-01-01",
            endDate=f"{year}-12-31",
            curCode="EUR",
            dateCreated=f"{year + 1}-01-15",
            softwareDesc="ipvb-bridge demo",
            softwareVersion="1",
        )
        + "</header>"
    )
    # A number that fails the eleven test: it is nobody's.
    yield "<company>" + _elements(
        companyIdent="1", companyName=company, taxRegistrationCountry="NL", taxRegIdent="DEMO"
    )
    yield "<generalLedger>"
    for account in ACCOUNTS:
        taxonomy = (
            _elements(taxoRef="RGS")
            + f"<entryPoint>{_elements(entryPointRef='RGS', conceptRef=account.rgs_code)}</entryPoint>"
        )
        basics = _elements(accID=account.account_id, accDesc=account.name, accTp=account.kind)
        yield f"<ledgerAccount>{basics}<taxonomy>{taxonomy}</taxonomy></ledgerAccount>"
    yield "<basics>"
    for centre, name in CENTRES:
        yield f"<basic>{_elements(basicType='02', basicID=centre, basicDesc=name)}</basic>"
    yield "</basics></generalLedger>"
    yield from _periods(year)
    yield from _opening(year)
    yield from _transactions(entries)
    yield "</company></auditfile>"


def _elements(**values: object) -> str:
    return "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in values.items())


def _amount(cents: int) -> str:
    side = "D" if cents >= 0 else "C"
    return _elements(amnt=_euros(abs(cents)), amntTp=side)


def _euros(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d}"


def _totals(cents: Iterable[int]) -> str:
    amounts = list(cents)
    return _elements(
        linesCount=len(amounts),
        totalDebit=_euros(sum(each for each in amounts if each > 0)),
        totalCredit=_euros(-sum(each for each in amounts if each < 0)),
    )


def _periods(year: int) -> Iterator[str]:
    yield "<periods>"
    for month in range(1, 13):
        last = calendar.monthrange(year, month)[1]
        yield (
            "<period>"
            + _elements(
                periodNumber=month,
                periodDesc=f"{year}-{month:02d}",
                startDatePeriod=dt.date(year, month, 1),
                endDatePeriod=dt.date(year, month, last),
            )
            + "</period>"
        )
    yield "</periods>"


def _opening(year: int) -> Iterator[str]:
    yield f"<openingBalance>{_elements(opBalDate=f'{year}-01-01', opBalDesc='Beginbalans')}"
    yield _totals(cents for _, cents in OPENING)
    for number, (account, cents) in enumerate(OPENING, 1):
        yield f"<obLine>{_elements(nr=number, accID=account)}{_amount(cents)}</obLine>"
    yield "</openingBalance>"


def _transactions(entries: Sequence[Entry]) -> Iterator[str]:
    yield "<transactions>" + _totals(line.cents for entry in entries for line in entry.lines)
    order = {name: place for place, (name, _, _) in enumerate(JOURNALS)}
    names = {name: (text, kind) for name, text, kind in JOURNALS}
    for journal, own in groupby(sorted(entries, key=lambda each: order[each.journal]), key=lambda each: each.journal):
        text, kind = names[journal]
        yield "<journal>" + _elements(jrnID=journal, desc=text, jrnTp=kind)
        for entry in own:
            yield "<transaction>" + _elements(
                nr=entry.number, desc=entry.text, periodNumber=entry.period, trDt=entry.date
            )
            yield from (_line(entry, number, line) for number, line in enumerate(entry.lines, 1))
            yield "</transaction>"
        yield "</journal>"
    yield "</transactions>"


def _line(entry: Entry, number: int, line: Line) -> str:
    centre = _elements(costID=line.cost_centre) if line.cost_centre else ""
    head = _elements(nr=number, accID=line.account_id, docRef=entry.number, effDate=entry.date, desc=line.text)
    return f"<trLine>{head}{_amount(line.cents)}{centre}</trLine>"
