"""[instruments.operations] of method.toml."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from ipvb_bridge.core.instruments.section import Section

Bound = Annotated[Decimal, Field(ge=0, le=1, max_digits=8)]


class Operations(Section):
    """The monthly picture. The bounds are ours: no source gives one, so choose your own."""

    forecast: Literal["budget", "run_rate"] = Field(
        "budget", description="the months that are left: as budgeted, or the mean of the months so far"
    )
    revenue: Literal["ledger", "available"] = Field(
        "ledger", description="actual revenue: the ledger's revenue accounts, or what the calculation has as available"
    )
    result_bound: Bound = Field(
        Decimal("0.01"), description="signal when the result so far is this share of budgeted revenue below budget"
    )
    hired_bound: Bound = Field(
        Decimal("0.10"), description="signal when hired staff is more than this share of wages and hired together"
    )
    places: Annotated[int, Field(ge=1)] | None = Field(
        None, description="places that can be occupied, in the whole organisation; without it no signal of occupancy"
    )
    occupancy_bound: Bound = Field(Decimal("0.97"), description="signal when fewer of the places are occupied")
    uncovered_bound: Bound = Field(
        Decimal("0.05"),
        description="signal when unabsorbed care and price difference are more than this share of the ledger's cost,"
        " up or down",
    )
