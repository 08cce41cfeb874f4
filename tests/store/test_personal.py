"""Names and dates of birth that were blanked before staging stand nowhere in the store's files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl

from ipvb_bridge.core import validation
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.store.database import open_store
from ipvb_bridge.store.load import Delivery
from ipvb_bridge.store.read import read_streams
from ipvb_bridge.store.runs import start_run

NAME, BORN = "Wilhelmina Proefpersoon", dt.date(1931, 7, 23)


def test_planted_names_are_not_stored(tmp_path: Path) -> None:
    """A good row, a doubled row and a broken row of a planted person leave no name or date of birth in any file."""
    table = STREAMS["residents"]
    frame = pl.DataFrame(
        {
            "resident_id": ["r1", "r2", "r2", None],
            "client_group": ["pg"] * 4,
            "name": [NAME] * 4,
            "date_of_birth": [str(BORN)] * 4,
        }
    )
    checked = validation.check(table, frame)
    hidden = [pl.lit(None, dtype).alias(name) for name, dtype in (("name", pl.String), ("date_of_birth", pl.Date))]
    with open_store(f"sqlite:///{tmp_path / 'bridge.db'}", folder=tmp_path / "snapshots") as store:
        delivery = Delivery(store, start_run(store, "pull", "ecd", "residents"), table)
        delivery.stage(checked.rows.with_columns(hidden))
        delivery.hold(checked.held)
        counts = delivery.merge("snapshot")
        read_streams(store, ["residents"])
    assert (counts.accepted, counts.quarantined) == (1, 3)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"r1" in path.read_bytes() for path in files)
    for path in files:
        content = path.read_bytes()
        for planted in (NAME, NAME.split()[0], str(BORN), "23-07-1931"):
            assert planted.encode() not in content, path.name
