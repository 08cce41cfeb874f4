"""The gate: what it types, what it holds back, and that nothing is lost or guessed."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.core import gate
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.validation import check, duplicates, explain
from ipvb_bridge.core.writing import as_file, as_json_lines

HOURS = {
    "hours_id": "H1",
    "contract_id": "C1",
    "unit_id": "D1",
    "level": "3",
    "kind": "worked",
    "start": "2026-01-01T07:00:00+01:00",
    "end": "2026-01-01T15:30:00+01:00",
    "paid_minutes": "480",
}
AGREEMENT = {
    "agreement_id": "G1",
    "resident_id": "R1",
    "minutes": "12.5",
    "times": "1",
    "per": "day",
    "start_date": "2026-01-01",
}
LINE = {
    "line_id": "L1",
    "company_id": "1",
    "entry_id": "J1",
    "date": "2026-01-31",
    "period": "2026-01",
    "account_id": "0400",
    "amount": "-12.30",
}

INDICATION = {
    "indication_id": "I1", "basis": "indicated", "zzp": "5VV", "delivery_form": "stay", "with_treatment": "true",
    "with_day_care": "false", "start_date": "2026-01-01",
}  # fmt: skip


def held(stream: str, row: dict[str, str | None]) -> dict[str, str]:
    checked = check(STREAMS[stream], pl.DataFrame([row]))
    assert checked.rows.height == 0
    return checked.held.row(0, named=True)


@pytest.mark.parametrize("stream", STREAMS)
def test_example_passes_and_comes_back_as_it_was(stream: str, example: Path) -> None:
    """Every file of the worked example is typed without loss: written back it is the same text."""
    delivered = pl.read_csv(example / "input" / f"{stream}.csv", infer_schema=False)
    checked = check(STREAMS[stream], delivered)
    assert checked.held.height == 0
    assert checked.rows.drop("_position").schema == STREAMS[stream].schema()
    back = as_file(STREAMS[stream], checked.rows)
    assert back.select(delivered.columns).equals(delivered.with_columns(pl.all().replace("", None)))
    assert all(column.is_null().all() for column in back.drop(delivered.columns))


@pytest.mark.parametrize(
    ("stream", "row", "column", "reason"),
    [
        ("hours", HOURS | {"contract_id": ""}, "contract_id", gate.MISSING),
        ("hours", HOURS | {"unit_id": "D\x001"}, "unit_id", gate.CONTROL_CHARACTER),
        ("hours", HOURS | {"level": "9"}, "level", gate.UNKNOWN_VALUE),
        ("units", {"unit_id": "D1", "kind": "ward", "name": "x"}, "kind", gate.UNKNOWN_VALUE),
        ("ledger_lines", LINE | {"period": "2026-13"}, "period", gate.PATTERN),
        ("ledger_lines", LINE | {"date": "31-01-2026"}, "date", gate.NOT_A_DATE),
        ("ledger_lines", LINE | {"date": "2026-02-30"}, "date", gate.NOT_A_DATE),
        ("hours", HOURS | {"start": "2026-01-01T07:00:00"}, "start", gate.NOT_A_MOMENT),
        ("hours", HOURS | {"start": "2026-02-30T07:00:00+01:00"}, "start", gate.NOT_A_MOMENT),
        ("care_agreements", AGREEMENT | {"wellbeing": "ja"}, "wellbeing", gate.NOT_A_FLAG),
        ("ledger_lines", LINE | {"amount": "twaalf"}, "amount", gate.NOT_A_NUMBER),
        ("ledger_lines", LINE | {"amount": "1e3"}, "amount", gate.NOT_A_NUMBER),
        ("ledger_lines", LINE | {"amount": "1.234,50"}, "amount", gate.DECIMAL_COMMA),
        ("ledger_lines", LINE | {"amount": "12,50"}, "amount", gate.DECIMAL_COMMA),
        ("ledger_lines", LINE | {"amount": "12.345"}, "amount", gate.TOO_PRECISE),
        ("care_agreements", AGREEMENT | {"minutes": "1440.5"}, "minutes", gate.OUT_OF_BOUNDS),
        ("care_agreements", AGREEMENT | {"group_size": "0"}, "group_size", gate.OUT_OF_BOUNDS),
        ("care_agreements", AGREEMENT | {"end_date": "2025-12-31"}, "end_date", gate.END_BEFORE_START),
        ("hours", HOURS | {"end": "2026-01-01T06:59:59+01:00"}, "end", gate.END_BEFORE_START),
        ("care_agreements", AGREEMENT | {"weekdays": "1 3", "per": "week"}, "per", gate.WEEKDAYS_PER),
        ("care_agreements", AGREEMENT | {"weekdays": "1,3"}, "weekdays", gate.PATTERN),
    ],
)
def test_bad_value_is_held_with_its_reason(stream: str, row: dict[str, str], column: str, reason: object) -> None:
    """A row that does not fit is held for its column with that reason, and both languages explain it."""
    found = held(stream, row)
    assert (found["column"], found["code"]) == (column, reason.code)
    for language in ("nl", "en"):
        what, step = explain(STREAMS[stream], found["code"], found["column"], found["seen"], language)
        assert column in what
        assert "{" not in what + step


def test_unknown_value_names_what_is_allowed() -> None:
    """The message about an unknown level says which levels there are."""
    what, _ = explain(STREAMS["hours"], gate.UNKNOWN_VALUE.code, "level", "9", "nl")
    assert what == "level bevat 9; toegestaan is: 1, 2, 3, 4, 5, 6, 7, W"


def test_vendor_code_passes_where_a_mapping_translates_it() -> None:
    """A kind of hours that only the vendor knows is stored as delivered: the mapping is for the calculation."""
    assert check(STREAMS["hours"], pl.DataFrame([HOURS | {"kind": "2010"}])).held.height == 0


def test_moments_in_other_notations_are_the_same_instant() -> None:
    """Z, an offset without colon, a space, no seconds and fractions all give the same UTC instant."""
    texts = [
        "2026-01-01T06:00:00Z",
        "2026-01-01T07:00:00+01:00",
        "2026-01-01 07:00:00+0100",
        "2026-01-01T07:00+01:00",
        "2026-01-01T07:00:00.000+01:00",
        "2026-01-01T01:00:00-05:00",
    ]
    rows = [HOURS | {"hours_id": str(index), "start": text} for index, text in enumerate(texts)]
    for frame in (pl.DataFrame(rows), *(pl.DataFrame([row]) for row in rows)):
        starts = check(STREAMS["hours"], frame).rows["start"]
        assert set(starts) == {dt.datetime(2026, 1, 1, 6, tzinfo=dt.UTC)}


def test_unknown_column_stops_the_delivery() -> None:
    """A column that the stream does not have is an error that names it, not a column that is dropped."""
    with pytest.raises(DataError) as caught:
        check(STREAMS["hours"], pl.DataFrame([HOURS | {"bsn": "x"}]))
    assert caught.value.code == gate.EXTRA_COLUMN.code
    assert "bsn" in caught.value.what("nl")


def test_binary_fractions_are_refused() -> None:
    """An adapter that hands over floats for money is told so: a float is not exact."""
    with pytest.raises(DataError) as caught:
        check(STREAMS["ledger_lines"], pl.DataFrame([LINE | {"amount": 12.3}]))
    assert caught.value.code == gate.FLOAT_COLUMN.code


def test_typed_columns_pass_as_they_are() -> None:
    """An adapter may hand over declared types and whole numbers; moments in any zone become UTC."""
    start = dt.datetime(2026, 1, 1, 7, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    frame = pl.DataFrame([HOURS | {"paid_minutes": 480_000, "start": start, "level": None}]).with_columns(
        pl.col("start").dt.convert_time_zone("Europe/Amsterdam").dt.cast_time_unit("ms")
    )
    row = check(STREAMS["hours"], frame).rows.row(0, named=True)
    assert (row["paid_minutes"], row["start"]) == (480_000, dt.datetime(2026, 1, 1, 6, tzinfo=dt.UTC))


@pytest.mark.parametrize("value", [dt.datetime(2026, 1, 1, 7), dt.date(2026, 1, 1), True, [1]])  # noqa: DTZ001  # naive on purpose
def test_other_types_are_refused(value: object) -> None:
    """A moment without time zone, a date for a moment, a flag or a list for it: refused, never converted."""
    with pytest.raises(DataError) as caught:
        check(STREAMS["hours"], pl.DataFrame([HOURS | {"start": value}]))
    assert caught.value.code == gate.WRONG_TYPE.code


def test_identifying_values_do_not_reach_the_quarantine() -> None:
    """A held resident keeps the reason, and neither name nor date of birth."""
    row = {"resident_id": "R1", "client_group": "onbekend", "name": "J. Bedacht", "date_of_birth": "1931-05-06"}
    found = held("residents", row)
    assert "Bedacht" not in json.dumps(found)
    assert "1931" not in json.dumps(found)
    assert found["seen"] == "onbekend"
    held_for_date = held("residents", row | {"client_group": "pg", "date_of_birth": "6-5-1931"})
    assert "1931" not in json.dumps(held_for_date)


def test_an_indication_names_its_resident_or_the_person() -> None:
    """Without a resident it passes when it has the person's key; with neither it is held for the resident."""
    key = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    rows = [INDICATION | each for each in ({"resident_id": "R1"}, {"person_key": key}, {})]
    checked = check(STREAMS["indications"], pl.DataFrame(rows, schema=dict.fromkeys(rows[0] | rows[1], pl.String)))
    assert checked.rows.select("resident_id", "person_key").rows() == [("R1", None), (None, key)]
    assert checked.held.select("column", "code").rows() == [("resident_id", gate.NEITHER.code)]
    what, _ = explain(STREAMS["indications"], gate.NEITHER.code, "resident_id", "", "nl")
    assert what == "resident_id is leeg, en wat daarvoor in de plaats kan staan (person_key) ook"


