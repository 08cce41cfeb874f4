"""Small readings that several streams share: references, dates, codes and extensions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl

from ipvb_ecd_fhir.config import Config
from ipvb_ecd_fhir.model import Concept, Extension, Reference

Row = tuple[str | None, ...]


@dataclass(frozen=True)
class Reader:
    """How this connection reads values: its settings, its time zone, and what references lead to.

    ``levels``: level of each PractitionerRole (id), None for a role without. ``units``: the unit of each Location
    (id): itself, or for a room the nearest unit it lies in.
    """

    config: Config
    zone: ZoneInfo
    levels: Mapping[str, str | None] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)

    def target(self, reference: Reference | None) -> tuple[str, str] | None:
        """Type and id that a reference names on this server; None for words, contained records, other servers."""
        return _target(reference.reference, self.config.url) if reference is not None else None

    def id_of(self, reference: Reference | None, type_: str) -> str | None:
        """The id of a reference to that type."""
        found = self.target(reference)
        return found[1] if found and found[0] == type_ else None

    def day(self, text: str) -> str | None:
        """The calendar day of a FHIR date or moment, in the connection's time zone; None when it names no day."""
        return _day(text, self.zone)

    def level(self, performers: Iterable[Reference | None]) -> str | None:
        """The one level of those who do it; None when none is known or they differ."""
        found = set()
        for each in performers:
            if each is None:
                continue
            inner = [deep.value_reference for deep in each.extension if deep.value_reference is not None]
            for one in (each, *inner):
                id_ = self.id_of(one, "PractitionerRole")
                if id_ is not None:
                    found.add(self.levels.get(id_))
        return found.pop() if len(found) == 1 else None

    def extended(self, *holders: Sequence[Extension]) -> dict[str, str]:
        """Columns that the configuration reads from extensions, with what stands there, in our codes where mapped."""
        if not any(holders):
            return {}
        held: dict[str, str] = {}
        for extensions in holders:
            for each in extensions:
                value = _value(each)
                if value is not None:
                    held.setdefault(each.url, value)
        found = {column: held[url] for column, url in self.config.extensions.items() if url in held}
        return {column: self.config.codes.get(column, {}).get(value, value) for column, value in found.items()}


def coded(concepts: Iterable[Concept | None], wanted: Sequence[str]) -> bool:
    """True when one of the ``system|code`` is among the codings."""
    return any(f"{each.system}|{each.code}" in wanted for concept in concepts if concept for each in concept.coding)


class Columns:
    """Rows, gathered column by column until they are taken as a frame; the gate checks and types its text."""

    def __init__(self, names: Sequence[str], numbers: Sequence[str] = ()) -> None:
        self._types = {name: pl.Int32 if name in numbers else pl.String for name in names}
        self._held: list[list[Any]] = [[] for _ in names]

    def __len__(self) -> int:
        return len(self._held[0])

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Take rows in."""
        for held, values in zip(self._held, zip(*rows, strict=True), strict=False):
            held.extend(values)

    def taken(self) -> pl.DataFrame:
        """What is gathered, as a frame; nothing is left."""
        types = self._types.items()
        made = [pl.Series(name, held, type_) for (name, type_), held in zip(types, self._held, strict=True)]
        self._held = [[] for _ in made]
        return pl.DataFrame(made)


@lru_cache(maxsize=65536)
def _target(text: str, base: str) -> tuple[str, str] | None:
    if "://" in text:
        if not text.startswith(base + "/"):
            return None
        text = text[len(base) + 1 :]
    parts = text.split("/")
    if len(parts) == 4 and parts[2] == "_history":
        parts = parts[:2]
    return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else None


@lru_cache(maxsize=65536)
def _day(text: str, zone: ZoneInfo) -> str | None:
    try:
        if len(text) == 10:
            return dt.date.fromisoformat(text).isoformat()
        if len(text) < 16:
            return None
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    # A moment without an offset is no FHIR; the source's own clock is what it can only mean.
    return (moment.astimezone(zone) if moment.tzinfo else moment).date().isoformat()


def _value(extension: Extension) -> str | None:
    if extension.value_boolean is not None:
        return str(extension.value_boolean).lower()
    coding = extension.value_coding
    if coding is None and extension.value_codeable_concept is not None:
        coding = next(iter(extension.value_codeable_concept.coding), None)
    numbers = (extension.value_integer, extension.value_positive_int, extension.value_unsigned_int)
    for found in (extension.value_code, extension.value_string, coding.code if coding else None, *numbers):
        if found is not None:
            return str(found)
    return None if extension.value_decimal is None else f"{extension.value_decimal:f}"
