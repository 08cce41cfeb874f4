"""The report: one HTML page in Dutch that stands on its own, on screen, on a phone and on paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import jinja2
import polars as pl

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.reports import bridge, budgets, formation, numbers, prices, remarks, terms


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
    language: Literal["nl"] = "nl",
) -> str:
    """The page of one period, from the result tables of a calculation.

    ``units`` and ``residents`` are the canonical streams; a resident's name is shown when it was kept, else the id.
    ``agreements`` gives the lines their description. ``tariffs`` tells whether any tariff is fictional: then the page
    says so. ``held`` are the rows in quarantine (stream, position, source_id, column, code, seen). ``version`` names
    the calculation. A table that is absent leaves its part of the page out, except those of the budgets. The words are
    Dutch; ``language`` marks the page as such.
    """
    roots = budgets.tree(tables, units, residents, agreements)
    tolerance = settings.reconciliation.hours_tolerance
    table = _tables(tables)
    findings = table("findings")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            language=language,
            organisation=organisation,
            period=numbers.period_name(period),
            days=period.days,
            version=version,
            fictional=_fictional(tariffs),
            roots=roots,
            homes={
                person.resident_id: person.anchor for root in roots for unit in root.walk() for person in unit.residents
            },
            widest=_widest(roots),
            bridge=bridge.bridge(tables["bridge"]) if "bridge" in tables else None,
            formation=_formation(tables, tolerance),
            unit_formation=formation.by_unit(tables["formation"], roots, tolerance) if "formation" in tables else {},
            prices=_prices(tables, tuple(settings.cost_price.components)),
            groups=_groups(table("group_budgets")),
            rules=[] if findings is None else remarks.rules(findings, _full_names(roots, units)),
            counts=[] if findings is None else remarks.counts(findings),
            held=None if held is None else remarks.held(held),
            completeness=[] if (filled := table("completeness")) is None else remarks.completeness(filled),
            unmapped=[] if (codes := table("unmapped")) is None else codes.rows(named=True),
            settings=settings,
            window=numbers.period_name(settings.cost_price.window or period.window()),
            terms=terms,
        )
    )


def _tables(tables: Mapping[str, pl.DataFrame]) -> Any:
    def find(name: str) -> pl.DataFrame | None:
        frame = tables.get(name)
        return None if frame is None or frame.is_empty() else frame

    return find


def _full_names(roots: Sequence[budgets.Unit], units: pl.DataFrame) -> dict[str, str]:
    """Names for findings, which stand apart from the tree: a department with its location before it."""
    names = {row["unit_id"]: row["name"] or row["unit_id"] for row in units.iter_rows(named=True)}
    for root in roots:
        for unit in root.walk():
            names |= {child.unit_id: f"{unit.name}, {child.name}" for child in unit.children if unit is not root}
    return names


def _widest(roots: Sequence[budgets.Unit]) -> float:
    """The greatest balance of a unit as a share of what is available to it: the length of the longest bar."""
    rows = [unit.budget for root in roots for unit in root.walk() if unit.budget["available_cents"]]
    return max((abs(row["balance_cents"] / row["available_cents"]) for row in rows), default=0.0) or 1.0


def _fictional(tariffs: pl.DataFrame | None) -> bool:
    return (
        tariffs is not None
        and "source" in tariffs.columns
        and bool(tariffs["source"].str.to_lowercase().str.contains("fictional|fictief").any())
    )


def _formation(tables: Mapping[str, pl.DataFrame], tolerance: Any) -> formation.Formation | None:
    return formation.formation(tables["formation"], None, tolerance) if "formation" in tables else None


def _prices(tables: Mapping[str, pl.DataFrame], components: tuple[str, ...]) -> prices.Prices | None:
    if "cost_prices" not in tables:
        return None
    empty = pl.DataFrame(schema={"kind": pl.String, "key": pl.String, "part": pl.String, "cents": pl.Int64})
    return prices.prices(tables["cost_prices"], tables.get("cost_breakdown", empty), components)


_NO_KEY = {"zzp": "zonder geldige indicatie"}


def _groups(frame: pl.DataFrame | None) -> list[tuple[str, list[dict[str, Any]]]]:
    if frame is None:
        return []
    words = {"client_group": terms.CLIENT_GROUPS, "care_function": terms.CARE_FUNCTIONS}
    found = []
    for group, title in terms.GROUPS.items():
        rows = frame.filter(pl.col("group") == group).sort("key", nulls_last=True).rows(named=True)
        named = [
            {**row, "title": words.get(group, {}).get(row["key"], row["key"] or _NO_KEY.get(group, "onbekend"))}
            for row in rows
        ]
        if named:
            found.append((title, named))
    return found


@lru_cache(maxsize=1)
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("ipvb_bridge.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        name: getattr(numbers, name)
        for name in ("money", "euro", "tight", "hours", "decimal", "signed", "count", "percent", "day")
    }
    environment.globals["share"] = numbers.share
    environment.globals["anchor"] = budgets.anchor
    return environment
