"""R07: a stream that delivered nothing, far fewer or far more than usual."""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.reconciliation.facts import Facts


def volume(facts: Facts) -> pl.DataFrame:
    """A finding for each delivery that is empty or outside the band expected of it; without a band: only empty ones."""
    rows = facts.deliveries.sort("connection", "stream")
    empty = pl.col("read") == 0
    low = pl.col("read") < pl.col("expected_low")
    high = pl.col("read") > pl.col("expected_high")
    place = [pl.col("stream"), pl.col("connection")]
    band = [*place, pl.col("read"), pl.col("expected_low"), pl.col("expected_high")]
    said = (
        pl.when(empty)
        .then(pl.format("De stroom {} van {} leverde niets.", *place))
        .when(low.fill_null(False))
        .then(pl.format("De stroom {} van {} leverde {} regels, veel minder dan gebruikelijk ({} tot {}).", *band))
        .otherwise(pl.format("De stroom {} van {} leverde {} regels, veel meer dan gebruikelijk ({} tot {}).", *band))
    )
    return findings.of_rows(
        rows.filter(empty | low.fill_null(False) | high.fill_null(False)),
        "R07",
        "error",
        said,
        "Vraag bij de bron na of de levering volledig was en haal haar opnieuw op met `ipvb-bridge pull`.",
        subject="stream",
    )
