"""Reading delimited files: true places, exact faults, and the same rows by the fast way as by the slow."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import DataError
from ipvb_bridge.core.records import MAPPINGS, STREAMS, Column, Table, Type
from ipvb_bridge.plugin import delimited, messages
from ipvb_bridge.plugin.delimited import Format, read_batches, read_table

STAYS = STREAMS["stays"]
HEADER = "stay_id,resident_id,unit_id,start_date,end_date\n"
FUNCTIONS = MAPPINGS["functions"]


def write(folder: Path, content: str | bytes, name: str = "stays.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, content: str | bytes, table: Table = STAYS, **form: str) -> pl.DataFrame:
    return read_table(write(folder, content), table, format=Format(**form))


def refused(folder: Path, content: str | bytes, table: Table = STAYS, **form: str) -> DataError:
    with pytest.raises(DataError) as caught:
        read(folder, content, table, **form)
    return caught.value


def test_rows_are_text_in_the_tables_order_with_their_place(tmp_path: Path) -> None:
    """Columns may stand in any order in the file; an empty field is null; each row says where it stood."""
    frame = read(tmp_path, "unit_id,stay_id,resident_id,end_date,start_date\nD1,S1,R1,,2026-01-01\nD2,S2,R2,,x\n")
    assert frame.columns == [*STAYS.names, "_position"]
    assert frame.rows() == [
        ("S1", "R1", "D1", "2026-01-01", None, "stays.csv:2"),
        ("S2", "R2", "D2", "x", None, "stays.csv:3"),
    ]


@pytest.mark.parametrize(
    "content",
    [
        HEADER + "S1,R1,D1,2026-01-01,\nS2,R2,D1,2026-01-02,\n",
        HEADER + "S1,R1,D1,2026-01-01,\nS2,R2,D1,2026-01-02,",
        (HEADER + "S1,R1,D1,2026-01-01,\nS2,R2,D1,2026-01-02,\n").replace("\n", "\r\n"),
        HEADER + "S1,R1,D1,2026-01-01,\nS2,R2,D1,2026-01-02,\n\n\n",
        HEADER + '"S1","R1","D1","2026-01-01",""\n"S2",R2,"D1",2026-01-02,\n',
        "\ufeff" + HEADER + "S1,R1,D1,2026-01-01,\nS2,R2,D1,2026-01-02,\n",
    ],
    ids=["plain", "no last line end", "CRLF", "blank lines behind", "quoted", "byte order mark"],
)
def test_the_same_rows_however_the_file_is_written(tmp_path: Path, content: str) -> None:
    """Line ends, quotes and a byte order mark are of the file, not of the data."""
    assert read(tmp_path, content).rows() == [
        ("S1", "R1", "D1", "2026-01-01", None, "stays.csv:2"),
        ("S2", "R2", "D1", "2026-01-02", None, "stays.csv:3"),
    ]


def test_line_numbers_are_true_behind_quoted_line_ends_and_blank_lines(tmp_path: Path) -> None:
    """A row is placed on the line where it begins, as an editor counts lines."""
    content = HEADER + 'S1,"R\n1",D1,,\n\nS2,"R\r\n\n2",D1,,\nS3,R3,D1,,\n'
    frame = read(tmp_path, content)
    assert frame["_position"].to_list() == ["stays.csv:2", "stays.csv:5", "stays.csv:8"]
    assert frame["resident_id"].to_list() == ["R\n1", "R\r\n\n2", "R3"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "iso-8859-1", "utf-16"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    """Each stated encoding gives the same text."""
    content = (HEADER + "S1,Zoë,Café,,\n").encode(encoding)
    assert read(tmp_path, content, encoding=encoding).row(0)[1:3] == ("Zoë", "Café")


@pytest.mark.parametrize(
    ("written", "said", "likely"),
    [
        ("cp1252", "utf-8", "cp1252"),
        ("cp1252", "utf-8-sig", "cp1252"),
        ("utf-8", "cp1252", "utf-8"),
        ("utf-8", "iso-8859-1", "utf-8"),
        ("utf-8-sig", "cp1252", "utf-8-sig"),
        ("utf-16", "utf-8", "utf-16"),
    ],
)
def test_a_wrong_encoding_is_said_with_its_place(tmp_path: Path, written: str, said: str, likely: str) -> None:
    """Line and byte of the first character that does not fit, and what the file probably is; nothing is replaced."""
    content = (HEADER + "S1,R1,D1,,\nS2,Zoë,D1,,\n").encode(written)
    error = refused(tmp_path, content, encoding=said)
    assert error.message is messages.ENCODING
    assert error.fields["likely"] == likely
    if not written.endswith(("sig", "16")):
        assert error.where.endswith("stays.csv:3")
        assert error.fields["offset"] == len((HEADER + "S1,R1,D1,,\nS2,Zo").encode())


def test_an_encoding_that_fails_late_fails_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A character that does not fit far into the file, where blocks divide it, is placed exactly as well."""
    start = (HEADER + "".join(f"S{at},R1,D1,,\n" for at in range(500))).encode()
    path = write(tmp_path, start + b"S500,Zo\xeb,D1,,\n")
    with pytest.raises(DataError) as caught:
        list(read_batches(path, STAYS, block=64))
    assert caught.value.where.endswith("stays.csv:502")
    assert caught.value.fields["offset"] == len(start) + len("S500,Zo")


