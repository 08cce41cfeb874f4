"""Each rule of the method on a small case computed by hand, asked of the product and of the slow exact calculation."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ipvb_bridge.core.records import NORMS
from tests.core.engines import Tables, by_oracle, by_product
from tests.core.oracle import Organisation
from tests.core.small import (
    absence,
    agreement,
    contract,
    driver,
    hours,
    indication,
    posting,
    small,
    stay,
    stream,
    tariff,
    wage,
)
from tests.core.strategies import row

Engine = Callable[[Organisation], Tables]


@pytest.fixture(params=[by_product, by_oracle], ids=["product", "exact"])
def engine(request: pytest.FixtureRequest) -> Engine:
    return request.param  # type: ignore[no-any-return]  # pytest's parameter has no type


def the_budget(tables: Tables) -> dict[str, Any]:
    (budget,) = tables.resident_budgets
    return budget


def test_group_care(engine: Engine) -> None:
    """One carer, an hour, four residents: a quarter of an hour each; two carers, six residents: 2/6 hour."""
    tables = engine(
        small(
            "2026-01-05..2026-01-05",
            care_agreements=[
                agreement("G1", minutes=600_000, group_size=4),
                agreement("G2", minutes=600_000, staff_count=2, group_size=6),
            ],
        )
    )
    assert [line["milliminutes"] for line in tables.lines] == [15_000, 20_000]


def test_halves_go_to_even(engine: Engine) -> None:
    """Half a milliminute and half a cent round to the even neighbour, each once."""
    tables = engine(
        small(
            "2026-01-05..2026-01-05",
            care_agreements=[agreement(f"G{minutes:02}", minutes=minutes) for minutes in (5, 15, 30, 90)],
        )
    )
    # 0.0005 and 0.0015 minutes; 3 and 9 milliminutes at 100 euros an hour are half a cent and one and a half
    assert [(line["milliminutes"], line["cost_cents"]) for line in tables.lines] == [(0, 0), (2, 0), (3, 0), (9, 2)]


def test_overlapping_stays(engine: Engine) -> None:
    """On a day in two stays the one that started last counts: 21 days in D1 and 10 in D2."""
    tables = engine(
        small(
            stays=[stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2026-01-10", "2026-01-19")],
            care_agreements=[agreement("G1")],
        )
    )
    assert [(line["unit_id"], line["milliminutes"], line["cost_cents"]) for line in tables.lines] == [
        ("D1", 630_000, 105_000),
        ("D2", 300_000, 50_000),
    ]
    assert [(row["unit_id"], row["held_days"], row["available_cents"]) for row in tables.resident_budgets] == [
        ("D1", 21, 420_000),
        ("D2", 10, 200_000),
    ]


def test_stays_that_start_together(engine: Engine) -> None:
    """Of stays that start on one day the greatest id counts, compared as text: S9 before S10."""
    tables = engine(small(stays=[stay("S10", "D1", "2026-01-01"), stay("S9", "D2", "2026-01-01")]))
    assert [(row["unit_id"], row["held_days"]) for row in tables.resident_budgets] == [("D2", 31)]


def test_a_shorter_later_stay_gives_way(engine: Engine) -> None:
    """When the stay that started last ends first, the earlier one counts again, and its days are one line."""
    tables = engine(
        small(
            stays=[stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2026-01-10", "2026-01-10")],
            care_agreements=[agreement("G1", per="week", times=70_000)],
        )
    )
    assert [(line["unit_id"], line["milliminutes"]) for line in tables.lines] == [("D1", 900_000), ("D2", 30_000)]


def test_vacation_over_the_year_end(engine: Engine) -> None:
    """A row counts from its real start: of 25 December to 12 January the fourteenth day is 7 January."""
    tables = engine(
        small(
            absences=[
                absence("A1", "vacation", "2025-12-25", "2026-01-10"),
                absence("A2", "detention", "2026-01-11", "2026-01-12"),
            ]
        )
    )
    budget = the_budget(tables)
    assert (budget["held_days"], budget["present_days"], budget["paid_days"]) == (31, 19, 26)
    assert budget["available_cents"] == 520_000


def test_forty_two_days_a_year(engine: Engine) -> None:
    """After 40 paid days of vacation earlier in the year, two more are paid and four are not."""
    tables = engine(
        small(
            "2026-04",
            absences=[
                absence("A1", "vacation", "2025-12-20", "2025-12-30"),
                absence("A2", "vacation", "2026-01-01", "2026-01-14"),
                absence("A3", "detention", "2026-01-20", "2026-02-02"),
                absence("A4", "vacation", "2026-02-10", "2026-02-21"),
                absence("A5", "vacation", "2026-04-10", "2026-04-15"),
            ],
        )
    )
    assert the_budget(tables)["paid_days"] == 26


def test_days_beyond_fourteen_use_up_nothing(engine: Engine) -> None:
    """Of three vacations of 20 days, 14 each are paid and count; the next vacation of the year is unpaid."""
    tables = engine(
        small(
            "2026-04",
            absences=[
                absence("A1", "vacation", "2026-01-01", "2026-01-20"),
                absence("A2", "vacation", "2026-02-01", "2026-02-20"),
                absence("A3", "vacation", "2026-03-01", "2026-03-20"),
                absence("A4", "vacation", "2026-04-01", "2026-04-05"),
            ],
        )
    )
    assert the_budget(tables)["paid_days"] == 25


def test_only_paid_days_use_up_the_year(engine: Engine) -> None:
    """42 *paid* days: vacation before the indication began was not paid and uses up nothing."""
    vacations = [
        absence("A1", "vacation", "2026-01-01", "2026-01-14"),
        absence("A2", "vacation", "2026-01-20", "2026-02-02"),
        absence("A3", "vacation", "2026-02-10", "2026-02-23"),
        absence("A4", "vacation", "2026-04-10", "2026-04-15"),
    ]
    late = engine(small("2026-04", absences=vacations, indications=[indication("I1", "2026-02-01")]))
    early = engine(small("2026-04", absences=vacations))
    assert the_budget(late)["paid_days"] == 30
    assert the_budget(early)["paid_days"] == 24


def test_hospital_and_other_institution_are_one_row(engine: Engine) -> None:
    """91 days in a row from 20 October end on 18 January, over two touching absences."""
    tables = engine(
        small(
            absences=[
                absence("A1", "hospital", "2025-10-20", "2025-12-15"),
                absence("A2", "other_institution", "2025-12-16"),
            ]
        )
    )
    assert the_budget(tables)["paid_days"] == 18


def test_absence_of_both_kinds(engine: Engine) -> None:
    """A day in hospital and on vacation is unpaid when either rule says so: the fifteenth day of vacation."""
    tables = engine(
        small(
            absences=[
                absence("A1", "vacation", "2026-01-01", "2026-01-20"),
                absence("A2", "hospital", "2026-01-10", "2026-01-25"),
                absence("A3", "weekend", "2026-01-15", "2026-01-31"),
            ]
        )
    )
    budget = the_budget(tables)
    assert (budget["present_days"], budget["paid_days"]) == (0, 25)


def test_a_day_of_two_kinds_unpaid_by_one_uses_up_nothing(engine: Engine) -> None:
    """Vacation within a stay in hospital beyond 91 days is not paid, so the year's 42 stay whole."""
    tables = engine(
        small(
            "2026-03",
            absences=[
                absence("A1", "hospital", "2025-09-01", "2026-01-31"),
                absence("A2", "vacation", "2026-01-01", "2026-01-10"),
                absence("A3", "vacation", "2026-02-01", "2026-02-14"),
                absence("A4", "vacation", "2026-02-16", "2026-02-28"),
                absence("A5", "vacation", "2026-03-02", "2026-03-15"),
            ],
        )
    )
    # 14 + 13 paid in February, so 14 more in March, 41 together
    assert the_budget(tables)["paid_days"] == 31


