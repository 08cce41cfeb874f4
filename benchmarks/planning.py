"""Planning: from the results of a month to a kept plan, all of it new, none of it new, and all of it changed.

    python benchmarks/planning.py                     130,000 statements with 20 lines each
    python benchmarks/planning.py --residents 10000   fewer

The store is a SQLite file (with --url a PostgreSQL database, emptied before by whoever runs it). The people are
invented, and each has a stay and as many agreements as lines, of which planning looks whether they are complete. What
was published before is put into the database directly; everything else goes through the program.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import polars as pl

from ipvb_bridge.base import settings
from ipvb_bridge.core.budget import RESIDENT_BUDGET_COLUMNS
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import CARE_FUNCTIONS, DAY_PARTS
from ipvb_bridge.pipeline import difference, planning
from ipvb_bridge.store import bulk, plans, versions
from ipvb_bridge.store.database import Store, now, open_store
from ipvb_bridge.store.tables import current, published

PERIOD = Period.parse("2026-01")
BRIDGE = """
[organisation]
name = "benchmark"
[connections.ecd]
adapter = "tables"
kind = "ecd"
settings = { path = "." }
[publish.targets.statements]
connection = "ecd"
kind = "resident_statement"
"""


def made(residents: int, lines: int) -> dict[str, pl.DataFrame]:
    """Result tables of an invented month; the same every time."""
    chance = np.random.default_rng(20260101)
    who = pl.Series("resident_id", [f"R{number:06d}" for number in range(residents)])
    unit = pl.Series("unit_id", [f"D{number % (residents // 25 + 1):05d}" for number in range(residents)])
    figures = {
        name: chance.integers(0, 2_000_000, residents)
        for name in RESIDENT_BUDGET_COLUMNS
        if name not in ("resident_id", "unit_id")
    }
    count = residents * lines
    of = np.repeat(np.arange(residents), lines)
    return {
        "resident_budgets": pl.DataFrame([who, unit]).with_columns(**{n: pl.Series(v) for n, v in figures.items()}),
        "resident_network": pl.DataFrame([who, unit]).with_columns(
            zzp=pl.lit("5VV"),
            network_milliminutes=pl.lit(0, pl.Int64),
            network_cost_cents=pl.Series(chance.integers(0, 9_000, residents)),
        ),
        "lines": pl.DataFrame(
            {
                "agreement_id": pl.Series(np.arange(count)).cast(pl.String),
                "resident_id": who.gather(of),
                "care_function": pl.Series(CARE_FUNCTIONS).gather(chance.integers(0, len(CARE_FUNCTIONS), count)),
                "day_part": pl.Series(DAY_PARTS).gather(chance.integers(0, len(DAY_PARTS), count)),
                "performer": pl.Series(("staff", "staff", "network")).gather(chance.integers(0, 3, count)),
                "unit_id": unit.gather(of),
                "milliminutes": chance.integers(0, 900_000, count),
                "cost_cents": chance.integers(0, 90_000, count),
            }
        ).with_columns(level=pl.lit("3"), payer=pl.lit("wlz")),
    }


def streams(tables: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """The units, stays and agreements that the tables could have been calculated from."""
    homes = tables["resident_budgets"].select("resident_id", "unit_id")
    first = pl.lit(PERIOD.start)
    units = homes.select("unit_id").unique().sort("unit_id")
    return {
        "units": units.select(
            "unit_id",
            pl.lit("LOC").alias("parent_id"),
            pl.lit("department").alias("kind"),
            pl.col("unit_id").alias("name"),
        ),
        "stays": homes.select(pl.col("resident_id").alias("stay_id"), "resident_id", "unit_id", start_date=first),
        "care_agreements": tables["lines"].select(
            "agreement_id", "resident_id", "care_function", "day_part", "level", "performer", "payer",
            minutes=pl.lit(100_000, pl.Int64), times=pl.lit(10_000, pl.Int64), per=pl.lit("day"), start_date=first,
        ),
    }  # fmt: skip


@contextmanager
def timed(what: str, items: int) -> Iterator[None]:
    begin, busy = time.perf_counter(), time.process_time()
    yield
    seconds, busy = time.perf_counter() - begin, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pace = f"{items / seconds:9,.0f} items/s"
    print(f"{what:<44} {seconds:7.2f} s ({busy:.2f} s of processor) {pace}  peak {peak:,.0f} MB", flush=True)


def confirm(store: Store, planned: planning.Planned) -> None:
    """As if every item of a plan had been delivered and read back."""
    rows = planned.items.select(
        "connection", "key", "kind", pl.lit(str(PERIOD)).alias("period"), "subject", "unit_id", "location",
        pl.lit(0, pl.Int64).alias("withdrawn"), "digest", "data", pl.lit("").alias("reference"),
        pl.lit(1, pl.Int64).alias("plan_id"), pl.lit(now(), pl.Int64).alias("confirmed_at"),
    )  # fmt: skip
    with store.write() as database:
        bulk.append(database, published, rows)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--residents", type=int, default=130_000)
    parser.add_argument("--lines", type=int, default=20)
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    count: int = given.residents
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "bridge.toml").write_text(BRIDGE)
        configuration = settings.load(folder)
        with open_store(given.url or f"sqlite:///{folder / 'bridge.db'}") as store:
            run(store, configuration, count, given.lines)


def run(store: Store, configuration: settings.Configuration, count: int, lines: int) -> None:
    tables = made(count, lines)
    with store.write() as database:
        for name, rows in streams(tables).items():
            known = rows.with_columns(
                connection=pl.lit("ecd"),
                source_id=pl.col(rows.columns[0]),
                content_hash=pl.lit(0, pl.Int64),
                seen_from=pl.lit(1, pl.Int64),
            )
            bulk.append(database, current[name], known)
    save: Callable[[str], object] = lambda name: versions.save_version(  # noqa: E731  # said twice below
        store, str(PERIOD), name, {"as_of": now(), "parts": {}}, "benchmark", tables
    )
    save("first")

    def plan() -> planning.Planned:
        return planning.plan(configuration, store, PERIOD, maker="benchmark")

    with timed("plan, everything new", count):
        first = plan()
    assert first.plan is not None
    assert first.plan.items == count
    text = sum(first.items["data"].str.len_bytes())
    print(f"{'':<44} {text / count:,.0f} bytes a statement")
    with timed("look again, the same plan", count):
        assert plan().plan == first.plan
    with timed("read back and hash anew, as before sending", count):
        assert plans.broken(first.plan, plans.items(store, first.plan)) == ""
    confirm(store, first)
    with timed("plan, nothing changed", count):
        assert plan().unchanged == count
    tables["lines"] = tables["lines"].with_columns(pl.col("cost_cents") + 1)
    save("second")
    with timed("plan, everything changed", count):
        second = plan()
    assert second.plan is not None
    assert second.items["action"].unique().to_list() == ["changed"]
    with timed("tell what moved in each", count):
        assert sum(len(each.moved) > 0 for each in difference.changes(store, second.plan, second.items)) == count


if __name__ == "__main__":
    main()
