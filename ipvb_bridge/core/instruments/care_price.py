"""The care price of each department, location and organisation, own staff beside hired, and the GINK of a location.

The prices of the method are those of the organisation: a department's care price differs by its mix of levels and day
parts. What a location's own hours and staff cost is **our reading**, for the sources give no formula (method section
4): the cost of a level, as the calculation made it, is divided over locations with the keys of the method itself. Own
wages follow payroll cost, each contract's over the locations where its hours were worked (at its unit where it has no
hours); hired cost follows the hours of hired staff; all else follows worked hours. Each division is by largest
remainder, so that the locations add up to the level's cost. A location's hourly price is that cost by its client hours
(worked hours x direct share), and its GINK weighs these with the normative mix; for a level of the mix in which a
location has no hours the organisation's price stands in, and ``own_mix_share`` says how much of the mix is its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

import polars as pl

from ipvb_bridge.core import findings as found
from ipvb_bridge.core import hours
from ipvb_bridge.core.care_cost import HIRED, PAYROLL_PARTS
from ipvb_bridge.core.cost_price import MILLIMINUTES_PER_HOUR, cost_window
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.price_windows import around, condensed_hours, months_around
from ipvb_bridge.core.instruments.units_above import above
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.rounding import half_even, largest_remainder
from ipvb_bridge.core.settings import MethodSettings

OWN = "own"

PERIODS = 12
"""Calculated periods of which the GINK by location is told, this one included."""

PRICES = Result(
    "care_prices",
    "What an hour of agreed care costs in each unit, with everything below it, and who works there",
    ("unit_id",),
    {
        "unit_id": (pl.String(), "department, location or organisation"),
        "kind": (pl.String(), "kind of the unit; null: nobody declared it"),
        "milliminutes": (pl.Int64(), "agreed time by staff in the period, whoever pays"),
        "cost_cents": (pl.Int64(), "what that time costs"),
        "care_price_cents": (pl.Int64(), "cost of an agreed hour; null: nothing is agreed"),
        "difference_cents": (pl.Int64(), "that price less the organisation's: by the mix of levels and day parts"),
        "worked_milliminutes": (pl.Int64(), "time worked with residents in the period"),
        "hired_milliminutes": (pl.Int64(), "of which by hired staff"),
        "hired_share": (pl.Float64(), "part of the worked time; null: none was worked"),
    },
)
MIX = Result(
    "care_mix",
    "The mix behind the care price: agreed time of staff by unit, level and day part",
    ("unit_id", "level", "day_part"),
    {
        "unit_id": (pl.String(), "the unit where the care is given"),
        "level": (pl.String(), "level"),
        "day_part": (pl.String(), "day part"),
        "milliminutes": (pl.Int64(), "agreed time"),
        "cost_cents": (pl.Int64(), "what it costs"),
        "time_share": (pl.Float64(), "part of the unit's agreed time"),
    },
)
STAFF = Result(
    "own_and_hired",
    "Own and hired staff of each unit and level in the cost window: hours, cost and cost of a worked hour",
    ("unit_id", "level"),
    {
        "unit_id": (pl.String(), "where it was worked; null: not stated"),
        "level": (pl.String(), "level"),
        "own_milliminutes": (pl.Int64(), "time worked by own staff"),
        "own_cents": (pl.Int64(), "own wages of the level, by the hours of each contract"),
        "own_hourly_cents": (pl.Int64(), "own wages of a worked hour; null: no hours, or no wages"),
        "hired_milliminutes": (pl.Int64(), "time worked by hired staff"),
        "hired_cents": (pl.Int64(), "cost of hired staff of the level, by their hours"),
        "hired_hourly_cents": (pl.Int64(), "cost of an hour of hired staff; null: no hours, or no cost"),
    },
)
LOCATIONS = Result(
    "location_prices",
    "What an hour of each level costs with a location's own hours and staff, beside the organisation's price",
    ("unit_id", "level"),
    {
        "unit_id": (pl.String(), "location; null: staff of no location"),
        "level": (pl.String(), "level"),
        "cost_cents": (pl.Int64(), "the location's part of the level's cost; locations add up to it"),
        "client_hours": (pl.Float64(), "worked hours x direct share"),
        "price_cents": (pl.Int64(), "cost of a client hour; null: no hours"),
        "organisation_price_cents": (pl.Int64(), "the organisation's price, the average over the day parts"),
        "difference_cents": (pl.Int64(), "the location's price less the organisation's"),
    },
)
GINK = Result(
    "gink",
    "The GINK of the last twelve calculated periods: the organisation's, and each location's with its own cost",
    ("period", "kind", "unit_id"),
    {
        "period": (pl.String(), "the calculated period"),
        "kind": (pl.String(), "organisation or location"),
        "unit_id": (pl.String(), "the location, or the organisation where there is one; null: several, or none"),
        "gink_cents": (pl.Int64(), "hourly prices weighted with the normative mix; null: no level of it has hours"),
        "difference_cents": (pl.Int64(), "less the organisation's"),
        "own_mix_share": (pl.Float64(), "part of the mix that has a price of its own"),
    },
)


def make(given: Given) -> Made:
    """See the module."""
    notes: list[Finding] = []
    parents = above(given.streams["units"])
    names = [*list(given.history)[1 - PERIODS :], str(given.period)]
    windows = {name: cost_window(given.settings, Period.parse(name)) for name in names}
    summed = condensed_hours(given.streams["hours"], around([*windows.values(), months_around(given.period)]))
    # Sums by month tell of whole months only.
    own = summed if given.period.whole_months else condensed_hours(given.streams["hours"], given.period)
    period_hours = hours.worked(own, given.streams["contracts"], given.period)
    prices = _care_prices(given, parents, period_hours, notes)
    ginks: list[pl.DataFrame] = []
    for name in names:
        tables = given.tables if name == str(given.period) else given.history[name]
        keys = _Keys(given, summed, windows[name])
        costs = _level_parts(tables["cost_breakdown"])
        by_location = _location_prices(costs, keys, parents, given.settings)
        ginks.append(_gink(name, tables["cost_prices"], by_location, given, windows[name], notes))
    tables = {
        PRICES.name: PRICES.of(prices),
        MIX.name: MIX.of(_mix(given.tables["lines"])),
        STAFF.name: STAFF.of(_own_and_hired(costs, keys)),
        LOCATIONS.name: LOCATIONS.of(by_location),
        GINK.name: GINK.of(pl.concat(ginks)),
    }
    return Made(tables, found.frame(notes))


def _care_prices(given: Given, parents: pl.DataFrame, worked: pl.DataFrame, notes: list[Finding]) -> pl.DataFrame:
    """Agreed time and worked time of each unit and the units above it."""
    agreed = (
        given.tables["lines"]
        .lazy()
        .filter(pl.col("performer") == "staff")
        .group_by("unit_id")
        .agg(pl.col("milliminutes", "cost_cents").sum())
        .collect()
    )
    hired = pl.col("employment") == "hired"
    staffed = worked.group_by("unit_id").agg(
        worked_milliminutes=pl.col("paid_minutes").sum(), hired_milliminutes=pl.col("paid_minutes").filter(hired).sum()
    )
    own = agreed.join(staffed, on="unit_id", how="full", coalesce=True).with_columns(pl.col(pl.Int64).fill_null(0))
    notes += _without_hours(own)
    sums = pl.col("milliminutes", "cost_cents", "worked_milliminutes", "hired_milliminutes").sum()
    whole = own.select(sums).row(0, named=True)
    organisation = _hourly(whole["cost_cents"], whole["milliminutes"])
    kinds = given.streams["units"].select("unit_id", "kind")
    price = _hourly_column("cost_cents", "milliminutes")
    return (
        own.filter(pl.col("unit_id").is_not_null())
        .join(parents, on="unit_id", how="left")
        .select(pl.coalesce("above", "unit_id").alias("unit_id"), pl.col(pl.Int64))
        .group_by("unit_id")
        .agg(sums)
        .join(kinds, on="unit_id", how="left")
        .with_columns(
            care_price_cents=price,
            hired_share=pl.when(pl.col("worked_milliminutes") > 0).then(
                (pl.col("hired_milliminutes") / pl.col("worked_milliminutes")).round(6)
            ),
        )
        .with_columns(difference_cents=pl.col("care_price_cents") - pl.lit(organisation, pl.Int64))
    )


def _hourly(cents: int, milliminutes: int) -> int | None:
    return round(Fraction(cents * MILLIMINUTES_PER_HOUR, milliminutes)) if milliminutes > 0 else None


def _hourly_column(cents: str, milliminutes: str) -> pl.Expr:
    """Cents an hour, rounded half to even; null without time."""
    time = pl.col(milliminutes).cast(pl.Int128)
    safe = pl.when(time > 0).then(time).otherwise(1)
    cost = pl.col(cents).cast(pl.Int128) * MILLIMINUTES_PER_HOUR
    return pl.when(time > 0).then(half_even(cost, safe).cast(pl.Int64))


def _without_hours(own: pl.DataFrame) -> list[Finding]:
    rows = own.filter(pl.col("unit_id").is_not_null()).sort("unit_id")
    notes = [
        Finding(
            "I25",
            "warning",
            "Er is zorg afgesproken en er zijn in de periode geen uren gewerkt.",
            "Controleer of de uren van deze afdeling zijn geleverd en bij de juiste eenheid staan.",
            unit_id=unit_id,
            milliminutes=milliminutes,
        )
        for unit_id, milliminutes in rows.filter(pl.col("milliminutes") > 0, pl.col("worked_milliminutes") == 0)
        .select("unit_id", "milliminutes")
        .iter_rows()
    ]
    notes += [
        Finding(
            "I26",
            "info",
            "Er zijn uren gewerkt en er is geen zorg afgesproken, dus geen zorgprijs.",
            "Controleer of de zorgafspraken van deze eenheid zijn opgehaald.",
            unit_id=unit_id,
            milliminutes=milliminutes,
        )
        for unit_id, milliminutes in rows.filter(pl.col("milliminutes") == 0, pl.col("worked_milliminutes") != 0)
        .select("unit_id", "worked_milliminutes")
        .iter_rows()
    ]
    if own.is_empty():
        notes.append(
            Finding(
                "I25",
                "warning",
                "Er is in deze periode geen zorg afgesproken en er zijn geen uren gewerkt.",
                "Controleer of de zorgafspraken en de uren van deze periode zijn opgehaald.",
            )
        )
    return notes


def _mix(lines: pl.DataFrame) -> pl.DataFrame:
    whole = pl.col("milliminutes").sum().over("unit_id")
    return (
        lines.filter(pl.col("performer") == "staff")
        .group_by("unit_id", "level", "day_part")
        .agg(pl.col("milliminutes", "cost_cents").sum())
        .with_columns(time_share=pl.when(whole > 0).then((pl.col("milliminutes") / whole).round(6)))
    )


def _level_parts(breakdown: pl.DataFrame) -> dict[str, dict[str, int]]:
    """Cents of each level: own wages, hired, and the rest."""
    parts: dict[str, dict[str, int]] = {}
    for level, part, cents in breakdown.filter(pl.col("kind") == "level").select("key", "part", "cents").iter_rows():
        name = OWN if part in PAYROLL_PARTS else part if part == HIRED else "rest"
        own = parts.setdefault(level, {OWN: 0, HIRED: 0, "rest": 0})
        own[name] += cents
    return dict(sorted(parts.items()))


class _Keys:
    """What a level's cost is divided by within a cost window: level -> unit -> weight; "" is no unit."""

    def __init__(self, given: Given, summed: pl.DataFrame, window: Period) -> None:
        contracts = given.streams["contracts"]
        worked = hours.worked(summed, contracts, window)
        known = worked.filter(pl.col("level").is_not_null())
        hired = pl.col("employment") == "hired"
        self.worked = _weights(known, "paid_minutes")
        self.hired = _weights(known.filter(hired), "paid_minutes")
        self.own = _weights(known.filter(~hired), "paid_minutes")
        self.payroll = _weights(_payroll(given, worked, window), "weight")


