"""Pull: what counts, what is held back, and that a delivery counts as a whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from ipvb_bridge.base import logging, settings
from ipvb_bridge.base.errors import CredentialsError, PeerError, UsageError
from ipvb_bridge.base.messages import message
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core import validation
from ipvb_bridge.core.records import STREAMS, Table
from ipvb_bridge.pipeline.connections import check, open_adapter
from ipvb_bridge.pipeline.pull import Pulled, pull
from ipvb_bridge.plugin import Batch, Finding, Offer
from ipvb_bridge.store import load, quarantine, runs, snapshots, state
from ipvb_bridge.store.database import Store, open_store
from ipvb_bridge.store.read import read_stream

from .fakes import Scripted, configuration, scripted

__all__ = ["configuration", "scripted"]

AWAY = message("P99", en="away", nl="weg", next_en="wait", next_nl="wacht")


def unit(number: int, **more: str) -> dict[str, str]:
    return {"unit_id": f"D{number}", "kind": "department", "name": f"Afdeling {number}", **more}


@pytest.fixture
def store(configuration: Configuration) -> Iterator[Store]:
    with open_store(configuration.database_url(), folder=configuration.folder / "data") as opened:
        yield opened


@pytest.fixture
def deliver(configuration: Configuration, store: Store, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch):
    """Pull once, while the adapter yields these batches (or raises this error at that place)."""

    def run(*batches: Batch | Exception, **options: Any) -> Pulled:
        def script(stream: str, cursor: Any) -> Iterator[Batch]:
            for batch in batches:
                if isinstance(batch, Exception):
                    raise batch
                yield batch

        monkeypatch.setattr(scripted, "script", staticmethod(script))
        (done,) = pull(configuration, store, "ecd", **options)
        return done

    return run


def current(store: Store) -> list[str]:
    return sorted(read_stream(store, "units")["unit_id"])


def counts(done: Pulled) -> tuple[int, int, int, int, int]:
    each = done.counts
    return each.read, each.accepted, each.unchanged, each.quarantined, each.closed


def test_rows_turn_current_and_the_cursor_moves(deliver, store: Store, scripted: type[Scripted]) -> None:
    """A whole delivery turns current with its cursor, and then the adapter is told to put away what it read."""
    done = deliver(Batch([unit(1), unit(2)]), Batch([unit(3)], complete=True, cursor={"at": 3}))
    assert counts(done) == (3, 3, 0, 0, 0)
    assert current(store) == ["D1", "D2", "D3"]
    assert load.cursor(store, "ecd", "units") == {"at": 3}
    assert scripted.put_away == [("units", {"at": 3})]


def test_second_delivery_counts_what_changed_and_closes_what_is_gone(deliver, store: Store) -> None:
    """The second snapshot: one row changed, one the same, one gone, one new; nothing else moves."""
    deliver(Batch([unit(1), unit(2), unit(3)], complete=True))
    done = deliver(Batch([unit(1), unit(2, name="Anders"), unit(4)], complete=True))
    assert counts(done) == (3, 2, 1, 0, 1)
    assert current(store) == ["D1", "D2", "D4"]


def test_bad_row_is_held_and_the_others_count(deliver, store: Store) -> None:
    """A row of an unknown kind goes to quarantine with reason and place; the others turn current."""
    done = deliver(Batch([unit(1), unit(2, kind="ward")], complete=True))
    assert counts(done) == (2, 1, 0, 1, 0)
    held = quarantine.held_rows(store).row(0, named=True)
    assert (held["source_id"], held["column"], held["code"], held["position"]) == ("D2", "kind", "D02", "2")


def test_delivery_that_breaks_off_changes_nothing(deliver, store: Store, scripted: type[Scripted]) -> None:
    """Without its last batch a delivery does not count: rows, cursor and archive stay as they were, the run is red."""
    deliver(Batch([unit(1)], complete=True, cursor={"at": 1}))
    done = deliver(Batch([unit(2)], cursor={"at": 2}))
    assert done.error is not None
    assert done.error.code == "D60"
    assert current(store) == ["D1"]
    assert load.cursor(store, "ecd", "units") == {"at": 1}
    assert scripted.put_away == [("units", {"at": 1})]
    last = state.last_runs(store).row(0, named=True)
    assert (last["state"], last["code"], last["read"], last["quarantined"]) == ("red", "D60", 1, 1)


@pytest.mark.parametrize("at", [0, 1])
def test_adapter_that_raises_is_named_and_its_text_is_not_repeated(deliver, store: Store, at: int) -> None:
    """An adapter's own exception becomes a message with its name; what the exception quotes goes nowhere."""
    batches = [Batch([unit(1)]), ValueError("row of J. Bedacht")]
    done = deliver(*batches[1 - at :])
    assert done.error is not None
    assert done.error.code == "A04"
    assert "Bedacht" not in done.error.what("nl") + state.last_runs(store)["text"][0]
    assert current(store) == []


