"""The page of the comparison of two periods: how much changed, and because of what."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.core.instruments.price_change_causes import CAUSES
from ipvb_bridge.reports.instruments import price_words
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View
from ipvb_bridge.reports.instruments.price_words import DAY_PARTS, HEADINGS, KEYS, KINDS
from ipvb_bridge.reports.numbers import share

CAUSE = {
    "volume": Text("Volume", "Volume"),
    "mix": Text("Mix", "Mix"),
    "rate": Text("Tarief", "Rate"),
    "allocation": Text("Doorbelasting", "Allocation"),
}
MEANING = {
    "volume": Text("meer of minder afgesproken uren", "more or fewer agreed hours"),
    "mix": Text("verschuiving tussen niveaus en dagdelen", "a shift between levels and day parts"),
    "rate": Text("andere lonen, inhuur en eigen kosten per uur", "other wages, hired and own cost an hour"),
    "allocation": Text("andere kosten van ondersteunende diensten", "other cost of support services"),
}


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    rows = view.tables["care_cost_changes"]
    if rows.is_empty():
        return ()
    dutch, written = view.language == "nl", view.figures
    cost = rows.select(pl.col("earlier_cents", "later_cents", "change_cents").sum()).row(0, named=True)
    made = [
        (
            "Kosten van afgesproken zorg" if dutch else "Cost of agreed care",
            written.euro(cost["later_cents"]),
            f"was {written.euro(cost['earlier_cents'])}",
        ),
        ("Verandering" if dutch else "Change", written.euro(cost["change_cents"]), _with(view)),
    ]
    care = view.tables["price_changes"].filter(pl.col("kind") == "care")
    if care.height and care["later_cents"][0] is not None:
        made.append(
            (
                "Een afgesproken uur" if dutch else "An agreed hour",
                written.euro(care["later_cents"][0]),
                f"was {written.euro(care['earlier_cents'][0])}" if care["earlier_cents"][0] is not None else "",
            )
        )
    return made


def _with(view: View) -> str:
    earlier = view.figures.period_name(view.tables["care_cost_changes"]["earlier"][0])
    return f"{'sinds' if view.language == 'nl' else 'since'} {earlier}"


def _fall(view: View) -> Markup:
    """From the earlier cost to this one, a step a cause, as the bridge is drawn."""
    rows = view.tables["care_cost_changes"]
    if rows.is_empty():
        return price_words.nothing(view)
    sums = rows.select(pl.col(pl.Int64).sum()).row(0, named=True)
    periods = rows.select("earlier", "later").row(0)
    reached = [sums["earlier_cents"]]
    for cause in CAUSES:
        reached.append(reached[-1] + sums[f"{cause}_cents"])
    top = max(*reached, 1)
    steps = [(view.figures.period_name(periods[0]), "", reached[0], 0, reached[0])]
    steps += [
        (
            CAUSE[cause].of(view.language),
            MEANING[cause].of(view.language),
            sums[f"{cause}_cents"],
            *sorted((start, end)),
        )
        for cause, start, end in zip(CAUSES, reached, reached[1:], strict=False)
    ]
    last = (view.figures.period_name(periods[1]), "", sums["later_cents"], 0, sums["later_cents"])
    line = Markup(
        '<tr class="{}"><td>{}<small>{}</small></td><td class="num">{}</td><td class="track wide"><div class="fall">'
        '<i style="left:{}%;width:{}%"></i></div></td></tr>'
    )
    drawn = [
        line.format(kind, title, note, view.figures.money(cents), share(low, top), share(high - low, top))
        for kind, (title, note, cents, low, high) in [
            *(("ledger_cost" if not at else "care", step) for at, step in enumerate(steps)),
            ("sum ledger_cost", last),
        ]
    ]
    return Markup('<table class="bridge cards"><tbody>{}</tbody></table>').format(Markup("").join(drawn))


_CENTS = ("earlier_cents", "later_cents", "change_cents", *(f"{cause}_cents" for cause in CAUSES))

PAGE = Page(
    title=Text("Waarom de prijs veranderde", "Why the price changed"),
    lead=Text(
        "Twee perioden naast elkaar, met de oorzaak van elk verschil. Volume: meer of minder. Mix: een andere "
        "verdeling. Tarief: andere kosten per uur. Doorbelasting: andere kosten van ondersteunende diensten. De vier "
        "oorzaken tellen tot op de cent op tot het verschil.",
        "Two periods side by side, with the cause of each difference. Volume: more or less. Mix: another division. "
        "Rate: other cost an hour. Allocation: other cost of support services. The four causes add up to the "
        "difference to the cent.",
    ),
    reading=Text(
        "De volgorde is volume, mix, tarief en doorbelasting; wat nog niet aan de beurt was staat op de cijfers van de "
        "eerdere periode. Bij de zorgkosten is de mix die van niveaus en dagdelen, bij een uurprijs die van eigen en "
        "ingehuurd personeel; volume is bij een prijs de verdeling van dezelfde kosten over meer of minder uren of "
        "dagen.",
        "The order is volume, mix, rate and allocation; what had not had its turn stands at the figures of the earlier "
        "period. In the care cost the mix is that of levels and day parts, in an hourly price that of own and hired "
        "staff; volume in a price is the same cost over more or fewer hours or days.",
    ),
    sections=(
        Section(Text("De kosten van afgesproken zorg", "The cost of agreed care"), body=_fall),
        Section(
            Text("Prijzen", "Prices"),
            "price_changes",
            columns=("key", *_CENTS),
            rows=price_words.ordered,
        ),
        Section(
            Text("Zorgkosten per niveau en dagdeel", "Care cost by level and day part"),
            "care_cost_changes",
            rows=price_words.by_day_part,
            columns=("level", "day_part", "earlier_milliminutes", "later_milliminutes", *_CENTS),
            totals=("earlier_milliminutes", "later_milliminutes", *_CENTS),
        ),
        Section(
            Text("Zorgkosten per afdeling", "Care cost by department"),
            "unit_cost_changes",
            Text(
                "De mix van een afdeling is die van haar eigen niveaus en dagdelen; een verschuiving tussen "
                "afdelingen is "
                "bij hen volume.",
                "The mix of a department is that of its own levels and day parts; a shift between departments is "
                "volume to them.",
            ),
            columns=("unit_id", "earlier_milliminutes", "later_milliminutes", *_CENTS),
            totals=("earlier_milliminutes", "later_milliminutes", *_CENTS),
        ),
    ),
    headings={
        **HEADINGS,
        "earlier": Text("Eerder", "Earlier"),
        "later": Text("Nu", "Now"),
        "earlier_milliminutes": Text("Uren eerder", "Hours earlier"),
        "later_milliminutes": Text("Uren nu", "Hours now"),
        "earlier_cents": Text("Eerder", "Earlier"),
        "later_cents": Text("Nu", "Now"),
        "change_cents": Text("Verschil", "Difference"),
        **{f"{cause}_cents": text for cause, text in CAUSE.items()},
    },
    values={"kind": KINDS, "key": KEYS, "day_part": DAY_PARTS},
    tiles=_tiles,
)
