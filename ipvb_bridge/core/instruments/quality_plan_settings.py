"""[instruments.quality_plan] of method.toml."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from ipvb_bridge.core.instruments.section import Section
from ipvb_bridge.core.periods import Period


class QualityPlan(Section):
    """How a quality plan is held against its split and against what happened."""

    personnel_share: Annotated[Decimal, Field(ge=0, le=1)] = Field(
        Decimal("0.85"), description="the part of the money that must go to personnel, unless motivated"
    )
    granted: Annotated[Decimal, Field(ge=0, decimal_places=2)] | None = Field(
        None, description="euros that were granted for the plan; default what was planned"
    )
    baseline: Annotated[Period, BeforeValidator(lambda each: Period.parse(each) if isinstance(each, str) else each)] | (
        None
    ) = Field(None, description="the span before the plan with which worked hours are compared, a month or a span")
