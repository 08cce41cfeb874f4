"""HTTP for adapters: statuses, lost lines, tokens, limits, certificates and clocks, on real sockets."""

from __future__ import annotations

import datetime as dt
import ipaddress
import logging
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from ipvb_bridge.base.errors import BridgeError, CredentialsError, DataError, PeerError
from ipvb_bridge.demo.systems.fhir import Fault, Simulated, serve
from ipvb_bridge.plugin import http_errors, http_messages, http_trust
from ipvb_bridge.plugin.http import Session
from ipvb_bridge.plugin.http_config import HttpConfig
from ipvb_bridge.plugin.http_limits import Limit

NOW = dt.datetime(2026, 1, 15, 12, tzinfo=dt.UTC)


@pytest.fixture
def server() -> Iterator[Simulated]:
    with serve([{"resourceType": "Patient", "id": "R1"}]) as running:
        running.client = ("bridge", "s3cret")
        yield running


@contextmanager
def session(url: str, folder: Path = Path(), **settings: Any) -> Iterator[tuple[Session, list[float]]]:
    """A session, and the waits it asked for, which take no time."""
    waits: list[float] = []
    now = settings.pop("now", None)
    clock = {} if now is None else {"now": lambda: now}
    config = HttpConfig.model_validate({"url": url, "timeout_seconds": 5} | settings)
    made = Session(config, folder, sleep=waits.append, **clock)
    try:
        yield made, waits
    finally:
        made.close()


def refused(made: Session, method: str = "GET", path: str = "Patient/R1", **how: Any) -> BridgeError:
    with pytest.raises(BridgeError) as caught:
        made.ask(method, path, **how)
    return caught.value


STATUSES = {
    401: (CredentialsError, "K40"), 403: (CredentialsError, "K41"), 495: (CredentialsError, "K42"),
    496: (CredentialsError, "K42"), 404: (DataError, "P42"), 410: (DataError, "P42"), 400: (DataError, "P43"),
    405: (DataError, "P43"), 406: (DataError, "P43"), 413: (DataError, "P43"), 422: (DataError, "P43"),
    402: (CredentialsError, "K41"), 407: (CredentialsError, "K41"), 451: (CredentialsError, "K41"),
    425: (PeerError, "P41"), 428: (DataError, "P44"), 501: (PeerError, "P41"), 526: (CredentialsError, "K42"),
    409: (DataError, "P44"), 412: (DataError, "P44"),
    302: (DataError, "P45"), 429: (PeerError, "P40"), 500: (PeerError, "P41"), 502: (PeerError, "P41"),
    503: (PeerError, "P41"), 504: (PeerError, "P41"), 408: (PeerError, "P41"), 599: (PeerError, "P41"),
}  # fmt: skip


@pytest.mark.parametrize("status", STATUSES)
def test_every_status_says_what_to_do(server: Simulated, status: int) -> None:
    """A status becomes the error that stops, holds back or tries again later, with a code of its own."""
    server.faults = [Fault(status=status, times=9)]
    with session(server.url, token=server.token, retries=0) as (made, _):
        error = refused(made)
    assert (type(error), error.code) == STATUSES[status]
    assert str(status) in error.what("nl")
    assert str(status) in error.what("en")
    assert error.next_step("nl")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_what_passes_is_asked_again(server: Simulated, status: int) -> None:
    """Busy or away twice, then well: the answer comes, after two waits that grow and differ."""
    server.faults = [Fault(status=status, times=2)]
    with session(server.url, token=server.token) as (made, waits):
        assert made.ask("GET", "Patient/R1").status == 200
        assert 0.25 <= waits[0] <= 0.5 <= waits[1] <= 1.0
        assert made.questions == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_what_does_not_pass_is_not_asked_again(server: Simulated, status: int) -> None:
    """A refusal is asked once: repeating a login may lock the account."""
    server.faults = [Fault(status=status, times=9)]
    with session(server.url, token=server.token) as (made, waits):
        refused(made)
        assert (made.questions, waits) == (1, [])


