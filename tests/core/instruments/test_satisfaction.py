"""Satisfaction: means with their interval, the change since a baseline, and small groups that are not shown."""

from __future__ import annotations

import sys
from typing import Any

import polars as pl
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from scipy import stats

from ipvb_bridge.base.errors import ConfigurationError
from ipvb_bridge.core.instruments.contract import Made
from tests.core.instruments.given import run
from tests.core.small import METHOD, small, stream

# Student (1908), The probable error of a mean: hours of extra sleep of ten patients under two drugs.
FIRST = (0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0)
SECOND = (1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4)


def answer(number: str, date: str, score: float, **values: Any) -> dict[str, Any]:
    given = {"unit_id": "D1", "respondent": "resident", "resident_id": None, "respondent_key": None, "question": "q"}
    return stream("satisfaction", score_id=number, date=date, score=round(score * 10_000), **(given | values))


def measured(*answers: dict[str, Any], period: str = "2026-01", **chosen: Any) -> Made:
    method = METHOD | {"instruments": {"satisfaction": chosen}}
    return run("satisfaction", small(period, method, satisfaction=list(answers)))


def twice(keys: bool) -> list[dict[str, Any]]:
    return [
        answer(f"{month}{at}", f"2025-{month}-15", score, respondent_key=f"K{at}" if keys else None)
        for month, scores in (("11", FIRST), ("12", SECOND))
        for at, score in enumerate(scores)
    ]


def whole(made: Made, table: str = "satisfaction_effect") -> dict[str, Any]:
    return made.tables[table].filter(pl.col("unit_id").is_null()).row(0, named=True)


def test_the_paired_change_is_that_of_the_book() -> None:
    """Student's sleep data, the same people: t = 4.0621 on 9 degrees, interval 0.7001 to 2.4599, p = 0.002833.

    The worked example of docs/instrumenten/satisfaction.md.
    """
    row = whole(measured(*twice(keys=True), period="2025-12"))
    assert (row["way"], row["baseline_people"], row["people"], row["pairs"]) == ("paired", 10, 10, 10)
    assert (row["baseline_mark"], row["mean_mark"], row["change_mark"]) == (0.75, 2.33, 1.58)
    assert row["low_mark"] == pytest.approx(0.7001142, abs=1e-6)
    assert row["high_mark"] == pytest.approx(2.4598858, abs=1e-6)
    assert row["chance_share"] == pytest.approx(0.002833, abs=1e-6)
    assert row["effect_mark"] == pytest.approx(4.0621 / 10**0.5, abs=1e-4)


def test_the_unpaired_change_is_that_of_the_book() -> None:
    """The same figures as two groups of strangers: Welch's t = 1.8608 on 17.776 degrees, p = 0.07939."""
    row = whole(measured(*twice(keys=False), period="2025-12"))
    assert (row["way"], row["pairs"], row["change_mark"]) == ("unpaired", 0, 1.58)
    assert row["low_mark"] == pytest.approx(-0.2054832, abs=1e-6)
    assert row["high_mark"] == pytest.approx(3.3654832, abs=1e-6)
    assert row["chance_share"] == pytest.approx(0.07939, abs=1e-5)


def test_the_interval_of_a_mean_is_students() -> None:
    """The mean of each month with its interval, as scipy gives it for the same answers."""
    made = measured(*twice(keys=True), period="2025-12").tables["satisfaction_scores"]
    row = made.filter(pl.col("unit_id").is_null(), pl.col("month") == "2025-11").row(0, named=True)
    known = stats.ttest_1samp(FIRST, 0).confidence_interval(0.95)
    assert (row["people"], row["mean_mark"]) == (10, 0.75)
    assert (row["low_mark"], row["high_mark"]) == (pytest.approx(known.low), pytest.approx(known.high))
    assert made["month"].unique().sort().to_list() == ["2025-11", "2025-12"]


def test_a_person_counts_once() -> None:
    """Who answers a question more than once in a month counts once, with the mean; a resident is known by their id."""
    rows = [answer(str(at), "2026-01-10", 6, resident_id=f"R{at}") for at in range(1, 5)]
    rows += [answer(f"again{at}", f"2026-01-{at}", 10, resident_id="R5") for at in (11, 12)]
    row = whole(measured(*rows), "satisfaction_scores")
    assert (row["people"], row["mean_mark"]) == (5, 6.8)


def people(unit: str, number: int, score: float = 7, month: str = "2026-01") -> list[dict[str, Any]]:
    return [answer(f"{unit}{month}{at}", f"{month}-10", score + at % 2, unit_id=unit) for at in range(number)]


def shown(made: Made) -> dict[str | None, bool]:
    return dict(made.tables["satisfaction_scores"].select("unit_id", "shown").iter_rows())


def test_a_small_group_is_not_shown() -> None:
    """Fewer than five people: no figure at all, not even how many; told as a finding (I53)."""
    made = measured(*people("D1", 4))
    assert shown(made) == {"D1": False, None: False}
    for row in made.tables["satisfaction_scores"].iter_rows(named=True):
        assert [row[name] for name in ("people", "mean_mark", "low_mark", "high_mark")] == [None] * 4
    assert "I53" in made.findings["rule"].to_list()


