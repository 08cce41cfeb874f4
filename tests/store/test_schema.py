"""The schema: migrations, tables and records say the same, and a database is brought to the newest by itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.core.records import SCALE, STREAMS, Type
from ipvb_bridge.store import migrations, schema
from ipvb_bridge.store.database import Store, open_store
from ipvb_bridge.store.tables import current, metadata, staged

ROOT = Path(__file__).resolve().parents[2]


def _differences(store: Store) -> list[object]:
    def ours(thing: object, name: str | None, kind: str, reflected: bool, other: object) -> bool:
        return not (kind == "table" and name == schema.VERSION_TABLE)

    with store.read() as database:
        options = {"compare_type": True, "include_object": ours}
        return list(compare_metadata(MigrationContext.configure(database, opts=options), metadata))


def test_migrations_make_the_tables(store: Store) -> None:
    """A migrated database has exactly the tables, columns, types, nulls and indexes that the program uses."""
    assert _differences(store) == []


def test_drift_is_seen(store: Store) -> None:
    """The comparison can fail: a column that no migration makes is reported."""
    with store.write() as database:
        database.exec_driver_sql("ALTER TABLE wages ADD COLUMN bonus BIGINT")
    try:
        assert "bonus" in str(_differences(store))
    finally:
        with store.write() as database:
            database.exec_driver_sql("ALTER TABLE wages DROP COLUMN bonus")


@pytest.mark.parametrize("name", STREAMS)
def test_each_stream_has_its_tables(name: str) -> None:
    """Every column of a stream stands in its table and its staging table, with its nulls and a whole or text type."""
    kinds = {Type.DATE: sa.Date, Type.FLAG: sa.Boolean, **dict.fromkeys((*SCALE, Type.MOMENT), sa.BigInteger)}
    for table in (current[name], staged[name]):
        for column in STREAMS[name].columns:
            stored = table.c[column.name]
            assert stored.nullable == column.nullable
            assert isinstance(stored.type, kinds.get(column.type, sa.Text))
    own = {"row_id", "connection", "source_id", "changed_at", "content_hash", "seen_from", "seen_until"}
    assert {column.name for column in current[name].c} - set(STREAMS[name].names) == own


def test_no_fractions_in_the_database(store: Store) -> None:
    """No column of any table is a float or a decimal: SQLite would store money as a binary fraction."""
    with store.read() as database:
        inspector = sa.inspect(database)
        found = [
            (table, column["name"])
            for table in inspector.get_table_names()
            for column in inspector.get_columns(table)
            if isinstance(column["type"], sa.Numeric)
        ]
    assert found == []


def test_migrations_are_frozen_code() -> None:
    """No migration imports anything of the program: what it makes does not change when the records do."""
    for path in Path(str(migrations.__file__)).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
                assert not any(name.startswith("ipvb") for name in names), path.name


def test_head_is_the_newest_step() -> None:
    """The revision that the program expects is the last migration, and it knows every one before it."""
    config = Config()
    config.set_main_option("script_location", "ipvb_bridge.store:migrations")
    script = ScriptDirectory.from_config(config)
    assert script.get_current_head() == schema.HEAD
    assert sorted(step.revision for step in script.walk_revisions()) == sorted(schema.KNOWN)


def test_first_use_makes_the_schema(empty_url: str) -> None:
    """Opening a new database makes everything; opening it again changes nothing."""
    with open_store(empty_url) as store:
        assert _differences(store) == []
        with store.read() as database:
            first = database.exec_driver_sql("SELECT store_id FROM identity").scalar()
    with open_store(empty_url) as store, store.read() as database:
        assert database.exec_driver_sql("SELECT store_id FROM identity").scalar() == first


def test_two_programs_open_a_new_database_at_once(empty_url: str) -> None:
    """Two first users do not trip over each other's migration."""
    with ThreadPoolExecutor(4) as pool:
        for opened in pool.map(lambda _: open_store(empty_url), range(4)):
            opened.close()
    with open_store(empty_url) as store, store.read() as database:
        assert database.exec_driver_sql("SELECT count(*) FROM identity").scalar() == 1


