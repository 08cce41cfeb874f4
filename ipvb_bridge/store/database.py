"""Opening the store: SQLite file or PostgreSQL by URL, brought to the newest schema, with its transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import sqlalchemy as sa


class Store:
    """An open database. A context manager; ``close`` frees its connections.

    ``folder`` is where columnar snapshots of streams are kept (made when needed); None keeps none.
    """

    url: sa.URL
    engine: sa.Engine
    folder: Path | None

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the connections."""
        raise NotImplementedError

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction that writes, committed at the end; keep it short. Errors as in :func:`open_store`."""
        raise NotImplementedError

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """One transaction that only reads and sees the database as of its first statement."""
        raise NotImplementedError


def open_store(url: str, *, folder: Path | None = None) -> Store:
    """Open the store at ``url`` (``sqlite:///bridge.db``, ``postgresql+psycopg://user@host/name``), upgraded to head.

    Raises ``ConfigurationError`` (the URL is of no known kind, the database was made by a newer program),
    ``CredentialsError`` (login refused), ``PeerError`` (server away), ``RunError`` (read-only, full disk, not a database).
    """
    raise NotImplementedError
