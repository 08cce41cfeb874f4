"""Statements: how many a second one core makes, from result tables to HTML.

    python benchmarks/reports.py                     2,000 residents with 15 agreements each
    python benchmarks/reports.py --residents 130000  more of them; time grows with their number, memory hardly

The tables are invented; no PDF is made. Prints the two steps apart: the data (what is signed), and the page.
"""

from __future__ import annotations

import argparse
import json
import time

import polars as pl

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import CARE_FUNCTIONS, DAY_PARTS, STREAMS
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.core.statement import Basis, statements
from ipvb_bridge.reports.statement import render_statement

EACH = 15
COMPONENTS = ("housing", "meals", "cleaning", "laundry", "utilities", "activities")
PERFORMERS = ("staff",) * 12 + ("network", "volunteer", "staff")
SETTINGS = MethodSettings.model_validate(
    {
        "cost_price": {
            "pools": {"care": "final", **dict.fromkeys(COMPONENTS, "final")},
            "components": dict.fromkeys(COMPONENTS, "held"),
        },
        "direct_share": {"3": 0.75},
        "budget": {"fixed": ["housing", "nursing"], "free": ["activities", "guidance"]},
        "formation": {"net_year": 1440},
    }
)


def made(residents: int) -> Basis:
    """An invented organisation of that many residents, in departments of thirty."""
    who = pl.DataFrame({"at": pl.int_range(residents, eager=True)}).select(
        resident_id=pl.format("R{}", pl.col("at")), unit_id=pl.format("D{}", pl.col("at") // 30)
    )
    at = pl.col("at")
    kinds = pl.DataFrame(
        {
            "at": range(EACH),
            "care_function": [CARE_FUNCTIONS[each % len(CARE_FUNCTIONS)] for each in range(EACH)],
            "day_part": [DAY_PARTS[each % len(DAY_PARTS)] for each in range(EACH)],
            "performer": PERFORMERS,
            "payer": ["wlz"] * 12 + ["none", "none", "resident"],
        }
    )
    lines = who.join(kinds, how="cross").with_columns(
        agreement_id=pl.format("{}-{}", "resident_id", "at"),
        level=pl.lit("3"),
        milliminutes=at * 100_000 + 300_000,
        cost_cents=pl.when(pl.col("performer") == "staff").then(at * 1_000 + 2_500).otherwise(0),
    )
    parts = pl.DataFrame({"component": COMPONENTS, "price_cents": [4_090, 1_234, 652, 383, 913, 294]})
    components = who.join(parts, how="cross").with_columns(
        days=pl.lit(31, pl.Int64), cents=pl.col("price_cents") * 31, freed_cents=pl.lit(0, pl.Int64)
    )
    key = ["resident_id", "unit_id"]
    cost = pl.col("cost_cents")
    sums = lines.group_by(key).agg(
        care_cents=cost.filter(pl.col("payer") == "wlz").sum(),
        private_cents=cost.filter(pl.col("payer") == "resident").sum(),
        network_milliminutes=pl.col("milliminutes").filter(pl.col("performer").is_in(["network", "volunteer"])).sum(),
    )
    budgets = (
        sums.join(components.group_by(key).agg(stay_cents=pl.col("cents").sum()), on=key)
        .with_columns(
            held_days=31, present_days=31, paid_days=31, available_cents=500_000, outside_cents=0, freed_cents=0,
            required_cents=pl.col("care_cents") + pl.col("stay_cents"),
        )
        .with_columns(balance_cents=pl.col("available_cents") - pl.col("required_cents"))
    )  # fmt: skip
    bridge = pl.DataFrame(
        {"part": ["ledger_cost", "care", "stay"], "level": [None] * 3, "cents": [300, 100, 200]},
        schema_overrides={"level": pl.String},
    )
    tables = {
        "lines": lines.drop("at"), "resident_components": components, "resident_budgets": budgets, "bridge": bridge,
        "resident_network": who.with_columns(network_cost_cents=pl.lit(12_345, pl.Int64)),
    }  # fmt: skip

    def stream(name: str, frame: pl.DataFrame) -> pl.DataFrame:
        absent = [pl.lit(None, kind).alias(each) for each, kind in STREAMS[name].schema().items()]
        return frame.with_columns(each for each in absent if each.meta.output_name() not in frame.columns)

    units = who.select("unit_id").unique().with_columns(name=pl.format("Afdeling {}", "unit_id"))
    agreements = lines.select("agreement_id", description=pl.lit("Wassen en aankleden, met hulp"))
    return Basis(
        Period.parse("2026-01"), "Stichting Verzonnen", 1, tables, stream("units", units),
        stream("residents", who.select("resident_id")), agreements, SETTINGS, True,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--residents", type=int, default=2_000)
    residents = parser.parse_args().residents
    basis = made(residents)
    render_statement(next(statements(basis)), "nl")  # the first compiles the templates
    spent = {"data": 0.0, "JSON of it": 0.0, "page": 0.0}
    begin = time.perf_counter()
    size = count = 0
    mark = begin
    for data in statements(basis):
        now = time.perf_counter()
        spent["data"] += now - mark
        text = json.dumps(data)
        mark = time.perf_counter()
        spent["JSON of it"] += mark - now
        size += len(render_statement(json.loads(text), "nl"))
        count += 1
        now, mark = mark, time.perf_counter()
        spent["page"] += mark - now
    whole = time.perf_counter() - begin
    assert count == residents
    for step, seconds in spent.items():
        print(f"{step:<12} {seconds:7.2f} s   {count / seconds:9,.0f} a second")
    print(f"{'together':<12} {whole:7.2f} s   {count / whole:9,.0f} a second in one process")
    print(f"{size / count / 1000:.1f} kB a page, {EACH} agreements each")


if __name__ == "__main__":
    main()
