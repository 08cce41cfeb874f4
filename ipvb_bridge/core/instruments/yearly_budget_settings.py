"""[instruments.yearly_budget] of method.toml."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, field_validator

from ipvb_bridge.core.instruments.section import Section

Index = Annotated[Decimal, Field(gt=-1, le=1, max_digits=8)]


class IndexStep(Section):
    """[[instruments.yearly_budget.index_steps]]: a further rise inside the year, on top of the earlier."""

    start: dt.date = Field(description="first day on which it holds, the first of a month")
    wage_index: Index = Field(Decimal(0), description="of own wages: 0.02 is 2 % more")
    hired_index: Index = Field(Decimal(0), description="of hired staff")
    cost_index: Index = Field(Decimal(0), description="of all other cost")

    @field_validator("start")
    @classmethod
    def _first(cls, value: dt.date) -> dt.date:
        if value.day != 1:
            raise ValueError("start is the first day of a month: the budget is made by month")
        return value


class YearlyBudget(Section):
    """The yearly budget from residents, tariffs, prices and formation."""

    year: Annotated[int, Field(ge=2000, le=2100)] | None = Field(
        None, description="the budget year; default the calendar year of the period's last day"
    )
    wage_index: Index = Field(
        Decimal(0), description="own wages in the budget year against the cost window: 0.03 is 3 % more"
    )
    hired_index: Index = Field(Decimal(0), description="hired staff in the budget year against the cost window")
    cost_index: Index = Field(Decimal(0), description="all other cost in the budget year against the cost window")
    index_steps: tuple[IndexStep, ...] = Field((), description="further rises inside the year, each from its day")
    formation: Literal["required", "actual"] = Field(
        "required",
        description="the staff that is paid: what care and minimum cover require, or what was there in the period",
    )
