"""Reads a TOML file into a pydantic model; every problem is told with file, line and the nearest key that exists."""

from __future__ import annotations

import difflib
import re
import tomllib
import typing
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from ipvb_bridge.base import configuration_messages as messages
from ipvb_bridge.base.errors import ConfigurationError, ConfigurationErrors

Model = TypeVar("Model", bound=BaseModel)
_HEADER = re.compile(r"^\s*\[{1,2}(?P<name>[^\[\]]+)\]{1,2}\s*(#.*)?$")
_KEY = re.compile(r"""^\s*(?P<name>("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(\s*\.\s*("[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r""""([^"]*)"|'([^']*)'|([A-Za-z0-9_-]+)""")


def read(path: Path) -> dict[str, Any]:
    """The file's content; decimals as :class:`Decimal`. Raises :class:`ConfigurationError` when it is not TOML."""
    try:
        return tomllib.loads(path.read_text("utf-8"), parse_float=Decimal)
    except FileNotFoundError:
        raise ConfigurationError(messages.NO_FOLDER, where=str(path.parent), seen=path.name) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        found = re.search(r"line (\d+)", str(error))
        where = f"{path.name}:{found[1]}" if found else path.name
        raise ConfigurationError(messages.NOT_TOML, where=where, seen=str(error)) from None


def load(model: type[Model], content: Mapping[str, Any], path: Path, under: Sequence[str] = ()) -> Model:
    """Validate content (the part below the keys ``under``). Raises :class:`ConfigurationErrors`: all at once."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        lines = positions(path.read_text("utf-8")) if path.is_file() else {}
        raise ConfigurationErrors(
            [_problem(model, each, path.name, lines, tuple(under)) for each in error.errors()]
        ) from None


def positions(text: str) -> dict[tuple[str, ...], int]:
    """The line on which each table and key of a TOML text stands, by path; keys of inline tables are not entered."""
    lines: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _split(header["name"])
            lines.setdefault(table, number)
        elif key := _KEY.match(line):
            lines.setdefault(table + _split(key["name"]), number)
    return lines


def place(name: str, lines: Mapping[tuple[str, ...], int], path: Sequence[str]) -> str:
    """``file:line`` of the key, or of the nearest table or key around it."""
    for length in range(len(path), 0, -1):
        if (line := lines.get(tuple(path[:length]))) is not None:
            return f"{name}:{line}"
    return name


def placed(error: ConfigurationError, path: Path) -> ConfigurationErrors:
    """The problems of an error, whose ``where`` is a dotted key, each with ``file:line`` in its place."""
    lines = positions(path.read_text("utf-8")) if path.is_file() else {}
    found = []
    for each in error.problems():
        fields = {**each.fields, "where": place(path.name, lines, each.where.split("."))}
        found.append(ConfigurationError(each.message, **fields))  # type: ignore[arg-type]  # fields hold where and seen
    return ConfigurationErrors(found)


def nearest(seen: str, known: Sequence[str]) -> str:
    """The known name that looks most like ``seen``, or an empty text."""
    close = difflib.get_close_matches(seen, known, n=1, cutoff=0.5)
    return close[0] if close else ""


def _split(dotted: str) -> tuple[str, ...]:
    return tuple("".join(groups) for groups in _PART.findall(dotted))


def _problem(
    model: type[BaseModel],
    error: Any,
    name: str,
    lines: Mapping[tuple[str, ...], int],
    under: tuple[str, ...],
) -> ConfigurationError:
    loc = tuple(str(part) for part in error["loc"] if part != "[key]")
    path = under + loc
    where = place(name, lines, path)
    key = ".".join(path)
    kind = error["type"]
    if kind == "extra_forbidden" or (kind == "literal_error" and "[key]" in error["loc"]):
        known = _names(model, loc[:-1]) or re.findall(r"'([^']+)'", str(error.get("ctx", {}).get("expected", "")))
        close = nearest(loc[-1], known)
        return ConfigurationError(
            messages.UNKNOWN_KEY, where=where, seen=key, nearest=f" (did you mean {close}?)" if close else ""
        )
    if kind == "missing":
        return ConfigurationError(messages.MISSING_KEY, where=where, key=key)
    why = re.sub(r"^Value error, ", "", error["msg"])
    seen = error["input"] if isinstance(error["input"], str | int | Decimal | bool) else "what it is"
    return ConfigurationError(messages.BAD_VALUE, where=where, seen=str(seen), key=key or name, why=why)


def _names(model: type[BaseModel], path: Sequence[str]) -> list[str]:
    """The field names of the model found by walking ``path`` through nested models and dicts of models."""
    here: Any = model
    for part in path:
        if isinstance(here, type) and issubclass(here, BaseModel):
            field = here.model_fields.get(part)
            if field is None:
                return []
            here = field.annotation
        else:  # a dict of models: the part is one of its keys
            here = next(iter(typing.get_args(here)[1:]), None)
        models = [each for each in (here, *typing.get_args(here)) if isinstance(each, type)]
        inner = next((each for each in models if issubclass(each, BaseModel)), None)
        if inner is not None and typing.get_origin(here) is not dict:
            here = inner
    if isinstance(here, type) and issubclass(here, BaseModel):
        return list(here.model_fields)
    return []
