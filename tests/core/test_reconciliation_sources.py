"""Reconciliation of the sources: R01 wages, R02 hours, R03 delivered care, R04 residents, R05 people."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.core.reconciling import delivery, found
from tests.core.small import agreement, contract, hours, indication, posting, small, stay, stream, wage

MINUTE = 1000


def band(**values: str) -> dict[str, Any]:
    return {"reconciliation": {name: Decimal(value) for name, value in values.items()}}


def test_r01_payroll_that_differs_from_the_ledger() -> None:
    """A month in which payroll cost and the ledger's wages differ is told, as info without a tolerance."""
    org = small(
        wages=[wage("W1", "C1", 30_000, "2026-01"), wage("W2", "C1", 70_000, "2026-01", "other")],
        ledger_lines=[posting("L1", "41", "K1", 50_000), posting("L2", "42", "K1", 9_000)],
    )
    assert found(org, "R01", "severity", "subject", "amount_cents") == [("info", "2026-01", -20_000)]


def test_r01_pay_of_hired_people_stands_on_another_account() -> None:
    """Pay of hired contracts is not compared with the wage accounts; a month that ties has no finding."""
    org = small(
        contracts=[contract("C1", "3"), contract("C2", "3", employment="hired")],
        wages=[wage("W1", "C1", 50_000, "2026-01"), wage("W2", "C2", 9_000, "2026-01")],
    )
    assert found(org, "R01", "subject") == []


@pytest.mark.parametrize(("tolerance", "expected"), [("0.40", []), ("0.39", [("warning",)])])
def test_r01_within_the_tolerance_is_silent(tolerance: str, expected: list[tuple[str]]) -> None:
    """With a tolerance a difference up to that share of the ledger is silent and a greater one a warning."""
    org = small(method=band(wage_tolerance=tolerance))  # payroll 300.00, ledger 500.00
    assert found(org, "R01", "severity") == expected


def test_r02_hours_that_differ_from_demand() -> None:
    """Worked and required hours are compared per unit, level and day part, in time over the period."""
    # 31 x 20 minutes at a direct share of one half asks for 20:40; five hours of the shift fall in the morning.
    org = small(care_agreements=[agreement("G1", minutes=200_000)])
    rows = found(org, "R02", "severity", "unit_id", "subject", "milliminutes")
    assert rows == [("info", "D1", "3", (300 - 1240) * MINUTE), ("info", "D1", "3", 300 * MINUTE)]


def test_r02_within_the_tolerance_is_silent() -> None:
    """With a tolerance only differences beyond that share of the required hours are told, as warnings."""
    org = small(method=band(hours_tolerance="0.80"), care_agreements=[agreement("G1", minutes=200_000)])
    rows = found(org, "R02", "severity", "milliminutes")
    assert rows == [("warning", 300 * MINUTE)]  # the afternoon, where nothing was required


def test_r03_agreed_care_against_delivered_care() -> None:
    """Agreed staff time and registered time are compared per resident and unit, whoever pays."""
    org = small(
        care_agreements=[agreement("G1", minutes=200_000), agreement("G2", performer="network", payer="none")],
        care_deliveries=[delivery("V1", "2026-01-05T08:00+01:00", 90), delivery("V2", "2026-02-01T00:00+01:00", 1)],
    )
    assert found(org, "R03", "severity", "unit_id", "subject", "milliminutes") == [
        ("info", "D1", "R1", (90 - 620) * MINUTE)
    ]


def test_r03_a_delivery_without_a_unit_has_that_of_the_stay() -> None:
    """A delivery that names no unit counts where the resident stayed on that day."""
    org = small(
        stays=[stay("S1", "D1", "2020-01-01", "2026-01-10"), stay("S2", "D2", "2026-01-11")],
        care_deliveries=[delivery("V1", "2026-01-11T08:00+01:00", 5, unit_id=None)],
    )
    assert found(org, "R03", "unit_id", "milliminutes") == [("D2", 5 * MINUTE)]


def test_r03_without_any_registration_there_is_one_finding() -> None:
    """When nothing at all was registered that is said once, not once for each resident."""
    org = small(
        stays=[stay("S1", "D1", "2020-01-01"), stay("S2", "D1", "2020-01-01", resident="R2")],
        care_agreements=[agreement("G1"), agreement("G2", resident_id="R2")],
    )
    assert found(org, "R03", "severity", "subject") == [("info", None)]


