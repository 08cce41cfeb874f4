"""One scenario through the calculation: altered amounts and settings in, prices, budgets, formation and bridge out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import hours, messages
from ipvb_bridge.core.bridge import bridge
from ipvb_bridge.core.care_cost import HIRED, WAGES
from ipvb_bridge.core.collect import ledger_cost
from ipvb_bridge.core.cost_price import CARE, cost_window
from ipvb_bridge.core.days import component_days, resident_days
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.formation import formation
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.instruments.price_windows import Basis, around, basis, condensed_hours, months_around, stays
from ipvb_bridge.core.instruments.scenarios_settings import Scenario
from ipvb_bridge.core.lines import PAYERS_OF, priced
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import half_even
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.core.tariffs import available

BUDGET = (
    "available", "care", "stay", "required", "balance", "private", "outside", "ledger_cost", "unabsorbed",
    "price_difference",
)  # fmt: skip
"""The figures of a scenario, in the order of the page."""

AT_HOME = ("vpt", "mpt", "pgb")
"""Delivery forms that hold no place."""

_DENOMINATOR = 10**9
"""Factors of hours and occupancy are brought back to this denominator, so that the product of amounts fits Int128."""


class Skipped(Exception):
    """A scenario that asks for what cannot be said; ``finding`` tells why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.explanation)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Outcome:
    """``prices`` of cost_price.COST_PRICES; ``budget`` by figure of BUDGET; ``formation``: level, required_fte;
    ``bridge`` of bridge.BRIDGE.
    """

    prices: pl.DataFrame
    budget: Mapping[str, int]
    formation: pl.DataFrame
    bridge: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Runs:
    """What every scenario of a period shares, worked out once.

    ``lines``: staff lines as counts of equal ones (day_part, level, payer, place, milliminutes, count); ``time``: their
    milliminutes by unit_id, day_part, level and place; ``segments`` of the period; ``worked`` of core.hours over the
    period, ``staff`` over the cost window.
    """

    given: Given
    window: Period
    rows: Basis
    lines: pl.DataFrame
    time: pl.DataFrame
    segments: pl.DataFrame
    worked: pl.DataFrame
    staff: pl.DataFrame

    def shares(self) -> dict[str, Decimal]:
        """The direct shares of the settings."""
        return {str(level): share for level, share in self.given.settings.direct_share.items()}

    def direct_shares(self, scenario: Scenario) -> dict[str, Decimal]:
        """The direct shares that a scenario changes, by level."""
        asked = scenario.direct_share
        if asked is None:
            return {}
        return dict(sorted(asked.items())) if isinstance(asked, dict) else dict.fromkeys(sorted(self.shares()), asked)

    def hired_share(self) -> Fraction | None:
        """Hired hours as a part of the hours worked with residents in the cost window; None without hours."""
        hired, whole = self._hours()
        return Fraction(hired, whole) if whole > 0 else None

    def _hours(self) -> tuple[int, int]:
        known = self.staff.filter(pl.col("level").is_not_null())
        hired = known.filter(pl.col("employment") == "hired")
        return int(hired["paid_minutes"].sum()), int(known["paid_minutes"].sum())

    def occupancy(self, scenario: Scenario) -> Fraction:
        """Occupied days of the period as a part of the days of all places."""
        held = int(self.segments.filter(_holds_place())["days"].sum())
        return Fraction(held, (scenario.places or 1) * self.given.period.days)

    def run(self, scenario: Scenario, name: str = "", notes: list[Finding] | None = None) -> Outcome:
        """Work a scenario out. Raises :class:`Skipped`, and what the calculation raises."""
        given = self.given
        fill = self._fill(scenario, name)
        settings = self._settings(scenario)
        factors = self._factors(scenario, name, fill, notes if notes is not None else [])
        ledger = _scaled(self.rows.streams["ledger_lines"], factors)
        rows = self.rows.with_ledger(ledger).with_days(_filled_days(self.rows.days, fill))
        price = rows.price(self.window, settings)
        cost = self._cost(price.levels, fill)
        sums = {
            figure: int(cost.filter(pl.col("payer") == payer)["cost_cents"].sum())
            for figure, payer in PAYERS_OF.items()
        }
        stay = self._stay(dict(price.components.select("component", "day_price_cents").iter_rows()), fill)
        budget_row = pl.DataFrame({**{key: [value] for key, value in sums.items()}, "stay_cents": [stay]})
        # The whole cost of the period, by account month or by date as the calculation does, each line altered alike.
        in_period = given.streams["ledger_lines"].filter(_in_period(given.period))
        spent = ledger_cost(_scaled(in_period, factors), settings.cost_price, given.period)
        steps = bridge(spent, budget_row, cost, self.worked, price.levels, settings)
        required = sums["care_cents"] + stay
        income = self._available(scenario, fill)
        unabsorbed = int(steps.filter(pl.col("part") == "unabsorbed")["cents"].sum())
        rest = int(steps.filter(pl.col("part") == "price_difference")["cents"].sum())
        figures = (
            income, sums["care_cents"], stay, required, income - required, sums["private_cents"],
            sums["outside_cents"], spent, unabsorbed, rest,
        )  # fmt: skip
        return Outcome(price.table, dict(zip(BUDGET, figures, strict=True)), self._formation(fill, settings), steps)

    def _fill(self, scenario: Scenario, name: str) -> Fraction:
        """By what the days of residents with a place are multiplied."""
        if scenario.occupancy is None:
            return Fraction(1)
        now = self.occupancy(scenario)
        if not now:
            raise Skipped(cannot(name, "niemand houdt in deze periode een plaats bezet, dus is er geen bezetting nu"))
        if now > 1:
            raise Skipped(cannot(name, f"er zijn meer plaatsen bezet dan de {scenario.places} die er zouden zijn"))
        return (Fraction(scenario.occupancy) / now).limit_denominator(_DENOMINATOR)

    def _settings(self, scenario: Scenario) -> MethodSettings:
        changed = self.direct_shares(scenario)
        return self.given.settings.model_copy(update={"direct_share": {**self.shares(), **changed}})

    def _factors(
        self, scenario: Scenario, name: str, fill: Fraction, notes: list[Finding]
    ) -> dict[tuple[str, str | None], Fraction]:
        """By what ledger lines are multiplied: (category, pool), pool null for every pool."""
        factors: dict[tuple[str, str | None], Fraction] = {}
        changes = {category: Fraction(change) for category, change in scenario.costs.items()}
        if scenario.wages:
            changes[WAGES] = Fraction(scenario.wages)
        for category, change in changes.items():
            factors[category, None] = 1 + change
        for category in scenario.variable:
            factors[category, None] = factors.get((category, None), Fraction(1)) * self._all_days(fill)
        known = set(self.rows.streams["ledger_lines"]["category"].unique())
        unknown = sorted({category for category, _ in factors} - known)
        if unknown:
            notes.append(
                Finding(
                    "I32",
                    "warning",
                    f"Scenario {name} noemt een kostensoort waarop niets is geboekt: {', '.join(unknown)}.",
                    "Gebruik een kostensoort uit mappings/accounts.csv.",
                    subject=name,
                )
            )
        if scenario.hired_share is not None:
            hired, whole = self._hours()
            if not 0 < hired < whole:
                raise Skipped(cannot(name, "er zijn geen uren van eigen en van ingehuurd personeel om te vergelijken"))
            now, asked = Fraction(hired, whole), Fraction(scenario.hired_share)
            for category, factor in ((HIRED, asked / now), (WAGES, (1 - asked) / (1 - now))):
                general = factors.get((category, None), Fraction(1))
                factors[category, CARE] = (general * factor).limit_denominator(_DENOMINATOR)
        return {key: factor.limit_denominator(_DENOMINATOR) for key, factor in factors.items()}

    def _all_days(self, fill: Fraction) -> Fraction:
        """By what the days of all residents are multiplied when those with a place are multiplied by ``fill``."""
        placed = int(self.segments.filter(_holds_place())["days"].sum())
        whole = int(self.segments["days"].sum())
        return (placed * fill + (whole - placed)) / whole if whole else Fraction(1)

    def _cost(self, levels: pl.DataFrame, fill: Fraction) -> pl.DataFrame:
        """day_part, level, payer, place and cost_cents of the agreed care; each sum is multiplied once."""
        cost = (
            priced(self.lines.lazy().with_columns(performer=pl.lit("staff")), levels)
            .group_by("day_part", "level", "payer", "place")
            .agg(
                (pl.col("cost_cents") * pl.col("count")).sum(),
                unpriced=pl.col("cost_cents").null_count(),
            )
            .collect()
        )
        if without := sorted(set(cost.filter(pl.col("unpriced") > 0)["level"])):
            raise CalculationError(
                messages.LEVEL_WITHOUT_PRICE, seen=", ".join(without), lines=without, listed=", ".join(without)
            )
        return cost.with_columns(_times("cost_cents", fill)).sort("day_part", "level", "payer", "place")

    def _stay(self, prices: Mapping[str, int], fill: Fraction) -> int:
        """Day prices times the days charged in the period; altered days are whole days, as in the window."""
        total = 0
        for place, factor in ((True, fill), (False, Fraction(1))):
            own = component_days(self.segments.filter(_holds_place() == place), self.given.settings)
            total += sum(round(days * factor) * prices.get(name, 0) for name, days in own.iter_rows())
        return total

    def _available(self, scenario: Scenario, fill: Fraction) -> int:
        tariffs = self.given.norms["tariffs"]
        if scenario.tariffs:
            factor = 1 + Fraction(scenario.tariffs)
            tariffs = tariffs.with_columns(_multiplied(pl.col("day_tariff"), factor).alias("day_tariff"))
        total = Fraction(0)
        for place, times in ((True, fill), (False, Fraction(1))):
            rows = available(self.segments.filter(_holds_place() == place), tariffs, self.given.settings).rows
            total += int(rows["available_cents"].sum()) * times
        return round(total)

    def _formation(self, fill: Fraction, settings: MethodSettings) -> pl.DataFrame:
        time = self.time.with_columns(_times("milliminutes", fill))
        cells = time.group_by("unit_id", "day_part", "level").agg(pl.col("milliminutes").sum())
        none = hours.by_day_part(self.worked.clear(), settings)
        rows = formation(cells, none, self.given.norms["minimum_cover"], settings, self.given.period).rows
        return rows.group_by("level").agg(pl.col("required_fte").sum().round(6)).sort("level")


