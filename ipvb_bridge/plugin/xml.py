"""Hardened streaming XML: a file is fed in pieces to a growing tree, from which the reader takes and removes.

* A DOCTYPE is refused before any byte reaches the parser, in every encoding: no entities, no external files.
* No network, no recovery, no huge texts: what the parser will not hold (10 MB in one text) is refused, never cut.
* Comments and processing instructions vanish before the tree is built, so the text around them is one text;
  CDATA is text.
* Memory stays flat when the reader removes what it has read (:meth:`XmlFeed.feed` says when that is safe).
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import cast

from lxml import etree

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.plugin import messages

ENCODINGS = ("utf-8", "iso8859-1", "iso8859-15", "cp1252", "cp850", "ascii", "utf-16", "utf-16-le", "utf-16-be")
"""The encodings that are read, by Python's names. Any other is refused: a parser that knows more than we scan for
could be shown another document than the one that was looked at."""

_PARSED = ("utf-8", "iso8859-1", "ascii")
"""Encodings that go to the parser as they are; the others are turned into UTF-8 first."""

_HEAD = 1 << 20
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_DECLARED = re.compile(r"<\?xml\s[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_MARKUP = re.compile(r"\s*(?:<\?.*?\?>|<!--.*?-->|(?P<other><.?))", re.DOTALL)
_START_TAG = re.compile(r"<(?:\"[^\"]*\"|'[^']*'|[^<>\"'])*+>")


@dataclass(frozen=True, slots=True)
class Prolog:
    """What stands before the first element, and that element's name.

    ``encoding``: Python's name of what the bytes are read as; ``declared``: what the file says. ``root``: the first
    element as ``{namespace}name``; empty when the text starts with an end tag (a follow-up part) or is no XML.
    ``mark``: bytes of the byte-order mark. ``body``: bytes before the first element; ``inside``: bytes up to the end of
    its start tag, 0 when there is none or the element is empty; both with the mark. ``starts_xml``: the first character
    is ``<``.
    """

    encoding: str
    declared: str
    mark: int
    root: str
    body: int
    inside: int
    starts_xml: bool


def codec(name: str, where: str) -> str:
    """Python's name of an encoding that is read. Raises :class:`DataError` (D71) for any other."""
    try:
        found = codecs.lookup(name).name
    except LookupError:
        found = ""
    if found not in ENCODINGS:
        raise DataError(messages.XML_ENCODING_UNKNOWN, where=where, seen=name, known=", ".join(ENCODINGS))
    return found


def read_prolog(head: bytes, *, where: str, encoding: str = "") -> Prolog | None:
    """Read the beginning of a file up to and including its first start tag; ``encoding`` overrules the file.

    Returns None when ``head`` ends before that. Raises :class:`DataError`: D70 for a DOCTYPE, D71 for an encoding
    that is not read, D73 when there is no element within 1 MB.
    """
    used, declared, skip = _encoding(head, where, encoding)
    # Latin-1 where UTF-8 might break: the marks are ASCII in both, and the parser judges the bytes later.
    scan = "iso8859-1" if used in ("utf-8", "ascii") else used
    text = head[skip:].decode(scan, errors="replace")
    position = 0
    while match := _MARKUP.match(text, position):
        other = match["other"]
        if other is None:
            position = match.end()
            continue
        start = match.start("other")
        rest = text[start : start + 9]
        if "<!--".startswith(rest[:4]) or rest.startswith(("<!--", "<?")):
            break  # an unfinished remark or instruction: more is needed
        if rest.startswith("<!"):
            raise DataError(messages.XML_DOCTYPE, where=where)
        if rest.startswith("</"):
            return Prolog(used, declared, skip, "", _bytes(text, start, scan) + skip, 0, True)
        tag = _START_TAG.match(text, start)
        if tag is None:
            break
        body = _bytes(text, start, scan) + skip
        inside = 0 if tag[0].endswith("/>") else _bytes(text, tag.end(), scan) + skip
        return Prolog(used, declared, skip, _name(tag[0], where), body, inside, True)
    rest = text[position:].lstrip()
    if rest and not rest.startswith("<"):
        return Prolog(used, declared, skip, "", skip, 0, False)
    if len(head) >= _HEAD:
        raise DataError(messages.XML_TOO_LARGE, where=where, line=1, seen="no element in the first megabyte")
    return None


