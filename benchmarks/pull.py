"""A million records through the whole pull path, beside dlt that loads the same records with merge.

    python benchmarks/pull.py [--rows 1000000] [--rounds 3] [--store postgresql] [--dlt-again]

Two readings of the same `hours` records: pages of Python dicts (what dlt gets too), and the canonical CSV file through
the adapter `tables`. Each load is a process of its own, in turn with the others, into a fresh database. What is timed
is the whole load without the start of Python and its imports. CPU is that of the load and of the database server
together: on a busy machine it says more than the seconds. Memory is the process's peak. Reading the pages of dicts is
the same work for everybody and is part of each load from dicts; what it takes by itself is measured beside them.

dlt is installed by pip into an environment of its own under a temporary folder. It is told its columns and their types
(the same that the pull gives: texts, two moments, a decimal), CSV as file format, and the key to merge on.
PostgreSQL is started from the machine's own binaries, with its default safety (fsync on).
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import pickle
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PAGE = 50_000

DLT = """
import pickle, sys, time
import dlt
url, source, folder = sys.argv[1:]
kinds = {"start": "timestamp", "end": "timestamp", "paid_minutes": "decimal"}
columns = {name: {"data_type": kinds.get(name, "text")} for name in
           ("hours_id", "contract_id", "unit_id", "level", "kind", "start", "end", "paid_minutes")}

@dlt.resource(name="hours", write_disposition="merge", primary_key="hours_id", columns=columns, max_table_nesting=0)
def hours():
    with open(source, "rb") as pages:
        while page := pickle.load(pages):
            yield page

if url.startswith("sqlite"):
    target, form = dlt.destinations.sqlalchemy(url), None
else:
    target, form = dlt.destinations.postgres(url), "csv"
run = dlt.pipeline("bench", destination=target, dataset_name="main", pipelines_dir=folder)
begin, used = time.perf_counter(), time.process_time()
info = run.run(hours(), loader_file_format=form)
info.raise_on_failed_jobs()
print("SECONDS", time.perf_counter() - begin, time.process_time() - used)
"""

OURS = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from benchmarks.pull import timed_pull
timed_pull(Path(sys.argv[1]), sys.argv[2])
"""


READING = """
import pickle, sys, time
begin, used = time.perf_counter(), time.process_time()
with open(sys.argv[1], "rb") as pages:
    while pickle.load(pages):
        pass
print("SECONDS", time.perf_counter() - begin, time.process_time() - used)
"""


def write_records(folder: Path, rows: int, *, changed: bool) -> None:
    """The records as `hours.csv` and as `records`: pages of dicts in Python's own form, which takes no parsing.

    With ``changed``, one in a hundred has other paid minutes.
    """
    import polars as pl

    number = pl.int_range(rows, eager=True)
    start = pl.lit("2025-01-01T07:00:00").str.to_datetime(time_unit="us") + pl.duration(minutes=number % 500_000)
    length = 240 + (number * 7919) % 300
    frame = pl.select(
        hours_id="h" + number.cast(pl.String).str.zfill(9),
        contract_id="c" + ((number * 104_729) % 6000).cast(pl.String),
        unit_id="u" + ((number * 31) % 400).cast(pl.String),
        level=(number % 4 + 1).cast(pl.String),
        kind=pl.lit("worked"),
        start=start.dt.to_string("%Y-%m-%dT%H:%M:%S+01:00"),
        end=(start + pl.duration(minutes=length)).dt.to_string("%Y-%m-%dT%H:%M:%S+01:00"),
        paid_minutes=pl.when((number % 100 == 7) & changed).then(length - 1).otherwise(length).cast(pl.String) + ".00",
    )
    frame.write_csv(folder / "hours.csv")
    with (folder / "records").open("wb") as pages:
        for page in frame.iter_slices(PAGE):
            pickle.dump(page.to_dicts(), pages)
        pickle.dump([], pages)


def timed_pull(folder: Path, records: str) -> None:
    """Pull ``folder``'s connection and say how long it took; with ``records``, pages of those instead of its files."""
    from ipvb_bridge.base import settings
    from ipvb_bridge.core import validation
    from ipvb_bridge.pipeline import connections, pull
    from ipvb_bridge.plugin import delimited
    from ipvb_bridge.store.database import open_store

    assert all((validation, delimited)), "imported before the clock starts, like the rest"
    configuration = settings.load(folder)
    if records:
        adapter = _pages(folder, Path(records))
        connections.open_adapter = lambda *_: adapter  # type: ignore[assignment]  # no plug-in to install for this
    with open_store(configuration.database_url(), folder=folder / "data") as store:
        begin, used = time.perf_counter(), time.process_time()
        for pulled in pull.pull(configuration, store, "payroll"):
            if pulled.error is not None or pulled.counts.quarantined:
                raise SystemExit(f"not a clean pull: {pulled}")
        print("SECONDS", time.perf_counter() - begin, time.process_time() - used)


