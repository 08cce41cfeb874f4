"""The private offer: lines with hours, price and amount; who gets one and what is told about it."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import ValidationError

from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.private_offer_settings import PrivateOffer
from tests.core.frames import shuffled
from tests.core.instruments.given import given, run
from tests.core.oracle import Organisation
from tests.core.small import agreement, small, stay


def bought(key: str, **more: Any) -> dict[str, Any]:
    return agreement(key, payer="resident", **({"ground": "wellbeing"} | more))


def organisation(*agreements: dict[str, Any], **section: Any) -> Organisation:
    """An hour at level 3 costs 100.00; R1 in D1, R2 in D2."""
    stays = [stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2020-01-01", resident="R2")]
    return small(care_agreements=list(agreements), stays=stays, method={"instruments": {"private_offer": section}})


def test_the_offer_of_the_page() -> None:
    """An hour a week and a quarter each day, with the Wlz left out (docs/instrumenten/private_offer.md)."""
    made = run(
        "private_offer",
        organisation(
            bought("A1", minutes=600_000, per="week", description="Wandelen"),
            bought("A2", minutes=150_000, care_function="domestic"),
            agreement("A3"),
            vat_note="Deze hulp is vrij van btw.",
        ),
    )
    until = dt.date(2026, 3, 2)
    assert made.tables["private_offers"].rows() == [("R1", 2, 730_714, 121_786, until)]
    assert made.tables["private_offer_lines"].rows() == [
        ("R1", "D1", "A1", "Wandelen", "personal_care", "morning", "3", 265_714, 10_000, 44_286),
        ("R1", "D1", "A2", None, "domestic", "morning", "3", 465_000, 10_000, 77_500),
    ]
    assert made.findings.is_empty()


def test_how_long_an_offer_stands_is_a_setting() -> None:
    """The last day of the period plus valid_days; nought days is refused."""
    made = run("private_offer", organisation(bought("A1"), valid_days=14))
    assert made.tables["private_offers"]["valid_until"].to_list() == [dt.date(2026, 2, 14)]
    with pytest.raises(ValidationError):
        PrivateOffer(valid_days=0)


def test_who_left_gets_no_offer() -> None:
    """A resident without a stay on the last day has no offer; the amount stands in a finding (I43)."""
    org = organisation(bought("A1"), bought("A2", resident_id="R2", minutes=0), vat_note="x")
    org.streams["stays"][0] = stay("S1", "D1", "2020-01-01", "2026-01-10")
    made = run("private_offer", org)
    assert all(table.is_empty() for table in made.tables.values())
    finding = made.findings.row(0, named=True)
    assert (finding["rule"], finding["subject"], finding["amount_cents"]) == ("I43", "R1", 50_000)
    assert "herstel" in finding["next_step"]


def test_what_the_wlz_covers_is_told() -> None:
    """A line with a ground inside the Wlz is a warning with its amount (I44)."""
    made = run("private_offer", organisation(bought("A1", ground="self_care"), bought("A2"), vat_note="x"))
    (finding,) = made.findings.to_dicts()
    assert (finding["rule"], finding["subject"], finding["unit_id"]) == ("I44", "R1", "D1")
    assert (finding["amount_cents"], finding["milliminutes"]) == (155_000, 930_000)
    assert "Wlz" in finding["explanation"]


def test_no_sentence_about_vat_is_told() -> None:
    """Without vat_note the offers say that no VAT is counted, and a finding says what to set (I45)."""
    (finding,) = run("private_offer", organisation(bought("A1"))).findings.to_dicts()
    assert (finding["rule"], finding["amount_cents"]) == ("I45", 155_000)
    assert "vat_note" in finding["next_step"]


def test_a_price_of_the_day_part_stands_on_the_line() -> None:
    """With prices per day part a line shows the price of its own day part, else that of its level."""
    base = given(organisation(bought("A1"), bought("A2", day_part="night")))
    own = base.tables["cost_prices"].filter(pl.col("kind") == "level")
    night = own.with_columns(day_part=pl.lit("night"), price_cents=pl.lit(12_345, pl.Int64))
    prices = pl.concat([base.tables["cost_prices"], night])
    changed = dataclasses.replace(base, tables={**base.tables, "cost_prices": prices})
    lines = instruments.load("private_offer").run(changed).tables["private_offer_lines"]
    assert lines["hour_price_cents"].to_list() == [10_000, 12_345]


@settings(max_examples=25, deadline=None)
@for_all(
    rows=st.lists(
        st.tuples(st.sampled_from(["wlz", "resident", "none"]), st.integers(0, 600_000), st.sampled_from(["R1", "R2"])),
        max_size=8,
    ),
    seed=st.integers(0, 9),
)
def test_offers_add_up_to_the_budgets(rows: list[tuple[str, int, str]], seed: int) -> None:
    """Lines and offers are the private cost of each budget, to the cent, whatever the order of the inputs."""
    base = given(
        organisation(
            *(
                agreement(f"A{at}", payer=payer, minutes=minutes, resident_id=whose)
                for at, (payer, minutes, whose) in enumerate(rows)
            )
        )
    )
    instrument = instruments.load("private_offer")
    tables = instrument.run(base).tables
    private = dict(base.tables["resident_budgets"].select("resident_id", "private_cents").iter_rows())
    offered = dict(tables["private_offers"].select("resident_id", "amount_cents").iter_rows())
    assert offered == {whose: cents for whose, cents in private.items() if cents or whose in offered}
    assert sum(offered.values()) == sum(private.values()) == tables["private_offer_lines"]["amount_cents"].sum()
    mixed = dataclasses.replace(base, tables={name: shuffled(table, seed) for name, table in base.tables.items()})
    for name, table in instrument.run(mixed).tables.items():
        assert table.equals(tables[name])
