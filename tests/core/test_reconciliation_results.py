"""Reconciliation of ledger, deliveries, mappings and results: R06-R10, the whole set, and rules of others."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from ipvb_bridge.core import findings as schema
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.reconciliation import DELIVERIES, RULES, Facts, reconcile
from ipvb_bridge.core.reconciliation.facts import euros
from ipvb_bridge.core.reconciliation.facts import hours as in_words
from tests.core.price import mapped, rule, tables
from tests.core.reconciling import delivery, findings, found
from tests.core.small import agreement, hours, indication, posting, small, stay, wage

MINUTE = 1000


def band(**values: str) -> dict[str, Any]:
    return {"reconciliation": {name: Decimal(value) for name, value in values.items()}}


def entry(line_id: str, entry_id: str, amount: int, company: str = "1") -> dict[str, Any]:
    return posting(line_id, "41", "K1", amount) | {"entry_id": entry_id, "company_id": company}


def test_r06_an_entry_that_does_not_balance() -> None:
    """An entry of one company whose lines do not add up to zero is an error with the difference."""
    org = small(
        ledger_lines=[
            entry("L1", "E1", 50_000), entry("L2", "E1", -50_000),
            entry("L3", "E2", 700), entry("L4", "E2", -700, company="2"),
        ]
    )  # fmt: skip
    assert found(org, "R06", "severity", "subject", "amount_cents") == [("error", "E2", -700), ("error", "E2", 700)]


def test_r06_postings_in_a_closed_period() -> None:
    """Lines posted in a closed period since the last run are added up per company and period."""
    balanced = small(ledger_lines=[entry("L1", "E1", 5), entry("L2", "E1", -5)])
    later = pl.DataFrame(
        {"company_id": ["1", "1"], "period": ["2025-12"] * 2, "amount": [100, 50], "entry_id": ["E", "F"]}
    )
    assert found(balanced, "R06", "severity", "subject", "amount_cents", posted_later=later) == [
        ("warning", "2025-12", 150)
    ]


def test_r06_passes_on_what_the_adapter_noticed() -> None:
    """Control totals that differ, noticed by the adapter, are among the findings."""
    noticed = schema.frame([Finding("R06", "error", "Controletotaal verschilt.", "Vraag na.", subject="book.xaf")])
    noticed = noticed.with_columns(connection=pl.lit("boek"))
    org = small(ledger_lines=[entry("L1", "E1", 5), entry("L2", "E1", -5)])
    assert found(org, "R06", "subject", noticed=noticed) == [("book.xaf",)]


def test_r07_deliveries_outside_their_band() -> None:
    """A stream that delivered nothing, far fewer or far more than expected is an error; without a band only nothing."""
    rows = [
        ("a", "hours", 0, None, None),
        ("b", "hours", 5, None, None),
        ("c", "stays", 5, 6, 9),
        ("d", "wages", 9, 6, 9),
        ("e", "units", 10, 6, 9),
    ]
    deliveries = pl.DataFrame(rows, schema=DELIVERIES, orient="row")
    told = found(small(), "R07", "severity", "subject", "explanation", deliveries=deliveries)
    words = {subject: next(word for word in ("niets", "minder", "meer") if word in text) for _, subject, text in told}
    assert {severity for severity, _, _ in told} == {"error"}
    assert words == {"hours": "niets", "stays": "minder", "units": "meer"}


def test_r08_codes_without_a_row_and_rows_without_a_code() -> None:
    """A code without a mapping row is a warning with its amount, a row that nothing asks for an info."""
    old = posting("L9", "99", "K1", 77, "2001-01")  # long before the window, so the calculation goes on
    org = small(ledger_lines=[posting("L1", "41", "K1", 50_000), old])
    rows = found(org, "R08", "severity", "subject", "amount_cents")
    assert ("warning", "99", 77) in rows
    assert ("info", "43-43", None) in rows
    assert ("info", "41-41", None) not in rows


def test_r09_more_than_a_day_of_care_in_a_day() -> None:
    """Agreed or registered care of more than 24 hours a day is told, exactly 24 hours is not."""
    org = small(
        method={"direct_share": {"3": 1}},
        care_agreements=[agreement("G1", minutes=14_400_000), agreement("G2", minutes=10, start_date="2026-01-31")],
        care_deliveries=[
            delivery("V1", "2026-01-05T00:00+01:00", 1440),
            delivery("V2", "2026-01-06T00:00+01:00", 1440),
            delivery("V3", "2026-01-06T10:00+01:00", 1),
        ],
    )
    assert found(org, "R09", "severity", "subject", "milliminutes") == [
        ("warning", "R1", 31 * 1440 * MINUTE + 1),
        ("warning", "R1", 1441 * MINUTE),
    ]


@pytest.mark.parametrize(
    ("limits", "count"),
    [
        ({}, 0),
        ({"price_low": "100.01"}, 1),
        ({"price_high": "99.99"}, 1),
        ({"price_low": "100", "price_high": "100"}, 0),
    ],
)
def test_r09_prices_outside_the_stated_band(limits: dict[str, str], count: int) -> None:
    """An hourly price below or above the stated band is told; without a band prices are not judged."""
    rows = found(small(method=band(**limits)), "R09", "subject", "amount_cents")
    assert rows == [("3", 10_000)] * count


@pytest.mark.parametrize(
    ("limits", "count"),
    [
        ({}, 0),
        ({"on_cost_low": "0.31"}, 1),
        ({"on_cost_high": "0.29"}, 1),
        ({"on_cost_low": "0.3", "on_cost_high": "0.3"}, 0),
    ],
)
def test_r09_on_cost_outside_the_stated_band(limits: dict[str, str], count: int) -> None:
    """Employer charges outside the stated share of gross are told per month; without a band they are not judged."""
    wages = [wage("W1", "C1", 30_000, "2026-01"), wage("W2", "C1", 9_000, "2026-01", "employer_charges")]
    rows = found(small(method=band(**limits), wages=wages), "R09", "subject", "amount_cents")
    assert rows == [("2026-01", 9_000)] * count


def test_r09_negative_hours() -> None:
    """Worked lines with negative paid time are told per contract."""
    org = small(
        hours=[
            hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T17:00+01:00", 600),
            hours("H2", "C1", "2026-01-06T07:00+01:00", "2026-01-06T07:00+01:00", -60),
        ]
    )
    assert found(org, "R09", "severity", "subject", "milliminutes") == [("info", "C1", -60 * MINUTE)]


CLEANED = {
    "cost_price": {
        "pools": {"care": "final", "cleaning": "final"},
        "components": {"cleaning": "held"},
        "without": {"mpt": ["cleaning"]},
    }
}


@pytest.mark.parametrize(("form", "payer", "count"), [("stay", "wlz", 1), ("mpt", "wlz", 0), ("stay", "resident", 0)])
def test_r09_domestic_care_beside_a_cleaning_price(form: str, payer: str, count: int) -> None:
    """Domestic care that the Wlz pays is told for residents who are charged a day price for cleaning too."""
    org = small(
        method=CLEANED,
        indications=[indication("I1", "2020-01-01", delivery_form=form)],
        care_agreements=[agreement("G1", care_function="domestic", payer=payer)],
    )
    assert found(org, "R09", "subject", "unit_id") == [("R1", "D1")] * count


@pytest.mark.parametrize(
    ("performer", "payer", "count"),
    [
        ("network", "wlz", 1),
        ("volunteer", "resident", 1),
        ("self", "none", 0),
        ("staff", "none", 0),
        ("external", "wlz", 0),
    ],
)
def test_r09_performer_and_payer_that_do_not_go_together(performer: str, payer: str, count: int) -> None:
    """Care by network, volunteer or the resident has no payer; somebody said to pay for it is told."""
    org = small(care_agreements=[agreement("G1", performer=performer, payer=payer, minutes=10_000)])
    assert found(org, "R09", "subject", "milliminutes") == [("R1", 31 * MINUTE)] * count


def test_r10_the_bridge_and_the_hours_of_each_level() -> None:
    """The bridge is told in a sentence, and each level with the client time that no agreement asked for."""
    org = small(care_agreements=[agreement("G1", minutes=10_000)])
    rows = found(org, "R10", "severity", "subject", "amount_cents", "milliminutes")
    # Five client hours at 100.00, and one line of 31 minutes that costs 51.67.
    assert ("info", "3", 50_000 - 5_167, (300 - 31) * MINUTE) in rows
    assert ("info", None, 50_000 - 5_167, None) in rows


def test_r10_more_agreed_than_worked_is_a_warning() -> None:
    """A level with more agreed care than client hours worked is a warning with the shortage."""
    org = small(care_agreements=[agreement("G1", minutes=200_000)])
    rows = found(org, "R10", "severity", "subject", "milliminutes")
    assert ("warning", "3", (300 - 620) * MINUTE) in rows


def test_r10_a_bridge_that_does_not_close_is_an_error() -> None:
    """Rows of a bridge that do not add up to the ledger's cost are an error with the gap."""
    org = small()
    read, results = mapped(org), tables(org)
    wrong = results["bridge"].with_columns(
        cents=pl.when(pl.col("part") == "stay").then(pl.col("cents") + 9).otherwise(pl.col("cents"))
    )
    told = reconcile(read, results | {"bridge": wrong}, org.settings, org.period)
    errors = told.filter(pl.col("rule") == "R10", pl.col("severity") == "error")
    assert errors["amount_cents"].to_list() == [-9]


