"""Files of another format, or broken ones: refused with a message that says what they are; never an empty book."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import pytest

from ipvb_bridge.base.errors import BridgeError, DataError

from .books import NAMESPACES, ledger, write
from .conftest import Connection

XAF = NAMESPACES["3.2"]


def refused(connect: Connection, content: str | bytes, stream: str = "ledger_lines") -> DataError:
    """Both the pull of a stream and the check refuse; neither delivers a row."""
    connect.put(content)
    with pytest.raises(DataError) as caught:
        connect.pull(stream)
    steps = list(connect.adapter().check())
    assert not steps[-1].ok
    return caught.value


def _zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("boek.xaf", write(ledger()))
    return stream.getvalue()


@pytest.mark.parametrize(
    ("content", "dutch"),
    [
        (b"", "een leeg bestand"),
        (b"\xef\xbb\xbf  \n", "een leeg bestand"),
        (b"CLAIR1.00.00" + b"0" * 500, "vaste breedte (ADF, CLAIR1)"),
        (_zip(), "een ZIP-archief of Excelbestand"),
        (b"\x1f\x8b\x08\x00rest", "een gzip-archief"),
        (b"%PDF-1.7 ...", "een PDF-document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "een oud Excel- of Wordbestand"),
        (b"<!DOCTYPE html><html><body>Log in</body></html>", "een webpagina (HTML)"),
        (b"\n<HTML><body/></HTML>", "een webpagina (HTML)"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"><body/></html>', "een webpagina (HTML)"),
        (b'{"lines": []}', "een JSON-bestand"),
        (b"rekening;bedrag\n4000;12,50\n", "helemaal geen XML"),
        (b'<Loonaangifte xmlns="http://xml.belastingdienst.nl/schemas/Loonaangifte/2026/01"/>', "een loonaangifte"),
        (b'<auditfile xmlns="http://www.auditfiles.nl/XAS/7.0"><header/></auditfile>', "een auditfile salaris (XAS)"),
        (
            b'<n1:auditfile xmlns:n1="urn:StandardAuditFile-Taxation-CashRegister:NO"><n1:header/></n1:auditfile>',
            "een SAF-T-kassabestand",
        ),
        (
            b'<AuditFile xmlns="urn:StandardAuditFile-Taxation-Financial:NO"><Header/></AuditFile>',
            "een SAF-T-auditfile van een ander land",
        ),
        (b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"/>', "een bankbestand (ISO 20022)"),
        (b'<xbrl xmlns="http://www.xbrl.org/2003/instance"/>', "een XBRL-rapport"),
        (b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"/>', "een factuur (UBL)"),
        (b"<rekeningen><rekening/></rekeningen>", "een XML-bestand <rekeningen>"),
        (b"<transaction><nr>1</nr></transaction>", "een vervolgdeel zonder het eerste bestand"),
    ],
)
@pytest.mark.parametrize("stream", ["ledger_lines", "accounts", "cost_centres"])
def test_another_format_is_named(content: bytes, dutch: str, stream: str, connect: Connection) -> None:
    """A file of another format is refused by its name, in every stream."""
    error = refused(connect, content, stream)
    if "vervolgdeel" in dutch:
        assert error.code in ("XAF02", "XAF05")
        return
    assert error.code == "XAF02"
    assert dutch in error.what("nl")
    assert "boek.xaf" in error.what("nl")


def test_wage_tax_return(connect: Connection, shared_data: Path) -> None:
    """A real wage tax return is refused as one."""
    data = (shared_data / "loonaangifte" / "loonaangifte-2026-v2.0.synthetic.xml").read_bytes()
    assert "loonaangifte" in refused(connect, data).what("nl")


def test_a_binary_file_that_is_nothing_known(connect: Connection) -> None:
    """Bytes of no known format are no XML."""
    assert refused(connect, bytes(range(1, 256))).code == "XAF02"


@pytest.mark.parametrize("namespace", ["http://www.auditfiles.nl/XAF/9.9", "urn:other"])
def test_an_unknown_namespace_is_named(namespace: str, connect: Connection) -> None:
    """An audit file in a namespace that is no version is refused, and the namespace is shown."""
    error = refused(connect, write(ledger()).replace(XAF, namespace))
    assert error.code == "XAF03"
    assert namespace in error.what("nl")


FERROX = f"""<?xml version="1.0" ?>
<auditfile xmlns="{XAF}" version="3.2">
  <header><fiscalYear>2026</fiscalYear><startDate>2026-01-01</startDate><endDate>2026-12-31</endDate>
    <curCode>EUR</curCode></header>
  <company><companyName>Voorbeeld</companyName><companyIdent>1</companyIdent><kvkNumber>1</kvkNumber></company>
  <transactions>
    <transaction><nr>1</nr><trDt>2026-01-01</trDt><periodNumber>1</periodNumber>
      <trLine><lineNr>1</lineNr><accID>4000</accID><rgsCode>WPer</rgsCode><amt>10.00</amt><amtType>D</amtType></trLine>
      <trLine><lineNr>2</lineNr><accID>1000</accID><amt>10.00</amt><amtType>C</amtType></trLine>
    </transaction>
  </transactions>
  <cryptographicAuditTrail><block><index>1</index></block></cryptographicAuditTrail>
