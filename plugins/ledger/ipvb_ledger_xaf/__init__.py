"""The adapter `xaf`: XML Auditfile Financieel, the ledger export that every Dutch bookkeeping package offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipvb_bridge.plugin import hookimpl

if TYPE_CHECKING:
    from ipvb_bridge.plugin import Adapter


@hookimpl
def ipvb_adapters() -> list[type[Adapter]]:  # type: ignore[type-arg]  # any configuration
    """The adapter class."""
    from ipvb_ledger_xaf.adapter import XafAdapter

    return [XafAdapter]
