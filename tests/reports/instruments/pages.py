"""What the tests of pages share: a page of an organisation, and what a reader sees of it."""

from __future__ import annotations

from typing import Any

from lxml import html

from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.contract import Made
from ipvb_bridge.reports.instruments import render
from tests.core.instruments.given import given
from tests.core.oracle import Organisation
from tests.reports.test_page import Nesting

HOSTILE = "<script>alert(1)</script>"


def page(name: str, org: Organisation, language: Any = "nl", subject: str | None = None, **own: Any) -> str:
    """The page of an instrument; ``own``: rows of its input tables. Asserts that its markup is well formed."""
    instrument = instruments.load(name)
    inputs = given(org, inputs=instrument.inputs, own=own)
    made: Made = instrument.run(inputs)
    text = render.render(
        instrument, inputs, made, "Stichting Voorbeeld", version="3", language=language, subject=subject
    )
    parser = Nesting()
    parser.feed(text)
    assert (parser.faults, parser.open) == ([], [])
    return text


def seen(text: str) -> str:
    """The words of a page, its style left out."""
    root = html.fromstring(text)
    for style in root.xpath("//style"):
        style.drop_tree()
    return " ".join(root.text_content().split())
