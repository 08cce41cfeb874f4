"""Formation: hours a week and FTE, cover, actual hours and the day of the week, against figures worked out by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipvb_bridge.base.errors import CalculationError
from ipvb_bridge.core.formation import FORMATION_COLUMNS, WEEKDAY_COLUMNS, formation, formation_weekdays
from ipvb_bridge.core.hours import by_day_part
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import DAY_PARTS, NORMS
from tests.core.frames import SETTINGS, norm, shuffled
from tests.core.small import date
from tests.core.strategies import row

WEEK = Period.parse("2026-01-05..2026-01-11")
JANUARY = Period.parse("2026-01")
HOUR = 60_000  # milliminutes
FTE = Fraction(1800, 36) / 1500  # 1/30
NO_COVER = norm("minimum_cover")
NO_DEMAND = pl.DataFrame(
    schema={
        "unit_id": pl.String,
        "day_part": pl.String,
        "level": pl.String,
        "milliminutes": pl.Int64,
        "cost_cents": pl.Int64,
    }
)
NO_HOURS = by_day_part(
    pl.DataFrame(
        schema={
            "unit_id": pl.String, "level": pl.String, "employment": pl.String, "start": pl.Datetime("us", "UTC"),
            "end": pl.Datetime("us", "UTC"), "day": pl.Date, "paid_minutes": pl.Int64,
        }
    ),
    SETTINGS,
)  # fmt: skip


def cells(*rows: tuple[str, str, str, int]) -> pl.DataFrame:
    return pl.DataFrame([(*values, 0) for values in rows], schema=NO_DEMAND.schema, orient="row")


def paid(*rows: tuple[str | None, int, str, str | None, int, int]) -> pl.DataFrame:
    """unit, weekday, day part, level, denominator, numerator."""
    full = [(unit, day, part, level, "payroll", bottom, top) for unit, day, part, level, bottom, top in rows]
    return pl.DataFrame(full, schema=NO_HOURS.schema, orient="row")


def cover(
    unit: str, day_part: str, level: str, persons: str, start: str | None = None, end: str | None = None
) -> dict[str, Any]:
    return row(
        NORMS["minimum_cover"], unit_id=unit, day_part=day_part, level=level, persons=int(Decimal(persons) * 10_000),
        start_date=start and date(start), end_date=end and date(end),
    )  # fmt: skip


def figures(table: pl.DataFrame) -> dict[tuple[str, str, str], tuple[float, ...]]:
    return {(unit, part, level): tuple(rest) for unit, part, level, *rest in table.iter_rows()}


def test_from_milliminutes_to_fte() -> None:
    """21 hours in a week at a direct share of 0.75 ask 28 hours, 28/30 FTE; in a month of 31 days 7/31 of that."""
    demand = cells(("D1", "morning", "3", 21 * HOUR))
    week = formation(demand, NO_HOURS, NO_COVER, SETTINGS, WEEK).rows
    assert week.columns == list(FORMATION_COLUMNS)
    assert figures(week) == {("D1", "morning", "3"): (21.0, 28.0, 0.933333, 0.0, 0.0)}
    month = formation(demand, NO_HOURS, NO_COVER, SETTINGS, JANUARY).rows
    assert figures(month) == {("D1", "morning", "3"): (4.741935, 6.322581, 0.210753, 0.0, 0.0)}


def test_cover_against_demand() -> None:
    """One carer all night is 56 hours a week: more than the demand asks, or less; half a carer is half of it."""
    norms = norm(
        "minimum_cover",
        cover("D1", "night", "3", "1"),
        cover("D2", "night", "3", "0.5"),
        cover("D3", "night", "2", "0"),
    )
    demand = cells(("D1", "night", "3", 60_000 * 30), ("D2", "night", "3", 60_000 * 30))
    found = figures(formation(demand, NO_HOURS, norms, SETTINGS, WEEK).rows)
    assert found == {
        ("D1", "night", "3"): (30.0, 56.0, 1.866667, 0.0, 0.0),
        ("D2", "night", "3"): (30.0, 40.0, 1.333333, 0.0, 0.0),
        ("D3", "night", "2"): (0.0, 0.0, 0.0, 0.0, 0.0),
    }


def test_dated_cover_is_that_of_the_last_day() -> None:
    """Rows that end before or start after the period's last day do not count; of two that do, the later one."""
    norms = norm(
        "minimum_cover",
        cover("D1", "night", "3", "3", "2025-01-01", "2026-01-30"),
        cover("D1", "night", "3", "1"),
        cover("D1", "night", "3", "2", "2026-01-31"),
        cover("D1", "night", "3", "4", "2026-02-01"),
    )
    found = figures(formation(NO_DEMAND, NO_HOURS, norms, SETTINGS, JANUARY).rows)
    assert found == {("D1", "night", "3"): (0.0, 112.0, 3.733333, 0.0, 0.0)}


