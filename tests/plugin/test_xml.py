"""The hardened XML toolbox: what is refused, before what, and that no text is lost."""

from __future__ import annotations

import codecs

import pytest

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.plugin.xml import InstructionFoundError, Prolog, XmlFeed, codec, read_prolog

BOMB = (
    '<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><a><b>&c;</b></a>'
)


def prolog(data: bytes, encoding: str = "") -> Prolog:
    found = read_prolog(data, where="f.xml", encoding=encoding)
    assert found is not None
    return found


def read(data: bytes, *, piece: int, encoding: str, lean: bool) -> list[str | None]:
    """Feed a document in pieces; the texts of the root's children."""
    begin = prolog(data, encoding)
    feed = XmlFeed(begin, where="f.xml", lean=lean)
    for at in range(begin.mark, len(data), piece):
        feed.feed(data[at : at + piece])
    feed.close()
    assert feed.closed
    assert feed.root is not None
    return [child.text for child in feed.root]


def texts(data: bytes, *, piece: int = 1 << 16, encoding: str = "") -> list[str | None]:
    """The texts, read both ways."""
    plain = read(data, piece=piece, encoding=encoding, lean=False)
    if b"<?pi" not in data:
        assert read(data, piece=piece, encoding=encoding, lean=True) == plain
    return plain


def code(data: bytes, *, piece: int = 1 << 16, encoding: str = "") -> str:
    """The code of the refusal, the same both ways."""
    codes = []
    for lean in (False, True):
        with pytest.raises((DataError, InstructionFoundError)) as caught:
            read(data, piece=piece, encoding=encoding, lean=lean)
        if isinstance(caught.value, DataError):
            assert "f.xml" in caught.value.what("nl")
            assert caught.value.next_step("nl")
            codes.append(caught.value.code)
    assert len(set(codes)) == 1
    return codes[0]


