"""Reconcile: the three sources against each other and against the results; findings, never exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.periods import Period
from ipvb_bridge.pipeline import results
from ipvb_bridge.pipeline.inputs import read_inputs
from ipvb_bridge.store import runs, state, versions
from ipvb_bridge.store.database import Store

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Reconciled:
    """``findings`` in the schema of :mod:`ipvb_bridge.core.findings`; ``stale``: the inputs moved on since."""

    version: versions.Version
    tables: Mapping[str, pl.DataFrame]
    findings: pl.DataFrame
    stale: bool


def reconcile(configuration: Configuration, store: Store, period: Period) -> Reconciled:
    """All findings for a period's newest version: those of the calculation, of the adapters and of rules R01-R10.

    Raises :class:`UsageError` when the period has not been calculated.
    """
    from ipvb_bridge.core import reconciliation

    run = runs.start_run(store, "reconcile")
    version = results.find(store, period)
    inputs = read_inputs(configuration, store)
    tables = {name: versions.load_table(store, version, name) for name in version.tables}
    findings = reconciliation.reconcile(
        inputs.mapped,
        tables,
        inputs.settings,
        period,
        deliveries=state.deliveries(store),
        noticed=state.delivery_findings(store),
        posted_later=_posted_later(store, period, version),
    )
    runs.finish_run(store, run, "green")
    return Reconciled(version, tables, findings, stale=inputs.fingerprint != version.fingerprint)


def _posted_later(store: Store, period: Period, version: versions.Version) -> pl.DataFrame:
    """Ledger lines of the period's months that are new, changed or gone since the version before this one read them."""
    raise NotImplementedError
