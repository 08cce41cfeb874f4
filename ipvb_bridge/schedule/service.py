"""`serve`: enters what is due, runs it under a lease, and lets go at a signal.

APScheduler is the clock only: it wakes this process at the next planned moment. What runs, who runs it and what was
missed stand in the rows of :mod:`ipvb_bridge.store.moments`; its own job store would run every job in every process.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from ipvb_bridge.base import logging, settings
from ipvb_bridge.base.errors import BridgeError, ConfigurationError, PeerError, UsageError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.schedule import clock, dispatch, jobs, messages
from ipvb_bridge.store import moments, runs
from ipvb_bridge.store.database import Store

MICROSECONDS = 1_000_000
LOOK_SECONDS = 2.0
"""How often a process looks for work that another one dropped, beside being woken by its own clock."""
PEER_AWAY = 5

Do = Callable[[Configuration, Store, str, dt.datetime], dispatch.Outcome]


class Service:
    """One process of `serve`. ``do`` does a job; tests give their own."""

    def __init__(self, configuration: Configuration, store: Store, do: Do = dispatch.run) -> None:
        self.configuration = configuration
        self.store = store
        self.owner = f"{socket.gethostname()}:{os.getpid()}"
        self._do = do
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._lease = configuration.bridge.schedule.lease_seconds * MICROSECONDS
        self._since = _now()
        self._store_away = False
        self._wrong = ""

    def stop(self) -> None:
        """Take up nothing more; what runs is finished first."""
        self._stop.set()
        self._wake.set()

    def run(self) -> None:
        """Run until :meth:`stop`. Raises :class:`UsageError` when nothing is scheduled."""
        self._refuse_nothing()
        from apscheduler.schedulers.background import BackgroundScheduler

        ticker = BackgroundScheduler(timezone=dt.UTC)
        ticker.start()
        workers = self.configuration.bridge.schedule.workers
        running: set[Future[None]] = set()
        with ThreadPoolExecutor(workers) as pool:
            while not self._stop.is_set():
                self._wake.clear()
                running = {each for each in running if not each.done()}
                self._read_again()
                with self._enduring():
                    jobs.enter(self.configuration, self.store, _now(), self._since)
                    while len(running) < workers and (claimed := self._claim()) is not None:
                        running.add(pool.submit(self._work_on, claimed))
                self._wake_at_next(ticker)
                self._wake.wait(LOOK_SECONDS)
        ticker.shutdown(wait=False)

    def _read_again(self) -> None:
        """Go by bridge.toml as it stands now: a connection that was paused, a signer who was taken out.

        One that cannot be read or holds an error is logged once and changes nothing.
        """
        try:
            self.configuration = settings.load(self.configuration.folder)
            self._wrong = ""
        except (ConfigurationError, OSError) as error:
            wrong = f"{error.code} {error.where}" if isinstance(error, ConfigurationError) else type(error).__name__
            if wrong != self._wrong:
                logging.get().error("configuration not read again", error=wrong)
            self._wrong = wrong

    @contextmanager
    def _enduring(self) -> Iterator[None]:
        """A database that is away for a while ends nothing: it is logged once when it goes and once when it is back."""
        try:
            yield
        except PeerError as error:
            if not self._store_away:
                logging.get().warning("store away", code=error.code)
            self._store_away = True
        else:
            if self._store_away:
                logging.get().info("store back")
            self._store_away = False

    def run_once(self) -> int:
        """Run what is due now, one after the other, and come back; gives how many moments were run."""
        self._refuse_nothing()
        jobs.enter(self.configuration, self.store, _now(), self._since, once=True)
        count = 0
        while (claimed := self._claim()) is not None:
            self._work(claimed)
            count += 1
        return count

    def _refuse_nothing(self) -> None:
        if not jobs.jobs(self.configuration):
            raise UsageError(messages.NOTHING_SCHEDULED, where="bridge.toml")

    def _claim(self) -> moments.Claimed | None:
        among = [job.name for job in jobs.jobs(self.configuration) if not job.paused]
        return moments.claim(self.store, self.owner, _micros(_now()), self._lease, alone=jobs.CYCLE, among=among)

    def _wake_at_next(self, ticker: Any) -> None:
        zone = self.configuration.zone
        every = [clock.next_moment(job.rhythm, zone, _now()) for job in jobs.jobs(self.configuration)]
        if not every:
            return
        at = min(every)
        # One entry, replaced each time: the wake-up for the next planned moment of any job.
        ticker.add_job(self._wake.set, "date", run_date=at, id="next", replace_existing=True)

    def _work_on(self, claimed: moments.Claimed) -> None:
        """:meth:`_work` in a thread of its own: what it raises would be heard by nobody."""
        try:
            self._work(claimed)
        except Exception as error:
            # The moment stays running until its lease ends, and is then taken up again.
            code = error.code if isinstance(error, BridgeError) else ""
            logging.get().error("moment not finished", job=claimed.job, error=type(error).__name__, code=code)

    def _work(self, claimed: moments.Claimed) -> None:
        planned = dt.datetime.fromtimestamp(claimed.planned_at / MICROSECONDS, dt.UTC)
        log = logging.get().bind(job=claimed.job, planned=planned.isoformat(), fence=claimed.fence)
        before = moments.latest(self.store)
        finished = threading.Event()
        beating = threading.Thread(target=self._beat, args=(claimed, finished, log), daemon=True)
        beating.start()
        try:
            self._end_lost(claimed)
            outcome = self._do(self.configuration, self.store, claimed.job, planned)
        finally:
            finished.set()
            beating.join()
        state: moments.State = "done" if outcome.exit_code in (0, dispatch.HELD_BACK, 7) else "failed"
        kept = moments.finish(
            self.store,
            claimed,
            state,
            _micros(_now()),
            code=outcome.code,
            exit_code=outcome.exit_code,
            text=outcome.text,
        )
        if not kept:
            log.error("lease lost", code=messages.LOST_LEASE.code)
            return
        self._tell(log, claimed.job, before.filter(before["job"] == claimed.job)["exit_code"].to_list(), outcome)

    def _end_lost(self, claimed: moments.Claimed) -> None:
        """The lease decides who is at work: the pulls of the process that lost this moment are over."""
        if claimed.lost_by and claimed.job != jobs.SEND:
            # The cycle pulls every connection, and nothing else runs beside it.
            connection = None if claimed.job == jobs.CYCLE else claimed.job.removeprefix(jobs.PULL)
            runs.end_of(self.store, claimed.lost_by, connection)

    def _tell(self, log: Any, job: str, before: list[int], outcome: dispatch.Outcome) -> None:
        """Log a peer that goes away once, and once when it is back: not every fifteen minutes of a night."""
        was_away, is_away = before[-1:] == [PEER_AWAY], outcome.exit_code == PEER_AWAY
        say = log.warning if outcome.exit_code else log.info
        if is_away and not was_away:
            say("peer away", code=outcome.code)
        elif was_away and not is_away:
            log.info("peer back")
        if not is_away:
            say("job ended", exit_code=outcome.exit_code, code=outcome.code)

    def _beat(self, claimed: moments.Claimed, finished: threading.Event, log: Any) -> None:
        while not finished.wait(self._lease / MICROSECONDS / 3):
            try:
                held = moments.beat(self.store, claimed, _micros(_now()), self._lease)
            except BridgeError as error:
                # The next beat may get through before the lease ends; without any the moment is another's.
                log.warning("no heartbeat", code=error.code)
                continue
            if not held:
                log.error("lease lost", code=messages.LOST_LEASE.code)
                return


def _now() -> dt.datetime:
    return dt.datetime.fromtimestamp(time.time(), dt.UTC)


def _micros(moment: dt.datetime) -> int:
    return int(moment.timestamp() * MICROSECONDS)