def test_assigned_before_indicated(engine: Engine) -> None:
    """An assigned indication counts on its days, though an indicated one started later."""
    tables = engine(
        small(
            indications=[
                indication("I1", "2026-01-01", "2026-01-10", zzp="5VV"),
                indication("I2", "2026-01-05", basis="indicated"),
            ],
            tariffs=[tariff("2020-01-01"), tariff("2020-01-01", cents=30_000, zzp="5VV")],
        )
    )
    assert the_budget(tables)["available_cents"] == 10 * 30_000 + 21 * 20_000


def test_no_indication(engine: Engine) -> None:
    """A stay without an indication is charged and not paid."""
    tables = engine(
        small(
            indications=[indication("I1", "2026-01-11")],
            ledger_lines=[posting("L1", "41", "K1", 50_000), posting("L2", "43", "K2", 31_000)],
        )
    )
    budget = the_budget(tables)
    assert (budget["stay_cents"], budget["paid_days"], budget["available_cents"]) == (31_000, 21, 420_000)


def test_pgb(engine: Engine) -> None:
    """A pgb day is charged and not paid."""
    tables = engine(
        small(
            indications=[indication("I1", "2020-01-01", delivery_form="pgb")],
            ledger_lines=[posting("L1", "41", "K1", 50_000), posting("L2", "43", "K2", 31_000)],
            tariffs=[tariff("2020-01-01", delivery_form="pgb")],
        )
    )
    budget = the_budget(tables)
    assert (budget["stay_cents"], budget["paid_days"], budget["available_cents"]) == (31_000, 0, 0)


