"""[instruments.supplements] of method.toml."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from ipvb_bridge.core.instruments.section import Section


class Supplements(Section):
    """What of a supplement is paid, and when meerzorg is worth a question. Amounts stand in instruments/*.csv."""

    paid_share: Annotated[Decimal, Field(gt=0, le=1, max_digits=12)] = Field(
        Decimal(1), description="share of the day amounts of supplements.csv that the contract pays"
    )
    minimum_need: Annotated[Decimal, Field(ge=0, max_digits=12)] = Field(
        Decimal("0.25"),
        description="meerzorg: extra hours at least this share of those of the profile (Regeling zorgaanspraken AWBZ)",
    )
    meerzorg_profiles: tuple[str, ...] = Field(
        ("7VV", "8VV"), description="profiles for which meerzorg is no question; empty: do not ask"
    )
