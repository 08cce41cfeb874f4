"""What the network does: time by who does it, what it would cost, and its part of all care."""

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
from tests.core.oracle import Organisation
from tests.core.small import agreement, small, stay, stream

# An hour at level 3 costs 100.00; half an hour a day in January is 15.5 hours.
HALF_HOUR_DAILY = 930_000


def organisation(*agreements: dict[str, Any], **more: Any) -> Organisation:
    residents = [
        stream("residents", resident_id="R1", client_group="somatic"),
        stream("residents", resident_id="R2", client_group="pg"),
    ]
    stays = [stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2020-01-01", resident="R2")]
    return small(care_agreements=list(agreements), residents=residents, stays=stays, **more)


def by(who: str, number: int = 1, **more: Any) -> dict[str, Any]:
    return agreement(f"A{number}", performer=who, payer="wlz" if who == "staff" else "none", **more)


def test_time_and_what_it_would_cost() -> None:
    """Half an hour a day of the family, a quarter of a volunteer, beside staff (docs/instrumenten/network.md)."""
    made = run(
        "network", organisation(by("network"), by("volunteer", 2, minutes=150_000), by("staff", 3, minutes=450_000))
    )
    cell = (HALF_HOUR_DAILY, 465_000, 0, 1_395_000, 232_500, 0, 1_395_000, 0.5)
    assert made.tables["network_by_resident"].rows() == [("D1", "R1", *cell)]
    assert made.tables["network_by_unit"].rows() == [("D1", 1, *cell)]
    assert made.tables["network_by_group"].rows() == [("somatic", 1, *cell)]
    assert made.tables["network_by_function"].rows() == [("personal_care", 1, *cell)]
    assert made.findings.is_empty()


def test_a_unit_without_network_stands_with_noughts() -> None:
    """Where staff do all, the network's part is nought and no resident is counted; another firm is in neither."""
    made = run("network", organisation(by("staff", resident_id="R2"), by("external", 2, resident_id="R2")))
    assert made.tables["network_by_unit"].rows() == [("D2", 0, 0, 0, 0, 0, 0, 0, HALF_HOUR_DAILY, 0.0)]
    assert made.tables["network_by_resident"].is_empty()


def test_time_without_a_price_is_told() -> None:
    """Time of a level without a price counts as time, not as cost, and stands in a finding (I46)."""
    made = run("network", organisation(by("network", level="7"), by("self", 2, level=None), by("network", 3)))
    row = made.tables["network_by_unit"].row(0, named=True)
    assert (row["milliminutes"], row["unpriced_milliminutes"]) == (3 * HALF_HOUR_DAILY, 2 * HALF_HOUR_DAILY)
    assert row["would_cost_cents"] == 155_000
    finding = made.findings.row(0, named=True)
    assert (finding["rule"], finding["milliminutes"]) == ("I46", 2 * HALF_HOUR_DAILY)
    assert "agreements.csv" in finding["next_step"]


def test_a_price_of_the_day_part_counts() -> None:
    """With a price per day part, time in a day part that has one is priced, and in one without it is not."""
    base = given(organisation(by("network"), by("network", 2, day_part="night")))
    prices = base.tables["cost_prices"].with_columns(
        day_part=pl.when(pl.col("kind") == "level").then(pl.lit("night")).otherwise(pl.col("day_part"))
    )
    changed = dataclasses.replace(base, tables={**base.tables, "cost_prices": prices})
    row = instruments.load("network").run(changed).tables["network_by_unit"].row(0, named=True)
    assert (row["unpriced_milliminutes"], row["would_cost_cents"]) == (HALF_HOUR_DAILY, 155_000)


@settings(max_examples=25, deadline=None)
@for_all(
    rows=st.lists(
        st.tuples(
            st.sampled_from(["staff", "network", "volunteer", "self", "external"]),
            st.sampled_from(["3", "7", None]),
            st.integers(0, 600_000),
            st.sampled_from(["R1", "R2"]),
            st.sampled_from(["nursing", "guidance"]),
        ),
        max_size=8,
    ),
    seed=st.integers(0, 9),
)
def test_nothing_is_lost_and_order_does_not_matter(rows: list[tuple[Any, ...]], seed: int) -> None:
    """Every table adds up to the network of the calculation, in time and in cents, whatever the order of its inputs."""
    made = organisation(
        *(
            by(who, at, level="3" if who == "staff" else level, minutes=minutes, resident_id=whom, care_function=what)
            for at, (who, level, minutes, whom, what) in enumerate(rows)
        )
    )
    base = given(made)
    instrument = instruments.load("network")
    tables = instrument.run(base).tables
    calculated = base.tables["resident_network"]
    for table in tables.values():
        assert table["milliminutes"].sum() == calculated["network_milliminutes"].sum()
        assert table["would_cost_cents"].sum() == calculated["network_cost_cents"].sum()
        parts = table.select(pl.sum_horizontal("network_milliminutes", "volunteer_milliminutes", "self_milliminutes"))
        assert parts.to_series().to_list() == table["milliminutes"].to_list()
    mixed = dataclasses.replace(base, tables={name: shuffled(table, seed) for name, table in base.tables.items()})
    for name, table in instrument.run(mixed).tables.items():
        assert table.equals(tables[name])