@pytest.mark.parametrize("said", ["7", "Thu, 15 Jan 2026 12:00:07 GMT"])
def test_the_server_says_how_long_to_wait(server: Simulated, said: str) -> None:
    """Retry-After, as seconds or as a moment, is how long we wait."""
    server.faults = [Fault(status=429, headers={"Retry-After": said})]
    with session(server.url, token=server.token, now=NOW) as (made, waits):
        made.ask("GET", "Patient/R1")
        assert waits == [7.0]


def test_retry_after_has_bounds() -> None:
    """A wait of a day is cut to five minutes; words that are none are left out of account."""
    assert http_errors.retry_after({"retry-after": "86400"}, NOW) == 300
    assert http_errors.retry_after({"retry-after": "soon"}, NOW) is None
    assert http_errors.retry_after({}, NOW) is None


def test_lines_that_break_and_servers_that_are_silent(server: Simulated) -> None:
    """A cut line or a silence is asked again; if it stays, it is the peer that is away."""
    server.faults = [Fault(drop="before")]
    with session(server.url, token=server.token) as (made, waits):
        assert made.ask("GET", "Patient/R1").status == 200
        assert len(waits) == 1
    server.faults = [Fault(drop="before", times=9)]
    with session(server.url, token=server.token, retries=1) as (made, _):
        assert refused(made).code == "P33"
    server.faults = [Fault(seconds=0.6, times=9)]
    with session(server.url, token=server.token, retries=0, timeout_seconds=0.2) as (made, _):
        assert refused(made).code == "P32"


def test_nobody_there(server: Simulated) -> None:
    """A name that is unknown and a port that nobody listens on are told apart."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with session(f"http://127.0.0.1:{port}", retries=0) as (made, _):
        assert refused(made).code == "P31"
        assert [(each.name, each.ok) for each in made.check()] == [("name", True), ("port", False)]
    with session("https://bestaat-niet.invalid", retries=0) as (made, _):
        assert refused(made).code == "P30"
        assert [(each.name, each.ok) for each in made.check()] == [("name", False)]


def test_a_write_without_an_answer_is_unknown(server: Simulated) -> None:
    """Whoever writes and gets no answer hears just that, and the question is not repeated; without a line it is."""
    for fault in (Fault(drop="after"), Fault(drop="before"), Fault(status=503), Fault(status=500)):
        server.faults = [fault]
        with session(server.url, token=server.token) as (made, _):
            error = refused(made, "POST", "Task", content=b"{}", writes=True)
            assert (type(error), error.code, made.questions) == (PeerError, "P48", 1)


def oauth(server: Simulated, **changes: Any) -> dict[str, Any]:
    """OAuth settings for the simulated server's token address."""
    whole = {"token_url": f"{server.url}/token", "client_id": "bridge", "client_secret": "s3cret"}
    return {"oauth": whole | changes}


@pytest.mark.parametrize("send", ["basic", "body"])
def test_a_token_is_fetched_and_used_again(server: Simulated, send: str) -> None:
    """By client credentials: one token for many questions, asked for in either way that servers know."""
    with session(server.url, **oauth(server, send=send, scope="system/*.read")) as (made, _):
        for _ in range(3):
            made.ask("GET", "Patient/R1")
    assert [each.split()[1] for each in server.seen].count("/fhir/token") == 1


def test_a_token_that_expires_half_way_is_replaced(server: Simulated) -> None:
    """A token that the server no longer takes is replaced once for the question that met it, and work goes on."""
    server.token_uses = 2
    with session(server.url, **oauth(server)) as (made, waits):
        for _ in range(5):
            assert made.ask("GET", "Patient/R1").status == 200
        assert waits == []
    assert [each.split()[1] for each in server.seen].count("/fhir/token") == 3


def test_a_token_is_renewed_before_it_expires(server: Simulated) -> None:
    """A token that lives two seconds is renewed after one, without a refusal in between."""
    server.token_seconds = 2
    with session(server.url, **oauth(server)) as (made, _):
        made.ask("GET", "Patient/R1")
        time.sleep(1.1)
        made.ask("GET", "Patient/R1")
    assert [each.split()[1] for each in server.seen].count("/fhir/token") == 2


