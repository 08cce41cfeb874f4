"""Every instrument over one organisation of national size: time and memory of each, in one run.

    python benchmarks/instruments.py                      130,000 residents with 40 agreements each
    python benchmarks/instruments.py --rows 520000        fewer agreements, as many a resident
    python benchmarks/instruments.py --only kopi groups   some of them

The care is that of benchmarks/budgets.py; staff, wages, ledger, scores and profiles are invented beside it. Two months
are calculated first, in a process of its own, so that instruments with a history have one; the measured run starts
from files, as it does from the store. The comparison runs over the 250 locations here, over 2,000 units in
benchmarks/comparison.py.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

import budgets
import numpy as np
import polars as pl

from ipvb_bridge.base.errors import BridgeError
from ipvb_bridge.core import calculate, instruments, mapping
from ipvb_bridge.core.instruments.contract import Given
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import MAPPINGS, NORMS, STREAMS, Table
from ipvb_bridge.core.settings import MethodSettings

BEFORE, NOW = Period.parse("2025-12"), Period.parse("2026-01")
EACH = 40
OF_DEPARTMENT = 65
OF_LOCATION = 8
CONTRACTS = 12
"""Contracts of a department."""
SETTINGS = MethodSettings.model_validate(
    {
        "cost_price": {
            "window": "2026-01",
            "pools": {"care": "final", "management": "support", **dict.fromkeys(budgets.COMPONENTS, "final")},
            "components": {"cleaning": "held", "housing": "held", "laundry": "present", "meals": "present"},
            "without": {"vpt": ["housing"]},
        },
        "direct_share": dict.fromkeys(budgets.LEVELS, Decimal("0.75")),
        "gink_mix": {"2": Decimal("0.4"), "3": Decimal("0.6")},
        "budget": {"contract_percentage": Decimal("0.96"), "free": ["guidance", "meals"]},
        "formation": {"net_year": 1440},
        "instruments": {
            "scenarios": {"wages": {"wages": Decimal("0.03")}},
            "reindication": {"periods": 2},
            "virtual_budget": {"carry_over": "all"},
            "comparison": {
                "units": "locations",
                "returns": "constant",
                "bandwidth": Decimal("0.1"),
                "inputs": ["actual_hours", "stay"],
                "outputs": ["paid_days", "care_hours"],
            },
        },
    }
)


def shaped(table: Table, columns: dict[str, object]) -> pl.DataFrame:
    """A frame of a declared table; columns not given are empty."""
    frame = pl.DataFrame(columns)
    return frame.select(
        pl.col(name).cast(kind) if name in columns else pl.lit(None, kind).alias(name)
        for name, kind in table.schema().items()
    )


def ids(letter: str, many: int) -> pl.Series:
    return pl.Series(np.arange(many)).cast(pl.String).str.zfill(8).str.replace("^", letter)


def organisation(residents: int) -> tuple[dict[str, pl.DataFrame], dict[str, pl.DataFrame], dict[str, pl.DataFrame]]:
    """Streams, mappings and norms of an invented organisation."""
    care = budgets.made(residents, EACH)
    chance = np.random.default_rng(7)
    departments = max(residents // OF_DEPARTMENT, 1)
    locations = max(departments // OF_LOCATION, 1)
    unit = pl.Series(np.arange(departments)).cast(pl.String).str.zfill(5).str.replace("^", "D")
    place = pl.Series(np.arange(departments) % locations).cast(pl.String).str.zfill(4).str.replace("^", "L")
    spots = pl.Series(np.arange(locations)).cast(pl.String).str.zfill(4).str.replace("^", "L")
    kinds = ["organisation"] + ["location"] * locations + ["department"] * departments
    names = pl.concat([pl.Series(["ORG"]), spots, unit])
    people = pl.Series(np.arange(residents)).cast(pl.String).str.zfill(7).str.replace("^", "R")
    contracts = departments * CONTRACTS
    home = np.arange(contracts) % departments
    level = np.array(sorted(budgets.LEVELS))[np.arange(contracts) // departments % len(budgets.LEVELS)]
    days = {month.months()[0]: month for month in (BEFORE, NOW)}
    shifts = contracts * 8
    who = np.arange(shifts) % contracts
    start = np.datetime64("2025-12-01T06:00") + chance.integers(0, 61 * 24 * 4, shifts).astype("timedelta64[m]") * 15
    start = start.astype("datetime64[us]")
    streams = {name: pl.DataFrame(schema=table.schema()) for name, table in STREAMS.items()}
    streams |= care.streams
    streams["units"] = shaped(
        STREAMS["units"],
        {
            "unit_id": names,
            "parent_id": pl.Series([None] + ["ORG"] * locations, dtype=pl.String).extend(place),
            "kind": kinds,
            "name": names,
        },
    )
    streams["residents"] = shaped(
        STREAMS["residents"],
        {"resident_id": people, "client_group": pl.Series(chance.choice(["somatic", "pg", "other"], residents))},
    )
    streams["contracts"] = shaped(
        STREAMS["contracts"],
        {
            "contract_id": ids("C", contracts),
            "employee_id": ids("E", contracts),
            "person_key": ids("P", contracts),
            "level": pl.Series(level),
            "unit_id": unit[home],
            "hours_per_week": pl.Series(chance.integers(12, 36, contracts) * 10_000),
            "employment": pl.Series(chance.choice(["payroll", "payroll", "payroll", "hired"], contracts)),
            "temporary": pl.Series(chance.random(contracts) < 0.2),
            "client_facing": pl.Series(np.ones(contracts, dtype=bool)),
            "start_date": pl.Series([dt.date(2020, 1, 1)]).extend_constant(dt.date(2020, 1, 1), contracts - 1),
        },
    )
    streams["hours"] = shaped(
        STREAMS["hours"],
        {
            "hours_id": ids("H", shifts),
            "contract_id": streams["contracts"]["contract_id"][who],
            "unit_id": unit[home[who]],
            "kind": pl.Series(["worked"]).extend_constant("worked", shifts - 1),
            "start": pl.Series(start).dt.cast_time_unit("us").dt.replace_time_zone("UTC"),
            "end": pl.Series(start + np.timedelta64(8, "h")).dt.cast_time_unit("us").dt.replace_time_zone("UTC"),
            "paid_minutes": pl.Series(np.full(shifts, 450_000)),
        },
    )
    wages = [
        shaped(
            STREAMS["wages"],
            {
                "wage_id": ids(f"W{month}", contracts),
                "contract_id": streams["contracts"]["contract_id"],
                "component": pl.Series(["gross"]).extend_constant("gross", contracts - 1),
                "relates_to": pl.Series([month]).extend_constant(month, contracts - 1),
                "paid_in": pl.Series([month]).extend_constant(month, contracts - 1),
                "amount": pl.Series(chance.integers(150_000, 350_000, contracts)),
            },
        )
        for month in days
    ]
    streams["wages"] = pl.concat(wages)
    pools = ["care", "management", *budgets.COMPONENTS]
    postings = [
        {
            "account_id": account,
            "cost_centre_id": pool,
            "amount": residents * weight,
            "period": month,
            "date": days[month].end,
        }
        for month in days
        for pool in pools
        for account, weight in (("41", 60_000 if pool == "care" else 2_000), ("43", 9_000))
    ]
    streams["ledger_lines"] = shaped(
        STREAMS["ledger_lines"],
        {
            **{name: [row[name] for row in postings] for name in postings[0]},
            "line_id": [str(at) for at in range(len(postings))],
            "entry_id": [str(at) for at in range(len(postings))],
            "company_id": ["1"] * len(postings),
        },
    )
    scores = residents
    streams["satisfaction"] = shaped(
        STREAMS["satisfaction"],
        {
            "score_id": ids("T", scores * 2),
            "resident_id": pl.concat([people, people]),
            "unit_id": unit[np.tile(np.arange(scores) % departments, 2)],
            "date": pl.Series([dt.date(2025, 12, 10)] * scores + [dt.date(2026, 1, 10)] * scores),
            "respondent": pl.Series(["resident"]).extend_constant("resident", scores * 2 - 1),
            "question": pl.Series(["overall"]).extend_constant("overall", scores * 2 - 1),
            "score": pl.Series(chance.integers(4, 11, scores * 2) * 10_000),
        },
    )
    streams["conversations"] = shaped(
        STREAMS["conversations"],
        {
            "conversation_id": ids("K", residents),
            "resident_id": people,
            "date": pl.Series([dt.date(2025, 12, 20)]).extend_constant(dt.date(2025, 12, 20), residents - 1),
        },
    )
    streams["profiles"] = shaped(
        STREAMS["profiles"],
        {
            "resident_id": people,
            "section": pl.Series(["likes"]).extend_constant("likes", residents - 1),
            "text": pl.Series(["Muziek"]).extend_constant("Muziek", residents - 1),
        },
    )
    mappings = {
        "accounts": shaped(
            MAPPINGS["accounts"],
            {"account_from": ["41", "43"], "account_to": ["41", "43"], "category": ["wages", "materials"]},
        ),
        "cost_centres": shaped(MAPPINGS["cost_centres"], {"cost_centre_id": pools, "pool": pools}),
    }
    drivers = [("management", pool) for pool in pools if pool != "management"]
    norms = {name: pl.DataFrame(schema=table.schema()) for name, table in NORMS.items()}
    # About one resident in ten asks more than is available.
    norms["tariffs"] = care.tariffs.with_columns(pl.col("day_tariff") * 26)
    norms["drivers"] = shaped(
        NORMS["drivers"],
        {
            "from_pool": [giver for giver, _ in drivers],
            "to_pool": [taker for _, taker in drivers],
            "units": [10_000] * len(drivers),
        },
    )
    return (
        streams,
        {name: mappings.get(name, pl.DataFrame(schema=table.schema())) for name, table in MAPPINGS.items()},
        norms,
    )


class Folder(Mapping[str, pl.DataFrame]):
    """Tables of a folder of Parquet files, each read when first looked at, as a calculation's are from the store."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.read = folder, dict[str, pl.DataFrame]()

    def __getitem__(self, name: str) -> pl.DataFrame:
        if name not in self.read:
            self.read[name] = pl.read_parquet(self.folder / f"{name}.parquet")
        return self.read[name]

    def __iter__(self) -> Iterator[str]:
        return (path.stem for path in sorted(self.folder.glob("*.parquet")))

    def __len__(self) -> int:
        return len(list(self.folder.glob("*.parquet")))