def test_dicts_that_make_no_frame_are_the_adapters_fault(deliver) -> None:
    """Rows that cannot be a table are told as a failure of the adapter."""
    done = deliver(Batch([unit(1, name=object())], complete=True))  # type: ignore[arg-type]  # the fault under test
    assert done.error is not None
    assert done.error.code == "D16"
    mixed = deliver(Batch([unit(1), unit(2) | {"name": {"nested": "x"}}], complete=True))  # type: ignore[list-item]
    assert mixed.error is not None
    assert mixed.error.code == "A04"


def test_far_fewer_rows_hold_the_delivery(deliver, store: Store) -> None:
    """Where there were forty rows and now ten: nothing is closed, the run is red; accepted on request."""
    deliver(Batch([unit(number) for number in range(40)], complete=True))
    few = Batch([unit(number) for number in range(10)], complete=True)
    done = deliver(few)
    assert done.error is not None
    assert done.error.code == "D61"
    assert "--accept-volume" in done.error.next_step("nl")
    assert len(current(store)) == 40
    assert counts(deliver(few, accept_volume=True)) == (10, 0, 10, 0, 30)


@pytest.mark.parametrize("rows", [0, 200])
def test_nothing_or_far_more_holds_the_delivery(deliver, store: Store, rows: int) -> None:
    """Zero rows where there were some, and five times as many, are held back too."""
    deliver(Batch([unit(number) for number in range(40)], complete=True))
    done = deliver(Batch([unit(number) for number in range(rows)], complete=True))
    assert done.error is not None
    assert done.error.code == "D61"
    assert len(current(store)) == 40


def test_small_stream_may_shrink_but_not_vanish(deliver, store: Store) -> None:
    """Three rows becoming one is no alarm; three becoming none is."""
    deliver(Batch([unit(1), unit(2), unit(3)], complete=True))
    assert deliver(Batch([unit(1)], complete=True)).error is None
    done = deliver(Batch(complete=True))
    assert done.error is not None
    assert done.error.code == "D61"


def test_unchanged_payload_touches_nothing(deliver, store: Store) -> None:
    """When the adapter says the payload is the same, rows stay current and the band is not asked."""
    deliver(Batch([unit(number) for number in range(40)], complete=True, cursor={"sha": "x"}))
    done = deliver(Batch(unchanged=True, complete=True, cursor={"sha": "x"}))
    assert done.same
    assert done.error is None
    assert len(current(store)) == 40


def test_names_are_kept_only_on_request(
    configuration: Configuration, store: Store, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch, deliver
) -> None:
    """By default a resident's name and date of birth do not enter the database."""
    monkeypatch.setattr(scripted, "offered", (Offer("residents", "snapshot"),))
    deliver(Batch([{"resident_id": "R1", "name": "J. Bedacht", "date_of_birth": "1931-05-06"}], complete=True))
    row = read_stream(store, "residents").row(0, named=True)
    assert (row["name"], row["date_of_birth"]) == (None, None)
    data = b"".join(path.read_bytes() for path in configuration.folder.rglob("*") if path.is_file())
    assert b"Bedacht" not in data


