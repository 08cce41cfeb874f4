"""`[publish]` in bridge.toml: who signs, what goes where, and how complete the data must be."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from ipvb_bridge.base import configuration_messages as messages
from ipvb_bridge.base import secrets, toml
from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.base.key_lines import key_line

PublishKind = Literal["resident_statement", "monthly_conversation", "care_today", "roster"]
KINDS: tuple[str, ...] = get_args(PublishKind)
"""What can be published."""

NEEDED_SIGNATURES = 2
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]*$")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Signer(_Section):
    """[publish.signers.NAME]: one person, and how they prove who they are."""

    ssh_key: Annotated[str, AfterValidator(key_line)] | None = Field(
        None, description="public key, the line of a .pub file; they sign with the private one (ssh-keygen -Y sign)"
    )
    passphrase: str | None = Field(
        None, description="reference to a file with an argon2id hash, made by: ipvb-bridge publish --new-passphrase"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Signer:
        if (self.ssh_key is None) == (self.passphrase is None):
            raise ValueError("give either ssh_key or passphrase: a name alone proves nothing")
        return self


class Target(_Section):
    """[publish.targets.NAME]: one kind of thing that is written through one connection."""

    connection: str = Field(description="the connection that writes")
    kind: PublishKind = Field(description="what is written")


class Publish(_Section):
    """[publish]: writing back what two people signed."""

    completeness: Decimal = Field(
        Decimal("0.9"),
        ge=0,
        le=1,
        description="smallest share of a location's agreements in which each needed field is filled; below it nothing "
        "of that location is written",
    )
    valid_hours: int = Field(72, ge=1, le=8760, description="hours after which a plan and a signature no longer count")
    signers: dict[Name, Signer] = Field(default_factory=dict, description="who may sign")
    targets: dict[Name, Target] = Field(default_factory=dict, description="what is written, and where")


def with_keys(content: Mapping[str, Any], folder: Path) -> Mapping[str, Any]:
    """The content of bridge.toml with the references of ``ssh_key`` filled in: a public key is no secret, and is part
    of what is checked. Raises :class:`ConfigurationError` (C07) for references that lead nowhere, all at once.
    """
    signers = content.get("publish", {})
    signers = signers.get("signers", {}) if isinstance(signers, Mapping) else {}
    given: dict[str, Any] = {}
    for who, signer in signers.items() if isinstance(signers, Mapping) else ():
        key = signer.get("ssh_key") if isinstance(signer, Mapping) else None
        if isinstance(key, str) and secrets.refers(key):
            given[who] = {"ssh_key": key}
    if not given:
        return content
    keys = secrets.resolve(given, folder, "publish.signers")
    filled = {who: {**signers[who], **key} for who, key in keys.items()}
    return {**content, "publish": {**content["publish"], "signers": {**signers, **filled}}}


def problems(publish: Publish, connections: Mapping[str, object], text: str, name: str) -> list[ConfigurationError]:
    """What a model cannot see: plain secrets, one person under two names, connections that are not there.

    ``text`` and ``name`` are those of bridge.toml, for the line.
    """
    lines = toml.positions(text)

    def place(*path: str) -> str:
        return toml.place(name, lines, ("publish", *path))

    found: list[ConfigurationError] = []
    proofs: dict[str, str] = {}
    for who, signer in publish.signers.items():
        way = "ssh_key" if signer.ssh_key else "passphrase"
        proof = signer.ssh_key or str(signer.passphrase)
        where, key = place("signers", who, way), f"publish.signers.{who}.{way}"
        if signer.passphrase and not secrets.refers(signer.passphrase):
            found.append(ConfigurationError(messages.SECRET_VALUE, where=where, key=key))
        elif proofs.setdefault(proof, who) != who:
            found.append(ConfigurationError(messages.SAME_SIGNER, where=where, seen=who, other=proofs[proof]))
    seen: dict[tuple[str, str], str] = {}
    for label, target in publish.targets.items():
        where = place("targets", label, "connection")
        if target.connection not in connections:
            close = toml.nearest(target.connection, list(connections))
            found.append(
                ConfigurationError(
                    messages.NO_SUCH_TARGET,
                    where=where,
                    seen=target.connection,
                    nearest=f" (did you mean {close}?)" if close else "",
                    target=label,
                )
            )
        first = seen.setdefault((target.connection, target.kind), label)
        if first != label:
            found.append(ConfigurationError(messages.SAME_TARGET, where=where, seen=label, other=first))
    return found
