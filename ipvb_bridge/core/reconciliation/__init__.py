"""Reconciliation: rules R01-R10 of method section 7. Findings are data; a rule reports and raises nothing.

One rule a module, each a pure function from :class:`Facts` to a frame of ``core.findings.schema()``. A plug-in's rule
is added by passing :func:`reconcile` a larger dictionary than :data:`RULES`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.mapping import Mapped
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.reconciliation.bridge import unabsorbed
from ipvb_bridge.core.reconciliation.delivered import planned_against_delivered
from ipvb_bridge.core.reconciliation.facts import DELIVERIES, POSTED_LATER, Facts, Rule
from ipvb_bridge.core.reconciliation.hours import hours_against_demand
from ipvb_bridge.core.reconciliation.ledger import ledger
from ipvb_bridge.core.reconciliation.mappings import mappings
from ipvb_bridge.core.reconciliation.people import people
from ipvb_bridge.core.reconciliation.plausible import plausibility
from ipvb_bridge.core.reconciliation.residents import residents
from ipvb_bridge.core.reconciliation.volume import volume
from ipvb_bridge.core.reconciliation.wages import wage_tie_out
from ipvb_bridge.core.settings import MethodSettings

__all__ = ["DELIVERIES", "POSTED_LATER", "RULES", "Facts", "Rule", "reconcile"]

RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "R01": wage_tie_out,
        "R02": hours_against_demand,
        "R03": planned_against_delivered,
        "R04": residents,
        "R05": people,
        "R06": ledger,
        "R07": volume,
        "R08": mappings,
        "R09": plausibility,
        "R10": unabsorbed,
    }
)
"""The rules of the method, by code."""


def reconcile(
    mapped: Mapped,
    tables: Mapping[str, pl.DataFrame],
    settings: MethodSettings,
    period: Period,
    *,
    deliveries: pl.DataFrame | None = None,
    noticed: pl.DataFrame | None = None,
    posted_later: pl.DataFrame | None = None,
    rules: Mapping[str, Rule] = RULES,
) -> pl.DataFrame:
    """All findings of a period: those of the calculation, of the adapters, and of the rules.

    ``tables``: the result tables of core.calculate; ``deliveries`` of :data:`DELIVERIES` (R07) and ``posted_later`` of
    :data:`POSTED_LATER` (R06) come from the store, as do the adapters' own findings, ``noticed`` (control totals).
    Gives a frame of ``core.findings.schema()``, sorted, without repeats; the same for any order of rows.
    """
    facts = Facts(
        mapped,
        tables,
        settings,
        period,
        pl.DataFrame(schema=DELIVERIES) if deliveries is None else deliveries,
        pl.DataFrame(schema=POSTED_LATER) if posted_later is None else posted_later,
    )
    schema = findings.schema()
    found = [tables["findings"], *([] if noticed is None else [noticed]), *(rule(facts) for rule in rules.values())]
    return (
        pl.concat([frame.select(pl.col(name).cast(kind) for name, kind in schema.items()) for frame in found])
        .unique()
        .sort(schema.names(), nulls_last=True)
    )
