"""The input: rows as dictionaries, in whole numbers (cents, milliminutes, ten-thousandths), and the mappings."""

from __future__ import annotations

import csv
import datetime as dt
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import MAPPINGS, NORMS, SCALE, STREAMS, Table, Type
from ipvb_bridge.core.settings import MethodSettings
from tests.core.oracle.numbers import Stopped

Row = dict[str, Any]
Rows = list[Row]


@dataclass
class Organisation:
    """Everything a calculation reads. A table that is absent is empty."""

    settings: MethodSettings
    period: Period
    streams: dict[str, Rows] = field(default_factory=dict)
    mappings: dict[str, Rows] = field(default_factory=dict)
    norms: dict[str, Rows] = field(default_factory=dict)
    holidays: frozenset[dt.date] = frozenset()

    def rows(self, stream: str) -> Rows:
        return self.streams.get(stream, [])

    @property
    def direct_share(self) -> dict[str, Fraction]:
        return {str(level): Fraction(share) for level, share in self.settings.direct_share.items()}

    @property
    def window(self) -> Period:
        return self.settings.cost_price.window or self.period.window()


def holds(row: Row, day: dt.date) -> bool:
    """Whether a dated row is valid on a day; the last day is included, empty means open."""
    start, end = row.get("start_date"), row.get("end_date")
    return (start is None or start <= day) and (end is None or day <= end)


def every_day(span: Period) -> Iterable[dt.date]:
    return (span.start + dt.timedelta(days=index) for index in range(span.days))


def _value(kind: Type, text: str) -> Any:
    if kind in SCALE:
        scaled = Decimal(text).scaleb(SCALE[kind])
        assert scaled == int(scaled), text
        return int(scaled)
    if kind is Type.DATE:
        return dt.date.fromisoformat(text)
    if kind is Type.MOMENT:
        return dt.datetime.fromisoformat(text)
    if kind is Type.FLAG:
        return {"true": True, "false": False}[text]
    return text


def _read(path: Path, table: Table) -> Rows:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            {
                column.name: _value(column.type, raw[column.name]) if raw.get(column.name) else None
                for column in table.columns
            }
            for raw in csv.DictReader(file)
        ]


def read_folder(folder: Path, input_folder: str = "input") -> Organisation:
    """A folder of the worked example's layout."""
    settings = MethodSettings.model_validate(tomllib.loads((folder / "method.toml").read_text(encoding="utf-8")))
    assert settings.period is not None
    return Organisation(
        settings,
        settings.period,
        {name: _read(folder / input_folder / f"{name}.csv", table) for name, table in STREAMS.items()},
        {name: _read(folder / "mappings" / f"{name}.csv", table) for name, table in MAPPINGS.items()},
        {name: _read(folder / "norms" / f"{name}.csv", table) for name, table in NORMS.items()},
    )


def _last_day(month: str) -> dt.date:
    return Period.parse(month).end


def mapped_agreements(org: Organisation) -> Rows:
    """Agreements, with what the source leaves open filled from the supplement, then from the activity mapping."""
    result = []
    for row in org.rows("care_agreements"):
        full = dict(row)
        fillers = [
            extra for extra in org.mappings.get("agreements", [])
            if extra["agreement_id"] == row["agreement_id"] and holds(extra, row["start_date"])
        ] + [
            extra for extra in org.mappings.get("activities", [])
            if extra["activity_code"] == row["activity_code"] and holds(extra, row["start_date"])
        ]  # fmt: skip
        for extra in fillers:
            for name, value in extra.items():
                if name in full and name not in ("start_date", "end_date") and full[name] is None:
                    full[name] = value
        result.append(full)
    return result


def _translated(org: Organisation, stream: str, column: str, mapping: str, day_of: str) -> Rows:
    result = []
    for row in org.rows(stream):
        moment = row[day_of]
        day = moment.date() if isinstance(moment, dt.datetime) else moment
        codes = {
            extra["code"]: extra[column] for extra in org.mappings.get(mapping, []) if holds(extra, day)
        }  # fmt: skip
        result.append({**row, column: codes.get(row[column], row[column])})
    return result


def mapped_indications(org: Organisation) -> Rows:
    return _translated(org, "indications", "delivery_form", "delivery_forms", "start_date")


def mapped_hours(org: Organisation) -> Rows:
    return _translated(org, "hours", "kind", "hour_kinds", "start")


def mapped_contracts(org: Organisation) -> Rows:
    """Contracts; the level is the contract's own, else mapped from its function."""
    result = []
    for row in org.rows("contracts"):
        level = row["level"]
        for extra in org.mappings.get("functions", []):
            if level is None and extra["function"] == row["function"] and holds(extra, row["start_date"]):
                level = extra["level"]
        result.append({**row, "level": level})
    return result


def cost_lines(org: Organisation, span: Period) -> Rows:
    """Ledger lines of cost in the months of ``span``, with ``category`` and ``pool``.

    Raises ``Stopped`` for an unmapped account or cost centre, or cost on a centre without a pool.
    """
    result = []
    for row in org.rows("ledger_lines"):
        if row["period"] not in span.months():
            continue
        day = _last_day(row["period"])
        categories = [
            extra["category"] for extra in org.mappings.get("accounts", [])
            if extra["account_from"] <= row["account_id"] <= extra["account_to"] and holds(extra, day)
        ]  # fmt: skip
        pools = [
            extra["pool"] for extra in org.mappings.get("cost_centres", [])
            if extra["cost_centre_id"] == row["cost_centre_id"] and holds(extra, day)
        ]  # fmt: skip
        if not categories:
            raise Stopped(f"unmapped account {row['account_id']}")
        if not pools:
            raise Stopped(f"unmapped cost centre {row['cost_centre_id']}")
        (category,), (pool,) = categories, pools
        if category in ("revenue", "excluded"):
            continue
        if pool == "none":
            raise Stopped(f"cost on a centre without a pool {row['cost_centre_id']}")
        result.append({**row, "category": category, "pool": pool})
    return result
