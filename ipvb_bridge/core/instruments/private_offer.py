"""The private offer: what a resident buys beside the Wlz, as a quotation with hours, price and amount.

Lines of staff with payer resident (method section 5, *private*): an offer, never in the required budget. The price is
the hourly price of the level (and day part), which is a cost price: nothing is put on top. An amount is the line's cost
in the calculation, so that an offer adds up to ``private_cents`` of the budget. VAT is not worked out: whether it is
due, and how much, follows from what is sold, and no source of this program says it. Until when an offer stands is the
last day of the period plus a setting (our reading); it needs no clock, so the same calculation gives the same offer.
Who has no stay on that last day (moved away, died) gets no offer: their amount stands in a finding instead.

What the Wlz covers may not be sold beside it: a line of which the agreement names a ground inside the Wlz (a health
risk, self-care) is offered as agreed and told as a finding. That these grounds are the sign is our reading.
"""

from __future__ import annotations

import datetime as dt

import polars as pl

from ipvb_bridge.core.dated import holds
from ipvb_bridge.core.findings import Finding, frame, of_rows
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result

_RESIDENT = {"resident_id": (pl.String(), "the resident who buys")}
_CELL = {
    "milliminutes": (pl.Int64(), "time in the period"),
    "amount_cents": (pl.Int64(), "what it costs the resident in the period, without any VAT"),
}

LINES = Result(
    "private_offer_lines",
    "What each resident buys, an agreement and unit a row; agreements without time in the period are left out",
    ("resident_id", "unit_id", "agreement_id"),
    {
        **_RESIDENT,
        "unit_id": (pl.String(), "the unit that gives it"),
        "agreement_id": (pl.String(), "the agreement"),
        "description": (pl.String(), "as the team describes it; null: not described"),
        "care_function": (pl.String(), "care function; null: not stated"),
        "day_part": (pl.String(), "day part"),
        "level": (pl.String(), "level of who gives it"),
        "milliminutes": _CELL["milliminutes"],
        "hour_price_cents": (pl.Int64(), "price of an hour"),
        "amount_cents": _CELL["amount_cents"],
    },
)
OFFERS = Result(
    "private_offers",
    "One offer a resident; its lines add up to it",
    ("resident_id",),
    {
        **_RESIDENT,
        "lines": (pl.Int64(), "agreements on the offer"),
        **_CELL,
        "valid_until": (pl.Date(), "last day on which the offer can be accepted"),
    },
)


def make(given: Given) -> Made:
    """See the module."""
    about = given.streams["care_agreements"].lazy().select("agreement_id", "description", "ground")
    prices = given.tables["cost_prices"].filter(pl.col("kind") == "level")
    by_part, by_level = (
        prices.filter(pl.col("day_part").is_null() == always).select(
            pl.col("key").alias("level"), *([] if always else ["day_part"]), pl.col("price_cents").alias(name)
        )
        for always, name in ((False, "of_day_part"), (True, "of_level"))
    )
    lines = (
        given.tables["lines"]
        .lazy()
        .filter(pl.col("performer") == "staff", pl.col("payer") == "resident", pl.col("milliminutes") > 0)
        .join(about, on="agreement_id", how="left")
        .join(by_part.lazy(), on=["level", "day_part"], how="left")
        .join(by_level.lazy(), on="level", how="left")
        .with_columns(hour_price_cents=pl.coalesce("of_day_part", "of_level"), amount_cents="cost_cents")
        .collect()
    )
    here = given.streams["stays"].filter(holds(pl.lit(given.period.end))).select("resident_id").unique()
    gone = lines.join(here, on="resident_id", how="anti")
    lines = lines.join(here, on="resident_id", how="semi")
    until = given.period.end + dt.timedelta(days=given.settings.instruments.private_offer.valid_days)
    offers = lines.group_by("resident_id").agg(
        pl.col("milliminutes", "amount_cents").sum(), lines=pl.len(), valid_until=pl.lit(until)
    )
    tables = {OFFERS.name: OFFERS.of(offers), LINES.name: LINES.of(lines)}
    return Made(tables, pl.concat([_gone(gone), _inside_the_wlz(lines), _without_vat(given, tables[OFFERS.name])]))


def _gone(lines: pl.DataFrame) -> pl.DataFrame:
    rows = lines.group_by("resident_id").agg(pl.col("milliminutes", "amount_cents").sum()).sort("resident_id")
    return of_rows(
        rows,
        "I43",
        "info",
        "De bewoner had privé afspraken, maar op de laatste dag van de periode geen verblijf meer; er is geen offerte "
        "gemaakt.",
        "Er is niets te doen. Is de bewoner er nog wel, herstel dan in het ECD het verblijf en bereken opnieuw.",
        subject="resident_id",
        amount_cents="amount_cents",
        milliminutes="milliminutes",
    )


def _inside_the_wlz(lines: pl.DataFrame) -> pl.DataFrame:
    rows = (
        lines.filter(pl.col("ground").is_in(["health_risk", "self_care"]))
        .group_by("resident_id", "unit_id")
        .agg(pl.col("milliminutes", "amount_cents").sum())
        .sort("resident_id", "unit_id")
    )
    return of_rows(
        rows,
        "I44",
        "warning",
        "De bewoner betaalt zelf voor zorg met een grond binnen de Wlz (gezondheidsrisico of zelfzorg). Wat onder de "
        "Wlz valt, mag een instelling niet apart in rekening brengen.",
        "Bespreek deze afspraken met het team: zet de betaler op wlz, of verbeter de grond, en bereken opnieuw.",
        unit_id="unit_id",
        subject="resident_id",
        amount_cents="amount_cents",
        milliminutes="milliminutes",
    )


def _without_vat(given: Given, offers: pl.DataFrame) -> pl.DataFrame:
    if offers.is_empty() or given.settings.instruments.private_offer.vat_note:
        return frame(())
    return frame(
        [
            Finding(
                "I45",
                "info",
                f"Op {offers.height} offertes staat dat er geen btw is gerekend en dat de bewoner ernaar kan vragen.",
                "Zet uw eigen zin over btw in method.toml onder [instruments.private_offer], vat_note.",
                amount_cents=int(offers["amount_cents"].sum()),
            )
        ]
    )


INSTRUMENT = Instrument(
    "private_offer",
    "What does a resident buy beside the Wlz, and what does it cost?",
    (OFFERS, LINES),
    make,
)