def _weights(rows: pl.DataFrame, column: str) -> dict[str, dict[str, int]]:
    sums = (
        rows.group_by("level", pl.col("unit_id").fill_null(""))
        .agg(pl.col(column).sum())
        .filter(pl.col(column) != 0)
        .sort("level", "unit_id")
    )
    made: dict[str, dict[str, int]] = {}
    for level, unit_id, weight in sums.iter_rows():
        made.setdefault(level, {})[unit_id] = weight
    return made


def _payroll(given: Given, worked: pl.DataFrame, window: Period) -> pl.DataFrame:
    """Payroll cost by the contract's level and the units where the contract worked: level, unit_id, weight in cents."""
    contracts = given.streams["contracts"].filter(
        pl.col("client_facing"), pl.col("employment") != "hired", pl.col("level").is_not_null()
    )
    cost = (
        given.streams["wages"]
        .filter(pl.col("relates_to").is_in(window.months()), pl.col("component").is_in(PAYROLL_PARTS))
        .group_by("contract_id")
        .agg(pl.col("amount").sum())
        .join(contracts.select("contract_id", "level", home="unit_id"), on="contract_id")
    )
    places = worked.group_by("contract_id", "unit_id").agg(pl.col("paid_minutes").sum())
    whole = places.group_by("contract_id").agg(whole=pl.col("paid_minutes").sum()).filter(pl.col("whole") > 0)
    shared = places.join(whole, on="contract_id")
    joined = cost.join(shared, on="contract_id", how="left")
    time = pl.col("whole").fill_null(1).cast(pl.Int128)
    part = half_even(pl.col("amount").cast(pl.Int128) * pl.col("paid_minutes").fill_null(1), time).cast(pl.Int64)
    here = pl.when(pl.col("whole").is_null()).then("home").otherwise("unit_id")
    return joined.select("level", unit_id=here, weight=part)


