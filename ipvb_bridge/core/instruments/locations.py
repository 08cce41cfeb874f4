"""The location of a unit: where a budget and a ledger are read by location."""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.instruments.units_above import nearest


def locations(units: pl.DataFrame, asked: pl.Series) -> pl.DataFrame:
    """The location of each unit of ``asked``: unit_id, location_id, sorted; null is left out.

    The location is the nearest unit of kind ``location`` at or above the unit. A unit that has none, or that nobody
    declared, stands for itself (our reading), so that nothing is lost.
    """
    found = nearest(units, pl.col("kind_above") == "location").rename({"above": "location_id"})
    ids = pl.DataFrame({"unit_id": asked.drop_nulls().unique()}, schema={"unit_id": pl.String})
    return (
        ids.join(found, on="unit_id", how="left")
        .with_columns(pl.col("location_id").fill_null(pl.col("unit_id")))
        .sort("unit_id")
    )


def at_location(rows: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    """``rows`` with the location in place of the unit in ``unit_id``; null stays null."""
    found = locations(units, rows["unit_id"])
    return rows.join(found, on="unit_id", how="left").with_columns(unit_id="location_id").drop("location_id")
