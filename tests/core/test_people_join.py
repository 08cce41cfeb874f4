"""Indications joined on the key of the person, and the work list of what nobody could be found for."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.core import people_join
from ipvb_bridge.core.calculate import Results, calculate
from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.mapping import Mapped
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.prepare import prepare
from ipvb_bridge.core.records import MAPPINGS, STREAMS
from ipvb_bridge.core.spans import touches
from ipvb_bridge.core.work_list import KINDS, WORK_LIST, work_list
from tests.core.frames import norm, shuffled
from tests.core.frames import stream as frame
from tests.core.small import indication, small, stay
from tests.core.small import stream as row

JANUARY = Period.month(2026, 1)
KEYS = [letter * 32 for letter in "ABCDEFGH"]
A, B, C = KEYS[:3]
Rows = list[dict[str, Any]]


def resident(resident_id: str, key: str | None = None) -> dict[str, Any]:
    return row("residents", resident_id=resident_id, person_key=key)


def by_key(indication_id: str, key: str, start: str = "2025-01-01", end: str | None = None) -> dict[str, Any]:
    """An indication of a source that knows the person and not the resident."""
    return indication(indication_id, start, end) | {"resident_id": None, "person_key": key}


def prepared(residents: Rows, indications: Rows, stays: Rows, units: Rows | None = None) -> Mapped:
    """The streams of these rows, as the store gives them: with the connection that each row came from."""
    names = {"residents": residents, "indications": indications, "stays": stays}
    places = [row("units", unit_id=name, kind="department", name=name) for name in ("D1", "D2")]
    names["units"] = places if units is None else units
    came = {"indications": "office"}
    return prepare(
        {name: frame(name, *rows).with_columns(source=pl.lit(came.get(name, "ecd"))) for name, rows in names.items()},
        {},
        JANUARY,
    )


def joined(*given: Any) -> dict[str, str]:
    rows = prepared(*given).streams["indications"]
    return dict(rows.select("indication_id", "resident_id").sort("indication_id").iter_rows())


def listed(*given: Any, **more: Any) -> list[dict[str, Any]]:
    mapped = prepared(*given, **more)
    streams = mapped.streams
    days = resident_days(streams["stays"], streams["absences"], streams["indications"], JANUARY)
    found = work_list(mapped, days.segments, JANUARY)
    assert found.schema == WORK_LIST
    return found.to_dicts()


def kinds(*given: Any, **more: Any) -> list[tuple[str, str]]:
    return [(each["kind"], each["subject"]) for each in listed(*given, **more)]


def test_a_key_finds_its_resident() -> None:
    """The row gets the resident's number and stays what it was; a row that names its resident is left alone."""
    residents = [resident("R1", A), resident("R2", B), resident("R3")]
    given_rows = [by_key("I1", B), indication("I2", "2025-01-01") | {"resident_id": "R3", "person_key": A}]
    assert joined(residents, given_rows, [stay("S1", "D1", "2025-01-01")]) == {"I1": "R2", "I2": "R3"}


def test_of_several_records_the_one_in_care_counts() -> None:
    """Two records of one person: that with a stay in the period, when only one has one; else nobody gets it."""
    residents = [resident("R1", A), resident("R9", A)]
    ended, running = stay("S1", "D1", "2024-01-01", "2025-12-31"), stay("S9", "D2", "2026-01-05", None, "R9")
    assert joined(residents, [by_key("I1", A)], [ended, running]) == {"I1": "R9"}
    assert joined(residents, [by_key("I1", A)], [stay("S1", "D1", "2024-01-01"), running]) == {}
    assert joined(residents, [by_key("I1", A)], []) == {}


def test_one_record_needs_no_stay() -> None:
    """A resident who has left keeps the indication: that it stands without a stay is for reconciliation to say."""
    assert joined([resident("R1", A)], [by_key("I1", A)], []) == {"I1": "R1"}


def test_what_finds_nobody_stands_on_the_list() -> None:
    """With a short key, never the whole, the indication's own number, since when, where it came from, what to do."""
    found = listed([resident("R1", A)], [by_key("I1", B), by_key("I2", A)], [stay("S1", "D1", "2025-01-01")])
    (line,) = found
    about = ("kind", "subject", "record", "unit_id", "connection", "stream", "since")
    assert tuple(line[name] for name in about) == (
        "indication_without_resident", "BBBBBBBB", "I1", None, "office", "indications", dt.date(2025, 1, 1),
    )  # fmt: skip
    assert "ECD" in line["next_step"]


def test_what_is_over_asks_nobody_for_anything() -> None:
    """An indication that ended before the period, or starts after it, is no work for this period."""
    over = [by_key("I1", B, "2020-01-01", "2025-12-31"), by_key("I2", B, "2026-02-01")]
    assert listed([resident("R1", A)], over, []) == []
    mapped = prepared([resident("R1", A)], over, [])
    assert mapped.people.waiting.height == 2
    assert people_join.findings_of(mapped.people.waiting, JANUARY).is_empty()


