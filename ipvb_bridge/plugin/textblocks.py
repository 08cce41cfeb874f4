"""A delimited file as blocks of UTF-8 text that each hold whole records.

Reads a file of any size in bounded memory, in its stated encoding; what does not fit stops the reading with the byte
and line where it stands. Nothing is ever replaced silently.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.plugin import messages

BLOCK = 16 * 1024 * 1024
"""Bytes read at once: about 250,000 rows of hours. Much less, and what every part costs by itself is felt."""

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_ONE_BYTE = ("cp125", "iso8859", "latin", "cp437", "cp850", "cp858", "mac")


@dataclass(frozen=True, slots=True)
class Block:
    """Whole records as UTF-8 bytes. ``line`` is the number of the first line; ``last`` marks the end of the file."""

    text: bytes
    line: int
    last: bool


def blocks(path: Path, *, encoding: str, quote: str, where: str = "", size: int = BLOCK) -> Iterator[Block]:
    """The file in blocks that end at a record's end, so that a quoted line end never divides a record.

    ``where`` names the file in errors. Raises :class:`DataError` for bytes that are not of the encoding, for UTF-8
    that is configured as a one-byte encoding (which would read on, into nonsense), and for NUL characters.
    A byte order mark at the start is left out.
    """
    where = where or str(path)
    mark = quote.encode()
    rest, line = b"", 1
    ended = False
    for text in _decoded(path, encoding, where, size):
        if b"\x00" in text:
            at = line + (rest + text[: text.index(b"\x00")]).count(b"\n")
            raise DataError(messages.NUL_BYTE, where=f"{where}:{at}")
        rest += text
        cut = _record_end(rest, mark)
        if cut:
            yield Block(rest[:cut], line, last=False)
            line += rest.count(b"\n", 0, cut)
            rest = rest[cut:]
        ended = True
    if ended:
        yield Block(rest, line, last=True)


def _record_end(text: bytes, quote: bytes) -> int:
    """Where the last whole record ends: after the last line end with an even number of quotes before it."""
    cut = text.rfind(b"\n") + 1
    if not quote or not cut:
        return cut
    odd = text.count(quote, 0, cut) % 2
    while cut and odd:
        before = text.rfind(b"\n", 0, cut - 1) + 1
        odd = (odd + text.count(quote, before, cut)) % 2
        cut = before
    return cut


def _decoded(path: Path, encoding: str, where: str, size: int) -> Iterator[bytes]:
    """The file as UTF-8 without byte order mark, decoded strictly."""
    known = codecs.lookup(encoding)
    one_byte = known.name.startswith(_ONE_BYTE)
    decoder = known.incrementaldecoder("strict")
    lines = offset = 0
    try:
        with path.open("rb") as file:
            while True:
                data = file.read(size)
                if not offset:
                    _look_at_mark(data, known.name, where)
                if one_byte and not data.isascii():
                    _refuse_utf8(data, offset, lines, encoding, where)
                kept = len(decoder.getstate()[0])
                try:
                    text = decoder.decode(data, final=not data)
                except UnicodeDecodeError as error:
                    at = offset - kept + error.start
                    line = 1 + lines + error.object[: error.start].count(b"\n")
                    likely = "cp1252" if known.name.startswith("utf") else "utf-8"
                    raise _refusal(where, line, at, encoding, likely) from None
                if text or data:
                    yield (text if offset else text.removeprefix("\ufeff")).encode()
                if not data:
                    return
                offset += len(data)
                lines += data.count(b"\n")
    except OSError as error:
        raise DataError(messages.UNREADABLE, where=where, seen=error.strerror or "") from error


def _look_at_mark(data: bytes, encoding: str, where: str) -> None:
    """A byte order mark tells for certain what the file is: refuse another encoding."""
    for mark, likely in _MARKS:
        if data.startswith(mark):
            if not encoding.startswith(likely.removesuffix("-sig")):
                raise _refusal(where, 1, 0, encoding, likely)
            return


def _refuse_utf8(data: bytes, offset: int, lines: int, encoding: str, where: str) -> None:
    """Every byte is a character in a one-byte encoding, so UTF-8 would pass as ``Ã«``: refuse what is surely UTF-8."""
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(data)
    except UnicodeDecodeError:
        return
    first = next(index for index, byte in enumerate(data) if byte > 127)
    raise _refusal(where, 1 + lines + data.count(b"\n", 0, first), offset + first, encoding, "utf-8")


def _refusal(where: str, line: int, offset: int, encoding: str, likely: str) -> DataError:
    return DataError(messages.ENCODING, where=f"{where}:{line}", encoding=encoding, offset=offset, likely=likely)
