"""The second pass: ledger lines as rows, with the sign that was decided, the month of their period and unique ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core.records import STREAMS
from ipvb_ledger_xaf.book import Book
from ipvb_ledger_xaf.periods import FiscalYear, Placed
from ipvb_ledger_xaf.survey import ENTRY, REDUNDANT, WRITTEN, Survey

BATCH = 100_000
_TABLE = STREAMS["ledger_lines"]
_SCHEMA = pl.Schema({**_TABLE.schema(), "_position": pl.String()})
_ESCAPES = (("%", "%25"), ("/", "%2F"), ("~", "%7E"), ("#", "%23"))
"""Ids are joined with / and ~, so these are written otherwise inside a number: no two ids can become one."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What is known when the whole file has been read."""

    company: str
    fiscal: FiscalYear
    redundant: bool
    places: dict[str, Placed]
    without_journals: frozenset[str]

    def apart(self) -> list[str]:
        """The periods whose lines are no ledger lines."""
        return [period for period, placed in self.places.items() if placed.why in ("opening", "excluded")]


def rows(book: Book, survey: Survey, decision: Decision) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """(typed rows, rows as text that the program must hold back), about ``BATCH`` lines at a time."""
    waiting: list[pl.DataFrame] = []
    offset = 0
    for file, part in book.spool.parts():
        repeats = None if survey.repeats is None else survey.repeats.slice(offset, part.height)
        offset += part.height
        waiting.append(_rows(book, file, part, repeats, decision))
        if sum(frame.height for frame in waiting) >= BATCH:
            yield _split(pl.concat(waiting))
            waiting = []
    if waiting:
        yield _split(pl.concat(waiting))


def _rows(book: Book, file: str, part: pl.DataFrame, repeats: pl.Series | None, decision: Decision) -> pl.DataFrame:
    journals = pl.DataFrame(
        {
            "journal": range(len(book.journals)),
            "journal_id": [journal.journal_id for journal in book.journals],
            "journal_type": [journal.type for journal in book.journals],
        },
        schema={"journal": pl.UInt32, "journal_id": pl.String, "journal_type": pl.String},
    ).with_columns(
        dropped=pl.col("journal_id").is_in(sorted(decision.without_journals)), journal_id=_safe("journal_id")
    )
    months = pl.DataFrame(
        {"period": list(decision.places), "month": [placed.month for placed in decision.places.values()]},
        schema={"period": pl.String, "month": pl.String},
    )
    fiscal = decision.fiscal
    # A transaction outside the fiscal year still belongs to this book: its month is the nearest one of the year.
    by_date = pl.col("date").clip(fiscal.start, fiscal.end).dt.to_string("%Y-%m")
    dated = any(placed.why == "date" for placed in decision.places.values()) or part.get_column("period").null_count()
    again: pl.Expr = pl.lit("")
    frame = part
    if repeats is not None:
        frame = part.with_columns(repeats.alias("repeat"))
        again = pl.when(pl.col("repeat") > 1).then(pl.format("~{}", "repeat")).otherwise(pl.lit(""))
    frame = (
        frame.join(journals, on="journal", how="left", maintain_order="left")
        .join(months, on="period", how="left", maintain_order="left")
        .filter(~pl.col("dropped") & ~pl.col("period").is_in(decision.apart()).fill_null(value=False))
    )
    numbered = pl.col("entry_nr").is_not_null()
    entry = pl.when(numbered).then(_safe("entry_nr")).otherwise(ENTRY)
    tail = pl.concat_str("journal_id", entry, separator="/")
    line = pl.concat_str(tail, pl.lit("/"), _safe("line_nr").fill_null(""), again)
    unread = pl.col("debit").is_null() & pl.col("credit").is_null()
    return frame.select(
        line_id=pl.concat_str(pl.lit(f"{fiscal.label}/"), line),
        company_id=pl.lit(decision.company),
        entry_id=pl.concat_str(pl.lit(f"{fiscal.label}/"), tail),
        journal_type="journal_type",
        date="date",
        period=pl.coalesce("month", by_date) if dated else pl.col("month"),
        account_id="account_id",
        cost_centre_id="cost_centre_id",
        amount=pl.when(~unread).then(REDUNDANT if decision.redundant else WRITTEN),
        _position=pl.concat_str(pl.lit(f"{file}:"), line),
        unread="unread",
        date_text="date_text",
    )


def _safe(column: str) -> pl.Expr:
    expression = pl.col(column)
    for mark, written in _ESCAPES:
        expression = expression.str.replace_all(mark, written, literal=True)
    return expression


def _split(frame: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rows that are whole, typed; and the others as text, with what stood in the file."""
    bad = pl.any_horizontal(pl.col("amount", "date", "account_id", "period").is_null())
    names = _SCHEMA.names()
    if frame.select(~bad.any()).item():
        return frame.select(names), pl.DataFrame(schema=dict.fromkeys(names, pl.String))
    cents = pl.col("amount")
    euros = pl.format(
        "{}{}.{}",
        pl.when(cents < 0).then(pl.lit("-")).otherwise(pl.lit("")),
        cents.abs() // 100,
        (cents.abs() % 100).cast(pl.String).str.zfill(2),
    )
    held = frame.filter(bad).with_columns(
        amount=pl.coalesce(euros, "unread"), date=pl.coalesce(pl.col("date").cast(pl.String), "date_text")
    )
    return frame.filter(~bad).select(names), held.select(names)
