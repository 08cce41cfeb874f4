"""Which month a period counts in: the period decides, the file's own table first, and nothing is dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pydantic import ValidationError

from ipvb_bridge.base.errors import DataError
from ipvb_ledger_xaf import messages

from .books import Account, Ledger, entry, ledger, write
from .conftest import Connection, Pulled


def months(pulled: Pulled) -> list[str]:
    return pulled.rows.filter(pulled.rows.get_column("amount") > 0).get_column("period").to_list()


def test_the_table_of_periods_decides(connect: Connection) -> None:
    """The days that the file gives a period decide its month, also when the number says another."""
    periods = (("1", "2026-03-01", "2026-03-31"), ("2", "2026-01-01", "2026-01-31"))
    book = replace(ledger(entry("1", 5), entry("2", 7, period="2")), periods=periods)
    assert months(connect.read(book)) == ["2026-03", "2026-01"]


def test_without_a_table_the_number_decides(connect: Connection) -> None:
    """Numbers 1 to 12, with or without a leading zero, are the months of the fiscal year."""
    book = replace(ledger(entry("1", 5, period="02"), entry("2", 7, period="12")), periods=())
    assert months(connect.read(book)) == ["2026-02", "2026-12"]


def test_part_of_a_year_with_its_own_numbers(connect: Connection) -> None:
    """An export of April to June numbers its periods 4 to 6: the calendar's months, not three months later."""
    book = replace(
        ledger(entry("1", 5, period="4"), entry("2", 7, period="6")), periods=(), start="2026-04-01", end="2026-06-30"
    )
    assert months(connect.read(book)) == ["2026-04", "2026-06"]


def test_periods_of_four_weeks(connect: Connection) -> None:
    """A period over the end of a month counts in the month that holds most of its days."""
    periods = (("2", "2026-01-29", "2026-02-25"), ("13", "2026-12-03", "2026-12-30"))
    book = replace(ledger(entry("1", 5, period="2"), entry("2", 7, period="13")), periods=periods)
    pulled = connect.read(book)
    assert months(pulled) == ["2026-02", "2026-12"]
    assert not [finding for finding in pulled.findings if finding.severity != "info"]


def test_periods_of_a_quarter(connect: Connection) -> None:
    """A period of several months counts where it starts, and the reader is told."""
    book = replace(ledger(entry("1", 5, period="2")), periods=(("2", "2026-04-01", "2026-06-30"),))
    pulled = connect.read(book)
    assert months(pulled) == ["2026-04"]
    assert "loopt van 2026-04-01" in pulled.finding(messages.PERIOD_WIDE).explanation


def test_period_0_stands_apart(connect: Connection) -> None:
    """Period 0 (Twinfield's opening journal, also next to an opening balance) is no ledger line; its sums are told."""
    book = replace(ledger(entry("1", 5), entry("2", 700, period="0")), accounts=(Account("4000", "Lonen", "B"),))
    pulled = connect.read(book)
    assert pulled.amounts == [5, -5]
    assert "2 openingsregels, debet 7.00, credit 7.00" in pulled.finding(messages.OPENING_PERIOD).explanation
    assert not pulled.texts("XAF42")


def test_period_0_on_a_result_account_is_told(connect: Connection) -> None:
    """Opening lines on result accounts are money that no month counts: a warning with the amount."""
    found = connect.read(ledger(entry("1", 5), entry("2", 700, period="0"))).finding(messages.OPENING_ON_RESULT)
    assert (found.severity, found.amount_cents) == ("warning", 700)


def test_period_0_by_configuration(connect: Connection) -> None:
    """The configuration may place period 0 in a month."""
    pulled = connect.read(ledger(entry("1", 700, period="0")), periods={"0": "2026-01"})
    assert months(pulled) == ["2026-01"]
    assert pulled.finding(messages.PERIOD_CONFIGURED).severity == "info"


@pytest.mark.parametrize("period", ["13", "55", "99", "999"])
def test_extra_periods_without_days(period: str, connect: Connection) -> None:
    """Periods above 12 (Twinfield's 55: closing entries) are not lost: the year's last month, with a finding."""
    pulled = connect.read(ledger(entry("1", 5), entry("2", 2_000_000, period=period)))
    assert months(pulled) == ["2026-01", "2026-12"]
    found = pulled.finding(messages.PERIOD_GUESSED)
    assert found.severity == "warning"
    assert "20000.00" in found.explanation
    assert f'"{period}" = ' in found.next_step


def test_extra_period_with_days(connect: Connection) -> None:
    """A period above 12 that the table gives days counts in their month, without a finding."""
    periods = (*Ledger(()).months(), ("55", "2026-11-30", "2026-11-30"))
    pulled = connect.read(replace(ledger(entry("1", 5, period="55")), periods=periods))
    assert months(pulled) == ["2026-11"]
    assert not [finding for finding in pulled.findings if finding.severity != "info"]