def test_every_rule_has_its_place_in_the_set() -> None:
    """The set holds R01 to R10, and a rule that is taken out finds nothing more."""
    assert list(RULES) == [f"R{number:02d}" for number in range(1, 11)]
    org = small(care_agreements=[agreement("G1")])
    without = {code: rule for code, rule in RULES.items() if code != "R10"}
    assert findings(org).filter(pl.col("rule") == "R10").height > 0
    assert findings(org, rules=without).filter(pl.col("rule") == "R10").is_empty()


def test_a_rule_of_others_is_asked_too() -> None:
    """A rule that a plug-in adds sees the facts, and its findings stand among the others."""

    def too_quiet(facts: Facts) -> pl.DataFrame:
        count = facts.stream("care_deliveries").height
        return schema.frame([Finding("X01", "info", f"{count} leveringen in {facts.period}.", "Niets.")])

    told = findings(small(), rules=RULES | {"X01": too_quiet})
    assert told.filter(pl.col("rule") == "X01")["explanation"].to_list() == ["0 leveringen in 2026-01."]


def test_findings_have_one_form_and_order() -> None:
    """Findings come sorted, in the schema of findings, each with an explanation and a next step, none twice."""
    org = small(
        stays=[stay("S1", "QQ", "2020-01-01", "2026-01-20")],
        care_agreements=[agreement("G1", minutes=200_000)],
        functions=[rule("functions", function="Kok", start_date=dt.date(2020, 1, 1))],
    )
    told = findings(org)
    assert told.schema == schema.schema()
    assert told.rows() == told.unique().sort(schema.schema().names(), nulls_last=True).rows()
    assert told.filter(pl.col("explanation").str.len_chars() < 20).is_empty()
    assert told.filter(pl.col("next_step").str.len_chars() < 20).is_empty()
    assert told["rule"].is_in(list(RULES)).all()


def test_amounts_and_hours_read_as_dutch() -> None:
    """Amounts have a decimal comma and points between thousands, hours two decimals, and a minus stands before them."""
    cents = pl.DataFrame({"n": [0, 5, -5, 123456, -100000, 123456789]})
    assert cents.select(euros(pl.col("n")).alias("text"))["text"].to_list() == [
        "€ 0,00", "€ 0,05", "-€ 0,05", "€ 1.234,56", "-€ 1.000,00", "€ 1.234.567,89",
    ]  # fmt: skip
    time = pl.DataFrame({"n": [540_000, -90_000, 300]})
    assert time.select(in_words(pl.col("n")).alias("text"))["text"].to_list() == ["9,00 uur", "-1,50 uur", "0,00 uur"]
