"""The adapter: settings, check, and the three streams."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from ipvb_bridge.base.errors import BridgeError, DataError
from ipvb_bridge.core.records import MONTH, STREAMS
from ipvb_bridge.plugin import Adapter, Batch, CheckStep, Finding, Offer, Scope, Window, bsn
from ipvb_bridge.plugin.xml import codec
from ipvb_ledger_xaf import controls, lines, masters, messages, periods
from ipvb_ledger_xaf.book import Book
from ipvb_ledger_xaf.files import FileSet, locate
from ipvb_ledger_xaf.findings import finding
from ipvb_ledger_xaf.lines import Decision
from ipvb_ledger_xaf.load import load
from ipvb_ledger_xaf.survey import Survey, survey

READER = 1
"""Raised when the same file would be read otherwise than before: then an unchanged file is read again."""

_EUROS = ("", "EUR", "EURO", "€")


class XafConfig(BaseModel):
    """Settings of a connection of the adapter ``xaf``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str = Field(description="audit file, pattern (`boek-*.xaf`) or folder; relative to the configuration folder")
    encoding: str = Field(
        default="", description="overrules the encoding that the file declares; only for a file that says it wrongly"
    )
    company_id: str = Field(default="", description="id of the company, where the file has none or a changing one")
    periods: dict[str, str] = Field(
        default_factory=dict, description='month in which a period counts: `{ "55" = "2015-12" }`'
    )
    exclude_periods: tuple[str, ...] = Field(
        default=(), description="periods whose lines are left out, such as that of the year-end closing"
    )
    exclude_journals: tuple[str, ...] = Field(default=(), description="journals (jrnID) whose lines are left out")

    @field_validator("encoding")
    @classmethod
    def _readable(cls, value: str) -> str:
        if value:
            try:
                return codec(value, "encoding")
            except DataError as error:
                raise ValueError(error.what()) from None
        return value

    @field_validator("periods")
    @classmethod
    def _months(cls, value: dict[str, str]) -> dict[str, str]:
        for period, month in value.items():
            if not re.fullmatch(MONTH, month):
                raise ValueError(f'{period} = "{month}": a month is written as 2026-12')
        return value


