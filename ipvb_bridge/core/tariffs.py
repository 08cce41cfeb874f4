"""What the contract pays: the day tariff of the indication in force, by row of the table (method section 5)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.rounding import SAFE, half_even
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.core.spans import as_span

KEY = ("resident_id", "unit_id")
PROFILE = ("zzp", "delivery_form", "with_treatment", "with_day_care")
"""What an indication and a tariff row have in common."""


@dataclass(frozen=True, slots=True)
class Paid:
    """``rows``: resident_id, unit_id, paid_days, available_cents (those with a paid day); ``findings``."""

    rows: pl.DataFrame
    findings: pl.DataFrame


def available(segments: pl.DataFrame, tariffs: pl.DataFrame, settings: MethodSettings) -> Paid:
    """Sum over tariff rows of days x day_tariff x contract_percentage, each rounded half to even.

    All days of a resident in a unit on one tariff row are taken together. A day without a tariff row is not
    paid and stands in a finding; where tariff rows overlap the one that started last counts, with a finding.
    """
    payable, rows_in_force = payable_days(segments, tariffs)
    per_row = by_row(payable, rows_in_force, settings)
    rows = per_row.group_by(KEY).agg(pl.col("paid_days", "available_cents").sum())
    return Paid(rows, pl.concat([_missing(payable, per_row), _overlapping(rows_in_force)]))


def payable_days(segments: pl.DataFrame, tariffs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The paid days as spans (KEY, PROFILE, days, start, stop), and :func:`in_force` for the days they reach over."""
    payable = segments.filter("paid").select(
        *KEY, *PROFILE, "days", start=pl.col("start_date").cast(pl.Int32), stop=pl.col("end_date").cast(pl.Int32) + 1
    )
    return payable, in_force(tariffs, *reach(payable))


def reach(spans: pl.DataFrame) -> tuple[int, int]:
    """From the first ``start`` up to the last ``stop``; (0, 0) for no rows."""
    first, last = spans.select(pl.col("start").min().fill_null(0), pl.col("stop").max().fill_null(0)).row(0)
    return int(first), int(last)


def by_row(payable: pl.DataFrame, rows_in_force: pl.DataFrame, settings: MethodSettings) -> pl.DataFrame:
    """What each tariff row pays each resident in each unit: KEY, PROFILE, since, paid_days, day_tariff,
    available_cents. The arguments are those of :func:`payable_days`.
    """
    first, last = reach(payable)
    share = Fraction(settings.budget.contract_percentage)
    days = pl.min_horizontal("stop", "next") - pl.max_horizontal("start", "cut")
    per_row = (
        payable.join(rows_in_force, on=PROFILE)
        .with_columns(paid_days=days.cast(pl.Int64))
        .filter(pl.col("paid_days") > 0)
        .group_by(*KEY, *PROFILE, "since")
        .agg(pl.col("paid_days").sum(), pl.col("day_tariff").first())
    )
    dearest = int(rows_in_force.select(pl.col("day_tariff").max().fill_null(0)).item())
    kind = pl.Int64 if dearest * share.numerator * (last - first) < SAFE else pl.Int128
    amount = pl.col("paid_days").cast(kind) * pl.col("day_tariff") * pl.lit(share.numerator, kind)
    return per_row.with_columns(available_cents=half_even(amount, pl.lit(share.denominator, kind)).cast(pl.Int64))


def in_force(tariffs: pl.DataFrame, first: int, last: int) -> pl.DataFrame:
    """The tariff row of each profile from ``cut`` up to ``next`` (days since 1970): day_tariff, ``since``, rivals.

    Between ``first`` (included) and ``last`` (not included); of overlapping rows the one that started last.
    """
    rows = (
        as_span(tariffs, last, *PROFILE, "day_tariff")
        .filter((pl.col("start") < last) & (pl.col("stop") > first))
        .rename({"start": "since"})
    )
    cuts = pl.concat([rows.select(*PROFILE, cut=pl.col(side).clip(first, last)) for side in ("since", "stop")])
    return (
        cuts.unique()
        .sort(*PROFILE, "cut")
        .with_columns(next=pl.col("cut").shift(-1).over(PROFILE))
        .filter(pl.col("next").is_not_null())
        .join(rows, on=PROFILE)
        .filter((pl.col("since") <= pl.col("cut")) & (pl.col("stop") > pl.col("cut")))
        .with_columns(rivals=pl.len().over(*PROFILE, "cut"))
        .sort(*PROFILE, "cut", "since", "day_tariff")
        .unique([*PROFILE, "cut"], keep="last", maintain_order=True)
        .select(*PROFILE, "cut", "next", "since", "day_tariff", "rivals")
    )


def profile_in_words() -> pl.Expr:
    """A profile in words: ``5VV stay, met behandeling, zonder dagbesteding``."""
    return pl.format(
        "{} {}, {} behandeling, {} dagbesteding",
        "zzp",
        pl.col("delivery_form").fill_null("(leveringsvorm onbekend)"),
        pl.when("with_treatment").then(pl.lit("met")).otherwise(pl.lit("zonder")),
        pl.when("with_day_care").then(pl.lit("met")).otherwise(pl.lit("zonder")),
    )


def _missing(payable: pl.DataFrame, per_row: pl.DataFrame) -> pl.DataFrame:
    """A finding a profile for the days that no tariff row covers."""

    def short(by: list[str], days: pl.DataFrame, paid: pl.DataFrame) -> pl.DataFrame:
        found = paid.group_by(by).agg(pl.col("paid_days").sum())
        unpaid = pl.col("days") - pl.col("paid_days").fill_null(0)
        joined = days.group_by(by).agg(pl.col("days").sum()).join(found, on=by, how="left", nulls_equal=True)
        return joined.with_columns(unpaid=unpaid).filter(pl.col("unpaid") > 0)

    # First by profile: where every day is paid, which is as it should be, there are no residents to count.
    profiles = short([*PROFILE], payable, per_row).select(PROFILE)
    mine = [rows.join(profiles, on=PROFILE, how="semi", nulls_equal=True) for rows in (payable, per_row)]
    rows = (
        short(["resident_id", *PROFILE], *mine)
        .group_by(PROFILE)
        .agg(pl.col("unpaid").sum(), residents=pl.col("resident_id").n_unique())
        .sort(PROFILE)
        .with_columns(profile=profile_in_words())
    )
    return findings.of_rows(
        rows,
        "R04",
        "error",
        pl.format("Geen tarief voor {}: {} dagen van {} bewoners blijven onbetaald.", "profile", "unpaid", "residents"),
        "Vul norms/tariffs.csv aan voor dit profiel en deze dagen.",
        subject="profile",
    )


def _overlapping(rows_in_force: pl.DataFrame) -> pl.DataFrame:
    rows = (
        rows_in_force.filter(pl.col("rivals") > 1)
        .group_by(PROFILE)
        .agg(days=(pl.col("next") - pl.col("cut")).sum())
        .sort(PROFILE)
        .with_columns(profile=profile_in_words())
    )
    return findings.of_rows(
        rows,
        "R04",
        "warning",
        pl.format("Tarieven voor {} overlappen (dagen: {}); het laatst begonnen tarief telt.", "profile", "days"),
        "Beëindig in norms/tariffs.csv het tarief dat niet meer geldt.",
        subject="profile",
    )
