"""[instruments.virtual_budget] of method.toml."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from ipvb_bridge.core.instruments.section import Section


class VirtualBudget(Section):
    """How residents spend the part of the budget that is theirs."""

    form: Literal["money", "hours", "points", "arrangements"] = Field(
        "money", description="what the account counts in; arrangements are bundles with a price in money"
    )
    basis: Literal["free_part", "available"] = Field(
        "free_part",
        description="the allowance: the part of the required budget that is free, or what is available less the fixed",
    )
    fixed_day_parts: tuple[Literal["morning", "afternoon", "evening", "night"], ...] = Field(
        ("night",), description="day parts whose care is fixed, whatever its care function"
    )
    carry_over: Literal["none", "limited", "all"] = Field(
        "none", description="what is left goes on to the next period: nothing, up to carry_share, or all of it"
    )
    carry_share: Annotated[Decimal, Field(ge=0, le=12)] = Field(
        Decimal(1), description="with limited: at most this share of the period's allowance"
    )
    overdraft: Annotated[Decimal, Field(ge=0)] = Field(
        Decimal(0),
        description="how far below nothing an account may go, in the account's own unit (euros, hours, points)",
    )
