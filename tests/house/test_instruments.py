"""Every instrument has a page for the application manager, and the list of them is complete."""

from __future__ import annotations

import re

import pytest

from ipvb_bridge.core import instruments

from .conftest import ROOT

FOLDER = ROOT / "docs" / "instrumenten"


@pytest.mark.parametrize("name", instruments.NAMES)
def test_the_page_says_how_to_make_it_with_an_example(name: str) -> None:
    """docs/instrumenten/NAME.md names the command and holds a worked example; a test names the page."""
    text = (FOLDER / f"{name}.md").read_text("utf-8")
    assert f"ipvb-bridge instrument {name}" in text
    assert "oorbeeld" in text
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests" / "core" / "instruments").glob("test_*.py"))
    assert f"instrumenten/{name}.md" in tests


def test_the_overview_names_every_instrument() -> None:
    """The table of docs/instrumenten/README.md has a line for each instrument, in their order."""
    text = (FOLDER / "README.md").read_text("utf-8")
    assert re.findall(r"^\| \[(\w+)\]\(\1\.md\) \|", text, re.MULTILINE) == list(instruments.NAMES)


def test_no_page_is_left_over() -> None:
    """Each page is of an instrument that there is."""
    assert {path.stem for path in FOLDER.glob("*.md")} - {"README"} == set(instruments.NAMES)
