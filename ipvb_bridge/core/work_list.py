"""The work list: residents and indications that somebody has to look at before a period's figures are whole.

What stands on it is our reading of what an application manager can act on: each row names the record to look up, since
when it is so, why, and what to do. Kinds, in this order:

* ``indication_without_resident``: a person with an indication whom no ECD knows, by the key of the person;
* ``several_residents``: an indication of a person with several records in the ECD;
* ``resident_without_indication``: a resident with days of stay that no indication covers;
* ``resident_moved``: another unit from a day of the period on, so two budgets and perhaps two tasks for the office;
* ``unit_unknown``: a stay in a unit that no connection delivers (moved to a place that is not connected);
* ``resident_left``: the last stay ended in the period while an indication goes on.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.mapping import Mapped
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.spans import touches

WORK_LIST = pl.Schema(
    {
        "kind": pl.String(),
        "subject": pl.String(),
        "record": pl.String(),
        "unit_id": pl.String(),
        "connection": pl.String(),
        "stream": pl.String(),
        "since": pl.Date(),
        "reason": pl.String(),
        "next_step": pl.String(),
    }
)
"""``subject``: the resident, or the first characters of a key of a person that nobody here has; ``record``: the
indication or stay to look up; ``connection`` and ``stream``: where that record came from."""

KINDS = (
    "indication_without_resident",
    "several_residents",
    "resident_without_indication",
    "resident_moved",
    "unit_unknown",
    "resident_left",
)
SHORT = 8
"""Characters of a key that are shown: enough to tell two people apart, not to look one up."""


def work_list(mapped: Mapped, segments: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The work list of a period, a frame of :data:`WORK_LIST`, sorted by kind, subject, since and record.

    ``segments``: the resident-days of the period (:data:`ipvb_bridge.core.days.SEGMENTS`).
    """
    streams = mapped.streams
    stays = streams["stays"].join(mapped.people.stays_from, left_on="stay_id", right_on="record", how="left")
    parts = [
        *_waiting(mapped.people.waiting.filter(touches(period))),
        _without_indication(mapped, segments, stays),
        _moved(stays, period),
        _unit_unknown(stays.filter(touches(period)), streams["units"]),
        _left(stays, streams["indications"], period),
    ]
    order = pl.col("kind").replace_strict(KINDS, range(len(KINDS)), return_dtype=pl.Int64)
    return pl.concat(parts).sort(order, "subject", "since", "record", nulls_last=True)


def _rows(
    rows: pl.DataFrame, kind: str, stream: pl.Expr | str, next_step: pl.Expr | str, **columns: pl.Expr
) -> pl.DataFrame:
    given = {
        "kind": pl.lit(kind),
        "stream": pl.lit(stream) if isinstance(stream, str) else stream,
        "next_step": pl.lit(next_step) if isinstance(next_step, str) else next_step,
        **columns,
    }
    return rows.select(given.get(name, pl.col(name)).cast(type_).alias(name) for name, type_ in WORK_LIST.items())


def _waiting(waiting: pl.DataFrame) -> list[pl.DataFrame]:
    about = {
        "subject": pl.col("person_key").str.head(SHORT),
        "record": pl.col("indication_id"),
        "unit_id": pl.lit(None),
        "since": pl.col("start_date"),
    }
    return [
        _rows(
            waiting.filter(pl.col("residents").is_null()),
            "indication_without_resident",
            "indications",
            "Zoek de indicatie op in de bron: leg de bewoner vast in het ECD (met BSN), of beëindig de indicatie.",
            reason=pl.lit("Geen ECD levert een bewoner met de sleutel van deze persoon."),
            **about,
        ),
        _rows(
            waiting.filter(pl.col("residents").is_not_null()),
            "several_residents",
            "indications",
            "Laat de dossiers in het ECD samenvoegen, of lever de indicatie met resident_id.",
            reason=pl.format("Bewoners {} hebben dezelfde sleutel van de persoon.", "residents"),
            **about,
        ),
    ]


