"""Gather what the page of a period shows, and write it."""

from __future__ import annotations

from pathlib import Path

from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.periods import Period
from ipvb_bridge.pipeline.inputs import read_files
from ipvb_bridge.pipeline.reconcile import Reconciled, reconcile
from ipvb_bridge.reports.page import render
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.quarantine import held_rows
from ipvb_bridge.store.read import read_streams


def write(configuration: Configuration, store: Store, what: Period | Reconciled, path: Path | None = None) -> Path:
    """Write the page of a period's newest version; by default ``reports/PERIOD.html`` in the configuration folder.

    ``what`` is the period, or what reconciling it gave. Raises :class:`UsageError` when the period has not been
    calculated.
    """
    done = reconcile(configuration, store, what) if isinstance(what, Period) else what
    period = Period.parse(done.version.period)
    names = ("units", "residents", "care_agreements")
    # The rows of that calculation, not those that a pull may have brought since.
    frames, _ = read_streams(store, names, as_of=done.version.inputs["as_of"])
    files = read_files(configuration)
    html = render(
        period,
        {**done.tables, "findings": done.findings},
        frames["units"],
        frames["residents"],
        files.settings,
        configuration.bridge.organisation.name,
        agreements=frames["care_agreements"],
        tariffs=files.tables["norms"]["tariffs"],
        held=held_rows(store),
        version=str(done.version.number),
    )
    target = path or configuration.folder / "reports" / f"{period}.html"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(html, "utf-8")
    return target
