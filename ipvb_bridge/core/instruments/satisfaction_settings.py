"""[instruments.satisfaction] of method.toml."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from ipvb_bridge.core.instruments.section import Section
from ipvb_bridge.core.periods import Period


class Satisfaction(Section):
    """How satisfaction is measured and shown."""

    baseline: Annotated[Period, BeforeValidator(lambda each: Period.parse(each) if isinstance(each, str) else each)] | (
        None
    ) = Field(None, description="the first measurement, a month or a span; default the first month with scores")
    confidence: Annotated[Decimal, Field(gt=0, lt=1)] = Field(Decimal("0.95"), description="how sure the intervals are")
    smallest: Annotated[int, Field(ge=2)] = Field(5, description="groups with fewer people are not shown")
    scale: tuple[Decimal, Decimal] | None = Field(
        None, description="lowest and highest possible score; a score outside is a finding"
    )
