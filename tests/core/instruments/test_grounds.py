"""Care by ground: sums of lines, wellbeing, and what is given without ground."""

from __future__ import annotations

import dataclasses
from typing import Any

import polars as pl
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ipvb_bridge.core import instruments
from tests.core.frames import shuffled
from tests.core.instruments.given import given, run
from tests.core.small import agreement, small, stay, stream

# An hour at level 3 costs 100.00; half an hour a day in January is 15.5 hours.
HALF_HOUR_DAILY = (930_000, 155_000)


def organisation(*agreements: dict[str, Any]) -> Any:
    residents = [
        stream("residents", resident_id="R1", client_group="pg"),
        stream("residents", resident_id="R2", client_group="somatic"),
    ]
    stays = [stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2020-01-01", resident="R2")]
    return small(care_agreements=list(agreements), residents=residents, stays=stays)


def test_time_and_money_stand_under_their_ground_and_payer() -> None:
    """A unit's staff lines by ground and payer, with their part of its time (docs/instrumenten/grounds.md)."""
    made = run(
        "grounds",
        organisation(
            agreement("A1", ground="self_care"),
            agreement("A2", ground="health_risk", minutes=150_000),
            agreement("A3", ground="wellbeing", minutes=150_000, payer="none"),
            agreement("A4", resident_id="R2"),
        ),
    )
    rows = made.tables["care_by_ground"].rows()
    assert rows == [
        ("D1", "health_risk", "wlz", 1, 465_000, 77_500, 0.25),
        ("D1", "self_care", "wlz", 1, *HALF_HOUR_DAILY, 0.5),
        ("D1", "wellbeing", "none", 1, 465_000, 77_500, 0.25),
        ("D2", None, "wlz", 1, *HALF_HOUR_DAILY, 1.0),
    ]
    assert made.tables["without_ground"].rows() == [("D1", "personal_care", 1, 465_000, 77_500)]


def test_wellbeing_is_the_mark_or_the_ground() -> None:
    """What is marked as leefplezier counts whatever its ground, and so does the ground wellbeing without the mark."""
    made = run(
        "grounds",
        organisation(
            agreement("A1", ground="self_care", wellbeing=True),
            agreement("A2", ground="wellbeing", minutes=150_000),
            agreement("A3", ground="health_risk", minutes=450_000, wellbeing=False),
        ),
    )
    assert made.tables["wellbeing"].rows() == [("D1", "pg", 1_395_000, 232_500, 2_790_000, 465_000, 0.5)]


def test_only_staff_count() -> None:
    """What the network, the resident or another firm does is no time of staff."""
    made = run("grounds", organisation(agreement("A1", performer="network", payer="none", ground="wellbeing")))
    assert all(table.is_empty() for table in made.tables.values())
    assert made.findings.is_empty()


def test_an_unknown_ground_is_a_finding() -> None:
    """Lines without a ground are counted, with their time and money, and the next step is named (I01)."""
    finding = run("grounds", organisation(agreement("A1"))).findings.row(0, named=True)
    assert (finding["rule"], finding["milliminutes"], finding["amount_cents"]) == ("I01", *HALF_HOUR_DAILY)
    assert "Van 1 zorgregels" in finding["explanation"]
    assert "agreements.csv" in finding["next_step"]


@settings(max_examples=25, deadline=None)
@for_all(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["health_risk", "self_care", "wellbeing", None]),
            st.sampled_from(["wlz", "resident", "none"]),
            st.integers(0, 600_000),
            st.sampled_from(["R1", "R2"]),
            st.booleans(),
        ),
        max_size=8,
    ),
    seed=st.integers(0, 9),
)
def test_nothing_is_lost_and_order_does_not_matter(rows: list[tuple[Any, ...]], seed: int) -> None:
    """The tables add up to the staff lines of the calculation, to the cent, whatever the order of any input."""
    made = organisation(
        *(
            agreement(f"A{at}", ground=ground, payer=payer, minutes=minutes, resident_id=resident, wellbeing=mark)
            for at, (ground, payer, minutes, resident, mark) in enumerate(rows)
        )
    )
    base = given(made)
    instrument = instruments.load("grounds")
    tables = instrument.run(base).tables
    lines = base.tables["lines"].filter(pl.col("performer") == "staff")
    for name in ("care_by_ground", "wellbeing"):
        for column in ("milliminutes", "cost_cents"):
            assert tables[name][column].sum() == lines[column].sum()
    mixed = dataclasses.replace(base, tables={name: shuffled(table, seed) for name, table in base.tables.items()})
    for name, table in instrument.run(mixed).tables.items():
        assert table.equals(tables[name])
