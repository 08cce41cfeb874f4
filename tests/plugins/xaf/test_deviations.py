"""What real exporters write against the book, each with a small file made here: nothing lost, nothing silent."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from ipvb_bridge.base.errors import DataError
from ipvb_ledger_xaf import messages

from .books import Account, Entry, Journal, Ledger, Line, entry, ledger, with_lines, write
from .conftest import Connection


def test_byte_order_mark(connect: Connection) -> None:
    """A UTF-8 byte-order mark (Exact Online, Twinfield) is no part of the text."""
    plain = connect.read(ledger()).rows
    assert connect.read(b"\xef\xbb\xbf" + write(ledger()).encode()).rows.equals(plain)


def test_latin_1_declared_as_such(connect: Connection) -> None:
    """A file that declares ISO-8859-1 (Multivers) is read as such: names keep their accents."""
    book = replace(
        ledger(), accounts=(Account("4000", "Kosten café €".replace("€", "é")), Account("1000", "Bank", "B"))
    )
    connect.put(write(book).replace("UTF-8", "ISO-8859-1").encode("latin-1"))
    assert connect.pull("accounts").rows.get_column("name").to_list() == ["Bank", "Kosten café é"]


def test_latin_1_declared_as_utf_8_is_refused(connect: Connection) -> None:
    """Latin-1 bytes in a file that says UTF-8 are refused, and the message names the setting that overrules."""
    book = replace(ledger(), accounts=(Account("4000", "Kosten café"), Account("1000", "Bank", "B")))
    connect.put(write(book).encode("latin-1"))
    with pytest.raises(DataError) as caught:
        connect.pull("accounts")
    assert caught.value.code == "D72"
    assert 'encoding = "iso-8859-1"' in caught.value.next_step("nl")
    assert "boek.xaf" in caught.value.what("nl")


def test_latin_1_declared_as_utf_8_with_the_override(connect: Connection) -> None:
    """With the setting the same file is read, and every delivery says that it was."""
    book = replace(ledger(), accounts=(Account("4000", "Kosten café"), Account("1000", "Bank", "B")))
    connect.put(write(book).encode("latin-1"))
    accounts = connect.pull("accounts", encoding="iso-8859-1")
    assert accounts.rows.get_column("name").to_list() == ["Bank", "Kosten café"]
    assert "zoals ingesteld" in connect.pull(encoding="ISO-8859-1").finding(messages.ENCODING_OVERRULED).explanation


def test_order_of_elements_and_missing_parts(connect: Connection) -> None:
    """No declaration, children out of order, no currency, whole euros, totals after the journals, another fiscalYear
    (osFinancials 3.1): the same rows, and findings about the year and nothing else."""
    plain = connect.read(replace(ledger(entry("1", 125_000)), start="2015-01-01", end="2015-12-31", fiscal="2015")).rows
    text = write(
        replace(ledger(entry("1", 125_000)), start="2015-01-01", end="2015-12-31", fiscal="2004"),
        "3.1",
        declaration=False,
    )
    text = text.replace("<curCode>EUR</curCode>", "").replace("1250.00", "1250")
    # Totals go behind the journals, the header behind the company, the transaction's fields behind its lines.
    text = re.sub(
        r"<transactions>(<linesCount>.*?</totalCredit>)(.*)</transactions>",
        r"<transactions>\2\1</transactions>",
        text,
        flags=re.S,
    )
    text = re.sub(r"(<header>.*</header>)(<company>.*</company>)", r"\2\1", text, flags=re.S)
    text = re.sub(r"(<jrnID>.*?</jrnTp>)(.*)</journal>", r"\2\1</journal>", text, flags=re.S)
    text = re.sub(
        r"<transaction>(<nr>.*?</trDt>)(.*?)</transaction>", r"<transaction>\2\1</transaction>", text, flags=re.S
    )
    text = re.sub(r"<trLine>(.*?)(<accID>\d+</accID>)(.*?)(<amnt>.*?</amnt>)", r"<trLine>\4\1\3\2", text, flags=re.S)
    assert text.index("<linesCount>") > text.index("</journal>")
    assert text.index("<trDt>") > text.index("</trLine>")
    pulled = connect.read(text)
    assert pulled.rows.equals(plain)
    assert {finding.rule for finding in pulled.findings if finding.severity != "info"} == {"XAF51"}
    assert "boekjaar 2004" in pulled.finding(messages.FISCAL_YEAR_DIFFERS).explanation


def test_line_ends_of_carriage_returns_only(connect: Connection) -> None:
    """Lines that end in CR alone (the published 3.2 test message) change nothing."""
    plain = connect.read(ledger()).rows
    assert connect.read(write(ledger()).replace("\n", "\r").encode()).rows.equals(plain)


def test_negative_quantity(connect: Connection) -> None:
    """A negative quantity (Exact Online) is not valid against the schema and touches no amount."""
    book = with_lines(ledger(), Line("4000", 10, extra="<qntity>-1</qntity>"), Line("1000", 10, "C"))
    assert connect.read(book).amounts[-2:] == [10, -10]


def test_lines_count_is_the_number_of_transactions(connect: Connection) -> None:
    """A declared count that is the number of transactions (Banana) is told, and is no warning."""
    pulled = connect.read(replace(ledger(), totals=("2", "1250.99", "1250.99")))
    assert pulled.finding(messages.COUNTS_ENTRIES).severity == "info"
    assert not [finding for finding in pulled.findings if finding.severity != "info"]


def test_declared_totals_that_match_nothing(connect: Connection) -> None:
    """Totals that match nothing (Banana CLAIR2) are findings of R06 with the difference; the rows come through."""
    pulled = connect.read(replace(ledger(), totals=("99", "1.00", "2.00")), "CLAIR2")
    count, totals = pulled.finding(messages.COUNT_DIFFERS), pulled.finding(messages.TOTALS_DIFFER)
    assert [(each.rule, each.severity) for each in (count, totals)] == [("R06", "warning")] * 2
    assert totals.amount_cents == 100 - 125_099
    assert len(pulled.amounts) == 4


def test_no_control_totals(connect: Connection) -> None:
    """A file without control totals says what was read, so that a person can compare."""
    assert "1250.99" in connect.read(replace(ledger(), totals=None)).finding(messages.TOTALS_ABSENT).next_step


def test_other_name_for_the_relations(connect: Connection) -> None:
    """`customerSuppliers` where the schema says `customersSuppliers` (Banana CLAIR2) is passed over."""
    text = write(ledger(), "CLAIR2")
    relations = "<customerSuppliers><customerSupplier><custSupID>1</custSupID></customerSupplier></customerSuppliers>"
    assert len(connect.read(text.replace("<transactions>", relations + "<transactions>")).amounts) == 4


def test_cost_centre_of_zeros(connect: Connection) -> None:
    """Cost centre `00000` (Twinfield) is a code, with all its zeros."""
    pulled = connect.read(with_lines(ledger(), Line("4000", 10, centre="00000"), Line("1000", 10, "C")))
    assert pulled.rows.get_column("cost_centre_id").to_list()[-2:] == ["00000", None]


def test_lines_dated_outside_the_fiscal_year(connect: Connection) -> None:
    """The period decides, not the date (Twinfield; AFAS dates opening lines on the last day of the year before)."""
    pulled = connect.read(ledger(entry("1", 500, period="2", date="2025-12-31")))
    assert pulled.rows.get_column("period").unique().to_list() == ["2026-02"]
    assert pulled.rows.get_column("date").cast(str).unique().to_list() == ["2025-12-31"]
    assert "2 regels" in pulled.finding(messages.DATED_OUTSIDE).explanation


def test_no_opening_balance(connect: Connection) -> None:
    """A book without an opening balance (Exact Online 2016) is a book."""
    assert not connect.read(ledger()).texts("XAF40")


def test_opening_balance_stands_apart(connect: Connection) -> None:
    """The opening balance is no ledger line; its sums are told."""
    opening = (Line("1000", 5_000, "D"), Line("0400", 5_000, "C"))
    pulled = connect.read(replace(ledger(), opening=opening))
    assert len(pulled.amounts) == 4
    assert "2 regels, debet 50.00, credit 50.00" in pulled.finding(messages.OPENING_APART).explanation


def test_opening_balance_out_of_balance(connect: Connection) -> None:
    """An opening balance that does not balance is a finding, as no cost depends on it."""
    pulled = connect.read(replace(ledger(), opening=(Line("1000", 5_000, "D"),)))
    assert pulled.finding(messages.OPENING_BALANCE).amount_cents == 5_000


def test_undeclared_accounts(connect: Connection) -> None:
    """Lines on accounts that the file does not declare (the published 4.0 test) come through, with a finding each."""
    pulled = connect.read(with_lines(ledger(), Line("9999", 10), Line("1000", 10, "C")), "4.0")
    assert pulled.finding(messages.UNDECLARED_ACCOUNT).subject == "9999"
    assert pulled.finding(messages.UNDECLARED_ACCOUNT).amount_cents == 10
    assert 10 in pulled.amounts


def test_many_undeclared_accounts_are_summed_up(connect: Connection) -> None:
    """Twenty accounts are named, the rest is a number."""
    lines = [Line(f"9{number:03d}", 1) for number in range(25)]
    pulled = connect.read(with_lines(ledger(), *lines, Line("1000", 25, "C")))
    assert len(pulled.texts("XAF38")) == 20
    assert "nog 5 rekeningen" in pulled.texts("XAF39")[0]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("B", "BAL", "Balans", "A", "Activa", "Passiva", "Debiteur"), "balance"),
        (("P", "R", "V", "W", "V&W", "PNL", "Kosten", "Opbrengsten"), "result"),
        (("M",), "other"),
        (("", "Onzin", None), None),
    ],
)
def test_account_types_in_free_text(words: tuple[str | None, ...], kind: str | None) -> None:
    """The words that exporters use for an account's type are known; any other is not guessed."""
    from ipvb_ledger_xaf.masters import account_type

    assert {account_type(word) for word in words} == {kind}


