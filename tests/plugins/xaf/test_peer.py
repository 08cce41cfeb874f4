"""Against pyxaf, a reader that others wrote: equal sums per account, cost centre and period."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from pathlib import Path

import polars as pl
import pytest
import pyxaf
from hypothesis import HealthCheck, given, settings

from ipvb_bridge.base.errors import DataError

from .books import VERSIONS, Ledger, Line, entry, ledger, with_lines
from .conftest import Connection, Pulled
from .strategies import ledgers

Sums = dict[tuple[str, str, int], int]


def theirs(path: Path) -> Sums:
    """Cents by account, cost centre and period number, as pyxaf reads them."""
    sums: Sums = defaultdict(int)
    with pyxaf.open(path) as book:
        for transaction in book.transactions():
            for line in transaction.lines:
                assert line.signed_amount is not None
                key = (str(line.account_id), line.cost_center or "", int(str(transaction.period_key)))
                sums[key] += int(line.signed_amount * 100)
    return dict(sums)


def ours(pulled: Pulled) -> Sums:
    """The same of our rows; the books here run from January to December."""
    rows = pulled.rows.group_by("account_id", "cost_centre_id", "period").agg(pl.col("amount").sum())
    return {(account, centre or "", int(month[5:])): cents for account, centre, month, cents in rows.iter_rows()}


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(book=ledgers())
def test_random_books(version: str, book: Ledger) -> None:
    """Random books of every version add up to what pyxaf makes of them."""
    with tempfile.TemporaryDirectory() as folder:
        connection = Connection(Path(folder))
        assert ours(connection.read(book, version)) == theirs(Path(folder) / "boek.xaf")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_book_with_negative_amounts(version: str, connect: Connection) -> None:
    """Reversals written with a minus sign count on the other side, as they do in pyxaf."""
    book = with_lines(ledger(entry("1", 5)), Line("4000", -700, centre="100"), Line("1000", -700, "C"))
    assert ours(connect.read(book, version)) == theirs(connect.folder / "boek.xaf")


@pytest.mark.parametrize("name", ["banana-3.2-2018-final.xaf", "pyxaf-4.0-2024.xaf"])
def test_files_of_others(name: str, connect: Connection, shared_data: Path) -> None:
    """Audit files made by others give the sums that pyxaf reads, and no error."""
    path = shared_data / "xaf" / "samples" / name
    pulled = connect.pull(path=str(path))
    assert ours(pulled) == theirs(path)
    assert pulled.held.is_empty()
    assert not [finding for finding in pulled.findings if finding.severity != "info"]


@pytest.mark.parametrize(
    ("name", "lines", "debit"),
    [("banana-3.2-2018-final.xaf", 121, 9_127_549), ("pyxaf-4.0-2024.xaf", 36, 3_826_042)],
)
def test_totals_of_files_of_others(name: str, lines: int, debit: int, connect: Connection, shared_data: Path) -> None:
    """Lines and debit total are those that their collection states."""
    rows = connect.pull(path=str(shared_data / "xaf" / "samples" / name)).rows
    assert rows.height == lines
    assert rows.filter(pl.col("amount") > 0).get_column("amount").sum() == debit


def test_the_published_test_message(connect: Connection, shared_data: Path) -> None:
    """The published 3.2 test message is valid and does not balance: it is refused, with both sums."""
    with pytest.raises(DataError) as caught:
        connect.pull(path=str(shared_data / "xaf" / "samples" / "official-3.2-test-lf.xml"))
    assert caught.value.code == "XAF07"
    assert "-3.14" in caught.value.what("nl")