def test_characters_that_blocks_divide(tmp_path: Path) -> None:
    """A character of several bytes that lies over the edge of two blocks is read whole."""
    path = write(tmp_path, HEADER + "".join(f"S{at},éëïöü€,D1,,\n" for at in range(300)))
    for block in (61, 62, 63, 64):
        frame = pl.concat(read_batches(path, STAYS, block=block))
        assert frame.height == 300
        assert frame["resident_id"].unique().to_list() == ["éëïöü€"]
        assert frame["_position"].to_list() == [f"stays.csv:{at + 2}" for at in range(300)]


def test_a_missing_column(tmp_path: Path) -> None:
    """The name of the missing column, and that a near name may be meant."""
    error = refused(tmp_path, "stay_id,resident_id,unit_id,startdate,end_date\nS1,R1,D1,,\n")
    assert error.message is messages.COLUMN_MISSING
    assert "start_date" in error.what("nl")
    assert "startdate: start_date?" in error.what("nl")


def test_an_extra_column(tmp_path: Path) -> None:
    """A column that the table does not know is named; its values are not."""
    error = refused(tmp_path, HEADER.replace("\n", ",bsn\n") + "S1,R1,D1,,,123456782\n")
    assert error.message is messages.COLUMN_EXTRA
    assert "bsn" in error.what("nl")
    assert "123456782" not in str(error.fields)


def test_optional_and_later_columns_may_be_absent(tmp_path: Path) -> None:
    """What a table calls optional, or got in a later version, is null when the file does not have it."""
    assert read(tmp_path, "function,level\nHelpende,2\n", FUNCTIONS).row(0) == (
        "Helpende",
        "2",
        None,
        None,
        "stays.csv:2",
    )
    grown = Table("t", "", ("a",), (Column("a", Type.TEXT, ""), Column("b", Type.TEXT, "", nullable=True, since=2)))
    assert read(tmp_path, "a\n1\n", grown).row(0) == ("1", None, "stays.csv:2")


def test_a_header_with_a_name_twice(tmp_path: Path) -> None:
    """Which of two columns counts cannot be known."""
    error = refused(tmp_path, "stay_id,resident_id,unit_id,start_date,end_date,unit_id\nS1,R1,D1,,,D2\n")
    assert error.message is messages.HEADER_TWICE
    assert error.seen == "unit_id"


@pytest.mark.parametrize(("written", "said"), [(";", ","), (",", ";"), ("\t", ","), ("|", ";")])
def test_a_wrong_delimiter_is_recognised(tmp_path: Path, written: str, said: str) -> None:
    """A header that falls into one column names the delimiter that would fit."""
    error = refused(tmp_path, (HEADER + "S1,R1,D1,,\n").replace(",", written), delimiter=said)
    assert error.message is messages.DELIMITER
    assert error.seen == ('"\\t"' if written == "\t" else f'"{written}"')


def test_a_file_without_a_header_shows_nobody(tmp_path: Path) -> None:
    """The first line is data of people then: no value of it stands in the message."""
    error = refused(tmp_path, "1,Jansen,1931-04-05,x,y\n")
    assert error.message is messages.HEADER_MISSING
    assert "Jansen" not in str(error.fields)
    assert "stay_id,resident_id" in error.next_step("nl")


@pytest.mark.parametrize("content", [b"", b"\n\r\n\n", b"\xef\xbb\xbf"], ids=["no byte", "blank lines", "only a mark"])
def test_an_empty_file(tmp_path: Path, content: bytes) -> None:
    """A file without even a header is no delivery of nothing: something went wrong where it was made."""
    assert refused(tmp_path, content).message is messages.FILE_EMPTY


