"""The ledger's audit file: valid, balanced, and read by somebody else's reader as it was written."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from ipvb_bridge.demo import books, organisation, xaf_writer

NS = {"x": xaf_writer.NAMESPACE}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("book") / "a & b.xaf"
    xaf_writer.write(path, "Zorg & <Co>", 2025, organisation.ledger())
    return path


def test_valid_against_the_schema(book: Path, shared_data: Path) -> None:
    """The file validates against the XSD of XAF 3.2, references between accounts, periods and lines included."""
    schema = etree.XMLSchema(etree.parse(shared_data / "xaf" / "XmlAuditfileFinancieel3.2.xsd"))
    schema.assertValid(etree.parse(book))


def test_totals_are_those_of_the_lines(book: Path) -> None:
    """The control totals equal the lines, debit equals credit, and a name with markup is escaped."""
    root = etree.parse(book)
    lines = root.findall(".//x:trLine", NS)
    sums = {"D": 0, "C": 0}
    for line in lines:
        sums[line.findtext("x:amntTp", namespaces=NS)] += int(line.findtext("x:amnt", namespaces=NS).replace(".", ""))
    head = root.find(".//x:transactions", NS)
    assert int(head.findtext("x:linesCount", namespaces=NS)) == len(lines) > 2000
    assert {int(head.findtext(f"x:total{side}", namespaces=NS).replace(".", "")) for side in ("Debit", "Credit")} == {
        sums["D"]
    }
    assert sums["D"] == sums["C"]
    assert root.findtext(".//x:companyName", namespaces=NS) == "Zorg & <Co>"


def test_every_posting_of_the_year_is_in_it(book: Path) -> None:
    """Cents by account in the file are those of the entries."""
    booked: dict[str, int] = {}
    for entry in organisation.ledger():
        for line in entry.lines:
            booked[line.account_id] = booked.get(line.account_id, 0) + line.cents
    read = dict.fromkeys(booked, 0)
    for line in etree.parse(book).findall(".//x:trLine", NS):
        side = 1 if line.findtext("x:amntTp", namespaces=NS) == "D" else -1
        read[line.findtext("x:accID", namespaces=NS)] += side * int(
            line.findtext("x:amnt", namespaces=NS).replace(".", "")
        )
    assert read == booked


def test_pyxaf_reads_the_same_book(book: Path) -> None:
    """A reader that others wrote finds the version, the accounts and the lines that were written."""
    import pyxaf

    with pyxaf.open(book) as audit:
        assert str(audit.version) == "3.2"
        assert set(audit.accounts) == {each.account_id for each in books.ACCOUNTS}
        read = [(each.transaction_number, each.account_id, int(each.signed_amount * 100)) for each in audit.lines()]
    written = [(entry.number, line.account_id, line.cents) for entry in organisation.ledger() for line in entry.lines]
    assert sorted(read) == sorted(written)


def test_the_opening_balance_is_no_posting(book: Path) -> None:
    """The opening balance stands apart, balances, and is not among the transactions."""
    root = etree.parse(book)
    assert len(root.findall(".//x:obLine", NS)) == len(books.OPENING)
    assert sum(cents for _, cents in books.OPENING) == 0
