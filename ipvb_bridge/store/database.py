"""Opening the store: SQLite file or PostgreSQL by URL, brought to the newest schema, with its transactions."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import sqlalchemy as sa

from ipvb_bridge.base.errors import ConfigurationError, RunError
from ipvb_bridge.store import messages, schema
from ipvb_bridge.store.trouble import told

WAIT_SECONDS = 60
"""How long a writer waits for another one on SQLite, and for a server to answer a connection: a sixth of it."""


def now() -> int:
    """This moment, in epoch microseconds."""
    return time.time_ns() // 1000


class Store:
    """An open database. A context manager; ``close`` frees its connections.

    ``folder`` is where columnar snapshots of streams are kept (made when needed); None keeps none.
    """

    def __init__(self, url: sa.URL, *, folder: Path | None = None) -> None:
        self.url = url
        self.folder = folder
        self.engine = _engine(url)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def postgresql(self) -> bool:
        """True on PostgreSQL, false on SQLite."""
        return self.engine.dialect.name == "postgresql"

    @property
    def where(self) -> str:
        """The database as a reader knows it, without user and password."""
        return place(self.url)

    def close(self) -> None:
        """Free the connections."""
        self.engine.dispose()

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction that writes, committed at the end; keep it short. Errors as in :func:`open_store`."""
        # SQLite: take the right to write at once, a transaction that asks for it half way may be refused.
        with self.told(), self.engine.connect() as opened, opened.execution_options(ipvb_write=True).begin():
            yield opened

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One transaction that only reads and sees the database as of its first statement."""
        options: dict[str, Any] = {}
        if self.postgresql:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self.told(), self.engine.connect() as opened, opened.execution_options(**options).begin():
            yield opened

    @contextmanager
    def told(self) -> Iterator[None]:
        """Errors of the driver become ours."""
        try:
            yield
        except Exception as error:
            ours = told(error, self.where)
            if ours is None:
                raise
            # The driver's own error may repeat values of a row, so it does not travel along.
            raise ours from None


def place(url: sa.URL) -> str:
    """A database as a reader knows it: the file, or host and name; never a user or password."""
    if url.get_backend_name() == "sqlite":
        return url.database or ":memory:"
    port = f":{url.port}" if url.port else ""
    return f"{url.host or 'localhost'}{port}/{url.database or ''}"


def open_store(url: str, *, folder: Path | None = None) -> Store:
    """Open the store at ``url`` (``sqlite:///bridge.db``, ``postgresql+psycopg://user@host/name``), upgraded to head.

    Raises ``ConfigurationError`` (the URL is of no known kind, the database was made by a newer program),
    ``CredentialsError`` (login refused), ``PeerError`` (server away), ``RunError`` (read-only, full disk, no database).
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "sqlite":
        _make_file(parsed)
    store = Store(parsed, folder=folder)
    try:
        with store.read() as connection:
            revision = schema.revision(connection)
        if revision != schema.HEAD:
            if revision is not None and revision not in schema.KNOWN:
                raise ConfigurationError(messages.NEWER_DATABASE, where=store.where, seen=revision, known=schema.HEAD)
            with store.write() as connection:
                schema.upgrade(connection)
    except BaseException:
        store.close()
        raise
    return store


def _parsed(url: str) -> sa.URL:
    with suppress(sa.exc.ArgumentError):
        parsed = sa.make_url(url)
        backend = parsed.get_backend_name()
        if backend == "postgresql":
            return parsed.set(drivername="postgresql+psycopg")
        if backend == "sqlite" and parsed.database not in (None, "", ":memory:"):
            return parsed.set(drivername="sqlite+pysqlite")
    # A URL may hold a password: only its scheme is repeated.
    raise ConfigurationError(messages.UNKNOWN_URL, seen=url.split(":", 1)[0])


def _make_file(url: sa.URL) -> None:
    """Make the file for this user alone: SQLite would make it readable for all."""
    if url.query.get("uri"):
        return
    path = Path(str(url.database))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.touch(mode=0o600)
    except OSError as error:
        raise RunError(messages.READ_ONLY, where=str(path), seen=error.strerror or "") from error


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() == "postgresql":
        try:
            return sa.create_engine(
                url, hide_parameters=True, connect_args={"connect_timeout": WAIT_SECONDS // 6}, pool_pre_ping=True
            )
        except ModuleNotFoundError as error:
            raise ConfigurationError(messages.NO_DRIVER) from error
    engine = sa.create_engine(url, hide_parameters=True, connect_args={"timeout": WAIT_SECONDS})
    sa.event.listen(engine, "connect", _prepare)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(driver: Any, _record: object) -> None:
    # The driver would start transactions by its own rules; we say BEGIN ourselves (see _begin).
    driver.isolation_level = None
    cursor = driver.cursor()
    if cursor.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute("PRAGMA temp_store = MEMORY")
    cursor.execute("PRAGMA cache_size = -131072")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("ipvb_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
