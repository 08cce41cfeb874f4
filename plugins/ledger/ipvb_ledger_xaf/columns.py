"""From the texts of lines and transactions to typed columns, one part at a time."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl
from lxml import etree

from ipvb_ledger_xaf import bulk
from ipvb_ledger_xaf.book import Book
from ipvb_ledger_xaf.bulk import HEAD_TEXTS, LINE_TEXTS, Text
from ipvb_ledger_xaf.money import cents
from ipvb_ledger_xaf.spool import TRANSACTION
from ipvb_ledger_xaf.vocabulary import Vocabulary

PART = 8_000_000
"""Characters of text in a part of the spool (about 30,000 lines): enough for whole columns, and memory stays flat."""

_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T.*|Z|[+-][0-9]{2}:[0-9]{2})?$"
_TRIMMED = r"^\s|\s$"
_ENTITIES = (("&lt;", "<"), ("&gt;", ">"), ("&#13;", "\r"), ("&amp;", "&"))  # & last: it begins the others
_HEAD_SCHEMA = {"transaction": pl.UInt32, "journal": pl.UInt32, **dict.fromkeys(HEAD_TEXTS, pl.String)}
_LINE_SCHEMA = {"transaction": pl.UInt32, **dict.fromkeys(LINE_TEXTS, pl.String)}

Row = dict[str, str | None]


class Part:
    """Lines and transactions that were read and are not yet in the spool.

    Whole transactions come as text (:meth:`text`); single ones, and lines of one that is still open, as rows.
    """

    def __init__(self, book: Book, words: Vocabulary) -> None:
        self._book = book
        self._words = words
        self._split: set[int] = set()  # transactions of which lines went into an earlier part
        self._texts: list[Text] = []
        self._size = 0
        self._lines: list[tuple[int, list[Row]]] = []
        self._heads: list[tuple[int, int, Row]] = []

    def text(self, text: Text) -> None:
        """Take complete transactions, written out."""
        self._texts.append(text)
        self._size += len(text.body)

    def lines(self, transaction: int, rows: list[Row]) -> None:
        """Take lines of a transaction; rows by expanded element name."""
        self._lines.append((transaction, rows))
        self._size += 250 * len(rows)

    def head(self, transaction: int, journal: int, row: Row) -> None:
        """Take the fields of a transaction that was walked; called once, when it is complete."""
        self._heads.append((transaction, journal, row))

    @property
    def full(self) -> bool:
        """Time to flush."""
        return self._size >= PART

    def flush(self) -> None:
        """Type what was read and put it in the spool."""
        if not (self._texts or self._lines or self._heads):
            return
        book = self._book
        walked = [number for number, _, _ in self._heads]
        heads, lines = self._read()
        heads = self._with_effective(heads, lines)
        transactions = self._typed_heads(heads)
        typed = _typed_lines(lines)
        book.lines += typed.height
        book.lines_with_amount += typed.filter(~pl.all_horizontal(pl.col("debit", "credit").is_null())).height
        if book.lines and not book.lines_with_amount and not book.sample and self._texts:
            book.sample = bulk.names(self._texts[0], self._words)
        if late := self._split.intersection(walked):
            book.spool.late.append(transactions.filter(pl.col("transaction").is_in(sorted(late))))
        self._split |= {number for number, _ in self._lines}
        self._split -= set(walked)
        book.spool.add(book.reading, typed, transactions)
        self._texts, self._lines, self._heads, self._size = [], [], [], 0

    def _read(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """(heads, lines) as texts, in the order of the file."""
        heads: list[pl.DataFrame] = []
        lines: list[pl.DataFrame] = []
        if self._texts:
            found = bulk.cut(self._texts, self._words)
            for number, journal, xml in found.odd:
                self._walk(number, journal, xml)
            heads.append(found.heads)
            lines.append(_unescaped(found.lines))
            heads[0] = _unescaped(heads[0])
        if not self._heads and not self._lines:
            return heads[0], lines[0]
        heads.append(self._rows_frame([(number, [row]) for number, _, row in self._heads], HEAD_TEXTS, _HEAD_SCHEMA))
        lines.append(self._rows_frame(self._lines, LINE_TEXTS, _LINE_SCHEMA))
        return (
            pl.concat(heads).sort("transaction", maintain_order=True),
            pl.concat(lines).sort("transaction", maintain_order=True),
        )

    def _rows_frame(
        self, groups: list[tuple[int, list[Row]]], meanings: tuple[str, ...], schema: dict[str, type[pl.DataType]]
    ) -> pl.DataFrame:
        data: dict[str, list[object]] = {"transaction": [number for number, rows in groups for _ in rows]}
        if "journal" in schema:
            data["journal"] = [journal for _, journal, _ in self._heads]
        for meaning in meanings:
            tags = [self._book.format.tag(name) for name in getattr(self._words, meaning)]
            data[meaning] = [
                next((row[tag] for tag in tags if row.get(tag)), None) for _, rows in groups for row in rows
            ]
        return pl.DataFrame(data, schema=schema)

    def _walk(self, number: int, journal: int, xml: str) -> None:
        """Read a transaction of another build, element by element."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
        transaction = etree.fromstring(xml, parser)[0]
        head, rows = self.row(transaction)
        self._lines.append((number, rows))
        self._heads.append((number, journal, head))

    def row(self, transaction: Iterable[etree._Element]) -> tuple[Row, list[Row]]:
        """(fields, lines) of a transaction, or of the children of one that are complete."""
        lines = frozenset(self._book.format.tag(name) for name in self._words.line)
        space = self._book.format.tag("")
        head: Row = {}
        rows: list[Row] = []
        for child in transaction:
            tag = str(child.tag)
            if not tag.startswith(space):
                continue  # a vendor's own addition
            if tag in lines:
                rows.append({str(leaf.tag): leaf.text for leaf in child})
            else:
                head.setdefault(tag, child.text)
                if len(child):
                    self._book.strange(f"transaction/{tag.rpartition('}')[2]}")
        if rows and not self._book.sample:
            self._book.sample = ", ".join(tag.rpartition("}")[2] for tag in rows[0])
        return head, rows

    def _with_effective(self, heads: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
        """A transaction without a date has that of its first line that has one."""
        if not heads.get_column("date").null_count():
            return heads
        dates = lines.filter(pl.col("effective").is_not_null()).group_by("transaction", maintain_order=True).first()
        found = heads.join(
            dates.select("transaction", "effective"), on="transaction", how="left", maintain_order="left"
        )
        return found.with_columns(date=pl.coalesce("date", "effective")).drop("effective")

    def _typed_heads(self, heads: pl.DataFrame) -> pl.DataFrame:
        frame = _trimmed(heads, HEAD_TEXTS)
        self._book.unnumbered += frame.get_column("entry_nr").null_count()
        text = pl.col("date")
        day = pl.when(text.str.contains(_DATE)).then(text.str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False))
        return frame.with_columns(date=day, date_text=pl.when(day.is_null()).then(text)).select(TRANSACTION.names())


