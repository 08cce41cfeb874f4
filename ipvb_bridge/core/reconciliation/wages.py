"""R01: payroll cost per month against the ledger's wage accounts."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.care_cost import PAYROLL_PARTS, WAGES
from ipvb_bridge.core.reconciliation.facts import Facts, euros


def wage_tie_out(facts: Facts) -> pl.DataFrame:
    """A finding for each month of the cost window in which payroll and ledger differ.

    Payroll: gross, irregularity and charges of contracts that are not hired, by the month the work was done (our
    reading: the month that the cost price uses); ledger: lines of category `wages`, whatever their pool, by accounting
    period.
    Info without a tolerance in the settings; with one, a warning beyond that share of the ledger's amount.
    """
    hired = facts.stream("contracts").filter(pl.col("employment") == "hired")
    payroll = (
        facts.stream("wages")
        .filter(pl.col("component").is_in(PAYROLL_PARTS))
        .join(hired.select("contract_id"), on="contract_id", how="anti")
        .group_by(pl.col("relates_to").alias("month"))
        .agg(
            pl.col("amount").sum().alias("payroll"),
            pl.col("amount").filter(pl.col("paid_in") != pl.col("relates_to")).sum().alias("paid_later"),
        )
    )
    ledger = (
        facts.stream("ledger_lines")
        .filter(pl.col("category") == WAGES)
        .group_by(pl.col("period").alias("month"))
        .agg(pl.col("amount").sum().alias("ledger"))
    )
    both = (
        payroll.join(ledger, on="month", how="full", coalesce=True)
        .filter(pl.col("month").is_in(facts.window.months()))
        .with_columns(pl.col("payroll", "ledger", "paid_later").fill_null(0))
        .with_columns((pl.col("payroll") - pl.col("ledger")).alias("difference"))
        .sort("month")
    )
    tolerance = facts.settings.reconciliation.wage_tolerance
    differs = pl.col("difference") != 0
    if tolerance is not None:
        share = Fraction(tolerance)
        differs = pl.col("difference").abs() * share.denominator > pl.col("ledger").abs() * share.numerator
    return findings.of_rows(
        both.filter(differs),
        "R01",
        "info" if tolerance is None else "warning",
        pl.format(
            "In {} telt de salarisadministratie {} aan loonkosten en het grootboek {}: een verschil van {}. Van de"
            " loonkosten is {} in een andere maand betaald.",
            "month",
            euros(pl.col("payroll")),
            euros(pl.col("ledger")),
            euros(pl.col("difference")),
            euros(pl.col("paid_later")),
        ),
        "Vergelijk de loonjournaalpost van deze maand met de salarisadministratie, en kijk of de looncomponenten en de"
        " loonrekeningen volledig zijn geleverd.",
        subject="month",
        amount_cents="difference",
    )
