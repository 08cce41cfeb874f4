"""Virtual budgets: the part of the budget that is the resident's to spend, as money, personal hours, points, bundles.

The pilots that tried other forms than iPVB published neither conversions nor amounts, so all of it is our reading and
set by the organisation: the *fixed* part of the required budget is care in a fixed day part (night) and every component
and care function that ``[budget]`` does not call free; the rest is *free*. The allowance is the free part, or what is
available less the fixed part (never below nothing). An opt-out frees the price of a component (method section 5): the
price, not the cost saved. Each line of an account is converted on its own, at the rate of its day, half to even, so an
account adds up in its own unit. What is left goes on to the next calculated period by the carry-over rule; below
nothing it always goes on.
"""

from __future__ import annotations

from fractions import Fraction

import polars as pl

from ipvb_bridge.core import findings
from ipvb_bridge.core.findings import Finding
from ipvb_bridge.core.instruments.contract import Given, Instrument, Made, Result
from ipvb_bridge.core.instruments.virtual_budget_limits import UNIT, limits
from ipvb_bridge.core.instruments.virtual_budget_lines import LINE, choices, converted, incoming, parts_of
from ipvb_bridge.core.instruments.virtual_budget_tables import TABLES
from ipvb_bridge.core.periods import Period

KINDS = ("opening", "allowance", "freed", "spent", "committed")
_RESIDENT = {"resident_id": (pl.String(), "the resident")}
_AMOUNTS = {
    "amount_cents": (pl.Int64(), "in money; null in another form"),
    "amount_milliminutes": (pl.Int64(), "in personal hours; null in another form"),
    "amount_points": (pl.Int64(), "in whole points; null in another form"),
}

PARTS = Result(
    "virtual_parts",
    "The required budget of the period, parted into fixed and free; what opting out frees stands beside it",
    ("resident_id",),
    {
        **_RESIDENT,
        "available_cents": (pl.Int64(), "available"),
        "required_cents": (pl.Int64(), "required: fixed and free together"),
        "fixed_cents": (pl.Int64(), "care in a fixed day part, and what is not called free"),
        "free_cents": (pl.Int64(), "the resident's to spend"),
        "freed_cents": (pl.Int64(), "price of components on opted-out days"),
    },
)
LINES = Result(
    "virtual_lines",
    "The account of the period, a line at a time",
    ("resident_id", "number"),
    {
        **_RESIDENT,
        "number": (pl.Int64(), "order of the line"),
        "kind": (pl.String(), "opening, allowance, freed, spent, committed"),
        "subject": (pl.String(), "component or service; null where there is none"),
        "date": (pl.Date(), "day of a choice; null for others"),
        "times": (pl.Int64(), "times of a choice; null for others"),
        **_AMOUNTS,
    },
)
ACCOUNTS = Result(
    "virtual_accounts",
    "What came in, went out and is left, in the account's own unit",
    ("resident_id",),
    {
        **_RESIDENT,
        "form": (pl.String(), "money, hours, points, arrangements"),
        **{
            f"{kind}_{unit}": (pl.Int64(), f"{kind}; null in another form")
            for unit in ("cents", "milliminutes", "points")
            for kind in (*KINDS, "left", "carried")
        },
    },
)


def make(given: Given) -> Made:
    """See the module. Who has no budget in the period, no choice and nothing left over has no account."""
    settings = given.settings.instruments.virtual_budget
    notes: list[Finding] = []
    periods, gap = _chain(given)
    if gap and settings.carry_over != "none":
        notes.append(_note_gap(periods[0]))
    parts = {period: parts_of(given, period) for period in periods}
    raw = pl.concat([incoming(parts[period], period, given) for period in periods] + [choices(given, periods, notes)])
    rated = converted(raw, given, notes)
    lines = pl.DataFrame(schema=LINE)
    opening = pl.DataFrame(schema=_OPENING)
    for period in periods:
        # A month after a month: what the one leaves, the next opens with.
        own = rated.filter(pl.col("period") == period)
        lines = pl.concat([_opened(opening), own.select(LINE.names())])
        opening = _carried(lines, given)
    last = str(given.period)
    tables = {
        "virtual_parts": PARTS.of(parts[last]),
        "virtual_lines": _lines(lines, settings.form),
        "virtual_accounts": _accounts(lines, opening, settings.form),
    }
    notes += limits(given, lines, tables["virtual_accounts"])
    return Made(tables, findings.frame(notes))


