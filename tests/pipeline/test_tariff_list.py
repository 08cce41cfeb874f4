"""A tariff list of the organisation or the regulator: what is read, what is refused, and what is written."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given as for_all
from hypothesis import settings as examples
from hypothesis import strategies as st

from ipvb_bridge.base.errors import BridgeError, ConfigurationError
from ipvb_bridge.cli import norms as command
from ipvb_bridge.pipeline.tariff_list import amounts, headings, joining, reading, sheets, step, words
from ipvb_bridge.pipeline.tariff_list.joining import Joined, Tariff
from ipvb_bridge.pipeline.tariff_list.reading import Choices, Known, Profile, Read, Row
from ipvb_bridge.pipeline.tariff_list.sheets import Cell
from tests.house.conftest import ROOT

P = Profile("5VV", "stay", True, False)
HEAD = "Zorgprofiel;Leveringsvorm;Behandeling;Dagbesteding;Tarief per dag;Ingangsdatum"
KNOWN = Known(
    {"754": "5VV", "beschermd wonen met intensieve dementiezorg": "5VV"},
    {"Z053": P},
    {"INTRA": "stay"},
)


def read(path: Path, *, names: Sequence[str] = (), **choices: Any) -> Read:
    return reading.read(sheets.read(path, names), Choices(**choices), KNOWN, str(path))


def text(tmp_path: Path, *lines: str, name: str = "lijst.csv", encoding: str = "utf-8") -> Path:
    path = tmp_path / name
    path.write_bytes("\r\n".join(lines).encode(encoding))
    return path


def row(tarief: str, start: str = "2026-01-01", profiel: str = "5VV") -> str:
    return f"{profiel};verblijf;ja;nee;{tarief};{start}"


def book(tmp_path: Path, rows: Mapping[str, Sequence[Sequence[object]]], name: str = "lijst.xlsx") -> Path:
    made = openpyxl.Workbook()
    assert made.active is not None
    made.remove(made.active)
    for title, lines in rows.items():
        sheet = made.create_sheet(title)
        for line in lines:
            sheet.append(list(line))
    made.save(tmp_path / name)
    return tmp_path / name


def cents(found: Read) -> list[int]:
    return [each.cents for each in found.rows]


def faults(path: Path, **choices: Any) -> list[tuple[str, str, str]]:
    """Code, place and text of all that is wrong."""
    with pytest.raises(ConfigurationError) as caught:
        read(path, **choices)
    return [(each.code, each.where, each.what("nl")) for each in caught.value.problems()]


# --- what is read ----------------------------------------------------------------------------------------------


def test_dated_rows_with_dutch_headings(tmp_path: Path) -> None:
    """A row gives its profile, first day and amount in cents, with the line it stands on."""
    path = text(tmp_path, HEAD, row("€ 1.234,56"), row("183,2", "01-07-2026"), row("190", "1-1-2027"))
    assert read(path).rows == [
        Row(P, dt.date(2026, 1, 1), None, 123_456, None, "lijst.csv:2"),
        Row(P, dt.date(2026, 7, 1), None, 18_320, None, "lijst.csv:3"),
        Row(P, dt.date(2027, 1, 1), None, 19_000, None, "lijst.csv:4"),
    ]


def test_english_headings_with_points_and_another_delimiter(tmp_path: Path) -> None:
    """The same list in English: commas between columns, points in amounts, true and false, an end date."""
    path = text(
        tmp_path,
        "care profile,delivery form,with treatment,with day care,day tariff,valid from,end date",
        '5VV,stay,true,false,"1,234.56",2026-01-01,2026-12-31',
    )
    assert read(path).rows == [Row(P, dt.date(2026, 1, 1), dt.date(2026, 12, 31), 123_456, None, "lijst.csv:2")]


def test_a_column_a_year(tmp_path: Path) -> None:
    """Headings with a year make a tariff for each calendar year; an empty cell makes none and is counted."""
    path = text(tmp_path, "zzp;vorm;bh;db;Tarief 2025 (€);2026;stijging %", "5VV;VPT;ja;nee;180,00;184,50;2,5",
                "6VV;VPT;ja;nee;;190,00;")  # fmt: skip
    found = read(path)
    assert [(each.profile.zzp, each.start, each.end, each.cents) for each in found.rows] == [
        ("5VV", dt.date(2025, 1, 1), dt.date(2025, 12, 31), 18_000),
        ("5VV", dt.date(2026, 1, 1), dt.date(2026, 12, 31), 18_450),
        ("6VV", dt.date(2026, 1, 1), dt.date(2026, 12, 31), 19_000),
    ]
    assert found.left_out == {"no amount": 1}
    assert list(found.unused) == ["stijging %"]


def test_a_heading_of_two_rows_with_merged_cells(tmp_path: Path) -> None:
    """`Tarief per dag` above the years, merged in Excel or followed by empty cells in CSV, is one heading."""
    lines = [["Tarieven", None, None, None, None, None], ["Zorgprofiel", "Vorm", "BH", "DB", "Tarief per dag", None],
             [None, None, None, None, 2025, 2026], ["5VV", "verblijf", "ja", "nee", 180.0, 184.5]]  # fmt: skip
    path = book(tmp_path, {"Blad1": lines})
    made = openpyxl.load_workbook(path)
    made["Blad1"].merge_cells("E2:F2")
    for column in "ABCD":
        made["Blad1"].merge_cells(f"{column}2:{column}3")
    made.save(path)
    plain = text(tmp_path, *(";".join("" if each is None else str(each).replace(".", ",") for each in line)
                             for line in lines))  # fmt: skip
    for each in (path, plain):
        assert [(one.start.year, one.cents) for one in read(each).rows] == [(2025, 18_000), (2026, 18_450)]


def test_sheets_of_years_and_hidden_sheets(tmp_path: Path) -> None:
    """A sheet named after a year gives its tariffs that year; a hidden sheet is not read unless it is named."""
    head = ["zzp", "vorm", "bh", "db", "tarief"]
    years: dict[str, Any] = {
        name: [head, ["5VV", "zzp", "ja", "nee", amount]] for name, amount in (("2025", 180), ("2026", 184.5))
    }
    path = book(tmp_path, years | {"uitleg": [["niets te zien"]]})
    assert [(each.start.year, each.cents) for each in read(path).rows] == [(2025, 18_000), (2026, 18_450)]
    made = openpyxl.load_workbook(path)
    made["2025"].sheet_state = "hidden"
    made.save(path)
    assert cents(read(path)) == [18_450]
    assert cents(read(path, names=["2025"])) == [18_000]
    assert [code for code, *_ in _refused(lambda: sheets.read(path, ["2024"]))] == ["C66"]


def test_what_a_description_says_in_so_many_words(tmp_path: Path) -> None:
    """Profile, delivery form, treatment and day care are read from a description; nothing is taken for granted."""
    path = text(
        tmp_path,
        "Prestatiecode;Omschrijving;Tarief;Vanaf",
        "A1;ZZP 5VV verblijf incl. behandeling en dagbesteding;300,00;2026-01-01",
        "A2;VPT 4VV excl. behandeling, met dagbesteding;200,00;2026-01-01",
        "Z053;niet te lezen;250,00;2026-01-01",
    )
    assert [(each.profile, each.code) for each in read(path).rows] == [
        (Profile("5VV", "stay", True, True), "A1"),
        (Profile("4VV", "vpt", False, True), "A2"),
        (P, "Z053"),
    ]


def test_other_sectors_and_unknown_codes_are_left_out_and_told(tmp_path: Path) -> None:
    """The regulator's list holds more than V&V: what is not ours is counted by reason."""
    path = text(tmp_path, HEAD, row("100,00"), row("90,00", profiel="3VG"), row("80,00", profiel="LG 2"))
    assert read(path).left_out == {"sector VG": 1, "sector LG": 1}
    codes = text(tmp_path, "Prestatiecode;Tarief;Vanaf", "Z053;1,00;2026-01-01", "Z999;2,00;2026-01-01")
    assert read(codes).left_out == {"code Z999 is not in norms/tariff_codes.csv": 1}


