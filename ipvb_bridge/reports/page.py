"""The page of a period: one HTML page that stands on its own, on screen, on a phone and on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.places import places
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.reports import bridge, budgets, formation, numbers, prices, remarks
from ipvb_bridge.reports import work as to_do
from ipvb_bridge.reports.rendering import environment
from ipvb_bridge.reports.terms import Language, Terms, terms


def render(
    period: Period,
    tables: Mapping[str, pl.DataFrame],
    units: pl.DataFrame,
    residents: pl.DataFrame,
    settings: MethodSettings,
    organisation: str,
    *,
    agreements: pl.DataFrame | None = None,
    tariffs: pl.DataFrame | None = None,
    held: pl.DataFrame | None = None,
    version: str = "",
    language: Language = "nl",
) -> str:
    """The page of one period, from the result tables of a calculation.

    ``units`` and ``residents`` are the canonical streams; a resident's name is shown when it was kept, else the id.
    ``agreements`` gives the lines their description. ``tariffs`` tells whether any tariff is fictional: then the page
    says so. ``held`` are the rows in quarantine (stream, position, source_id, column, code, seen). ``version`` names
    the calculation. A table that is absent leaves its part of the page out, except those of the budgets. Findings are
    sentences of the calculation and stay Dutch in either language.
    """
    words, figures = terms(language), numbers.figures(language)
    roots = budgets.tree(tables, units, residents, words, agreements)
    tolerance = settings.reconciliation.hours_tolerance
    table = _tables(tables)
    findings = table("findings")
    return (
        environment(language)
        .get_template("page.html.j2")
        .render(
            organisation=organisation,
            title=words("page.title"),
            when=figures.period_name(period),
            period=figures.period_name(period),
            days=period.days,
            version=version,
            fictional=fictional(tariffs),
            roots=roots,
            homes={
                person.resident_id: person.anchor for root in roots for unit in root.walk() for person in unit.residents
            },
            widest=_widest(roots),
            bridge=bridge.bridge(tables["bridge"], words) if "bridge" in tables else None,
            formation=_formation(tables, tolerance, words),
            unit_formation=formation.by_unit(tables["formation"], roots, tolerance, words)
            if "formation" in tables
            else {},
            prices=price_lists(tables, words, tuple(settings.cost_price.components)),
            groups=_groups(table("group_budgets"), words),
            rules=[] if findings is None else remarks.rules(findings, full_names(units), words),
            counts=[] if findings is None else remarks.counts(findings),
            work=to_do.work(tables["work_list"], full_names(units), words) if "work_list" in tables else None,
            held=None if held is None else remarks.held(held, words),
            completeness=[] if (filled := table("completeness")) is None else remarks.completeness(filled, words),
            unmapped=[] if (codes := table("unmapped")) is None else codes.rows(named=True),
            settings=settings,
            window=figures.period_name(settings.cost_price.window or period.window()),
        )
    )


def _tables(tables: Mapping[str, pl.DataFrame]) -> Any:
    def find(name: str) -> pl.DataFrame | None:
        frame = tables.get(name)
        return None if frame is None or frame.is_empty() else frame

    return find


def full_names(units: pl.DataFrame) -> dict[str, str]:
    """Names for findings, which stand apart from the tree: a department with its location before it."""
    return {
        unit_id: f"{each.location}, {each.name}" if each.location else each.name
        for unit_id, each in places(units).items()
    }


def _widest(roots: Sequence[budgets.Unit]) -> float:
    """The greatest balance of a unit as a share of what is available to it: the length of the longest bar."""
    rows = [unit.budget for root in roots for unit in root.walk() if unit.budget["available_cents"]]
    return max((abs(row["balance_cents"] / row["available_cents"]) for row in rows), default=0.0) or 1.0


def fictional(tariffs: pl.DataFrame | None) -> bool:
    """Whether any tariff row says that it is fictional: then whatever shows an amount from it says so too."""
    return (
        tariffs is not None
        and "source" in tariffs.columns
        and bool(tariffs["source"].str.to_lowercase().str.contains("fictional|fictief").any())
    )


def _formation(tables: Mapping[str, pl.DataFrame], tolerance: Any, words: Terms) -> formation.Formation | None:
    return formation.formation(tables["formation"], None, tolerance, words) if "formation" in tables else None


def price_lists(tables: Mapping[str, pl.DataFrame], words: Terms, components: tuple[str, ...]) -> prices.Prices | None:
    """The prices of a calculation with what they are made of; None when it has no table of them."""
    if "cost_prices" not in tables:
        return None
    empty = pl.DataFrame(schema={"kind": pl.String, "key": pl.String, "part": pl.String, "cents": pl.Int64})
    return prices.prices(tables["cost_prices"], tables.get("cost_breakdown", empty), words, components)


def _groups(frame: pl.DataFrame | None, words: Terms) -> list[tuple[str, list[dict[str, Any]]]]:
    if frame is None:
        return []
    names = {"client_group": words.client_groups, "care_function": words.care_functions}
    absent = {"zzp": words("groups.no_zzp")}
    found = []
    for group, title in words.groups.items():
        rows = frame.filter(pl.col("group") == group).sort("key", nulls_last=True).rows(named=True)
        named = [
            {
                **row,
                "title": names.get(group, {}).get(row["key"], row["key"] or absent.get(group, words("groups.unknown"))),
            }
            for row in rows
        ]
        if named:
            found.append((title, named))
    return found