def test_newer_database_is_refused(empty_url: str) -> None:
    """A database that a newer program upgraded is left alone, and the message says so."""
    with open_store(empty_url) as store, store.write() as database:
        database.exec_driver_sql(f"UPDATE {schema.VERSION_TABLE} SET version_num = '9999'")
    with pytest.raises(ConfigurationError, match="S03") as caught:
        open_store(empty_url)
    assert caught.value.seen == "9999"


def test_staging_is_not_logged_on_postgresql(postgres_url: str, migrated_url: str) -> None:
    """Staging tables are unlogged, every other table survives a crash of the server."""
    engine = sa.create_engine(migrated_url)
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT relname, relpersistence FROM pg_class WHERE relkind = 'r'").all()
    engine.dispose()
    ours = {name: kind for name, kind in rows if name in metadata.tables}
    assert {name for name, kind in ours.items() if kind == "u"} == {n for n in ours if n.startswith("staged_")}


def test_up_to_date_database_opens_without_alembic(tmp_path: Path) -> None:
    """Alembic costs half a second to import; an up-to-date database does not need it."""
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    open_store(url).close()
    code = (
        "import sys; from ipvb_bridge.store.database import open_store; "
        f"open_store({url!r}).close(); sys.exit('alembic' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT).returncode == 0


def test_indications_survive_that_they_may_lack_a_resident(empty_url: str) -> None:
    """A database of before person keys keeps its indications, closed ones too; one without a resident fits then."""
    older = Config()
    older.set_main_option("script_location", "ipvb_bridge.store:migrations")
    older.attributes["version_table"] = schema.VERSION_TABLE
    columns = (
        "connection, source_id, indication_id, resident_id, basis, zzp, delivery_form, with_treatment, with_day_care, "
        "start_date, content_hash, seen_from, seen_until"
    )
    rows = [
        f"('ecd', 'I1', 'I1', 'R1', 'indicated', '{zzp}', 'stay', true, false, '2026-01-01', 7, {begin}, {end})"
        for zzp, begin, end in (("4VV", 10, "20"), ("5VV", 20, "NULL"))
    ]
    store = Store(sa.make_url(empty_url))
    with store.write() as database:
        older.attributes["connection"] = database
        command.upgrade(older, "0004")
        database.exec_driver_sql("INSERT INTO identity (store_id, created_at) VALUES ('x', 1)")
        database.exec_driver_sql(f"INSERT INTO indications ({columns}) VALUES {', '.join(rows)}")
    store.close()
    with open_store(empty_url) as store:
        with store.write() as database:
            database.exec_driver_sql(
                "INSERT INTO indications (connection, source_id, indication_id, basis, zzp, delivery_form, "
                "with_treatment, with_day_care, start_date, content_hash, seen_from, person_key) VALUES "
                "('office', 'I2', 'I2', 'indicated', '4VV', 'stay', true, false, '2026-01-01', 8, 30, 'K')"
            )
        assert _differences(store) == []
        with store.read() as database:
            query = "SELECT row_id, source_id, resident_id, zzp, seen_from, seen_until, person_key FROM indications"
            assert [tuple(row) for row in database.exec_driver_sql(f"{query} ORDER BY row_id")] == [
                (1, "I1", "R1", "4VV", 10, 20, None),
                (2, "I1", "R1", "5VV", 20, None, None),
                (3, "I2", None, "4VV", 30, None, "K"),
            ]
        with pytest.raises(sa.exc.IntegrityError), store.engine.connect() as database:
            database.exec_driver_sql(f"INSERT INTO indications ({columns}) VALUES {rows[1]}")


def test_every_lock_has_a_number_of_its_own() -> None:
    """On PostgreSQL no kind of work waits for another by mistake: a claim of a moment not for a merge of millions."""
    found = [
        number
        for path in sorted((ROOT / "ipvb_bridge").rglob("*.py"))
        for number in re.findall(r"= (4_927_220_[0-9]+)$", path.read_text("utf-8"), re.MULTILINE)
    ]
    assert len(found) >= 6
    assert len(set(found)) == len(found)