def test_a_hidden_group_cannot_be_reckoned_back() -> None:
    """With the whole and all but one unit shown the last would follow: the next smallest unit is hidden too."""
    made = measured(*people("D1", 3), *people("D2", 8), *people("D3", 20))
    assert shown(made) == {"D1": False, "D2": False, "D3": True, None: True}
    # Two hidden units of 3 and 4 leave 7 people together: neither can be told from the other.
    made = measured(*people("D1", 3), *people("D2", 4), *people("D3", 20))
    assert shown(made) == {"D1": False, "D2": False, "D3": True, None: True}


def test_no_spread_has_no_effect_size() -> None:
    """When everyone changed alike, the interval is that change, and effect size and chance are not invented."""
    rows = [
        answer(f"{month}{at}", f"{month}-10", score, respondent_key=f"K{at}")
        for month, score in (("2025-12", 6), ("2026-01", 8))
        for at in range(6)
    ]
    row = whole(measured(*rows))
    assert (row["change_mark"], row["low_mark"], row["high_mark"]) == (2.0, 2.0, 2.0)
    assert (row["effect_mark"], row["chance_share"]) == (None, None)


@pytest.mark.parametrize(
    ("rows", "chosen", "rule"),
    [
        ([], {}, "I50"),
        (people("D1", 6), {}, "I51"),
        (people("D1", 6), {"baseline": "2026-01"}, "I52"),
        (people("D1", 6, score=11), {"scale": [1, 10]}, "I54"),
    ],
)
def test_what_is_amiss_is_told(rows: list[dict[str, Any]], chosen: dict[str, Any], rule: str) -> None:
    """No answers, no earlier measurement, measurements that overlap and scores off the scale are findings."""
    assert rule in measured(*rows, **chosen).findings["rule"].to_list()


def test_one_respondent_gives_no_figure() -> None:
    """One answer, even where groups of two may be shown, has no interval and no change."""
    made = measured(*people("D1", 1), *people("D1", 1, month="2025-12"), smallest=2)
    assert whole(made)["change_mark"] is None
    assert whole(made)["shown"] is False


def test_a_later_answer_and_another_confidence() -> None:
    """Answers after the period do not count; a wider confidence gives a wider interval."""
    rows = twice(keys=True)
    narrow = whole(measured(*rows, *people("D1", 9, month="2026-02"), period="2025-12", confidence="0.8"))
    wide = whole(measured(*rows, period="2025-12", confidence="0.99"))
    assert narrow["people"] == 10
    assert wide["low_mark"] < narrow["low_mark"] < narrow["high_mark"] < wide["high_mark"]


def test_without_the_library_the_message_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without scipy the command says which extra to install (C65)."""
    monkeypatch.setitem(sys.modules, "scipy", None)
    with pytest.raises(ConfigurationError) as refused:
        measured(*people("D1", 6))
    assert refused.value.code == "C65"
    assert "ipvb-bridge[analysis]" in refused.value.next_step()


scores = st.lists(
    st.tuples(st.sampled_from(["2025-12", "2026-01"]), st.integers(0, 7), st.sampled_from([4, 6.5, 7, 9])), max_size=30
)


@settings(max_examples=40, deadline=None)
@for_all(rows=scores, seed=st.randoms(use_true_random=False))
def test_the_columns_agree_with_scipy_and_order_does_not_matter(rows: list[tuple[str, int, float]], seed: Any) -> None:
    """For any answers, the change with its interval is what scipy gives for the people's means; shuffled too."""
    answers = [
        answer(str(at), f"{month}-1{at % 9}", score, respondent_key=f"K{who}")
        for at, (month, who, score) in enumerate(rows)
    ]
    made = measured(*answers, baseline="2025-12", smallest=2)
    mixed = seed.sample(answers, len(answers))
    assert (
        measured(*mixed, baseline="2025-12", smallest=2)
        .tables["satisfaction_effect"]
        .equals(made.tables["satisfaction_effect"])
    )
    means: dict[str, dict[int, float]] = {"2025-12": {}, "2026-01": {}}
    for month, known in means.items():
        for who in {who for when, who, _ in rows if when == month}:
            own = [score for when, each, score in rows if (when, each) == (month, who)]
            known[who] = sum(own) / len(own)
    before, after = means.values()
    both = sorted(before.keys() & after.keys())
    effect = made.tables["satisfaction_effect"].filter(pl.col("unit_id").is_null(), pl.col("shown"))
    for row in effect.iter_rows(named=True):
        if len(both) >= 2:
            changes = [after[who] - before[who] for who in both]
            assert row["change_mark"] == pytest.approx(sum(changes) / len(changes), abs=1e-6)
            if len({round(each, 9) for each in changes}) > 1:
                known = stats.ttest_rel([after[who] for who in both], [before[who] for who in both])
                low, high = known.confidence_interval(0.95)
                assert (row["low_mark"], row["high_mark"]) == (
                    pytest.approx(low, abs=2e-6),
                    pytest.approx(high, abs=2e-6),
                )
        else:
            known = stats.ttest_ind(list(after.values()), list(before.values()), equal_var=False)
            if known.pvalue == known.pvalue:
                assert row["chance_share"] == pytest.approx(known.pvalue, abs=2e-6)
