"""The templates' environment, one a language: words, figures and filters in place, templates compiled once."""

from __future__ import annotations

from functools import lru_cache

import jinja2

from ipvb_bridge.reports import budgets, numbers
from ipvb_bridge.reports.terms import Language, terms


@lru_cache(maxsize=2)
def environment(language: Language) -> jinja2.Environment:
    """Templates with ``t`` (the words) and the figures of a language; values of the sources are escaped."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("ipvb_bridge.reports", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    figures = numbers.figures(language)
    made.filters |= {name: getattr(figures, name) for name in numbers.FILTERS}
    made.globals |= {"t": terms(language), "share": numbers.share, "anchor": budgets.anchor}
    return made
