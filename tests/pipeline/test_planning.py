"""Plans: the difference with what other systems were confirmed to hold, in whole numbers and ids."""

from __future__ import annotations

import csv
import json
from collections import Counter
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.base.canonical import canonical, digest
from ipvb_bridge.base.errors import ConfigurationError, DataError, UsageError
from ipvb_bridge.core.periods import Period
from ipvb_bridge.pipeline import completeness, difference, planning, wanted
from ipvb_bridge.store import plans
from tests.pipeline.publishing import PERIOD, House

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def data_of(planned: planning.Planned, kind: str) -> list[dict[str, Any]]:
    rows = planned.items.filter(pl.col("kind") == kind)["data"]
    return [json.loads(text) for text in rows]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(_TEXTS, _TEXTS, st.integers(-(2**63), 2**63 - 1)), min_size=1, max_size=5))
def test_columns_and_python_write_the_same_json(rows: list[tuple[str, str, int]]) -> None:
    """Built in columns or by Python, the same data is the same text, whatever the letters: so is its digest."""
    frame = pl.DataFrame(rows, schema={"subject": pl.String, "label": pl.String, "cents": pl.Int64}, orient="row")
    columns = {
        "subject": pl.col("subject"),
        "nothing": pl.lit(None, pl.String),
        "flag": pl.lit(True),
        "rows": pl.concat_list(pl.struct("cents", "label")),
    }
    made = frame.select(wanted.as_json("roster", PERIOD, columns))["data"].to_list()
    expected = [
        {
            "kind": "roster",
            "period": "2026-01",
            "subject": subject,
            "nothing": None,
            "flag": True,
            "rows": [{"cents": cents, "label": label}],
        }
        for subject, label, cents in rows
    ]
    assert made == [canonical(each) for each in expected]
    assert [digest(text) for text in made] == [digest(each) for each in expected]


def test_floats_are_not_signed() -> None:
    """A float anywhere in the data is refused: two programs may write it differently."""
    for bad in ({"a": 1.0}, {"a": [{"b": 0.5}]}):
        with pytest.raises(TypeError, match="no floats"):
            canonical(bad)


def test_first_plan_holds_everything(house: House) -> None:
    """Before anything was published all is new: six statements, two rosters, three conversations, one location."""
    planned = house.plan()
    assert planned.plan is not None
    assert planned.waits
    assert Counter(planned.items["kind"]) == {"resident_statement": 6, "roster": 2, "monthly_conversation": 3}
    assert set(planned.items["action"]) == {"new"}
    assert set(planned.items["location"]) == {"LOC1"}
    assert planned.items["position"].to_list() == list(range(1, 12))
    assert planned.plan.maker == "dick"
    assert sum(each["items"] for each in planned.plan.summary) == 11


def test_statement_holds_budget_and_lines_to_the_cent(house: House) -> None:
    """A statement is the resident's budget row; its lines per care function and day part add up to it."""
    from tests.core.test_oracle_example import EXPECTED

    found = {(each["resident_id"], each["unit_id"]): each for each in data_of(house.plan(), "resident_statement")}
    assert len(found) == len(EXPECTED["resident_budgets"])
    for row in EXPECTED["resident_budgets"]:
        statement = found[row["resident_id"], row["unit_id"]]
        assert {name: statement[name] for name in row} == row
        lines = statement["lines"]
        own = [each for each in lines if each["performer"] == "staff"]
        assert sum(each["cost_cents"] for each in own if each["payer"] == "wlz") == row["care_cents"]
        assert sum(each["cost_cents"] for each in own if each["payer"] == "resident") == row["private_cents"]
        others = sum(each["milliminutes"] for each in lines if each["performer"] in ("network", "volunteer", "self"))
        assert others == row["network_milliminutes"]


def test_roster_holds_the_hours_of_a_weekday(house: House) -> None:
    """A roster's rows are those of formation_weekdays, in whole millionths of an hour."""
    from ipvb_bridge.store import versions

    table = versions.load_table(house.store, versions.versions(house.store)[0], "formation_weekdays")
    rosters = data_of(house.plan(), "roster")
    rows = [(each["unit_id"], row) for each in rosters for row in each["rows"]]
    assert len(rows) == table.height
    for (unit, row), expected in zip(rows, table.iter_rows(named=True), strict=True):
        assert (unit, row["weekday"], row["level"]) == (expected["unit_id"], expected["weekday"], expected["level"])
        assert row["required_hours_millionths"] == round(expected["required_hours"] * 10**6)


