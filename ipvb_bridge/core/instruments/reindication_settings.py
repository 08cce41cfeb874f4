"""[instruments.reindication] of method.toml."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from ipvb_bridge.core.instruments.section import Section


class Reindication(Section):
    """When care is structurally above the budget."""

    periods: Annotated[int, Field(ge=1)] = Field(
        3, description="calculated periods in a row, the last one included, in which more is required than available"
    )
    margin: Annotated[Decimal, Field(ge=0, le=1)] = Field(
        Decimal(0), description="share of the available budget that may be exceeded without counting"
    )