def test_tokens_that_are_not_given(server: Simulated) -> None:
    """A wrong secret, an answer without a token, a token address that is away, and new tokens that stay refused."""
    with session(server.url, **oauth(server, client_secret="wrong")) as (made, _):
        error = refused(made)
        assert (type(error), error.code) == (CredentialsError, "K44")
        assert error.seen == "401 invalid_client"
        assert [each.name for each in made.check() if not each.ok] == ["token"]
    server.faults = [Fault("token", body=b"{}", times=9)]
    with session(server.url, **oauth(server)) as (made, _):
        assert refused(made).code == "P46"
    server.faults = [Fault("token", status=503, times=9)]
    with session(server.url, **oauth(server)) as (made, _):
        assert refused(made).code == "P41"
    server.faults = [Fault("Patient", status=401, times=9)]
    with session(server.url, **oauth(server)) as (made, _):
        assert refused(made).code == "K40"


def test_a_token_server_that_is_away_for_a_moment_stops_nothing(server: Simulated) -> None:
    """Who gives the tokens may stumble as well, also half way and before a write: it is asked again."""
    server.token_uses = 1
    with session(server.url, **oauth(server)) as (made, waits):
        made.ask("GET", "Patient/R1")
        server.faults = [Fault("token", status=503), Fault("token", drop="before")]
        made.ask("GET", "Patient/R1")
        server.faults = [Fault("token", status=503)]
        made.ask("POST", "Patient/_search", form={"_id": "R1"}, writes=True)
    assert len(waits) == 3


def test_the_token_goes_to_no_other_server(server: Simulated) -> None:
    """An address of another host, port or scheme is refused before anything is sent."""
    with session(server.url, token=server.token) as (made, _):
        for other in ("https://elders.example/fhir/x", "http://127.0.0.1:1/fhir/x"):
            assert refused(made, path=other).code == "P45"
        assert made.questions == 0


def test_a_clock_that_is_off_is_told(server: Simulated) -> None:
    """A difference of ten minutes between the clocks is a finding; a minute is none."""
    server.skew = -600
    with session(server.url, token=server.token) as (made, _):
        made.ask("GET", "Patient/R1")
        (finding,) = made.findings()
    assert finding.rule == http_messages.CLOCK.code
    server.skew = 60
    with session(server.url, token=server.token) as (made, _):
        made.ask("GET", "Patient/R1")
        assert made.findings() == []


def test_nothing_of_a_question_is_logged(server: Simulated, caplog: pytest.LogCaptureFixture) -> None:
    """Neither query nor token nor body reaches a log, not even those of the HTTP library."""
    caplog.set_level(logging.DEBUG)
    server.faults = [Fault(status=503)]
    with session(server.url, token=server.token) as (made, _):
        made.ask("POST", "Patient/_search", params={"geheim": "Jansen"}, form={"identifier": "bsn|999"})
        error = refused(made, path="Patient/Jansen-1940")
    assert caplog.text == ""
    assert "Jansen" not in str(error)
    assert server.token not in str(error)


def test_work_is_done_while_the_server_works(server: Simulated) -> None:
    """What is to be done meanwhile is done before the server answers, and each time the question is asked."""
    worked, waited = threading.Event(), []
    server.on_question = lambda question: waited.append(worked.wait(5))
    server.faults = [Fault(status=503)]
    done = []

    def work() -> None:
        done.append(len(waited))
        worked.set()

    with session(server.url, token=server.token) as (made, _):
        assert made.ask("GET", "Patient/R1", meanwhile=work).status == 200
    assert waited == [True, True]
    assert len(done) == 2


def test_what_goes_wrong_meanwhile_is_told(server: Simulated) -> None:
    """An error of the work is the error of the question; the next question is asked and answered as ever."""

    def work() -> None:
        raise DataError(http_messages.NOT_JSON, where="here", seen="?")

    with session(server.url, token=server.token) as (made, _):
        assert refused(made, meanwhile=work).where == "here"
        assert made.ask("GET", "Patient/R1").status == 200


