"""The frontier as a drawing: what each unit uses of two inputs for one output, and the line of the peers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from ipvb_bridge.reports.numbers import Figures

WIDTH, HEIGHT, LEFT, BELOW, MARGIN = 900, 420, 70, 46, 14
STEPS = 5
NAMED = 20
"""Up to so many units all have their name beside the mark; of more only those on the line."""
_STYLE = (
    'text { font: 12px "Segoe UI", "Helvetica Neue", "Liberation Sans", Arial, sans-serif; fill: #1c2b2f; }'
    " .axis { stroke: #8a979a; } .guide { stroke: #e3e8e7; }"
    " .line { fill: none; stroke: #0b5d5e; stroke-width: 2; } .edge { stroke-dasharray: 5 4; }"
    " .on { fill: #0b5d5e; } .off { fill: #fff; stroke: #6a5a3c; stroke-width: 1.5; }"
)


class Mark(NamedTuple):
    """A unit in the drawing: its name, what it uses of both inputs for one output, and whether it is on the line."""

    name: str
    first: float
    second: float
    on: bool


def frontier(marks: Sequence[Mark], titles: tuple[str, str], figures: Figures, title: str) -> Markup:
    """The drawing; a mark on the line is a filled square, any other an open circle. Nothing without a line to draw."""
    line = sorted({(mark.first, mark.second) for mark in marks if mark.on})
    if not line or len(marks) < 2:
        return Markup()
    most = (max(mark.first for mark in marks) * 1.1 or 1.0, max(mark.second for mark in marks) * 1.1 or 1.0)

    def across(value: float) -> float:
        return round(LEFT + value / most[0] * (WIDTH - LEFT - MARGIN), 1)

    def down(value: float) -> float:
        return round(HEIGHT - BELOW - value / most[1] * (HEIGHT - BELOW - MARGIN), 1)

    floor, top = down(0), down(most[1])
    parts = [Markup("<style>{}</style>").format(Markup(_STYLE))]  # noqa: S704  # a constant
    for step in range(STEPS + 1):
        x, y = most[0] * step / STEPS, most[1] * step / STEPS
        parts += [
            Markup('<line class="guide" x1="{0}" x2="{0}" y1="{1}" y2="{2}"/>').format(across(x), floor, top),
            Markup('<line class="guide" x1="{1}" x2="{2}" y1="{0}" y2="{0}"/>').format(down(y), LEFT, WIDTH - MARGIN),
            Markup('<text x="{}" y="{}" text-anchor="middle">{}</text>').format(
                across(x), floor + 17, figures.decimal(x)
            ),
            Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(LEFT - 7, down(y) + 4, figures.decimal(y)),
        ]
    parts += [
        Markup('<path class="axis" fill="none" d="M{0} {1} V{2} H{3}"/>').format(LEFT, top, floor, WIDTH - MARGIN),
        Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(WIDTH - MARGIN, HEIGHT - 6, titles[0]),
        Markup('<text x="{}" y="{}">{}</text>').format(LEFT + 6, top + 12, titles[1]),
        Markup('<path class="line" d="M{}"/>').format(" L".join(f"{across(x)} {down(y)}" for x, y in line)),
        Markup('<path class="line edge" d="M{0} {1} V{2} M{3} {4} H{5}"/>').format(
            across(line[0][0]), down(line[0][1]), top, across(line[-1][0]), down(line[-1][1]), WIDTH - MARGIN
        ),
    ]
    for mark in marks:
        x, y = across(mark.first), down(mark.second)
        shape = (
            '<rect class="on" x="{}" y="{}" width="10" height="10"/>'
            if mark.on
            else '<circle class="off" cx="{}" cy="{}" r="5"/>'
        )
        parts.append(Markup(shape).format(*((x - 5, y - 5) if mark.on else (x, y))))  # noqa: S704  # one of the two above
        if mark.on or len(marks) <= NAMED:
            end = x > WIDTH * 0.8
            parts.append(
                Markup('<text x="{}" y="{}" text-anchor="{}">{}</text>').format(
                    x - 9 if end else x + 9, y - 7, "end" if end else "start", mark.name
                )
            )
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'
    ).format(WIDTH, HEIGHT, title, Markup("").join(parts))