def _encoding(head: bytes, where: str, override: str) -> tuple[str, str, int]:
    """(encoding used, encoding declared, length of the byte-order mark)."""
    marked, skip = next(((name, len(mark)) for mark, name in _BOMS if head.startswith(mark)), ("", 0))
    if not marked:
        pattern = head[:4]
        if pattern[:2] == b"<\0" or pattern == b"\0\0\0<":
            marked = "utf-32" if pattern[1:4] == b"\0\0\0" else "utf-16-le"
        elif pattern[:2] == b"\0<":
            marked = "utf-16-be"
        if pattern == b"\0\0\0<":
            marked = "utf-32"
    wide = marked if marked.startswith("utf-16") else "iso8859-1"
    match = _DECLARED.match(head[skip : skip + 1024].decode(wide, errors="replace").lstrip())
    declared = match[1] if match else ""
    if override:
        return codec(override, where), declared, skip
    # A declaration that could be read as single bytes cannot be in UTF-16, whatever it says.
    told = "" if declared.lower().startswith("utf-16") else declared
    return codec(marked or told or "utf-8", where), declared, skip


def _bytes(text: str, characters: int, encoding: str) -> int:
    return len(text[:characters].encode(encoding, errors="replace"))


def _name(tag: str, where: str) -> str:
    """The expanded name of a start tag, by parsing the tag alone; as written when its prefix is declared elsewhere."""
    alone = tag if tag.endswith("/>") else tag[:-1] + "/>"
    try:
        return str(etree.fromstring(alone.encode(), etree.XMLParser(resolve_entities=False, no_network=True)).tag)
    except etree.XMLSyntaxError as error:
        name = re.match(r"<([^\s/>]+)", tag)
        if _code(error) == _UNDECLARED_PREFIX and name:
            return name[1]
        seen = str(error.msg).split(", line ")[0].strip()
        raise DataError(messages.XML_MALFORMED, where=where, line=1, column=1, seen=seen) from None


def _code(error: etree.XMLSyntaxError) -> int:
    return int(error.code)  # type: ignore[attr-defined]  # the stubs know no code; lxml has it since 2.0


class InstructionFoundError(Exception):
    """A processing instruction stands inside the document: it has to be read again with ``lean`` false."""