def test_unknown_account_type(connect: Connection) -> None:
    """A type that is no known word is told, and stops nothing."""
    accounts = (Account("4000", "Lonen", "Onzin"), Account("1000", "Bank", "B"))
    assert "Onzin" in connect.read(replace(ledger(), accounts=accounts)).finding(messages.ACCOUNT_TYPE).explanation


def test_numbers_that_repeat(connect: Connection) -> None:
    """Transactions and lines that share a number get ids of their own, in the order of the file."""
    twice = Entry("7", "1", "2026-01-02", (Line("4000", 5, nr="1"), Line("1000", 5, "C", nr="1")))
    pulled = connect.read(ledger(twice, twice))
    assert pulled.rows.get_column("line_id").to_list() == [
        "2026/MEM/7/1",
        "2026/MEM/7/1~2",
        "2026/MEM/7/1~3",
        "2026/MEM/7/1~4",
    ]
    assert pulled.rows.get_column("entry_id").unique().to_list() == ["2026/MEM/7"]
    assert "3 regels" in pulled.finding(messages.NUMBERS_REPEAT).explanation


def test_a_journal_in_two_pieces(connect: Connection) -> None:
    """A journal that stands in the file twice is one journal: equal numbers in it get ids of their own."""
    first = Journal("MEM", "M", (entry("1", 5),))
    pulled = connect.read(Ledger((first, Journal("BNK", "B", (entry("1", 7),)), first)))
    assert pulled.rows.get_column("line_id").n_unique() == 6
    assert pulled.rows.get_column("entry_id").unique().sort().to_list() == ["2026/BNK/1", "2026/MEM/1"]


