"""The servers of config/docker in containers, in the place of those that the other tests start from local binaries.

The tests in this folder are those of the store and of the SFTP pick-up, run again: only the fixtures differ.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures_sshd import Sshd, line, make_key
from tests.plugins.tables.conftest import connect
from tests.servers import PASSWORD
from tests.store.conftest import empty_url, migrated_url, store, store_url

__all__ = ["connect", "empty_url", "line", "migrated_url", "store", "store_url"]

COMPOSE = Path(__file__).resolve().parents[2] / "config" / "docker" / "compose.yaml"
BASE = "debian:bookworm-slim"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what would only repeat a test on SQLite: no container takes part in it. Building images takes time."""
    ours = [item for item in items if Path(__file__).parent in item.path.parents]
    for item in ours:
        item.add_marker(pytest.mark.timeout(900))
    repeated = [item for item in ours if "sqlite" in getattr(getattr(item, "callspec", None), "params", {}).values()]
    config.hook.pytest_deselected(items=repeated)
    items[:] = [item for item in items if item not in repeated]


def _answers(*command: str) -> bool:
    return shutil.which(command[0]) is not None and subprocess.run(command, capture_output=True).returncode == 0


@pytest.fixture(scope="session")
def docker_compose_command() -> str:
    """Compose as a plug-in or as a program of its own; a test that needs it is skipped where no engine answers."""
    if not _answers("docker", "info"):
        pytest.skip("no docker engine answers: docker info")
    if not (_answers("docker", "image", "inspect", BASE) or _answers("docker", "pull", BASE)):
        pytest.skip(f"the base image {BASE} is not here and cannot be pulled; .ci/docker-engine makes it")
    for command in ("docker compose", "docker-compose"):
        if _answers(*command.split(), "version"):
            return command
    pytest.skip("docker compose is not installed")


@pytest.fixture(scope="session")
def docker_compose_file() -> str:
    return str(COMPOSE)


@pytest.fixture(scope="session")
def docker_setup(served: Path, user_key: Path) -> Iterator[list[str]]:
    """Both servers on free ports of loopback; the folder that is served is one of this test session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("IPVB_POSTGRES_PASSWORD", PASSWORD)
        patch.setenv("IPVB_POSTGRES_PORT", "")
        patch.setenv("IPVB_SFTP_PASSWORD", PASSWORD)
        patch.setenv("IPVB_SFTP_PORT", "")
        patch.setenv("IPVB_SFTP_FOLDER", str(served))
        patch.setenv("IPVB_SFTP_AUTHORIZED_KEYS", user_key.with_name("user_key.pub").read_text().strip())
        yield ["up --build -d"]


@pytest.fixture(scope="session")
def postgres_url(docker_services: Any) -> str:
    """URL of the server in its container, in the place of the one from local binaries."""
    psycopg = pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed: psycopg")
    port = docker_services.port_for("postgres", 5432)

    def ready() -> bool:
        try:
            psycopg.connect(
                f"host=127.0.0.1 port={port} user=bridge password={PASSWORD} dbname=bridge", connect_timeout=5
            ).close()
        except psycopg.OperationalError:
            return False
        return True

    docker_services.wait_until_responsive(check=ready, timeout=60, pause=0.1)
    return f"postgresql+psycopg://bridge:{PASSWORD}@127.0.0.1:{port}/bridge"


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the SFTP server shows as /home. Its user has another number in the container than here."""
    folder = tmp_path_factory.mktemp("served")
    folder.chmod(0o777)
    return folder


@pytest.fixture(scope="session")
def user_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The private key with which the tests log in."""
    if shutil.which("ssh-keygen") is None:
        pytest.skip("OpenSSH is not installed: ssh-keygen")
    folder = tmp_path_factory.mktemp("keys")
    make_key(folder / "user_key")
    return folder / "user_key"


@dataclass(frozen=True)
class Contained(Sshd):
    """The server in its container: what lies in ``served`` here is in /home there."""

    served: Path
    services: Any

    def log(self) -> str:
        said: bytes = self.services._docker_compose.execute("logs --no-color sftp")
        return said.decode(errors="replace")

    def settings(self, folder: Path, **changes: Any) -> dict[str, Any]:
        inside = "/home" if folder == self.served else f"/home/{folder.relative_to(self.served)}"
        return super().settings(Path(inside), **changes)


@pytest.fixture(scope="session")
def sshd(docker_services: Any, served: Path, user_key: Path) -> Contained:
    """OpenSSH's server in its container, in the place of the one from local binaries."""
    port = docker_services.port_for("sftp", 22)

    def ready() -> bool:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as probe:
            return probe.recv(4) == b"SSH-"

    docker_services.wait_until_responsive(check=ready, timeout=60, pause=0.1)
    shown = docker_services._docker_compose.execute("exec -T sftp cat /etc/ssh/keys/ed25519.pub").decode()
    host_key = next(each for each in shown.splitlines() if each.startswith("ssh-")).strip()
    return Contained(port, user_key.parent, "bridge", host_key, served, docker_services)


@pytest.fixture
def tmp_path(served: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The test's own folder, where the server sees it and its user may write."""
    made = served / tmp_path_factory.mktemp("test").name
    made.mkdir()
    made.chmod(0o777)
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of deliveries of one test."""
    made = tmp_path / "drop"
    made.mkdir()
    made.chmod(0o777)
    return made
