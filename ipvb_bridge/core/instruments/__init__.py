"""The instruments of the method beside the budget itself, each a module with a constant ``INSTRUMENT``."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipvb_bridge.core.instruments.contract import Instrument

NAMES = (
    "norms",
    "grounds",
    "kopi",
    "care_price",
    "price_change",
    "scenarios",
    "yearly_budget",
    "operations",
    "network",
    "private_offer",
    "supplements",
    "groups",
    "proforma",
    "profile",
    "conversations",
    "reindication",
    "virtual_budget",
    "satisfaction",
    "region",
    "comparison",
    "staffing_indicators",
    "monthly_account",
    "quality_plan",
)  # fmt: skip
"""Every instrument, in the order in which a reader meets them; a test holds this against the modules."""


def load(name: str) -> Instrument:
    """The instrument of that name. Raises ``KeyError`` for none."""
    if name not in NAMES:
        raise KeyError(name)
    made: Instrument = importlib.import_module(f"{__name__}.{name}").INSTRUMENT
    return made