def _divided(cents: int, *weights: Mapping[str, int] | None) -> dict[str, int]:
    """Cents over units by the first of the weights that has any; by none of them they stand at no unit ("")."""
    if not cents:
        return {}
    for each in weights:
        if each and sum(each.values()) > 0:
            return largest_remainder(cents, each)
    return {"": cents}


def _own_and_hired(costs: Mapping[str, Mapping[str, int]], keys: _Keys) -> pl.DataFrame:
    rows = []
    for level in sorted({*costs, *keys.worked}):
        own, hired = keys.own.get(level, {}), keys.hired.get(level, {})
        parts = costs.get(level, {})
        wages = _divided(parts.get(OWN, 0), keys.payroll.get(level), own)
        bought = _divided(parts.get(HIRED, 0), hired, keys.worked.get(level))
        rows += [
            (unit or None, level, own.get(unit, 0), wages.get(unit, 0), hired.get(unit, 0), bought.get(unit, 0))
            for unit in sorted({*own, *hired, *wages, *bought})
        ]
    frame = pl.DataFrame(
        rows,
        schema={
            "unit_id": pl.String, "level": pl.String, "own_milliminutes": pl.Int64, "own_cents": pl.Int64,
            "hired_milliminutes": pl.Int64, "hired_cents": pl.Int64,
        },
        orient="row",
    )  # fmt: skip
    return frame.with_columns(
        # Hours on a level that nobody is paid on (a contract of another level) have no wages of their own.
        own_hourly_cents=pl.when(pl.col("own_cents") != 0).then(_hourly_column("own_cents", "own_milliminutes")),
        hired_hourly_cents=pl.when(pl.col("hired_cents") != 0).then(
            _hourly_column("hired_cents", "hired_milliminutes")
        ),
    )


