"""Settings of an SFTP server. Apart from :mod:`ipvb_bridge.plugin.sftp`, so that reading settings loads no SSH."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from ipvb_bridge.base.key_lines import key_line


def _key_line(value: str) -> str:
    return key_line(value, "a host key", "as `ssh-keyscan HOST` prints it, after the name")


KeyLine = Annotated[str, AfterValidator(_key_line)]


class Finished(BaseModel):
    """When a file counts as finished: a marker beside it, or a size and time that stay the same.

    ``marker``: the file ``hours.csv.done`` says that ``hours.csv`` is finished. Without it, size and time of change
    have to be equal over two looks that lie ``stable_seconds`` apart, and the last change at least
    ``min_age_seconds`` ago by this machine's clock.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    marker: str | None = Field(default=None, pattern=r"^[^/*?\[\]]+$", description="suffix of the marker: .done")
    stable_seconds: float = Field(default=5, ge=0, le=600, description="time between two looks")
    min_age_seconds: float = Field(default=60, ge=0, description="time since the last change")


class SftpConfig(BaseModel):
    """One account on one server, its host key pinned: in ``host_key``, or in a ``known_hosts`` file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str = Field(min_length=1, description="name or address")
    port: int = Field(default=22, ge=1, le=65535, description="port")
    user: str = Field(min_length=1, description="account")
    password: SecretStr | None = Field(default=None, description="password of the account: a ${...} reference")
    key_file: Path | None = Field(default=None, description="private key; relative: to the configuration folder")
    key_passphrase: SecretStr | None = Field(default=None, description="passphrase of the private key")
    host_key: KeyLine | list[KeyLine] | None = Field(
        default=None, description="the server's public key, `ssh-ed25519 AAAA...`; two while it is being replaced"
    )
    known_hosts: Path | None = Field(default=None, description="file in OpenSSH's form, instead of host_key")
    folder: str = Field(default=".", description="folder on the server")
    archive: str | None = Field(
        default=None, description="folder (in `folder`, unless it starts with /) to which read files are moved"
    )
    finished: Finished = Field(default=Finished(), description="when a file counts as finished")
    timeout_seconds: float = Field(default=30, gt=0, description="longest silence of the server")
    max_megabytes: int = Field(default=2048, ge=1, description="a larger file is refused")

    @model_validator(mode="after")
    def _whole(self) -> SftpConfig:
        if (self.password is None) == (self.key_file is None):
            raise ValueError("give either password or key_file")
        if (self.host_key is None) == (self.known_hosts is None):
            raise ValueError("give either host_key or known_hosts: a server that is not known is not trusted")
        return self

    @property
    def host_keys(self) -> list[str]:
        """The pinned keys, as `type base64`; empty when they stand in a known_hosts file."""
        return [self.host_key] if isinstance(self.host_key, str) else list(self.host_key or ())