def test_ids_cannot_run_together(connect: Connection) -> None:
    """Numbers with the signs that ids are joined with stay apart: `A/1` with `2` is not `A` with `1/2`."""
    journals = (
        Journal("A/1", "M", (replace(entry("2", 5)),)),
        Journal("A", "M", (replace(entry("1/2", 7)),)),
        Journal("A", "M", (replace(entry("1/2~2", 9)),)),
    )
    pulled = connect.read(Ledger(journals))
    assert pulled.rows.get_column("entry_id").n_unique() == 3
    assert pulled.rows.get_column("line_id").n_unique() == 6


def test_transactions_without_a_number(connect: Connection) -> None:
    """Transactions without a number are entries of their own, known by their place."""
    text = write(ledger(entry("", 5), entry("", 7))).replace("<nr></nr>", "")
    pulled = connect.read(text)
    assert pulled.rows.get_column("entry_id").to_list() == ["2026/MEM/#1", "2026/MEM/#1", "2026/MEM/#2", "2026/MEM/#2"]
    assert "2 boekingen" in pulled.finding(messages.ENTRY_UNNUMBERED).explanation


def test_company_without_a_number(connect: Connection) -> None:
    """Without a number the company is known by its name; the tax number is never used, as it may hold a BSN."""
    pulled = connect.read(replace(ledger(), company="", tax="NL123456782B01"))
    assert pulled.rows.get_column("company_id").unique().to_list() == ["Stichting Voorbeeldzorg"]
    assert pulled.finding(messages.COMPANY_BY).severity == "info"
    assert "123456782" not in str(pulled.batches)


