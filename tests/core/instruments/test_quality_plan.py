"""The quality plan: its split, what extra personnel is measured, what is reported and what is left."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ipvb_bridge.core import instruments
from ipvb_bridge.core.instruments.contract import Given, Made
from ipvb_bridge.core.instruments.quality_plan_tables import INPUTS, PLAN, REALISED
from tests.core.engines import frames
from tests.core.frames import shuffled
from tests.core.instruments.test_staffing_indicators import shift
from tests.core.oracle import Organisation
from tests.core.price import mapped
from tests.core.small import METHOD, contract, small, stream, wage
from tests.core.strategies import row

PAGE = Path(__file__).parents[3] / "docs" / "instrumenten" / "quality_plan.md"
ALWAYS = {"baseline": "2025-12"}


def measure(measure_id: str, kind: str, euros: float, fte: float | None = None, **values: Any) -> dict[str, Any]:
    """A measure of the whole of 2026."""
    given: dict[str, Any] = {"action": measure_id, "start_date": "2026-01-01", "end_date": "2026-12-31"}
    given |= values
    for name in ("start_date", "end_date"):
        given[name] = dt.date.fromisoformat(given[name])
    tenths = None if fte is None else round(fte * 10_000)
    return row(PLAN, measure_id=measure_id, kind=kind, planned=round(euros * 100), planned_fte=tenths, **given)


def report(measure_id: str, month: str, euros: float, fte: float | None = None) -> dict[str, Any]:
    tenths = None if fte is None else round(fte * 10_000)
    return row(REALISED, measure_id=measure_id, month=month, spent=round(euros * 100), fte=tenths)


def organisation(period: str = "2026-01", **chosen: Any) -> Organisation:
    """One full-time job of level 3 on D1 in December, one and a half in January, at 30.00 an hour worked."""
    return small(
        period,
        METHOD | {"instruments": {"quality_plan": chosen}},
        contracts=[contract("C1", "3", unit_id="D1")],
        hours=[shift("H0", "C1", "2025-12-08", 141), shift("H1", "C1", "2026-01-05", 211.5)],
        wages=[wage("W1", "C1", 634_500, "2026-01"), wage("W2", "C1", 999, "2026-01", "other")],
    )


def only(org: Organisation, plan: list[dict[str, Any]], realised: list[dict[str, Any]] | None = None) -> Given:
    """What the plan reads; it needs no result of the calculation."""
    own = frames({table.name: table for table in INPUTS}, {"quality_plan": plan, "quality_realised": realised or []})
    return Given(org.period, mapped(org), {}, org.settings, {}, own=own)


def make(org: Organisation, plan: list[dict[str, Any]], realised: list[dict[str, Any]] | None = None) -> Made:
    return instruments.load("quality_plan").run(only(org, plan, realised))


def split(made: Made, moment: str) -> dict[str, Any]:
    return made.tables["quality_split"].filter(pl.col("moment") == moment).row(0, named=True)


def rules(made: Made) -> list[str]:
    return made.findings["rule"].to_list()


EXAMPLE = [
    measure("M1", "personnel", 24_000, 0.4, unit_id="D1", level="3"),
    measure("M2", "other", 6_000, motivation="Tilliften sparen ruggen"),
]


def test_the_national_plans_of_2019(shared_data: Path) -> None:
    """496 and 87 million: 85.08 % to personnel, and 50,576 euros for each of 9,807 extra jobs, as published."""
    rows = csv.DictReader((shared_data / "norms" / "kwaliteitsbudget.csv").open(encoding="utf-8"))
    known = {(each["jaar"], each["post"]): each["waarde"] for each in rows}
    people, things = (Decimal(known["2019", f"waarvan {kind}"]) * 10**6 for kind in ("personeel", "overig"))
    plan = [
        measure("P", "personnel", float(people), float(known["2019", "extra fte"])),
        measure("O", "other", float(things)),
    ]
    found = split(make(organisation(), plan), "plan")
    assert found["total_cents"] == int(known["2019", "goedgekeurde plannen totaal"]) * 10**8
    assert round(found["personnel_share"] * 100, 2) == float(known["2019", "personeelsaandeel (afgeleid 496/583)"])
    assert round(found["fte_cents"] / 100) == int(known["2019", "EUR per extra fte (afgeleid 496 mln/9807)"])
    assert found["met"] is True


def test_the_worked_example() -> None:
    """The figures of docs/instrumenten/quality_plan.md, as the page writes them."""
    made = make(organisation(**ALWAYS), EXAMPLE, [report("M2", "2026-01", 300)])
    written = {}
    for line in PAGE.read_text("utf-8").split("| verdeling |")[1].splitlines()[2:]:
        if not line.startswith("|"):
            break
        name, *figures = (part.strip() for part in line.strip("|").split("|"))
        written[name] = [int(each.replace(".", "").replace(",", "")) for each in figures[:3]] + [figures[3]]
    assert list(written) == ["het hele plan", "plan tot nu toe", "besteed"]
    for moment, figures in zip(("plan", "to_date", "realised"), written.values(), strict=True):
        found = split(made, moment)
        assert [found[f"{name}_cents"] for name in ("personnel", "other", "total")] == figures[:3], moment
        assert f"{found['personnel_share'] * 100:.2f}%".replace(".", ",") == figures[3], moment
    assert [split(made, moment)["met"] for moment in ("plan", "to_date", "realised")] == [False, False, True]
    assert split(made, "realised")["source"] == "mixed"
    assert split(made, "realised")["unspent_cents"] == 3_000_000 - 241_500
    staff = made.tables["quality_staff"].row(0, named=True)
    names = ("planned_fte", "baseline_fte", "current_fte", "realised_fte", "gap_fte")
    assert [staff[name] for name in names] == [0.4, 1.0, 1.5, 0.5, 0.1]
    assert (staff["hour_cents"], staff["realised_cents"]) == (3_000, 211_500)
    assert rules(made) == ["I89"]
    assert made.findings["severity"].item() == "info"


def test_a_deviation_without_motivation_is_a_warning() -> None:
    """Below the share every other measure needs a motivation (I89); blanks are none; at the share none is needed."""
    for text in (None, "  "):
        made = make(organisation(), [EXAMPLE[0], EXAMPLE[1] | {"motivation": text}])
        found = made.findings.filter(pl.col("rule") == "I89").row(0, named=True)
        assert (found["severity"], split(made, "plan")["motivated"]) == ("warning", False)
        assert "80,00%" in found["explanation"]
    at = make(organisation(), [measure("P", "personnel", 85, 1), measure("O", "other", 15)])
    assert "I89" not in rules(at)
    below = make(organisation(), [measure("P", "personnel", 84.99, 1), measure("O", "other", 15.01)])
    assert "I89" in rules(below)


def test_the_share_and_the_grant_are_settings() -> None:
    """``personnel_share`` is the norm; ``granted`` what unspent money is counted from."""
    org = organisation(personnel_share=Decimal("0.8"), granted=Decimal("40000.50"))
    made = make(org, EXAMPLE, [report("M1", "2026-01", 1_000, 0.3), report("M2", "2026-01", 250)])
    assert split(made, "plan")["met"] is True
    done = split(made, "realised")
    assert (done["source"], done["personnel_share"], done["unspent_cents"]) == ("reported", 0.8, 4_000_050 - 125_000)
    assert rules(made) == []


def test_what_is_reported_wins_and_stops_at_the_period() -> None:
    """Months after the period do not count; fte is the mean of the months; a report of no measure is told (I91)."""
    realised = [
        report("M1", "2025-12", 100, 0.2), report("M1", "2026-01", 200, 0.5), report("M1", "2026-02", 400, 9),
        report("M2", "2026-01", 10), report("X", "2026-01", 77),
    ]  # fmt: skip
    made = make(organisation(**ALWAYS), EXAMPLE, realised)
    rows = {each["measure_id"]: each for each in made.tables["quality_measures"].to_dicts()}
    assert (rows["M1"]["reported_fte"], rows["M1"]["reported_cents"]) == (0.35, 30_000)
    assert (rows["M2"]["reported_fte"], rows["M2"]["reported_cents"]) == (None, 1_000)
    assert split(made, "realised")["total_cents"] == 31_000
    lost = made.findings.filter(pl.col("rule") == "I91").row(0, named=True)
    assert (lost["subject"], lost["amount_cents"]) == ("X", 7_700)


@pytest.mark.parametrize(
    ("chosen", "changed", "says"),
    [
        ({}, {}, "geen nulperiode"),
        ({"baseline": "2026-01"}, {}, "eindigt niet voor"),
        ({"baseline": "2025-11"}, {}, "geen gewerkte uren in 2025-11"),
        (ALWAYS, {"wages": []}, "geen loonkosten"),
        (ALWAYS, {"contracts": [contract("C1", "3", unit_id="D1"), contract("C2", "2")]}, ""),
    ],
)
def test_what_cannot_be_measured_is_said(chosen: Any, changed: Any, says: str) -> None:
    """Without baseline, hours or wages there is no realised figure and the cause is told (I92); never nought."""
    org = organisation(**chosen)
    org.streams.update(changed)
    made = make(org, EXAMPLE[:1])
    told = " ".join(made.findings.filter(pl.col("rule") == "I92")["explanation"])
    if says:
        assert says in told
        assert split(made, "realised")["total_cents"] is None
        assert made.tables["quality_staff"]["realised_cents"].item() is None
    else:
        assert told == ""
        assert split(made, "realised")["personnel_cents"] == 211_500


def test_hours_of_a_level_without_wages_have_no_price() -> None:
    """A level in the plan at which nobody is paid: no money, and it is said (I92)."""
    made = make(organisation(**ALWAYS), [measure("M", "personnel", 1_000, 1, level="6")])
    staff = made.tables["quality_staff"].row(0, named=True)
    assert (staff["realised_fte"], staff["realised_cents"]) == (0.0, None)
    assert "geen loon per gewerkt uur" in made.findings.filter(pl.col("rule") == "I92")["explanation"].item()


def test_other_spending_cannot_be_measured() -> None:
    """Without a report of other spending the split of what was spent is not known (I92)."""
    made = make(organisation(**ALWAYS), EXAMPLE)
    assert (split(made, "realised")["personnel_cents"], split(made, "realised")["other_cents"]) == (211_500, None)
    assert split(made, "realised")["met"] is None
    assert "andere bestedingen" in made.findings.filter(pl.col("rule") == "I92")["explanation"].item()


def test_groups_that_overlap_have_no_total() -> None:
    """A department beside the whole organisation would count hours twice: each is shown, their sum is not."""
    plan = [*EXAMPLE[:1], measure("M3", "personnel", 10, 0.1, level="3")]
    made = make(organisation(**ALWAYS), plan)
    assert made.tables["quality_staff"]["realised_cents"].to_list() == [211_500, 211_500]
    assert split(made, "realised")["total_cents"] is None
    assert "overlappen" in made.findings.filter(pl.col("rule") == "I92")["explanation"].item()
    apart = make(organisation(**ALWAYS), [*EXAMPLE[:1], measure("M3", "personnel", 10, 0.1, unit_id="D2", level="3")])
    assert split(apart, "realised")["personnel_cents"] == 211_500


def test_a_location_holds_its_departments_and_hired_hours() -> None:
    """Hours of a department count for its location; hired hours are jobs, and cost what own hours cost."""
    org = organisation(**ALWAYS)
    org.streams["units"].append(stream("units", unit_id="L", parent_id="ORG", kind="location", name="L"))
    org.streams["units"][1]["parent_id"] = "L"
    org.streams["contracts"].append(contract("P", "3", unit_id="D1", employment="hired"))
    org.streams["contracts"].append(contract("S", "3", unit_id="D1", employment="intern"))
    org.streams["hours"] += [shift("H2", "P", "2026-01-06", 141), shift("H3", "S", "2026-01-06", 141)]
    staff = make(org, [measure("M", "personnel", 10, 1, unit_id="L")]).tables["quality_staff"].row(0, named=True)
    assert (staff["realised_fte"], staff["realised_cents"]) == (1.5, 634_500)  # 211.5 h at 30.00


def test_rows_that_cannot_be_right_are_named() -> None:
    """An unknown unit, personnel without fte and fte beside other spending (I91)."""
    plan = [
        measure("A", "personnel", 10, 1, unit_id="NERGENS"),
        measure("B", "personnel", 10),
        measure("C", "other", 1, 2, motivation="x"),
    ]
    made = make(organisation(), plan)
    assert made.findings.filter(pl.col("rule") == "I91")["subject"].to_list() == ["A", "B", "C"]
    assert split(made, "plan")["planned_fte"] == 1.0


def test_at_the_end_the_unspent_part_is_told() -> None:
    """When the plan is over, what is left is a finding with its amount (I90); so is what was spent above it."""
    plan = [measure("P", "personnel", 100, 1, end_date="2026-01-20")]
    left = make(organisation(), plan, [report("P", "2026-01", 60)])
    found = left.findings.filter(pl.col("rule") == "I90").row(0, named=True)
    assert found["amount_cents"] == 4_000
    over = make(organisation(), plan, [report("P", "2026-01", 160)])
    assert "meer besteed" in over.findings.filter(pl.col("rule") == "I90")["explanation"].item()
    assert "I90" not in rules(make(organisation(), plan, [report("P", "2026-01", 100)]))
    assert "I90" not in rules(make(organisation("2025-12"), plan))


def test_without_a_plan_and_before_it_begins() -> None:
    """No plan: empty tables and a hint (I91). A plan that has not begun: nothing up to now, nothing measured."""
    made = make(organisation(), [])
    assert all(table.is_empty() for table in made.tables.values())
    assert rules(made) == ["I91"]
    early = make(organisation(**ALWAYS), [measure("P", "personnel", 100, 1, start_date="2026-06-01")])
    assert split(early, "to_date")["total_cents"] == 0
    assert split(early, "to_date")["met"] is None
    assert "nog niet begonnen" in early.findings.filter(pl.col("rule") == "I92")["explanation"].item()


MEASURES = st.lists(
    st.tuples(
        st.sampled_from(["personnel", "other"]),
        st.integers(0, 10**8),
        st.sampled_from([None, 0.5, 2.25]),
        st.sampled_from([None, "D1", "D2"]),
        st.sampled_from([None, "2", "3"]),
        st.dates(dt.date(2025, 10, 1), dt.date(2026, 1, 31)),
        st.integers(0, 500),
        st.none() | st.integers(0, 10**6),
    ),
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@for_all(drawn=MEASURES, seed=st.integers(0, 9))
def test_sums_add_up(drawn: Any, seed: int) -> None:
    """The split is the sum of the measures, to the cent; met exactly when it is; order of rows does not matter."""
    plan, realised = [], []
    for at, (kind, cents, fte, unit, level, first, days, spent) in enumerate(drawn):
        last = first + dt.timedelta(days)
        plan.append(
            measure(f"M{at}", kind, 0, fte, unit_id=unit, level=level, start_date=first.isoformat(),
                    end_date=last.isoformat()) | {"planned": cents}
        )  # fmt: skip
        if spent is not None:
            realised.append(report(f"M{at}", "2026-01", 0) | {"spent": spent})
    base = only(organisation(baseline="2025-09"), plan, realised)
    instrument = instruments.load("quality_plan")
    made = instrument.run(base)
    if not plan:
        return
    whole, part = split(made, "plan"), split(made, "to_date")
    measures = made.tables["quality_measures"]
    for found, column in ((whole, "planned_cents"), (part, "to_date_cents")):
        assert found["personnel_cents"] + found["other_cents"] == found["total_cents"] == measures[column].sum()
        if found["total_cents"]:
            assert found["met"] == (Fraction(found["personnel_cents"], found["total_cents"]) >= Fraction(85, 100))
    assert part["total_cents"] <= whole["total_cents"]
    staff = made.tables["quality_staff"]
    assert staff["planned_cents"].sum() == part["personnel_cents"]
    mixed = dataclasses.replace(base, own={name: shuffled(frame, seed) for name, frame in base.own.items()})
    for name, table in instrument.run(mixed).tables.items():
        assert table.equals(made.tables[name]), name
