"""Somatic care beside psychogeriatric care and other: budget, hours, cost and balance by client group and profile.

Sums of the budget rows and the lines of the calculation, so that the groups add up to the organisation and the bridge
closes over them. Figures per day are per day *held* (each day that a resident has a place), rounded half to even;
the balance per day is what is available less care less stay per day, so that a row adds up in front of its reader and
may differ a cent or two from the balance divided by the days. Hours per resident per week are time x 7 / days held.
Both, and these rules, are our reading: a resident counts in the one client group that the care record names, whole
period, and with the profile of the last day in the unit that has an indication (as the calculation does).
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ipvb_bridge.core.findings import Finding, frame
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.rounding import half_even

_SUMS = (
    "held_days", "paid_days", "available_cents", "care_cents", "stay_cents", "required_cents", "balance_cents",
    "care_milliminutes", "network_milliminutes",
)  # fmt: skip
_A_DAY = ("available", "care", "stay")
_CENTS, _COUNT = pl.Int64(), pl.Int64()
_CELL = {
    "residents": (_COUNT, "residents with a day held"),
    "held_days": (_COUNT, "days held"),
    "paid_days": (_COUNT, "days paid"),
    "available_cents": (_CENTS, "what the contract pays"),
    "care_cents": (_CENTS, "cost of the care by staff that the Wlz pays"),
    "stay_cents": (_CENTS, "cost of stay"),
    "required_cents": (_CENTS, "care and stay"),
    "balance_cents": (_CENTS, "available less required"),
    "available_day_cents": (_CENTS, "available per day held"),
    "care_day_cents": (_CENTS, "care per day held"),
    "stay_day_cents": (_CENTS, "stay per day held"),
    "balance_day_cents": (_CENTS, "available less care less stay, per day held"),
    "care_milliminutes": (pl.Int64(), "time of staff that the Wlz pays"),
    "network_milliminutes": (pl.Int64(), "time of network, volunteers and residents themselves"),
    "week_hours": (pl.Float64(), "hours of staff per resident per week, paid by the Wlz; null: no day held"),
    "network_week_hours": (pl.Float64(), "hours of the network per resident per week; null: no day held"),
}
_UNIT = {"unit_id": (pl.String(), "the unit where the resident has a stay")}
_GROUP = {"client_group": (pl.String(), "somatic, pg, other; null: not stated")}
_ZZP = {"zzp": (pl.String(), "care profile of the last day with an indication; null: none")}

GROUPS = Result(
    "client_groups",
    "Each client group of the organisation; adds up to the organisation",
    ("client_group",),
    {**_GROUP, **_CELL},
)
PROFILES = Result(
    "profiles",
    "Each client group and care profile of the organisation",
    ("client_group", "zzp"),
    {**_GROUP, **_ZZP, **_CELL},
)
UNIT_GROUPS = Result(
    "client_groups_by_unit",
    "Each client group in each unit",
    ("unit_id", "client_group"),
    {**_UNIT, **_GROUP, **_CELL},
)
UNIT_PROFILES = Result(
    "profiles_by_unit",
    "Each care profile in each unit",
    ("unit_id", "zzp"),
    {**_UNIT, **_ZZP, **_CELL},
)
RESULTS = (GROUPS, PROFILES, UNIT_GROUPS, UNIT_PROFILES)


def make(given: Given) -> Made:
    """See the module."""
    rows = _rows(given)
    return Made({result.name: result.of(_summed(rows, result.key)) for result in RESULTS}, frame(_findings(rows)))


def _rows(given: Given) -> pl.DataFrame:
    """The budget rows with client group, profile and the time of staff that the Wlz pays."""
    key = ["resident_id", "unit_id"]
    time = (
        given.tables["lines"]
        .lazy()
        .filter(pl.col("performer") == "staff", pl.col("payer") == "wlz")
        .group_by(key)
        .agg(care_milliminutes=pl.col("milliminutes").sum())
    )
    return (
        given.tables["resident_budgets"]
        .lazy()
        .join(given.tables["resident_network"].lazy().select(*key, "zzp"), on=key, how="left")
        .join(given.streams["residents"].lazy().select("resident_id", "client_group"), on="resident_id", how="left")
        .join(time, on=key, how="left")
        .with_columns(pl.col("care_milliminutes").fill_null(0))
        .collect()
    )


def _summed(rows: pl.DataFrame, key: tuple[str, ...]) -> pl.DataFrame:
    held = pl.col("held_days")
    per_day = [half_even(pl.col(f"{name}_cents"), held).alias(f"{name}_day_cents") for name in _A_DAY]
    return (
        rows.group_by(key)
        .agg(pl.col(_SUMS).sum(), residents=pl.col("resident_id").n_unique())
        .with_columns(
            *per_day,
            week_hours=_a_week("care_milliminutes"),
            network_week_hours=_a_week("network_milliminutes"),
        )
        .with_columns(
            balance_day_cents=pl.col("available_day_cents") - pl.col("care_day_cents") - pl.col("stay_day_cents")
        )
    )


def _a_week(name: str) -> pl.Expr:
    held = pl.col("held_days")
    return pl.when(held > 0).then((pl.col(name) * 7 / (held * 60_000)).round(6))


def _findings(rows: pl.DataFrame) -> Iterator[Finding]:
    for code, column, told, step in (
        (
            "I48",
            "client_group",
            "Bewoners zonder doelgroep (aantal: {}); zij staan apart als onbekend.",
            "Leg in het ECD de doelgroep van deze bewoners vast (somatic, pg of other) en haal opnieuw op.",
        ),
        (
            "I49",
            "zzp",
            "Bewoners zonder geldige indicatie (aantal: {}); zij staan apart, zonder zorgprofiel.",
            "Leg in het ECD de indicatie vast of beëindig het verblijf, en haal opnieuw op.",
        ),
    ):
        unknown = rows.filter(pl.col(column).is_null())
        if unknown.height:
            count, balance = unknown["resident_id"].n_unique(), int(unknown["balance_cents"].sum())
            yield Finding(code, "warning", told.format(count), step, amount_cents=balance)


INSTRUMENT = Instrument(
    "groups",
    "How do somatic, psychogeriatric and other residents compare in budget, hours, cost and balance?",
    RESULTS,
    make,
)
