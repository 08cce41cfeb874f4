"""The way back: the planned difference, two signatures, sending, and what the ECD then holds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipvb_bridge.demo import keys

if TYPE_CHECKING:
    from pathlib import Path

    from ipvb_bridge.base.settings import Configuration
    from ipvb_bridge.core.periods import Period
    from ipvb_bridge.demo.tell import Teller
    from ipvb_bridge.pipeline.delivery import Sent
    from ipvb_bridge.pipeline.planning import Planned
    from ipvb_bridge.plugin.adapter import Receipt
    from ipvb_bridge.store.database import Store
    from ipvb_bridge.store.plans import Plan

MAKER = "demo"


@dataclass(frozen=True, slots=True)
class Written:
    """What was sent; of one resident's statement whose it is, and what the ECD holds under its key."""

    sent: Sent
    resident: str
    digest: str
    held: Receipt | None


def write_back(
    configuration: Configuration, store: Store, period: Period, folder: Path, tell: Teller
) -> Written | None:
    """Plan a period, sign as two people with the keys in ``folder``, send, and ask what the ECD holds.

    None when nothing differs from what the other systems hold. What an earlier run signed and did not get confirmed,
    for it was killed, goes out as well.
    """
    from ipvb_bridge.pipeline import connections, difference, planning, signing

    with tell.busy("planning", "plannen"):
        planned = planning.plan(configuration, store, period, maker=MAKER)
    plan = planned.plan
    if plan is None or not plan.items:
        tell.nothing_planned(planned.unchanged)
        tell.not_planned(planned.held)
        if not planned.under_way:
            return None
    else:
        tell.planned(plan, planned.unchanged, difference.changes(store, plan, planned.items))
        tell.not_planned(planned.held)
        for name in keys.SIGNERS:
            signing.with_ssh(configuration, store, plan, name, signing.ssh_signature(plan, folder / name))
        tell.signed(plan, keys.SIGNERS)
    sent = _send(configuration, store, period, tell)
    shown = _shown(planned, period)
    if shown is None:
        return Written(sent, "", "", None)
    adapter = connections.open_adapter(configuration, shown["connection"])
    return Written(sent, shown["subject"], shown["digest"], adapter.find(shown["key"], shown["kind"]))


def _send(configuration: Configuration, store: Store, period: Period, tell: Teller) -> Sent:
    from ipvb_bridge.pipeline import delivery
    from ipvb_bridge.reports import documents

    render = documents.renderer(configuration, store, period)
    with tell.busy("sending", "versturen") as progress:
        count = 0

        def rendered(plan: Plan, kind: str, data: Mapping[str, Any]) -> documents.Document | None:
            nonlocal count
            count += 1
            progress(tell.say("sending", "versturen"), kind, count)
            return render(plan, kind, data)

        return delivery.send(configuration, store, str(period), render=rendered)


def _shown(planned: Planned, period: Period) -> dict[str, Any] | None:
    """The first statement of somebody who was here every day of the period."""
    days = (period.end - period.start).days + 1
    for item in planned.items.iter_rows(named=True):
        if item["kind"] == "resident_statement" and json.loads(item["data"]).get("present_days") == days:
            return item
    return None
