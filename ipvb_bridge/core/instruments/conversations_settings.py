"""[instruments.conversations] of method.toml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ipvb_bridge.core.instruments.section import Section


class Conversations(Section):
    """The monthly conversation."""

    every_days: Annotated[int, Field(ge=1)] = Field(
        31, description="days after which a next conversation is due; the method speaks of every month"
    )
