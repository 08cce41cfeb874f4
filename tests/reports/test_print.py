"""On paper: what must be one page is one page, in a browser and through the PDF extra."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.core.statement import Basis, statements
from ipvb_bridge.reports import pdf
from ipvb_bridge.reports.statement import render_statement
from ipvb_bridge.reports.today import render_today

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--no-pdf-header-footer",
)  # fmt: skip


def pages(made: bytes) -> int:
    """Pages of a PDF that a browser made: page objects, told apart from the tree that holds them."""
    return len(re.findall(rb"/Type\s*/Page(?![a-zA-Z])", made))


@pytest.fixture
def browser() -> str:
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    pytest.skip("no chromium on this machine to print with")


def printed(browser: str, page: str, folder: Path) -> int:
    source, target = folder / "page.html", folder / "page.pdf"
    source.write_text(page, "utf-8")
    command = [browser, *QUIET, f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={target}", source.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return pages(target.read_bytes())


@pytest.mark.parametrize("language", ["nl", "en"])
def test_the_fullest_statement_is_one_page_in_a_browser(
    language: str, browser: str, full: dict, tmp_path: Path
) -> None:
    """Fifteen agreements, every function, seven components, moved, away and unpaid: one A4 page."""
    assert len(full["lines"]) == 15
    assert printed(browser, render_statement(full, language), tmp_path) == 1


@pytest.mark.parametrize("take", [0, -1])
def test_the_most_in_the_larger_type_is_one_page(take: int, browser: str, full: dict, tmp_path: Path) -> None:
    """Just under the bound where smaller type begins the page still fits, wherever the lines are taken away."""
    page = render_statement(full, "nl")
    while 'class="dense"' in page:
        full["lines"].pop(take)
        page = render_statement(full, "nl")
    assert full["lines"]
    assert printed(browser, page, tmp_path) == 1


def test_todays_care_is_one_page(browser: str, tmp_path: Path) -> None:
    """Fifteen agreements of a day in large type: one page."""
    item = {
        "agreement_id": "G", "care_function": "guidance", "description": "Hulp bij naar bed gaan",
        "performer": "network", "milliminutes": 150_000, "times": 20_000, "per": "day", "staff_count": 1,
        "group_size": 6,
    }  # fmt: skip
    parts = [("morning", 3), ("afternoon", 3), ("evening", 2), ("night", 1)]
    data = {
        "kind": "care_today", "date": "2026-01-14", "organisation": "O", "resident_id": "R1", "name": None,
        "unit_id": "D1", "unit_name": "Somatiek", "location_name": "De Linde",
        "today": [{"day_part": part, "items": [item] * number} for part, number in parts],
        "later": [{"day_part": "morning", "items": [item | {"per": "week"}] * 6}],
    }  # fmt: skip
    assert printed(browser, render_today(data, "nl"), tmp_path) == 1


def test_a_pdf_of_every_statement_is_one_page(basis: Basis, full: dict, weasyprint: ModuleType) -> None:
    """Through the extra `pdf` each statement of the example, and the fullest there is, is a PDF of one page."""
    for data in (*statements(basis), full):
        page = render_statement(data, "nl")
        assert pdf.as_pdf(page).startswith(b"%PDF")
        assert len(weasyprint.HTML(string=page).render().pages) == 1


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where WeasyPrint is absent a PDF stops with the command that installs it."""
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(ConfigurationError) as stopped:
        pdf.as_pdf("<p>x")
    assert stopped.value.code == "C60"
    assert "ipvb-bridge[pdf]" in stopped.value.next_step("en")
    assert "libpango" in stopped.value.next_step("nl")


@pytest.mark.usefixtures("weasyprint")
def test_a_page_in_a_pdf_fetches_nothing() -> None:
    """An address in a page is not visited while it is drawn."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/x.png"
        assert pdf.as_pdf(f'<img src="{address}"><p>x').startswith(b"%PDF")
        with pytest.raises(TimeoutError):
            listening.accept()


@pytest.mark.parametrize("take", [0, -1])
def test_the_most_in_the_largest_type_is_one_page(take: int, browser: str, full: dict, tmp_path: Path) -> None:
    """Just under the bound of the largest type the page still fits, wherever lines and components are taken away."""
    full |= {"elsewhere": [], "fixed": [], "free": []}
    page = render_statement(full, "nl")
    while 'class="roomy"' not in page:
        longest = max(("lines", "components"), key=lambda name: len(full[name]))
        full[longest].pop(take)
        page = render_statement(full, "nl")
    assert full["lines"]
    assert printed(browser, page, tmp_path) == 1


def test_care_at_home_is_one_page(full: dict, weasyprint: ModuleType) -> None:
    """The fullest statement with components that are not in the form of care, named, is one page too."""
    for kept in (0, 3, 6):
        without = [each["component"] for each in full["components"]][kept:]
        data = full | {"without": without, "components": full["components"][:kept]}
        assert len(weasyprint.HTML(string=render_statement(data, "nl")).render().pages) == 1
