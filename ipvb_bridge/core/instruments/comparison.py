"""The Integrale Vergelijking: how units do against their peers, what they could do with, and who their peers are.

Data envelopment analysis, input oriented, in two phases (:mod:`.comparison_lp` has the programs and their sources),
over organisations, locations or departments. What a unit is held against is a combination of others, its peers: only
units of the quality that is set may be one, and only in an environment that is as bad or worse. Minimum cost, maximum
cost and the place of a unit between them are our reading (:mod:`.comparison_cost`): the method was never published
whole, and none of its parameters has an official value.

Our readings also: that a unit of which the quality is not known may not be a peer; that such a unit, and one below
the quality that is set, keeps the score it gets, above one where it does with less than its peers; and that an
environment is met by choosing the peers, not by a correction afterwards.

Scores and weights are rounded to ten decimals: published examples print as many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core.findings import Finding, frame
from ipvb_bridge.core.instruments import comparison_messages as messages
from ipvb_bridge.core.instruments.comparison_cost import bands
from ipvb_bridge.core.instruments.comparison_peers import Outcome, Peers, admit, compare
from ipvb_bridge.core.instruments.comparison_settings import Comparison
from ipvb_bridge.core.instruments.comparison_tables import RESULTS, tables
from ipvb_bridge.core.instruments.comparison_units import FILE, Unit, gather
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made

_LISTED = 5


def make(given: Given) -> Made:
    """See the module. Raises :class:`CalculationError`: M110 without settings, M111 for an unknown measure."""
    settings = given.settings.instruments.comparison
    if settings is None:
        raise CalculationError(messages.NO_SETTINGS, where="method.toml")
    units, notes = gather(given, settings)
    peers = admit(units, settings)
    outcomes = compare(units, peers, settings)
    costs, about_costs = bands(units, outcomes, settings)
    notes += [
        *_numbers(units, settings),
        *_twins(peers),
        *_gate(units, peers, settings),
        *_scores(units, peers, outcomes, settings),
        *about_costs,
    ]
    return Made(tables(units, peers, outcomes, costs, settings), frame(notes))


def _shown(units: Sequence[str]) -> str:
    return ", ".join(units[:_LISTED]) + (f" en {len(units) - _LISTED} meer" if len(units) > _LISTED else "")


def _numbers(units: Sequence[Unit], settings: Comparison) -> list[Finding]:
    """I12: nobody to compare, one unit, or few for so many measures."""
    count, inputs, outputs = len(units), len(settings.inputs), len(settings.outputs)
    if not units:
        return [
            Finding(
                "I12",
                "error",
                "Er is geen enkele eenheid die kan worden vergeleken.",
                'Vul instruments/comparison_units.csv, of zet units = "departments" onder [instruments.comparison] in'
                " method.toml.",
            )
        ]
    if count == 1:
        return [
            Finding(
                "I12",
                "warning",
                f"Er is maar een eenheid, {units[0].unit}: een score van 1 zegt dan niets.",
                "Voeg eenheden toe waarmee deze kan worden vergeleken.",
                subject=units[0].unit,
            )
        ]
    # A rule of thumb of the literature (Cooper, Seiford and Tone 2007): fewer units tell good from bad no longer.
    enough = max(inputs * outputs, 3 * (inputs + outputs))
    if count < enough:
        return [
            Finding(
                "I12",
                "info",
                f"Er zijn {count} eenheden voor {inputs + outputs} maten; onder {enough} eenheden krijgen vanzelf veel"
                " eenheden score 1.",
                "Vergelijk meer eenheden, of kies minder maten.",
            )
        ]
    return []


def _twins(peers: Peers) -> list[Finding]:
    """I13: units that are the same in everything that is compared."""
    return [
        Finding(
            "I13",
            "info",
            f"Deze eenheden zijn in alle vergeleken maten gelijk: {_shown(group)}. Voor een ander telt alleen de eerste"
            " als vergelijking.",
            "Kijk of een eenheid niet twee keer is aangeleverd.",
            subject=group[0],
        )
        for group in peers.twins.values()
        if len(group) > 1
    ]


def _gate(units: Sequence[Unit], peers: Peers, settings: Comparison) -> list[Finding]:
    """I14: who may not be a peer."""
    if not units:
        return []
    if not peers.admitted:
        return [
            Finding(
                "I14",
                "error",
                "Geen enkele eenheid haalt de ingestelde kwaliteit of mag vergelijking zijn; er zijn geen scores.",
                "Controleer quality, quality_at_least en not_peers onder [instruments.comparison] in method.toml.",
            )
        ]
    unknown = [each.unit for each in units if settings.quality and settings.quality not in each.amounts]
    notes = []
    if unknown:
        notes.append(
            Finding(
                "I14",
                "warning",
                f"De kwaliteit van deze eenheden is niet bekend; zij krijgen een score, maar zijn geen vergelijking"
                f" voor een ander: {_shown(unknown)}.",
                f"Vul {settings.quality} van deze eenheden aan in instruments/comparison_units.csv.",
            )
        )
    below = [each.unit for each in units if each.unit not in peers.admitted and each.unit not in unknown]
    if below:
        notes.append(
            Finding(
                "I14",
                "info",
                f"Deze eenheden halen de ingestelde kwaliteit niet of zijn uitgesloten; zij krijgen een score,"
                f" maar zijn geen vergelijking voor een ander: {_shown(below)}.",
                "Niets te doen als dit klopt; anders quality_at_least of not_peers in method.toml verbeteren.",
            )
        )
    return notes


def _scores(
    units: Sequence[Unit], peers: Peers, outcomes: Mapping[str, Outcome], settings: Comparison
) -> list[Finding]:
    """I15 no score, I16 a possible outlier, I17 no score without itself, I18 a score above one."""
    if not peers.admitted:
        return []
    notes = []
    alone = []
    for unit in units:
        outcome = outcomes[unit.unit]
        score = None if outcome.technical is None else outcome.technical.value
        own = unit.unit in peers.admitted
        if score is None:
            notes.append(
                Finding(
                    "I15",
                    "warning",
                    f"Voor {unit.unit} is er geen vergelijking: geen combinatie van mogelijke vergelijkingseenheden"
                    " levert zoveel met dezelfde soort middelen.",
                    "Kijk of deze eenheid bij de andere past, en naar returns, environment en quality_at_least in"
                    " method.toml.",
                    subject=unit.unit,
                )
            )
        elif score > 1:
            notes.append(
                Finding(
                    "I18",
                    "info",
                    f"{unit.unit} gebruikt minder dan de eenheden waarmee het wordt vergeleken, maar mag zelf geen"
                    " vergelijking zijn: de score is hoger dan 1.",
                    "Lees de score samen met de kwaliteit van deze eenheid.",
                    subject=unit.unit,
                )
            )
        if own and score is not None and outcome.super is None:
            alone.append(unit.unit)
        bound = settings.outlier_above
        if bound is not None and own and outcome.super is not None and outcome.super > Fraction(bound):
            notes.append(
                Finding(
                    "I16",
                    "warning",
                    f"{unit.unit} doet het zoveel beter dan de rest (superefficiëntie"
                    f" {f'{float(outcome.super):.3f}'.replace('.', ',')}) dat de gegevens misschien niet kloppen.",
                    "Controleer de gegevens van deze eenheid; zet haar onder not_peers als zij geen vergelijking mag"
                    " zijn.",
                    subject=unit.unit,
                )
            )
    if alone and len(units) > 1:
        notes.append(
            Finding(
                "I17",
                "info",
                f"Zonder deze eenheden zelf is er geen vergelijking die zoveel levert; zij hebben geen"
                f" superefficiëntie: {_shown(alone)}.",
                "Lees hun score van 1 voorzichtig: niemand lijkt op hen.",
            )
        )
    return notes


INSTRUMENT = Instrument(
    "comparison",
    "Who does the same with less, who are a unit's peers, and what could it do with?",
    RESULTS,
    make,
    (FILE,),
)
