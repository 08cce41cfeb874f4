"""The Integrale Vergelijking: published scores and peers, cost, mirror, gate, environment, and odd input."""

from __future__ import annotations

import builtins
import csv
import dataclasses
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ipvb_bridge.base.errors import CalculationError, ConfigurationError
from ipvb_bridge.core.instruments import comparison, comparison_messages
from ipvb_bridge.core.instruments.comparison_settings import Comparison
from tests.core.frames import shuffled
from tests.core.instruments.comparing import (
    FLS,
    SETTINGS,
    column,
    compared,
    long,
    organisation,
    peers,
    rules,
    wide,
)
from tests.core.instruments.given import given, run
from tests.core.oracle import Organisation
from tests.core.small import agreement, hours, small, stay, stream

CRS = {
    "1": 1, "2": 0.6222896791, "3": 0.8198562444, "4": 1, "5": 0.3103709311, "6": 0.5555555556, "7": 1,
    "8": 0.7576690896, "9": 0.8201058201, "10": 0.4905660377, "11": 1,
}  # fmt: skip
VRS = dict.fromkeys(FLS, 1.0) | {"2": 0.8699861687, "5": 0.7116402116, "10": 0.4931209269}
CRS_PEERS = {
    "1": {"1": 1},
    "2": {"4": 0.4249783174, "7": 0.1092801388},
    "3": {"1": 1.1343216532, "4": 0.4380053908},
    "4": {"4": 1},
    "5": {"4": 0.2573807721, "7": 0.0484481453},
    "6": {"7": 0.3333333333},
    "7": {"7": 1},
    "8": {"4": 1.0348650979, "7": 0.1145743501},
    "9": {"7": 1.1481481481},
    "10": {"4": 0.4905660377, "7": 0.4905660377},
    "11": {"1": 1},
}


def near(found: Any, expected: Any) -> bool:
    """Equal to nine decimals."""
    return bool(found == pytest.approx(expected, abs=6e-10, rel=0))


@pytest.mark.parametrize(
    ("returns", "scores"),
    [
        ("constant", CRS),
        ("variable", VRS),
        ("non_increasing", {each: max(CRS[each], VRS[each] * (each in "389")) for each in FLS}),
        ("non_decreasing", {each: VRS[each] if each in ("2", "5", "6", "10") else CRS[each] for each in FLS}),
    ],
)
def test_published_scores(returns: str, scores: dict[str, float]) -> None:
    """Book data: every score to nine decimals, also at returns between constant and variable."""
    assert near(column(compared(wide(FLS), returns=returns), "technical_score"), scores)


def test_published_peers_and_slacks() -> None:
    """Peers with weights and slacks at constant returns; unit 11 has score one, a slack of 4, and peer 1."""
    made = compared(wide(FLS))
    found = peers(made)
    assert found.keys() == CRS_PEERS.keys()
    assert all(near(found[each], CRS_PEERS[each]) for each in FLS)
    slacks = {
        (unit, measure): slack
        for unit, measure, slack in made.tables["comparison_slacks"].select("unit", "measure", "slack").iter_rows()
        if slack
    }
    assert near(slacks, {("6", "x1"): 40 / 9, ("9", "x1"): 1.6402116402, ("11", "x2"): 4})
    assert column(made, "efficient")["11"] is False
    assert column(made, "peer_of") == dict.fromkeys(FLS, 0) | {"1": 2, "4": 5, "7": 6}


def test_published_peers_at_variable_returns() -> None:
    """Units 2, 5 and 10 have the published peers; unit 5 a slack of its output, unit 11 has peer 1."""
    made = compared(wide(FLS), returns="variable")
    found = peers(made)
    assert near(found["2"], {"1": 0.5255878285, "6": 0.2842323651, "7": 0.1901798064})
    assert near(found["5"], {"1": 0.5661375661, "6": 0.4338624339})
    assert near(found["10"], {"1": 0.0371107893, "4": 0.4433381608, "7": 0.5195510500})
    assert found["11"] == {"1": 1}
    slacks = made.tables["comparison_slacks"].filter(unit="5", measure="y")
    assert near(slacks["slack"][0], 2.6984126984)
    assert near(slacks["target"][0], 10.698413)


