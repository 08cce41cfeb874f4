"""What is to be said about the staffing indicators: what could not be computed, and from what they lack."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from ipvb_bridge.core.findings import Finding, frame
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.instruments.staffing_people import STAFF
from ipvb_bridge.core.periods import Period

_CAUSES = (
    ("1.1", "1.1, 1.3, 1.6, 3.1, 3.2, 4.1, 4.2, 4.3", "er zijn geen contracten van mensen in loondienst", "contracts"),
    ("1.2", "1.2, 1.4, 2.1", "er zijn geen gewerkte uren", "hours"),
    ("1.5", "1.5", "het grootboek heeft geen lonen (categorie wages)", "ledger_lines"),
    ("3.2", "3.1, 3.2", "er zijn geen uren van de soort sick", "hours"),
    ("4.3", "4.3", "de contracten bewaren geen eerder niveau van dezelfde persoon", "contracts"),
    ("5.1", "5.1", "er zijn geen bewoners of geen gewerkte uren", "stays"),
)
"""The indicator that tells, those that are then not known, why, and the stream that would tell."""
_OF_CONTRACTS = ("3.2", "4.3")


def findings(
    given: Given, span: Period, contracts: pl.DataFrame, done: pl.DataFrame, table: pl.DataFrame
) -> pl.DataFrame:
    """I85: an indicator of the organisation that is not known; I86: contracts that lack something; I87: hours."""
    return frame([*_unknown(table), *_contracts(contracts), *_hours(span, done)])


def _unknown(table: pl.DataFrame) -> Iterator[Finding]:
    """A figure that has parts and nothing to divide by shows that itself; here stands what has no parts."""
    unknown = (
        pl.when(pl.col("number") == "1.5").then(pl.col("value").is_null()).otherwise(pl.col("numerator").is_null())
    )
    whole = table.filter(pl.col("unit_id").is_null(), pl.col("variant") == "main", unknown)
    missing = set(whole["number"])
    for tells, numbers, why, stream in _CAUSES:
        if tells not in missing or ("1.1" in missing and tells in _OF_CONTRACTS):
            continue
        yield Finding(
            "I85",
            "warning",
            f"Niet te berekenen ({numbers}): {why}.",
            f"Controleer of een koppeling {stream} levert voor deze periode: ipvb-bridge state",
        )


def _contracts(contracts: pl.DataFrame) -> Iterator[Finding]:
    staff = contracts.filter(pl.col("employment").is_in(STAFF), pl.col("days") > 0)
    fixed = pl.col("employment") == "trainee"
    for lacks, told in (
        (
            pl.col("temporary").is_null() & ~fixed,
            "zonder bepaalde of onbepaalde tijd; deze mensen tellen niet mee in 1.3",
        ),
        (pl.col("hours_per_week").is_null(), "zonder contracturen; zij tellen niet mee in 1.6 en 3.1"),
        (
            pl.col("person").str.starts_with("contract "),
            "zonder persoon: een nieuw contract lijkt dan instroom en een oud uitstroom (4.1 tot 4.3)",
        ),
    ):
        count = staff.filter(lacks).height
        if count:
            yield Finding(
                "I86",
                "warning",
                f"Contracten (aantal: {count}) {told}.",
                "Vul dit aan in het salarissysteem of in de instellingen van de koppeling en haal opnieuw op.",
            )


def _hours(span: Period, done: pl.DataFrame) -> Iterator[Finding]:
    none = done.filter(pl.col("level").is_null(), pl.col("employment").is_in(["payroll", "hired"]))
    if none.height:
        yield Finding(
            "I87",
            "warning",
            "Gewerkte uren zonder niveau: zij tellen in de noemer van de mix (2.1), maar bij geen niveau.",
            "Vul mappings/functions.csv aan: ipvb-bridge mappings suggest",
            milliminutes=int(none["paid_minutes"].sum()),
        )
    seen = set(done["day"].dt.strftime("%Y-%m")) if done.height else set()
    empty = [month for month in span.months() if month not in seen]
    if done.height and empty:
        yield Finding(
            "I87",
            "warning",
            f"Zonder gewerkte uren: {', '.join(empty)}. Fte en wat daarvan afhangt is daardoor te laag.",
            "Haal deze maanden op, of kies een kortere periode met instruments.staffing_indicators.months.",
        )