def test_company_of_4_0_is_the_chamber_of_commerce_number(connect: Connection) -> None:
    """4.0 has no administration number: the chamber of commerce's counts."""
    pulled = connect.read(replace(ledger(), company="12345678"), "4.0")
    assert pulled.rows.get_column("company_id").unique().to_list() == ["12345678"]


def test_company_that_nobody_names(connect: Connection) -> None:
    """A file that does not say whose it is stops, until the configuration does."""
    text = write(replace(ledger(), company="", name="")).replace("<companyName></companyName>", "")
    with pytest.raises(DataError) as caught:
        connect.read(text)
    assert caught.value.code == "XAF08"
    assert set(connect.read(text, company_id="Huis A").rows.get_column("company_id")) == {"Huis A"}


def test_another_currency_is_refused(connect: Connection) -> None:
    """A book in another currency is not read as euros."""
    with pytest.raises(DataError) as caught:
        connect.read(replace(ledger(), currency="USD"))
    assert caught.value.code == "XAF09"


def test_remarks_and_cdata_inside_values(connect: Connection) -> None:
    """A remark, an instruction, CDATA or a character reference inside a value leaves the text whole."""
    text = write(ledger(entry("1", 125_000), accounts=(Account("4000", "Lonen"), Account("1000", "Bank"))))
    text = text.replace("<accID>4000</accID>", "<accID>4<!-- a -->0<?b c?>0<![CDATA[0]]></accID>")
    text = text.replace("<amnt>1250.00</amnt><amntTp>D", "<amnt>12<!-- x -->50<![CDATA[.0]]>0</amnt><amntTp>&#68;")
    text = text.replace("<accDesc>Lonen", "<accDesc>Lo<!-- -->n<![CDATA[&]]>en &lt;")
    pulled = connect.read(text)
    assert pulled.rows.select("account_id", "amount").row(0) == ("4000", 125_000)
    assert "Lon&en <" in connect.pull("accounts").rows.get_column("name").to_list()


def test_marks_in_codes(connect: Connection) -> None:
    """Codes with the signs that XML writes otherwise come through as they are."""
    pulled = connect.read(with_lines(ledger(), Line("4&<>0", 10, centre="A&amp;B"), Line("1000", 10, "C")))
    assert pulled.rows.select("account_id", "cost_centre_id").row(-2) == ("4&<>0", "A&amp;B")


