"""Settings, and the organisation as a whole."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from random import Random

from hypothesis import strategies as st

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import LEVELS, STREAMS
from ipvb_bridge.core.settings import MethodSettings
from tests.core.oracle import Organisation
from tests.core.strategies import care, money, work
from tests.core.strategies.draws import Draw, Row, chance, number, pick, row, some

SUPPORT = ("facility", "management", "training")

COMPONENTS = ("cleaning", "housing", "laundry", "meals")

PERIODS = (
    "2026-01",
    "2025-10",
    "2026-03",
    "2024-02",
    "2025-12-01..2026-01-31",
    "2025-02-01..2025-04-30",
    "2025-12-17..2026-01-09",
    "2025-11",
    "2025-09-15..2025-11-16",
    "2026-03-28..2026-03-29",
    "2026-02-11..2026-02-11",
    "2023-11-15..2024-03-03",
    "2025-01-01..2025-12-31",
)

CLOCKS = (
    {"morning": "07:00-12:00", "afternoon": "12:00-17:00", "evening": "17:00-23:00", "night": "23:00-07:00"},
    {"morning": "06:30-11:45", "afternoon": "11:45-18:00", "evening": "18:00-00:00", "night": "00:00-06:30"},
    {"morning": "07:00-12:00", "afternoon": "12:00-16:30", "evening": "16:30-01:00", "night": "01:00-07:00"},
    {"morning": "06:00-12:00", "afternoon": "12:00-17:00", "evening": "17:00-02:30", "night": "02:30-06:00"},
)


def method(draw: Draw, period: Period, window: Period | None, levels: list[str]) -> MethodSettings:
    support = some(draw, SUPPORT, 0, 3)
    components = tuple(some(draw, COMPONENTS, 0, 3))
    mix = levels[:3]
    shares = {1: ["1"], 2: ["0.35", "0.65"], 3: ["0.3333", "0.4167", "0.25"]}[len(mix)]
    return MethodSettings.model_validate(
        {
            "period": period,
            "day_parts": pick(draw, *CLOCKS),
            "cost_price": {
                "window": window,
                "allocation": pick(draw, "reciprocal", "step_down", "direct"),
                "step_order": support,
                "day_part_pricing": pick(draw, "uniform", "irregularity"),
                "pools": {**dict.fromkeys(support, "support"), **dict.fromkeys(("care", *components), "final")},
                "components": {name: pick(draw, "held", "present") for name in components},
                "without": {
                    form: [name for name in components if chance(draw, 2)]
                    for form in ("vpt", "mpt", "pgb")
                    if chance(draw, 2)
                },
            },
            "direct_share": {
                level: pick(draw, Decimal("0.8"), Decimal("0.75"), Decimal("0.3333"), Decimal(1)) for level in LEVELS
            },
            "gink_mix": dict(zip(mix, map(Decimal, shares), strict=True)) if chance(draw, 2) else {},
            "budget": {"contract_percentage": pick(draw, Decimal("0.96"), Decimal(1), Decimal("0.9555"))},
            "formation": {
                "gross_year": 1878,
                "net_year": pick(draw, Decimal(1440), Decimal("1400.5")),
                "attribution": pick(draw, "by_overlap", "by_start"),
            },
        }
    )


def organisation(draw: Draw) -> Organisation:
    """A small organisation; levels of lines and of the GINK mix nearly always have client hours."""
    period = Period.parse(pick(draw, *PERIODS))
    months = Period(period.start.replace(day=1), Period.month(period.end.year, period.end.month).end)
    chosen = pick(draw, months, None, months.window(len(months.months()) + 2))
    window = chosen or period.window()
    levels = some(draw, LEVELS, 1, 3)
    settings = method(draw, period, chosen, levels)
    pools: dict[str, str] = {**settings.cost_price.pools}
    streams: dict[str, list[Row]] = {name: [] for name in STREAMS}
    streams["units"] = [
        row(STREAMS["units"], unit_id=unit, parent_id=parent, kind=kind, name=unit)
        for unit, parent, kind in (
            ("ORG", None, "organisation"),
            ("LOC1", "ORG", "location"),
            ("LOC2", "ORG", "location"),
            ("D1", "LOC1", "department"),
            ("D2", "LOC2", "department"),
        )
    ]
    supplements: list[Row] = []
    for index in range(number(draw, 1, 3)):
        resident, life = f"R{index}", pick(draw, "moves", "stays", "travels")
        steady = life != "moves"
        streams["residents"].append(
            row(STREAMS["residents"], resident_id=resident, client_group=pick(draw, "somatic", "pg", None))
        )
        streams["stays"] += care.stays(draw, period, resident, steady=steady)
        streams["absences"] += care.absences(draw, period, resident, travels=life == "travels")
        streams["indications"] += care.indications(draw, period, resident, steady=steady)
        streams["opt_outs"] += care.opt_outs(draw, period, resident, tuple(settings.cost_price.components))
        extra = [pick(draw, *LEVELS)] if chance(draw, 12) else []
        agreements, filled = care.agreements(draw, period, resident, levels + extra)
        streams["care_agreements"] += agreements
        supplements += filled
    streams["contracts"], streams["hours"], streams["wages"] = work.people(draw, period, window, levels)
    streams["ledger_lines"] = money.ledger(draw, period, window, pools)
    streams["accounts"] = [row(STREAMS["accounts"], account_id=key) for key in money.ACCOUNTS.values()]
    streams["cost_centres"] = [row(STREAMS["cost_centres"], cost_centre_id=f"K-{pool}") for pool in pools]
    worked_on = [shift["start"].date() for shift in streams["hours"]]
    holidays = frozenset({dt.date(2025, 12, 25), dt.date(2026, 1, 1), pick(draw, *worked_on)})
    return Organisation(
        settings,
        period,
        streams,
        money.mappings(supplements, pools),
        {
            "drivers": money.drivers(draw, pools),
            "tariffs": care.tariffs(draw, period, streams["indications"]),
            "minimum_cover": care.cover(draw, streams["care_agreements"]),
            "ort": work.ort() if settings.cost_price.day_part_pricing == "irregularity" else [],
        },
        holidays,
    )


@st.composite
def shrinking(draw: Draw) -> Organisation:
    return organisation(draw)


def seeded(seed: int) -> Organisation:
    return organisation(Random(seed))


organisations = st.one_of(shrinking(), st.integers(0, 2**63).map(seeded), st.integers(0, 2**63).map(seeded))
"""One in three shrinks when it fails; the others are spread wider than hypothesis spreads its own choices."""
