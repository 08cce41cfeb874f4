"""The page of satisfaction and effect."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from markupsafe import Markup

from ipvb_bridge.reports import charts
from ipvb_bridge.reports.instruments.contract import Page, Section, Text, View

RESPONDENTS = {
    "resident": Text("Bewoners", "Residents"),
    "relative": Text("Naasten", "Relatives"),
    "employee": Text("Medewerkers", "Employees"),
}
_WHOLE = pl.col("unit_id").is_null()
_SCORES = ("respondent", "question", "month", "people", "mean_mark", "low_mark", "high_mark")
_EFFECT = (
    "respondent", "question", "way", "baseline_people", "people", "baseline_mark", "mean_mark", "change_mark",
    "low_mark", "high_mark", "effect_mark", "chance_share",
)  # fmt: skip


def _chart(view: View) -> Markup | str:
    scores = view.tables["satisfaction_scores"].filter(_WHOLE, "shown")
    months = scores["month"].unique().sort().to_list()
    series: dict[str, list[float | None]] = {}
    for (respondent, question), own in sorted(scores.group_by("respondent", "question")):
        known = dict(own.select("month", "mean_mark").iter_rows())
        name = f"{RESPONDENTS[str(respondent)].of(view.language)}: {question}"
        series[name] = [known.get(month) for month in months]
    if len(months) < 2:
        return ""
    title = "Gemiddelde score per maand" if view.language == "nl" else "Mean score by month"
    return charts.lines(series, [view.figures.period_name(month) for month in months], title)


def _tiles(view: View) -> Sequence[tuple[str, str, str]]:
    dutch, written = view.language == "nl", view.figures
    newest = view.tables["satisfaction_scores"].filter(_WHOLE, "shown", pl.col("month") == pl.col("month").max())
    return [
        (
            f"{RESPONDENTS[row['respondent']].of(view.language)}: {row['question']}",
            written.decimal(row["mean_mark"], 1),
            f"{written.count(row['people'])} {'mensen' if dutch else 'people'}, {written.period_name(row['month'])}",
        )
        for row in newest.head(6).iter_rows(named=True)
    ]


PAGE = Page(
    title=Text("Tevredenheid en effect", "Satisfaction and effect"),
    lead=Text(
        "Hoe tevreden zijn bewoners, naasten en medewerkers, en wat is er veranderd sinds de nulmeting? Bij elk cijfer "
        "staat hoeveel mensen antwoordden, en tussen welke grenzen het echte gemiddelde waarschijnlijk ligt.",
        "How satisfied are residents, relatives and employees, and what changed since the baseline? Each figure has "
        "the number of people who answered beside it, and the bounds between which the real mean probably lies.",
    ),
    sections=(
        Section(
            Text("Verandering sinds de nulmeting", "Change since the baseline"),
            "satisfaction_effect",
            Text(
                "Liggen beide grenzen boven nul, dan is de score waarschijnlijk echt gestegen; beide onder nul: echt "
                "gedaald. Ligt nul ertussen, dan kan het toeval zijn. Effect 0,2 is klein, 0,5 middelmatig, 0,8 groot "
                "(Cohen).",
                "When both bounds lie above zero the score probably really rose; both below zero: really fell. With "
                "zero between them it may be chance. Effect 0.2 is small, 0.5 medium, 0.8 large (Cohen).",
            ),
            columns=_EFFECT,
            rows=lambda frame: frame.filter(_WHOLE, "shown"),
        ),
        Section(
            Text("Verandering per afdeling", "Change by department"),
            "satisfaction_effect",
            columns=("unit_id", *_EFFECT),
            rows=lambda frame: frame.filter(~_WHOLE, "shown"),
        ),
        Section(
            Text("Per maand, hele organisatie", "By month, whole organisation"),
            "satisfaction_scores",
            columns=_SCORES,
            rows=lambda frame: frame.filter(_WHOLE, "shown"),
            chart=_chart,
        ),
        Section(
            Text("Per maand en afdeling", "By month and department"),
            "satisfaction_scores",
            columns=("unit_id", *_SCORES),
            rows=lambda frame: frame.filter(~_WHOLE, "shown"),
        ),
    ),
    headings={
        "respondent": Text("Wie", "Who"),
        "question": Text("Vraag", "Question"),
        "way": Text("Gemeten bij", "Measured with"),
        "people": Text("Mensen", "People"),
        "pairs": Text("Beide keren", "Both times"),
        "baseline_people": Text("Mensen nulmeting", "People baseline"),
        "baseline_mark": Text("Nulmeting", "Baseline"),
        "mean_mark": Text("Gemiddelde", "Mean"),
        "spread_mark": Text("Spreiding", "Spread"),
        "change_mark": Text("Verandering", "Change"),
        "low_mark": Text("Ondergrens", "Lower bound"),
        "high_mark": Text("Bovengrens", "Upper bound"),
        "effect_mark": Text("Effect", "Effect"),
        "chance_share": Text("Kans op toeval (p)", "Chance (p)"),
        "shown": Text("Getoond", "Shown"),
    },
    reading=Text(
        "Wie een vraag in één meting vaker beantwoordt, telt één keer mee met het gemiddelde. Antwoordden genoeg "
        "mensen beide keren, dan vergelijken we hen met zichzelf (Student), anders de twee groepen (Welch). Groepen "
        "die te klein zijn tonen we niet, en ook niet de groep waaruit zo'n kleine groep is af te leiden.",
        "Who answers a question more often in one measurement counts once, with the mean. When enough people answered "
        "both times we compare them with themselves (Student), else the two groups (Welch). Groups that are too small "
        "are not shown, nor is the group from which such a small group could be derived.",
    ),
    values={
        "respondent": RESPONDENTS,
        "way": {
            "paired": Text("dezelfde mensen", "the same people"),
            "unpaired": Text("alle antwoorden", "all answers"),
        },
    },
    tiles=_tiles,
)
