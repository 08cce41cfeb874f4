"""Which units stand above a unit, and the nearest of some: for sums by department, location and organisation."""

from __future__ import annotations

import polars as pl


def above(units: pl.DataFrame) -> pl.DataFrame:
    """Each declared unit with itself and every unit above it: unit_id, above, kind_above.

    Sorted by unit_id and above. Units that lie above themselves stop at the first repetition.
    """
    parents = units.select("unit_id", "parent_id")
    known = units.select(above="unit_id", kind_above="kind")
    step = units.select("unit_id", above="unit_id")
    found = [step]
    # One turn a floor of the tree; a chain without a circle has no more floors than there are units.
    for _ in range(units.height):
        step = (
            step.join(parents, left_on="above", right_on="unit_id")
            .filter(pl.col("parent_id").is_not_null())
            .select("unit_id", above="parent_id")
            .join(pl.concat(found), on=["unit_id", "above"], how="anti")
        )
        if step.is_empty():
            break
        found.append(step)
    return pl.concat(found).unique().join(known, on="above").sort("unit_id", "above")


def nearest(units: pl.DataFrame, chosen: pl.Expr) -> pl.DataFrame:
    """The nearest unit at or above each unit for which ``chosen`` holds: unit_id, above; units without one left out.

    ``chosen`` is over the columns of :func:`above`.
    """
    over = above(units)
    height = over.group_by("unit_id").agg(height=pl.len())
    return (
        over.filter(chosen)
        .join(height.rename({"unit_id": "above"}), on="above")
        # Of several over a unit the nearest has the most units over itself.
        .sort("unit_id", "height", "above")
        .unique("unit_id", keep="last", maintain_order=True)
        .select("unit_id", "above")
    )
