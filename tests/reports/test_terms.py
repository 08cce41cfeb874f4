"""The words of the pages: both languages whole, nothing of the one in the other, no text outside them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from markupsafe import Markup

import ipvb_bridge.reports
from ipvb_bridge.core.records import CARE_FUNCTIONS, DAY_PARTS, LEVELS, PERFORMERS, STREAMS
from ipvb_bridge.core.statement import BRIDGE_PARTS
from ipvb_bridge.reports.terms import LANGUAGES, Language, terms

HOME = Path(ipvb_bridge.reports.__file__).parent
TEMPLATES = sorted((HOME / "templates").glob("*.j2"))
TABLES = [name for name in vars(LANGUAGES["nl"][0]) if name.isupper()]
CALLED = re.compile(r"""\b(?:t|words|terms)(?:\.number)?\(\s*f?["']([a-z_.]+)""")
BUILT = re.compile(r"""["']([a-z_]+\.(?:[a-z]+[._])?)["']\s*~|f["']([a-z_]+\.)\{""")


def sources() -> Iterator[tuple[str, str]]:
    for path in (*TEMPLATES, *HOME.glob("*.py"), *HOME.glob("instruments/*.py"), HOME / "terms" / "__init__.py"):
        yield path.name, path.read_text("utf-8")


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys_and_fields() -> None:
    """No text is missing in either language, and each has the same fields to fill in."""
    dutch, english = (LANGUAGES[language][1].TEXT for language in ("nl", "en"))
    assert dutch.keys() == english.keys()
    for key, text in dutch.items():
        assert fields(text) == fields(english[key]), key


@pytest.mark.parametrize("name", TABLES)
def test_both_languages_have_words_for_the_same_codes(name: str) -> None:
    """Each table of words has the same codes in both languages."""
    dutch, english = (getattr(LANGUAGES[language][0], name) for language in ("nl", "en"))
    if isinstance(dutch, dict):
        assert dutch.keys() == english.keys()
        assert all(dutch.values())
        assert all(english.values())
    else:
        assert len(dutch) == len(english)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_code_of_the_method_has_a_word(language: Language) -> None:
    """Levels, day parts, care functions, performers, streams and steps of the bridge are never shown as codes."""
    words = terms(language)
    assert set(LEVELS) <= words.levels.keys()
    assert list(words.day_parts) == list(DAY_PARTS)
    assert set(CARE_FUNCTIONS) == words.care_functions.keys()
    assert set(PERFORMERS) == words.performers.keys()
    assert set(STREAMS) == words.streams.keys()
    assert {"ledger_cost", *BRIDGE_PARTS} == words.bridge.keys()
    assert all(f"bridge.short.{part}" in words.text for part in BRIDGE_PARTS)


def test_every_key_that_is_asked_for_is_there_and_every_key_is_asked_for() -> None:
    """A key written in a template or module exists; a text that nothing asks for is not kept."""
    texts = LANGUAGES["nl"][1].TEXT
    asked, prefixes = set(), set()
    for name, source in sources():
        for key in re.findall(r"""["']([a-z_]+(?:\.[a-z_]+)+|[a-z_]+)["']""", source):
            if key in texts:
                asked.add(key)
        for key in CALLED.findall(source):
            if key in LANGUAGES:
                continue
            known = key in texts or any(each.startswith(key) for each in texts)
            assert known, f"{name}: {key}"
            if key not in texts:
                prefixes.add(key)
        prefixes |= {each for pair in BUILT.findall(source) for each in pair if each}
    unused = [key for key in texts if key not in asked and not any(key.startswith(each) for each in prefixes)]
    assert unused == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_templates_hold_no_text(path: Path) -> None:
    """Outside the words of a language a template has no letters that a reader sees."""
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", path.read_text("utf-8"), flags=re.S)
    text = re.sub(r"<!DOCTYPE html>|<[^>]*>", "", text)
    assert set(re.findall(r"[^\W\d_]{2,}", text)) <= {"GINK"}
    attributes = re.findall(r'\b(?:title|aria-label|alt|data-l)="([^"]*)"', path.read_text("utf-8"))
    assert all("{{" in value for value in attributes)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_fields_are_escaped(language: Language) -> None:
    """What is filled in stands as text, whatever it holds; braces in it are left alone."""
    made = terms(language)("formation.of", name="<b>{x}</b>")
    assert isinstance(made, Markup)
    assert "&lt;b&gt;{x}&lt;/b&gt;" in made


def test_one_and_many() -> None:
    """One resident, more residents: the number decides which text stands."""
    assert terms("en").number("residents", 1, "1") == "1 resident"
    assert terms("en").number("residents", 0, "0") == "0 residents"
    assert terms("nl").number("findings", 2, "2") == "2 bevindingen"


def test_a_code_without_a_word_can_be_read() -> None:
    """An organisation's own pool or category is shown as it is called, without its underscores."""
    words = terms("nl")
    assert words.pool("day_care") == "Day care"
    assert words.part("support:day_care") == "Day care"
    assert words.level("9") == "9"
    assert words.rule("XAF12") == "Wat de auditfile zelf meldt"