</auditfile>
"""


def test_another_structure_under_a_known_namespace(connect: Connection) -> None:
    """The namespace of 3.2 on a structure of one's own (no journals) is no 3.2, and no empty book."""
    error = refused(connect, FERROX)
    assert error.code == "XAF04"
    assert "transactions/transaction" in error.what("nl")


@pytest.mark.parametrize(
    ("pattern", "written", "seen"),
    [
        (r"amnt(Tp)?>", r"amt\1>", "amt"),  # lines without an amount
        (r"(</?)trLine>", r"\1regel>", "transaction/regel"),
        (r"(</?)transaction>", r"\1boeking>", "journal/boeking"),
        (r"(</?)journal>", r"\1dagboek>", "transactions/dagboek"),
    ],
)
def test_other_names_for_what_holds_the_money(pattern: str, written: str, seen: str, connect: Connection) -> None:
    """Elements that hold the money under names of one's own stop the file and are named."""
    error = refused(connect, re.sub(pattern, written, write(ledger())))
    assert error.code == "XAF04"
    assert seen in error.what("nl")


def test_long_parts_of_another_structure_are_noticed_too(connect: Connection) -> None:
    """Also when they are so long that they are dropped while they are read."""
    lines = "<regel><bedrag>1.00</bedrag></regel>" * 40_000
    text = write(ledger()).replace("</transactions>", f"<mutaties>{lines}</mutaties></transactions>")
    assert "transactions/mutaties" in refused(connect, text).what("nl")


@pytest.mark.parametrize(
    "body",
    ["", "<header><auditfileVersion>KASSA</auditfileVersion></header>", "<header/><company/>"],
)
def test_an_auditfile_without_a_namespace_and_without_a_book(body: str, connect: Connection) -> None:
    """An `auditfile` without namespace that holds no book is refused, whatever it is."""
    assert refused(connect, f"<auditfile>{body}</auditfile>").code == "XAF04"


def test_a_known_namespace_and_nothing_of_a_book(connect: Connection) -> None:
    """The right namespace with no accounts and no transactions is refused."""
    assert refused(connect, f'<auditfile xmlns="{XAF}"><header><x>1</x></header></auditfile>').code == "XAF04"


def test_accounts_only(connect: Connection) -> None:
    """A file of accounts without a transactions part gives accounts; for lines it is refused, not read as none."""
    text = re.sub(r"<transactions>.*</transactions>", "", write(ledger()), flags=re.S)
    connect.put(text)
    assert connect.pull("accounts").rows.height == 3
    assert refused(connect, text).code == "XAF13"


@pytest.mark.parametrize("share", [0.02, 0.3, 0.5, 0.7, 0.9, 0.999])
@pytest.mark.parametrize("stream", ["ledger_lines", "accounts", "cost_centres"])
def test_a_truncated_file_delivers_nothing(share: float, stream: str, connect: Connection) -> None:
    """A file that is cut off anywhere is refused before a row is handed over."""
    text = write(ledger())
    connect.put(text[: int((len(text) - 3) * share)])
    with pytest.raises(BridgeError):
        next(iter(connect.adapter().pull(stream, None, None)))  # type: ignore[arg-type]  # the window is not used


def test_a_doctype_is_refused(connect: Connection) -> None:
    """An entity bomb or an external entity is refused for its DOCTYPE, in UTF-16 as well."""
    bomb = '<!DOCTYPE auditfile [<!ENTITY a "x">]>' + write(ledger(), declaration=False)
    assert refused(connect, bomb).code == "D70"
    assert refused(connect, bomb.encode("utf-16")).code == "D70"
    outside = bomb.replace('"x"', 'SYSTEM "file:///etc/hostname"').replace("Lonen", "&a;")
    assert refused(connect, outside).code == "D70"


def test_sixty_megabytes_in_one_text(connect: Connection) -> None:
    """A text of 60 MB is refused with a message, also in an element that nobody reads."""
    text = write(ledger()).replace("<desc>Boeking</desc>", "<desc>" + "x" * 60_000_000 + "</desc>", 1)
    assert refused(connect, text).code == "D73"


def test_no_file(connect: Connection) -> None:
    """A file that is not there, an empty folder and a pattern that matches nothing say what was looked for."""
    (connect.folder / "leeg").mkdir()
    for path in ("boek.xaf", "leeg", "*.xaf", "nergens/boek.xaf"):
        with pytest.raises(DataError) as caught:
            connect.pull(path=path)
        assert caught.value.code == "XAF01"
        assert path in caught.value.what("nl")
        steps = list(connect.adapter(path).check())
        assert [(step.name, step.ok) for step in steps] == [("file", False)]


def test_a_file_that_may_not_be_read(connect: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file without leave to read is named with the reason."""

    def denied(self: Path, *args: object, **kwargs: object) -> object:
        raise PermissionError(13, "Permission denied")

    connect.put(ledger())
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(DataError) as caught:
        connect.pull()
    assert caught.value.code == "D48"
    assert "Permission denied" in caught.value.what("nl")
