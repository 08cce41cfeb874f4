"""What the book says against what it holds: the sign, balance, totals, accounts, periods. All findings, save one:
a book that balances in neither reading is refused."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.plugin import Finding
from ipvb_ledger_xaf import masters, messages
from ipvb_ledger_xaf.book import Book, Totals
from ipvb_ledger_xaf.findings import finding
from ipvb_ledger_xaf.lines import Decision
from ipvb_ledger_xaf.money import cents_of, euros
from ipvb_ledger_xaf.survey import Survey

LISTED = 20
"""Single findings of one kind; what is more is told as one number."""


def redundant_sign(book: Book, survey: Survey) -> bool:
    """Whether the minus sign of credit amounts repeats their side. Raises :class:`DataError` (XAF07).

    Entries with lines that cannot be read are left out of the question: they are out of balance either way.
    """
    whole = survey.entries.filter(pl.col("held") == 0)
    written, redundant = int(whole.get_column("written").sum()), int(whole.get_column("redundant").sum())
    if written == 0:
        return False
    if redundant == 0:
        return True
    raise DataError(messages.NOT_IN_BALANCE, where=book.where, written=euros(written), redundant=euros(redundant))


def findings(book: Book, survey: Survey, decision: Decision) -> list[Finding]:
    """Every finding about the lines of one book, gravest kinds first."""
    found = [
        *_sign(book, survey, decision),
        *_entries(survey, decision),
        *_totals(book, survey, decision),
        *_accounts(book, survey, decision),
        *_periods(book, survey, decision),
        *_opening(book, survey, decision),
        *_about(book, survey, decision),
        *masters.unknown_types(book),
    ]
    order = {"error": 0, "warning": 1, "info": 2}
    return sorted(found, key=lambda item: order[item.severity])


def _sign(book: Book, survey: Survey, decision: Decision) -> Iterator[Finding]:
    if decision.redundant:
        yield finding(messages.SIGN_REDUNDANT, "warning", where=book.where, lines=survey.twice)


def _entries(survey: Survey, decision: Decision) -> Iterator[Finding]:
    reading = "redundant" if decision.redundant else "written"
    odd = survey.entries.filter((pl.col(reading) != 0) | (pl.col("held") > 0))
    held = odd.filter(pl.col("held") > 0)
    for row in held.head(LISTED).iter_rows(named=True):
        entry = f"{row['journal_id']}/{row['entry']}"
        amount = row[reading]
        yield finding(
            messages.LINES_HELD, "error", rule="R06", subject=entry, amount_cents=amount, entry=entry,
            count=row["held"], amount=euros(amount),
        )  # fmt: skip
    unbalanced = odd.filter(pl.col("held") == 0)
    for row in unbalanced.head(LISTED).iter_rows(named=True):
        entry = f"{row['journal_id']}/{row['entry']}"
        amount = row[reading]
        yield finding(
            messages.ENTRY_OUT_OF_BALANCE, "error", rule="R06", subject=entry, amount_cents=amount, entry=entry,
            amount=euros(amount),
        )  # fmt: skip
    rest = pl.concat([held.slice(LISTED), unbalanced.slice(LISTED)])
    if rest.height:
        amount = int(rest.get_column(reading).sum())
        yield finding(
            messages.ENTRIES_OUT_OF_BALANCE, "error", rule="R06", amount_cents=amount, count=rest.height,
            amount=euros(amount),
        )  # fmt: skip


def _totals(book: Book, survey: Survey, decision: Decision) -> Iterator[Finding]:
    told = [totals for totals in book.totals if totals.any]
    if not told:
        debit = euros(survey.debit)
        yield finding(messages.TOTALS_ABSENT, "info", where=book.where, lines=survey.lines, debit=debit)
        return
    readings = [
        (survey.debit, survey.credit_absolute if decision.redundant else survey.credit),
        (survey.debit, survey.credit_absolute),
        (survey.debit_flipped, survey.credit_flipped),
    ]
    yield from _compare(book.where, told, survey.lines, readings, book.transactions)


def _compare(
    where: str, told: list[Totals], lines: int, readings: list[tuple[int, int]], entries: int = -1
) -> Iterator[Finding]:
    """Declared count and totals against what was read; the first of ``readings`` is the one to show."""
    counts = [int(totals.lines) for totals in told if totals.lines and totals.lines.isdecimal()]
    if counts and lines not in (*counts, sum(counts)):
        if entries in (*counts, sum(counts)):
            yield finding(messages.COUNTS_ENTRIES, "info", where=where, declared=entries, seen=lines)
        else:
            yield finding(messages.COUNT_DIFFERS, "warning", rule="R06", where=where, declared=counts[0], seen=lines)
    if _declared(told).isdisjoint(readings):
        debit, credit = readings[0]
        declared = cents_of(told[0].debit)
        yield finding(
            messages.TOTALS_DIFFER,
            "warning",
            rule="R06",
            amount_cents=None if declared is None else declared - debit,
            where=where,
            declared_debit=told[0].debit or "-",
            declared_credit=told[0].credit or "-",
            debit=euros(debit),
            credit=euros(credit),
        )


def _declared(told: list[Totals]) -> set[tuple[int, int]]:
    """Debit and credit as declared, of one part or of the sum of all parts; the credit total also without its minus
    sign, which says nothing that its name does not."""
    pairs = [
        (debit, credit)
        for totals in told
        if (debit := cents_of(totals.debit)) is not None and (credit := cents_of(totals.credit)) is not None
    ]
    if len(pairs) < len(told):
        return set()
    pairs.append((sum(debit for debit, _ in pairs), sum(credit for _, credit in pairs)))
    return {*pairs, *((debit, abs(credit)) for debit, credit in pairs)}


def _accounts(book: Book, survey: Survey, decision: Decision) -> Iterator[Finding]:
    declared = [account.account_id for account in book.accounts]
    unknown = (
        survey.accounts.filter(pl.col("account_id").is_not_null() & ~pl.col("account_id").is_in(declared))
        .group_by("account_id")
        .agg(pl.col("lines", "debit", "credit", "credit_absolute").sum())
        .sort("account_id")
    )
    for row in unknown.head(LISTED).iter_rows(named=True):
        amount = row["debit"] - (row["credit_absolute"] if decision.redundant else row["credit"])
        account = row["account_id"]
        yield finding(
            messages.UNDECLARED_ACCOUNT, "warning", subject=account, amount_cents=amount, account=account,
            lines=row["lines"], amount=euros(amount), where=book.where,
        )  # fmt: skip
    if unknown.height > LISTED:
        yield finding(messages.UNDECLARED_ACCOUNTS, "warning", count=unknown.height - LISTED, where=book.where)


def _periods(book: Book, survey: Survey, decision: Decision) -> Iterator[Finding]:
    credit = "credit_absolute" if decision.redundant else "credit"
    sums = survey.periods.group_by("period").agg(pl.all().exclude("journal").sum()).sort("period")
    kinds = {
        "guessed": (messages.PERIOD_GUESSED, "warning"),
        "date": (messages.PERIOD_UNREADABLE, "warning"),
        "wide": (messages.PERIOD_WIDE, "info"),
        "outside": (messages.PERIOD_OUTSIDE, "warning"),
        "configured": (messages.PERIOD_CONFIGURED, "info"),
        "opening": (messages.OPENING_PERIOD, "info"),
    }
    for row in sums.iter_rows(named=True):
        period = row["period"] or ""
        placed = decision.places[period] if row["period"] is not None else None
        why = placed.why if placed else "date"
        fields = {"where": book.where, "period": period or "-", "lines": row["lines"], "debit": euros(row["debit"])}
        fields |= {"credit": euros(row[credit]), "first": decision.fiscal.first, "last": decision.fiscal.last}
        if placed is not None:
            fields |= {"month": placed.month, "start": placed.start, "end": placed.end}
        if why == "excluded":
            fields["what"] = f"periode {period}"
            yield finding(messages.EXCLUDED, "info", subject=period, **fields)
        elif why in kinds:
            message, severity = kinds[why]
            yield finding(message, severity, subject=period, **fields)  # type: ignore[arg-type]  # literals in a dict
    for journal in sorted(decision.without_journals):
        indices = [index for index, found in enumerate(book.journals) if found.journal_id == journal]
        out = survey.periods.filter(pl.col("journal").is_in(indices))
        yield finding(
            messages.EXCLUDED,
            "info",
            subject=journal,
            where=book.where,
            what=f"dagboek {journal}",
            lines=int(out.get_column("lines").sum()),
            debit=euros(int(out.get_column("debit").sum())),
            credit=euros(int(out.get_column(credit).sum())),
        )
    fiscal = decision.fiscal
    counted = survey.periods.filter(~pl.col("period").is_in(decision.apart()).fill_null(value=False))
    dated = int(counted.get_column("outside").sum())
    if dated:
        yield finding(
            messages.DATED_OUTSIDE, "info", where=book.where, lines=dated, first=fiscal.start, last=fiscal.end
        )


def _opening(book: Book, survey: Survey, decision: Decision) -> Iterator[Finding]:
    opening = book.opening
    if opening.lines or opening.told:
        debit, credit = opening.debit, opening.credit_absolute if decision.redundant else opening.credit
        yield finding(
            messages.OPENING_APART, "info", where=book.where, lines=opening.lines, debit=euros(debit),
            credit=euros(credit),
        )  # fmt: skip
        if debit != credit or opening.unreadable:
            yield finding(
                messages.OPENING_BALANCE, "warning", rule="R06", amount_cents=debit - credit, where=book.where,
                amount=euros(debit - credit),
            )  # fmt: skip
        if opening.told and opening.told.any:
            where = f"de beginbalans van {book.where}"
            yield from _compare(
                where, [opening.told], opening.lines, [(debit, credit), (debit, opening.credit_absolute)]
            )
    yield from _opening_on_result(book, survey, decision)


def _opening_on_result(book: Book, survey: Survey, decision: Decision) -> Iterator[Finding]:
    if not any(placed.why == "opening" for placed in decision.places.values()):
        return
    credit = "credit_absolute" if decision.redundant else "credit"
    result = survey.accounts.filter(pl.col("opening") & pl.col("account_id").is_in(masters.result_accounts(book)))
    if result.height:
        amount = int(result.get_column("debit").sum()) - int(result.get_column(credit).sum())
        yield finding(
            messages.OPENING_ON_RESULT, "warning", amount_cents=amount, where=book.where,
            lines=int(result.get_column("lines").sum()), amount=euros(amount), first=decision.fiscal.first,
        )  # fmt: skip


def _about(book: Book, survey: Survey, decision: Decision) -> Iterator[Finding]:
    where, fiscal = book.where, decision.fiscal
    seen = book.header.get("fiscalYear", "")
    if seen and not any(str(year) in seen for year in {fiscal.start.year, fiscal.end.year}):
        yield finding(
            messages.FISCAL_YEAR_DIFFERS, "warning", where=where, seen=seen, first=fiscal.start, last=fiscal.end
        )
    if not book.format.official:
        namespace = book.format.namespace or "(geen)"
        yield finding(messages.NAMESPACE_DIFFERS, "info", where=where, seen=namespace, version=book.format.version)
    if book.unnumbered:
        yield finding(messages.ENTRY_UNNUMBERED, "info", where=where, count=book.unnumbered)
    if survey.repeats is not None:
        again = int((survey.repeats > 1).sum())
        yield finding(messages.NUMBERS_REPEAT, "info", where=where, lines=again)
    if not survey.lines:
        yield finding(messages.NO_LINES, "warning", where=where)
    yield finding(
        messages.READ_AS, "info", where=where, version=book.format.version, company=decision.company,
        first=fiscal.start, last=fiscal.end, lines=survey.lines,
    )  # fmt: skip