def test_a_day_without_tariff(engine: Engine) -> None:
    """Days without a tariff row stay unpaid; days on one row are rounded together."""
    tables = engine(
        small(
            tariffs=[tariff("2026-01-02", "2026-01-05", cents=10_001), tariff("2026-01-10", cents=20_000)],
            method={"budget": {"contract_percentage": Decimal("0.5")}},
        )
    )
    budget = the_budget(tables)
    # 4 x 100.01 x 0.5 = 200.02 at once; four single days would give 4 x 50.00
    assert (budget["paid_days"], budget["available_cents"]) == (26, 20_002 + 220_000)


def test_left_out_and_opted_out(engine: Engine) -> None:
    """VPT days get no housing, in the price's days as in the charge; freed counts only charged days."""
    tables = engine(
        small(
            indications=[
                indication("I1", "2020-01-01", "2026-01-10", delivery_form="vpt"),
                indication("I2", "2026-01-11"),
            ],
            absences=[absence("A1", "hospital", "2026-01-30", "2026-01-31")],
            opt_outs=[
                stream("opt_outs", opt_out_id="O1", resident_id="R1", component="housing", start_date="2026-01-06",
                       end_date="2026-01-15"),
                stream("opt_outs", opt_out_id="O2", resident_id="R1", component="housing", start_date="2026-01-12",
                       end_date="2026-01-16"),
                stream("opt_outs", opt_out_id="O3", resident_id="R1", component="meals", start_date="2026-01-28"),
            ],
            ledger_lines=[posting("L1", "41", "K1", 50_000), posting("L2", "43", "K2", 42_000),
                          posting("L3", "43", "K3", 29_000)],
            method={"cost_price": {
                "pools": {"care": "final", "housing": "final", "meals": "final"},
                "components": {"housing": "held", "meals": "present"},
                "without": {"vpt": ["housing"]},
            }},
        )
    )  # fmt: skip
    # housing 420.00 over 21 days is 20.00, meals 290.00 over 29 days is 10.00
    assert tables.prices["component", "housing", None] == 2_000
    assert tables.prices["component", "meals", None] == 1_000
    budget = the_budget(tables)
    # housing freed 11 to 16 January, meals freed 28 and 29
    assert (budget["stay_cents"], budget["freed_cents"]) == (71_000, 6 * 2_000 + 2 * 1_000)


