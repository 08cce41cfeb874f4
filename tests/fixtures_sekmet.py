"""The fixture ``sekmet``: a FHIR server that others wrote, in an environment of its own, with a bearer token."""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import free_port

VERSION = "0.1.1"
_SETTINGS = """
base_url: http://127.0.0.1:{port}/fhir
host: 127.0.0.1
port: {port}
data_dir: data
simulator: {{enabled: false}}
validation: {{inbound: strict}}
server_auth: {{types: [bearer], tokens: ["{token}"]}}
"""


@dataclass(frozen=True)
class Sekmet:
    """A running server, empty at the start of the session."""

    url: str
    token: str


@pytest.fixture(scope="session")
def sekmet(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sekmet]:
    """sekmet-fhir, installed once into pytest's cache; a test that needs it is skipped where it cannot be installed."""
    assert request.config.cache is not None, "pytest's cache is on"
    home = Path(request.config.cache.mkdir(f"sekmet-fhir-{VERSION}"))
    why = _installed(home)
    if why:
        pytest.skip(f"sekmet-fhir {VERSION} cannot be installed: {why}")
    folder, port, token = tmp_path_factory.mktemp("sekmet"), free_port(), "throw-away-token"
    (folder / "settings.yaml").write_text(_SETTINGS.format(port=port, token=token))
    with (folder / "log").open("w") as log:
        program = [home / "bin" / "python", home / "bin" / "sekmet", "serve", "-c", "settings.yaml"]
        server = subprocess.Popen(program, cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            _await(f"http://127.0.0.1:{port}/fhir/metadata", token, server, folder / "log")
            yield Sekmet(f"http://127.0.0.1:{port}/fhir", token)
        finally:
            server.terminate()
            server.wait(20)


def _installed(home: Path) -> str:
    """Install into the folder unless it was done before; gives why it failed, or nothing."""
    done = home / "installed"
    if done.is_file():
        return ""
    for command in (
        [sys.executable, "-m", "venv", "--clear", str(home)],
        [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", f"sekmet-fhir=={VERSION}"],
    ):
        ran = subprocess.run(command, capture_output=True, text=True, timeout=280)
        if ran.returncode:
            return ran.stderr.strip().splitlines()[-1][:200] if ran.stderr.strip() else f"{command[2]} failed"
    done.touch()
    return ""


def _await(url: str, token: str, server: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    question = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    while True:
        try:
            urllib.request.urlopen(question, timeout=10).close()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"sekmet answers {error.code}: {log.read_text()[-2000:]}") from None
        except OSError:
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"sekmet did not start: {log.read_text()[-2000:]}") from None
            time.sleep(0.2)
        else:
            return
