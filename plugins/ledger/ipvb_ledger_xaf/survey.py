"""The first pass over the lines: sums in both readings of the sign, by entry, account and period.

As written: debit less credit; a negative amount counts on the other side. Redundant: the minus sign of a credit amount
repeats what its side says; debit less the absolute credit. Source: our reading, tried on files of real exporters.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ipvb_ledger_xaf.book import Book
from ipvb_ledger_xaf.periods import FiscalYear

WRITTEN = pl.col("debit").fill_null(0) - pl.col("credit").fill_null(0)
REDUNDANT = pl.col("debit").fill_null(0) - pl.col("credit").fill_null(0).abs()
HELD = (
    (pl.col("debit").is_null() & pl.col("credit").is_null()) | pl.col("date").is_null() | pl.col("account_id").is_null()
)
ENTRY = pl.coalesce("entry_nr", pl.format("#{}", pl.col("transaction") + 1))
"""The number of an entry; one without a number is known by its place in the file."""

_SIDES = (
    pl.len().alias("lines"),
    pl.col("debit").sum(),
    pl.col("credit").sum(),
    pl.col("credit").abs().sum().alias("credit_absolute"),
)
_OPENING = pl.col("period").str.contains(r"^0+$").fill_null(value=False)


@dataclass(frozen=True, slots=True)
class Survey:
    """What the lines add up to; all sums in cents.

    ``debit`` and ``credit`` as written; the flipped ones count a negative amount on the other side; ``twice`` is the
    number of negative credit amounts. ``entries``: those out of balance in either reading or with lines that cannot be
    read (journal_id, entry, written, redundant, held). ``accounts``: by account and whether it is an opening line.
    ``periods``: by journal (its index) and period, with the number of lines dated outside the fiscal year.
    ``repeats``: for each line its number among the lines of the same identity, from 1; None when all differ.
    """

    lines: int
    debit: int
    credit: int
    debit_flipped: int
    credit_flipped: int
    credit_absolute: int
    twice: int
    entries: pl.DataFrame
    accounts: pl.DataFrame
    periods: pl.DataFrame
    centres: tuple[str, ...]
    repeats: pl.Series | None


def survey(book: Book, fiscal: FiscalYear) -> Survey:
    """Read the spool once."""
    same: dict[str, int] = {}
    canonical = [same.setdefault(journal.journal_id, index) for index, journal in enumerate(book.journals)]
    journals = pl.DataFrame(
        {"journal": range(len(canonical)), "same": canonical}, schema={"journal": pl.UInt32, "same": pl.UInt32}
    )
    sums, entries, accounts, periods, centres, hashes = [], [], [], [], set[str](), []
    outside = ~pl.col("date").is_between(fiscal.start, fiscal.end)
    for _, raw in book.spool.parts():
        part = raw.join(journals, on="journal", how="left", maintain_order="left").with_columns(
            written=WRITTEN, redundant=REDUNDANT, held=HELD, entry=ENTRY, opening=_OPENING
        )
        sums.append(part.select(_totals()).row(0))
        found = part.group_by("same", "entry").agg(pl.col("written", "redundant", "held").sum())
        entries.append(found.filter((pl.col("written") != 0) | (pl.col("redundant") != 0) | (pl.col("held") > 0)))
        accounts.append(part.group_by("account_id", "opening").agg(*_SIDES))
        periods.append(part.group_by("journal", "period").agg(*_SIDES, outside=outside.sum()))
        centres.update(part.get_column("cost_centre_id").drop_nulls().unique().to_list())
        hashes.append(
            part.select(
                pl.col("entry").hash(1) ^ pl.col("line_nr").fill_null("").hash(2) ^ pl.col("same").hash(3)
            ).to_series()
        )
    debit, credit, debit_flipped, credit_flipped, credit_absolute, twice = (
        sum(column) for column in zip((0,) * 6, *sums, strict=True)
    )
    ids = pl.DataFrame(
        {"same": sorted(same.values()), "journal_id": list(same)}, schema={"same": pl.UInt32, "journal_id": pl.String}
    )
    out = _again(entries, ["same", "entry"]).join(ids, on="same", how="left")
    return Survey(
        lines=book.lines,
        debit=debit,
        credit=credit,
        debit_flipped=debit_flipped,
        credit_flipped=credit_flipped,
        credit_absolute=credit_absolute,
        twice=twice,
        entries=out.filter((pl.col("written") != 0) | (pl.col("redundant") != 0) | (pl.col("held") > 0)).sort(
            "journal_id", "entry"
        ),
        accounts=_again(accounts, ["account_id", "opening"]).sort("account_id", "opening"),
        periods=_again(periods, ["journal", "period"]).sort("journal", "period"),
        centres=tuple(sorted(centres)),
        repeats=_repeats(hashes),
    )


def _totals() -> list[pl.Expr]:
    """Sums in 128 bits: a file may hold amounts that only together pass 64."""
    debit, credit = (pl.col(name).cast(pl.Int128) for name in ("debit", "credit"))
    zero = pl.lit(0, pl.Int128)
    return [
        debit.sum().alias("debit"),
        credit.sum().alias("credit"),
        (debit.clip(lower_bound=zero).sum() - credit.clip(upper_bound=zero).sum()).alias("debit_flipped"),
        (credit.clip(lower_bound=zero).sum() - debit.clip(upper_bound=zero).sum()).alias("credit_flipped"),
        credit.abs().sum().alias("credit_absolute"),
        (credit < 0).sum().cast(pl.Int128).alias("twice"),
    ]


def _again(parts: list[pl.DataFrame], keys: list[str]) -> pl.DataFrame:
    """The groups of all parts together. Of a book without lines: no row."""
    if not parts:
        names = {"same": pl.UInt32, "journal": pl.UInt32, "opening": pl.Boolean}
        sums = ("written", "redundant", "held", "lines", "debit", "credit", "credit_absolute", "outside")
        schema = {key: names.get(key, pl.String) for key in keys} | dict.fromkeys(sums, pl.Int64)
        return pl.DataFrame(schema=schema)
    return pl.concat(parts).group_by(keys).agg(pl.all().sum())


def _repeats(hashes: list[pl.Series]) -> pl.Series | None:
    if not hashes:
        return None
    identity = pl.concat(hashes).rename("identity")
    if identity.n_unique() == identity.len():
        return None
    return identity.to_frame().select(pl.int_range(1, pl.len() + 1).over("identity").alias("repeat")).to_series()
