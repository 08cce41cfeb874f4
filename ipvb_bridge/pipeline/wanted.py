"""Everything that can be planned, by kind, built in whole columns as canonical JSON of whole numbers and text.

Of a person it holds nothing but the ids.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping

import polars as pl

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import DAY_PARTS
from ipvb_bridge.core.rounding import half_even
from ipvb_bridge.pipeline.material import Material

WANTED: dict[str, pl.DataType] = {
    "subject": pl.String(),
    "unit_id": pl.String(),
    "tail": pl.String(),
    "data": pl.String(),
}
"""Columns of what a builder makes: ``tail`` ends the key; ``data`` is canonical JSON (see :func:`as_json`)."""

Builder = Callable[[Material], pl.DataFrame]


def as_json(kind: str, period: Period | None, columns: Mapping[str, pl.Expr]) -> pl.Expr:
    """A row's data as canonical JSON: keys in order, no spaces; ``kind`` and ``period`` (where there is one) are added.

    The same text as :func:`ipvb_bridge.base.canonical.canonical` gives, for text, whole numbers, flags and lists of
    structs whose fields stand in order of their names.
    """
    whole = {"kind": pl.lit(kind), **columns}
    if period is not None:
        whole["period"] = pl.lit(str(period))
    return pl.struct(whole[name].alias(name) for name in sorted(whole)).struct.json_encode().alias("data")


def tail(*columns: str) -> pl.Expr:
    """The end of a key, from ids: a slash in an id cannot be taken for one between them."""
    parts = [pl.col(name).str.replace_all("%", "%25").str.replace_all("/", "%2F", literal=True) for name in columns]
    return pl.concat_str(parts, separator="/").alias("tail")


def resident_statements(material: Material) -> pl.DataFrame:
    """One item a resident and unit: the budget row, and its lines summed per care function, day part, performer, payer.

    Cents, milliminutes and days are whole numbers; ``zzp`` is null without an indication.
    """
    by = ["resident_id", "unit_id"]
    figures = ["cost_cents", "milliminutes"]
    parts = ["care_function", "day_part", "payer", "performer"]
    lines = (
        material.table("lines")
        .lazy()
        .group_by(*by, *parts)
        .agg(pl.col(figures).sum())
        .sort(*by, *parts)
        .group_by(by)
        .agg(pl.struct(sorted(parts + figures)).alias("lines"))
    )
    budgets = material.table("resident_budgets")
    network = material.table("resident_network").select(*by, "zzp", "network_cost_cents")
    names = [*budgets.columns, "zzp", "network_cost_cents"]
    return (
        budgets.lazy()
        .join(network.lazy(), on=by, how="left")
        .join(lines, on=by, how="left")
        .with_columns(pl.col("lines").fill_null([]))
        .select(
            pl.col("resident_id").alias("subject"),
            "unit_id",
            tail("resident_id", "unit_id"),
            as_json("resident_statement", material.period, {name: pl.col(name) for name in (*names, "lines")}),
        )
        .collect()
    )


def rosters(material: Material) -> pl.DataFrame:
    """One item a department: hours that are needed on one such weekday, per day part and level, in millionths."""
    hours = {f"{name}_millionths": (pl.col(name) * 10**6).round().cast(pl.Int64) for name in _ROSTER}
    keys = ["weekday", "day_part", "level"]
    fields = {**{name: pl.col(name) for name in (*keys, "days")}, **hours}
    return (
        material.table("formation_weekdays")
        .sort("unit_id", *keys)
        .group_by("unit_id", maintain_order=True)
        .agg(pl.struct(fields[name].alias(name) for name in sorted(fields)).alias("rows"))
        .select(
            pl.col("unit_id").alias("subject"),
            "unit_id",
            tail("unit_id"),
            as_json("roster", material.period, {"unit_id": pl.col("unit_id"), "rows": pl.col("rows")}),
        )
    )


_ROSTER = ("direct_hours", "required_hours")


def conversations_due(material: Material) -> pl.DataFrame:
    """One item for each resident who lives here on the period's last day and had no conversation in the period."""
    period = material.period
    held = material.stream("conversations").filter(pl.col("date").is_between(period.start, period.end))
    due = {
        "resident_id": pl.col("resident_id"),
        "unit_id": pl.col("unit_id"),
        "due": pl.lit(period.end.isoformat()),
    }
    here = _living_here(material.stream("stays"), period.end)
    return here.join(held, on="resident_id", how="anti", maintain_order="left").select(
        pl.col("resident_id").alias("subject"),
        "unit_id",
        tail("resident_id"),
        as_json("monthly_conversation", period, due),
    )


