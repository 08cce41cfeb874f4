"""The page of ProForma whole."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.core.records import DAY_PARTS
from ipvb_bridge.reports import charts
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    rows, written, dutch = view.tables["proforma"], view.figures, view.language == "nl"
    sums = rows.select(pl.col("required_fte", "actual_fte", "required_other_fte", "gap_fte").sum()).row(0, named=True)
    formation, own = view.given.settings.formation, view.given.settings.instruments.proforma
    gross, net, other = (
        written.decimal(each, 0) for each in (formation.gross_year, formation.net_year, own.other_net_year)
    )
    hired, actual = rows.select(pl.col("hired_hours_week", "actual_hours_week").sum()).row(0)
    share = f"{written.decimal(hired / actual * 100, 1)}%" if actual else "-"
    if dutch:
        texts = ("Nodig, fte", f"bruto / netto uren {gross} / {net}", "Ingezet, fte", f"waarvan ingehuurd {share}")
        last = ("Verschil, fte", "Nodig, andere basis", f"netto jaar van {other} uur")
    else:
        texts = ("Required, FTE", f"gross / net hours {gross} / {net}", "Actual, FTE", f"of which hired {share}")
        last = ("Gap, FTE", "Required, other base", f"net year of {other} hours")
    return (
        (texts[0], written.decimal(sums["required_fte"]), texts[1]),
        (texts[2], written.decimal(sums["actual_fte"]), texts[3]),
        (last[0], written.signed(sums["gap_fte"]), ""),
        (last[1], written.decimal(sums["required_other_fte"]), last[2]),
    )


def _chart(view: View) -> Markup | str:
    rows = view.tables["proforma_forecast"].group_by("month").agg(pl.col("required_fte").sum()).sort("month")
    if rows.height < 2:
        return ""
    title = Text("Benodigde formatie in fte", "Required formation in FTE")
    labels = [view.figures.period_name(month) for month in rows["month"]]
    return charts.lines({title.of(view.language): rows["required_fte"].to_list()}, labels, title.of(view.language))


def _in_order(frame: pl.DataFrame) -> pl.DataFrame:
    order = pl.col("day_part").replace_strict(list(DAY_PARTS), list(range(len(DAY_PARTS))))
    return frame.sort("unit_id", order, "level")


def _by_unit(frame: pl.DataFrame) -> pl.DataFrame:
    return (
        frame.group_by("unit_id", "month")
        .agg(
            pl.col("residents").first(),
            pl.col("required_hours_week", "required_fte", "change_fte").sum().round(6),
        )
        .sort("unit_id", "month")
    )


PAGE = Page(
    title=Text("Formatie (ProForma)", "Formation (ProForma)"),
    lead=Text(
        "Welke formatie is nodig voor de afgesproken zorg, wat is er ingezet, hoeveel mensen zijn dat, wat heeft het "
        "rooster nodig, en wat verandert er als bewoners komen, gaan of meer zorg krijgen?",
        "Which formation does the agreed care need, what was there, how many people is that, what does the roster "
        "need, and what changes when residents come, go or need more care?",
    ),
    sections=(
        Section(
            Text("Nodig en ingezet, uren per week", "Required and actual, hours a week"),
            "proforma",
            Text(
                "Ingezet telt in het dagdeel waarin is gewerkt; begonnen telt de hele dienst in het dagdeel waarin zij "
                "begint (zo telt KiK-V).",
                "Actual counts in the day part worked in; started counts the whole shift in the day part in which it "
                "starts (as KiK-V does).",
            ),
            columns=(
                "unit_id",
                "day_part",
                "level",
                "required_hours_week",
                "by_cover",
                "own_hours_week",
                "hired_hours_week",
                "actual_hours_week",
                "started_hours_week",
                "gap_hours_week",
            ),
            totals=(
                "required_hours_week",
                "own_hours_week",
                "hired_hours_week",
                "actual_hours_week",
                "started_hours_week",
                "gap_hours_week",
            ),
            rows=_in_order,
        ),
        Section(
            Text("In fte", "In FTE"),
            "proforma",
            columns=("unit_id", "day_part", "level", "required_fte", "required_other_fte", "actual_fte", "gap_fte"),
            totals=("required_fte", "required_other_fte", "actual_fte", "gap_fte"),
            rows=_in_order,
        ),
        Section(
            Text("In mensen", "In people"),
            "proforma_persons",
            Text(
                "Zoveel mensen met een contract van dit aantal uren.",
                "So many people with a contract of this number of hours.",
            ),
        ),
        Section(
            Text("De komende maanden", "The coming months"),
            "proforma_forecast",
            chart=_chart,
            columns=("unit_id", "month", "residents", "required_hours_week", "required_fte", "change_fte"),
            rows=_by_unit,
        ),
        Section(
            Text("Voor het rooster, op één zo'n dag", "For the roster, on one such day"),
            "proforma_roster",
            columns=("unit_id", "weekday", "day_part", "level", "required_hours", "carers", "actual_hours"),
            most=120,
        ),
    ),
    headings={
        "direct_hours_week": Text("Afgesproken", "Agreed"),
        "required_hours_week": Text("Nodig", "Required"),
        "by_cover": Text("Door minimum", "By minimum"),
        "required_fte": Text("Nodig, fte", "Required, FTE"),
        "required_other_fte": Text("Nodig, andere basis", "Required, other base"),
        "own_hours_week": Text("Eigen", "Own"),
        "hired_hours_week": Text("Ingehuurd", "Hired"),
        "actual_hours_week": Text("Ingezet", "Actual"),
        "started_hours_week": Text("Begonnen", "Started"),
        "actual_fte": Text("Ingezet, fte", "Actual, FTE"),
        "gap_hours_week": Text("Verschil", "Gap"),
        "gap_fte": Text("Verschil, fte", "Gap, FTE"),
        "contract_hours": Text("Contract, uren", "Contract, hours"),
        "persons": Text("Mensen", "People"),
        "persons_whole": Text("Naar boven afgerond", "Rounded up"),
        "required_hours": Text("Nodig", "Required"),
        "carers": Text("Mensen tegelijk", "People at once"),
        "actual_hours": Text("Ingezet", "Actual"),
        "change_fte": Text("Verandering, fte", "Change, FTE"),
    },
    reading=Text(
        "Een contract van 28 uur is 28/36 fte. In de prognose vraagt een bewoner per dag wat bewoners met hetzelfde "
        "profiel op dezelfde afdeling nu vragen; heeft de afdeling er geen, dan wat zij in de hele organisatie vragen. "
        "Wie er op de laatste dag woont blijft, tenzij het bestand forecast_residents.csv iets anders zegt.",
        "A contract of 28 hours is 28/36 FTE. In the forecast a resident asks a day what residents of the same profile "
        "in the same department ask now; where it has none, what they ask over the organisation. Who lives here on the "
        "last day stays, unless the file forecast_residents.csv says otherwise.",
    ),
    tiles=_tiles,
)