def test_actual_hours_are_added_before_they_are_rounded() -> None:
    """Three thirds of an hour of three shifts are one hour; a third alone is 0.333333."""
    actual = paid(
        ("D1", 1, "morning", "3", 3, HOUR), ("D1", 2, "morning", "3", 3, HOUR), ("D1", 2, "morning", "3", 1, HOUR // 3),
        ("D1", 3, "night", "2", 3, HOUR),
    )  # fmt: skip
    found = figures(formation(NO_DEMAND, actual, NO_COVER, SETTINGS, WEEK).rows)
    assert found == {
        ("D1", "morning", "3"): (0.0, 0.0, 0.0, 1.0, 0.033333),
        ("D1", "night", "2"): (0.0, 0.0, 0.0, 0.333333, 0.011111),
    }


def test_hours_without_a_place_are_found() -> None:
    """Paid time without a unit or a level has no row here and is a finding with its time."""
    actual = paid((None, 1, "morning", "3", 2, 5000), ("D1", 1, "morning", None, 1, 700))
    found = formation(NO_DEMAND, actual, NO_COVER, SETTINGS, WEEK)
    assert found.rows.is_empty()
    assert found.findings.select("rule", "unit_id", "milliminutes").rows() == [("R05", None, 2500), ("R05", "D1", 700)]


def test_demand_without_a_direct_share_stops() -> None:
    """A level that method.toml gives no direct share cannot be turned into required hours; no demand needs none."""
    with pytest.raises(CalculationError) as stopped:
        formation(cells(("D1", "morning", "7", 1)), NO_HOURS, NO_COVER, SETTINGS, WEEK)
    assert stopped.value.code == "M03"
    assert stopped.value.seen == "7"
    found = formation(cells(("D1", "morning", "7", 0)), NO_HOURS, NO_COVER, SETTINGS, WEEK).rows
    assert figures(found) == {("D1", "morning", "7"): (0.0, 0.0, 0.0, 0.0, 0.0)}


def test_shares_of_many_decimals() -> None:
    """A direct share of twelve decimals and an odd net year still give the sixth decimal."""
    share, net = Decimal("0.777777777777"), Decimal("1399.123456")
    method = SETTINGS.model_copy(
        update={
            "direct_share": {"3": share},
            "formation": SETTINGS.formation.model_copy(update={"net_year": net, "gross_year": Decimal("1877.96")}),
        }
    )
    time = 987_654_321_098_765
    required = Fraction(time * 7, 60_000 * 31) / Fraction(share)
    fte = required * Fraction("1877.96") / 36 / Fraction(net)
    found = figures(formation(cells(("D1", "morning", "3", time)), NO_HOURS, NO_COVER, method, JANUARY).rows)
    assert found["D1", "morning", "3"][1:3] == (float(round(required, 6)), float(round(fte, 6)))


def asked(*rows: tuple[Any, ...]) -> pl.DataFrame:
    """unit, day part, level, denominator, Monday to Sunday."""
    days = [str(day) for day in range(1, 8)]
    schema = {
        "unit_id": pl.String,
        "day_part": pl.String,
        "level": pl.String,
        "denominator": pl.Int64,
        **dict.fromkeys(days, pl.Int64),
    }
    return pl.DataFrame(list(rows), schema=schema, orient="row")


def test_one_such_day() -> None:
    """January has five Thursdays and four Mondays: the time of each is divided by its own number of days."""
    demand = asked(("D1", "morning", "3", 1, 4 * HOUR, 0, 0, 5 * HOUR, 0, 0, 0))
    actual = paid(("D1", 1, "morning", "3", 1, 8 * HOUR), ("D1", 4, "morning", "3", 1, 10 * HOUR))
    found = formation_weekdays(demand, actual, NO_COVER, SETTINGS, JANUARY)
    assert found.columns == list(WEEKDAY_COLUMNS)
    assert found.rows() == [
        ("D1", 1, "morning", "3", 4, 1.0, 1.333333, 2.0),
        ("D1", 4, "morning", "3", 5, 1.0, 1.333333, 2.0),
    ]


def test_cover_on_each_weekday_of_the_period() -> None:
    """Cover asks its nominal hours on every weekday that the period has; a weekend has two."""
    norms = norm("minimum_cover", cover("D1", "night", "3", "1"))
    weekend = Period.parse("2026-01-10..2026-01-11")
    found = formation_weekdays(asked(), NO_HOURS, norms, SETTINGS, weekend)
    assert found.select("weekday", "days", "required_hours").rows() == [(6, 1, 8.0), (7, 1, 8.0)]


SOME_CELLS = st.dictionaries(
    st.tuples(st.sampled_from(["D1", "D2"]), st.sampled_from(DAY_PARTS), st.sampled_from(["2", "3"])),
    st.integers(0, 10**12),
    max_size=6,
)
SOME_PAID = st.lists(
    st.tuples(
        st.sampled_from(["D1", "D2"]), st.integers(1, 7), st.sampled_from(DAY_PARTS), st.sampled_from(["2", "3"]),
        st.integers(1, 900), st.integers(-(10**9), 10**12),
    ),
    max_size=8,
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(SOME_CELLS, SOME_PAID, st.booleans(), st.integers(0, 9))
def test_every_figure_is_the_exact_one_rounded(
    demand: dict[tuple[str, str, str], int], times: list[tuple[str, int, str, str, int, int]], by_month: bool, seed: int
) -> None:
    """Hours and FTE equal exact fractions rounded once to six decimals; the order of rows changes nothing."""
    period = JANUARY if by_month else WEEK
    to_week = Fraction(7, 60_000 * period.days)
    actual: dict[tuple[str, str, str], Fraction] = {}
    for unit, _, part, level, bottom, top in times:
        actual[unit, part, level] = actual.get((unit, part, level), Fraction(0)) + Fraction(top, bottom)
    shares = {"2": Fraction(1, 2), "3": Fraction(3, 4)}
    expected = {}
    for key in {*demand, *actual}:
        direct, worked = demand.get(key, 0) * to_week, actual.get(key, Fraction(0)) * to_week
        required = direct / shares[key[2]]
        expected[key] = (direct, required, required * FTE, worked, worked * FTE)
    table, hours = cells(*((*key, value) for key, value in demand.items())), paid(*times)
    found = formation(table, hours, NO_COVER, SETTINGS, period).rows
    assert figures(found).keys() == expected.keys()
    for key, values in figures(found).items():
        # Thirds and sevenths of several shifts are added in parts of 10^-9 milliminute.
        assert [
            abs(Fraction(value) - exact) < Fraction(51, 10**8)
            for value, exact in zip(values, expected[key], strict=True)
        ] == [True] * 5
    assert formation(shuffled(table, seed), shuffled(hours, seed), NO_COVER, SETTINGS, period).rows.equals(found)
