"""Secrets are references in the configuration, never values: ``${env:NAME}``, ``${file:PATH}``, ``${keyring:S/N}``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from ipvb_bridge.base import configuration_messages as messages
from ipvb_bridge.base.errors import ConfigurationError, ConfigurationErrors

_REFERENCE = re.compile(r"\$\{(env|file|keyring):([^}]+)\}")


def resolve(value: Any, folder: Path, key: str = "") -> Any:
    """The value with every reference in its texts filled in, through dicts and lists.

    A file's path counts from the configuration folder; its last line end is dropped.
    Raises :class:`ConfigurationError` when a reference leads nowhere, for several :class:`ConfigurationErrors`; the
    place of each is its key.
    """
    absent: list[ConfigurationError] = []
    made = _filled(value, folder, key, absent)
    if absent:
        raise absent[0] if len(absent) == 1 else ConfigurationErrors(absent)
    return made


def _filled(value: Any, folder: Path, key: str, absent: list[ConfigurationError]) -> Any:
    if isinstance(value, Mapping):
        return {name: _filled(each, folder, f"{key}.{name}" if key else name, absent) for name, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, folder, key, absent) for each in value]
    if not isinstance(value, str):
        return value

    def look_up(match: re.Match[str]) -> str:
        try:
            return _look_up(match[1], match[2], folder, key)
        except ConfigurationError as error:
            absent.append(error)
            return ""

    return _REFERENCE.sub(look_up, value)


def plain_secrets(model: BaseModel, raw: Mapping[str, Any], key: str = "") -> list[str]:
    """The keys of secret fields whose raw value is not a reference."""
    found: list[str] = []
    for name, value in model:
        path, given = f"{key}.{name}" if key else name, raw.get(name)
        if isinstance(value, BaseModel) and isinstance(given, Mapping):
            found += plain_secrets(value, given, path)
        elif isinstance(value, SecretStr) and isinstance(given, str) and not _REFERENCE.search(given):
            found.append(path)
    return found


def refers(text: str) -> bool:
    """True when the text holds a reference."""
    return _REFERENCE.search(text) is not None


def _look_up(source: str, name: str, folder: Path, key: str) -> str:
    found: str | None = None
    if source == "env":
        found = os.environ.get(name)
    elif source == "file":
        try:
            found = (folder / name).read_text("utf-8").removesuffix("\n").removesuffix("\r")
        except OSError:
            found = None
    else:
        found = _from_keyring(name)
    if not found:
        raise ConfigurationError(messages.SECRET_ABSENT, where=key, seen=f"{source}:{name}", key=key)
    return found


def _from_keyring(name: str) -> str | None:
    try:
        import keyring
    except ImportError:
        return None
    service, _, user = name.rpartition("/")
    found: str | None = keyring.get_password(service, user)
    return found