def test_a_header_alone_is_a_delivery_of_nothing(tmp_path: Path) -> None:
    """No rows is an answer; whether it can be true is judged by whoever knows how many there were."""
    for content in (HEADER, HEADER.rstrip("\n")):
        frame = read(tmp_path, content)
        assert frame.height == 0
        assert frame.columns == [*STAYS.names, "_position"]


@pytest.mark.parametrize(
    "tail", ["S3,R3", 'S3,"R3', 'S3,"R3\n'], ids=["few fields", "open quote", "open quote and line end"]
)
def test_a_file_that_is_cut_off(tmp_path: Path, tail: str) -> None:
    """A last row with too few fields or an open quote: the file stops half way, on that line."""
    error = refused(tmp_path, HEADER + "S1,R1,D1,,\nS2,R2,D1,,\n" + tail)
    assert error.message is messages.TRUNCATED
    assert error.where.endswith("stays.csv:4")


def test_a_cut_off_file_in_blocks(tmp_path: Path) -> None:
    """Rows of earlier blocks were handed over by then; the reading ends in an error all the same."""
    path = write(tmp_path, HEADER + "S1,R1,D1,,\n" * 100 + "S2,R2")
    frames: list[pl.DataFrame] = []
    with pytest.raises(DataError) as caught:
        frames.extend(read_batches(path, STAYS, block=64))
    assert frames
    assert caught.value.message is messages.TRUNCATED
    assert caught.value.where.endswith("stays.csv:102")


@pytest.mark.parametrize("row", ["S2,R2", "S2,R2,D1,,,"])
def test_rows_of_another_length(tmp_path: Path, row: str) -> None:
    """Rows with too few or too many fields are counted and placed, also when they balance each other."""
    error = refused(tmp_path, HEADER + f"S1,R1,D1,,\n{row}\nS3,R3,D1,,\n" + "S4,R4,D1\nS5,R5,D1,,,,\nS6,R6,D1,,\n")
    assert error.message is messages.FIELD_COUNT
    assert error.fields["lines"] == "3, 5, 6"
    assert error.fields["expected"] == 5


def test_quotes_that_are_not_in_order(tmp_path: Path) -> None:
    """Text behind a closing quote is named with its line, not joined or dropped."""
    error = refused(tmp_path, HEADER + 'S1,R1,D1,,\nS2,"R2"x,D1,,\nS3,R3,D1,,\n')
    assert error.message is messages.QUOTING
    assert error.where.endswith("stays.csv:3")


def test_a_quote_inside_an_unquoted_field_is_a_character(tmp_path: Path) -> None:
    """`rollator 26"` is text: neither the row nor those behind it go astray."""
    content = HEADER + 'S1,26",D1,,\nS2,R2,D1,,\nS3,5\'4",D1,,\nS4,R4,D1,,\n'
    assert read(tmp_path, content)["resident_id"].to_list() == ['26"', "R2", "5'4\"", "R4"]


def test_a_file_without_quoting(tmp_path: Path) -> None:
    """With `quote = ""` a quote is a character everywhere."""
    assert read(tmp_path, HEADER + 'S1,"R1,D1,,\n', quote="")["resident_id"].to_list() == ['"R1']


def test_carriage_returns_alone_are_named(tmp_path: Path) -> None:
    """A stray carriage return would make one row of two, or hide in a value."""
    error = refused(tmp_path, HEADER + "S1,R1,D1,,\rS2,R2,D1,,\n")
    assert error.message is messages.QUOTING
    assert read(tmp_path, HEADER + 'S1,"R\r1",D1,,\n')["resident_id"].to_list() == ["R\r1"]


def test_nul_characters(tmp_path: Path) -> None:
    """Zero bytes come from a file that was reserved and not yet written: it is refused, with the line."""
    error = refused(tmp_path, (HEADER + "S1,R1,D1,,\n").encode() + b"\x00" * 50)
    assert error.message is messages.NUL_BYTE
    assert error.where.endswith("stays.csv:3")


def test_no_file(tmp_path: Path) -> None:
    """A file that is not there is a missing file, with the place where it was looked for."""
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / "stays.csv", STAYS)
    assert caught.value.message is messages.FILE_MISSING
    assert str(tmp_path) in caught.value.next_step("nl")


def test_what_cannot_be_read(tmp_path: Path) -> None:
    """What the operating system refuses to read is said with its reason."""
    (tmp_path / "stays.csv").mkdir()
    with pytest.raises(DataError) as caught:
        read_table(tmp_path / "stays.csv", STAYS)
    assert caught.value.message is messages.UNREADABLE
    assert caught.value.seen


