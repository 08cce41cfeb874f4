"""What a delivery is complete for, as a condition on the current rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from ipvb_bridge.base.errors import RunError
from ipvb_bridge.core.records import Table, Type
from ipvb_bridge.plugin.adapter import Mode, Scope
from ipvb_bridge.store import messages
from ipvb_bridge.store.tables import current

_HOME = ZoneInfo("Europe/Amsterdam")
_TEXT = (Type.TEXT, Type.MONTH)


def covers_nothing(mode: Mode, scopes: Sequence[Scope]) -> bool:
    """True when absence from the delivery says nothing: changes, or a period that names no months."""
    return not scopes and mode != "snapshot"


def condition(table: Table, scopes: Sequence[Scope], connection: str) -> sa.ColumnElement[bool]:
    """The rows that lie in the union of the scopes; without scopes, all.

    Raises ``RunError`` when a scope names months or columns that the stream does not have.
    """
    if not scopes:
        return sa.true()
    return sa.or_(*(_one(table, scope, connection) for scope in scopes))


def _one(table: Table, scope: Scope, connection: str) -> sa.ColumnElement[bool]:
    rows = current[table.name]
    wanted: list[sa.ColumnElement[bool]] = [sa.true()]
    for name, value in scope.equals.items():
        if name not in table.names or table.column(name).type not in _TEXT:
            raise RunError(messages.NO_PERIOD, seen=name, stream=table.name, connection=connection)
        wanted.append(rows.c[name] == value)
    if scope.first is None and scope.last is None:
        return sa.and_(*wanted)
    if not table.period_column:
        raise RunError(messages.NO_PERIOD, seen="month", stream=table.name, connection=connection)
    column, kind = rows.c[table.period_column], table.column(table.period_column).type
    if scope.first is not None:
        wanted.append(column >= _first_of(scope.first, kind))
    if scope.last is not None:
        wanted.append(column < _first_of(_after(scope.last), kind))
    return sa.and_(*wanted)


def _after(month: str) -> str:
    number = int(month[:4]) * 12 + int(month[5:7])
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def _first_of(month: str, kind: Type) -> Any:
    """The beginning of a month as a column of that type stores it; months begin at midnight in Amsterdam."""
    if kind is Type.MONTH:
        return month
    day = dt.date(int(month[:4]), int(month[5:7]), 1)
    if kind is Type.DATE:
        return day
    return int(dt.datetime.combine(day, dt.time(), _HOME).timestamp()) * 1_000_000
