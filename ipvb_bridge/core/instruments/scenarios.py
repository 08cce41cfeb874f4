"""What if: the prices, the budgets and the formation of the period with other wages, costs, shares or occupancy.

Each scenario goes through the calculation itself (core.cost_price, core.lines, core.formation, core.bridge) with
altered amounts or settings, and stands beside the base, which goes the same way with nothing altered. No row is added
or taken away. **Our reading**, for the sources give no formula:

* *costs*: every ledger line of the category, in the cost window and the period, in every pool, times 1 + change,
  rounded once, half to even. Payroll stays: it only says how wages are divided, and all move alike.
* *hired share*: the worked hours stay. Hired cost of the care pool moves with the hours of hired staff and its wages
  with those of own staff, each at its present cost an hour; the mix of levels stays.
* *occupancy*: residents who hold a place (neither vpt nor mpt) move from the occupancy of the period to the one asked
  for, and their days, agreed care and income with them, in the period and in the cost window. Worked hours and costs
  stay, but for the categories in ``variable``, which move with the days of all residents in the window.
* *tariffs*: every day tariff times 1 + change, rounded to a cent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import findings as found
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.scenarios_run import BUDGET, Outcome, Runs, Skipped, cannot, runs
from ipvb_bridge.core.instruments.scenarios_settings import Scenario

BASE = "base"

_SCENARIO = {"scenario": (pl.String(), "the scenario's name in method.toml")}

CHANGES = Result(
    "scenarios",
    "The scenarios and what each of them changes",
    ("scenario", "setting", "key"),
    {
        **_SCENARIO,
        "setting": (pl.String(), "wages, costs, hired_share, direct_share, occupancy, variable or tariffs"),
        "key": (pl.String(), "the cost category or level; null: all"),
        "base_share": (pl.Float64(), "the share as it is; null for a change"),
        "share": (pl.Float64(), "the share in the scenario, or the change (0.03 is 3 % more)"),
        "description": (pl.String(), "as the settings say"),
    },
)
PRICES = Result(
    "scenario_prices",
    "Each price in the base and in the scenario",
    ("scenario", "kind", "key", "day_part"),
    {
        **_SCENARIO,
        "kind": (pl.String(), "level, component or gink"),
        "key": (pl.String(), "the level or the component; gink"),
        "day_part": (pl.String(), "day part of the price; null: it holds for each"),
        "base_cents": (pl.Int64(), "price in the base"),
        "scenario_cents": (pl.Int64(), "price in the scenario"),
        "difference_cents": (pl.Int64(), "scenario less base"),
        "difference_share": (pl.Float64(), "difference as a part of the base"),
    },
)
BUDGETS = Result(
    "scenario_budgets",
    "The budgets of all residents together in the base and in the scenario",
    ("scenario", "figure"),
    {
        **_SCENARIO,
        "figure": (pl.String(), f"{', '.join(BUDGET)}"),
        "base_cents": (pl.Int64(), "in the base"),
        "scenario_cents": (pl.Int64(), "in the scenario"),
        "difference_cents": (pl.Int64(), "scenario less base"),
        "difference_share": (pl.Float64(), "difference as a part of the base; null of nothing"),
    },
)
FORMATION = Result(
    "scenario_formation",
    "Required staff by level in the base and in the scenario",
    ("scenario", "level"),
    {
        **_SCENARIO,
        "level": (pl.String(), "level"),
        "base_fte": (pl.Float64(), "required in the base"),
        "scenario_fte": (pl.Float64(), "required in the scenario"),
        "difference_fte": (pl.Float64(), "scenario less base"),
    },
)
BRIDGE = Result(
    "scenario_bridge",
    "From the ledger's cost to the budgets, of the base and of each scenario; each adds up to the cent",
    ("scenario", "part", "level"),
    {
        "scenario": (pl.String(), f"the scenario's name; {BASE}: as it is"),
        "part": (pl.String(), "as in the result table bridge"),
        "level": (pl.String(), "only with unabsorbed"),
        "cents": (pl.Int64(), "cents"),
    },
)


@dataclass(frozen=True, slots=True)
class _Done:
    name: str
    scenario: Scenario
    outcome: Outcome


def make(given: Given) -> Made:
    """See the module. Raises what the calculation raises where even the base cannot be worked out."""
    wanted = given.settings.instruments.scenarios
    if not wanted:
        return Made(
            {result.name: result.empty() for result in RESULTS},
            found.frame(
                [
                    Finding(
                        "I30",
                        "info",
                        "Er zijn geen scenario's ingesteld.",
                        "Zet een scenario in method.toml, bijvoorbeeld [instruments.scenarios.loon] met wages = 0.03.",
                    )
                ]
            ),
        )
    prepared = runs(given)
    base = prepared.run(Scenario())
    notes = _stale(given, base)
    done: list[_Done] = []
    for name, scenario in sorted(wanted.items()):
        try:
            if name == BASE:
                raise Skipped(cannot(name, "zo heet de stand van nu al"))
            done.append(_Done(name, scenario, prepared.run(scenario, name, notes)))
        except Skipped as skipped:
            notes.append(skipped.finding)
        except CalculationError as error:
            notes.append(
                Finding(
                    "I33",
                    "warning",
                    f"Scenario {name} is niet te berekenen: {error.what('nl')}.",
                    error.next_step("nl"),
                    subject=error.code,
                )
            )
    tables = {
        CHANGES.name: CHANGES.of(_changes(done, prepared)),
        PRICES.name: PRICES.of(_prices(base, done)),
        BUDGETS.name: BUDGETS.of(_budgets(base, done)),
        FORMATION.name: FORMATION.of(_formation(base, done)),
        BRIDGE.name: BRIDGE.of(
            pl.concat(
                [
                    outcome.bridge.select(pl.lit(name).alias("scenario"), "part", "level", "cents")
                    for name, outcome in [(BASE, base), *((each.name, each.outcome) for each in done)]
                ]
            )
        ),
    }
    return Made(tables, found.frame(notes))


def _stale(given: Given, base: Outcome) -> list[Finding]:
    """The base is worked out anew; where it is not what was calculated, a setting or mapping changed since."""
    before = given.tables["cost_prices"].select("kind", "key", "day_part", "price_cents")
    if before.sort(pl.all()).equals(base.prices.select(before.columns).sort(pl.all())):
        return []
    return [
        Finding(
            "I31",
            "warning",
            "De prijzen van de basis zijn niet die van de berekening van deze periode: een instelling, norm of"
            " koppeltabel is sindsdien veranderd.",
            f"Bereken eerst opnieuw: `ipvb-bridge calculate {given.period}`.",
        )
    ]


def _changes(done: list[_Done], prepared: Runs) -> pl.DataFrame:
    rows: list[tuple[str, str, str | None, float | None, float | None, str]] = []
    for each in done:
        scenario, text = each.scenario, each.scenario.description
        start = len(rows)
        if scenario.wages:
            rows.append((each.name, "wages", None, None, float(scenario.wages), text))
        rows += [(each.name, "costs", name, None, float(change), text) for name, change in scenario.costs.items()]
        if scenario.hired_share is not None:
            now = prepared.hired_share()
            rows.append(
                (each.name, "hired_share", None, None if now is None else _six(now), float(scenario.hired_share), text)
            )
        for level, share in prepared.direct_shares(scenario).items():
            now_direct = prepared.shares().get(level)
            base_share = None if now_direct is None else float(now_direct)
            rows.append((each.name, "direct_share", level, base_share, float(share), text))
        if scenario.occupancy is not None:
            rows.append(
                (each.name, "occupancy", None, _six(prepared.occupancy(scenario)), float(scenario.occupancy), text)
            )
        rows += [(each.name, "variable", name, None, None, text) for name in scenario.variable]
        if scenario.tariffs:
            rows.append((each.name, "tariffs", None, None, float(scenario.tariffs), text))
        if len(rows) == start:
            rows.append((each.name, "none", None, None, None, text))
    return pl.DataFrame(rows, schema=CHANGES.schema(), orient="row")


def _six(share: Fraction) -> float:
    return float(round(share, 6))


def _beside(base: pl.DataFrame, other: pl.DataFrame, name: str, key: list[str], value: str) -> pl.DataFrame:
    """Base and scenario side by side by ``key``: base_, scenario_ and difference_ of the value's unit."""
    unit = value.rpartition("_")[2]
    return (
        base.select(*key, pl.col(value).alias(f"base_{unit}"))
        .join(
            other.select(*key, pl.col(value).alias(f"scenario_{unit}")), on=key, how="full", coalesce=True,
            nulls_equal=True,
        )
        .with_columns(
            scenario=pl.lit(name), **{f"difference_{unit}": pl.col(f"scenario_{unit}") - pl.col(f"base_{unit}")}
        )
    )  # fmt: skip