def test_several_records_are_listed_and_found() -> None:
    """The list names the residents that share the key, and so does a finding."""
    residents = [resident("R1", A), resident("R9", A)]
    stays = [stay("S1", "D1", "2024-01-01"), stay("S9", "D2", "2024-01-01", None, "R9")]
    found = listed(residents, [by_key("I1", A)], stays)
    assert [each["kind"] for each in found] == ["several_residents", *["resident_without_indication"] * 2]
    assert "R1, R9" in found[0]["reason"]
    told = people_join.findings_of(prepared(residents, [by_key("I1", A)], stays).people.waiting, JANUARY)
    assert told["rule"].to_list() == ["R04"]
    assert "R1, R9" in told["explanation"][0]


@pytest.mark.parametrize(
    ("residents", "indications", "said", "record"),
    [
        ([resident("R1")], [], "Dagen van verblijf zonder geldige indicatie: 31.", "S1"),
        ([resident("R1"), resident("R2", A)], [by_key("I1", A)], "geen sleutel van de persoon", "S1"),
        (
            [resident("R1", A)],
            [by_key("I1", A, "2025-01-01", "2026-01-20")],
            "11. De vorige eindigde op 2026-01-20",
            "I1",
        ),
        ([resident("R1", B)], [by_key("I1", A)], "Dagen van verblijf zonder geldige indicatie: 31.", "S1"),
    ],
    ids=["none", "no key", "ended", "another person's"],
)
def test_a_resident_without_an_indication(residents: Rows, indications: Rows, said: str, record: str) -> None:
    """With the days and why: there is none, the resident cannot be found by a key, or the last one ended; and with
    the stay, or the indication that ended, to look up where it came from.
    """
    (line,) = (
        each
        for each in listed(
            residents, indications, [stay("S0", "D1", "2024-01-01", "2024-12-31"), stay("S1", "D1", "2025-01-01")]
        )
        if each["kind"] == "resident_without_indication"
    )
    assert (line["subject"], line["unit_id"], line["record"]) == ("R1", "D1", record)
    came = ("ecd", "stays") if record == "S1" else ("office", "indications")
    assert (line["connection"], line["stream"]) == came
    assert said in line["reason"]


@pytest.mark.parametrize(
    ("stays", "expected"),
    [
        ([stay("S1", "D1", "2025-01-01", "2026-01-14"), stay("S2", "D2", "2026-01-15")], [("S2", "2026-01-15")]),
        ([stay("S1", "D1", "2025-01-01"), stay("S2", "D2", "2026-01-15")], [("S2", "2026-01-15")]),
        ([stay("S1", "D1", "2025-01-01", "2025-12-31"), stay("S2", "D2", "2026-01-01")], [("S2", "2026-01-01")]),
        ([stay("S1", "D1", "2025-01-01", "2025-12-30"), stay("S2", "D2", "2026-01-01")], []),
        ([stay("S1", "D1", "2025-01-01", "2026-01-14"), stay("S2", "D1", "2026-01-15")], []),
        ([stay("S1", "D1", "2025-01-01", "2026-01-14"), stay("S2", "D2", "2026-02-01")], []),
        ([stay("S1", "D1", "2025-01-01", "2025-12-01"), stay("S2", "D2", "2025-12-02")], []),
    ],
    ids=["straight on", "overlap", "first day", "after a gap", "same unit", "next month", "last month"],
)
def test_who_moved(stays: Rows, expected: list[tuple[str, str]]) -> None:
    """From another unit without a gap, on a day of the period: with the stay and the day on which it began."""
    found = listed([resident("R1")], [indication("I1", "2020-01-01")], stays)
    moved = [(each["record"], str(each["since"])) for each in found if each["kind"] == "resident_moved"]
    assert moved == expected


def test_who_moved_to_a_place_that_is_not_connected() -> None:
    """A stay in a unit that no connection delivers, in the period."""
    stays = [stay("S1", "D7", "2025-01-01"), stay("S2", "D7", "2020-01-01", "2020-12-31", "R2")]
    residents = [resident("R1"), resident("R2")]
    assert kinds(residents, [indication("I1", "2020-01-01")], stays) == [("unit_unknown", "R1")]


def test_who_left_while_the_indication_goes_on() -> None:
    """Only when it goes on after the last day of the last stay; whoever comes back has not left."""
    gone = stay("S1", "D1", "2025-01-01", "2026-01-14")
    open_ended, in_time = indication("I1", "2025-01-01"), indication("I1", "2025-01-01", "2026-01-14")
    assert kinds([resident("R1")], [open_ended], [gone]) == [("resident_left", "R1")]
    assert kinds([resident("R1")], [in_time], [gone]) == []
    assert kinds([resident("R1")], [open_ended], [gone, stay("S2", "D1", "2026-02-01")]) == []


def results(indications: Rows, residents: Rows) -> Results:
    """The whole calculation of the small organisation."""
    org = small(indications=indications, residents=residents)
    streams = {name: frame(name, *org.streams.get(name, [])) for name in STREAMS}
    rules = {
        name: pl.DataFrame(org.mappings.get(name, []), schema=table.schema(), orient="row")
        for name, table in MAPPINGS.items()
    }
    norms = {name: norm(name, *rows) for name, rows in org.norms.items()}
    return calculate(prepare(streams, rules, JANUARY), norms, org.settings, JANUARY)