def cannot(name: str, why: str) -> Finding:
    """Why a scenario cannot be worked out."""
    return Finding(
        "I34",
        "warning",
        f"Scenario {name} is niet te berekenen: {why}.",
        f"Verbeter [instruments.scenarios.{name}] in method.toml.",
        subject=name,
    )


def _holds_place() -> pl.Expr:
    return ~pl.col("delivery_form").is_in(AT_HOME).fill_null(False)


def _in_period(period: Period) -> pl.Expr:
    by_month = pl.col("period").is_in(period.months())
    return by_month if period.whole_months else pl.col("date").is_between(period.start, period.end)


def _multiplied(column: pl.Expr, factor: Fraction) -> pl.Expr:
    near = factor.limit_denominator(10**12)
    top = column.cast(pl.Int128) * pl.lit(near.numerator, pl.Int128)
    return half_even(top, pl.lit(near.denominator, pl.Int128)).cast(pl.Int64)


def _times(name: str, factor: Fraction) -> pl.Expr:
    """A sum of residents with a place times ``factor``; the rest stays."""
    return pl.when("place").then(_multiplied(pl.col(name), factor)).otherwise(pl.col(name)).alias(name)


def _scaled(lines: pl.DataFrame, factors: Mapping[tuple[str, str | None], Fraction]) -> pl.DataFrame:
    """Ledger lines with altered amounts; a factor of one pool goes before that of every pool."""
    amount = pl.col("amount")
    for (category, pool), factor in sorted(factors.items(), key=lambda item: (item[0][1] is not None, item[0])):
        here = pl.col("category") == category
        if pool is not None:
            here = here & (pl.col("pool") == pool)
        amount = pl.when(here.fill_null(False)).then(_multiplied(pl.col("amount"), factor)).otherwise(amount)
    return lines.with_columns(amount=amount)


