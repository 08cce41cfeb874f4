"""Writes the reference pages (settings, streams, commands, messages) from the code.

Run `python docs/reference.py [FOLDER]`; without a folder it writes the pages of this project. A test fails when one
of them differs from what this makes, so the pages are never behind the program.
"""

from __future__ import annotations

import datetime as dt
import importlib
import pkgutil
import sys
import types
import typing
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import annotated_types
import click
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

import ipvb_bridge
from ipvb_bridge.base.messages import catalogue
from ipvb_bridge.base.settings import Bridge
from ipvb_bridge.cli.main import cli
from ipvb_bridge.core import instruments
from ipvb_bridge.core.norm_records import NORM_TABLES
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import MAPPINGS, STREAMS, Column, Table, Type
from ipvb_bridge.core.settings import Clock, MethodSettings
from ipvb_bridge.plugin import loading
from ipvb_bridge.plugin.adapter import Adapter

HERE = Path(__file__).resolve().parent
MADE = "<!-- Made by docs/reference.py; change the code, not this page. -->"

SETTINGS_INTRODUCTION = """\
An unknown key is an error that names the nearest key, the file and the line. A secret is never a value but a
reference: `${env:NAME}`, `${file:PATH}` or `${keyring:SERVICE/USER}`. What is required in a section that may be left
out (`sftp`) is required once that section is there.
"""
STREAMS_INTRODUCTION = """\
A canonical file has a header with these names, in any order; UTF-8, comma and decimal point unless the connection
says otherwise. Personal: `pseudonymous` an id of a person, `care` about a person, `identifying` a name or date of
birth (kept only when the configuration asks for it).
"""
INSTRUMENTS_INTRODUCTION = """\
Made with `ipvb-bridge instrument NAME PERIOD`: a page, `--xlsx` a workbook of all tables, `--table TABLE` one of them.
Amounts (`_cents`) are cents and care time (`milliminutes`) milliminutes in a table, euros and hours in a page and a
workbook. A table of `instruments/` that has no file is empty.
"""
MESSAGES_INTRODUCTION = """\
C configuration, K credentials and keys, P peers, D data of a delivery, S store, M method, A adapters; an adapter's own
codes start with its name. Between braces stands what was seen.
"""

WORDS: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "whole number",
    float: "number",
    Decimal: "decimal",
    Path: "path",
    SecretStr: "secret: a `${env:...}`, `${file:...}` or `${keyring:...}` reference",
    Period: '`"2026-01"` or `"2026-01-01..2026-01-31"`',
    Clock: '`"07:00-12:00"`',
    dt.time: '`"07:00"`',
    Any: "any",
}


def shipped() -> list[type[Adapter[Any]]]:
    """The adapters in `plugins/` of this project, whatever else is installed beside them."""
    names = [folder.name for folder in sorted((HERE.parent / "plugins").glob("*/ipvb_*"))]
    found = [each.adapter for each in loading.find() if each.adapter]
    return [each for each in found if each.__module__.partition(".")[0] in names]


def modules() -> None:
    """Import every module of the program and of its adapters: declarations stand in the module that uses them."""
    packages = [ipvb_bridge, *(importlib.import_module(each.__module__.partition(".")[0]) for each in shipped())]
    for package in packages:
        for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if ".migrations." not in module.name:  # Alembic runs these itself; they declare nothing
                importlib.import_module(module.name)


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A Markdown table; a bar inside a cell is escaped."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines) + "\n"


def _kind(annotation: Any) -> str:
    """A setting's type in words."""
    if annotation in WORDS:
        return WORDS[annotation]
    origin, inside = get_origin(annotation), [each for each in get_args(annotation) if each is not type(None)]
    if origin is Annotated:
        return _kind(inside[0])
    if origin is Literal:
        return " or ".join(f"`{each}`" for each in inside)
    if origin in (Union, types.UnionType):
        return ", or ".join(dict.fromkeys(_kind(each) for each in inside))
    if origin in (list, tuple):
        return f"list of: {_kind(inside[0])}"
    if origin is dict:
        return f"table of: {_kind(inside[1])}" if inside[1] is not Any else "table"
    if isinstance(annotation, type):
        return "text"  # a type of our own that is read from text; the description shows its form
    raise TypeError(f"no words for {annotation}")