def _typed_lines(texts: pl.DataFrame) -> pl.DataFrame:
    frame = _trimmed(texts, LINE_TEXTS).with_columns(pl.col("side").str.to_uppercase())
    value = cents(frame.get_column("amount"))
    columns = {name: frame.get_column(name) for name in ("debit", "credit")}
    two = any(column.null_count() < column.len() for column in columns.values())
    frame = frame.with_columns(value=value)
    sided: list[pl.Expr] = [pl.when(pl.col("side") == side).then("value") for side in ("D", "C")]
    if two:
        debit, credit = cents(columns["debit"]), cents(columns["credit"])
        read = (pl.col("debit").is_null() | debit.is_not_null()) & (pl.col("credit").is_null() | credit.is_not_null())
        apart = pl.col("amount").is_null() & pl.col("side").is_null() & read
        sided = [
            pl.coalesce(one, pl.when(apart).then(pl.lit(column)))
            for one, column in zip(sided, (debit, credit), strict=True)
        ]
    frame = frame.with_columns(debit_cents=sided[0], credit_cents=sided[1])
    nothing = pl.col("debit_cents").is_null() & pl.col("credit_cents").is_null()
    # With its side behind it no such text can pass for an amount later on.
    side = pl.when(pl.col("amount").is_not_null()).then(pl.col("side").fill_null("?")).otherwise("side")
    two_sides = [pl.concat_str(name, pl.lit(f" {name[0].upper()}")) for name in ("debit", "credit")]
    unread = pl.concat_str("amount", side, *two_sides, separator=" ", ignore_nulls=True)
    return frame.select(
        "transaction",
        "line_nr",
        account_id="account",
        cost_centre_id="centre",
        debit="debit_cents",
        credit="credit_cents",
        unread=pl.when(nothing).then(unread) if frame.select(nothing.any()).item() else pl.lit(None, pl.String),
    )


def _trimmed(frame: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """Texts without the space around them; an empty one is null."""
    trimmed = pl.col(names).str.strip_chars()
    return frame.with_columns(pl.when(trimmed.str.len_bytes() > 0).then(trimmed).name.keep())


def _unescaped(frame: pl.DataFrame) -> pl.DataFrame:
    texts = [name for name, type_ in frame.schema.items() if type_ == pl.String]
    if not frame.select(pl.any_horizontal(pl.col(texts).str.contains("&", literal=True).any())).item():
        return frame
    expression = pl.col(texts)
    for entity, mark in _ENTITIES:
        expression = expression.str.replace_all(entity, mark, literal=True)
    return frame.with_columns(expression)