def test_a_night_of_seven_hours(engine: Engine) -> None:
    """Over the clock change in March, 22:00 to 08:00 is nine hours: one evening, seven night, one morning."""
    tables = engine(
        small(
            "2026-03",
            hours=[hours("H1", "C1", "2026-03-28T22:00+01:00", "2026-03-29T08:00+02:00", 450)],
            wages=[wage("W1", "C1", 30_000, "2026-03")],
        )
    )
    week = 7 / 60 / 31
    actual = {day_part: values[3] for (_, day_part, _), values in tables.formation.items()}
    assert actual == pytest.approx({"evening": 50 * week, "night": 350 * week, "morning": 50 * week}, abs=1e-6)


def test_a_night_of_nine_hours(engine: Engine) -> None:
    """Over the clock change in October, 22:00 to 08:00 is eleven hours, nine of them night."""
    tables = engine(
        small(
            "2025-10",
            hours=[hours("H1", "C1", "2025-10-25T22:00+02:00", "2025-10-26T08:00+01:00", 550)],
            wages=[wage("W1", "C1", 30_000, "2025-10")],
        )
    )
    week = 7 / 60 / 31
    actual = {day_part: values[3] for (_, day_part, _), values in tables.formation.items()}
    assert actual == pytest.approx({"evening": 50 * week, "night": 450 * week, "morning": 50 * week}, abs=1e-6)


def test_a_shift_belongs_to_the_day_it_starts(engine: Engine) -> None:
    """A shift that starts in the last hour of the month counts whole; one that starts before the month does not."""
    tables = engine(
        small(
            hours=[
                hours("H1", "C1", "2026-01-31T23:00+01:00", "2026-02-01T07:00+01:00", 480),
                hours("H2", "C1", "2025-12-31T23:00+01:00", "2026-01-01T07:00+01:00", 480),
                hours("H3", "C1", "2026-02-01T00:00+01:00", "2026-02-01T07:00+01:00", 480),
            ]
        )
    )
    assert tables.prices["level", "3", None] == 12_500  # 500.00 over 4 client hours
    assert tables.formation["D1", "night", "3"][3] == pytest.approx(8 * 7 / 31, abs=1e-6)


def test_hired_without_hours_goes_by_all_hours(engine: Engine) -> None:
    """Hired cost where no hired contract worked is divided by all worked hours."""
    tables = engine(
        small(
            contracts=[contract("C1", "3"), contract("C2", "2")],
            hours=[
                hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T12:00+01:00", 300),
                hours("H2", "C2", "2026-01-06T07:00+01:00", "2026-01-06T12:00+01:00", 300),
            ],
            wages=[wage("W1", "C1", 30_000, "2026-01"), wage("W2", "C2", 10_000, "2026-01")],
            ledger_lines=[posting("L1", "41", "K1", 40_000), posting("L2", "42", "K1", 10_001)],
        )
    )
    # wages 300.00 and 100.00; hired 50.00 and 50.01: the odd cent to level 2 (equal remainders, first key)
    assert tables.prices["level", "2", None] == 6_000
    assert tables.prices["level", "3", None] == 14_000


def test_hired_by_hired_hours(engine: Engine) -> None:
    """Hired cost goes by the hours of hired contracts, wages by payroll cost, the rest by all hours."""
    tables = engine(
        small(
            contracts=[contract("C1", "3"), contract("C2", "2", employment="hired"), contract("C3", "2")],
            hours=[
                hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T12:00+01:00", 300),
                hours("H2", "C2", "2026-01-06T07:00+01:00", "2026-01-06T12:00+01:00", 100),
            ],
            wages=[
                wage("W1", "C1", 30_000, "2026-01"),
                wage("W2", "C2", 90_000, "2026-01"),
                wage("W3", "C3", 10_000, "2026-01"),
                wage("W4", "C1", 70_000, "2026-01", "other"),
                wage("W5", "C1", 70_000, "2025-12"),
            ],
            ledger_lines=[
                posting("L1", "41", "K1", 40_000),
                posting("L2", "42", "K1", 7_000),
                posting("L3", "43", "K1", 5_000),
                posting("L4", "43", "K1", -1_000),
            ],
        )
    )
    # level 3: 300.00 + 30.00 over 2.5 hours; level 2: 100.00 + 70.00 + 10.00 over 5/6 hour
    assert tables.prices["level", "3", None] == 13_200
    assert tables.prices["level", "2", None] == 21_600


