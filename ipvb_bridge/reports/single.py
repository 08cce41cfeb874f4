"""Pages of one subject: the cost price and its breakdown; the bridge with the findings."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.reports import bridge, charts, page, remarks
from ipvb_bridge.reports.numbers import figures
from ipvb_bridge.reports.rendering import environment
from ipvb_bridge.reports.terms import Language, terms


def render_cost_price(
    period: Period,
    tables: Mapping[str, pl.DataFrame],
    settings: MethodSettings,
    organisation: str,
    *,
    version: str = "",
    language: Language = "nl",
) -> str:
    """The page of the result tables ``cost_prices`` and ``cost_breakdown``: every price and what it pays for."""
    words, written = terms(language), figures(language)
    made = page.price_lists(tables, words, tuple(settings.cost_price.components))
    assert made is not None, "a calculation always has prices"
    subjects = (
        ("hour", made.levels, words("cost_price.chart_levels")),
        ("day", made.components, words("cost_price.chart_components")),
    )
    return (
        environment(language)
        .get_template("cost_price.html.j2")
        .render(
            organisation=organisation,
            title=words("cost_price.title"),
            when=written.period_name(period),
            version=version,
            fictional=False,
            prices=made,
            charts=[(unit, rows, charts.composition(rows, written, title)) for unit, rows, title in subjects],
            settings=settings,
            window=written.period_name(settings.cost_price.window or period.window()),
        )
    )


def render_bridge(
    period: Period,
    tables: Mapping[str, pl.DataFrame],
    units: pl.DataFrame,
    organisation: str,
    *,
    held: pl.DataFrame | None = None,
    version: str = "",
    language: Language = "nl",
) -> str:
    """The page of the bridge, the findings and what the data lack; ``tables`` with ``findings`` of reconciliation."""
    words, written = terms(language), figures(language)
    return (
        environment(language)
        .get_template("bridge_page.html.j2")
        .render(
            organisation=organisation,
            title=words("bridge_page.title"),
            when=written.period_name(period),
            period=written.period_name(period),
            version=version,
            fictional=False,
            bridge=bridge.bridge(tables["bridge"], words) if tables["bridge"].height else None,
            homes={},
            rules=remarks.rules(tables["findings"], page.full_names(units), words),
            held=None if held is None else remarks.held(held, words),
            completeness=remarks.completeness(tables["completeness"], words),
            unmapped=tables["unmapped"].rows(named=True),
        )
    )
