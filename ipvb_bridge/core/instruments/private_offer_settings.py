"""[instruments.private_offer] of method.toml."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ipvb_bridge.core.instruments.section import Section


class PrivateOffer(Section):
    """How the quotation for what a resident buys is worded; nothing here changes an amount."""

    valid_days: Annotated[int, Field(ge=1, le=366)] = Field(
        30, description="how many days after the period an offer can still be accepted"
    )
    vat_note: Annotated[str, Field(max_length=200)] = Field(
        "", description="your own sentence about VAT on the offer; the program works out no VAT"
    )
    contact: Annotated[str, Field(max_length=120)] = Field(
        "", description="whom a resident asks about the offer: name, telephone"
    )
