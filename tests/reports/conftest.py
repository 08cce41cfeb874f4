"""The worked example as result tables, as a calculation hands them to the report."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from ipvb_bridge.core import findings
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.core.validation import check

ROOT = Path(__file__).resolve().parents[2]
PERIOD = Period.parse("2026-01")


def stream(folder: Path, name: str) -> pl.DataFrame:
    return check(STREAMS[name], pl.read_csv(folder / f"{name}.csv", infer_schema=False)).rows.drop("_position")


@pytest.fixture(scope="session")
def expected() -> dict:
    return json.loads((ROOT / "tests/core/example/expected.json").read_text())


@pytest.fixture
def tables(expected: dict) -> dict[str, pl.DataFrame]:
    made = {name: pl.DataFrame(expected[name]) for name in ("lines", "resident_budgets", "unit_budgets", "formation")}
    prices, bridge = expected["cost_prices"], expected["bridge"]
    rows = [
        ("level", level, None, prices["hourly_price_cents"][level], cost, prices["client_hours"][level])
        for level, cost in prices["cost_per_level"].items()
    ]
    rows += [
        ("component", name, None, cents, prices["final_pools"][name], 100.0)
        for name, cents in prices["day_price_cents"].items()
    ]
    rows.append(("gink", "gink", None, prices["gink_cents"], None, None))
    made["cost_prices"] = pl.DataFrame(
        rows, schema=["kind", "key", "day_part", "price_cents", "cost_cents", "units"], orient="row"
    )
    parts = [
        (kind, key, part, cents)
        for kind, key, _, _, cost, _ in rows[:-1]
        for part, cents in (("wages", cost // 2), ("support:management", cost - cost // 2))
    ]
    made["cost_breakdown"] = pl.DataFrame(parts, schema=["kind", "key", "part", "cents"], orient="row")
    steps = [
        (part, None, bridge[f"{part}_cents"])
        for part in ("ledger_cost", "care", "private", "outside", "stay", "price_difference")
    ]
    steps += [("unabsorbed", level, cents) for level, cents in bridge["unabsorbed_cents"].items()]
    made["bridge"] = pl.DataFrame(
        steps, schema={"part": pl.String, "level": pl.String, "cents": pl.Int64}, orient="row"
    )
    made["findings"] = findings.frame(
        [
            findings.Finding(
                "R04", "error", "Bewoner R4 heeft verblijf zonder indicatie.", "Vraag de indicatie op.", "D2", "R4"
            ),
            *(
                findings.Finding("R02", "warning", f"Verschil {n}", "Bekijk het rooster.", "D1", None, 1234 * n, 60_000)
                for n in range(1, 9)
            ),
        ]
    )
    made["completeness"] = pl.DataFrame(
        {
            "stream": ["care_agreements"] * 2,
            "column": ["payer", "level"],
            "rows": [15, 15],
            "read": [9, 15],
            "mapped": [3, 0],
            "supplemented": [1, 0],
            "missing": [2, 0],
        }
    )
    made["unmapped"] = pl.DataFrame(
        {"mapping": ["functions"], "code": ["Gastvrouw"], "rows": [3], "amount_cents": [None]}
    )
    return made


@pytest.fixture
def page_input(tables: dict[str, pl.DataFrame], example: Path) -> dict:
    import tomllib

    return {
        "period": PERIOD,
        "tables": tables,
        "units": stream(example / "input", "units"),
        "residents": stream(example / "input", "residents"),
        "settings": MethodSettings.model_validate(tomllib.loads((example / "method.toml").read_text())),
        "organisation": "Stichting Voorbeeld",
        "agreements": stream(example / "input", "care_agreements"),
        "tariffs": pl.read_csv(example / "norms" / "tariffs.csv", infer_schema=False),
        "held": pl.DataFrame(
            {
                "stream": ["care_agreements"],
                "position": ["care_agreements.csv:9"],
                "source_id": ["G08"],
                "column": ["level"],
                "code": ["D02"],
                "seen": ["9"],
            }
        ),
    }
