"""The settings of the method: `method.toml`, exactly as in the worked example.

Shares and percentages are :class:`decimal.Decimal`; the calculations turn them into exact fractions.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from ipvb_bridge.core.instruments.settings import Instruments
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import LEVELS

Level = Literal["1", "2", "3", "4", "5", "6", "7", "W"]
DayPart = Literal["morning", "afternoon", "evening", "night"]
Share = Annotated[Decimal, Field(gt=0, le=1, max_digits=12)]
assert Level.__args__ == LEVELS  # type: ignore[attr-defined]  # a Literal keeps its values there


def _period(value: Any) -> Any:
    return Period.parse(value) if isinstance(value, str) else value


Span = Annotated[Period, BeforeValidator(_period)]


class Clock(BaseModel):
    """A day part's bounds on the clock; an end at or before the start lies on the next day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: dt.time
    end: dt.time

    @property
    def minutes(self) -> int:
        """Nominal length in minutes."""
        first = self.start.hour * 60 + self.start.minute
        last = self.end.hour * 60 + self.end.minute
        return (last - first) % 1440 or 1440


def _clock(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    first, dash, last = value.partition("-")
    if not dash:
        raise ValueError("a day part is written 07:00-12:00")
    return Clock(start=dt.time.fromisoformat(first.strip()), end=dt.time.fromisoformat(last.strip()))


Bounds = Annotated[Clock, BeforeValidator(_clock)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class CostPrice(_Section):
    """[cost_price]: which ledger months, how support pools are passed on, which day prices there are."""

    window: Span | None = Field(
        None, description="whole months of ledger cost; default the 12 that end with the period"
    )
    allocation: Literal["reciprocal", "step_down", "direct"] = Field(
        "reciprocal", description="how support pools are passed on"
    )
    step_order: tuple[str, ...] = Field((), description="order of the support pools for step_down")
    day_part_pricing: Literal["uniform", "irregularity"] = Field(
        "uniform", description="one price a level, or one a level and day part"
    )
    pools: dict[str, Literal["support", "final"]] = Field(description="every pool and its kind; `care` is final")
    components: dict[str, Literal["held", "present"]] = Field(
        default_factory=dict, description="day prices: charged per day held, or only per day present"
    )
    without: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="components that a delivery form does not get"
    )

    @model_validator(mode="after")
    def _consistent(self) -> CostPrice:
        if self.pools.get("care") != "final":
            raise ValueError('pools needs care = "final"')
        if self.window is not None and not self.window.whole_months:
            raise ValueError("window holds whole calendar months")
        final = {name for name, kind in self.pools.items() if kind == "final" and name != "care"}
        if final != set(self.components):
            odd = ", ".join(sorted(final ^ set(self.components)))
            raise ValueError(f"each final pool but care is a component, and each component a final pool: {odd}")
        support = {name for name, kind in self.pools.items() if kind == "support"}
        if self.allocation == "step_down" and set(self.step_order) != support:
            raise ValueError("step_order names each support pool once")
        unknown = {name for names in self.without.values() for name in names} - set(self.components)
        if unknown:
            raise ValueError(f"without names no component of [cost_price.components]: {', '.join(sorted(unknown))}")
        return self


class Budget(_Section):
    """[budget]: what the contract pays, and which parts are the resident's to spend."""

    contract_percentage: Share = Field(Decimal(1), description="share of the tariff that the contract pays")
    fixed: tuple[str, ...] = Field((), description="components and care functions that are fixed")
    free: tuple[str, ...] = Field((), description="components and care functions that are the resident's to spend")


class Formation(_Section):
    """[formation]: from hours a week to FTE."""

    gross_year: Annotated[Decimal, Field(gt=0)] = Field(
        Decimal(1878), description="paid hours a year of a full-time contract (CAO VVT)"
    )
    net_year: Annotated[Decimal, Field(gt=0)] = Field(
        description="hours a year left after leave, sickness and training"
    )
    attribution: Literal["by_overlap", "by_start"] = Field(
        "by_overlap", description="how actual hours fall into day parts"
    )


class Reconciliation(_Section):
    """[reconciliation]: bands outside which a figure is worth a look. Absent means: report any difference."""

    hours_tolerance: Share | None = Field(None, description="R02, R03: share of difference that needs no finding")
    wage_tolerance: Share | None = Field(None, description="R01: share of difference that needs no finding")
    price_low: Annotated[Decimal, Field(ge=0)] | None = Field(
        None, description="R09: lowest plausible hourly price, euros"
    )
    price_high: Annotated[Decimal, Field(ge=0)] | None = Field(
        None, description="R09: highest plausible hourly price, euros"
    )
    on_cost_low: Annotated[Decimal, Field(ge=0)] | None = Field(
        None, description="R09: lowest plausible employer charges, share of gross"
    )
    on_cost_high: Annotated[Decimal, Field(ge=0)] | None = Field(
        None, description="R09: highest plausible employer charges, share of gross"
    )


def _default_day_parts() -> dict[DayPart, Clock]:
    return {
        "morning": _clock("07:00-12:00"),
        "afternoon": _clock("12:00-17:00"),
        "evening": _clock("17:00-23:00"),
        "night": _clock("23:00-07:00"),
    }


class MethodSettings(_Section):
    """Everything in `method.toml`."""

    period: Span | None = Field(None, description="the period a command uses when none is given")
    day_parts: dict[DayPart, Bounds] = Field(
        default_factory=_default_day_parts, description="clock bounds of the four day parts"
    )
    cost_price: CostPrice
    direct_share: dict[Level, Share] = Field(description="client hours / worked hours, a level")
    gink_mix: dict[Level, Share] = Field(default_factory=dict, description="normative mix of levels; adds up to 1")
    budget: Budget = Budget()
    formation: Formation
    reconciliation: Reconciliation = Reconciliation()
    instruments: Instruments = Instruments()

    @model_validator(mode="after")
    def _consistent(self) -> MethodSettings:
        if set(self.day_parts) != set(_default_day_parts()):
            raise ValueError("day_parts names morning, afternoon, evening and night")
        ordered = sorted(self.day_parts.values(), key=lambda clock: clock.start)
        for clock, following in zip(ordered, ordered[1:] + ordered[:1], strict=True):
            if clock.end != following.start:
                raise ValueError("day_parts cover the 24 hours without gap or overlap")
        if self.gink_mix and sum(self.gink_mix.values()) != 1:
            raise ValueError(f"gink_mix adds up to {sum(self.gink_mix.values())}, not 1")
        return self
