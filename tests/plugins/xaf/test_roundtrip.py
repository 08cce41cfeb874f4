"""Random books: nothing lost, sums equal, whatever stands in codes and however the file is cut into pieces."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipvb_ledger_xaf import columns, load, reader

from .books import VERSIONS, Entry, Journal, Ledger, Line, entry, ledger, write
from .conftest import Connection
from .strategies import ledgers

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture]


def expected(book: Ledger) -> Counter[tuple[str, str | None, str, str, int]]:
    """What every line of a book is, by hand."""
    return Counter(
        (
            line.account,
            line.centre or None,
            f"2026-{int(posted.period):02d}",
            posted.date,
            line.cents if line.side == "D" else -line.cents,
        )
        for journal in book.journals
        for posted in journal.entries
        for line in posted.lines
    )


def found(rows: pl.DataFrame) -> Counter[tuple[str, str | None, str, str, int]]:
    """The same of the rows that were delivered."""
    columns = ("account_id", "cost_centre_id", "period", pl.col("date").cast(pl.String), "amount")
    return Counter(rows.select(*columns).rows())


@pytest.mark.parametrize("version", VERSIONS)
@settings(max_examples=12, deadline=None, suppress_health_check=SLOW)
@given(book=ledgers())
def test_a_random_book_comes_back_whole(version: str, book: Ledger) -> None:
    """Every line of a random book comes back once, with its amount, account, cost centre and month; ids are unique."""
    with tempfile.TemporaryDirectory() as folder:
        pulled = Connection(Path(folder)).read(book, version)
    assert found(pulled.rows) == expected(book)
    assert sum(pulled.amounts) == 0
    assert pulled.rows.get_column("line_id").n_unique() == pulled.rows.height
    assert pulled.held.is_empty()
    assert "R06" not in pulled.rules()


@settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
@given(book=ledgers(), piece=st.integers(1, 400), part=st.integers(1, 2_000), long=st.integers(0, 3))
def test_pieces_and_parts_change_nothing(book: Ledger, piece: int, part: int, long: int) -> None:
    """However small the pieces that are read, the parts of the spool and what counts as a long transaction."""
    with tempfile.TemporaryDirectory() as folder:
        connection = Connection(Path(folder))
        plain = connection.read(book)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(load, "CHUNK", piece)
            patch.setattr(columns, "PART", part)
            patch.setattr(reader, "LONG", long)
            again = connection.pull()
    assert again.rows.equals(plain.rows)
    assert again.findings == plain.findings


@settings(max_examples=20, deadline=None, suppress_health_check=SLOW)
@given(book=ledgers(), chosen=st.sets(st.integers(0, 20)))
def test_walking_gives_what_cutting_gives(book: Ledger, chosen: set[int]) -> None:
    """Transactions of an unusual build (an attribute, an element too many) are walked, and give the same rows in the
    same order as those that are cut out of the text."""
    plain = write(book)
    pieces = plain.split("<transaction>")
    odd = pieces[0] + "".join(
        ('<transaction note="x">' if number in chosen else "<transaction>") + piece
        for number, piece in enumerate(pieces[1:])
    )
    with tempfile.TemporaryDirectory() as folder:
        connection = Connection(Path(folder))
        assert connection.read(odd).rows.equals(connection.read(plain).rows)


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
@given(book=ledgers(), seed=st.randoms(use_true_random=False))
def test_order_of_entries_changes_no_sum(book: Ledger, seed: object) -> None:
    """Journals and entries in another order are the same lines under the same ids, where numbers do not repeat."""
    journals = [Journal(j.journal_id, j.type, tuple(reversed(j.entries))) for j in reversed(book.journals)]
    with tempfile.TemporaryDirectory() as folder:
        connection = Connection(Path(folder))
        one = connection.read(book).rows
        other = connection.read(Ledger(tuple(journals), accounts=book.accounts)).rows
    assert one.sort("line_id").equals(other.sort("line_id"))


@pytest.mark.parametrize("built", ["plain", "attribute"])
def test_one_transaction_of_many_lines(built: str, connect: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction longer than a part of the spool is read piece by piece and comes back as one entry, in order."""
    monkeypatch.setattr(load, "CHUNK", 10_000)
    monkeypatch.setattr(columns, "PART", 50_000)
    monkeypatch.setattr(reader, "LONG", 20)
    lines = tuple(Line("4000", n, "D", "100") for n in range(1, 2_001))
    total = sum(line.cents for line in lines)
    long = Entry("2", "6", "2026-06-30", (*lines, Line("1000", total, "C")))
    text = write(ledger(entry("1", 5), long, entry("3", 7, period="7")))
    if built == "attribute":
        text = text.replace("<trLine>", '<trLine soort="x">')
    pulled = connect.read(text)
    assert pulled.amounts == [5, -5, *range(1, 2_001), -total, 7, -7]
    assert (
        pulled.rows.get_column("entry_id").to_list() == ["2026/MEM/1"] * 2 + ["2026/MEM/2"] * 2_001 + ["2026/MEM/3"] * 2
    )
    assert pulled.rows.get_column("period").unique().sort().to_list() == ["2026-01", "2026-06", "2026-07"]
    assert "R06" not in pulled.rules()