@pytest.mark.parametrize("kind", [PeerError, CredentialsError])
def test_unreachable_system_is_not_asked_for_the_next_stream(
    configuration: Configuration,
    store: Store,
    scripted: type[Scripted],
    monkeypatch: pytest.MonkeyPatch,
    kind: type[PeerError] | type[CredentialsError],
) -> None:
    """After a refused login or a peer that is away the other streams are skipped, and said to be."""
    asked = []

    def script(stream: str, cursor: Any) -> Iterator[Batch]:
        asked.append(stream)
        raise kind(AWAY, where="ecd")
        yield Batch()

    monkeypatch.setattr(scripted, "script", staticmethod(script))
    monkeypatch.setattr(scripted, "offered", (Offer("units", "snapshot"), Offer("stays", "snapshot")))
    done = list(pull(configuration, store, "ecd"))
    assert asked == ["units"]
    assert [each.error.code for each in done if each.error] == ["P99", "D63"]


def test_failed_archive_is_said_and_the_rows_stay(deliver, store: Store, scripted, monkeypatch) -> None:
    """When putting away fails after the merge, the rows count and the trouble is reported."""
    monkeypatch.setattr(scripted, "archive_fails", True)
    done = deliver(Batch([unit(1)], complete=True))
    assert done.error is not None
    assert done.error.code == "D64"
    assert current(store) == ["D1"]


def test_findings_of_the_adapter_are_kept(deliver, store: Store) -> None:
    """What an adapter notices stands with its run, for reconciliation."""
    note = Finding("XAF99", "warning", "Het controletotaal wijkt af.", "Vraag een nieuw bestand.")
    deliver(Batch([unit(1)], complete=True, findings=[note]))
    assert state.delivery_findings(store)["rule"].to_list() == ["XAF99"]


def test_stream_that_is_not_offered(configuration: Configuration, store: Store) -> None:
    """Asking for a stream the connection does not have names those it has."""
    with pytest.raises(UsageError) as caught:
        list(pull(configuration, store, "ecd", streams=["hours"]))
    assert caught.value.code == "D62"
    assert "units" in caught.value.what("nl")


def test_stream_that_is_no_longer_offered_is_told(
    configuration: Configuration, store: Store, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch, deliver
) -> None:
    """A stream that was delivered before and is gone (a file, a right) is an error, and its rows stay."""
    deliver(Batch([unit(1)], complete=True, cursor={"at": 1}))
    monkeypatch.setattr(scripted, "offered", (Offer("stays", "snapshot"),))
    monkeypatch.setattr(scripted, "script", staticmethod(lambda stream, cursor: iter([Batch(complete=True)])))
    done = list(pull(configuration, store, "ecd"))
    assert [(each.stream, each.error.code if each.error else "") for each in done] == [("units", "D65"), ("stays", "")]
    assert current(store) == ["D1"]