BOUNDS = {
    annotated_types.Gt: ("above", "gt"),
    annotated_types.Ge: ("at least", "ge"),
    annotated_types.Lt: ("below", "lt"),
    annotated_types.Le: ("at most", "le"),
}


def _bounds(field: FieldInfo) -> str:
    """The bounds of a number, wherever in the annotation they stand."""
    found = list(field.metadata)
    for each in get_args(field.annotation):
        for part in getattr(each, "__metadata__", ()):
            found += getattr(part, "metadata", [part])
    pairs = [(BOUNDS[type(each)], each) for each in found if type(each) in BOUNDS]
    return ", ".join(dict.fromkeys(f"{word} {getattr(each, name)}" for (word, name), each in pairs))


def _model(annotation: Any) -> type[BaseModel] | None:
    """The section that stands below a setting, if it is one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel) and annotation is not Clock:
        return annotation
    for each in get_args(annotation):
        if found := _model(each):
            return found
    return None


def settings(model: type[BaseModel], under: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every setting of a model and the sections below it, as `section.name`; `NAME` stands for a name of your own."""
    for name, field in model.model_fields.items():
        below = _model(field.annotation)
        path = f"{under}{name}"
        if below is None:
            yield path, field
        else:
            yield from settings(below, f"{path}.NAME." if get_origin(field.annotation) is dict else f"{path}.")


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ((), {}, [], ""):
        return ""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(each)}" for name, each in value.items())
    return f"`{_plain(value)}`"


def _plain(value: Any) -> str:
    if isinstance(value, Clock):
        return f"{value.start:%H:%M}-{value.end:%H:%M}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _settings_table(model: type[BaseModel], under: str = "") -> str:
    rows = []
    for path, field in settings(model, under):
        about = "; ".join(filter(None, (_kind(field.annotation), _bounds(field))))
        rows.append((f"`{path}`", about, _default(field), field.description or ""))
    return table(("setting", "value", "default", "what it does"), rows)


def settings_page() -> str:
    """docs/settings.md: every key of bridge.toml, method.toml and the adapters' settings."""
    parts = [
        f"# Settings\n\n{MADE}\n",
        SETTINGS_INTRODUCTION,
        f"## bridge.toml\n\n{_settings_table(Bridge)}",
        f"## method.toml\n\n{_settings_table(MethodSettings)}",
    ]
    for adapter in shipped():
        head = f'## `settings` of a connection with `adapter = "{adapter.name}"`\n'
        parts.append(f"{head}\n{_settings_table(adapter.Config)}")
    return "\n".join(parts)


FORMS = {
    Type.DATE: "`2026-01-31`",
    Type.MOMENT: "`2026-01-31T07:00:00+01:00`, or local time of the source without offset",
    Type.MONTH: "`2026-01`",
    Type.FLAG: "`true` or `false`",
    Type.COUNT: "whole number",
    Type.MONEY: "euros, at most 2 decimals",
    Type.MINUTES: "minutes, at most 3 decimals",
    Type.DECIMAL: "decimal, at most 4 places",
}


def _column(each: Column, declared: Table) -> tuple[str, ...]:
    allowed = ", ".join(f"`{value}`" for value in each.values) or (f"like {each.form}" if each.form else "")
    if each.mapped_by:
        allowed += f" (or a code of the source, with mappings/{each.mapped_by}.csv)"
    low, high = (str(bound) if bound is not None else "" for bound in (each.low, each.high))
    if low or high:
        allowed = "; ".join(filter(None, (allowed, f"{low}..{high}")))
    absent = each.name in declared.optional or each.since > 1
    may = "column may be absent" if absent else "may be empty" if each.nullable else "required"
    others = [name for name in declared.one_of if name != each.name]
    if each.name in declared.one_of:
        may = f"may be empty or absent where {' or '.join(f'`{name}`' for name in others)} is filled"
    key = "key" if each.name in declared.key else ""
    value = FORMS.get(each.type, "text")
    return (f"`{each.name}`", value, allowed, may, key, each.personal.replace("none", ""), each.doc)


