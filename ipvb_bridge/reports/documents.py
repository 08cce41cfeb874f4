"""The documents that go along with what two people signed: a page for each statement, words for "Uw zorg vandaag"."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from ipvb_bridge.base.errors import SignatureNeeded
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.budget import RESIDENT_BUDGET_COLUMNS
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.statement import statements
from ipvb_bridge.pipeline import results
from ipvb_bridge.pipeline.inputs import file_parts, read_files
from ipvb_bridge.pipeline.wanted import words_hash
from ipvb_bridge.reports.care_text import care_text
from ipvb_bridge.reports.make import Gather, Wanted
from ipvb_bridge.reports.statement import render_statement
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.messages import OUTDATED
from ipvb_bridge.store.plans import Plan

Document = tuple[bytes, str]
"""Its bytes and media type."""
_PARTS = ("care_function", "day_part", "payer", "performer")
_FIGURES = ("cost_cents", "milliminutes")
MEDIA_TYPE = "text/html"
TEXT = "text/plain"


def renderer(
    configuration: Configuration, store: Store, period: Period
) -> Callable[[Plan, str, Mapping[str, Any]], Document | None]:
    """A ``render`` for :func:`ipvb_bridge.pipeline.delivery.send`: HTML for a statement, plain text for the care of
    today, nothing for other kinds.

    A document is made from the calculation that the plan was made from. It raises :class:`SignatureNeeded` (S21) where
    a figure of a statement, or the words of the team for care, are not those that were signed.
    """
    made: dict[int, dict[tuple[str, str], dict[str, Any]]] = {}
    words: dict[int, dict[str, str]] = {}
    language = configuration.bridge.organisation.language
    gather = Gather(configuration, store, period, Wanted())

    def refuse(plan: Plan, wrong: list[str]) -> None:
        if wrong:
            raise SignatureNeeded(
                OUTDATED, where=str(period), seen=str(plan.plan_id), period=str(period), why=f"{wrong[0]} differs"
            )

    def statement(plan: Plan, data: Mapping[str, Any]) -> Document:
        if plan.version not in made:
            then = results.find(store, period, plan.version).inputs["parts"].get("settings")
            # They divide the budget into its fixed and its free part, which stands on the page.
            refuse(plan, [] if then == file_parts(read_files(configuration))["settings"] else ["method.toml"])
            basis = gather.basis(plan.version)
            made[plan.version] = {(each["resident_id"], each["unit_id"]): each for each in statements(basis)}
        page = made[plan.version].get((data["resident_id"], data["unit_id"]), {})
        refuse(plan, _otherwise(page, data))
        return render_statement(page, language).encode(), MEDIA_TYPE

    def care(plan: Plan, data: Mapping[str, Any]) -> Document:
        if plan.version not in words:
            words[plan.version] = gather.descriptions(plan.version)
        own = words[plan.version]
        items = [item for part in data["day_parts"] for item in part["items"]]
        told = {item["agreement_id"]: item["description_sha256"] for item in items}
        now = {name: words_hash(own[name]) if name in own else None for name in told}
        refuse(plan, [f"description of {name}" for name in told if told[name] != now[name]])
        made_on = dt.datetime.fromtimestamp(plan.made_at / 10**6, configuration.zone).date()
        return care_text(data, own, made_on, language).encode(), TEXT

    def render(plan: Plan, kind: str, data: Mapping[str, Any]) -> Document | None:
        if data.get("withdrawn"):
            return None
        makers = {"resident_statement": statement, "care_today": care}
        return makers[kind](plan, data) if kind in makers else None

    return render


def _otherwise(page: Mapping[str, Any], data: Mapping[str, Any]) -> list[str]:
    """What of a page is not what was signed; its lines and components add up to the signed ones."""
    wrong = [name for name in (*RESIDENT_BUDGET_COLUMNS, "network_cost_cents") if page.get(name) != data.get(name)]
    if sum(each["cents"] for each in page.get("components", ())) != data["stay_cents"]:
        wrong.append("components")
    summed: dict[tuple[Any, ...], Counter[str]] = {}
    for line in page.get("lines", ()):
        figures = {name: line[name] for name in _FIGURES}
        summed.setdefault(tuple(line[name] for name in _PARTS), Counter()).update(figures)
    signed = {tuple(line[name] for name in _PARTS): {name: line[name] for name in _FIGURES} for line in data["lines"]}
    return [*wrong, "lines"] if summed != signed else wrong


def renderer_of_all(
    configuration: Configuration, store: Store
) -> Callable[[Plan, str, Mapping[str, Any]], Document | None]:
    """The same for plans of any period, each with its own :func:`renderer`.

    A process that sends for months keeps no more in memory than what the last plan was made from.
    """
    last: dict[int, Callable[[Plan, str, Mapping[str, Any]], Document | None]] = {}

    def render(plan: Plan, kind: str, data: Mapping[str, Any]) -> Document | None:
        if plan.plan_id not in last:
            last.clear()
            last[plan.plan_id] = renderer(configuration, store, Period.parse(plan.period))
        return last[plan.plan_id](plan, kind, data)

    return render
