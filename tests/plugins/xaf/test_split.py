"""Books in several files: all parts, in order, or nothing; and several books in one folder."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ipvb_bridge.base.errors import DataError

from .books import entry, ledger, write
from .conftest import Connection

WHOLE = ledger(*(entry(str(number), number) for number in range(1, 10)))


def fragments(text: str, parts: int = 3) -> list[str]:
    """Cut before a transaction: each part goes on where the one before stopped."""
    pieces = text.split("\n<transaction>")
    size = len(pieces) // parts + 1
    groups = [pieces[at : at + size] for at in range(0, len(pieces), size)]
    assert len(groups) == parts
    joined = ["\n<transaction>".join(group) for group in groups]
    return [joined[0]] + [
        f"<!-- Vervolgbestand {number} van {parts} -->\n<transaction>{part}"
        for number, part in enumerate(joined[1:], 2)
    ]


def put_fragments(connect: Connection, **fields: str) -> None:
    first, second, third = fragments(write(WHOLE))
    connect.put(first)
    connect.put('<?xml version="1.0" encoding="UTF-8"?>\n' + second, "boek-2.xaf")
    connect.put("\ufeff" + third, "boek-3.xaf")


def test_parts_that_go_on_where_the_one_before_stopped(connect: Connection) -> None:
    """Follow-up files that are the rest of the text give the same rows; totals count for the whole."""
    plain = connect.read(WHOLE).rows
    put_fragments(connect)
    pulled = connect.pull()
    assert pulled.rows.equals(plain)
    assert not [finding for finding in pulled.findings if finding.severity != "info"]
    files = pulled.cursor["files"]
    assert sorted(files) == ["boek-2.xaf", "boek-3.xaf", "boek.xaf"]


@pytest.mark.parametrize("path", [".", "boek*.xaf", "boek.xaf"])
def test_parts_by_folder_pattern_or_first_file(path: str, connect: Connection) -> None:
    """However the path is set, the parts are one book."""
    put_fragments(connect)
    assert connect.pull(path=path).rows.height == 18


def test_positions_name_the_part(connect: Connection) -> None:
    """A held line says in which file it stands."""
    first, second, third = fragments(write(WHOLE))
    connect.put(first)
    connect.put(second, "boek-2.xaf")
    connect.put(third.replace("<amnt>0.09</amnt><amntTp>D", "<amnt>negen</amnt><amntTp>D"), "boek-3.xaf")
    assert connect.pull().held.get_column("position").to_list() == ["boek-3.xaf:MEM/9/1"]


@pytest.mark.parametrize("gone", ["boek-2.xaf", "boek-3.xaf", "boek.xaf"])
def test_a_missing_part(gone: str, connect: Connection) -> None:
    """Without one of its parts a book is refused, and the message says which part."""
    put_fragments(connect)
    (connect.folder / gone).unlink()
    with pytest.raises(DataError) as caught:
        connect.pull(path=".")
    assert caught.value.code == "XAF05"
    assert caught.value.fields["seen"] == {"boek-2.xaf": "2", "boek-3.xaf": "3", "boek.xaf": "1"}[gone]


def test_a_first_part_alone_that_says_so(connect: Connection) -> None:
    """A first file that says it is one of three is refused when it stands alone."""
    text = write(WHOLE).replace("<auditfile", "<!-- Vervolgbestand 1 van 3 -->\n<auditfile", 1)
    connect.put(text)
    with pytest.raises(DataError) as caught:
        connect.pull()
    assert (caught.value.code, caught.value.fields["seen"]) == ("XAF05", "2, 3")


def test_a_first_part_alone_that_does_not_say_so(connect: Connection) -> None:
    """A first file that stops in the middle is cut off; the message speaks of follow-up files."""
    connect.put(fragments(write(WHOLE))[0])
    with pytest.raises(DataError) as caught:
        connect.pull()
    assert caught.value.code == "D74"
    assert "vervolgbestand" in caught.value.what("nl")


def test_parts_that_do_not_belong_together(connect: Connection) -> None:
    """Parts that count differently, twice the same part, and parts of another company are refused."""
    put_fragments(connect)
    second = (connect.folder / "boek-2.xaf").read_text()
    connect.put(second.replace("2 van 3", "2 van 4"), "boek-2.xaf")
    with pytest.raises(DataError, match="XAF06"):
        connect.pull()
    connect.put(second.replace("2 van 3", "3 van 3"), "boek-2.xaf")
    with pytest.raises(DataError, match="XAF06"):
        connect.pull()


def standalone(connect: Connection, second: str) -> None:
    connect.put(write(replace(ledger(entry("1", 5)), totals=("4", "0.12", "0.12"))))
    connect.put(second, "boek-2.xaf")


def test_parts_that_are_files_of_their_own(connect: Connection) -> None:
    """Follow-up files that are well-formed audit files with transactions only are read into the same book."""
    text = write(replace(ledger(entry("2", 7)), totals=None, company="", name=""))
    text = text.replace("<auditfile", "<!-- Vervolgbestand 2 van 2 -->\n<auditfile", 1)
    standalone(connect, text)
    pulled = connect.pull()
    assert pulled.amounts == [5, -5, 7, -7]
    assert not [finding for finding in pulled.findings if finding.severity != "info"]


def test_parts_with_totals_of_their_own(connect: Connection) -> None:
    """Totals that each file declares for itself are added up."""
    connect.put(write(ledger(entry("1", 5))))
    text = write(ledger(entry("2", 7))).replace("<auditfile", "<!-- Vervolgbestand 2 van 2 --><auditfile", 1)
    connect.put(text, "boek-2.xaf")
    pulled = connect.pull()
    assert pulled.amounts == [5, -5, 7, -7]
    assert "R06" not in pulled.rules()


@pytest.mark.parametrize("change", [("ADM1", "ADM2"), ("XAF/3.2", "XAF/3.1")])
def test_parts_of_another_company_or_version(change: tuple[str, str], connect: Connection) -> None:
    """A follow-up file of another company or version is refused."""
    text = write(ledger(entry("2", 7))).replace("<auditfile", "<!-- Vervolgbestand 2 van 2 --><auditfile", 1)
    standalone(connect, text.replace(*change))
    with pytest.raises(DataError, match="XAF06"):
        connect.pull()


@pytest.mark.parametrize(
    "wrap",
    [
        "{}",
        "<journal><jrnID>MEM</jrnID>{}</journal>",
        "<transactions><journal><jrnID>MEM</jrnID>{}</journal></transactions>",
    ],
)
def test_parts_that_are_the_inside_of_an_element(wrap: str, connect: Connection) -> None:
    """After a first file that is whole by itself, follow-up files of bare transactions, journals or transactions
    parts go on in the journal they name, or else in the last one."""
    text = write(ledger(entry("2", 7)))
    bare = text[text.index("<transaction>") : text.rindex("</transaction>") + len("</transaction>")]
    standalone(connect, "<!-- Vervolgbestand 2 van 2 -->" + wrap.format(bare))
    pulled = connect.pull()
    assert pulled.rows.get_column("entry_id").to_list() == ["2026/MEM/1"] * 2 + ["2026/MEM/2"] * 2
    assert not [finding for finding in pulled.findings if finding.severity != "info"]


def test_a_part_that_goes_on_nowhere(connect: Connection) -> None:
    """A follow-up file that starts with an end tag after a first file that is whole is refused."""
    standalone(connect, "<!-- Vervolgbestand 2 van 2 --></journal>")
    with pytest.raises(DataError, match="XAF06"):
        connect.pull()


def test_parts_in_latin_1(connect: Connection) -> None:
    """A follow-up file without a declaration is in the encoding of the first."""
    text = write(WHOLE).replace("UTF-8", "ISO-8859-1").replace("<accID>4000", "<accID>é000")
    first, second, third = fragments(text)
    connect.put(first.encode("latin-1"))
    connect.put(second.encode("latin-1"), "boek-2.xaf")
    connect.put(third.encode("latin-1"), "boek-3.xaf")
    assert set(connect.pull().rows.get_column("account_id")) == {"é000", "1000"}


def test_parts_of_another_encoding(connect: Connection) -> None:
    """A follow-up file that declares another encoding than the first is refused."""
    first, second, third = fragments(write(WHOLE))
    connect.put(first)
    connect.put('<?xml version="1.0" encoding="ISO-8859-1"?>' + second, "boek-2.xaf")
    connect.put(third, "boek-3.xaf")
    with pytest.raises(DataError, match="XAF06"):
        connect.pull()


def test_parts_in_utf_16(connect: Connection) -> None:
    """Parts in UTF-16, each with its own mark, are one book."""
    plain = connect.read(WHOLE).rows
    for name, part in zip(
        ("boek.xaf", "boek-2.xaf", "boek-3.xaf"), fragments(write(WHOLE, declaration=False)), strict=True
    ):
        connect.put(part.encode("utf-16"), name)
    assert connect.pull().rows.equals(plain)


def test_two_companies_in_a_folder(connect: Connection) -> None:
    """Each book of a folder has its own scope; the last batch completes them all."""
    connect.put(ledger(entry("1", 5)), "a.xaf")
    connect.put(replace(ledger(entry("1", 7)), company="ADM2"), "b-2.xaf", "4.0")
    (connect.folder / "leesmij.txt").write_text("geen auditfile")
    (connect.folder / ".b.xaf").write_text("half")
    pulled = connect.pull(path=".")
    scopes = [batch.scope.equals["company_id"] for batch in pulled.batches if batch.scope]
    assert scopes == ["ADM1", "ADM2"]
    assert [batch.complete for batch in pulled.batches if batch.scope] == [False, True]
    assert pulled.amounts == [5, -5, 7, -7]


def test_two_years_in_a_folder(connect: Connection) -> None:
    """Two years of one company are two scopes, and equal numbers are different lines."""
    connect.put(ledger(entry("1", 5)), "2026.xaf")
    last = ledger(entry("1", 7, date="2025-01-01"), start="2025-01-01", end="2025-12-31", fiscal="2025")
    connect.put(last, "2025.xaf")
    pulled = connect.pull(path=".")
    assert pulled.rows.get_column("line_id").n_unique() == 4
    assert [(batch.scope.first, batch.scope.last) for batch in pulled.batches if batch.scope] == [
        ("2025-01", "2025-12"),
        ("2026-01", "2026-12"),
    ]


def test_two_books_of_one_company_and_year(connect: Connection) -> None:
    """Two books that hold the same months of a company are refused: the money would count twice."""
    connect.put(ledger(), "januari.xaf")
    connect.put(replace(ledger(), start="2026-07-01", end="2027-06-30", fiscal="2026"), "februari.xaf")
    with pytest.raises(DataError) as caught:
        connect.pull(path=".")
    assert caught.value.code == "XAF10"
    assert "2026-07..2026-12" in caught.value.what("nl")


def test_accounts_of_two_books(connect: Connection) -> None:
    """Of an account that two books name differently the newest book's counts, with a finding."""
    old = replace(ledger(), start="2025-01-01", end="2025-12-31", fiscal="2025")
    old = replace(old, accounts=tuple(replace(account, name="Oud") for account in old.accounts))
    connect.put(old, "a.xaf")
    connect.put(ledger(), "b.xaf")
    pulled = connect.pull("accounts", path=".")
    assert "Oud" not in pulled.rows.get_column("name").to_list()
    assert len(pulled.texts("XAF58")) == 3
    assert "b.xaf" in pulled.texts("XAF58")[0]