def test_a_column_or_value_from_the_command(tmp_path: Path) -> None:
    """--column names a heading that nobody else knows; --value fills what no row says."""
    path = text(tmp_path, "Profielnaam;Bedragje;Oud tarief", "5VV;183,21;180,00")
    found = read(
        path,
        columns={"zzp": "profielnaam", "day_tariff": "Bedragje"},
        values={
            "delivery_form": "verblijf",
            "with_treatment": "ja",
            "with_day_care": "nee",
            "start_date": "2026-01-01",
        },
    )
    assert found.rows == [Row(P, dt.date(2026, 1, 1), None, 18_321, None, "lijst.csv:2")]


def test_bytes_of_windows_and_of_excels_own_csv(tmp_path: Path) -> None:
    """A mark of UTF-8 or UTF-16, the euro sign of Windows and a first line `sep=;` are all read."""
    for encoding in ("utf-8-sig", "cp1252", "utf-16"):
        path = text(tmp_path, "sep=;", HEAD, row("€ 183,21"), encoding=encoding)
        assert cents(read(path)) == [18_321]


def test_empty_rows_notes_and_doubles(tmp_path: Path) -> None:
    """Empty rows, subheadings and notes hold no tariff; a row that stands there twice counts once."""
    path = text(tmp_path, "Bron: eigen lijst", "", HEAD, "Verblijf;;;;;", row("183,21"), ";;;;;", row("183,21"),
                row("n.v.t."), "* voorlopig;;;;;")  # fmt: skip
    found = read(path)
    assert cents(found) == [18_321]
    assert found.left_out == {"the same row twice": 1, "no amount": 1}