@pytest.mark.parametrize(("model", "returns"), [("crs_in", "constant"), ("vrs_in", "variable")])
def test_the_files_of_the_published_example(shared_data: Path, model: str, returns: str) -> None:
    """The files of scores, peers and slacks come out to nine decimals, phase two included."""

    def rows(name: str) -> list[dict[str, str]]:
        return list(csv.DictReader((shared_data / "dea" / name).open(encoding="utf-8")))

    units = {row["dmu"]: {"x1": row["x1"], "x2": row["x2"], "y": row["y1"]} for row in rows("fls.csv")}
    made = compared(units, returns=returns)
    scores = {row["dmu"]: float(row[f"eff_input_{model[:3]}"]) for row in rows("fls.csv")}
    assert near(column(made, "technical_score"), scores)
    weights: dict[str, dict[str, float]] = {}
    for row in rows("fls_lambda.csv"):
        if (row["model"] == model and row["dmu"] != "11") or row["model"] == f"{model}_phase2":
            weights.setdefault(row["dmu"], {})[row["peer"]] = float(row["lambda"])
    found = peers(made)
    assert found.keys() == weights.keys()
    assert all(near(found[unit], weights[unit]) for unit in weights)
    slacks = {
        (row["dmu"], row["dimensie"][0]): float(row["slack"]) for row in rows("fls_slacks.csv") if row["model"] == model
    }
    own = {
        (unit, measure[0]): slack
        for unit, measure, slack in made.tables["comparison_slacks"].select("unit", "measure", "slack").iter_rows()
        if slack
    }
    assert near(own, slacks)


def test_super_efficiency() -> None:
    """A unit at the frontier is scored against the others; any other keeps its score."""
    made = compared(wide(FLS))
    assert near(
        {each: score for each, score in column(made, "super_score").items() if score >= 1},
        {"1": 1.1302816901, "4": 1.1168384880, "7": 1.2449454545, "11": 1},
    )
    assert near(column(made, "super_score")["5"], CRS["5"])


# --- cost -----------------------------------------------------------------------------------------------------------


THREE = {"A": (2, 4, 1), "B": (4, 2, 1), "C": (4, 4, 1)}


def test_cost_efficiency_by_hand() -> None:
    """Prices 1 and 2: B costs 8, the least; C does with 3/4, costs 12, so 2/3 (docs/instrumenten/comparison.md)."""
    made = compared(wide(THREE), prices={"x1": Decimal(1), "x2": Decimal(2)})
    assert near(column(made, "technical_score"), {"A": 1, "B": 1, "C": 0.75})
    assert near(column(made, "cost_score"), {"A": 0.8, "B": 1, "C": 0.6666666667})
    assert near(column(made, "allocative_score"), {"A": 0.8, "B": 1, "C": 0.8888888889})
    assert peers(made, "cost") == {"A": {"B": 1}, "B": {"B": 1}, "C": {"B": 1}}
    assert column(made, "minimum_cents") == {"A": 800, "B": 800, "C": 800}
    assert column(made, "maximum_cents") == {"A": 880, "B": 880, "C": 880}
    assert column(made, "place") == {"A": "above", "B": "within", "C": "above"}


def test_prices_of_the_unit_itself() -> None:
    """A price may be a measure: at its own prices A is cheapest for A, and a missing price leaves a finding (I19)."""
    units = wide(THREE)
    units["A"] |= {"p1": 3, "p2": 1}
    units["B"] |= {"p1": 1, "p2": 2}
    made = compared(units, prices={"x1": "p1", "x2": "p2"})
    assert column(made, "cost_score") == {"A": 1, "B": 1, "C": None}
    assert column(made, "minimum_cents") == {"A": 1000, "B": 800, "C": None}
    assert [row["subject"] for row in made.findings.filter(rule="I19").to_dicts()] == ["C"]


def test_minimum_from_the_cost_of_peers() -> None:
    """Minimum is weight times the peers' cost and the own uninfluenceable cost; maximum adds the bandwidth."""
    units = wide({"A": (2, 4, 1, 100, 5), "B": (4, 2, 1, 90, 0), "C": (4, 4, 1, 120, 20)}, "x1", "x2", "y", "c", "rent")
    made = compared(units, cost="c", uninfluenceable=["rent"])
    row = made.tables["comparison_scores"].filter(unit="C").row(0, named=True)
    # C is half A and half B: 50 + 45.
    assert [row[f"{name}_cents"] for name in ("own", "uninfluenceable", "actual", "peers", "minimum", "maximum")] == [
        12_000, 2_000, 14_000, 9_500, 11_500, 12_650,
    ]  # fmt: skip
    assert (row["over_minimum_cents"], row["place"]) == (2_500, "above")
    assert row["cost_score"] is None