def test_budgets_are_paid_from_the_joined_indication() -> None:
    """An indication by key gives the budgets of one by number, and one that finds nobody gives none."""
    named = results([indication("I1", "2020-01-01")], [resident("R1", A), resident("R2", B)])
    found = results([by_key("I1", A, "2020-01-01")], [resident("R1", A), resident("R2", B)])
    lost = results([by_key("I1", C, "2020-01-01")], [resident("R1", A), resident("R2", B)])
    assert named.tables["resident_budgets"]["available_cents"].to_list() == [31 * 20_000]
    for name, table in named.tables.items():
        assert table.equals(found.tables[name]), name
    assert lost.tables["resident_budgets"]["available_cents"].to_list() == [0]
    assert lost.tables["work_list"]["kind"].to_list() == ["indication_without_resident", "resident_without_indication"]
    assert any("work_list" in each for each in lost.findings["next_step"])


def test_as_many_people_as_a_large_organisation_has() -> None:
    """Sixty thousand are joined and listed without one being held against all others (that would take the memory)."""
    count, lost = 60_000, 500
    number = pl.int_range(count, eager=True).cast(pl.String)
    keys = number.str.zfill(32)
    stays = pl.DataFrame({"stay_id": number, "resident_id": number})
    rest = frame("indications", indication("I", "2025-01-01")).drop("indication_id", "resident_id", "person_key")
    given_rows = {
        "residents": pl.DataFrame({"resident_id": number, "person_key": keys}),
        "stays": stays.with_columns(unit_id=pl.lit("D1"), start_date=dt.date(2025, 1, 1)),
        "indications": pl.DataFrame({"indication_id": number, "person_key": [*keys[lost:], *["nobody"] * lost]}).join(
            rest, how="cross"
        ),
        "units": frame("units", row("units", unit_id="D1", kind="department", name="D1")),
    }
    streams = {
        name: pl.concat([frame(name), rows], how="diagonal_relaxed").select(STREAMS[name].names)
        for name, rows in given_rows.items()
    }
    mapped = prepare(streams, {}, JANUARY)
    made = mapped.streams
    days = resident_days(made["stays"], made["absences"], made["indications"], JANUARY)
    found = work_list(mapped, days.segments, JANUARY)
    assert mapped.streams["indications"].height == count - lost
    assert dict(found.group_by("kind").len().iter_rows()) == {
        "indication_without_resident": lost, "resident_without_indication": lost,
    }  # fmt: skip


_days = st.dates(dt.date(2025, 12, 20), dt.date(2026, 2, 10))
_residents = st.lists(st.none() | st.sampled_from(KEYS), min_size=1, max_size=6)
_indications = st.lists(st.tuples(st.none() | st.sampled_from(["R0", "R1"]), st.sampled_from(KEYS), _days, _days))
_stays = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["D1", "D2", "D7"]), _days, st.none() | _days))


@settings(deadline=None, max_examples=60)
@given(_residents, _indications, _stays, st.integers(0, 9))
def test_the_join_loses_nothing(keys: list[str | None], given_rows: list[Any], stays: list[Any], seed: int) -> None:
    """Every indication is joined once or waits once; what waits in the period is on the list; order does not matter."""
    residents = [resident(f"R{at}", key) for at, key in enumerate(keys)]
    indications = [
        indication(f"I{at}", str(min(a, b)), str(max(a, b))) | {"resident_id": who, "person_key": key}
        for at, (who, key, a, b) in enumerate(given_rows)
    ]
    places = [
        stay(f"S{at}", unit, str(a), b and str(max(a, b)), f"R{who}") for at, (who, unit, a, b) in enumerate(stays)
    ]
    mapped = prepared(residents, indications, places)
    done, waiting = mapped.streams["indications"], mapped.people.waiting
    ids = sorted([*done["indication_id"], *waiting["indication_id"]])
    assert ids == sorted(each["indication_id"] for each in indications)
    assert done["resident_id"].null_count() == 0
    keyed = {(each["resident_id"], each["person_key"]) for each in residents}
    for each in done.join(frame("indications", *indications), on="indication_id").iter_rows(named=True):
        if each["resident_id_right"] is None:
            assert (each["resident_id"], each["person_key"]) in keyed
        else:
            assert each["resident_id"] == each["resident_id_right"]
    found = listed(residents, indications, places)
    on_list = sorted(each["record"] for each in found if each["kind"] in KINDS[:2])
    assert on_list == sorted(waiting.filter(touches(JANUARY))["indication_id"])
    assert not any(key in str(each) for each in found for key in KEYS)
    streams = {
        name: shuffled(frame(name, *rows).with_columns(source=pl.lit("x")), seed)
        for name, rows in (("residents", residents), ("indications", indications), ("stays", places))
    }
    again = prepare(streams, {}, JANUARY)
    assert again.streams["indications"].sort("indication_id").equals(done.sort("indication_id"))
    assert again.people.waiting.drop("connection").equals(waiting.drop("connection"))