@pytest.mark.parametrize(
    ("written", "meant"),
    [("5VV", "5VV"), ("ZZP 5 vv", "5VV"), ("VV-05", "5VV"), ("VV5", "5VV"), ("zorgprofiel 10VV", "10VV"),
     ("9b VV", "9bVV"), ("VV 9b", "9bVV"), ("754", "5VV"), ("Beschermd wonen met intensieve dementiezorg", "5VV"),
     ("5VV: Beschermd wonen", "5VV"), ("5VV en 6VV", None), ("3VG", None), ("11VV", None), ("", None)],
)  # fmt: skip
def test_profiles_as_people_write_them(written: str, meant: str | None) -> None:
    """A profile by its short name in many forms, its iWlz code or its whole name; two at once name none."""
    assert words.zzp(written, dict(KNOWN.names)) == meant


def test_strokes_between_day_and_month_must_be_clear() -> None:
    """31/01/2026 is a day; 01/02/2026 may be two days, and is refused."""
    assert words.day(Cell("31/01/2026", "")) == words.day(Cell("01/31/2026", "")) == dt.date(2026, 1, 31)
    assert words.day(Cell("01/02/2026", "")) is None
    assert words.day(Cell("31.1.2026", "")) == dt.date(2026, 1, 31)
    assert words.day(Cell("30-02-2026", "")) is None


# --- what is refused ---------------------------------------------------------------------------------------------


def test_an_amount_that_may_be_two_things_is_refused(tmp_path: Path) -> None:
    """1.234 alone may be a thousand: refused with its line, until another amount or the command tells (M140)."""
    path = text(tmp_path, HEAD, row("1.234"), row("200", "2027-01-01"))
    assert faults(path)[0][:2] == ("M140", "lijst.csv:2")
    assert cents(read(path, decimal="comma")) == [123_400, 20_000]
    assert faults(path, decimal="point")[0][0] == "C68"
    told = text(tmp_path, HEAD, row("1.234"), row("200,5", "2027-01-01"))
    assert cents(read(told)) == [123_400, 20_050]


def test_a_column_with_both_signs_is_refused(tmp_path: Path) -> None:
    """183,21 above 190.50: the column writes decimals in two ways, and both places are named (M144)."""
    found = faults(text(tmp_path, HEAD, row("183,21"), row("190.50", "2027-01-01")))
    assert [code for code, *_ in found] == ["M144"]
    assert "lijst.csv:2" in found[0][2]
    assert "lijst.csv:3" in found[0][2]


