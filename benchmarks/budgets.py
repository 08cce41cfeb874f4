"""Budgets and formation of a month, from frames: this package against a hand-written polars streaming query.

    python benchmarks/budgets.py                      130,000 residents with 40 agreements each
    python benchmarks/budgets.py --rows 520000        fewer agreements, as many a resident

Both give the resident budgets and the formation; the figures are compared before anything is timed. Prices are given.
The people are invented: moves, admissions, absences, changes of indication, weekdays, groups and partners by chance.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import polars as pl

from ipvb_bridge.core.budget import RESIDENT_BUDGET_COLUMNS, resident_budgets
from ipvb_bridge.core.days import resident_days
from ipvb_bridge.core.demand import demand
from ipvb_bridge.core.formation import formation
from ipvb_bridge.core.hours import by_day_part
from ipvb_bridge.core.lines import line_totals
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import CARE_FUNCTIONS, NORMS, STREAMS
from ipvb_bridge.core.settings import MethodSettings

PERIOD = Period.parse("2026-01")
LEVELS = {"1": 4200, "2": 4700, "3": 5321, "4": 6103, "6": 7544, "7": 9000, "W": 4433}
COMPONENTS = {"cleaning": 667, "housing": 3765, "laundry": 311, "meals": 1882}
ZZP = ("4VV", "5VV", "6VV", "7VV", "8VV", "9bVV")
SETTINGS = MethodSettings.model_validate(
    {
        "cost_price": {
            "pools": {"care": "final", **dict.fromkeys(COMPONENTS, "final")},
            "components": {"cleaning": "held", "housing": "held", "laundry": "present", "meals": "present"},
            "without": {"vpt": ["housing"]},
        },
        "direct_share": {level: Decimal("0.75") for level in LEVELS},
        "budget": {"contract_percentage": Decimal("0.96")},
        "formation": {"net_year": 1440},
    }
)


@dataclass
class Input:
    streams: dict[str, pl.DataFrame]
    tariffs: pl.DataFrame


def made(residents: int, each: int) -> Input:
    """An invented organisation of that size; the same every time."""
    chance = np.random.default_rng(20260101)
    who = np.arange(residents)
    names = pl.Series("resident_id", who).cast(pl.String).str.zfill(7).str.replace("^", "R")
    units = (who % max(residents // 65, 1)).astype(np.int64)
    day = dt.date(2026, 1, 1)

    def some(share: float) -> np.ndarray:
        return np.flatnonzero(chance.random(residents) < share)

    def table(columns: dict[str, object], name: str) -> pl.DataFrame:
        schema = STREAMS[name].schema()
        frame = pl.DataFrame(columns)
        return frame.select(
            pl.col(column).cast(kind) if column in columns else pl.lit(None, kind).alias(column)
            for column, kind in schema.items()
        )

    def unit(numbers: np.ndarray) -> pl.Series:
        return pl.Series(numbers).cast(pl.String).str.zfill(5).str.replace("^", "D")

    def dates(offsets: np.ndarray) -> pl.Series:
        return (pl.Series(offsets).cast(pl.Int32) + (day - dt.date(1970, 1, 1)).days).cast(pl.Date)

    def ids(letter: str, count: int) -> pl.Series:
        return pl.Series(np.arange(count)).cast(pl.String).str.zfill(8).str.replace("^", letter)

    first, last = chance.integers(-900, -30, residents), np.full(residents, 10_000)
    comes, goes, moves = some(0.03), some(0.03), some(0.02)
    first[comes] = chance.integers(0, 31, len(comes))
    last[goes] = chance.integers(0, 31, len(goes))
    last = np.maximum(last, first)
    change = chance.integers(1, 31, len(moves))
    change = np.clip(change, first[moves] + 1, None)
    after = last[moves].copy()
    kept = after >= change
    last[moves[kept]] = change[kept] - 1
    mover = moves[kept]
    stay_first = np.concatenate([first, change[kept]])
    stay_last = np.concatenate([last, after[kept]])
    stay_who = np.concatenate([who, mover])
    open_end = pl.Series(stay_last >= 10_000)
    stays = table(
        {
            "stay_id": ids("S", len(stay_who)),
            "resident_id": names[stay_who],
            "unit_id": unit(np.concatenate([units[who], (units[mover] + 1) % max(residents // 65, 1)])),
            "start_date": dates(stay_first),
            "end_date": pl.select(pl.when(open_end).then(None).otherwise(dates(stay_last))).to_series(),
        },
        "stays",
    )
    away = some(0.06)
    start = chance.integers(-20, 31, len(away))
    absences = table(
        {
            "absence_id": ids("A", len(away)),
            "resident_id": names[away],
            "reason": pl.Series(chance.choice(["hospital", "vacation", "weekend"], len(away))),
            "start_date": dates(start),
            "end_date": dates(start + chance.integers(0, 25, len(away))),
        },
        "absences",
    )
    again = some(0.05)
    changes = chance.integers(1, 31, len(again))
    ends = np.full(residents, 10_000)
    ends[again] = changes - 1
    basis_who = np.concatenate([who, again])
    form = chance.choice(["stay", "stay", "stay", "vpt"], residents)
    ind_last = np.concatenate([ends, np.full(len(again), 10_000)])
    indications = table(
        {
            "indication_id": ids("I", len(basis_who)),
            "resident_id": names[basis_who],
            "basis": pl.Series(["assigned"]).extend_constant("assigned", len(basis_who) - 1),
            "zzp": pl.Series(chance.choice(ZZP, len(basis_who))),
            "delivery_form": pl.Series(form[basis_who]),
            "with_treatment": pl.Series(basis_who % 3 == 0),
            "with_day_care": pl.Series(basis_who % 2 == 0),
            "start_date": dates(np.concatenate([np.full(residents, -1000), changes])),
            "end_date": pl.select(
                pl.when(pl.Series(ind_last >= 10_000)).then(None).otherwise(dates(ind_last))
            ).to_series(),
        },
        "indications",
    )
    out = some(0.04)
    opt_outs = table(
        {
            "opt_out_id": ids("O", len(out)),
            "resident_id": names[out],
            "component": pl.Series(chance.choice(sorted(COMPONENTS), len(out))),
            "start_date": dates(chance.integers(-50, 31, len(out))),
            "end_date": pl.Series([None]).extend_constant(None, max(len(out) - 1, 0)).cast(pl.Date)[: len(out)],
        },
        "opt_outs",
    )
    count = residents * each
    owner = np.repeat(who, each)
    starts = np.where(chance.random(count) < 0.03, chance.integers(0, 31, count), chance.integers(-700, 0, count))
    stops = np.where(chance.random(count) < 0.03, np.maximum(starts, 0) + chance.integers(0, 31, count), 10_000)
    per = chance.choice(["day", "week", "four_weeks", "month", "year"], count, p=[0.55, 0.25, 0.1, 0.06, 0.04])
    pattern = (per == "day") & (chance.random(count) < 0.2)
    doer = chance.choice(["staff", "network", "self", "volunteer", "external"], count, p=[0.84, 0.08, 0.03, 0.03, 0.02])
    payer = np.where(doer == "staff", chance.choice(["wlz", "resident", "none"], count, p=[0.92, 0.05, 0.03]), "none")
    agreements = table(
        {
            "agreement_id": ids("G", count),
            "resident_id": names[owner],
            "care_function": pl.Series(chance.choice(CARE_FUNCTIONS, count)),
            "day_part": pl.Series(chance.choice(["morning", "afternoon", "evening", "night"], count)),
            "level": pl.Series(chance.choice(sorted(LEVELS), count)),
            "performer": pl.Series(doer),
            "payer": pl.Series(payer),
            "minutes": pl.Series(chance.integers(10, 181, count) * 5000),
            "times": pl.Series(chance.integers(1, 7, count) * 5000),
            "per": pl.Series(per),
            "weekdays": pl.select(
                pl.when(pl.Series(pattern)).then(pl.Series(chance.choice(["1 3 5", "2 4", "6 7", "1 2 3 4 5"], count)))
            ).to_series(),
            "staff_count": pl.Series(chance.choice([1, 1, 1, 2], count)),
            "group_size": pl.Series(chance.choice([1, 1, 1, 1, 6, 8], count)),
            "start_date": dates(starts),
            "end_date": pl.select(pl.when(pl.Series(stops >= 10_000)).then(None).otherwise(dates(stops))).to_series(),
        },
        "care_agreements",
    )
    tariffs = pl.DataFrame(
        [
            {
                "zzp": zzp, "delivery_form": form, "with_treatment": treatment, "with_day_care": day_care,
                "start_date": dt.date(2025, 1, 1), "end_date": None, "day_tariff": 17000 + 1111 * place + 97 * day_care,
            }
            for place, zzp in enumerate(ZZP)
            for form in ("stay", "vpt")
            for treatment in (False, True)
            for day_care in (False, True)
        ],
        schema_overrides={"end_date": pl.Date},
    )  # fmt: skip
    tariffs = tariffs.select(
        pl.col(name).cast(kind) if name in tariffs.columns else pl.lit(None, kind).alias(name)
        for name, kind in NORMS["tariffs"].schema().items()
    )
    return Input(
        {
            "stays": stays,
            "absences": absences,
            "indications": indications,
            "opt_outs": opt_outs,
            "care_agreements": agreements,
        },
        tariffs,
    )


def ours(data: Input) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Resident budgets and formation by this package."""
    streams = data.streams
    days = resident_days(streams["stays"], streams["absences"], streams["indications"], PERIOD)
    asked = demand(streams["care_agreements"], days.segments, PERIOD)
    totals = line_totals(asked.lines, asked.homes, prices())
    components = pl.DataFrame({"component": list(COMPONENTS), "day_price_cents": list(COMPONENTS.values())})
    budgets = resident_budgets(days.segments, totals.residents, components, data.tariffs, streams["opt_outs"], SETTINGS)
    cover = pl.DataFrame(schema=NORMS["minimum_cover"].schema())
    staff = formation(totals.cells, NO_HOURS, cover, SETTINGS, PERIOD)
    return budgets.rows.select(RESIDENT_BUDGET_COLUMNS), staff.rows


