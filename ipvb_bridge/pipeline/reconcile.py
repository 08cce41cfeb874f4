"""Reconcile: the three sources against each other and against the results; findings, never exceptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipvb_bridge.base.errors import BridgeError
from ipvb_bridge.base.settings import Configuration
from ipvb_bridge.core import findings as found
from ipvb_bridge.core.periods import Period
from ipvb_bridge.pipeline import results
from ipvb_bridge.pipeline.inputs import read_inputs
from ipvb_bridge.store import runs, state, versions
from ipvb_bridge.store.database import Store
from ipvb_bridge.store.read import read_stream

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
    import polars as pl

    from ipvb_bridge.core import reconciliation

    run = runs.start_run(store, "reconcile")
    try:
        version = results.find(store, period)
        inputs = read_inputs(configuration, store, period)
        tables = {name: versions.load_table(store, version, name) for name in version.tables}
        findings = reconciliation.reconcile(
            inputs.mapped,
            tables,
            inputs.settings,
            period,
            deliveries=_last_deliveries(store),
            noticed=pl.concat([state.delivery_findings(store).select(found.schema().names()), _failed(store)]),
            posted_later=_posted_later(store, period, version),
        )
    except BridgeError as error:
        runs.finish_run(store, run, "red", code=error.code, text=error.what())
        raise
    runs.finish_run(store, run, "green")
    return Reconciled(version, tables, findings, stale=inputs.fingerprint != version.fingerprint)


def _last_deliveries(store: Store) -> pl.DataFrame:
    """The last delivery of each connection and stream that was taken in: its rows, for R07 (nothing delivered).

    A green delivery lay inside its band or was accepted by a person, so no band stands beside it.
    """
    import polars as pl

    taken = state.all_runs(store).filter(
        pl.col("kind") == "pull", pl.col("state") == "green", pl.col("mode").is_in(["snapshot", "period"])
    )
    last = taken.group_by("connection", "stream").agg(pl.col("read").sort_by("run_id").last())
    none = pl.lit(None, pl.Int64)
    return last.select("connection", "stream", "read", expected_low=none, expected_high=none)


def _failed(store: Store) -> pl.DataFrame:
    """R07 findings for streams whose last pull failed or was held back: what is reckoned with is older."""
    import polars as pl

    red = state.last_runs(store).filter(pl.col("kind") == "pull", pl.col("state") == "red")
    return found.frame(
        found.Finding(
            "R07",
            "error",
            f"De laatste levering van {row['stream']} door {row['connection']} telt niet mee: "
            f"{row['text']} ({row['code']}).",
            f"Los de oorzaak op en haal opnieuw op: ipvb-bridge pull {row['connection']}",
            subject=f"{row['connection']}.{row['stream']}",
        )
        for row in red.iter_rows(named=True)
    )


def _posted_later(store: Store, period: Period, version: versions.Version) -> pl.DataFrame:
    """Ledger lines of the period's months that are new, changed or gone since an earlier calculation read them (R06).

    The last version before this one is the base, else this one. ``amount`` is what the line adds now: negative of what
    it was where it is gone.
    """
    import polars as pl

    earlier = [each for each in versions.versions(store, str(period)) if each.number < version.number]
    base = earlier[-1] if earlier else version
    columns = ["company_id", "line_id", "period", "amount"]
    months = pl.col("period").is_in(period.months())
    then = read_stream(store, "ledger_lines", as_of=base.inputs["as_of"]).filter(months).select(columns)
    now = read_stream(store, "ledger_lines").filter(months).select(columns)
    came = now.join(then, on=columns, how="anti")
    went = then.join(now, on=columns, how="anti").with_columns(-pl.col("amount"))
    return pl.concat([came, went]).select("company_id", "period", "amount", "line_id")
