"""The resident's statement as data: whole numbers and text, so that it can be signed first and rendered afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from ipvb_bridge.core.budget import RESIDENT_BUDGET_COLUMNS
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.places import place, places
from ipvb_bridge.core.records import DAY_PARTS
from ipvb_bridge.core.settings import MethodSettings

Row = Mapping[str, Any]
BRIDGE_PARTS = ("care", "stay", "private", "outside", "unabsorbed", "price_difference")
"""The steps from the ledger's cost to the budgets, in the order of the page."""

_KEY = ("unit_id", "resident_id")
_LINE = (
    "agreement_id", "care_function", "description", "day_part", "level", "performer", "payer", "milliminutes",
    "cost_cents",
)  # fmt: skip
_COMPONENT = ("component", "days", "price_cents", "cents", "freed_cents")


@dataclass(frozen=True, slots=True)
class Basis:
    """What statements are made of.

    ``tables``: the result tables of one calculation, ``number`` its version; ``units``, ``residents`` and
    ``agreements`` the streams that it read (agreements give the lines their description); ``fictional``: a tariff
    row says that it is.
    """

    period: Period
    organisation: str
    number: int
    tables: Mapping[str, pl.DataFrame]
    units: pl.DataFrame
    residents: pl.DataFrame
    agreements: pl.DataFrame
    settings: MethodSettings
    fictional: bool


def statement_data(basis: Basis, resident_id: str, unit_id: str) -> dict[str, Any] | None:
    """The statement of one resident in one unit, as :func:`statements` gives it; None when there is no such budget."""
    one = (pl.col("resident_id") == resident_id, pl.col("unit_id") == unit_id)
    return next(statements(basis, *one), None)


def statements(basis: Basis, *which: pl.Expr) -> Iterator[dict[str, Any]]:
    """One statement after another, a resident and unit each, sorted by unit and resident; for JSON.

    Euros are cents, time milliminutes. Beside the budget row's columns: ``lines`` and ``components`` with what they
    are the sum of; ``fixed_cents``, ``free_cents`` and ``other_cents``, which divide ``required_cents`` (settings
    budget.fixed and budget.free; what is in both is fixed); ``without``, the components that the resident's delivery
    form does not get; ``bridge``, the organisation's, of which the steps add
    up to the first, empty for a period that has none; ``elsewhere``, the other units of a resident who moved.
    ``which`` chooses rows of resident_budgets. The tables are read through once, whatever the number of residents.
    """
    tables, known = basis.tables, places(basis.units)
    people = {row["resident_id"]: row for row in basis.residents.iter_rows(named=True)}
    budgets = tables["resident_budgets"]
    chosen = budgets.filter(*which).sort(_KEY) if which else budgets.sort(_KEY)
    network = tables["resident_network"].select(*_KEY, "network_cost_cents")
    chosen = chosen.join(network, on=_KEY, how="left", maintain_order="left")
    served = (
        budgets.filter(budgets.select("resident_id").is_duplicated()).select("resident_id", "unit_id").sort("unit_id")
    )
    moved: dict[str, list[str]] = {}
    for resident_id, unit_id in served.iter_rows():
        moved.setdefault(resident_id, []).append(unit_id)
    lines = _grouped(_lines(basis, chosen), _LINE)
    components = _grouped(_components(basis, chosen), _COMPONENT)
    common = {
        "kind": "resident_statement",
        "period": str(basis.period),
        "start_date": basis.period.start.isoformat(),
        "end_date": basis.period.end.isoformat(),
        "calculation": basis.number,
        "organisation": basis.organisation,
        "fictional_tariffs": basis.fictional,
    }
    bridge = bridge_parts(tables["bridge"])
    for row in chosen.iter_rows(named=True):
        key = (row["unit_id"], row["resident_id"])
        person, where = people.get(row["resident_id"], {}), place(known, row["unit_id"])
        own, stay = lines.of(key), components.of(key)
        yield {
            **common,
            "resident_id": row["resident_id"],
            "name": person.get("name"),
            "unit_id": row["unit_id"],
            "unit_name": where.name,
            "location_name": where.location,
            "elsewhere": [
                {"unit_id": other, "unit_name": place(known, other).name}
                for other in moved.get(row["resident_id"], ())
                if other != row["unit_id"]
            ],
            **{name: row[name] for name in RESIDENT_BUDGET_COLUMNS[2:]},
            "network_cost_cents": row["network_cost_cents"] or 0,
            **_divided(row["required_cents"], own, stay, basis.settings),
            "lines": own,
            "components": stay,
            "without": _without(row, stay, basis.settings),
            "bridge": bridge,
        }


