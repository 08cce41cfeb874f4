"""The whole job on an invented organisation: make or move on the world, pull, calculate, reconcile, plan, sign, write
back, report.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ipvb_bridge.base import messages
from ipvb_bridge.cli import output
from ipvb_bridge.core.periods import Period
from ipvb_bridge.demo import back
from ipvb_bridge.demo.house import MONTH

if TYPE_CHECKING:
    from rich.console import Console

    from ipvb_bridge.base.errors import BridgeError
    from ipvb_bridge.base.settings import Configuration
    from ipvb_bridge.demo.tell import Teller
    from ipvb_bridge.pipeline.pull import Pulled
    from ipvb_bridge.store.database import Store


def run(folder: Path, console: Console | None = None) -> int:
    """Run the demo in a folder; a folder of an earlier run gets its next delivery. Gives the exit code.

    Raises :class:`UsageError` for a folder that holds something else, and what the steps raise.
    """
    from rich.console import Console

    from ipvb_bridge.demo import deliveries, ecd, sftp, world
    from ipvb_bridge.demo.tell import Teller

    started = time.monotonic()
    tell = Teller(console or Console(highlight=False), messages.language())
    with tell.busy("the organisation is being made", "de organisatie wordt gemaakt"):
        now = world.move_on(folder)
    door = output.Door(folder, verbose=False)
    with (
        ecd.serve(now.ecd) as server,
        sftp.serve(now.sftp, (deliveries.OFFICE, deliveries.PAYROLL), (deliveries.ROSTER,)) as port,
    ):
        configuration = door.configuration()
        # The demo speaks the language of the terminal, whatever its configuration says.
        messages.speak(tell.language)
        tell.start(now, server.url, port)
        with door.store(configuration) as store:
            done = _pull(configuration, store, tell)
            tell.pulled(done, again=now.delivery > 1)
            if code := _failed([each.error for each in done if each.error is not None]):
                return code
            report = _figures(configuration, store, tell)
            written = back.write_back(configuration, store, Period.parse(MONTH), now.keys, tell)
            if written is not None:
                tell.sent(written.sent.states, written.held, written.digest, again=now.delivery > 1)
                if code := _failed(written.sent.errors):
                    return code
            pages = _pages(configuration, store, written.resident if written is not None else "")
    tell.finish(now, [report, *pages], MONTH, time.monotonic() - started)
    return 0


def _failed(errors: Sequence[BridgeError]) -> int:
    for error in errors:
        output.tell(error)
    return errors[0].exit_code if errors else 0


def _pages(configuration: Configuration, store: Store, resident: str) -> list[Path]:
    """The statement of a resident and the page of their last day; none without a resident."""
    from ipvb_bridge.reports import make

    if not resident:
        return []
    period = Period.parse(MONTH)
    wanted = [make.Wanted("statement", resident=resident), make.Wanted("today", resident=resident, date=period.end)]
    return [path for each in wanted for path in make.write_all(configuration, store, period, each)]


def _pull(configuration: Configuration, store: Store, tell: Teller) -> list[Pulled]:
    from ipvb_bridge.pipeline.pull import pull

    done: list[Pulled] = []
    with tell.busy("pulling", "ophalen") as progress:
        for name in configuration.bridge.connections:
            done += pull(configuration, store, name, progress=progress)
    return done


def _figures(configuration: Configuration, store: Store, tell: Teller) -> Path:
    from ipvb_bridge.pipeline import results
    from ipvb_bridge.pipeline.calculate import calculate
    from ipvb_bridge.pipeline.reconcile import reconcile
    from ipvb_bridge.reports import make
    from ipvb_bridge.store.quarantine import held_rows

    period = Period.parse(MONTH)
    tell.held(held_rows(store))
    with tell.busy("calculating", "berekenen"):
        found = calculate(configuration, store, period)
    tell.figures(MONTH, found.version.number, dict(found.tables), new=found.version.new)
    if found.version.new and found.version.number > 1:
        change = results.compare(store, period)
        tell.moved(change.causes, change.moved, change.before.number)
    with tell.busy("reconciling", "aansluiten"):
        reconciled = reconcile(configuration, store, period)
        report = make.write(configuration, store, reconciled)
    tell.reconciled(reconciled.findings)
    tell.to_do(reconciled.tables["work_list"])
    return report
