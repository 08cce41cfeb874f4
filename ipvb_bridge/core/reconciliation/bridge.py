"""R10: the ledger's cost against what the budgets carry, with the hours per level that no agreement asked for."""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.hours import worked
from ipvb_bridge.core.reconciliation.facts import Facts, euros, hours


def unabsorbed(facts: Facts) -> pl.DataFrame:
    """One finding with the whole bridge, and one for each level with client hours worked or agreed in the period.

    A level's hours are worked time x direct share against the time of its staff lines, whoever pays: more worked than
    agreed is info, more agreed than worked a warning. A bridge whose rows do not add up is an error.
    """
    return pl.concat([_whole(facts.tables["bridge"]), _levels(facts)])


def _whole(table: pl.DataFrame) -> pl.DataFrame:
    """The bridge in one row, or nothing when there is no bridge."""
    if table.is_empty():
        return findings.frame([])
    sums = table.group_by("part").agg(pl.col("cents").sum())
    part = dict(sums.iter_rows())
    carried = sum(part.get(name, 0) for name in ("care", "private", "outside", "stay"))
    rest = part["ledger_cost"] - carried - part.get("unabsorbed", 0) - part["price_difference"]
    row = pl.DataFrame(
        {
            "ledger": [part["ledger_cost"]],
            "carried": [carried],
            "unabsorbed": [part.get("unabsorbed", 0)],
            "difference": [part["price_difference"]],
        }
    )
    shown = findings.of_rows(
        row,
        "R10",
        "info",
        pl.format(
            "Van {} kosten in het grootboek dragen de budgetten en het aanbod {}; {} is niet gevraagde zorgtijd en {}"
            " prijsverschil.",
            *(euros(pl.col(name)) for name in row.columns),
        ),
        "Bekijk de brug in het rapport; de niet gevraagde tijd staat hieronder per niveau.",
        amount_cents="unabsorbed",
    )
    broken = Finding(
        "R10",
        "error",
        "De brug tussen grootboek en budgetten sluit niet.",
        "Bereken de periode opnieuw; blijft dit zo, meld het dan aan de makers met deze versie.",
        amount_cents=rest,
    )
    return pl.concat([shown, findings.frame([broken] if rest else [])])


def _levels(facts: Facts) -> pl.DataFrame:
    paid = (
        worked(facts.stream("hours"), facts.stream("contracts"), facts.period)
        .group_by("level")
        .agg(pl.col("paid_minutes").sum())
    )
    shares = {str(level): Fraction(share) for level, share in facts.settings.direct_share.items()}
    client = pl.DataFrame(
        [
            (level, round(minutes * shares[level]))
            for level, minutes in paid.drop_nulls("level").iter_rows()
            if level in shares
        ],
        schema={"level": pl.String, "client": pl.Int64},
        orient="row",
    )
    asked = (
        facts.tables["lines"]
        .filter(pl.col("performer") == "staff")
        .group_by("level")
        .agg(pl.col("milliminutes").sum().alias("asked"))
    )
    cents = facts.tables["bridge"].filter(pl.col("part") == "unabsorbed").select("level", "cents")
    rows = (
        client.join(asked, on="level", how="full", coalesce=True)
        .with_columns(pl.col("client", "asked").fill_null(0))
        .with_columns((pl.col("client") - pl.col("asked")).alias("difference"))
        .join(cents, on="level", how="left")
        .sort("level")
    )
    too_few = pl.col("difference") < 0

    def said(words: str) -> pl.Expr:
        return pl.format(
            f"Niveau {{}}: {{}} cliënttijd gewerkt en {{}} afgesproken, {words}.",
            "level",
            hours(pl.col("client")),
            hours(pl.col("asked")),
        )

    return pl.concat(
        [
            findings.of_rows(
                rows.filter(~too_few),
                "R10",
                "info",
                said("het verschil is betaald en door geen afspraak gevraagd"),
                "Bespreek of hier zorg wordt gegeven die niet is afgesproken, of dat het rooster te ruim is.",
                subject="level",
                amount_cents="cents",
                milliminutes="difference",
            ),
            findings.of_rows(
                rows.filter(too_few),
                "R10",
                "warning",
                said("er is meer afgesproken dan er gewerkt is"),
                "Bespreek of de afspraken nog kloppen, of dat er uren ontbreken.",
                subject="level",
                amount_cents="cents",
                milliminutes="difference",
            ),
        ]
    )
