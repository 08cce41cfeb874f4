"""The monthly picture (exploitatie): budget, actual and forecast for the year, by location and cost category.

Actual is the ledger by accounting month: the category of the account, the location of the cost centre; revenue from
the revenue accounts, or with ``revenue = "available"`` what the calculations of the months have as available. Budget is
``instruments/operations_budget.csv``, else it follows from yearly_budget. ``forecast = actual of the months so far +
the months that are left``, each as budgeted, or with ``forecast = "run_rate"`` the mean of the months so far, rounded
half to even a month. A month up to the period in which the ledger has nothing counts as one that is left, with a
finding; a month that the budget leaves out whole is expected to be the mean, with a finding. The sources give no
formula: this is our reading.

Revenue and cost are both positive; result = revenue - cost. A difference is its effect on the result: positive is
better than budgeted, for revenue as for cost, so that differences add up.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core import findings
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments import operations_actual as ledger
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.operations_budget import BUDGET, KEY, REVENUE, budget
from ipvb_bridge.core.instruments.operations_messages import NO_MONTH
from ipvb_bridge.core.instruments.operations_signals import SIGNALS, signals
from ipvb_bridge.core.instruments.yearly_budget_mix import CHANGES, months
from ipvb_bridge.core.rounding import half_even

_UNIT = {"unit_id": (pl.String(), "the location; null: of none")}
_CATEGORY = {"category": (pl.String(), "revenue, or a cost category of mappings/accounts.csv")}
_MONTH = {"month": (pl.String(), "accounting month")}
_CENTS = pl.Int64()

PICTURE = Result(
    "operations",
    "Budget, actual and forecast by location, category and month; revenue and cost are both positive",
    KEY,
    {
        **_UNIT,
        **_CATEGORY,
        **_MONTH,
        "budget_cents": (_CENTS, "budgeted"),
        "actual_cents": (_CENTS, "booked; null: a month that is left"),
        "forecast_cents": (_CENTS, "actual, or what is expected of a month that is left"),
    },
)
YEAR = Result(
    "operations_year",
    "The year so far and at its end, by location and category; a difference is its effect on the result",
    ("unit_id", "category"),
    {
        **_UNIT,
        **_CATEGORY,
        "budget_so_far_cents": (_CENTS, "budget of the months with an actual"),
        "actual_so_far_cents": (_CENTS, "actual of those months"),
        "difference_so_far_cents": (_CENTS, "effect on the result; positive is better"),
        "budget_year_cents": (_CENTS, "budget of the year"),
        "forecast_year_cents": (_CENTS, "actual and what is expected of the months that are left"),
        "difference_year_cents": (_CENTS, "effect on the result; positive is better"),
    },
)
MONTHS = Result(
    "operations_months",
    "Revenue, cost and result of the organisation by month",
    ("month",),
    {
        **_MONTH,
        **{
            f"{what}_{which}_cents": (_CENTS, f"{what}, {which}" + ("; null: a month that is left" if null else ""))
            for what in ("revenue", "cost", "result")
            for which, null in (("budget", False), ("actual", True), ("forecast", False))
        },
    },
)
POOLS = Result(
    "operations_pools",
    "What the ledger booked so far, by pool and category",
    ("pool", "category"),
    {
        "pool": (pl.String(), "pool of the cost centre; null: none"),
        **_CATEGORY,
        "actual_so_far_cents": (_CENTS, "booked in the year up to the period"),
    },
)
REVENUES = Result(
    "operations_revenue",
    "Revenue of the ledger beside what the calculations have as available",
    ("unit_id", "month"),
    {
        **_UNIT,
        **_MONTH,
        "ledger_cents": (_CENTS, "booked on revenue accounts"),
        "available_cents": (_CENTS, "available according to the calculation; null: the month was not calculated"),
        "difference_cents": (_CENTS, "ledger less available; null: the month was not calculated"),
    },
)


def make(given: Given) -> Made:
    """See the module. Raises ``CalculationError`` M150 for a period that is no calendar month."""
    if not given.period.whole_months or len(given.period.months()) > 1:
        month = given.period.months()[-1]
        raise CalculationError(NO_MONTH, where=str(given.period), period=given.period, month=month)
    span = ledger.so_far(given.period)
    lines = ledger.booked(given, span)
    planned, told = budget(given, given.period.end.year)
    paid = ledger.available(given, span)
    actual, closed = _actual(given, span, lines, paid)
    picture = PICTURE.of(_picture(given, planned, actual, closed))
    revenues = _revenues(lines, paid, ledger.calculated(given, span))
    notes = [told, ledger.astray(lines), findings.frame(_notes(given, span, closed, lines, paid))]
    return Made(
        {
            "operations": picture,
            "operations_year": YEAR.of(_year(picture)),
            "operations_months": MONTHS.of(_months(picture)),
            "operations_pools": POOLS.of(
                lines.with_columns(pool=pl.when(pl.col("pool") != "none").then("pool"))
                .group_by("pool", "category")
                .agg(actual_so_far_cents=pl.col("cents").sum())
            ),
            "operations_revenue": REVENUES.of(revenues),
            "operations_signals": SIGNALS.of(signals(given, picture)),
        },
        pl.concat(notes),
    )


def _actual(given: Given, span: list[str], lines: pl.DataFrame, paid: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """KEY and cents of the months so far, and the months that have an actual: those in which the ledger has a line."""
    booked = set(lines["month"])
    closed = [month for month in span if month in booked]
    rows = lines.select(*KEY, "cents")
    if given.settings.instruments.operations.revenue == "available":
        counted = ledger.calculated(given, span)
        closed = [month for month in closed if month in counted]
        earned = paid.select("unit_id", "month", "cents", category=pl.lit(REVENUE)).select(*KEY, "cents")
        rows = pl.concat([rows.filter(pl.col("category") != REVENUE), earned])
    return ledger.grouped(rows.filter(pl.col("month").is_in(closed))), closed


def _picture(given: Given, planned: pl.DataFrame, actual: pl.DataFrame, closed: list[str]) -> pl.DataFrame:
    year = pl.DataFrame({"month": [str(month) for month in months(given.period.end.year)]})
    cells = pl.concat([planned.select("unit_id", "category"), actual.select("unit_id", "category")]).unique()
    done = pl.col("month").is_in(closed)
    left = pl.col("budget_cents")
    if closed:
        mean = half_even(pl.col("actual_cents").sum().over("unit_id", "category"), len(closed))
        as_budgeted = given.settings.instruments.operations.forecast == "budget"
        # A month that nobody budgeted is not a month without cost.
        left = (
            pl.when(pl.col("month").is_in(planned["month"].unique().implode()) & as_budgeted).then(left).otherwise(mean)
        )
    return (
        cells.join(year, how="cross")
        .join(planned, on=KEY, how="left", nulls_equal=True)
        .join(actual, on=KEY, how="left", nulls_equal=True)
        .with_columns(
            pl.col("budget_cents").fill_null(0), actual_cents=pl.when(done).then(pl.col("cents").fill_null(0))
        )
        .with_columns(forecast_cents=pl.when(done).then("actual_cents").otherwise(left))
    )


def _effect(name: str, against: str) -> pl.Expr:
    """What a difference does to the result."""
    more = pl.col(name) - pl.col(against)
    return pl.when(pl.col("category") == REVENUE).then(more).otherwise(-more)


def _year(picture: pl.DataFrame) -> pl.DataFrame:
    done = pl.col("actual_cents").is_not_null()
    return (
        picture.group_by("unit_id", "category")
        .agg(
            budget_so_far_cents=pl.col("budget_cents").filter(done).sum(),
            actual_so_far_cents=pl.col("actual_cents").sum(),
            budget_year_cents=pl.col("budget_cents").sum(),
            forecast_year_cents=pl.col("forecast_cents").sum(),
        )
        .with_columns(
            difference_so_far_cents=_effect("actual_so_far_cents", "budget_so_far_cents"),
            difference_year_cents=_effect("forecast_year_cents", "budget_year_cents"),
        )
    )


def _months(picture: pl.DataFrame) -> pl.DataFrame:
    kinds = ("budget", "actual", "forecast")
    earned = pl.col("category") == REVENUE
    done = pl.col("actual_cents").is_not_null().any()

    def summed(kind: str, rows: pl.Expr) -> pl.Expr:
        whole = pl.col(f"{kind}_cents").filter(rows).sum()
        return pl.when(done).then(whole) if kind == "actual" else whole

    return (
        picture.group_by("month")
        .agg(
            *(summed(kind, earned).alias(f"revenue_{kind}_cents") for kind in kinds),
            *(summed(kind, ~earned).alias(f"cost_{kind}_cents") for kind in kinds),
        )
        .with_columns(
            (pl.col(f"revenue_{kind}_cents") - pl.col(f"cost_{kind}_cents")).alias(f"result_{kind}_cents")
            for kind in kinds
        )
    )


def _revenues(lines: pl.DataFrame, paid: pl.DataFrame, counted: list[str]) -> pl.DataFrame:
    key = ["unit_id", "month"]
    earned = lines.filter(pl.col("category") == REVENUE).group_by(key).agg(ledger_cents=pl.col("cents").sum())
    known = pl.col("month").is_in(counted)
    return (
        earned.join(paid.rename({"cents": "available_cents"}), on=key, how="full", coalesce=True, nulls_equal=True)
        .with_columns(
            pl.col("ledger_cents").fill_null(0),
            available_cents=pl.when(known).then(pl.col("available_cents").fill_null(0)),
        )
        .with_columns(difference_cents=pl.col("ledger_cents") - pl.col("available_cents"))
    )


def _notes(given: Given, span: list[str], closed: list[str], lines: pl.DataFrame, paid: pl.DataFrame) -> list[Finding]:
    notes = []
    booked = set(lines["month"])
    if empty := [month for month in span if month not in booked]:
        notes.append(
            Finding(
                "I99",
                "warning",
                f"Het grootboek heeft geen regels in {', '.join(empty)}: die maanden tellen als nog te komen.",
                "Haal het grootboek van deze maanden op en bereken opnieuw.",
            )
        )
    if uncounted := [month for month in span if month in booked and month not in closed]:
        notes.append(
            Finding(
                "I99",
                "warning",
                f"Van {', '.join(uncounted)} is geen berekening, dus de opbrengst is niet bekend: die maanden tellen "
                "als nog te komen.",
                'Bereken deze maanden, of kies revenue = "ledger" onder [instruments.operations] in method.toml.',
            )
        )
    earned = lines.filter(pl.col("category") == REVENUE).height
    if given.settings.instruments.operations.revenue == "ledger" and booked and not earned and paid["cents"].sum():
        notes.append(
            Finding(
                "I99",
                "warning",
                "Het grootboek heeft dit jaar geen opbrengsten, terwijl de berekening er wel heeft.",
                'Kies revenue = "available" onder [instruments.operations], of controleer mappings/accounts.csv.',
                amount_cents=int(paid["cents"].sum()),
            )
        )
    return notes


INSTRUMENT = Instrument(
    "operations",
    "How does the year go: budget, actual and forecast by location and cost category, and what needs attention?",
    (PICTURE, YEAR, MONTHS, POOLS, REVENUES, SIGNALS),
    make,
    (BUDGET, CHANGES),
)
