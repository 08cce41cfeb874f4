"""The words of the pages, the same names and keys for each language: codes in `nl.py`, texts in `text_nl.py`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import ModuleType
from typing import Literal

from markupsafe import Markup

from ipvb_bridge.reports.terms import en, nl, text_en, text_nl

Language = Literal["nl", "en"]
LANGUAGES: Mapping[str, tuple[ModuleType, ModuleType]] = {"nl": (nl, text_nl), "en": (en, text_en)}


class Terms:
    """One language's words for the codes of the method, and its texts by key. A code without a word stands as it is."""

    def __init__(self, language: Language) -> None:
        self.language = language
        source, texts = LANGUAGES[language]
        self.text: Mapping[str, str] = texts.TEXT
        self.levels: Mapping[str, str] = source.LEVELS
        self.day_parts: Mapping[str, str] = source.DAY_PARTS
        self.weekdays: tuple[str, ...] = source.WEEKDAYS
        self.months: tuple[str, ...] = source.MONTHS
        self.care_functions: Mapping[str, str] = source.CARE_FUNCTIONS
        self.performers: Mapping[str, str] = source.PERFORMERS
        self.client_groups: Mapping[str, str] = source.CLIENT_GROUPS
        self.pools: Mapping[str, str] = source.POOLS
        self.parts: Mapping[str, str] = source.PARTS
        self.bridge: Mapping[str, tuple[str, str]] = source.BRIDGE
        self.groups: Mapping[str, str] = source.GROUPS
        self.rules: Mapping[str, str] = source.RULES
        self.sources: Mapping[str, str] = source.SOURCES
        self.work: Mapping[str, str] = source.WORK
        self.severities: Mapping[str, str] = source.SEVERITIES
        self.streams: Mapping[str, str] = source.STREAMS
        self.columns: Mapping[str, str] = source.COLUMNS
        self.mappings: Mapping[str, str] = source.MAPPINGS
        self.allocation: Mapping[str, str] = source.ALLOCATION

    def __call__(self, key: str, **fields: object) -> Markup:
        """The text of a key, its fields filled in and escaped. The text itself may hold markup."""
        text = Markup(self.text[key])  # noqa: S704  # our own words, no data
        return text.format(**fields) if fields else text

    def number(self, key: str, count: int, shown: str) -> Markup:
        """The text of a key for one, or for any other number; ``shown`` is the number as it is written."""
        return self(f"{key}.one" if count == 1 else f"{key}.many", count=shown)

    def rule(self, code: str) -> str:
        """What a rule is about; of an adapter's code, where it comes from."""
        return self.rules.get(code) or self.sources.get(code.rstrip("0123456789"), code)

    def level(self, code: str | None) -> str:
        """A level's name with its number behind it."""
        if code is None:
            return self.text["level.none"]
        return f"{self.levels[code]} ({code})" if code in self.levels else code

    def pool(self, code: str) -> str:
        """A pool or stay component."""
        return self.pools.get(code, plain(code))

    def part(self, code: str) -> str:
        """A part of a price: a cost category, or the support pool from which it came (``support:management``)."""
        prefix, colon, name = code.partition(":")
        if colon:
            return self.pool(name) if prefix in {"support", "pool"} else self.parts.get(name, plain(name))
        return self.parts.get(code) or self.pools.get(code) or plain(code)

    def entry(self, code: str) -> str:
        """A care function or a stay component: what the settings call fixed or free."""
        return self.care_functions.get(code) or self.pool(code)


def plain(code: str) -> str:
    """A code that has no word of its own, as a reader can say it: ``day_care`` becomes ``Day care``."""
    text = code.replace("_", " ").strip()
    return text[:1].upper() + text[1:]


@lru_cache(maxsize=len(LANGUAGES))
def terms(language: Language) -> Terms:
    """The words of a language."""
    return Terms(language)