def test_check_that_raises_becomes_a_failed_step(configuration: Configuration) -> None:
    """An adapter whose check raises gives a failed step, not a traceback."""
    (step,) = check(open_adapter(configuration, "ecd"))
    assert not step.ok
    assert step.error is not None
    assert step.error.code == "A04"


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows went through the gate, one number for each frame that did."""
    rows: list[int] = []
    check = validation.check

    def counting(table: Table, frame: pl.DataFrame, **how: Any) -> validation.Checked:
        rows.append(frame.height)
        return check(table, frame, **how)

    monkeypatch.setattr(validation, "check", counting)
    return rows


@pytest.mark.parametrize("lost", [False, True])
def test_known_rows_are_not_judged_again(deliver, store: Store, judged: list[int], lost: bool) -> None:
    """Of a second delivery only the rows that changed go through the gate; with the file of marks lost, all do, and
    the outcome is the same. In a third, in another order, none do."""
    deliver(Batch([unit(number) for number in range(30)], complete=True))
    if lost:
        for path in (store.folder or Path()).glob("keys-*"):
            path.unlink()
    rows = [unit(number) for number in range(5, 32)]
    rows[3] = unit(8, name="Anders")
    done = deliver(Batch(rows[:9]), Batch(rows[9:], complete=True))
    assert counts(done) == (27, 3, 24, 0, 5)
    assert judged == ([30, 9, 18] if lost else [30, 1, 2])
    assert len(current(store)) == 27
    done = deliver(Batch(rows[::-1], complete=True))
    assert counts(done) == (27, 0, 27, 0, 0)
    assert sum(judged) == (57 if lost else 33)


def test_known_row_in_another_form(deliver, store: Store, judged: list[int]) -> None:
    """The same row written otherwise is judged, counts as unchanged, and is known in its new form from then on."""
    deliver(Batch([unit(1, floor_area_m2="20"), unit(2)], complete=True))
    again = Batch([unit(1, floor_area_m2="20.00"), unit(2, floor_area_m2="")], complete=True)
    assert counts(deliver(again)) == (2, 0, 2, 0, 0)
    assert counts(deliver(again)) == (2, 0, 2, 0, 0)
    assert judged == [2, 2]


def test_row_known_in_two_forms_is_a_double(deliver, store: Store) -> None:
    """A row that stands in a delivery once as it was known and once otherwise stands in it twice: both are held."""
    deliver(Batch([unit(1, floor_area_m2="20"), unit(2)], complete=True))
    for rows in ([unit(1, floor_area_m2="20")] * 2, [unit(1, floor_area_m2="20"), unit(1, floor_area_m2="20.0")]):
        done = deliver(Batch(rows[:1]), Batch([unit(2), rows[1]], complete=True))
        assert counts(done) == (3, 0, 1, 2, 0)
        assert current(store) == ["D1", "D2"]
        assert quarantine.held_rows(store)["code"].to_list() == ["D13", "D13"]
    assert counts(deliver(Batch([unit(1, floor_area_m2="20"), unit(2)], complete=True))) == (2, 0, 2, 0, 0)
    assert quarantine.held_rows(store).is_empty()


def test_accepted_then_held_then_back(deliver, store: Store) -> None:
    """A row that comes broken in one column is held and its last good version stays; when the good one is back it is
    known by its mark, and the quarantine is settled."""
    good, broken = unit(1, floor_area_m2="20"), unit(1, floor_area_m2="20,0")
    assert counts(deliver(Batch([good, unit(2)], complete=True))) == (2, 2, 0, 0, 0)
    assert counts(deliver(Batch([broken, unit(2)], complete=True))) == (2, 0, 1, 1, 0)
    assert current(store) == ["D1", "D2"]
    assert quarantine.held_rows(store)["column"].to_list() == ["floor_area_m2"]
    assert counts(deliver(Batch([good, unit(2)], complete=True))) == (2, 0, 2, 0, 0)
    assert quarantine.held_rows(store).is_empty()


def test_changed_then_changed_back(deliver, store: Store) -> None:
    """The mark of a version that was closed is no longer known: going back to it is a change like any other."""
    for name, expected in (("Een", 1), ("Twee", 1), ("Een", 1), ("Een", 0)):
        assert deliver(Batch([unit(1, name=name)], complete=True)).counts.accepted == expected
        assert read_stream(store, "units")["name"].to_list() == [name]


def test_gone_and_back(deliver, store: Store) -> None:
    """A row that was closed and is delivered again just as it was is accepted again."""
    deliver(Batch([unit(1), unit(2)], complete=True))
    assert counts(deliver(Batch([unit(2)], complete=True))) == (1, 0, 1, 0, 1)
    assert counts(deliver(Batch([unit(1), unit(2)], complete=True))) == (2, 1, 1, 0, 0)
    assert current(store) == ["D1", "D2"]


def test_stricter_gate_judges_known_rows_again(deliver, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the table's declaration changes, rows that were accepted before are judged anew: what no longer fits is
    held, though not a letter of the delivery changed."""
    rows = [unit(1, floor_area_m2="20"), unit(2, floor_area_m2="2000")]
    deliver(Batch(rows, complete=True))
    table = STREAMS["units"]
    columns = [replace(each, high=1000) if each.name == "floor_area_m2" else each for each in table.columns]
    stricter = replace(table, columns=tuple(columns))
    monkeypatch.setattr("ipvb_bridge.pipeline.pull.STREAMS", {**STREAMS, "units": stricter})
    assert counts(deliver(Batch(rows, complete=True))) == (2, 0, 1, 1, 0)
    assert quarantine.held_rows(store)["source_id"].to_list() == ["D2"]


