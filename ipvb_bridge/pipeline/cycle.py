"""The monthly cycle: pull, calculate, reconcile and plan, in that order, for one period."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ipvb_bridge.base.errors import BridgeError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.periods import Period
from ipvb_bridge.pipeline.calculate import Calculated, calculate
from ipvb_bridge.pipeline.pull import Pulled, pull
from ipvb_bridge.pipeline.reconcile import Reconciled, reconcile
from ipvb_bridge.store.database import Store

if TYPE_CHECKING:
    from ipvb_bridge.pipeline.planning import Planned

WAITS_FOR_SIGNATURE = 7


@dataclass(slots=True)
class Cycled:
    """What each step did. A step after one that stopped is None; ``errors`` in the order they came."""

    period: Period
    pulled: list[Pulled] = field(default_factory=list)
    calculated: Calculated | None = None
    reconciled: Reconciled | None = None
    planned: Planned | None = None
    errors: list[BridgeError] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """That of the first error; else 7 when a plan waits for signatures, 6 when something is held back, 0."""
        if self.errors:
            return self.errors[0].exit_code
        if self.planned is not None and self.planned.waits:
            return WAITS_FOR_SIGNATURE
        held = self.planned is not None and bool(self.planned.held)
        return 6 if held or any(each.counts.quarantined for each in self.pulled) else 0


def cycle(
    configuration: Configuration,
    store: Store,
    period: Period,
    *,
    told: Callable[[str], None] = lambda step: None,
    maker: str = "schedule",
) -> Cycled:
    """Run the steps of a period. A connection that fails does not stop the calculation: it reckons with what is there.

    A calculation that stops ends the cycle. ``told`` hears the name of each step as it begins. A plan is made where
    bridge.toml names targets; it is never signed or sent here. Raises nothing that is a message: see ``errors``.
    """
    done = Cycled(period)
    told("pull")
    for name, connection in configuration.bridge.connections.items():
        if connection.paused:
            continue
        try:
            done.pulled += pull(configuration, store, name)
        except BridgeError as error:
            done.errors.append(error)
    done.errors += [each.error for each in done.pulled if each.error is not None]
    try:
        told("calculate")
        done.calculated = calculate(configuration, store, period)
        told("reconcile")
        done.reconciled = reconcile(configuration, store, period)
        if configuration.bridge.publish.targets:
            from ipvb_bridge.pipeline.planning import plan

            told("plan")
            done.planned = plan(configuration, store, period, maker=maker)
    except BridgeError as error:
        done.errors.append(error)
    return done