def care_today(material: Material) -> pl.DataFrame:
    """One item a resident, for as long as it holds: the care that is agreed, per day part, on which weekdays.

    "Uw zorg vandaag" of any day from :attr:`Material.day` on can be read from it: an item of the care holds from its
    ``start_date`` until its ``end_date``, on its ``weekdays``, or on every day when it is ``per`` day; care by the
    week, month or year has no day of its own. So it is written anew only when the agreements change, not every day.
    ``milliminutes`` is how long one time takes, ``times`` stands in ten-thousandths. The team's own words are free
    text and stay out; ``description_sha256`` (its first 16 digits) says whether they changed.
    """
    end = pl.col("end_date")
    here = _living_here(material.stream("stays"), material.day)
    given = pl.col("weekdays").is_not_null()
    # A day part that is not known comes last.
    order = pl.col("day_part").replace_strict(list(DAY_PARTS), list(range(len(DAY_PARTS))), default=len(DAY_PARTS))
    fields = {
        **{name: pl.col(name) for name in ("activity_code", "agreement_id", "care_function", "performer", "weekdays")},
        **{name: pl.col(name) for name in ("group_size", "staff_count", "times")},
        **{name: pl.col(name).dt.to_string("iso") for name in ("start_date", "end_date")},
        "description_sha256": pl.col("description_sha256"),
        # minutes are ten-thousandths of a minute
        "milliminutes": half_even(pl.col("minutes"), 10),
        "per": pl.when(given).then(pl.lit("day")).otherwise("per"),
    }
    by = ["resident_id", "unit_id"]
    return (
        material.agreements()
        .filter(end.is_null() | (end >= material.day))
        .join(here.select(by), on="resident_id")
        .pipe(_with_hash)
        .with_columns(order.alias("order"))
        .sort(*by, "order", "agreement_id")
        .group_by(*by, "order", "day_part", maintain_order=True)
        .agg(pl.struct(fields[name].alias(name) for name in sorted(fields)).alias("items"))
        .group_by(by, maintain_order=True)
        .agg(pl.struct("day_part", "items").alias("day_parts"))
        .select(
            pl.col("resident_id").alias("subject"),
            "unit_id",
            tail("resident_id"),
            as_json("care_today", None, {name: pl.col(name) for name in (*by, "day_parts")}),
        )
    )


def words_hash(text: str) -> str:
    """What an item of the care of today says of the team's own words: the first 16 digits of their sha256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _with_hash(rows: pl.DataFrame) -> pl.DataFrame:
    texts = rows["description"].drop_nulls().unique().to_list()
    hashes = [words_hash(text) for text in texts]
    hashed = pl.col("description").replace_strict(texts, hashes, default=None, return_dtype=pl.String)
    return rows.with_columns(hashed.alias("description_sha256"))


def _living_here(stays: pl.DataFrame, day: dt.date) -> pl.DataFrame:
    """The stay of each resident who lives here on a day; who moved that day, in the unit they moved to."""
    end = pl.col("end_date")
    return (
        stays.filter(pl.col("start_date") <= day, end.is_null() | (end >= day))
        .sort("resident_id", "start_date", "stay_id")
        .unique("resident_id", keep="last", maintain_order=True)
    )


KINDS: dict[str, Builder] = {
    "resident_statement": resident_statements,
    "roster": rosters,
    "monthly_conversation": conversations_due,
    "care_today": care_today,
}
"""What can be planned, by kind. A builder gives a frame of :data:`WANTED`, a row for each thing to write."""
