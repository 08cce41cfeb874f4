"""The work list on the page: who was moved, missed or not found, by what has to be done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ipvb_bridge.core.work_list import KINDS
from ipvb_bridge.reports.numbers import tight
from ipvb_bridge.reports.terms import Terms

Row = Mapping[str, Any]
SHOWN = 6
"""Rows of a kind that stand open; the others lie behind a fold."""


@dataclass(frozen=True, slots=True)
class Work:
    """The rows of one kind. ``step``: what to do, where it is the same for all of them, else empty."""

    title: str
    step: str
    shown: Sequence[Row]
    folded: Sequence[Row]

    @property
    def number(self) -> int:
        """How many rows."""
        return len(self.shown) + len(self.folded)


def work(frame: pl.DataFrame, names: Mapping[str, str], terms: Terms) -> list[Work]:
    """The result table ``work_list`` by kind; units by their name in ``names``."""
    made = []
    for kind in KINDS:
        rows = [
            {
                **row,
                "place": names.get(row["unit_id"] or "", row["unit_id"] or ""),
                "reason": tight(row["reason"]),
                "next_step": tight(row["next_step"]),
            }
            for row in frame.filter(pl.col("kind") == kind).iter_rows(named=True)
        ]
        if rows:
            steps = {row["next_step"] for row in rows}
            step = steps.pop() if len(steps) == 1 else ""
            made.append(Work(terms.work.get(kind, kind), step, rows[:SHOWN], rows[SHOWN:]))
    return made
