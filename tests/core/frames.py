"""Frames of single streams for tests of one function of the core; rows as tests.core.small makes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import polars as pl

from ipvb_bridge.core.records import NORMS, STREAMS
from ipvb_bridge.core.settings import MethodSettings

SETTINGS = MethodSettings.model_validate(
    {
        "cost_price": {
            "pools": {"care": "final", "housing": "final", "meals": "final"},
            "components": {"housing": "held", "meals": "present"},
            "without": {"vpt": ["housing"], "mpt": ["housing", "meals"]},
        },
        "direct_share": {"2": Decimal("0.5"), "3": Decimal("0.75"), "W": Decimal("0.8")},
        "budget": {"contract_percentage": Decimal("0.96")},
        "formation": {"gross_year": 1800, "net_year": 1500},
    }
)


def stream(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """A frame of a stream."""
    return pl.DataFrame(list(rows), schema=STREAMS[name].schema(), orient="row")


def norm(name: str, *rows: dict[str, Any]) -> pl.DataFrame:
    """A frame of a norm table."""
    return pl.DataFrame(list(rows), schema=NORMS[name].schema(), orient="row")


def shuffled(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    """The rows in another order."""
    return frame.sample(fraction=1, shuffle=True, seed=seed)
