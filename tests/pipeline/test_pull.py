"""Pull: what counts, what is held back, and that a delivery counts as a whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipvb_bridge.base import logging
from ipvb_bridge.base.errors import CredentialsError, PeerError, UsageError
from ipvb_bridge.base.messages import message
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.pipeline.connections import check, open_adapter
from ipvb_bridge.pipeline.pull import Pulled, pull
from ipvb_bridge.plugin import Batch, Finding, Offer
from ipvb_bridge.store import load, quarantine, runs, state
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