_OPENING = pl.Schema({"resident_id": pl.String(), "carried": pl.Int64()})


def _chain(given: Given) -> tuple[list[str], bool]:
    """The calculated periods that follow each other up to this one, and whether an earlier one stands apart."""
    made = [str(given.period)]
    first = given.period.start
    known = list(given.history)
    for name in reversed(known):
        period = Period.parse(name)
        if (first - period.end).days != 1:
            break
        made.insert(0, name)
        first = period.start
    return made, len(made) <= len(known)


def _note_gap(first: str) -> Finding:
    return Finding(
        "I70",
        "info",
        f"Wat overblijft gaat mee vanaf {first}: de periode ervoor is niet berekend.",
        "Bereken de ontbrekende maand, en maak dit instrument daarna opnieuw.",
    )


def _opened(opening: pl.DataFrame) -> pl.DataFrame:
    rows = opening.filter(pl.col("carried") != 0)
    return rows.select(
        "resident_id",
        kind=pl.lit("opening"),
        subject=pl.lit(None, pl.String),
        date=pl.lit(None, pl.Date),
        times=pl.lit(None, pl.Int64),
        amount="carried",
    )


def _sums(lines: pl.DataFrame) -> pl.DataFrame:
    """A row a resident: each kind, and ``left``."""
    return lines.group_by("resident_id").agg(
        *(pl.col("amount").filter(pl.col("kind") == kind).sum().alias(kind) for kind in KINDS),
        left=pl.col("amount").sum(),
    )


def _carried(lines: pl.DataFrame, given: Given) -> pl.DataFrame:
    """What goes on to the next period, by the carry-over rule; what is overdrawn always goes on."""
    settings = given.settings.instruments.virtual_budget
    left = pl.col("left")
    if settings.carry_over == "none":
        kept = left.clip(upper_bound=0)
    elif settings.carry_over == "all":
        kept = left
    else:
        share = Fraction(str(settings.carry_share))
        # Whole units: what is above the limit is not rounded up.
        most = pl.col("allowance") * share.numerator // share.denominator
        kept = pl.min_horizontal(left, most)
    return _sums(lines).select("resident_id", carried=kept)


def _lines(lines: pl.DataFrame, form: str) -> pl.DataFrame:
    order = pl.col("kind").replace_strict(list(KINDS), list(range(len(KINDS))))
    made = lines.sort("resident_id", order, "date", "subject", "times", "amount", nulls_last=False)
    made = made.with_columns(number=pl.int_range(1, pl.len() + 1).over("resident_id"))
    return LINES.of(made.with_columns(_in_unit("amount", form)))


def _accounts(lines: pl.DataFrame, carried: pl.DataFrame, form: str) -> pl.DataFrame:
    made = _sums(lines).join(carried, on="resident_id", how="left").with_columns(form=pl.lit(form))
    columns = [column for name in (*KINDS, "left", "carried") for column in _in_unit(name, form, name)]
    return ACCOUNTS.of(made.with_columns(columns))


def _in_unit(column: str, form: str, name: str = "amount") -> list[pl.Expr]:
    """The column under the name of its unit, null under those of the others."""
    own = UNIT[form]
    units = ("cents", "milliminutes", "points")
    return [(pl.col(column) if unit == own else pl.lit(None, pl.Int64)).alias(f"{name}_{unit}") for unit in units]


INSTRUMENT = Instrument(
    "virtual_budget",
    "What is a resident's own to spend, as money, hours, points or arrangements, and what is left of it?",
    (PARTS, LINES, ACCOUNTS),
    make,
    TABLES,
)
