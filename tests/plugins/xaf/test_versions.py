"""Every version of the format gives the same streams, and the files made here are files of that version."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from ipvb_ledger_xaf import messages

from .books import VERSIONS, XSDS, Line, ledger, numbered, with_lines, write
from .conftest import Connection

BOOK = with_lines(
    ledger(),
    Line("4000", 5_000, centre="00000"),
    Line("0400", 2_500, centre="200"),
    Line("1000", 7_500, "C"),
    period="12",
    date="2026-12-31",
)


@pytest.mark.parametrize("version", XSDS)
def test_the_files_made_here_are_valid(version: str, shared_data: Path) -> None:
    """A test file without a deviation is valid against the published schema of its version."""
    schema = etree.XMLSchema(etree.parse(shared_data / "xaf" / XSDS[version]))
    schema.assertValid(etree.fromstring(write(numbered(BOOK), version).encode()))


@pytest.mark.parametrize("version", VERSIONS)
def test_lines_of_every_version(version: str, connect: Connection) -> None:
    """The same book gives the same ledger lines, whatever the version it is written in."""
    pulled = connect.read(BOOK, version)
    assert pulled.rows.select("line_id", "entry_id", "period", "account_id", "cost_centre_id", "amount").rows() == [
        ("2026/MEM/1/1", "2026/MEM/1", "2026-01", "4000", "100", 125_000),
        ("2026/MEM/1/2", "2026/MEM/1", "2026-01", "1000", None, -125_000),
        ("2026/MEM/2/1", "2026/MEM/2", "2026-03", "4000", "200", 99),
        ("2026/MEM/2/2", "2026/MEM/2", "2026-03", "1000", None, -99),
        ("2026/MEM/X3/1", "2026/MEM/X3", "2026-12", "4000", "00000", 5_000),
        ("2026/MEM/X3/2", "2026/MEM/X3", "2026-12", "0400", "200", 2_500),
        ("2026/MEM/X3/3", "2026/MEM/X3", "2026-12", "1000", None, -7_500),
    ]
    assert pulled.rows.get_column("date").cast(str).to_list()[-1] == "2026-12-31"
    assert set(pulled.rows.get_column("journal_type")) == {"M"}
    assert set(pulled.rows.get_column("company_id")) == {"ADM1"}
    assert pulled.held.is_empty()
    assert not [finding for finding in pulled.findings if finding.severity != "info"]
    assert "ADM1, boekjaar 2026-01-01" in pulled.finding(messages.READ_AS).explanation.replace("administratie ", "")


@pytest.mark.parametrize("version", VERSIONS)
def test_scope_of_every_version(version: str, connect: Connection) -> None:
    """A delivery is complete for the company and the months of its fiscal year, and for nothing else."""
    last = connect.read(BOOK, version).batches[-1]
    assert last.complete
    assert last.scope is not None
    assert (last.scope.first, last.scope.last) == ("2026-01", "2026-12")
    assert last.scope.equals == {"company_id": "ADM1"}


@pytest.mark.parametrize("version", VERSIONS)
def test_accounts_of_every_version(version: str, connect: Connection) -> None:
    """Accounts keep their leading zeros and names; the RGS code comes from the field that the version has for it."""
    connect.put(BOOK, version=version)
    accounts = {row["account_id"]: row for row in connect.pull("accounts").rows.iter_rows(named=True)}
    assert set(accounts) == {"0400", "1000", "4000"}
    assert accounts["4000"]["name"] == "Lonen"
    assert accounts["4000"]["rgs_code"] == (None if version == "3.1" else "WPerLesLon")
    assert accounts["0400"]["rgs_code"] is None


@pytest.mark.parametrize("version", VERSIONS)
def test_cost_centres_of_every_version(version: str, connect: Connection) -> None:
    """Cost centres are those the book names or uses; 4.0 and CLAIR2 have no names, and `00000` is a code."""
    connect.put(BOOK, version=version)
    pulled = connect.pull("cost_centres")
    named = version not in ("4.0", "CLAIR2")
    assert pulled.rows.select("cost_centre_id", "name").rows() == [
        ("00000", None),
        ("100", "Afdeling Zon" if named else None),
        ("200", "Keuken" if named else None),
    ]
    assert "zonder naam" in pulled.finding(messages.CENTRES_UNNAMED).explanation


def test_modes(connect: Connection) -> None:
    """Lines replace their fiscal year; accounts and cost centres of another year's book are not closed by this one."""
    offers = {offer.stream: offer for offer in connect.adapter().streams()}
    assert {name: offer.mode for name, offer in offers.items()} == {
        "ledger_lines": "period",
        "accounts": "changes",
        "cost_centres": "changes",
    }
    assert offers["cost_centres"].lacks == {"unit_id"}


@pytest.mark.parametrize(
    ("namespace", "root"),
    [
        ("http://www.odb.belastingdienst.nl/XAF/4.0", "auditfile"),
        ("http://www.auditfiles.nl/XAF/4.0", "Xaf"),
        ("http://www.auditfiles.nl/XAF/2.0", "auditfile"),
        ("", "auditfile"),
    ],
)
def test_namespaces_of_no_schema(namespace: str, root: str, connect: Connection) -> None:
    """A namespace that exporters write and no schema has is read by its structure, with a finding."""
    text = write(BOOK, "3.2").replace("http://www.auditfiles.nl/XAF/3.2", namespace)
    text = text.replace("<auditfile", f"<{root}").replace("</auditfile", f"</{root}").replace(' xmlns=""', "")
    pulled = connect.read(text)
    assert len(pulled.amounts) == 7
    assert "geen schema" in pulled.finding(messages.NAMESPACE_DIFFERS).explanation


def test_prefixed_elements(connect: Connection) -> None:
    """A file that writes the namespace as a prefix is the same file."""
    plain = connect.read(BOOK).rows
    text = write(BOOK).replace("<", "<x:").replace("<x:/", "</x:").replace("<x:?", "<?").replace("xmlns=", "xmlns:x=")
    assert connect.read(text).rows.equals(plain)


def test_fiscal_year_that_starts_in_july(connect: Connection) -> None:
    """Period 1 is the first month of the fiscal year, whichever that is; ids carry the year's first month."""
    book = replace(ledger(), start="2025-07-01", end="2026-06-30", fiscal="2025-2026", periods=())
    pulled = connect.read(book)
    assert pulled.rows.get_column("period").unique().sort().to_list() == ["2025-07", "2025-09"]
    assert pulled.rows.get_column("entry_id").to_list()[0] == "2025-07/MEM/1"
    assert pulled.batches[-1].scope is not None
    assert (pulled.batches[-1].scope.first, pulled.batches[-1].scope.last) == ("2025-07", "2026-06")