def test_many_relations_pass_by(connect: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """Relations, subledgers and unknown parts of any length are passed over; what is read stays the same."""
    monkeypatch.setattr(load, "CHUNK", 5_000)
    plain = connect.read(ledger()).rows
    address = "<streetAddress><city>Ergens</city></streetAddress>"
    relation = f"<customerSupplier><custSupID>D1</custSupID>{address}</customerSupplier>"
    text = write(ledger())
    text = text.replace(
        "<generalLedger>", f"<customersSuppliers>{relation * 2_000}</customersSuppliers><generalLedger>"
    )
    line = "<sbLine><nr>1</nr><amnt>9.99</amnt><amntTp>D</amntTp></sbLine>"
    subledger = f"<subledgers><subledger><sbType>CS</sbType>{line * 2_000}</subledger></subledgers>"
    text = text.replace("</transactions>", subledger + "</transactions>")
    history = "<glAccountHistory><glAccount><accID>9</accID></glAccount></glAccountHistory>"
    text = text.replace("</ledgerAccount>", f"{history}</ledgerAccount>")
    text = text.replace("<company>", f"<vreemd>{'<x><y/></x>' * 2_000}</vreemd><company>")
    pulled = connect.read(text)
    assert pulled.rows.equals(plain)
    assert connect.pull("accounts").rows.get_column("account_id").to_list() == ["0400", "1000", "4000"]


@pytest.mark.parametrize(
    "spoil",
    [
        ("<trLine>", '<trLine xmlns="http://www.auditfiles.nl/XAF/3.2">'),
        ("<trLine>", '<trLine xmlns:v="urn:v" v:x="1"><v:accID>9</v:accID><v:groep><v:amnt>9</v:amnt></v:groep>'),
        ("<transaction>", '<transaction><v:kop xmlns:v="urn:v"><v:x/></v:kop>'),
        ("<nr>1</nr><accID>", '<nr a="b">1</nr><accID>'),
        ("</trLine>", "<vat><nr>9</nr></vat><overig><accID>9</accID><amnt>9.99</amnt></overig></trLine>"),
        ("<trLine>", "<trLine><vat><accID>9</accID><amnt>9.99</amnt><amntTp>C</amntTp></vat>"),
        ("<jrnID>", "tekst<jrnID>"),
        ("</trLine>", "</trLine> tekst "),
        ("<periodNumber>", "<periodNumber><!-- x -->"),
    ],
)
def test_unusual_builds(spoil: tuple[str, str], connect: Connection) -> None:
    """Additions of a vendor's own, attributes and elements in elements are not taken for what they resemble."""
    plain = connect.read(ledger()).rows
    assert connect.read(write(ledger()).replace(*spoil)).rows.equals(plain)


def test_prefixes_mixed(connect: Connection) -> None:
    """Transactions written with and without a prefix stand in one journal."""
    plain = connect.read(ledger()).rows
    text = write(ledger()).replace("<auditfile ", '<auditfile xmlns:x="http://www.auditfiles.nl/XAF/3.2" ')
    text = text.replace("<transaction>", "<x:transaction>", 1).replace("</transaction>", "</x:transaction>", 1)
    assert connect.read(text).rows.equals(plain)


def test_the_tree_stays_small(connect: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read is removed: the tree never holds much more than the piece that was fed last."""
    sizes: list[int] = []
    take = reader.Reader.take

    def counted(self: reader.Reader, root: Any, **options: Any) -> None:
        take(self, root, **options)
        sizes.append(sum(1 for _ in root.iter()))

    monkeypatch.setattr(load, "CHUNK", 10_000)
    monkeypatch.setattr(reader.Reader, "take", counted)
    connect.read(ledger(*(entry(str(number), 5) for number in range(2_000))))
    connect.read(ledger(*(entry(str(number), 5) for number in range(2_000))), "CLAIR2")
    assert len(sizes) > 50
    assert max(sizes) < 400
