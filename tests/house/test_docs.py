"""What the pages say is true of the program: links, commands, settings and the two lines of the README."""

from __future__ import annotations

import io
import re
import shlex
import tomllib
from contextlib import suppress
from pathlib import Path

import click
import pytest

from docs import reference
from ipvb_bridge import plugin
from ipvb_bridge.base.settings import Bridge
from ipvb_bridge.cli.main import cli

from .conftest import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
WRITTEN = [page for page in PAGES if page.name not in reference.PAGES]


def names(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


@pytest.mark.parametrize("page", PAGES, ids=names(PAGES))
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link or picture on a page points to a file of the project."""
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", WRITTEN, ids=names(WRITTEN))
def test_every_command_line_is_one_the_program_takes(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`ipvb-bridge ...` on a page names commands and options that exist, with as many words as they take."""
    monkeypatch.setattr("sys.stdin", io.StringIO("een lange zin om mee te tekenen\n" * 9))  # for options that ask
    text = page.read_text("utf-8")
    lines = re.findall(r"(?<![\w/.-])ipvb-bridge ([-a-z][^`\n#>|]*)(?=[`\n#>|])", text)
    for line in lines:
        with suppress(click.exceptions.Exit):  # --version and --help are done when they are read
            _parse(cli, shlex.split(line))


def test_a_wrong_command_line_would_be_noticed() -> None:
    """An unknown command, an unknown option and a missing argument are each refused."""
    for line in ("pul", "pull --fast", "results 2026-01 lines --format xml", "-C here read ecd stays --limit x"):
        with pytest.raises(click.UsageError):
            _parse(cli, line.split())


def _parse(command: click.Command, words: list[str], parent: click.Context | None = None) -> None:
    """Let click read the words without running anything; a usage error is an error of the page."""
    if parent is not None and not words:
        return  # a command that is spoken of, not given
    with command.make_context(command.name, list(words), parent=parent) as context:
        rest = [*context._protected_args, *context.args]
        if isinstance(command, click.Group) and rest:
            _, found, rest = command.resolve_command(context, rest)
            assert found is not None
            _parse(found, rest, context)


@pytest.mark.parametrize("page", WRITTEN, ids=names(WRITTEN))
def test_every_toml_block_can_be_read(page: Path) -> None:
    """A block of TOML on a page is TOML, and what it shows of bridge.toml has keys that exist."""
    for block in re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
        shown = tomllib.loads(block)
        if "connections" in shown:
            for connection in shown["connections"].values():
                connection.setdefault("adapter", "tables")  # a page may show one key of a connection
            Bridge.model_validate({"organisation": {"name": "x"}, **shown})
            for connection in shown["connections"].values():
                config = {each.name: each.Config for each in reference.shipped()}.get(connection["adapter"])
                if config is not None:
                    known = {path.split(".")[0] for path, _ in reference.settings(config)}
                    assert set(connection.get("settings", {})) <= known


def test_the_readme_has_two_commands() -> None:
    """One line installs and runs the demo, one installs and runs the tests; CI takes both from the README."""
    lines = [line.strip() for line in (ROOT / "README.md").read_text("utf-8").splitlines()]
    assert (
        len(
            [
                line
                for line in lines
                if re.fullmatch(r"python3 -m venv .* ipvb-bridge demo|python3 -m venv .*/ipvb-bridge demo", line)
            ]
        )
        == 1
    )
    assert len([line for line in lines if re.fullmatch(r"python3 -m venv .*pytest", line)]) == 1


def test_the_readme_tells_of_every_adapter_and_benchmark() -> None:
    """The README lists each adapter of plugins/ and each script of benchmarks/."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert [each.name for each in reference.shipped() if f"| `{each.name}` |" not in text] == []
    scripts = [path for path in (ROOT / "benchmarks").glob("*.py") if "__main__" in path.read_text("utf-8")]
    assert scripts
    assert [path.name for path in scripts if f"benchmarks/{path.name}" not in text] == []


def test_the_program_writes_the_page_names_it_tells_of() -> None:
    """A message or template that sends a reader to docs/PAGE names a page that exists."""
    told = set()
    for path in (ROOT / "ipvb_bridge").rglob("*"):
        if path.suffix in (".py", ".toml"):
            told |= set(re.findall(r"docs/([a-z]+\.md)", path.read_text("utf-8")))
    assert told
    assert [name for name in sorted(told) if not (ROOT / "docs" / name).exists()] == []


def test_the_page_for_authors_names_the_whole_contract() -> None:
    """docs/plugins.md names everything that `ipvb_bridge.plugin` offers, and each method of an adapter."""
    text = (ROOT / "docs" / "plugins.md").read_text("utf-8")
    methods = [name for name, each in vars(plugin.Adapter).items() if callable(each) and not name.startswith("_")]
    assert len(methods) > 3
    words = set(re.findall(r"\w+", text))
    assert sorted({*plugin.__all__, *methods} - words) == []
