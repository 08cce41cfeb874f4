"""Mappings and supplements: what a code becomes, when, and what is said of codes without a row."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core.mapping import COMPLETENESS, UNMAPPED, UNUSED, Mapped, apply
from ipvb_bridge.core.records import MAPPINGS, STREAMS
from tests.core.engines import frames
from tests.core.price import rule
from tests.core.small import agreement, contract, hours, indication, posting


def mapped(streams: dict[str, list[dict[str, Any]]], mappings: dict[str, list[dict[str, Any]]]) -> Mapped:
    return apply(frames(STREAMS, streams), frames(MAPPINGS, mappings))


def account(first: str, last: str, category: str, **dates: dt.date) -> dict[str, Any]:
    return rule("accounts", account_from=first, account_to=last, category=category, **dates)


def centre(code: str | None, pool: str, **dates: dt.date) -> dict[str, Any]:
    return rule("cost_centres", cost_centre_id=code, pool=pool, **dates)


def column(done: Mapped, stream: str, name: str) -> list[Any]:
    return done.streams[stream][name].to_list()


def test_account_ranges_are_compared_as_text() -> None:
    """A range holds for the account numbers between its ends as text: leading zeros count, 9 is beyond 10."""
    lines = [posting(f"L{number}", code, "K1", 100) for number, code in enumerate(["0430", "430", "9", "10"])]
    done = mapped({"ledger_lines": lines}, {"accounts": [account("0400", "0499", "food"), account("10", "43", "x")]})
    assert column(done, "ledger_lines", "category") == ["food", None, None, "x"]


def test_ledger_rows_are_dated_by_the_last_day_of_their_month() -> None:
    """Of dated rows the one counts that holds on the last day of the accounting month, for account and cost centre."""
    last, first = dt.date(2026, 1, 30), dt.date(2026, 1, 31)
    done = mapped(
        {"ledger_lines": [posting("L1", "41", "K1", 1, "2025-12"), posting("L2", "41", "K1", 1, "2026-01")]},
        {
            "accounts": [account("41", "41", "old", end_date=last), account("41", "41", "new", start_date=first)],
            "cost_centres": [centre("K1", "old", end_date=last), centre("K1", "new", start_date=first)],
        },
    )
    assert column(done, "ledger_lines", "category") == ["old", "new"]
    assert column(done, "ledger_lines", "pool") == ["old", "new"]


def test_a_line_without_a_cost_centre_has_a_row_of_its_own() -> None:
    """An empty cost centre maps by the row with an empty cost centre; `00000` is a code like any other."""
    lines = [posting("L1", "41", None, 1), posting("L2", "41", "00000", 1)]
    done = mapped({"ledger_lines": lines}, {"cost_centres": [centre(None, "none"), centre("00000", "care")]})
    assert column(done, "ledger_lines", "pool") == ["none", "care"]


def test_unmapped_codes_are_listed_with_rows_and_amounts() -> None:
    """Each code without a row is listed once, with its rows and, for the ledger, its amount."""
    lines = [
        posting("L1", "41", "K1", 100),
        posting("L2", "41", "K9", 250),
        posting("L3", "99", "K9", -40),
        posting("L4", "80", "K8", 7),
        posting("L5", "41", None, 3),
    ]
    done = mapped(
        {"ledger_lines": lines, "contracts": [contract("C1", None, function="Kok")]},
        {
            "accounts": [account("41", "41", "wages"), account("80", "80", "revenue")],
            "cost_centres": [centre("K1", "care")],
        },
    )
    assert done.unmapped.schema == UNMAPPED
    assert done.unmapped.rows() == [
        ("accounts", "99", 1, -40),
        ("cost_centres", "", 1, 3),
        ("cost_centres", "K8", 1, 7),
        ("cost_centres", "K9", 2, 210),
        ("functions", "Kok", 1, None),
    ]


def test_the_cost_centre_of_revenue_needs_a_row_too() -> None:
    """Every cost centre that is seen is mapped, that of revenue and excluded accounts as well."""
    done = mapped({"ledger_lines": [posting("L1", "80", "K8", 7)]}, {"accounts": [account("80", "80", "excluded")]})
    assert done.unmapped.rows() == [("cost_centres", "K8", 1, 7)]


def test_rows_that_contradict_each_other_are_refused_where_they_are_used() -> None:
    """Two ranges that say different things of one account on its day stop, and both are shown; unused ones do not."""
    overlapping = [account("400000", "419999", "wages"), account("411000", "411000", "hired")]
    assert mapped({"ledger_lines": [posting("L1", "405000", "K1", 1)]}, {"accounts": overlapping})
    with pytest.raises(CalculationError) as stopped:
        mapped({"ledger_lines": [posting("L1", "411000", "K1", 1)]}, {"accounts": overlapping})
    assert stopped.value.code == "M20"
    assert stopped.value.where == "mappings/accounts.csv"
    assert "400000,419999,wages" in stopped.value.lines[0]
    assert "411000,411000,hired" in stopped.value.lines[0]


def test_rows_that_say_the_same_twice_are_fine() -> None:
    """Overlapping ranges of one category are no contradiction."""
    rows = [account("40", "49", "wages"), account("41", "41", "wages")]
    done = mapped({"ledger_lines": [posting("L1", "41", "K1", 1)]}, {"accounts": rows})
    assert column(done, "ledger_lines", "category") == ["wages"]


def test_a_contract_without_a_level_has_its_functions() -> None:
    """The contract's own level wins; a function mapped to no level leaves it empty and is not called unmapped."""
    done = mapped(
        {
            "contracts": [
                contract("C1", "4", function="Helpende"),
                contract("C2", None, function="Helpende"),
                contract("C3", None, function="Manager"),
            ]
        },
        {"functions": [rule("functions", function="Helpende", level="2"), rule("functions", function="Manager")]},
    )
    assert column(done, "contracts", "level") == ["4", "2", None]
    assert done.unmapped.is_empty()