def test_a_cost_that_is_not_known() -> None:
    """A peer without cost leaves those who lean on it without a minimum, and says so (I19)."""
    units = wide({"A": (2, 4, 1, None), "B": (4, 2, 1, 90), "C": (4, 4, 1, 120)}, "x1", "x2", "y", "c")
    made = compared(units, cost="c")
    assert column(made, "minimum_cents") == {"A": None, "B": 9_000, "C": None}
    assert [row["explanation"].partition("; ")[2] for row in made.findings.filter(rule="I19").to_dicts()] == [
        "niet bekend of lager dan nul is c.",
        "niet bekend of lager dan nul is c van A.",
    ]


def test_cost_is_exact() -> None:
    """A third of a cent is rounded once, half to even: 3 x 0.125 euro of a peer is 37.5 cents, which is 38."""
    units = wide({"A": (1, 1, 0.125), "B": (4, 3, 2)}, "x1", "y", "c")
    made = compared(units, inputs=["x1"], cost="c", bandwidth=Decimal(0))
    assert column(made, "peers_cents") == {"A": 12, "B": 38}


# --- mirror ---------------------------------------------------------------------------------------------------------


def test_mirror() -> None:
    """What unit and peer use for one output, of each input and of cost, and what they differ."""
    units = wide({"A": (2, 4, 1, 10), "C": (8, 8, 2, 30)}, "x1", "x2", "y", "c")
    mirror = compared(units, cost="c").tables["comparison_mirror"]
    assert mirror.select("unit", "peer", "input", "own_per_output_score", "peer_per_output_score").rows() == [
        ("C", "A", "c", 15, 10),
        ("C", "A", "x1", 4, 2),
        ("C", "A", "x2", 4, 4),
    ]
    assert mirror.select("difference_score", "difference_share").rows() == [(5, 0.5), (2, 1), (0, 0)]


def test_mirror_with_noughts() -> None:
    """Who makes none of an output has no figure for it; a peer that uses none of an input gives no percentage."""
    units = wide({"A": (2, 0, 1, 1), "C": (8, 8, 2, 0)}, "x1", "x2", "y", "z")
    mirror = compared(units, outputs=["y", "z"]).tables["comparison_mirror"]
    found = {(row["input"], row["output"]): row for row in mirror.to_dicts()}
    assert found["x1", "z"]["own_per_output_score"] is None
    assert found["x1", "z"]["difference_score"] is None
    assert found["x2", "y"]["difference_score"] == 4
    assert found["x2", "y"]["difference_share"] is None


# --- gate, environment, outliers --------------------------------------------------------------------------------------


def marked(**marks: float | None) -> dict[str, dict[str, Any]]:
    units = wide(THREE)
    for unit, mark in marks.items():
        units[unit]["mark"] = mark
    return units


def test_quality_gate() -> None:
    """A unit below the quality is scored and is nobody's peer; a score above one is told (I14, I18)."""
    units = marked(A=6, B=8, C=7)
    made = compared(units, quality="mark", quality_at_least=Decimal("6.5"))
    # A uses half of what B uses of x1 and twice of x2: against B and C it does with 2 times its inputs.
    assert column(made, "technical_score") == {"A": 2, "B": 1, "C": 1}
    assert column(made, "super_score")["A"] == 2
    assert column(made, "may_be_peer") == {"A": False, "B": True, "C": True}
    assert all("A" not in each for each in peers(made).values())
    assert column(made, "quality") == {"A": 6, "B": 8, "C": 7}
    assert rules(made) == ["I12", "I14", "I18"]


def test_quality_that_is_not_known() -> None:
    """A unit without a quality is scored, is nobody's peer, and is named (I14)."""
    made = compared(marked(A=8, B=None, C=8), quality="mark", quality_at_least=Decimal(7))
    assert column(made, "may_be_peer") == {"A": True, "B": False, "C": True}
    assert [row["severity"] for row in made.findings.filter(rule="I14").to_dicts()] == ["warning"]


