"""Workbooks: real numbers with their format, nothing that acts as a formula, nothing lost."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.reports import workbook
from ipvb_bridge.reports.units import unit_of

FRAME = pl.DataFrame(
    {
        "unit_id": ["D1", "=1+1", None],
        "cost_cents": [123_456, -5, None],
        "milliminutes": [90_000, 0, 1],
        "time_share": [0.125, 1.0, None],
        "lines": [1, 2, 3],
        "start_date": [dt.date(2026, 1, 31), None, None],
        "temporary": [True, False, None],
    }
)


def written(path: Path, tables: dict[str, pl.DataFrame], **more: object) -> openpyxl.Workbook:
    workbook.write(path / "book.xlsx", tables, **more)  # type: ignore[arg-type]  # the names of the function
    return openpyxl.load_workbook(path / "book.xlsx")


def test_numbers_are_numbers_in_the_unit_of_a_reader(tmp_path: Path) -> None:
    """Euros for cents, hours for milliminutes, shares as per cents, dates as dates; each with its number format."""
    sheet = written(tmp_path, {"table": FRAME})["table"]
    assert [cell.value for cell in sheet[1]] == [
        "unit_id", "cost_euro", "hours", "time_share", "lines", "start_date", "temporary",
    ]  # fmt: skip
    first = sheet[2]
    assert [cell.value for cell in first] == ["D1", 1234.56, 1.5, 0.125, 1, dt.datetime(2026, 1, 31), True]  # noqa: DTZ001  # a date in a sheet has no zone
    assert first[1].number_format.startswith("#,##0.00")
    assert first[3].number_format == "0.0%"
    assert [cell.value for cell in sheet[4]] == [None, None, pytest.approx(1 / 60_000), None, 3, None, None]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", '=HYPERLINK("http://x")', "http://x", "{=1}"])
def test_no_text_acts_as_a_formula_or_link(start: str, tmp_path: Path) -> None:
    """Whatever a source's text starts with, the cell is text: no formula, no link."""
    sheet = written(tmp_path, {"table": pl.DataFrame({"name": [f"{start}1+1"]})})["table"]
    cell = sheet["A2"]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert cell.value.replace("_x000D_", "").strip() == f"{start}1+1".replace("\r", "").strip()


def test_a_sheet_for_each_table_with_a_name_that_fits(tmp_path: Path) -> None:
    """Names of sheets are cut to 31 signs, freed of signs that Excel refuses, and never the same."""
    tables = {"a" * 40: FRAME, "a" * 41: FRAME, "x/y:z": FRAME}
    assert written(tmp_path, tables).sheetnames == ["a" * 31, "a" * 29 + " 2", "x-y-z"]


def test_a_table_longer_than_a_sheet_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that do not fit stand in a next sheet, under the same heading."""
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    book = written(tmp_path, {"table": FRAME})
    assert book.sheetnames == ["table", "table 2"]
    assert [book["table"].max_row, book["table 2"].max_row] == [3, 2]
    assert book["table 2"]["E2"].value == 3


def test_headings_are_those_given(tmp_path: Path) -> None:
    """With headings, a column is called what the page calls it."""
    sheet = written(tmp_path, {"table": FRAME}, heading=str.upper)["table"]
    assert sheet["B1"].value == "COST_CENTS"


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.text(max_size=20), min_size=1, max_size=5), cents=st.integers(-(10**13), 10**13))
def test_any_text_and_amount_can_be_written(
    texts: list[str], cents: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Every text that a source may hold gives a readable workbook, and every amount is its cents."""
    frame = pl.DataFrame({"name": texts, "cost_cents": [cents] * len(texts)})
    sheet = written(tmp_path_factory.mktemp("book"), {"table": frame})["table"]
    assert sheet.max_row == len(texts) + 1
    assert round(sheet["B2"].value * 100) == cents


def test_units_follow_the_name() -> None:
    """The suffix of a column tells its unit; text is text whatever its name."""
    assert unit_of("cost_cents", pl.Int64()) == "money"
    assert unit_of("network_milliminutes", pl.Int64()) == "time"
    assert unit_of("required_fte", pl.Float64()) == "fte"
    assert unit_of("paid_days", pl.Int64()) == "count"
    assert unit_of("satisfaction_score", pl.Float64()) == "score"
    assert unit_of("direct_hours_week", pl.Float64()) == "hours"
    assert unit_of("weight", pl.Float64()) == "decimal"
    assert unit_of("cents", pl.String()) == "text"
    assert unit_of("lines", pl.UInt32()) == "count"
