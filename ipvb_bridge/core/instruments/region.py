"""The regional picture: what organisations of a region bring together, a quarter and region at a time.

Definitions stand in :data:`DEFINITIONS` and beside each figure. Source of the count of clients by delivery form on a
reference date: KiK-V exchange profile zorgkantoor, indicator 14.2 (v1.3.0); the share of VPT and the mix of profiles
follow from it. Our reading: budget use is realised divided by agreed production, for which there is no official
formula. A count of people below ``smallest`` is not shown, nor what would give it away by adding up (see
:func:`_hidden`); a nought is shown. A quarter in which the
registration changed starts a new series: it is marked, and not compared with the quarter before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.region_tables import TABLES
from ipvb_bridge.core.instruments.units_above import nearest
from ipvb_bridge.core.periods import Period

DEFINITIONS: Mapping[str, str] = {
    "clients": "cliënten op de laatste dag van het kwartaal, naar leveringsvorm",
    "vpt_share": "cliënten met VPT gedeeld door alle cliënten op de laatste dag van het kwartaal",
    "profile_mix": "cliënten met dit profiel gedeeld door alle cliënten op de laatste dag van het kwartaal",
    "indications": "in het kwartaal afgegeven indicaties met dit profiel",
    "waiting": "wachtenden op de laatste dag van het kwartaal, naar status (COD167)",
    "waiting_duration": "wachtenden op de laatste dag van het kwartaal, naar wachttijd in weken",
}
"""Measure -> what it counts, in Dutch."""

_OF: Mapping[str, str] = {
    "clients": "clients",
    "vpt_share": "clients",
    "profile_mix": "clients",
    "indications": "indications",
    "waiting": "waiting",
    "waiting_duration": "waiting",
}
_WHOLE = ""
_KEYS = ("measure", "region", "key", "quarter")

FIGURES = Result(
    "region_figures",
    "Counts of people by quarter, region and measure, with their part of the whole",
    _KEYS,
    {
        "measure": (pl.String(), "clients, vpt_share, profile_mix, indications, waiting, waiting_duration"),
        "region": (pl.String(), "municipality or zorgkantoor region; null: all regions together"),
        "key": (pl.String(), "delivery form, profile, status or weeks; null for vpt_share"),
        "quarter": (pl.String(), "calendar quarter"),
        "organisations": (pl.Int64(), "organisations that delivered it"),
        "people": (pl.Int64(), "the count; null: too few to show"),
        "whole": (pl.Int64(), "all people of the measure in the quarter and region; null: too few to show"),
        "part_share": (pl.Float64(), "people as a part of the whole; null: not shown, or no people"),
        "series": (pl.Int64(), "1, 2, ...: a new number after each break; figures of one number compare"),
        "breaks": (pl.String(), "why a new series starts in this quarter; null: none starts"),
        "shown": (pl.Boolean(), "false: too few people"),
        "definition": (pl.String(), "what the figure counts (Dutch)"),
    },
)
BUDGETS = Result(
    "region_budgets",
    "Use of the agreed budget by quarter and region",
    ("region", "quarter"),
    {
        "region": (pl.String(), "municipality or zorgkantoor region; null: all regions together"),
        "quarter": (pl.String(), "calendar quarter"),
        "organisations": (pl.Int64(), "organisations that delivered it"),
        "agreed_cents": (pl.Int64(), "production agreed"),
        "realised_cents": (pl.Int64(), "production realised"),
        "use_share": (pl.Float64(), "realised as a part of agreed; null: nothing agreed"),
        "series": (pl.Int64(), "a new number after each break"),
        "breaks": (pl.String(), "why a new series starts in this quarter; null: none starts"),
    },
)
DELIVERY = Result(
    "region_delivery",
    "Your own clients on the period's last day, in the form of instruments/region_clients.csv",
    ("region", "quarter", "zzp", "delivery_form"),
    {
        "region": (pl.String(), "region of the unit, by instruments.region.places"),
        "quarter": (pl.String(), "the quarter of the period's last day"),
        "zzp": (pl.String(), "care profile in force"),
        "delivery_form": (pl.String(), "delivery form in force"),
        "clients": (pl.Int64(), "residents with a stay and an indication on that day"),
    },
)


def make(given: Given) -> Made:
    """See the module. Quarters after the period are left out."""
    settings, last = given.settings.instruments.region, quarter_of(given.period.end)
    own = {
        name: frame.filter(pl.col("quarter") <= last) if name != "region_breaks" else frame
        for name, frame in given.own.items()
    }
    breaks = given.own["region_breaks"]
    figures = _hidden(pl.concat(_counts(own)), settings.smallest)
    vpt = figures.filter(pl.col("measure") == "clients", pl.col("key") == "vpt").with_columns(
        measure=pl.lit("vpt_share"), key=pl.lit(None, pl.String)
    )
    figures = pl.concat([figures, vpt]).with_columns(
        definition=pl.col("measure").replace_strict(DEFINITIONS),
        # A share of a hidden whole would tell that whole.
        part_share=pl.when("shown", pl.col("whole") > 0).then((pl.col("people") / pl.col("whole")).round(6)),
        people=pl.when("shown").then("people"),
    )
    figures = _series(figures, breaks, ["measure", "region", "key"])
    money = _budgets(own["region_budget"], breaks)
    tables = {
        "region_figures": FIGURES.of(figures),
        "region_budgets": BUDGETS.of(money),
        "region_delivery": _own(given),
    }
    return Made(tables, _findings(given, tables))


def quarter_of(day: dt.date) -> str:
    """The calendar quarter of a day: 2026-Q1."""
    return f"{day.year}-Q{(day.month + 2) // 3}"


def _counts(own: Mapping[str, pl.DataFrame]) -> list[pl.DataFrame]:
    """Each measure by region and for all together: measure, region, key, quarter, organisations, people."""
    clients, waiting = own["region_clients"], own["region_waiting"]
    weeks = pl.format("{}-{}", "weeks_from", "weeks_to").fill_null(pl.format("{}+", "weeks_from"))
    parts = (
        ("clients", clients, pl.col("delivery_form"), "clients"),
        ("profile_mix", clients, pl.col("zzp"), "clients"),
        ("indications", own["region_indications"], pl.col("zzp"), "indications"),
        ("waiting", waiting, pl.col("status"), "waiting"),
        ("waiting_duration", waiting, weeks, "waiting"),
    )
    made = []
    for measure, frame, key, count in parts:
        keyed = frame.select("organisation", "region", "quarter", key=key, people=count)
        for rows in (keyed, keyed.with_columns(region=pl.lit(None, pl.String))):
            summed = rows.group_by("region", "key", "quarter").agg(pl.col("people").sum())
            # Who delivered the measure at all, also where this key is not among it.
            who = rows.group_by("region", "quarter").agg(organisations=pl.col("organisation").n_unique().cast(pl.Int64))
            made.append(
                summed.join(who, on=["region", "quarter"], how="left", nulls_equal=True).select(
                    pl.lit(measure).alias("measure"), "region", "key", "quarter", "organisations", "people"
                )
            )
    return made


def _hidden(counted: pl.DataFrame, smallest: int) -> pl.DataFrame:
    """Adds ``shown`` and ``whole`` (null: not shown).

    Every sum that a reader can make is a line of cells and their total: the keys of a region, the regions of a key. A
    line never has one hidden cell alone, and what is hidden under a shown total is nobody or at least ``smallest``
    people; else the next smallest cell is hidden too, and last the total. What one line hides may give away another,
    and measures of the same people share their total: so on until nothing more is hidden.
    """
    people, hidden = pl.col("people"), ~pl.col("shown") & (pl.col("people") > 0)
    totals = counted.group_by("measure", "region", "quarter").agg(people.sum(), key=pl.lit(_WHOLE))
    cells = pl.concat([counted, totals], how="diagonal").with_columns(
        shown=~people.is_between(1, smallest - 1), of=pl.col("measure").replace_strict(_OF)
    )
    while True:
        before = cells["shown"].sum()
        for name, total in (("key", pl.col("key") == _WHOLE), ("region", pl.col("region").is_null())):
            line = ["measure", "quarter", "region" if name == "key" else "key"]
            cells = cells.sort(total, "people", name).with_row_index("at")
            alone = hidden.sum().over(line) == 1
            under = people.filter(hidden & ~total).sum().over(line).is_between(1, smallest - 1)
            bare = under & ~(hidden & total).any().over(line)
            next_up = pl.col("at").filter(pl.col("shown") & (people > 0)).min().over(line)
            goes = (alone | bare) & (pl.col("at") == next_up).fill_null(False)
            cells = cells.with_columns(shown=pl.col("shown") & ~goes).drop("at")
        same = pl.col("shown").all().over("of", "region", "quarter", "key")
        cells = cells.with_columns(shown=pl.when(pl.col("key") == _WHOLE).then(same).otherwise("shown"))
        if cells["shown"].sum() == before:
            break
    shown = cells.filter(pl.col("key") == _WHOLE).select(
        "measure", "region", "quarter", whole=pl.when("shown").then("people")
    )
    return cells.filter(pl.col("key") != _WHOLE).join(
        shown, on=["measure", "region", "quarter"], how="left", nulls_equal=True
    )


def _series(rows: pl.DataFrame, breaks: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    """Adds series and breaks: a row from the quarter of a break on has a higher number than before it."""
    named = breaks.rename({"measure": "of", "quarter": "since", "region": "where"})
    found = (
        rows.select(*by, "quarter", "of")
        .unique()
        .join(named, on="of")
        .filter(
            pl.col("where").is_null() | pl.col("where").eq_missing(pl.col("region")),
            pl.col("quarter") >= pl.col("since"),
        )
        .group_by(*by, "quarter")
        .agg(
            series=pl.col("since").n_unique().cast(pl.Int64) + 1,
            newest=pl.col("since").max(),
            reason=pl.col("reason").sort_by("since", "reason").last(),
        )
    )
    joined = rows.join(found, on=[*by, "quarter"], how="left", nulls_equal=True).with_columns(
        pl.col("series").fill_null(1)
    )
    # The mark stands at the first quarter that there is of the new series.
    first = pl.col("quarter") == pl.col("quarter").min().over(*by, "series")
    return joined.with_columns(breaks=pl.when(first & (pl.col("series") > 1)).then("reason"))


def _budgets(budget: pl.DataFrame, breaks: pl.DataFrame) -> pl.DataFrame:
    sums = [
        rows.group_by("region", "quarter").agg(
            organisations=pl.col("organisation").n_unique().cast(pl.Int64),
            agreed_cents=pl.col("agreed").sum(),
            realised_cents=pl.col("realised").sum(),
        )
        for rows in (budget, budget.with_columns(region=pl.lit(None, pl.String)))
    ]
    made = pl.concat(sums).with_columns(
        of=pl.lit("budget"),
        use_share=pl.when(pl.col("agreed_cents") > 0).then(
            (pl.col("realised_cents") / pl.col("agreed_cents")).round(6)
        ),
    )
    return _series(made, breaks, ["region"])


def _own(given: Given) -> pl.DataFrame:
    """The organisation's own clients on the period's last day, by the region of the unit or of one above it."""
    places = given.settings.instruments.region.places
    if not places:
        return DELIVERY.empty()
    streams, day = given.streams, given.period.end
    held = resident_days(streams["stays"], streams["absences"], streams["indications"], Period(day, day)).segments
    found = nearest(streams["units"], pl.col("above").is_in(list(places))).with_columns(
        region=pl.col("above").replace_strict(places, return_dtype=pl.String)
    )
    return DELIVERY.of(
        held.filter(pl.col("zzp").is_not_null())
        .join(found.select("unit_id", "region"), on="unit_id")
        .group_by("region", "zzp", "delivery_form")
        .agg(clients=pl.col("resident_id").n_unique().cast(pl.Int64))
        .with_columns(quarter=pl.lit(quarter_of(day)))
    )


def _findings(given: Given, tables: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    made = []
    figures = tables["region_figures"]
    if figures.is_empty() and tables["region_budgets"].is_empty():
        made.append(
            Finding(
                "I55",
                "warning",
                "Er zijn geen cijfers van organisaties in de regio.",
                "Leg region_clients.csv, region_indications.csv, region_waiting.csv en region_budget.csv neer in "
                "instruments/.",
            )
        )
    hidden = figures.filter(~pl.col("shown")).height
    if hidden:
        made.append(
            Finding(
                "I56",
                "info",
                f"{hidden} aantallen zijn niet getoond, omdat het om minder dan "
                f"{given.settings.instruments.region.smallest} mensen gaat of omdat zij zo'n aantal zouden verraden.",
                "Bekijk de regio's samen, of een groter gebied.",
            )
        )
    counts = (
        figures.filter(pl.col("region").is_not_null())
        .select("measure", "quarter", "region", "organisations")
        .unique()
        .with_columns(most=pl.col("organisations").max().over("measure", "region"))
        .filter(pl.col("organisations") < pl.col("most"))
        .select("quarter", "region")
        .unique()
        .sort("quarter", "region")
    )
    if counts.height:
        first = ", ".join(f"{region} in {quarter}" for quarter, region in counts.head(3).iter_rows())
        made.append(
            Finding(
                "I57",
                "warning",
                f"Niet elke organisatie leverde elk kwartaal: {counts.height} keer ontbreekt er een, zoals {first}.",
                "Vraag de ontbrekende levering op: een daling kan alleen daaruit bestaan.",
            )
        )
    return findings.frame(made)


INSTRUMENT = Instrument(
    "region",
    "How does the region develop: indications, VPT, profiles, waiting and budget use, a quarter at a time?",
    (FIGURES, BUDGETS, DELIVERY),
    make,
    TABLES,
)
