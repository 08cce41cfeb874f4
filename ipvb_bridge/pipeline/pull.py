"""Pull: from an adapter's batches, through the gate, to current rows; one run record for each stream.

A delivery counts as a whole or not at all. Each batch is staged and committed on its own; one short transaction at the
end makes the delivery current and moves the cursor. Bad rows go to quarantine and do not stop the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from ipvb_bridge.base import logging
from ipvb_bridge.base.errors import BridgeError, CredentialsError, DataError, PeerError, RunError
from ipvb_bridge.base.settings import Band, Configuration
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.records import STREAMS, Table
from ipvb_bridge.pipeline import connections, messages
from ipvb_bridge.plugin import loading
from ipvb_bridge.plugin.adapter import Batch, Cursor, Offer, Scope, Window
from ipvb_bridge.store import load, runs
from ipvb_bridge.store.database import Store

if TYPE_CHECKING:
    import polars as pl

SMALL = 10
"""A delivery that differs by fewer rows than this from the usual number is no reason to hold it, unless it is empty."""

_AT_ONCE = 4096
"""Rows of dicts that are turned into columns at once."""

Progress = Callable[[str, str, int], None]
"""Called with connection, stream and the rows read so far."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What happened to one stream. ``same`` says that the payload was the one that is already stored."""

    connection: str
    stream: str
    counts: runs.Counts
    run_id: int | None = None
    same: bool = False
    error: BridgeError | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(slots=True)
class _Taken:
    """What the batches of one delivery said, beside their rows."""

    scopes: list[Scope] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    cursor: Cursor | None = None
    complete: bool = False
    same: bool = False


def pull(
    configuration: Configuration,
    store: Store,
    name: str,
    *,
    streams: Sequence[str] = (),
    accept_volume: bool = False,
    progress: Progress = lambda connection, stream, rows: None,
) -> Iterator[Pulled]:
    """Pull a connection's streams, one after the other, and tell of each what happened.

    A stream that fails does not stop the next, except where the system cannot be reached or refuses the login: trying
    on could lock the account. Raises what :func:`connections.open_adapter` raises.
    """
    current = [""]
    adapter = connections.open_adapter(configuration, name, lambda rows: progress(name, current[0], rows))
    band = configuration.connection(name).delivery or configuration.bridge.delivery
    for stream in [] if streams else _vanished(configuration, store, name, adapter):
        gone = DataError(messages.VANISHED, where=f"{name}.{stream}", stream=stream, connection=name)
        yield Pulled(name, stream, runs.Counts(), error=gone)
    stopped = False
    for offer in connections.offers(configuration, name, adapter, streams):
        current[0] = offer.stream
        if stopped:
            skipped = PeerError(messages.SKIPPED, where=name, stream=offer.stream, connection=name)
            yield Pulled(name, offer.stream, runs.Counts(), error=skipped)
            continue
        keep_names = configuration.bridge.organisation.keep_names
        pulled = _pull_stream(adapter, store, name, offer, None if accept_volume else band, keep_names=keep_names)
        stopped = isinstance(pulled.error, PeerError | CredentialsError)
        yield pulled


def _vanished(configuration: Configuration, store: Store, name: str, adapter: loading.AnyAdapter) -> list[str]:
    """Streams that the connection delivered before and now does not offer, where bridge.toml does not name streams."""
    if configuration.connection(name).streams is not None:
        return []
    offered = {offer.stream for offer in adapter.streams()}
    return [stream for stream in STREAMS if stream not in offered and load.cursor(store, name, stream) is not None]


def _pull_stream(
    adapter: loading.AnyAdapter, store: Store, name: str, offer: Offer, band: Band | None, *, keep_names: bool
) -> Pulled:
    table = STREAMS[offer.stream]
    log = logging.get().bind(connection=name, stream=offer.stream)
    run = runs.start_run(store, "pull", name, offer.stream)
    delivery = load.Delivery(store, run, table)
    taken = _Taken()
    try:
        before = load.cursor(store, name, offer.stream)
        for batch in batches(adapter, offer.stream, before):
            _take(table, delivery, batch, taken, keep_names=keep_names)
        if not taken.complete:
            raise DataError(messages.INCOMPLETE, where=f"{name}.{offer.stream}", stream=offer.stream)
        if taken.same:
            counts = delivery.unchanged(taken.cursor)
        else:
            _hold_outside_band(store, name, offer, delivery.read, taken.scopes, band)
            counts = delivery.merge(offer.mode, scopes=taken.scopes, cursor=taken.cursor)
    except BridgeError as error:
        counts = runs.Counts(read=delivery.read, quarantined=delivery.read)
        runs.finish_run(store, run, "red", counts, code=error.code, text=error.what())
        # A peer that is away stays so for every stream and every quarter of an hour: the run record has it each time,
        # and the schedule logs it once when it goes and once when it is back.
        say = log.debug if isinstance(error, PeerError) else log.error
        say("pull failed", run=run.run_id, code=error.code, read=counts.read)
        return Pulled(name, offer.stream, counts, run.run_id, error=error, findings=tuple(taken.findings))
    except BaseException:
        # Stopped by hand, or by what nobody foresaw: the run must not stay behind as running.
        runs.finish_run(store, run, "red", runs.Counts(read=delivery.read, quarantined=delivery.read), code="A90")
        raise
    unfinished = _put_away(adapter, offer.stream, taken.cursor)
    runs.add_findings(store, run, taken.findings)
    log.info(
        "pulled",
        run=run.run_id,
        read=counts.read,
        accepted=counts.accepted,
        unchanged=counts.unchanged,
        quarantined=counts.quarantined,
        closed=counts.closed,
        same=taken.same,
    )
    return Pulled(name, offer.stream, counts, run.run_id, taken.same, unfinished, tuple(taken.findings))