def test_percentages_are_no_amounts(tmp_path: Path) -> None:
    """A column of percentages, as text or as a number format of Excel, is refused by cell (M141)."""
    assert [code for code, *_ in faults(text(tmp_path, HEAD, row("95,5%")))] == ["M141"]
    path = book(tmp_path, {"Blad1": [["zzp", "vorm", "bh", "db", "tarief 2026"], ["5VV", "zzp", "ja", "nee", 0.955]]})
    made = openpyxl.load_workbook(path)
    made["Blad1"]["E2"].number_format = "0.0%"
    made.save(path)
    assert faults(path) == [
        ("M141", "lijst.xlsx, Blad1, E2", "95.5% is een percentage, en een tarief is een bedrag in euro per dag")
    ]


def test_rows_that_contradict_each_other_are_refused(tmp_path: Path) -> None:
    """Two amounts for one profile and day, or spans that overlap: both places and amounts are named (M142)."""
    found = faults(text(tmp_path, HEAD, row("183,21"), row("184,00")))
    assert found[0][:2] == ("M142", "lijst.csv:3")
    assert "183.21 (lijst.csv:2) en 184.00 (lijst.csv:3)" in found[0][2]
    spans = [f"{HEAD};Einddatum", f"{row('183,21')};2026-06-30", f"{row('184,00', '2026-06-30')};"]
    assert faults(text(tmp_path, *spans))[0][0] == "M142"


def test_everything_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    """Each bad cell with its row: an amount, a profile, a form, a yes or no, a date, an end before its start (C68)."""
    lines = [
        row("gratis"),
        row("-5,00"),
        row("183,215"),
        row("183,21", profiel="vijf"),
        "5VV;hotel;ja;nee;183,21;2026-01-01;",
        "5VV;verblijf;soms;nee;183,21;2026-01-01;",
        row("183,21", "01/02/2026"),
        "5VV;verblijf;ja;nee;183,21;2026-01-01;2025-12-31",
    ]
    found = faults(text(tmp_path, f"{HEAD};Einddatum", *lines))
    assert {code for code, *_ in found} == {"C68"}
    assert sorted(where for _, where, _ in found) == [f"lijst.csv:{at}" for at in range(2, 10)]


def test_a_row_with_more_values_than_headings(tmp_path: Path) -> None:
    """An amount with a comma in a file with commas falls apart: said so, instead of a tariff of 183 euros (M143)."""
    path = text(tmp_path, HEAD.replace(";", ","), row("183,21").replace(";", ","))
    assert "M143" in [code for code, *_ in faults(path)]


def test_a_formula_counts_by_its_stored_value_only(tmp_path: Path) -> None:
    """A workbook that no Excel has calculated has formulas without values: refused by cell, never taken as nothing."""
    path = book(tmp_path, {"Blad1": [["zzp", "vorm", "bh", "db", "tarief 2026"], ["5VV", "zzp", "ja", "nee", "=1+1"]]})
    found = faults(path)
    assert [(code, where) for code, where, _ in found] == [("C68", "lijst.xlsx, Blad1, E2")]
    assert "formula" in found[0][2]


def test_noise_behind_the_cents_is_no_amount(tmp_path: Path) -> None:
    """What a formula left as 183.21000000000001 is 183.21; a real third decimal is refused, not rounded."""
    head = ["zzp", "vorm", "bh", "db", "tarief 2026"]
    exact = book(tmp_path, {"Blad1": [head, ["5VV", "zzp", "ja", "nee", 183.21000000000001]]})
    assert cents(read(exact)) == [18_321]
    third = book(tmp_path, {"Blad1": [head, ["5VV", "zzp", "ja", "nee", 183.215]]})
    assert [code for code, *_ in faults(third)] == ["C68"]


