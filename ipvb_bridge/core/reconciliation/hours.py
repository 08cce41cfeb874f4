"""R02: worked hours against the hours that the agreed care requires."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.reconciliation.facts import Facts, hours
from ipvb_bridge.core.rounding import half_even

_MICRO = 1_000_000


def hours_against_demand(facts: Facts) -> pl.DataFrame:
    """A finding for each unit, level and day part whose worked hours differ from what the formation requires.

    Both stand in the formation table: worked hours, direct or not, of client-facing contracts, and the hours that the
    agreed care (or the minimum cover) asks for at the level's direct share. The difference is shown for the whole
    period. Info without a tolerance in the settings; with one, a warning beyond that share of the required hours.
    """
    table = facts.tables["formation"]

    def in_period(column: str) -> pl.Expr:
        # The table shows hours a week to six decimals; whole millionths first, so that no sum is made of floats.
        micro = (pl.col(column) * _MICRO).round(0).cast(pl.Int64)
        return half_even(micro * facts.period.days * 60, 7 * _MICRO // 1000)

    rows = table.with_columns(
        in_period("required_hours_week").alias("required"), in_period("actual_hours_week").alias("actual")
    ).with_columns((pl.col("actual") - pl.col("required")).alias("difference"))
    tolerance = facts.settings.reconciliation.hours_tolerance
    differs = pl.col("difference") != 0
    if tolerance is not None:
        share = Fraction(tolerance)
        differs = pl.col("difference").abs() * share.denominator > pl.col("required") * share.numerator
    side = pl.when(pl.col("difference") < 0).then(pl.lit("te weinig")).otherwise(pl.lit("meer dan nodig"))
    return findings.of_rows(
        rows.filter(differs).sort("unit_id", "day_part", "level"),
        "R02",
        "info" if tolerance is None else "warning",
        pl.format(
            "Niveau {} in de {}: {} gewerkt en {} nodig voor de afgesproken zorg, {} {}.",
            "level",
            pl.col("day_part").replace(
                {"morning": "ochtend", "afternoon": "middag", "evening": "avond", "night": "nacht"}
            ),
            hours(pl.col("actual")),
            hours(pl.col("required")),
            hours(pl.col("difference").abs()),
            side,
        ),
        "Bespreek met het team of het rooster of de zorgafspraken moeten veranderen, en of alle uren zijn geleverd.",
        unit_id="unit_id",
        subject="level",
        milliminutes="difference",
    )
