"""What is said in the one language and never in the other, to look for on pages."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import html

from ipvb_bridge.reports.terms import LANGUAGES, Language

SHOWN = ("title", "aria-label", "data-l", "alt")


def tokens(texts: Iterable[str]) -> set[str]:
    bare = (re.sub(r"<[^>]*>|\{[^}]*\}", " ", text) for text in texts)
    return {word.lower() for text in bare for word in re.findall(r"[^\W\d_]{3,}", text)}


def vocabulary(language: Language) -> set[str]:
    words, texts = LANGUAGES[language]
    said = list(texts.TEXT.values())
    for name, table in vars(words).items():
        if name.isupper():
            values = table.values() if isinstance(table, dict) else table
            said += [each for value in values for each in ((value,) if isinstance(value, str) else value)]
    return tokens(said)


def of_the_other(language: Language) -> set[str]:
    """Words of the other language that this one does not have too."""
    other: Language = "en" if language == "nl" else "nl"
    return vocabulary(other) - vocabulary(language)


def said(page: str, data: Iterable[str] = ()) -> set[str]:
    """The words of a page that a reader sees or hears, without what stands in Dutch on purpose and without ``data``."""
    root = html.fromstring(page)
    for each in root.xpath("//style | //*[@lang='nl' and local-name() != 'html']"):
        each.drop_tree()
    shown = [root.text_content(), *(value for name in SHOWN for value in root.xpath(f"//@{name}"))]
    return tokens(shown) - tokens(data)
