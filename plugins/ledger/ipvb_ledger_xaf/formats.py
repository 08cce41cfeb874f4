"""Which version of the audit file a file is, by its namespace, or else what it is instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.plugin.xml import Prolog
from ipvb_ledger_xaf import messages

Family = Literal["clair2", "xaf", "unsaid"]

_TAX = "http://www.odb.belastingdienst.nl/"
_SCHEMAS = {
    "http://www.auditfiles.nl/XAF/3.0": "XAF 3.0",
    "http://www.auditfiles.nl/XAF/3.1": "XAF 3.1",
    "http://www.auditfiles.nl/XAF/3.2": "XAF 3.2",
    _TAX + "Belastingdienst/BCPP/1.0/structures/XmlAuditfileFinancieel3.2.1": "XAF 3.2.1",
    _TAX + "Belastingdienst/BCPP/1.1/structures/XmlauditfileXAF_4.0": "XAF 4.0",
}
_WRITTEN = {  # seen in exporters and in the explanatory text of 4.0, but in no schema
    _TAX + "XAF/4.0": "XAF 4.0",
    "http://www.auditfiles.nl/XAF/4.0": "XAF 4.0",
    "http://www.auditfiles.nl/XAF/2.0": "CLAIR2.00",
}
_ROOTS = ("auditfile", "Auditfile", "AuditFile", "Xaf", "XAF", "xaf")
_FRAGMENTS = ("transactions", "journal", "transaction", "trLine", "line")

_SIGNATURES: tuple[tuple[bytes, str, str], ...] = (
    (
        b"CLAIR1.00.00",
        "an old audit file of fixed width (ADF, CLAIR1)",
        "een oude auditfile met vaste breedte (ADF, CLAIR1)",
    ),
    (b"PK\x03\x04", "a ZIP archive or Excel file", "een ZIP-archief of Excelbestand"),
    (b"\x1f\x8b", "a gzip archive", "een gzip-archief"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "een 7-Zip-archief"),
    (b"%PDF", "a PDF document", "een PDF-document"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "een oud Excel- of Wordbestand"),
    (b"<!doctype html", "a web page (HTML)", "een webpagina (HTML)"),
    (b"<html", "a web page (HTML)", "een webpagina (HTML)"),
    (b"{", "a JSON file", "een JSON-bestand"),
)
_OTHERS: tuple[tuple[str, str, str], ...] = (  # a piece of {namespace}root, lower case
    ("loonaangifte", "a wage tax return (loonaangifte)", "een loonaangifte"),
    ("xas", "a payroll audit file (XAS)", "een auditfile salaris (XAS)"),
    ("salaris", "a payroll audit file (XAS)", "een auditfile salaris (XAS)"),
    ("cashregister", "a SAF-T cash register file", "een SAF-T-kassabestand"),
    ("cash-register", "a SAF-T cash register file", "een SAF-T-kassabestand"),
    ("standardauditfile", "a SAF-T audit file of another country", "een SAF-T-auditfile van een ander land"),
    ("saf-t", "a SAF-T audit file of another country", "een SAF-T-auditfile van een ander land"),
    ("xaa", "a cash register audit file (XAA)", "een auditfile afrekensystemen (XAA)"),
    ("afreken", "a cash register audit file (XAA)", "een auditfile afrekensystemen (XAA)"),
    ("iso:20022", "a bank file (ISO 20022)", "een bankbestand (ISO 20022)"),
    ("xbrl", "an XBRL report", "een XBRL-rapport"),
    ("ubl:schema", "an invoice (UBL)", "een factuur (UBL)"),
    ("officedocument", "an office document", "een kantoordocument"),
    ("spreadsheet", "a spreadsheet in XML", "een rekenblad in XML"),
    ("html", "a web page (HTML)", "een webpagina (HTML)"),
    ("envelope", "a SOAP message", "een SOAP-bericht"),
)


@dataclass(frozen=True, slots=True)
class Format:
    """``version`` as a reader calls it; ``official`` is false when no schema has this namespace."""

    version: str
    family: Family
    namespace: str
    official: bool = True

    def tag(self, name: str) -> str:
        """The expanded name of an element of this file."""
        return f"{{{self.namespace}}}{name}" if self.namespace else name


def refuse_binary(head: bytes, where: str) -> None:
    """Raise :class:`DataError` (XAF02) when the first bytes tell another format."""
    text = head[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head.strip(b"\xef\xbb\xbf \t\r\n\0"):
        raise _other(where, "an empty file", "een leeg bestand")
    for mark, english, dutch in _SIGNATURES:
        if text.startswith(mark.lower()):
            raise _other(where, english, dutch)


def recognise(prolog: Prolog | None, where: str) -> Format:
    """The version that a file's root element says it is.

    Raises :class:`DataError`: XAF02 for another format, XAF03 for an audit file in an unknown namespace. A file
    without a namespace is judged by its structure when it has been read.
    """
    if prolog is None or not prolog.starts_xml:
        raise _other(where, "no XML at all", "helemaal geen XML")
    namespace, local = split(prolog.root)
    lower = prolog.root.lower()
    if namespace in _SCHEMAS and local in _ROOTS:
        return Format(_SCHEMAS[namespace], "xaf", namespace)
    if namespace in _WRITTEN and local in _ROOTS:
        version = _WRITTEN[namespace]
        return Format(version, "unsaid" if version == "CLAIR2.00" else "xaf", namespace, official=False)
    if not namespace and local in _ROOTS:
        return Format("CLAIR2.00", "unsaid", "")
    for piece, english, dutch in _OTHERS:
        if piece in lower:
            raise _other(where, english, dutch)
    if local in _FRAGMENTS or not prolog.root:
        raise _other(where, "a follow-up part without its first file", "een vervolgdeel zonder het eerste bestand")
    if local in _ROOTS:
        raise DataError(messages.UNKNOWN_NAMESPACE, where=where, root=local, seen=namespace)
    place = f" in {namespace}" if namespace else ""
    raise _other(where, f"an XML file <{local}>{place}", f"een XML-bestand <{local}>{place}")


def is_root(prolog: Prolog) -> bool:
    """True when the first element is an audit file's root: a document of its own."""
    return split(prolog.root)[1] in _ROOTS


def is_fragment(prolog: Prolog | None) -> bool:
    """True when the text starts inside a book, as a follow-up part does that goes on where the one before stopped."""
    if prolog is None or not prolog.starts_xml:
        return False
    return not prolog.root or prolog.root.rpartition(":")[2] in _FRAGMENTS


def split(name: str) -> tuple[str, str]:
    """Namespace and local name of an expanded name."""
    namespace, brace, local = name.rpartition("}")
    return (namespace[1:], local) if brace else ("", name)


def _other(where: str, english: str, dutch: str) -> DataError:
    return DataError(messages.OTHER_FORMAT, where=where, what_en=english, what_nl=dutch)