def _share() -> pl.Expr:
    base = pl.col("base_cents")
    return pl.when(base != 0).then((pl.col("difference_cents") / base.abs()).round(6)).alias("difference_share")


def _prices(base: Outcome, done: list[_Done]) -> pl.DataFrame:
    parts = [
        _beside(base.prices, each.outcome.prices, each.name, ["kind", "key", "day_part"], "price_cents")
        .with_columns(_share())
        .select(PRICES.schema().names())
        for each in done
    ]
    return pl.concat([PRICES.empty(), *parts], how="vertical_relaxed")


def _budgets(base: Outcome, done: list[_Done]) -> pl.DataFrame:
    def rows(figures: Mapping[str, int]) -> pl.DataFrame:
        return pl.DataFrame(
            {"figure": list(figures), "cents": list(figures.values())},
            schema={"figure": pl.String(), "cents": pl.Int64()},
        )

    parts = [
        _beside(rows(base.budget), rows(each.outcome.budget), each.name, ["figure"], "cents")
        .with_columns(_share())
        .select(BUDGETS.schema().names())
        for each in done
    ]
    return pl.concat([BUDGETS.empty(), *parts], how="vertical_relaxed")


def _formation(base: Outcome, done: list[_Done]) -> pl.DataFrame:
    parts = [
        _beside(base.formation, each.outcome.formation, each.name, ["level"], "required_fte")
        .with_columns(pl.col("difference_fte").round(6))
        .select(FORMATION.schema().names())
        for each in done
    ]
    return pl.concat([FORMATION.empty(), *parts], how="vertical_relaxed")


RESULTS = (CHANGES, PRICES, BUDGETS, FORMATION, BRIDGE)

INSTRUMENT = Instrument(
    "scenarios",
    "What if wages, costs, direct time, hired staff or occupancy were other than they are?",
    RESULTS,
    make,
)