def test_extra_period_of_a_whole_year(connect: Connection) -> None:
    """A closing period that runs over the whole year counts in its last month."""
    periods = (*Ledger(()).months(), ("13", "2026-01-01", "2026-12-31"))
    assert months(connect.read(replace(ledger(entry("1", 5, period="13")), periods=periods))) == ["2026-12"]


def test_extra_period_by_configuration(connect: Connection) -> None:
    """The configuration goes before the table and before the year's last month."""
    book = ledger(entry("1", 5, period="55"))
    assert months(connect.read(book, periods={"55": "2026-06"})) == ["2026-06"]


def test_days_outside_the_fiscal_year(connect: Connection) -> None:
    """A table that gives a period days outside the fiscal year is not believed; the number decides, with a finding."""
    pulled = connect.read(replace(ledger(entry("1", 5)), periods=(("1", "1967-08-13", "1967-08-13"),)))
    assert months(pulled) == ["2026-01"]
    assert pulled.finding(messages.PERIOD_OUTSIDE).severity == "warning"


@pytest.mark.parametrize("period", ["2015", "jan", "2026-01", "", "1A"])
def test_what_is_no_period_number(period: str, connect: Connection) -> None:
    """Where the period is no number (Banana CLAIR2 writes the year), the date decides the month, with a finding."""
    book = ledger(entry("1", 5, period=period, date="2026-07-31"))
    pulled = connect.read(book, "CLAIR2")
    assert months(pulled) == ["2026-07"]
    assert pulled.finding(messages.PERIOD_UNREADABLE).severity == "warning"


def test_a_missing_period(connect: Connection) -> None:
    """Without a period the date decides, with a finding."""
    pulled = connect.read(write(ledger(entry("1", 5))).replace("<periodNumber>1</periodNumber>", ""))
    assert months(pulled) == ["2026-01"]
    assert "geen periodenummer" in pulled.finding(messages.PERIOD_UNREADABLE).explanation


def test_a_date_outside_the_year_stays_in_the_book(connect: Connection) -> None:
    """By date a line of this year's book never leaves its fiscal year: the nearest month counts."""
    book = ledger(entry("1", 5, period="x", date="2025-12-31"), entry("2", 7, period="x", date="2027-02-01"))
    assert months(connect.read(book)) == ["2026-01", "2026-12"]


def test_left_out_by_configuration(connect: Connection) -> None:
    """Periods and journals may be left out; the report says how much that was."""
    book = ledger(entry("1", 5), entry("2", 700, period="13"))
    pulled = connect.read(book, exclude_periods=("13",))
    assert pulled.amounts == [5, -5]
    assert "2 regels van periode 13" in pulled.finding(messages.EXCLUDED).explanation
    pulled = connect.read(book, exclude_journals=("MEM", "BESTAAT NIET"))
    assert pulled.amounts == []
    assert "4 regels van dagboek MEM" in pulled.finding(messages.EXCLUDED).explanation


def test_a_period_in_the_configuration_is_a_month() -> None:
    """A configured month that is none is refused when the configuration is read."""
    from ipvb_ledger_xaf.adapter import XafConfig

    with pytest.raises(ValidationError, match="2026-12"):
        XafConfig(path="x", periods={"55": "december"})


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ({"start": "", "end": ""}, "2026-01", "2026-12"),
        ({"end": ""}, "2026-01", "2026-12"),
        ({"start": "", "fiscal": ""}, "2026-01", "2026-12"),
        ({"start": "", "end": "", "fiscal": ""}, "2026-01", "2026-02"),
        ({"start": "2026-07-01", "end": "", "fiscal": ""}, "2026-07", "2027-06"),
        ({"start": "2026-12-31", "end": "2026-01-01"}, "2026-01", "2026-12"),
    ],
)
def test_the_fiscal_year_of_a_poor_header(header: dict[str, str], first: str, last: str, connect: Connection) -> None:
    """What the header lacks comes from what it has, else from the table of periods."""
    book = replace(ledger(), periods=(("1", "2026-01-01", "2026-01-31"), ("2", "2026-02-01", "2026-02-28")), **header)
    scope = connect.read(book).batches[-1].scope
    assert scope is not None
    assert (scope.first, scope.last) == (first, last)


def test_no_fiscal_year_at_all(connect: Connection) -> None:
    """A file that does not say which year it holds is refused: its scope would be a guess."""
    with pytest.raises(DataError) as caught:
        connect.read(replace(ledger(), start="", end="", fiscal="", periods=()))
    assert caught.value.code == "XAF11"
