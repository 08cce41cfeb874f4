"""`[privacy]` in bridge.toml: the key with which people are made known to each other's systems without their BSN."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from ipvb_bridge.base import configuration_messages as messages
from ipvb_bridge.base import secrets, toml
from ipvb_bridge.base.errors import ConfigurationError

SHORTEST = 32
"""Characters of a key: there are so few BSNs that with a key that can be guessed all of them can be tried."""
_KEY = "privacy.pseudonym_key"


class Privacy(BaseModel):
    """[privacy]: how people are recognised across systems."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pseudonym_key: str | None = Field(
        None,
        description="reference to the organisation's own key, at least 32 characters, from which a person's key "
        "(person_key) is made of the BSN; needed where a connection is to recognise people by their BSN",
    )


def problems(privacy: Privacy, text: str, name: str) -> list[ConfigurationError]:
    """A key in plain text (C06). ``text`` and ``name`` are those of bridge.toml, for the line."""
    if privacy.pseudonym_key is None or secrets.refers(privacy.pseudonym_key):
        return []
    where = toml.place(name, toml.positions(text), ("privacy", "pseudonym_key"))
    return [ConfigurationError(messages.SECRET_VALUE, where=where, key=_KEY)]


def secret_key(privacy: Privacy, folder: Path, where: str) -> bytes:
    """The key itself. Raises :class:`ConfigurationError`: C07 (the reference leads nowhere), C43 (too short)."""
    key = str(secrets.resolve(privacy.pseudonym_key, folder, _KEY)).strip()
    if len(key) < SHORTEST or len(set(key)) < SHORTEST // 4:
        raise ConfigurationError(messages.WEAK_KEY, where=where, seen=str(len(key)), key=_KEY, least=SHORTEST)
    return key.encode()
