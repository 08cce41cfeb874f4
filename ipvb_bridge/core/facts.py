"""What the norm tables say in a period, in one form for all of them, and which of it somebody must look at again.

A table of norms is a list of statements: of an item, a value with its unit, from a day to a day, from a source that
somebody last looked at on a day. Here every table is brought into that form, so that a reader finds them side by side.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from ipvb_bridge.core.dated import complete
from ipvb_bridge.core.norm_records import NORM_TABLES
from ipvb_bridge.core.periods import Period
from ipvb_bridge.core.records import SCALE
from ipvb_bridge.core.spans import touches

STATEMENTS = pl.Schema(
    {
        "table": pl.String(),
        "kind": pl.String(),
        "item": pl.String(),
        "value": pl.Float64(),
        "amount_cents": pl.Int64(),
        "text": pl.String(),
        "unit": pl.String(),
        "start_date": pl.Date(),
        "end_date": pl.Date(),
        "source": pl.String(),
        "last_checked": pl.Date(),
        "check_again": pl.Boolean(),
        "note": pl.String(),
    }
)
"""Of a row its item and what it states: a number, an amount or a text, the others null.

``kind`` is the kind of item, where the table tells kinds apart.

``check_again``: nobody looked for a year, or it is not known when; null where the table has no such column.
"""

Role = Literal["counts", "compared", "reference"]
"""What a table does: a calculation counts with it; method.toml is held against it; it is there to be read."""


@dataclass(frozen=True, slots=True)
class _Form:
    """Which columns name the kind and the item, and which hold the value, the amount or the text.

    ``unit`` is the unit where no column says it.
    """

    item: tuple[str, ...]
    kind: str = ""
    value: str = ""
    amount: str = ""
    text: tuple[str, ...] = ()
    unit: str = ""
    role: Role = "reference"


_FORMS: Mapping[str, _Form] = {
    "drivers": _Form(("from_pool", "to_pool"), value="units", role="counts"),
    "minimum_cover": _Form(("unit_id", "day_part", "level"), value="persons", unit="persons", role="counts"),
    "tariffs": _Form(
        ("zzp",),
        kind="delivery_form",
        amount="day_tariff",
        text=("with_treatment", "with_day_care"),
        unit="EUR/day",
        role="counts",
    ),
    "ort": _Form(("from", "to"), kind="day_kind", value="percentage", unit="% of hourly wage", role="counts"),
    "hours_per_year": _Form(("base",), kind="kind", value="value", role="compared"),
    "employer_premiums": _Form(("premium",), kind="variant", value="value"),
    "national_day_parts": _Form(("day_part",), text=("from", "to")),
    "direct_shares": _Form(("level",), value="value", role="compared"),
    "care_profiles": _Form(("zzp",), text=("cod163", "name")),
    "tariff_codes": _Form(("code",), text=("zzp", "delivery_form", "with_treatment", "with_day_care")),
    "pgb_class_hours": _Form(("class",), kind="function", value="value"),
    "pgb_class_amounts": _Form(("class",), kind="function", amount="amount"),
    "pgb_profiles": _Form(("zzp",), kind="function", text=("class",)),
}
assert set(_FORMS) == set(NORM_TABLES)


def role(table: str) -> Role:
    """What a norm table does. Raises ``KeyError`` for none."""
    return _FORMS[table].role


def item_names(table: str) -> tuple[str, ...]:
    """The columns that name an item of the table, its kind first. Raises ``KeyError`` for none."""
    form = _FORMS[table]
    return (*((form.kind,) if form.kind else ()), *form.item)


def statements(norms: Mapping[str, pl.DataFrame], period: Period) -> pl.DataFrame:
    """Every row of the norm tables that holds on a day of the period, as :data:`STATEMENTS`.

    ``norms``: typed frames by table; one that is absent counts as empty. A row is to be checked again when its
    ``last_checked`` lies more than a year before the end of the period. Sorted by table (the order of
    :data:`NORM_TABLES`), kind, item and start.
    """
    made = [_statements(name, norms.get(name), period) for name in NORM_TABLES]
    return pl.concat(made)


def _statements(name: str, given: pl.DataFrame | None, period: Period) -> pl.DataFrame:
    held = touches(period) | pl.col("start_date").is_null() & _open_until(period)
    looked_at = pl.col("last_checked").is_null() | (pl.col("last_checked") < pl.lit(period.end).dt.offset_by("-1y"))
    again = looked_at if "last_checked" in NORM_TABLES[name].names else pl.lit(None, pl.Boolean)
    return every(name, given).filter(held).with_columns(check_again=again)


def every(name: str, given: pl.DataFrame | None) -> pl.DataFrame:
    """Every row of a norm table as :data:`STATEMENTS`, ``check_again`` null; sorted by kind, item and start.

    Raises ``KeyError`` for a table that there is not.
    """
    table, form = NORM_TABLES[name], _FORMS[name]
    rows = complete(table, given)
    types = {column.name: column.type for column in table.columns}

    def words(*columns: str) -> pl.Expr:
        between = "-" if columns[0] == "from" else " "
        return pl.concat_str([_word(each) for each in columns], separator=between, ignore_nulls=True)

    def number(column: str) -> pl.Expr:
        return (pl.col(column) / 10.0 ** SCALE[types[column]]).round(6)

    def own(column: str) -> pl.Expr:
        return pl.col(column) if column in types else pl.lit(None)

    columns = {
        "table": pl.lit(name),
        "kind": pl.col(form.kind) if form.kind else pl.lit(None),
        "item": words(*form.item),
        "value": number(form.value) if form.value else pl.lit(None),
        "amount_cents": pl.col(form.amount) if form.amount else pl.lit(None),
        "text": words(*form.text) if form.text else pl.lit(None),
        "unit": pl.col("unit") if "unit" in types else pl.lit(form.unit or None),
        "start_date": pl.col("start_date"),
        "end_date": pl.col("end_date"),
        "source": own("source"),
        "last_checked": own("last_checked"),
        "check_again": pl.lit(None),
        "note": own("note"),
    }
    told = rows.select(pl.col("row"), **columns).drop("row")
    return told.select(pl.col(name).cast(kind) for name, kind in STATEMENTS.items()).sort("kind", "item", "start_date")


def _open_until(period: Period) -> pl.Expr:
    return pl.col("end_date").is_null() | (pl.col("end_date") >= period.start)


def _word(column: str) -> pl.Expr:
    """A flag by its name where it is set, nothing where not; anything else as it stands."""
    if column.startswith("with_"):
        return pl.when(pl.col(column)).then(pl.lit(column))
    return pl.col(column).cast(pl.String)


def overview(norms: Mapping[str, pl.DataFrame], period: Period) -> pl.DataFrame:
    """A row for each norm table, in the order of :data:`NORM_TABLES`.

    table; role; rows: in the file; in_force: in the period; check_again: rows in force that nobody looked at for a
    year; last_checked: the longest ago of those in force (null: no such column, or not known).
    """
    held = (
        statements(norms, period)
        .group_by("table")
        .agg(
            in_force=pl.len().cast(pl.Int64),
            check_again=pl.col("check_again").sum().cast(pl.Int64),
            last_checked=pl.col("last_checked").min(),
        )
    )
    names = list(NORM_TABLES)
    tables = pl.DataFrame(
        {
            "table": names,
            "role": [role(name) for name in names],
            "rows": [norms[name].height if name in norms else 0 for name in names],
        },
        schema={"table": pl.String, "role": pl.String, "rows": pl.Int64},
    )
    return tables.join(held, on="table", how="left", maintain_order="left").with_columns(
        pl.col("in_force", "check_again").fill_null(0)
    )