def bridge_parts(bridge: pl.DataFrame) -> list[dict[str, Any]]:
    """The result table ``bridge`` as parts with cents: the ledger's cost first, then the steps that add up to it."""
    sums = dict(bridge.group_by("part").agg(pl.col("cents").sum()).iter_rows())
    return [{"part": part, "cents": sums[part]} for part in ("ledger_cost", *BRIDGE_PARTS) if part in sums]


def _lines(basis: Basis, chosen: pl.DataFrame) -> pl.DataFrame:
    texts = basis.agreements.select("agreement_id", "description").unique("agreement_id", keep="any")
    place_of = {part: at for at, part in enumerate(DAY_PARTS)}
    return (
        basis.tables["lines"]
        .lazy()
        .join(chosen.lazy().select(_KEY), on=_KEY, how="semi")
        .join(texts.lazy(), on="agreement_id", how="left")
        .sort(
            *_KEY, pl.col("day_part").replace_strict(place_of, default=len(place_of)), "care_function", "agreement_id"
        )
        .select(*_KEY, *_LINE)
        .collect()
    )


def _components(basis: Basis, chosen: pl.DataFrame) -> pl.DataFrame:
    place_of = {name: at for at, name in enumerate(basis.settings.cost_price.components)}
    return (
        basis.tables["resident_components"]
        .lazy()
        .join(chosen.lazy().select(_KEY), on=_KEY, how="semi")
        .sort(
            *_KEY,
            pl.col("component").replace_strict(place_of, default=len(place_of), return_dtype=pl.Int64),
            "component",
        )
        .select(*_KEY, *_COMPONENT)
        .collect()
    )


class _Grouped:
    """Rows sorted by unit and resident, handed over a resident at a time to who asks in that same order."""

    def __init__(self, groups: Iterator[tuple[tuple[str, str], list[dict[str, Any]]]]) -> None:
        self._groups = groups
        self._next = next(groups, None)

    def of(self, key: tuple[str, str]) -> list[dict[str, Any]]:
        while self._next is not None and self._next[0] < key:
            self._next = next(self._groups, None)
        return self._next[1] if self._next is not None and self._next[0] == key else []


def _grouped(frame: pl.DataFrame, columns: Sequence[str]) -> _Grouped:
    rows = frame.iter_rows()
    return _Grouped(
        (key, [dict(zip(columns, row[2:], strict=True)) for row in own])
        for key, own in itertools.groupby(rows, lambda row: (row[0], row[1]))
    )


def _without(row: Row, stay: Sequence[Row], settings: MethodSettings) -> list[str]:
    """The components never charged to who did have days for them: those that the delivery form does not get."""
    charged = {part["component"] for part in stay}
    return [
        name
        for name, when in settings.cost_price.components.items()
        if name not in charged and (row["held_days"] if when == "held" else row["present_days"])
    ]


def _divided(
    required: int, lines: Sequence[Row], components: Sequence[Row], settings: MethodSettings
) -> dict[str, int | list[str]]:
    """The fixed and the free part of what is required, and what is neither; the codes that make them up."""
    cost: dict[str, int] = {}
    for line in lines:
        if line["performer"] == "staff" and line["payer"] == "wlz":
            cost[line["care_function"]] = cost.get(line["care_function"], 0) + line["cost_cents"]
    for component in components:
        cost[component["component"]] = cost.get(component["component"], 0) + component["cents"]
    fixed = [code for code in cost if code in settings.budget.fixed]
    free = [code for code in cost if code in settings.budget.free and code not in fixed]
    fixed_cents, free_cents = (sum(cost[code] for code in codes) for codes in (fixed, free))
    return {
        "fixed": fixed,
        "free": free,
        "fixed_cents": fixed_cents,
        "free_cents": free_cents,
        "other_cents": required - fixed_cents - free_cents,
    }
