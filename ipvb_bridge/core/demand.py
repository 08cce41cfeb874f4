"""Q: the expected care of a period, one line an agreement and unit (method section 3)."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from ipvb_bridge.core.periods import Period


@dataclass(frozen=True, slots=True)
class Demand:
    """``lines`` lazily, in no particular order, and ``findings`` of core.findings.schema().

    Columns of ``lines``: agreement_id, resident_id, care_function, day_part, level, performer, payer, unit_id (text),
    milliminutes (int64). ``table()`` gives them collected and sorted by agreement and unit.
    """

    lines: pl.LazyFrame
    findings: pl.DataFrame

    def table(self) -> pl.DataFrame:
        """The lines, collected, sorted by agreement_id and unit_id."""
        raise NotImplementedError


def demand(agreements: pl.DataFrame, segments: pl.DataFrame, period: Period) -> Demand:
    """The lines of ``period``: ``agreements`` mapped, ``segments`` of core.days for the same period.

    An agreement that lacks what a line needs is left out, with a finding that counts them.
    """
    raise NotImplementedError
