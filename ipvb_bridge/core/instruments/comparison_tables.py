"""The tables of the comparison, from the outcomes of the programs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import polars as pl

from ipvb_bridge.core.instruments.comparison_cost import Band, spent
from ipvb_bridge.core.instruments.comparison_peers import Outcome, Peers, prices_of
from ipvb_bridge.core.instruments.comparison_settings import Comparison
from ipvb_bridge.core.instruments.comparison_units import SCALE, Unit
from ipvb_bridge.core.instruments.contract import Result

PLACES = 10
"""Decimals of scores and weights: published examples print ten."""

_UNIT = {"unit": (pl.String(), "the unit"), "name": (pl.String(), "what it is called")}
_TEN = "; ten decimals"
SCORES = Result(
    "comparison_scores",
    "How each unit does against its peers, and the cost it could do with",
    ("unit",),
    {
        **_UNIT,
        "technical_score": (
            pl.Float64(),
            f"part of its inputs that its peers need; above one only if it may not be a peer; null: no peers{_TEN}",
        ),
        "efficient": (pl.Boolean(), "score one (or more) and nothing left over; null: no score"),
        "super_score": (pl.Float64(), f"the same without itself among the peers; null: no score without it{_TEN}"),
        "cost_score": (pl.Float64(), f"least cost at its prices as a part of its cost; null: no prices{_TEN}"),
        "allocative_score": (pl.Float64(), f"cost score divided by technical score{_TEN}"),
        "peers": (pl.Int64(), "units it is compared with, itself too where it is its own peer"),
        "peer_of": (pl.Int64(), "other units that have it as a peer"),
        "may_be_peer": (pl.Boolean(), "meets the quality that is set and is not ruled out"),
        "quality": (pl.Float64(), "its quality; null: not measured"),
        "own_cents": (pl.Int64(), "what it spent, without what it cannot influence; null: not known"),
        "uninfluenceable_cents": (pl.Int64(), "what it cannot influence"),
        "actual_cents": (pl.Int64(), "the two together"),
        "peers_cents": (pl.Int64(), "what its peers spend for the same outputs"),
        "minimum_cents": (pl.Int64(), "that and what it cannot influence"),
        "maximum_cents": (pl.Int64(), "the minimum with the bandwidth"),
        "over_minimum_cents": (pl.Int64(), "actual less minimum"),
        "place": (pl.String(), "below, within or above minimum and maximum"),
    },
)
PEERS = Result(
    "comparison_peers",
    "With whom a unit is compared, and with what weight",
    ("unit", "model", "peer"),
    {
        **_UNIT,
        "model": (pl.String(), "technical: least inputs; cost: least cost at its prices"),
        "peer": (pl.String(), "the peer"),
        "peer_name": (pl.String(), "what the peer is called"),
        "weight_score": (pl.Float64(), f"how many times the peer stands in the comparison{_TEN}"),
    },
)
MIRROR = Result(
    "comparison_mirror",
    "What a unit and each of its peers use of an input, or spend, for one of an output",
    ("unit", "peer", "input", "output"),
    {
        **_UNIT,
        "peer": (pl.String(), "the peer; only others than the unit itself"),
        "peer_name": (pl.String(), "what the peer is called"),
        "input": (pl.String(), "the input, or the measure of cost"),
        "output": (pl.String(), "the output"),
        "own_per_output_score": (pl.Float64(), "input for one output at the unit; null: it makes none; six decimals"),
        "peer_per_output_score": (pl.Float64(), "the same at the peer"),
        "difference_score": (pl.Float64(), "unit less peer"),
        "difference_share": (pl.Float64(), "difference as a part of the peer's; null: the peer uses none"),
    },
)
SLACKS = Result(
    "comparison_slacks",
    "What a unit uses and makes, and what it would at the frontier: target = score x amount less slack, or amount more",
    ("unit", "measure"),
    {
        **_UNIT,
        "measure": (pl.String(), "the input or output"),
        "side": (pl.String(), "input or output"),
        "amount": (pl.Float64(), "what it uses or makes; six decimals"),
        "radial": (pl.Float64(), "inputs: score times amount; outputs: the amount"),
        "slack": (pl.Float64(), "inputs: still too much; outputs: still too little; ten decimals"),
        "target": (pl.Float64(), "what its peers use and make"),
    },
)
RESULTS = (SCORES, PEERS, MIRROR, SLACKS)


def tables(
    units: Sequence[Unit],
    peers: Peers,
    outcomes: Mapping[str, Outcome],
    bands: Mapping[str, Band],
    settings: Comparison,
) -> dict[str, pl.DataFrame]:
    """All four tables."""
    names = {each.unit: each.name for each in units}
    weights = (
        (each.unit, each.name, model, peer, names[peer], _rounded(weight))
        for each in units
        for model, found in (("technical", outcomes[each.unit].peers), ("cost", outcomes[each.unit].cost_peers))
        for peer, weight in found.items()
    )
    made = (
        _scores(units, peers, outcomes, bands, settings),
        weights,
        _mirror(units, outcomes, settings),
        _slacks(units, outcomes, settings),
    )
    return {
        result.name: result.of(pl.DataFrame(list(rows), schema=result.schema(), orient="row"))
        for result, rows in zip(RESULTS, made, strict=True)
    }


def _rounded(value: Fraction | None, places: int = PLACES) -> float | None:
    """The exact value rounded half to even, as the float nearest to that."""
    return None if value is None else float(round(value, places))


def _scores(
    units: Sequence[Unit],
    peers: Peers,
    outcomes: Mapping[str, Outcome],
    bands: Mapping[str, Band],
    settings: Comparison,
) -> Iterable[tuple[Any, ...]]:
    followers = dict.fromkeys(outcomes, 0)
    for follower, each in outcomes.items():
        for peer in each.peers:
            followers[peer] += peer != follower
    for unit in units:
        outcome, band = outcomes[unit.unit], bands[unit.unit]
        scored = outcome.technical
        score = None if scored is None else scored.value
        cost = _cost_score(unit, outcome, settings)
        quality = unit.amounts.get(settings.quality) if settings.quality else None
        yield (
            unit.unit,
            unit.name,
            _rounded(score),
            None if scored is None else scored.value >= 1 and not any(scored.slacks),
            _rounded(outcome.super),
            _rounded(cost),
            None if cost is None or not score else _rounded(cost / score),
            None if scored is None else len(outcome.peers),
            followers[unit.unit],
            unit.unit in peers.admitted,
            None if quality is None else quality / SCALE,
            band.own,
            band.uninfluenceable,
            band.actual,
            band.peers,
            band.minimum,
            band.maximum,
            None if band.actual is None or band.minimum is None else band.actual - band.minimum,
            band.place,
        )


def _cost_score(unit: Unit, outcome: Outcome, settings: Comparison) -> Fraction | None:
    prices = prices_of(unit, settings) if settings.prices else None
    if outcome.least is None or prices is None:
        return None
    return outcome.least.value / SCALE / spent(unit, prices, settings)


def _mirror(units: Sequence[Unit], outcomes: Mapping[str, Outcome], settings: Comparison) -> Iterable[tuple[Any, ...]]:
    by_name = {each.unit: each for each in units}
    used = [*settings.inputs, *([settings.cost] if settings.cost and settings.cost not in settings.inputs else [])]
    for unit in units:
        for peer in (by_name[each] for each in outcomes[unit.unit].peers if each != unit.unit):
            for measure in used:
                for output in settings.outputs:
                    yield (
                        unit.unit,
                        unit.name,
                        peer.unit,
                        peer.name,
                        measure,
                        output,
                        *_per(unit, peer, measure, output),
                    )


def _per(unit: Unit, peer: Unit, measure: str, output: str) -> tuple[float | None, ...]:
    """Own and peer's use of a measure for one output, and the difference, absolute and as a part of the peer's."""
    own, made = unit.amounts.get(measure), unit.amounts[output]
    other, makes = peer.amounts.get(measure), peer.amounts[output]
    # Quotients of whole numbers, each rounded once.
    first = round(own / made, 6) if own is not None and made else None
    second = round(other / makes, 6) if other is not None and makes else None
    if own is None or other is None or not made or not makes:
        return first, second, None, None
    over = own * makes - other * made
    return first, second, round(over / (made * makes), 6), round(over / (other * made), 6) if other else None


def _slacks(units: Sequence[Unit], outcomes: Mapping[str, Outcome], settings: Comparison) -> Iterable[tuple[Any, ...]]:
    measures = [(each, "input") for each in settings.inputs] + [(each, "output") for each in settings.outputs]
    for unit in units:
        scored = outcomes[unit.unit].technical
        if scored is None:
            continue
        for (measure, side), slack in zip(measures, scored.slacks, strict=True):
            amount = Fraction(unit.amounts[measure], SCALE)
            left = slack / SCALE
            radial = scored.value * amount if side == "input" else amount
            target = radial - left if side == "input" else radial + left
            yield (
                unit.unit, unit.name, measure, side, _rounded(amount, 6), _rounded(radial, 6), _rounded(left),
                _rounded(target, 6),
            )  # fmt: skip
