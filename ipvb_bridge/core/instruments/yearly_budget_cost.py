"""What the residents of the budget year cost: care by level, stay by component, staff beyond what was agreed.

Our reading. A resident asks a day what residents of the same profile in the same unit ask now; where the unit has none,
what they ask over the organisation. Its price is that of the period with the index of the month. Each amount is
rounded once, half to even, by unit, month, profile and line, and every total is the sum of those.

The staff that is paid (setting ``formation``): ``required`` is the agreed care with indirect time, or the minimum
cover where that is more; ``actual`` is who worked in the period. What staff cost beyond the agreed care, at the same
hourly price, stands apart as *unabsorbed*, as on the bridge (method section 5); with ``actual`` it may be negative.
"""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.formation import KEY, formation
from ipvb_bridge.core.hours import BY_DAY_PART
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.instruments.yearly_budget_mix import months
from ipvb_bridge.core.lines import PAYERS_OF
from ipvb_bridge.core.rounding import SAFE, half_even

_WIDE = pl.Int128
_LINE = ("unit_id", "month", "kind", "item", "cents")
_PAYER = {payer: name.removesuffix("_cents") for name, payer in PAYERS_OF.items()}


def care(given: Given, days: pl.DataFrame, factors: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Lines (unit_id, month, kind, item, cents) of agreed care; the time asked by cell; and findings (I96).

    ``days``: unit_id, zzp, month, days. Time: unit_id, month, day_part, level, milliminutes, cost_cents, of all staff
    lines, whoever pays.
    """
    level = factors.filter(pl.col("kind") == "level").select("month", "up", "down", level="key")
    alike = _alike(days, level)
    days = days.filter(pl.col("month").is_in(alike["like"].implode()))
    rates = _rates(given)
    own, every = rates.filter(pl.col("here")), rates.filter(~pl.col("here")).drop("unit_id")
    known = own.select("unit_id", "zzp").unique()
    elsewhere = days.join(known, on=["unit_id", "zzp"], how="anti", nulls_equal=True)
    lost = elsewhere.join(every, on="zzp", how="anti", nulls_equal=True)
    columns = ["unit_id", "zzp", "month", "days", "day_part", "level", "payer", "milliminutes", "cost_cents", "held"]
    asked = pl.concat(
        [
            days.join(own, on=["unit_id", "zzp"], nulls_equal=True).select(columns),
            elsewhere.join(every, on="zzp", nulls_equal=True).select(columns),
        ]
    ).filter(pl.col("level").is_not_null())
    priced = asked.join(level, on=["month", "level"], how="left").with_columns(pl.col("up", "down").fill_null(1))
    whole = _whole(priced)
    there = pl.col("days").cast(whole)
    made = priced.select(
        "unit_id", "month", "day_part", "level",
        kind=pl.col("payer").replace_strict(_PAYER, return_dtype=pl.String),
        milliminutes=half_even(there * pl.col("milliminutes"), pl.col("held").cast(whole)).cast(pl.Int64),
        cost_cents=half_even(
            there * pl.col("cost_cents") * pl.col("up"), pl.col("held").cast(whole) * pl.col("down")
        ).cast(pl.Int64),
    )  # fmt: skip
    lines = made.group_by("unit_id", "month", "kind", item="level").agg(cents=pl.col("cost_cents").sum())
    time = made.group_by("unit_id", "month", "day_part", "level").agg(pl.col("milliminutes", "cost_cents").sum())
    each = [made.rename({"month": "like"}).join(alike, on="like") for made in (lines, time, lost)]
    return each[0].select(_LINE), each[1].drop("like"), _unknown(each[2])


def _alike(days: pl.DataFrame, level: pl.DataFrame) -> pl.DataFrame:
    """Each month of ``days`` with the first month that has the same days and factors: month, like.

    A budget without changes has three kinds of months; what is worked out of one holds for all of its kind.
    """
    found: dict[str, str] = {}
    kinds: list[tuple[str, pl.DataFrame, pl.DataFrame]] = []
    for month in days["month"].unique().sort():
        own = [rows.filter(pl.col("month") == month).drop("month") for rows in (days, level)]
        own = [rows.sort(rows.columns) for rows in own]
        same = (name for name, *others in kinds if all(a.equals(b) for a, b in zip(own, others, strict=True)))
        found[month] = next(same, month)
        if found[month] == month:
            kinds.append((month, own[0], own[1]))
    return pl.DataFrame(
        {"month": list(found), "like": list(found.values())}, schema={"month": pl.String, "like": pl.String}
    )


def _whole(rows: pl.DataFrame) -> type[pl.Int64 | pl.Int128]:
    """The whole numbers in which days x cost x index and days x time fit: Int64, five times as fast, where it does."""
    names = ("days", "milliminutes", "cost_cents", "held", "up", "down")
    most = rows.select(pl.col(names).abs().max().fill_null(0)).row(0, named=True)
    top = most["days"] * max(most["milliminutes"], most["cost_cents"] * most["up"])
    return pl.Int64 if max(top, most["held"] * most["down"]) < SAFE else pl.Int128


def _rates(given: Given) -> pl.DataFrame:
    """What residents ask now: unit_id (``here`` false: everywhere), zzp, cell, payer, milliminutes, cost_cents, held.

    ``held`` is their days; a profile that asks nothing has one row without level.
    """
    profiles = given.tables["resident_network"].select("resident_id", "unit_id", "zzp")
    lines = (
        given.tables["lines"]
        .lazy()
        .filter(pl.col("performer") == "staff")
        .join(profiles.lazy(), on=["resident_id", "unit_id"], how="left")
        .group_by("unit_id", "zzp", "day_part", "level", "payer")
        .agg(pl.col("milliminutes", "cost_cents").sum())
        .collect()
    )
    days = (
        given.tables["resident_budgets"]
        .join(profiles, on=["resident_id", "unit_id"], how="left")
        .group_by("unit_id", "zzp")
        .agg(held=pl.col("held_days").sum())
    )
    made = []
    for here, unit in ((True, pl.col("unit_id")), (False, pl.lit(None, pl.String).alias("unit_id"))):
        asked = lines.with_columns(unit).group_by("unit_id", "zzp", "day_part", "level", "payer").agg(pl.all().sum())
        held = days.with_columns(unit).group_by("unit_id", "zzp").agg(pl.col("held").sum())
        made.append(
            held.join(asked, on=["unit_id", "zzp"], how="left", nulls_equal=True).with_columns(here=pl.lit(here))
        )
    return pl.concat(made).filter(pl.col("held") > 0)


def _unknown(lost: pl.DataFrame) -> pl.DataFrame:
    rows = lost.group_by("zzp").agg(pl.col("days").sum()).sort("zzp", nulls_last=True)
    return findings.of_rows(
        rows.with_columns(pl.col("zzp").fill_null("onbekend")),
        "I96",
        "warning",
        pl.format(
            "Van profiel {} woonde er in de periode niemand: de zorg van {} dagen is niet bekend en staat niet in de "
            "begroting.",
            "zzp",
            "days",
        ),
        "Kies een periode waarin dit profiel er was, of begroot deze zorg zelf erbij.",
        subject="zzp",
    )


def staff(
    given: Given, year: int, time: pl.DataFrame, factors: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Lines of what staff cost beyond agreed care; the formation (unit_id, month, level, hours_week, fte); findings.

    ``time`` of :func:`care`. Raises ``CalculationError`` M03 when a level has demand and no direct share.
    """
    settings = given.settings
    actual = settings.instruments.yearly_budget.formation == "actual"
    paid = []
    nobody = pl.DataFrame(schema=BY_DAY_PART)
    now = given.tables["formation"]
    least = given.norms["minimum_cover"]
    for month in months(year):
        cells = time.filter(pl.col("month") == str(month)).drop("month")
        if actual:
            there = now.select(*KEY, hours_week="actual_hours_week", fte="actual_fte", target="actual_hours_week")
        else:
            cover = formation(cells.clear(), nobody, least, settings, month).rows if least.height else now.clear()
            there = (
                formation(cells, nobody, least, settings, month)
                .rows.select(*KEY, hours_week="required_hours_week", fte="required_fte")
                .join(cover.select(*KEY, target="required_hours_week"), on=KEY, how="left")
            )
        paid.append(
            there.join(cells, on=KEY, how="full", coalesce=True).with_columns(
                month=pl.lit(str(month)), days=pl.lit(month.days, pl.Int64)
            )
        )
    rows = pl.concat(paid).with_columns(
        pl.col("hours_week", "fte", "target").fill_null(0.0), pl.col("milliminutes", "cost_cents").fill_null(0)
    )
    made_lines, notes = _beyond(given, rows, factors, actual=actual)
    made = rows.group_by("unit_id", "month", "level").agg(pl.col("hours_week", "fte").sum().round(6))
    return made_lines, made, notes


def _beyond(
    given: Given, rows: pl.DataFrame, factors: pl.DataFrame, *, actual: bool
) -> tuple[pl.DataFrame, pl.DataFrame]:
    shares = {str(level): Fraction(share) for level, share in given.settings.direct_share.items()}
    known = pl.DataFrame(
        [(level, share.numerator, share.denominator) for level, share in shares.items()],
        schema={"level": pl.String, "share_up": pl.Int64, "share_down": pl.Int64},
        orient="row",
    )
    prices = given.tables["cost_prices"].filter(pl.col("kind") == "level", pl.col("price_cents").is_not_null())
    uniform = prices.filter(pl.col("day_part").is_null()).select(level="key", price="price_cents")
    parted = prices.filter(pl.col("day_part").is_not_null()).select("day_part", level="key", part_price="price_cents")
    level = factors.filter(pl.col("kind") == "level").select("month", "up", "down", level="key")
    micro = (pl.col("target") * 1_000_000).round(0).cast(_WIDE)
    client = half_even(
        micro * pl.col("days") * 60_000 * pl.col("share_up"), (7_000_000 * pl.col("share_down")).cast(_WIDE)
    )
    beyond = client - pl.col("milliminutes")
    wide = (
        rows.filter(pl.col("target") != 0 if not actual else pl.lit(True))
        .join(known, on="level", how="left")
        .join(uniform, on="level", how="left")
        .join(parted, on=["level", "day_part"], how="left")
        .join(level, on=["month", "level"], how="left")
        .with_columns(pl.col("up", "down").fill_null(1), price=pl.coalesce("part_price", "price"))
        .with_columns(beyond=beyond if actual else beyond.clip(lower_bound=0))
    )
    amount = pl.col("beyond") * pl.col("price") * pl.col("up")
    lines = (
        wide.filter(pl.col("price").is_not_null(), pl.col("beyond").is_not_null())
        .with_columns(cents=half_even(amount, 60_000 * pl.col("down").cast(_WIDE)).cast(pl.Int64))
        .group_by("unit_id", "month", item="level")
        .agg(pl.col("cents").sum())
        .with_columns(kind=pl.lit("unabsorbed"))
        .filter(pl.col("cents") != 0)
    )
    without = (
        wide.filter(pl.col("target") != 0, pl.col("price").is_null() | pl.col("beyond").is_null())
        .select("level")
        .unique()
        .sort("level")
    )
    notes = findings.of_rows(
        without,
        "I96",
        "warning",
        pl.format(
            "Niveau {} heeft bezetting nodig of uren, en geen uurprijs of direct aandeel: die uren staan zonder geld "
            "in de begroting.",
            "level",
        ),
        "Vul direct_share in method.toml aan, of kies een kostenvenster waarin dit niveau heeft gewerkt.",
        subject="level",
    )
    return lines.select(_LINE), notes


def stay(given: Given, days: pl.DataFrame, factors: pl.DataFrame) -> pl.DataFrame:
    """Lines of stay: days on which a component is charged x its price x index, by unit and month.

    ``days``: unit_id, delivery_form, month, days. A day counts as present (our reading: nobody is away).
    """
    settings = given.settings.cost_price
    prices = given.tables["cost_prices"].filter(pl.col("kind") == "component", pl.col("price_cents").is_not_null())
    prices = prices.select(item="key", price="price_cents")
    without = pl.DataFrame(
        [(form, name) for form, names in settings.without.items() for name in names],
        schema={"delivery_form": pl.String, "item": pl.String},
        orient="row",
    ).unique()
    charged = (
        days.join(prices, how="cross")
        .join(without, on=["delivery_form", "item"], how="anti")
        .group_by("unit_id", "month", "item")
        .agg(pl.col("days").sum(), pl.col("price").first())
        .join(
            factors.filter(pl.col("kind") == "component").select("month", "up", "down", item="key"),
            on=["month", "item"],
            how="left",
        )
        .with_columns(pl.col("up", "down").fill_null(1), kind=pl.lit("stay"))
    )
    amount = pl.col("days").cast(_WIDE) * pl.col("price") * pl.col("up")
    cents = half_even(amount, pl.col("down").cast(_WIDE)).cast(pl.Int64)
    return charged.with_columns(cents=cents).select(_LINE)
