"""[instruments.price_change] of method.toml."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from ipvb_bridge.core.instruments.section import Section
from ipvb_bridge.core.periods import Period


def _period(value: Any) -> Any:
    return Period.parse(value) if isinstance(value, str) else value


class PriceChange(Section):
    """[instruments.price_change]: with which period the period is compared."""

    earlier: Annotated[Period, BeforeValidator(_period)] | None = Field(
        None, description="an earlier calculated period; default the last one before"
    )