def _location_prices(
    costs: Mapping[str, Mapping[str, int]], keys: _Keys, parents: pl.DataFrame, settings: MethodSettings
) -> pl.DataFrame:
    """Rows of :data:`LOCATIONS`."""
    located = dict(parents.filter(pl.col("kind_above") == "location").select("unit_id", "above").iter_rows())
    rows = []
    for level in sorted({*costs, *keys.worked}):
        parts = costs.get(level, {})
        worked = keys.worked.get(level)
        places: dict[str, int] = {}
        for divided in (
            _divided(parts.get(OWN, 0), keys.payroll.get(level), worked),
            _divided(parts.get(HIRED, 0), keys.hired.get(level), worked),
            _divided(parts.get("rest", 0), worked),
        ):
            _add(places, divided.items(), located)
        time: dict[str, int] = {}
        _add(time, (worked or {}).items(), located)
        share = Fraction(settings.direct_share.get(level, 0))  # type: ignore[call-overload]  # a level of the records
        whole_time = sum(time.values())
        whole = Fraction(sum(places.values())) / (client(whole_time, share) or 1) if whole_time > 0 and share else None
        for place in sorted({*places, *time}):
            client_hours = client(time.get(place, 0), share)
            price = round(Fraction(places.get(place, 0)) / client_hours) if client_hours > 0 else None
            rows.append(
                (
                    place or None, level, places.get(place, 0), float(round(client_hours, 6)), price,
                    round(whole) if whole is not None else None,
                )
            )  # fmt: skip
    names = ["unit_id", "level", "cost_cents", "client_hours", "price_cents", "organisation_price_cents"]
    schema = LOCATIONS.schema()
    return pl.DataFrame(rows, schema={name: schema[name] for name in names}, orient="row").with_columns(
        difference_cents=pl.col("price_cents") - pl.col("organisation_price_cents")
    )