@pytest.mark.parametrize(
    "text",
    [
        BOMB,
        "<?xml version='1.0'?>" + BOMB,
        "<?xml version='1.0'?>\n<!-- remark -->\n<?pi x?>\t\r\n " + BOMB,
        '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a><b>&x;</b></a>',
        '<!DOCTYPE a PUBLIC "-//X" "http://127.0.0.1:9/x.dtd"><a/>',
        "<!DOCTYPE\n\ta><a/>",
        "<!doctype a><a/>",
        "<!DOCTYPE",
        "<!ENTITY x 'y'><a/>",
        "<!-- " + "x" * 300_000 + " -->" + BOMB,
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1"])
def test_a_doctype_is_refused_in_every_encoding(text: str, encoding: str) -> None:
    """A DOCTYPE stops the file while its beginning is looked at: no byte of it has reached the parser."""
    with pytest.raises(DataError) as caught:
        read_prolog(text.encode(encoding), where="f.xml")
    assert caught.value.code == "D70"


@pytest.mark.parametrize(
    "encoding",
    ["utf-7", "utf-32", "utf-32-be", "cp037", "ebcdic-cp-nl", "hz", "iso-2022-jp", "not-a-codec", "utf-8-sig"],
)
def test_encodings_that_are_not_read(encoding: str) -> None:
    """An encoding in which marks could hide from the scan is refused, whoever asks for it."""
    assert code(f'<?xml version="1.0" encoding="{encoding}"?><a><b>x</b></a>'.encode()) == "D71"
    with pytest.raises(DataError, match="D71"):
        codec(encoding, "f.xml")


@pytest.mark.parametrize("encoding", ["utf-32", "utf-32-le", "utf-32-be"])
def test_utf_32_is_refused(encoding: str) -> None:
    """UTF-32, with or without its mark, is refused."""
    assert code(BOMB.encode(encoding)) == "D71"


def test_a_doctype_behind_a_lie_about_the_encoding() -> None:
    """A declaration of UTF-16 in a file of single bytes does not hide the DOCTYPE from the scan."""
    assert code(b'<?xml version="1.0" encoding="utf-16"?>' + BOMB.encode()) == "D70"


def test_a_doctype_after_the_root_is_refused() -> None:
    """A DOCTYPE where none may stand is not well-formed, and no entity comes of it."""
    assert code(b"<a><b>x</b>" + BOMB.encode() + b"</a>") == "D75"


@pytest.mark.parametrize("piece", [1, 3, 7, 1 << 16])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-be", "iso-8859-1", "cp1252", "iso-8859-15"])
def test_text_in_every_encoding_and_piece(piece: int, encoding: str) -> None:
    """Text comes through whole, whatever the encoding and wherever the pieces are cut."""
    data = f'<?xml version="1.0" encoding="{encoding}"?><a><b>caf\u00e9 &#8364; \u00fc</b></a>'.encode(encoding)
    assert texts(data, piece=piece) == ["café € ü"]


def test_a_mark_of_byte_order_goes_before_the_declaration() -> None:
    """A byte-order mark says what the bytes are, also when the declaration says otherwise."""
    assert texts(codecs.BOM_UTF8 + b'<?xml version="1.0" encoding="utf-8"?><a><b>\xc3\xa9</b></a>') == ["é"]
    assert texts('<?xml version="1.0" encoding="utf-8"?><a><b>é</b></a>'.encode("utf-16")) == ["é"]


def test_encoding_by_configuration() -> None:
    """What the configuration says goes before what the file says."""
    data = '<?xml version="1.0" encoding="UTF-8"?><a><b>é</b></a>'.encode("latin-1")
    assert code(data) == "D72"
    assert texts(data, encoding="latin1") == ["é"]
    assert code("<a><b>é</b></a>".encode("latin-1"), piece=8) == "D72"
    assert code('<?xml version="1.0" encoding="us-ascii"?><a><b>é</b></a>'.encode()) == "D72"
    assert code(b'<?xml version="1.0" encoding="cp1252"?><a><b>' + b"\x81</b></a>") == "D72"


def test_remarks_instructions_and_cdata_leave_text_whole() -> None:
    """Text around remarks and instructions is one text, and CDATA is text."""
    assert texts(b"<a><b>x<!-- c -->y<?pi z?>z<![CDATA[<q>&amp;]]>w</b></a>") == ["xyz<q>&amp;w"]


@pytest.mark.parametrize(
    "document",
    [
        b"<a><b>%s</b></a>",
        b"<a><b><![CDATA[%s]]></b></a>",
        b"<a><b>x</b><!-- %s --></a>",
        b"<a><b>x</b><?pi %s?></a>",
        b"<a><b c='%s'>x</b></a>",
        b"<a><b%s/></a>",
        b"<a>%s</a>",
    ],
)
def test_sixty_megabytes_in_one_text(document: bytes) -> None:
    """A text, remark, attribute or name of 60 MB is refused with a message and never cut."""
    assert code(document % (b"x" * 60_000_000), piece=1 << 18) == "D73"


def test_a_remark_does_not_split_a_huge_text() -> None:
    """Two texts of 6 MB around a remark are one of 12: refused too."""
    assert code(b"<a><b>" + b"x" * 6_000_000 + b"<!-- -->" + b"x" * 6_000_000 + b"</b></a>") == "D73"


def test_nine_megabytes_are_kept() -> None:
    """What is not refused is there to the last character."""
    assert texts(b"<a><b>" + b"x" * 9_000_000 + b"</b></a>") == ["x" * 9_000_000]


def test_nesting_without_end() -> None:
    """Elements nested without end are refused."""
    assert code(b"<a>" * 5_000 + b"</a>" * 5_000) == "D73"


@pytest.mark.parametrize("start", [b"<", b"<a ", b"<!-- x", b"<?pi x", b"<a b='", b" " * 10])
def test_no_element_within_a_megabyte(start: bytes) -> None:
    """A beginning that never comes to an element is refused, and quickly."""
    with pytest.raises(DataError) as caught:
        read_prolog(start + b"x" * (1 << 20) if start.strip() else start * (1 << 17), where="f.xml")
    assert caught.value.code == "D73"


@pytest.mark.parametrize("rest", ["<b>x", "<b>x</", "<b>x</b>", "<b>x</b><!-- ", "<b><![CDATA[x", "<b>x</b></a"])
def test_a_file_that_stops_half_way(rest: str) -> None:
    """A document that is cut off is said to be so, wherever it is cut."""
    assert code(b"<a>" + rest.encode()) == "D74"


@pytest.mark.parametrize("document", ["<a><b></a>", "<a>&x;</a>", "<a>\x01</a>", "<a/><b/>", "<a/>text", "<a b=1/>"])
def test_what_is_not_well_formed(document: str) -> None:
    """What is no XML is refused with the place."""
    assert code(document.encode()) == "D75"


def test_what_stands_before_the_first_element() -> None:
    """The expanded name of the first element, and where it begins, in bytes."""
    data = (
        "\ufeff<?xml version='1.0' encoding='UTF-8'?>\n<!-- één -->\n<x:a xmlns:x='urn:n' y='>'><x:b/></x:a>".encode()
    )
    found = prolog(data)
    assert found.root == "{urn:n}a"
    assert data[found.body :].startswith(b"<x:a")
    assert found.mark == 3
    assert prolog("<!-- é --><a/>".encode("utf-16")).body == 22
    assert not prolog(b"a,b\n1,2\n").starts_xml
    assert prolog(b"</journal><a/>").root == ""
    assert prolog(b"<x:journal><a/>").root == "x:journal"
    assert read_prolog(b"<!-- x", where="f.xml") is None
    assert read_prolog(b"<?xml version='1.0'", where="f.xml") is None


def test_nothing_is_fetched(tmp_path: object) -> None:
    """References to other files and addresses stay what they are: text or an error."""
    data = b'<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><a xmlns:xi="http://www.w3.org/2001/XInclude">'
    data += b'<xi:include href="file:///etc/hostname" parse="text"/></a>'
    assert texts(data) == [None]


@pytest.mark.parametrize("data", [b"<a><b>x<?pi y?></b></a>", b"<a><?pi y?><b>x</b></a>", b"<a><b>x</b><?pi y?></a>"])
@pytest.mark.parametrize("piece", [1, 100])
def test_an_instruction_inside_a_document_read_lean(data: bytes, piece: int) -> None:
    """The lean way knows when a document's own instruction could split a text, and says to read it the other way."""
    with pytest.raises(InstructionFoundError):
        read(data, piece=piece, encoding="", lean=True)
    assert read(data, piece=piece, encoding="", lean=False) == ["x"]


@pytest.mark.parametrize("data", [b"<?pi y?><a><b>x</b></a>", b"<a><b>x</b></a><?pi y?>"])
def test_an_instruction_outside_the_root_splits_nothing(data: bytes) -> None:
    """Instructions before and after the root do not matter."""
    assert read(data, piece=5, encoding="", lean=True) == ["x"]


@pytest.mark.parametrize("lean", [False, True])
@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("<x:a xmlns:x='u'>", False),
        ("<x:a xmlns:x='u'><b/></x:a>", True),
        ("<x:a xmlns:x='u'><b/></x:a >\n<!-- x -->", True),
    ],
)
def test_whether_the_root_is_closed(text: str, closed: bool, lean: bool) -> None:
    """A feed knows whether the root's end tag has come by."""
    feed = XmlFeed(prolog(text.encode()), where="f.xml", lean=lean)
    for at in range(len(text)):
        feed.feed(text[at : at + 1].encode())
    assert feed.closed is closed
