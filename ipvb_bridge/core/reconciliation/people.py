"""R05: hours outside a contract, and units that nobody knows.

Contracts without a level are found while the care pool is divided; they stand in the calculation's own findings.
"""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.mapping import ZONE
from ipvb_bridge.core.reconciliation.facts import Facts, hours


def people(facts: Facts) -> pl.DataFrame:
    """By contract: hours or wages of an unknown one, hours outside its dates; by unit: rows of an unknown one."""
    return pl.concat([*_outside_contract(facts), _unknown_units(facts), _wages_without_contract(facts)])


def _outside_contract(facts: Facts) -> list[pl.DataFrame]:
    day = pl.col("start").dt.convert_time_zone(ZONE).dt.date()
    worked = (
        facts.stream("hours")
        .filter(pl.col("kind") == "worked")
        .with_columns(day.alias("day"))
        .filter(pl.col("day").is_between(facts.window.start, facts.window.end))
        .select("contract_id", "day", "paid_minutes")
        .join(
            facts.stream("contracts").select("contract_id", "start_date", "end_date", pl.lit(True).alias("known")),
            on="contract_id",
            how="left",
        )
    )
    known = pl.col("known").is_not_null()
    before, after = pl.col("day") < pl.col("start_date"), pl.col("day") > pl.col("end_date")

    def by_contract(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.group_by("contract_id").agg(pl.col("paid_minutes").sum()).sort("contract_id")

    return [
        findings.of_rows(
            by_contract(worked.filter(~known)),
            "R05",
            "warning",
            pl.format(
                "Contract {} is onbekend, maar heeft {} gewerkte tijd; die tijd telt niet mee.",
                "contract_id",
                hours(pl.col("paid_minutes")),
            ),
            "Laat het contract aanleveren, of verbeter het contractnummer bij de uren.",
            subject="contract_id",
            milliminutes="paid_minutes",
        ),
        findings.of_rows(
            by_contract(worked.filter(known, before.fill_null(False) | after.fill_null(False))),
            "R05",
            "warning",
            pl.format(
                "Contract {} heeft {} gewerkte tijd buiten zijn looptijd; die tijd telt mee.",
                "contract_id",
                hours(pl.col("paid_minutes")),
            ),
            "Controleer de begin- en einddatum van het contract, of het contractnummer bij de uren.",
            subject="contract_id",
            milliminutes="paid_minutes",
        ),
    ]


def _wages_without_contract(facts: Facts) -> pl.DataFrame:
    rows = (
        facts.stream("wages")
        .filter(pl.col("relates_to").is_in(facts.window.months()))
        .join(facts.stream("contracts"), on="contract_id", how="anti")
        .group_by("contract_id")
        .agg(pl.col("amount").sum())
        .sort("contract_id")
    )
    return findings.of_rows(
        rows,
        "R05",
        "warning",
        pl.format(
            "Contract {} is onbekend, maar heeft loonkosten; die verdelen de zorgkosten niet mee.", "contract_id"
        ),
        "Laat het contract aanleveren, of verbeter het contractnummer bij het loon.",
        subject="contract_id",
        amount_cents="amount",
    )


def _unknown_units(facts: Facts) -> pl.DataFrame:
    named = pl.concat(
        facts.stream(stream).select(
            pl.lit(word).alias("where"),
            "unit_id",
            (pl.col("paid_minutes") if stream == "hours" else pl.lit(None, pl.Int64)).alias("milliminutes"),
        )
        for stream, word in (
            ("stays", "verblijven"),
            ("contracts", "contracten"),
            ("hours", "uren"),
            ("care_deliveries", "geleverde zorg"),
            ("cost_centres", "kostenplaatsen"),
        )
    )
    unknown = (
        named.filter(pl.col("unit_id").is_not_null())
        .join(facts.stream("units"), on="unit_id", how="anti")
        .group_by("unit_id", "where")
        .agg(pl.len(), pl.col("milliminutes").sum())
        .sort("unit_id", "where")
    )
    return findings.of_rows(
        unknown,
        "R05",
        "warning",
        pl.format("Eenheid {} is onbekend en staat bij {} (aantal: {}).", "unit_id", "where", "len"),
        "Neem de eenheid op in de stroom units, of verbeter de code in de bron.",
        unit_id="unit_id",
        subject="where",
    )
