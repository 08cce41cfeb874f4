"""The reference pages are what the code says, and everything they list is used in a test."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from docs import reference
from ipvb_bridge.base.messages import Message
from ipvb_bridge.base.settings import Bridge
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.plugin import hookspecs

from .conftest import ROOT

PAGES = sorted(reference.PAGES)


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as they would be made now, in a process where no test has declared messages of its own."""
    folder = tmp_path_factory.mktemp("pages")
    subprocess.run([sys.executable, ROOT / "docs" / "reference.py", folder], check=True, cwd=ROOT, timeout=120)
    return folder


@pytest.fixture(scope="module")
def sources() -> str:
    """The text of all tests but these."""
    folders = [ROOT / "tests"]
    paths = [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in (".py", ".toml")]
    return "\n".join(path.read_text("utf-8") for path in paths if path != Path(__file__))


@pytest.mark.parametrize("page", PAGES)
def test_the_page_is_not_stale(fresh: Path, page: str) -> None:
    """docs/PAGE is what the code makes; else run `python docs/reference.py` and commit."""
    assert (ROOT / "docs" / page).read_text("utf-8") == (fresh / page).read_text("utf-8")


def test_a_stale_page_would_be_noticed(fresh: Path, sources: str) -> None:
    """The pages hold what they are for: one known entry each, so that equal does not mean empty."""
    known = {
        "settings.md": "`cost_price.allocation`",
        "streams.md": "`agreement_id`",
        "commands.md": "## ipvb-bridge calculate",
        "messages.md": "`A01`",
        "instruments.md": "`wellbeing_share`",
    }
    for page, entry in known.items():
        assert entry in (fresh / page).read_text("utf-8")
    assert list(_missing_codes(("ZZ98",), sources)) == ["ZZ98"]


def _missing_codes(codes: tuple[str, ...], sources: str) -> Iterator[str]:
    for code in codes:
        if not re.search(rf"""["' ]{code}["':) ]""", sources) and not _used_by_name(code, sources):
            yield code


def _used_by_name(code: str, sources: str) -> bool:
    """A test may name a message by its constant and module: `messages.NOT_FINISHED`, `gate.MISSING`."""
    return any(re.search(rf"\b{name}\b", sources) for name in _constants().get(code, ()))


def _constants() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for module in list(sys.modules.values()):
        for name, value in vars(module).items() if getattr(module, "__name__", "").startswith("ipvb_") else ():
            if isinstance(value, Message):
                found.setdefault(value.code, []).append(f"{module.__name__.rpartition('.')[2]}.{name}")
    return found


def test_every_message_has_a_test(fresh: Path, sources: str) -> None:
    """Each code of the catalogue is named, as code or as constant, by a test that meets it."""
    reference.modules()
    codes = tuple(re.findall(r"^\| `([A-Z]+\d+)`", (fresh / "messages.md").read_text("utf-8"), re.MULTILINE))
    assert len(codes) > 50
    missing = list(_missing_codes(codes, sources))
    assert not missing, missing


def test_every_command_and_option_has_a_test(sources: str) -> None:
    """Each command, and each option of a command, stands as a word of a command line in a test."""
    missing = []
    for path in reference.commands():
        name = str(path[-1].name)
        if not re.search(rf"""["' ]{name}["' ]""", sources):
            missing.append(name)
        for parameter in path[-1].params:
            if isinstance(parameter, click.Option) and not any(_quoted(each, sources) for each in parameter.opts):
                missing.append(f"{name} {parameter.opts[0]}")
    assert not missing, missing


def _quoted(option: str, sources: str) -> bool:
    return re.search(rf"""["' ]{option}["' =]""", sources) is not None


def test_every_setting_has_a_test(sources: str) -> None:
    """Each key of bridge.toml, method.toml and the adapters' settings is set in a test."""
    models = [(Bridge, ""), (MethodSettings, ""), *((each.Config, f"{each.name}: ") for each in reference.shipped())]
    keys = [
        (f"{where}{path}", path.rpartition(".")[2]) for model, where in models for path, _ in reference.settings(model)
    ]
    assert len(keys) > 50
    # A key is set as `key = `, `key=`, `"key":`, or as the last word of `section.key`.
    missing = [full for full, key in keys if not re.search(rf"""(?<!\w){key}["'\])]*\s*[=:]|\.{key}["']""", sources)]
    assert not missing, missing


def test_every_hook_has_a_test(sources: str) -> None:
    """Each hook of the list is implemented by a plug-in in a test."""
    hooks = [name for name, each in vars(hookspecs).items() if hasattr(each, f"{hookspecs.GROUP}_spec")]
    assert hooks
    assert [name for name in hooks if name not in sources] == []
    assert len(hooks) <= 12
