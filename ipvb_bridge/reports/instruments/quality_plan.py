"""The page of the quality plan."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.core.records import LEVELS
from ipvb_bridge.reports.instruments.bars import bars
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View
from ipvb_bridge.reports.terms import terms

MOMENTS = {
    "plan": Text("Het hele plan", "The whole plan"),
    "to_date": Text("Het plan tot nu toe", "The plan up to now"),
    "realised": Text("Besteed tot nu toe", "Spent up to now"),
}
SOURCES = {
    "plan": Text("het plan", "the plan"),
    "reported": Text("verantwoord", "reported"),
    "measured": Text("gemeten uit gewerkte uren", "measured from hours worked"),
    "mixed": Text("personeel gemeten, overig verantwoord", "personnel measured, other reported"),
}
KINDS = {"personnel": Text("Personeel", "Personnel"), "other": Text("Overig", "Other")}
_LEVELS = {code: Text(terms("nl").level(code), terms("en").level(code)) for code in LEVELS}
"""Without a word for none: a measure without a level is for any."""


def _in_order(split: pl.DataFrame) -> pl.DataFrame:
    return split.sort(pl.col("moment").replace_strict(list(MOMENTS), range(len(MOMENTS))))


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    dutch, written = view.language == "nl", view.figures
    rows = {row["moment"]: row for row in view.tables["quality_split"].iter_rows(named=True)}
    if not rows:
        return ()
    plan, done = rows["plan"], rows["realised"]
    unknown = "niet bekend" if dutch else "not known"

    def share(value: float | None) -> str:
        return unknown if value is None else f"{written.decimal(value * 100, 1)}%"

    norm = f"{written.decimal(plan['norm_share'] * 100, 0)}%"
    agreed = f"{'afspraak' if dutch else 'agreed'}: {norm}"
    jobs = unknown if plan["planned_fte"] is None else written.decimal(plan["planned_fte"])
    each = ""
    if plan["fte_cents"] is not None:
        each = f"{written.euro(plan['fte_cents'])} {'per fte' if dutch else 'for one FTE'}"
    spent = unknown if done["total_cents"] is None else written.euro(done["total_cents"])
    left = ""
    if done["unspent_cents"] is not None:
        left = f"{'niet besteed' if dutch else 'not spent'}: {written.euro(done['unspent_cents'])}"
    return (
        ("Extra personeel, plan" if dutch else "Extra personnel, plan", f"{jobs} {'fte' if dutch else 'FTE'}", each),
        ("Naar personeel, plan" if dutch else "To personnel, plan", share(plan["personnel_share"]), agreed),
        ("Naar personeel, besteed" if dutch else "To personnel, spent", share(done["personnel_share"]), agreed),
        ("Besteed" if dutch else "Spent", spent, left),
    )


def _chart(view: View) -> Markup:
    written, dutch = view.figures, view.language == "nl"
    rows = []
    for row in _in_order(view.tables["quality_split"]).iter_rows(named=True):
        people, things = row["personnel_cents"], row["other_cents"]
        if people is None or things is None or row["personnel_share"] is None:
            continue
        to = f"{written.decimal(row['personnel_share'] * 100, 1)}% {'personeel' if dutch else 'personnel'}"
        rows.append(
            (MOMENTS[row["moment"]].of(view.language), [people, things], f"{written.euro(row['total_cents'])}, {to}")
        )
    return bars(rows, tuple(KINDS[kind].of(view.language).lower() for kind in KINDS))


PAGE = Page(
    title=Text("Kwaliteitsplan", "Quality plan"),
    lead=Text(
        "Hoeveel extra personeel brengt het plan, hoeveel geld gaat naar personeel en hoeveel naar andere dingen, en "
        "wat is daarvan gedaan?",
        "How much extra personnel does the plan bring, how much money goes to personnel and how much to other things, "
        "and what was done of it?",
    ),
    sections=(
        Section(
            Text("De verdeling", "The split"),
            "quality_split",
            Text(
                "Van het geld hoort een vast deel naar personeel te gaan. Gaat er minder heen, dan hoort bij elke "
                "andere besteding een motivering.",
                "A fixed part of the money should go to personnel. When less goes there, each other spending needs a "
                "motivation.",
            ),
            columns=(
                "moment",
                "source",
                "personnel_cents",
                "other_cents",
                "total_cents",
                "personnel_share",
                "norm_share",
                "met",
                "motivated",
            ),
            rows=_in_order,
            chart=_chart,
        ),
        Section(
            Text("Toegekend en niet besteed", "Granted and not spent"),
            "quality_split",
            columns=("moment", "granted_cents", "total_cents", "unspent_cents"),
            rows=lambda split: split.filter(pl.col("moment") == "realised"),
        ),
        Section(
            Text("Extra personeel: plan en werkelijkheid", "Extra personnel: plan and reality"),
            "quality_staff",
            Text(
                "Fte zijn gewerkte uren, eigen en ingehuurd. Extra is wat er sinds het begin van het plan meer wordt "
                "gegewerkt dan in de nulperiode. Zonder afdeling: de hele organisatie; zonder niveau: elk niveau.",
                "FTE are hours worked, own and hired. Extra is what is worked more since the plan began than in the "
                "baseline. Without a department: the whole organisation; without a level: any.",
            ),
            columns=(
                "unit_id",
                "level",
                "planned_fte",
                "baseline_fte",
                "current_fte",
                "realised_fte",
                "gap_fte",
                "planned_cents",
                "realised_cents",
                "hour_cents",
            ),
        ),
        Section(
            Text("Maatregelen", "Measures"),
            "quality_measures",
            columns=(
                "action",
                "unit_id",
                "level",
                "kind",
                "start_date",
                "end_date",
                "planned_fte",
                "planned_cents",
                "to_date_cents",
                "reported_fte",
                "reported_cents",
            ),
            totals=("planned_cents", "to_date_cents", "reported_cents"),
        ),
        Section(
            Text("Motivering", "Motivation"),
            "quality_measures",
            columns=("measure_id", "action", "kind", "motivation"),
            rows=lambda measures: measures.filter(pl.col("motivation").is_not_null()),
        ),
    ),
    headings={
        "measure_id": Text("Maatregel", "Measure"),
        "action": Text("Wat", "What"),
        "unit_id": Text("Afdeling", "Department"),
        "kind": Text("Soort", "Kind"),
        "planned_fte": Text("Fte plan", "FTE plan"),
        "planned_cents": Text("Plan", "Plan"),
        "to_date_cents": Text("Plan tot nu toe", "Plan up to now"),
        "reported_fte": Text("Fte verantwoord", "FTE reported"),
        "reported_cents": Text("Verantwoord", "Reported"),
        "motivation": Text("Motivering", "Motivation"),
        "baseline_fte": Text("Fte nulperiode", "FTE baseline"),
        "current_fte": Text("Fte nu", "FTE now"),
        "realised_fte": Text("Fte extra", "FTE extra"),
        "gap_fte": Text("Verschil met plan", "Against plan"),
        "realised_cents": Text("Kosten extra", "Cost of extra"),
        "hour_cents": Text("Kosten per uur", "Cost of an hour"),
        "moment": Text("Wanneer", "When"),
        "source": Text("Volgens", "According to"),
        "personnel_cents": Text("Personeel", "Personnel"),
        "other_cents": Text("Overig", "Other"),
        "total_cents": Text("Samen", "Together"),
        "personnel_share": Text("Naar personeel", "To personnel"),
        "norm_share": Text("Afspraak", "Agreed"),
        "met": Text("Gehaald", "Met"),
        "motivated": Text("Gemotiveerd", "Motivated"),
        "fte_cents": Text("Per fte", "For one FTE"),
        "granted_cents": Text("Toegekend", "Granted"),
        "unspent_cents": Text("Niet besteed", "Not spent"),
    },
    reading=Text(
        "Extra personeel meten we als de gewerkte uren op een afdeling en niveau sinds het begin van het plan, min die "
        "van de nulperiode, omgerekend naar fte van 47 weken van 36 uur. De kosten zijn de extra uren maal wat een "
        "eigen gewerkt uur op dat niveau kost: hogere lonen alleen zijn geen extra personeel. Wat de organisatie zelf "
        "verantwoordt, gaat voor. Andere bestedingen zijn niet te meten.",
        "Extra personnel is measured as the hours worked in a department at a level since the plan began, less those "
        "of the baseline, as FTE of 47 weeks of 36 hours. Its cost is the extra hours times what an own hour worked "
        "costs at that level: higher wages alone are no extra personnel. What the organisation reports itself comes "
        "first. Other spending cannot be measured.",
    ),
    values={"level": _LEVELS, "moment": MOMENTS, "source": SOURCES, "kind": KINDS},
    notes=(
        Text(
            "Het Kwaliteitskader Verpleeghuiszorg is op 1 juli 2024 vervangen door het Generiek Kompas. De verdeling "
            "van 85% personeel en 15% overig hoorde bij het kwaliteitsbudget van 2018 tot en met 2020; sinds mei 2019 "
            "mocht ervan worden afgeweken met een motivering, en wat niet werd besteed ging terug. Sinds 2022 zit het "
            "geld in de tarieven. Een verdeling op deze pagina is dus een eigen afspraak, geen landelijke regel.",
            "The Kwaliteitskader Verpleeghuiszorg was replaced on 1 July 2024 by the Generiek Kompas. The split of 85% "
            "personnel and 15% other belonged to the quality budget of 2018 to 2020; since May 2019 a deviation was "
            "allowed with a motivation, and what was not spent went back. Since 2022 the money is in the tariffs. A "
            "split on this page is an agreement of your own, no national rule.",
        ),
        Text(
            "Gemeten extra personeel is al het personeel boven de nulperiode, ook als het komt door meer bewoners of "
            "een dunner rooster in de nulperiode. Kies een nulperiode met dezelfde seizoenen.",
            "Measured extra personnel is all personnel above the baseline, also when it comes from more residents or a "
            "thinner roster in the baseline. Choose a baseline with the same seasons.",
        ),
        Text(
            "Ter vergelijking: in 2019 werd landelijk €&nbsp;583 miljoen goedgekeurd, waarvan €&nbsp;496 miljoen voor "
            "personeel (85,1%) en 9.807 extra fte, dus €&nbsp;50.576 per fte (Skipr, 2019).",
            "For comparison: in 2019 the approved plans came to €583 million, of which €496 million for personnel "
            "(85.1%) and 9,807 extra FTE, so €50,576 for one FTE (Skipr, 2019).",
        ),
    ),
    tiles=_tiles,
)
