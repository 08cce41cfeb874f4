"""How hard one credential may ask: so many questions at once and a minute, over all connections of this process.

The other system counts by certificate or token, so two connections with one credential share one limit.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Limit:
    """At most ``concurrent`` questions at once, each at least ``60 / per_minute`` seconds after the one before."""

    def __init__(
        self,
        concurrent: int,
        per_minute: int | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._most, self._under_way = concurrent, 0
        self._gap = 60 / per_minute if per_minute else 0.0
        self._clock, self._sleep = clock, sleep
        self._changed = threading.Condition()
        self._next = 0.0

    def narrow(self, concurrent: int, per_minute: int | None) -> None:
        """From here on these bounds hold as well."""
        with self._changed:
            self._most = min(self._most, concurrent)
            self._gap = max(self._gap, 60 / per_minute if per_minute else 0.0)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a place and for the moment; give the place back at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._under_way < self._most)
            self._under_way += 1
            now = self._clock()
            wait = max(0.0, self._next - now)
            self._next = max(self._next, now) + self._gap
        try:
            if wait:
                self._sleep(wait)
            yield
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify()

    def hold(self, seconds: float) -> None:
        """Nobody with this credential asks anything for so long: the other system said so."""
        with self._changed:
            self._next = max(self._next, self._clock() + seconds)


_limits: dict[str, Limit] = {}
_lock = threading.Lock()


def of(credential: str, concurrent: int, per_minute: int | None) -> Limit:
    """The limit of a credential (a digest that tells nothing of the secret), shared by all who name the same.

    Where their settings differ, the narrowest holds for all: the other system counts them together.
    """
    with _lock:
        found = _limits.setdefault(credential, Limit(concurrent, per_minute))
        found.narrow(concurrent, per_minute)
        return found