def test_limits_hold_over_connections() -> None:
    """At most so many at once, and so many a minute; a wait that the server asks for holds for all."""
    moments: list[float] = [0.0]
    waits: list[float] = []
    limit = Limit(1, 30, clock=lambda: moments[0], sleep=waits.append)
    for _ in range(3):
        with limit.turn():
            pass
    assert waits == [2.0, 4.0]
    limit.hold(100)
    with limit.turn():
        assert waits[-1] == 100.0
    busy = Limit(2, None)
    most, now = [0], [0]
    lock = threading.Lock()

    def work() -> None:
        with busy.turn():
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            time.sleep(0.02)
            with lock:
                now[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert most == [2]


def at_once(server: Simulated, *settings: dict[str, Any]) -> int:
    """How many questions the server had under way at once, when a connection with each of the settings asks three."""
    lock = threading.Lock()
    under_way, most = [0], [0]

    def look(question: str) -> None:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.05)
        with lock:
            under_way[0] -= 1

    def work(made: Session) -> None:
        for _ in range(3):
            made.ask("GET", "Patient/R1")

    server.on_question = look
    with ExitStack() as stack:
        sessions = [stack.enter_context(session(server.url, retries=0, **each))[0] for each in settings]
        threads = [threading.Thread(target=work, args=(made,)) for made in sessions]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
    assert sum(each.questions for each in sessions) == 3 * len(settings)
    return most[0]


def test_one_credential_has_one_limit(server: Simulated) -> None:
    """Connections with one token never ask more at once than it may, whatever each is set to; another token may too."""
    one, other = {"token": server.token}, {"token": server.grant()}
    assert at_once(server, one | {"concurrent": 3}, other | {"concurrent": 3}) == 2
    assert at_once(server, *[one | {"concurrent": 2}] * 4) == 2
    assert at_once(server, one | {"concurrent": 1}, one | {"concurrent": 3}, one | {"concurrent": 3}) == 1
    assert at_once(server, one, other) == 2, "the narrow limit of the one is not that of the other"


def test_one_credential_waits_for_all_its_connections(server: Simulated) -> None:
    """At 150 questions a minute, four of two connections with one token take the three gaps of one connection."""
    moments: list[float] = []
    server.on_question = lambda question: moments.append(time.monotonic())
    settings = {"token": server.token, "per_minute": 150}
    with session(server.url, **settings) as (one, _), session(server.url, **settings) as (two, _):
        for made in (one, two, one, two):
            made.ask("GET", "Patient/R1")
    assert moments[-1] - moments[0] > 1.0, "three times 0.4 s; two connections apart would take 0.4 s"


@pytest.mark.parametrize(
    "settings",
    [
        {"url": "http://ecd.example/fhir"},
        {"url": "https://user:pw@ecd.example"},
        {"url": "ecd.example"},
        {"url": "https://ecd.example?key=1"},
        {"url": "https://ecd.example", "client_key": "key.pem"},
        {
            "url": "https://ecd.example",
            "token": "x",
            "oauth": {"token_url": "https://t", "client_id": "a", "client_secret": "b"},
        },
    ],
)
def test_settings_that_would_leak_or_contradict_are_refused(settings: dict[str, Any]) -> None:
    """No token over plain http, no secret in an address, no two ways to log in."""
    with pytest.raises(ValidationError):
        HttpConfig.model_validate(settings)


class Authority:
    """A certificate authority of the test, and certificates that it signs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.cert = self._signed("test authority", self.key, 3650, ca=True)
        self.file = folder / "ca.pem"
        self.file.write_bytes(self.cert.public_bytes(serialization.Encoding.PEM))

    def made(self, name: str, days: float = 365, passphrase: str = "") -> Path:
        """A file with certificate and key, valid for so many days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        cert = self._signed(name, key, days)
        how: Any = serialization.NoEncryption()
        if passphrase:
            how = serialization.BestAvailableEncryption(passphrase.encode())
        form = serialization.PrivateFormat.PKCS8
        path = self.folder / f"{name}-{days}{passphrase}.pem"
        path.write_bytes(
            cert.public_bytes(serialization.Encoding.PEM) + key.private_bytes(serialization.Encoding.PEM, form, how)
        )
        return path

    def _signed(self, name: str, key: ec.EllipticCurvePrivateKey, days: float, *, ca: bool = False) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        issuer = subject if ca else self.cert.subject
        names: list[x509.GeneralName] = [x509.DNSName(name.replace(" ", "-"))]
        if name == "server":
            names.append(x509.IPAddress(ipaddress.ip_address("127.0.0.1")))
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=400))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
        )
        return built.sign(self.key, hashes.SHA256())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates"))


