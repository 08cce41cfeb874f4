"""Indications from a system that does not know the resident's number: joined on the key of the person.

The ECD and the source of the indications each deliver ``person_key``, a keyed pseudonym made at the adapter's boundary;
a row that has it and no ``resident_id`` gets the resident's here. Our reading (method section 2 names the streams, not
how they are joined): a key that leads to nobody, or to several residents, is never guessed at but waits for a person.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.spans import touches

WAITING = pl.Schema(
    {
        "indication_id": pl.String(),
        "person_key": pl.String(),
        "start_date": pl.Date(),
        "end_date": pl.Date(),
        "connection": pl.String(),
        "residents": pl.String(),
    }
)
"""Indications without a resident. ``residents``: the ids that share the key, null where nobody has it."""

CAME_FROM = pl.Schema({"record": pl.String(), "connection": pl.String()})
"""Which connection delivered a record."""


@dataclass(frozen=True, slots=True)
class People:
    """What stands beside the streams: ``waiting`` of :data:`WAITING`; ``stays_from`` and ``indications_from`` of
    :data:`CAME_FROM`.
    """

    waiting: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=WAITING))
    stays_from: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CAME_FROM))
    indications_from: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=CAME_FROM))


def join(
    indications: pl.DataFrame, residents: pl.DataFrame, stays: pl.DataFrame, period: Period
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The indications that have a resident, given or found, and those that wait (:data:`WAITING`); none is lost.

    The frames are the streams, ``indications`` with or without ``source`` (the connection). One resident with the key:
    that one, in care or not. Several records of one person: the one with a stay in the period when there is just one
    such; else the row waits. A resident that the source itself names is never replaced.
    """
    missing = pl.col("resident_id").is_null()
    without = indications.filter(missing)
    if without.is_empty():
        return indications, pl.DataFrame(schema=WAITING)
    here = stays.filter(touches(period)).select("resident_id").unique().with_columns(here=pl.lit(True))
    known = residents.filter(pl.col("person_key").is_not_null()).select("person_key", "resident_id").unique()
    known = known.join(here, on="resident_id", how="left")
    ids, staying = pl.col("resident_id"), pl.col("resident_id").filter(pl.col("here"))
    of_key = known.group_by("person_key").agg(
        chosen=pl.when(pl.len() == 1).then(ids.first()).when(staying.len() == 1).then(staying.first()),
        residents=ids.sort().str.join(", "),
    )
    found = without.join(of_key, on="person_key", how="left")
    joined = found.filter(pl.col("chosen").is_not_null()).with_columns(resident_id=pl.col("chosen"))
    waiting = found.filter(pl.col("chosen").is_null())
    waiting = waiting.with_columns(came_from(waiting, "indication_id")["connection"])
    return (
        pl.concat([indications.filter(~missing), joined.select(indications.columns)]),
        waiting.select(pl.col(name).cast(kind) for name, kind in WAITING.items()).sort("indication_id", "connection"),
    )


def came_from(rows: pl.DataFrame, key: str) -> pl.DataFrame:
    """The connection of each row, a frame of :data:`CAME_FROM`; empty text where the frame has no ``source``."""
    source = pl.col("source") if "source" in rows.columns else pl.lit("")
    return rows.select(record=key, connection=source)


def findings_of(waiting: pl.DataFrame, period: Period) -> pl.DataFrame:
    """R04 findings for waiting indications of the period: one for all without a resident, one for each shared key."""
    waiting = waiting.filter(touches(period))
    shared = (
        waiting.filter(pl.col("residents").is_not_null())
        .group_by("residents")
        .agg(pl.len(), pl.col("indication_id").min())
        .sort("residents")
    )
    nobody = waiting.filter(pl.col("residents").is_null()).select(pl.len()).filter(pl.col("len") > 0)
    return pl.concat(
        [
            findings.of_rows(
                shared,
                "R04",
                "warning",
                pl.format(
                    "Bewoners {} zijn volgens hun BSN dezelfde persoon; indicaties van die persoon (aantal: {}) zijn "
                    "daarom aan niemand gekoppeld.",
                    "residents",
                    "len",
                ),
                "Laat de dossiers in het ECD samenvoegen, of lever deze indicaties met resident_id.",
                subject="indication_id",
            ),
            findings.of_rows(
                nobody,
                "R04",
                "warning",
                pl.format("Indicaties van personen die in geen ECD bewoner zijn (aantal: {}) tellen niet mee.", "len"),
                f"Bekijk de werklijst: ipvb-bridge results {period} work_list",
            ),
        ]
    )
