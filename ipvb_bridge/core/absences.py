"""How long an absence stays paid (method section 5).

Hospital and other institution: 91 days in a row. Vacation and detention together: 14 in a row, and 42 paid
days a calendar year. A weekend always. A day in absences of both kinds is unpaid when either rule leaves it
unpaid.

A row of days is a row whatever the unit, and whether or not there was a stay. The 42 are days that are paid:
a day without a stay or an indication, a pgb day, or a day that a row leaves unpaid uses none of them up (our
reading).
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.spans import as_span, merged

AWAY_FOR_CARE = ("hospital", "other_institution")
AWAY_ELSEWHERE = ("vacation", "detention")
CARE_IN_A_ROW = 91
ELSEWHERE_IN_A_ROW = 14
ELSEWHERE_A_YEAR = 42


def too_long(absences: pl.DataFrame, until: int) -> pl.DataFrame:
    """The days before day ``until`` that a row leaves unpaid: resident_id, start, stop; spans may overlap.

    Give the whole history: a row counts from its real start.
    """
    spans = as_span(absences, until, "resident_id", "reason").with_columns(pl.col("stop").clip(upper_bound=until))
    rows = [
        merged(spans.filter(pl.col("reason").is_in(reasons)), ["resident_id"]).with_columns(pl.col("start") + limit)
        for reasons, limit in ((AWAY_FOR_CARE, CARE_IN_A_ROW), (AWAY_ELSEWHERE, ELSEWHERE_IN_A_ROW))
    ]
    return pl.concat(rows).filter(pl.col("stop") > pl.col("start"))


def over_the_year(away: pl.DataFrame) -> pl.DataFrame:
    """What of ``away`` comes after the 42nd day of its calendar year: resident_id, start, stop.

    ``away`` (resident_id, start, stop) holds, since the first of January, the days elsewhere that are paid
    but for this rule; no two spans share a day, and none is longer than a row may be, so at most one New Year
    lies inside it.
    """
    year = pl.col("start").cast(pl.Date).dt.year()
    new_year = pl.date(year + 1, 1, 1).cast(pl.Int32)
    parts = pl.concat(
        [
            away.with_columns(stop=pl.min_horizontal("stop", new_year)),
            away.with_columns(start=new_year),
        ]
    ).filter(pl.col("stop") > pl.col("start"))
    before = (pl.col("stop") - pl.col("start")).cum_sum().shift(1, fill_value=0)
    return (
        parts.sort("resident_id", "start")
        .with_columns(before=before.over("resident_id", year))
        .select(
            "resident_id",
            # The first days of the span still fit in the 42, as many as earlier spans of the year left over.
            start=pl.col("start") + (ELSEWHERE_A_YEAR - pl.col("before")).clip(lower_bound=0).cast(pl.Int32),
            stop="stop",
        )
        .filter(pl.col("stop") > pl.col("start"))
    )
