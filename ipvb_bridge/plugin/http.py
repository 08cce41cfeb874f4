"""HTTP for adapters: a session with one server, its limits, retries, token, certificates and clock.

A question is repeated when the other system was away and repeating cannot do harm: reads on timeouts, lost lines, 429,
408, 425 and 5xx; writes only when they cannot have been applied (429, no connection). Whoever writes and gets no
answer hears that the outcome is unknown.

Nothing here logs an address with a query, a header or a body: they hold ids, tokens and what is written.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import random
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from ipvb_bridge import __version__
from ipvb_bridge.base import logging as ours
from ipvb_bridge.base.errors import BridgeError, DataError, PeerError
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.plugin import http_errors, http_limits, http_messages, http_trust
from ipvb_bridge.plugin.adapter import CheckStep
from ipvb_bridge.plugin.http_config import HttpConfig
from ipvb_bridge.plugin.http_tokens import Tokens

# httpx logs each address with its query, httpcore each header: neither may reach a log of this program.
for _name in ("httpx", "httpcore"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)
    logging.getLogger(_name).propagate = False

SKEW = 120
"""A difference between two clocks is told from so many seconds on."""
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_dice = random.SystemRandom()


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: status, headers (names in lower case) and the whole body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Session:
    """One server as one connection sees it. ``folder``: the configuration folder, for files that the settings name.

    ``explain`` reads from the body of a refusal what may be shown: codes, never values.
    """

    def __init__(
        self,
        config: HttpConfig,
        folder: Path,
        *,
        explain: Callable[[bytes], str] = lambda body: "",
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC),
    ) -> None:
        self.config = config
        self._folder, self._explain, self._sleep, self._now = folder, explain, sleep, now
        parts = urlsplit(config.url)
        self._origin = (parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        self._expiry: http_trust.Expiry | None = None
        self._context = http_trust.context(config, folder) if "https" in (parts.scheme, _token_scheme(config)) else None
        self._client = httpx.Client(
            headers={"User-Agent": f"ipvb-bridge/{__version__}"},
            timeout=config.timeout_seconds,
            # Without TLS there is nothing to verify; a context that trusts nobody costs no reading of authorities.
            verify=self._context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            follow_redirects=False,
            # A server on this machine is never behind the proxy of the environment.
            trust_env=parts.hostname not in _LOOPBACK,
            # Before the body is read: afterwards the line may be closed, and its certificate gone.
            event_hooks={"response": [self._look_at_certificate]},
            limits=httpx.Limits(max_connections=config.concurrent, max_keepalive_connections=config.concurrent),
        )
        self._tokens = Tokens(config, self._client)
        self._limit = http_limits.of(_credential(config), config.concurrent, config.per_minute)
        self.questions = 0
        self.skew: float | None = None
        self.server_time: dt.datetime | None = None

    def close(self) -> None:
        """Close the connections to the server."""
        self._client.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        writes: bool = False,
        accept: frozenset[int] = frozenset(),
        meanwhile: Callable[[], None] | None = None,
    ) -> Answer:
        """Ask, and again where that may help; ``path`` counts from the base address, or is an address on that server.

        ``accept``: statuses beside 2xx that are an answer. ``meanwhile`` is called while the server works on it: each
        time the question is on its way, and before the answer is read; what it raises is raised here. Raises
        :class:`CredentialsError` (token, right, certificate), :class:`PeerError` (away, silent, too busy; of a write:
        the outcome is unknown) and :class:`DataError` (not there, refused, another server).
        """
        where = self.place(path)
        url = self._same_server(path, where)
        sent = {"Accept": "application/fhir+json, application/json;q=0.9", **(headers or {})}
        extensions = {"trace": partial(_asked, meanwhile)} if meanwhile else None
        attempt, renewed = 0, False
        while True:
            last = attempt == self.config.retries
            try:
                token = self._tokens.current()
            except PeerError as error:
                # Nothing was asked yet, so that asking again can do no harm, of a write neither.
                if last:
                    raise
                self._wait(attempt, None, where, error.code)
                attempt += 1
                continue
            if token:
                sent["Authorization"] = f"Bearer {token}"
            try:
                with self._limit.turn():
                    self.questions += 1
                    got = self._client.request(
                        method, url, params=params, data=form, content=content, headers=sent, extensions=extensions
                    )
            except httpx.InvalidURL:
                raise DataError(http_messages.REFUSED, where=where, seen="no address") from None
            except httpx.HTTPError as error:
                said = http_errors.of_line(error, where, self.config.timeout_seconds)
                if not isinstance(said, PeerError):
                    raise said from None
                if writes and not http_errors.never_sent(error):
                    raise PeerError(http_messages.OUTCOME_UNKNOWN, where=where, seen=said.code) from None
                if last:
                    raise said from None
                self._wait(attempt, None, where, said.code)
                attempt += 1
                continue
            self._note(got)
            status = got.status_code
            if 200 <= status < 300 or status in accept:
                return Answer(status, got.headers, got.content)
            if status == 401 and self._tokens.renewable and not renewed:
                # It may have expired on the way; one new token, then the refusal stands.
                self._tokens.refused(token)
                renewed = True
                continue
            if status in http_errors.AGAIN and not last and (not writes or status in http_errors.NEVER_APPLIED):
                self._wait(attempt, http_errors.retry_after(got.headers, self._now()), where, str(status))
                attempt += 1
                continue
            if writes and status in http_errors.AGAIN - http_errors.NEVER_APPLIED:
                raise PeerError(http_messages.OUTCOME_UNKNOWN, where=where, seen=str(status))
            raise http_errors.of_status(status, where, self._explain(got.content))

    def place(self, path: str) -> str:
        """Where this is, for messages and logs: the server and the kind of record, without query and ids."""
        parts = urlsplit(path)
        rest = parts.path.removeprefix(urlsplit(self.config.url).path).strip("/").split("/")
        return f"{self.config.url}/{rest[0]}" if rest[0] else self.config.url

    def findings(self) -> list[Finding]:
        """What was noticed of the line: certificates that expire soon, a clock that is off."""
        now = self._now()
        mine = None
        with suppress(BridgeError):  # a certificate that cannot be read has stopped the session already
            mine = http_trust.ours(self.config, self._folder)
        found = [each.finding(now) for each in (self._expiry, mine) if each is not None]
        if self.skew is not None and abs(self.skew) >= SKEW:
            fields = {"where": self.config.url, "seconds": f"{self.skew:.0f}"}
            clock = http_messages.CLOCK
            text, step = clock.text("nl", **fields), clock.next_step("nl", **fields)
            found.append(Finding(clock.code, "warning", text, step, subject=self.config.url))
        return [each for each in found if each is not None]

    def check(self) -> Iterator[CheckStep]:
        """Name, port, TLS and how long both certificates hold, token. The first failing step is the last."""
        _, host, port = self._origin
        steps: dict[str, Callable[[], str]] = {
            "name": lambda: _resolve(str(host), port),
            "port": lambda: _connect(str(host), port, self.config.timeout_seconds),
            "tls": self._handshake,
            "certificate": lambda: self._holds(http_trust.ours(self.config, self._folder)),
            "token": lambda: "ok" if self._tokens.current() else "-",
        }
        for name, step in steps.items():
            try:
                yield CheckStep(name, ok=True, seen=step())
            except BridgeError as error:
                yield CheckStep(name, ok=False, seen=error.seen, error=error)
                return
            except OSError as error:
                away = http_errors.of_line(_as_http(error), self.config.url, self.config.timeout_seconds)
                yield CheckStep(name, ok=False, seen=away.seen, error=away)
                return

    def _same_server(self, path: str, where: str) -> str:
        if "://" not in path:
            return f"{self.config.url}/{path.lstrip('/')}"
        parts = urlsplit(path)
        origin = (parts.scheme, parts.hostname, parts.port or (443 if parts.scheme == "https" else 80))
        if origin != self._origin:
            seen = f"{parts.scheme}://{parts.hostname}"
            raise DataError(http_messages.REDIRECTED, where=self.config.url, seen=seen)
        return path

    def _wait(self, attempt: int, told: float | None, where: str, why: str) -> None:
        seconds = told
        if seconds is None:
            seconds = min(_FIRST_WAIT * 2**attempt, _LONGEST_WAIT) * _dice.uniform(0.5, 1)
        else:
            self._limit.hold(seconds)
        ours.get().info("asks again", where=where, why=why, attempt=attempt + 1, wait=round(seconds, 1))
        self._sleep(seconds)

    def _note(self, got: httpx.Response) -> None:
        moment = http_errors.date(got.headers.get("date", ""))
        if moment is not None:
            self.server_time = moment
            if self.skew is None:
                self.skew = (moment - self._now()).total_seconds()

    def _look_at_certificate(self, got: httpx.Response) -> None:
        # The token's server may be another one; only this connection's own counts.
        if self._expiry is None and self._context is not None and got.request.url.host == self._origin[1]:
            self._expiry = http_trust.theirs(got.extensions.get("network_stream"), self.config.url)

    def _handshake(self) -> str:
        scheme, host, port = self._origin
        if scheme == "http" or self._context is None:
            return "-"
        with (
            socket.create_connection((str(host), port), timeout=self.config.timeout_seconds) as line,
            self._context.wrap_socket(line, server_hostname=str(host)) as wrapped,
        ):
            until = wrapped.getpeercert() or {}
        moment = dt.datetime.fromtimestamp(ssl.cert_time_to_seconds(str(until["notAfter"])), dt.UTC)
        return self._holds(http_trust.Expiry("server", self.config.url, moment))

    def _holds(self, expiry: http_trust.Expiry | None) -> str:
        """How long a certificate holds, as a check shows it; raises when it has expired."""
        if expiry is None:
            return "-"
        now = self._now()
        error = expiry.error(now)
        if error is not None:
            raise error
        warning = expiry.finding(now)
        return warning.explanation if warning else expiry.moment.date().isoformat()


def _asked(meanwhile: Callable[[], None], event: str, _: object) -> None:
    """What httpx calls at each step of a question (its request extension ``trace``)."""
    if event.endswith("receive_response_headers.started"):
        meanwhile()


def _token_scheme(config: HttpConfig) -> str:
    return urlsplit(config.oauth.token_url).scheme if config.oauth else ""


def _credential(config: HttpConfig) -> str:
    """A digest by which two connections know that they use one credential."""
    parts = [urlsplit(config.url).netloc, str(config.client_certificate or "")]
    if config.oauth:
        parts += [config.oauth.token_url, config.oauth.client_id]
    if config.token:
        parts.append(config.token.get_secret_value())
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _resolve(host: str, port: int) -> str:
    return str(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][4][0])


def _connect(host: str, port: int, patience: float) -> str:
    with socket.create_connection((host, port), timeout=patience):
        return str(port)


def _as_http(error: OSError) -> Exception:
    made = httpx.ConnectTimeout("") if isinstance(error, TimeoutError) else httpx.ConnectError("")
    made.__cause__ = error
    return made