def test_nobody_of_the_quality() -> None:
    """Where nobody may be a peer there are no scores, and an error says why (I14)."""
    made = compared(marked(A=1, B=1, C=1), quality="mark", quality_at_least=Decimal(7))
    assert set(column(made, "technical_score").values()) == {None}
    assert made.tables["comparison_peers"].is_empty()
    assert "error" in made.findings.filter(rule="I14")["severity"].to_list()


def test_not_peers() -> None:
    """A unit that is ruled out by name is scored and is nobody's peer."""
    made = compared(wide(FLS), not_peers=["7"])
    assert column(made, "may_be_peer")["7"] is False
    assert all("7" not in weights for weights in peers(made).values())
    assert near(column(made, "technical_score")["7"], column(compared(wide(FLS)), "super_score")["7"])


@pytest.mark.parametrize(
    ("worse", "scores"), [("higher", {"A": 1, "B": 1, "C": 1}), ("lower", {"A": 1, "B": 1, "C": 0.5})]
)
def test_environment(worse: str, scores: dict[str, float]) -> None:
    """A peer works in an environment that is as bad or worse: C in the worst has itself only, in the best has A."""
    units = wide({"A": (2, 4, 1, 3), "B": (4, 2, 1, 3), "C": (4, 8, 1, 5)}, "x1", "x2", "y", "heavy")
    made = compared(units, environment={"heavy": worse})
    assert near(column(made, "technical_score"), scores)


def test_outlier() -> None:
    """A unit far beyond the rest is named above the bound that is set, and not without one (I16)."""
    units = wide(FLS | {"12": (1, 1, 30)})
    assert "I16" not in rules(compared(units))
    made = compared(units, outlier_above=Decimal("1.5"))
    assert made.findings.filter(rule="I16")["subject"].to_list() == ["12"]


def test_no_score_without_itself() -> None:
    """At variable returns nobody makes as much as unit 9: it has no super-efficiency, and that is told (I17)."""
    made = compared(wide(FLS), returns="variable")
    assert column(made, "super_score")["9"] is None
    assert "9" in made.findings.filter(rule="I17")["explanation"][0]


def test_no_peers_that_make_so_much() -> None:
    """At variable returns a unit below the quality that makes more than all peers has no score, and is told (I15)."""
    units = marked(A=8, B=8, C=6)
    units["C"]["y"] = 9
    made = compared(units, returns="variable", quality="mark", quality_at_least=Decimal(7))
    assert column(made, "technical_score") == {"A": 1, "B": 1, "C": None}
    assert made.findings.filter(rule="I15")["subject"].to_list() == ["C"]


# --- odd input ------------------------------------------------------------------------------------------------------


def test_identical_units() -> None:
    """Two equal units at the frontier are each their own peer, the first is another's, and both are named (I13)."""
    made = compared(wide({"B": (2, 4, 1), "A": (2, 4, 1), "C": (4, 8, 1)}))
    assert column(made, "technical_score") == {"A": 1, "B": 1, "C": 0.5}
    assert column(made, "super_score") == {"A": 1, "B": 1, "C": 0.5}
    assert peers(made) == {"A": {"A": 1}, "B": {"B": 1}, "C": {"A": 1}}
    assert "A, B" in made.findings.filter(rule="I13")["explanation"][0]


def test_all_identical() -> None:
    """Where all units are equal every score is one."""
    made = compared(wide(dict.fromkeys("ABCDE", (3, 4, 5))), returns="variable")
    assert set(column(made, "technical_score").values()) == {1.0}


def test_ties_go_to_the_nearest() -> None:
    """Where two peers do the same for a unit, the one nearest in size is taken, and of equally near ones the first."""
    made = compared(wide({"A": (1, 1, 1), "B": (8, 8, 8), "C": (9, 9, 7), "D": (1, 1, 1.5)}), not_peers=["D"])
    assert peers(made)["C"] == {"B": 0.875}
    made = compared(wide({"A": (1, 2, 1), "B": (2, 1, 1), "Z": (3, 3, 1)}), inputs=["x1"], outputs=["y"])
    assert peers(made)["Z"] == {"A": 1}


def test_one_unit() -> None:
    """One unit has score one, no super-efficiency, and a warning that this says nothing (I12)."""
    made = compared({"A": {"x1": 2, "x2": 4, "y": 1}})
    assert column(made, "technical_score") == {"A": 1}
    assert column(made, "super_score") == {"A": None}
    assert made.findings.select("rule", "severity").rows() == [("I12", "warning")]


