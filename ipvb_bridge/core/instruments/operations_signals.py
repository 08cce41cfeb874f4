"""The four signals of the monthly picture: each a figure, a bound of the settings, and a sentence.

* result: (actual result - budgeted result) / budgeted revenue, both so far; a signal below ``-result_bound``;
* hired: hired / (wages + hired) in the ledger so far; a signal above ``hired_bound``;
* occupancy: days held in the month / (places x days of the month); a signal below ``occupancy_bound``;
* uncovered: (unabsorbed care + price difference) / ledger cost, of the month's bridge; a signal beyond
  ``uncovered_bound`` up or down.

Which figures matter and where their bounds lie is our reading: no source gives them.
"""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from ipvb_bridge.core.care_cost import HIRED, WAGES
from ipvb_bridge.core.instruments.contract import Given, Result
from ipvb_bridge.core.instruments.operations_budget import REVENUE

SIGNALS = Result(
    "operations_signals",
    "The signals of the month: figure, bound and a Dutch sentence",
    ("number",),
    {
        "number": (pl.Int64(), "order on the page"),
        "signal": (pl.String(), "result, hired, occupancy, uncovered"),
        "state": (pl.String(), "ok, signal, or unknown: there is nothing to work it out from"),
        "value_share": (pl.Float64(), "the figure; null when unknown"),
        "bound_share": (pl.Float64(), "the bound of the settings"),
        "amount_cents": (pl.Int64(), "the money behind it; null for occupancy"),
        "sentence": (pl.String(), "what it says, in Dutch"),
    },
)


def signals(given: Given, picture: pl.DataFrame) -> pl.DataFrame:
    """Rows of :data:`SIGNALS`. ``picture``: the table ``operations``."""
    rows = [_result(given, picture), _hired(given, picture), _occupancy(given), _uncovered(given)]
    shown = [
        (number, name, state, None if value is None else float(round(value, 6)), float(bound), cents, sentence)
        for number, (name, state, value, bound, cents, sentence) in enumerate(rows, 1)
    ]
    return pl.DataFrame(shown, schema=SIGNALS.schema(), orient="row")


_Row = tuple[str, str, Fraction | None, Fraction, int | None, str]


def _result(given: Given, picture: pl.DataFrame) -> _Row:
    bound = Fraction(given.settings.instruments.operations.result_bound)
    there = picture.filter(pl.col("actual_cents").is_not_null())
    sign = pl.when(pl.col("category") == REVENUE).then(1).otherwise(-1)
    actual, planned = there.select((pl.col("actual_cents", "budget_cents") * sign).sum()).row(0)
    revenue = int(there.filter(pl.col("category") == REVENUE)["budget_cents"].sum())
    behind = actual - planned
    if not revenue:
        text = "Er is geen begrote opbrengst, dus het resultaat is niet met een begroting te vergelijken."
        return "result", "unknown", None, bound, behind if there.height else None, text
    if not there.filter(pl.col("category") == REVENUE)["actual_cents"].sum():
        text = "Er is dit jaar nog geen werkelijke opbrengst, dus over het resultaat valt niets te zeggen."
        return "result", "unknown", None, bound, None, text
    value = Fraction(behind, revenue)
    state = "signal" if value < -bound else "ok"
    way = "lager" if behind < 0 else "hoger"
    text = (
        f"Het resultaat tot en met deze maand is {_euros(abs(behind))} {way} dan begroot: {_per_cent(abs(value))} van "
        f"de begrote opbrengst. De grens is {_per_cent(bound)} lager."
    )
    return "result", state, value, bound, behind, text


def _hired(given: Given, picture: pl.DataFrame) -> _Row:
    bound = Fraction(given.settings.instruments.operations.hired_bound)
    spent = dict(picture.group_by("category").agg(pl.col("actual_cents").sum()).iter_rows())
    hired = int(spent.get(HIRED, 0) or 0)
    staff = hired + int(spent.get(WAGES, 0) or 0)
    if staff <= 0:
        text = "Het grootboek heeft dit jaar nog geen kosten van personeel."
        return "hired", "unknown", None, bound, hired, text
    value = Fraction(hired, staff)
    text = (
        f"Van de kosten van personeel is {_per_cent(value)} inhuur ({_euros(hired)} tot en met deze maand). De grens "
        f"is {_per_cent(bound)}."
    )
    return "hired", "signal" if value > bound else "ok", value, bound, hired, text


def _occupancy(given: Given) -> _Row:
    chosen = given.settings.instruments.operations
    bound = Fraction(chosen.occupancy_bound)
    held = int(given.tables["resident_budgets"]["held_days"].sum())
    if chosen.places is None:
        text = "Hoeveel plaatsen er zijn is niet bekend: vul places onder [instruments.operations] in method.toml."
        return "occupancy", "unknown", None, bound, None, text
    value = Fraction(held, chosen.places * given.period.days)
    text = (
        f"Van de plaatsen is deze maand {_per_cent(value)} bezet: {_count(held)} dagen op {_count(chosen.places)} "
        f"plaatsen. De grens is {_per_cent(bound)}."
    )
    return "occupancy", "signal" if value < bound else "ok", value, bound, None, text


def _uncovered(given: Given) -> _Row:
    bound = Fraction(given.settings.instruments.operations.uncovered_bound)
    parts = dict(given.tables["bridge"].group_by("part").agg(pl.col("cents").sum()).iter_rows())
    cost = int(parts.get("ledger_cost", 0))
    idle, rest = int(parts.get("unabsorbed", 0)), int(parts.get("price_difference", 0))
    if cost <= 0:
        text = "Het grootboek heeft deze maand geen kosten."
        return "uncovered", "unknown", None, bound, idle + rest, text
    value = Fraction(idle + rest, cost)
    what = (
        f"Van de kosten van deze maand staat {_per_cent(value)} in geen enkel budget"
        if value >= 0
        else f"De budgetten dragen {_per_cent(-value)} meer dan deze maand kostte"
    )
    text = (
        f"{what}: uren zonder afspraak {_euros(idle)}, prijsverschil {_euros(rest)}. De grens is {_per_cent(bound)}, "
        "naar boven of beneden."
    )
    return "uncovered", "signal" if abs(value) > bound else "ok", value, bound, idle + rest, text


def _swapped(text: str) -> str:
    return text.translate(str.maketrans(",.", ".,"))


def _euros(cents: int) -> str:
    """Whole euros with a Dutch thousands point, rounded half to even."""
    whole = round(Fraction(cents, 100))
    return f"{'-' if whole < 0 else ''}€ {_count(abs(whole))}"


def _count(number: int) -> str:
    return _swapped(f"{number:,}")


def _per_cent(share: Fraction) -> str:
    return _swapped(f"{float(round(share * 100, 1)):.1f}") + "%"
