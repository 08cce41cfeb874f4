"""How complete the care agreements are, a location at a time: below a bound nothing of a location is published."""

from __future__ import annotations

import datetime as dt
from fractions import Fraction

import polars as pl

from ipvb_bridge.core.demand import lacking
from ipvb_bridge.pipeline.material import Material

Shares = dict[str | None, dict[str, Fraction]]


def completeness(material: Material, locations: pl.DataFrame) -> Shares:
    """Location (None: none) -> field -> the share of agreements in which it is filled: read, mapped or supplemented.

    Counted are the agreements that hold on a day of the period, of residents who stay on the location in the period.
    What a line does not need is not missing: ``per`` beside weekdays, the level of who is no staff. A location without
    an agreement has a share of 0. ``locations``: unit_id, location.
    """
    period = material.period
    stays = material.stream("stays").filter(_in_period(period.start, period.end))
    homes = stays.join(locations, on="unit_id", how="left").select("resident_id", "location").unique()
    counted = (
        homes.lazy()
        .join(
            material.agreements().lazy().filter(_in_period(period.start, period.end)),
            on="resident_id",
            how="left",
            coalesce=True,
        )
        .group_by("location")
        .agg(
            pl.col("agreement_id").count().alias(_COUNT),
            *((condition & pl.col("agreement_id").is_not_null()).sum().alias(name) for name, condition in _needed()),
        )
        .sort("location", nulls_last=True)
        .collect()
    )
    return {
        row["location"]: {
            name: Fraction(row[_COUNT] - row[name], row[_COUNT]) if row[_COUNT] else Fraction(0)
            for name, _ in _needed()
        }
        for row in counted.iter_rows(named=True)
    }


_COUNT = "agreements"


def _needed() -> list[tuple[str, pl.Expr]]:
    return sorted(lacking().items())


def _in_period(start: dt.date, end: dt.date) -> pl.Expr:
    return (pl.col("start_date") <= end) & (pl.col("end_date").is_null() | (pl.col("end_date") >= start))


def percent(share: Fraction) -> str:
    """A share as ``86.6%``: cut off, not rounded, for 89.99% must not read as 90%."""
    return f"{int(share * 1000) / 10:g}%"


def below(shares: Shares, bound: Fraction) -> dict[str | None, str]:
    """The locations in which a field is filled in fewer agreements than the bound, with those fields and shares."""
    low = {
        location: ", ".join(f"{name} {percent(share)}" for name, share in fields.items() if share < bound)
        for location, fields in shares.items()
    }
    return {location: said for location, said in low.items() if said}
