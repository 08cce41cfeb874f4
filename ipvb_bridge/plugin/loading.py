"""Finds adapters by their entry points and loads only those that are asked for."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from ipvb_bridge.base.errors import BridgeError, ConfigurationError, RunError
from ipvb_bridge.base.messages import message
from ipvb_bridge.plugin import hookspecs
from ipvb_bridge.plugin.adapter import Adapter

UNKNOWN_ADAPTER = message(
    "A01",
    en="no adapter named {seen} is installed; installed are: {known}",
    nl="er is geen adapter {seen} geïnstalleerd; wel: {known}",
    next_en="correct the name{nearest}, or install the distribution that holds it; see: ipvb-bridge adapters",
    next_nl="verbeter de naam{nearest}, of installeer het pakket waar hij in zit; zie: ipvb-bridge adapters",
)
BROKEN_PLUGIN = message(
    "A02",
    en="the plug-in {name} of {distribution} cannot be loaded: {seen}",
    nl="de plug-in {name} uit {distribution} kan niet worden geladen: {seen}",
    next_en="report this to its maker, or install another version; everything else goes on without it",
    next_nl="meld dit bij de maker, of installeer een andere versie; al het andere gaat door zonder deze",
)
NO_ADAPTER = message(
    "A03",
    en="the plug-in {name} of {distribution} offers no adapter of that name, only: {seen}",
    nl="de plug-in {name} uit {distribution} biedt geen adapter met die naam, alleen: {seen}",
    next_en="use one of those names, or report this to its maker",
    next_nl="gebruik een van die namen, of meld dit bij de maker",
)
ADAPTER_RAISED = message(
    "A04",
    en="the adapter {name} failed while it {doing}: {seen}",
    nl="de adapter {name} faalde bij {doing}: {seen}",
    next_en="report this to its maker with the log; nothing of this delivery has turned current",
    next_nl="meld dit bij de maker met het logboek; niets van deze levering is gaan gelden",
)

AnyAdapter = Adapter[Any]


@dataclass(frozen=True, slots=True)
class Found:
    """An installed adapter: its class, or the error that says why it cannot be used."""

    name: str
    distribution: str
    adapter: type[AnyAdapter] | None
    error: BridgeError | None = None


def names() -> list[str]:
    """The names of the installed adapters, without importing any."""
    return sorted(_points())


def load(name: str) -> type[AnyAdapter]:
    """Import one plug-in and hand over its adapter of that name.

    Raises :class:`ConfigurationError` when none is installed and :class:`RunError` when it fails at import.
    """
    points = _points()
    if name not in points:
        close = difflib.get_close_matches(name, points, n=1)
        hint = f" ({close[0]}?)" if close else ""
        known = ", ".join(sorted(points)) or "-"
        raise ConfigurationError(UNKNOWN_ADAPTER, where="bridge.toml", seen=name, known=known, nearest=hint)
    point = points[name]
    manager = pluggy.PluginManager(hookspecs.GROUP)
    manager.add_hookspecs(hookspecs)
    try:
        manager.register(point.load(), name=name)
        manager.check_pending()  # a hook that the list does not know is a spelling mistake, not an extension
        offered: dict[str, type[AnyAdapter]] = {
            adapter.name: adapter for each in manager.hook.ipvb_adapters() for adapter in each
        }
    except Exception as error:
        seen = f"{type(error).__name__}: {error}"
        raise RunError(BROKEN_PLUGIN, where=name, seen=seen, name=name, distribution=_origin(point)) from error
    if name not in offered:
        raise RunError(
            NO_ADAPTER, where=name, seen=", ".join(sorted(offered)) or "-", name=name, distribution=_origin(point)
        )
    return offered[name]


def find() -> list[Found]:
    """Every installed adapter, each loaded in a try: a broken one is reported and stops no other."""
    found = []
    for name, point in sorted(_points().items()):
        try:
            found.append(Found(name, _origin(point), load(name)))
        except BridgeError as error:
            found.append(Found(name, _origin(point), None, error))
    return found


def _points() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=hookspecs.GROUP)}


def _origin(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "?"