def test_conversations_are_for_who_is_here_and_had_none(house: House) -> None:
    """Who had a conversation in the month (R1) or left before its end (R2) is not on the list; who moved is once."""
    due = {each["resident_id"]: each["unit_id"] for each in data_of(house.plan(), "monthly_conversation")}
    assert due == {"R3": "D2", "R4": "D2", "R5": "D1"}


def test_nothing_personal_but_ids(house: House) -> None:
    """No name or date of birth of a resident stands anywhere in a plan."""
    import csv

    text = "\n".join(house.plan().items["data"])
    with (house.folder / "input" / "residents.csv").open(encoding="utf-8") as lines:
        people = list(csv.DictReader(lines))
    assert people
    for person in people:
        for column in ("name", "date_of_birth"):
            assert not person.get(column) or person[column] not in text


def test_the_same_plan_is_not_made_twice(house: House) -> None:
    """Looking again, also by another person, gives the plan that is there; a later day a new one."""
    first = house.kept()
    assert house.kept("someone") == first
    house.clock.later(hours=73)
    later = house.kept("someone")
    assert (later.plan_id, later.content) == (first.plan_id + 1, first.content)
    assert later.digest != first.digest


def test_after_confirmation_only_what_moved_is_planned(house: House) -> None:
    """A changed agreement plans the statement and roster that it touches, and says what moved, in euros."""
    house.signed()
    assert house.send().states == {"confirmed": 11}
    again = house.plan()
    assert (again.plan, again.unchanged, again.under_way) == (None, 11, 0)
    change_agreement(house)
    planned = house.plan()
    assert Counter(planned.items["action"]) == {"changed": 2}
    assert planned.unchanged == 9
    assert planned.plan is not None
    found = {each.kind: each for each in difference.changes(house.store, planned.plan, planned.items)}
    moved = found["resident_statement"].moved
    assert moved["care_cents"] == (224555, 224555 + round(27 * 10 * 6899 / 60))
    assert moved["personal_care morning staff wlz milliminutes"] == (945000, 1215000)
    assert "care € 2,245.55 -> € 2,556.01" in found["resident_statement"].line()
    assert "1 morning 3 required hours 1.50 -> 1.72" in found["roster"].line()
    assert found["roster"].line().endswith("and 10 more")


def change_agreement(house: House) -> None:
    """Ten minutes more a morning for R1."""
    from ipvb_bridge.pipeline import pull

    house.edit(
        "input/care_agreements.csv",
        "morning,3,staff,wlz,self_care,false,35,1,day",
        "morning,3,staff,wlz,self_care,false,45,1,day",
    )
    list(pull.pull(house.configuration, house.store, "ecd", streams=["care_agreements"]))
    house.calculate()


def test_what_is_no_longer_wanted_is_withdrawn_once(house: House) -> None:
    """A conversation that was held is withdrawn in the other system, and then stays so."""
    from ipvb_bridge.pipeline import pull

    house.signed()
    house.send()
    house.edit("input/conversations.csv", "K1,", "K2,R5,2026-01-20,resident,\nK1,")
    list(pull.pull(house.configuration, house.store, "ecd", streams=["conversations"]))
    house.edit("norms/tariffs.csv", "298.04", "298.05")
    house.calculate()
    planned = house.plan()
    gone = planned.items.filter(pl.col("action") == "withdrawn")
    assert gone["key"].to_list() == ["monthly_conversation/2026-01/R5"]
    assert json.loads(gone["data"][0]) == {
        "kind": "monthly_conversation",
        "period": "2026-01",
        "subject": "R5",
        "unit_id": "D1",
        "withdrawn": True,
    }
    assert planned.plan is not None
    (line,) = [
        each.line()
        for each in difference.changes(house.store, planned.plan, planned.items)
        if each.action == "withdrawn"
    ]
    assert line == "R5 D1: no longer asked for"
    house.signed()
    house.send()
    assert house.plan().plan is None


