"""The message catalogue: every message has a stable code, a text and a next step, in Dutch and English.

A room declares its messages as constants with :func:`message`; the reference page and the errors are made from
them. Codes: C configuration, K credentials and keys, P peers, D data of a delivery, S store, M method, A adapters.
An adapter uses codes that start with its own name (``XAF01``).
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Literal

Language = Literal["nl", "en"]


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of the catalogue. The texts are ``str.format`` templates over named fields."""

    code: str
    en: str
    nl: str
    next_en: str
    next_nl: str

    def text(self, language: Language, **fields: object) -> str:
        """What happened, in one sentence, with the fields filled in."""
        return (self.nl if language == "nl" else self.en).format(**fields)

    def next_step(self, language: Language, **fields: object) -> str:
        """What the reader can do now, in one sentence, with the fields filled in."""
        return (self.next_nl if language == "nl" else self.next_en).format(**fields)


_catalogue: dict[str, Message] = {}


def message(code: str, *, en: str, nl: str, next_en: str, next_nl: str) -> Message:
    """Declare a message. Raises ``ValueError`` when the code is malformed or already taken by another text."""
    if not re.fullmatch(r"[A-Z]{1,8}[0-9]{2,3}", code):
        raise ValueError(f"not a message code: {code}")
    made = Message(code, en, nl, next_en, next_nl)
    if _catalogue.setdefault(code, made) != made:
        raise ValueError(f"message code {code} is taken")
    return made


def catalogue() -> dict[str, Message]:
    """Every message declared by the modules imported so far, by code."""
    return dict(sorted(_catalogue.items()))


_chosen: list[Language] = []


def speak(chosen: Language) -> None:
    """Choose the language of messages; ``IPVB_BRIDGE_LANGUAGE`` still wins."""
    _chosen[:] = [chosen]


def language() -> Language:
    """The reader's language: ``IPVB_BRIDGE_LANGUAGE``, else the chosen one, else the terminal's, else English."""
    spoken = os.environ.get("IPVB_BRIDGE_LANGUAGE", "")
    if not spoken and _chosen:
        return _chosen[0]
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        spoken = spoken or os.environ.get(name, "")
    return "nl" if spoken.lower().startswith("nl") else "en"