def test_irregularity_by_day_part(engine: Engine) -> None:
    """With irregularity pricing the irregular part of the cost falls where the allowance is earned."""
    tables = engine(
        small(
            hours=[
                hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T12:00+01:00", 300),
                hours("H2", "C1", "2026-01-04T17:00+01:00", "2026-01-04T22:00+01:00", 300),
            ],
            wages=[wage("W1", "C1", 20_000, "2026-01"), wage("W2", "C1", 10_000, "2026-01", "irregularity")],
            ort=[{**row(NORMS["ort"], day_kind="sunday_holiday", to="24:00", percentage=600_000), "from": "00:00"}],
            care_agreements=[agreement("G1"), agreement("G2", day_part="evening")],
            method={"cost_price": {
                "pools": {"care": "final", "housing": "final", "meals": "final"},
                "components": {"housing": "held", "meals": "present"},
                "day_part_pricing": "irregularity",
            }},
        )
    )  # fmt: skip
    # 500.00 x 1/3 is irregularity: 333.33 over 5 hours is 66.67; in the evening 166.67 over 2.5 hours beside it
    assert tables.prices["level", "3", "morning"] == 6_667
    assert tables.prices["level", "3", "evening"] == 13_333
    assert [line["cost_cents"] for line in tables.lines] == [103_338, 206_662]  # 15.5 hours each


def test_the_bridge_closes(engine: Engine) -> None:
    """Ledger cost = care + private + outside + stay + unabsorbed + price difference, part by part."""
    tables = engine(
        small(
            care_agreements=[
                agreement("G1", minutes=20_000),
                agreement("G2", minutes=10_000, payer="resident"),
                agreement("G3", minutes=10_000, payer="none"),
                agreement("G4", minutes=100_000, performer="network", payer="none"),
                agreement("G5", minutes=100_000, performer="external", payer="resident"),
            ],
            ledger_lines=[posting("L1", "41", "K1", 50_000), posting("L2", "43", "K2", 10_000)],
        )
    )
    # 62 minutes at 100.00 an hour; housing 100.00 over 31 days is 3.23, times 31 is 100.13
    assert tables.bridge == {
        ("ledger_cost", None): 60_000,
        ("care", None): 10_333,
        ("private", None): 5_167,
        ("outside", None): 5_167,
        ("stay", None): 10_013,
        ("unabsorbed", "3"): 50_000 - 20_667,
        ("price_difference", None): -13,
    }
    budget = the_budget(tables)
    assert budget["required_cents"] == 10_333 + 10_013
    assert budget["network_milliminutes"] == 310_000


def test_the_window_is_the_twelve_months_that_end_with_the_period(engine: Engine) -> None:
    """Without a window of its own, cost, hours and days are those of twelve months; one month more is left out."""
    tables = engine(
        small(
            hours=[
                hours("H1", "C1", "2025-02-01T07:00+01:00", "2025-02-01T17:00+01:00", 600),
                hours("H2", "C1", "2025-01-31T07:00+01:00", "2025-01-31T17:00+01:00", 600),
            ],
            wages=[wage("W1", "C1", 30_000, "2025-02")],
            ledger_lines=[
                posting("L1", "41", "K1", 50_000, "2025-02"),
                posting("L2", "41", "K1", 10_000, "2026-01"),
                posting("L3", "41", "K1", 90_000, "2025-01"),
                posting("L4", "43", "K2", 36_500, "2025-07"),
            ],
            method={"cost_price": {
                "window": None,
                "pools": {"care": "final", "housing": "final", "meals": "final"},
                "components": {"housing": "held", "meals": "present"},
            }},
        )
    )  # fmt: skip
    assert tables.prices["level", "3", None] == 12_000
    assert tables.prices["component", "housing", None] == 100
    assert tables.bridge == {("ledger_cost", None): 10_000, ("stay", None): 3_100, ("price_difference", None): 6_900}


