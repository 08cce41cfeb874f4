"""What organisations of a region bring together for the regional picture: counts a quarter, never persons."""

from __future__ import annotations

from ipvb_bridge.core.records import DELIVERY_FORMS, ZZP, Column, Table, Type

QUARTER = r"[0-9]{4}-Q[1-4]"
WAITING = ("1", "2", "3", "6", "7")
"""Codes of COD167 (iWlz) for who waits: actively, for a preference, as a precaution, urgent placement, placement."""
MEASURES = ("clients", "indications", "waiting", "budget")

_WHERE = (
    Column("organisation", Type.TEXT, "who delivers the count"),
    Column("region", Type.TEXT, "municipality or zorgkantoor region, as agreed"),
    Column("quarter", Type.TEXT, "calendar quarter", pattern=QUARTER, form="2026-Q1"),
)
_PLACE = ("organisation", "region", "quarter")
_ZZP = Column("zzp", Type.TEXT, "care profile", pattern=ZZP, form="5VV, 9bVV")

CLIENTS = Table(
    "region_clients",
    "Clients on the quarter's last day",
    (*_PLACE, "zzp", "delivery_form"),
    (
        *_WHERE,
        _ZZP,
        Column("delivery_form", Type.TEXT, "delivery form", values=DELIVERY_FORMS),
        Column("clients", Type.COUNT, "clients on the quarter's last day", low=0),
    ),
)
INDICATIONS = Table(
    "region_indications",
    "Indications issued in the quarter",
    (*_PLACE, "zzp"),
    (*_WHERE, _ZZP, Column("indications", Type.COUNT, "indications issued in the quarter", low=0)),
)
WAITING_LIST = Table(
    "region_waiting",
    "People waiting on the quarter's last day, by status and duration",
    (*_PLACE, "status", "weeks_from"),
    (
        *_WHERE,
        Column("status", Type.TEXT, "waiting status (COD167)", values=WAITING),
        Column("weeks_from", Type.COUNT, "waiting at least so many weeks", low=0),
        Column("weeks_to", Type.COUNT, "and fewer than so many; empty: no bound", nullable=True, low=1),
        Column("waiting", Type.COUNT, "people waiting", low=0),
    ),
    optional=frozenset({"weeks_to"}),
)
BUDGET = Table(
    "region_budget",
    "Production agreed with the zorgkantoor and realised, of the quarter",
    _PLACE,
    (
        *_WHERE,
        Column("agreed", Type.MONEY, "euros agreed", low=0),
        Column("realised", Type.MONEY, "euros realised", low=0),
    ),
)
BREAKS = Table(
    "region_breaks",
    "Breaks in a series: from this quarter the figure is registered otherwise",
    ("measure", "region", "quarter"),
    (
        Column("measure", Type.TEXT, "which figure", values=MEASURES),
        Column("region", Type.TEXT, "the region; empty: every region", nullable=True),
        Column("quarter", Type.TEXT, "the first quarter of the new way", pattern=QUARTER, form="2026-Q1"),
        Column("reason", Type.TEXT, "what changed"),
    ),
)
TABLES = (CLIENTS, INDICATIONS, WAITING_LIST, BUDGET, BREAKS)
