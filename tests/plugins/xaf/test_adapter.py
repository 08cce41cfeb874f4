"""The connection: check, cursor, settings, and how the program meets it."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from pydantic import ValidationError

from ipvb_bridge.base.errors import RunError
from ipvb_bridge.base.messages import catalogue
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.plugin import Context, Window
from ipvb_ledger_xaf import columns, ipvb_adapters, messages
from ipvb_ledger_xaf.adapter import XafAdapter, XafConfig

from .books import Account, entry, ledger, write
from .conftest import Connection


def test_the_hook_names_the_adapter() -> None:
    """The plug-in offers one adapter, `xaf`, of the kind ledger."""
    assert ipvb_adapters() == [XafAdapter]
    assert (XafAdapter.name, XafAdapter.kind) == ("xaf", "ledger")


def test_only_the_path_is_needed() -> None:
    """A path is all that must be set; an unknown setting and an encoding that is not read are refused."""
    assert XafConfig(path="boek.xaf").periods == {}
    with pytest.raises(ValidationError, match="path"):
        XafConfig()  # type: ignore[call-arg]
    with pytest.raises(ValidationError, match="coding"):
        XafConfig(path="x", coding="utf-8")  # type: ignore[call-arg]
    with pytest.raises(ValidationError, match="utf-7"):
        XafConfig(path="x", encoding="utf-7")


def test_check_names_version_company_and_first_transaction(connect: Connection) -> None:
    """The check says step by step which file, version and company it found, and that a transaction can be read."""
    connect.put(ledger())
    steps = [(step.name, step.ok, step.seen) for step in connect.adapter().check()]
    assert steps == [
        ("file", True, "boek.xaf"),
        ("boek.xaf: version and company", True, "XAF 3.2, ADM1"),
        ("boek.xaf: first transaction", True, "2026-01-01..2026-12-31"),
    ]


def test_check_reads_no_more_than_it_needs(connect: Connection) -> None:
    """A check of a large file stops after its first transactions: what is wrong behind them is for the pull."""
    text = write(ledger(*(entry(str(n), 5) for n in range(3_000))))
    connect.put(text[:-20])
    assert all(step.ok for step in connect.adapter().check())


def test_check_finds_a_company_behind_the_transactions(connect: Connection) -> None:
    """Where header and company stand at the end of the file, the check reads on until it knows whose book it is."""
    text = write(ledger(*(entry(str(n), 5) for n in range(3_000))))
    text = re.sub(r"(<header>.*</header>)(<company>.*</company>)", r"\2\1", text, flags=re.DOTALL)
    connect.put(text)
    assert all(step.ok for step in connect.adapter().check())


def test_a_book_without_a_transaction_fails_the_check(connect: Connection) -> None:
    """A check that found no transaction says so."""
    connect.put(replace(ledger(), journals=()))
    last = list(connect.adapter().check())[-1]
    assert last.error is not None
    assert (last.ok, last.error.code) == (False, "XAF13")


@pytest.mark.parametrize("stream", ["ledger_lines", "accounts", "cost_centres"])
def test_an_unchanged_file_is_not_read_again(stream: str, connect: Connection) -> None:
    """With the cursor of the last delivery the same file gives one batch that says so; the cursor is plain JSON."""
    connect.put(ledger())
    cursor = json.loads(json.dumps(connect.pull(stream).cursor))
    batches = connect.pull(stream, cursor=cursor).batches
    assert [(batch.unchanged, batch.complete, batch.cursor) for batch in batches] == [(True, True, cursor)]


def test_what_makes_a_file_changed(connect: Connection) -> None:
    """Other bytes of the same length, another setting, one file more or less: the delivery is read anew."""
    connect.put(ledger())
    cursor = connect.pull().cursor
    assert not connect.pull(cursor=cursor, periods={"55": "2026-12"}).batches[-1].unchanged
    connect.put(write(ledger()).replace("1250.00", "1260.00"))
    assert not connect.pull(cursor=cursor).batches[-1].unchanged
    connect.put(ledger())
    assert connect.pull(cursor=cursor).batches[-1].unchanged
    connect.put(replace(ledger(), company="ADM2"), "tweede.xaf")
    assert not connect.pull(path=".", cursor=cursor).batches[-1].unchanged


def test_rows_are_typed_and_have_their_place(connect: Connection) -> None:
    """Rows come with the stream's own types and the place of each in the file."""
    connect.put(ledger())
    frame = next(iter(connect.adapter().pull("ledger_lines", Window(), None))).rows
    assert isinstance(frame, pl.DataFrame)
    assert frame.schema == {**STREAMS["ledger_lines"].schema(), "_position": pl.String}
    assert frame.get_column("_position")[0] == "boek.xaf:MEM/1/1"


