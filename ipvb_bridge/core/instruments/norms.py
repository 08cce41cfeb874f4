"""The norms in force in a period: with source and last look, what the calculation used of them, and what lacks.

Facts of the norm tables side by side (:mod:`ipvb_bridge.core.facts`), beside what the calculation did with them:

* *tariffs used*: the paid days and the amount of each tariff row; the amounts add up to the available budget;
* *days without a tariff*: the paid days that no row covers, by profile, with what those days require (care and stay).
  That part stays without budget. **Our reading**: it is the required budget of a calculation over these days alone,
  with the prices of the period. The tariff of another day, delivery form or profile is never put in its place, so what
  the contract would have paid is not said;
* *settings*: the hours a year and the direct shares of method.toml beside the norm tables. The setting counts.

The norm tables are no result of the calculation: those that it counts with it read when it was made; the page says
when a file changed since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

import polars as pl

from ipvb_bridge.core import facts
from ipvb_bridge.core.budget import resident_budgets
from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.demand import demand
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.norms_findings import findings
from ipvb_bridge.core.lines import line_totals
from ipvb_bridge.core.norm_records import FACTS, NORM_TABLES
from ipvb_bridge.core.spans import merged
from ipvb_bridge.core.tariffs import PROFILE, by_row, payable_days, reach

_TEXT, _COUNT, _DATE = pl.String(), pl.Int64(), pl.Date()
_PROFILE = {
    "zzp": (_TEXT, "care profile"),
    "delivery_form": (_TEXT, "delivery form; null: not mapped"),
    "with_treatment": (pl.Boolean(), "includes treatment"),
    "with_day_care": (pl.Boolean(), "includes day care"),
}

TABLES = Result(
    "norm_tables",
    "Each norm table, with how much of it holds in the period and when somebody last looked",
    ("place",),
    {
        "place": (_COUNT, "order of the tables"),
        "table": (_TEXT, "norms/TABLE.csv"),
        "role": (_TEXT, "counts: the calculation reads it; compared: settings are held against it; reference"),
        "rows": (_COUNT, "rows of the file"),
        "in_force": (_COUNT, "rows that hold on a day of the period"),
        "check_again": (_COUNT, "rows in force that nobody held against their source for a year"),
        "last_checked": (_DATE, "the longest ago that a row in force was looked at; null: not known"),
    },
)
IN_FORCE = Result(
    "norms_in_force",
    "Every norm that holds on a day of the period",
    ("place", "row"),
    {
        "place": (_COUNT, "order of the tables"),
        "row": (_COUNT, "row of the table, by item and first day"),
        "table": (_TEXT, "norms/TABLE.csv"),
        "kind": (_TEXT, "kind of item, where the table tells kinds apart; null: it does not"),
        "item": (_TEXT, "what it is the norm of"),
        "value": (pl.Float64(), "the value, in its unit; null: an amount or a text"),
        "amount_cents": (_COUNT, "the amount; null: no amount"),
        "text": (_TEXT, "what it says; null: a value or an amount"),
        "unit": (_TEXT, "unit of value or amount"),
        "start_date": (_DATE, "first day; null: always so far"),
        "end_date": (_DATE, "last day; null: open"),
        "source": (_TEXT, "where it stands; null: not stated"),
        "last_checked": (_DATE, "day of the last look; null: not known"),
        "check_again": (pl.Boolean(), "nobody looked for a year; null: the table has no such day"),
        "note": (_TEXT, "what a reader must know"),
    },
)
USED = Result(
    "tariffs_used",
    "The tariff rows that pay days of the period; the amounts add up to the available budget",
    (*PROFILE, "since"),
    {
        **_PROFILE,
        "since": (_DATE, "first day of the tariff row"),
        "residents": (_COUNT, "residents with a day on it"),
        "paid_days": (_COUNT, "paid days on it"),
        "day_cents": (_COUNT, "the day tariff"),
        "available_cents": (_COUNT, "days x tariff x contract percentage, rounded for each resident and unit"),
    },
)
MISSING = Result(
    "tariffs_missing",
    "Paid days without a tariff row, by profile, and what these days require: it stays without budget",
    PROFILE,
    {
        **_PROFILE,
        "residents": (_COUNT, "residents with such a day"),
        "unpaid_days": (_COUNT, "days that stay unpaid"),
        "first_day": (_DATE, "the first of them"),
        "last_day": (_DATE, "the last of them"),
        "care_cents": (_COUNT, "care that these days require"),
        "stay_cents": (_COUNT, "stay that these days require"),
        "required_cents": (_COUNT, "care and stay"),
    },
)
SETTINGS = Result(
    "settings_compared",
    "Settings of method.toml beside the norm that says the same; the setting counts",
    ("setting",),
    {
        "setting": (_TEXT, "key in method.toml"),
        "set_value": (pl.Float64(), "what it says"),
        "norm": (_TEXT, "the row of the norm table it agrees with, or is held against; null: there is none"),
        "norm_value": (pl.Float64(), "what that row says"),
        "agrees": (pl.Boolean(), "whether they are equal; null: nothing to hold it against"),
        "source": (_TEXT, "source of the norm"),
    },
)
LAPSED = Result(
    "norms_lapsed",
    "Items that a norm table knew earlier and of which no row holds in the period: nothing is put in their place",
    ("table", "kind", "item"),
    {
        "table": (_TEXT, "norms/TABLE.csv"),
        "kind": (_TEXT, "kind of item; null: the table does not tell kinds apart"),
        "item": (_TEXT, "what lacks"),
        "last_day": (_DATE, "last day on which a row held"),
        "source": (_TEXT, "source of that row"),
    },
)


def make(given: Given) -> Made:
    """See the module."""
    place = {name: at for at, name in enumerate(NORM_TABLES, 1)}
    placed = pl.col("table").replace_strict(place, return_dtype=pl.Int64)
    told = facts.statements(given.norms, given.period).with_columns(place=placed)
    streams = given.streams
    days = resident_days(streams["stays"], streams["absences"], streams["indications"], given.period).segments
    tables = {
        TABLES.name: TABLES.of(facts.overview(given.norms, given.period).with_columns(place=placed)),
        IN_FORCE.name: IN_FORCE.of(told.with_columns(row=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("table"))),
        USED.name: _used(given, days),
        MISSING.name: _missing(given, days),
        SETTINGS.name: _settings(given, told),
        LAPSED.name: _lapsed(given.norms, given, told),
    }
    return Made(tables, findings(given, tables))


def _used(given: Given, days: pl.DataFrame) -> pl.DataFrame:
    rows = by_row(*payable_days(days, given.norms["tariffs"]), given.settings)
    return USED.of(
        rows.group_by(*PROFILE, pl.col("since").cast(pl.Date)).agg(
            pl.col("resident_id").n_unique().alias("residents"),
            pl.col("paid_days").sum(),
            pl.col("day_tariff").first().alias("day_cents"),
            pl.col("available_cents").sum(),
        )
    )


def _missing(given: Given, days: pl.DataFrame) -> pl.DataFrame:
    """The uncovered days of each profile, priced as the calculation prices all days; profiles are few."""
    lacking = without_tariff(days, given.norms["tariffs"])
    if lacking.is_empty():
        return MISSING.empty()
    prices = given.tables["cost_prices"]
    levels = prices.filter(pl.col("kind") == "level", pl.col("price_cents").is_not_null()).select(
        level="key", day_part="day_part", hourly_price_cents="price_cents"
    )
    components = prices.filter(pl.col("kind") == "component").select(component="key", day_price_cents="price_cents")
    people = lacking.select("resident_id").unique()
    agreements = given.streams["care_agreements"].join(people, on="resident_id", how="semi")
    nothing = given.norms["tariffs"].clear()
    opt_outs = given.streams["opt_outs"].clear()
    made = []
    for part in lacking.partition_by(PROFILE, maintain_order=True):
        asked = demand(agreements, part, given.period)
        totals = line_totals(asked.lines, asked.homes, levels)
        budgets = resident_budgets(part, totals.residents, components, nothing, opt_outs, given.settings).rows
        made.append(
            part.group_by(PROFILE)
            .agg(
                pl.col("resident_id").n_unique().alias("residents"),
                pl.col("days").sum().alias("unpaid_days"),
                pl.col("start_date").min().alias("first_day"),
                pl.col("end_date").max().alias("last_day"),
            )
            .hstack(budgets.select(pl.col("care_cents", "stay_cents", "required_cents").sum()))
        )
    return MISSING.of(pl.concat(made))


def without_tariff(segments: pl.DataFrame, tariffs: pl.DataFrame) -> pl.DataFrame:
    """The paid days that no tariff row covers, as segments of core.days like those given."""
    payable, rows = payable_days(segments, tariffs)
    first, last = reach(payable)
    covered = merged(rows.select(*PROFILE, start="cut", stop="next"), list(PROFILE))
    each = payable.select(PROFILE).unique().join(covered, on=PROFILE, how="left", nulls_equal=True)
    each = each.sort(*PROFILE, "start")
    before = pl.col("stop").shift(1).over(PROFILE).fill_null(first)
    gaps = pl.concat(
        [
            # The days before each span that is covered, and those after the last one.
            each.select(*PROFILE, open=before, shut=pl.col("start").fill_null(last)),
            each.drop_nulls("stop")
            .group_by(PROFILE)
            .agg(open=pl.col("stop").max())
            .with_columns(shut=pl.lit(last, pl.Int32)),
        ]
    ).filter(pl.col("shut") > pl.col("open"))
    start, stop = pl.col("start_date").cast(pl.Int32), pl.col("end_date").cast(pl.Int32) + 1
    return (
        segments.filter("paid")
        .join(gaps, on=PROFILE, nulls_equal=True)
        .with_columns(open=pl.max_horizontal(start, "open"), shut=pl.min_horizontal(stop, "shut"))
        .filter(pl.col("shut") > pl.col("open"))
        .with_columns(
            start_date=pl.col("open").cast(pl.Date),
            end_date=(pl.col("shut") - 1).cast(pl.Date),
            days=(pl.col("shut") - pl.col("open")).cast(pl.Int64),
        )
        .select(segments.columns)
        .sort("resident_id", "start_date")
    )


def _settings(given: Given, told: pl.DataFrame) -> pl.DataFrame:
    """Hours a year and direct shares; where norms disagree among themselves the last one that started is shown."""
    known = told.sort("start_date").rows(named=True)
    rows = [_compared(key, value, known, table, kind, item) for key, value, table, kind, item in _stated(given)]
    return SETTINGS.of(pl.DataFrame(rows, schema=SETTINGS.schema()))


def _stated(given: Given) -> Iterator[tuple[str, Decimal, str, str | None, str | None]]:
    formation = given.settings.formation
    yield "formation.gross_year", formation.gross_year, "hours_per_year", "gross", None
    yield "formation.net_year", formation.net_year, "hours_per_year", "net", None
    for level, share in given.settings.direct_share.items():
        yield f"direct_share.{level}", share, "direct_shares", None, str(level)


def _compared(
    key: str, value: Decimal, known: list[dict[str, object]], table: str, kind: str | None, item: str | None
) -> Mapping[str, object]:
    rows = [each for each in known if (each["table"], each["kind"]) == (table, kind) and item in (None, each["item"])]
    found = [each for each in rows if each["value"] == round(float(value), 6)]
    # Of hours a year there are several bases: the setting is one of them, or none. Of a share there is one norm.
    norm = found[-1] if found else rows[-1] if rows and table == "direct_shares" else None
    return {
        "setting": key,
        "set_value": round(float(value), 6),
        "norm": None if norm is None else norm["item"],
        "norm_value": None if norm is None else norm["value"],
        "agrees": bool(found) if rows else None,
        "source": None if norm is None else norm["source"],
    }


def _lapsed(norms: Mapping[str, pl.DataFrame], given: Given, told: pl.DataFrame) -> pl.DataFrame:
    """Items of tables of facts whose last row ended before the period."""
    made = [LAPSED.empty()]
    for name in (*FACTS, "ort"):
        rows = norms.get(name)
        if rows is None or rows.is_empty():
            continue
        earlier = facts.every(name, rows).filter(pl.col("end_date") < given.period.start)
        now = told.filter(pl.col("table") == name)
        gone = earlier.join(now, on=["kind", "item"], how="anti", nulls_equal=True).sort("end_date")
        made.append(
            gone.group_by("table", "kind", "item")
            .agg(last_day=pl.col("end_date").last(), source=pl.col("source").last())
            .select(LAPSED.schema().names())
        )
    return LAPSED.of(pl.concat(made))


INSTRUMENT = Instrument(
    "norms",
    "Which norms and tariffs hold, from which source, what did the calculation use of them, and what lacks?",
    (TABLES, IN_FORCE, USED, MISSING, SETTINGS, LAPSED),
    make,
)
