"""Resident-days: for each resident and unit the spans of days on which nothing changes."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.settings import MethodSettings

SEGMENTS = pl.Schema(
    {
        "resident_id": pl.String(),
        "unit_id": pl.String(),
        "start_date": pl.Date(),
        "end_date": pl.Date(),
        "days": pl.Int64(),
        "present": pl.Boolean(),
        "paid": pl.Boolean(),
        "indication_id": pl.String(),
        "zzp": pl.String(),
        "delivery_form": pl.String(),
        "with_treatment": pl.Boolean(),
        "with_day_care": pl.Boolean(),
    }
)
"""Days held by a resident in a unit, cut where something changes; ``days`` counts both ends.

``present`` is false during an absence. ``paid`` says that the day has a valid indication that is no pgb, and that the
absence rules leave it paid; whether a tariff row exists is asked later, by the budget. The indication in force stands
beside it, null where there is none.
"""


@dataclass(frozen=True, slots=True)
class ResidentDays:
    """``segments`` of :data:`SEGMENTS`, sorted by resident and day; ``findings`` (R04) of core.findings.schema().

    The findings: overlapping stays, overlapping indications of one basis, stay without indication, pgb days.
    Reconciliation R04 takes these over and does not look for them again.
    """

    segments: pl.DataFrame
    findings: pl.DataFrame


def resident_days(
    stays: pl.DataFrame, absences: pl.DataFrame, indications: pl.DataFrame, span: Period
) -> ResidentDays:
    """Cut the days that residents hold a place inside ``span`` into segments.

    The frames are the streams, with ``indications.delivery_form`` mapped. Works for a month and for the cost window.
    """
    raise NotImplementedError


def charged(segments: pl.DataFrame, settings: MethodSettings) -> pl.DataFrame:
    """The days on which a component is charged: resident_id, unit_id, component, start_date, end_date, days.

    Per day held or only per day present, and not for a delivery form that goes without (method section 4, 7).
    """
    raise NotImplementedError


def component_days(segments: pl.DataFrame, settings: MethodSettings) -> pl.DataFrame:
    """Resident-days of every component of the settings: component (text), days (int64), sorted; 0 where there are none."""
    raise NotImplementedError
