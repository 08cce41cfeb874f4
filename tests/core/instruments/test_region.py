"""The regional picture: counts a quarter, breaks that are not compared, and small counts that are not shown."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ipvb_bridge.core.instruments import region as module
from ipvb_bridge.core.instruments.contract import Made
from ipvb_bridge.core.instruments.region_tables import TABLES
from tests.core.instruments.given import run
from tests.core.small import METHOD, indication, small
from tests.core.strategies import row

Rows = dict[str, list[dict[str, Any]]]
KINDS = {table.name: table for table in TABLES}


def rows(table: str, *values: tuple[Any, ...], names: str) -> list[dict[str, Any]]:
    return [row(KINDS[table], **dict(zip(names.split(), each, strict=True))) for each in values]


def clients(*values: tuple[Any, ...]) -> list[dict[str, Any]]:
    """organisation region quarter zzp delivery_form clients."""
    return rows("region_clients", *values, names="organisation region quarter zzp delivery_form clients")


def pictured(own: Rows, period: str = "2026-06", **chosen: Any) -> Made:
    return run("region", small(period, METHOD | {"instruments": {"region": chosen}}), own=own)


def cells(made: Made, measure: str, region: str | None = "Zuid") -> dict[tuple[str | None, str], tuple[Any, ...]]:
    table = made.tables["region_figures"].filter(
        pl.col("measure") == measure, pl.col("region").eq_missing(pl.lit(region))
    )
    return {(row["key"], row["quarter"]): (row["people"], row["whole"], row["part_share"]) for row in table.to_dicts()}


EXAMPLE = clients(
    ("A", "Zuid", "2026-Q1", "5VV", "stay", 60),
    ("A", "Zuid", "2026-Q1", "5VV", "vpt", 20),
    ("B", "Zuid", "2026-Q1", "4VV", "vpt", 20),
    ("A", "Zuid", "2026-Q2", "5VV", "stay", 50),
    ("B", "Zuid", "2026-Q2", "4VV", "vpt", 50),
)


def test_the_share_of_vpt_and_the_mix_of_profiles() -> None:
    """Clients on the quarter's last day over all organisations: the example of docs/instrumenten/region.md."""
    made = pictured({"region_clients": EXAMPLE})
    assert cells(made, "vpt_share") == {(None, "2026-Q1"): (40, 100, 0.4), (None, "2026-Q2"): (50, 100, 0.5)}
    mix = cells(made, "profile_mix")
    assert mix["5VV", "2026-Q1"] == (80, 100, 0.8)
    assert mix["4VV", "2026-Q2"] == (50, 100, 0.5)
    assert made.tables["region_figures"]["organisations"].unique().to_list() == [2]
    assert cells(made, "clients", None)["stay", "2026-Q1"] == (60, 100, 0.6)


def test_every_figure_has_its_definition() -> None:
    """Beside each figure stands what it counts."""
    table = pictured({"region_clients": EXAMPLE}).tables["region_figures"]
    assert set(table["definition"]) <= set(module.DEFINITIONS.values())
    assert table["definition"].null_count() == 0


def test_waiting_by_status_and_duration() -> None:
    """People waiting are counted by status and, apart, by how long they wait; indications by profile."""
    waiting = rows(
        "region_waiting",
        ("A", "Zuid", "2026-Q1", "1", 0, 13, 8),
        ("A", "Zuid", "2026-Q1", "1", 13, None, 12),
        ("A", "Zuid", "2026-Q1", "2", 13, None, 20),
        names="organisation region quarter status weeks_from weeks_to waiting",
    )
    issued = rows(
        "region_indications", ("A", "Zuid", "2026-Q1", "5VV", 9), names="organisation region quarter zzp indications"
    )
    made = pictured({"region_waiting": waiting, "region_indications": issued})
    assert cells(made, "waiting") == {("1", "2026-Q1"): (20, 40, 0.5), ("2", "2026-Q1"): (20, 40, 0.5)}
    assert cells(made, "waiting_duration") == {("0-13", "2026-Q1"): (8, 40, 0.2), ("13+", "2026-Q1"): (32, 40, 0.8)}
    assert cells(made, "indications") == {("5VV", "2026-Q1"): (9, 9, 1.0)}


def test_budget_use_is_realised_over_agreed() -> None:
    """Cents add up over organisations; without an agreed budget there is no use."""
    money = rows(
        "region_budget",
        ("A", "Zuid", "2026-Q1", 100_00, 90_00),
        ("B", "Zuid", "2026-Q1", 100_00, 105_00),
        ("A", "Noord", "2026-Q1", 0, 0),
        names="organisation region quarter agreed realised",
    )
    table = pictured({"region_budget": money}).tables["region_budgets"]
    assert table.select("region", "agreed_cents", "realised_cents", "use_share").rows() == [
        ("Noord", 0, 0, None),
        ("Zuid", 20_000, 19_500, 0.975),
        (None, 20_000, 19_500, 0.975),
    ]


def test_a_break_starts_a_new_series() -> None:
    """From the quarter of a break on the series has another number, and its first quarter says why."""
    broken = rows(
        "region_breaks", ("clients", None, "2026-Q2", "COD167 gewijzigd"), names="measure region quarter reason"
    )
    table = pictured({"region_clients": EXAMPLE, "region_breaks": broken}).tables["region_figures"]
    shares = table.filter(pl.col("measure") == "vpt_share", pl.col("region") == "Zuid").sort("quarter")
    assert shares.select("series", "breaks").rows() == [(1, None), (2, "COD167 gewijzigd")]
    other = rows("region_breaks", ("clients", "Noord", "2026-Q2", "x"), names="measure region quarter reason")
    table = pictured({"region_clients": EXAMPLE, "region_breaks": other}).tables["region_figures"]
    assert table["series"].unique().to_list() == [1]