def test_batches_of_a_hundred_thousand(connect: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large book comes in batches; progress is told while the file is read."""
    monkeypatch.setattr("ipvb_ledger_xaf.lines.BATCH", 1_000)
    monkeypatch.setattr(columns, "PART", 100_000)
    seen: list[int] = []
    connect.put(ledger(*(entry(str(n), 5) for n in range(3_000))))
    adapter = XafAdapter(XafConfig(path="boek.xaf"), Context("x", connect.folder, progress=seen.append))
    sizes = [batch.rows.height for batch in adapter.pull("ledger_lines", Window(), None) if len(batch.rows)]
    assert sum(sizes) == 6_000
    assert len(sizes) > 3
    assert seen == sorted(seen)
    assert seen[-1] > 0


def test_temporary_files_are_removed(connect: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was kept aside is gone after a pull, after one that stopped half way and after one that failed."""
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    monkeypatch.setattr(columns, "PART", 10_000)
    text = write(ledger(*(entry(str(n), 5) for n in range(3_000))))
    connect.read(text)
    assert list(aside.iterdir()) == []
    pull = connect.adapter().pull("ledger_lines", Window(), None)
    next(iter(pull))
    assert list(aside.iterdir()) != []
    pull.close()  # type: ignore[attr-defined]  # it is a generator
    assert list(aside.iterdir()) == []
    connect.put(text[:-30])
    with pytest.raises(Exception, match="D74"):
        connect.pull()
    assert list(aside.iterdir()) == []


def test_a_full_disk(connect: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    """No room for the lines is an error of this machine, not of the file, and says where to make room."""

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(columns, "PART", 10_000)
    monkeypatch.setattr(pl.DataFrame, "write_ipc", full)
    with pytest.raises(RunError) as caught:
        connect.read(ledger(*(entry(str(n), 5) for n in range(3_000))))
    assert caught.value.code == "XAF12"
    assert "No space left" in caught.value.what("nl")


def test_two_pulls_are_equal(connect: Connection) -> None:
    """The same file gives the same rows and findings each time."""
    first = connect.read(ledger())
    again = connect.pull()
    assert first.rows.equals(again.rows)
    assert first.findings == again.findings


def test_another_export_of_the_same_book_keeps_its_ids(connect: Connection) -> None:
    """A book with entries added has the same ids for what was there."""
    before = set(connect.read(ledger(entry("1", 5), entry("2", 7))).rows.get_column("line_id"))
    after = set(connect.read(ledger(entry("0", 1), entry("1", 5), entry("2", 7))).rows.get_column("line_id"))
    assert before < after


@pytest.mark.parametrize(
    ("field", "code", "expected"),
    [
        ("leadReference", "WPerLesLon", "WPerLesLon"),
        ("leadCode", "WPerLes", "WPerLes"),
        ("leadCode", "1A", None),
        ("leadReference", "B", None),
        ("leadReference", "BANK", None),
        ("leadReference", "rgs-i:WPerLesLon", "WPerLesLon"),
    ],
)
def test_where_rgs_codes_stand(field: str, code: str, expected: str | None, connect: Connection) -> None:
    """Only what looks like an RGS code is taken, from whichever field has one, and the field is told."""
    connect.put(write(ledger(accounts=(Account("4000", "Lonen", "P", code),))).replace("leadReference", field))
    pulled = connect.pull("accounts")
    assert pulled.rows.get_column("rgs_code").to_list() == [expected]
    assert pulled.texts("XAF55") == (
        [] if expected is None else [f"RGS-codes van 1 rekeningen in boek.xaf komen uit {field} (1)"]
    )


def test_the_order_of_rgs_fields(connect: Connection) -> None:
    """The field that is meant for it goes before the lead fields."""
    taxonomy = "<taxonomy><taxoRef>t</taxoRef><entryPoint><entryPointRef>e</entryPointRef>"
    taxonomy += "<conceptRef>http://x/rgs_WBedHui</conceptRef></entryPoint></taxonomy>"
    text = write(ledger(accounts=(Account("4000", "Huur", "P", "WPer"),)))
    connect.put(text.replace("</leadReference>", "</leadReference>" + taxonomy))
    pulled = connect.pull("accounts")
    assert pulled.rows.get_column("rgs_code").to_list() == ["WBedHui"]
    assert "conceptRef (1)" in pulled.texts("XAF55")[0]


def test_rgs_of_3_1(connect: Connection) -> None:
    """In 3.1 the code stands in a table of its own, by account."""
    taxonomies = "<taxonomies><taxonomy><taxoRef>t</taxoRef><taxoElement><txCd>WPerLes</txCd><glAccID>4000</glAccID>"
    taxonomies += "</taxoElement></taxonomy></taxonomies>"
    connect.put(write(ledger(), "3.1").replace("</generalLedger>", taxonomies + "</generalLedger>"))
    rows = connect.pull("accounts").rows
    assert dict(rows.select("account_id", "rgs_code").rows())["4000"] == "WPerLes"


def test_an_rgs_code_that_is_none(connect: Connection) -> None:
    """Something else in the field for RGS codes is left out, and told."""
    connect.put(ledger(accounts=(Account("4000", "Lonen", "P", "geen"),)), version="4.0")
    pulled = connect.pull("accounts")
    assert pulled.rows.get_column("rgs_code").to_list() == [None]
    assert "zoals geen" in pulled.texts("XAF56")[0]


def test_an_account_without_a_number_is_held(connect: Connection) -> None:
    """An account without a number is held back and not lost."""
    connect.put(ledger(accounts=(Account("", "Zonder"), Account("1", "Met"))))
    pulled = connect.pull("accounts")
    assert (pulled.rows.height, pulled.held.height) == (1, 1)


def test_every_message_is_used_and_in_two_languages() -> None:
    """Each message of the adapter is used by it, and its texts fill in without a field too many."""
    own = {name: value for name, value in vars(messages).items() if name.isupper() and not name.startswith("_")}
    source = "".join(
        path.read_text() for path in Path(messages.__file__).parent.glob("*.py") if path.name != "messages.py"
    )
    assert {name for name in own if f"messages.{name}" not in source} == set()
    assert {message.code for message in own.values()} <= set(catalogue())
    for message in own.values():
        fields = dict.fromkeys(
            re.findall(r"(?<!{){(\w+)}", message.en + message.nl + message.next_en + message.next_nl), "x"
        )
        for language in ("nl", "en"):
            assert message.text(language, **fields)  # type: ignore[arg-type]
            assert message.next_step(language, **fields)  # type: ignore[arg-type]


def test_no_temporary_folder_is_left_by_a_check(
    connect: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A check leaves nothing behind."""
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    connect.put(ledger())
    assert all(step.ok for step in connect.adapter().check())
    shutil.rmtree(aside)
