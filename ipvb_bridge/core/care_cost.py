"""Splitting the care pool over levels: wages, hired and the rest, and their parts (method section 4, 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.base.messages import Message
from ipvb_bridge.core import messages
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import fitted, largest_remainder, plain_euros

WAGES = "wages"
HIRED = "hired"
"""The two cost categories of the care pool that are divided by a key of their own."""

PAYROLL_PARTS = ("employer_charges", "gross", "irregularity")
"""Wage components that are payroll cost; `other` is not (method section 4, 4)."""


@dataclass(frozen=True, slots=True)
class Bases:
    """What the care pool is divided by, within the cost window and for levels only.

    ``payroll``: cents by level and wage component, of client-facing contracts that are not hired; ``hired`` and
    ``worked``: milliminutes by level of hired, and of all client-facing contracts.
    """

    payroll: dict[str, dict[str, int]]
    hired: dict[str, int]
    worked: dict[str, int]


@dataclass(frozen=True, slots=True)
class LevelCost:
    """Cents of a level: the whole, and its parts by name, which add up to it.

    ``irregular`` is the exact share of irregularity in it, from which prices per day part are made; the parts, whole
    cents for the reader, never feed a price.
    """

    cents: int
    parts: dict[str, int]
    irregular: Fraction


def bases(contracts: pl.DataFrame, wages: pl.DataFrame, worked: pl.DataFrame, window: Period) -> Bases:
    """Add up payroll cost and worked time. ``contracts`` mapped; ``worked`` of core.hours over the window.

    Payroll cost goes to the contract's level, also where hours were worked at another. What has no level is left out
    here; :func:`without_level` names it.
    """
    cost = (
        _payroll(contracts, wages, window)
        .filter(pl.col("level").is_not_null())
        .group_by("level", "component")
        .agg(pl.col("amount").sum())
        .sort("level", "component")
    )
    payroll: dict[str, dict[str, int]] = {}
    for level, component, cents in cost.iter_rows():
        payroll.setdefault(level, {})[component] = cents
    known = worked.filter(pl.col("level").is_not_null())
    return Bases(payroll, _time(known.filter(pl.col("employment") == "hired")), _time(known))


def _payroll(contracts: pl.DataFrame, wages: pl.DataFrame, window: Period) -> pl.DataFrame:
    paid = contracts.filter(pl.col("client_facing"), pl.col("employment") != "hired")
    return wages.filter(pl.col("relates_to").is_in(window.months()), pl.col("component").is_in(PAYROLL_PARTS)).join(
        paid.select("contract_id", "level", "unit_id"), on="contract_id"
    )


def _time(rows: pl.DataFrame) -> dict[str, int]:
    sums = rows.group_by("level").agg(pl.col("paid_minutes").sum()).filter(pl.col("paid_minutes") != 0)
    return dict(sums.sort("level").iter_rows())


def without_level(contracts: pl.DataFrame, wages: pl.DataFrame, worked: pl.DataFrame, window: Period) -> list[Finding]:
    """A finding (R05) for each client-facing contract of which hours or payroll cost have no level to go to."""
    time = worked.filter(pl.col("level").is_null()).group_by("contract_id").agg(pl.col("paid_minutes").sum())
    cost = (
        _payroll(contracts, wages, window)
        .filter(pl.col("level").is_null())
        .group_by("contract_id")
        .agg(pl.col("amount").sum())
    )
    rows = (
        time.join(cost, on="contract_id", how="full", coalesce=True)
        .join(contracts.select("contract_id", "unit_id"), on="contract_id", how="left")
        .sort("contract_id")
    )
    return [
        Finding(
            "R05",
            "warning",
            f"Contract {row['contract_id']} werkt met bewoners, maar heeft geen deskundigheidsniveau: de uren en"
            " loonkosten ervan tellen niet mee bij het verdelen van de zorgkosten.",
            "Geef de functie van dit contract een niveau in mappings/functions.csv, of laat het niveau aanleveren.",
            unit_id=row["unit_id"],
            subject=row["contract_id"],
            amount_cents=row["amount"],
            milliminutes=row["paid_minutes"],
        )
        for row in rows.iter_rows(named=True)
    ]


def split(
    direct: Mapping[str, int], support: Mapping[str, int], base: Bases, window: Period
) -> tuple[dict[str, LevelCost], list[Finding]]:
    """Divide the care pool over the levels, by largest remainder.

    ``direct``: cents of the care pool by category, from the ledger; ``support``: cents that each support pool passed
    on to it. Three divisions: `wages` by payroll cost, `hired` by hours of hired contracts (by all hours, with a
    finding, where there are none), all else by worked hours. The parts of a level divide these results and never feed
    them.
    Raises :class:`CalculationError` when there is money and nothing to divide it by: M27 for wages, M28 for hours.
    """
    findings = []
    wages, hired = direct.get(WAGES, 0), direct.get(HIRED, 0)
    others = {f"cost:{name}": cents for name, cents in direct.items() if name not in {WAGES, HIRED}}
    others |= {f"support:{name}": cents for name, cents in support.items()}
    payroll = {level: sum(parts.values()) for level, parts in base.payroll.items()}
    by_hired = base.hired
    if hired and not sum(by_hired.values()):
        by_hired = base.worked
        findings.append(_no_hired_hours(hired, window))
    wage_parts = _divide(wages, payroll, messages.NO_WAGE_BASE, window)
    hired_parts = _divide(hired, by_hired, messages.NO_HOURS_BASE, window)
    rest = _divide(sum(others.values()), base.worked, messages.NO_HOURS_BASE, window)
    all_hours = sum(base.worked.values())
    levels = {}
    for level in sorted({*wage_parts, *hired_parts, *rest}):
        exact = _wage_parts(wage_parts.get(level, 0), base.payroll.get(level, {}))
        parts = fitted(wage_parts.get(level, 0), exact)
        parts["hired"] = hired_parts.get(level, 0)
        share = Fraction(base.worked.get(level, 0), all_hours) if all_hours else Fraction(0)
        parts |= fitted(rest.get(level, 0), {name: cents * share for name, cents in others.items()})
        cents = sum(parts.values())
        levels[level] = LevelCost(cents, {name: part for name, part in parts.items() if part}, exact["irregularity"])
    return levels, findings


def _divide(total: int, weights: Mapping[str, int], refusal: Message, window: Period) -> dict[str, int]:
    if not total:
        return dict.fromkeys(sorted(weights), 0)
    if not sum(weights.values()):
        raise CalculationError(refusal, where=str(window), amount=plain_euros(total), window=window)
    return largest_remainder(total, weights)


def _wage_parts(cents: int, components: Mapping[str, int]) -> dict[str, Fraction]:
    """A level's part of the wages as gross, irregularity and charges, exact, in proportion to its payroll cost.

    A level whose payroll cost cancels out has no wages, so nothing to divide.
    """
    payroll = sum(components.values())
    return {name: Fraction(cents * components.get(name, 0), payroll or 1) for name in PAYROLL_PARTS}


def _no_hired_hours(cents: int, window: Period) -> Finding:
    return Finding(
        "R05",
        "warning",
        f"Er zijn in {window} kosten van inhuur, maar geen gewerkte uren van ingehuurd personeel met een niveau; de"
        " kosten zijn verdeeld naar alle gewerkte uren.",
        "Laat de uren van ingehuurd personeel aanleveren, met hun contract als `hired`.",
        amount_cents=cents,
    )
