"""What must never stand in a file of this project."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from .conftest import ROOT

FOLDERS = (".ci", "benchmarks", "config", "docs", "ipvb_bridge", "plugins", "tests")
# Where packages come from is the reader's own setting. The words are joined here, so that this file is clean too.
HOSTS = re.compile("https?://[^/\\s\"']*(" + "|".join(("py" + "pi", "python" + "hosted", "npm" + "js")) + ")", re.I)
MIRRORS = re.compile(
    "https?://[^/\\s\"']*(" + "|".join(("debian" + r"\.org", "node" + "source", "crates" + ".io")) + ")"
)
PLACES = re.compile("(?<![\\w.-])/(" + "|".join(("wo" + "rk", "ro" + "ot", "fa" + "rm", "ho" + "me/[a-z]+")) + ")/")
BSN = re.compile(r"(?<![\w.,-])\d{9}(?![\w.,-])")


def files() -> list[Path]:
    """Every file a reader of the repository sees."""
    top = [path for path in ROOT.iterdir() if path.is_file() and path.suffix not in (".db", ".html")]
    below = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    return [path for path in (*top, *below) if "__pycache__" not in path.parts and ".egg-info" not in str(path)]


def found(*patterns: re.Pattern[str]) -> list[str]:
    """`file:line: text` of every hit."""
    hits = []
    for path in files():
        text = path.read_bytes().decode("utf-8", "replace")
        for number, line in enumerate(text.splitlines(), 1):
            if any(pattern.search(line) for pattern in patterns):
                hits.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    return hits


def test_no_package_registry_is_named() -> None:
    """No file names a package registry's or mirror's address: those are the reader's own settings."""
    assert found(HOSTS, MIRRORS) == []


def test_no_path_of_a_machine() -> None:
    """No file holds a path that exists on one machine only."""
    assert found(PLACES) == []


def _passes(digits: str) -> bool:
    weighed = zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)
    return sum(int(digit) * weight for digit, weight in weighed) % 11 == 0


def test_nothing_that_passes_for_a_bsn() -> None:
    """No data, page or program text holds nine digits that pass the eleven test; only tests of that rule do."""
    assert _passes("1234567" + "82")
    hits = [
        f"{path.relative_to(ROOT)}: {digits}"
        for path in files()
        if path.suffix not in (".png", ".jpg") and not (path.suffix == ".py" and "tests" in path.parts)
        for digits in BSN.findall(path.read_bytes().decode("utf-8", "replace"))
        if _passes(digits) and digits != "0" * 9
    ]
    assert hits == []


def test_the_patterns_would_notice() -> None:
    """Each pattern finds what it is for, so that an empty list means something."""
    assert HOSTS.search("see https://files.python" + "hosted.org/x")
    assert MIRRORS.search("deb http://deb.debian" + ".org/debian")
    assert PLACES.search("open('/wo" + "rk/main')")
    assert not PLACES.search("ratio of rework/main, network/x")


def test_versions_are_pinned() -> None:
    """constraints.txt pins one exact version a line, holds no option and no address, and forgets no dependency."""
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    assert len(lines) > 30
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9.]+", line)] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    needed = [
        *project["dependencies"],
        *(each for extra in project["optional-dependencies"].values() for each in extra),
    ]
    pinned = {_plain(line.partition("==")[0]) for line in lines}
    assert [each for each in needed if _plain(re.split(r"[\[<>=!~; ]", each)[0]) not in pinned] == []


def _plain(name: str) -> str:
    """A distribution's name as installers compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()
