"""The page of care by ground."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View

GROUNDS = {
    "health_risk": Text("Gezondheidsrisico", "Health risk"),
    "self_care": Text("Zelfzorg", "Self-care"),
    "wellbeing": Text("Welzijn", "Wellbeing"),
}
PAYERS = {"wlz": Text("Wlz", "Wlz"), "resident": Text("Bewoner", "Resident"), "none": Text("Niemand", "Nobody")}


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    whole = view.tables["wellbeing"].select(pl.col(pl.Int64).sum()).row(0, named=True)
    outside = view.tables["without_ground"].select(pl.col("milliminutes", "cost_cents").sum()).row(0, named=True)
    share = whole["wellbeing_milliminutes"] / whole["milliminutes"] if whole["milliminutes"] else 0
    written, dutch = view.figures, view.language == "nl"
    return (
        (
            "Leefplezier" if dutch else "Wellbeing",
            f"{written.decimal(share * 100, 1)}%",
            f"{written.hours(whole['wellbeing_milliminutes'])} {'uur zorg' if dutch else 'hours of care'}",
        ),
        (
            "Zonder grond gegeven" if dutch else "Given without ground",
            written.euro(outside["cost_cents"]),
            f"{written.hours(outside['milliminutes'])} {'uur zorg' if dutch else 'hours of care'}",
        ),
    )


PAGE = Page(
    title=Text("Waarom zorg wordt gegeven", "Why care is given"),
    lead=Text(
        "Elke zorgafspraak heeft een grond: een gezondheidsrisico, hulp bij zelfzorg, of welzijn. Deze pagina laat "
        "zien hoe de tijd van medewerkers daarover is verdeeld, wat leefplezier dient, en wat wordt gegeven zonder dat "
        "iemand het betaalt.",
        "Every care agreement has a ground: a health risk, help with self-care, or wellbeing. This page shows how the "
        "time of staff is divided over them, what serves wellbeing, and what is given while nobody pays for it.",
    ),
    sections=(
        Section(
            Text("Naar grond en betaler", "By ground and payer"),
            "care_by_ground",
            totals=("lines", "milliminutes", "cost_cents"),
        ),
        Section(
            Text("Leefplezier", "Wellbeing"),
            "wellbeing",
            columns=("unit_id", "client_group", "wellbeing_milliminutes", "wellbeing_share", "wellbeing_cents"),
            totals=("wellbeing_milliminutes", "wellbeing_cents"),
        ),
        Section(
            Text("Gegeven zonder grond", "Given without ground"),
            "without_ground",
            Text(
                "Zorg die buiten de streep in het zand valt en die niemand betaalt. Het team ziet hier wat dat kost.",
                "Care outside the streep in het zand that nobody pays for. Here the team sees what it costs.",
            ),
            totals=("lines", "milliminutes", "cost_cents"),
        ),
    ),
    headings={
        "ground": Text("Grond", "Ground"),
        "payer": Text("Betaler", "Payer"),
        "time_share": Text("Deel van de tijd", "Part of the time"),
        "wellbeing_milliminutes": Text("Uren leefplezier", "Hours of wellbeing"),
        "wellbeing_share": Text("Deel van de tijd", "Part of the time"),
        "wellbeing_cents": Text("Kosten", "Costs"),
    },
    values={"ground": GROUNDS, "payer": PAYERS},
    tiles=_tiles,
)
