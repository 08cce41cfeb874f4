"""Commands that run by themselves: serve and cycle."""

from __future__ import annotations

import click

from ipvb_bridge.cli import output, summaries


@click.command()
@click.option("--once", is_flag=True, help="Run what is due now and stop, for a clock of your own (cron).")
@click.pass_obj
def serve(door: output.Door, once: bool) -> None:
    """Run each connection, the sending and the monthly cycle on their schedule, until stopped.

    Several processes may serve one PostgreSQL database: each planned moment is run once, and what a dead process held
    is picked up by another.
    """
    import functools
    import signal

    from ipvb_bridge.reports import documents
    from ipvb_bridge.schedule import dispatch
    from ipvb_bridge.schedule.service import Service

    configuration = door.configuration()
    with door.store(configuration) as store:
        render = documents.renderer_of_all(configuration, store)
        service = Service(configuration, store, functools.partial(dispatch.run, render=render))
        if once:
            click.echo(f"ran {service.run_once()} planned moments")
        else:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: service.stop())
            click.echo("serving; stop with Ctrl-C: what runs is finished first")
            service.run()
        summaries.show_status(configuration, store)


@click.command()
@click.argument("period", metavar="PERIOD")
@click.pass_obj
def cycle(door: output.Door, period: str) -> None:
    """Pull, calculate, reconcile and plan a period, one after the other."""
    from ipvb_bridge.pipeline import cycle as step
    from ipvb_bridge.pipeline import inputs

    configuration = door.configuration()
    span = inputs.parse_period(period)
    with door.store(configuration) as store:
        done = step.cycle(
            configuration, store, span, told=lambda name: click.echo(f"{name} ..."), maker=output.person()
        )
    summaries.show_pulled(done.pulled)
    if done.calculated is not None:
        click.echo(f"{span}: version {done.calculated.version.number}")
    if done.reconciled is not None:
        click.echo(f"findings: {done.reconciled.findings.height}; see: ipvb-bridge reconcile {span}")
    if done.planned is not None:
        click.echo(f"planned; see: ipvb-bridge publish {span}")
        for held in done.planned.held:
            output.tell(held)
    for error in done.errors:
        output.tell(error)
    raise SystemExit(done.exit_code)


COMMANDS = (serve, cycle)