def test_more_that_people_do_in_lists(tmp_path: Path) -> None:
    """A heading on every page, an x for yes, a dash for no cents; odd amounts of other sectors stop nothing."""
    ticks = HEAD.replace("Ingangsdatum", "2026").replace("Tarief per dag;", "")
    path = text(tmp_path, ticks, "5VV;verblijf;x;;€ 183,-", ticks, "6VV;verblijf;;;190,5", "3VG;verblijf;;x;gratis")
    found = read(path)
    assert [(each.profile.with_treatment, each.cents) for each in found.rows] == [(True, 18_300), (False, 19_050)]
    assert found.left_out == {"sector VG": 1}


def test_amounts_of_something_else(tmp_path: Path) -> None:
    """Nothing a day would hide that a tariff lacks, and 18.321 euros a day are cents: both are refused (C68)."""
    lines = [row(each, f"20{at}-01-01") for at, each in enumerate(("0,00", "18321", "9" * 30), 25)]
    assert [code for code, *_ in faults(text(tmp_path, HEAD, *lines))] == ["C68"] * 3


def test_a_quote_that_nothing_closes(tmp_path: Path) -> None:
    """Rows behind an open quote would be lost without a word: the file is refused with the line (C66)."""
    path = text(tmp_path, HEAD, row("183,21"), '"' + row("183,21", "2027-01-01"), row("190,00", "2028-01-01"))
    assert _refused(lambda: sheets.read(path))[0][0] == "C66"


def test_empty_cells_and_values_that_say_nothing(tmp_path: Path) -> None:
    """An empty cell of a column that is there is named by its row; a --value that cannot be read by its field (C68)."""
    assert faults(text(tmp_path, HEAD, row("183,21", "")))[0][:2] == ("C68", "lijst.csv:2")
    assert faults(text(tmp_path, HEAD, "5VV;verblijf;;nee;183,21;2026-01-01"))[0][:2] == ("C68", "lijst.csv:2")
    path = text(tmp_path, "zzp;tarief 2026", "5VV;183,21", "6VV;183,21")
    assert {where for _, where, _ in faults(path, values={"delivery_form": "hotel"})} == {"--value delivery_form"}
    path = text(tmp_path, "code;tarief 2026", "5;183,21", "6;183,21")
    assert [where for _, where, _ in faults(path, values={"zzp": "hotel"})] == ["--value zzp"]


def test_headings_that_are_not_there_or_twice(tmp_path: Path) -> None:
    """No amount column, two of them, or nothing that says the form: named, with the headings that were seen (C67)."""
    assert faults(text(tmp_path, "naam;waarde", "5VV;1,00"))[0][0] == "C67"
    twice = faults(text(tmp_path, "zzp;tarief;maximumtarief", "5VV;1,00;2,00"))
    assert twice[0][0] == "C67"
    assert "tarief, maximumtarief" in twice[0][2]
    lacking = faults(text(tmp_path, "zzp;tarief 2026", "5VV;1,00"))
    assert [
        (code, field) for (code, _, what), field in zip(lacking, ("delivery_form",), strict=True) if field in what
    ] == [("C67", "delivery_form")]


def test_a_list_without_any_of_ours(tmp_path: Path) -> None:
    """A list of other sectors only holds nothing to import, and says what it left out (C69)."""
    found = faults(text(tmp_path, HEAD, row("90,00", profiel="3VG")))
    assert found[0][0] == "C69"
    assert "sector VG (1)" in found[0][2]


def _refused(doing: Any) -> list[tuple[str, str]]:
    with pytest.raises(BridgeError) as caught:
        doing()
    return [(each.code, each.where) for each in caught.value.problems()]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"\x00\x01\x02", b"\xd0\xcf\x11\xe0\x00old excel"])
def test_a_file_that_is_something_else(tmp_path: Path, content: bytes) -> None:
    """An empty, damaged, protected or old file is a message with its name, no stack trace (C66)."""
    path = tmp_path / "lijst.xlsx"
    path.write_bytes(content)
    assert [code for code, _ in _refused(lambda: sheets.read(path))] == ["C66"]
    assert [code for code, _ in _refused(lambda: sheets.read(tmp_path / "none.csv"))] == ["C66"]


