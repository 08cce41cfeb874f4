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
        self._places = threading.BoundedSemaphore(concurrent)
        self._gap = 60 / per_minute if per_minute else 0.0
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._next = 0.0

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a place and for the moment; give the place back at the end."""
        with self._places:
            with self._lock:
                now = self._clock()
                wait = max(0.0, self._next - now)
                self._next = max(self._next, now) + self._gap
            if wait:
                self._sleep(wait)
            yield

    def hold(self, seconds: float) -> None:
        """Nobody with this credential asks anything for so long: the other system said so."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)


_limits: dict[tuple[str, int, int | None], Limit] = {}
_lock = threading.Lock()


def of(credential: str, concurrent: int, per_minute: int | None) -> Limit:
    """The limit of a credential (a digest that tells nothing of the secret), shared by all who name the same."""
    with _lock:
        return _limits.setdefault((credential, concurrent, per_minute), Limit(concurrent, per_minute))