def test_no_units() -> None:
    """A file without rows, asked for as such, gives empty tables and an error that says what to do (I12)."""
    made = run("comparison", organisation(units="file"))
    assert all(table.is_empty() for table in made.tables.values())
    assert made.findings.select("rule", "severity").rows() == [("I12", "error")]


def test_missing_and_negative_and_nothing() -> None:
    """A unit with a measure missing (I10), below zero, or with nothing at all (I11) is left out by name."""
    odd = {"M": (None, 1, 1), "N": (-1, 1, 1), "O": (0, 0, 1), "P": (1, 1, 0)}
    made = compared(wide(THREE | odd))
    assert sorted(column(made, "technical_score")) == ["A", "B", "C"]
    found = made.findings.filter(made.findings["subject"].is_not_null())
    assert found.select("rule", "subject").rows() == [("I10", "M"), ("I11", "N"), ("I11", "O"), ("I11", "P")]


def test_an_input_of_nought() -> None:
    """A unit that uses none of an input is held against those who use none either."""
    made = compared(wide({"A": (0, 4, 1), "B": (4, 2, 1), "C": (0, 8, 1)}))
    assert column(made, "technical_score") == {"A": 1, "B": 1, "C": 0.5}


def test_an_output_that_nobody_makes() -> None:
    """An output of nought for all changes nothing."""
    units = {unit: {"x1": x1, "x2": x2, "y": y, "z": 0} for unit, (x1, x2, y) in THREE.items()}
    assert near(column(compared(units, outputs=["y", "z"]), "technical_score"), {"A": 1, "B": 1, "C": 0.75})


def test_sizes_far_apart() -> None:
    """Units of which one is a hundred thousand times the other are scored exactly, in whatever unit a measure is."""
    units = {unit: (x1 * 10**4, x2, y) for unit, (x1, x2, y) in FLS.items()}
    units |= {f"{unit}s": (x1, Decimal(x2) / 10**4, Decimal(y) / 10**4) for unit, (x1, x2, y) in FLS.items()}
    made = compared(wide({unit: (x1, x2, y) for unit, (x1, x2, y) in units.items()}))
    assert near({each: score for each, score in column(made, "technical_score").items() if each in FLS}, CRS)


def test_a_giant_that_may_not_be_a_peer() -> None:
    """A unit a hundred billion times its peers is scored against them, exactly."""
    giant = {"x1": 4 * 10**11, "x2": 4 * 10**11, "y": 10**11}
    made = compared(wide(THREE) | {"Z": giant}, not_peers=["Z"])
    assert column(made, "technical_score")["Z"] == 0.75
    assert peers(made)["Z"] == {"A": 5 * 10**10, "B": 5 * 10**10}


def test_unknown_measure() -> None:
    """A measure that no unit has stops, and the known ones are named (M111)."""
    with pytest.raises(CalculationError) as caught:
        compared(wide(THREE), outputs=["z"])
    assert caught.value.message is comparison_messages.UNKNOWN_MEASURE
    assert "x1, x2, y" in caught.value.what("en")


