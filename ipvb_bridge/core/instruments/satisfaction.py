"""Satisfaction and effect: scores a month, and what changed since a baseline.

Source: the intervals are Student's t (paired) and Welch's t (unpaired) for a difference of means; the effect size is
the mean change in standard deviations: of the changes where the same people answered (Cohen's d_z), else of the
answers, pooled (Cohen's d). Our reading: a person who answers a question more than once in a measurement counts once,
with the mean; a change is paired as soon as enough people answered both times; a group with fewer people than
``smallest`` is not shown, and where that leaves few enough to be told from the whole, the next smallest group of the
same question is not shown either.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl

from ipvb_bridge.core.findings import Finding, frame
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.statistics import paired, single, unpaired
from ipvb_bridge.core.periods import Period

_GROUP = {
    "unit_id": (pl.String(), "the unit; null: the whole organisation, answers without a unit included"),
    "respondent": (pl.String(), "resident, relative, employee"),
    "question": (pl.String(), "the question, as delivered"),
}
_KEYS = tuple(_GROUP)
_SHOWN = (pl.Boolean(), "false: too few people, so every figure beside it is null")

SCORES = Result(
    "satisfaction_scores",
    "The mean score of each month up to the period's last, with its interval",
    (*_KEYS, "month"),
    {
        **_GROUP,
        "month": (pl.String(), "calendar month of the answers"),
        "people": (pl.Int64(), "people who answered"),
        "mean_mark": (pl.Float64(), "mean over people"),
        "spread_mark": (pl.Float64(), "standard deviation over people"),
        "low_mark": (pl.Float64(), "lower bound of the interval of the mean"),
        "high_mark": (pl.Float64(), "upper bound of the interval of the mean"),
        "shown": _SHOWN,
    },
)
EFFECT = Result(
    "satisfaction_effect",
    "The change between the baseline and the period, with its interval and effect size",
    _KEYS,
    {
        **_GROUP,
        "way": (pl.String(), "paired: the same people both times; unpaired: all who answered; null: no change known"),
        "baseline_people": (pl.Int64(), "people in the baseline"),
        "people": (pl.Int64(), "people in the period"),
        "pairs": (pl.Int64(), "people in both"),
        "baseline_mark": (pl.Float64(), "mean of the baseline; of the pairs where paired"),
        "mean_mark": (pl.Float64(), "mean of the period; of the pairs where paired"),
        "change_mark": (pl.Float64(), "period minus baseline"),
        "low_mark": (pl.Float64(), "lower bound of the interval of the change"),
        "high_mark": (pl.Float64(), "upper bound of the interval of the change"),
        "effect_mark": (pl.Float64(), "the change in standard deviations; null: no spread"),
        "chance_share": (pl.Float64(), "p: how often chance alone gives such a change; null: no spread"),
        "shown": _SHOWN,
    },
)


def make(given: Given) -> Made:
    """See the module. Answers after the period are left out."""
    settings = given.settings.instruments.satisfaction
    answers = (
        given.streams["satisfaction"]
        .filter(pl.col("date") <= given.period.end)
        .with_columns(
            score=pl.col("score"),
            month=pl.col("date").dt.strftime("%Y-%m"),
            # A resident speaks for one person only; whoever else has no key is a stranger each time.
            person=pl.coalesce(
                "respondent_key",
                pl.when(pl.col("respondent") == "resident").then("resident_id"),
                pl.lit("score ") + pl.col("score_id"),
            ),
        )
    )
    both = pl.concat([answers, answers.with_columns(unit_id=pl.lit(None, pl.String))]).unique(["unit_id", "score_id"])
    level = float(settings.confidence)
    months = _people(both, "month")
    scores = single(months.group_by(*_KEYS, "month").agg(**_moments("score")), level)
    scores = _suppressed(scores, ["people"], settings.smallest, "month")
    baseline = settings.baseline or _first(answers, given.period)
    effect = EFFECT.empty()
    if baseline is not None:
        effect = _effect(both, baseline, given.period, settings.smallest, level)
    tables = {"satisfaction_scores": SCORES.of(scores), "satisfaction_effect": effect}
    return Made(tables, _findings(given, answers, baseline, tables))


def _people(answers: pl.DataFrame, *by: str) -> pl.DataFrame:
    """One score for each person in each group: the mean of their answers."""
    # In the order of people, so that the order of the answers does not reach the last digit of a sum.
    return answers.group_by(*_KEYS, *by, "person").agg(pl.col("score").mean() / 10_000).sort("person")


def _moments(column: str, prefix: str = "") -> dict[str, pl.Expr]:
    value = pl.col(column)
    return {
        f"{prefix}people": value.count().cast(pl.Int64),
        f"{prefix}mean": value.mean(),
        f"{prefix}variance": value.var(),
    }


def _within(answers: pl.DataFrame, span: Period) -> pl.DataFrame:
    return _people(answers.filter(pl.col("date").is_between(span.start, span.end)))


def _first(answers: pl.DataFrame, period: Period) -> Period | None:
    """The first month with answers that ends before the period."""
    earlier = answers.filter(pl.col("date") < period.start)["month"].min()
    return None if earlier is None else Period.parse(str(earlier))


def _effect(answers: pl.DataFrame, baseline: Period, period: Period, smallest: int, level: float) -> pl.DataFrame:
    before, after = _within(answers, baseline), _within(answers, period)
    who = [*_KEYS, "person"]
    pairs = before.rename({"score": "before"}).join(after, on=who, nulls_equal=True)
    changes = (
        pairs.with_columns(change=pl.col("score") - pl.col("before"))
        .group_by(_KEYS)
        .agg(
            pairs=pl.col("change").count().cast(pl.Int64),
            change=pl.col("change").mean(),
            change_variance=pl.col("change").var(),
            pair_before=pl.col("before").mean(),
            pair_after=pl.col("score").mean(),
        )
    )
    groups = (
        before.group_by(_KEYS)
        .agg(**_moments("score", "before_"))
        .join(
            after.group_by(_KEYS).agg(**_moments("score", "after_")),
            on=_KEYS,
            how="full",
            coalesce=True,
            nulls_equal=True,
        )
        .join(changes, on=_KEYS, how="left", nulls_equal=True)
        .with_columns(pl.col("before_people", "after_people", "pairs").fill_null(0))
    )
    enough = pl.col("pairs") >= smallest
    same = paired(groups.filter(enough), level)
    others = unpaired(groups.filter(~enough), level)
    both = pl.concat([same, others], how="diagonal").rename(
        {"before_people": "baseline_people", "after_people": "people"}
    )
    return EFFECT.of(_suppressed(both, ["baseline_people", "people"], smallest))


def _suppressed(groups: pl.DataFrame, counts: Sequence[str], smallest: int, *by: str) -> pl.DataFrame:
    """Without the figures of groups with fewer people than ``smallest``, and of one that would give these away.

    The whole (unit null) less the units shown tells what is left: with one to ``smallest`` - 1 people hidden, the next
    smallest unit of the same question is hidden too.
    """
    least = pl.min_horizontal(counts)
    question = ["respondent", "question", *by, pl.col("unit_id").is_null()]
    few = least < smallest
    hidden = least.filter(few).sum().over(question)
    next_up = least.filter(~few).min().over(question)
    # Of equals the first unit in order goes.
    first = pl.col("unit_id") == pl.col("unit_id").filter(~few & (least == next_up)).min().over(question)
    gives_away = pl.col("unit_id").is_not_null() & hidden.is_between(1, smallest - 1) & first.fill_null(False)
    made = groups.with_columns(shown=~few & ~gives_away)
    figures = [name for name in made.columns if name not in (*_KEYS, *by, "shown")]
    return made.with_columns(pl.when("shown").then(pl.col(name)).alias(name) for name in figures)


def _findings(
    given: Given, answers: pl.DataFrame, baseline: Period | None, tables: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    settings = given.settings.instruments.satisfaction
    made: list[Finding] = []

    def note(rule: str, severity: Any, explanation: str, next_step: str) -> None:
        made.append(Finding(rule, severity, explanation, next_step))

    inside = answers.filter(pl.col("date") >= given.period.start).height
    if not inside:
        note(
            "I50",
            "warning",
            f"In {given.period} zijn er geen scores van tevredenheid.",
            "Controleer of de koppeling satisfaction levert: ipvb-bridge state",
        )
    elif baseline is None:
        note(
            "I51",
            "info",
            "Er is geen eerdere meting, dus er is nog geen verandering te berekenen.",
            "Kies later een nulmeting met instruments.satisfaction.baseline in method.toml.",
        )
    elif not baseline.end < given.period.start:
        note(
            "I52",
            "warning",
            f"De nulmeting {baseline} eindigt niet voor {given.period}: de twee metingen delen antwoorden.",
            "Kies een eerdere nulmeting in method.toml: instruments.satisfaction.baseline",
        )
    hidden = tables["satisfaction_scores"].filter(~pl.col("shown")).height
    if hidden:
        note(
            "I53",
            "info",
            f"{hidden} gemiddelden zijn niet getoond, omdat er te weinig mensen antwoordden (minder dan "
            f"{settings.smallest}) of omdat zij zo'n kleine groep zouden verraden.",
            "Vraag meer mensen, of bekijk de hele organisatie.",
        )
    if settings.scale is not None:
        low, high = settings.scale
        off = answers.filter(~pl.col("score").is_between(int(low * 10_000), int(high * 10_000))).height
        if off:
            note(
                "I54",
                "warning",
                f"{off} scores liggen buiten de schaal van {low} tot {high}; zij tellen wel mee.",
                "Herstel de scores in de bron, of pas instruments.satisfaction.scale aan.",
            )
    return frame(made)


INSTRUMENT = Instrument(
    "satisfaction",
    "How satisfied are residents, relatives and employees, and what changed since the baseline?",
    (SCORES, EFFECT),
    make,
)
