"""Extra personnel as worked hours show it: a unit and level since the plan began against a baseline.

Our reading. Full-time jobs are worked hours of client-facing contracts, own and hired, over a year of 47 weeks of 36
hours and days counted 30/360 (as the staffing indicators), by the unit and the level where they were worked. Extra is
the mean since the plan began less that of the baseline, so that a baseline of other length compares. Its money
is the extra hours times the own cost of an hour worked at that level: payroll cost (gross, irregularity and employer's
charges) of own client-facing contracts by their level, over their hours worked, in the whole months since the plan
began. A rise of wages alone is therefore no extra personnel. Groups of the plan that hold each other (a department
beside its location, a level beside any level) would count hours twice: then there is no total.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import polars as pl

from ipvb_bridge.core.care_cost import PAYROLL_PARTS
from ipvb_bridge.core.hours import worked
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.instruments.quality_plan_tables import STAFF
from ipvb_bridge.core.instruments.staffing_indicators import FULL_TIME_DAY
from ipvb_bridge.core.instruments.staffing_people import STAFF as OWN
from ipvb_bridge.core.instruments.staffing_people import thirty_days
from ipvb_bridge.core.instruments.units_above import above
from ipvb_bridge.core.periods import Period

Group = tuple[str | None, str | None]
"""A unit and a level; null: all of them."""


@dataclass(frozen=True, slots=True)
class Measured:
    """``rows`` with the columns of quality_staff; ``cents``: all groups together, null where that is not known;
    ``reasons``: why something is not known (Dutch, to stand behind a colon)."""

    rows: pl.DataFrame
    cents: int | None
    reasons: tuple[str, ...]


def measured(given: Given, plan: pl.DataFrame, since: Period | None) -> Measured:
    """Plan and measurement of each unit and level that the plan names. ``plan``: measures of personnel."""
    groups = plan.group_by("unit_id", "level").agg(
        mean_fte=pl.when(pl.col("mean_fte").is_not_null().any()).then(pl.col("mean_fte").sum()),
        to_date_cents=pl.col("to_date_cents").sum(),
    )
    tree = above(given.streams["units"]).select("unit_id", "above")
    baseline = given.settings.instruments.quality_plan.baseline
    reasons = []
    if since is None:
        reasons.append("het plan is nog niet begonnen")
    elif baseline is None:
        reasons.append("er is geen nulperiode (instruments.quality_plan.baseline in method.toml)")
    elif baseline.end >= since.start:
        reasons.append(f"de nulperiode {baseline} eindigt niet voor {since.start}")
    spans = [] if reasons or baseline is None or since is None else [baseline, since]
    sums = [_minutes(given, span, tree) for span in spans]
    reasons += [f"er zijn geen gewerkte uren in {span}" for span, each in zip(spans, sums, strict=True) if not each]
    known = bool(spans) and not reasons
    cost = _hour_cost(given, spans[1]) if known else {}
    if known and not cost:
        reasons.append("er zijn geen loonkosten of gewerkte uren van eigen personeel in hele maanden")
    rows = []
    for group in groups.sort("unit_id", "level", nulls_last=True).iter_rows(named=True):
        key: Group = (group["unit_id"], group["level"])
        figures = _figures(key, spans, sums, cost) if known else {}
        rows.append(_row(key, group, figures))
    if _overlap(rows, tree):
        reasons.append("afdelingen of niveaus in het plan overlappen elkaar, dus hun som telt uren dubbel")
    cents = [row["realised_cents"] for row in rows]
    whole = None if reasons or not rows or None in cents else sum(cents)
    if known and None in cents and cost:
        reasons.append("van een niveau in het plan is geen loon per gewerkt uur bekend")
    return Measured(pl.DataFrame(rows, schema=STAFF.schema(), orient="row"), whole, tuple(reasons))


def _minutes(given: Given, span: Period, tree: pl.DataFrame) -> dict[Group, int]:
    """Milliminutes worked of each unit and level, of all units and of all levels."""
    done = worked(given.streams["hours"], given.streams["contracts"], span)
    cells = (
        done.filter(pl.col("employment").is_in([*OWN, "hired"]))
        .group_by("unit_id", "level")
        .agg(pl.col("paid_minutes").sum())
    )
    nothing = pl.lit(None, pl.String)
    placed = pl.concat(
        [
            cells.join(tree, on="unit_id").select(unit="above", level="level", minutes="paid_minutes"),
            cells.select(unit=nothing, level="level", minutes="paid_minutes"),
        ]
    )
    both = pl.concat([placed.filter(pl.col("level").is_not_null()), placed.with_columns(level=nothing)])
    return {
        (unit, level): minutes
        for unit, level, minutes in both.group_by("unit", "level").agg(pl.col("minutes").sum()).iter_rows()
    }


def _hour_cost(given: Given, since: Period) -> dict[str | None, Fraction]:
    """Cents of a milliminute worked by own staff, by level and (null) for all; empty where nothing is known."""
    whole_months = [Period.parse(month) for month in since.months()]
    whole_months = [each for each in whole_months if since.start <= each.start and each.end <= since.end]
    if not whole_months:
        return {}
    months, span = [str(each) for each in whole_months], Period(whole_months[0].start, whole_months[-1].end)
    own = given.streams["contracts"].filter("client_facing", pl.col("employment").is_in(OWN))
    paid = (
        given.streams["wages"]
        .filter(pl.col("relates_to").is_in(months), pl.col("component").is_in(PAYROLL_PARTS))
        .join(own.select("contract_id", "level"), on="contract_id")
        .group_by("level")
        .agg(pl.col("amount").sum())
    )
    done = worked(given.streams["hours"], own, span).group_by("level").agg(pl.col("paid_minutes").sum())
    cents, minutes = dict(paid.iter_rows()), dict(done.iter_rows())
    cost: dict[str | None, Fraction] = {
        level: Fraction(cents[level], minutes[level])
        for level in cents
        if level is not None and minutes.get(level, 0) > 0
    }
    whole = sum(minutes.values())
    if whole > 0 and cents:
        cost[None] = Fraction(sum(cents.values()), whole)
    return cost


def _figures(
    key: Group, spans: list[Period], sums: list[dict[Group, int]], cost: dict[str | None, Fraction]
) -> dict[str, Any]:
    full = [thirty_days(span) * FULL_TIME_DAY for span in spans]
    before, now = (Fraction(each.get(key, 0), whole) for each, whole in zip(sums, full, strict=True))
    price = cost.get(key[1])
    return {
        "baseline_fte": round(float(before), 6),
        "current_fte": round(float(now), 6),
        "realised_fte": round(float(now - before), 6),
        "realised_cents": None if price is None else round((now - before) * full[1] * price),
        "hour_cents": None if price is None else round(price * 60_000),
    }


def _row(key: Group, group: dict[str, Any], figures: dict[str, Any]) -> dict[str, Any]:
    planned, found = group["mean_fte"], figures.get("realised_fte")
    return {
        "unit_id": key[0],
        "level": key[1],
        "planned_fte": planned,
        "planned_cents": group["to_date_cents"],
        "gap_fte": None if planned is None or found is None else round(found - planned, 6),
        **{name: figures.get(name) for name in STAFF.columns if name.startswith(("baseline", "current", "realised"))},
        "hour_cents": figures.get("hour_cents"),
    }


def _overlap(rows: list[dict[str, Any]], tree: pl.DataFrame) -> bool:
    """Whether two groups of the plan share hours: the same or an enclosing unit, and the same level or any."""
    over: dict[str, set[str]] = {}
    for unit, above_it in tree.iter_rows():
        over.setdefault(unit, {unit}).add(above_it)

    def holds(outer: str | None, inner: str | None) -> bool:
        return outer is None or (inner is not None and outer in over.get(inner, {inner}))

    for at, one in enumerate(rows):
        for two in rows[at + 1 :]:
            same_place = holds(one["unit_id"], two["unit_id"]) or holds(two["unit_id"], one["unit_id"])
            if same_place and (one["level"] is None or two["level"] is None or one["level"] == two["level"]):
                return True
    return False
