"""Run records: one for each pull of a connection's stream, one for each calculation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ipvb_bridge.core.findings import Finding
from ipvb_bridge.plugin.adapter import Scope
from ipvb_bridge.store.database import Store

RunKind = Literal["pull", "calculate", "reconcile"]
RunState = Literal["running", "green", "red"]


@dataclass(frozen=True, slots=True)
class Counts:
    """Rows of one pull: ``read = accepted + unchanged + quarantined``; ``closed`` counts rows gone or deleted.

    On a red run the delivery is held back as a whole: ``quarantined = read``.
    """

    read: int = 0
    accepted: int = 0
    unchanged: int = 0
    quarantined: int = 0
    closed: int = 0


@dataclass(frozen=True, slots=True)
class Run:
    """A started run. ``started_at`` in epoch microseconds."""

    run_id: int
    kind: RunKind
    connection: str | None
    stream: str | None
    started_at: int


@dataclass(frozen=True, slots=True)
class Band:
    """Rows that a delivery may be expected to hold, both ends included; ``median`` of the last ``deliveries``."""

    low: int
    high: int
    median: int
    deliveries: int

    def holds(self, rows: int) -> bool:
        """True when a delivery of that many rows is usual."""
        return self.low <= rows <= self.high


def start_run(store: Store, kind: RunKind, connection: str | None = None, stream: str | None = None) -> Run:
    """Open a run record in state running.

    For a pull: a run of the same connection and stream that is still running is marked red and its staged rows are
    removed when its process is dead or silent for 15 minutes; else ``RunError`` S (busy).
    """
    raise NotImplementedError


def finish_run(
    store: Store, run: Run, state: RunState, counts: Counts | None = None, *, code: str = "", text: str = ""
) -> None:
    """Close a run record: a failed pull (red), or any other kind. A green pull is finished by ``Delivery.merge``.

    ``code`` and ``text`` are those of the error, without values of personal fields. A run that is already finished
    stays as it is.
    """
    raise NotImplementedError


def expected_band(
    store: Store,
    connection: str,
    stream: str,
    scopes: Sequence[Scope] = (),
    *,
    shrink: int = 50,
    grow: int = 300,
    deliveries: int = 5,
) -> Band | None:
    """What a delivery should hold: the median of the last green ones that spanned as many months; None before the first.

    ``shrink`` and ``grow`` are percentages of the median. Deliveries of changes have no band.
    """
    raise NotImplementedError


def add_findings(store: Store, run: Run, findings: Sequence[Finding]) -> None:
    """Keep what an adapter noticed (control totals) under its run."""
    raise NotImplementedError