ALLOCATED = {
    # management 60.00 and facility 30.00; management: facility 1, care 2, housing 1; facility: management 1, housing 2
    # reciprocal: M = 60 + F/3, F = 30 + M/4: M = 840/11, F = 540/11; care 420/11, housing 210/11 + 360/11
    "reciprocal": (50_000 + 3_818, 5_182),
    # step-down, management first: 15 to facility, 30 care, 15 housing; facility 45 to housing
    "step_down": (50_000 + 3_000, 6_000),
    # direct: management 40 care, 20 housing; facility 30 housing
    "direct": (50_000 + 4_000, 5_000),
}


@pytest.mark.parametrize("method", ALLOCATED)
def test_allocation(engine: Engine, method: str) -> None:
    """Each method of allocation gives its own division, to the cent; a pool passes nothing on to itself."""
    tables = engine(
        small(
            ledger_lines=[
                posting("L1", "41", "K1", 50_000),
                posting("L2", "43", "K4", 6_000),
                posting("L3", "43", "K5", 3_000),
            ],
            drivers=[
                driver("management", "facility", 1),
                driver("management", "care", 2),
                driver("management", "housing", 1),
                driver("management", "management", 50),
                driver("facility", "management", 1),
                driver("facility", "housing", 2),
            ],
            hours=[hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T09:00+01:00", 120)],  # 1 client hour
            stays=[stay("S1", "D1", "2026-01-31")],  # 1 day
            method={"cost_price": {
                "allocation": method,
                "step_order": ["management", "facility"],
                "pools": {"care": "final", "housing": "final", "meals": "final", "management": "support",
                          "facility": "support"},
                "components": {"housing": "held", "meals": "present"},
            }},
        )
    )  # fmt: skip
    assert (tables.prices["level", "3", None], tables.prices["component", "housing", None]) == ALLOCATED[method]


def test_minimum_cover(engine: Engine) -> None:
    """Cover raises the required hours where it is more than the demand, and stands alone where there is none."""
    tables = engine(
        small(
            "2026-01-05..2026-01-11",
            care_agreements=[agreement("G1", minutes=600_000), agreement("G2", minutes=1_200_000, day_part="evening")],
            minimum_cover=[
                row(NORMS["minimum_cover"], unit_id="D1", day_part="morning", level="3", persons=10_000),
                row(NORMS["minimum_cover"], unit_id="D1", day_part="evening", level="3", persons=1_000),
                row(NORMS["minimum_cover"], unit_id="D2", day_part="night", level="2", persons=5_000),
            ],
        )
    )  # fmt: skip
    required = {key: (values[0], values[1], values[2]) for key, values in tables.formation.items() if values[1]}
    factor = 1800 / 36 / 1500
    # direct 7 hours over a share of a half is 14, cover 1 x 5 x 7; direct 14 is 28, cover 0.1 x 6 x 7
    assert required == {
        ("D1", "morning", "3"): pytest.approx((7, 35, 35 * factor), abs=1e-6),
        ("D1", "evening", "3"): pytest.approx((14, 28, 28 * factor), abs=1e-6),
        ("D2", "night", "2"): pytest.approx((0, 28, 28 * factor), abs=1e-6),
    }


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"ledger_lines": [posting("L1", "99", "K1", 1)]}, "unmapped account"),
        ({"ledger_lines": [posting("L1", "41", "K9", 1)]}, "unmapped cost centre"),
        ({"ledger_lines": [posting("L1", "41", None, 1)]}, "cost on a centre without a pool"),
        ({"care_agreements": [agreement("G1", level="2")]}, "a level that a line uses has no client hours"),
        ({"method": {"gink_mix": {"2": Decimal(1)}}}, "a level that the GINK mix uses has no client hours"),
    ],
)
def test_a_calculation_that_stops(engine: Engine, changed: dict[str, Any], why: str) -> None:
    """Unmapped money and a level without a price stop the calculation."""
    assert engine(small(**changed)).stopped, why