def test_space_around_values(connect: Connection) -> None:
    """Space and line ends around a value are no part of it."""
    plain = connect.read(ledger()).rows
    text = re.sub(r"<(\w+)>([^<>]+)</\1>", r"<\1>\n\t \2 \n</\1>", write(ledger()))
    assert connect.read(text).rows.equals(plain)


def test_vat_and_currency_in_a_line(connect: Connection) -> None:
    """Amounts of VAT and of foreign currency inside a line are not taken for the line's own."""
    vat = "<vat><vatID>H</vatID><vatPerc>21.00</vatPerc><vatAmnt>9.99</vatAmnt><vatAmntTp>C</vatAmntTp></vat>"
    currency = "<currency><curCode>USD</curCode><curAmnt>77.77</curAmnt></currency>"
    book = with_lines(ledger(), Line("4000", 10, centre="100", extra=vat + vat + currency), Line("1000", 10, "C"))
    assert connect.read(book).amounts[-2:] == [10, -10]


def test_both_amounts_on_a_line_of_clair2(connect: Connection) -> None:
    """A line with a debit and a credit amount (Banana writes both, one of them zero) counts both."""
    text = write(ledger(entry("1", 125_000)), "CLAIR2")
    text = text.replace("</debitAmount>", "</debitAmount><creditAmount>0.00</creditAmount>")
    text = text.replace("<creditAmount>1250.00", "<debitAmount>0.00</debitAmount><creditAmount>1250.00")
    assert connect.read(text).amounts == [125_000, -125_000]


def test_a_book_without_lines(connect: Connection) -> None:
    """A book with an empty transactions part is delivered as such, with a warning."""
    pulled = connect.read(Ledger(()))
    assert pulled.amounts == []
    assert pulled.finding(messages.NO_LINES).severity == "warning"
    assert pulled.batches[-1].complete


def test_opening_balance_with_other_totals(connect: Connection) -> None:
    """Totals that the opening balance declares are compared with its lines."""
    opening = (Line("1000", 5_000, "D"), Line("0400", 5_000, "C"))
    text = write(replace(ledger(), opening=opening))
    told = "<openingBalance><opBalDate>2026-01-01</opBalDate><linesCount>2</linesCount><totalDebit>50.00"
    assert told in text
    pulled = connect.read(text.replace(told, told.replace("2</lines", "3</lines").replace("50.00", "51.00")))
    assert "beginbalans" in pulled.finding(messages.COUNT_DIFFERS).explanation
    assert pulled.finding(messages.TOTALS_DIFFER).amount_cents == 100


def test_opening_balance_with_a_minus_sign_that_repeats_the_side(connect: Connection) -> None:
    """In a book whose credit amounts carry a redundant minus sign, those of the opening balance do so too."""
    opening = (Line("1000", 5_000, "D"), Line("0400", -5_000, "C"))
    posted = Entry("1", "1", "2026-01-01", (Line("4000", 5), Line("1000", -5, "C")))
    pulled = connect.read(replace(ledger(posted), opening=opening))
    assert "debet 50.00, credit 50.00" in pulled.finding(messages.OPENING_APART).explanation
    assert not pulled.saying(messages.OPENING_BALANCE)


def test_bsn_in_a_code_is_refused(connect: Connection) -> None:
    """A book whose cost centres are BSNs stops: a BSN does not pass the adapter, and no value is shown."""
    numbers = [number for number in range(100_000_000, 100_001_000) if _eleven(f"{number:09d}")][:30]
    lines = [Line("4000", 5, centre=str(number)) for number in numbers]
    with pytest.raises(DataError) as caught:
        connect.read(with_lines(ledger(), *lines, Line("1000", 5 * len(lines), "C")))
    assert caught.value.code == "D45"
    assert str(numbers[0]) not in caught.value.what("nl")


def _eleven(text: str) -> bool:
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(int(digit) * weight for digit, weight in zip(text, weights, strict=True)) % 11 == 0
