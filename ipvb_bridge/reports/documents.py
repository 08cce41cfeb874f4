"""The documents that go along with what two people signed: the page of each resident's statement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ipvb_bridge.base.errors import SignatureNeeded
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.budget import RESIDENT_BUDGET_COLUMNS
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.statement import statements
from ipvb_bridge.reports.make import Gather, Wanted
from ipvb_bridge.reports.statement import render_statement
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.messages import OUTDATED
from ipvb_bridge.store.plans import Plan

Document = tuple[bytes, str]
"""Its bytes and media type."""
MEDIA_TYPE = "text/html"


def renderer(
    configuration: Configuration, store: Store, period: Period
) -> Callable[[Plan, str, Mapping[str, Any]], Document | None]:
    """A ``render`` for :func:`ipvb_bridge.pipeline.delivery.send`: HTML for a statement, nothing for other kinds.

    The page is made from the calculation that the plan was made from. It raises :class:`SignatureNeeded` (S21) where a
    figure of it is not the one that was signed.
    """
    made: dict[int, dict[tuple[str, str], dict[str, Any]]] = {}
    language = configuration.bridge.organisation.language

    def render(plan: Plan, kind: str, data: Mapping[str, Any]) -> Document | None:
        if kind != "resident_statement" or data.get("withdrawn"):
            return None
        if plan.version not in made:
            basis = Gather(configuration, store, period, Wanted()).basis(plan.version)
            made[plan.version] = {(each["resident_id"], each["unit_id"]): each for each in statements(basis)}
        page = made[plan.version].get((data["resident_id"], data["unit_id"]), {})
        wrong = [name for name in RESIDENT_BUDGET_COLUMNS if page.get(name) != data.get(name)]
        if wrong:
            raise SignatureNeeded(
                OUTDATED, where=str(period), seen=str(plan.plan_id), period=str(period), why=f"{wrong[0]} differs"
            )
        return render_statement(page, language).encode(), MEDIA_TYPE

    return render
