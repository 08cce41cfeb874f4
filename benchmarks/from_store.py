"""Budgets and formation of a month, from the store: reading and reckoning against the fastest read of the same rows.

    python benchmarks/from_store.py                        1,000,000 agreements, SQLite
    python benchmarks/from_store.py --residents 130000     5,200,000 agreements
    python benchmarks/from_store.py --url postgresql+psycopg://...      an empty database

The fastest read known here is ADBC (`pip install adbc-driver-sqlite adbc-driver-postgresql pyarrow`), which fills
columns without passing a row through Python. The second calculation reads the snapshot that the first one left.
"""

from __future__ import annotations

import argparse
import resource
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


def calculated(store: Store, data: Input) -> None:
    """Read all streams and reckon the month."""
    frames, _ = read_streams(store, list(data.streams))
    ours(Input({name: frame.drop("source") for name, frame in frames.items()}, data.tariffs))


def fastest(store: Store, data: Input) -> None:
    """The same columns of the same rows, and nothing else."""
    url = store.url.render_as_string(hide_password=False).replace("+psycopg", "").replace("+pysqlite", "")
    for name in data.streams:
        columns = ", ".join(f'"{column}"' for column in STREAMS[name].names)
        query = f"SELECT {columns} FROM {name} WHERE seen_until IS NULL"
        pl.read_database_uri(query, url, engine="adbc")


def seconds(what: str, call: Callable[[], None], rounds: int = 1) -> float:
    best = min(_once(call) for _ in range(rounds))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what:<55} {best:7.2f} s   peak so far {memory:7.0f} MB", flush=True)
    return best


def _once(call: Callable[[], None]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def main() -> None:
    """Fill, read, reckon, print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--residents", type=int, default=25_000)
    options.add_argument("--url", default="")
    chosen = options.parse_args()
    data = made(chosen.residents, 40)
    with tempfile.TemporaryDirectory() as folder:
        url = chosen.url or f"sqlite:///{folder}/bridge.db"
        with open_store(url, folder=Path(folder) / "snapshots") as store:
            seconds("filling the store", lambda: fill(store, data))
            read = seconds("fastest read of the same rows (ADBC)", lambda: fastest(store, data), 2)
            first = seconds("first calculation: read, fingerprint, snapshot, reckon", lambda: calculated(store, data))
            second = seconds("second calculation: snapshot, reckon", lambda: calculated(store, data))
    print(f"first {first / read:.2f} times the fastest read, second {second / read:.2f} times")


if __name__ == "__main__":
    main()