def test_a_supplement_wins_over_the_activity_and_never_over_the_source() -> None:
    """Empty fields are filled from the agreement's supplement, then from its activity; a value that is false stays."""
    done = mapped(
        {
            "care_agreements": [
                agreement("G1", activity_code="A1", level="4", payer=None, day_part=None, wellbeing=False),
                agreement("G2", activity_code="A1", level=None, payer=None, day_part=None, minutes=None),
            ]
        },
        {
            "agreements": [
                rule("agreements", agreement_id="G1", level="2", payer="resident", wellbeing=True),
                rule("agreements", agreement_id="G2", payer="resident", wellbeing=False, group_size=4),
            ],
            "activities": [
                rule("activities", activity_code="A1", level="1", payer="wlz", day_part="night", wellbeing=True,
                     minutes=150_000),
            ],
        },
    )  # fmt: skip
    assert column(done, "care_agreements", "level") == ["4", "1"]
    assert column(done, "care_agreements", "payer") == ["resident", "resident"]
    assert column(done, "care_agreements", "day_part") == ["night", "night"]
    assert column(done, "care_agreements", "wellbeing") == [False, False]
    assert column(done, "care_agreements", "minutes") == [300_000, 150_000]
    assert column(done, "care_agreements", "group_size") == [1, 1]


def test_dated_rows_answer_for_the_day_that_is_reckoned_with() -> None:
    """A row dated this year answers for an agreement of years ago; on a day before the row it does not."""
    later = {"start_date": dt.date(2026, 1, 1)}
    streams = frames(STREAMS, {"care_agreements": [agreement("G1", activity_code="A1", payer=None, level=None)]})
    rules = frames(
        MAPPINGS,
        {
            "agreements": [rule("agreements", agreement_id="G1", payer="none", **later)],
            "activities": [rule("activities", activity_code="A1", level="1", **later)],
        },
    )
    for on, payer, level in ((dt.date(2026, 1, 31), "none", "1"), (dt.date(2025, 12, 31), None, None)):
        done = apply(streams, rules, on)
        assert column(done, "care_agreements", "payer") == [payer]
        assert column(done, "care_agreements", "level") == [level]


def test_dated_function_follows_the_contract_into_its_span() -> None:
    """A contract that ended is mapped on its last day, one that begins later on its first."""
    ended = contract("C1", None, function="Kok") | {"end_date": dt.date(2025, 6, 30)}
    coming = contract("C2", None, function="Kok") | {"start_date": dt.date(2026, 3, 1)}
    halves = [
        rule("functions", function="Kok", level="1", end_date=dt.date(2025, 12, 31)),
        rule("functions", function="Kok", level="2", start_date=dt.date(2026, 1, 1)),
    ]
    done = apply(
        frames(STREAMS, {"contracts": [ended, coming]}), frames(MAPPINGS, {"functions": halves}), dt.date(2026, 1, 31)
    )
    assert column(done, "contracts", "level") == ["1", "2"]


