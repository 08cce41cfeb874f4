"""The person's profile: their own words and the care of the day, for who lives here."""

from __future__ import annotations

from typing import Any

from ipvb_bridge.core.instruments.contract import Made
from tests.core.instruments.given import run
from tests.core.small import agreement, small, stay, stream


def text(section: str, words: str, resident: str = "R1") -> dict[str, Any]:
    return stream("profiles", resident_id=resident, section=section, text=words)


def made(**streams: Any) -> Made:
    return run("profile", small("2026-01", **streams))


def test_the_profile_of_who_lives_here() -> None:
    """Sections as delivered and the day's care; empty text is no section (docs/instrumenten/profile.md)."""
    tables = made(
        profiles=[text("likes", "Muziek van vroeger"), text("dislikes", "  "), text("likes", "x", "R2")],
        # The last day of January 2026 is a Saturday.
        care_agreements=[
            agreement("A1", times=20_000),
            agreement("A2", weekdays="6"),
            agreement("A3", weekdays="5"),
            agreement("A4", per="week", day_part=None),
        ],
    ).tables
    assert tables["profile_people"].rows() == [("R1", "D1", 1, 3)]
    assert tables["profile_texts"].rows() == [("R1", "likes", "Muziek van vroeger")]
    assert tables["profile_care"].select("agreement_id", "today", "milliminutes", "times").rows() == [
        ("A1", True, 30_000, 2.0),
        ("A2", True, 30_000, 1.0),
        ("A4", False, 30_000, 1.0),
    ]


def test_who_left_has_no_profile_here() -> None:
    """Only who has a place on the last day; the words of others stay in the store."""
    left = made(profiles=[text("likes", "x")], stays=[stay("S1", "D1", "2020-01-01", "2026-01-30")])
    assert all(table.is_empty() for table in left.tables.values())


def test_who_has_none_yet_is_counted() -> None:
    """Residents without any section are a finding (I61), and are on the list all the same."""
    none = made()
    assert none.findings["rule"].to_list() == ["I61"]
    assert none.tables["profile_people"].rows() == [("R1", "D1", 0, 0)]
    assert made(profiles=[text("likes", "x")]).findings.is_empty()


def test_the_order_of_rows_does_not_matter() -> None:
    """Sections and agreements delivered in another order give the same tables."""
    texts = [text("likes", "a"), text("my_care", "b"), text("agreements", "c")]
    care = [agreement("A1"), agreement("A2", day_part="night")]
    one, other = made(profiles=texts, care_agreements=care), made(profiles=texts[::-1], care_agreements=care[::-1])
    for name, table in one.tables.items():
        assert table.equals(other.tables[name])