def _pages(folder: Path, records: Path) -> Any:
    """An adapter that yields the records in pages of dicts."""
    from pydantic import BaseModel

    from ipvb_bridge.plugin import Adapter, Batch, Context, Offer

    class Nothing(BaseModel):
        """No settings."""

    class Pages(Adapter[Nothing]):
        """Yields records in pages of dicts."""

        name = "pages"
        Config = Nothing

        def streams(self) -> list[Offer]:
            """Hours."""
            return [Offer("hours", "snapshot")]

        def check(self) -> Iterator[object]:  # type: ignore[override]  # nothing to check here
            """Nothing to check."""
            return iter(())

        def pull(self, stream: str, window: object, cursor: object) -> Iterator[Batch]:
            """The pages; an empty one ends them."""
            with records.open("rb") as pages:
                while page := pickle.load(pages):
                    yield Batch(page)
            yield Batch(complete=True)

    return Pages(Nothing(), Context("payroll", folder))


@dataclass(frozen=True)
class Took:
    """One load: seconds, CPU seconds with the server's, peak memory in MB."""

    seconds: float
    cpu: float
    memory: int


def spent(command: list[str], environment: dict[str, str] | None = None) -> Took:
    """What a process says it took, and what it used; stops the benchmark when it fails."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, cwd=ROOT, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode()
    found = re.search(r"SECONDS ([0-9.e-]+) ([0-9.e-]+)", text)
    if process.returncode or found is None:
        raise SystemExit(f"{command[-3:]} failed:\n{text[-3000:]}")
    return Took(float(found[1]), float(found[2]), used.ru_maxrss // 1024)


def server_process(url: str) -> int:
    """The process id of the server's parent process, which sums up what its sessions used once they have ended."""
    import sqlalchemy as sa

    engine = sa.create_engine(url)
    with engine.connect() as connection:
        session = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        parent = int(Path(f"/proc/{session}/stat").read_text().rsplit(")", 1)[1].split()[1])
    engine.dispose()
    return parent


