"""The bridge as the last section of a page that shows balances: how the ledger's cost becomes the budgets."""

from __future__ import annotations

from markupsafe import Markup

from ipvb_bridge.reports.bridge import bridge
from ipvb_bridge.reports.instruments.contract import Section, Text, View
from ipvb_bridge.reports.rendering import environment
from ipvb_bridge.reports.terms import Language, terms

_LANGUAGES: tuple[Language, Language] = ("nl", "en")


def bridge_section() -> Section:
    """The section; it shows the organisation's bridge of the calculation, whatever subject the page is of."""
    dutch, english = (terms(language).text["bridge.title"] for language in _LANGUAGES)
    return Section(Text(dutch, english), body=_body)


def _body(view: View) -> Markup:
    steps = bridge(view.given.tables["bridge"], view.words)
    template = environment(view.language).get_template("bridge_steps.html.j2")
    made = template.render(bridge=steps, period=view.figures.period_name(view.given.period))
    return Markup(made)  # noqa: S704  # rendered by a template that escapes
