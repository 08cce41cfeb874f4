"""R03: agreed care against delivered care."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.mapping import ZONE
from ipvb_bridge.core.reconciliation.facts import Facts, hours

_KEY = ["resident_id", "unit_id"]


def planned_against_delivered(facts: Facts) -> pl.DataFrame:
    """A finding for each resident and unit whose registered care differs from the agreed care of staff.

    Agreed: lines of staff, whoever pays. Registered: deliveries that begin in the period, in the unit they name, else
    in the unit of the stay on that day. When nothing was registered there is one finding, not one a resident. Info
    without a tolerance in the settings; with one, a warning beyond that share of the agreed time.
    """
    delivered = _delivered(facts)
    planned = (
        facts.tables["lines"]
        .filter(pl.col("performer") == "staff")
        .group_by(_KEY)
        .agg(pl.col("milliminutes").sum().alias("planned"))
    )
    if delivered.is_empty() and not planned.is_empty():
        return findings.frame(
            [
                findings.Finding(
                    "R03",
                    "info",
                    f"Er is in {facts.period} geen geleverde zorg geregistreerd; afgesproken en geleverde zorg zijn"
                    " niet te vergelijken.",
                    "Sluit de stroom care_deliveries aan wanneer het ECD geleverde zorg registreert.",
                    milliminutes=int(planned["planned"].sum()),
                )
            ]
        )
    both = (
        planned.join(delivered, on=_KEY, how="full", coalesce=True, nulls_equal=True)
        .with_columns(pl.col("planned", "delivered").fill_null(0))
        .with_columns((pl.col("delivered") - pl.col("planned")).alias("difference"))
        .sort(_KEY)
    )
    tolerance = facts.settings.reconciliation.hours_tolerance
    differs = pl.col("difference") != 0
    if tolerance is not None:
        share = Fraction(tolerance)
        differs = pl.col("difference").abs() * share.denominator > pl.col("planned") * share.numerator
    return findings.of_rows(
        both.filter(differs),
        "R03",
        "info" if tolerance is None else "warning",
        pl.format(
            "Bewoner {}: {} zorg afgesproken en {} geregistreerd.",
            "resident_id",
            hours(pl.col("planned")),
            hours(pl.col("delivered")),
        ),
        "Bespreek met de bewoner en het team of de afspraken nog kloppen, of vul de registratie aan.",
        unit_id="unit_id",
        subject="resident_id",
        milliminutes="difference",
    )


def _delivered(facts: Facts) -> pl.DataFrame:
    """resident_id, unit_id, delivered (milliminutes) of the deliveries that begin in the period."""
    day = pl.col("start").dt.convert_time_zone(ZONE).dt.date()
    rows = (
        facts.stream("care_deliveries")
        .with_columns(day.alias("day"))
        .filter(pl.col("day").is_between(facts.period.start, facts.period.end))
        .select("delivery_id", "resident_id", "unit_id", "day", "minutes")
    )
    stays = facts.stream("stays").select("resident_id", "stay_id", "start_date", "end_date", unit_of_stay="unit_id")
    placed = (
        rows.filter(pl.col("unit_id").is_null())
        .join(stays, on="resident_id")
        .filter(
            pl.col("start_date") <= pl.col("day"),
            pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("day")),
        )
        # Of overlapping stays the one that started last counts, as in the budget.
        .sort("delivery_id", "start_date", "stay_id")
        .unique("delivery_id", keep="last", maintain_order=True)
        .select("delivery_id", "unit_of_stay")
    )
    return (
        rows.join(placed, on="delivery_id", how="left")
        .group_by("resident_id", pl.coalesce("unit_id", "unit_of_stay").alias("unit_id"))
        .agg(pl.col("minutes").sum().alias("delivered"))
    )