def test_r03_within_the_tolerance_is_silent() -> None:
    """With a tolerance a difference up to that share of the agreed time is silent."""
    given = {
        "care_agreements": [agreement("G1", minutes=10_000)],
        "care_deliveries": [delivery("V1", "2026-01-05T08:00+01:00", 28)],
    }
    assert found(small(method=band(hours_tolerance="0.10"), **given), "R03", "severity") == []
    assert found(small(method=band(hours_tolerance="0.09"), **given), "R03", "severity") == [("warning",)]


def test_r04_agreements_without_a_stay_and_after_its_end() -> None:
    """Agreements of a resident without a stay on their days, and those that go on after the stay, are told apart."""
    org = small(
        stays=[stay("S1", "D1", "2020-01-01", "2026-01-20")],
        care_agreements=[
            agreement("G1"),
            agreement("G2", start_date="2026-01-21"),
            agreement("G3", resident_id="R2"),
            agreement("G4", end_date="2026-01-20"),
        ],
    )
    rows = found(org, "R04", "severity", "subject", "explanation")
    told = {(severity, subject, "na het einde" in text) for severity, subject, text in rows if "zorgafspraken" in text}
    assert told == {("warning", "R1", False), ("warning", "R2", False), ("info", "R1", True)}


def test_r04_an_indication_without_a_stay() -> None:
    """A resident with a valid indication and no stay in the period is told."""
    org = small(indications=[indication("I1", "2020-01-01"), indication("I2", "2020-01-01") | {"resident_id": "R2"}])
    assert found(org, "R04", "severity", "subject") == [("info", "R2")]


def test_r04_care_after_the_end_of_a_stay() -> None:
    """Care registered on days without a stay is told with its time."""
    org = small(
        stays=[stay("S1", "D1", "2020-01-01", "2026-01-20")],
        care_deliveries=[
            delivery("V1", "2026-01-20T08:00+01:00", 5),
            delivery("V2", "2026-01-20T23:30+00:00", 7),
            delivery("V3", "2026-01-25T08:00+01:00", 9),
        ],
    )
    assert found(org, "R04", "severity", "subject", "milliminutes") == [("warning", "R1", 16 * MINUTE)]


def test_r04_takes_over_what_the_calculation_found() -> None:
    """Overlapping stays and stays without an indication, found while counting days, are among the findings."""
    org = small(stays=[stay("S1", "D1", "2020-01-01"), stay("S2", "D2", "2026-01-11")], indications=[])
    texts = " ".join(text for (text,) in found(org, "R04", "explanation"))
    assert "overlappen" in texts
    assert "zonder geldige indicatie" in texts


def test_r05_hours_and_wages_outside_a_contract() -> None:
    """Hours and wages of an unknown contract, and hours outside a contract's dates, are told with their size."""
    day = "2026-01-06T{}+01:00"
    org = small(
        contracts=[contract("C1", "3", end_date="2026-01-05")],
        hours=[
            hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T17:00+01:00", 600),
            hours("H2", "C1", day.format("07:00"), day.format("08:00"), 60),
            hours("H3", "C9", day.format("07:00"), day.format("08:00"), 30),
            hours("H4", "C9", day.format("07:00"), day.format("08:00"), 30, kind="sick"),
        ],
        wages=[wage("W1", "C1", 30_000, "2026-01"), wage("W2", "C9", 500, "2026-01")],
    )
    assert found(org, "R05", "severity", "subject", "amount_cents", "milliminutes") == [
        ("warning", "C1", None, 60 * MINUTE),
        ("warning", "C9", 500, None),
        ("warning", "C9", None, 30 * MINUTE),
    ]


def test_r05_units_that_nobody_knows() -> None:
    """A unit that a stay, contract, shift, delivery or cost centre names and the units do not have is told."""
    org = small(
        stays=[stay("S1", "QQ", "2020-01-01")],
        cost_centres=[stream("cost_centres", cost_centre_id="K1", unit_id="RR")],
        contracts=[contract("C1", "3", unit_id="D1")],
    )
    rows = found(org, "R05", "unit_id", "subject")
    assert rows == [("QQ", "verblijven"), ("RR", "kostenplaatsen")]


def test_r05_takes_over_contracts_without_a_level() -> None:
    """A client-facing contract without a level, found while the care pool was divided, is among the findings."""
    org = small(contracts=[contract("C1", "3"), contract("C2", None)], wages=[
        wage("W1", "C1", 1, "2026-01"), wage("W2", "C2", 1, "2026-01"),
    ])  # fmt: skip
    assert found(org, "R05", "subject") == [("C2",)]
