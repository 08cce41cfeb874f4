"""Minimum and maximum cost of a unit: our reading of a method that was never published whole.

Published: the minimum is the cost of the peers plus the factors that a unit cannot influence, the maximum is the
minimum raised by a fixed percentage. Not published: returns to scale, inputs and outputs, that percentage, and how
the two become a tariff. Our reading: the cost of the peers is the sum over the peers of weight times their cost;
without a measure of cost it is the least cost at the unit's prices. The unit's own uninfluenceable cost is added to it
as it is, and a unit below, within or above minimum and maximum is named so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments.comparison_peers import Outcome, prices_of
from ipvb_bridge.core.instruments.comparison_settings import Comparison
from ipvb_bridge.core.instruments.comparison_units import SCALE, Unit

PER_CENT = SCALE // 100
"""Ten-thousandths of a euro in a cent."""


@dataclass(frozen=True, slots=True)
class Band:
    """Cents; what is not known is None. ``own + uninfluenceable = actual``, ``peers + uninfluenceable = minimum``."""

    own: int | None = None
    uninfluenceable: int | None = None
    peers: int | None = None
    maximum: int | None = None

    @property
    def actual(self) -> int | None:
        """What the unit cost."""
        return _sum(self.own, self.uninfluenceable)

    @property
    def minimum(self) -> int | None:
        """What it would cost at the least."""
        return _sum(self.peers, self.uninfluenceable)

    @property
    def place(self) -> str | None:
        """Where the actual cost lies: below, within or above."""
        if self.actual is None or self.minimum is None or self.maximum is None:
            return None
        return "below" if self.actual < self.minimum else "above" if self.actual > self.maximum else "within"


def _sum(one: int | None, other: int | None) -> int | None:
    return None if one is None or other is None else one + other


def bands(
    units: Sequence[Unit], outcomes: Mapping[str, Outcome], settings: Comparison
) -> tuple[dict[str, Band], list[Finding]]:
    """The band of each unit, and a finding for each of which the cost is not known."""
    if settings.cost is None and not settings.prices:
        return {each.unit: Band() for each in units}, []
    by_name = {each.unit: each for each in units}
    notes = []
    found = {}
    for unit in units:
        missing = _missing(unit, outcomes[unit.unit], by_name, settings)
        found[unit.unit] = Band() if missing else _band(unit, outcomes[unit.unit], by_name, settings)
        if missing:
            notes.append(
                Finding(
                    "I19",
                    "warning",
                    f"Voor {unit.unit} zijn geen minimale en maximale kosten berekend; niet bekend of lager dan nul is"
                    f" {', '.join(missing)}.",
                    "Vul instruments/comparison_units.csv aan en maak de pagina opnieuw.",
                    subject=unit.unit,
                )
            )
    return found, notes


def _missing(unit: Unit, outcome: Outcome, units: Mapping[str, Unit], settings: Comparison) -> list[str]:
    """What is not known of the cost of a unit or, for its peers' cost, of its peers."""
    missing = [each for each in settings.uninfluenceable if unit.amounts.get(each, -1) < 0]
    if settings.cost is not None:
        missing += [
            settings.cost if each == unit.unit else f"{settings.cost} van {each}"
            for each in dict.fromkeys([unit.unit, *outcome.peers])
            if units[each].amounts.get(settings.cost, -1) < 0
        ]
    elif prices_of(unit, settings) is None:
        missing += [
            f"de prijs {each}"
            for each in settings.prices.values()
            if isinstance(each, str) and unit.amounts.get(each, 0) <= 0
        ]
    return missing


def _band(unit: Unit, outcome: Outcome, units: Mapping[str, Unit], settings: Comparison) -> Band:
    outside = _cents(Fraction(sum(unit.amounts[each] for each in settings.uninfluenceable)))
    peers: Fraction | None = None
    if settings.cost is not None:
        own = Fraction(unit.amounts[settings.cost])
        if outcome.technical is not None:
            peers = sum(
                (weight * units[each].amounts[settings.cost] for each, weight in outcome.peers.items()), Fraction(0)
            )
    else:
        prices = prices_of(unit, settings) or ()
        own = spent(unit, prices, settings)
        if outcome.least is not None:
            peers = outcome.least.value / SCALE
    least = None if peers is None else _cents(peers)
    highest = None if least is None else round((least + outside) * (1 + Fraction(settings.bandwidth)))
    return Band(_cents(own), outside, least, highest)


def spent(unit: Unit, prices: Sequence[int], settings: Comparison) -> Fraction:
    """What the inputs of a unit cost at its prices, in ten-thousandths of a euro."""
    pairs = zip(unit.vector(settings.inputs), prices, strict=True)
    return Fraction(sum(amount * price for amount, price in pairs), SCALE)


def _cents(amount: Fraction) -> int:
    """Ten-thousandths of a euro as cents, half to even."""
    return round(amount / PER_CENT)
