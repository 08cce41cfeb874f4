"""What the tests of the comparison share: units in rows, and the instrument run over them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ipvb_bridge.core.instruments.contract import Made
from tests.core.instruments.given import run
from tests.core.oracle import Organisation
from tests.core.small import small

SETTINGS: dict[str, Any] = {
    "returns": "constant",
    "bandwidth": Decimal("0.1"),
    "inputs": ["x1", "x2"],
    "outputs": ["y"],
}
FLS = {
    "1": (5, 13, 12),
    "2": (16, 12, 14),
    "3": (16, 26, 25),
    "4": (17, 15, 26),
    "5": (18, 14, 8),
    "6": (23, 6, 9),
    "7": (25, 10, 27),
    "8": (27, 22, 30),
    "9": (37, 14, 31),
    "10": (42, 25, 26),
    "11": (5, 17, 12),
}
"""Data of Fried, Lovell and Schmidt (2008), as published with DataEnvelopmentAnalysis.jl: x1, x2, y."""


def long(units: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of instruments/comparison_units.csv; ``name`` among the measures is the unit's name, None is an empty cell.

    Amounts are plain numbers, in a frame ten-thousandths.
    """
    return [
        {
            "unit": unit,
            "name": measures.get("name"),
            "measure": measure,
            "amount": None if amount is None else int(Decimal(str(amount)) * 10_000),
        }
        for unit, measures in units.items()
        for measure, amount in measures.items()
        if measure != "name"
    ]


def wide(units: Mapping[str, tuple[Any, ...]], *measures: str) -> dict[str, dict[str, Any]]:
    """Units with their amounts by measure: x1, x2, y where no names are given."""
    names = measures or ("x1", "x2", "y")
    return {unit: dict(zip(names, amounts, strict=True)) for unit, amounts in units.items()}


def organisation(**chosen: Any) -> Organisation:
    """A small organisation with settings for the comparison; None takes a setting away."""
    chosen = {name: value for name, value in (SETTINGS | chosen).items() if value is not None}
    return small(method={"instruments": {"comparison": chosen}})


def compared(units: Mapping[str, Mapping[str, Any]], **chosen: Any) -> Made:
    """What the comparison makes of units."""
    return run("comparison", organisation(**chosen), own={"comparison_units": long(units)})


def column(made: Made, name: str, table: str = "comparison_scores") -> dict[str, Any]:
    """A column of a table by unit."""
    return dict(made.tables[table].select("unit", name).iter_rows())


def peers(made: Made, model: str = "technical") -> dict[str, dict[str, float]]:
    """The weight of each peer, by unit."""
    found: dict[str, dict[str, float]] = {}
    for unit, kind, peer, weight in (
        made.tables["comparison_peers"].select("unit", "model", "peer", "weight_score").iter_rows()
    ):
        if kind == model:
            found.setdefault(unit, {})[peer] = weight
    return found


def rules(made: Made) -> list[str]:
    """The codes of what it has to say, in order."""
    return made.findings["rule"].to_list()
