"""What is told about the supplements: rows that pay nothing, tariffs that lack, overlaps, and the need for meerzorg."""

from __future__ import annotations

import polars as pl

from ipvb_bridge.core.findings import of_rows
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.instruments.supplements_tables import PARTS

_FILE = "instruments/supplements.csv of instruments/meerzorg.csv"
_DUTCH = {"care": "woonzorg", "day_care": "dagbesteding", "treatment": "behandeling"}


def findings(
    given: Given,
    amounts: pl.DataFrame,
    lines: pl.DataFrame,
    meerzorg: pl.DataFrame,
    segments: pl.DataFrame,
    chosen: tuple[pl.DataFrame, pl.DataFrame],
) -> pl.DataFrame:
    """Findings I40, I41, I42 and I47 of supplements.make; ``chosen``: toeslagen and meerzorg as in_force gives them."""
    return pl.concat(
        [
            _unpaid(amounts, lines),
            _without_tariff(meerzorg, lines),
            *_need(given, meerzorg, segments),
            *(_overlap(rows, name) for rows, name in zip(chosen, ("supplements", "meerzorg"), strict=True)),
        ]
    )


def _unpaid(amounts: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    key = ["resident_id", "kind", "code"]
    days = lines.group_by(key).agg(pl.col("held_days", "paid_days").sum())
    # Meerzorg without a tariff is told apart, with what to do about it.
    rows = (
        amounts.group_by(key)
        .agg(priced=pl.col("day_cents").is_not_null().any())
        .join(days, on=key, how="left")
        .filter(pl.col("priced") | pl.col("held_days").is_null(), pl.col("paid_days").fill_null(0) == 0)
        .sort(key)
    )
    why = (
        pl.when(pl.col("held_days").is_null())
        .then(pl.lit("de bewoner heeft in deze periode geen verblijf"))
        .otherwise(pl.lit("de bewoner is afwezig, of de Wlz betaalt deze dagen niet"))
    )
    return of_rows(
        rows,
        "I40",
        "warning",
        pl.format("{} telt op geen enkele dag: {}.", "code", why),
        f"Controleer de bewoner en de datums in {_FILE}.",
        subject="resident_id",
    )


def _without_tariff(meerzorg: pl.DataFrame, lines: pl.DataFrame) -> pl.DataFrame:
    lacking = pl.concat_str(
        [
            pl.when((pl.col(f"{part}_hours") > 0) & pl.col(f"{part}_tariff_cents").is_null()).then(pl.lit(_DUTCH[part]))
            for part in PARTS
        ],
        separator=", ",
        ignore_nulls=True,
    )
    unpaid = lines.filter(pl.col("kind") == "meerzorg", pl.col("day_cents").is_null())
    rows = (
        unpaid.group_by("resident_id", "start_date")
        .agg(pl.col("held_days").sum())
        .join(meerzorg.select("resident_id", "start_date", lacking=lacking), on=["resident_id", "start_date"])
        .group_by("resident_id", "lacking")
        .agg(pl.col("held_days").sum())
        .sort("resident_id", "lacking")
    )
    return of_rows(
        rows,
        "I41",
        "error",
        pl.format("Meerzorg zonder uurtarief voor {} (dagen: {}); deze dagen tellen niet mee.", "lacking", "held_days"),
        "Vul instruments/meerzorg_tariffs.csv aan met het uurtarief voor deze dagen.",
        subject="resident_id",
    )


def _need(given: Given, meerzorg: pl.DataFrame, segments: pl.DataFrame) -> list[pl.DataFrame]:
    settings = given.settings.instruments.supplements
    least = float(settings.minimum_need)
    need = pl.col("need_share")
    seen = meerzorg.join(segments.select("resident_id").unique(), on="resident_id", how="semi")
    short = seen.filter(need < least).group_by("resident_id").agg(need.min()).sort("resident_id")
    unknown = seen.filter(need.is_null()).select("resident_id").unique().sort("resident_id")
    listed = ", ".join(settings.meerzorg_profiles)
    odd = (
        segments.join(seen.select("resident_id").unique(), on="resident_id", how="semi")
        .filter(~pl.col("zzp").is_in(list(settings.meerzorg_profiles)) & bool(settings.meerzorg_profiles))
        .select("resident_id", "zzp")
        .unique()
        .sort("resident_id", "zzp")
    )
    # Downwards, so that what falls short never reads as enough.
    percent = ((need * 1000).floor() / 10).cast(pl.String).str.replace(".", ",", literal=True)
    return [
        of_rows(
            short,
            "I42",
            "warning",
            pl.format(
                "De extra uren zijn {}% van de uren van het zorgprofiel. Voor meerzorg moet dat ten minste {}% zijn.",
                percent,
                pl.lit(f"{settings.minimum_need * 100:f}".rstrip("0").rstrip(".").replace(".", ",")),
            ),
            "Controleer de uren in instruments/meerzorg.csv, of de afspraak met het zorgkantoor.",
            subject="resident_id",
        ),
        of_rows(
            unknown,
            "I42",
            "info",
            "De uren van het zorgprofiel zijn niet ingevuld: of de vraag groot genoeg is, is niet na te gaan.",
            "Vul profile_hours in instruments/meerzorg.csv.",
            subject="resident_id",
        ),
        of_rows(
            odd,
            "I42",
            "info",
            pl.format("Meerzorg bij zorgprofiel {}; de codelijst noemt meerzorg alleen bij {}.", "zzp", pl.lit(listed)),
            "Controleer de afspraak met het zorgkantoor; pas zo nodig meerzorg_profiles in method.toml aan.",
            subject="resident_id",
        ),
    ]


def _overlap(rows: pl.DataFrame, name: str) -> pl.DataFrame:
    twice = (
        rows.filter(pl.col("rivals") > 1)
        .group_by("resident_id")
        .agg(days=(pl.col("next") - pl.col("cut")).dt.total_days().sum())
        .sort("resident_id")
    )
    return of_rows(
        twice,
        "I47",
        "warning",
        pl.format("Rijen van deze bewoner overlappen (dagen: {}); de laatst begonnen rij telt.", "days"),
        f"Beëindig in instruments/{name}.csv de rij die niet meer geldt.",
        subject="resident_id",
    )