def client(milliminutes: int, share: Fraction) -> Fraction:
    """Client hours of worked time."""
    return Fraction(milliminutes, MILLIMINUTES_PER_HOUR) * share


def _add(sums: dict[str, int], parts: Iterable[tuple[str, int]], located: Mapping[str, str]) -> None:
    """Add what units have to their location; of no location is ""."""
    for unit_id, amount in parts:
        place = located.get(unit_id, "")
        sums[place] = sums.get(place, 0) + amount


def _gink(
    name: str, prices: pl.DataFrame, places: pl.DataFrame, given: Given, window: Period, notes: list[Finding]
) -> pl.DataFrame:
    mix = {str(level): Fraction(share) for level, share in given.settings.gink_mix.items()}
    whole = next(iter(prices.filter(pl.col("kind") == "gink")["price_cents"]), None)
    units = given.streams["units"]
    tops = units.filter(pl.col("kind") == "organisation")["unit_id"].to_list()
    rows: list[tuple[object, ...]] = []
    if whole is not None:
        rows.append((name, "organisation", tops[0] if len(tops) == 1 else None, whole, 0, 1.0))
    own: dict[str, dict[str, int]] = {}
    general: dict[str, int] = {}
    for place, level, price, average in places.select(
        "unit_id", "level", "price_cents", "organisation_price_cents"
    ).iter_rows():
        if average is not None:
            general[level] = average
        if place is not None and price is not None:
            own.setdefault(place, {})[level] = price
    if mix and (absent := sorted(set(mix) - set(general))):
        notes.append(
            Finding(
                "I27",
                "info",
                f"De GINK per locatie van {name} ontbreekt: in {window} zijn geen uren gewerkt op niveau"
                f" {', '.join(absent)} van de mix.",
                "Haal de uren van deze maanden op, of pas gink_mix in method.toml aan.",
            )
        )
        mix = {}
    for place, levels in sorted(own.items()) if mix else ():
        covered = sum((share for level, share in mix.items() if level in levels), Fraction(0))
        gink = round(sum((share * levels.get(level, general[level]) for level, share in mix.items()), Fraction(0)))
        shown = gink if covered else None
        difference = shown - whole if shown is not None and whole is not None else None
        rows.append((name, "location", place, shown, difference, float(round(covered, 6))))
    return pl.DataFrame(rows, schema=GINK.schema(), orient="row")


INSTRUMENT = Instrument(
    "care_price",
    "What does an hour of care cost in each department and location, with own and with hired staff?",
    (PRICES, MIX, STAFF, LOCATIONS, GINK),
    make,
)
