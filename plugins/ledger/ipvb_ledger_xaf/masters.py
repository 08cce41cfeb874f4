"""Accounts with their RGS code, cost centres, account types and the identity of the company."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import polars as pl

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.plugin import Finding
from ipvb_ledger_xaf import messages
from ipvb_ledger_xaf.book import Account, Book
from ipvb_ledger_xaf.findings import finding

_RGS = re.compile(r"[BW](?:[A-Z][a-z0-9]{2}){1,5}(?:[.:][A-Za-z0-9]+)*")
_RGS_ORDER = ("RGScode", "conceptRef", "taxoElement", "leadReference", "leadCode")
"""Which field wins. By the book it is conceptRef (3.x) or RGScode (4.0); exporters also use the lead fields."""

_BALANCE = {"b", "bal", "balans", "balance", "a", "activa", "passiva", "p/b", "debiteur", "debiteuren", "crediteur"}
_BALANCE |= {"crediteuren", "liquide middelen", "bank", "kas", "balansrekening", "debtor", "creditor", "d", "c"}
_RESULT = {"p", "r", "v", "w", "v&w", "v/w", "pl", "p&l", "pnl", "resultaat", "kosten", "opbrengsten", "opbrengst"}
_RESULT |= {"omzet", "winst en verlies", "verlies en winst", "resultatenrekening", "profit and loss", "winst & verlies"}
_MIXED = {"m", "memo", "memoriaal", "statistisch"}


def account_type(text: str | None) -> str | None:
    """``balance``, ``result`` or ``other`` for the type as exporters write it; None when it is not known."""
    word = (text or "").strip().lower()
    for kind, words in (("balance", _BALANCE), ("result", _RESULT), ("other", _MIXED)):
        if word in words:
            return kind
    return None


def rgs_code(text: str) -> str | None:
    """The RGS code in a field, when it looks like one: ``WPerLes``, ``rgs-i:WPerLesLon``."""
    last = re.split(r"[:#_/]", text.strip())[-1] if not _RGS.fullmatch(text.strip()) else text.strip()
    return last if _RGS.fullmatch(last) else None


def accounts(books: Sequence[Book]) -> tuple[pl.DataFrame, list[Finding]]:
    """The accounts of the books, newest first (the first book that declares a number wins), with findings."""
    found: dict[str, tuple[str | None, str | None]] = {}
    owner: dict[str, str] = {}
    nameless: list[tuple[str | None, str | None]] = []
    findings: list[Finding] = []
    for book in books:
        fields: Counter[str] = Counter()
        unlike: list[str] = []
        twice: list[str] = []
        for account in book.accounts:
            code, field = _rgs(book, account)
            if code is not None:
                fields[field] += 1
            elif field:
                unlike.append(account.rgs[field])
            row = (account.name, code)
            if not account.account_id:
                nameless.append(row)
                continue
            owner.setdefault(account.account_id, book.where)
            if found.setdefault(account.account_id, row) != row:
                twice.append(account.account_id)
        if fields:
            seen = ", ".join(f"{name} ({count})" for name, count in sorted(fields.items()))
            findings.append(finding(messages.RGS_FIELD, "info", count=fields.total(), where=book.where, seen=seen))
        if unlike:
            findings.append(
                finding(messages.RGS_UNLIKE, "warning", count=len(unlike), where=book.where, seen=unlike[0])
            )
        for number in twice[:20]:
            findings.append(
                finding(messages.ACCOUNT_TWICE, "warning", subject=number, account=number, where=owner[number])
            )
    rows: list[tuple[str | None, ...]] = [(number, *row) for number, row in sorted(found.items())]
    rows += [(None, *row) for row in nameless]  # the program holds them back, with the reason
    frame = pl.DataFrame(rows, schema={"account_id": pl.String, "name": pl.String, "rgs_code": pl.String}, orient="row")
    return frame, findings


def _rgs(book: Book, account: Account) -> tuple[str | None, str]:
    """(code, the field it came from); with no code the field that was meant for one and holds something else."""
    fields = dict(account.rgs)
    if taxonomy := book.taxonomy.get(account.account_id):
        fields["taxoElement"] = taxonomy
    for name in _RGS_ORDER:
        if name in fields and (code := rgs_code(fields[name])):
            return code, name
    return None, "RGScode" if "RGScode" in fields else ""


def unknown_types(book: Book) -> list[Finding]:
    """Account types that are none of the words seen in practice."""
    odd = Counter(account.type for account in book.accounts if account.type and account_type(account.type) is None)
    if not odd:
        return []
    seen = ", ".join(str(word) for word, _ in odd.most_common(5))
    return [finding(messages.ACCOUNT_TYPE, "info", count=odd.total(), where=book.where, seen=seen)]


def result_accounts(book: Book) -> list[str]:
    """The accounts whose type says that they are of the result."""
    return sorted({a.account_id for a in book.accounts if account_type(a.type) == "result"})


def company(book: Book, configured: str) -> tuple[str, list[Finding]]:
    """The id of the company: configured, else the administration's number, the chamber of commerce's, or the name.

    The tax number is never used: of a one-man business it holds the owner's BSN. Raises :class:`DataError` (XAF08).
    """
    if configured:
        return configured, []
    own = book.company.get("companyIdent") or book.header.get("companyID")
    if own:
        return own, []
    for field in ("Commercenr", "commerceNr", "companyName"):
        value = book.company.get(field) or book.header.get(field)
        if value:
            warning = finding(messages.COMPANY_BY, "info", where=book.where, company=value, seen=field)
            return value, [warning]
    raise DataError(messages.NO_COMPANY, where=book.where)


def centres(books: Sequence[Book], used: Sequence[Sequence[str]]) -> tuple[pl.DataFrame, list[Finding]]:
    """The cost centres that the books name or use; one without a name is a code all the same (``00000``)."""
    names: dict[str, str | None] = {}
    findings: list[Finding] = []
    for book, codes in zip(books, used, strict=True):
        for code, name in book.centres.items():
            names[code] = names.get(code) or name
        unnamed = [code for code in codes if not book.centres.get(code)]
        for code in unnamed:
            names.setdefault(code, None)
        if unnamed:
            findings.append(
                finding(messages.CENTRES_UNNAMED, "info", count=len(unnamed), where=book.where, seen=unnamed[0])
            )
    rows = [(code, name, None) for code, name in sorted(names.items())]
    schema = {"cost_centre_id": pl.String, "name": pl.String, "unit_id": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row"), findings
