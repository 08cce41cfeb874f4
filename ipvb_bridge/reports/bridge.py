"""The bridge on the page: from the ledger's cost to the residents' budgets, each step with its place in the bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core.statement import BRIDGE_PARTS
from ipvb_bridge.reports.numbers import share
from ipvb_bridge.reports.terms import Terms, plain


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its cents, and where its bar starts and how long it is, in per cent of the widest sum."""

    part: str
    title: str
    note: str
    cents: int
    left: float
    width: float
    levels: Sequence[tuple[str, int]] = ()


@dataclass(frozen=True, slots=True)
class Bridge:
    """The ledger's cost and the steps that add up to it. ``rest`` is what they miss, zero unless figures are wrong."""

    total: Step
    steps: Sequence[Step]
    rest: int


def bridge(frame: pl.DataFrame, terms: Terms) -> Bridge:
    """The bridge of the result table ``bridge`` (part; level, only with unabsorbed; cents)."""
    sums = dict(frame.group_by("part").agg(pl.col("cents").sum()).iter_rows())
    levels = [
        (terms.level(level), cents)
        for level, cents in frame.filter(pl.col("part") == "unabsorbed")
        .sort("level")
        .select("level", "cents")
        .iter_rows()
        if level is not None
    ]
    total = sums.pop("ledger_cost", 0)
    order = [part for part in BRIDGE_PARTS if part in sums] + sorted(set(sums) - set(BRIDGE_PARTS))
    reached = [0]
    for part in order:
        reached.append(reached[-1] + sums[part])
    low, high = min(*reached, 0), max(*reached, total)
    span = high - low
    steps = []
    for part, start, end in zip(order, reached, reached[1:], strict=False):
        title, note = terms.bridge.get(part, (plain(part), ""))
        steps.append(
            Step(
                part,
                title,
                note,
                sums[part],
                share(min(start, end) - low, span),
                share(abs(end - start), span),
                levels if part == "unabsorbed" else (),
            )
        )
    title, note = terms.bridge["ledger_cost"]
    whole = Step("ledger_cost", title, note, total, share(-low, span), share(total, span))
    return Bridge(whole, steps, total - reached[-1])
