"""The page of the Integrale Vergelijking."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.core.instruments.comparison_settings import Comparison
from ipvb_bridge.reports.instruments.bars import bars
from ipvb_bridge.reports.instruments.comparison_chart import Mark, frontier
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View

RETURNS = {
    "constant": Text(
        "constant: twee keer zo groot kan met twee keer zo veel", "constant: twice the size, twice the inputs"
    ),
    "variable": Text(
        "variabel: alleen met eenheden van vergelijkbare schaal", "variable: only with units of a like scale"
    ),
    "non_increasing": Text(
        "niet toenemend: groter is niet vanzelf goedkoper", "non-increasing: larger is not cheaper by itself"
    ),
    "non_decreasing": Text(
        "niet afnemend: kleiner is niet vanzelf goedkoper", "non-decreasing: smaller is not cheaper by itself"
    ),
}
PLACES = {
    "below": Text("onder minimum", "below minimum"),
    "within": Text("ertussen", "between them"),
    "above": Text("boven maximum", "above maximum"),
}
SIDES = {"input": Text("middel", "input"), "output": Text("prestatie", "output")}
MODELS = {"technical": Text("techniek", "technical"), "cost": Text("kosten", "cost")}
_CAPTION = Text(
    "Hoe dichter bij de hoek, hoe minder middelen voor dezelfde prestatie. Een dicht vierkant ligt op de grens en kan"
    " vergelijking zijn; een open rondje kan naar de grens toe. Een rondje voorbij de grens mag dat niet.",
    "The nearer to the corner, the fewer inputs for the same output. A filled square lies on the frontier and may be a"
    " peer; an open circle can move towards it. A circle beyond the frontier may not be a peer.",
)
_BARS = 40


def _settings(view: View) -> Comparison:
    found = view.given.settings.instruments.comparison
    assert found is not None, "without settings there is no page"
    return found


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    scores, written, dutch = view.tables["comparison_scores"], view.figures, view.language == "nl"
    scored = scores.filter(pl.col("technical_score").is_not_null())
    best = scored.filter(pl.col("efficient")).height
    tiles = [
        (
            "Eenheden met een score" if dutch else "Units with a score",
            written.count(scored.height),
            f"{written.count(best)} {'zonder betere vergelijking' if dutch else 'without a better peer'}",
        )
    ]
    if scored.height:
        mean = scored["technical_score"].mean()
        low = scored["technical_score"].min()
        assert isinstance(mean, float)
        assert isinstance(low, float)
        tiles.append(
            (
                "Gemiddelde score" if dutch else "Average score",
                written.decimal(mean, 3),
                f"{'laagste' if dutch else 'lowest'} {written.decimal(low, 3)}",
            )
        )
    banded = scores.filter(pl.col("place").is_not_null())
    if banded.height:
        above = banded.filter(pl.col("place") == "above").height
        tiles.append(
            (
                "Boven de maximale kosten" if dutch else "Above maximum cost",
                written.count(above),
                f"{'van' if dutch else 'of'} {written.count(banded.height)} {'eenheden' if dutch else 'units'}",
            )
        )
    return tiles


def _how(view: View) -> Markup:
    """What is compared and how, as a list: the words of the configuration are escaped."""
    chosen, dutch, written = _settings(view), view.language == "nl", view.figures
    rows = [
        ("Middelen" if dutch else "Inputs", ", ".join(chosen.inputs)),
        ("Prestaties" if dutch else "Outputs", ", ".join(chosen.outputs)),
        ("Schaal" if dutch else "Returns to scale", RETURNS[chosen.returns].of(view.language)),
        ("Bandbreedte" if dutch else "Bandwidth", f"{written.decimal(float(chosen.bandwidth) * 100, 1)}%"),
    ]
    if chosen.prices:
        rows.append(
            (
                "Prijzen" if dutch else "Prices",
                ", ".join(f"{each} {_price(view, price)}" for each, price in chosen.prices.items()),
            )
        )
    if chosen.cost:
        rows.append(("Kosten" if dutch else "Cost", chosen.cost))
    if chosen.uninfluenceable:
        rows.append(("Niet te beïnvloeden" if dutch else "Cannot be influenced", ", ".join(chosen.uninfluenceable)))
    if chosen.quality and chosen.quality_at_least is not None:
        least = written.decimal(float(chosen.quality_at_least))
        rows.append(
            ("Kwaliteit" if dutch else "Quality", f"{chosen.quality} {'minstens' if dutch else 'at least'} {least}")
        )
    if chosen.environment:
        words = {
            "higher": "hoger is zwaarder" if dutch else "higher is heavier",
            "lower": "lager is zwaarder" if dutch else "lower is heavier",
        }
        rows.append(
            (
                "Omgeving" if dutch else "Environment",
                ", ".join(f"{each} ({words[worse]})" for each, worse in chosen.environment.items()),
            )
        )
    if chosen.not_peers:
        rows.append(("Geen vergelijking" if dutch else "Not a peer", ", ".join(chosen.not_peers)))
    lines = Markup("").join(Markup("<tr><td>{}</td><td>{}</td></tr>").format(what, value) for what, value in rows)
    return Markup('<div class="scroll"><table class="plain-table"><tbody>{}</tbody></table></div>').format(lines)


def _price(view: View, price: object) -> str:
    return str(price) if isinstance(price, str) else view.figures.decimal(float(str(price)))


def _drawn(view: View) -> Markup:
    """A bar a unit, the lowest scores first; of many units the lowest."""
    scores = _by_score(view.tables["comparison_scores"]).filter(pl.col("technical_score").is_not_null()).head(_BARS)
    return bars(
        [
            (name, [score], view.figures.decimal(score, 3))
            for name, score in scores.select("name", "technical_score").iter_rows()
        ]
    )


def _frontier(view: View) -> Markup:
    """Two inputs and one output at constant returns can be drawn; with an environment each unit has its own line."""
    chosen, dutch = _settings(view), view.language == "nl"
    if (len(chosen.inputs), len(chosen.outputs), chosen.returns) != (2, 1, "constant") or chosen.environment:
        return Markup()
    slacks = view.tables["comparison_slacks"].select("unit", "measure", "amount").iter_rows()
    amounts = {(unit, measure): amount for unit, measure, amount in slacks}
    (first, second), (output,) = chosen.inputs, chosen.outputs
    marks = [
        Mark(name, amounts[unit, first] / made, amounts[unit, second] / made, bool(on and may))
        for unit, name, on, may in view.tables["comparison_scores"]
        .select("unit", "name", "efficient", "may_be_peer")
        .iter_rows()
        if (made := amounts.get((unit, output)))
    ]
    per = "per" if dutch else "for one"
    titles = (f"{first} {per} {output}", f"{second} {per} {output}")
    drawn = frontier(marks, titles, view.figures, "Wie op de grens ligt" if dutch else "Who lies on the frontier")
    if not drawn:
        return drawn
    told = _CAPTION.of(view.language)
    return Markup('<div class="chart">{}</div><p class="small">{}</p>').format(drawn, told)


def _by_score(scores: pl.DataFrame) -> pl.DataFrame:
    return scores.sort("technical_score", "unit", nulls_last=True)


PAGE = Page(
    title=Text("Integrale vergelijking", "Integral comparison"),
    lead=Text(
        "Deze pagina vergelijkt eenheden met elkaar: wie levert hetzelfde met minder? Elke eenheid staat tegenover een"
        " combinatie van andere eenheden die minstens evenveel leveren: haar vergelijkingseenheden. Een score van 0,80"
        " betekent: zij doen het met 80% van de middelen.",
        "This page compares units with each other: who makes the same with less? Each unit is held against a"
        " combination of others that make at least as much: its peers. A score of 0.80 says that they do it with 80% of"
        " the inputs.",
    ),
    reading=Text(
        "De Integrale Vergelijking van de NZa is nooit helemaal gepubliceerd. Minimale kosten (kosten van de"
        " vergelijkingseenheden plus wat een eenheid niet kan beïnvloeden), maximale kosten (minimum met een"
        " bandbreedte) en de plaats daartussen zijn onze lezing, net als de keuze van vergelijkingseenheden naar"
        " omgeving. De schaal en de bandbreedte koos uw organisatie zelf; geen van beide heeft een officiële waarde.",
        "The Integrale Vergelijking of the NZa was never published whole. Minimum cost (the cost of the peers plus"
        " what a unit cannot influence), maximum cost (the minimum with a bandwidth) and the place between them are"
        " our reading, and so is the choice of peers by environment. Your organisation chose returns to scale and"
        " bandwidth; neither has an official value.",
    ),
    notes=(
        Text(
            "Een score zegt niet waarom. Lees haar samen met de kwaliteit, en bespreek de spiegel met wie het werk"
            " doet.",
            "A score does not say why. Read it with the quality, and discuss the mirror with those who do the work.",
        ),
    ),
    tiles=_tiles,
    sections=(
        Section(Text("Wat is vergeleken", "What is compared"), body=_how),
        Section(
            Text("Scores", "Scores"),
            "comparison_scores",
            Text(
                "De laagste score eerst. <b>Techniek</b>: deel van de middelen dat nodig is. <b>Zonder zichzelf</b>:"
                " boven 1 hoe veel beter dan de rest; heel hoog kan een fout in de gegevens zijn. <b>Kosten</b>:"
                " laagste kosten als deel van de eigen kosten. <b>Mix</b>: kosten gedeeld door techniek, of de"
                " verhouding tussen de middelen bij hun prijzen past.",
                "The lowest score first. <b>Technical</b>: part of the inputs that is needed. <b>Without itself</b>:"
                " above 1 how much better than the rest; very high may be a mistake in the data. <b>Cost</b>: least"
                " cost as a part of the own cost. <b>Mix</b>: cost divided by technical, whether the mix of inputs"
                " suits their prices.",
            ),
            columns=(
                "name",
                "technical_score",
                "efficient",
                "super_score",
                "cost_score",
                "allocative_score",
                "may_be_peer",
                "quality",
            ),
            rows=_by_score,
            body=lambda view: _frontier(view) + _drawn(view),
        ),
        Section(
            Text("Minimale en maximale kosten", "Minimum and maximum cost"),
            "comparison_scores",
            Text(
                "Minimum = kosten van wie is vergeleken + wat vastligt (niet te beïnvloeden). Maximum = minimum x (1 +"
                " bandbreedte). Onze lezing.",
                "Minimum = cost of the peers + what is fixed (cannot be influenced). Maximum = minimum x (1 +"
                " bandwidth). Our reading.",
            ),
            columns=(
                "name",
                "actual_cents",
                "peers_cents",
                "uninfluenceable_cents",
                "minimum_cents",
                "maximum_cents",
                "over_minimum_cents",
                "place",
            ),
            totals=(
                "actual_cents",
                "peers_cents",
                "uninfluenceable_cents",
                "minimum_cents",
                "maximum_cents",
                "over_minimum_cents",
            ),
            rows=lambda scores: scores.filter(pl.col("minimum_cents").is_not_null()),
        ),
        Section(
            Text("Met wie is vergeleken", "Compared with whom"),
            "comparison_peers",
            Text(
                "Het gewicht zegt hoe vaak een vergelijkingseenheid meetelt: 0,5 is haar halve omvang.",
                "The weight says how much of a peer counts: 0.5 is half its size.",
            ),
            columns=("name", "model", "peer_name", "weight_score"),
            rows=lambda peers: peers.filter(pl.col("unit") != pl.col("peer")),
        ),
        Section(
            Text("Spiegel", "Mirror"),
            "comparison_mirror",
            Text(
                "Wat een eenheid van elk middel gebruikt voor één prestatie, en wat elke vergelijkingseenheid daarvoor"
                " gebruikt.",
                "What a unit uses of each input for one output, and what each peer uses for it.",
            ),
            columns=(
                "name",
                "peer_name",
                "input",
                "output",
                "own_per_output_score",
                "peer_per_output_score",
                "difference_score",
                "difference_share",
            ),
        ),
        Section(
            Text("Op het niveau van de vergelijkingseenheden", "At the level of the peers"),
            "comparison_slacks",
            Text(
                "Doel = score x middel, en minder waar dan nog iets over is; bij een prestatie wat er minstens"
                " mogelijk is.",
                "Target = score x input, and less where something is left over then; for an output what is possible.",
            ),
            columns=("name", "measure", "side", "amount", "radial", "slack", "target"),
        ),
    ),
    headings={
        "unit": Text("Eenheid (code)", "Unit (code)"),
        "name": Text("Eenheid", "Unit"),
        "technical_score": Text("Techniek", "Technical"),
        "efficient": Text("Geen betere", "None better"),
        "super_score": Text("Zonder zichzelf", "Without itself"),
        "cost_score": Text("Kosten", "Cost"),
        "allocative_score": Text("Mix", "Mix"),
        "peers": Text("Aantal vergelijkingseenheden", "Peers"),
        "peer_of": Text("Vergelijking voor", "Peer of"),
        "may_be_peer": Text("Mag zelf voorbeeld zijn", "May be a peer"),
        "quality": Text("Kwaliteit", "Quality"),
        "own_cents": Text("Eigen kosten", "Own cost"),
        "uninfluenceable_cents": Text("Ligt vast", "Fixed"),
        "actual_cents": Text("Werkelijk", "Actual"),
        "peers_cents": Text("Met wie is vergeleken", "Peers"),
        "minimum_cents": Text("Minimum", "Minimum"),
        "maximum_cents": Text("Maximum", "Maximum"),
        "over_minimum_cents": Text("Boven minimum", "Over minimum"),
        "place": Text("Plaats", "Place"),
        "model": Text("Vergelijking op", "Compared on"),
        "peer": Text("Vergelijkingseenheid (code)", "Peer (code)"),
        "peer_name": Text("Vergelijkingseenheid", "Peer"),
        "weight_score": Text("Gewicht", "Weight"),
        "input": Text("Middel", "Input"),
        "output": Text("Voor één", "For one"),
        "own_per_output_score": Text("Zelf", "Own"),
        "peer_per_output_score": Text("Vergelijking", "Peer"),
        "difference_score": Text("Verschil", "Difference"),
        "difference_share": Text("Verschil in %", "Difference in %"),
        "measure": Text("Maat", "Measure"),
        "side": Text("Soort", "Kind"),
        "amount": Text("Nu", "Now"),
        "radial": Text("Na score", "After score"),
        "slack": Text("Daarna over of tekort", "Then left over or short"),
        "target": Text("Doel", "Target"),
    },
    values={"place": PLACES, "side": SIDES, "model": MODELS},
)
