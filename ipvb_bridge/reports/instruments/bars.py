"""Bars in the page, each with its figure written beside it: read in black and white as well as in colour."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from ipvb_bridge.reports.numbers import share

COLOURS = (0, 2, 14)
"""Classes of page.css that differ in lightness, dark to light, not in colour only."""


def bars(rows: Sequence[tuple[str, Sequence[float], str]], parts: Sequence[str] = ()) -> Markup:
    """A bar a row: (title, length of each part, what stands behind it); ``parts`` names the parts in a legend.

    Lengths are relative to the longest bar; a part below zero has none. No rows, or none with a length: nothing.
    """
    widest = max((sum(max(part, 0) for part in lengths) for _, lengths, _ in rows), default=0)
    if not widest:
        return Markup()
    legend = Markup("").join(
        Markup('<li><i class="c{}"></i>{}</li>').format(colour, part)
        for part, colour in zip(parts, COLOURS, strict=False)
    )
    drawn = Markup("").join(
        Markup(
            '<tr><td>{}</td><td class="track"><span class="stack" aria-hidden="true">{}</span></td>'
            '<td class="num">{}</td></tr>'
        ).format(
            title,
            Markup("").join(
                Markup('<i class="c{}" style="width:{}%"></i>').format(colour, share(max(part, 0), widest))
                for part, colour in zip(lengths, COLOURS, strict=False)
            ),
            escape(figure),
        )
        for title, lengths, figure in rows
    )  # fmt: skip
    key = Markup('<ul class="legend">{}</ul>').format(legend) if parts else Markup()
    return key + Markup('<table class="bars">{}</table>').format(drawn)
