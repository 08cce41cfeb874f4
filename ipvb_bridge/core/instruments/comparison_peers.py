"""Who may be a peer of whom, and the programs run over all units: quality gate, environment, identical units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from ipvb_bridge.core.instruments.comparison_lp import Combination, LeastCost, Technical, analysis
from ipvb_bridge.core.instruments.comparison_settings import Comparison
from ipvb_bridge.core.instruments.comparison_units import SCALE, Unit


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the programs say of a unit.

    ``technical``: None where no combination of its possible peers makes so much. ``super``: the score against the
    others only; None where there is none. ``least``: the least cost at its prices in 10^-8 euro, and
    the peers that show it; None without prices or such peers. Weights are by unit, in order of unit.
    """

    technical: Combination | None = None
    super: Fraction | None = None
    least: Combination | None = None
    peers: Mapping[str, Fraction] = field(default_factory=dict)
    cost_peers: Mapping[str, Fraction] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Peers:
    """Who may be a peer. ``twins``: units with the same inputs, outputs and environment, by the first of them."""

    admitted: frozenset[str]
    twins: Mapping[str, tuple[str, ...]]


def admit(units: Sequence[Unit], settings: Comparison) -> Peers:
    """The units that may be peers: of the quality that is set, and not ruled out by name.

    A unit of which the quality is not known may not.
    """
    least = settings.quality_at_least
    bar = None if least is None else least * SCALE
    fine = [
        each
        for each in units
        if each.unit not in settings.not_peers
        and (bar is None or (settings.quality in each.amounts and each.amounts[str(settings.quality)] >= bar))
    ]
    groups: dict[tuple[int, ...], list[str]] = {}
    for each in fine:
        groups.setdefault(each.vector((*settings.inputs, *settings.outputs, *settings.environment)), []).append(
            each.unit
        )
    return Peers(frozenset(each.unit for each in fine), {group[0]: tuple(group) for group in groups.values()})


def prices_of(unit: Unit, settings: Comparison) -> tuple[int, ...] | None:
    """The price of each input of a unit in ten-thousandths of a euro; None where one is not known or not above zero."""
    found = []
    for each in settings.inputs:
        price = settings.prices.get(each)
        amount = int(price * SCALE) if isinstance(price, Decimal) else unit.amounts.get(str(price), 0)
        found.append(amount)
    return tuple(found) if all(each > 0 for each in found) else None


def compare(units: Sequence[Unit], peers: Peers, settings: Comparison) -> dict[str, Outcome]:
    """Score every unit against those who may be its peer: in an environment that is as bad or worse.

    Identical units are one column of the programs: a unit that is one of them is its own peer, for another the first
    of them is. Units are scored by environment and then by name, each from where the one before it ended; that order
    does not move the answers (:mod:`.comparison_lp`).
    """
    if not peers.twins:
        return {each.unit: Outcome() for each in units}
    by_name = {each.unit: each for each in units}
    possible = [by_name[each] for each in sorted(peers.twins)]
    programs = _Programs(possible, possible, peers, settings)
    others: dict[str, Fraction | None] = {}
    for each in programs.in_turn(possible):
        inputs, outputs = each.vector(settings.inputs), each.vector(settings.outputs)
        if programs.technical.reaches(inputs, outputs):
            twins = len(peers.twins[each.unit]) > 1
            # With a twin the unit can be left out and nothing changes.
            others[each.unit] = (
                Fraction(1) if twins else programs.technical.without(inputs, outputs, programs.places[each.unit])
            )
    # Whoever is not at the frontier is in no answer, and a tenth of the columns takes a tenth of the time. Only who is
    # scored without itself needs all: others may come to the frontier then.
    programs = _Programs([by_name[each] for each in sorted(others)], possible, peers, settings)
    found = {unit.unit: _outcome(unit, programs, others) for unit in programs.in_turn(units)}
    return {each.unit: found[each.unit] for each in units}


class _Programs:
    """The programs over a set of candidates, and who of them may be the peer of whom."""

    def __init__(
        self, candidates: Sequence[Unit], possible: Sequence[Unit], peers: Peers, settings: Comparison
    ) -> None:
        self.candidates, self.settings = candidates, settings
        inputs = [each.vector(settings.inputs) for each in candidates]
        outputs = [each.vector(settings.outputs) for each in candidates]
        measures = (*settings.inputs, *settings.outputs)
        sums = tuple(sum(each.amounts[measure] for each in possible) for measure in measures)
        self.technical = Technical(inputs, outputs, sums, settings.returns)
        self.least = LeastCost(inputs, outputs, sums, settings.returns) if settings.prices else None

        twins = peers.twins
        # A unit has the place of the unit that is the same.
        self.places = {name: place for place, first in enumerate(candidates) for name in twins[first.unit]}

    def in_turn(self, units: Sequence[Unit]) -> Iterator[Unit]:
        """The units by environment and then by name, with the programs set to who may be the peer of each."""
        _, np = analysis()
        around = {each.unit: _surroundings(each, self.settings) for each in units}
        candidates = [_surroundings(each, self.settings) for each in self.candidates]
        worse = np.array(candidates, dtype=np.int64).reshape(len(candidates), -1)
        before: tuple[int, ...] = ()
        for unit in sorted(units, key=lambda each: (around[each.unit], each.unit)):
            if around[unit.unit] != before:
                before = around[unit.unit]
                allowed = (worse >= np.array(before, dtype=np.int64)).all(axis=1)
                for program in (self.technical, self.least):
                    if program is not None:
                        program.allow(allowed)
            yield unit


def _surroundings(unit: Unit, settings: Comparison) -> tuple[int, ...]:
    """The environment of a unit, the greater the worse."""
    return tuple(
        unit.amounts[each] if worse == "higher" else -unit.amounts[each] for each, worse in settings.environment.items()
    )


def _outcome(unit: Unit, programs: _Programs, others: Mapping[str, Fraction | None]) -> Outcome:
    settings, candidates = programs.settings, programs.candidates
    inputs, outputs = unit.vector(settings.inputs), unit.vector(settings.outputs)
    own = programs.places.get(unit.unit)
    scored = programs.technical.score(inputs, outputs, own)
    beyond = None if scored is None else scored.value
    if scored is not None and own is not None and scored.value == 1:
        beyond = others[candidates[own].unit]
    prices = prices_of(unit, settings) if programs.least is not None else None
    cheapest = None
    if programs.least is not None and prices is not None:
        cheapest = programs.least.least(inputs, outputs, prices)

    def named(combination: Combination | None) -> dict[str, Fraction]:
        weights = combination.weights if combination is not None else {}
        return {unit.unit if place == own else candidates[place].unit: weight for place, weight in weights.items()}

    return Outcome(scored, beyond, cheapest, named(scored), named(cheapest))