class XafAdapter(Adapter[XafConfig]):
    """Reads XML Auditfile Financieel (CLAIR2.00, 3.0, 3.1, 3.2, 3.2.1, 4.0) from files."""

    name = "xaf"
    kind = "ledger"
    Config = XafConfig

    def streams(self) -> Sequence[Offer]:
        """Lines by fiscal year; accounts and cost centres as far as a book names or uses them."""
        return (
            Offer("ledger_lines", "period"),
            Offer("accounts", "changes"),
            Offer("cost_centres", "changes", frozenset({"unit_id"})),
        )

    def check(self) -> Iterator[CheckStep]:
        """File, version and company, first transaction."""
        step = "file"
        try:
            sets = self._locate()
            yield CheckStep(step, True, ", ".join(found.where for found in sets))
            for found in sets:
                step = f"{found.where}: version and company"
                book, _ = load(found, until_first=True)
                with book.spool:
                    company, _ = masters.company(book, self.config.company_id)
                    yield CheckStep(step, True, f"{book.format.version}, {company}")
                    step = f"{found.where}: first transaction"
                    if not book.lines:
                        raise DataError(messages.NO_TRANSACTIONS, where=found.where)
                    fiscal = periods.fiscal_year(book)
                    yield CheckStep(step, True, f"{fiscal.start}..{fiscal.end}")
        except BridgeError as error:
            yield CheckStep(step, False, error=error)

    def pull(self, stream: str, window: Window, cursor: Mapping[str, Any] | None) -> Iterator[Batch]:
        """Deliver a stream of every book; each book is read to its end before its first row is handed over."""
        sets = self._locate()
        if cursor is not None and self._unchanged(sets, cursor):
            yield Batch(unchanged=True, complete=True, cursor=cursor)
            return
        with ExitStack() as stack:
            hashes: dict[Path, str] = {}
            books: list[Book] = []
            for found in sets:
                book, digests = load(found, lines=stream != "accounts", progress=self.context.progress)
                stack.enter_context(book.spool)
                hashes |= digests
                books.append(book)
            after = {"reader": READER, "settings": self._settings(), "files": self._sizes(sets, hashes)}
            if stream == "ledger_lines":
                yield from self._lines(books, after)
            else:
                yield self._masters(stream, books, after)

    def _lines(self, books: list[Book], cursor: Mapping[str, Any]) -> Iterator[Batch]:
        decided = [(book, *self._decide(book)) for book in books]
        _refuse_overlap([(book, decision) for book, _, decision, _ in decided])
        for index, (book, sums, decision, found) in enumerate(decided):
            for whole, held in lines.rows(book, sums, decision):
                if whole.height:
                    bsn.refuse(whole, STREAMS["ledger_lines"], book.where)
                    yield Batch(rows=whole)
                if held.height:
                    yield Batch(rows=held)
            fiscal = decision.fiscal
            scope = Scope(fiscal.first, fiscal.last, {"company_id": decision.company})
            last = index == len(decided) - 1
            yield Batch(findings=found, scope=scope, complete=last, cursor=cursor if last else None)

    def _decide(self, book: Book) -> tuple[Survey, Decision, list[Finding]]:
        if not book.has_transactions:
            raise DataError(messages.NO_TRANSACTIONS, where=book.where)
        company, found = masters.company(book, self.config.company_id)
        _euros(book)
        fiscal = periods.fiscal_year(book)
        sums = survey(book, fiscal)
        excluded = frozenset(self.config.exclude_periods)
        places = {
            period: periods.place(book, fiscal, self.config.periods, excluded, period)
            for period in sums.periods.get_column("period").drop_nulls().unique().sort().to_list()
        }
        journals = frozenset(self.config.exclude_journals) & {journal.journal_id for journal in book.journals}
        redundant = controls.redundant_sign(book, sums)
        decision = Decision(company, fiscal, redundant, places, journals)
        found += self._overruled(book)
        return sums, decision, [*controls.findings(book, sums, decision), *found]

    def _overruled(self, book: Book) -> list[Finding]:
        told = book.declared_encoding or "utf-8"
        if not self.config.encoding or codec(told, book.where) == self.config.encoding:
            return []
        return [
            finding(messages.ENCODING_OVERRULED, "info", where=book.where, encoding=self.config.encoding, seen=told)
        ]

    def _masters(self, stream: str, books: list[Book], cursor: Mapping[str, Any]) -> Batch:
        years = [periods.fiscal_year(book) for book in books]
        order = sorted(range(len(books)), key=lambda index: (years[index].end, -index), reverse=True)
        newest = [books[index] for index in order]
        if stream == "accounts":
            frame, found = masters.accounts(newest)
        else:
            used = [survey(books[index], years[index]).centres for index in order]
            frame, found = masters.centres(newest, used)
        bsn.refuse(frame, STREAMS[stream], newest[0].where)
        return Batch(rows=frame, complete=True, cursor=cursor, findings=found)

    def _locate(self) -> list[FileSet]:
        return locate(self.config.path, self.context.folder, self.config.encoding)

    def _settings(self) -> str:
        text = json.dumps(self.config.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _sizes(self, sets: Sequence[FileSet], hashes: Mapping[Path, str]) -> dict[str, list[Any]]:
        return {name: [path.stat().st_size, hashes[path]] for name, path in self._names(sets).items()}

    def _names(self, sets: Sequence[FileSet]) -> dict[str, Path]:
        """The files by the name under which the cursor knows them."""
        return {os.path.relpath(file.path, self.context.folder): file.path for found in sets for file in found.files}

    def _unchanged(self, sets: Sequence[FileSet], cursor: Mapping[str, Any]) -> bool:
        files: Mapping[str, Any] = cursor.get("files", {})
        paths = self._names(sets)
        if cursor.get("reader") != READER or cursor.get("settings") != self._settings() or paths.keys() != files.keys():
            return False
        if any(path.stat().st_size != files[name][0] for name, path in paths.items()):
            return False
        return all(_sha256(path) == files[name][1] for name, path in paths.items())


def _sha256(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _euros(book: Book) -> None:
    currency = book.header.get("curCode") or book.header.get("currencyCode") or ""
    if currency.upper() not in _EUROS:
        raise DataError(messages.OTHER_CURRENCY, where=book.where, seen=currency)


def _refuse_overlap(books: Sequence[tuple[Book, Decision]]) -> None:
    """Two books of one company over the same months would count its money twice."""
    for index, (book, decision) in enumerate(books):
        for other, before in books[:index]:
            first = max(decision.fiscal.first, before.fiscal.first)
            last = min(decision.fiscal.last, before.fiscal.last)
            if decision.company == before.company and first <= last:
                raise DataError(
                    messages.OVERLAP,
                    where=book.where,
                    other=other.where,
                    company=decision.company,
                    first=first,
                    last=last,
                )