def test_a_plan_that_writes_nothing_replaces_one_that_nobody_signed(house: House) -> None:
    """When the difference is gone, the plan that held it cannot be signed any more."""
    house.signed()
    house.send()
    change_agreement(house)
    stale = house.kept()
    target = '[publish.targets.statements]\nconnection = "peer"\nkind = "resident_statement"\n'
    house.edit("bridge.toml", target, "")
    house.edit("bridge.toml", '[publish.targets.roster]\nconnection = "peer"\nkind = "roster"\n', "")
    empty = house.plan()
    assert empty.plan is not None
    assert (empty.plan.plan_id, empty.plan.items, empty.waits) == (stale.plan_id + 1, 0, False)
    with pytest.raises(UsageError, match="W03"):
        house.anna(empty.plan)


def test_incomplete_agreements_stop_publishing(house: House) -> None:
    """With the minutes of two of fifteen agreements missing nothing is planned, and the field and share are named."""
    from ipvb_bridge.pipeline import pull

    path = house.folder / "input" / "care_agreements.csv"
    lines = path.read_text("utf-8").splitlines()
    at = lines[0].split(",").index("minutes")
    for row in (1, 2):
        cells = lines[row].split(",")
        cells[at] = ""
        lines[row] = ",".join(cells)
    path.write_text("\n".join(lines) + "\n", "utf-8")
    list(pull.pull(house.configuration, house.store, "ecd", streams=["care_agreements"]))
    house.calculate()
    with pytest.raises(DataError, match="W02") as caught:
        house.plan()
    assert caught.value.seen == "minutes 86.6%"
    house.edit("bridge.toml", "[publish.signers.anna]", "[publish]\ncompleteness = 0.8\n[publish.signers.anna]")
    assert house.plan().waits


def agreements_edit(house: House, change: dict[str, dict[str, str]]) -> None:
    """Set fields of agreements by their id, deliver and calculate."""
    from ipvb_bridge.pipeline import pull

    path = house.folder / "input" / "care_agreements.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0].keys(), lineterminator="\n")
        writer.writeheader()
        writer.writerows({**row, **change.get(row["agreement_id"], {})} for row in rows)
    list(pull.pull(house.configuration, house.store, "ecd", streams=["care_agreements"]))
    house.calculate()


def shares(house: House) -> completeness.Shares:
    """The completeness of the newest results, by location."""
    from ipvb_bridge.pipeline import results
    from ipvb_bridge.pipeline.material import Material

    material = Material(house.configuration, house.store, results.find(house.store, PERIOD), PERIOD)
    units = material.stream("units")
    nearest = pl.when(pl.col("kind") == "location").then("unit_id").otherwise("parent_id")
    return completeness.completeness(material, units.select("unit_id", nearest.alias("location")))


def test_what_a_line_does_not_need_is_not_missing(house: House) -> None:
    """A level is needed of staff only, and ``per`` only without weekdays: there it counts, as it does for a line."""
    before = shares(house)["LOC1"]
    assert (before["per"], before["level"]) == (1, 1)
    agreements_edit(house, {"G01": {"per": ""}, "G02": {"per": "", "weekdays": "1 3"}, "G03": {"level": ""}})
    after = shares(house)["LOC1"]
    assert (after["per"], after["level"]) == (Fraction(14, 15), 1)
    agreements_edit(house, {"G01": {"level": ""}})
    assert shares(house)["LOC1"]["level"] == Fraction(14, 15)


def test_agreements_that_ended_before_the_period_do_not_count(house: House) -> None:
    """What was over before the month began makes its data neither complete nor incomplete."""
    agreements_edit(house, {"G01": {"minutes": "", "start_date": "2025-01-01", "end_date": "2025-12-31"}})
    assert shares(house)["LOC1"]["minutes"] == 1


