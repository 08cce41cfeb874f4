"""[instruments.scenarios.NAME] of method.toml: what if?"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field, model_validator

from ipvb_bridge.core.instruments.section import Section
from ipvb_bridge.core.records import LEVELS

Change = Annotated[Decimal, Field(gt=-1, le=10, max_digits=12)]
Part = Annotated[Decimal, Field(gt=0, le=1, max_digits=12)]


class Scenario(Section):
    """[instruments.scenarios.NAME]: what is other than now; what it does not name stays as it is."""

    description: str = Field("", description="what the reader sees beside the name")
    wages: Change = Field(Decimal(0), description="change of the wages of own staff, in every pool: 0.03 is 3 % more")
    costs: dict[str, Change] = Field(
        default_factory=dict, description="change of a cost category of mappings/accounts.csv, in every pool"
    )
    hired_share: Annotated[Decimal, Field(ge=0, lt=1, max_digits=12)] | None = Field(
        None, description="part of the worked hours with residents that hired staff make; the hours stay the same"
    )
    direct_share: Part | dict[str, Part] | None = Field(
        None, description="client hours / worked hours: one share for every level, or a share a level"
    )
    occupancy: Part | None = Field(None, description="part of the places that is occupied; needs `places`")
    places: Annotated[int, Field(ge=1)] | None = Field(
        None, description="places that can be occupied, in the whole organisation"
    )
    variable: tuple[str, ...] = Field((), description="cost categories that move with the occupancy; the rest stays")
    tariffs: Change = Field(Decimal(0), description="change of every day tariff")

    @model_validator(mode="after")
    def _consistent(self) -> Scenario:
        if self.occupancy is not None and self.places is None:
            raise ValueError("occupancy needs places: how many places the organisation has")
        if self.variable and self.occupancy is None:
            raise ValueError("variable says which costs move with the occupancy, so it needs occupancy")
        if self.wages and "wages" in self.costs:
            raise ValueError("wages and costs.wages are one change: give one of them")
        if isinstance(self.direct_share, dict) and (unknown := sorted(set(self.direct_share) - set(LEVELS))):
            raise ValueError(f"direct_share names no level: {', '.join(unknown)}")
        return self
