"""[instruments.region] of method.toml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ipvb_bridge.core.instruments.section import Section


class Region(Section):
    """The regional picture."""

    smallest: Annotated[int, Field(ge=2)] = Field(5, description="counts of people below this are not shown")
    places: dict[str, str] = Field(
        default_factory=dict, description="unit (a location or department) -> region, for your own delivery"
    )
