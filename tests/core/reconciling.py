"""What the tests of reconciliation share."""

from __future__ import annotations

from typing import Any

import polars as pl

from ipvb_bridge.core import calculate as core
from ipvb_bridge.core.reconciliation import reconcile
from ipvb_bridge.core.records import NORMS
from tests.core.engines import frames
from tests.core.oracle import Organisation
from tests.core.price import mapped
from tests.core.small import stream


def findings(org: Organisation, **facts: Any) -> pl.DataFrame:
    """All findings of an organisation, after its calculation."""
    read = mapped(org)
    results = core.calculate(read, frames(NORMS, org.norms), org.settings, org.period, org.holidays)
    return reconcile(read, results.tables, org.settings, org.period, **facts)


def found(org: Organisation, rule: str, *columns: str, **facts: Any) -> list[tuple[Any, ...]]:
    """The given columns of the findings of one rule."""
    rows = findings(org, **facts).filter(pl.col("rule") == rule)
    return rows.select(columns).rows()


def delivery(delivery_id: str, start: str, minutes: int, **values: Any) -> dict[str, Any]:
    given = {"resident_id": "R1", "unit_id": "D1"}
    return stream("care_deliveries", delivery_id=delivery_id, start=start, minutes=minutes * 1000, **(given | values))