HOLIDAYS = frozenset({dt.date(2025, 12, 25), dt.date(2026, 1, 1)})


def prepare(folder: Path, residents: int) -> None:
    """Invent the organisation, calculate both months, and keep it all as files: the start of the measured run."""
    streams, mappings, norms = organisation(residents)
    mapped = mapping.apply(streams, mappings, NOW.end)
    tables = {"streams": mapped.streams, "norms": norms}
    for period in (BEFORE, NOW):
        window = SETTINGS.cost_price.model_copy(update={"window": period})
        settings = SETTINGS.model_copy(update={"cost_price": window})
        tables[str(period)] = calculate.calculate(mapped, norms, settings, period, HOLIDAYS).tables
    for name, frames in tables.items():
        (folder / name).mkdir()
        for table, frame in frames.items():
            frame.write_parquet(folder / name / f"{table}.parquet")


def memory() -> int:
    """The most memory so far, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def measure(folder: Path, only: list[str]) -> None:
    begun = time.perf_counter()
    norms = dict(Folder(folder / "norms"))
    streams = {name: pl.read_parquet(folder / "streams" / f"{name}.parquet") for name in STREAMS}
    empty = pl.DataFrame()
    mapped = mapping.Mapped(streams, empty, empty, empty)
    agreements = streams["care_agreements"].height
    print(f"{streams['residents'].height:,} residents, {agreements:,} agreements")
    print(f"{'streams read':28} {time.perf_counter() - begun:6.1f} s  {memory():6,} MiB")
    for name in only or instruments.NAMES:
        instrument = instruments.load(name)
        own = {table.name: pl.DataFrame(schema=table.schema()) for table in instrument.inputs}
        # Tables are read anew for each, as when each is asked for by itself; the time counts.
        history = {str(BEFORE): Folder(folder / str(BEFORE))}
        started = time.perf_counter()
        given = Given(NOW, mapped, norms, SETTINGS, Folder(folder / str(NOW)), history, own, HOLIDAYS)
        try:
            made = instrument.run(given)
            told = f"{sum(table.height for table in made.tables.values()):,} rows"
        except BridgeError as error:
            told = f"{error.code}: {error.what()}"
        print(f"{name:28} {time.perf_counter() - started:6.1f} s  {memory():6,} MiB  {told}", flush=True)
        made = given = None
        gc.collect()
    print(f"{'all of it':28} {time.perf_counter() - begun:6.1f} s  {memory():6,} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=130_000 * EACH, help="agreements")
    parser.add_argument("--only", nargs="*", default=[], help="these instruments")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        # In a process of its own: the memory of making up the data is no memory of the instruments.
        work = multiprocessing.get_context("spawn").Process(
            target=prepare, args=(Path(made), max(chosen.rows // EACH, 1))
        )
        work.start()
        work.join()
        measure(Path(made), chosen.only)


if __name__ == "__main__":
    main()
