"""Uw zorg vandaag: the care that is agreed for one day, a resident and day part at a time."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

import polars as pl

from ipvb_bridge.core.places import place, places
from ipvb_bridge.core.records import DAY_PARTS
from ipvb_bridge.core.rounding import half_even

CARE = pl.Schema(
    {
        "unit_id": pl.String(),
        "resident_id": pl.String(),
        "agreement_id": pl.String(),
        "today": pl.Boolean(),
        "day_part": pl.String(),
        "care_function": pl.String(),
        "description": pl.String(),
        "performer": pl.String(),
        "milliminutes": pl.Int64(),
        "times": pl.Int64(),
        "per": pl.String(),
        "staff_count": pl.Int64(),
        "group_size": pl.Int64(),
    }
)
"""``milliminutes``: how long one time lasts; ``times``: ten-thousandths of times in each ``per``; ``today``: it is
agreed for this very day, else for some day of its week, four weeks, month or year. What is missing is null."""

_ITEM = CARE.names()[2:]


def care_on(agreements: pl.DataFrame, segments: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """The care agreed for ``day`` for everyone who is present: :data:`CARE`, sorted by unit, resident and day part.

    ``agreements`` mapped, ``segments`` of core.days for a span that holds the day. An agreement with weekdays holds
    on those only; one by the day holds every day; one by the week, four weeks, month or year has ``today`` false,
    for no source says on which of its days it falls (our reading). What cannot be priced is care all the same.
    """
    order = pl.col("day_part").replace_strict(list(DAY_PARTS), list(range(len(DAY_PARTS))), default=len(DAY_PARTS))
    rows = care_rows(agreements, segments, day).sort(
        "unit_id", "resident_id", pl.col("today").not_(), order, "agreement_id"
    )
    return rows.collect()


def care_rows(agreements: pl.DataFrame, segments: pl.DataFrame, day: dt.date) -> pl.LazyFrame:
    """The rows of :func:`care_on`, in no particular order."""
    given = pl.col("weekdays").is_not_null()
    on_it = pl.col("weekdays").str.contains(str(day.isoweekday()), literal=True)
    here = segments.lazy().filter("present", pl.col("start_date") <= day, pl.col("end_date") >= day)
    return (
        agreements.lazy()
        .filter(pl.col("start_date") <= day, pl.col("end_date").is_null() | (pl.col("end_date") >= day))
        .filter(~given | on_it)
        .join(here.select("resident_id", "unit_id"), on="resident_id")
        .with_columns(
            today=given | (pl.col("per") == "day").fill_null(False),
            per=pl.when(given).then(pl.lit("day")).otherwise("per"),
            # minutes are ten-thousandths of a minute
            milliminutes=half_even(pl.col("minutes"), 10),
        )
        .select(pl.col(name).cast(kind) for name, kind in CARE.items())
    )


def today_data(
    care: pl.DataFrame, day: dt.date, organisation: str, units: pl.DataFrame, residents: pl.DataFrame
) -> Iterator[dict[str, Any]]:
    """The data of one page "Uw zorg vandaag" after another, whole numbers and text only, for JSON.

    ``care`` of :func:`care_on`; ``residents`` the stream: a name is there when it was kept. Who has no care on the
    day has no page. ``today`` and ``later`` list the day parts in order (day_part null last), each with its ``items``.
    """
    known = places(units)
    names = dict(residents.select("resident_id", "name").iter_rows())
    rows = care.iter_rows(named=True)
    for (unit_id, resident_id), own in itertools.groupby(rows, lambda row: (row["unit_id"], row["resident_id"])):
        items = list(own)
        where = place(known, unit_id)
        yield {
            "kind": "care_today",
            "date": day.isoformat(),
            "organisation": organisation,
            "resident_id": resident_id,
            "name": names.get(resident_id),
            "unit_id": unit_id,
            "unit_name": where.name,
            "location_name": where.location,
            "today": _parts([row for row in items if row["today"]]),
            "later": _parts([row for row in items if not row["today"]]),
        }


def _parts(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "day_part": day_part,
            "items": [{name: row[name] for name in _ITEM if name not in ("today", "day_part")} for row in own],
        }
        for day_part, own in itertools.groupby(rows, lambda row: row["day_part"])
    ]
