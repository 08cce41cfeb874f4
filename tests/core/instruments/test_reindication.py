"""The re-indication file: who is structurally above the budget, and how often help is given."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.ciz import TOPICS
from ipvb_bridge.core.instruments.contract import Made
from ipvb_bridge.core.instruments.reindication import SEVENTHS, TOPIC_TABLE
from tests.core.frames import shuffled
from tests.core.instruments.given import given
from tests.core.small import METHOD, agreement, small, stay, stream
from tests.core.strategies import row

MONTHS = ("2025-11", "2025-12", "2026-01")


def organisation(period: str, *agreements: dict[str, Any], **chosen: Any) -> Any:
    method = METHOD | {"instruments": {"reindication": chosen}}
    return small(
        period,
        method,
        care_agreements=list(agreements),
        residents=[stream("residents", resident_id=each) for each in ("R1", "R2")],
        stays=[stay("S1", "D1", "2020-01-01"), stay("S2", "D1", "2020-01-01", resident="R2")],
        indications=[
            stream(
                "indications", indication_id=f"I{each}", resident_id=each, basis="assigned", zzp="4VV",
                delivery_form="stay", with_treatment=False, with_day_care=False, start_date="2020-01-01",
            )
            for each in ("R1", "R2")
        ],
    )  # fmt: skip


def topics(*rows: tuple[str, str, str]) -> dict[str, list[dict[str, Any]]]:
    return {"ciz_topics": [row(TOPIC_TABLE, activity_code=a, codelist=c, topic=t) for a, c, t in rows]}


def made(*agreements: dict[str, Any], months: tuple[str, ...] = MONTHS, own: Any = None, **chosen: Any) -> Made:
    """The file of the last month, with the months before it as history."""
    history = {}
    for month in months[:-1]:
        history[month] = given(organisation(month, *agreements, **chosen)).tables
    instrument = instruments.load("reindication")
    last = given(organisation(months[-1], *agreements, **chosen), own=own, inputs=instrument.inputs, history=history)
    return instrument.run(last)


# A day pays 200.00; three hours of level 3 a day cost 300.00.
HEAVY = agreement("A1", minutes=1_800_000, activity_code="WAS")
LIGHT = agreement("A2", resident_id="R2", minutes=300_000)


def test_who_is_above_the_budget_in_each_period() -> None:
    """Three months in a row more required than available, to the cent; who is below is not in the file."""
    tables = made(HEAVY, LIGHT).tables
    (row,) = tables["reindication_residents"].to_dicts()
    assert row["resident_id"] == "R1"
    assert (row["periods_above"], row["first_period"], row["zzp"], row["unit_id"]) == (3, "2025-11", "4VV", "D1")
    # 31 x 300.00 required, 31 x 200.00 available; the three months have 92 days.
    assert (row["available_cents"], row["required_cents"], row["balance_cents"]) == (620_000, 930_000, -310_000)
    assert row["short_cents"] == 92 * 10_000
    assert tables["reindication_periods"]["period"].to_list() == list(MONTHS)
    trend = tables["reindication_trend"]
    assert trend["week_hours"].to_list() == [21.0, 21.0, 21.0]
    assert trend["milliminutes"].sum() == 92 * 180_000


def test_once_below_is_not_structural() -> None:
    """A month within the budget breaks the row; so does a month that was not calculated."""
    later = agreement("A1", minutes=1_800_000, start_date="2025-12-01")
    assert made(later).tables["reindication_residents"].is_empty()
    assert made(later, periods=2).tables["reindication_residents"]["periods_above"].to_list() == [2]
    few = made(HEAVY, months=MONTHS[1:])
    assert few.tables["reindication_residents"].is_empty()
    assert "I58" in few.findings["rule"].to_list()


def test_a_margin_counts_from_its_first_cent() -> None:
    """With a margin of half the budget, exactly one and a half times it does not count, a cent more does."""
    assert made(HEAVY, margin="0.5").tables["reindication_residents"].is_empty()
    assert made(HEAVY, margin="0.4999").tables["reindication_residents"].height == 1


@pytest.mark.parametrize(
    ("values", "week", "score", "between"),
    [
        ({"times": 0}, 0.0, 0, False),
        ({"per": "month"}, 0.230137, 1, True),
        ({"per": "year"}, 0.019178, 1, True),
        ({"per": "four_weeks", "times": 20_000}, 0.5, 1, True),
        ({"per": "week"}, 1.0, 1, False),
        ({"per": "week", "times": 60_000}, 6.0, 1, False),
        ({"per": "week", "times": 65_000}, 6.5, 1, True),
        ({"weekdays": "1 3 5", "times": 20_000}, 6.0, 1, False),
        ({}, 7.0, 2, False),
        ({"times": 20_000}, 14.0, 2, False),
        ({"times": 25_000}, 17.5, 2, True),
        ({"times": 30_000}, 21.0, 3, False),
        ({"times": 240_000}, 168.0, 3, False),
    ],
)
def test_the_scale_of_how_often(values: dict[str, Any], week: float, score: int, between: bool) -> None:
    """1-6 a week is 1, 1-2 a day 2, 3 or more a day 3; between two classes the lower, and marked.

    The worked example of docs/instrumenten/reindication.md.
    """
    own = topics(("X", "COD824", "0202"))
    table = made(HEAVY, agreement("A3", activity_code="X", **values), own=own).tables["reindication_scores"]
    (row,) = table.to_dicts()
    assert (row["times_week"], row["score"], row["between"]) == (week, score, between)
    assert (row["group"], row["name"]) == TOPICS["COD824", "0202"]


def test_frequencies_of_a_topic_add_up_and_limitations_have_no_score() -> None:
    """Agreements under one topic add up, whoever gives them but the resident; a limitation has a frequency only."""
    own = topics(("WAS", "COD824", "0204"), ("X", "COD824", "0204"), ("X", "COD825", "0301"))
    table = made(
        HEAVY,
        agreement("A3", activity_code="X", performer="network", payer="none"),
        agreement("A4", activity_code="X", performer="self", payer="none"),
        own=own,
    ).tables["reindication_scores"]
    assert table.select("codelist", "agreements", "times_week", "score").rows() == [
        ("COD824", 2, 14.0, 2),
        ("COD825", 1, 7.0, None),
    ]


def test_the_agreements_behind_it_stand_with_their_topics() -> None:
    """What is in force on the last day, with its CIZ topics; what ended or belongs to others is not there."""
    own = topics(("WAS", "COD825", "0301"), ("WAS", "COD824", "0202"))
    table = made(HEAVY, LIGHT, agreement("A5", end_date="2026-01-30"), own=own).tables["reindication_agreements"]
    assert table.select("agreement_id", "topics").rows() == [("A1", "COD824 0202, COD825 0301")]


def test_what_is_amiss_is_told() -> None:
    """A code that the list does not have, and agreements without a topic, are findings (I59, I60)."""
    found = made(HEAVY, own=topics(("Y", "COD824", "9999"))).findings
    assert {"I59", "I60"} <= set(found["rule"])
    assert "COD824 9999" in " ".join(found["explanation"])


@settings(max_examples=40, deadline=None)
@for_all(
    times=st.integers(0, 300_000),
    per=st.sampled_from(["day", "week", "four_weeks", "month", "year"]),
    seed=st.integers(0, 5),
)
def test_the_frequency_is_exact(times: int, per: str, seed: int) -> None:
    """Whatever is agreed, the class follows from the exact fraction; the order of rows does not matter."""
    week = Fraction(times, 10_000) * {
        "day": Fraction(7), "week": Fraction(1), "four_weeks": Fraction(1, 4), "month": Fraction(84, 365),
        "year": Fraction(7, 365),
    }[per]  # fmt: skip
    assert (week * SEVENTHS * 10_000).denominator == 1
    instrument = instruments.load("reindication")
    rows = (HEAVY, agreement("A3", activity_code="X", times=times, per=per))
    base = given(
        organisation("2026-01", *rows, periods=1), own=topics(("X", "COD824", "0202")), inputs=instrument.inputs
    )
    tables = instrument.run(base).tables
    (row,) = tables["reindication_scores"].to_dicts()
    expected = 0 if week == 0 else 1 if week < 7 else 2 if week < 21 else 3
    assert row["score"] == expected
    mixed = dataclasses.replace(base, tables={name: shuffled(table, seed) for name, table in base.tables.items()})
    for name, table in instrument.run(mixed).tables.items():
        assert table.equals(tables[name])


def test_every_topic_has_a_code_of_the_lists() -> None:
    """Topics are of the two lists, with four digits, each with a group and a name."""
    assert {codelist for codelist, _ in TOPICS} == {"COD824", "COD825"}
    assert all(len(topic) == 4 and group and name for (_, topic), (group, name) in TOPICS.items())
    assert len([1 for codelist, _ in TOPICS if codelist == "COD824"]) == 30


def test_the_topics_are_those_of_the_published_list(shared_data: Any) -> None:
    """The codes are those of the published code lists."""
    known = pl.read_csv(shared_data / "norms" / "ciz_vragen.csv", infer_schema=False)
    assert set(TOPICS) == set(known.select("codelijst", "code").iter_rows())
