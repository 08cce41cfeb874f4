"""Both stores: every test that asks for ``store`` or ``store_url`` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from ipvb_bridge.store.database import Store, open_store
from ipvb_bridge.store.tables import metadata


@pytest.fixture(scope="session")
def migrated_url(postgres_url: str) -> str:
    """A migrated PostgreSQL database, emptied for each test: far faster than a database for each."""
    url = database_on(postgres_url)
    open_store(url).close()
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new database, never migrated."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bridge.db'}"
    return database_on(request.getfixturevalue("postgres_url"))


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database without rows: migrated already on PostgreSQL, not yet made on SQLite."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'bridge.db'}"
    url: str = request.getfixturevalue("migrated_url")
    rows = [name for name in metadata.tables if name != "identity"]
    _execute(url, "; ".join(f"DELETE FROM {name}" for name in rows))
    return url


def database_on(server: str) -> str:
    # Tests of other rooms use these fixtures too, each on a database of its own on the same server.
    name = f"test_{uuid.uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name}")
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _execute(url: str, statement: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def store(store_url: str, tmp_path: Path) -> Iterator[Store]:
    """An open, empty store that keeps snapshots."""
    with open_store(store_url, folder=tmp_path / "snapshots") as opened:
        yield opened
