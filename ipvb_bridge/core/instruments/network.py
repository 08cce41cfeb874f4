"""What the network does: time of family and acquaintances, volunteers and the residents themselves, and its worth.

Such care costs nothing and stands in nobody's budget (method section 5). What it would have cost is its time at the
hourly price of the level that the agreement names, each line rounded once as a staff line is (half to even); it adds
up to ``network_cost_cents`` of the calculation. Time of a level without a price would have an unknown cost: it counts
as time, its cost as nothing, and it stands apart. The part of all care that the network does is our reading: its time
divided by its own and that of staff, whoever pays; what is bought elsewhere is in neither.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.findings import Finding, frame
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.lines import NETWORK, priced

_TIME = pl.Int64()
_CELL = {
    "network_milliminutes": (_TIME, "time of family and acquaintances (performer network)"),
    "volunteer_milliminutes": (_TIME, "time of volunteers"),
    "self_milliminutes": (_TIME, "what residents do themselves"),
    "milliminutes": (_TIME, "these three together"),
    "would_cost_cents": (pl.Int64(), "what that time would have cost at the hourly prices, priced time only"),
    "unpriced_milliminutes": (_TIME, "the part of that time whose level has no price: in no cost"),
    "staff_milliminutes": (_TIME, "time of staff beside it, whoever pays"),
    "network_share": (pl.Float64(), "milliminutes as a part of milliminutes and staff_milliminutes; null: no time"),
}
_SUMS = [name for name in _CELL if name != "network_share"]
_RESIDENTS = {"residents": (pl.Int64(), "residents with such time")}

BY_RESIDENT = Result(
    "network_by_resident",
    "What the network does for each resident and unit; only those for whom it does anything",
    ("unit_id", "resident_id"),
    {
        "unit_id": (pl.String(), "the unit where the resident has a stay"),
        "resident_id": (pl.String(), "the resident"),
        **_CELL,
    },
)
BY_UNIT = Result(
    "network_by_unit",
    "What the network does in each unit that gives care",
    ("unit_id",),
    {"unit_id": (pl.String(), "the unit"), **_RESIDENTS, **_CELL},
)
BY_GROUP = Result(
    "network_by_group",
    "What the network does for each client group",
    ("client_group",),
    {"client_group": (pl.String(), "somatic, pg, other; null: not stated"), **_RESIDENTS, **_CELL},
)
BY_FUNCTION = Result(
    "network_by_function",
    "What the network does by care function",
    ("care_function",),
    {"care_function": (pl.String(), "care function; null: not stated"), **_RESIDENTS, **_CELL},
)


def make(given: Given) -> Made:
    """See the module. Sums of the lines of the calculation; lines of other firms (external) are left out."""
    levels = (
        given.tables["cost_prices"]
        .filter(pl.col("kind") == "level", pl.col("price_cents").is_not_null())
        .select(level="key", day_part="day_part", hourly_price_cents="price_cents")
    )
    lines = given.tables["lines"].lazy()
    network = priced(lines.filter(pl.col("performer").is_in(NETWORK)), levels).with_columns(priced=_has_price(levels))
    staff = lines.filter(pl.col("performer") == "staff")
    groups = given.streams["residents"].select("resident_id", "client_group")
    # A resident and unit, and a care function, are summed apart: together they would be a row of almost every line.
    people, functions = pl.collect_all(
        [
            _cells(network, ["resident_id", "unit_id"], staff, ["resident_id", "unit_id"]).join(
                groups.lazy(), on="resident_id", how="left"
            ),
            _cells(network, ["resident_id", "care_function"], staff, ["care_function"]),
        ],
        engine="streaming",
    )
    tables = {
        BY_RESIDENT.name: BY_RESIDENT.of(_summed(people, BY_RESIDENT).filter(pl.col("milliminutes") > 0)),
        BY_UNIT.name: BY_UNIT.of(_summed(people, BY_UNIT)),
        BY_GROUP.name: BY_GROUP.of(_summed(people, BY_GROUP)),
        BY_FUNCTION.name: BY_FUNCTION.of(_summed(functions, BY_FUNCTION)),
    }
    return Made(tables, _findings(people))


def _cells(network: pl.LazyFrame, by: list[str], staff: pl.LazyFrame, staff_by: list[str]) -> pl.LazyFrame:
    """The sums of _CELL by those columns, of the network and of staff beneath each other; no share yet."""
    time = pl.col("milliminutes")
    done = network.group_by(by).agg(
        *(time.filter(pl.col("performer") == who).sum().alias(f"{who}_milliminutes") for who in NETWORK),
        milliminutes=time.sum(),
        would_cost_cents=pl.col("network_cost_cents").sum(),
        unpriced_milliminutes=time.filter(~pl.col("priced")).sum(),
    )
    beside = staff.group_by(staff_by).agg(staff_milliminutes=time.sum())
    return pl.concat([done, beside], how="diagonal").with_columns(pl.col(_SUMS).fill_null(0))


def _has_price(levels: pl.DataFrame) -> pl.Expr:
    """Whether a line's level, or its level on its day part, has an hourly price."""
    always = levels.filter(pl.col("day_part").is_null())["level"].unique().sort().implode()
    found = pl.col("level").is_in(always)
    for level, day_part in levels.filter(pl.col("day_part").is_not_null()).select("level", "day_part").iter_rows():
        found |= (pl.col("level") == level) & (pl.col("day_part") == day_part)
    return found.fill_null(False)


def _summed(cells: pl.DataFrame, result: Result) -> pl.DataFrame:
    whole = pl.col("milliminutes") + pl.col("staff_milliminutes")
    helped = pl.col("resident_id").filter(pl.col("milliminutes") > 0).n_unique()
    return (
        cells.group_by(result.key)
        .agg(pl.col(_SUMS).sum(), *([helped.alias("residents")] if "residents" in result.columns else []))
        .with_columns(network_share=pl.when(whole > 0).then((pl.col("milliminutes") / whole).round(6)))
    )


def _findings(cells: pl.DataFrame) -> pl.DataFrame:
    unpriced = int(cells["unpriced_milliminutes"].sum())
    if not unpriced:
        return frame(())
    return frame(
        [
            Finding(
                "I46",
                "info",
                "Een deel van de tijd van het netwerk heeft een afspraak zonder niveau, of met een niveau zonder "
                "uurprijs. Die tijd telt mee in uren; wat zij zou hebben gekost is niet bekend en telt niet mee.",
                "Vul het niveau van deze afspraken aan in mappings/activities.csv of mappings/agreements.csv en "
                "bereken opnieuw.",
                milliminutes=unpriced,
            )
        ]
    )


INSTRUMENT = Instrument(
    "network",
    "What does the network do, in hours and in what it would cost?",
    (BY_RESIDENT, BY_UNIT, BY_GROUP, BY_FUNCTION),
    make,
)
