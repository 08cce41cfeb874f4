"""Settings of a connection over HTTP. Apart from :mod:`ipvb_bridge.plugin.http`, so that reading settings loads no
HTTP client.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _address(value: str) -> str:
    """An address of a server: https, or http on this machine itself; nothing secret in it."""
    parts = urlsplit(value)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ValueError("an address starts with https://")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise ValueError("the address holds no user, password or question mark: secrets have settings of their own")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise ValueError("over http anybody on the way can read along; give an https:// address")
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(_address)]


class OAuthConfig(BaseModel):
    """OAuth2 client credentials: a token is fetched, and fetched anew before it expires."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    token_url: Address = Field(description="where tokens are given out")
    client_id: str = Field(min_length=1, description="the client's name")
    client_secret: SecretStr = Field(description="the client's secret: a ${...} reference")
    scope: str = Field(default="", description="scopes, with a space between them")
    send: Literal["basic", "body"] = Field(
        default="basic", description="id and secret go as HTTP Basic, or in the body of the request"
    )


class HttpConfig(BaseModel):
    """One server, what proves who we are, and how hard it may be asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: Address = Field(description="base address; over http only on this machine")
    token: SecretStr | None = Field(default=None, description="bearer token: a ${...} reference")
    oauth: OAuthConfig | None = Field(default=None, description="a token by OAuth2 client credentials instead")
    client_certificate: Path | None = Field(
        default=None, description="our certificate (PEM, with its chain); relative: to the configuration folder"
    )
    client_key: Path | None = Field(default=None, description="its private key (PEM), when it stands in another file")
    client_key_passphrase: SecretStr | None = Field(default=None, description="passphrase of the private key")
    ca_file: Path | None = Field(default=None, description="certificates (PEM) to trust instead of the usual ones")
    timeout_seconds: float = Field(default=60, gt=0, le=600, description="longest silence of the server")
    retries: int = Field(default=4, ge=0, le=20, description="how often a failed question is asked again")
    concurrent: int = Field(default=1, ge=1, le=32, description="questions under way at once, per credential")
    per_minute: int | None = Field(default=None, ge=1, description="questions a minute, per credential")

    @model_validator(mode="after")
    def _whole(self) -> HttpConfig:
        if self.token is not None and self.oauth is not None:
            raise ValueError("give either token or oauth")
        if self.client_certificate is None and (self.client_key is not None or self.client_key_passphrase is not None):
            raise ValueError("client_key belongs to a client_certificate; give that too")
        return self