def _without_indication(mapped: Mapped, segments: pl.DataFrame, stays: pl.DataFrame) -> pl.DataFrame:
    """By resident: days of stay that no indication covers, with what is known of why."""
    indications, people = mapped.streams["indications"], mapped.people
    uncovered = (
        segments.filter(pl.col("indication_id").is_null())
        .sort("resident_id", "start_date")
        .group_by("resident_id", maintain_order=True)
        .agg(pl.col("unit_id", "start_date").first(), pl.col("days").sum())
    )
    ended = (
        indications.join(uncovered.select("resident_id", from_="start_date"), on="resident_id")
        .filter(pl.col("end_date") < pl.col("from_"))
        .sort("resident_id", "end_date", "indication_id")
        .group_by("resident_id")
        .agg(pl.col("end_date", "indication_id").last())
    )
    keyless = (
        mapped.streams["residents"].filter(pl.col("person_key").is_null()).select("resident_id", keyless=pl.lit(True))
    )
    # Only where indications come by key is a resident without one a reason.
    by_key = people.waiting.height > 0 or bool(indications["person_key"].is_not_null().any())
    has_none = pl.lit(by_key) & pl.col("keyless").fill_null(False)
    ended = ended.join(people.indications_from, left_on="indication_id", right_on="record", how="left")
    of_first_day = uncovered.select("resident_id", "unit_id", from_="start_date")
    came = (
        of_first_day.join(stays, on=["resident_id", "unit_id"])
        .filter(pl.col("start_date") <= pl.col("from_"), (pl.col("end_date") < pl.col("from_")).fill_null(False).not_())
        .sort("resident_id", "start_date", "stay_id")
        .group_by("resident_id")
        .agg(pl.col("stay_id", "connection").last())
    )
    rows = uncovered.join(came, on="resident_id", how="left").join(ended, on="resident_id", how="left", suffix="_ended")
    rows = rows.join(keyless, on="resident_id", how="left")
    known = pl.col("indication_id").is_not_null()
    days = pl.format("Dagen van verblijf zonder geldige indicatie: {}.", "days")
    return _rows(
        rows,
        "resident_without_indication",
        pl.when(known).then(pl.lit("indications")).otherwise(pl.lit("stays")),
        pl.when(known)
        .then(pl.lit("Vraag de nieuwe indicatie op bij de zorgadministratie, of beëindig het verblijf."))
        .when(has_none)
        .then(pl.lit("Laat het BSN van deze bewoner in het ECD nagaan en invullen, en haal opnieuw op."))
        .otherwise(pl.lit("Laat de indicatie vastleggen waar zij vandaan komt, of beëindig het verblijf.")),
        subject=pl.col("resident_id"),
        record=pl.when(known).then("indication_id").otherwise("stay_id"),
        connection=pl.when(known).then("connection_ended").otherwise("connection"),
        since=pl.col("start_date"),
        reason=pl.when(known)
        .then(pl.format("{} De vorige eindigde op {}.", days, pl.col("end_date").cast(pl.String)))
        .when(has_none)
        .then(pl.format("{} De bewoner heeft geen sleutel van de persoon.", days))
        .otherwise(days),
    )


def _moved(stays: pl.DataFrame, period: Period) -> pl.DataFrame:
    """By stay that began in the period: the unit before it, where the resident came from another without a gap."""
    before = pl.col("unit_id", "end_date").shift(1).over("resident_id").name.suffix("_before")
    straight_on = pl.col("end_date_before").is_null() | (
        pl.col("end_date_before") >= pl.col("start_date") - pl.duration(days=1)
    )
    moved = (
        stays.sort("resident_id", "start_date", "stay_id")
        .with_columns(before)
        .filter(
            pl.col("start_date").is_between(period.start, period.end),
            pl.col("unit_id_before").is_not_null() & (pl.col("unit_id_before") != pl.col("unit_id")),
            straight_on,
        )
    )
    return _rows(
        moved,
        "resident_moved",
        "stays",
        "Controleer of de zorgafspraken nog kloppen en of de zorgadministratie de verhuizing kent.",
        subject=pl.col("resident_id"),
        record=pl.col("stay_id"),
        since=pl.col("start_date"),
        reason=pl.format("Verhuisd van {} naar {}; elk heeft een eigen begroting.", "unit_id_before", "unit_id"),
    )


def _unit_unknown(stays: pl.DataFrame, units: pl.DataFrame) -> pl.DataFrame:
    return _rows(
        stays.join(units, on="unit_id", how="anti"),
        "unit_unknown",
        "stays",
        "Laat de koppeling ook deze locatie leveren, of verbeter het verblijf in het ECD.",
        subject=pl.col("resident_id"),
        record=pl.col("stay_id"),
        since=pl.col("start_date"),
        reason=pl.format("Het verblijf noemt afdeling {}, die door geen koppeling wordt geleverd.", "unit_id"),
    )


def _left(stays: pl.DataFrame, indications: pl.DataFrame, period: Period) -> pl.DataFrame:
    """By resident whose last stay ended in the period: an indication that goes on after it."""
    last = (
        stays.sort("resident_id", pl.col("end_date"), "stay_id", nulls_last=True)
        .group_by("resident_id", maintain_order=True)
        .agg(pl.col("stay_id", "unit_id", "connection", "end_date").last())
        .filter(pl.col("end_date").is_between(period.start, period.end))
    )
    going_on = indications.select("resident_id", "indication_id", "start_date", until="end_date")
    rows = (
        last.join(going_on, on="resident_id")
        .filter(
            pl.col("start_date") <= pl.col("end_date"),
            pl.col("until").is_null() | (pl.col("until") > pl.col("end_date")),
        )
        .group_by("resident_id")
        .agg(
            pl.col("stay_id", "unit_id", "connection", "end_date").first(),
            pl.col("indication_id").sort().str.join(", "),
        )
    )
    return _rows(
        rows,
        "resident_left",
        "stays",
        "Laat de zorgadministratie de indicatie beëindigen, of leg het nieuwe verblijf vast in het ECD.",
        subject=pl.col("resident_id"),
        record=pl.col("stay_id"),
        since=pl.col("end_date"),
        reason=pl.format("Het laatste verblijf is geëindigd, en indicatie {} loopt door.", "indication_id"),
    )
