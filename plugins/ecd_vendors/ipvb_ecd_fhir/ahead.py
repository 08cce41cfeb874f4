"""Working ahead: what comes next is made in a thread of its own while what is there is used."""

from __future__ import annotations

import contextvars
import queue
import sys
import threading
from collections.abc import Generator, Iterator
from typing import TypeVar

T = TypeVar("T")


BRISK = 0.0002
"""Seconds after which a thread that computes lets the other one go on. Python's own 5 ms is longer than a page takes
to come: at that, every answer waits for the reckoning over the page before it."""


class _Brisk:
    """Threads take turns briskly as long as any work ahead is under way, in whatever connection."""

    def __init__(self) -> None:
        self._lock, self._users, self._before = threading.Lock(), 0, 0.0

    def __enter__(self) -> None:
        with self._lock:
            if not self._users:
                self._before = sys.getswitchinterval()
                sys.setswitchinterval(min(BRISK, self._before))
            self._users += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._users -= 1
            if not self._users:
                sys.setswitchinterval(self._before)


_brisk = _Brisk()


class _End:
    """Nothing follows, or this error instead."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


def ahead(source: Iterator[T], most: int) -> Generator[T, None, None]:
    """The items of ``source`` in their order, of which at most ``most`` wait to be used; an error comes in its place.

    Who stops early stops the source too: what it is busy with is finished, nothing more is begun.
    """
    ready: queue.Queue[T | _End] = queue.Queue(most)
    unwanted = threading.Event()

    def fill() -> None:
        end = _End()
        try:
            for item in source:
                ready.put(item)
                if unwanted.is_set():
                    break
        except BaseException as error:  # raised again where the items are used
            end = _End(error)
        ready.put(end)

    # Whatever is logged there belongs to this connection and run as well.
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(fill,), name="fhir-pages", daemon=True)
    with _brisk:
        thread.start()
        yield from _handed_over(thread, ready, unwanted)


def _handed_over(
    thread: threading.Thread, ready: queue.Queue[T | _End], unwanted: threading.Event
) -> Generator[T, None, None]:
    try:
        while not isinstance(item := ready.get(), _End):
            yield item
        if item.error is not None:
            raise item.error
    finally:
        unwanted.set()
        while thread.is_alive():
            try:
                ready.get(timeout=0.01)  # makes room for what it may still want to hand over
            except queue.Empty:
                continue
        thread.join()