def test_the_command_knows_the_fields_of_the_reader() -> None:
    """--column and --value take the fields that the reader has headings for."""
    assert command.FIELDS == headings.FIELDS


# --- beside the tariffs there are --------------------------------------------------------------------------------

DAY = dt.date(2026, 1, 1)
TODAY = dt.date(2026, 11, 21)


def there(start: str, end: str | None, amount: int) -> Tariff:
    last = None if end is None else dt.date.fromisoformat(end)
    return Tariff(P, dt.date.fromisoformat(start), last, amount, "X", "brief", None)


def listed(start: str, end: str | None, amount: int) -> Row:
    last = None if end is None else dt.date.fromisoformat(end)
    return Row(P, dt.date.fromisoformat(start), last, amount, None, "lijst.csv:2")


def spans(joined: Joined) -> list[tuple[str, str | None, int]]:
    return [(str(each.start), None if each.end is None else str(each.end), each.cents) for each in joined.tariffs]


@pytest.mark.parametrize(
    ("had", "row", "state", "made"),
    [
        ([], ("2026-01-01", None, 2), "new", [("2026-01-01", None, 2)]),
        ([("2025-01-01", None, 1)], ("2026-01-01", "2026-12-31", 2), "follows",
         [("2025-01-01", "2025-12-31", 1), ("2026-01-01", "2026-12-31", 2)]),
        ([("2026-01-01", None, 1)], ("2026-01-01", None, 2), "changed", [("2026-01-01", None, 2)]),
        ([("2026-01-01", None, 1)], ("2026-01-01", None, 1), "unchanged", [("2026-01-01", None, 1)]),
        ([("2025-07-01", "2026-06-30", 1)], ("2026-01-01", "2026-12-31", 2), "overlapping",
         [("2025-07-01", "2025-12-31", 1), ("2026-01-01", "2026-12-31", 2)]),
        ([("2026-07-01", None, 1)], ("2026-01-01", "2026-12-31", 2), "overlapping",
         [("2026-01-01", "2026-12-31", 2), ("2027-01-01", None, 1)]),
        ([("2027-01-01", None, 1)], ("2026-01-01", None, 2), "new",
         [("2026-01-01", "2026-12-31", 2), ("2027-01-01", None, 1)]),
    ],
)  # fmt: skip
def test_a_row_beside_what_holds(had: list[Any], row: Any, state: str, made: list[Any]) -> None:
    """What a row of the list is called, and where the tariffs of the file end and start for it."""
    joined = joining.join([listed(*row)], [there(*each) for each in had], "lijst.csv", TODAY)
    assert [line.state for line in joined.lines] == [state]
    assert spans(joined) == made


def test_a_row_that_is_there_keeps_its_source_and_was_looked_at() -> None:
    """An unchanged tariff keeps code and source; the day of the look is today; a new one names the list."""
    joined = joining.join(
        [listed("2026-01-01", "2026-12-31", 1), listed("2027-01-01", None, 2)],
        [there("2026-01-01", "2026-12-31", 1)],
        "lijst.csv",
        TODAY,
    )
    assert [(each.source, each.code, each.last_checked) for each in joined.tariffs] == [
        ("brief", "X", TODAY),
        ("lijst.csv", None, TODAY),
    ]
    assert [line.before for line in joined.lines] == [1, None]


def _tariffs() -> st.SearchStrategy[list[tuple[int, int | None, int]]]:
    return st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(0, 30), st.integers(1, 3)), max_size=6)


def _apart(given: list[tuple[int, int | None, int]]) -> Iterator[tuple[dt.date, dt.date | None, int]]:
    """Spans without an overlap: each ends before the next one starts; only the last may be open."""
    ordered = sorted({first: (first, length, cents) for first, length, cents in given}.values())
    for (first, length, cents), following in itertools.zip_longest(ordered, ordered[1:]):
        last = None if length is None else first + length
        if following is not None:
            last = following[0] - 1 if last is None else min(last, following[0] - 1)
        yield DAY + dt.timedelta(first), None if last is None else DAY + dt.timedelta(last), cents


