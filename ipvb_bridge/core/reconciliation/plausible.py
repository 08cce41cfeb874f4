"""R09: figures that can hardly be right."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.days import is_charged, resident_days
from ipvb_bridge.core.mapping import ZONE
from ipvb_bridge.core.reconciliation.facts import Facts, euros, hours

_DAY = 24 * 60 * 1000  # milliminutes
_CLEANING = "cleaning"
_UNPAID_PERFORMERS = ("network", "self", "volunteer")


def plausibility(facts: Facts) -> pl.DataFrame:
    """Care of more than 24 hours a day, prices and on-cost outside the stated bands, and what does not go together.

    A band that the settings do not state is not checked.
    """
    return pl.concat(
        [
            _agreed_around_the_clock(facts),
            _delivered_around_the_clock(facts),
            _prices(facts),
            _on_cost(facts),
            _negative_hours(facts),
            _cleaned_twice(facts),
            _performer_and_payer(facts),
        ]
    )


def _agreed_around_the_clock(facts: Facts) -> pl.DataFrame:
    """By resident and unit: staff lines of more than 24 hours for each day present."""
    key = ["resident_id", "unit_id"]
    rows = (
        facts.tables["lines"]
        .filter(pl.col("performer") == "staff")
        .group_by(key)
        .agg(pl.col("milliminutes").sum())
        .join(facts.tables["resident_budgets"].select(*key, "present_days"), on=key)
        .filter(pl.col("milliminutes") > pl.col("present_days") * _DAY)
        .sort(key)
    )
    return findings.of_rows(
        rows,
        "R09",
        "warning",
        pl.format(
            "Voor bewoner {} is {} zorg afgesproken op {} dagen: meer dan 24 uur per dag.",
            "resident_id",
            hours(pl.col("milliminutes")),
            "present_days",
        ),
        "Controleer minuten, aantal keren en aantal zorgverleners van de afspraken van deze bewoner.",
        unit_id="unit_id",
        subject="resident_id",
        milliminutes="milliminutes",
    )


def _delivered_around_the_clock(facts: Facts) -> pl.DataFrame:
    day = pl.col("start").dt.convert_time_zone(ZONE).dt.date().alias("day")
    rows = (
        facts.stream("care_deliveries")
        .with_columns(day)
        .filter(pl.col("day").is_between(facts.period.start, facts.period.end))
        .group_by("resident_id", "day")
        .agg(pl.col("minutes").sum())
        .filter(pl.col("minutes") > _DAY)
        .sort("resident_id", "day")
    )
    return findings.of_rows(
        rows,
        "R09",
        "warning",
        pl.format(
            "Bij bewoner {} is op {} {} zorg geregistreerd: meer dan 24 uur.",
            "resident_id",
            pl.col("day").cast(pl.String),
            hours(pl.col("minutes")),
        ),
        "Controleer de registratie van deze dag in het ECD.",
        subject="resident_id",
        milliminutes="minutes",
    )


def _cents(euro: Decimal | None) -> int | None:
    return None if euro is None else int(euro * 100)


def _prices(facts: Facts) -> pl.DataFrame:
    low, high = (_cents(facts.settings.reconciliation.price_low), _cents(facts.settings.reconciliation.price_high))
    price = pl.col("price_cents")
    below, above = (pl.lit(None) if bound is None else pl.lit(bound) for bound in (low, high))
    rows = facts.tables["cost_prices"].filter(
        pl.col("kind") == "level", (price < below).fill_null(False) | (price > above).fill_null(False)
    )
    return findings.of_rows(
        rows.sort("key", "day_part"),
        "R09",
        "warning",
        pl.format("De uurprijs van niveau {} is {}; dat ligt buiten de ingestelde grenzen.", "key", euros(price)),
        "Controleer kosten en uren van dit niveau, of pas price_low en price_high in method.toml aan.",
        subject="key",
        amount_cents="price_cents",
    )


def _on_cost(facts: Facts) -> pl.DataFrame:
    """By month of the cost window: employer charges as a share of gross, of everyone on the payroll."""
    bands = facts.settings.reconciliation
    cents = {
        name: pl.col("amount").filter(pl.col("component") == name).sum().alias(name)
        for name in ("gross", "employer_charges")
    }
    rows = (
        facts.stream("wages")
        .filter(pl.col("relates_to").is_in(facts.window.months()))
        .group_by("relates_to")
        .agg(cents.values())
        .filter(pl.col("gross") > 0)
        .sort("relates_to")
    )
    outside = pl.lit(False)
    for bound, sign in ((bands.on_cost_low, -1), (bands.on_cost_high, 1)):
        if bound is not None:
            share = Fraction(bound)
            over = pl.col("employer_charges") * share.denominator - pl.col("gross") * share.numerator
            outside = outside | (over * sign > 0)
    return findings.of_rows(
        rows.filter(outside),
        "R09",
        "warning",
        pl.format(
            "In {} zijn de werkgeverslasten {} op {} bruto loon; dat aandeel ligt buiten de ingestelde grenzen.",
            "relates_to",
            euros(pl.col("employer_charges")),
            euros(pl.col("gross")),
        ),
        "Controleer of alle looncomponenten zijn geleverd, of pas on_cost_low en on_cost_high in method.toml aan.",
        subject="relates_to",
        amount_cents="employer_charges",
    )


def _negative_hours(facts: Facts) -> pl.DataFrame:
    """By contract: worked hours of the cost window with negative paid time."""
    day = pl.col("start").dt.convert_time_zone(ZONE).dt.date()
    rows = (
        facts.stream("hours")
        .filter(
            pl.col("kind") == "worked",
            pl.col("paid_minutes") < 0,
            day.is_between(facts.window.start, facts.window.end),
        )
        .group_by("contract_id")
        .agg(pl.len(), pl.col("paid_minutes").sum())
        .sort("contract_id")
    )
    return findings.of_rows(
        rows,
        "R09",
        "info",
        pl.format(
            "Contract {} heeft regels met negatieve uren (aantal: {}, samen {}).",
            "contract_id",
            "len",
            hours(pl.col("paid_minutes")),
        ),
        "Controleer of dit correcties zijn op uren die in dezelfde periode zijn geleverd.",
        subject="contract_id",
        milliminutes="paid_minutes",
    )


def _cleaned_twice(facts: Facts) -> pl.DataFrame:
    """By resident and unit: domestic care for which the Wlz pays, beside a day price for cleaning."""
    if _CLEANING not in facts.settings.cost_price.components:
        return findings.frame([])
    stays = (facts.stream("stays"), facts.stream("absences"), facts.stream("indications"))
    key = ["resident_id", "unit_id"]
    charged = resident_days(*stays, facts.period).segments.filter(is_charged(_CLEANING, facts.settings))
    rows = (
        facts.tables["lines"]
        .filter(
            pl.col("care_function") == "domestic",
            pl.col("performer") == "staff",
            pl.col("payer") == "wlz",
            pl.col("milliminutes") > 0,
        )
        .join(charged, on=key, how="semi")
        .group_by(key)
        .agg(pl.col("cost_cents", "milliminutes").sum())
        .sort(key)
    )
    return findings.of_rows(
        rows,
        "R09",
        "warning",
        pl.format(
            "Bewoner {} heeft {} schoonmaak als zorgafspraak naast de dagprijs voor schoonmaak: dat kan dubbel zijn.",
            "resident_id",
            hours(pl.col("milliminutes")),
        ),
        "Beëindig de afspraak, zet de betaler op bewoner, of laat schoonmaak weg bij deze leveringsvorm (method.toml).",
        unit_id="unit_id",
        subject="resident_id",
        amount_cents="cost_cents",
        milliminutes="milliminutes",
    )


def _performer_and_payer(facts: Facts) -> pl.DataFrame:
    """By resident and unit: care of network, volunteer or the resident for which somebody is said to pay."""
    key = ["resident_id", "unit_id"]
    rows = (
        facts.tables["lines"]
        .filter(pl.col("performer").is_in(_UNPAID_PERFORMERS), pl.col("payer") != "none")
        .group_by(key)
        .agg(pl.len(), pl.col("milliminutes").sum())
        .sort(key)
    )
    return findings.of_rows(
        rows,
        "R09",
        "warning",
        pl.format(
            "Bewoner {} heeft afspraken van netwerk, vrijwilliger of de bewoner zelf waarvoor een betaler is ingevuld"
            " (aantal: {}).",
            "resident_id",
            "len",
        ),
        "Zet de betaler van deze afspraken op none, of de uitvoerder op staff.",
        unit_id="unit_id",
        subject="resident_id",
        milliminutes="milliminutes",
    )
