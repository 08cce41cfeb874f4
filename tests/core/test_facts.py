"""The norm tables side by side: what holds in a period, from which source, and what is to be checked again."""

from __future__ import annotations

import csv
import datetime as dt
import itertools

import polars as pl
import pytest

from ipvb_bridge.core import facts
from ipvb_bridge.core.norm_records import FACTS, NORM_TABLES, SHIPPED
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.validation import check
from tests.core.engines import frames
from tests.core.strategies import row
from tests.house.conftest import ROOT

OPEN = {"start_date": None, "end_date": None, "last_checked": dt.date(2026, 11, 21)}


def shipped() -> dict[str, pl.DataFrame]:
    return {
        path.stem: check(NORM_TABLES[path.stem], pl.read_csv(path, infer_schema=False)).rows.drop("_position")
        for path in sorted(SHIPPED.glob("*.csv"))
    }


def held(day: str) -> pl.DataFrame:
    on = dt.date.fromisoformat(day)
    return facts.statements(shipped(), Period(on, on))


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.csv")), ids=lambda path: path.stem)
def test_a_shipped_table_passes_its_own_declaration_and_names_its_sources(path: object) -> None:
    """Each file has exactly the declared columns; no row is held back, doubled, or without source and day."""
    name = path.stem  # type: ignore[attr-defined]
    table = NORM_TABLES[name]
    text = path.read_text("utf-8")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(text.splitlines()))
    assert text.splitlines()[0].split(",") == list(table.names)
    checked = check(table, pl.DataFrame(rows, schema=dict.fromkeys(table.names, pl.String)))
    assert checked.held.rows() == []
    assert not checked.rows.select(table.key).is_duplicated().any()
    assert [each for each in rows if not (each["source"] and each["last_checked"])] == []


def test_what_is_not_public_is_not_shipped() -> None:
    """No tariff, tariff code or direct share comes with the program, and pgb figures say that they are no tariff."""
    there = {path.stem for path in SHIPPED.glob("*.csv")}
    assert there == {*FACTS, "ort"}
    assert shipped()["direct_shares"].is_empty()
    assert shipped()["tariff_codes"].is_empty()
    for name in ("pgb_class_hours", "pgb_class_amounts", "pgb_profiles"):
        assert shipped()[name]["note"].str.contains("geen tarief").all()


def test_the_allowance_table_changed_on_new_years_day() -> None:
    """Nights on weekdays go from 44 to 47 per cent and Saturday nights from 49 to 52 on 2026-01-01; nothing else."""

    def percentages(day: str) -> dict[tuple[str, str], float]:
        rows = held(day).filter(pl.col("table") == "ort")
        return {(kind, item): value for kind, item, value in rows.select("kind", "item", "value").iter_rows()}

    before, after = percentages("2025-12-31"), percentages("2026-01-01")
    assert {item: (before[item], after[item]) for item in before if before[item] != after[item]} == {
        ("saturday", "00:00-06:00"): (49.0, 52.0),
        ("saturday", "22:00-24:00"): (49.0, 52.0),
        ("weekday", "00:00-06:00"): (44.0, 47.0),
        ("weekday", "22:00-24:00"): (44.0, 47.0),
    }
    assert set(before) == set(after)


def test_the_allowance_table_leaves_no_minute_open() -> None:
    """On each kind of day the rows of a table follow each other from midnight to midnight."""
    for (_, kind), rows in itertools.groupby(
        shipped()["ort"].sort("start_date", "day_kind", "from").rows(named=True),
        key=lambda each: (each["start_date"], each["day_kind"]),
    ):
        spans = [(each["from"], each["to"]) for each in rows]
        assert [spans[0][0], spans[-1][1]] == ["00:00", "24:00"], kind
        assert all(one[1] == other[0] for one, other in itertools.pairwise(spans))


def test_known_figures() -> None:
    """1878, 1872 and 47 x 36 hours; iWlz code 754 for 5VV; class 4 PV 8.5 hours and 13,878 euros in 2019."""
    now = {
        (each["table"], " ".join(filter(None, (each["kind"], each["item"])))): each
        for each in held("2026-11-21").rows(named=True)
    }
    assert now["hours_per_year", "gross cao_vvt"]["value"] == 1878
    assert now["hours_per_year", "gross weeks_52"]["value"] == 52 * 36
    assert now["hours_per_year", "net kikv"]["value"] == 47 * 36
    assert now["care_profiles", "5VV"]["text"] == "754 Beschermd wonen met intensieve dementiezorg"
    assert now["pgb_class_hours", "PV 4"]["value"] == 8.5
    assert now["national_day_parts", "night"]["text"] == "23:00-07:00"
    assert now["employer_premiums", "high AWf"]["value"] == 7.74
    then = held("2019-06-01").filter(pl.col("table") == "pgb_class_amounts", pl.col("kind") == "PV")
    then = then.filter(pl.col("item") == "4")
    assert then["amount_cents"].to_list() == [1_387_800]


def test_what_was_not_found_is_not_filled_in() -> None:
    """The pension premiums of 2025 and 2026 are not public: no row, rather than one of another year."""
    for day in ("2025-06-01", "2026-06-01"):
        assert not held(day).filter(pl.col("item").str.starts_with("PFZW")).height


def test_a_year_without_a_look_asks_for_one() -> None:
    """A row is to be checked again from a year and a day after the last look, or when that day is unknown."""
    rows = [
        row(FACTS["direct_shares"], level=level, value=7_000, unit="share", start_date=None, last_checked=looked)
        for level, looked in (("1", dt.date(2025, 1, 31)), ("2", dt.date(2025, 1, 30)), ("3", None))
    ]
    norms = frames(NORM_TABLES, {"direct_shares": rows})
    found = facts.statements(norms, Period.month(2026, 1))
    assert dict(found.select("item", "check_again").iter_rows()) == {"1": False, "2": True, "3": True}
    listed = {each["table"]: each for each in facts.overview(norms, Period.month(2026, 1)).rows(named=True)}
    assert listed["direct_shares"]["check_again"] == 2
    assert listed["direct_shares"]["last_checked"] == dt.date(2025, 1, 30)
    assert (listed["tariffs"]["rows"], listed["tariffs"]["in_force"]) == (0, 0)


def test_only_rows_that_hold_in_the_period_are_told() -> None:
    """A row that ended the day before or starts the day after the period is not in force; open ends are."""
    spans = [
        ("1", None, dt.date(2025, 12, 31)),
        ("2", None, dt.date(2026, 1, 1)),
        ("3", dt.date(2026, 1, 31), None),
        ("4", dt.date(2026, 2, 1), None),
    ]
    rows = [
        row(FACTS["direct_shares"], level=level, value=7_000, unit="share", start_date=first, end_date=last)
        for level, first, last in spans
    ]
    found = facts.statements(frames(NORM_TABLES, {"direct_shares": rows}), Period.month(2026, 1))
    assert found["item"].to_list() == ["2", "3"]


def test_a_table_that_is_absent_is_an_empty_one() -> None:
    """Without any norm table there is nothing to tell, and each table is still named."""
    assert facts.statements({}, Period.month(2026, 1)).is_empty()
    assert facts.overview({}, Period.month(2026, 1))["table"].to_list() == list(NORM_TABLES)


def test_the_example_configuration_has_the_same_facts() -> None:
    """config/norms holds the shipped tables letter for letter."""
    for path in SHIPPED.glob("*.csv"):
        assert (ROOT / "config" / "norms" / path.name).read_bytes() == path.read_bytes(), path.name
