"""What the tests of prices share: an organisation of tests.core.small through mapping and calculation."""

from __future__ import annotations

from typing import Any

import polars as pl

from ipvb_bridge.core import calculate as core
from ipvb_bridge.core import mapping
from ipvb_bridge.core.mapping import Mapped
from ipvb_bridge.core.records import MAPPINGS, NORMS, STREAMS
from tests.core.engines import frames
from tests.core.oracle import Organisation
from tests.core.strategies import row


def mapped(org: Organisation) -> Mapped:
    return mapping.apply(frames(STREAMS, org.streams), frames(MAPPINGS, org.mappings))


def tables(org: Organisation) -> dict[str, pl.DataFrame]:
    """The result tables of an organisation."""
    return core.calculate(mapped(org), frames(NORMS, org.norms), org.settings, org.period, org.holidays).tables


def prices(org: Organisation) -> dict[tuple[str, str | None], int]:
    """Price by key and day part."""
    return {(line["key"], line["day_part"]): line["price_cents"] for line in tables(org)["cost_prices"].to_dicts()}


def rule(table: str, **values: Any) -> dict[str, Any]:
    """A row of a mapping or norm table."""
    return row((MAPPINGS | NORMS)[table], **values)  # type: ignore[operator]  # both are mapping proxies