class _Hello(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def tls(certificate: Path, client_ca: Path | None = None) -> Iterator[str]:
    """A server with TLS; with ``client_ca`` it wants a certificate of us."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    server = HTTPServer(("127.0.0.1", 0), _Hello)
    server.handle_error = lambda request, address: None  # type: ignore[method-assign]
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def test_a_server_that_is_trusted(authority: Authority) -> None:
    """With ca_file the server's own authority is trusted; a certificate that holds a year is no finding."""
    with tls(authority.made("server")) as url, session(url, ca_file=authority.file, retries=0) as (made, _):
        assert made.ask("GET", "x").status == 200
        assert made.findings() == []
        assert all(each.ok for each in made.check())


@pytest.mark.parametrize(
    ("name", "days", "known", "reason"),
    [
        ("server", -1, True, "expired"),
        ("elders", 30, True, "made out to another name"),
        ("server", 30, False, "unknown authority"),
    ],
)
def test_a_server_that_is_not_trusted(authority: Authority, name: str, days: int, known: bool, reason: str) -> None:
    """Expired, another name, an authority we do not know: refused before anything is sent, each with its reason."""
    settings = {"ca_file": authority.file} if known else {}
    with tls(authority.made(name, days)) as url, session(url, **settings) as (made, waits):
        error = refused(made)
        assert (type(error), error.code) == (CredentialsError, "K43")
        assert reason in error.seen or reason == "unknown authority"
        assert waits == [], "trying again does not help"
        assert [each.name for each in made.check() if not each.ok] == ["tls"]


def test_our_own_certificate(authority: Authority, tmp_path: Path) -> None:
    """A server that wants a certificate gets ours; without one, or with an expired one, that is what is told."""
    mine, late = authority.made("client", 365, "zin"), authority.made("client", -1)
    with tls(authority.made("server"), authority.file) as url:
        trust = {"ca_file": authority.file, "retries": 0}
        with session(url, client_certificate=mine, client_key_passphrase="zin", **trust) as (made, _):
            assert made.ask("GET", "x").status == 200
        with session(url, **trust) as (made, _):
            assert refused(made).code == "K42"
        with session(url, client_certificate=late, **trust) as (made, _):
            assert refused(made).code == "K42"
            steps = {each.name: each for each in made.check()}
            assert steps["certificate"].error is not None
            assert steps["certificate"].error.code == "K46"
    for settings in (
        {"client_certificate": mine, "client_key_passphrase": "wrong"},
        {"client_certificate": mine, "client_key": tmp_path / "absent.pem"},
        {"ca_file": tmp_path / "absent.pem"},
    ):
        with pytest.raises(CredentialsError) as caught, session("https://127.0.0.1:1", **settings):
            pass
        assert caught.value.code == "K45"


@pytest.mark.parametrize(
    ("days", "severity"),
    [(61, None), (59, "info"), (29, "warning"), (13, "warning"), (6, "error"), (-1, "error")],
)
def test_a_certificate_warns_before_it_expires(days: int, severity: str | None) -> None:
    """60, 30, 14 and 7 days ahead a certificate is a finding, ever louder; once expired it is an error."""
    expiry = http_trust.Expiry("client", "cert.pem", NOW + dt.timedelta(days=days, hours=1))
    finding = expiry.finding(NOW)
    assert (finding.severity if finding else None) == severity
    assert (expiry.error(NOW) is not None) == (days < 0)
    if finding:
        assert finding.rule == ("K47" if days > 0 else "K46")


def test_a_server_certificate_that_expires_soon_is_told(authority: Authority) -> None:
    """The server's own certificate is read from the line itself: ten days left is a finding and a step of the check."""
    with tls(authority.made("server", 10.5)) as url, session(url, ca_file=authority.file) as (made, _):
        made.ask("GET", "x")
        (finding,) = made.findings()
        assert "over 10 dagen" in finding.explanation
        assert "over 10 dagen" in {each.name: each.seen for each in made.check()}["tls"]
