"""Versions: results kept for good, once for the same input."""

from __future__ import annotations

import ast
import dataclasses
from pathlib import Path

import polars as pl
import pytest

from ipvb_bridge.base.errors import RunError, UsageError
from ipvb_bridge.store import versions as module
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.versions import current, load_table, make_current, save_version, versions

TABLES = {
    "lines": pl.DataFrame({"line": ["b", "a"], "cents": [2**60, None]}, schema={"line": pl.String, "cents": pl.Int64}),
    "empty": pl.DataFrame(schema={"unit_id": pl.String, "day": pl.Date}),
}


def test_saved_and_loaded(store: Store) -> None:
    """A version gives back its tables exactly, order of rows included, and its inputs."""
    made = save_version(store, "2026-01", "f1", {"rows": {"wages": "abc"}, "period": "2026-01"}, "0.1", TABLES)
    assert (made.number, made.new) == (1, True)
    (found,) = versions(store)
    assert found.inputs == {"rows": {"wages": "abc"}, "period": "2026-01"}
    assert found.tables == {"empty": 0, "lines": 2}
    for name, frame in TABLES.items():
        assert load_table(store, found, name).equals(frame)
        assert load_table(store, found, name).schema == frame.schema


def test_same_input_makes_no_version(store: Store) -> None:
    """The same fingerprint in the same period gives the version that is there, and writes nothing."""
    first = save_version(store, "2026-01", "f1", {}, "0.1", TABLES)
    again = save_version(store, "2026-01", "f1", {"other": 1}, "0.2", {})
    assert (again.version_id, again.new) == (first.version_id, False)
    assert again.tables == first.tables
    assert len(versions(store)) == 1


def test_other_input_or_period_makes_one(store: Store) -> None:
    """Another fingerprint is the next version of the period; another period counts from one again."""
    for period, fingerprint in (("2026-01", "f1"), ("2026-01", "f2"), ("2026-02", "f1")):
        save_version(store, period, fingerprint, {}, "0.1", TABLES)
    assert [(each.period, each.number) for each in versions(store)] == [("2026-01", 1), ("2026-01", 2), ("2026-02", 1)]
    assert [each.fingerprint for each in versions(store, "2026-01")] == ["f1", "f2"]


@pytest.mark.parametrize("statement", ["UPDATE versions SET fingerprint = 'x'", "UPDATE version_tables SET rows = 0"])
def test_database_refuses_to_change_a_version(store: Store, statement: str) -> None:
    """An earlier version is never changed, not even by another program: the database itself refuses."""
    made = save_version(store, "2026-01", "f1", {}, "0.1", TABLES)
    with pytest.raises(RunError, match="S15"), store.write() as database:
        database.exec_driver_sql(statement)
    (after,) = versions(store)
    assert (after.fingerprint, after.tables) == (made.fingerprint, made.tables)


def test_no_function_updates_or_deletes() -> None:
    """The module has no statement that updates or deletes."""
    tree = ast.parse(Path(str(module.__file__)).read_text())
    called = {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert "insert" in called
    assert not called & {"update", "delete"}


def test_unknown_table_names_the_others(store: Store) -> None:
    """Asking for a table that a version does not have names those it has."""
    made = save_version(store, "2026-01", "f1", {}, "0.1", TABLES)
    with pytest.raises(UsageError, match="S14") as caught:
        load_table(store, made, "lnies")
    assert "empty, lines" in caught.value.what("nl")


def test_an_earlier_version_counts_again_when_its_inputs_are_back(store: Store) -> None:
    """The version that counts is that of the last calculation, not the one with the highest number."""
    assert current(store, "2026-01") is None
    table = {"bridge": pl.DataFrame({"part": ["care"], "cents": [1]})}
    first = save_version(store, "2026-01", "one", {}, "1", table)
    second = save_version(store, "2026-01", "two", {}, "1", table)
    assert current(store, "2026-01") == dataclasses.replace(second, new=False)
    make_current(store, first)
    assert current(store, "2026-01") == dataclasses.replace(first, new=False)
    save_version(store, "2026-01", "two", {}, "1", table)
    counts = current(store, "2026-01")
    assert counts is not None
    assert counts.number == 2
