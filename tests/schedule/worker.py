"""A process of `serve` whose jobs only leave a trace: ``python -m tests.schedule.worker FOLDER TRACE [PAUSE]``."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from pathlib import Path

from ipvb_bridge.base import settings
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.schedule import service
from ipvb_bridge.schedule.dispatch import Outcome
from ipvb_bridge.store.database import Store, open_store


def main(folder: Path, trace: Path, pause: float) -> None:
    """Run what is due until nothing is left; each job appends a line as it begins and one as it ends."""

    def note(word: str, job: str, planned: dt.datetime) -> None:
        with trace.open("a") as file:
            file.write(f"{word} {job} {planned.isoformat()} {os.getpid()}\n")

    def do(configuration: Configuration, store: Store, job: str, planned: dt.datetime) -> Outcome:
        note("begin", job, planned)
        time.sleep(pause)
        note("end", job, planned)
        return Outcome(0)

    configuration = settings.load(folder)
    with open_store(configuration.database_url()) as store:
        service.Service(configuration, store, do).run_once()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
