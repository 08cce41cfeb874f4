"""Do a job in this process: pull a connection, send what two people signed, or run the monthly cycle."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from ipvb_bridge.base import logging
from ipvb_bridge.base.errors import BridgeError, PeerError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.pipeline import cycle, delivery, pull
from ipvb_bridge.schedule import jobs
from ipvb_bridge.store.database import Store

HELD_BACK = 6
"""The exit code of a pull that held rows back: the run is done, and somebody has something to do."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a job ended: ``exit_code`` as the command line gives it, with the code and text of the first message."""

    exit_code: int
    code: str = ""
    text: str = ""


def run(
    configuration: Configuration,
    store: Store,
    job: str,
    planned: dt.datetime,
    *,
    render: delivery.Render = delivery.no_document,
) -> Outcome:
    """Do a job and tell how it ended. Raises nothing: what nobody foresaw becomes an outcome too.

    ``render`` makes the documents that are sent along.
    """
    try:
        if job == jobs.SEND:
            sent = delivery.send(configuration, store, render=render, also_paused=False)
            return _of(sent.errors, 0)
        if job == jobs.CYCLE:
            done = cycle.cycle(configuration, store, jobs.cycle_period(planned, configuration.zone))
            if not done.errors and done.planned is not None and done.planned.held:
                first = done.planned.held[0]
                return Outcome(done.exit_code, first.code, first.what())
            return _of(list(done.errors), done.exit_code)
        pulled = list(pull.pull(configuration, store, job.removeprefix(jobs.PULL)))
        errors = [each.error for each in pulled if each.error is not None]
        held = any(each.counts.quarantined for each in pulled)
        return _of(errors, HELD_BACK if held else 0)
    except BridgeError as error:
        return _of([error], error.exit_code)
    except Exception as error:
        logging.get().error("unexpected", job=job, error=type(error).__name__)
        return Outcome(1, "A90", type(error).__name__)


def _of(errors: list[BridgeError], otherwise: int) -> Outcome:
    if not errors:
        return Outcome(otherwise)
    # A peer that is away may be back next time; anything else needs somebody, so it is told first.
    first = min(errors, key=lambda each: isinstance(each, PeerError))
    return Outcome(first.exit_code, first.code, first.what())
