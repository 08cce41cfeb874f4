"""[instruments.kopi] of method.toml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ipvb_bridge.core.instruments.section import Section

Months = Annotated[int, Field(ge=1, le=60)]


class Kopi(Section):
    """[instruments.kopi]: which rolling windows the price is worked out for."""

    windows: tuple[Months, ...] = Field((1, 3, 12), description="lengths of the rolling windows, in months")
    window_ends: Annotated[int, Field(ge=1, le=24)] = Field(
        3, description="at how many month ends, back from the period, each window is worked out"
    )
