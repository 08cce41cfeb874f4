"""The sign rule, balance and lines that cannot be read: decided on the whole file, before a row is handed over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ipvb_bridge.base.errors import DataError
from ipvb_ledger_xaf import messages

from .books import Line, entry, ledger, with_lines
from .conftest import Connection


@pytest.mark.parametrize("version", ["CLAIR2", "3.2", "4.0"])
def test_minus_sign_that_repeats_the_side(version: str, connect: Connection) -> None:
    """Negative credit amounts that balance only when sign and side say the same (Banana) are read so, told once."""
    book = with_lines(ledger(), Line("4000", 700), Line("1000", -700, "C"))
    book = replace(
        book,
        journals=tuple(
            replace(
                journal,
                entries=tuple(
                    replace(
                        one,
                        lines=tuple(replace(x, cents=-abs(x.cents) if x.side == "C" else x.cents) for x in one.lines),
                    )
                    for one in journal.entries
                ),
            )
            for journal in book.journals
        ),
    )
    pulled = connect.read(book, version)
    assert pulled.amounts == [125_000, -125_000, 99, -99, 700, -700]
    assert "(3 regels)" in pulled.texts("XAF30")[0]
    assert len(pulled.texts("XAF30")) == 1
    assert not [finding for finding in pulled.findings if finding.rule == "R06"]


def test_negative_amount_that_is_a_reversal(connect: Connection) -> None:
    """Negative amounts that balance as written count on the other side: a reversal stays one."""
    book = with_lines(ledger(), Line("4000", -700, "D", "100"), Line("1000", -700, "C"))
    pulled = connect.read(book)
    assert pulled.amounts[-2:] == [-700, 700]
    assert not pulled.texts("XAF30")


def test_neither_reading_balances(connect: Connection) -> None:
    """A book that balances in neither reading is refused with both sums, and no row of it is handed over."""
    book = with_lines(ledger(), Line("4000", 700), Line("1000", -600, "C"))
    batches = []
    connect.put(book)
    with pytest.raises(DataError) as caught:  # noqa: PT012 - what came before the error is the point
        for batch in connect.adapter().pull("ledger_lines", None, None):  # type: ignore[arg-type]
            batches.append(batch)
    assert caught.value.code == "XAF07"
    assert "13.00" in caught.value.what("nl")
    assert "1.00" in caught.value.what("nl").replace("13.00", "")
    assert batches == []


def test_entries_out_of_balance(connect: Connection) -> None:
    """Entries that do not balance in a book that does are findings of R06, each with its amount."""
    book = with_lines(with_lines(ledger(), Line("4000", 500)), Line("1000", 500, "C"))
    pulled = connect.read(book)
    found = pulled.saying(messages.ENTRY_OUT_OF_BALANCE)
    assert {each.subject: each.amount_cents for each in found} == {"MEM/X3": 500, "MEM/X4": -500}
    assert {each.rule for each in found} == {"R06"}
    assert len(pulled.amounts) == 6


def test_many_entries_out_of_balance_are_summed_up(connect: Connection) -> None:
    """Twenty entries are named; the rest is one number with its amount."""
    entries = [replace(entry(str(n), 100), lines=(Line("4000", 100, "DC"[n % 2]),)) for n in range(50)]
    pulled = connect.read(ledger(*entries))
    assert len(pulled.saying(messages.ENTRY_OUT_OF_BALANCE)) == 20
    assert "nog 30 boekingen" in pulled.finding(messages.ENTRIES_OUT_OF_BALANCE).explanation


def test_an_entry_in_two_pieces_balances_as_one(connect: Connection) -> None:
    """An entry whose lines stand under two transactions of one number is one entry, which balances."""
    halves = (
        replace(entry("5", 100), lines=(Line("4000", 100),)),
        replace(entry("5", 100), lines=(Line("1000", 100, "C", nr="2"),)),
    )
    pulled = connect.read(ledger(*halves))
    assert not [finding for finding in pulled.findings if finding.rule == "R06"]


@pytest.mark.parametrize(
    ("raw", "side"),
    [
        ("12,50", "D"),
        ("1.250,00", "C"),
        ("12.505", "D"),
        ("1E3", "D"),
        ("", "D"),
        ("12.50", "X"),
        ("12.50", ""),
        ("abc", "C"),
        ("12.50 EUR", "D"),
        ("9999999999999999999", "C"),
        ("--5", "D"),
        (".", "D"),
    ],
)
def test_an_amount_that_cannot_be_read_is_held(raw: str, side: str, connect: Connection) -> None:
    """A line without a readable amount and side is held back with what stood there; the entry is reported, the other
    entries stand."""
    pulled = connect.read(with_lines(ledger(), Line("4000", 0, side, raw=raw), Line("1000", 1_250, "C")))
    assert pulled.amounts == [125_000, -125_000, 99, -99, -1_250]
    assert pulled.held.height == 1
    assert pulled.held.get_column("column").to_list() == ["amount"]
    assert "boek.xaf:MEM/X3/1" in pulled.held.get_column("position")[0]
    assert pulled.held.get_column("seen")[0] == " ".join(text for text in (raw, side or "?") if text)
    found = pulled.finding(messages.LINES_HELD)
    assert (found.rule, found.severity, found.subject, found.amount_cents) == ("R06", "error", "MEM/X3", -1_250)


@pytest.mark.parametrize(
    ("raw", "cents"),
    [
        ("12.5", 1_250),
        ("12", 1_200),
        ("12.500", 1_250),
        ("+12.50", 1_250),
        (".5", 50),
        ("12.", 1_200),
        ("0012.50", 1_250),
    ],
)
def test_amounts_as_exporters_write_them(raw: str, cents: int, connect: Connection) -> None:
    """Whole euros, one decimal, zeros behind and a plus sign are exact amounts."""
    assert connect.read(with_lines(ledger(), Line("4000", 0, raw=raw), Line("1000", cents, "C"))).amounts[-2] == cents


@pytest.mark.parametrize(
    ("spoil", "column"),
    [
        (("<nr>1</nr><accID>4000</accID>", "<nr>1</nr><accID/>"), "account_id"),
        (("<trDt>2026-01-15</trDt>", "<trDt>15-01-2026</trDt>"), "date"),
        (("<trDt>2026-01-15</trDt>", "<trDt>2026-02-30</trDt>"), "date"),
    ],
)
def test_a_line_without_account_or_date_is_held(spoil: tuple[str, str], column: str, connect: Connection) -> None:
    """A line without an account, or with a date that is none, is held back and not lost."""
    from .books import write

    pulled = connect.read(write(ledger()).replace(*spoil, 1))
    assert set(pulled.held.get_column("column")) == {column}
    assert pulled.held.height + len(pulled.amounts) == 4
    assert "R06" in pulled.rules()


def test_a_transaction_without_a_date_has_that_of_its_lines(connect: Connection) -> None:
    """Where the transaction has no date, the effective date of its first line stands for it."""
    from .books import write

    pulled = connect.read(write(ledger()).replace("<trDt>2026-03-31</trDt>", ""))
    assert pulled.rows.get_column("date").cast(str).to_list()[-1] == "2026-03-31"


def test_amounts_are_exact_to_the_cent(connect: Connection) -> None:
    """Fifteen digits and two decimals keep every cent."""
    cents = 99_999_999_999_999_999
    assert connect.read(ledger(entry("1", cents))).amounts == [cents, -cents]
