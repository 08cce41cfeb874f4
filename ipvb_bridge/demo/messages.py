"""Messages of the demo."""

from __future__ import annotations

from ipvb_bridge.base.messages import message

FOLDER_TAKEN = message(
    "C80",
    en="{where} holds files that are not the demo's",
    nl="in {where} staan bestanden die niet van de demo zijn",
    next_en="name a new folder: ipvb-bridge demo DIR",
    next_nl="noem een nieuwe map: ipvb-bridge demo MAP",
)
