"""What stands in an account of a virtual budget: its parts, its lines, and their conversion; see virtual_budget."""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.dated import holds
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import half_even

LINE = pl.Schema(
    {
        "resident_id": pl.String(),
        "kind": pl.String(),
        "subject": pl.String(),
        "date": pl.Date(),
        "times": pl.Int64(),
        "amount": pl.Int64(),
    }
)
RAW = pl.Schema(
    {
        **{name: kind for name, kind in LINE.items() if name != "amount"},
        "period": pl.String(),
        "day": pl.Date(),
        "cents": pl.Int64(),
        "minutes": pl.Int64(),
        "points": pl.Int64(),
    }
)
"""Before conversion: ``day`` is the day of the rate; ``minutes`` (milliminutes) and ``points`` where the catalogue
gives them, else null."""


def parts_of(given: Given, period: str) -> pl.DataFrame:
    """The required budget of each resident, parted into fixed and free."""
    settings, tables = given.settings, given.tables_of(period)
    free = list(settings.budget.free)
    nightly = list(settings.instruments.virtual_budget.fixed_day_parts)
    care = (
        tables["lines"]
        .lazy()
        .filter(
            pl.col("performer") == "staff",
            pl.col("payer") == "wlz",
            pl.col("care_function").is_in(free),
            ~pl.col("day_part").is_in(nightly).fill_null(False),
        )
        .group_by("resident_id")
        .agg(care=pl.col("cost_cents").sum())
        .collect()
    )
    stay = (
        tables["resident_components"]
        .filter(pl.col("component").is_in(free))
        .group_by("resident_id")
        .agg(stay=pl.col("cents").sum())
    )
    money = ("available_cents", "required_cents", "freed_cents")
    return (
        tables["resident_budgets"]
        .group_by("resident_id")
        .agg(pl.col(money).sum())
        .join(care, on="resident_id", how="left")
        .join(stay, on="resident_id", how="left")
        .with_columns(free_cents=pl.col("care").fill_null(0) + pl.col("stay").fill_null(0))
        .with_columns(fixed_cents=pl.col("required_cents") - pl.col("free_cents"))
    )


def incoming(parts: pl.DataFrame, period: str, given: Given) -> pl.DataFrame:
    """The allowance of a period, and what opting out frees, a line a component."""
    first = Period.parse(period).start
    of_free = given.settings.instruments.virtual_budget.basis == "free_part"
    allowance = (
        pl.col("free_cents") if of_free else (pl.col("available_cents") - pl.col("fixed_cents")).clip(lower_bound=0)
    )
    freed = (
        given.tables_of(period)["resident_components"]
        .filter(pl.col("freed_cents") != 0)
        .group_by("resident_id", subject="component")
        .agg(cents=pl.col("freed_cents").sum())
    )
    rows = (
        parts.select("resident_id", kind=pl.lit("allowance"), subject=pl.lit(None, pl.String), cents=allowance),
        freed.select("resident_id", kind=pl.lit("freed"), subject="subject", cents="cents"),
    )
    none = pl.lit(None, pl.Int64)
    return (
        pl.concat(rows)
        .with_columns(
            date=pl.lit(None, pl.Date), times=none, period=pl.lit(period), day=pl.lit(first), minutes=none, points=none
        )
        .select(RAW.names())
    )


def choices(given: Given, periods: list[str], notes: list[Finding]) -> pl.DataFrame:
    """What residents chose in these periods, with the catalogue's row of the day; what has none is a finding."""
    spans = [(period, Period.parse(period)) for period in periods]
    when = pl.coalesce(
        *(pl.when(pl.col("date").is_between(span.start, span.end)).then(pl.lit(period)) for period, span in spans)
    )
    chosen = given.own["virtual_choices"].with_columns(period=when).filter(pl.col("period").is_not_null())
    catalogue = given.own["virtual_catalogue"].sort("service_id", "start_date", nulls_last=False)
    found = (
        chosen.join(catalogue, on="service_id")
        .filter(holds(pl.col("date")))
        # Of rows that overlap the one that started last counts.
        .sort("choice_id", "start_date", nulls_last=False)
        .group_by("choice_id", maintain_order=True)
        .last()
    )
    lost = chosen.join(found, on="choice_id", how="anti")
    if lost.height:
        listed = ", ".join(lost["service_id"].unique().sort().head(5))
        notes.append(
            Finding(
                "I71",
                "error",
                f"{lost.height} keuzen noemen een dienst die op die dag niet in de catalogus staat: {listed}. Zij "
                "tellen niet mee.",
                "Zet de dienst met haar data in instruments/virtual_catalogue.csv, of verbeter de keuze.",
            )
        )
    spent = pl.col("state") == "delivered"
    return found.select(
        "resident_id",
        pl.when(spent).then(pl.lit("spent")).otherwise(pl.lit("committed")).alias("kind"),
        pl.col("service_id").alias("subject"),
        "date",
        "times",
        "period",
        pl.col("date").alias("day"),
        -(pl.col("price") * pl.col("times")).alias("cents"),
        -(pl.col("minutes") * pl.col("times")).alias("minutes"),
        -(pl.col("points") * pl.col("times")).alias("points"),
    ).select(RAW.names())


def converted(raw: pl.DataFrame, given: Given, notes: list[Finding]) -> pl.DataFrame:
    """Adds ``amount`` in the account's unit: the catalogue's own, else the cents at the rate of the day."""
    form = given.settings.instruments.virtual_budget.form
    if form in ("money", "arrangements"):
        return raw.with_columns(amount="cents")
    # Milliminutes in an hour, and points in a point: cents x so many / cents for one.
    unit, own, many = ("hour", "minutes", 60_000) if form == "hours" else ("point", "points", 1)
    rates = given.own["virtual_rates"].filter(pl.col("unit") == unit, pl.col("euros") > 0)
    days = (
        raw.select("day")
        .unique()
        .join(rates, how="cross")
        .filter(holds(pl.col("day")))
        .sort("day", "start_date", nulls_last=False)
        .group_by("day", maintain_order=True)
        .agg(rate=pl.col("euros").last())
    )
    rated = raw.join(days, on="day", how="left")
    needs = pl.col(own).is_null() & (pl.col("cents") != 0)
    lost = rated.filter(needs, pl.col("rate").is_null())
    if lost.height:
        first = lost.select(pl.col("day").min()).item()
        notes.append(
            Finding(
                "I72",
                "error",
                f"{lost.height} regels hebben geen omrekening: op {first} geldt er geen koers voor "
                f"{'een uur' if unit == 'hour' else 'een punt'}. Zij tellen niet mee.",
                f"Zet in instruments/virtual_rates.csv een rij met unit {unit} voor die dag.",
                amount_cents=int(lost["cents"].sum()),
            )
        )
    by_rate = half_even(pl.col("cents") * many, pl.col("rate"))
    return rated.filter(~(needs & pl.col("rate").is_null())).with_columns(
        amount=pl.coalesce(own, by_rate, pl.when(pl.col("cents") == 0).then(0))
    )
