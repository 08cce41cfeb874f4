"""The bridge: how the ledger's cost becomes the residents' budgets, adding up to the cent (method section 5)."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from ipvb_bridge.core import hours
from ipvb_bridge.core.irregularity import cell_sums
from ipvb_bridge.core.settings import MethodSettings

BRIDGE = pl.Schema({"part": pl.String(), "level": pl.String(), "cents": pl.Int64()})
"""Result table. Parts in the order of the page: ledger_cost = care + private + outside + unabsorbed (a row a level)
+ stay + price_difference."""


def bridge(
    ledger_cents: int,
    budgets: pl.DataFrame,
    cells: pl.DataFrame,
    worked: pl.DataFrame,
    levels: pl.DataFrame,
    settings: MethodSettings,
) -> pl.DataFrame:
    """The bridge of one period, for the organisation.

    ``ledger_cents``: cost of the period; ``budgets``: the resident budget rows; ``cells`` of lines.LineTotals (staff
    lines, whoever pays); ``worked`` of core.hours over the period; ``levels`` of CostPrice. There is an unabsorbed row
    for every level that has a price. With a price per day part the worked time of each day part counts at its own price
    and the level's sum is rounded once (our reading). The price difference is the rest, so the rows always close.
    """
    asked = dict(cells.group_by("level").agg(pl.col("cost_cents").sum()).iter_rows())
    staffed = staffed_cost(worked, levels, settings)
    sums = budgets.select(pl.col("care_cents", "private_cents", "outside_cents", "stay_cents").sum()).row(0, named=True)
    rows: list[tuple[str, str | None, int]] = [
        ("care", None, sums["care_cents"]),
        ("private", None, sums["private_cents"]),
        ("outside", None, sums["outside_cents"]),
        *(("unabsorbed", level, round(cost) - asked.get(level, 0)) for level, cost in staffed.items()),
        ("stay", None, sums["stay_cents"]),
    ]
    carried = sum(cents for _, _, cents in rows)
    return pl.DataFrame(
        [("ledger_cost", None, ledger_cents), *rows, ("price_difference", None, ledger_cents - carried)],
        schema=BRIDGE,
        orient="row",
    )


def staffed_cost(worked: pl.DataFrame, levels: pl.DataFrame, settings: MethodSettings) -> dict[str, Fraction]:
    """What the client hours worked would cost, exact cents by level: worked time x direct share x hourly price."""
    prices = {(level, day_part): cents for level, day_part, cents in levels.iter_rows()}
    known = worked.filter(pl.col("level").is_in(levels["level"].unique().implode()))
    cells = hours.by_day_part(known, settings, "by_overlap")
    cost = dict.fromkeys(sorted({level for level, _ in prices}), Fraction(0))
    for (level, day_part), milliminutes in cell_sums(
        cells.select("level", "day_part", "numerator", "denominator").iter_rows()
    ).items():
        price = prices.get((level, None), prices.get((level, day_part), 0))
        share = Fraction(settings.direct_share[level])  # type: ignore[index]  # the keys are the literals of Level
        cost[level] += milliminutes / 60_000 * share * price
    return cost
