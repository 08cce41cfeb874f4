"""The bearer token of a connection: given, or fetched by OAuth2 client credentials and fetched anew in time."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable

import httpx

from ipvb_bridge.base.errors import BridgeError, CredentialsError, PeerError
from ipvb_bridge.plugin import http_errors, http_messages
from ipvb_bridge.plugin.http_config import HttpConfig, OAuthConfig

EARLY = 30.0
"""A token is replaced so many seconds before it expires, so that it does not expire on its way."""


class Tokens:
    """Hands out the token of a connection; safe to ask from several threads."""

    def __init__(self, config: HttpConfig, client: httpx.Client, clock: Callable[[], float] = time.monotonic) -> None:
        self._config, self._client, self._clock = config, client, clock
        self._lock = threading.Lock()
        self._token = config.token.get_secret_value() if config.token else ""
        self._until = float("inf") if config.token else 0.0

    @property
    def renewable(self) -> bool:
        """True when a token that is refused may be replaced by a new one."""
        return self._config.oauth is not None

    def current(self) -> str:
        """The token; empty when the connection has none. Raises what fetching raises."""
        oauth = self._config.oauth
        if oauth is None:
            return self._token
        with self._lock:
            if self._clock() >= self._until:
                self._token, seconds = self._fetch(oauth)
                # Where it lives very short, half its time is all that can be used safely.
                self._until = self._clock() + max(seconds - EARLY, seconds / 2)
            return self._token

    def refused(self, token: str) -> None:
        """The other system refused this token: the next question fetches a new one."""
        with self._lock:
            if token == self._token:
                self._until = 0.0

    def _fetch(self, oauth: OAuthConfig) -> tuple[str, float]:
        form = {"grant_type": "client_credentials"}
        if oauth.scope:
            form["scope"] = oauth.scope
        secret = oauth.client_secret.get_secret_value()
        basic: httpx.Auth = httpx.Auth()
        if oauth.send == "basic":
            basic = httpx.BasicAuth(oauth.client_id, secret)
        else:
            form |= {"client_id": oauth.client_id, "client_secret": secret}
        where = oauth.token_url
        try:
            answer = self._client.post(where, data=form, auth=basic, headers={"Accept": "application/json"})
        except httpx.HTTPError as error:
            raise http_errors.of_line(error, where, self._config.timeout_seconds) from None
        if answer.status_code in http_errors.AGAIN:
            raise http_errors.of_status(answer.status_code, where)
        return _token(answer, where)


def _token(answer: httpx.Response, where: str) -> tuple[str, float]:
    try:
        body = json.loads(answer.content)
    except ValueError:
        body = None
    body = body if isinstance(body, dict) else {}
    if answer.status_code != 200:
        # `error` is one of RFC 6749's words; the description could quote what was sent.
        said = str(body.get("error", ""))[:40]
        refused: BridgeError = CredentialsError(
            http_messages.TOKEN_NOT_GIVEN, where=where, seen=f"{answer.status_code} {said}".strip()
        )
        raise refused
    token, seconds = body.get("access_token"), body.get("expires_in", 300)
    if not isinstance(token, str) or not token:
        raise PeerError(http_messages.NOT_JSON, where=where, seen="no access_token")
    try:
        return token, float(seconds)
    except (TypeError, ValueError):
        return token, 300.0