def _on(tariffs: Sequence[Tariff], day: dt.date) -> list[int]:
    return [each.cents for each in tariffs if each.start <= day and (each.end is None or each.end >= day)]


@examples(max_examples=150, deadline=None)
@for_all(had=_tariffs(), new=_tariffs())
def test_never_two_tariffs_on_one_day_and_the_list_wins(had: Any, new: Any) -> None:
    """On each day at most one tariff holds; where the list gives a last day, it is the list's; no earlier day moves."""
    before = [Tariff(P, first, last, cents, None, None, None) for first, last, cents in _apart(had)]
    rows = [Row(P, first, last, cents, None, "x") for first, last, cents in _apart(new)]
    made = joining.join(reversed(rows), reversed(before), "x", TODAY).tariffs
    start = min((each.start for each in rows), default=dt.date.max)
    for at in range(-5, 120):
        day = DAY + dt.timedelta(at)
        holds = _on(made, day)
        assert len(holds) <= 1
        said = [each.cents for each in rows if each.end is not None and each.start <= day <= each.end]
        if said:
            assert holds == said
        if day < start:
            assert holds == _on(before, day)
    again = joining.join(rows, made, "x", TODAY)
    assert spans(again) == spans(joining.join(rows, before, "x", TODAY))
    assert not again.changes


def test_gaps_are_days_in_use_without_a_tariff() -> None:
    """A profile in use from before the first tariff until after the last has a gap on either side, and one between."""
    tariffs = [there("2026-02-01", "2026-03-31", 1), there("2026-05-01", "2026-05-31", 1)]
    used = {P: (7, [(dt.date(2026, 1, 1), dt.date(2026, 6, 30))])}
    assert [(gap.residents, str(gap.first), str(gap.last)) for gap in joining.gaps(used, tariffs)] == [
        (7, "2026-01-01", "2026-01-31"),
        (7, "2026-04-01", "2026-04-30"),
        (7, "2026-06-01", "2026-06-30"),
    ]
    assert joining.gaps(used, [there("2020-01-01", None, 1)]) == []


@examples(max_examples=100, deadline=None)
@for_all(st.lists(st.integers(1, 10_000_00), min_size=1, max_size=5), st.booleans())
def test_an_amount_is_read_as_it_was_written(values: list[int], dutch: bool) -> None:
    """Cents written with thousands and two decimals come back to the cent, in either notation."""
    written = [f"€ {Decimal(value) / 100:,.2f}" for value in values]
    if dutch:
        written = [each.translate(str.maketrans(",.", ".,")) for each in written]
    found = amounts.read([Cell(each, "x") for each in written])
    assert (list(found.cents.values()), found.faults, found.column) == (values, {}, [])


def test_the_written_file_is_the_table_of_the_records() -> None:
    """The text of norms/tariffs.csv has the declared columns, amounts with two decimals, and reads back the same."""
    joined = joining.join([listed("2026-01-01", None, 18_305)], [there("2025-01-01", None, 1)], "a, b.csv", TODAY)
    rows = list(csv.DictReader(step.content(joined).splitlines()))
    assert [(each["zzp"], each["end_date"], each["day_tariff"], each["source"]) for each in rows] == [
        ("5VV", "2025-12-31", "0.01", "brief"),
        ("5VV", "", "183.05", "a, b.csv"),
    ]
    assert rows[1]["with_treatment"] == "true"
    assert rows[1]["last_checked"] == "2026-11-21"


def test_the_worked_example_of_the_manual(tmp_path: Path) -> None:
    """The list of docs/instrumenten/norms.md gives the file that stands there, letter for letter."""
    text_of = (ROOT / "docs" / "instrumenten" / "norms.md").read_text("utf-8")
    given, wanted = re.findall(r"```csv\n(.*?)```", text_of, re.DOTALL)
    path = text(tmp_path, *given.splitlines(), name="tarieven.csv")
    before = Tariff(Profile("4VV", "stay", False, False), dt.date(2025, 1, 1), None, 19_305, None, None, None)
    joined = joining.join(read(path).rows, [before], path.name, TODAY)
    assert step.content(joined) == wanted
