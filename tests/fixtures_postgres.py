"""The fixture ``postgres_url``: a PostgreSQL server for the whole test session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import servers


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """URL of a server started from local binaries; skips when there are none."""
    binaries = servers.postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: no initdb on the PATH or in /usr/lib/postgresql")
    pytest.importorskip("psycopg", reason="the PostgreSQL driver is not installed: psycopg")
    with servers.postgres(binaries) as url:
        yield url
