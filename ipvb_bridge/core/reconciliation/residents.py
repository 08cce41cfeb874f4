"""R04: agreements, indications and deliveries against stays.

Overlapping stays and indications, and stays without an indication, are found while resident-days are counted; they
stand in the calculation's own findings.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.mapping import ZONE
from ipvb_bridge.core.reconciliation.facts import Facts, days_of, hours


def residents(facts: Facts) -> pl.DataFrame:
    """Agreements without a stay, indications without a stay, agreements and deliveries after the end of a stay."""
    return pl.concat([*_agreements(facts), _indications(facts), _deliveries(facts)])


def _agreements(facts: Facts) -> list[pl.DataFrame]:
    """By resident: agreements of the period that touch no stay, and those that go on after the last stay."""
    stays = days_of(facts.period, facts.stream("stays"))
    # Who stays all period is served by every agreement and moves out after none: most residents, so left out first.
    all_along = stays.filter(pl.col("first") == facts.period.start, pl.col("last") == facts.period.end)
    others = (
        facts.stream("care_agreements")
        .select("agreement_id", "resident_id", "start_date", "end_date")
        .join(all_along, on="resident_id", how="anti")
    )
    agreements = days_of(facts.period, others).select("agreement_id", "resident_id", "first", "last")
    served = (
        agreements.join(stays.select("resident_id", from_="first", until="last"), on="resident_id")
        .filter(pl.col("from_") <= pl.col("last"), pl.col("until") >= pl.col("first"))
        .select("agreement_id")
    )
    without = agreements.join(served, on="agreement_id", how="anti")
    moved_out = (
        facts.stream("stays")
        .group_by("resident_id")
        .agg(pl.col("end_date").fill_null(facts.period.end).max().alias("moved_out"))
    )
    after = agreements.join(served, on="agreement_id", how="semi").join(moved_out, on="resident_id")
    after = after.filter(pl.col("last") > pl.col("moved_out"))
    return [
        findings.of_rows(
            without.group_by("resident_id").len().sort("resident_id"),
            "R04",
            "warning",
            pl.format("Bewoner {} heeft zorgafspraken (aantal: {}) zonder verblijf.", "resident_id", "len"),
            "Beëindig de afspraken in het ECD, of voeg het ontbrekende verblijf toe.",
            subject="resident_id",
        ),
        findings.of_rows(
            after.group_by("resident_id").agg(pl.len(), pl.col("moved_out").first()).sort("resident_id"),
            "R04",
            "info",
            pl.format(
                "Bewoner {}: zorgafspraken (aantal: {}) lopen door na het einde van het verblijf op {}; die"
                " dagen tellen niet mee.",
                "resident_id",
                "len",
                pl.col("moved_out").cast(pl.String),
            ),
            "Beëindig de afspraken in het ECD op de laatste dag van het verblijf.",
            subject="resident_id",
        ),
    ]


def _indications(facts: Facts) -> pl.DataFrame:
    """By resident: an indication that is valid in the period without any stay in the period."""
    valid = days_of(facts.period, facts.stream("indications"))
    staying = days_of(facts.period, facts.stream("stays"))
    return findings.of_rows(
        valid.join(staying, on="resident_id", how="anti").select("resident_id").unique().sort("resident_id"),
        "R04",
        "info",
        pl.format("Bewoner {} heeft een indicatie en geen verblijf in {}.", "resident_id", pl.lit(str(facts.period))),
        "Controleer of de indicatie nog geldt, of voeg het ontbrekende verblijf toe.",
        subject="resident_id",
    )


def _deliveries(facts: Facts) -> pl.DataFrame:
    """By resident: deliveries of the period on days without a stay."""
    day = pl.col("start").dt.convert_time_zone(ZONE).dt.date()
    rows = (
        facts.stream("care_deliveries")
        .select("delivery_id", "resident_id", "minutes", day.alias("day"))
        .filter(pl.col("day").is_between(facts.period.start, facts.period.end))
    )
    covered = (
        rows.join(facts.stream("stays").select("resident_id", "start_date", "end_date"), on="resident_id")
        .filter(
            pl.col("start_date") <= pl.col("day"),
            pl.col("end_date").is_null() | (pl.col("end_date") >= pl.col("day")),
        )
        .select("delivery_id")
    )
    outside = (
        rows.join(covered, on="delivery_id", how="anti")
        .group_by("resident_id")
        .agg(pl.col("minutes").sum(), pl.col("day").min())
        .sort("resident_id")
    )
    return findings.of_rows(
        outside,
        "R04",
        "warning",
        pl.format(
            "Bij bewoner {} is {} zorg geregistreerd op dagen zonder verblijf, voor het eerst op {}.",
            "resident_id",
            hours(pl.col("minutes")),
            pl.col("day").cast(pl.String),
        ),
        "Controleer de einddatum van het verblijf en de registratie in het ECD.",
        subject="resident_id",
        milliminutes="minutes",
    )
