"""The pages of the instruments, each a module with a constant ``PAGE``, of the same name as the instrument."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from ipvb_bridge.core.instruments import NAMES

if TYPE_CHECKING:
    from ipvb_bridge.reports.instruments.contract import Page


def load(name: str) -> Page:
    """The page of an instrument. Raises ``KeyError`` for none."""
    if name not in NAMES:
        raise KeyError(name)
    made: Page = importlib.import_module(f"{__name__}.{name}").PAGE
    return made
