"""Reconcile: the three sources against each other and against the results; findings, never exceptions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.periods import Period
from ipvb_bridge.pipeline import results
from ipvb_bridge.pipeline.inputs import read_inputs
from ipvb_bridge.store import state, versions
from ipvb_bridge.store.database import Store

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Reconciled:
    """``findings`` in the schema of :mod:`ipvb_bridge.core.findings`; ``stale`` when the inputs moved on since."""

    version: versions.Version
    findings: pl.DataFrame
    stale: bool


def reconcile(configuration: Configuration, store: Store, period: Period) -> Reconciled:
    """All findings for a period's newest version: those of the calculation, of the adapters and of rules R01-R10.

    Raises :class:`UsageError` when the period has not been calculated.
    """
    raise NotImplementedError
