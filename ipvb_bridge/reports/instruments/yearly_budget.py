"""The page of the yearly budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.core.records import LEVELS
from ipvb_bridge.reports import charts
from ipvb_bridge.reports.instruments.bridged import bridge_section
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View
from ipvb_bridge.reports.terms import terms

_MONEY = (
    "revenue_cents", "care_cents", "private_cents", "outside_cents", "stay_cents", "unabsorbed_cents", "cost_cents",
    "result_cents",
)  # fmt: skip
_STAFF = ("care", "private", "outside", "unabsorbed")
_A_YEAR = 12
_ITEMS = {level: Text(terms("nl").level(level), terms("en").level(level)) for level in LEVELS} | {
    pool: Text(terms("nl").pool(pool), terms("en").pool(pool)) for pool in terms("nl").pools
}


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    rows, written, dutch = view.tables["yearly_budget"], view.figures, view.language == "nl"
    if rows.is_empty():
        return ()
    sums = rows.select(pl.col("revenue_cents", "cost_cents", "result_cents").sum()).row(0, named=True)
    people, fte = (written.decimal(rows[name].sum() / _A_YEAR, 1) for name in ("residents", "fte"))
    year = rows["month"].first()
    assert isinstance(year, str)
    names = ("Opbrengst", "Kosten", "Resultaat") if dutch else ("Revenue", "Cost", "Result")
    mean = "gemiddeld over het jaar" if dutch else "on average over the year"
    return (
        (names[0], written.euro(sums["revenue_cents"]), year[:4]),
        (names[1], written.euro(sums["cost_cents"]), year[:4]),
        (names[2], written.euro(sums["result_cents"]), year[:4]),
        ("Bewoners" if dutch else "Residents", people, f"{mean}, {fte} {'fte' if dutch else 'FTE'}"),
    )


def _chart(view: View) -> Markup | str:
    rows = _by_month(view.tables["yearly_budget"])
    if rows.is_empty():
        return ""
    dutch = view.language == "nl"
    names = ("Opbrengst (doorgetrokken)", "Kosten (streepjes)") if dutch else ("Revenue (solid)", "Cost (dashes)")
    title = (
        "Opbrengst en kosten per maand, in duizenden euro's" if dutch else "Revenue and cost by month, thousand euros"
    )
    series = {
        name: (rows[column] / 100_000).to_list()
        for name, column in zip(names, ("revenue_cents", "cost_cents"), strict=True)
    }
    return charts.lines(series, [view.figures.period_name(month).split()[0] for month in rows["month"]], title)


def _by_month(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.group_by("month").agg(pl.col("residents", "fte", *_MONEY).sum()).sort("month")


def _by_location(rows: pl.DataFrame) -> pl.DataFrame:
    means = [(pl.col(name).sum() / _A_YEAR).round(6) for name in ("residents", "fte")]
    return rows.group_by("unit_id").agg(*means, pl.col(_MONEY).sum()).sort("unit_id")


def _profiles(rows: pl.DataFrame) -> pl.DataFrame:
    number = pl.col("zzp").str.extract(r"^(\d+)").cast(pl.Int64)
    return (
        rows.group_by("zzp", "delivery_form")
        .agg(
            (pl.col("residents").sum() / _A_YEAR).round(6),
            pl.col("resident_days", "tariff_days", "revenue_cents").sum(),
        )
        .sort(number, "zzp", "delivery_form", nulls_last=True)
    )


def _levels(rows: pl.DataFrame) -> pl.DataFrame:
    return (
        rows.group_by("level")
        .agg(*((pl.col(name).sum() / _A_YEAR).round(6) for name in ("hours_week", "fte")), pl.col("cents").sum())
        .sort("level")
    )


def _of(kinds: Sequence[str], name: str) -> Callable[[pl.DataFrame], pl.DataFrame]:
    """The lines of these kinds over the year and all locations, by item, each kind a column of its own."""

    def chosen(rows: pl.DataFrame) -> pl.DataFrame:
        sums = [pl.col("cents").filter(pl.col("kind") == kind).sum().alias(f"{kind}_cents") for kind in kinds]
        wanted = rows.filter(pl.col("kind").is_in(list(kinds)))
        return wanted.group_by(pl.col("item").alias(name)).agg(sums).sort(name)

    return chosen


PAGE = Page(
    title=Text("Begroting van het jaar", "Yearly budget"),
    lead=Text(
        "Wat brengt het jaar op en wat kost het, per locatie en maand? De begroting volgt uit wie er woont, de "
        "tarieven, de kostprijzen en de formatie die daarbij hoort.",
        "What will the year bring and cost, by location and month? The budget follows from who lives here, the "
        "tariffs, the cost prices and the formation that goes with them.",
    ),
    sections=(
        Section(
            Text("Per locatie", "By location"),
            "yearly_budget",
            Text(
                "Resultaat = opbrengst min alle kosten. Bewoners en fte zijn gemiddelden over het jaar.",
                "Result = revenue less all cost. Residents and FTE are averages over the year.",
            ),
            columns=("unit_id", "residents", "fte", *_MONEY),
            totals=("residents", "fte", *_MONEY),
            rows=_by_location,
        ),
        Section(
            Text("Per maand, hele organisatie", "By month, the organisation"),
            "yearly_budget",
            columns=("month", "residents", "fte", *_MONEY),
            totals=_MONEY,
            rows=_by_month,
            chart=_chart,
        ),
        Section(
            Text("Opbrengst per zorgprofiel", "Revenue by care profile"),
            "yearly_budget_residents",
            Text(
                "Dagen met tarief zijn de dagen waarvoor norms/tariffs.csv een tarief noemt; andere dagen brengen hier "
                "niets op.",
                "Days with a tariff are the days for which norms/tariffs.csv states one; other days bring nothing "
                "here.",
            ),
            columns=("zzp", "delivery_form", "residents", "resident_days", "tariff_days", "revenue_cents"),
            totals=("residents", "resident_days", "tariff_days", "revenue_cents"),
            rows=_profiles,
        ),
        Section(
            Text("Medewerkers per niveau", "Staff by level"),
            "yearly_budget_formation",
            Text(
                "Zoveel uur per week en fte worden betaald, en dat kosten zij in het jaar.",
                "So many hours a week and FTE are paid, and that is what they cost in the year.",
            ),
            columns=("level", "hours_week", "fte", "cents"),
            totals=("hours_week", "fte", "cents"),
            rows=_levels,
        ),
        Section(
            Text("Waarvoor die medewerkers er zijn", "What that staff is for"),
            "yearly_budget_items",
            columns=("level", *(f"{kind}_cents" for kind in _STAFF)),
            totals=[f"{kind}_cents" for kind in _STAFF],
            rows=_of(_STAFF, "level"),
        ),
        Section(
            Text("Verblijf per onderdeel", "Stay by component"),
            "yearly_budget_items",
            columns=("component", "stay_cents"),
            totals=("stay_cents",),
            rows=_of(("stay",), "component"),
        ),
        Section(
            Text("Naast het grootboek", "Beside the ledger"),
            "yearly_budget_ledger",
            Text(
                "Wat het kostenvenster over een heel jaar kost, met de indexen, naast wat de begroting draagt. Het "
                "verschil zijn mensen en plaatsen die doorkosten zonder afspraak of bewoner ertegenover. "
                "Onder nul draagt de begroting meer dan er werd uitgegeven.",
                "What the cost window costs over a whole year, with the indices, beside what the budget carries. The "
                "difference is staff and places that cost on without an agreement or a resident; below zero the budget "
                "carries more than was spent.",
            ),
            columns=("item", "window_cents", "year_cents", "budget_cents", "difference_cents"),
            totals=("window_cents", "year_cents", "budget_cents", "difference_cents"),
        ),
        Section(
            Text("Per locatie en maand", "By location and month"),
            "yearly_budget",
            columns=("unit_id", "month", "residents", "fte", *_MONEY),
            totals=_MONEY,
            most=240,
        ),
        bridge_section(),
    ),
    headings={
        "unit_id": Text("Locatie", "Location"),
        "fte": Text("Fte", "FTE"),
        "revenue_cents": Text("Opbrengst", "Revenue"),
        "care_cents": Text("Zorg", "Care"),
        "private_cents": Text("Zelf gekocht", "Bought privately"),
        "outside_cents": Text("Zonder grond", "Without ground"),
        "stay_cents": Text("Verblijf", "Stay"),
        "unabsorbed_cents": Text("Bezetting boven afspraak", "Staff beyond agreements"),
        "cost_cents": Text("Kosten", "Cost"),
        "result_cents": Text("Resultaat", "Result"),
        "delivery_form": Text("Leveringsvorm", "Delivery form"),
        "with_treatment": Text("Met behandeling", "With treatment"),
        "with_day_care": Text("Met dagbesteding", "With day care"),
        "resident_days": Text("Dagen", "Days"),
        "tariff_days": Text("Dagen met tarief", "Days with a tariff"),
        "hours_week": Text("Uren per week", "Hours a week"),
        "cents": Text("Bedrag", "Amount"),
        "window_cents": Text("Kostenvenster", "Cost window"),
        "year_cents": Text("Over het jaar", "Over the year"),
        "budget_cents": Text("In de begroting", "In the budget"),
        "difference_cents": Text("Verschil", "Difference"),
        "price": Text("Prijs", "Price"),
        "kind": Text("Soort", "Kind"),
        "item": Text("Post", "Item"),
    },
    values={
        "item": _ITEMS,
        "price": {"level": Text("uur", "hour"), "component": Text("dag", "day")},
        "kind": {
            "revenue": Text("opbrengst", "revenue"),
            "care": Text("zorg", "care"),
            "private": Text("zelf gekocht", "bought privately"),
            "outside": Text("zonder grond", "without ground"),
            "stay": Text("verblijf", "stay"),
            "unabsorbed": Text("bezetting boven afspraak", "staff beyond agreements"),
        },
        "delivery_form": {
            "stay": Text("verblijf", "stay"),
            "vpt": Text("vpt", "vpt"),
            "mpt": Text("mpt", "mpt"),
            "pgb": Text("pgb", "pgb"),
            "part_time_stay": Text("deeltijdverblijf", "part-time stay"),
        },
    },
    reading=Text(
        "Wie op de laatste dag van de periode een plaats heeft houdt die het hele jaar, met hetzelfde profiel, is "
        "nooit afwezig en wordt elke dag betaald, tenzij budget_residents.csv iets anders zegt. Per dag vraagt een"
        " bewoner wat bewoners met hetzelfde profiel op dezelfde afdeling nu vragen; heeft de afdeling er geen, "
        "dan wat zij in de hele organisatie vragen. Prijzen zijn de kostprijzen van deze periode met de indexen "
        "van de instellingen: elk deel van de prijs (lonen, inhuur, overig) met zijn eigen index.",
        "Who has a place on the period's last day keeps it all year, with the same profile, is never away and is "
        "paid each day, unless budget_residents.csv says otherwise. A day a resident asks what residents of the "
        "same profile in the same department ask now; where it has none, what they ask over the organisation. "
        "Prices are the cost prices of this period with the indices of the settings: each part of the price "
        "(wages, hired, other) with its own.",
    ),
    notes=(
        Text(
            "De kosten bewegen mee met het aantal dagen. Wat een lege plaats doorkost staat er niet in. Wat bewoners "
            "zelf kopen staat bij de kosten; wat het opbrengt niet. Toeslagen en meerzorg staan er niet in.",
            "The cost moves with the number of days. What an empty place costs on is not in it. What residents buy "
            "themselves is in the cost; what it brings is not. Supplements and extra care are not in it.",
        ),
        Text(
            "Bezetting boven afspraak is de minimale bezetting die meer vraagt dan de afspraken of, als de instelling "
            "formation op actual staat, wie er in de periode werkte. Dan kan het bedrag onder nul zijn: er is meer "
            "afgesproken dan er mensen zijn.",
            "Staff beyond agreements is the minimum cover that asks more than the agreements or, when the setting "
            "formation is actual, who worked in the period. The amount may then be below zero: more was agreed than "
            "there are people.",
        ),
    ),
    tiles=_tiles,
)
