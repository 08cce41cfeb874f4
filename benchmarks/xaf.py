"""Reading an audit file of a million lines: the adapter, all checks included, against a minimal lxml loop.

    python benchmarks/xaf.py [--lines 1000000] [--repeat 3]

Makes the files in a temporary folder (264 MB for a million lines). Each measurement runs in a process of its own: CPU
seconds without imports (so that other work on the machine counts little), the ratio of the two, and the peak memory of
the adapter for a quarter of the lines and for all of them.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import polars as pl
from lxml import etree

from ipvb_bridge.plugin import Context, Window
from ipvb_ledger_xaf.adapter import XafAdapter, XafConfig

SPACE = "http://www.auditfiles.nl/XAF/3.2"


def generate(path: Path, lines: int, seed: int = 1) -> None:
    """A balanced XAF 3.2 of four lines a transaction, about 264 bytes a line."""
    chance = random.Random(seed)
    debit = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(
            f'<?xml version="1.0" encoding="UTF-8"?>\n<auditfile xmlns="{SPACE}">\n<header>'
            "<fiscalYear>2026</fiscalYear><startDate>2026-01-01</startDate><endDate>2026-12-31</endDate><curCode>EUR</curCode></header>\n"
            "<company><companyIdent>1</companyIdent><companyName>Proef</companyName>\n<generalLedger>"
        )
        for account in range(4000, 5000):
            file.write(
                f"<ledgerAccount><accID>{account}</accID><accDesc>Kosten {account}</accDesc>"
                "<accTp>P</accTp></ledgerAccount>\n"
            )
        file.write("</generalLedger>\n<transactions>")
        for number in range(lines // 4):
            if number % 25_000 == 0:
                file.write("</journal>\n" if number else "")
                file.write(f"<journal><jrnID>J{number // 25_000}</jrnID><desc>Dagboek</desc><jrnTp>M</jrnTp>\n")
            month, day = chance.randint(1, 12), chance.randint(1, 28)
            date = f"2026-{month:02d}-{day:02d}"
            file.write(
                f"\t\t<transaction>\n\t\t\t<nr>{number}</nr>\n\t\t\t<periodNumber>{month}</periodNumber>\n"
                f"\t\t\t<trDt>{date}</trDt>\n"
            )
            total = 0
            for line in range(1, 5):
                cents = chance.randint(1, 99_999) if line < 4 else total
                total += cents if line < 4 else 0
                file.write(
                    f"\t\t\t<trLine>\n\t\t\t\t<nr>{line}</nr>\n\t\t\t\t<accID>{chance.randint(4000, 4999)}</accID>"
                    f"<docRef>STUK{number:07d}</docRef>\n\t\t\t\t<effDate>{date}</effDate>"
                    f"<desc>Inkoop week {number:06d} levering huis</desc>"
                    f"<amnt>{cents // 100}.{cents % 100:02d}</amnt><amntTp>{'D' if line < 4 else 'C'}</amntTp>"
                    f"<costID>{chance.randint(100, 600)}</costID>\n\t\t\t</trLine>\n"
                )
            debit += total
            file.write("\t\t</transaction>\n")
        told = f"{debit // 100}.{debit % 100:02d}"
        file.write(
            f"</journal><linesCount>{lines // 4 * 4}</linesCount><totalDebit>{told}</totalDebit>"
            f"<totalCredit>{told}</totalCredit></transactions></company></auditfile>\n"
        )


def minimal(path: Path) -> tuple[int, int]:
    """The least that reads the same fields of each line: lines, and the debit total in cents."""
    transaction, line_tag, nr, account, amount, side, centre, period, date = (
        f"{{{SPACE}}}{name}"
        for name in ("transaction", "trLine", "nr", "accID", "amnt", "amntTp", "costID", "periodNumber", "trDt")
    )
    lines = debit = 0
    for _, entry in etree.iterparse(str(path), tag=transaction):
        fields = {}
        for child in entry:
            if child.tag != line_tag:
                fields[child.tag] = child.text
                continue
            line_nr = account_id = cents = mark = cost_centre = None
            for leaf in child:
                tag = leaf.tag
                if tag == nr:
                    line_nr = leaf.text
                elif tag == account:
                    account_id = leaf.text
                elif tag == amount:
                    cents = int(leaf.text.replace(".", ""))
                elif tag == side:
                    mark = leaf.text
                elif tag == centre:
                    cost_centre = leaf.text
            assert None not in (line_nr, account_id, cents, cost_centre)
            lines += 1
            if mark == "D":
                debit += cents
        assert fields.keys() >= {period, date}
        entry.clear()
        while entry.getprevious() is not None:
            del entry.getparent()[0]
    return lines, debit


def adapter(path: Path) -> tuple[int, int]:
    """The adapter's ledger lines, with every check."""
    lines = debit = 0
    connection = XafAdapter(XafConfig(path=path.name), Context("bench", path.parent))
    for batch in connection.pull("ledger_lines", Window(), None):
        if isinstance(batch.rows, pl.DataFrame):
            amounts = batch.rows.get_column("amount")
            lines += amounts.len()
            debit += amounts.filter(amounts > 0).sum()
    return lines, debit


def measure(what: str, path: Path) -> dict[str, float]:
    """Run one reader in a process of its own."""
    command = [sys.executable, __file__, "--run", what, str(path)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def run(what: str, path: Path) -> None:
    reader = {"minimal": minimal, "adapter": adapter}[what]
    before, wall = time.process_time(), time.perf_counter()
    lines, debit = reader(path)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    cpu, wall = time.process_time() - before, time.perf_counter() - wall
    print(json.dumps({"lines": lines, "debit": debit, "cpu": cpu, "wall": wall, "mb": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--run", nargs=2, metavar=("READER", "FILE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.run:
        run(options.run[0], Path(options.run[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        whole, quarter = Path(folder) / "whole.xaf", Path(folder) / "quarter.xaf"
        generate(whole, options.lines)
        generate(quarter, options.lines // 4)
        print(f"{options.lines:,} lines, {whole.stat().st_size / 1e6:.0f} MB")
        best: dict[str, dict[str, float]] = {}
        for _ in range(options.repeat):
            for what in ("minimal", "adapter"):  # in turn, so that both meet the same machine
                now = measure(what, whole)
                if what not in best or now["cpu"] < best[what]["cpu"]:
                    best[what] = now
        assert best["minimal"]["lines"] == best["adapter"]["lines"] == options.lines // 4 * 4
        assert best["minimal"]["debit"] == best["adapter"]["debit"]
        for what, found in best.items():
            print(f"{what:8} {found['cpu']:6.2f} CPU s  {found['wall']:6.2f} s  peak {found['mb']:.0f} MB")
        print(f"ratio    {best['adapter']['cpu'] / best['minimal']['cpu']:.2f} (CPU), at most 1.5")
        small = measure("adapter", quarter)
        print(f"memory of the adapter: {small['mb']:.0f} MB for a quarter, {best['adapter']['mb']:.0f} MB for all")


if __name__ == "__main__":
    main()
