"""One delivery of one stream: staged batch by batch, then merged in one short transaction with its cursor."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ipvb_bridge.core.records import Table
from ipvb_bridge.plugin.adapter import Cursor, Mode, Scope
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.runs import Counts, Run


def cursor(store: Store, connection: str, stream: str) -> Cursor | None:
    """What the last merged delivery asked to remember; None when there is none."""
    raise NotImplementedError


class Delivery:
    """Takes in a delivery. Nothing of it is current before ``merge``; a run that dies leaves rows that nobody reads.

    Use: ``stage``, ``hold`` and ``delete`` for each batch, look at ``read`` against :func:`runs.expected_band`, then
    ``merge``, or ``runs.finish_run(..., "red")`` to drop it.
    """

    def __init__(self, store: Store, run: Run, table: Table) -> None: ...

    @property
    def read(self) -> int:
        """Rows taken in so far: staged, found unchanged, or held."""
        raise NotImplementedError

    def stage(self, rows: pl.DataFrame) -> None:
        """Take in typed rows (``table.schema()``; optional text ``_position``, moment ``changed_at``) and commit them.

        Batches of 50,000 to 100,000 rows. Raises ``RunError`` when another run has taken this one's place.
        """
        raise NotImplementedError

    def hold(self, held: pl.DataFrame) -> None:
        """Take in rows that validation held back (frame ``Checked.held``); a row is what stands at one ``position``."""
        raise NotImplementedError

    def delete(self, source_ids: Sequence[str]) -> None:
        """Note keys that a change feed says are gone. A key delivered later in the same delivery is not gone."""
        raise NotImplementedError

    def merge(self, mode: Mode, *, scopes: Sequence[Scope] = (), cursor: Cursor | None = None) -> Counts:
        """Make the delivery current, move the cursor and mark the run green, in one short transaction.

        New rows start, changed rows close the old one, unchanged rows stay. Current rows that were not delivered are
        closed: inside the union of ``scopes``; without scopes, all rows of the connection (snapshot) or none (changes,
        period). A row whose key was held back is not gone: its last good version stays. All rows of a key that the
        delivery holds twice are held back. ``cursor`` None leaves the cursor as it is.
        """
        raise NotImplementedError

    def unchanged(self, cursor: Cursor | None = None) -> Counts:
        """The payload is the one the cursor describes: mark the run green with zero counts, touch no row."""
        raise NotImplementedError
