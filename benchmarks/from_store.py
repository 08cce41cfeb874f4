"""Budgets and formation of a month, from the store: reading and reckoning against the fastest read of the same rows.

    python benchmarks/from_store.py                        1,000,000 agreements, SQLite
    python benchmarks/from_store.py --residents 130000     5,200,000 agreements
    python benchmarks/from_store.py --url postgresql+psycopg://...      an empty database

The fastest read known here is ADBC (`pip install adbc-driver-sqlite adbc-driver-postgresql pyarrow`), which fills
columns without passing a row through Python; on SQLite it is told to walk through the table and not through an index,
where that is faster. The second calculation reads the snapshot that the first one left. Each step runs in a process
of its own, in turn, several rounds; printed is the shortest time and CPU time of each, and the memory of its process
(Linux).
"""

from __future__ import annotations

import argparse
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parent))

from budgets import Input, made, ours

from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.store.database import Store, open_store
from ipvb_bridge.store.load import Delivery
from ipvb_bridge.store.read import read_streams
from ipvb_bridge.store.runs import start_run

BATCH = 100_000


def fill(store: Store, data: Input) -> None:
    """Put the streams into the store, as pulls do."""
    for name, frame in data.streams.items():
        delivery = Delivery(store, start_run(store, "pull", "made", name), STREAMS[name])
        for part in frame.iter_slices(BATCH):
            delivery.stage(part)
        delivery.merge("snapshot")


def calculated(store: Store, names: list[str], tariffs: pl.DataFrame) -> None:
    """Read all streams and reckon the month."""
    frames, _ = read_streams(store, names)
    ours(Input({name: frame.drop("source") for name, frame in frames.items()}, tariffs))


def first(store: Store, names: list[str], tariffs: pl.DataFrame) -> None:
    """As after a pull: there is no snapshot yet, and one is left."""
    calculated(store, names, tariffs)


def fastest(store: Store, names: list[str], _tariffs: pl.DataFrame, hint: str = "") -> None:
    """The same columns of the same rows, and nothing else."""
    url = store.url.render_as_string(hide_password=False).replace("+psycopg", "").replace("+pysqlite", "")
    for name in names:
        columns = ", ".join(f'"{column}"' for column in STREAMS[name].names)
        query = f"SELECT {columns} FROM {name} {hint} WHERE seen_until IS NULL"
        pl.read_database_uri(query, url, engine="adbc")


def fastest_unindexed(store: Store, names: list[str], tariffs: pl.DataFrame) -> None:
    """The same, in the order of the table."""
    fastest(store, names, tariffs, "" if store.postgresql else "NOT INDEXED")


STEPS: dict[str, Callable[[Store, list[str], pl.DataFrame], None]] = {
    "fastest read of the same rows (ADBC)": fastest,
    "the same without the index (SQLite)": fastest_unindexed,
    "first calculation: read, fingerprint, snapshot, reckon": first,
    "second calculation: snapshot, reckon": calculated,
}


def measured(what: str, url: str, folder: Path, names: list[str], tariffs: pl.DataFrame) -> tuple[float, float, float]:
    """One step, in this process: seconds, CPU seconds, and the most megabytes that the process has had."""
    if STEPS[what] is first:
        shutil.rmtree(folder, ignore_errors=True)
    with open_store(url, folder=folder) as store:
        begin, cpu = time.perf_counter(), time.process_time()
        STEPS[what](store, names, tariffs)
        took = time.perf_counter() - begin, time.process_time() - cpu
    # Not getrusage: that knows the most of the process that started this one.
    (peak,) = (line.split()[1] for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
    return *took, int(peak) / 1024


def main() -> None:
    """Fill, read, reckon, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--residents", type=int, default=25_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--url", default="")
    chosen = options.parse_args()
    data = made(chosen.residents, 40)
    names, tariffs = list(data.streams), data.tariffs
    taken: dict[str, list[tuple[float, float, float]]] = {what: [] for what in STEPS}
    with tempfile.TemporaryDirectory() as folder:
        url, snapshots = chosen.url or f"sqlite:///{folder}/bridge.db", Path(folder) / "snapshots"
        with open_store(url) as store:
            fill(store, data)
        del data
        with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as processes:
            for _ in range(chosen.rounds):
                for what in STEPS:
                    taken[what].append(processes.apply(measured, (what, url, snapshots, names, tariffs)))
    best = {what: [min(column) for column in zip(*rounds, strict=True)] for what, rounds in taken.items()}
    for what, (wall, cpu, memory) in best.items():
        print(f"{what:<55} {wall:7.2f} s   {cpu:7.2f} s CPU   {memory:7.0f} MB")
    by_index, by_table, after_pull, again = best.values()
    for unit, at in (("time", 0), ("CPU", 1)):
        read = min(by_index[at], by_table[at])
        print(f"{unit}: first {after_pull[at] / read:.2f} times the fastest read, second {again[at] / read:.2f} times")


if __name__ == "__main__":
    main()
