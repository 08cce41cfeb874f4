"""Keys of people: a BSN goes in at the adapter's boundary, and only a keyed pseudonym of it goes on.

A person's key is the HMAC-SHA-256 of the nine digits of the BSN under the organisation's own key, the first 160 bits,
in base32: 32 characters of A-Z and 2-7, in which no run of digits can be taken for a BSN. The same BSN under the same
key gives the same in every connection; without the key nobody can try all BSNs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

import polars as pl

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.core.validation import passes_eleven
from ipvb_bridge.plugin import messages
from ipvb_bridge.plugin.adapter import Context

Pseudonym = Callable[[str], str]
"""Turns a BSN into the person's key; raises ``ValueError``, without the value, for what is no BSN."""

_BYTES = 20
_WRITING = re.compile(r"[.\s]")
_NUMBER = re.compile(r"[0-9]{8,9}")
_NOBODY = "9" * 8 + "0"
"""A number that is given to nobody."""


def number(text: str) -> str | None:
    """The nine digits of a BSN, its leading zero put back; None for what is no BSN (length, eleven test, all zeros)."""
    digits = _WRITING.sub("", text)
    if not _NUMBER.fullmatch(digits):
        return None
    nine = digits.zfill(9)
    return nine if passes_eleven(nine) and nine.strip("0") else None


def keyed(key: Callable[[], bytes]) -> Pseudonym:
    """The pseudonyms under a key, which is asked for when the first one is made."""
    known = cache(key)

    def pseudonym(bsn: str) -> str:
        digits = number(bsn)
        if digits is None:
            raise ValueError("no BSN")
        return base64.b32encode(hmac.digest(known(), digits.encode(), "sha256")[:_BYTES]).decode()

    return pseudonym


def needed(context: Context, setting: str) -> Pseudonym:
    """The pseudonyms of a connection whose ``setting`` asks for them.

    Raises :class:`ConfigurationError`: C44 when the configuration has no key, C07 or C43 when there is none behind the
    reference or it is too short.
    """
    if context.pseudonym is None:
        raise ConfigurationError(messages.NO_PSEUDONYM_KEY, where=f"connections.{context.connection}", seen=setting)
    mark(context.pseudonym)
    return context.pseudonym


def mark(pseudonym: Pseudonym) -> str:
    """Tells one key from another: whoever remembers it sees that the organisation's key was changed."""
    return hashlib.sha256(pseudonym(_NOBODY).encode()).hexdigest()[:16]


def person_keys(values: pl.Series, pseudonym: Pseudonym) -> pl.Series:
    """The keys of a column of BSNs as text, null where there is none or it is no BSN; each BSN is worked out once."""
    keys = {}
    for each in values.unique().drop_nulls():
        with suppress(ValueError):
            keys[each] = pseudonym(each)
    return values.replace_strict(keys, default=None, return_dtype=pl.String).rename("person_key")


@dataclass(slots=True)
class BsnColumn:
    """The column of a file that holds BSNs. ``wrong`` gathers where one stood that is no BSN, never its value."""

    name: str
    pseudonym: Pseudonym
    wrong: list[str] = field(default_factory=list)

    def replaced(self, frame: pl.DataFrame, position: str) -> pl.DataFrame:
        """The rows with ``person_key`` in place of the BSN; a key that stood there itself counts where there is none.

        ``position`` names the column that says where a row stood.
        """
        given = frame[self.name]
        keys = person_keys(given, self.pseudonym)
        self.wrong += frame[position].filter(given.is_not_null() & keys.is_null()).to_list()
        rest = frame.drop(self.name)
        if "person_key" in rest.columns:
            keys = keys.zip_with(keys.is_not_null(), rest["person_key"])
        return rest.with_columns(keys)