def test_one_location_is_held_back_and_the_others_go(house: House) -> None:
    """A location below the bound waits, named with field and share; what stands of it in other systems stays."""
    from ipvb_bridge.pipeline import pull

    house.signed()
    house.send()
    path = house.folder / "input" / "units.csv"
    text = path.read_text("utf-8")
    header = text.splitlines()[0].split(",")
    row = {"unit_id": "LOC2", "parent_id": "ORG", "kind": "location", "name": "Twee"}
    root = next(line.split(",")[0] for line in text.splitlines() if ",organisation," in line)
    row["parent_id"] = root
    text += ",".join(row.get(name, "") for name in header) + "\n"
    text = "\n".join(line.replace("LOC1", "LOC2") if line.startswith("D2,") else line for line in text.splitlines())
    path.write_text(text + "\n", "utf-8")
    list(pull.pull(house.configuration, house.store, "ecd", streams=["units"]))
    lacking = [
        line.split(",")[0]
        for line in (house.folder / "input" / "care_agreements.csv").read_text("utf-8").splitlines()[1:]
        if line.split(",")[1] == "R3"
    ]
    agreements_edit(house, {"G01": {"minutes": "40"}, **{each: {"payer": ""} for each in lacking}})
    planned = house.plan()
    (held,) = planned.held
    assert (held.code, held.exit_code) == ("W02", 6)
    assert "LOC2" in held.what("en")
    assert "payer" in held.seen
    assert set(planned.items["location"]) == {"LOC1"}
    assert "withdrawn" not in set(planned.items["action"])
    assert planned.items.height > 0


def test_changed_mappings_ask_for_a_calculation(house: House) -> None:
    """A table that maps agreements and was changed since says nothing of the results there are: W07."""
    path = house.folder / "mappings" / "agreements.csv"
    text = path.read_text("utf-8") if path.exists() else "agreement_id,minutes\n"
    header = text.splitlines()[0].split(",")
    row = {"agreement_id": "G01", "minutes": "35"}
    path.write_text(text.rstrip("\n") + "\n" + ",".join(row.get(name, "") for name in header) + "\n", "utf-8")
    with pytest.raises(UsageError, match="W07"):
        house.plan()
    house.calculate()
    assert house.plan().waits


def test_the_roster_of_an_unknown_department_is_held_back(house: House) -> None:
    """A department that only hours name has no roster in the plan: it is told with what to do, and comes back later."""
    from ipvb_bridge.pipeline import pull

    known = house.plan()
    assert "roster/2026-01/D1" in set(known.items["key"])
    assert known.held == ()
    path = house.folder / "input" / "units.csv"
    whole = path.read_text("utf-8")
    path.write_text("".join(line for line in whole.splitlines(keepends=True) if not line.startswith("D2,")), "utf-8")
    list(pull.pull(house.configuration, house.store, "ecd", streams=["units"], accept_volume=True))
    house.calculate()
    planned = house.plan()
    assert set(planned.items.filter(pl.col("kind") == "roster")["unit_id"]) == {"D1"}
    told = [each for each in planned.held if each.code == "W06"]
    assert [each.seen for each in told] == ["D2"]
    assert "hours" in told[0].what("en")
    assert told[0].next_step("en")
    path.write_text(whole, "utf-8")
    list(pull.pull(house.configuration, house.store, "ecd", streams=["units"], accept_volume=True))
    house.calculate()
    assert house.plan().held == ()


def test_no_targets_is_said(house: House) -> None:
    """Without a target there is nothing to plan."""
    text = (house.folder / "bridge.toml").read_text("utf-8")
    (house.folder / "bridge.toml").write_text(text[: text.index("[publish.targets.")], "utf-8")
    with pytest.raises(ConfigurationError, match="W01"):
        house.plan()


def test_a_period_without_results_cannot_be_planned(house: House) -> None:
    """A plan is made from a calculation; without one the message says so."""
    with pytest.raises(UsageError, match="M61"):
        planning.plan(house.configuration, house.store, Period.parse("2025-12"), maker="dick")


def test_keys_of_odd_ids_do_not_meet() -> None:
    """A slash in an id is not taken for one between two ids, nor an escaped one for a slash."""
    frame = pl.DataFrame({"a": ["x/y", "x", "x%2Fy"], "b": ["z", "y/z", "z"]})
    assert frame.select(wanted.tail("a", "b"))["tail"].to_list() == ["x%2Fy/z", "x/y%2Fz", "x%252Fy/z"]


def test_a_plan_is_kept_as_it_was_made(house: House) -> None:
    """Plan and items read back as they were written, and hash to what people sign."""
    planned = house.plan()
    assert planned.plan is not None
    assert plans.plans(house.store, "2026-01") == [planned.plan]
    assert plans.items(house.store, planned.plan).equals(planned.items)
    assert plans.broken(planned.plan, planned.items) == ""
