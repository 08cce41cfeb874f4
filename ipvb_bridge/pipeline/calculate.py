"""Calculate: a period's results, kept as a version with the fingerprint of what went in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipvb_bridge import __version__
from ipvb_bridge.base import logging
from ipvb_bridge.base.errors import BridgeError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.pipeline.inputs import read_inputs
from ipvb_bridge.store import runs, versions
from ipvb_bridge.store.database import Store

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Calculated:
    """A version and its tables. ``version.new`` is false when the same inputs had been calculated before."""

    version: versions.Version
    tables: Mapping[str, pl.DataFrame]


def calculate(configuration: Configuration, store: Store, period: Period) -> Calculated:
    """Calculate a period. The same inputs give the version there is; an earlier version never changes.

    Raises :class:`CalculationError` when the answer would be wrong, and what :func:`inputs.read_inputs` raises.
    """
    from ipvb_bridge.core import calculate as core

    run = runs.start_run(store, "calculate")
    log = logging.get().bind(run=run.run_id, period=str(period))
    try:
        inputs = read_inputs(configuration, store, period)
        known = version_of(store, period, inputs.fingerprint)
        if known is not None:
            versions.make_current(store, known)
            runs.finish_run(store, run, "green")
            tables = {name: versions.load_table(store, known, name) for name in known.tables}
            return Calculated(known, tables)
        results = core.calculate(
            inputs.mapped, inputs.norms, inputs.settings, period, holidays(period, inputs.settings)
        )
        version = versions.save_version(
            store,
            str(period),
            inputs.fingerprint,
            {"as_of": inputs.as_of, "parts": dict(inputs.parts)},
            __version__,
            results.tables,
        )
    except BridgeError as error:
        runs.finish_run(store, run, "red", code=error.code, text=error.what())
        log.error("calculation stopped", code=error.code)
        raise
    runs.finish_run(store, run, "green")
    log.info("calculated", version=version.number, new=version.new)
    return Calculated(version, results.tables)


def version_of(store: Store, period: Period, fingerprint: str) -> versions.Version | None:
    """The version of a period with this fingerprint, if there is one."""
    return next((each for each in versions.versions(store, str(period)) if each.fingerprint == fingerprint), None)


def holidays(period: Period, settings: MethodSettings) -> frozenset[dt.date]:
    """The public holidays of the years that the cost window touches, for the irregularity allowance.

    Source: the `holidays` library, the Netherlands; Easter Sunday and Whit Sunday are Sundays anyway.
    """
    import holidays as library

    window = settings.cost_price.window or period.window()
    years = range(min(window.start.year, period.start.year), max(window.end.year, period.end.year) + 2)
    return frozenset(library.country_holidays("NL", years=years))
