"""Roll-ups over the tree of units and over groups of residents."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core.rollup import GROUP_BUDGET_COLUMNS, SUMS, UNIT_BUDGET_COLUMNS, group_budgets, unit_budgets
from tests.core.frames import shuffled, stream
from tests.core.small import stream as row_of

FUNCTIONS = pl.DataFrame(
    {"care_function": ["nursing"], "care_cents": [7], "private_cents": [1], "outside_cents": [2],
     "network_milliminutes": [3], "network_cost_cents": [4]}
)  # fmt: skip


def unit(unit_id: str, parent_id: str | None) -> dict[str, Any]:
    return row_of("units", unit_id=unit_id, parent_id=parent_id, kind="department", name=unit_id)


def budget(resident: str, unit_id: str, amount: int, zzp: str | None = "4VV") -> dict[str, Any]:
    """A budget row; each figure another multiple of ``amount``."""
    figures = {name: amount * (place + 1) for place, name in enumerate(SUMS)}
    return {"resident_id": resident, "unit_id": unit_id, **figures, "zzp": zzp}


def frame(*rows: dict[str, Any]) -> pl.DataFrame:
    schema = {"resident_id": pl.String, "unit_id": pl.String, **dict.fromkeys(SUMS, pl.Int64), "zzp": pl.String}
    return pl.DataFrame(list(rows), schema=schema)


TREE = stream(
    "units",
    unit("ORG", None),
    unit("L1", "ORG"),
    unit("L2", "ORG"),
    unit("D1", "L1"),
    unit("D2", "L1"),
    unit("T1", "D2"),
)


def available(table: pl.DataFrame, key: str = "unit_id") -> dict[str | None, int]:
    return dict(table.select(key, "available_cents").iter_rows())


def test_a_unit_holds_all_below_it() -> None:
    """Teams, departments, locations and the organisation each hold all rows below; an empty unit has no row."""
    rolled = unit_budgets(frame(budget("R1", "D1", 1), budget("R2", "T1", 10), budget("R3", "D2", 100)), TREE)
    assert rolled.columns == [*UNIT_BUDGET_COLUMNS, "network_cost_cents"]
    assert available(rolled) == {"D1": 1, "D2": 110, "L1": 111, "ORG": 111, "T1": 10}
    assert rolled["unit_id"].is_sorted()


def test_a_unit_above_with_residents_of_its_own() -> None:
    """A resident who is served by the location itself counts there and above, not below."""
    rolled = unit_budgets(frame(budget("R1", "D1", 1), budget("R2", "L1", 10)), TREE)
    assert available(rolled) == {"D1": 1, "L1": 11, "ORG": 11}


def test_an_unknown_unit_stands_alone() -> None:
    """A unit that the stream of units does not have keeps its row and has nothing above it."""
    assert available(unit_budgets(frame(budget("R1", "X", 5)), TREE)) == {"X": 5}


def test_units_in_a_circle_stop() -> None:
    """Units that lie above themselves are named instead of being counted for ever."""
    circle = stream("units", unit("A", "B"), unit("B", "A"))
    with pytest.raises(CalculationError) as stopped:
        unit_budgets(frame(budget("R1", "A", 1)), circle)
    assert stopped.value.code == "M02"


def test_groups() -> None:
    """Client group and zzp sum budget rows, those without one under an empty key; care functions sum lines."""
    residents = stream(
        "residents", row_of("residents", resident_id="R1", client_group="pg"), row_of("residents", resident_id="R2")
    )
    rows = frame(
        budget("R1", "D1", 1), budget("R1", "D2", 10, "5VV"), budget("R2", "D1", 100, None), budget("R9", "D1", 1000)
    )
    groups = group_budgets(rows, FUNCTIONS, residents)
    assert groups.columns == list(GROUP_BUDGET_COLUMNS)
    assert available(groups.filter(group="client_group"), "key") == {None: 1100, "pg": 11}
    assert available(groups.filter(group="zzp"), "key") == {None: 100, "4VV": 1001, "5VV": 10}
    nursing = groups.filter(group="care_function").row(0, named=True)
    assert (nursing["key"], nursing["care_cents"], nursing["network_cost_cents"]) == ("nursing", 7, 4)
    assert nursing["available_cents"] is nursing["held_days"] is None


def test_nothing_to_roll_up() -> None:
    """Without budgets there are no rows."""
    assert unit_budgets(frame(), TREE).is_empty()
    assert group_budgets(frame(), FUNCTIONS.clear(), stream("residents")).is_empty()


PLACE = st.sampled_from(TREE["unit_id"].to_list())
SOME = st.lists(st.tuples(st.sampled_from(["R1", "R2", "R3"]), PLACE, st.integers(-(10**9), 10**9)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(SOME, st.integers(0, 9))
def test_the_top_is_the_sum_of_all_rows(rows: list[tuple[str, str, int]], seed: int) -> None:
    """Whatever the tree holds, the organisation is the sum of every budget row; groups too; order changes nothing."""
    budgets = frame(*(budget(*row) for row in rows))
    rolled = unit_budgets(budgets, TREE)
    if rows:
        assert rolled.filter(unit_id="ORG").select(SUMS).row(0) == budgets.select(pl.col(SUMS).sum()).row(0)
    groups = group_budgets(budgets, FUNCTIONS, stream("residents"))
    assert groups.filter(group="zzp")["stay_cents"].sum() == budgets["stay_cents"].sum()
    assert unit_budgets(shuffled(budgets, seed), shuffled(TREE, seed)).equals(rolled)
    assert group_budgets(shuffled(budgets, seed), FUNCTIONS, stream("residents")).equals(groups)
