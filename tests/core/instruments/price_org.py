"""An organisation with round prices for the tests of the price instruments: two locations, own and hired, support.

Level 3: 60,000 own wages, 24,000 hired, 15,000 materials, 18,000 passed on: 117,000 cents for 7.5 hours: 15,600.
Level 2: 30,000 own wages, 10,000 materials, 12,000 passed on: 52,000 cents for 5 client hours: 10,400.
Housing: 21,000 and 10,000 passed on for 31 days: 1,000 a day. GINK, half and half: 13,000.
"""

from __future__ import annotations

import copy
from decimal import Decimal
from pathlib import Path
from typing import Any

from ipvb_bridge.reports.numbers import figures
from tests.core.oracle import Organisation
from tests.core.small import agreement, contract, driver, hours, posting, small, stream, wage

ROOT = Path(__file__).resolve().parents[3]

METHOD: dict[str, Any] = {
    "cost_price": {
        "pools": {"care": "final", "housing": "final", "meals": "final", "management": "support"},
        "components": {"housing": "held", "meals": "present"},
    },
    "direct_share": {"2": Decimal("0.5"), "3": Decimal("0.5")},
    "gink_mix": {"2": Decimal("0.5"), "3": Decimal("0.5")},
}

UNITS = [
    stream("units", unit_id="ORG", kind="organisation", name="Stichting"),
    stream("units", unit_id="L1", parent_id="ORG", kind="location", name="Linde"),
    stream("units", unit_id="L2", parent_id="ORG", kind="location", name="Eik"),
    stream("units", unit_id="D1", parent_id="L1", kind="department", name="Beneden"),
    stream("units", unit_id="D2", parent_id="L2", kind="department", name="Boven"),
]


def ledger(wages: int = 90_000, hired: int = 24_000, management: int = 40_000, month: str = "2026-01") -> list[Any]:
    """Ledger lines in cents: care wages, hired, materials 25,000, management, housing 21,000."""
    return [
        posting(f"{month}-1", "41", "K1", wages, month),
        posting(f"{month}-2", "42", "K1", hired, month),
        posting(f"{month}-3", "43", "K1", 25_000, month),
        posting(f"{month}-4", "41", "K4", management, month),
        posting(f"{month}-5", "43", "K2", 21_000, month),
    ]


def round_prices(method: dict[str, Any] | None = None, **changed: Any) -> Organisation:
    """The organisation; ``changed`` replaces whole streams, ``method`` whole sections."""
    given: dict[str, Any] = {
        "units": UNITS,
        "contracts": [
            contract("C1", "3", unit_id="D1"),
            contract("C2", "2", unit_id="D2"),
            contract("C3", "3", unit_id="D2", employment="hired"),
        ],
        "hours": [
            hours("H1", "C1", "2026-01-05T07:00+01:00", "2026-01-05T17:00+01:00", 600, unit_id="D1"),
            hours("H2", "C2", "2026-01-05T07:00+01:00", "2026-01-05T17:00+01:00", 600, unit_id="D2"),
            hours("H3", "C3", "2026-01-05T17:00+01:00", "2026-01-05T22:00+01:00", 300, unit_id="D2"),
        ],
        "wages": [wage("W1", "C1", 60_000, "2026-01"), wage("W2", "C2", 30_000, "2026-01")],
        "ledger_lines": ledger(),
        "drivers": [driver("management", "care", 3), driver("management", "housing", 1)],
        "care_agreements": [
            agreement("A1"),  # half an hour of level 3 each morning: 15.5 hours, 241,800 cents
            agreement("A2", level="2", day_part="evening", minutes=150_000),  # 7.75 hours, 80,600 cents
        ],
    }
    return small(method=copy.deepcopy(METHOD) | (method or {}), **(given | changed))


def documented(name: str) -> dict[str, list[str]]:
    """The rows of the worked example in docs/instrumenten/NAME.md, by their first cell; figures as text."""
    text = (ROOT / "docs" / "instrumenten" / f"{name}.md").read_text("utf-8").rpartition("**Voorbeeld.**")[2]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")]
    return {row[0]: row[1:] for row in rows[2:]}


def euros(*cents: int) -> list[str]:
    """Cents as a Dutch page writes them."""
    return [figures("nl").money(each) for each in cents]
