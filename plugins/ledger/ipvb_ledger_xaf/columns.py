"""From the texts of lines and transactions to typed columns, one part at a time."""

from __future__ import annotations

import polars as pl

from ipvb_ledger_xaf.book import Book
from ipvb_ledger_xaf.money import cents
from ipvb_ledger_xaf.spool import TRANSACTION
from ipvb_ledger_xaf.vocabulary import Vocabulary

_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?$"

Row = dict[str, str | None]


class Part:
    """Lines and transactions that were read and are not yet in the spool."""

    def __init__(self, book: Book, words: Vocabulary) -> None:
        self._book = book
        self._words = words
        self._split: set[int] = set()  # transactions of which lines went into an earlier part
        self.rows: list[Row] = []
        self.owners: list[int] = []
        self.transactions: list[tuple[int, int, str | None, str | None, str | None]] = []

    def flush(self) -> None:
        """Type what was read and put it in the spool."""
        if not self.rows and not self.transactions:
            return
        book, words = self._book, self._words
        transactions = self._typed_transactions()
        if self._split:
            late = transactions.filter(pl.col("transaction").is_in(sorted(self._split)))
            book.spool.late.append(late)
            self._split -= set(late.get_column("transaction").to_list())
        lines = self._typed_lines()
        book.lines += lines.height
        book.lines_with_amount += lines.filter(~pl.all_horizontal(pl.col("debit", "credit").is_null())).height
        if not book.lines_with_amount and self.rows:
            names = ", ".join(tag.rpartition("}")[2] for tag in self.rows[0])
            book.sample = f"{words.line[0]} ({names})"
        if self.owners and (not self.transactions or self.transactions[-1][0] != self.owners[-1]):
            self._split.add(self.owners[-1])
        book.spool.add(book.reading, lines, transactions)
        self.rows, self.owners, self.transactions = [], [], []

    def _typed_transactions(self) -> pl.DataFrame:
        schema = {"transaction": pl.UInt32, "journal": pl.UInt32, "entry_nr": pl.String, "period": pl.String}
        frame = pl.DataFrame(self.transactions, schema={**schema, "date_text": pl.String}, orient="row")
        self._book.unnumbered += frame.get_column("entry_nr").null_count()
        return frame.with_columns(
            date=pl.when(pl.col("date_text").str.contains(_DATE)).then(
                pl.col("date_text").str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
            )
        ).select(
            *TRANSACTION.names()[:-1],
            pl.when(pl.col("date").is_null()).then("date_text").alias("date_text"),
        )

    def _typed_lines(self) -> pl.DataFrame:
        words = self._words
        debit, credit, unread = self._amounts()
        return pl.DataFrame(
            {
                "transaction": pl.Series(self.owners, dtype=pl.UInt32),
                "line_nr": self._texts(words.line_nr),
                "account_id": self._texts(words.account),
                "cost_centre_id": self._texts(words.centre),
                "debit": debit,
                "credit": credit,
                "unread": unread,
            }
        )

    def _amounts(self) -> tuple[pl.Series, pl.Series, pl.Series]:
        """(debit, credit, what could not be read), from an amount with a side or from two amounts."""
        words = self._words
        amount, side = self._texts(words.amount), self._texts(words.side).str.to_uppercase()
        value = cents(amount)
        frame = pl.DataFrame({"amount": amount, "value": value, "side": side})
        if words.debit:
            debit, credit = self._texts(words.debit), self._texts(words.credit)
            frame = frame.with_columns(d=debit, c=credit, dv=cents(debit), cv=cents(credit))
        else:
            frame = frame.with_columns(
                d=pl.lit(None, pl.String),
                c=pl.lit(None, pl.String),
                dv=pl.lit(None, pl.Int64),
                cv=pl.lit(None, pl.Int64),
            )
        sided = pl.col("amount").is_not_null() | pl.col("side").is_not_null()
        misread = (pl.col("d").is_not_null() & pl.col("dv").is_null()) | (
            pl.col("c").is_not_null() & pl.col("cv").is_null()
        )
        frame = frame.with_columns(
            debit=pl.when(sided).then(pl.when(pl.col("side") == "D").then("value")).when(~misread).then("dv"),
            credit=pl.when(sided).then(pl.when(pl.col("side") == "C").then("value")).when(~misread).then("cv"),
        )
        nothing = pl.col("debit").is_null() & pl.col("credit").is_null()
        text = pl.concat_str("amount", "side", "d", "c", separator=" ", ignore_nulls=True)
        frame = frame.with_columns(unread=pl.when(nothing).then(text))
        return frame.get_column("debit"), frame.get_column("credit"), frame.get_column("unread")

    def _texts(self, names: tuple[str, ...]) -> pl.Series:
        """The texts of a meaning, trimmed; null where nothing stands."""
        rows = self.rows
        found = pl.Series([None] * len(rows), dtype=pl.String)
        for name in names:
            tag = self._book.format.tag(name)
            column = pl.Series([row.get(tag) for row in rows], dtype=pl.String).str.strip_chars()
            column = column.set(column == "", None)
            found = column if found.null_count() == len(rows) else found.zip_with(found.is_not_null(), column)
        return found
