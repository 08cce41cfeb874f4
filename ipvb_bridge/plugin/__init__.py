"""Floor 2: what a plug-in author imports.

``from ipvb_bridge.plugin import Adapter, Batch, CheckStep, Context, Offer, Window, hookimpl``
"""

from ipvb_bridge.core.findings import Finding, Severity
from ipvb_bridge.plugin.adapter import (
    Adapter,
    Batch,
    CheckStep,
    Context,
    Destination,
    Offer,
    Outgoing,
    Receipt,
    Scope,
    Window,
)
from ipvb_bridge.plugin.hookspecs import hookimpl

__all__ = [
    "Adapter",
    "Batch",
    "CheckStep",
    "Context",
    "Destination",
    "Finding",
    "Offer",
    "Outgoing",
    "Receipt",
    "Scope",
    "Severity",
    "Window",
    "hookimpl",
]
