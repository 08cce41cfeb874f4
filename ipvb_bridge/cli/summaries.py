"""Tables that several commands show: what was pulled, what was held back, the status of the schedule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from ipvb_bridge.cli import output

if TYPE_CHECKING:
    import polars as pl

    from ipvb_bridge.base.settings import Configuration
    from ipvb_bridge.pipeline.pull import Pulled
    from ipvb_bridge.store.database import Store


def show_pulled(done: Sequence[Pulled]) -> None:
    """A table of what happened to each stream."""
    rows = []
    for each in done:
        counts = each.counts
        state = "failed" if each.error is not None else "same as before" if each.same else "ok"
        if each.error is None and counts.quarantined:
            state = "held rows back"
        numbers = (counts.read, counts.accepted, counts.unchanged, counts.quarantined, counts.closed)
        rows.append((each.connection, each.stream, *(f"{number:,}" for number in numbers), state))
    names = ("connection", "stream", "read", "accepted", "unchanged", "quarantined", "closed", "state")
    output.show_rows(names, rows, right=names[2:7])


def show_held(store: Store, run_ids: Iterable[int], most: int = 10) -> None:
    """Why rows were held back: the first few of these runs, and how many more."""
    from ipvb_bridge.store.quarantine import held_rows

    more = 0
    shown = []
    for run_id in run_ids:
        held = held_rows(store, run_id=run_id)
        more += max(0, held.height - most)
        shown.append(held.head(most))
    _show_reasons(shown)
    if more:
        click.echo(f"... and {more} more: ipvb-bridge state --held")


def show_open(store: Store) -> None:
    """Every row that is held back now, with its reason, whichever run held it first or last."""
    from ipvb_bridge.store.quarantine import held_rows

    _show_reasons([held_rows(store)])


def _show_reasons(frames: Iterable[pl.DataFrame]) -> None:
    from ipvb_bridge.core.records import STREAMS
    from ipvb_bridge.core.validation import explain

    rows: list[tuple[str, ...]] = []
    for held in frames:
        for row in held.iter_rows(named=True):
            what, step = explain(STREAMS[row["stream"]], row["code"], row["column"], row["seen"])
            rows.append((f"{row['connection']} {row['position']}", row["code"], what, step))
    if rows:
        output.show_rows(("where", "code", "held back because", "next step"), rows, "held back")


def show_status(configuration: Configuration, store: Store) -> None:
    """The status line of every job."""
    import datetime as dt

    from ipvb_bridge.schedule import status

    zone = configuration.zone

    def local(moment: dt.datetime | None) -> str:
        return "" if moment is None else f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"

    rows = [
        (line.job, line.state, local(line.last), local(line.next), line.why)
        for line in status.lines(configuration, store, dt.datetime.now(dt.UTC))
    ]
    output.show_rows(("job", "state", "last", "next", "why"), rows, "schedule")