def test_decimal_comma_and_local_times_come_out_canonical(tmp_path: Path) -> None:
    """Numbers get their point and moments their offset while the file is read."""
    content = (
        "hours_id;contract_id;unit_id;level;kind;start;end;paid_minutes\n"
        "H1;C1;D1;;worked;2026-01-10 07:00;2026-07-10 15:30:00;7,5\n"
    )
    path = write(tmp_path, content)
    form = Format(delimiter=";", decimal=",")
    row = read_table(path, STREAMS["hours"], format=form, time_zone=ZoneInfo("Europe/Amsterdam")).row(0, named=True)
    assert (row["start"], row["end"]) == ("2026-01-10T06:00:00+00:00", "2026-07-10T13:30:00+00:00")
    assert row["paid_minutes"] == "7.5"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("csv")


FIELDS = st.text(st.sampled_from('ab ,;"\n\r\té€|.'), max_size=6)


@given(
    rows=st.lists(st.tuples(FIELDS, FIELDS, FIELDS, FIELDS, FIELDS), max_size=12),
    ends=st.sampled_from(["\n", "\r\n"]),
    style=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    block=st.integers(40, 200),
)
@settings(max_examples=200, deadline=None)
def test_whatever_is_written_is_read(
    scratch: Path, rows: list[tuple[str, ...]], ends: str, style: int, block: int
) -> None:
    """Any text that the csv module writes comes back as it was, with true lines, whatever the size of the blocks."""
    if style == csv.QUOTE_MINIMAL:  # the csv module leaves a carriage return unquoted then
        rows = [tuple(field.replace("\r", "") for field in row) for row in rows]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=ends, quoting=style)
    writer.writerow(STAYS.names)
    places, line = [], 2
    for row in rows:
        before = len(out.getvalue())
        writer.writerow(row)
        places.append(f"stays.csv:{line}")
        line += out.getvalue()[before:].count("\n")
    path = write(scratch, out.getvalue())
    frames = list(read_batches(path, STAYS, block=block))
    got = [row for frame in frames for row in frame.rows()]
    assert [row[:-1] for row in got] == [tuple(field or None for field in row) for row in rows]
    assert [row[-1] for row in got] == places


LINES = st.lists(st.text(st.sampled_from('a,"\r '), max_size=9), min_size=1, max_size=6)


@given(lines=LINES)
@settings(max_examples=400, deadline=None)
def test_the_fast_way_takes_nothing_that_the_slow_way_reads_otherwise(scratch: Path, lines: list[str]) -> None:
    """For any lines, however broken, both ways give the same rows or both refuse: polars alone would pad and merge."""
    table = Table("t", "", ("a",), tuple(Column(name, Type.TEXT, "") for name in ("a", "b", "c")))
    path = write(scratch, "a,b,c\n" + "\n".join(lines) + "\n")

    def outcome() -> object:
        try:
            return read_table(path, table).rows()
        except DataError as error:
            return error.code, error.where

    quick = outcome()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "_fast", lambda *_: None)
        assert outcome() == quick


def test_the_worked_example_reads_whole(example: Path) -> None:
    """Every canonical file of the example is read, each row on its own line."""
    for table in STREAMS.values():
        path = example / "input" / f"{table.name}.csv"
        frame = read_table(path, table)
        assert frame.height == len(path.read_text("utf-8").splitlines()) - 1
        assert frame["_position"].to_list() == [f"{path.name}:{at + 2}" for at in range(frame.height)]


def test_of_columns_that_stand_in_for_each_other_one_is_enough(tmp_path: Path) -> None:
    """A file with the person's key needs no resident, nor the other way round; with neither, the header is refused."""
    table, key = STREAMS["indications"], "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
    rest = "indication_id,basis,zzp,delivery_form,with_treatment,with_day_care,start_date,end_date"
    values = "I1,indicated,5VV,stay,true,false,2026-01-01,"
    for name, value in (("person_key", key), ("resident_id", "R1")):
        frame = read(tmp_path, f"{rest},{name}\n{values},{value}\n", table)
        (given,) = frame.select("resident_id", "person_key").rows()
        assert given == ((None, key) if name == "person_key" else ("R1", None))
    error = refused(tmp_path, f"{rest}\n{values}\n", table)
    assert error.message is messages.COLUMN_MISSING
    assert error.fields["missing"] == "resident_id"
