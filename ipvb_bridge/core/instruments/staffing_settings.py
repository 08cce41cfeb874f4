"""[instruments.staffing_indicators] of method.toml."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ipvb_bridge.core.instruments.section import Section


class StaffingIndicators(Section):
    """Over which span and which staff the indicators are counted."""

    months: Annotated[int, Field(ge=0, le=36)] = Field(
        0, description="whole months that end with the period's last: 3 a quarter, 12 a year; 0: the period itself"
    )
    population: Literal["client_facing", "all"] = Field(
        "client_facing", description="which contracts count: of people who work with residents, or of everybody"
    )
    sick_gap_days: Annotated[int, Field(ge=0, le=60)] = Field(
        7,
        description="sick lines of a contract at most so many days apart without a day of work between are a report",
    )
