"""What the quality plan reads of its own, and the tables it makes."""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.instruments.contract import Result
from ipvb_bridge.core.records import LEVELS, MONTH, Column, Table, Type

PLAN = Table(
    "quality_plan",
    "The quality plan: what is done with the money, for whom, and how much",
    ("measure_id",),
    (
        Column("measure_id", Type.TEXT, "the measure"),
        Column("action", Type.TEXT, "what is done, as the plan says it"),
        Column("unit_id", Type.TEXT, "location or department; empty: the whole organisation", nullable=True),
        Column("level", Type.TEXT, "level of the extra personnel; empty: any", nullable=True, values=LEVELS),
        Column("kind", Type.TEXT, "personnel or other", values=("personnel", "other")),
        Column("planned_fte", Type.DECIMAL, "extra full-time jobs between start and end", nullable=True, low=0),
        Column("planned", Type.MONEY, "euros over the whole measure", low=0),
        Column("start_date", Type.DATE, "first day"),
        Column("end_date", Type.DATE, "last day included"),
        Column("motivation", Type.TEXT, "why; needed where the split is not met", nullable=True),
    ),
    optional=frozenset({"unit_id", "level", "planned_fte", "motivation"}),
    not_before=(("start_date", "end_date"),),
)
REALISED = Table(
    "quality_realised",
    "What was done of the plan, by month, as the organisation reports it; wins over what is measured",
    ("measure_id", "month"),
    (
        Column("measure_id", Type.TEXT, "a measure of the plan"),
        Column("month", Type.MONTH, "the month", pattern=MONTH, form="2026-01"),
        Column("fte", Type.DECIMAL, "extra full-time jobs in that month", nullable=True, low=0),
        Column("spent", Type.MONEY, "euros spent in that month"),
    ),
    optional=frozenset({"fte"}),
)
INPUTS = (PLAN, REALISED)

_CENTS, _FTE, _TEXT = pl.Int64(), pl.Float64(), pl.String()

MEASURES = Result(
    "quality_measures",
    "Each measure of the plan, with what was reported of it up to the period's last day",
    ("measure_id",),
    {
        "measure_id": (_TEXT, "the measure"),
        "action": (_TEXT, "what is done"),
        "unit_id": (_TEXT, "the unit; null: the whole organisation"),
        "level": (_TEXT, "level; null: any"),
        "kind": (_TEXT, "personnel or other"),
        "start_date": (pl.Date(), "first day"),
        "end_date": (pl.Date(), "last day"),
        "planned_fte": (_FTE, "extra full-time jobs; null: not stated"),
        "planned_cents": (_CENTS, "over the whole measure"),
        "to_date_cents": (_CENTS, "the part of it that falls before the end of the period, by days"),
        "reported_fte": (_FTE, "mean over the months reported; null: not reported"),
        "reported_cents": (_CENTS, "reported up to the period's last month; null: not reported"),
        "motivation": (_TEXT, "as the plan says it; null: none"),
    },
)
STAFF = Result(
    "quality_staff",
    "Extra personnel by unit and level: plan against what worked hours show since the plan began",
    ("unit_id", "level"),
    {
        "unit_id": (_TEXT, "the unit; null: the whole organisation"),
        "level": (_TEXT, "level worked; null: any"),
        "planned_fte": (_FTE, "mean over the days since the plan began; null: not stated"),
        "baseline_fte": (_FTE, "full-time jobs worked in the baseline; null: not measured"),
        "current_fte": (_FTE, "full-time jobs worked since the plan began; null: not measured"),
        "realised_fte": (_FTE, "current less baseline; null: not measured"),
        "gap_fte": (_FTE, "realised less planned; null: one is not known"),
        "planned_cents": (_CENTS, "of the plan, the part up to the period's end"),
        "realised_cents": (_CENTS, "the extra hours at the own cost of an hour; null: not measured"),
        "hour_cents": (_CENTS, "that cost of an hour worked; null: not known"),
    },
)
SPLIT = Result(
    "quality_split",
    "Personnel and other spending, the share of personnel against the norm, and what is not spent",
    ("moment",),
    {
        "moment": (_TEXT, "plan: the whole plan; to_date: of it up to the period's end; realised"),
        "source": (_TEXT, "plan; reported; measured; mixed: personnel measured, other reported; null: not known"),
        "personnel_cents": (_CENTS, "for personnel; null: not known"),
        "other_cents": (_CENTS, "for other things; null: not known"),
        "total_cents": (_CENTS, "together; null: not known"),
        "personnel_share": (_FTE, "personnel of the total; null: no total"),
        "norm_share": (_FTE, "what it must be"),
        "met": (pl.Boolean(), "personnel is at least that part; null: not known"),
        "motivated": (pl.Boolean(), "every other measure has a motivation"),
        "planned_fte": (
            _FTE,
            "extra full-time jobs of all measures together; null: not stated; of the whole plan only",
        ),
        "fte_cents": (_CENTS, "personnel money for one planned full-time job; null: none"),
        "granted_cents": (_CENTS, "granted"),
        "unspent_cents": (_CENTS, "granted less total; null: not known"),
    },
)
RESULTS = (SPLIT, MEASURES, STAFF)