def test_merged_and_killed_before_the_marks_were_kept(deliver, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that dies between its merge and the file of marks leaves an older file, which nobody believes."""
    deliver(Batch([unit(1, name="Een")], complete=True))
    with monkeypatch.context() as dead:
        dead.setattr(snapshots, "save", lambda *_: None)
        deliver(Batch([unit(1, name="Twee")], complete=True))
    done = deliver(Batch([unit(1, name="Een")], complete=True))
    assert counts(done) == (1, 1, 0, 0, 0)
    assert read_stream(store, "units")["name"].to_list() == ["Een"]


def test_keeping_names_begins_and_ends_with_the_setting(
    configuration: Configuration, store: Store, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch, deliver
) -> None:
    """The same delivery brings names once the configuration asks for them, and takes them away when it stops; of a
    row whose name is not kept no mark is kept either."""
    monkeypatch.setattr(scripted, "offered", (Offer("residents", "snapshot"),))
    rows = Batch([{"resident_id": "R1", "name": "J. Bedacht"}], complete=True)
    folder = configuration.folder / "bridge.toml"
    for keep, accepted in ((False, 1), (False, 0), (True, 1), (True, 0), (False, 1), (True, 1)):
        folder.write_text(
            f'[organisation]\nname = "Test"\nkeep_names = {str(keep).lower()}\n'
            '[connections.ecd]\nadapter = "scripted"\n'
        )
        monkeypatch.setattr(scripted, "script", staticmethod(lambda stream, cursor: iter([rows])))
        (done,) = pull(settings.load(configuration.folder), store, "ecd")
        assert done.counts.accepted == accepted
        assert read_stream(store, "residents")["name"].to_list() == ["J. Bedacht" if keep else None]
        (kept,) = (configuration.folder / "data").glob("keys-residents-*")
        assert (pl.read_parquet(kept)["mark"] != 0).to_list() == [keep]


def test_deleted_and_delivered_again_in_one_feed(
    deliver, store: Store, scripted: type[Scripted], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a feed of changes a row that is known by its mark lives when it comes after its deletion, and is gone when it
    comes before."""
    monkeypatch.setattr(scripted, "offered", (Offer("units", "changes"),))
    deliver(Batch([unit(1), unit(2), unit(3)], complete=True))
    done = deliver(Batch([unit(2)], deleted=["D1", "D2"]), Batch([unit(1)], complete=True))
    assert counts(done) == (2, 0, 2, 0, 1)
    assert current(store) == ["D1", "D3"]


def test_dicts_that_are_not_all_text(deliver, store: Store) -> None:
    """Dicts with numbers, with absent keys or with a key too many are read for what they are."""
    rows: list[dict[str, Any]] = [
        unit(1),
        {"unit_id": "D2", "kind": "department", "name": "x", "floor_area_m2": 200_000},
    ]
    assert counts(deliver(Batch(rows, complete=True))) == (2, 2, 0, 0, 0)
    assert read_stream(store, "units").sort("unit_id")["floor_area_m2"].to_list() == [None, 200_000]
    twisted = [{"unit_id": "D1", "kind": "department"}, {"unit_id": "D2", "colour": "department"}]
    done = deliver(Batch(twisted, complete=True))
    assert done.error is not None
    assert done.error.code == "D14"


def test_log_has_counts_and_no_values(deliver, configuration: Configuration, tmp_path: Path) -> None:
    """The log line of a pull holds connection, stream, run and counts, and nothing of the rows."""
    file = tmp_path / "log.jsonl"
    logging.configure(file)
    deliver(Batch([unit(1, name="Geheime naam")], complete=True))
    line = json.loads(file.read_text().splitlines()[-1])
    assert (line["connection"], line["stream"], line["read"], line["accepted"]) == ("ecd", "units", 1, 1)
    assert "Geheime" not in file.read_text()


def test_usual_band_is_that_of_the_configuration(configuration: Configuration, deliver, store: Store) -> None:
    """The shipped band: half to three times the usual number of rows."""
    deliver(Batch([unit(number) for number in range(40)], complete=True))
    band = runs.expected_band(store, "ecd", "units", shrink=50, grow=300)
    assert band is not None
    assert (band.low, band.high) == (20, 120)
