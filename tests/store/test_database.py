"""Opening the store: what goes wrong is told by its cause, with the next step and without secrets."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from ipvb_bridge.base.errors import BridgeError, ConfigurationError, CredentialsError, DataError, PeerError, RunError
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.store.database import Store, open_store
from ipvb_bridge.store.load import Delivery
from ipvb_bridge.store.read import read_stream
from ipvb_bridge.store.runs import start_run
from tests import servers
from tests.store.samples import cents, deliver, hours, wages


@pytest.mark.parametrize("url", ["mysql://bridge:geheim@host/x", "bridge.db", "sqlite://", "sqlite:///:memory:"])
def test_unknown_address(url: str) -> None:
    """An address of another kind of database is refused without repeating the password in it."""
    with pytest.raises(ConfigurationError, match="S01") as caught:
        open_store(url)
    assert "geheim" not in str(caught.value)


def test_server_away() -> None:
    """A server that is not there is a peer to try again later."""
    url = f"postgresql+psycopg://bridge:geheim@127.0.0.1:{servers.free_port()}/bridge"
    with pytest.raises(PeerError, match="S04") as caught:
        open_store(url)
    assert "geheim" not in str(caught.value)
    assert caught.value.where.startswith("127.0.0.1:")


def test_wrong_password(postgres_url: str) -> None:
    """A refused login is about credentials: trying again would not help."""
    url = sa.make_url(postgres_url).set(password="verkeerd").render_as_string(hide_password=False)
    with pytest.raises(CredentialsError, match="S05") as caught:
        open_store(url)
    assert "verkeerd" not in str(caught.value)


def test_no_such_database(postgres_url: str) -> None:
    """A database that does not exist is a mistake in the configuration."""
    url = sa.make_url(postgres_url).set(database="nergens").render_as_string(hide_password=False)
    with pytest.raises(ConfigurationError, match="S06"):
        open_store(url)


def test_no_right_to_make_tables(postgres_url: str) -> None:
    """A user who may not write is told so."""
    engine = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE readers")
        connection.exec_driver_sql(f"CREATE USER reader PASSWORD '{servers.PASSWORD}'")
    engine.dispose()
    url = sa.make_url(postgres_url).set(username="reader", database="readers").render_as_string(hide_password=False)
    with pytest.raises(RunError, match="S07"):
        open_store(url)


def test_read_only_file(tmp_path: Path) -> None:
    """A file that may only be read opens and reads; a pull into it says that it cannot be written."""
    path = tmp_path / "bridge.db"
    with open_store(f"sqlite:///{path}") as store:
        deliver(store, "wages", wages(("a", 1)))
    with open_store(f"sqlite:///file:{path}?mode=ro&uri=true") as store:
        assert cents(read_stream(store, "wages")) == {"a": 1}
        with pytest.raises(RunError, match="S07"):
            start_run(store, "pull", "one", "wages")


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    """A database below something that is no folder is told as not writable."""
    (tmp_path / "file").touch()
    with pytest.raises(RunError, match="S07"):
        open_store(f"sqlite:///{tmp_path}/file/bridge.db")


def test_other_file(tmp_path: Path) -> None:
    """A file that is no database is named as such and left as it is."""
    path = tmp_path / "bridge.db"
    path.write_text("Beste collega, " * 100)
    with pytest.raises(RunError, match="S09"):
        open_store(f"sqlite:///{path}")
    assert path.read_text().startswith("Beste collega")


def _fill_disk(store: Store) -> None:
    """From here on the database finds no room for more rows."""
    if store.postgresql:
        with store.write() as database:
            database.exec_driver_sql(
                "CREATE OR REPLACE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
                "RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$"
            )
            database.exec_driver_sql(
                "CREATE TRIGGER full_disk BEFORE INSERT ON staged_hours EXECUTE FUNCTION full_disk()"
            )
        return
    store.engine.dispose()

    def small(driver: Any, _record: object) -> None:
        pages = driver.execute("PRAGMA page_count").fetchone()[0]
        driver.execute(f"PRAGMA max_page_count = {pages + 5}")

    sa.event.listen(store.engine, "connect", small)


def test_full_disk(store: Store) -> None:
    """A disk that fills up while staging fails the run with that message; what was current stays."""
    deliver(store, "hours", hours(10))
    _fill_disk(store)
    delivery = Delivery(store, start_run(store, "pull", "one", "hours"), STREAMS["hours"])
    try:
        with pytest.raises(RunError, match="S08"):
            delivery.stage(hours(5000, paid=1))
        assert read_stream(store, "hours").height == 10
    finally:
        if store.postgresql:
            with store.write() as database:
                database.exec_driver_sql("DROP TRIGGER full_disk ON staged_hours")


def test_new_file_is_private(tmp_path: Path) -> None:
    """The database file holds care data: only its owner can read it."""
    path = tmp_path / "deep" / "bridge.db"
    open_store(f"sqlite:///{path}").close()
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_message_of_a_refused_row_shows_no_value(store: Store) -> None:
    """What the driver says about a row may quote it, so it is not passed on."""
    rows = wages(("geheime-sleutel", 1)).with_columns(component=None)
    delivery = Delivery(store, start_run(store, "pull", "one", "wages"), STREAMS["wages"])
    with pytest.raises(RunError, match="S15") as caught:
        delivery.stage(rows)
    assert "geheime-sleutel" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_text_that_cannot_be_kept(migrated_url: str) -> None:
    """A NUL in a text, which PostgreSQL cannot keep, holds the delivery back and names the cause."""
    with open_store(migrated_url) as store:
        delivery = Delivery(store, start_run(store, "pull", "nul", "wages"), STREAMS["wages"])
        with pytest.raises(DataError, match="S16"):
            delivery.stage(wages(("a\x00b", 1)))


def test_server_that_stops_half_way(request: pytest.FixtureRequest) -> None:
    """A server that goes away during a pull is a peer to try again later."""
    binaries = servers.postgres_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: no initdb on the PATH or in /usr/lib/postgresql")
    with servers.postgres(binaries) as url:
        store = open_store(url)
        delivery = Delivery(store, start_run(store, "pull", "one", "wages"), STREAMS["wages"])
    try:
        with pytest.raises(PeerError, match="S04"):
            delivery.stage(wages(("a", 1)))
    finally:
        store.close()


def test_every_message_has_a_next_step(tmp_path: Path) -> None:
    """A database error tells the reader in both languages what to do now."""
    with pytest.raises(BridgeError) as caught:
        open_store("mysql://host/x")
    for language in ("nl", "en"):
        assert "postgresql+psycopg://" in caught.value.next_step(language)  # type: ignore[arg-type]
