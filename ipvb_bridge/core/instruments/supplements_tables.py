"""The tables of the supplements: what the organisation supplies, and what is made of it."""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.instruments.contract import Result
from ipvb_bridge.core.records import Column, Table, Type

PARTS = ("care", "day_care", "treatment")
"""Parts of meerzorg: woonzorg, dagbesteding, behandeling."""

_RESIDENT = Column("resident_id", Type.TEXT, "the resident, as in the care record", personal="pseudonymous")
_SPAN = (
    Column("start_date", Type.DATE, "first day"),
    Column("end_date", Type.DATE, "last day included, empty means open", nullable=True),
)
_SOURCE = Column("source", Type.TEXT, "where it stands: letter, agreement, tariff list", nullable=True)
_SPANS = (("start_date", "end_date"),)

SUPPLEMENTS = Table(
    "supplements",
    "Supplements (toeslagen) beside the day tariff; the amounts are yours, none is shipped",
    ("resident_id", "code", "start_date"),
    (
        _RESIDENT,
        Column("code", Type.TEXT, "code or name of the supplement"),
        *_SPAN,
        Column("day_amount", Type.MONEY, "euros a day", low=0, high=100_000),
        _SOURCE,
    ),
    optional=frozenset({"end_date", "source"}),
    not_before=_SPANS,
)
MEERZORG = Table(
    "meerzorg",
    "Extra hours a week that a resident has by meerzorg: direct and for this resident alone, his share of a group",
    ("resident_id", "start_date"),
    (
        _RESIDENT,
        *_SPAN,
        Column("care_hours", Type.DECIMAL, "hours of woonzorg a week", low=0, high=336),
        Column("day_care_hours", Type.DECIMAL, "hours of dagbesteding a week", low=0, high=336),
        Column("treatment_hours", Type.DECIMAL, "hours of treatment a week", low=0, high=336),
        Column("profile_hours", Type.DECIMAL, "hours a week that the profile holds", nullable=True, low=0, high=336),
        _SOURCE,
    ),
    optional=frozenset({"end_date", "profile_hours", "source"}),
    not_before=_SPANS,
)
MEERZORG_TARIFFS = Table(
    "meerzorg_tariffs",
    "Hourly tariffs of meerzorg; they are yours, none is shipped",
    ("part", "start_date"),
    (
        Column("part", Type.TEXT, "woonzorg, dagbesteding or behandeling", values=PARTS),
        *_SPAN,
        Column("hour_tariff", Type.DECIMAL, "euros an hour", low=0, high=100_000),
        _SOURCE,
    ),
    optional=frozenset({"end_date", "source"}),
    not_before=_SPANS,
)

_CENTS, _DAYS = pl.Int64(), pl.Int64()
_WHO = {
    "unit_id": (pl.String(), "the unit where the resident has a stay"),
    "resident_id": (pl.String(), "the resident"),
}
_SUMS = {
    "available_cents": (_CENTS, "what the contract pays, as the calculation has it"),
    "supplement_cents": (_CENTS, "supplements (toeslagen) beside it"),
    "meerzorg_cents": (_CENTS, "meerzorg beside it"),
    "available_with_cents": (_CENTS, "available with supplements: these three together"),
    "required_cents": (_CENTS, "care and stay, as the calculation has it"),
    "balance_cents": (_CENTS, "balance of the calculation, without supplements"),
    "balance_with_cents": (_CENTS, "balance with supplements"),
}

BUDGETS = Result(
    "supplement_budgets",
    "The budget with supplements of each resident and unit that has a supplement in force; the version is unchanged",
    ("unit_id", "resident_id"),
    {**_WHO, **_SUMS},
)
UNITS = Result(
    "supplement_units",
    "The same for every unit with residents, those without a supplement included",
    ("unit_id",),
    {"unit_id": _WHO["unit_id"], "residents": (pl.Int64(), "residents with a supplement in force"), **_SUMS},
)
LINES = Result(
    "supplement_lines",
    "Each supplement and its days: paid_days x day_cents is the amount, times the share that is paid of a toeslag",
    ("unit_id", "resident_id", "kind", "code", "start_date"),
    {
        **_WHO,
        "kind": (pl.String(), "supplement or meerzorg"),
        "code": (pl.String(), "code of the supplement; meerzorg"),
        "start_date": (pl.Date(), "first day of the period on which this day amount holds"),
        "end_date": (pl.Date(), "last day of the period on which it holds"),
        "held_days": (_DAYS, "days of it on which the resident has a stay in the unit"),
        "paid_days": (_DAYS, "those that are paid: present, and the day itself is paid by the Wlz"),
        "day_cents": (_CENTS, "amount of a day; null: meerzorg without a tariff"),
        "amount_cents": (_CENTS, "what is paid"),
    },
)
MEERZORG_DAYS = Result(
    "meerzorg_days",
    "How the day amount of meerzorg is worked out, in the official order of rounding",
    ("resident_id", "start_date"),
    {
        "resident_id": (pl.String(), "the resident"),
        "start_date": (pl.Date(), "first day of the period on which it holds"),
        "end_date": (pl.Date(), "last day of the period on which it holds"),
        **{f"{part}_hours": (pl.Float64(), f"{part}: hours a week, two decimals") for part in PARTS},
        **{f"{part}_tariff_cents": (_CENTS, f"{part}: tariff an hour, two decimals; null: none") for part in PARTS},
        **{f"{part}_cents": (_CENTS, f"{part}: hours x tariff, two decimals; null: no tariff") for part in PARTS},
        "week_cents": (_CENTS, "the three together; null where one is"),
        "day_cents": (_CENTS, "a seventh of it, two decimals"),
        "profile_hours": (pl.Float64(), "hours a week that the profile holds; null: not given"),
        "need_share": (pl.Float64(), "extra hours as a part of the profile's; null: not given, or nought"),
    },
)
RESULTS = (BUDGETS, UNITS, LINES, MEERZORG_DAYS)