def batches(adapter: loading.AnyAdapter, stream: str, before: Cursor | None) -> Iterator[Batch]:
    """The adapter's batches; whatever it raises that is no message of ours becomes one that names the adapter."""
    try:
        yield from adapter.pull(stream, Window(), before)
    except BridgeError:
        raise
    except Exception as error:
        raise RunError(
            loading.ADAPTER_RAISED,
            where=f"{adapter.context.connection}.{stream}",
            # Only the kind of error: its text may quote a row.
            seen=type(error).__name__,
            name=adapter.name,
            doing=f"pull {stream}",
        ) from error


def _take(table: Table, delivery: load.Delivery, batch: Batch, taken: _Taken, *, keep_names: bool) -> None:
    frame = as_frame(table, batch)
    if frame is not None:
        _take_rows(table, delivery, frame, keep_names=keep_names)
    if batch.deleted:
        delivery.delete(batch.deleted)
    if batch.scope is not None:
        taken.scopes.append(batch.scope)
    taken.findings += batch.findings
    taken.cursor = batch.cursor
    taken.complete = batch.complete
    taken.same = batch.unchanged


def _take_rows(table: Table, delivery: load.Delivery, frame: pl.DataFrame, *, keep_names: bool) -> None:
    """Rows that are current just as they stand there are passed over; the others go through the gate."""
    from ipvb_bridge.core.validation import POSITION, check
    from ipvb_bridge.store.marks import MARKS, can_mark

    if POSITION not in frame.columns:
        frame = frame.with_row_index(POSITION, offset=delivery.read + 1)
    carried: tuple[str, ...] = ()
    # Of a name that is not kept nothing is kept, so no mark of its row either.
    if can_mark(table, frame) and (keep_names or not names_of(table)):
        frame, carried = delivery.skim(frame), tuple(MARKS)
    if frame.is_empty():
        return
    checked = check(table, frame, carried=carried)
    if checked.rows.height:
        delivery.stage(checked.rows if keep_names else without_names(table, checked.rows))
    if checked.held.height:
        delivery.hold(checked.held)


def as_frame(table: Table, batch: Batch) -> pl.DataFrame | None:
    """A batch's rows as a frame; None when it has none. Raises :class:`RunError` when dicts do not make one."""
    import polars as pl

    if isinstance(batch.rows, pl.DataFrame):
        return batch.rows if batch.rows.height else None
    if not batch.rows:
        return None
    frame = _of_texts(batch.rows)
    if frame is not None:
        return frame
    try:
        plain = [row if type(row) is dict else dict(row) for row in batch.rows]
        return pl.DataFrame(plain, infer_schema_length=None)
    except (TypeError, pl.exceptions.PolarsError) as error:
        raise RunError(
            loading.ADAPTER_RAISED, where=table.name, seen=type(error).__name__, name=table.name, doing="make rows"
        ) from error


def _of_texts(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame | None:
    """Rows with the same columns, all of them text or nothing: thrice as fast as finding out what they are."""
    import polars as pl

    names = list(rows[0])
    if not names or sum(map(len, rows)) != len(names) * len(rows):
        return None
    try:
        # Parts that stay in the processor's cache while one column after the other is taken out of them.
        parts = [
            pl.DataFrame([pl.Series(name, list(map(itemgetter(name), part)), pl.String) for name in names])
            for part in (rows[at : at + _AT_ONCE] for at in range(0, len(rows), _AT_ONCE))
        ]
    except (KeyError, TypeError, ValueError):
        return None
    return pl.concat(parts, rechunk=True)


def names_of(table: Table) -> list[str]:
    """The columns that hold names and dates of birth."""
    return [column.name for column in table.columns if column.personal == "identifying"]


def without_names(table: Table, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with names and dates of birth blanked: the configuration has not asked to keep them."""
    import polars as pl

    return rows.with_columns(pl.lit(None, rows.schema[name]).alias(name) for name in names_of(table))


def _hold_outside_band(
    store: Store, name: str, offer: Offer, rows: int, scopes: Sequence[Scope], band: Band | None
) -> None:
    if band is None or offer.mode == "changes":
        return
    usual = runs.expected_band(
        store, name, offer.stream, scopes, shrink=int(band.least * 100), grow=int(band.most * 100)
    )
    if usual is None or usual.holds(rows) or (rows and abs(rows - usual.median) < SMALL):
        return
    raise DataError(
        messages.OUTSIDE_BAND,
        where=f"{name}.{offer.stream}",
        seen=str(rows),
        stream=offer.stream,
        connection=name,
        low=usual.low,
        high=usual.high,
    )


def _put_away(adapter: loading.AnyAdapter, stream: str, cursor: Cursor | None) -> BridgeError | None:
    """Let the adapter archive what it read. The rows are stored already, so a failure here is said, not raised."""
    try:
        adapter.committed(stream, cursor)
    except Exception as error:
        seen = error.what() if isinstance(error, BridgeError) else type(error).__name__
        return RunError(messages.NOT_ARCHIVED, where=f"{adapter.context.connection}.{stream}", seen=seen, stream=stream)
    return None
