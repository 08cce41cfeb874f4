"""Messages of the comparison of two periods."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

NOT_CALCULATED = message(
    "M120",
    en="{earlier}, with which {period} would be compared, is no earlier calculated period of the same length",
    nl="{earlier}, waarmee {period} vergeleken zou worden, is geen eerder berekende periode van dezelfde lengte",
    next_en="Run `ipvb-bridge calculate {earlier}`, or choose another period in `earlier` under"
    " [instruments.price_change] in method.toml.",
    next_nl="Draai `ipvb-bridge calculate {earlier}`, of kies een andere periode bij `earlier` onder"
    " [instruments.price_change] in method.toml.",
)