def test_without_settings() -> None:
    """Without settings nothing is compared: returns and bandwidth have no default (M110)."""
    with pytest.raises(CalculationError) as caught:
        run("comparison", small())
    assert caught.value.message is comparison_messages.NO_SETTINGS
    assert {name for name, field in Comparison.model_fields.items() if field.is_required()} == {
        "returns", "bandwidth", "inputs", "outputs",
    }  # fmt: skip


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the solver the message says what to install (C65)."""
    real = builtins.__import__

    def refuse(name: str, *rest: Any, **more: Any) -> Any:
        if name == "highspy":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ConfigurationError, match="C65"):
        compared(wide(THREE))


@pytest.mark.parametrize(
    "changed",
    [
        {"inputs": ["x1", "x1"]},
        {"outputs": ["x1"]},
        {"prices": {"x1": Decimal(1)}},
        {"quality": "mark"},
        {"quality_at_least": Decimal(7)},
        {"uninfluenceable": ["rent"]},
        {"uninfluenceable": ["c"], "cost": "c"},
        {"inputs": []},
    ],
)
def test_settings_that_contradict(changed: dict[str, Any]) -> None:
    """Settings that do not go together are refused where they stand."""
    with pytest.raises(ValueError, match="comparison"):
        organisation(**changed)
    Comparison.model_validate(SETTINGS)


def test_order_does_not_matter() -> None:
    """Rows in another order give the same tables and findings."""
    inputs = given(
        organisation(prices={"x1": Decimal(3), "x2": Decimal(1)}, returns="variable"),
        inputs=comparison.INSTRUMENT.inputs,
        own={"comparison_units": long(wide(FLS | {"12": (5, 13, 12), "13": (None, 1, 1)}))},
    )
    first = comparison.INSTRUMENT.run(inputs)
    for seed in range(3):
        own = {name: shuffled(frame, seed) for name, frame in inputs.own.items()}
        second = comparison.INSTRUMENT.run(dataclasses.replace(inputs, own=own))
        assert all(first.tables[name].equals(second.tables[name]) for name in first.tables)
        assert first.findings.equals(second.findings)


# --- own departments ------------------------------------------------------------------------------------------------


def departments(**chosen: Any) -> Organisation:
    """D1: half an hour each morning and ten worked hours; D2: an hour, and twelve worked hours."""
    org = organisation(
        inputs=["actual_hours"], outputs=["care_hours", "present_days"], cost="staff_cost", **{"units": None} | chosen
    )
    org.streams["care_agreements"] = [
        agreement("A1"),
        agreement("A2", resident_id="R2", care_function="nursing", minutes=600_000),
    ]
    org.streams["stays"] = [stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2020-01-01", resident="R2")]
    org.streams["hours"].append(
        hours("H2", "C1", "2026-01-06T07:00+01:00", "2026-01-06T19:00+01:00", 720, unit_id="D2")
    )
    return org


def test_departments_from_the_results() -> None:
    """Without a file the departments are compared, with hours, days and cost of the calculated month, by hand."""
    made = run("comparison", departments())
    # D1 gives 15.5 hours in 10 worked, D2 31 in 12: for the care of D1 half of D2 is enough, for its days all of it.
    rows = made.tables["comparison_slacks"].select("unit", "measure", "amount").rows()
    # Worked hours a week, to four decimals: 10 and 12 times 7 / 31.
    assert rows == [
        ("D1", "actual_hours", 2.2581), ("D1", "care_hours", 15.5), ("D1", "present_days", 31),
        ("D2", "actual_hours", 2.7097), ("D2", "care_hours", 31), ("D2", "present_days", 31),
    ]  # fmt: skip
    assert column(made, "technical_score") == {"D1": 1, "D2": 1}
    # 22 hours x 0.5 cost 500.00 in all, so 45.45 an hour: 10 x 0.5 x 45.45 and 12 x 0.5 x 45.45.
    assert column(made, "own_cents") == {"D1": 22_725, "D2": 27_270}
    assert column(made, "name") == {"D1": "D1", "D2": "D2"}


def test_a_file_beside_the_departments() -> None:
    """What the file says of a department comes beside the results and goes first; another unit is named (I10)."""
    rows = long({"D1": {"mark": 8, "actual_hours": 9}, "D2": {"mark": 6}, "D9": {"mark": 7}})
    org = departments(units="departments", quality="mark", quality_at_least=Decimal(7))
    made = run("comparison", org, own={"comparison_units": rows})
    assert column(made, "quality") == {"D1": 8, "D2": 6}
    assert column(made, "may_be_peer") == {"D1": True, "D2": False}
    assert made.tables["comparison_slacks"].filter(measure="actual_hours")["amount"].to_list() == [9, 2.7097]
    assert "D9" in made.findings.filter(rule="I10")["explanation"][0]


def test_locations_are_the_sum_of_their_departments() -> None:
    """A location has what its departments have together; a department without anything is left out by name (I11)."""
    org = departments(units="locations")
    org.streams["units"] = [
        stream("units", unit_id="L1", kind="location", name="Huis"),
        stream("units", unit_id="L2", kind="location", name="Leeg"),
        stream("units", unit_id="D1", parent_id="L1", kind="department", name="D1"),
        stream("units", unit_id="D2", parent_id="L1", kind="department", name="D2"),
    ]
    made = run("comparison", org)
    amounts = dict(made.tables["comparison_slacks"].select("measure", "amount").iter_rows())
    assert amounts == {"actual_hours": 4.9678, "care_hours": 46.5, "present_days": 62}
    assert column(made, "own_cents") == {"L1": 49_995}
    assert made.findings.filter(rule="I11")["subject"].to_list() == ["L2"]
