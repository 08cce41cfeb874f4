"""What a plan would change, for people: each item with the figures that moved, in euros and hours."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipvb_bridge.core.periods import Period
from ipvb_bridge.store import outbox, plans
from ipvb_bridge.store.database import Store

if TYPE_CHECKING:
    import polars as pl

_LABELS = ("agreement_id", "weekday", "care_function", "day_part", "level", "performer", "payer")
_HEADLINES = {
    "resident_statement": ("available_cents", "required_cents", "balance_cents"),
    "monthly_conversation": ("due",),
}
_ABOUT = ("kind", "period", "resident_id", "unit_id", "subject")


@dataclass(frozen=True, slots=True)
class Change:
    """An item of a plan: ``data`` as it would be written, ``moved``: figure -> before and after, for changed ones."""

    position: int
    action: str
    target: str
    connection: str
    kind: str
    subject: str
    unit_id: str | None
    location: str | None
    key: str
    digest: str
    data: Mapping[str, Any]
    moved: Mapping[str, tuple[Any, Any]]

    def line(self) -> str:
        """The item in one line: what moved, or what it says at most."""
        where = f"{self.subject} {self.unit_id}" if self.unit_id not in (None, self.subject) else self.subject
        if self.action == "changed":
            said = [
                f"{_name(name)} {_shown(name, old)} -> {_shown(name, new)}" for name, (old, new) in _few(self.moved)
            ]
            more = len(self.moved) - len(said)
            return f"{where}: {', '.join(said)}" + (f" and {more} more" if more else "")
        if self.action == "withdrawn":
            return f"{where}: no longer asked for"
        names = _HEADLINES.get(self.kind, ())
        said = [f"{_name(name)} {_shown(name, self.data[name])}" for name in names if name in self.data]
        if self.kind == "care_today":
            said = [f"{sum(len(part['items']) for part in self.data['day_parts'])} agreements"]
        if self.kind == "roster":
            said = [f"{len(self.data['rows'])} rows, required {_hours_a_week(self.data['rows'])} hours a week"]
        return f"{where}: {', '.join(said)}" if said else where


def changes(store: Store, plan: plans.Plan, items: pl.DataFrame) -> Iterator[Change]:
    """Each item of a plan, in its order. What moved is told against what stands in the other systems."""
    kinds = sorted(items["kind"].unique())
    known = outbox.last_confirmed(store, str(Period.parse(plan.period)), kinds)
    before = {
        (connection, key): data for connection, key, data in known.select("connection", "key", "data").iter_rows()
    }
    for row in items.iter_rows(named=True):
        data = json.loads(row["data"])
        old = before.get((row["connection"], row["key"])) if row["action"] == "changed" else None
        moved = _moved(json.loads(old), data) if old is not None else {}
        yield Change(
            row["position"], row["action"], row["target"], row["connection"], row["kind"], row["subject"],
            row["unit_id"], row["location"], row["key"], row["digest"], data, moved,
        )  # fmt: skip


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    old, new = dict(_flat(before)), dict(_flat(after))
    names = [*new, *(name for name in old if name not in new)]
    return {name: (old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)}


def _flat(data: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, Any]]:
    """Figures by name; the rows of a list go by their labels, so that a row more does not shift the others."""
    for name, value in data.items():
        if isinstance(value, list):
            for each in value:
                label = " ".join(str(each[part]) for part in _LABELS if each.get(part) is not None)
                rest = {part: figure for part, figure in each.items() if part not in _LABELS}
                yield from _flat(rest, f"{under}{label} ")
        elif under or name not in _ABOUT:
            yield under + name, value


def _few(moved: Mapping[str, tuple[Any, Any]], most: int = 4) -> list[tuple[str, tuple[Any, Any]]]:
    # The totals stand without a space in their name; they say more than single lines.
    return sorted(moved.items(), key=lambda each: " " in each[0])[:most]


def _name(name: str) -> str:
    for end in ("_cents", "_milliminutes", "_millionths"):
        name = name.removesuffix(end)
    return name.replace("milliminutes", "time").replace("_", " ")


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "-"
    if name.endswith("_cents"):
        return f"{'-' if value < 0 else ''}€ {abs(value) // 100:,}.{abs(value) % 100:02d}"
    if name.endswith(" times"):
        return f"{value / 10**4:g}"
    if name.endswith("milliminutes"):
        return f"{value // 60_000}:{value % 60_000 // 1000:02d} h"
    if name.endswith("_millionths"):
        return f"{value / 10**6:.2f}"
    return str(value)


def _hours_a_week(rows: list[dict[str, Any]]) -> str:
    return f"{sum(row['required_hours_millionths'] for row in rows) / 10**6:.2f}"
