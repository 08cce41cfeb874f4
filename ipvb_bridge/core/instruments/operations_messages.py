"""Messages of the operations."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

NO_MONTH = message(
    "M150",
    en="The monthly picture is of a calendar month, and {period} is none",
    nl="De exploitatie is per kalendermaand, en {period} is geen kalendermaand",
    next_en="Run `ipvb-bridge calculate {month}` and then `ipvb-bridge instrument operations {month}`.",
    next_nl="Draai `ipvb-bridge calculate {month}` en daarna `ipvb-bridge instrument operations {month}`.",
)