@pytest.mark.parametrize("wrong", ["12345678", "999990019", "abcdefghijklmnopqrstuvwxyz234567", "Bedacht"])
def test_what_is_no_key_of_a_person_is_held_and_not_shown(wrong: str) -> None:
    """A BSN, also one without its leading zero, or a name where the key should stand reaches no quarantine."""
    found = held("indications", INDICATION | {"resident_id": "R1", "person_key": wrong})
    assert (found["column"], found["code"]) == ("person_key", gate.PATTERN.code)
    assert wrong not in json.dumps(found)


def test_number_that_could_be_a_bsn_is_masked_in_the_quarantine() -> None:
    """Nine digits that pass the eleven test are masked wherever they stand in a held row."""
    number = next(str(n) for n in range(999_990_000, 1_000_000_000) if _eleven(str(n)))
    found = held("hours", HOURS | {"level": number, "unit_id": f"afd {number}"})
    assert number not in json.dumps(found)
    assert found["seen"] == "#########"


def _eleven(digits: str) -> bool:
    return sum(int(d) * w for d, w in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 == 0


def test_duplicate_key_is_explained() -> None:
    """Rows whose key stands twice are held with the key's columns named."""
    rows = check(STREAMS["ledger_lines"], pl.DataFrame([LINE, LINE])).rows
    found = duplicates(STREAMS["ledger_lines"], rows.drop("_position"), rows["_position"])
    assert found["code"].to_list() == [gate.DUPLICATE_KEY.code] * 2
    what, _ = explain(STREAMS["ledger_lines"], found["code"][0], found["column"][0], "", "en")
    assert "company_id,line_id" in what


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_money_is_exact(amount: Decimal) -> None:
    """Any amount of at most two decimals becomes exactly its cents, and comes back as the same amount."""
    rows = check(STREAMS["ledger_lines"], pl.DataFrame([LINE | {"amount": str(amount)}])).rows
    assert rows["amount"][0] == int(amount * 100)
    line = json.loads(next(as_json_lines(STREAMS["ledger_lines"], rows)), parse_float=Decimal)
    assert line["amount"] == amount


@given(st.lists(st.sampled_from(["1", "2", "9", "", "W", "3,5", "x"]), min_size=1, max_size=30))
def test_nothing_is_lost(levels: list[str]) -> None:
    """Every delivered row is either typed or held, once, and keeps its position."""
    frame = pl.DataFrame([HOURS | {"hours_id": str(i), "level": level} for i, level in enumerate(levels)])
    checked = check(STREAMS["hours"], frame)
    positions = checked.rows["_position"].to_list() + checked.held["position"].to_list()
    assert sorted(positions, key=int) == [str(i + 1) for i in range(len(levels))]


@pytest.mark.parametrize(
    ("odd", "good"),
    [
        ("2026-01-01T07:00:00+25:00", False),
        ("2026-01-01T07:00:00+01:60", False),
        ("2026-01-01T07:00:00++1:00", False),
        ("2026- 1-01T07:00:00+01:00", False),
        ("2026-01-01T07:00: 0+01:00", False),
        ("2026-02-30T07:00:00+01:00", False),
        ("2026-01-01T07:00:00+23:59", True),
        ("2026-01-01 07:00:00+01:00", True),
    ],
)
@pytest.mark.parametrize("beside", ["2026-01-01T06:00:00+01:00", "2026-01-01T06:00Z"])
def test_moment_is_judged_alone(odd: str, good: bool, beside: str) -> None:
    """How the other rows write their moments does not decide whether a row's own moment is one."""
    row = HOURS | {"start": odd, "end": "2026-01-02T23:00:00+01:00"}
    alone = check(STREAMS["hours"], pl.DataFrame([row]))
    both = check(STREAMS["hours"], pl.DataFrame([row, row | {"hours_id": "H2", "start": beside}]))
    assert both.rows.filter(pl.col("hours_id") == "H1").equals(alone.rows)
    assert both.held.equals(alone.held)
    assert alone.rows.height == good


def test_carried_columns_go_along() -> None:
    """Columns that are carried are not judged, follow their row, and do not stand in what is held."""
    frame = pl.DataFrame({"unit_id": ["a", None], "kind": ["department"] * 2, "name": ["x", "y"], "mark": [7, 8]})
    checked = check(STREAMS["units"], frame, carried=["mark"])
    assert checked.rows.select("unit_id", "mark").rows() == [("a", 7)]
    assert "mark" not in checked.held["record"][0]
    with pytest.raises(DataError, match="D14"):
        check(STREAMS["units"], frame)
