"""The page of the operations: signals, months, the year so far and at its end."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.reports import charts
from ipvb_bridge.reports.instruments.bridged import bridge_section
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View
from ipvb_bridge.reports.terms import terms

_YEAR = (
    "budget_so_far_cents", "actual_so_far_cents", "difference_so_far_cents", "budget_year_cents",
    "forecast_year_cents", "difference_year_cents",
)  # fmt: skip
_MONTH = tuple(
    f"{what}_{which}_cents" for what in ("revenue", "cost", "result") for which in ("budget", "actual", "forecast")
)
_NO_LOCATION = "-"
_CATEGORIES = {code: Text(terms("nl").part(code), terms("en").part(code)) for code in terms("nl").parts} | {
    "revenue": Text("Opbrengst", "Revenue"),
    "other": Text("Overig", "Other"),
    "unmapped": Text("Zonder kostensoort", "Without a category"),
}


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    written, dutch = view.figures, view.language == "nl"
    rows = view.tables["operations_months"]
    if rows.is_empty():
        return ()
    sums = rows.select(pl.col(_MONTH).sum()).row(0, named=True)
    done = rows.filter(pl.col("cost_actual_cents").is_not_null())
    so_far = int(done["result_actual_cents"].sum())
    planned = int(done["result_budget_cents"].sum())
    names = (
        ("Resultaat tot nu toe", "begroot", "Resultaat einde jaar, verwacht", "Kosten einde jaar, verwacht", "Signalen")
        if dutch
        else ("Result so far", "budgeted", "Result at year end, forecast", "Cost at year end, forecast", "Signals")
    )
    seen = view.tables["operations_signals"].filter(pl.col("state") == "signal").height
    return (
        (names[0], written.euro(so_far), f"{names[1]} {written.euro(planned)}"),
        (
            names[2],
            written.euro(sums["result_forecast_cents"]),
            f"{names[1]} {written.euro(sums['result_budget_cents'])}",
        ),
        (names[3], written.euro(sums["cost_forecast_cents"]), f"{names[1]} {written.euro(sums['cost_budget_cents'])}"),
        (names[4], written.count(seen), "van 4" if dutch else "of 4"),
    )


def _signals(view: View) -> Markup:
    """The Dutch sentences; in English the table says it."""
    if view.language != "nl":
        return Markup()
    words = {"signal": "Let op", "ok": "In orde", "unknown": "Niet bekend"}
    rows = view.tables["operations_signals"].select("state", "sentence").iter_rows()
    return Markup("<ul>{}</ul>").format(
        Markup("").join(Markup("<li><strong>{}.</strong> {}</li>").format(words[state], text) for state, text in rows)
    )


def _chart(view: View) -> Markup | str:
    """Cost by month, and the result added up over the months: actual, budget and forecast."""
    rows = view.tables["operations_months"]
    if rows.is_empty():
        return ""
    dutch = view.language == "nl"
    labels = [view.figures.period_name(month).split()[0] for month in rows["month"]]
    cost = "Kosten per maand, in duizenden euro's" if dutch else "Cost by month, thousand euros"
    result = (
        "Resultaat vanaf januari opgeteld, in duizenden euro's" if dutch else "Result since January, thousand euros"
    )
    return Markup("").join(
        Markup("<h3>{}</h3>{}").format(title, charts.lines(_series(rows, what, dutch, summed), labels, title))
        for title, what, summed in ((cost, "cost", False), (result, "result", True))
    )


def _series(rows: pl.DataFrame, what: str, dutch: bool, summed: bool) -> dict[str, list[float | None]]:
    # The legend has no dashes, so the names tell the lines apart for who sees no colour.
    names = (
        ("Werkelijk (doorgetrokken)", "Begroot (streepjes)", "Verwacht (puntjes)")
        if dutch
        else ("Actual (solid)", "Budget (dashes)", "Forecast (dots)")
    )
    columns = {which: pl.col(f"{what}_{which}_cents") for which in ("actual", "budget", "forecast")}
    # Summed over actual months with a gap, the actual would mean something else than the budget beside it.
    known = pl.col(f"{what}_actual_cents").is_not_null()
    drawn = {which: column.cum_sum() if summed else column for which, column in columns.items()}
    if summed:
        drawn["actual"] = pl.when(known).then(drawn["forecast"])
    # The forecast begins after the actual: on one point together the first would hide the second.
    drawn["forecast"] = pl.when(~known).then(drawn["forecast"])
    made = rows.sort("month").select((drawn[which] / 100_000).alias(which) for which in drawn)
    return {name: made[which].to_list() for name, which in zip(names, ("actual", "budget", "forecast"), strict=True)}


def _by_category(rows: pl.DataFrame) -> pl.DataFrame:
    return _in_order(rows.group_by("category").agg(pl.col(_YEAR).sum()))


def _by_location(rows: pl.DataFrame) -> pl.DataFrame:
    """The effect on the result by location: revenue less cost."""
    sign = pl.when(pl.col("category") == "revenue").then(1).otherwise(-1)
    effect = [name for name in _YEAR if name.startswith("difference")]
    return (
        rows.group_by(pl.col("unit_id").fill_null(_NO_LOCATION))
        .agg((pl.col(name) if name in effect else pl.col(name) * sign).sum() for name in _YEAR)
        .sort(pl.col("unit_id") == _NO_LOCATION, "unit_id")
    )


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """Revenue first, then cost by name; money without a location last."""
    keys = [pl.col("category") != "revenue", pl.col("category")]
    if "unit_id" in rows.columns:
        named = rows.with_columns(pl.col("unit_id").fill_null(_NO_LOCATION))
        return named.sort(pl.col("unit_id") == _NO_LOCATION, "unit_id", *keys)
    return rows.sort(*keys)


def _revenues(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(pl.col("unit_id").fill_null(_NO_LOCATION)).sort("month", "unit_id")


PAGE = Page(
    title=Text("Exploitatie", "Operations"),
    lead=Text(
        "Hoe gaat het jaar? Deze pagina zet naast elkaar wat begroot is, wat er tot en met deze maand is geboekt, en "
        "wat aan het einde van het jaar wordt verwacht, en zegt wat aandacht vraagt.",
        "How does the year go? This page shows what was budgeted, what was booked up to this month, and what is "
        "expected at the end of the year, and says what needs attention.",
    ),
    sections=(
        Section(
            Text("Wat aandacht vraagt", "What needs attention"),
            "operations_signals",
            columns=("signal", "state", "value_share", "bound_share", "amount_cents"),
            body=_signals,
        ),
        Section(
            Text("Per maand, hele organisatie", "By month, the organisation"),
            "operations_months",
            columns=("month", *_MONTH),
            totals=_MONTH,
            chart=_chart,
        ),
        Section(
            Text("Per kostensoort", "By cost category"),
            "operations_year",
            Text(
                "Een verschil is het gevolg voor het resultaat: boven nul is beter dan begroot, bij opbrengst en bij "
                "kosten.",
                "A difference is its effect on the result: above zero is better than budgeted, revenue and cost alike.",
            ),
            columns=("category", *_YEAR),
            totals=("difference_so_far_cents", "difference_year_cents"),
            rows=_by_category,
        ),
        Section(
            Text("Resultaat per locatie", "Result by location"),
            "operations_year",
            Text(
                "Opbrengst min kosten. Een streepje is geld van een kostenplaats zonder locatie.",
                "Revenue less cost. A dash is money of a cost centre without a location.",
            ),
            columns=("unit_id", *_YEAR),
            totals=_YEAR,
            rows=_by_location,
        ),
        Section(
            Text("Per locatie en kostensoort", "By location and category"),
            "operations_year",
            columns=("unit_id", "category", *_YEAR),
            totals=("difference_so_far_cents", "difference_year_cents"),
            rows=_in_order,
        ),
        Section(
            Text("Geboekt per kostenpool", "Booked by cost pool"),
            "operations_pools",
            columns=("pool", "category", "actual_so_far_cents"),
        ),
        Section(
            Text("Opbrengst: grootboek naast berekening", "Revenue: ledger beside calculation"),
            "operations_revenue",
            Text(
                "Wat de berekening van een maand als beschikbaar heeft, naast wat op opbrengstrekeningen is geboekt. "
                "Leeg: die maand is niet berekend.",
                "What the calculation of a month has as available, beside what was booked on revenue accounts. Empty: "
                "that month was not calculated.",
            ),
            columns=("month", "unit_id", "ledger_cents", "available_cents", "difference_cents"),
            rows=_revenues,
        ),
        bridge_section(),
    ),
    headings={
        "unit_id": Text("Locatie", "Location"),
        "category": Text("Kostensoort", "Category"),
        "signal": Text("Signaal", "Signal"),
        "state": Text("Stand", "State"),
        "value_share": Text("Cijfer", "Figure"),
        "bound_share": Text("Grens", "Bound"),
        "number": Text("Nummer", "Number"),
        "sentence": Text("Wat het zegt", "In words (Dutch)"),
        "budget_cents": Text("Begroot", "Budget"),
        "actual_cents": Text("Werkelijk", "Actual"),
        "forecast_cents": Text("Verwacht", "Forecast"),
        "budget_so_far_cents": Text("Begroot tot nu toe", "Budget so far"),
        "actual_so_far_cents": Text("Werkelijk tot nu toe", "Actual so far"),
        "difference_so_far_cents": Text("Verschil tot nu toe", "Difference so far"),
        "budget_year_cents": Text("Begroot hele jaar", "Budget of the year"),
        "forecast_year_cents": Text("Verwacht hele jaar", "Forecast of the year"),
        "difference_year_cents": Text("Verschil hele jaar", "Difference of the year"),
        "revenue_budget_cents": Text("Opbrengst begroot", "Revenue, budget"),
        "revenue_actual_cents": Text("Opbrengst werkelijk", "Revenue, actual"),
        "revenue_forecast_cents": Text("Opbrengst verwacht", "Revenue, forecast"),
        "cost_budget_cents": Text("Kosten begroot", "Cost, budget"),
        "cost_actual_cents": Text("Kosten werkelijk", "Cost, actual"),
        "cost_forecast_cents": Text("Kosten verwacht", "Cost, forecast"),
        "result_budget_cents": Text("Resultaat begroot", "Result, budget"),
        "result_actual_cents": Text("Resultaat werkelijk", "Result, actual"),
        "result_forecast_cents": Text("Resultaat verwacht", "Result, forecast"),
        "ledger_cents": Text("Grootboek", "Ledger"),
        "difference_cents": Text("Verschil", "Difference"),
    },
    values={
        "category": _CATEGORIES,
        "signal": {
            "result": Text("Resultaat tegenover begroting", "Result against budget"),
            "hired": Text("Aandeel inhuur", "Share of hired staff"),
            "occupancy": Text("Bezetting van de plaatsen", "Occupancy of places"),
            "uncovered": Text("Kosten buiten de budgetten", "Cost outside the budgets"),
        },
        "state": {
            "signal": Text("let op", "attention"),
            "ok": Text("in orde", "in order"),
            "unknown": Text("niet bekend", "not known"),
        },
    },
    reading=Text(
        "Een maand telt als werkelijk zodra het grootboek er regels van heeft. Verwacht is werkelijk plus de maanden "
        "die nog komen: zoals begroot, of met forecast = run_rate het gemiddelde van de maanden tot nu toe. Zonder "
        "eigen begrotingsbestand volgt de begroting uit het instrument yearly_budget; de kosten van een uur en van een"
        " dag zijn dan over de kostensoorten verdeeld zoals de prijs is opgebouwd. Welke signalen tellen en waar hun "
        "grens ligt, kiest u zelf.",
        "A month counts as actual once the ledger has lines of it. Forecast is actual plus the months still to come: "
        "as budgeted, or with forecast = run_rate the mean of the months so far. Without a budget file of your own the"
        " budget follows from the instrument yearly_budget; the cost of an hour and a day is then divided over the "
        "categories as the price is made up. Which signals matter and where their bounds lie is yours to choose.",
    ),
    notes=(
        Text(
            "Volgt de begroting uit yearly_budget, dan staan kosten van ondersteuning bij de locaties waar bewoners "
            "wonen, en in het grootboek waar zij zijn geboekt. Vergelijk dan de hele organisatie, niet de locaties.",
            "Where the budget follows from yearly_budget, support cost stands with the locations where residents live, "
            "and in the ledger where it was booked. Then compare the organisation, not the locations.",
        ),
    ),
    tiles=_tiles,
)
