"""Commands that run by themselves: serve and cycle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ipvb_bridge.cli import output

if TYPE_CHECKING:
    from ipvb_bridge.base.settings import Configuration
    from ipvb_bridge.store.database import Store


@click.command()
@click.option("--once", is_flag=True, help="Run what is due now and stop, for a clock of your own (cron).")
@click.pass_obj
def serve(door: output.Door, once: bool) -> None:
    """Run each connection and the monthly cycle on their schedule, until stopped.

    Several processes may serve one PostgreSQL database: each planned moment is run once, and what a dead process held
    is picked up by another.
    """
    import signal

    from ipvb_bridge.schedule.service import Service

    configuration = door.configuration()
    with door.store(configuration) as store:
        service = Service(configuration, store)
        if once:
            click.echo(f"ran {service.run_once()} planned moments")
        else:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: service.stop())
            click.echo("serving; stop with Ctrl-C: what runs is finished first")
            service.run()
        show_status(configuration, store)


@click.command()
@click.argument("period", metavar="PERIOD")
@click.pass_obj
def cycle(door: output.Door, period: str) -> None:
    """Pull, calculate, reconcile and plan a period, one after the other."""
    from ipvb_bridge.cli.data import show_pulled
    from ipvb_bridge.pipeline import cycle as step
    from ipvb_bridge.pipeline import inputs

    configuration = door.configuration()
    span = inputs.parse_period(period)
    with door.store(configuration) as store:
        done = step.cycle(
            configuration, store, span, told=lambda name: click.echo(f"{name} ..."), maker=output.person()
        )
    show_pulled(done.pulled)
    if done.calculated is not None:
        click.echo(f"{span}: version {done.calculated.version.number}")
    if done.reconciled is not None:
        click.echo(f"findings: {done.reconciled.findings.height}; see: ipvb-bridge reconcile {span}")
    if done.planned is not None:
        click.echo(f"planned; see: ipvb-bridge publish {span}")
    for error in done.errors:
        output.tell(error)
    raise SystemExit(done.exit_code)


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


COMMANDS = (serve, cycle)
