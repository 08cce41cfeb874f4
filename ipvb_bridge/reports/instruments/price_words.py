"""Words and small tables that the pages about prices share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.reports import charts, prices
from ipvb_bridge.reports.instruments.contract import Text, View
from ipvb_bridge.reports.prices import Price
from ipvb_bridge.reports.terms import Terms, en, nl, terms

KINDS = {
    "level": Text("Uur zorg", "Hour of care"),
    "component": Text("Dag verblijf", "Day of stay"),
    "gink": Text("GINK", "GINK"),
    "care": Text("Afgesproken uur", "Agreed hour"),
}
_OWN_KEYS = {
    "gink": Text("Gewogen uurprijs (GINK)", "Weighted hourly price (GINK)"),
    "care": Text("Zorg, gemiddeld", "Care, on average"),
}


class Words(Mapping[str, Text]):
    """Words for every code: those of the method, and for a name of the organisation's own that name, made readable."""

    def __init__(self, word: Callable[[Terms, str], str]) -> None:
        self._word = word

    def __getitem__(self, code: str) -> Text:
        return Text(self._word(terms("nl"), code), self._word(terms("en"), code))

    def __contains__(self, code: object) -> bool:
        return isinstance(code, str)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def _key(words: Terms, code: str) -> str:
    if code in _OWN_KEYS:
        return _OWN_KEYS[code].of(words.language)
    return words.level(code) if code in words.levels else words.pool(code)


KEYS = Words(_key)
"""Levels, components, the GINK and the care price."""
PARTS = Words(lambda words, code: words.part(code))
"""Parts of a cost."""
DAY_PARTS = {code: Text(nl.DAY_PARTS[code], en.DAY_PARTS[code]) for code in nl.DAY_PARTS}
HEADINGS = {
    "kind": Text("Soort prijs", "Kind of price"),
    "key": Text("Prijs van", "Price of"),
    "part": Text("Waarvoor", "What for"),
    "cents": Text("Kosten", "Costs"),
    "price_cents": Text("Prijs", "Price"),
    "units": Text("Uren of dagen", "Hours or days"),
    "difference_cents": Text("Verschil", "Difference"),
    "client_hours": Text("Cliënturen", "Client hours"),
}
_KIND_ORDER = {"care": 0, "level": 1, "component": 2, "gink": 3}


def name(view: View, key: str, day_part: str | None = None) -> str:
    """A level or component as a reader reads it, with its day part."""
    text = KEYS[key].of(view.language)
    return f"{text}, {view.words.day_parts.get(day_part, day_part)}" if day_part else text


def ordered(rows: pl.DataFrame) -> pl.DataFrame:
    """Hours of care first, then days of stay, then the GINK."""
    order = pl.col("kind").replace_strict(_KIND_ORDER, default=9, return_dtype=pl.Int64)
    return rows.sort(order, *(each for each in ("key", "day_part") if each in rows.columns), nulls_last=False)


def by_day_part(rows: pl.DataFrame) -> pl.DataFrame:
    """By unit where there is one, and level; the day parts from morning to night."""
    order = pl.col("day_part").replace_strict({code: at for at, code in enumerate(nl.DAY_PARTS)}, default=9)
    return rows.sort(*(name for name in ("unit_id", "level") if name in rows.columns), order)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], sums: Sequence[str] = (), texts: int = 1) -> Markup:
    """A table with its figures to the right of the first ``texts`` columns; every value is escaped."""

    def cells(values: Sequence[str], tag: str) -> Markup:
        return Markup("\n").join(
            Markup(f'<{tag} class="num">{{}}</{tag}>' if at >= texts else f"<{tag}>{{}}</{tag}>").format(value)  # noqa: S704  # our own tags
            for at, value in enumerate(values)
        )

    body = Markup("\n").join(Markup("<tr>{}</tr>").format(cells(row, "td")) for row in rows)
    last = Markup('<tr class="sum">{}</tr>').format(cells(sums, "td")) if sums else ""
    return Markup(
        '<div class="scroll"><table class="plain-table"><thead><tr>{}</tr></thead><tbody>{}{}</tbody></table></div>'
    ).format(cells(heads, "th"), body, last)


def nothing(view: View) -> Markup:
    """What stands where there is nothing to show."""
    return Markup('<p class="small">{}</p>').format(view.words("instrument.nothing"))


def side_by_side(
    view: View, rows: pl.DataFrame, column: str, headings: Mapping[str, str], value: str = "price_cents"
) -> Markup:
    """Prices in rows, the values of ``column`` side by side in the order of ``headings``; a dash where there is "
    "none."""
    if rows.is_empty():
        return nothing(view)
    found: dict[tuple[str, str | None], dict[str, int | None]] = {}
    for key, day_part, at, cents in ordered(rows).select("key", "day_part", column, value).iter_rows():
        found.setdefault((key, day_part), {})[at] = cents
    head = HEADINGS["key"].of(view.language)
    return table(
        [head, *headings.values()],
        (
            [name(view, key, day_part), *(view.figures.money(own.get(at)) or "–" for at in headings)]
            for (key, day_part), own in found.items()
        ),
    )


def pictures(view: View) -> Markup:
    """What is paid for, as on the cost price page: a bar a price, in euros, with its legend."""
    tables = view.given.tables
    with_price = tables["cost_prices"].filter(pl.col("price_cents").is_not_null())
    components = tuple(view.given.settings.cost_price.components)
    made = prices.prices(with_price, tables["cost_breakdown"], view.words, components)
    drawn = [
        charts.composition(rows, view.figures, str(view.words(title)))
        for rows, title in ((made.levels, "prices.detail_hour"), (made.components, "prices.detail_day"))
        if any(price.parts for price in rows)
    ]
    return Markup("").join([*drawn, legend(made.legend)]) if drawn else Markup()


def legend(entries: Iterable[tuple[str, int]]) -> Markup:
    """The colours of a chart's parts."""
    items = Markup("").join(Markup('<li><i class="c{}"></i>{}</li>').format(colour, title) for title, colour in entries)
    return Markup('<ul class="legend">{}</ul>').format(items)


def bars(rows: Sequence[Price], view: View, title: str) -> Markup:
    """A bar a price, of its parts, with the legend of those parts."""
    if not any(price.parts for price in rows):
        return Markup()
    parts = {part.colour: part.title for price in rows for part in price.parts}
    return charts.composition(rows, view.figures, title) + legend((parts[colour], colour) for colour in sorted(parts))
