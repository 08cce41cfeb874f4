"""Servers that tests start from the machine's own binaries."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "throw-away"


def postgres_binaries() -> Path | None:
    """The folder with ``initdb`` and ``postgres``: the newest that Debian installed, else that of the PATH."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = shutil.which("initdb")
    if on_path:
        folders.insert(0, Path(on_path).resolve().parent)
    return next((path for path in reversed(folders) if (path / "initdb").exists()), None)


def free_port() -> int:
    """A port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres(binaries: Path, *, settings: tuple[str, ...] = ("-F",)) -> Iterator[str]:
    """A PostgreSQL of its own on loopback, user ``bridge`` with a password; yields its URL.

    The server refuses to run as root, so root runs it as ``postgres``. ``-F``: no waiting for the disk.
    """
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="ipvb-postgres-"))
    secret = folder / "password"
    secret.write_text(PASSWORD)
    if user:
        shutil.chown(folder, user)
        shutil.chown(secret, user)
    data, port = folder / "data", free_port()
    made = subprocess.run(
        [
            binaries / "initdb",
            *("-D", data, "-U", "bridge", "--no-sync", "-E", "UTF8", "--locale=C", "-A", "scram-sha-256"),
            f"--pwfile={secret}",
        ],
        user=user,
        cwd=folder,
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise RuntimeError(f"initdb failed: {made.stderr}")
    log = (folder / "log").open("w")
    server = subprocess.Popen(
        [binaries / "postgres", "-D", data, "-k", folder, "-h", "127.0.0.1", "-p", str(port), *settings],
        user=user,
        cwd=folder,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        _wait(server, port, folder / "log")
        yield f"postgresql+psycopg://bridge:{PASSWORD}@127.0.0.1:{port}/postgres"
    finally:
        # SIGINT is the server's "fast shutdown": it does not wait for clients to leave.
        server.send_signal(2)
        server.wait(timeout=30)
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(server: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until the server lets a client in: the port opens a moment before that."""
    import psycopg

    end = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(
                f"host=127.0.0.1 port={port} user=bridge password={PASSWORD} dbname=postgres", connect_timeout=5
            ).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"postgres did not start: {log.read_text()}") from None
            time.sleep(0.05)
        else:
            return