def prices() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "level": list(LEVELS),
            "day_part": pl.Series([None] * len(LEVELS), dtype=pl.String),
            "hourly_price_cents": list(LEVELS.values()),
        }
    )


NO_HOURS = by_day_part(
    pl.DataFrame(
        schema={
            "unit_id": pl.String, "level": pl.String, "employment": pl.String, "start": pl.Datetime("us", "UTC"),
            "end": pl.Datetime("us", "UTC"), "day": pl.Date, "paid_minutes": pl.Int64,
        }
    ),
    SETTINGS,
)  # fmt: skip


def by_hand(data: Input) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The same two tables by a query written for these data and this month alone.

    It knows that no stays or indications overlap, that nobody is away long enough for the rule of 91 or 42 days, that
    nothing is missing in an agreement, that there is one tariff row a profile and that all fits 64 bits.
    """
    first, last = PERIOD.start, PERIOD.end
    streams = {name: frame.lazy() for name, frame in data.streams.items()}

    def inside(rows: pl.LazyFrame) -> pl.LazyFrame:
        ends = pl.col("end_date").fill_null(last)
        return (
            rows.filter((pl.col("start_date") <= last) & (ends >= first))
            .with_columns(d=pl.date_ranges(pl.max_horizontal("start_date", first), pl.min_horizontal(ends, last)))
            .explode("d", empty_as_null=False)
        )

    def half_even(top: pl.Expr, bottom: pl.Expr | int) -> pl.Expr:
        whole, rest = top // bottom, 2 * (top % bottom)
        return whole + ((rest > bottom) | ((rest == bottom) & (whole % 2 == 1)))

    away = (
        inside(streams["absences"])
        .with_columns(
            long=(pl.col("reason") == "vacation") & ((pl.col("d") - pl.col("start_date")).dt.total_days() >= 14)
        )
        .group_by("resident_id", "d")
        .agg(pl.col("long").any(), away=pl.lit(True))
    )
    days = (
        inside(streams["stays"])
        .select("resident_id", "unit_id", "d")
        .join(away, on=["resident_id", "d"], how="left")
        .with_columns(pl.col("away", "long").fill_null(False))
        .join(
            inside(streams["indications"]).select(
                "resident_id", "d", "zzp", "delivery_form", "with_treatment", "with_day_care"
            ),
            on=["resident_id", "d"],
            how="left",
        )
        .collect(engine="streaming")
        .lazy()
    )
    key = ["resident_id", "unit_id"]
    housed = (pl.col("delivery_form") != "vpt").cast(pl.Int64)
    here = (~pl.col("away")).cast(pl.Int64)
    stay = (
        housed * COMPONENTS["housing"] + COMPONENTS["cleaning"] + here * (COMPONENTS["laundry"] + COMPONENTS["meals"])
    )
    held = (
        days.with_columns(stay=stay, here=here)
        .group_by(key)
        .agg(held_days=pl.len().cast(pl.Int64), present_days=pl.col("here").sum(), stay_cents=pl.col("stay").sum())
    )
    profile = ["zzp", "delivery_form", "with_treatment", "with_day_care"]
    paid = (
        days.filter(~pl.col("long"))
        .group_by(*key, *profile)
        .agg(paid_days=pl.len().cast(pl.Int64))
        .join(data.tariffs.lazy().select(*profile, "day_tariff"), on=profile)
        .with_columns(available_cents=half_even(pl.col("paid_days") * pl.col("day_tariff") * 96, 100))
        .group_by(key)
        .agg(pl.col("paid_days", "available_cents").sum())
    )
    charged = (
        pl.when(pl.col("component") == "housing")
        .then(housed)
        .when(pl.col("component").is_in(["laundry", "meals"]))
        .then(here)
        .otherwise(1)
    )
    freed = (
        inside(streams["opt_outs"])
        .select("resident_id", "component", "d")
        .join(days, on=["resident_id", "d"])
        .group_by(key)
        .agg(freed_cents=(charged * pl.col("component").replace_strict(COMPONENTS, return_dtype=pl.Int64)).sum())
    )
    bit = pl.lit(2, pl.Int64).pow((pl.col("d") - first).dt.total_days().cast(pl.UInt8))
    present = days.filter(~pl.col("away")).group_by(key).agg(present=bit.sum())
    agreements = streams["care_agreements"]
    whole = (pl.col("start_date") <= first) & (pl.col("end_date").is_null() | (pl.col("end_date") >= last))
    low = pl.max_horizontal((pl.col("start_date") - first).dt.total_days(), 0).clip(0, 31).cast(pl.UInt8)
    high = ((pl.col("end_date") - first).dt.total_days() + 1).fill_null(31).clip(0, 31).cast(pl.UInt8)
    two = pl.lit(2, pl.Int64)
    patterns = {
        text: sum(1 << n for n in range(31) if str((first + dt.timedelta(n)).isoweekday()) in text.split())
        for text in ("1 3 5", "2 4", "6 7", "1 2 3 4 5")
    }
    on_days: pl.Expr = pl.lit(2**31 - 1, pl.Int64)
    for text, bits in patterns.items():
        on_days = pl.when(pl.col("weekdays") == text).then(pl.lit(bits, pl.Int64)).otherwise(on_days)
    every = (
        pl.when(pl.col("weekdays").is_not_null() | (pl.col("per") == "day"))
        .then(1)
        .when(pl.col("per") == "week")
        .then(7)
        .when(pl.col("per") == "four_weeks")
        .then(28)
        .when(pl.col("per") == "month")
        .then(31)
        .otherwise(365)
    )
    lines = (
        pl.concat(
            [
                agreements.filter(whole).join(present.collect().lazy(), on="resident_id"),
                agreements.filter(
                    ~whole
                    & (pl.col("start_date") <= last)
                    & (pl.col("end_date").is_null() | (pl.col("end_date") >= first))
                )
                .join(present.collect().lazy(), on="resident_id")
                .with_columns(present=pl.col("present") & (two.pow(high) - two.pow(low))),
            ]
        )
        .with_columns(often=(pl.col("present") & on_days).bitwise_count_ones().cast(pl.Int64))
        .filter(pl.col("present") != 0)
        .with_columns(
            top=pl.col("minutes") * pl.col("times") * pl.col("often") * pl.col("staff_count"),
            bottom=every.cast(pl.Int64) * pl.col("group_size") * 100_000,
        )
        .with_columns(milliminutes=half_even(pl.col("top"), pl.col("bottom")))
        .join(pl.LazyFrame({"level": list(LEVELS), "price": list(LEVELS.values())}), on="level")
        .with_columns(cost=half_even(pl.col("milliminutes") * pl.col("price"), 60_000))
    )
    staff = pl.col("performer") == "staff"

    def pays(payer: str) -> pl.Expr:
        return pl.when(staff & (pl.col("payer") == payer)).then("cost").otherwise(0).sum()

    nobody_pays = pl.col("performer").is_in(["network", "volunteer", "self"])
    per_resident = lines.group_by(key).agg(
        care_cents=pays("wlz"),
        private_cents=pays("resident"),
        outside_cents=pays("none"),
        network_milliminutes=pl.when(nobody_pays).then("milliminutes").otherwise(0).sum(),
    )
    per_cell = lines.filter(staff).group_by("unit_id", "day_part", "level").agg(pl.col("milliminutes").sum())
    money, cells, *beside = pl.collect_all([per_resident, per_cell, held, paid, freed], engine="streaming")
    budgets = beside[0]
    for rows in (*beside[1:], money):
        budgets = budgets.join(rows, on=key, how="left")
    required = pl.col("care_cents") + pl.col("stay_cents")
    budgets = (
        budgets.with_columns(pl.col(pl.Int64).fill_null(0))
        .with_columns(required_cents=required, balance_cents=pl.col("available_cents") - required)
        .select(RESIDENT_BUDGET_COLUMNS)
        .sort(key)
    )
    direct = pl.col("milliminutes") / 60_000 * 7 / 31
    fte = 1878 / 36 / 1440
    nothing = pl.lit(0.0)
    staffing = cells.select(
        "unit_id", "day_part", "level", direct_hours_week=direct.round(6), required_hours_week=(direct / 0.75).round(6),
        required_fte=(direct / 0.75 * fte).round(6), actual_hours_week=nothing, actual_fte=nothing,
    ).sort("unit_id", "day_part", "level")  # fmt: skip
    return budgets, staffing


def same(one: tuple[pl.DataFrame, pl.DataFrame], other: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    """Raise when the tables differ: budgets in any figure, formation by more than a millionth."""
    if not one[0].equals(other[0]):
        raise SystemExit("the budgets differ")
    keys = ["unit_id", "day_part", "level"]
    hours = [name for name in one[1].columns if name not in keys]
    joined = one[1].join(other[1], on=keys, how="full", coalesce=True)
    furthest = joined.select(
        pl.max_horizontal((pl.col(name) - pl.col(f"{name}_right")).abs().max() for name in hours)
    ).item()
    if joined.height != one[1].height or furthest is None or furthest > 1.1e-6:
        raise SystemExit(f"the formation differs by {furthest}")


def timed(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def main() -> None:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--rows", type=int, default=5_200_000, help="agreements in all, 40 a resident")
    reader.add_argument("--rounds", type=int, default=7)
    reader.add_argument("--only", choices=["ours", "by_hand"], help="run one of them once, for its peak of memory")
    chosen = reader.parse_args()
    data = made(chosen.rows // 40, 40)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if chosen.only:
        {"ours": ours, "by_hand": by_hand}[chosen.only](data)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{chosen.only}: peak {peak:.0f} MB, of which the input took {before:.0f} MB to make")
        return
    same(ours(data), by_hand(data))
    seconds: dict[str, list[float]] = {"ours": [], "by_hand": []}
    for _ in range(chosen.rounds):
        seconds["ours"].append(timed(lambda: ours(data)))
        seconds["by_hand"].append(timed(lambda: by_hand(data)))
    for name, taken in seconds.items():
        print(f"{name:8} best {min(taken):.3f} s   median {statistics.median(taken):.3f} s")
    ratios = [one / other for one, other in zip(seconds["ours"], seconds["by_hand"], strict=True)]
    print(
        f"ours / by hand: {min(seconds['ours']) / min(seconds['by_hand']):.2f} of the best,"
        f" {statistics.median(ratios):.2f} median of {len(ratios)} pairs"
    )
    print(
        f"peak of both together {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB,"
        f" of which the input took {before:.0f} MB to make"
    )


if __name__ == "__main__":
    main()
