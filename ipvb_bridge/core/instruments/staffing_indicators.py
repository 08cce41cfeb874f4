"""The staffing indicators of KiK-V and ZiN (personeelssamenstelling), for the organisation and each unit.

Source: the formulas of :mod:`staffing_definitions`; a full-time year is 47 weeks of 36 hours, days are counted 30/360.
Every figure stands with its numerator and denominator. Population and flows: see :mod:`staffing_people`.

Our reading: 1.2 holds own and hired hours, as in published deliveries (their 1.2 is the denominator of 1.4 and of the
mix). 1.4, the mix and 5.1 take hours where they were worked, persons count where their contract is. Money is the
ledger's, by the categories ``wages`` and ``hired`` of the whole organisation, whatever the population. The main
sickness percentage mixes its bases as KiK-V's query does (a week of seven days over 47 weeks), with calendar days ill
and contract days 30/360; ``calendar_days`` beside it has one base. A person who is partly at work counts as ill. What
the streams cannot tell is null, with a finding.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.hours import worked
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.staffing_definitions import INDICATORS, LEVELS
from ipvb_bridge.core.instruments.staffing_findings import findings
from ipvb_bridge.core.instruments.staffing_people import (
    PERSON,
    STAFF,
    bounds,
    contracts_in,
    reports,
    service,
    thirty,
    thirty_days,
)
from ipvb_bridge.core.instruments.units_above import above
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import half_even
from ipvb_bridge.core.spans import EPOCH

INDICATORS_TABLE = Result(
    "staffing_indicators",
    "The staffing indicators with numerator and denominator; percentages are per hundred, rounded to two decimals",
    ("unit_id", "number", "variant"),
    {
        "unit_id": (pl.String(), "location or department; null: the whole organisation, also what has no unit"),
        "number": (pl.String(), "number in the set of ZiN"),
        "indicator_code": (pl.String(), "code of ZiN"),
        "name": (pl.String(), "name of ZiN"),
        "variant": (pl.String(), "main, or another way to count the same"),
        "unit": (pl.String(), "count, fte, percentage, ratio, hours"),
        "numerator": (pl.Float64(), "numerator; null: not known"),
        "denominator": (pl.Float64(), "denominator; null: none, or not known"),
        "value": (pl.Float64(), "the indicator, two decimals half to even; null: not known, or nothing to divide by"),
        "period_start": (pl.Date(), "first day of the span"),
        "period_end": (pl.Date(), "last day of the span"),
        "calculation": (pl.String(), "how it is counted (Dutch)"),
    },
)
_CELLS = pl.Schema(
    {
        "scope": pl.String(), "number": pl.String(), "variant": pl.String(), "top": pl.Int128(), "bottom": pl.Int128(),
        "top_scale": pl.Int128(), "bottom_scale": pl.Int128(),
    }
)  # fmt: skip
FULL_TIME_DAY = 47 * 36 * 60_000 // 360
"""Milliminutes of a full-time job in a day of the 30/360 count: 47 weeks of 36 hours over 360 days."""


def make(given: Given) -> Made:
    """See the module."""
    settings = given.settings.instruments.staffing_indicators
    span = given.period.window(settings.months) if settings.months else given.period
    streams = dict(given.streams)
    if settings.population == "all":
        streams["contracts"] = streams["contracts"].with_columns(client_facing=pl.lit(True))
    tree = above(streams["units"]).filter(pl.col("kind_above") != "organisation").select("unit_id", scope="above")
    contracts = contracts_in(streams["contracts"].filter("client_facing"), span)
    helpers = contracts_in(streams["contracts"].filter(pl.col("employment").is_in(["intern", "volunteer"])), span)
    staff = contracts.filter(pl.col("employment").is_in(STAFF))
    done = worked(streams["hours"], streams["contracts"], span)
    ill = reports(streams["hours"], staff, span, settings.sick_gap_days)
    people = service(_spread(staff, tree), span)
    cells = pl.concat(
        [
            _people(people, _spread(helpers, tree)),
            _hours(done, tree, span),
            _cost(streams, tree, span),
            _sizes(staff, tree, span),
            _sickness(staff, ill, people, tree, span),
            _flows(people, _remembers(streams["contracts"])),
            _clients(streams, done, tree, span),
        ]
    )
    scopes = pl.concat([tree.select("scope").unique(), pl.DataFrame({"scope": [None]}, schema={"scope": pl.String()})])
    table = INDICATORS_TABLE.of(_table(scopes, cells, span, no_staff=contracts.is_empty()))
    told = findings(given, span, contracts, done, table)
    return Made({INDICATORS_TABLE.name: table}, told)


def valued(rows: pl.DataFrame) -> pl.DataFrame:
    """Add numerator, denominator and value (Float64) to rows with unit and the exact top, bottom and their scales.

    value = top / top_scale / (bottom / bottom_scale), x 100 for a percentage, rounded once, half to even, to two
    decimals; without a bottom the top itself; nothing to divide by: null.
    """
    times = pl.when(pl.col("unit") == "percentage").then(10_000).otherwise(100).cast(pl.Int128)
    whole = pl.coalesce("bottom", pl.lit(1, pl.Int128)) * pl.col("top_scale")
    rounded = half_even(pl.col("top") * pl.col("bottom_scale") * times, whole)
    numerator, denominator = (
        (pl.col(name).cast(pl.Float64) / pl.col(f"{name}_scale").cast(pl.Float64)).round(6)
        for name in ("top", "bottom")
    )
    return rows.with_columns(
        numerator=numerator,
        denominator=denominator,
        value=(pl.when(whole > 0).then(rounded).cast(pl.Float64) / 100).round(2),
    )


def _table(scopes: pl.DataFrame, cells: pl.DataFrame, span: Period, *, no_staff: bool) -> pl.DataFrame:
    declared = pl.DataFrame(
        [(each.number, each.variant, each.code, each.name, each.unit, each.calculation) for each in INDICATORS],
        schema=["number", "variant", "indicator_code", "name", "unit", "calculation"],
        orient="row",
    )
    grid = scopes.join(declared, how="cross")
    # Nobody of that kind in a unit is nought; without any contract nothing is known.
    counted = (pl.col("unit") == "count") & pl.col("top").is_null() & (not no_staff)
    rows = grid.join(cells, on=["scope", "number", "variant"], how="left", nulls_equal=True).with_columns(
        top=pl.when(counted).then(pl.lit(0, pl.Int128)).otherwise("top"),
        top_scale=pl.col("top_scale").fill_null(1),
        bottom_scale=pl.col("bottom_scale").fill_null(1),
    )
    return valued(rows).with_columns(period_start=pl.lit(span.start), period_end=pl.lit(span.end), unit_id="scope")


def _spread(rows: pl.DataFrame, tree: pl.DataFrame) -> pl.DataFrame:
    """Each row once for each unit it lies under (``scope``), and once for the whole organisation (null)."""
    return pl.concat([rows.join(tree, on="unit_id"), rows.with_columns(scope=pl.lit(None, pl.String))])


def _cells(
    rows: pl.DataFrame,
    number: str,
    top: str | pl.Expr,
    bottom: str | pl.Expr | None = None,
    *,
    variant: str = "main",
    scales: tuple[int, int] = (1, 1),
) -> pl.DataFrame:
    """Rows of a scope each as cells of one indicator: exact whole ``top`` and ``bottom``, shown divided by scales."""
    own = [pl.col(each) if isinstance(each, str) else each for each in (top, bottom) if each is not None]
    return rows.select(
        "scope",
        number=pl.lit(number),
        variant=pl.lit(variant),
        top=own[0],
        bottom=own[1] if len(own) > 1 else pl.lit(None),
        top_scale=pl.lit(scales[0]),
        bottom_scale=pl.lit(scales[1]),
    ).cast(_CELLS)


def _people(people: pl.DataFrame, helpers: pl.DataFrame) -> pl.DataFrame:
    """1.1, 1.3, 2.2, 2.3."""
    own = people.group_by("scope").agg(
        pl.col("during", "after").sum(),
        known=(pl.col("during") & pl.col("temporary").is_not_null()).sum(),
        temporary=(pl.col("during") & pl.col("temporary")).sum(),
    )
    others = helpers.filter(pl.col("days") > 0).group_by("scope", "employment").agg(pl.col("person").n_unique())
    return pl.concat(
        [
            _cells(own, "1.1", "during"),
            _cells(own, "1.1", "after", variant="reference_date"),
            _cells(own, "1.3", "temporary", "known"),
            _cells(others.filter(pl.col("employment") == "intern"), "2.2", "person"),
            _cells(others.filter(pl.col("employment") == "volunteer"), "2.3", "person"),
        ]
    )


def _hours(done: pl.DataFrame, tree: pl.DataFrame, span: Period) -> pl.DataFrame:
    """1.2, 1.4 and the mix."""
    staff = done.filter(pl.col("employment").is_in([*STAFF, "hired"]))
    # Summed by unit before each counts for all units above it: hours are many, units few.
    cells = _spread(staff.group_by("unit_id", "level", "employment").agg(pl.col("paid_minutes").sum()), tree)
    minutes, hired = pl.col("paid_minutes"), pl.col("employment") == "hired"
    learns = pl.col("employment") == "trainee"
    number = pl.when(learns).then(pl.lit("2.1.9")).otherwise(pl.col("level").replace_strict(LEVELS, default=None))
    whole = cells.group_by("scope").agg(minutes.sum(), hired=minutes.filter(hired).sum())
    full = thirty_days(span) * FULL_TIME_DAY
    found = cells.with_columns(number=number).group_by("scope", "number").agg(part=minutes.sum())
    # A level at which nobody worked is a part of nought, not an unknown part.
    numbers = pl.DataFrame({"number": [*LEVELS.values(), "2.1.9"]})
    parts = whole.join(numbers, how="cross").join(found, on=["scope", "number"], how="left", nulls_equal=True)
    mix = parts.select(
        "scope",
        "number",
        variant=pl.lit("main"),
        top=pl.col("part").fill_null(0),
        bottom="paid_minutes",
        top_scale=pl.lit(full),
        bottom_scale=pl.lit(full),
    ).cast(_CELLS)
    return pl.concat(
        [
            _cells(whole, "1.2", "paid_minutes", pl.lit(full), scales=(60_000, 60_000)),
            _cells(whole, "1.4", "hired", "paid_minutes", scales=(60_000, 60_000)),
            mix,
        ]
    )


def _cost(streams: dict[str, pl.DataFrame], tree: pl.DataFrame, span: Period) -> pl.DataFrame:
    """1.5, of the accounting months that the span touches; a line belongs to the unit of its cost centre."""
    units = streams["cost_centres"].select("cost_centre_id", "unit_id")
    booked = (
        streams["ledger_lines"]
        .filter(pl.col("period").is_in(span.months()), pl.col("category").is_in(["wages", "hired"]))
        .group_by("cost_centre_id", "category")
        .agg(pl.col("amount").sum())
        .join(units, on="cost_centre_id", how="left")
    )
    sums = (
        _spread(booked, tree)
        .group_by("scope")
        .agg(
            wages=pl.col("amount").filter(pl.col("category") == "wages").sum(),
            hired=pl.col("amount").filter(pl.col("category") == "hired").sum(),
        )
    )
    both = pl.col("wages") + pl.col("hired")
    return pl.concat(
        [
            _cells(sums, "1.5", "hired", "wages", scales=(100, 100)),
            _cells(sums, "1.5", "hired", both, variant="of_total", scales=(100, 100)),
        ]
    )


def _sizes(staff: pl.DataFrame, tree: pl.DataFrame, span: Period) -> pl.DataFrame:
    """1.6, over contracts whose hours are known (on-call contracts have none)."""
    known = _spread(staff.filter(pl.col("hours_per_week").is_not_null()), tree)
    last = pl.col("stop") >= bounds(span)[1]
    hours = pl.col("hours_per_week")
    sums = known.group_by("scope").agg(
        weighted=(hours.cast(pl.Int128) * pl.col("days")).sum(),
        days=pl.col("days").sum(),
        hours=hours.filter(last).sum(),
        people=pl.col("person").filter(last).n_unique(),
    )
    return pl.concat(
        [
            _cells(sums, "1.6", "weighted", "days", scales=(360_000 * span.days, span.days)),
            _cells(sums, "1.6", "hours", "people", variant="reference_date", scales=(10_000, 1)),
        ]
    )


def _sickness(
    staff: pl.DataFrame, ill: pl.DataFrame, people: pl.DataFrame, tree: pl.DataFrame, span: Period
) -> pl.DataFrame:
    """3.1 and 3.2; no cells when nobody of the whole organisation has a sick line: then it is not known."""
    if ill.is_empty():
        return pl.DataFrame(schema=_CELLS)
    first = pl.max_horizontal("start", bounds(span)[0]).cast(pl.Date)
    last = (pl.min_horizontal("stop", bounds(span)[1]) - 1).cast(pl.Date)
    hours = pl.col("hours_per_week").cast(pl.Int128)
    days = ill.group_by("contract_id").agg(pl.col("sick_days").sum())
    known = (
        staff.filter(pl.col("hours_per_week").is_not_null(), pl.col("days") > 0)
        .join(days, on="contract_id", how="left")
        .with_columns(
            sick=hours * pl.min_horizontal(pl.col("sick_days").fill_null(0), "days"),
            held=hours * thirty(first, last),
            calendar=hours * pl.col("days"),
        )
    )
    sums = _spread(known, tree).group_by("scope").agg(pl.col("sick", "held", "calendar").sum())
    begun = ill.filter(pl.col("begin") >= (span.start - EPOCH).days)
    count = (
        _spread(begun.join(staff.select("contract_id", "person", "unit_id"), on="contract_id"), tree)
        # Who is ill in two jobs reports once.
        .unique(["scope", "person", "begin"])
        .group_by("scope")
        .agg(reports=pl.len())
    )
    mean = _mean(people).join(count, on="scope", how="left", nulls_equal=True)
    unit = 360 * 7 * 10_000  # sick / 7 and held / 360 x 47, in hours a week, as whole numbers of one unit
    return pl.concat(
        [
            _cells(sums, "3.1", pl.col("sick") * 360, pl.col("held") * 47 * 7, scales=(unit, unit)),
            _cells(sums, "3.1", "sick", "calendar", variant="calendar_days", scales=(10_000, 10_000)),
            _cells(mean, "3.2", pl.col("reports").fill_null(0), "twice", scales=(1, 2)),
        ]
    )


def _mean(people: pl.DataFrame) -> pl.DataFrame:
    """Persons on both reference dates together: twice the mean."""
    return people.group_by("scope").agg(twice=pl.col("before").sum() + pl.col("after").sum())


def _remembers(contracts: pl.DataFrame) -> bool:
    """Whether the source keeps what was before: somebody has contracts that start on different days."""
    starts = contracts.filter(pl.col("employment").is_in(STAFF)).select("start_date", person=PERSON).unique()
    return bool(starts["person"].is_duplicated().any())


def _flows(people: pl.DataFrame, remembers: bool) -> pl.DataFrame:
    """4.1 to 4.3; the rise in level only where the source keeps earlier contracts."""
    came = pl.col("during") & ~pl.col("before")
    went = (pl.col("during") | pl.col("before")) & ~pl.col("after")
    both = pl.col("level_before").is_not_null() & pl.col("level_after").is_not_null()
    sums = (
        people.group_by("scope")
        .agg(
            came=came.sum(),
            went=went.sum(),
            rose=(both & (pl.col("level_after") > pl.col("level_before"))).sum(),
            both=both.any(),
        )
        .join(_mean(people), on="scope", nulls_equal=True)
    )
    made = [_cells(sums, number, top, "twice", scales=(1, 2)) for number, top in (("4.1", "came"), ("4.2", "went"))]
    if remembers:
        made.append(_cells(sums.filter("both"), "4.3", "rose", "twice", scales=(1, 2)))
    return pl.concat(made)


def _clients(streams: dict[str, pl.DataFrame], done: pl.DataFrame, tree: pl.DataFrame, span: Period) -> pl.DataFrame:
    """5.1: full-time jobs per resident, residents as the mean over the calendar days of the span."""
    held = resident_days(streams["stays"], streams["absences"], streams["indications"], span).segments
    days = _spread(held.group_by("unit_id").agg(pl.col("days").sum()), tree).group_by("scope").agg(pl.col("days").sum())
    staff = done.filter(pl.col("employment").is_in([*STAFF, "hired"]))
    spent = _spread(staff.group_by("unit_id").agg(pl.col("paid_minutes").sum()), tree)
    sums = spent.group_by("scope").agg(pl.col("paid_minutes").sum()).join(days, on="scope", nulls_equal=True)
    full = thirty_days(span) * FULL_TIME_DAY
    return _cells(sums, "5.1", "paid_minutes", "days", scales=(full, span.days))


INSTRUMENT = Instrument(
    "staffing_indicators",
    "What are the staffing indicators of KiK-V and ZiN, each with its numerator and denominator?",
    (INDICATORS_TABLE,),
    make,
)