def _records(tables: typing.Mapping[str, Table], folder: str) -> str:
    head = ("column", "value", "allowed", "empty", "key", "personal", "meaning")
    parts = []
    for name, declared in tables.items():
        about = f"{declared.doc}." + (f" From: {declared.kind}." if declared.kind else "")
        version = f" Version {declared.version}." if declared.kind else ""
        rows = [_column(each, declared) for each in declared.columns]
        parts.append(f"### {folder}{name}{'.csv' if folder else ''}\n\n{about}{version}\n\n{table(head, rows)}")
    return "\n".join(parts)


def streams_page() -> str:
    """docs/streams.md: every column of the canonical streams, the mapping tables and the norm tables."""
    return "\n".join(
        [
            f"# Streams, mappings and norms\n\n{MADE}\n",
            STREAMS_INTRODUCTION,
            f"## Streams\n\n{_records(STREAMS, '')}",
            f"## Mappings\n\n{_records(MAPPINGS, 'mappings/')}",
            f"## Norms\n\n{_records(NORM_TABLES, 'norms/')}",
        ]
    )


def instruments_page() -> str:
    """docs/instruments.md: every instrument, the tables it reads of its own and the tables it makes."""
    parts = [f"# Instruments\n\n{MADE}\n", INSTRUMENTS_INTRODUCTION]
    for name in instruments.NAMES:
        made = instruments.load(name)
        parts.append(f"## {name}\n\n{made.doc} How to use and read it (Dutch): [{name}](instrumenten/{name}.md).\n")
        for each in made.inputs:
            parts.append(_records({each.name: each}, "instruments/"))
        for result in made.results:
            rows = [
                (f"`{column}`", str(kind), "key" if column in result.key else "", doc)
                for column, (kind, doc) in result.columns.items()
            ]
            parts.append(f"### table {result.name}\n\n{result.doc}.\n\n{table(('column', 'type', '', 'holds'), rows)}")
    return "\n".join(parts)


def commands(*above: click.Command) -> Iterator[tuple[click.Command, ...]]:
    """Every command with the groups above it, itself last."""
    group = above[-1] if above else cli
    for _, command in sorted(typing.cast(click.Group, group).commands.items()):
        path = (*(above or (cli,)), command)
        yield path
        if isinstance(command, click.Group):
            yield from commands(*path)


def commands_page() -> str:
    """docs/commands.md: the help text of every command."""
    parts = [f"# Commands\n\n{MADE}\n", f"```\n{_help(cli)}\n```\n"]
    for path in commands():
        name = " ".join(("ipvb-bridge", *(str(command.name) for command in path[1:])))
        parts.append(f"## {name}\n\n```\n{_help(*path)}\n```\n")
    return "\n".join(parts)


def _help(*path: click.Command) -> str:
    """The help text as a terminal of 100 columns shows it."""
    context = None
    for command in path:
        name = command.name if context else "ipvb-bridge"
        context = click.Context(command, parent=context, info_name=name, terminal_width=100, **command.context_settings)
    assert context is not None
    return path[-1].get_help(context)


def messages_page() -> str:
    """docs/messages.md: every message code, in both languages."""
    modules()
    rows = []
    for code, each in catalogue().items():
        texts = (f"{each.nl}<br>→ {each.next_nl}", f"{each.en}<br>→ {each.next_en}")
        rows.append((f"`{code}`", *(text.replace("{{", "{").replace("}}", "}") for text in texts)))
    return "\n".join(
        [
            f"# Messages\n\n{MADE}\n",
            MESSAGES_INTRODUCTION,
            table(("code", "Nederlands", "English"), rows),
        ]
    )


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "streams.md": streams_page,
    "commands.md": commands_page,
    "messages.md": messages_page,
    "instruments.md": instruments_page,
}

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    for page, make in PAGES.items():
        (folder / page).write_text(make(), encoding="utf-8")