def test_small_counts_are_not_shown_and_cannot_be_reckoned_back() -> None:
    """Fewer than five people are hidden; alone hidden, the next smallest goes too; a nought is shown (I56)."""
    made = pictured(
        {
            "region_clients": clients(
                ("A", "Zuid", "2026-Q1", "4VV", "stay", 3),
                ("A", "Zuid", "2026-Q1", "5VV", "stay", 30),
                ("A", "Zuid", "2026-Q1", "6VV", "stay", 40),
                ("A", "Zuid", "2026-Q1", "7VV", "stay", 0),
            )
        }
    )
    mix = {key: people for (key, _), (people, _, _) in cells(made, "profile_mix").items()}
    assert mix == {"4VV": None, "5VV": None, "6VV": 40, "7VV": 0}
    assert "I56" in made.findings["rule"].to_list()


def test_a_region_cannot_be_reckoned_back_from_the_whole() -> None:
    """A count hidden in one region does not follow from the sum of all less the other regions."""
    made = pictured(
        {
            "region_clients": clients(
                *[(place, place, "2026-Q1", "5VV", form, number) for place, form, number in (
                    ("Zuid", "stay", 50), ("Zuid", "vpt", 2), ("Noord", "stay", 60), ("Noord", "vpt", 9),
                    ("Oost", "stay", 70), ("Oost", "vpt", 30))]
            )
        }
    )  # fmt: skip
    shown = made.tables["region_figures"].filter(pl.col("measure") == "clients")
    hidden = shown.filter(~pl.col("shown"), pl.col("region").is_not_null())
    for _, group in hidden.group_by("key"):
        assert group.height >= 2


def test_what_lacks_is_told() -> None:
    """No figures at all, and an organisation that skipped a quarter, are findings (I55, I57)."""
    assert "I55" in pictured({}).findings["rule"].to_list()
    skipped = pictured({"region_clients": EXAMPLE[:4]})
    assert "Zuid in 2026-Q2" in " ".join(skipped.findings.filter(pl.col("rule") == "I57")["explanation"])


def test_later_quarters_are_left_out() -> None:
    """A page of the first quarter does not show the second."""
    made = pictured({"region_clients": EXAMPLE}, period="2026-03")
    assert made.tables["region_figures"]["quarter"].unique().to_list() == ["2026-Q1"]


@pytest.mark.parametrize("place", ["D1", "ORG"])
def test_your_own_clients_in_the_form_of_a_delivery(place: str) -> None:
    """Residents with an indication on the last day, by the region of their unit or of one above it."""
    made = run("region", small("2026-06", METHOD | {"instruments": {"region": {"places": {place: "Zuid"}}}}))
    assert made.tables["region_delivery"].rows() == [("Zuid", "2026-Q2", "4VV", "stay", 1)]
    gone = small(
        "2026-06",
        METHOD | {"instruments": {"region": {"places": {"D1": "Zuid"}}}},
        indications=[indication("I", "2027-01-01")],
    )
    assert run("region", gone).tables["region_delivery"].is_empty()


@settings(max_examples=40, deadline=None)
@for_all(
    counts=st.lists(st.integers(0, 12), min_size=1, max_size=12),
    mixed=st.randoms(use_true_random=False),
    smallest=st.integers(2, 6),
)
def test_nothing_hidden_follows_from_what_is_shown(counts: list[int], mixed: Any, smallest: int) -> None:
    """Whatever the counts and their order: the hidden of a figure are nobody, or together at least ``smallest``."""
    forms = ("stay", "vpt", "mpt", "pgb")
    delivered = clients(
        *(
            (f"O{at // 4 % 2}", f"R{at // 4}", "2026-Q1", "5VV", forms[at % 4], number)
            for at, number in enumerate(counts)
        )
    )
    made = pictured({"region_clients": delivered}, smallest=smallest).tables["region_figures"]
    again = pictured({"region_clients": mixed.sample(delivered, len(delivered))}, smallest=smallest)
    assert again.tables["region_figures"].equals(made)
    table = made.filter(pl.col("measure") == "clients")
    assert table.filter(pl.col("people").is_between(1, smallest - 1)).is_empty()
    assert table.filter(pl.col("whole").is_between(1, smallest - 1)).is_empty()
    true = {(f"R{at // 4}", forms[at % 4]): number for at, number in enumerate(counts)}
    for region, group in table.filter(pl.col("region").is_not_null()).group_by("region"):
        lost = [true[region[0], key] for key in group.filter(pl.col("people").is_null())["key"]]
        if lost and group["whole"][0] is not None:
            assert len(lost) > 1
            assert sum(lost) >= smallest
    whole = table.filter(pl.col("region").is_null(), pl.col("people").is_not_null())["key"].to_list()
    for key, group in table.filter(pl.col("region").is_not_null(), pl.col("key").is_in(whole)).group_by("key"):
        lost = [true[region, key[0]] for region in group.filter(pl.col("people").is_null())["region"]]
        if lost:
            assert len(lost) > 1
            assert sum(lost) >= smallest