def test_an_activity_code_without_a_row_matters_only_when_something_is_missing() -> None:
    """A code is called unmapped when an agreement with it still lacks what a price needs."""
    done = mapped(
        {
            "care_agreements": [
                agreement("G1", activity_code="A1"),
                agreement("G2", activity_code="A2", payer=None),
                agreement("G3", activity_code="A3", level=None),
            ]
        },
        {"activities": [rule("activities", activity_code="A3", payer="wlz")]},
    )
    assert done.unmapped.rows() == [("activities", "A2", 1, None)]


def test_vendor_codes_become_ours_or_nothing() -> None:
    """A mapped code becomes ours, one of ours without a row stays, any other becomes empty and is listed."""
    worked = [
        hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T15:00+01:00", 60, kind=kind)
        | {"hours_id": f"H{number}"}
        for number, kind in enumerate(["GEW", "sick", "???"])
    ]
    forms = [
        indication(f"I{number}", "2026-01-01", delivery_form=form) for number, form in enumerate(["V", "vpt", "Q"])
    ]
    done = mapped(
        {"hours": worked, "indications": forms},
        {
            "hour_kinds": [rule("hour_kinds", code="GEW", kind="worked")],
            "delivery_forms": [rule("delivery_forms", code="V", delivery_form="stay")],
        },
    )
    assert column(done, "hours", "kind") == ["worked", "sick", None]
    assert column(done, "indications", "delivery_form") == ["stay", "vpt", None]
    assert done.unmapped.rows() == [("delivery_forms", "Q", 1, None), ("hour_kinds", "???", 1, None)]


def test_a_shift_is_dated_by_its_day_in_amsterdam() -> None:
    """A shift that starts at 23:30 UTC belongs to the next day in Amsterdam, so does its mapping row."""
    done = mapped(
        {"hours": [hours("H1", "C1", "2026-01-05T23:30+00:00", "2026-01-06T07:00+00:00", 60, kind="X")]},
        {"hour_kinds": [rule("hour_kinds", code="X", kind="on_call", start_date=dt.date(2026, 1, 6))]},
    )
    assert column(done, "hours", "kind") == ["on_call"]


def test_completeness_adds_up() -> None:
    """Of each column read, mapped, supplemented and missing add up to the rows, and say where a value came from."""
    done = mapped(
        {
            "care_agreements": [
                agreement("G1", payer="wlz"),
                agreement("G2", payer=None),
                agreement("G3", payer=None, activity_code="A1"),
                agreement("G4", payer=None),
            ],
            "ledger_lines": [posting("L1", "41", "K1", 1), posting("L2", "42", "K1", 1)],
        },
        {
            "agreements": [rule("agreements", agreement_id="G2", payer="none")],
            "activities": [rule("activities", activity_code="A1", payer="resident")],
            "accounts": [account("41", "41", "wages")],
        },
    )
    table = done.completeness
    assert table.schema == COMPLETENESS
    found = {tuple(row[:2]): row[2:] for row in table.iter_rows()}
    assert found["care_agreements", "payer"] == (4, 1, 1, 1, 1)
    assert found["ledger_lines", "category"] == (2, 0, 1, 0, 1)
    parts = table.select(pl.sum_horizontal("read", "mapped", "supplemented", "missing").alias("parts"), "rows")
    assert parts["parts"].to_list() == parts["rows"].to_list()
    assert ("care_agreements", "weekdays") not in found


def test_mapping_rows_that_nothing_asks_for_are_listed() -> None:
    """A row whose code, or whose dates, no row of the data meets is listed as unused."""
    done = mapped(
        {"ledger_lines": [posting("L1", "41", "K1", 1)], "contracts": [contract("C1", None, function="Kok")]},
        {
            "accounts": [account("41", "41", "wages"), account("50", "59", "food")],
            "cost_centres": [
                centre("K1", "care"), centre("K1", "care", end_date=dt.date(2001, 1, 1)), centre(None, "none"),
            ],
            "functions": [rule("functions", function="Kok"), rule("functions", function="Kapper", level="W")],
            "agreements": [rule("agreements", agreement_id="G9", level="1")],
        },
    )  # fmt: skip
    assert done.unused.schema == UNUSED
    assert done.unused.rows() == [
        ("accounts", "50-59"),
        ("agreements", "G9"),
        ("cost_centres", ""),
        ("cost_centres", "K1"),
        ("functions", "Kapper"),
    ]


def test_absent_streams_and_mappings_are_empty() -> None:
    """With nothing at all every stream is there, empty, and nothing is said of it."""
    done = apply({}, {})
    assert set(done.streams) == set(STREAMS)
    assert done.unmapped.is_empty()
    assert done.streams["ledger_lines"].schema["category"] == pl.String
