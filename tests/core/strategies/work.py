"""People: contracts, shifts over midnight and over both clock changes, payroll cost, and the ORT table."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import NORMS, STREAMS
from tests.core.strategies.draws import DAY, UNITS, Draw, Row, chance, number, pick, row

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

ORT = (
    (
        None,
        dt.date(2025, 12, 31),
        "weekday",
        (("00:00", "06:00", 44), ("06:00", "07:00", 22), ("20:00", "22:00", 22), ("22:00", "24:00", 44)),
    ),
    (
        None,
        dt.date(2025, 12, 31),
        "saturday",
        (("00:00", "06:00", 49), ("06:00", "08:00", 38), ("12:00", "22:00", 38), ("22:00", "24:00", 49)),
    ),
    (None, None, "sunday_holiday", (("00:00", "24:00", 60),)),
    (
        dt.date(2026, 1, 1),
        None,
        "weekday",
        (("00:00", "06:00", 47), ("06:00", "07:00", 22), ("20:00", "22:00", 22), ("22:00", "24:00", 97)),
    ),
    (
        dt.date(2026, 1, 1),
        None,
        "saturday",
        (("00:00", "06:00", 52), ("06:00", "08:00", 38), ("12:00", "22:00", 38), ("22:00", "24:00", 52)),
    ),
)


def last_sunday(year: int, month: int) -> dt.date:
    last = Period.month(year, month).end
    return last - (last.isoweekday() % 7) * DAY


def days_of_shifts(draw: Draw, period: Period, window: Period) -> dt.date:
    """A day of the window: often of the period, often a day on which the clock changes."""
    span = period if chance(draw, 2) else window
    changes = [
        day
        for year in (2024, 2025, 2026)
        for day in (last_sunday(year, 3), last_sunday(year, 10))
        if window.start <= day <= window.end
    ]
    if changes and chance(draw, 4):
        return pick(draw, *changes) - number(draw, 0, 1) * DAY  # type: ignore[no-any-return]  # a date
    return max(window.start, min(window.end, span.start + number(draw, 0, span.days - 1) * DAY))


def shift(draw: Draw, key: str, contract: str, day: dt.date, *, correction: bool = False) -> Row:
    hour, minute = number(draw, 0, 23), pick(draw, 0, 0, 15, 30, 37)
    second = pick(draw, 0, 0, 0, 20)
    local = dt.datetime(day.year, day.month, day.day, hour, minute, second, tzinfo=AMSTERDAM, fold=number(draw, 0, 1))
    start = local.astimezone(dt.UTC)
    elapsed = pick(draw, 480, 240, 510) if chance(draw, 2) else number(draw, 1, 900)
    paid = pick(draw, elapsed * 1000, max(elapsed - 30, 1) * 1000, elapsed * 997 + 1)
    return row(
        STREAMS["hours"],
        hours_id=key,
        contract_id=contract,
        unit_id=pick(draw, *UNITS),
        kind="worked",
        start=start,
        end=start + dt.timedelta(minutes=0 if chance(draw, 25) else elapsed),
        paid_minutes=-(paid // 50) if correction else paid,
    )


def people(draw: Draw, period: Period, window: Period, levels: list[str]) -> tuple[list[Row], list[Row], list[Row]]:
    """Contracts, hours and wages: each level of ``levels`` has a client-facing payroll contract that worked."""
    contracts: list[Row] = []
    hours: list[Row] = []
    wages: list[Row] = []
    months = window.months()

    def contract(level: str | None, employment: str, *, client_facing: bool) -> str:
        key = f"C{len(contracts) + 1}"
        named = level is not None and chance(draw, 2)
        contracts.append(
            row(
                STREAMS["contracts"],
                contract_id=key,
                function=f"F{level}" if named else None,
                level=None if named else level,
                unit_id="D1",
                employment=employment,
                client_facing=client_facing,
                start_date=dt.date(2020, 1, 1),
            )
        )
        return key

    def work(key: str, *, plain: bool) -> None:
        worked = shift(
            draw,
            f"H{len(hours) + 1}",
            key,
            days_of_shifts(draw, period, window),
            correction=not plain and chance(draw, 8),
        )
        if not plain and chance(draw, 4):
            worked["level"] = pick(draw, *levels)
        if not plain and chance(draw, 6):
            worked["kind"] = pick(draw, "leave", "sick", "on_call", "GEWERKT")
        hours.append(worked)

    def pay(key: str, component: str, amount: int, month: str) -> None:
        wages.append(
            row(
                STREAMS["wages"],
                wage_id=f"W{len(wages) + 1}",
                contract_id=key,
                component=component,
                relates_to=month,
                paid_in=month,
                amount=amount,
            )
        )

    for level in levels:
        key = contract(level, "payroll", client_facing=True)
        work(key, plain=True)
        pay(key, "gross", number(draw, 100_000, 400_000), pick(draw, *months))
        if chance(draw, 2):
            pay(key, "irregularity", number(draw, 1, 60_000), pick(draw, *months))
    for _ in range(number(draw, 0, 4)):
        client_facing = not chance(draw, 5)
        key = contract(
            pick(draw, *levels) if client_facing or chance(draw, 2) else None,
            pick(draw, "payroll", "hired", "hired", "trainee", "intern", "volunteer"),
            client_facing=client_facing,
        )
        if chance(draw, 10):
            key = "C99"  # a contract that payroll did not deliver
        for _ in range(number(draw, 0, 3)):
            work(key, plain=False)
        for _ in range(number(draw, 0, 2)):
            before = (window.start - DAY).strftime("%Y-%m")
            pay(
                key,
                pick(draw, "gross", "irregularity", "employer_charges", "other"),
                number(draw, -20_000, 200_000),
                pick(draw, *months, before),
            )
    return contracts, hours, wages


def ort() -> list[Row]:
    """Shaped like the CAO's tables; the night of 2026 is raised, so that the change of year shows in a price."""
    return [
        {
            **row(
                NORMS["ort"], start_date=first, end_date=last, day_kind=kind, to=until, percentage=percentage * 10_000
            ),
            "from": since,
        }
        for first, last, kind, rows in ORT
        for since, until, percentage in rows
    ]
