"""Secrets are references in the configuration, never values: ``${env:NAME}``, ``${file:PATH}``, ``${keyring:S/N}``."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, SecretStr

from ipvb_bridge.base import configuration_messages as messages
from ipvb_bridge.base.errors import ConfigurationError

_REFERENCE = re.compile(r"\$\{(env|file|keyring):([^}]+)\}")


def resolve(value: Any, folder: Path, key: str = "") -> Any:
    """The value with every reference in its texts filled in, through dicts and lists.

    A file's path counts from the configuration folder; its last line end is dropped.
    Raises :class:`ConfigurationError` when a reference leads nowhere.
    """
    if isinstance(value, Mapping):
        return {name: resolve(each, folder, f"{key}.{name}" if key else name) for name, each in value.items()}
    if isinstance(value, list):
        return [resolve(each, folder, key) for each in value]
    if not isinstance(value, str):
        return value
    return _REFERENCE.sub(lambda match: _look_up(match[1], match[2], folder, key), value)


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
