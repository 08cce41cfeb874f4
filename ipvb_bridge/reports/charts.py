"""Charts as SVG that stands in the page: drawn by pygal, dressed by us, without its scripts and links."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree
from markupsafe import Markup

from ipvb_bridge.reports.numbers import Figures
from ipvb_bridge.reports.prices import Price

PALETTE = (
    "#0b5d5e", "#3d8b8a", "#d98e32", "#7a5c99", "#4f7d3a", "#b5534a", "#5b7fae", "#a89a3f", "#8c6d5a", "#93a1a3",
    "#3c5a78", "#c7a15a", "#6f9c9b", "#b98ab0", "#c4cccd",
)  # fmt: skip
"""The colours of a price's parts, the same as the classes c0 to c14 of page.css."""

DASHES = ("none", "9 5", "2 5", "12 4 2 4", "5 2", "1 8")
"""How lines differ where there is no colour."""

_DRESS = """
text { font: 13px "Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif; fill: #1c2b2f; stroke: none; }
.axis.y text { text-anchor: end; } .axis.x text { text-anchor: middle; } .background { fill: none; }
.axis .line { fill: none; stroke: #8a979a; stroke-width: 1; } .axis .guide.line { stroke: #e3e8e7; }
.vertical .axis.x .guide.line, .horizontal .axis.y .guide.line { stroke: none; }
rect.reactive { stroke: #fff; stroke-width: 1; }
"""


def weekdays(required: Sequence[float], actual: Sequence[float], labels: Sequence[str], title: str) -> Markup:
    """Two bars a day, required beside actual hours; ``title`` says to who cannot see it what it shows."""
    import pygal  # type: ignore[import-untyped]  # the library has no types

    chart = pygal.Bar(**_plain(260), max_scale=6, spacing=26)
    chart.x_labels = list(labels)
    chart.add("", list(required))
    chart.add("", list(actual))
    return _svg(chart, ("#cfd9d8", PALETTE[0]), title)


def composition(prices: Sequence[Price], figures: Figures, title: str) -> Markup:
    """A bar a price, in euros, of the parts that make it up, in the colours of the legend.

    Parts below zero are left out. The figures stand in the tables; the bars say which prices are dear and why.
    """
    import pygal

    drawn = [price for price in reversed(prices) if price.parts]
    colours: dict[int, dict[str, int]] = {}
    for price in drawn:
        for part in price.parts:
            own = colours.setdefault(part.colour, {})
            label = f"{price.key} {price.day_part}"
            own[label] = own.get(label, 0) + max(part.in_price, 0)
    chart = pygal.HorizontalStackedBar(**_plain(38 * len(drawn) + 46), max_scale=8, spacing=9)
    chart.x_labels = [
        f"{price.title}{', ' if price.day_part else ''}{price.day_part}   {figures.euro(price.cents)}"
        for price in drawn
    ]
    chart.value_formatter = lambda value: figures.count(round(value))
    for colour in sorted(colours):
        chart.add("", [colours[colour].get(f"{price.key} {price.day_part}", 0) / 100 for price in drawn])
    return _svg(chart, [PALETTE[colour] for colour in sorted(colours)], title)


def lines(
    series: Mapping[str, Sequence[float | None]],
    labels: Sequence[str],
    title: str,
    *,
    span: tuple[float, float] | None = None,
) -> Markup:
    """A line a series, told apart by colour, by dashes and by the name at its end; ``None`` leaves a gap.

    ``span`` bounds the axis. Without any figure there is nothing to draw.
    """
    import pygal

    drawn = {name: values for name, values in series.items() if any(value is not None for value in values)}
    if not drawn:
        return Markup()
    given = {"range": span} if span else {}
    plain = {**_plain(280), "show_legend": True, "legend_at_bottom": True, "margin_right": 24}
    chart = pygal.Line(**plain, **given, max_scale=6, dots_size=4, allow_interruptions=True)
    chart.x_labels = list(labels)
    for name, values in drawn.items():
        chart.add(name, list(values))
    return _svg(chart, [PALETTE[at % len(PALETTE)] for at in range(len(drawn))], title)


def _plain(height: int) -> Mapping[str, Any]:
    return {
        "width": 900, "height": height, "show_legend": False, "js": (), "margin": 4, "margin_right": 14,
        "disable_xml_declaration": True, "print_values": False, "include_x_axis": True, "truncate_label": -1,
        "x_label_rotation": 0,
    }  # fmt: skip


def _svg(chart: Any, colours: Sequence[str], title: str) -> Markup:
    """The drawing without script, tooltip texts and addresses; the same input gives the same text."""
    root = etree.fromstring(chart.render())
    for each in list(root.iter()):
        name = etree.QName(each).localname if isinstance(each.tag, str) else ""
        above = each.getparent()
        if above is not None and name in ("", "script", "style", "desc", "title"):
            above.remove(each)
        else:
            each.tag = name
            each.attrib.pop("id", "")
            # Fills stand with their group: a style sheet of one drawing would dress every other one on the page.
            series = re.search(r"\bcolor-(\d+)", each.get("class", ""))
            if series and name in ("g", "rect"):
                each.set("fill", colours[int(series[1])])
            if "nofill" in each.get("class", "").split():
                at = int(re.search(r"\bcolor-(\d+)|$", above.get("class", ""))[1] or 0)  # type: ignore[index,union-attr]  # a line stands in the group of its series
                for key, value in (("fill", "none"), ("stroke", colours[at]), ("stroke-width", "3")):
                    each.set(key, value)
                each.set("stroke-dasharray", DASHES[at % len(DASHES)])
    etree.cleanup_namespaces(root)
    dress = etree.Element("style")
    dress.text = _DRESS
    root.insert(0, dress)
    root.set("role", "img")
    root.set("aria-label", title)
    return Markup(etree.tostring(root, encoding="unicode"))  # noqa: S704  # serialised XML: texts in it are escaped
