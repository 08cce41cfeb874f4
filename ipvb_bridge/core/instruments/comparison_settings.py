"""[instruments.comparison] of method.toml: what is compared, and how."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, model_validator

from ipvb_bridge.core.instruments.section import Section

Returns = Literal["constant", "variable", "non_increasing", "non_decreasing"]
Names = Annotated[tuple[str, ...], Field(min_length=1)]
Price = Annotated[Decimal, Field(gt=0, max_digits=12, decimal_places=4)]


class Comparison(Section):
    """What is compared and how. Nothing here has an official value: the method of the Integrale Vergelijking was
    never published whole, so ``returns`` and ``bandwidth`` have no default.
    """

    units: Literal["file", "departments", "locations"] | None = Field(
        None,
        description="who are compared: those of instruments/comparison_units.csv, or the own departments or locations;"
        " default the file when it has rows, else the departments",
    )
    returns: Returns = Field(description="returns to scale; there is no official value")
    bandwidth: Annotated[Decimal, Field(ge=0, le=10)] = Field(
        description="maximum cost = minimum cost x (1 + bandwidth); there is no official value"
    )
    inputs: Names = Field(description="measures that a unit uses, the less the better")
    outputs: Names = Field(description="measures that a unit makes, the more the better")
    prices: dict[str, Price | str] = Field(
        default_factory=dict,
        description="price of each input in euros, or the measure that holds the unit's own price",
    )
    cost: str | None = Field(
        None, description="measure with what a unit spent in euros, without what it cannot influence"
    )
    uninfluenceable: tuple[str, ...] = Field(
        (), description="measures in euros that a unit cannot influence; added to the cost of its peers"
    )
    quality: str | None = Field(None, description="measure by which a unit may be a peer, the higher the better")
    quality_at_least: Decimal | None = Field(None, description="lowest quality with which a unit may be a peer")
    environment: dict[str, Literal["higher", "lower"]] = Field(
        default_factory=dict,
        description="measures of the environment and which side of them is the worse:"
        " a peer's environment is as bad or worse",
    )
    not_peers: tuple[str, ...] = Field((), description="units that are scored and may not be peers")
    outlier_above: Annotated[Decimal, Field(gt=1)] | None = Field(
        None, description="super-efficiency above which a unit is named as a possible outlier"
    )

    @model_validator(mode="after")
    def _consistent(self) -> Comparison:
        measures = [*self.inputs, *self.outputs]
        if twice := sorted({each for each in measures if measures.count(each) > 1}):
            raise ValueError(f"inputs and outputs name each measure once: {', '.join(twice)}")
        if self.prices and set(self.prices) != set(self.inputs):
            odd = ", ".join(sorted(set(self.prices) ^ set(self.inputs)))
            raise ValueError(f"prices names each of the inputs and nothing else: {odd}")
        if (self.quality is None) != (self.quality_at_least is None):
            raise ValueError("quality and quality_at_least go together")
        if self.uninfluenceable and self.cost is None and not self.prices:
            raise ValueError("uninfluenceable needs cost or prices: there is no minimum cost without them")
        if self.cost in self.uninfluenceable:
            raise ValueError("cost is what a unit spent without what it cannot influence")
        return self

    @property
    def measures(self) -> tuple[str, ...]:
        """Every measure that these settings name."""
        named = [*self.inputs, *self.outputs, *(each for each in self.prices.values() if isinstance(each, str))]
        named += [*self.uninfluenceable, *self.environment, *(each for each in (self.cost, self.quality) if each)]
        return tuple(dict.fromkeys(named))
