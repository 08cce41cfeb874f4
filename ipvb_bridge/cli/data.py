"""Commands about the data itself: read, pull, state."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ipvb_bridge.cli import output, summaries

if TYPE_CHECKING:
    import polars as pl

    from ipvb_bridge.base.errors import BridgeError
    from ipvb_bridge.pipeline.pull import Pulled
    from ipvb_bridge.plugin.loading import AnyAdapter


@click.command()
@click.argument("names", metavar="CONNECTION STREAM", nargs=-1, required=True)
@click.option("--adapter", "adapter_name", help="Read through this adapter without a configuration folder.")
@click.option("--kind", type=click.Choice(["ecd", "payroll", "ledger"]), help="With --adapter: what the system is.")
@click.option("--set", "given", multiple=True, metavar="KEY=VALUE", help="With --adapter: a setting of the adapter.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "jsonl", "csv", "parquet"]),
    default="table",
    show_default=True,
    help="table, or the canonical form: one JSON object a line, CSV, or typed parquet.",
)
@click.option("--limit", type=click.IntRange(min=1), help="Stop after this many rows.")
@click.pass_obj
def read(
    door: output.Door,
    names: tuple[str, ...],
    adapter_name: str | None,
    kind: str | None,
    given: tuple[str, ...],
    form: str,
    limit: int | None,
) -> None:
    """Look at what a connection delivers of a stream. Nothing is stored.

    \b
    ipvb-bridge read ecd residents
    ipvb-bridge read --adapter xaf --set path=book.xaf ledger_lines --format jsonl
    """
    from ipvb_bridge.pipeline import look

    if adapter_name:
        if len(names) != 1:
            raise click.UsageError("with --adapter, name one stream: read --adapter NAME --set KEY=VALUE STREAM")
        adapter = look.adapter_without_folder(adapter_name, kind, given)
        stream = names[0]
    else:
        if len(names) != 2:
            raise click.UsageError("name a connection and a stream: read CONNECTION STREAM")
        if given or kind:
            raise click.UsageError("--set and --kind go with --adapter; a connection's settings are in bridge.toml")
        adapter = look.adapter_of(door.configuration(), names[0])
        stream = names[1]
    _write(adapter, stream, form, limit)


def _write(adapter: AnyAdapter, stream: str, form: str, limit: int | None) -> None:
    from ipvb_bridge.pipeline import look

    out = sys.stdout
    seen = look.Seen()
    lines = look.lines(adapter, stream, form, limit, seen)
    if form == "parquet":
        look.parquet(adapter, stream, limit, seen).write_parquet(sys.stdout.buffer)
    elif form == "table":
        rows = list(lines)
        output.show_rows(rows[0], rows[1:])
    else:
        for line in lines:
            out.write(f"{line}\n")
    for line in seen.told():
        click.echo(line, err=True)
    if seen.held:
        raise SystemExit(6)


@click.command()
@click.argument("names", metavar="[CONNECTION]...", nargs=-1)
@click.option("--stream", "streams", multiple=True, help="Only this stream; may be given more than once.")
@click.option(
    "--accept-volume",
    is_flag=True,
    help="Take a delivery that holds far fewer or far more rows than usual: you have looked and it is right.",
)
@click.pass_obj
def pull(door: output.Door, names: tuple[str, ...], streams: tuple[str, ...], accept_volume: bool) -> None:
    """Pull all connections, or those named. A bad row is held back; a bad delivery changes nothing."""
    from ipvb_bridge.base.errors import BridgeError, ConfigurationError
    from ipvb_bridge.pipeline import messages
    from ipvb_bridge.pipeline import pull as step

    configuration = door.configuration()
    wanted = names or tuple(configuration.bridge.connections)
    if not wanted:
        raise ConfigurationError(messages.NO_CONNECTIONS, where="bridge.toml")
    for name in wanted:
        configuration.connection(name)
    done: list[Pulled] = []
    failed: list[BridgeError] = []
    with door.store(configuration) as store:
        with output.progress() as progress:
            for name in wanted:
                try:
                    done += step.pull(
                        configuration, store, name, streams=streams, accept_volume=accept_volume, progress=progress
                    )
                except BridgeError as refused:
                    failed.append(refused)
        summaries.show_pulled(done)
        summaries.show_held(
            store, [each.run_id for each in done if each.run_id is not None and each.counts.quarantined]
        )
    errors = [*failed, *(each.error for each in done if each.error is not None)]
    for error in errors:
        output.tell(error)
    for each in done:
        for finding in each.findings:
            click.echo(f"{finding.severity} {finding.rule} {each.connection}.{each.stream}: {finding.explanation}")
    code = errors[0].exit_code if errors else 6 if any(each.counts.quarantined for each in done) else 0
    raise SystemExit(code)


@click.command()
@click.option("--held", is_flag=True, help="List every row that is held back, with its reason.")
@click.pass_obj
def state(door: output.Door, held: bool) -> None:
    """Show the last runs, what is held back, the versions of results, plans, and what was not delivered."""
    from ipvb_bridge.cli.publishing import show_state
    from ipvb_bridge.store import quarantine
    from ipvb_bridge.store import state as stored
    from ipvb_bridge.store.versions import versions

    configuration = door.configuration()
    with door.store(configuration) as store:
        summaries.show_status(configuration, store)
        last = stored.last_runs(store)
        sending = last["kind"] == "publish"
        output.show(_short_moments(last.filter(~sending).drop(stored.OF_SENDING)), "last runs")
        if sending.any():
            shown = ["connection", "state", "started_at", "finished_at", *stored.OF_SENDING, "code", "text"]
            output.show(_short_moments(last.filter(sending).select(shown)), "last sendings")
        if held:
            summaries.show_open(store)
        else:
            counts = quarantine.count_open(store)
            if counts.height:
                output.show(counts, "held back (ipvb-bridge state --held lists the rows)")
        made = [
            (each.period, str(each.number), _moment(each.created_at), each.fingerprint[:12], each.program_version)
            for each in versions(store)
        ]
        if made:
            output.show_rows(("period", "version", "made", "fingerprint", "program"), made, "results")
        show_state(store)


def _short_moments(frame: pl.DataFrame) -> pl.DataFrame:
    """Moments in the reader's own clock, to the second."""
    import polars as pl

    local = pl.col(pl.Datetime).dt.convert_time_zone("Europe/Amsterdam").dt.strftime("%Y-%m-%d %H:%M:%S")
    return frame.with_columns(local)


def _moment(micros: int) -> str:
    import datetime as dt

    return dt.datetime.fromtimestamp(micros / 1e6, dt.UTC).isoformat(timespec="seconds")


COMMANDS = (read, pull, state)