def _filled_days(days: pl.DataFrame, fill: Fraction) -> pl.DataFrame:
    """The window's component days with those of places multiplied, rounded to whole days a month."""
    return days.with_columns(days=_times("days", fill)).group_by("month", "component").agg(pl.col("days").sum())


def runs(given: Given) -> Runs:
    """Prepare the scenarios of a period."""
    window = cost_window(given.settings, given.period)
    rows = basis(given, around([window, months_around(given.period)]), by_place=AT_HOME)
    summed = rows.streams["hours"]
    # Every line counts in the cost price, so amounts are rounded line by line, never on a sum.
    inside = given.streams["ledger_lines"].filter(pl.col("period").is_in(window.months()))
    rows = rows.with_ledger(inside)
    segments = resident_days(*stays(given), given.period).segments
    uniform = given.settings.cost_price.day_part_pricing == "uniform"
    # Sums by month tell of whole months only, and not of day parts.
    own_hours = given.streams["hours"] if not uniform else summed
    if uniform and not given.period.whole_months:
        own_hours = condensed_hours(given.streams["hours"], given.period)
    worked = hours.worked(own_hours, given.streams["contracts"], given.period)
    staff = hours.worked(summed, given.streams["contracts"], window)
    return Runs(given, window, rows, *_summed_lines(given, segments), segments, worked, staff)


def _summed_lines(given: Given, segments: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """``lines`` and ``time`` of :class:`Runs`: cost is rounded a line, so lines of one time and level are alike."""
    homes = (
        segments.sort("resident_id", "unit_id", "start_date")
        .group_by("resident_id", "unit_id")
        .agg(place=_holds_place().last())
    )
    lines = (
        given.tables["lines"]
        .lazy()
        .filter(pl.col("performer") == "staff")
        .join(homes.lazy(), on=["resident_id", "unit_id"], how="left")
        .with_columns(pl.col("place").fill_null(True))
    )
    counted, time = pl.collect_all(
        [
            lines.group_by("day_part", "level", "payer", "place", "milliminutes").agg(count=pl.len().cast(pl.Int64)),
            lines.group_by("unit_id", "day_part", "level", "place").agg(pl.col("milliminutes").sum()),
        ]
    )
    return counted, time
