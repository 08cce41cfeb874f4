"""The worked example as result tables, as a calculation hands them to the report."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest

from ipvb_bridge.core import findings
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import STREAMS
from ipvb_bridge.core.settings import MethodSettings
from ipvb_bridge.core.statement import Basis, statements
from ipvb_bridge.core.validation import check
from tests.core.engines import frames
from tests.core.oracle import read_folder
from tests.core.price import tables as calculated

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


@pytest.fixture(scope="session")
def basis(example: Path) -> Basis:
    """The worked example, calculated by the program, as statements are made of it."""
    org = read_folder(example)
    streams = frames(STREAMS, org.streams)
    return Basis(
        org.period,
        "Stichting Voorbeeld",
        3,
        calculated(org),
        streams["units"],
        streams["residents"],
        streams["care_agreements"],
        org.settings,
        True,
    )


@pytest.fixture
def full(basis: Basis) -> dict:
    """A statement on which everything there is has its place: fifteen agreements, of each kind; moved, away, unpaid."""
    data = copy.deepcopy(next(statements(basis)))
    functions = ["personal_care", "nursing", "guidance", "guidance_group", "treatment", "domestic", "transport"]
    kinds = [("staff", "wlz", function) for function in functions]
    kinds += [(who, "none", "guidance") for who in ("network", "volunteer", "self", "network")]
    kinds += [("staff", "resident", "guidance"), ("staff", "none", "guidance"), ("staff", "resident", "domestic")]
    kinds += [("external", "resident", "guidance")]
    data["lines"] = [
        {
            "agreement_id": f"G{at}",
            "care_function": function,
            "description": f"Hulp bij wat met elkaar is afgesproken, {at}",
            "day_part": ("morning", "afternoon", "evening", "night")[at % 4],
            "level": "3",
            "performer": performer,
            "payer": payer,
            "milliminutes": 500_000 + 71_501 * at,
            "cost_cents": 100_000 + 7_777 * at if performer == "staff" else 0,
        }
        for at, (performer, payer, function) in enumerate(kinds)
    ]
    cost = dict.fromkeys(("wlz", "resident", "none"), 0)
    for line in data["lines"]:
        if line["performer"] == "staff":
            cost[line["payer"]] += line["cost_cents"]
    data["components"] = [
        {
            "component": name,
            "days": 31,
            "price_cents": 1_234,
            "cents": 38_254,
            "freed_cents": 38_254 * (name == "meals"),
        }
        for name in ("housing", "meals", "cleaning", "laundry", "utilities", "activities", "day_transport")
    ]
    stay = sum(each["cents"] for each in data["components"])
    required = cost["wlz"] + stay
    data |= {
        "care_cents": cost["wlz"], "private_cents": cost["resident"], "outside_cents": cost["none"],
        "stay_cents": stay, "freed_cents": 38_254, "required_cents": required, "balance_cents": 700_000 - required,
        "available_cents": 700_000, "held_days": 31, "present_days": 25, "paid_days": 24,
        "fixed": ["nursing", "housing", "cleaning", "utilities"], "free": ["guidance", "activities"],
        "fixed_cents": 300_000, "free_cents": 200_000, "other_cents": required - 500_000,
        "network_cost_cents": 123_456, "elsewhere": [{"unit_id": "D2", "unit_name": "Kleinschalig wonen"}],
    }  # fmt: skip
    return data


@pytest.fixture(scope="session")
def weasyprint() -> ModuleType:
    """The library of the extra `pdf`, with the system's pango under it."""
    try:
        import weasyprint as library
    except (ImportError, OSError) as error:
        pytest.skip(f"the extra pdf, or pango, is not on this machine: {str(error).splitlines()[0]}")
    return library
