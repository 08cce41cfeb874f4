"""The tables of virtual budgets that no source delivers: the catalogue, what residents chose, and the conversions."""

from __future__ import annotations

from ipvb_bridge.core.records import Column, Table, Type

_SPAN = (
    Column("start_date", Type.DATE, "first day; empty: always", nullable=True),
    Column("end_date", Type.DATE, "last day included; empty: open", nullable=True),
)
_DATED = frozenset({"start_date", "end_date"})
_SPANS = (("start_date", "end_date"),)

CATALOGUE = Table(
    "virtual_catalogue",
    "Services that a resident can choose, and arrangements (bundles of them), with their price",
    ("service_id", "start_date"),
    (
        Column("service_id", Type.TEXT, "the service or arrangement"),
        Column("name", Type.TEXT, "as a resident reads it"),
        Column("price", Type.MONEY, "euros for one time", low=0),
        Column("minutes", Type.MINUTES, "minutes for one time; empty: converted from the price", nullable=True, low=0),
        Column("points", Type.COUNT, "points for one time; empty: converted from the price", nullable=True, low=0),
        Column("most", Type.COUNT, "at most so many times a period; empty: no limit", nullable=True, low=0),
        Column("contains", Type.TEXT, "services in an arrangement, with spaces between", nullable=True),
        *_SPAN,
    ),
    optional=_DATED | {"minutes", "points", "most", "contains"},
    not_before=_SPANS,
)
CHOICES = Table(
    "virtual_choices",
    "What residents chose: planned (a commitment) or delivered (spent)",
    ("choice_id",),
    (
        Column("choice_id", Type.TEXT, "the choice"),
        Column("resident_id", Type.TEXT, "the resident", personal="pseudonymous"),
        Column("service_id", Type.TEXT, "a service or arrangement of the catalogue"),
        Column("date", Type.DATE, "the day"),
        Column("times", Type.COUNT, "how many times", low=0, high=1000),
        Column("state", Type.TEXT, "planned or delivered", values=("planned", "delivered")),
    ),
)
RATES = Table(
    "virtual_rates",
    "What one hour or one point stands for, from a day on",
    ("unit", "start_date"),
    (
        Column("unit", Type.TEXT, "hour or point", values=("hour", "point")),
        Column("euros", Type.MONEY, "euros for one", low=0),
        *_SPAN,
    ),
    optional=_DATED,
    not_before=_SPANS,
)
TABLES = (CATALOGUE, CHOICES, RATES)
