"""The monthly conversation: who is due, what changed since the last one, what differs from the agreement."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from ipvb_bridge.core.instruments.contract import Made
from tests.core.instruments.given import run
from tests.core.small import METHOD, agreement, indication, small, stay, stream

D = dt.date


def talk(number: str, date: str, resident: str = "R1") -> dict[str, Any]:
    return stream("conversations", conversation_id=number, resident_id=resident, date=date)


def delivery(number: str, start: str, minutes: int, **values: Any) -> dict[str, Any]:
    return stream(
        "care_deliveries",
        delivery_id=number,
        **({"resident_id": "R1", "start": start, "minutes": minutes * 1000} | values),
    )


def listed(*, every: int | None = None, **streams: Any) -> Made:
    chosen = {} if every is None else {"conversations": {"every_days": every}}
    return run("conversations", small("2026-01", METHOD | {"instruments": chosen}, **streams))


def one(made: Made) -> dict[str, Any]:
    return made.tables["conversation_list"].row(0, named=True)


def test_a_conversation_is_due_after_so_many_days() -> None:
    """31 days after the last one, on the period's last day or before (docs/instrumenten/conversations.md)."""
    row = one(listed(conversations=[talk("1", "2025-11-03"), talk("2", "2025-12-31")]))
    assert (row["last_date"], row["due_date"], row["due"]) == (D(2025, 12, 31), D(2026, 1, 31), True)
    row = one(listed(conversations=[talk("1", "2026-01-01")]))
    assert (row["due_date"], row["due"]) == (D(2026, 2, 1), False)
    assert one(listed(conversations=[talk("1", "2026-01-01")], every=30))["due"] is True
    assert one(listed(conversations=[talk("1", "2026-02-01")]))["last_date"] is None


def test_who_never_had_one_is_due_now() -> None:
    """Without any conversation there is no date, and it is due; the finding counts them (I62)."""
    made = listed()
    assert (one(made)["last_date"], one(made)["due"]) == (None, True)
    assert "Met 1 bewoners" in " ".join(made.findings.filter(pl.col("rule") == "I62")["explanation"])


def test_only_who_lives_here_on_the_last_day() -> None:
    """Who left before the period's last day is not on the list."""
    assert listed(stays=[stay("S1", "D1", "2020-01-01", "2026-01-30")]).tables["conversation_list"].is_empty()


def test_what_changed_since_the_last_conversation() -> None:
    """Agreements and indications that began or ended after it, up to the last day; what was known then is not news."""
    made = listed(
        conversations=[talk("1", "2026-01-10")],
        care_agreements=[
            agreement("OLD"),
            agreement("SAME", start_date="2026-01-10"),
            agreement("NEW", start_date="2026-01-11"),
            agreement("GONE", end_date="2026-01-20"),
            agreement("LAST", end_date="2026-01-31"),
            agreement("LATER", start_date="2026-02-01"),
        ],
        indications=[indication("I1", "2020-01-01", "2026-01-14"), indication("I2", "2026-01-15", zzp="6VV")],
    )
    rows = made.tables["conversation_changes"].select("date", "what", "subject", "description").rows()
    assert rows == [
        (D(2026, 1, 11), "agreement_began", "NEW", None),
        (D(2026, 1, 15), "indication_began", "I2", "6VV"),
        (D(2026, 1, 15), "indication_ended", "I1", "4VV"),
        (D(2026, 1, 21), "agreement_ended", "GONE", None),
    ]
    assert one(made)["changes"] == 4


def test_agreed_against_delivered() -> None:
    """By care function: a delivery counts under its own, else under its agreement's; where equal nothing is said."""
    made = listed(
        care_agreements=[
            agreement("A1"),
            agreement("A2", care_function="nursing", minutes=100_000, times=10_000, per="month"),
        ],
        care_deliveries=[
            delivery("1", "2026-01-31T23:30+01:00", 600, agreement_id="A1"),
            delivery("2", "2026-01-05T10:00+01:00", 10, care_function="nursing"),
            delivery("3", "2026-02-01T00:10+01:00", 99, agreement_id="A1"),
        ],
    )
    rows = made.tables["conversation_differences"].rows()
    assert rows == [("R1", "personal_care", 930_000, 600_000, -330_000)]
    assert (one(made)["agreed_milliminutes"], one(made)["delivered_milliminutes"]) == (940_000, 610_000)


def test_without_deliveries_nothing_is_compared() -> None:
    """When no system delivers what was given, delivered is unknown, not nought (I63)."""
    made = listed(care_agreements=[agreement("A1")])
    assert one(made)["delivered_milliminutes"] is None
    assert made.tables["conversation_differences"].is_empty()
    assert "I63" in made.findings["rule"].to_list()


@settings(max_examples=30, deadline=None)
@for_all(
    given_minutes=st.lists(st.tuples(st.integers(0, 600), st.sampled_from(["A1", "A2", None])), max_size=8),
    mixed=st.randoms(use_true_random=False),
)
def test_nothing_delivered_is_lost(given_minutes: list[tuple[int, str | None]], mixed: Any) -> None:
    """Delivered time adds up to the deliveries, whatever they name and in whatever order; differences add up too."""
    rows = [
        delivery(str(at), "2026-01-05T10:00+01:00", minutes, agreement_id=of)
        for at, (minutes, of) in enumerate(given_minutes)
    ]
    agreements = [agreement("A1"), agreement("A2", care_function="nursing")]
    made = listed(care_agreements=agreements, care_deliveries=rows)
    again = listed(care_agreements=agreements, care_deliveries=mixed.sample(rows, len(rows)))
    for name, table in made.tables.items():
        assert table.equals(again.tables[name])
    if rows:
        assert one(made)["delivered_milliminutes"] == sum(minutes for minutes, _ in given_minutes) * 1000
        difference = one(made)["delivered_milliminutes"] - one(made)["agreed_milliminutes"]
        assert made.tables["conversation_differences"]["difference_milliminutes"].sum() == difference