class XmlFeed:
    """A document that grows as its bytes come in.

    ``root`` is the root element once its start tag is complete. Between two calls of :meth:`feed` a reader may take
    complete elements out of the tree; of each element that is still open the last child may be incomplete and must
    stay.

    ``lean`` takes half the time: the parser then calls nobody at the start of each element. To get hold of the root all
    the same, an instruction of our own is slipped in behind its start tag. As instructions must then reach us, the
    document's own would split texts; the first of them raises :class:`InstructionFoundError`.
    """

    def __init__(self, prolog: Prolog, *, where: str, lean: bool = False) -> None:
        self.where = where
        self.root: etree._Element | None = None
        self._prolog = prolog
        self._tail = b""
        self._decoder: codecs.IncrementalDecoder | None = None
        parsed = prolog.encoding
        if parsed not in _PARSED:
            self._decoder = codecs.getincrementaldecoder(parsed)(errors="strict")
            parsed = "utf-8"
        lean = lean and self._decoder is None and prolog.inside > 0
        self._before = prolog.inside - prolog.mark if lean else 0  # bytes to come before our instruction
        # The encoding is always told, so that the parser sees the document that read_prolog looked at.
        self._parser = etree.XMLPullParser(
            events=("pi",) if lean else ("start",),
            tag=None if lean else prolog.root,
            encoding="us-ascii" if parsed == "ascii" else parsed,
            remove_comments=True,
            remove_pis=not lean,
            resolve_entities=False,
            load_dtd=False,
            no_network=True,
            huge_tree=False,
            collect_ids=False,
        )

    @property
    def closed(self) -> bool:
        """Whether the text so far ends with the root's end tag (white space and remarks may follow)."""
        if self.root is None:
            return False
        prefix = f"{self.root.prefix}:" if self.root.prefix else ""
        name = prefix + etree.QName(self.root).localname
        return re.search(rb"</" + re.escape(name.encode()) + _AFTER, self._tail, re.DOTALL) is not None

    def feed(self, data: bytes) -> None:
        """Parse more of the file (without its byte-order mark). Raises :class:`DataError`: D72, D73, D75."""
        if self._decoder is not None:
            data = self._decode(data, final=False)
        if data:
            self._tail = data[-_TAIL:] if len(data) >= _TAIL else (self._tail + data)[-_TAIL:]
        if self._before:
            first, data = data[: self._before], data[self._before :]
            self._before -= len(first)
            if not self._before:
                first += _OURS
            self._parse(first)
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        try:
            self._parser.feed(data)
        except etree.XMLSyntaxError as error:
            raise self._error(error) from None
        for event, found in self._parser.read_events():
            element = cast("etree._Element", found)
            if event == "pi":
                self._instruction(element)
            elif self.root is None:
                self.root = element
        if self.root is not None and self.root.getroottree().docinfo.internalDTD is not None:
            raise DataError(messages.XML_DOCTYPE, where=self.where)

    def _instruction(self, found: etree._Element) -> None:
        parent = found.getparent()
        if parent is None:
            return  # before or after the root, where it splits nothing
        if self.root is not None:
            raise InstructionFoundError
        self.root = parent
        parent.remove(found)  # alone so far: the parser has not yet seen what follows

    def close(self) -> None:
        """The file has ended. Raises :class:`DataError` (D74) when the document has not."""
        if self._decoder is not None:
            self._decode(b"", final=True)
        try:
            self._parser.close()
        except etree.XMLSyntaxError as error:
            if self.closed:
                raise self._error(error) from None
            # An entity that nobody declared ends the document without an error of its own.
            for entry in self._parser.feed_error_log:
                if entry.type == etree.ErrorTypes.ERR_UNDECLARED_ENTITY:
                    fields = {"line": entry.line, "column": entry.column, "seen": entry.message}
                    raise DataError(messages.XML_MALFORMED, where=self.where, **fields) from None
            raise DataError(messages.XML_TRUNCATED, where=self.where, line=error.lineno or 1) from None

    def _decode(self, data: bytes, *, final: bool) -> bytes:
        assert self._decoder is not None
        try:
            return self._decoder.decode(data, final).encode()
        except UnicodeDecodeError as error:
            line = self.root.sourceline if self.root is not None and self.root.sourceline else 1
            raise DataError(
                messages.XML_ENCODING,
                where=self.where,
                encoding=self._prolog.encoding,
                line=line,
                column=error.start,
            ) from None

    def _error(self, error: etree.XMLSyntaxError) -> DataError:
        line, column = error.position
        seen = str(error.msg).split(", line ")[0].strip()
        code = _code(error)
        types = etree.ErrorTypes
        where = self.where
        if code == types.ERR_INVALID_ENCODING or (code == types.ERR_INVALID_CHAR and "UTF-8" in seen):
            return DataError(
                messages.XML_ENCODING, where=where, encoding=self._prolog.encoding, line=line, column=column
            )
        if code in (_RESOURCE_LIMIT, types.ERR_NAME_TOO_LONG) or "too big" in seen:
            return DataError(messages.XML_TOO_LARGE, where=where, seen=seen, line=line)
        return DataError(messages.XML_MALFORMED, where=where, seen=seen, line=line, column=column)


_OURS = b"<?here?>"
_TAIL = 4096
_AFTER = rb"\s*>(?:\s|<!--.*?-->|<\?.*?\?>)*$"
_UNDECLARED_PREFIX = 201
"""libxml2's XML_NS_ERR_UNDEFINED_NAMESPACE."""
_RESOURCE_LIMIT = 114
"""libxml2's XML_ERR_RESOURCE_LIMIT, which lxml's list of codes lacks in older releases."""
