"""[instruments.proforma] of method.toml."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from ipvb_bridge.core.instruments.section import Section


class Proforma(Section):
    """The formation in persons, and ahead."""

    contract_hours: tuple[Annotated[Decimal, Field(gt=0, le=48)], ...] = Field(
        (Decimal(24), Decimal(28), Decimal(32)), description="contracts, in hours a week, into which FTE is translated"
    )
    months: Annotated[int, Field(ge=0, le=24)] = Field(3, description="months ahead in the forecast")
    other_net_year: Annotated[Decimal, Field(gt=0)] = Field(
        Decimal(1692), description="net hours a year of the second base beside [formation]; KiK-V: 47 weeks of 36 hours"
    )
