"""The whole hook list. A plug-in is a module or object registered under the entry-point group ``ipvb_bridge``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from ipvb_bridge.plugin.adapter import Adapter

GROUP = "ipvb_bridge"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@hookspec
def ipvb_adapters() -> list[type[Adapter[Any]]]:  # type: ignore[empty-body]  # a specification has no body
    """The adapter classes of this plug-in. The entry point's name is the name of the (first) adapter."""