def cpu_of_ended_children(process: int) -> float:
    """CPU seconds of a process's children that have ended."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


class Bench:
    """One store: fresh databases, loads in turn, what each took."""

    def __init__(self, kind: str, folder: Path, dlt: Path, server: str, rows: int) -> None:
        self.kind, self.folder, self.dlt, self.server, self.rows = kind, folder, dlt, server, rows
        self.taken: dict[str, list[Took]] = {}
        self.process = server_process(server) if server else 0

    def fresh(self, name: str) -> str:
        """The URL of a database that is new."""
        if self.kind == "sqlite":
            return f"sqlite:///{self.folder}/{name}.db"
        import sqlalchemy as sa

        engine = sa.create_engine(self.server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")
            connection.exec_driver_sql(f"CREATE DATABASE {name}")
        engine.dispose()
        return sa.make_url(self.server).set(database=name).render_as_string(hide_password=False)

    def configured(self, name: str, data: Path) -> Path:
        """A configuration folder with one payroll connection on a fresh database."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        url = self.fresh(name).replace("postgresql+psycopg", "postgresql")
        os.environ["BENCH_PASSWORD"] = url.split(":")[2].split("@")[0] if "@" in url else ""
        shown = url.replace(f":{os.environ['BENCH_PASSWORD']}@", ":${env:BENCH_PASSWORD}@") if "@" in url else url
        (folder / "input").mkdir()
        self.deliver(folder, data)
        (folder / "bridge.toml").write_text(
            f'[organisation]\nname = "Meting"\n[database]\nurl = "{shown}"\n[connections.payroll]\n'
            'adapter = "tables"\nkind = "payroll"\nstreams = ["hours"]\nsettings = { path = "input" }\n'
        )
        return folder

    def deliver(self, folder: Path, data: Path) -> None:
        """Put a delivery in the folder that the connection reads."""
        shutil.copy(data / "hours.csv", folder / "input" / "hours.csv")

    def csv(self, label: str, folder: Path) -> None:
        """Our pull of the CSV file through the adapter `tables`."""
        self.measure(label, [sys.executable, "-c", OURS, str(folder), "", str(ROOT)])

    def dicts(self, label: str, folder: Path, data: Path) -> None:
        """Our pull of the pages of dicts."""
        records = str(data / "records")
        self.measure(label, [sys.executable, "-c", OURS, str(folder), records, str(ROOT)])

    def peer(self, label: str, url: str, state: Path, data: Path) -> None:
        """dlt, from the same pages of dicts, with merge."""
        url = url.replace("postgresql+psycopg", "postgresql")
        quiet = {**os.environ, "RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "ERROR"}
        self.measure(label, [str(self.dlt), "-c", DLT, url, str(data / "records"), str(state)], quiet)

    def measure(self, label: str, command: list[str], environment: dict[str, str] | None = None) -> None:
        """Run, keep and show one load."""
        before = cpu_of_ended_children(self.process) if self.process else 0.0
        took = spent(command, environment)
        if self.process:
            time.sleep(0.5)  # for the session to end
            took = replace(took, cpu=took.cpu + cpu_of_ended_children(self.process) - before)
        self.taken.setdefault(label, []).append(took)
        print(f"  {self.kind:<10} {label:<34} {shown(took)}", flush=True)

    def round(self, number: int, first: Path, second: Path, *, again: bool) -> None:
        """Each load once, in turn."""
        ours = self.configured(f"dicts{number}", first)
        self.measure("reading the dicts", [sys.executable, "-c", READING, str(first / "records")])
        self.dicts("ours, dicts", ours, first)
        state, url = self.folder / f"dlt{number}", self.fresh(f"dlt{number}")
        self.peer("dlt, dicts, merge", url, state, first)
        self.dicts("ours, dicts, 1 % changed", ours, second)
        if again:
            self.peer("dlt, dicts, merge, 1 % changed", url, state, second)
        files = self.configured(f"csv{number}", first)
        self.csv("ours, CSV", files)
        self.csv("ours, CSV, same file again", files)
        self.deliver(files, second)
        self.csv("ours, CSV, 1 % changed", files)

    def report(self) -> None:
        """Medians, and the ratios that say something on any machine."""
        middle = {
            label: Took(
                statistics.median(each.seconds for each in taken),
                statistics.median(each.cpu for each in taken),
                max(each.memory for each in taken),
            )
            for label, taken in self.taken.items()
        }
        print(f"\n{self.kind}, {self.rows:,} rows, median of {len(self.taken['ours, CSV'])}:")
        for label, took in middle.items():
            print(f"  {label:<34} {shown(took)} {self.rows / took.seconds / 1000:6.0f} k rows/s")
        print(f"  {'ratio':<50} {'seconds':>8} {'CPU':>8}")
        for above, below, label in (
            ("dlt, dicts, merge", "ours, dicts", "rows per second, ours : dlt, both from dicts"),
            ("dlt, dicts, merge", "ours, CSV", "rows per second, ours from CSV : dlt from dicts"),
            ("ours, CSV, same file again", "ours, CSV", "same CSV file again : first"),
            ("ours, CSV, 1 % changed", "ours, CSV", "CSV file with 1 % changed : first"),
            ("ours, dicts, 1 % changed", "ours, dicts", "dicts with 1 % changed : first"),
        ):
            first, second = middle[above], middle[below]
            print(f"  {label:<50} {first.seconds / second.seconds:8.3f} {first.cpu / second.cpu:8.3f}")
        alone, changed, whole = (
            middle[each] for each in ("reading the dicts", "ours, dicts, 1 % changed", "ours, dicts")
        )
        seconds, cpu = (
            (getattr(changed, what) - getattr(alone, what)) / (getattr(whole, what) - getattr(alone, what))
            for what in ("seconds", "cpu")
        )
        print(f"  {'the same, both without reading the dicts':<50} {seconds:8.3f} {cpu:8.3f}")
        print()


def shown(took: Took) -> str:
    """One measurement as it is printed."""
    return f"{took.seconds:7.2f} s {took.cpu:7.2f} s CPU {took.memory:5} MB"


def main() -> None:
    """Measure as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--store", choices=["postgresql", "sqlite"], action="append")
    parser.add_argument("--dlt-again", action="store_true", help="let dlt merge the changed records too")
    asked = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ipvb-pull-")))
        subprocess.run([sys.executable, "-m", "venv", folder / "dlt-env"], check=True)
        dlt = folder / "dlt-env" / "bin" / "python"
        subprocess.run([dlt, "-m", "pip", "install", "-q", "dlt[postgres,sqlalchemy]"], check=True)
        for name, changed in (("first", False), ("second", True)):
            (folder / name).mkdir()
            # In a process of its own: a process that is started counts the memory of the one that started it.
            work = multiprocessing.get_context("spawn").Process(
                target=write_records, args=(folder / name, asked.rows), kwargs={"changed": changed}
            )
            work.start()
            work.join()
        for kind in asked.store or ["postgresql", "sqlite"]:
            server = ""
            if kind == "postgresql":
                from tests import servers

                binaries = servers.postgres_binaries()
                if binaries is None:
                    print("PostgreSQL is not installed: left out")
                    continue
                server = stack.enter_context(servers.postgres(binaries, settings=("-c", "shared_buffers=512MB")))
            place = folder / kind
            place.mkdir()
            bench = Bench(kind, place, dlt, server, asked.rows)
            for number in range(asked.rounds):
                bench.round(number, folder / "first", folder / "second", again=asked.dlt_again)
            bench.report()


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()
