"""A process of `serve` that does the real work and is killed at a point: ``python -m tests.schedule.killed FOLDER LATER
POINT WHEN``.

POINT: the number of the write to the database, counted from the start of the process, at which it is killed with -9;
0 for none. WHEN: before its commit, or after. LATER: seconds that this process's clock is ahead. Prints how many writes
it did.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from ipvb_bridge.base import settings
from ipvb_bridge.schedule import service
from ipvb_bridge.store import database


def main(folder: Path, later: float, point: int, when: str) -> None:
    """Run what is due until nothing is left, or until the point is reached."""
    real, clock = database.Store.write, time.time
    count = 0

    def reached(moment: str, number: int) -> None:
        if (number, moment) == (point, when):
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def cut(self: database.Store) -> Iterator[sa.Connection]:
        nonlocal count
        count += 1
        mine = count
        with real(self) as opened:
            yield opened
            reached("before", mine)
        reached("after", mine)

    time.time = lambda: clock() + later  # type: ignore[assignment]  # the clock of the lease
    database.Store.write = cut  # type: ignore[method-assign]  # the point at which it dies
    configuration = settings.load(folder)
    with database.open_store(configuration.database_url(), folder=folder / "data") as store:
        count = 0
        service.Service(configuration, store).run_once()
    sys.stdout.write(f"{count}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
